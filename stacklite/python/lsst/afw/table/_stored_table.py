"""Tables as they are stored: fields and whole columns, without records that own memory."""

from __future__ import annotations

__all__ = ["StoredRow", "StoredTable"]

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from ._field import FieldBase
from ._schema import Schema
from ._values import column_to_python, to_python


@dataclass(frozen=True, eq=False)
class StoredTable:
    """A decoded table, the material of archives.

    ``table[i]`` is a row, ``table["name"]`` a column, a slice gives a table
    that shares the columns.

    Parameters
    ----------
    schema : `Schema`
        Fields.
    arrays : `~collections.abc.Mapping` [`str`, `numpy.ndarray`]
        Columns by name of the field, in the layout in which they are stored
        (`FieldType.storage`); shape (rows,) or (rows, elements).
    n : `int`
        Number of rows.
    """

    schema: Schema
    arrays: Mapping[str, np.ndarray]
    n: int

    @classmethod
    def of(cls, schema: Schema, arrays: Mapping[str, Any], n: int) -> StoredTable:
        """Return a table of columns that need not have the types of their fields yet."""
        stored = {}
        for item in schema:
            name, field = item.field.getName(), item.field
            stored[name] = np.asarray(arrays[name]).astype(field._type.storage(field._size)[0], copy=False)
        return cls(schema, stored, n)

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[StoredRow]:
        return (StoredRow(self, i) for i in range(self.n))

    @overload
    def __getitem__(self, key: int) -> StoredRow: ...
    @overload
    def __getitem__(self, key: slice) -> StoredTable: ...
    @overload
    def __getitem__(self, key: str) -> np.ndarray: ...
    def __getitem__(self, key: int | slice | str) -> StoredRow | StoredTable | np.ndarray:
        if isinstance(key, str):
            field = self.field(key)
            return column_to_python(field, self.arrays[field.getName()])
        if isinstance(key, slice):
            columns = {name: column[key] for name, column in self.arrays.items()}
            return StoredTable(self.schema, columns, len(range(self.n)[key]))
        try:
            return StoredRow(self, range(self.n)[key])
        except IndexError:
            raise IndexError(f"row {key} is outside of a table of {self.n} rows.") from None

    def field(self, name: str) -> FieldBase:
        """Return the field of a name or an alias.

        Raises
        ------
        KeyError
            Raised if there is none.
        """
        return self.schema.find(name).field

    def with_columns(self, columns: Mapping[str, np.ndarray]) -> StoredTable:
        """Return a table in which some columns are replaced."""
        return StoredTable(self.schema, {**self.arrays, **columns}, self.n)


@dataclass(frozen=True, slots=True)
class StoredRow:
    """One row of a `StoredTable`.

    ``row["name"]`` is a value as a record would give it: `str` for texts,
    `~lsst.geom.Angle` for angles, an array for arrays.
    """

    table: StoredTable
    index: int

    def __getitem__(self, name: str) -> Any:
        field = self.table.field(name)
        return to_python(field, self.table.arrays[field.getName()][self.index])
