"""Tables that compare two summaries of a visit."""

from __future__ import annotations

__all__ = [
    "DEFAULT_STATISTICS",
    "check_comparable",
    "check_statistics",
    "make_component_table",
    "make_loss_table",
    "make_statistics_table",
    "make_tables",
]

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from astropy.table import Column, Table

from lsst.afw.table import ExposureCatalog, ExposureTable

from ..detector_row import OBJECTS
from ..diagnosis import Component, Diagnosis, Outcome
from ..errors import list_items
from ..row_statistics import RowStatistics, make_statistics_schema
from .dataset import as_texts
from .inference import infer_diagnoses
from .outliers import make_outlier_table
from .text import SUFFIXES

if TYPE_CHECKING:
    from lsst.afw.table import ExposureRecord, Schema

DEFAULT_STATISTICS = ("psfSigma", "zeroPoint", "skyBg", "skyNoise", "magLim", "effTime")
"""Statistics that are shown unless others are asked for (`tuple` [`str`, ...])."""

_DTYPES = {"F": np.float32, "D": np.float64, "I": np.int64, "L": np.int64}
"""Types of columns of tables by those of catalogs (`dict` [`str`, `type`])."""


def make_tables(
    before: ExposureCatalog,
    after: ExposureCatalog,
    diagnoses: Sequence[Diagnosis] | None = None,
    statistics: Sequence[str] | None = None,
    n_sigma: float = 5.0,
) -> dict[str, Table]:
    """Make all tables of a report.

    Parameters
    ----------
    before, after : `lsst.afw.table.ExposureCatalog`
        Summaries of one visit, with the same detectors.
    diagnoses : `~collections.abc.Sequence` [`Diagnosis`], optional
        What became of the components: ``Struct.diagnoses`` of what ``run``
        returns, or `read_diagnoses` of a report. Without them they are inferred
        from the catalogs (`infer_diagnoses`).
    statistics : `~collections.abc.Sequence` [`str`], optional
        Names of statistics; those of `DEFAULT_STATISTICS` that both
        catalogs have, if `None`.
    n_sigma : `float`, optional
        Deviation of outliers (see `make_outlier_table`).

    Returns
    -------
    tables : `dict` [`str`, `astropy.table.Table`]
        The tables ``components``, ``losses``, ``statistics`` and
        ``outliers``.

    Raises
    ------
    ValueError
        Raised if the catalogs have different visits or detectors, or a statistic
        that is asked for is unknown or has no column.
    """
    check_comparable(before, after)
    if diagnoses is None:
        diagnoses = infer_diagnoses(before, after)
    compared = make_statistics_table(before, after, statistics)
    return {
        "components": make_component_table(diagnoses, after),
        "losses": make_loss_table(diagnoses),
        "statistics": compared,
        "outliers": make_outlier_table(compared, n_sigma),
    }


def check_comparable(before: ExposureCatalog, after: ExposureCatalog) -> None:
    """Refuse summaries that cannot be compared.

    Parameters
    ----------
    before, after : `lsst.afw.table.ExposureCatalog`
        The summaries.

    Raises
    ------
    TypeError
        Raised if one of them is no catalog.
    ValueError
        Raised if they are of different visits, or one of them has a detector
        twice or detectors that the other lacks.
    """
    for name, catalog in (("before", before), ("after", after)):
        if not isinstance(catalog, ExposureCatalog):
            raise TypeError(
                f"{name} has the type {type(catalog).__name__}; give an ExposureCatalog, for example "
                "ExposureCatalog.readFits(path)."
            )
        counts = Counter(record.getId() for record in catalog)
        if several := [detector for detector, count in counts.items() if count > 1]:
            raise ValueError(
                f"The summary {name} the update has several rows for detectors {list_items(several)}; give "
                "the summary of one visit, with one row for each detector."
            )
    visits = [_visits(catalog) for catalog in (before, after)]
    if all(visits) and visits[0] != visits[1]:
        raise ValueError(
            f"The catalogs are of different visits ({list_items(visits[0])} before, {list_items(visits[1])} "
            "after); give the two summaries of one visit."
        )
    old, new = ({record.getId() for record in catalog} for catalog in (before, after))
    if old != new:
        sides = (("before", old - new), ("after", new - old))
        only = " and ".join(f"{list_items(ids)} only {side}" for side, ids in sides if ids)
        raise ValueError(
            f"The catalogs have different detectors ({only}); give the two summaries of one visit."
        )


def _visits(catalog: ExposureCatalog) -> set[int]:
    return {record["visit"] for record in catalog} if "visit" in catalog.schema.getNames() else set()


def check_statistics(names: Iterable[str], schemas: Sequence[Schema] = ()) -> None:
    """Refuse names that no statistic has.

    Parameters
    ----------
    names : `~collections.abc.Iterable` [`str`]
        Names of statistics.
    schemas : `~collections.abc.Sequence` [`lsst.afw.table.Schema`], optional
        Schemas that must all have columns for them.

    Raises
    ------
    ValueError
        Raised if a name is unknown, is that of the corners, which are no
        single number, or has no column.
    """
    known, names = _scalar_statistics(), list(names)
    if not names:
        raise ValueError("No statistic is named; name one at least, for example psfSigma.")
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"There are no statistics {', '.join(unknown)}; name some of {', '.join(known)}.")
    for schema in schemas:
        without_column = RowStatistics(schema).missing
        if missing := [name for name in names if name in without_column]:
            raise ValueError(
                f"A catalog has no columns for the statistics {', '.join(missing)}; leave them out."
            )


