"""The steps of ``update_psf_stats``: PSF model at the center, PSF model on a grid, PSF stars."""

from __future__ import annotations

__all__ = ["set_central_psf_stats", "set_psf_grid_stats", "set_star_stats"]

from logging import Logger, LoggerAdapter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lsst.geom import Box2D, Box2I
from visit_kernels.psf_variation import effective_area
from visit_kernels.star_shapes import higher_order_medians, star_shape_statistics

from ._field_groups import set_fields
from ._psf_grid import (
    compute_ap_corr_sigma_scaled_delta,
    compute_psf_image_deltas,
    maximum_nearest_psf_distance,
)
from ._star_columns import (
    has_higher_order_moments,
    read_centroids,
    read_higher_order_moments,
    read_moments,
)

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.image import ApCorrMap, ExposureSummaryStats, MaskX

    from ._exposure_summary_config import ExposureSummaryFields

    AnyLogger = Logger | LoggerAdapter[Any]


def set_central_psf_stats(summary: ExposureSummaryStats, psf: Psf, bbox: Box2I) -> None:
    """Set size, shape and area of the PSF model at the center of the box.

    A shape whose measurement did not converge is used like any other, as in the stack.
    """
    center = Box2D(bbox).getCenter()
    shape = psf.computeShape(center)
    summary.psfSigma = shape.getDeterminantRadius()
    summary.psfIxx = shape.getIxx()
    summary.psfIyy = shape.getIyy()
    summary.psfIxy = shape.getIxy()
    summary.psfArea = float(effective_area(psf.computeKernelImage(center).array))


def set_psf_grid_stats(
    summary: ExposureSummaryStats,
    psf: Psf,
    image_mask: MaskX,
    ap_corr_map: ApCorrMap | None,
    config: ExposureSummaryFields,
    log: AnyLogger,
) -> None:
    """Set the variation of PSF model and aperture correction over the good pixels, at least one."""
    planes = list(config.psfBadMaskPlanes)
    # A NaN psfSigma gives the smallest radius, as in the stack.
    radius = float(np.fmax(config.minPsfApRadiusPix, 3.0 * summary.psfSigma))
    summary.psfTraceRadiusDelta, summary.psfApFluxDelta = compute_psf_image_deltas(
        image_mask, psf, config.psfGridSampling, radius, planes
    )
    name = config.psfApCorrFieldName
    if ap_corr_map is not None and name in ap_corr_map:
        summary.psfApCorrSigmaScaledDelta = compute_ap_corr_sigma_scaled_delta(
            image_mask, ap_corr_map[name], summary.psfSigma, config.psfGridSampling, planes
        )
    elif ap_corr_map is not None:
        log.warning("No aperture correction %s: psfApCorrSigmaScaledDelta is NaN.", name)


def set_star_stats(
    summary: ExposureSummaryStats,
    sources: Any,
    selected: NDArray[np.bool_],
    image_mask: MaskX | None,
    config: ExposureSummaryFields,
    log: AnyLogger,
) -> None:
    """Set the statistics of the selected sources if there are any."""
    if not selected.any():
        return
    stars = read_moments(sources, config.starShape, selected)
    models = read_moments(sources, config.psfShape, selected)
    set_fields(summary, star_shape_statistics(stars, models))
    base = config.starHigherOrderMomentBase
    if has_higher_order_moments(sources, base):
        set_fields(summary, higher_order_medians(read_higher_order_moments(sources, base, selected)))
    else:
        log.warning("No columns %s_03 etc.: the star aberrations are NaN.", base)
    if image_mask is not None:
        summary.maxDistToNearestPsf = maximum_nearest_psf_distance(
            image_mask, read_centroids(sources, selected), config.psfSampling, list(config.psfBadMaskPlanes)
        )
