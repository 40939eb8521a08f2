"""Guarded calls of the statistics task: what it cannot handle is kept away from it.

The task raises where a statistic has no value (a fully masked grid, a sky
level of zero, a filter without band). Here such statistics are NaN, and what
happened is returned as text, on every version of the statistics task.
"""

from __future__ import annotations

__all__ = [
    "Problem",
    "read_mask_grids",
    "update_ap_corr_statistics",
    "update_depth_statistics",
    "update_psf_statistics",
]

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import ExposureF, VisitInfo

from ..visit_summary_stats import sample_mask
from ..visit_summary_stats.star_distance import distance_to_stars
from .diagnosis import Component
from .errors import describe

if TYPE_CHECKING:
    from astropy.table import Table

    from lsst.afw.cameraGeom import Detector
    from lsst.afw.detection import Psf
    from lsst.afw.image import ApCorrMap, ExposureSummaryStats, FilterLabel, MaskX
    from lsst.daf.base import PropertyList
    from lsst.geom import Box2I
    from lsst.pipe.tasks.computeExposureSummaryStats import ComputeExposureSummaryStatsTask

_MASKED = "all points of the PSF grid are masked, so ranges over the grid are NaN"

_EFFECTIVE_TIMES = ("effTime", "effTimePsfSigmaScale", "effTimeSkyBgScale", "effTimeZeroPointScale")


@dataclass(frozen=True)
class Problem:
    """A reason why statistics of a detector have no value."""

    component: Component
    """Component that the statistics follow from (`Component`)."""

    text: str
    """The reason, without a full stop (`str`)."""

    makes_unusable: bool = False
    """Whether the component is of no use (`bool`)."""


def read_mask_grids(task: ComputeExposureSummaryStatsTask, mask: MaskX) -> bool:
    """Read the pixels of a mask that PSF statistics need, and return whether the PSF grid has a good one.

    Masks may be read from their file when their pixels are looked at. What is
    damaged there must not look like a fault of the PSF.

    Parameters
    ----------
    task : `lsst.pipe.tasks.computeExposureSummaryStats.ComputeExposureSummaryStatsTask`
        Task whose configuration defines the grid.
    mask : `lsst.afw.image.Mask`
        Mask of the exposure.

    Returns
    -------
    has_grid : `bool`
        Whether a point of the grid for PSF statistics is unmasked.
    """
    planes = list(task.config.psfBadMaskPlanes)
    sample_mask(mask, task.config.psfSampling, planes)
    return bool(sample_mask(mask, task.config.psfGridSampling, planes).good.any())


def update_psf_statistics(
    task: ComputeExposureSummaryStatsTask,
    summary: ExposureSummaryStats,
    psf: Psf | None,
    bbox: Box2I,
    stars: Table | None,
    mask: MaskX,
    has_grid: bool,
    ap_corr_map: ApCorrMap | None,
    lost: str = "its statistics are",
) -> list[Problem]:
    """Recompute all statistics that depend on the PSF model.

    Parameters
    ----------
    task : `lsst.pipe.tasks.computeExposureSummaryStats.ComputeExposureSummaryStatsTask`
        Task that computes the statistics.
    summary : `lsst.afw.image.ExposureSummaryStats`
        Statistics; modified.
    psf : `lsst.afw.detection.Psf` or `None`
        Final PSF model.
    bbox : `lsst.geom.Box2I`
        Box of the exposure, in pixels.
    stars : `astropy.table.Table` or `None`
        Stars of this detector; `None` if there are none.
    mask : `lsst.afw.image.Mask`
        Mask of the exposure.
    has_grid : `bool`
        Whether the grid for PSF statistics has a good pixel: see `read_mask_grids`.
    ap_corr_map : `lsst.afw.image.ApCorrMap` or `None`
        Final aperture correction map.
    lost : `str`, optional
        What is NaN if the model cannot be evaluated, for the message.

    Returns
    -------
    problems : `list` [`Problem`]
        Why statistics have no value.
    """
    problems = []
    # C3: the ranges over a grid without points would raise.
    has_grid = has_grid or psf is None
    try:
        task.update_psf_stats(
            summary,
            psf,
            bbox,
            stars,
            image_mask=mask if has_grid else None,
            image_ap_corr_map=ap_corr_map if has_grid else None,
            sources_is_astropy=True,
        )
        if not has_grid:
            problems.append(Problem(Component.PSF, _MASKED))
            if stars is not None:
                # It has a grid of its own, which is finer than that of the PSF.
                summary.maxDistToNearestPsf = distance_to_stars(task, mask, stars)
    except pex_exceptions.Exception as err:
        # A22: a model without value at some position.
        task.update_psf_stats(summary, None, bbox, None)
        text = f"the PSF cannot be evaluated ({describe(err)}), so {lost} NaN"
        problems.append(Problem(Component.PSF, text, makes_unusable=True))
    return problems


