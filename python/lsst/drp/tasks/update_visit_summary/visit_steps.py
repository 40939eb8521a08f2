"""The pointing: what the step that needs the rows of the whole visit takes from them."""

from __future__ import annotations

__all__ = ["detectors_with_wcs", "null_unusable_wcss", "wcss_nulled_by_the_fit"]

import math
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from lsst.geom import Box2D

from .diagnosis import Component, Diagnosis, Figure, Outcome

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Camera
    from lsst.afw.geom import SkyWcs
    from lsst.afw.table import ExposureCatalog, ExposureRecord

_NOT_FINITE = "it has no finite sky position for some pixels"
"""Cause of the loss of a WCS that the pointing fit cannot use (`str`)."""


def detectors_with_wcs(catalog: ExposureCatalog) -> frozenset[int]:
    """Return the detectors that have a WCS.

    Parameters
    ----------
    catalog : `lsst.afw.table.ExposureCatalog`
        Rows of a visit.
    """
    return frozenset(record.getId() for record in catalog if record.getWcs() is not None)


def null_unusable_wcss(
    records: Iterable[ExposureRecord], camera: Camera, grid_spacing: float
) -> Iterator[Diagnosis]:
    """Null the WCSs that have no value at a point that the pointing fit uses.

    A single NaN makes the fit of the real stack end the process (B3).

    Parameters
    ----------
    records : `~collections.abc.Iterable` [`lsst.afw.table.ExposureRecord`]
        Rows; modified.
    camera : `lsst.afw.cameraGeom.Camera`
        Geometry of the detectors; those that it lacks take no part in the fit.
    grid_spacing : `float`
        Largest distance between points (pixels).

    Yields
    ------
    loss : `Diagnosis`
        A detector that has just lost its WCS.
    """
    for record in records:
        wcs, detector = record.getWcs(), camera.get(record.getId())
        if wcs is None or detector is None:
            continue
        if not _is_finite(wcs, Box2D(detector.getBBox()), grid_spacing):
            record.setWcs(None)
            yield Diagnosis(record.getId(), Component.WCS, Outcome.NULLED_LATER, cause=_NOT_FINITE)


def _is_finite(wcs: SkyWcs, box: Box2D, spacing: float) -> bool:
    """Return whether a WCS has a value on a whole grid, ends included."""
    x = np.linspace(box.getMinX(), box.getMaxX(), math.ceil(box.getWidth() / spacing) + 1)
    y = np.linspace(box.getMinY(), box.getMaxY(), math.ceil(box.getHeight() / spacing) + 1)
    grid_x, grid_y = np.meshgrid(x, y)
    return bool(np.isfinite(wcs.pixelToSkyArray(grid_x.ravel(), grid_y.ravel())).all())


def wcss_nulled_by_the_fit(
    catalog: ExposureCatalog,
    with_wcs: Collection[int],
    explained: Iterable[Diagnosis],
    schema_prefix: str,
) -> list[Diagnosis]:
    """Find the detectors whose WCS the pointing fit has removed.

    Parameters
    ----------
    catalog : `lsst.afw.table.ExposureCatalog`
        Rows after the fit, whether it succeeded or not.
    with_wcs : `~collections.abc.Collection` [`int`]
        Ids of the detectors that had a WCS before.
    explained : `~collections.abc.Iterable` [`Diagnosis`]
        WCSs that were lost for other causes since.
    schema_prefix : `str`
        Prefix of the columns with the residuals of the fit.

    Returns
    -------
    losses : `list` [`Diagnosis`]
        The detectors that lost their WCS, with the residual that decided.
    """
    unexplained = set(with_wcs) - {loss.detector for loss in explained}
    return [
        _nulled(record, schema_prefix)
        for record in catalog
        if record.getId() in unexplained and record.getWcs() is None
    ]


def _nulled(record: ExposureRecord, prefix: str) -> Diagnosis:
    """Return the loss of a WCS, with the residual of the visit, or its own if no fit was made."""
    cause, name = "it is far from the fitted pointing", f"{prefix}wcs_visit_pointing_residual"
    if not math.isfinite(record[name].asArcseconds()):
        cause, name = "no pointing fits the WCSs of the visit", f"{prefix}wcs_detector_pointing_residual"
    residual = Figure("residual", record[name].asArcseconds(), "arcsec")
    return Diagnosis(record.getId(), Component.WCS, Outcome.NULLED_LATER, cause=cause, figures=(residual,))
