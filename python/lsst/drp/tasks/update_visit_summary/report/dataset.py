"""The table of diagnoses and statistics that the task writes as a dataset."""

from __future__ import annotations

__all__ = ["as_texts", "make_report", "read_diagnoses"]

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from astropy.table import Column, Table

from ..diagnosis import Component, Diagnosis, Outcome
from ..errors import list_items

if TYPE_CHECKING:
    from lsst.afw.image import ExposureSummaryStats


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
            "component": as_texts([diagnosis.component.value for diagnosis in diagnoses]),
            "outcome": as_texts([diagnosis.outcome.value for diagnosis in diagnoses]),
            "source": as_texts([diagnosis.source for diagnosis in diagnoses]),
            "cause": as_texts([diagnosis.explanation for diagnosis in diagnoses]),
        }
    )
    for name, unit in units.items():
        for suffix, statistics in (("before", before), ("after", after)):
            values = [getattr(statistics[diagnosis.detector], name) for diagnosis in diagnoses]
            report[f"{name}_{suffix}"] = Column(values, unit=unit or None)
    return report


def read_diagnoses(report: Table) -> tuple[Diagnosis, ...]:
    """Read the diagnoses in a table that `make_report` has made.

    Parameters
    ----------
    report : `astropy.table.Table`
        The table, or one with the same columns that comes from a file.

    Returns
    -------
    diagnoses : `tuple` [`Diagnosis`, ...]
        One for each row; figures, errors and notes are part of the cause.

    Raises
    ------
    ValueError
        Raised if a column is missing, or has a name that is neither a
        component nor an outcome.
    """
    names = ("detector", "component", "outcome", "source", "cause")
    if missing := [name for name in names if name not in report.colnames]:
        raise ValueError(
            f"The report has no columns {', '.join(missing)}; give a table that make_report has made, "
            "such as the dataset finalVisitSummary_report."
        )
    rows = list(zip(*(report[name] for name in names), strict=True))
    components, outcomes = {each.value for each in Component}, {each.value for each in Outcome}
    unknown = {str(row[1]) for row in rows} - components | {str(row[2]) for row in rows} - outcomes
    if unknown:
        raise ValueError(
            f"The report has components or outcomes that are not known here ({list_items(unknown)}); read it "
            "with the version of this package that wrote it."
        )
    return tuple(
        Diagnosis(int(detector), Component(str(component)), Outcome(str(outcome)), str(source), str(cause))
        for detector, component, outcome, source, cause in rows
    )


def as_texts(values: Sequence[str]) -> np.ndarray:
    """Return texts as a column that all tables and files can store.

    Parameters
    ----------
    values : `~collections.abc.Sequence` [`str`]
        The texts.

    Returns
    -------
    texts : `numpy.ndarray`
        Array of ``values``, of type ``U``.
    """
    # Names of files in messages may have bytes that are no text, which no table can store.
    texts = [value.encode(errors="backslashreplace").decode() for value in values]
    # Text without characters has no type of its own in NumPy, nor in a file.
    return np.array(texts, dtype=f"U{max([1, *map(len, texts)])}")
