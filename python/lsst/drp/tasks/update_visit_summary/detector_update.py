"""Updates: one plan is carried out, pixels are read, and statistics computed."""

from __future__ import annotations

__all__ = ["DetectorUpdate", "fail_detector", "update_detector"]

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lsst.afw.image import ExposureSummaryStats, MaskedImageF, VisitInfo
from lsst.afw.math import BackgroundList

from .added_columns import AddedValues
from .choices import kept
from .detector_row import DetectorRow
from .diagnosis import Component, Diagnosis, Outcome
from .errors import DetectorUpdateError, describe, using
from .exposure_inputs import ExposureInputs, subtract
from .guarded_statistics import (
    Problem,
    update_ap_corr_statistics,
    update_depth_statistics,
    update_psf_statistics,
)
from .plan import PASSED_THROUGH, DetectorPlan
from .progress import name_in_logs

if TYPE_CHECKING:
    from lsst.afw.table import ExposureRecord
    from lsst.pipe.tasks.computeExposureSummaryStats import ComputeExposureSummaryStatsTask


@dataclass(frozen=True, eq=False)
class DetectorUpdate:
    """Updated components and statistics of one detector; it can be pickled."""

    detector: int
    """Id of the detector (`int`)."""

    row: DetectorRow
    """Final statistics and components (`DetectorRow`)."""

    added: AddedValues
    """Values of the columns that the task adds (`AddedValues`)."""

    diagnoses: tuple[Diagnosis, ...]
    """Outcomes, one for each component (`tuple` [`Diagnosis`, ...])."""

    durations: Mapping[str, float] = field(default_factory=dict)
    """Seconds by part of the work (`~collections.abc.Mapping` [`str`, `float`])."""

    unreadable: tuple[str, ...] = ()
    """Objects of the row that no override can replace and that cannot be
    read, as setters name them (`tuple` [`str`, ...])."""

    def write_components(self, record: ExposureRecord) -> None:
        """Write what is new into a copy of the row of the input.

        Parameters
        ----------
        record : `lsst.afw.table.ExposureRecord`
            The copy; modified.
        """
        for diagnosis in self.diagnoses:
            if diagnosis.outcome is not Outcome.KEPT:
                self.row.write_component(diagnosis.component, record)
        for name in self.unreadable:
            getattr(record, f"set{name}")(None)


def update_detector(plan: DetectorPlan, task: ComputeExposureSummaryStatsTask) -> DetectorUpdate:
    """Read what a plan needs, and recompute the statistics of its detector.

    Parameters
    ----------
    plan : `DetectorPlan`
        Final components of the detector; not modified.
    task : `lsst.pipe.tasks.computeExposureSummaryStats.ComputeExposureSummaryStatsTask`
        Task that computes statistics.

    Returns
    -------
    update : `DetectorUpdate`
        Components and statistics.

    Raises
    ------
    DetectorUpdateError
        Raised if something cannot be read or used; the message names it.
    """
    exposure = ExposureInputs(plan.detector, plan.exposure)
    summary = dataclasses.replace(plan.row.statistics)
    timing = exposure.stopwatch.timing
    with name_in_logs(f"Detector {plan.detector}", task):
        with timing("WCS"):
            _update_wcs(task, summary, plan)
        with timing("PSF"):
            problems = _update_psf_and_ap_corr(task, summary, plan, exposure)
        if plan.is_replaced(Component.PHOTO_CALIB):
            task.update_photo_calib_stats(summary, plan.row.photo_calib)
        with timing("background"):
            _update_background(task, summary, plan, exposure)
        # Last: these follow from the final values of all others.
        with timing("depth"):
            problems += update_depth_statistics(task, summary, *exposure.read_depth_components())
    return DetectorUpdate(
        plan.detector,
        dataclasses.replace(plan.row, statistics=summary),
        plan.added,
        tuple(_add_problems(plan.diagnoses, problems)),
        exposure.stopwatch.durations,
    )