def update_ap_corr_statistics(
    task: ComputeExposureSummaryStatsTask,
    summary: ExposureSummaryStats,
    psf: Psf | None,
    bbox: Box2I,
    mask: MaskX,
    has_grid: bool,
    ap_corr_map: ApCorrMap | None,
) -> list[Problem]:
    """Recompute what depends on the aperture correction, for a PSF that stays.

    Parameters are those of `update_psf_statistics`; all statistics of the PSF
    but ``psfApCorrSigmaScaledDelta`` keep their values.

    Returns
    -------
    problems : `list` [`Problem`]
        Why statistics have no value.
    """
    scratch = dataclasses.replace(summary)
    lost = "psfApCorrSigmaScaledDelta is"
    problems = update_psf_statistics(task, scratch, psf, bbox, None, mask, has_grid, ap_corr_map, lost)
    summary.psfApCorrSigmaScaledDelta = scratch.psfApCorrSigmaScaledDelta
    return problems


def update_depth_statistics(
    task: ComputeExposureSummaryStatsTask,
    summary: ExposureSummaryStats,
    detector: Detector | None,
    metadata: PropertyList | None,
    filter_label: FilterLabel | None,
    visit_info: VisitInfo | None,
) -> list[Problem]:
    """Recompute magnitude limit and effective time from the final values.

    Parameters
    ----------
    task : `lsst.pipe.tasks.computeExposureSummaryStats.ComputeExposureSummaryStatsTask`
        Task that computes the statistics.
    summary : `lsst.afw.image.ExposureSummaryStats`
        Statistics; modified.
    detector : `lsst.afw.cameraGeom.Detector` or `None`
        Detector of the exposure: gain and read noise of its amplifiers.
    metadata : `lsst.daf.base.PropertyList` or `None`
        Metadata of the exposure: pixel units, measured gains and read noises.
    filter_label : `lsst.afw.image.FilterLabel` or `None`
        Filter of the exposure.
    visit_info : `lsst.afw.image.VisitInfo` or `None`
        Visit info of the exposure: exposure time.

    Returns
    -------
    problems : `list` [`Problem`]
        Why statistics have no value.
    """
    exposure = ExposureF()
    exposure.setDetector(detector)
    if metadata is not None:
        exposure.setMetadata(metadata)
    # A20: exposure time and date may be unknown.
    exposure.info.setVisitInfo(visit_info if visit_info is not None else VisitInfo())
    task.update_magnitude_limit_stats(summary, exposure)
    if filter_label is None or not filter_label.hasBandLabel():
        # C1: a label without band raises.
        for name in _EFFECTIVE_TIMES:
            setattr(summary, name, math.nan)
        return [_no_depth("the exposure's filter has no band, so the effective time is NaN")]
    exposure.setFilter(filter_label)
    return _update_effective_time(task, summary, exposure)


def _no_depth(text: str) -> Problem:
    return Problem(Component.DEPTH, text)


def _update_effective_time(
    task: ComputeExposureSummaryStatsTask, summary: ExposureSummaryStats, exposure: ExposureF
) -> list[Problem]:
    """Recompute effective times, with NaN where the task would divide by zero."""
    # A11, C4: a division by zero raises.
    zero = [name for name in ("psfSigma", "skyBg") if getattr(summary, name) == 0.0]
    problems = [_no_depth(f"{name} is zero, so its scale of the effective time is NaN") for name in zero]
    hidden = set(zero)
    if exposure.info.getVisitInfo().getExposureTime() == 0.0:
        problems.append(_no_depth("the exposure time is zero, so the scaled effective times are NaN"))
        hidden |= {"skyBg", "zeroPoint"}
    values = {name: getattr(summary, name) for name in hidden}
    for name in hidden:
        setattr(summary, name, math.nan)
    task.update_effective_time_stats(summary, exposure)
    for name, value in values.items():
        setattr(summary, name, value)
    return problems
