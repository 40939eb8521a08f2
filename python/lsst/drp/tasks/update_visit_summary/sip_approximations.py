"""SIP approximations of the final WCSs of a visit."""

from __future__ import annotations

__all__ = ["SipFit", "SipFitter", "WcsToFit", "attach_sip_approximations", "pending_sip_approximation"]

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from lsst.meas.astrom.fit_sip_approximation import FitSipApproximationTask

from .added_columns import write_sip_columns
from .diagnosis import Component, Diagnosis, Outcome
from .errors import describe
from .parallel import Job, Run
from .progress import name_in_logs
from .task_holder import TaskHolder

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.afw.table import ExposureCatalog, ExposureRecord
    from lsst.geom import Angle, Box2I

_SIP_SOURCE = "fit_sip_approximations"
"""Subtask that makes approximations, as the configuration names it (`str`)."""


@dataclass(frozen=True, eq=False)
class WcsToFit:
    """The WCS of a detector, which is to be approximated."""

    detector: int
    """Id of the detector (`int`)."""

    wcs: SkyWcs
    """Final WCS (`lsst.afw.geom.SkyWcs`)."""

    bbox: Box2I
    """Pixels in which it is approximated (`lsst.geom.Box2I`)."""


@dataclass(frozen=True, eq=False)
class SipFit:
    """A WCS with its approximation; it can be pickled."""

    wcs: SkyWcs
    """The WCS (`lsst.afw.geom.SkyWcs`)."""

    delta_sky: Angle
    """Largest error of sky positions (`lsst.geom.Angle`)."""

    delta_pixel: float
    """Largest error of pixel positions (`float`, pixels)."""

    def __reduce__(self) -> tuple[Callable[..., SipFit], tuple[object, ...]]:
        # A pickle of a WCS leaves its approximation out.
        approximation = self.wcs.getFitsApproximation()
        return _attach, (self.wcs, approximation, self.delta_sky, self.delta_pixel)


def _attach(wcs: SkyWcs, approximation: SkyWcs | None, delta_sky: Angle, delta_pixel: float) -> SipFit:
    if approximation is not None:
        wcs = wcs.copyWithFitsApproximation(approximation)
    return SipFit(wcs, delta_sky, delta_pixel)


class SipFitter(TaskHolder[FitSipApproximationTask]):
    """Fits TAN-SIP approximations.

    Parameters
    ----------
    task : `lsst.meas.astrom.fit_sip_approximation.FitSipApproximationTask`
        Task that fits approximations.
    """

    def __call__(self, item: WcsToFit) -> SipFit:
        """Fit an approximation.

        Parameters
        ----------
        item : `WcsToFit`
            What is to be approximated.
        """
        with name_in_logs(f"Detector {item.detector}", self._task):
            fit = self._task.run(wcs=item.wcs, bbox=item.bbox)
        return SipFit(fit.wcs, fit.delta_sky, fit.delta_pixel)


def attach_sip_approximations(fitter: SipFitter, run: Run, catalog: ExposureCatalog) -> Iterator[Diagnosis]:
    """Attach a TAN-SIP approximation to each WCS that allows one.

    Parameters
    ----------
    fitter : `SipFitter`
        Fits approximations.
    run : `Run`
        Lets it do so, here or elsewhere.
    catalog : `lsst.afw.table.ExposureCatalog`
        Finished rows; modified. A WCS that cannot be approximated stays as it
        is, with NaN as its deltas.

    Yields
    ------
    diagnosis : `Diagnosis`
        Outcome for a row that is finished, in the order of the catalog for
        all that have a WCS.
    """
    rows, jobs = [], []
    for record in catalog:
        wcs = record.getWcs()
        if wcs is None:
            yield pending_sip_approximation(record)
            continue
        rows.append(record)
        name = f"the SIP approximation of detector {record.getId()}"
        jobs.append(Job(name, partial(WcsToFit, record.getId(), wcs, record.getBBox())))
    for record, outcome in zip(rows, run(fitter, jobs), strict=True):
        yield _attach_sip_approximation(outcome, record)


def _attach_sip_approximation(fit: Callable[[], SipFit], record: ExposureRecord) -> Diagnosis:
    pending = pending_sip_approximation(record)
    try:
        found = fit()
    except Exception as err:
        # A13: whatever it is, it concerns an approximation of one detector.
        return dataclasses.replace(pending, outcome=Outcome.FAILED, cause="", error=describe(err))
    record.setWcs(found.wcs)
    write_sip_columns(record, found.delta_sky, found.delta_pixel)
    return dataclasses.replace(pending, outcome=Outcome.REPLACED, cause="")


def pending_sip_approximation(record: ExposureRecord) -> Diagnosis:
    """Return the outcome of an approximation that has not been fitted (yet).

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the output.
    """
    detector, component = record.getId(), Component.SIP_APPROXIMATION
    if record.getWcs() is None:
        # The loss is that of the WCS, if it is one.
        return Diagnosis(detector, component, Outcome.KEPT, _SIP_SOURCE, "there is no WCS to approximate")
    return Diagnosis(detector, component, Outcome.MISSING, _SIP_SOURCE, "the task ended before it was fitted")
