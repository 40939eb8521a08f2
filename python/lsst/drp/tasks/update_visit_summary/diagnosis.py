"""Diagnoses: what became of each component of each detector, and why."""

from __future__ import annotations

__all__ = [
    "Component",
    "Diagnosis",
    "Figure",
    "Outcome",
    "amend_diagnoses",
    "count_losses",
    "failed_detectors",
    "log_diagnoses",
]

import dataclasses
import enum
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsst.utils.logging import LsstLogAdapter


class Component(enum.Enum):
    """A component of an exposure that the task decides about.

    Values are the names that metadata and reports use.
    """

    PSF = "psf"
    AP_CORR = "ap_corr"
    PHOTO_CALIB = "photo_calib"
    WCS = "wcs"
    BACKGROUND = "background"
    SIP_APPROXIMATION = "sip_approximation"

    DEPTH = "depth"
    """Magnitude limit and effective time: no component of an exposure, but
    statistics that follow from several, always recomputed and never lost."""

    @property
    def label(self) -> str:
        """Name in messages (`str`)."""
        return _LABELS[self]

    @property
    def argument(self) -> str:
        """Argument of ``run`` with new ones, for a component that has one (`str`)."""
        return f"{self.value}_overrides"


_LABELS = {
    Component.PSF: "PSF",
    Component.AP_CORR: "aperture correction",
    Component.PHOTO_CALIB: "photometric calibration",
    Component.WCS: "WCS",
    Component.BACKGROUND: "background",
    Component.SIP_APPROXIMATION: "SIP approximation",
    Component.DEPTH: "depth",
}


class Outcome(enum.Enum):
    """Fate of a component in the update of its detector."""

    KEPT = "kept"
    """It is that of the input, be it absent there."""

    REPLACED = "replaced"
    """It is new."""

    MISSING = "missing"
    """It was to be replaced, but its source has none for the detector, or the
    task ended before it came to it."""

    REJECTED = "rejected"
    """There is a new one that the configuration forbids to use."""

    UNUSABLE = "unusable"
    """It is there, but statistics cannot be computed from it."""

    NULLED_LATER = "nulled later"
    """A step that looks at the whole visit has removed it."""

    FAILED = "failed"
    """An error kept the task from finishing it."""

    @property
    def is_loss(self) -> bool:
        """Whether the detector ends without a usable component (`bool`)."""
        return self not in (Outcome.KEPT, Outcome.REPLACED)

    @property
    def is_failure(self) -> bool:
        """Whether something went wrong; the rest is absent or refused (`bool`)."""
        return self in (Outcome.UNUSABLE, Outcome.NULLED_LATER, Outcome.FAILED)


@dataclass(frozen=True)
class Figure:
    """A value that decided about an outcome."""

    name: str
    """Name of the quantity (`str`)."""

    value: float
    """Its value (`float`)."""

    unit: str
    """Its unit (`str`)."""

    def __str__(self) -> str:
        return f"{self.name} {self.value:.3g} {self.unit}"


@dataclass(frozen=True)
class Diagnosis:
    """Outcome of one component of one detector."""

    detector: int
    """Id of the detector (`int`)."""

    component: Component
    """The component (`Component`)."""

    outcome: Outcome
    """Outcome of the update for it (`Outcome`)."""

    source: str = ""
    """Argument of ``run`` that it comes from, or was to come from, with tract,
    pixel, or dataset where there is one (`str`)."""

    cause: str = ""
    """Cause of a loss, the same text for all detectors that share it; empty if
    the error says it all (`str`)."""

    figures: tuple[Figure, ...] = ()
    """Values that decided, also if nothing was lost (`tuple` [`Figure`, ...])."""

    error: str = ""
    """Text of the error that is the cause, if any (`str`)."""

    notes: tuple[str, ...] = ()
    """Reasons why statistics that follow from the component have no value
    (`tuple` [`str`, ...])."""

    @property
    def explanation(self) -> str:
        """Cause with its figures, error and notes, as one text (`str`)."""
        figures = ", ".join(map(str, self.figures))
        cause = f"{self.cause} ({figures})" if self.cause and figures else self.cause or figures
        reason = ": ".join(part for part in (cause, self.error) if part)
        return "; ".join(part for part in (reason, *(n for n in self.notes if n != self.cause)) if part)


