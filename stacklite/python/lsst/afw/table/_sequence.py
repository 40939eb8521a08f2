"""The sequence part of catalogs: records, subsets, copies."""

from __future__ import annotations

__all__ = ["RecordSequence"]

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Self, TypeVar, overload

import numpy as np

from lsst.pex.exceptions import LengthError, LogicError
from lsst_stacklite._overloads import bind, is_integer

from ._base import BaseRecord, BaseTable, TableWithId
from ._block import Block
from ._mapper import SchemaMapper
from ._schema import Schema

_Catalog = TypeVar("_Catalog", bound="RecordSequence")


class RecordSequence:
    """Records that share a table, in an order."""

    Table: ClassVar[type[BaseTable]] = BaseTable
    Record: ClassVar[type[BaseRecord]] = BaseRecord
    _table: Any
    _blocks: list[Block]
    _rows: list[int]

    def _start(self, args: Any, kwargs: Any) -> None:
        """Take the table, the schema for a new one, or the records of another catalog."""
        checks: dict[str, Any] = {"Schema": Schema, "BaseTable": self.Table, "BaseCatalog": type(self)}
        given = bind(type(self).__init__, checks, (self, *args), kwargs)
        (source,) = given.values() or (None,)
        self._blocks, self._rows = [], []
        if isinstance(source, RecordSequence):
            self._blocks, self._rows = list(source._blocks), list(source._rows)
            source = source._table
        if source is None and issubclass(self.Table, TableWithId):
            # As in the stack, a catalog of nothing has the fields that all of its kind have.
            source = self.Table.makeMinimalSchema()
        self._table = self.Table.make(source) if isinstance(source, Schema) else source

    @classmethod
    def _of(cls, table: BaseTable) -> Self:
        """Return an empty catalog."""
        new = cls.__new__(cls)
        new._table, new._blocks, new._rows = table, [], []
        return new

    # -- properties

    @property
    def table(self) -> Any:
        """The table that makes new records."""
        return self._table

    def getTable(self) -> Any:
        """Return the table that makes new records."""
        return self._table

    @property
    def schema(self) -> Schema:
        """The fields (a copy that shares the aliases)."""
        return self._table.schema

    def getSchema(self) -> Schema:
        """Return the fields (a copy that shares the aliases)."""
        return self._table.schema

    # -- the sequence

    def __len__(self) -> int:
        return len(self._rows)

    def _record(self, position: int) -> Any:
        block = self._blocks[position]
        return block.table.Record(block, self._rows[position])

    def _position(self, i: int) -> int:
        """Return a position from the start; negative ones count from the end."""
        try:
            return range(len(self))[i]
        except IndexError:
            raise IndexError(f"position {i} is outside of a catalog of {len(self)} records.") from None

    def __iter__(self) -> Iterator[Any]:
        for position in range(len(self._rows)):
            yield self._record(position)

    def set(self, i: int, record: BaseRecord, /) -> None:
        """Replace the record at a position (by reference); see `append`."""
        i = self._position(i)
        self._blocks[i], self._rows[i] = record._block, record._row

    def addNew(self) -> Any:
        """Append a new record and return it."""
        record = self._table.makeRecord()
        self._blocks.append(record._block)
        self._rows.append(record._row)
        return record

    def append(self, record: BaseRecord) -> None:
        """Append a record by reference.

        One with another schema is accepted, as in the stack; a catalog with
        such records has no column view, and cannot be written.
        """
        self._blocks.append(record._block)
        self._rows.append(record._row)

    def insert(self, key: int, value: BaseRecord) -> None:
        """Insert a record by reference.

        Parameters
        ----------
        key : `int`
            Position that the record will have.
        value : `BaseRecord`
            The record; see `append`.
        """
        self._blocks.insert(key, value._block)
        self._rows.insert(key, value._row)

    def extend(
        self,
        iterable: Iterable[BaseRecord],
        deep: bool | SchemaMapper = False,
        mapper: SchemaMapper | None = None,
    ) -> None:
        """Append many records.

        Parameters
        ----------
        iterable : `~collections.abc.Iterable` [`BaseRecord`]
            Catalog or list of records.
        deep : `bool` or `SchemaMapper`, optional
            Append copies rather than the records themselves. A mapper is
            taken as ``mapper``.
        mapper : `SchemaMapper`, optional
            Which fields to copy (implies copies).
        """
        if isinstance(deep, SchemaMapper):
            mapper, deep = deep, False
        records = list(iterable)
        if mapper is None and not deep:
            for record in records:
                self.append(record)
            return
        if isinstance(iterable, RecordSequence):
            self._table.preallocate(len(records))
        for record in records:
            self.append(self._table.copyRecord(record, mapper) if mapper else self._table.copyRecord(record))

    def __delitem__(self, key: int | slice) -> None:
        """Remove a record, or adjacent ones; `IndexError` for a slice with a step."""
        if isinstance(key, slice) and key.step not in (None, 1):
            raise IndexError(f"records are removed by slices without a step, not {key.step}.")
        del self._blocks[key]
        del self._rows[key]

    def clear(self) -> None:
        """Remove all records."""
        del self[:]

    def reserve(self, n: int, /) -> None:
        """Make room for ``n`` records in all, in one piece of memory."""
        if n > len(self):
            self._table.preallocate(n - len(self))

    def resize(self, n: int, /) -> None:
        """Add new records, or drop the last ones, until there are ``n``."""
        if n < len(self):
            del self[n:]
            return
        missing = n - len(self)
        if missing:
            self._table.preallocate(missing)
            block, first = self._table._allocate(missing)
            self._blocks += [block] * missing
            self._rows += range(first, first + missing)

    # -- subsets and copies

    def _with(self, positions: Iterable[int], table: BaseTable | None = None) -> Self:
        new = self._of(self._table if table is None else table)
        chosen = list(positions)
        new._blocks = [self._blocks[i] for i in chosen]
        new._rows = [self._rows[i] for i in chosen]
        return new

    @overload
    def subset(self, mask: Any, /) -> Self: ...
    @overload
    def subset(self, start: int, stop: int, step: int, /) -> Self: ...
    def subset(self, *args: Any, **kwargs: Any) -> Self:
        """Return some of the records.

        Parameters
        ----------
        mask : `numpy.ndarray`
            Boolean array that is true where a record is wanted.
        start, stop, step : `int`
            A slice, instead of the mask.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the mask has another length.
        TypeError
            Raised if it is no boolean array.
        """
        given = bind(RecordSequence.subset, {"int": is_integer}, (self, *args), kwargs)
        if "mask" not in given:
            return self._with(range(len(self))[slice(*given.values())])
        mask = np.asarray(given["mask"])
        if mask.dtype != bool or mask.shape != (len(self),):
            # As in the stack, a mask of another length is not the error of a mask of another type.
            raise (TypeError if mask.dtype != bool else LengthError)(
                f"a catalog of {len(self)} records takes a boolean array of this length as mask, "
                f"not {mask.dtype} of shape {mask.shape}."
            )
        return self._with(np.flatnonzero(mask))

    def copy(self, deep: bool = False) -> Self:
        """Return a new catalog, of the same records or of copies of them."""
        if not deep:
            return self._with(range(len(self)))
        new = self._of(self._table.clone())
        if not len(self):
            return new
        block, first = new._table._allocate(len(self))
        rows = range(first, first + len(self))
        block.data[first : first + len(self)] = self._structured()
        for item in self._table._variable_arrays:
            column = block.data[item.field.getName()]
            for row in rows:
                column[row] = column[row].copy()
        for source, i, j in zip(self._blocks, self._rows, rows, strict=True):
            if i in source.components:
                block.components[j] = dict(source.components[i])
        new._blocks, new._rows = [block] * len(self), list(rows)
        return new

    def cast(self, type_: type[_Catalog], deep: bool = False) -> _Catalog:
        """Return the records as another class of catalog.

        Parameters
        ----------
        type_ : `type`
            Catalog class.
        deep : `bool`, optional
            Whether to copy the records.

        Returns
        -------
        catalog : `RecordSequence`
            Catalog of that class.
        """
        source: Any = self.copy(deep=True) if deep else self
        if isinstance(source._table, type_.Table):
            new = type_._of(source._table)
            new._blocks, new._rows = list(source._blocks), list(source._rows)
            return new
        new = type_._of(type_.Table.make(source._table._schema))
        new._table.setMetadata(source._table.getMetadata())
        new._table._schema.setAliasMap(source._table._schema.getAliasMap())
        new.extend(source, deep=True)
        return new

    # -- memory

    def isContiguous(self) -> bool:
        """Return whether the records are adjacent in memory."""
        if not self._rows:
            return True
        first, n = self._rows[0], len(self._rows)
        same = self._blocks.count(self._blocks[0]) == n and self._blocks[0].data.dtype == self._table._dtype
        return same and self._rows == list(range(first, first + n))

    def _by_block(self) -> Iterator[tuple[Block, np.ndarray, np.ndarray]]:
        """Yield each block, the positions of its records in the catalog, and their rows in the block."""
        blocks = list(dict.fromkeys(self._blocks))
        number = {id(block): n for n, block in enumerate(blocks)}
        owner = np.array([number[id(block)] for block in self._blocks])
        rows = np.array(self._rows)
        for n, block in enumerate(blocks):
            positions = np.flatnonzero(owner == n)
            yield block, positions, rows[positions]

    def _gather(self, name: str | None = None) -> np.ndarray:
        """Return a copy of a stored column, or of the whole rows; there must be records."""
        first = self._blocks[0].data if name is None else self._blocks[0].data[name]
        out = np.empty((len(self), *first.shape[1:]), first.dtype)
        for block, positions, rows in self._by_block():
            out[positions] = (block.data if name is None else block.data[name])[rows]
        return out

    def _scatter(self, name: str, values: np.ndarray) -> None:
        """Set a stored column, one value for each record."""
        for block, positions, rows in self._by_block():
            block.data[name][rows] = values[positions]

    def _structured(self) -> np.ndarray:
        """Return all values, as a structured array.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if a record has another schema than the catalog.
        """
        self._check_layout()
        return self._gather()

    def _check_layout(self) -> None:
        for block in set(self._blocks):
            if block.data.dtype != self._table._dtype:
                raise LogicError(
                    "a record has another schema than its catalog; append a copy, made with a SchemaMapper."
                )
