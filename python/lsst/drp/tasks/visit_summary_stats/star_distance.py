"""Distance of the good pixels of an exposure from the stars of its PSF model."""

from __future__ import annotations

__all__ = ["distance_to_stars"]

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from visit_kernels.star_distance import largest_nearest_distance

from .mask_grid import sample_mask
from .repeated_lines import without_repeated_lines

if TYPE_CHECKING:
    from lsst.afw.image import MaskX
    from lsst.pipe.tasks.computeExposureSummaryStats import ComputeExposureSummaryStatsTask


def distance_to_stars(task: ComputeExposureSummaryStatsTask, mask: MaskX, sources: Any) -> float:
    """Compute how far a good pixel can be from the nearest selected star.

    Parameters
    ----------
    task : `lsst.pipe.tasks.computeExposureSummaryStats.ComputeExposureSummaryStatsTask`
        Task that has computed the statistics of the stars. Its selector and
        its configuration decide which stars and which pixels count.
    mask : `lsst.afw.image.Mask`
        Mask of the exposure.
    sources : `lsst.afw.table.SourceCatalog` or `astropy.table.Table`
        Sources, with ``slot_Centroid_x`` and ``slot_Centroid_y`` in pixels.

    Returns
    -------
    distance : `float`
        The statistic ``maxDistToNearestPsf`` in pixels; NaN without stars.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there is no mask plane of a name in the configuration.
    """
    # The task has selected them before, and keeps the selection for itself.
    with without_repeated_lines(task.starSelector):
        selected = task.starSelector.selectSources(sources).selected
    if not np.any(selected):
        return math.nan
    x, y = (np.asarray(sources[f"slot_Centroid_{axis}"])[selected] for axis in "xy")
    grid = sample_mask(mask, task.config.psfSampling, task.config.psfBadMaskPlanes)
    return largest_nearest_distance(grid, x, y)
