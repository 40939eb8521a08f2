"""Updates of all detectors of a visit, in this process or in others."""

from __future__ import annotations

__all__ = ["DetectorUpdater", "update_detectors"]

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from lsst.pipe.tasks.computeExposureSummaryStats import ComputeExposureSummaryStatsTask
from lsst.utils.logging import LsstLogAdapter, PeriodicLogger

from .detector_row import DetectorRow
from .detector_update import DetectorUpdate, fail_detector, update_detector
from .errors import using
from .parallel import Job, Run
from .plan import DetectorPlan
from .progress import PROGRESS_INTERVAL
from .task_holder import TaskHolder

if TYPE_CHECKING:
    from lsst.afw.table import ExposureCatalog, ExposureRecord

_INPUTS = "its exposure and its new components"


class DetectorUpdater(TaskHolder[ComputeExposureSummaryStatsTask]):
    """Carries out plans.

    Parameters
    ----------
    task : `lsst.pipe.tasks.computeExposureSummaryStats.ComputeExposureSummaryStatsTask`
        Task that computes statistics.
    """

    def __call__(self, plan: DetectorPlan) -> DetectorUpdate:
        """Carry out a plan.

        Parameters
        ----------
        plan : `DetectorPlan`
            Final components of a detector.

        Returns
        -------
        update : `DetectorUpdate`
            The update without the components: whoever has the plan has them,
            and it takes longer to send them than all the rest.
        """
        with using(plan.detector, _INPUTS):
            update = update_detector(plan, self._task)
        return dataclasses.replace(update, row=DetectorRow(update.row.statistics))


def update_detectors(
    summary: ExposureCatalog,
    plan: Callable[[ExposureRecord], DetectorPlan],
    updater: DetectorUpdater,
    run: Run,
    detector_failure: str,
    log: LsstLogAdapter,
) -> Iterator[DetectorUpdate]:
    """Plan and update all detectors.

    Parameters
    ----------
    summary : `lsst.afw.table.ExposureCatalog`
        Rows of the input.
    plan : `~collections.abc.Callable`
        Returns the plan for a row.
    updater : `DetectorUpdater`
        Carries out plans.
    run : `Run`
        Lets it do so, here or elsewhere.
    detector_failure : `str`
        Whether an error of a detector is raised (``raise``), or the detector
        is nulled (``null``).
    log : `lsst.utils.logging.LsstLogAdapter`
        Gets progress and errors.

    Yields
    ------
    update : `DetectorUpdate`
        Updates, in the order of the summary.

    Raises
    ------
    DetectorUpdateError
        Raised if a detector cannot be updated and may not be nulled; of
        several, the first one in the order of the summary.
    RuntimeError
        Raised if all detectors have failed.
    """
    n_failed = 0
    progress = PeriodicLogger(log, PROGRESS_INTERVAL)
    plans: dict[int, DetectorPlan] = {}
    jobs = (Job(f"detector {record.getId()}", partial(_plan, plan, record, plans)) for record in summary)
    for n_done, (record, outcome) in enumerate(zip(summary, run(updater, jobs), strict=True)):
        detector = record.getId()
        progress.log("Updated %d of %d detectors.", n_done, len(summary))
        log.debug("Updating detector %d.", detector)
        try:
            update = _with_components(outcome(), plans.pop(detector))
        except Exception as err:
            if detector_failure == "raise":
                raise
            plans.pop(detector, None)
            log.exception("Detector %d failed and is nulled.", detector)
            update = fail_detector(record, err)
            n_failed += 1
        yield update
    if n_failed and n_failed == len(summary):
        raise RuntimeError(f"All {n_failed} detectors of the visit failed; the log has the causes.")


def _plan(
    plan: Callable[[ExposureRecord], DetectorPlan], record: ExposureRecord, plans: dict[int, DetectorPlan]
) -> DetectorPlan:
    """Make a plan, and keep it until its update is there."""
    detector = record.getId()
    with using(detector, _INPUTS):
        plans[detector] = plan(record)
    return plans[detector]


def _with_components(update: DetectorUpdate, plan: DetectorPlan) -> DetectorUpdate:
    row = dataclasses.replace(plan.row, statistics=update.row.statistics)
    return dataclasses.replace(update, row=row)
