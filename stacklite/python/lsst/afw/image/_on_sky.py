"""Exposures on the sky: cutouts and regions."""

from __future__ import annotations

__all__ = ["OnSky"]

from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint
from lsst.sphgeom import ConvexPolygon
from lsst_stacklite._overloads import Check, bind

from ._cutout import blank_cutout
from ._exposure_info import ExposureInfo
from ._pixel_container import PixelContainer

if TYPE_CHECKING:
    from ._masked_image import _MaskedImageBase


_KINDS: dict[str, Check] = {
    "Box2I": Box2I,
    "Extent2I": Extent2I,
    "Point2D": Point2D,
    "Point2I": Point2I,
    "SpherePoint": SpherePoint,
}


class OnSky(PixelContainer):
    """Methods of exposures that need a WCS."""

    _masked: _MaskedImageBase
    _info: ExposureInfo

    @overload
    def getCutout(self, center: SpherePoint | Point2D | Point2I, size: Extent2I) -> Self: ...

    @overload
    def getCutout(self, box: Box2I) -> Self: ...

    def getCutout(self, *args: Any, **kwargs: Any) -> Self:
        """Return a copy of the pixels around a position, with the same components.

        Parameters
        ----------
        center : `~lsst.geom.SpherePoint` or `~lsst.geom.Point2D` or `~lsst.geom.Point2I`
            Position on the sky or in parent coordinates.
        size : `~lsst.geom.Extent2I`
            Width and height (pixel).
        box : `~lsst.geom.Box2I`
            In place of them, the box; its center is to be inside.

        Returns
        -------
        cutout : `ExposureF` or another type
            Exposure of exactly this size. Pixels outside of this exposure are
            NaN (integers: 0), NO_DATA, with infinite variance.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the center is a position on the sky, and there is no WCS.
        lsst.pex.exceptions.InvalidParameterError
            Raised if the center is outside, or the size is not positive.
        """
        given = bind(OnSky.getCutout, _KINDS, (self, *args), kwargs)
        if "box" in given:
            box = given["box"]
            given = {"center": box.getCenter(), "size": box.getDimensions()}
        cutout = type(self)(blank_cutout(self, **given), ExposureInfo(self._info, True))
        common = cutout.getBBox().clippedTo(self.getBBox())
        cutout._masked.assign(self._masked.subset(common), common)
        return cutout

    @property
    def convex_polygon(self) -> ConvexPolygon | None:
        """Region of the sky that the box covers, with ten pixels more on each side."""
        return self.getConvexPolygon()

    def getConvexPolygon(self, padding: int = 10) -> ConvexPolygon | None:
        """Return the region of the sky that the box covers.

        Parameters
        ----------
        padding : `int`, optional
            Margin around the box (pixel).

        Returns
        -------
        region : `lsst.sphgeom.ConvexPolygon` or `None`
            `None` if there is no WCS.
        """
        wcs = self._info.getWcs()
        if wcs is None:
            return None
        box = Box2D(self.getBBox())
        box.grow(padding)
        return ConvexPolygon([wcs.pixelToSky(corner).getVector() for corner in box.getCorners()])

    def containsSkyCoords(self, ra: Any, dec: Any, padding: int = 10) -> np.ndarray:
        """Return whether positions are within the region of `getConvexPolygon`.

        Parameters
        ----------
        ra, dec : `astropy.units.Quantity`, (N,)
            Positions, ICRS.
        padding : `int`, optional
            Margin around the box (pixel).

        Returns
        -------
        contained : `numpy.ndarray` of `bool`, (N,)
            One for each position.

        Raises
        ------
        ValueError
            Raised if there is no WCS.
        """
        region = self.getConvexPolygon(padding)
        if region is None:
            raise ValueError("the exposure has no WCS; it cannot be compared with positions.")
        ra, dec = (np.atleast_1d(angle.to_value("rad")).astype(np.float64) for angle in (ra, dec))
        return np.asarray(region.contains(ra, dec))