def amend_diagnoses(diagnoses: Iterable[Diagnosis], changes: Iterable[Diagnosis]) -> tuple[Diagnosis, ...]:
    """Replace outcomes by what later steps have found.

    Parameters
    ----------
    diagnoses : `~collections.abc.Iterable` [`Diagnosis`]
        Diagnoses so far, one for each detector and component.
    changes : `~collections.abc.Iterable` [`Diagnosis`]
        Later ones; the source and the notes of earlier ones still hold.

    Returns
    -------
    amended : `tuple` [`Diagnosis`, ...]
        One for each detector and component, in the order of ``diagnoses``.
    """
    later = {(change.detector, change.component): change for change in changes}
    return tuple(_amended(old, later.get((old.detector, old.component))) for old in diagnoses)


def _amended(old: Diagnosis, change: Diagnosis | None) -> Diagnosis:
    if change is None:
        return old
    return dataclasses.replace(change, source=change.source or old.source, notes=old.notes + change.notes)


def failed_detectors(diagnoses: Iterable[Diagnosis]) -> list[int]:
    """Return the detectors that could not be updated, in order.

    Parameters
    ----------
    diagnoses : `~collections.abc.Iterable` [`Diagnosis`]
        Diagnoses of a visit.
    """
    # The statistics that come last are finished if and only if the detector is.
    return [
        diagnosis.detector
        for diagnosis in diagnoses
        if diagnosis.component is Component.DEPTH and diagnosis.outcome is Outcome.FAILED
    ]


def log_diagnoses(diagnoses: Sequence[Diagnosis], log: LsstLogAdapter) -> None:
    """Name the detectors with something to be said, in one line for each note and each lost component.

    Parameters
    ----------
    diagnoses : `~collections.abc.Sequence` [`Diagnosis`]
        All diagnoses of a visit.
    log : `lsst.utils.logging.LsstLogAdapter`
        Where the lines go: as warnings if something went wrong.
    """
    by_note: dict[str, list[int]] = defaultdict(list)
    for diagnosis in diagnoses:
        for note in diagnosis.notes:
            by_note[note].append(diagnosis.detector)
    for note, detectors in by_note.items():
        log.warning("Detectors %s: %s.", ", ".join(map(str, detectors)), note)
    n_detectors = len({diagnosis.detector for diagnosis in diagnoses})
    for component, lost in _losses(diagnoses).items():
        if lost:
            log.log(
                logging.WARNING if any(loss.outcome.is_failure for loss in lost) else logging.INFO,
                "No usable %s for %d of %d detectors: %s.",
                component.label,
                len(lost),
                n_detectors,
                _by_cause(lost),
            )


def _losses(diagnoses: Iterable[Diagnosis]) -> Mapping[Component, list[Diagnosis]]:
    """Return the losses of each component that can be lost."""
    losses: dict[Component, list[Diagnosis]] = {c: [] for c in Component if c is not Component.DEPTH}
    for diagnosis in diagnoses:
        if diagnosis.outcome.is_loss and diagnosis.component in losses:
            losses[diagnosis.component].append(diagnosis)
    return losses


def _by_cause(losses: Iterable[Diagnosis]) -> str:
    """Return detectors with their figures, and the cause after all that share it."""
    groups: dict[str, list[str]] = defaultdict(list)
    for loss in losses:
        figures = f" [{', '.join(map(str, loss.figures))}]" if loss.figures else ""
        groups[loss.cause or loss.error].append(f"{loss.detector}{figures}")
    return "; ".join(f"{', '.join(detectors)} ({cause})" for cause, detectors in groups.items())


def count_losses(diagnoses: Iterable[Diagnosis]) -> dict[str, int]:
    """Count the detectors that end without each component.

    Parameters
    ----------
    diagnoses : `~collections.abc.Iterable` [`Diagnosis`]
        All diagnoses of a visit.

    Returns
    -------
    counts : `dict` [`str`, `int`]
        Number of detectors by ``lost_`` and the component, zeros included.
    """
    return {f"lost_{component.value}": len(lost) for component, lost in _losses(diagnoses).items()}