def _add_problems(diagnoses: Iterable[Diagnosis], problems: Iterable[Problem]) -> Iterator[Diagnosis]:
    """Iterate over diagnoses with what has been found when statistics were computed."""
    for diagnosis in diagnoses:
        found = [problem for problem in problems if problem.component is diagnosis.component]
        notes = (*diagnosis.notes, *(problem.text for problem in found))
        unusable = [problem.text for problem in found if problem.makes_unusable]
        if unusable:
            yield dataclasses.replace(
                diagnosis, outcome=Outcome.UNUSABLE, cause="; ".join(unusable), notes=notes
            )
        else:
            yield dataclasses.replace(diagnosis, notes=notes)


def _update_wcs(
    task: ComputeExposureSummaryStatsTask, summary: ExposureSummaryStats, plan: DetectorPlan
) -> None:
    """Recompute what follows from the WCS, if it is replaced."""
    if plan.is_replaced(Component.WCS):
        # A20: without VisitInfo there is no zenith distance.
        visit_info = plan.row.visit_info if plan.row.visit_info is not None else VisitInfo()
        task.update_wcs_stats(summary, plan.row.wcs, plan.bbox, visit_info)


def _update_psf_and_ap_corr(
    task: ComputeExposureSummaryStatsTask,
    summary: ExposureSummaryStats,
    plan: DetectorPlan,
    exposure: ExposureInputs,
) -> list[Problem]:
    """Recompute PSF statistics, or only what follows from the aperture correction."""
    psf, ap_corr_map = plan.row.psf, plan.row.ap_corr_map
    if plan.is_replaced(Component.PSF):
        mask, has_grid = exposure.read_psf_grid(task)
        with using(plan.detector, "psf_overrides and psf_star_catalog"):
            return update_psf_statistics(
                task, summary, psf, plan.bbox, plan.stars, mask, has_grid, ap_corr_map
            )
    if plan.is_replaced(Component.AP_CORR):
        mask, has_grid = exposure.read_psf_grid(task)
        with using(plan.detector, "ap_corr_overrides and the Psf of input_summary_catalog"):
            return update_ap_corr_statistics(task, summary, psf, plan.bbox, mask, has_grid, ap_corr_map)
    return []


def _update_background(
    task: ComputeExposureSummaryStatsTask,
    summary: ExposureSummaryStats,
    plan: DetectorPlan,
    exposure: ExposureInputs,
) -> None:
    """Recompute sky and noise if the background is replaced; reset them if the detector has no override."""
    if not plan.is_replaced(Component.BACKGROUND):
        return
    if plan.background_override is None:
        task.update_background_stats(summary, None)
        task.update_masked_image_stats(summary, None)
        return
    override = exposure.read_background("background_overrides", plan.background_override)
    total = override
    if plan.background_original is not None:
        original = exposure.read_background("background_originals", plan.background_original)
        total = _joined(original, override)
    task.update_background_stats(summary, total)
    with using(plan.detector, "background_overrides"):
        image = subtract(exposure.read("image"), override.getImage())
    task.update_masked_image_stats(
        summary, MaskedImageF(image, exposure.read_mask(), exposure.read("variance"))
    )


def _joined(*backgrounds: Any) -> BackgroundList:
    """Return the layers of several backgrounds as one."""
    total = BackgroundList()
    for layer in itertools.chain.from_iterable(backgrounds):
        total.append(layer)
    return total


def fail_detector(record: ExposureRecord, error: Exception) -> DetectorUpdate:
    """Return the update of a detector that could not be updated: nothing is left.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the input summary.
    error : `Exception`
        Why it could not.
    """
    detector = record.getId()
    return DetectorUpdate(
        detector,
        DetectorRow(ExposureSummaryStats()),
        AddedValues(is_failed=True),
        tuple(
            Diagnosis(detector, component, Outcome.FAILED, cause="the update failed", error=describe(error))
            for component in Component
            if component is not Component.SIP_APPROXIMATION
        ),
        unreadable=tuple(name for name in PASSED_THROUGH if not _is_readable(record, name)),
    )


def _is_readable(record: ExposureRecord, name: str) -> bool:
    try:
        kept(record, name)
    except DetectorUpdateError:
        return False
    return True
