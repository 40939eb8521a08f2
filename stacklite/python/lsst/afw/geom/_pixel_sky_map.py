"""The mapping between pixels and sky inside a `SkyWcs`."""

from __future__ import annotations

__all__ = ["PixelSkyMap"]

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

import lsst.geom
import lsst.pex.exceptions as pex_exceptions
from lsst.geom import AffineTransform, Angle, AngleUnit, Extent2D, Point2D, SpherePoint
from lsst_stacklite._ast import applied, simplified
from lsst_stacklite._overloads import bind

from ._derivatives import rate_matrix
from ._frame_dict import FrameDict

_TWO_PI = 2.0 * math.pi

_AT_ORIGIN = object()
"""Default that stands for the pixel origin."""


class PixelSkyMap:
    """Positions, scales and local linear maps of a `SkyWcs`. Immutable.

    Parameters
    ----------
    frames : `FrameDict`
        Frames as in `SkyWcs`.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if a frame is missing or of the wrong kind.
    """

    def __init__(self, frames: FrameDict) -> None:
        _check_frames(frames)
        self._frames = frames

    @cached_property
    def _pixel_to_sky(self) -> Any:
        return simplified(self._frames.getMapping(self._frames.baseDomain, "SKY"))

    @cached_property
    def _pixel_to_iwc(self) -> Any:
        return self._frames.getMapping(self._frames.baseDomain, "IWC")

    def _pixel_to_sky_array(self, x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return ra in [0, 2 pi) and dec (radians) of pixel positions; arrays of any shape."""
        x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        ra, dec = applied(self._pixel_to_sky, np.stack([x.ravel(), y.ravel()]))
        ra %= _TWO_PI
        # The remainder of a tiny negative number rounds up to 2 pi.
        ra[ra == _TWO_PI] = 0.0
        return ra.reshape(x.shape), dec.reshape(x.shape)

    def _sky_to_pixel_array(self, ra: ArrayLike, dec: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return the pixel positions of sky positions in radians; arrays of any shape."""
        ra, dec = np.broadcast_arrays(np.asarray(ra, dtype=float), np.asarray(dec, dtype=float))
        x, y = applied(self._pixel_to_sky, np.stack([ra.ravel(), dec.ravel()]), forward=False)
        return x.reshape(ra.shape), y.reshape(ra.shape)

    @overload
    def pixelToSky(self, pixel: Point2D) -> SpherePoint: ...

    @overload
    def pixelToSky(self, x: float, y: float) -> SpherePoint: ...

    @overload
    def pixelToSky(self, pixel: Sequence[Point2D]) -> list[SpherePoint]: ...

    def pixelToSky(self, *args: Any, **kwargs: Any) -> Any:
        """Return the sky position of a pixel position.

        Parameters
        ----------
        pixel : `lsst.geom.Point2D` or sequence of them
            Pixel position(s).
        x, y : `float`
            Coordinates of one.

        Returns
        -------
        sky : `lsst.geom.SpherePoint` or `list`
            Position(s); NaN where there is none.
        """
        # Forms are told apart only if need be, since single positions are frequent.
        if kwargs or len(args) not in (1, 2):
            args = tuple(bind(PixelSkyMap.pixelToSky, {}, (self, *args), kwargs).values())
        pixel = Point2D(*args) if len(args) == 2 else args[0]
        if isinstance(pixel, Point2D):
            return _sphere_points(*self._pixel_to_sky_array([pixel[0]], [pixel[1]]))[0]
        x, y = np.array([xy_of(p) for p in pixel]).reshape(-1, 2).T
        return _sphere_points(*self._pixel_to_sky_array(x, y))

    @overload
    def skyToPixel(self, sky: SpherePoint) -> Point2D: ...

    @overload
    def skyToPixel(self, sky: Sequence[SpherePoint]) -> list[Point2D]: ...

    def skyToPixel(self, sky: Any) -> Any:
        """Return the pixel position of a sky position.

        Parameters
        ----------
        sky : `lsst.geom.SpherePoint` or sequence of them
            Sky position(s).

        Returns
        -------
        pixel : `lsst.geom.Point2D` or `list`
            Position(s); NaN where there is none, for example on the far side of a TAN projection.
        """
        points = [sky] if isinstance(sky, SpherePoint) else list(sky)
        if wrong := [type(p).__name__ for p in points if not isinstance(p, SpherePoint)]:
            raise TypeError(f"a position on the sky is a SpherePoint, not a {wrong[0]}.")
        lon = [p.getLongitude().asRadians() for p in points]
        lat = [p.getLatitude().asRadians() for p in points]
        x, y = self._sky_to_pixel_array(lon, lat)
        result = [Point2D(*pair) for pair in zip(x.tolist(), y.tolist(), strict=True)]
        return result[0] if isinstance(sky, SpherePoint) else result

    def pixelToSkyArray(
        self, x: ArrayLike, y: ArrayLike, degrees: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return right ascension and declination of many pixel positions.

        Parameters
        ----------
        x, y : array_like
            Pixel coordinates, shape (n,).
        degrees : `bool`
            Return degrees, not radians.

        Returns
        -------
        ra, dec : `numpy.ndarray`
            Sky coordinates, float64, shape (n,); ra in [0, 2 pi).
        """
        ra, dec = self._pixel_to_sky_array(np.ravel(x), np.ravel(y))
        return (np.rad2deg(ra), np.rad2deg(dec)) if degrees else (ra, dec)

    def skyToPixelArray(
        self, ra: ArrayLike, dec: ArrayLike, degrees: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the pixel positions of many sky positions.

        Parameters
        ----------
        ra, dec : array_like
            Sky coordinates, radians, shape (n,).
        degrees : `bool`
            The coordinates are degrees.

        Returns
        -------
        x, y : `numpy.ndarray`
            Pixel coordinates, float64, shape (n,).
        """
        ra, dec = np.ravel(np.asarray(ra, dtype=float)), np.ravel(np.asarray(dec, dtype=float))
        return self._sky_to_pixel_array(*(np.deg2rad([ra, dec]) if degrees else (ra, dec)))

    def getSkyOrigin(self) -> SpherePoint:
        """Return the reference position on the sky (CRVAL)."""
        frame = self._frames.getFrame("SKY")
        return SpherePoint(frame.SkyRef_1, frame.SkyRef_2, lsst.geom.radians)

    def getPixelOrigin(self) -> Point2D:
        """Return the pixel position of the sky origin (CRPIX, 0-based)."""
        return Point2D(*self._pixel_origin)

    @cached_property
    def _pixel_origin(self) -> tuple[float, float]:
        frame = self._frames.getFrame("SKY")
        x, y = self._sky_to_pixel_array(frame.SkyRef_1, frame.SkyRef_2)
        return float(x), float(y)

    @overload
    def getPixelScale(self, pixel: Point2D) -> Angle: ...

    @overload
    def getPixelScale(self) -> Angle: ...

    def getPixelScale(self, pixel: Any = _AT_ORIGIN) -> Angle:
        """Return the pixel scale: square root of the area of a pixel.

        Parameters
        ----------
        pixel : `lsst.geom.Point2D`, optional
            Position; by default the pixel origin.

        Notes
        -----
        The area is that of the parallelogram of the chords to the positions one pixel further in x and in y
        (one-sided differences, agrees with the stack).
        """
        if pixel is _AT_ORIGIN:
            return Angle(self._origin_pixel_scale)
        return Angle(float(self._pixel_scale_array(*xy_of(pixel))))

    @cached_property
    def _origin_pixel_scale(self) -> float:
        return float(self._pixel_scale_array(*self._pixel_origin))

    def _pixel_scale_array(self, x: ArrayLike, y: ArrayLike) -> np.ndarray:
        """Return the pixel scale (radians) at pixel positions; arrays of any shape."""
        return np.sqrt(self._pixel_area_array(x, y))

    def _pixel_area_array(self, x: ArrayLike, y: ArrayLike) -> np.ndarray:
        """Return the area of a pixel (square radians) at pixel positions; arrays of any shape."""
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        ra, dec = self._pixel_to_sky_array(np.stack([x, x + 1.0, x]), np.stack([y, y, y + 1.0]))
        vectors = np.stack([np.cos(ra) * np.cos(dec), np.sin(ra) * np.cos(dec), np.sin(dec)], axis=-1)
        return np.linalg.norm(np.cross(vectors[1] - vectors[0], vectors[2] - vectors[0]), axis=-1)

    @overload
    def getCdMatrix(self, pixel: Point2D) -> np.ndarray: ...

    @overload
    def getCdMatrix(self) -> np.ndarray: ...

    def getCdMatrix(self, pixel: Any = _AT_ORIGIN) -> np.ndarray:
        """Return the derivatives of the intermediate world coordinates (degrees) by the pixel coordinates.

        Parameters
        ----------
        pixel : `lsst.geom.Point2D`, optional
            Position; by default the pixel origin.

        Returns
        -------
        cd : `numpy.ndarray`
            Matrix, float64, shape (2, 2); numerical derivatives, good to about 1e-10.
        """
        if pixel is _AT_ORIGIN:
            return self._origin_cd_matrix.copy()
        return rate_matrix(self._pixel_to_iwc, np.array(xy_of(pixel)))

    @cached_property
    def _origin_cd_matrix(self) -> np.ndarray:
        return rate_matrix(self._pixel_to_iwc, np.array(self._pixel_origin))

    def linearizePixelToSky(self, coord: Point2D | SpherePoint, skyUnit: AngleUnit) -> AffineTransform:
        """Return the affine map from pixels to tangent-plane coordinates around a position.

        Parameters
        ----------
        coord : `lsst.geom.Point2D` or `lsst.geom.SpherePoint`
            Position of the linearization.
        skyUnit : `lsst.geom.AngleUnit`
            Unit of the result, whose origin is such that the position maps to its own (ra, dec).

        Notes
        -----
        Derivatives are one-pixel differences of `lsst.geom.SpherePoint.getTangentPlaneOffset`.
        """
        if isinstance(coord, SpherePoint):
            return self._linearize(self.skyToPixel(coord), coord, skyUnit)
        return self._linearize(Point2D(*xy_of(coord)), self.pixelToSky(coord), skyUnit)

    @np.errstate(all="ignore")  # C++ does not warn
    def _linearize(self, pixel: Point2D, sky: SpherePoint, unit: AngleUnit) -> AffineTransform:
        neighbors = self.pixelToSky([Point2D(pixel[0] + 1, pixel[1]), Point2D(pixel[0], pixel[1] + 1)])
        columns = [sky.getTangentPlaneOffset(point) for point in neighbors]
        linear = np.array([[angle.asAngularUnits(unit) for angle in column] for column in columns]).T
        center = np.array([angle.asAngularUnits(unit) for angle in sky])
        translation = center - linear @ np.array([pixel[0], pixel[1]])
        return AffineTransform(linear, Extent2D(translation[0], translation[1]))

    def linearizeSkyToPixel(self, coord: Point2D | SpherePoint, skyUnit: AngleUnit) -> AffineTransform:
        """Return the inverse of `linearizePixelToSky`."""
        return self.linearizePixelToSky(coord, skyUnit).inverted()


def xy_of(pixel: Point2D) -> tuple[float, float]:
    """Return the coordinates of a pixel position.

    Raises
    ------
    TypeError
        Raised if it is no pixel position but, for example, one on the sky.
    """
    if not isinstance(pixel, Point2D):
        raise TypeError(f"a pixel position is a Point2D, not a {type(pixel).__name__}.")
    return float(pixel[0]), float(pixel[1])


def _check_frames(frames: FrameDict) -> None:
    for domain in ("PIXELS", "IWC", "SKY"):
        if not frames.hasDomain(domain):
            raise pex_exceptions.TypeError(
                f"a SkyWcs needs the frame {domain}; found {sorted(frames.getAllDomains())}."
            )
        if (n_axes := frames.getFrame(domain).Naxes) != 2:
            raise pex_exceptions.TypeError(f"the frame {domain} of a SkyWcs has 2 axes, not {n_axes}.")
    if not frames.getFrame("SKY").isaskyframe():
        raise pex_exceptions.TypeError("the frame SKY of a SkyWcs is not a SkyFrame.")
    base = "ACTUAL_PIXELS" if frames.hasDomain("ACTUAL_PIXELS") else "PIXELS"
    if (frames.baseDomain, frames.currentDomain) != (base, "SKY"):
        raise pex_exceptions.TypeError(
            f"a SkyWcs maps {base} to SKY, not {frames.baseDomain} to {frames.currentDomain}."
        )


def _sphere_points(ra: np.ndarray, dec: np.ndarray) -> list[SpherePoint]:
    return [SpherePoint(*pair, lsst.geom.radians) for pair in zip(ra.tolist(), dec.tolist(), strict=True)]
