"""Tables as text: aligned for people, and as CSV for programs."""

from __future__ import annotations

__all__ = [
    "SUFFIXES",
    "add_unit",
    "describe_deviation",
    "find_statistics",
    "format_cells",
    "format_csv",
    "format_report",
    "format_table",
]

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from astropy.table import Column, Table

_WIDTH = 100
"""Number of characters up to which statistics stand side by side; the rest
follows below. It is not that of the terminal, so that the same tables always
give the same text (`int`)."""

_DIGITS = 5
"""Significant digits of the largest value of a column; sky levels and zero
points, which change least, need all of them (`int`)."""

SUFFIXES = ("before", "after", "change")
"""Ends of the names of the columns of a statistic (`tuple` [`str`, ...])."""

_GAP = "  "
"""Space between columns (`str`)."""


def format_report(tables: Mapping[str, Table], n_sigma: float = 5.0) -> str:
    """Return all tables of a report as text.

    Parameters
    ----------
    tables : `~collections.abc.Mapping` [`str`, `astropy.table.Table`]
        Tables of `make_tables`.
    n_sigma : `float`, optional
        Deviation of outliers that they were made with.

    Returns
    -------
    text : `str`
        Lines, of which the last has a newline, too. It depends on the tables
        only, not on the terminal.
    """
    deviation = describe_deviation(n_sigma)
    sections = [
        "Where the components of each detector come from:",
        format_table(tables["components"]),
    ]
    if len(tables["losses"]):
        sections += ["Components that were lost:", format_table(tables["losses"])]
    else:
        sections += ["No component was lost."]
    sections += ["Statistics before and after:", *_format_statistics(tables["statistics"])]
    if len(tables["outliers"]):
        sections += [f"Outliers, {deviation}:", format_table(tables["outliers"])]
    else:
        sections += [f"No detector is {deviation}."]
    return "\n\n".join(section.rstrip("\n") for section in sections) + "\n"


def format_table(table: Table) -> str:
    """Return a table as lines of text, in columns of equal width.

    Parameters
    ----------
    table : `astropy.table.Table`
        The table. Nothing of it is left out, however wide it is.

    Returns
    -------
    text : `str`
        Names with units, a rule, and the rows: text on the left of its
        column, numbers on the right, with as many decimals as give five
        significant digits to the largest, or to each if the rows have units of
        their own. All lines are indented.
    """
    blocks = []
    for column in table.columns.values():
        name = add_unit(column.name, column)
        cells = _format_column(column, mixed="unit" in table.colnames)
        width = max(map(len, [name, *cells]))
        pad = str.ljust if column.dtype.kind == "U" else str.rjust
        blocks.append([pad(name, width), "-" * width, *(pad(cell, width) for cell in cells)])
    return _side_by_side(blocks)


def format_cells(table: Table) -> dict[str, list[str]]:
    """Return the cells of a table as texts.

    Parameters
    ----------
    table : `astropy.table.Table`
        The table.

    Returns
    -------
    cells : `dict` [`str`, `list` [`str`]]
        Texts of all rows by column, with the digits that `format_report`
        shows.
    """
    cells = {
        name: _format_column(table[name], mixed="unit" in table.colnames)
        for name in table.colnames
        if not name.endswith(tuple(f"_{suffix}" for suffix in SUFFIXES))
    }
    for name in find_statistics(table):
        columns = _statistic_group(name, table).cells
        cells |= {f"{name}_{suffix}": column for suffix, column in zip(SUFFIXES, columns, strict=True)}
    return cells


