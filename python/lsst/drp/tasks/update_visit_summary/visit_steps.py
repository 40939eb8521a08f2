"""Steps that need the finished rows of the whole visit."""

from __future__ import annotations

__all__ = ["attach_sip_approximations", "null_unusable_wcss", "refit_pointing"]

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

import lsst.pex.exceptions
from lsst.geom import Box2D

from .output_columns import write_sip_columns

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Camera
    from lsst.afw.geom import SkyWcs
    from lsst.afw.table import ExposureCatalog, ExposureRecord
    from lsst.meas.astrom.fit_sip_approximation import FitSipApproximationTask
    from lsst.meas.astrom.refit_pointing import RefitPointingTask
    from lsst.obs.base.visit_geometry import VisitGeometry
    from lsst.utils.logging import LsstLogAdapter

    ResetWcsStatistics = Callable[[ExposureRecord], None]


def refit_pointing(
    task: RefitPointingTask,
    catalog: ExposureCatalog,
    camera: Camera,
    reset_statistics: ResetWcsStatistics,
    log: LsstLogAdapter,
) -> VisitGeometry:
    """Fit the pointing of a visit; what it nulls loses its statistics too.

    Parameters
    ----------
    task : `lsst.meas.astrom.refit_pointing.RefitPointingTask`
        Task that fits the pointing.
    catalog : `lsst.afw.table.ExposureCatalog`
        Finished rows; WCSs far from the fit are nulled.
    camera : `lsst.afw.cameraGeom.Camera`
        Geometry of the detectors.
    reset_statistics : `~collections.abc.Callable`
        Resets what follows from the WCS in a row.
    log : `lsst.utils.logging.LsstLogAdapter`
        Where detectors that lose their WCS are named.

    Returns
    -------
    geometry : `lsst.obs.base.visit_geometry.VisitGeometry`
        Boresight, orientation and regions.

    Raises
    ------
    lsst.meas.astrom.refit_pointing.NoVisitWcs
        Raised if no WCS is left to fit to; all rows are without one then.
    """
    had_wcs = [record for record in catalog if record.getWcs() is not None]
    null_unusable_wcss(had_wcs, camera, task.config.grid_spacing)
    try:
        return task.run(catalog=catalog, camera=camera).regions
    finally:
        nulled = [record for record in had_wcs if record.getWcs() is None]
        for record in nulled:
            reset_statistics(record)
        if nulled:
            log.warning(
                "%d of %d WCSs are unusable, or far from the fitted pointing, and are nulled: detectors %s.",
                len(nulled),
                len(had_wcs),
                ", ".join(str(record.getId()) for record in nulled),
            )


def null_unusable_wcss(records: Iterable[ExposureRecord], camera: Camera, grid_spacing: float) -> None:
    """Null the WCSs that have no value at a point that the pointing fit uses.

    A single NaN makes the fit of the real stack end the process.

    Parameters
    ----------
    records : `~collections.abc.Iterable` [`lsst.afw.table.ExposureRecord`]
        Rows with a WCS; modified.
    camera : `lsst.afw.cameraGeom.Camera`
        Geometry of the detectors; those that it lacks take no part in the fit.
    grid_spacing : `float`
        Largest distance between points (pixels).
    """
    for record in records:
        detector = camera.get(record.getId())
        if detector is not None and not _is_finite(record.getWcs(), Box2D(detector.getBBox()), grid_spacing):
            record.setWcs(None)


def _is_finite(wcs: SkyWcs, box: Box2D, spacing: float) -> bool:
    """Tell whether a WCS has a value on a whole grid, ends included."""
    x = np.linspace(box.getMinX(), box.getMaxX(), math.ceil(box.getWidth() / spacing) + 1)
    y = np.linspace(box.getMinY(), box.getMaxY(), math.ceil(box.getHeight() / spacing) + 1)
    grid_x, grid_y = np.meshgrid(x, y)
    return bool(np.isfinite(wcs.pixelToSkyArray(grid_x.ravel(), grid_y.ravel())).all())


def attach_sip_approximations(
    task: FitSipApproximationTask, catalog: ExposureCatalog, log: LsstLogAdapter
) -> None:
    """Attach a TAN-SIP approximation to each WCS that allows one.

    Parameters
    ----------
    task : `lsst.meas.astrom.fit_sip_approximation.FitSipApproximationTask`
        Task that fits approximations.
    catalog : `lsst.afw.table.ExposureCatalog`
        Finished rows; a WCS that cannot be approximated stays as it is, with
        NaN as its deltas.
    log : `lsst.utils.logging.LsstLogAdapter`
        Where detectors without approximation are named.
    """
    for record in catalog:
        if record.getWcs() is not None:
            try:
                fit = task.run(wcs=record.getWcs(), bbox=record.getBBox())
            except lsst.pex.exceptions.Exception as err:
                log.warning("Detector %d has no SIP approximation of its WCS: %s", record.getId(), err)
            else:
                record.setWcs(fit.wcs)
                write_sip_columns(record, fit.delta_sky, fit.delta_pixel)