def make_component_table(diagnoses: Iterable[Diagnosis], after: ExposureCatalog) -> Table:
    """Make a table of where the components of each detector come from.

    Parameters
    ----------
    diagnoses : `~collections.abc.Iterable` [`Diagnosis`]
        What became of the components.
    after : `lsst.afw.table.ExposureCatalog`
        The summary after the update.

    Returns
    -------
    table : `astropy.table.Table`
        The column ``detector``, and one for each component with a diagnosis,
        called like the values of `Component`. They have the source of a
        component that was replaced (a tract, a pixel, a dataset, an argument
        of ``run``, or ``replaced`` if none is known), ``kept``, or ``none``
        with the outcome; ``none`` alone if it was kept and there is none; and
        nothing for a detector without diagnosis.
    """
    found = {(diagnosis.detector, diagnosis.component): diagnosis for diagnosis in diagnoses}
    present = {component for _, component in found}
    table = Table({"detector": np.array([record.getId() for record in after], dtype=int)})
    # The depth is no component, and always recomputed.
    for component in [each for each in Component if each in present and each is not Component.DEPTH]:
        cells = [_describe_source(found.get((record.getId(), component)), record) for record in after]
        table[component.value] = as_texts(cells)
    return table


def _describe_source(diagnosis: Diagnosis | None, record: ExposureRecord) -> str:
    """Return where a component comes from, in few words."""
    if diagnosis is None:
        return ""
    if diagnosis.outcome.is_loss:
        return f"none: {diagnosis.outcome.value}"
    if diagnosis.outcome is Outcome.KEPT:
        return "none" if _is_absent(diagnosis.component, record) else "kept"
    # Of "background_overrides (skyCorr of {...})" the dataset, of "wcs_overrides, tract 9813" the tract.
    dataset = re.search(r"\((\S+) of ", diagnosis.source)
    short = dataset[1] if dataset else diagnosis.source.rpartition(", ")[2]
    return short or "replaced"


def _is_absent(component: Component, record: ExposureRecord) -> bool:
    """Return whether a row has no object for a component, or for the WCS that it belongs to."""
    name = OBJECTS.get(Component.WCS if component is Component.SIP_APPROXIMATION else component)
    try:
        return name is not None and getattr(record, f"get{name}")() is None
    except Exception:
        # One that cannot be read is there.
        return False


def make_loss_table(diagnoses: Iterable[Diagnosis]) -> Table:
    """Make a table of the components that detectors end without.

    Parameters
    ----------
    diagnoses : `~collections.abc.Iterable` [`Diagnosis`]
        What became of the components.

    Returns
    -------
    table : `astropy.table.Table`
        One row for each loss, by component and then in the order of
        ``diagnoses``, with the columns ``component``, ``detector``,
        ``outcome``, ``source`` and ``cause``.
    """
    order = list(Component)
    losses = [d for d in diagnoses if d.outcome.is_loss and d.component is not Component.DEPTH]
    losses.sort(key=lambda loss: order.index(loss.component))
    return Table(
        {
            "component": as_texts([loss.component.value for loss in losses]),
            "detector": np.array([loss.detector for loss in losses], dtype=int),
            "outcome": as_texts([loss.outcome.value for loss in losses]),
            "source": as_texts([loss.source for loss in losses]),
            "cause": as_texts([loss.explanation for loss in losses]),
        }
    )


def make_statistics_table(
    before: ExposureCatalog, after: ExposureCatalog, names: Sequence[str] | None = None
) -> Table:
    """Make a table of summary statistics before and after an update.

    Parameters
    ----------
    before, after : `lsst.afw.table.ExposureCatalog`
        Summaries of one visit, with the same detectors.
    names : `~collections.abc.Sequence` [`str`], optional
        Names of statistics; those of `DEFAULT_STATISTICS` that both
        catalogs have, if `None`.

    Returns
    -------
    table : `astropy.table.Table`
        The column ``detector``, in the order of ``after``, and for each
        statistic three with ``_before``, ``_after`` and ``_change`` appended to
        its name, with units. The change is the value after less the one before;
        NaN if one of them is.

    Raises
    ------
    ValueError
        Raised if the catalogs have different visits or detectors, or a statistic
        that is asked for is unknown or has no column.
    """
    check_comparable(before, after)
    readers = [RowStatistics(catalog.schema) for catalog in (before, after)]
    if names is None:
        names = [name for name in DEFAULT_STATISTICS if all(name in reader.units for reader in readers)]
    else:
        check_statistics(names, [before.schema, after.schema])
    table = Table({"detector": np.array([record.getId() for record in after], dtype=int)})
    old, new = (
        {record.getId(): reader.read(record) for record in catalog}
        for reader, catalog in zip(readers, (before, after), strict=True)
    )
    schema = make_statistics_schema()
    for name in names:
        dtype = _DTYPES[schema.find(name).field.getTypeString()]
        # The difference is rounded once only, at the end.
        values = [
            np.array(
                [getattr(side[id_], name) for id_ in table["detector"]], dtype=np.result_type(dtype, int)
            )
            for side in (old, new)
        ]
        with np.errstate(invalid="ignore"):
            values.append(values[1] - values[0])
        for suffix, column in zip(SUFFIXES, values, strict=True):
            table[f"{name}_{suffix}"] = Column(column.astype(dtype), unit=readers[1].units[name] or None)
    return table


def _scalar_statistics() -> list[str]:
    """Return the names of all statistics that are single numbers."""
    minimal = set(ExposureTable.makeMinimalSchema().getNames())
    return [
        item.field.getName()
        for item in make_statistics_schema()
        if item.field.getName() not in minimal and not item.field.getTypeString().startswith("Array")
    ]
