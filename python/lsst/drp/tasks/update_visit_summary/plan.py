"""Plans: what is to be computed for one detector, with all that is needed for it."""

from __future__ import annotations

__all__ = ["PASSED_THROUGH", "DetectorPlan", "plan_detector"]

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .added_columns import AddedValues
from .choices import (
    choose_ap_corr_map,
    choose_background,
    choose_photo_calib,
    choose_psf,
    choose_wcs,
    kept,
)
from .detector_row import DetectorRow
from .diagnosis import Component, Diagnosis, Outcome
from .errors import describe_dataset, using

if TYPE_CHECKING:
    from astropy.table import Table

    from lsst.afw.image import ExposureSummaryStats
    from lsst.afw.table import ExposureRecord
    from lsst.geom import Box2I

    from .overrides import Handle, Overrides

PASSED_THROUGH = ("ValidPolygon", "VisitInfo", "TransmissionCurve", "Detector")
"""Objects of a row that no override can replace, as getters name them."""


@dataclass(frozen=True, eq=False)
class DetectorPlan:
    """Final components of one detector, and all that its statistics need.

    A plan needs nothing of the visit any more. It can be pickled if its
    handles can: those in memory and those of a `~lsst.daf.butler.Butler` can,
    those of a `~lsst.daf.butler.QuantumBackedButler` only without their butler.
    """

    detector: int
    """Id of the detector (`int`)."""

    bbox: Box2I
    """Box of the exposure, in pixels (`lsst.geom.Box2I`)."""

    row: DetectorRow
    """Statistics of the input, and the final components (`DetectorRow`)."""

    exposure: Handle
    """Handle of the exposure, with its components."""

    stars: Table | None = None
    """Stars that a new PSF model was made from (`astropy.table.Table` or
    `None`)."""

    background_original: Handle | None = None
    """Handle of the background that has been subtracted."""

    background_override: Handle | None = None
    """Handle of the background to subtract as well."""

    added: AddedValues = field(default_factory=AddedValues)
    """Values of the columns that the task adds (`AddedValues`)."""

    diagnoses: tuple[Diagnosis, ...] = ()
    """Outcomes of the choices, one for each component (`tuple` [`Diagnosis`, ...])."""

    def is_replaced(self, component: Component) -> bool:
        """Return whether a component is replaced, be it by nothing.

        Parameters
        ----------
        component : `Component`
            The component.
        """
        return any(d.component is component and d.outcome is not Outcome.KEPT for d in self.diagnoses)


def plan_detector(
    record: ExposureRecord,
    statistics: ExposureSummaryStats,
    exposure: Handle,
    overrides: Overrides,
    wcs_consistency_threshold: float | None,
) -> DetectorPlan:
    """Choose the final components of one detector.

    This is cheap: of the exposure only the box is read.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the input summary.
    statistics : `lsst.afw.image.ExposureSummaryStats`
        Statistics of the row.
    exposure : `lsst.daf.butler.DeferredDatasetHandle` or \
            `lsst.pipe.base.InMemoryDatasetHandle`
        Handle of the exposure.
    overrides : `Overrides`
        New components of the visit.
    wcs_consistency_threshold : `float` or `None`
        Largest distance that a new WCS may move a corner (arcseconds).

    Returns
    -------
    plan : `DetectorPlan`
        The final components.

    Raises
    ------
    DetectorUpdateError
        Raised if an object cannot be read; the message names it.
    """
    detector = record.getId()
    with using(detector, describe_dataset("input_exposures", exposure)):
        bbox = exposure.get(component="bbox")
    wcs = choose_wcs(record, bbox, overrides.wcs, wcs_consistency_threshold)
    psf = choose_psf(record, overrides.psf)
    ap_corr_map = choose_ap_corr_map(record, overrides.ap_corr)
    photo_calib = choose_photo_calib(record, bbox, wcs.value, overrides.photo_calib)
    background = choose_background(detector, overrides.background_overrides)
    passed_through = {name: kept(record, name) for name in PASSED_THROUGH}
    return DetectorPlan(
        detector,
        bbox,
        DetectorRow(
            statistics,
            psf.value,
            ap_corr_map.value,
            photo_calib.value,
            wcs.value,
            passed_through["VisitInfo"],
        ),
        exposure,
        _stars_of(detector, overrides),
        (overrides.background_originals or {}).get(detector) if background.value is not None else None,
        background.value,
        AddedValues(wcs.region_id, wcs.corner_max_offset, photo_calib.region_id),
        (
            psf.diagnosis,
            ap_corr_map.diagnosis,
            photo_calib.diagnosis,
            wcs.diagnosis,
            background.diagnosis,
            Diagnosis(detector, Component.DEPTH, Outcome.REPLACED, "all final components"),
        ),
    )


def _stars_of(detector: int, overrides: Overrides) -> Table | None:
    """Return the stars of a new PSF model."""
    if overrides.psf is None or overrides.stars_by_detector is None:
        return None
    return overrides.stars_by_detector.for_detector(detector)
