"""Columns of tables of sources, whatever their class."""

from __future__ import annotations

__all__ = ["BoolArray", "column", "drop_flagged", "flag"]

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]


def column_names(catalog: Any) -> Collection[str]:
    """Return a container of the names of the columns of a catalog, aliases included."""
    return catalog.schema if hasattr(catalog, "schema") else catalog.columns


def column(catalog: Any, name: str) -> NDArray[Any]:
    """Return one column without units.

    Raises
    ------
    KeyError
        Raised if the catalog has no such column.
    """
    if name not in column_names(catalog):
        raise KeyError(f"The source catalog has no column {name!r}, which the source selection needs.")
    return np.asarray(catalog[name])


def flag(catalog: Any, name: str) -> BoolArray:
    """Return one column that must be boolean.

    Raises
    ------
    KeyError
        Raised if the catalog has no such column.
    TypeError
        Raised if the column holds anything but booleans.
    """
    values = column(catalog, name)
    if values.dtype != np.bool_:
        raise TypeError(f"Column {name!r} is used as a flag but has type {values.dtype}; bool is required.")
    return values


def drop_flagged(catalog: Any, field: str, selected: BoolArray) -> BoolArray:
    """Drop the rows in which ``<field>_flag`` is set, if there is such a column."""
    name = f"{field}_flag"
    return selected & ~flag(catalog, name) if name in column_names(catalog) else selected
