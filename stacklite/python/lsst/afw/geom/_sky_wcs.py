"""The celestial WCS of the stack."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, Self, overload

import numpy as np
import starlink.Ast as Ast
from numpy.typing import ArrayLike

import lsst.geom
import lsst.pex.exceptions
from lsst.afw.table.io import Persistable, make_table, persistable_reader
from lsst.daf.base import PropertyList
from lsst.geom import AffineTransform, Angle, AngleUnit, Box2I, Extent2D, Point2D, SpherePoint

from ._ast import applied, dump_object, make_series_map, parse_object, rate_matrix
from ._fits_wcs import fits_keywords
from ._frame_dict import FrameDict
from ._transform import TransformPoint2ToSpherePoint

__all__ = ["SkyWcs"]

_TEXT_VERSION = "1"
_TWO_PI = 2.0 * math.pi
_SIMPLIFIED_MARK = re.compile(r"^\s*IsSimp = 1\n", re.MULTILINE)


class SkyWcs(Persistable):
    """Mapping from 0-based parent pixel coordinates to ICRS. Immutable.

    Parameters
    ----------
    frames : `FrameDict` or `starlink.Ast.FrameSet`
        Frames PIXELS (or ACTUAL_PIXELS, then PIXELS), IWC and SKY; the first is the base and SKY the current frame.
        SKY is an ICRS frame whose reference position (SkyRef) is the sky origin.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        If a frame is missing or of the wrong kind.

    See Also
    --------
    makeSkyWcs

    Notes
    -----
    A WCS that was read keeps its text and is written back byte for byte. Two WCSs are equal if their texts
    are, as in the stack; which of the mappings are marked as simplified does not count.
    """

    _persisted_name: ClassVar[str] = "SkyWcs"
    _persisted_module: ClassVar[str] = "lsst.afw.geom"

    def __init__(self, frames: FrameDict | Any) -> None:
        self._frames = frames if isinstance(frames, FrameDict) else FrameDict(frames)
        self._approximation: SkyWcs | None = None
        self._text: str | None = None
        _check_frames(self._frames)

    @cached_property
    def _pixel_to_sky(self) -> Any:
        return self._frames.getMapping(self._frames.baseDomain, "SKY").simplify()

    @cached_property
    def _pixel_to_iwc(self) -> Any:
        return self._frames.getMapping(self._frames.baseDomain, "IWC")

    # -- evaluation

    def _pixel_to_sky_array(self, x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return right ascension in [0, 2 pi) and declination (radians) of pixel positions; arrays of any shape."""
        x, y = np.broadcast_arrays(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
        ra, dec = applied(self._pixel_to_sky, np.stack([x.ravel(), y.ravel()]))
        ra %= _TWO_PI
        # the remainder of a tiny negative number rounds up to 2 pi
        ra[ra == _TWO_PI] = 0.0
        return ra.reshape(x.shape), dec.reshape(x.shape)

    def _sky_to_pixel_array(self, ra: ArrayLike, dec: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return the pixel positions of sky positions in radians; arrays of any shape."""
        ra, dec = np.broadcast_arrays(np.asarray(ra, dtype=float), np.asarray(dec, dtype=float))
        x, y = applied(self._pixel_to_sky, np.stack([ra.ravel(), dec.ravel()]), forward=False)
        return x.reshape(ra.shape), y.reshape(ra.shape)

    @overload
    def pixelToSky(self, pixel: Point2D, /) -> SpherePoint: ...

    @overload
    def pixelToSky(self, pixel: Sequence[Point2D], /) -> list[SpherePoint]: ...

    @overload
    def pixelToSky(self, x: float, y: float, /) -> SpherePoint: ...

    def pixelToSky(self, *args: Any) -> Any:  # noqa: N802
        """Return the sky position of a pixel position.

        Parameters
        ----------
        *args
            One `lsst.geom.Point2D`, a sequence of them, or x and y.

        Returns
        -------
        sky : `lsst.geom.SpherePoint` or `list`
            Position(s); NaN where there is none.
        """
        if len(args) == 2:
            args = (Point2D(args[0], args[1]),)
        (pixel,) = args
        if isinstance(pixel, lsst.geom.Point2D | lsst.geom.Point2I):
            return _sphere_points(*self._pixel_to_sky_array([pixel[0]], [pixel[1]]))[0]
        return _sphere_points(*self._pixel_to_sky_array([p[0] for p in pixel], [p[1] for p in pixel]))

    @overload
    def skyToPixel(self, sky: SpherePoint, /) -> Point2D: ...

    @overload
    def skyToPixel(self, sky: Sequence[SpherePoint], /) -> list[Point2D]: ...

    def skyToPixel(self, sky: Any, /) -> Any:  # noqa: N802
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
        points = [sky] if isinstance(sky, SpherePoint) else sky
        lon = [p.getLongitude().asRadians() for p in points]
        lat = [p.getLatitude().asRadians() for p in points]
        x, y = self._sky_to_pixel_array(lon, lat)
        result = [Point2D(*pair) for pair in zip(x.tolist(), y.tolist(), strict=True)]
        return result[0] if isinstance(sky, SpherePoint) else result

    def pixelToSkyArray(  # noqa: N802
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

    def skyToPixelArray(  # noqa: N802
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

    def getTransform(self) -> TransformPoint2ToSpherePoint:  # noqa: N802
        """Return the transform from pixels to sky."""
        return TransformPoint2ToSpherePoint(self._pixel_to_sky, simplify=False)

    # -- properties

    def getFrameDict(self) -> FrameDict:  # noqa: N802
        """Return a copy of the frames."""
        return FrameDict(self._frames.getFrameSet())

    def getSkyOrigin(self) -> SpherePoint:  # noqa: N802
        """Return the reference position on the sky (CRVAL)."""
        frame = self._frames.getFrame("SKY")
        return SpherePoint(frame.SkyRef_1, frame.SkyRef_2, lsst.geom.radians)

    def getPixelOrigin(self) -> Point2D:  # noqa: N802
        """Return the pixel position of the sky origin (CRPIX, 0-based)."""
        return Point2D(*self._pixel_origin)

    @cached_property
    def _pixel_origin(self) -> tuple[float, float]:
        frame = self._frames.getFrame("SKY")
        x, y = self._sky_to_pixel_array(frame.SkyRef_1, frame.SkyRef_2)
        return float(x), float(y)

    def getPixelScale(self, pixel: Point2D | None = None) -> Angle:  # noqa: N802
        """Return the pixel scale: square root of the area of a pixel.

        Parameters
        ----------
        pixel : `lsst.geom.Point2D`, optional
            Where; by default at the pixel origin.

        Notes
        -----
        The area is that of the parallelogram of the chords to the positions one pixel further in x and in y
        (one-sided differences, agrees with the stack).
        """
        if pixel is None:
            return Angle(self._origin_pixel_scale)
        return Angle(float(self._pixel_scale_array(pixel[0], pixel[1])))

    @cached_property
    def _origin_pixel_scale(self) -> float:
        return float(self._pixel_scale_array(*self._pixel_origin))

    def _pixel_scale_array(self, x: ArrayLike, y: ArrayLike) -> np.ndarray:
        """Return the pixel scale (radians) at pixel positions; arrays of any shape."""
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        ra, dec = self._pixel_to_sky_array(np.stack([x, x + 1.0, x]), np.stack([y, y, y + 1.0]))
        vectors = np.stack([np.cos(ra) * np.cos(dec), np.sin(ra) * np.cos(dec), np.sin(dec)], axis=-1)
        area = np.cross(vectors[1] - vectors[0], vectors[2] - vectors[0])
        return np.sqrt(np.linalg.norm(area, axis=-1))

    def getCdMatrix(self, pixel: Point2D | None = None) -> np.ndarray:  # noqa: N802
        """Return the derivatives of the intermediate world coordinates (degrees) by the pixel coordinates.

        Parameters
        ----------
        pixel : `lsst.geom.Point2D`, optional
            Where; by default at the pixel origin.

        Returns
        -------
        cd : `numpy.ndarray`
            Matrix, float64, shape (2, 2); numerical derivatives, good to about 1e-10.
        """
        if pixel is None:
            return self._origin_cd_matrix.copy()
        return rate_matrix(self._pixel_to_iwc, np.array([pixel[0], pixel[1]], dtype=float))

    @cached_property
    def _origin_cd_matrix(self) -> np.ndarray:
        return rate_matrix(self._pixel_to_iwc, np.array(self._pixel_origin))

    @property
    def isFlipped(self) -> bool:  # noqa: N802
        """Whether the handedness of the pixels is that of (east to the right, north up) (`bool`)."""
        return bool(np.linalg.det(self._origin_cd_matrix) > 0)

    @cached_property
    def isFits(self) -> bool:  # noqa: N802
        """Whether FITS WCS keywords can represent the mapping to 1e-4 pixel (`bool`)."""
        return self._exact_fits_metadata(None) is not None

    def hasFitsApproximation(self) -> bool:  # noqa: N802
        """Tell whether an approximation is attached."""
        return self._approximation is not None

    def getFitsApproximation(self) -> SkyWcs | None:  # noqa: N802
        """Return the attached approximation that FITS can represent, or None."""
        return self._approximation

    def getRelativeRotationToWcs(self, otherWcs: SkyWcs) -> Angle:  # noqa: N802, N803
        """Return the rotation from another WCS to this one, in [0, 2 pi), wherever both lie on the sky.

        It is the angle of ``inverse(other CD) @ (this CD)``, both at the pixel origins.
        """
        rotation = np.linalg.solve(otherWcs.getCdMatrix(), self.getCdMatrix())
        return Angle(math.atan2(rotation[1, 0], rotation[0, 0])).wrap()

    # -- FITS keywords

    def getFitsMetadata(self, precise: bool = False, bbox: Box2I | None = None) -> PropertyList:  # noqa: N802
        """Return FITS WCS keywords.

        Parameters
        ----------
        precise : `bool`
            Describe exactly this mapping. Otherwise an attached approximation is described if there is one, and
            the local TAN WCS at the pixel origin if the mapping cannot be represented.
        bbox : `lsst.geom.Box2I`, optional
            Box of the image that the keywords are for: CRPIX is relative to its minimum.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            If ``precise`` and the mapping cannot be represented to 1e-4 pixel.
        """
        if not precise and self._approximation is not None:
            return self._approximation.getFitsMetadata(True, bbox)
        metadata = self._exact_fits_metadata(bbox)
        if metadata is not None:
            return metadata
        if precise:
            raise lsst.pex.exceptions.RuntimeError("FITS WCS keywords cannot represent this WCS")
        return self.getTanWcs(self.getPixelOrigin()).getFitsMetadata(True, bbox)

    def _exact_fits_metadata(self, bbox: Box2I | None) -> PropertyList | None:
        return fits_keywords(self._pixel_to_sky, self._frames.getFrame("SKY"), bbox)

    # -- derived WCSs

    def getTanWcs(self, pixel: Point2D) -> SkyWcs:  # noqa: N802
        """Return the TAN WCS with this one's sky position and CD matrix at a pixel.

        The matrix refers to the tangent plane at the sky origin and is not corrected for that (agrees with the
        stack), so the result is approximate away from the sky origin.
        """
        from ._make_wcs import makeSkyWcs  # the function needs this class

        return makeSkyWcs(crpix=pixel, crval=self.pixelToSky(pixel), cdMatrix=self.getCdMatrix(pixel))

    def copyWithFitsApproximation(self, fitsApproximation: SkyWcs) -> SkyWcs:  # noqa: N802, N803
        """Return this WCS with an approximation attached; positions do not change.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            If the approximation has one itself.
        """
        if fitsApproximation.hasFitsApproximation():
            raise lsst.pex.exceptions.LogicError("a FITS approximation cannot have a FITS approximation")
        result = self._bare_copy()
        result._approximation = fitsApproximation
        return result

    def copyAtShiftedPixelOrigin(self, shift: Extent2D) -> SkyWcs:  # noqa: N802
        """Return a WCS with ``new(p) = old(p - shift)``; an attached approximation is dropped."""
        new_to_old = Ast.ShiftMap([-float(shift[0]), -float(shift[1])])
        return self._with_pixel_mapping(new_to_old, True)

    def _with_pixel_mapping(self, new_to_old: Any, modify_actual_pixels: bool) -> SkyWcs:
        """Return a WCS with a mapping inserted in front of ACTUAL_PIXELS (if wanted and present) or PIXELS."""
        old = self._frames
        has_actual = old.hasDomain("ACTUAL_PIXELS")
        to_pixels = old.getMapping("ACTUAL_PIXELS", "PIXELS") if has_actual else None
        to_iwc = old.getMapping("PIXELS", "IWC")
        if has_actual and modify_actual_pixels:
            to_pixels = make_series_map(new_to_old, to_pixels).simplify()
        else:
            to_iwc = make_series_map(new_to_old, to_iwc).simplify()
        chain = [(to_iwc, old.getFrame("IWC")), (old.getMapping("IWC", "SKY"), old.getFrame("SKY"))]
        first = old.getFrame("PIXELS")
        if has_actual:
            chain.insert(0, (to_pixels, first))
            first = old.getFrame("ACTUAL_PIXELS")
        return SkyWcs(FrameDict.from_chain(first, *chain))

    # -- local linear approximations

    def linearizePixelToSky(  # noqa: N802
        self, coord: Point2D | SpherePoint, skyUnit: AngleUnit = lsst.geom.degrees  # noqa: N803
    ) -> AffineTransform:
        """Return the affine map from pixels to tangent-plane coordinates around a position.

        Parameters
        ----------
        coord : `lsst.geom.Point2D` or `lsst.geom.SpherePoint`
            Where.
        skyUnit : `lsst.geom.AngleUnit`
            Unit of the result, whose origin is such that the position maps to its own (ra, dec).

        Notes
        -----
        Derivatives are one-pixel differences of `lsst.geom.SpherePoint.getTangentPlaneOffset`.
        """
        if isinstance(coord, SpherePoint):
            return self._linearize(self.skyToPixel(coord), coord, skyUnit)
        return self._linearize(coord, self.pixelToSky(coord), skyUnit)

    def _linearize(self, pixel: Point2D, sky: SpherePoint, unit: AngleUnit) -> AffineTransform:
        neighbours = self.pixelToSky([Point2D(pixel[0] + 1, pixel[1]), Point2D(pixel[0], pixel[1] + 1)])
        columns = [sky.getTangentPlaneOffset(point) for point in neighbours]
        linear = np.array([[angle.asAngularUnits(unit) for angle in column] for column in columns]).T
        centre = np.array([angle.asAngularUnits(unit) for angle in sky])
        translation = centre - linear @ np.array([pixel[0], pixel[1]])
        return AffineTransform(linear, Extent2D(translation[0], translation[1]))

    def linearizeSkyToPixel(  # noqa: N802
        self, coord: Point2D | SpherePoint, skyUnit: AngleUnit = lsst.geom.degrees  # noqa: N803
    ) -> AffineTransform:
        """Return the inverse of `linearizePixelToSky`."""
        return self.linearizePixelToSky(coord, skyUnit).inverted()

    # -- text, equality, persistence

    def writeString(self) -> str:  # noqa: N802
        """Return the persisted text (an attached approximation is not part of it, only that there is one)."""
        body = f" {dump_object(self._frames.getFrameSet()).lstrip()}" if self._text is None else self._text
        return f"{_TEXT_VERSION} {self._persisted_name} {self.hasFitsApproximation():d} {body}"

    @classmethod
    def readString(cls, text: str) -> Self:  # noqa: N802
        """Return the WCS of a persisted text.

        Raises
        ------
        lsst.pex.exceptions.TypeError
            If the text is not that of a SkyWcs.
        """
        words = text.split(" ", 3)
        if len(words) < 4 or words[:2] != [_TEXT_VERSION, cls._persisted_name]:
            raise lsst.pex.exceptions.TypeError(f"not the text of a SkyWcs: {text[:60]!r}")
        frame_set = parse_object(words[3])
        if not frame_set.isaframeset():
            raise lsst.pex.exceptions.TypeError(f"a SkyWcs is a FrameSet, not a {frame_set.Class}")
        result = cls(frame_set)
        result._text = words[3]
        return result

    @cached_property
    def _canonical_text(self) -> str:
        return _SIMPLIFIED_MARK.sub("", dump_object(self._frames.getFrameSet()))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SkyWcs):
            return NotImplemented
        if self is other:
            return True
        return (
            self.hasFitsApproximation() == other.hasFitsApproximation()
            and self._canonical_text == other._canonical_text
        )

    def __hash__(self) -> int:
        return hash(self._canonical_text)

    def _bare_copy(self) -> SkyWcs:
        result = SkyWcs.__new__(SkyWcs)
        result._frames, result._text, result._approximation = self._frames, self._text, None
        return result

    def clone(self) -> SkyWcs:
        """Return a copy."""
        result = self._bare_copy()
        result._approximation = self._approximation
        return result

    def __copy__(self) -> SkyWcs:
        return self.clone()

    def __deepcopy__(self, memo: dict[int, Any]) -> SkyWcs:
        return self.clone()

    def __reduce__(self) -> tuple[Any, ...]:
        approximation = None if self._approximation is None else self._approximation.writeString()
        return _from_texts, (self.writeString(), approximation)

    def __repr__(self) -> str:
        kind = "FITS standard" if self.isFits else "Non-standard"
        x, y = self._pixel_origin
        scale = self.getPixelScale().asArcseconds()
        return f"{kind} SkyWcs: sky origin {self.getSkyOrigin()}, pixel origin ({x}, {y}), scale {scale} arcsec"

    def _write_archive(self, archive: Any) -> Sequence[Any]:
        fields = [("wcs", "ArrayB", "wcs string representation", "", 0)]
        row = [_as_bytes(self.writeString())]
        if self._approximation is not None:
            fields.append(("approx", "ArrayB", "wcs string representation of FITS approximation", "", 0))
            row.append(_as_bytes(self._approximation.writeString()))
        return [make_table(fields, [row])]


def _check_frames(frames: FrameDict) -> None:
    for domain in ("PIXELS", "IWC", "SKY"):
        if not frames.hasDomain(domain):
            raise lsst.pex.exceptions.TypeError(
                f"a SkyWcs needs the frame {domain}; found {sorted(frames.getAllDomains())}"
            )
        if (n_axes := frames.getFrame(domain).Naxes) != 2:
            raise lsst.pex.exceptions.TypeError(f"the frame {domain} of a SkyWcs has 2 axes, not {n_axes}")
    if not frames.getFrame("SKY").isaskyframe():
        raise lsst.pex.exceptions.TypeError("the frame SKY of a SkyWcs is not a SkyFrame")
    base = "ACTUAL_PIXELS" if frames.hasDomain("ACTUAL_PIXELS") else "PIXELS"
    if (frames.baseDomain, frames.currentDomain) != (base, "SKY"):
        raise lsst.pex.exceptions.TypeError(
            f"a SkyWcs maps {base} to SKY, not {frames.baseDomain} to {frames.currentDomain}"
        )


def _sphere_points(ra: np.ndarray, dec: np.ndarray) -> list[SpherePoint]:
    return [SpherePoint(*pair, lsst.geom.radians) for pair in zip(ra.tolist(), dec.tolist(), strict=True)]


def _as_bytes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _from_texts(text: str, approximation: str | None) -> SkyWcs:
    result = SkyWcs.readString(text)
    return result if not approximation else result.copyWithFitsApproximation(SkyWcs.readString(approximation))


@persistable_reader("SkyWcs")
def _read_sky_wcs(archive: Any, tables: Sequence[Any]) -> SkyWcs:
    table = tables[0]
    texts = {
        name: np.asarray(table[name][0], dtype=np.uint8).tobytes().decode()
        for name in table.schema.getNames()
        if name in ("wcs", "approx")
    }
    return _from_texts(texts["wcs"], texts.get("approx"))
