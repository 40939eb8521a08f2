"""Tables of what became of a visit."""

from __future__ import annotations

__all__ = ["make_report"]

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from astropy.table import Column, Table

if TYPE_CHECKING:
    from lsst.afw.image import ExposureSummaryStats

    from .diagnosis import Diagnosis


def make_report(
    diagnoses: Sequence[Diagnosis],
    before: Mapping[int, ExposureSummaryStats],
    after: Mapping[int, ExposureSummaryStats],
    units: Mapping[str, str],
) -> Table:
    """Make a table with one row for each detector and component.

    Parameters
    ----------
    diagnoses : `~collections.abc.Sequence` [`Diagnosis`]
        What became of the components.
    before, after : `~collections.abc.Mapping` [`int`, \
            `lsst.afw.image.ExposureSummaryStats`]
        Statistics of the input and of the output, by detector.
    units : `~collections.abc.Mapping` [`str`, `str`]
        Statistics that are wanted, with their units.

    Returns
    -------
    report : `astropy.table.Table`
        The columns ``detector`` (integer), ``component``, ``outcome``,
        ``source`` and ``cause`` (text), and for each statistic one with
        ``_before`` and one with ``_after`` appended to its name, the same in
        all rows of a detector.
    """
    report = Table(
        {
            "detector": np.array([diagnosis.detector for diagnosis in diagnoses], dtype=int),
            "component": _texts([diagnosis.component.value for diagnosis in diagnoses]),
            "outcome": _texts([diagnosis.outcome.value for diagnosis in diagnoses]),
            "source": _texts([diagnosis.source for diagnosis in diagnoses]),
            "cause": _texts([diagnosis.explanation for diagnosis in diagnoses]),
        }
    )
    for name, unit in units.items():
        for suffix, statistics in (("before", before), ("after", after)):
            values = [getattr(statistics[diagnosis.detector], name) for diagnosis in diagnoses]
            report[f"{name}_{suffix}"] = Column(values, unit=unit or None)
    return report


def _texts(values: Sequence[str]) -> np.ndarray:
    # Names of files in messages may have bytes that are no text, which no table can store.
    texts = [value.encode(errors="backslashreplace").decode() for value in values]
    # Text without characters has no type of its own in NumPy, nor in a file.
    return np.array(texts, dtype=f"U{max([1, *map(len, texts)])}")
