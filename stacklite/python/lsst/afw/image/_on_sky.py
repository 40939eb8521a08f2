"""Exposures on the sky: cutouts and regions."""

from __future__ import annotations

__all__ = ["OnSky"]

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from lsst.geom import Box2D, Extent2I, Point2D, Point2I, SpherePoint
from lsst.sphgeom import ConvexPolygon

from ._cutout import blank_cutout
from ._exposure_info import ExposureInfo
from ._pixel_container import PixelContainer

if TYPE_CHECKING:
    from ._masked_image import _MaskedImageBase


class OnSky(PixelContainer):
    """Methods of exposures that need a WCS."""

    _masked: _MaskedImageBase
    _info: ExposureInfo

    def getCutout(self, center: SpherePoint | Point2D | Point2I, size: Extent2I) -> Self:
        """Return a copy of the pixels around a position, with the same components.

        Parameters
        ----------
        center : `~lsst.geom.SpherePoint` or `~lsst.geom.Point2D` or `~lsst.geom.Point2I`
            Position on the sky or in parent coordinates.
        size : `~lsst.geom.Extent2I`
            Width and height (pixel).

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
        cutout = type(self)(blank_cutout(self, center, size), ExposureInfo(self._info, True))
        common = cutout.getBBox().clippedTo(self.getBBox())
        cutout._masked.assign(self._masked.subset(common), common)
        return cutout

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
