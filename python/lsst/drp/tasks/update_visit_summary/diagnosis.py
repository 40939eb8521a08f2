"""Outcomes worth a word: components that detectors end without, statistics without value."""

from __future__ import annotations

__all__ = ["COMPONENTS", "Loss", "Problem", "count_losses", "log_losses"]

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lsst.utils.logging import LsstLogAdapter

COMPONENTS = {
    "PSF": "psf",
    "aperture correction": "ap_corr",
    "photometric calibration": "photo_calib",
    "WCS": "wcs",
    "background": "background",
    "SIP approximation": "sip_approximation",
}
"""Components by the name that messages use, with the name that metadata use
(`dict` [`str`, `str`])."""


@dataclass(frozen=True)
class Problem:
    """A reason why statistics of a detector have no value."""

    text: str
    """What is said about it (`str`)."""

    unusable: str | None = None
    """Component that the detector has, but that is of no use: a key of
    `COMPONENTS` (`str` or `None`)."""


@dataclass(frozen=True)
class Loss:
    """A component that a detector ends without, or that is of no use, and why."""

    detector: int
    """Id of the detector (`int`)."""

    component: str
    """Name of the component, a key of `COMPONENTS` (`str`)."""

    cause: str
    """Cause, the same text for all detectors that share it (`str`)."""

    figure: str = ""
    """Value that belongs to the cause, with its unit (`str`)."""

    is_failure: bool = False
    """Whether something went wrong, rather than being absent or refused by
    configuration (`bool`)."""


def log_losses(losses: Iterable[Loss], n_detectors: int, log: LsstLogAdapter) -> None:
    """Name the detectors that end without a component, in one line for each component.

    Parameters
    ----------
    losses : `~collections.abc.Iterable` [`Loss`]
        All losses of a visit.
    n_detectors : `int`
        Number of detectors in the summary.
    log : `lsst.utils.logging.LsstLogAdapter`
        Where the lines go: as warnings if something went wrong.
    """
    found: dict[str, dict[str, list[Loss]]] = {name: defaultdict(list) for name in COMPONENTS}
    for loss in losses:
        found[loss.component][loss.cause].append(loss)
    for component, by_cause in found.items():
        affected = [loss for group in by_cause.values() for loss in group]
        if affected:
            log.log(
                logging.WARNING if any(loss.is_failure for loss in affected) else logging.INFO,
                "No usable %s for %d of %d detectors: %s.",
                component,
                len({loss.detector for loss in affected}),
                n_detectors,
                "; ".join(f"{_detectors(group)} ({cause})" for cause, group in by_cause.items()),
            )


def _detectors(losses: Iterable[Loss]) -> str:
    return ", ".join(
        f"{loss.detector} [{loss.figure}]" if loss.figure else str(loss.detector) for loss in losses
    )


def count_losses(losses: Iterable[Loss]) -> dict[str, int]:
    """Count the detectors that end without each component.

    Parameters
    ----------
    losses : `~collections.abc.Iterable` [`Loss`]
        All losses of a visit.

    Returns
    -------
    counts : `dict` [`str`, `int`]
        Number of detectors by ``lost_`` and the component, zeros included.
    """
    detectors: dict[str, set[int]] = {name: set() for name in COMPONENTS}
    for loss in losses:
        detectors[loss.component].add(loss.detector)
    return {f"lost_{key}": len(detectors[name]) for name, key in COMPONENTS.items()}