def format_csv(table: Table) -> str:
    """Return a table as comma-separated values.

    Parameters
    ----------
    table : `astropy.table.Table`
        The table.

    Returns
    -------
    text : `str`
        A header with units in brackets, and the rows; numbers with all digits
        that their type has.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = list(table.columns.values())
    writer.writerow([add_unit(column.name, column) for column in columns])
    writer.writerows([str(value) for value in row] for row in zip(*columns, strict=True))
    return stream.getvalue()


def describe_deviation(n_sigma: float) -> str:
    """Return in words where outliers are.

    Parameters
    ----------
    n_sigma : `float`
        Deviation from which on a value is an outlier.
    """
    return f"more than {n_sigma:g} robust sigmas from the median of the visit"


def add_unit(name: str, column: Column) -> str:
    """Return a name with the unit of a column in brackets, if it has one.

    Parameters
    ----------
    name : `str`
        The name, of the column or of what it belongs to.
    column : `astropy.table.Column`
        The column.
    """
    return f"{name} [{column.unit}]" if column.unit else name


def find_statistics(table: Table) -> list[str]:
    """Return the names of the statistics that a table compares.

    Parameters
    ----------
    table : `astropy.table.Table`
        Table of `make_statistics_table`, or another one.
    """
    return [name.removesuffix("_after") for name in table.colnames if name.endswith("_after")]


@dataclass(frozen=True)
class _Group:
    """Columns of one statistic under a common title."""

    title: str
    names: tuple[str, ...]
    cells: tuple[list[str], ...]

    def lines(self) -> list[str]:
        """Return title, names, rule and rows, all equally long."""
        blocks = []
        for name, column in zip(self.names, self.cells, strict=True):
            width = max(map(len, [name, *column]))
            blocks.append([cell.rjust(width) for cell in (name, *column)])
        names, *rows = (_GAP.join(parts) for parts in zip(*blocks, strict=True))
        width = max(len(self.title), len(names))
        return [self.title.center(width), names.rjust(width), "-" * width, *(r.rjust(width) for r in rows)]


def _format_statistics(table: Table) -> list[str]:
    """Return a table of statistics as texts, with as many statistics side by side as fit."""
    detectors = _Group("", ("detector",), (_format_column(table["detector"]),)).lines()
    rows: list[list[list[str]]] = []
    for name in find_statistics(table):
        lines = _statistic_group(name, table).lines()
        used = sum(len(block[0]) + len(_GAP) for block in rows[-1]) if rows else _WIDTH
        if used + len(lines[0]) + len(_GAP) > _WIDTH:
            rows.append([detectors])
        rows[-1].append(lines)
    return [_side_by_side(blocks) for blocks in rows]


def _statistic_group(name: str, table: Table) -> _Group:
    before, after, change = (table[f"{name}_{suffix}"] for suffix in SUFFIXES)
    decimals = _decimals(np.concatenate([np.asarray(before), np.asarray(after)]))
    cells = [_format_numbers(np.asarray(column), decimals) for column in (before, after)]
    cells.append(_format_numbers(np.asarray(change), decimals, sign="+"))
    return _Group(add_unit(name, after), SUFFIXES, tuple(cells))


def _side_by_side(blocks: Iterable[Sequence[str]]) -> str:
    """Return blocks of lines as lines of text."""
    return "".join(f"{_GAP}{_GAP.join(parts)}".rstrip() + "\n" for parts in zip(*blocks, strict=True))


def _format_column(column: Column, mixed: bool = False) -> list[str]:
    """Return the cells of a column, whose values may be mixed ones that have nothing in common."""
    if column.dtype.kind != "f":
        # Texts of errors may have line breaks.
        return [" ".join(str(value).split()) for value in column]
    values = np.asarray(column)
    parts = [values[i : i + 1] for i in range(len(values))] if mixed else [values]
    return [cell for part in parts for cell in _format_numbers(part, _decimals(part))]


def _decimals(values: np.ndarray) -> int | None:
    """Return the number of decimals for a column, `None` if it needs exponents."""
    finite = np.abs(values[np.isfinite(values)].astype(float))
    largest = float(finite.max(initial=0.0))
    if largest == 0.0 or bool(np.all(finite == np.round(finite))):
        return 0 if largest < 10.0**9 else None
    magnitude = math.floor(math.log10(largest))
    return max(0, _DIGITS - 1 - magnitude) if -5 <= magnitude < 9 else None


def _format_numbers(values: np.ndarray, decimals: int | None, sign: str = "") -> list[str]:
    spec = f"{sign}.{_DIGITS - 1}e" if decimals is None else f"{sign}.{decimals}f"
    return [_format_number(float(value), spec) for value in values]


def _format_number(value: float, spec: str) -> str:
    if math.isnan(value):
        return "nan"
    text = format(value, spec)
    # No change, or one that is not visible, has no sign.
    return text.lstrip("+-") if float(text) == 0.0 else text
