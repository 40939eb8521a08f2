"""Building the small tables of which persisted objects consist."""

from __future__ import annotations

__all__ = ["make_table"]

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._field import FieldBase, make_field
from .._schema import Schema
from .._stored_table import StoredTable
from .._values import to_storage


def _column(field: FieldBase, values: list[Any]) -> np.ndarray:
    stored = [to_storage(field, v) for v in values]
    storage = field._type.storage(field._size)
    out = np.empty((len(stored), *(storage[1] if len(storage) > 1 else ())), storage[0])
    for i, value in enumerate(stored):
        out[i] = value
    return out


def make_table(fields: Sequence[Sequence[Any]], rows: Sequence[Sequence[Any]]) -> StoredTable:
    """Make a table from a list of fields and a list of rows.

    Parameters
    ----------
    fields : `~collections.abc.Sequence`
        ``(name, type, doc, unit[, size])`` of each field, with the type names
        of the stack; size 0 = variable length.
    rows : `~collections.abc.Sequence`
        Values in that order; angles as `~lsst.geom.Angle` or radians.

    Returns
    -------
    table : `StoredTable`
        The table.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        Raised if a text or array does not fit.
    ValueError
        Raised if a row has another number of values.
    """
    schema = Schema()
    for name, kind, doc, units, *size in fields:
        schema.addField(make_field(kind, name, doc, units, size[0] if size else None))
    items = list(schema)
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(items)
    arrays = {
        item.field.getName(): _column(item.field, list(values))
        for item, values in zip(items, columns, strict=True)
    }
    return StoredTable(schema, arrays, len(rows))
