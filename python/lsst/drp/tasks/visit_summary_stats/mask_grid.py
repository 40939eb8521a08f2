"""Pixels of a mask on a regular grid."""

from __future__ import annotations

__all__ = ["sample_mask"]

from collections.abc import Sequence

import numpy as np

from lsst.afw.image import MaskX
from lsst.geom import Box2I, Extent2I, Point2I
from visit_kernels.pixel_grid import PixelGrid


def sample_mask(mask: MaskX, step: int, bad_planes: Sequence[str]) -> PixelGrid:
    """Find the good pixels of a mask on a grid that starts at its first pixel.

    Parameters
    ----------
    mask : `lsst.afw.image.Mask`
        Mask of an exposure.
    step : `int`
        Distance of neighbors in pixels.
    bad_planes : sequence of `str`
        Mask planes that make a pixel bad; their bits are those of the
        process-wide dictionary of planes, as in the stack.

    Returns
    -------
    grid : `visit_kernels.pixel_grid.PixelGrid`
        The good pixels, at positions in the coordinates of the mask's box.
        (`lsst.pipe.tasks.computeExposureSummaryStats` leaves the box out of
        account, which makes a difference only if it does not start at (0, 0).)

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there is no such plane.
    """
    bits = MaskX.getPlaneBitMask(list(bad_planes))
    box = mask.getBBox()
    row = Extent2I(box.getWidth(), 1)
    # Row by row: where masks are read from their file on demand, only these rows are.
    rows = [
        mask.subset(Box2I(Point2I(box.getMinX(), y), row)).array[0, ::step]
        for y in range(box.getMinY(), box.getMaxY() + 1, step)
    ]
    sampled = np.array(rows).reshape(len(rows), -1)
    return PixelGrid((sampled & bits) == 0, step, box.getMinX(), box.getMinY())
