"""Box and initial pixels of a cutout of an exposure."""

from __future__ import annotations

__all__ = ["blank_cutout"]

from typing import Any

import numpy as np

from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint
from lsst.pex.exceptions import InvalidParameterError, LogicError

from ._mask import MaskX


def blank_cutout(exposure: Any, center: SpherePoint | Point2D | Point2I, size: Extent2I) -> Any:
    """Return a masked image in which no pixel is known.

    Parameters
    ----------
    exposure : `ExposureF` or another type
        Exposure to cut from.
    center : `~lsst.geom.SpherePoint` or `~lsst.geom.Point2D` or `~lsst.geom.Point2I`
        Position on the sky or in parent coordinates.
    size : `~lsst.geom.Extent2I`
        Width and height (pixel).

    Raises
    ------
    lsst.pex.exceptions.LogicError
        Raised if the center is a position on the sky, and there is no WCS.
    lsst.pex.exceptions.InvalidParameterError
        Raised if the center is outside, or the size is not positive.
    """
    if isinstance(center, SpherePoint):
        wcs = exposure.info.getWcs()
        if wcs is None:
            raise LogicError("the exposure has no WCS; give the center of the cutout in pixels.")
        point: Point2D = wcs.skyToPixel(center)
    else:
        point = Point2D(center)
    if not Box2D(exposure.getBBox()).contains(point):
        raise InvalidParameterError(f"the center {point} of a cutout must be inside of {exposure.getBBox()}.")
    if size.getX() <= 0 or size.getY() <= 0:
        raise InvalidParameterError(f"a cutout cannot have the size {size}.")
    blank = type(exposure.maskedImage)(Box2I.makeCenteredBox(point, size))
    unknown = np.nan if np.dtype(exposure.dtype).kind == "f" else 0
    blank.set(unknown, MaskX.getPlaneBitMask("NO_DATA"), np.inf)
    return blank
