"""Catalogs: sequences of records that share a table."""

from __future__ import annotations

__all__ = ["BaseCatalog"]

import os
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from lsst.pex.exceptions import LogicError

from ._base import BaseRecord, BaseTable, _to_storage
from ._block import Block, copy_row
from ._field import Key, SchemaItem
from ._schema import Schema

if TYPE_CHECKING:
    from lsst.daf.base import PropertyList

    from lsst.afw.fits._file import FitsFile

    from ._attached import AttachedObjects
    from ._field import Field
    from ._fits_columns import TableHeader
    from ._mapper import SchemaMapper
    from .io._output_archive import OutputArchive


class BaseCatalog:
    """A sequence of records, with access to columns.

    ``catalog[i]`` is a record, ``catalog["name"]`` a column, slices and
    boolean masks give catalogs of the same records.

    Parameters
    ----------
    table : `BaseTable`, `Schema` or `BaseCatalog`
        Table of the records, or schema for a new one; of a catalog, the
        records are shared.
    """

    Table: ClassVar[type[BaseTable]] = BaseTable
    Record: ClassVar[type[BaseRecord]] = BaseRecord

    def __init__(self, table: BaseTable | Schema | BaseCatalog):
        self._blocks: list[Block] = []
        self._rows: list[int] = []
        if isinstance(table, BaseCatalog):
            self._blocks, self._rows, table = list(table._blocks), list(table._rows), table.table
        if isinstance(table, Schema):
            table = self.Table.make(table)
        if not isinstance(table, self.Table):
            raise TypeError(f"{type(self).__name__} needs a {self.Table.__name__} or a Schema.")
        self._table = table

    # -- properties -------------------------------------------------------

    @property
    def table(self) -> Any:
        """The table that makes new records."""
        return self._table

    def getTable(self) -> Any:  # noqa: N802
        """Return the table that makes new records."""
        return self._table

    @property
    def schema(self) -> Schema:
        """The fields (a copy that shares the aliases)."""
        return self._table.schema

    def getSchema(self) -> Schema:  # noqa: N802
        """Return the fields (a copy that shares the aliases)."""
        return self._table.schema

    def getMetadata(self) -> PropertyList | None:  # noqa: N802
        """Return the metadata object of the table, or `None`."""
        return self._table.getMetadata()

    def setMetadata(self, metadata: PropertyList | None) -> None:  # noqa: N802
        """Set the metadata object of the table (not copied)."""
        self._table.setMetadata(metadata)

    metadata = property(getMetadata, setMetadata, doc="Metadata of the table, or `None`.")

    # -- the sequence -----------------------------------------------------

    def __len__(self) -> int:
        return len(self._rows)

    def _record(self, position: int) -> Any:
        block = self._blocks[position]
        return block.table.Record(block, self._rows[position])

    def __iter__(self) -> Iterator[Any]:
        for position in range(len(self._rows)):
            yield self._record(position)

    def get(self, i: int) -> Any:
        """Return the record at a position."""
        return self._record(range(len(self))[i])

    def set(self, i: int, record: BaseRecord) -> None:
        """Replace the record at a position (by reference)."""
        self._check_layout(record)
        i = range(len(self))[i]
        self._blocks[i], self._rows[i] = record._block, record._row

    def _check_layout(self, record: BaseRecord) -> None:
        if record._block.data.dtype != self._table._dtype:
            raise LogicError("the record has another schema than the catalog; a SchemaMapper is needed.")

    def addNew(self) -> Any:  # noqa: N802
        """Append a new record and return it."""
        record = self._table.makeRecord()
        self._blocks.append(record._block)
        self._rows.append(record._row)
        return record

    def append(self, record: BaseRecord) -> None:
        """Append a record by reference.

        Raises
        ------
        LogicError
            Raised if its schema differs.
        """
        self.insert(len(self), record)

    def insert(self, position: int, record: BaseRecord) -> None:
        """Insert a record by reference before a position."""
        self._check_layout(record)
        self._blocks.insert(position, record._block)
        self._rows.insert(position, record._row)

    def extend(self, iterable: Iterable[BaseRecord], deep: bool = False, mapper: SchemaMapper | None = None) -> None:
        """Append many records.

        Parameters
        ----------
        iterable : `~collections.abc.Iterable` [`BaseRecord`]
            Catalog or list of records.
        deep : `bool`, optional
            Append copies rather than the records themselves.
        mapper : `SchemaMapper`, optional
            Which fields to copy (implies copies).
        """
        records = list(iterable)
        if mapper is None and not deep:
            for record in records:
                self.append(record)
            return
        block, first = self._table._allocate(len(records)) if records else (None, 0)
        for row, record in enumerate(records, first):
            assert block is not None
            self._table.Record(block, row).assign(record, mapper)
            self._blocks.append(block)
            self._rows.append(row)

    def __delitem__(self, key: int | slice) -> None:
        del self._blocks[key]
        del self._rows[key]

    def clear(self) -> None:
        """Remove all records."""
        del self[:]

    def reserve(self, n: int) -> None:
        """Make room for ``n`` records in all, in one piece of memory."""
        if n > len(self):
            self._table.preallocate(n - len(self))

    def resize(self, n: int) -> None:
        """Add new records, or drop the last ones, until there are ``n``."""
        if n < len(self):
            del self[n:]
            return
        missing = n - len(self)
        if missing:
            block, first = self._table._allocate(missing)
            self._blocks += [block] * missing
            self._rows += range(first, first + missing)

    # -- subsets and copies -----------------------------------------------

    def _with(self, positions: Iterable[int], table: BaseTable | None = None) -> Self:
        new = type(self)(table or self._table)
        chosen = list(positions)
        new._blocks = [self._blocks[i] for i in chosen]
        new._rows = [self._rows[i] for i in chosen]
        return new

    def subset(self, mask: Any, *args: int) -> Self:
        """Return the records where a boolean array is true, or a slice (start, stop, step)."""
        if args:
            return self[slice(mask, *args)]
        mask = np.asarray(mask)
        if mask.dtype != bool or mask.shape != (len(self),):
            raise TypeError(
                f"a catalog of {len(self)} records takes a boolean array of this length as mask, "
                f"not {mask.dtype} of shape {mask.shape}."
            )
        return self._with(np.flatnonzero(mask))

    def copy(self, deep: bool = False) -> Self:
        """Return a new catalog, of the same records or of copies of them."""
        if not deep:
            return self._with(range(len(self)))
        new = type(self)(self._table.clone())
        if not len(self):
            return new
        block, first = new._table._allocate(len(self))
        rows = range(first, first + len(self))
        if self._table._component_names or self._table._variable_arrays:
            for source, i, j in zip(self._blocks, self._rows, rows, strict=True):
                copy_row(source, i, block, j)
                if i in source.components:
                    block.components[j] = dict(source.components[i])
        else:
            block.data[first : first + len(self)] = self._structured()
        new._blocks, new._rows = [block] * len(self), list(rows)
        return new

    def cast(self, type_: Any, deep: bool = False) -> Any:
        """Return the records as another class of catalog.

        Parameters
        ----------
        type_ : `type`
            Catalog class.
        deep : `bool`, optional
            Whether to copy the records.

        Returns
        -------
        catalog : `BaseCatalog`
            Catalog of that class.
        """
        source: Any = self.copy(deep=True) if deep else self
        if isinstance(source._table, type_.Table):
            new = type_(source._table)
            new._blocks, new._rows = list(source._blocks), list(source._rows)
            return new
        new = type_(type_.Table.make(source._table._schema))
        new.setMetadata(source.getMetadata())
        new._table._schema.setAliasMap(source._table._schema.getAliasMap())
        new.extend(source, deep=True)
        return new

    # -- columns ----------------------------------------------------------

    def isContiguous(self) -> bool:  # noqa: N802
        """Whether the records lie one behind the other in memory."""
        if not self._rows:
            return True
        first, n = self._rows[0], len(self._rows)
        same = self._blocks.count(self._blocks[0]) == n
        return same and self._rows == list(range(first, first + n))

    def _column(self, name: str) -> np.ndarray:
        """Return a stored column, a view if the records are contiguous."""
        if not self._rows:
            return np.zeros(0, self._table._dtype)[name]
        if self.isContiguous():
            return self._blocks[0].data[name][self._rows[0] : self._rows[0] + len(self._rows)]
        column = self._gather(lambda block: block.data[name])
        column.flags.writeable = False
        return column

    def _gather(self, part: Callable[[Block], np.ndarray]) -> np.ndarray:
        blocks = list(dict.fromkeys(self._blocks))
        if len(blocks) == 1:
            return part(blocks[0])[self._rows]
        which = {id(b): n for n, b in enumerate(blocks)}
        owner = np.array([which[id(b)] for b in self._blocks])
        rows = np.array(self._rows)
        out = np.empty((len(rows), *part(blocks[0]).shape[1:]), part(blocks[0]).dtype)
        for n, block in enumerate(blocks):
            out[owner == n] = part(block)[rows[owner == n]]
        return out

    def _structured(self) -> np.ndarray:
        return self._gather(lambda block: block.data)

    def _item(self, key: str | Key) -> SchemaItem:
        return self._table._schema.find(key)

    def _get_column(self, key: Any) -> Any:
        if not isinstance(key, str | Key):
            return key.get(self)
        item = self._item(key)
        column = self._column(item.field.getName() if item.key._part is None else str(item.key._name))
        part = key._part if isinstance(key, Key) else None
        if part is not None:
            return column[:, part]
        kind = item.field._type.name
        if kind == "String" and not item.field.isVariableLength():
            return np.char.decode(column, "utf-8")
        if kind == "String":
            return column.astype(str) if len(column) else np.zeros(0, str)
        return column.copy() if kind == "Flag" else column

    @property
    def columns(self) -> Any:
        """The columns, by name or key."""
        return _Columns(self)

    def getColumnView(self) -> Any:  # noqa: N802
        """Return the columns, by name or key."""
        return _Columns(self)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return self._with(range(len(self))[key])
        if isinstance(key, np.ndarray):
            return self.subset(key)
        if isinstance(key, list) and len(key) == len(self) and all(isinstance(k, bool | np.bool_) for k in key):
            return self.subset(np.array(key, dtype=bool))
        if hasattr(key, "__index__"):
            return self.get(key)
        return self._get_column(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        if hasattr(key, "__index__"):
            self.set(key, value)
        elif isinstance(key, str | Key):
            self._set_column(key, value)
        else:
            raise TypeError(f"columns are set by name or key, not by {type(key).__name__}.")

    def _set_column(self, key: str | Key, value: Any) -> None:
        item = self._item(key)
        field = item.field
        name = field.getName() if not isinstance(key, Key) or key._part is None else str(key._name)
        if field._type.is_sized and (field.isVariableLength() or field._type.name == "String"):
            values = [value] * len(self) if isinstance(value, str) else list(value)
            for block, row, v in zip(self._blocks, self._rows, values, strict=True):
                block.data[name][row] = _to_storage(field, v)
            return
        array = np.asarray(value)
        if array.dtype.kind == "f" and field._type.element is not None and field._type.element.kind in "iub":
            raise TypeError(f"column {name!r} of type {field.getTypeString()} cannot take floating point values.")
        part = key._part if isinstance(key, Key) else None
        if self.isContiguous():
            target = self._column(name)
            target[(slice(None), part) if part is not None else ...] = value
            return
        array = np.broadcast_to(array, (len(self), *self._table._dtype[name].shape[: int(part is None)]))
        for block, row, v in zip(self._blocks, self._rows, array, strict=True):
            block.data[name][(row, part) if part is not None else row] = v

    # -- order ------------------------------------------------------------

    def _order(self, key: Any, reverse: bool = False) -> Any:
        if callable(key) and not isinstance(key, str | Key) and not hasattr(key, "get"):
            values = [key(record) for record in self]
            return sorted(range(len(self)), key=values.__getitem__, reverse=reverse)
        return np.argsort(self._get_column(key), kind="stable")

    def sort(self, key: Any, reverse: bool = False) -> None:
        """Sort the records in place (stable).

        Parameters
        ----------
        key : `str`, `Key` or `~collections.abc.Callable`
            Field, or function of a record.
        reverse : `bool`, optional
            Descending order.
        """
        order = self._order(key, reverse)
        if reverse and isinstance(order, np.ndarray):
            order = order[::-1]
        self._blocks, self._rows = (lambda c: (c._blocks, c._rows))(self._with(order))

    def isSorted(self, key: Any) -> bool:  # noqa: N802
        """Whether a column does not decrease."""
        column = self._get_column(key)
        return bool(np.all(column[:-1] <= column[1:]))

    def find(self, value: Any, key: Any) -> Any:
        """Return a record in whose field a value stands, or `None`.

        Parameters
        ----------
        value : `object`
            Value to look for.
        key : `str` or `Key`
            Field; the records need not be sorted by it.
        """
        column = self._get_column(key)
        found = np.flatnonzero(column == value)
        return self._record(int(found[0])) if len(found) else None

    def _sorted_column(self, key: Any) -> np.ndarray:
        if not self.isSorted(key):
            raise LogicError("the catalog is not sorted by this field.")
        return self._get_column(key)

    def lower_bound(self, value: Any, key: Any) -> int:
        """Return the first position whose value is not less (catalog sorted)."""
        return int(np.searchsorted(self._sorted_column(key), value, "left"))

    def upper_bound(self, value: Any, key: Any) -> int:
        """Return the first position whose value is greater (catalog sorted)."""
        return int(np.searchsorted(self._sorted_column(key), value, "right"))

    def equal_range(self, value: Any, key: Any) -> slice:
        """Return the positions of a value as a slice (catalog sorted)."""
        return slice(self.lower_bound(value, key), self.upper_bound(value, key))

    def between(self, lower: Any, upper: Any, key: Any) -> slice:
        """Return the positions of values from lower to upper, both included (catalog sorted)."""
        return slice(self.lower_bound(lower, key), self.upper_bound(upper, key))

    # -- conversion and files ---------------------------------------------

    def asAstropy(self, cls: Any = None, copy: bool = False, unviewable: str = "copy") -> Any:  # noqa: N802
        """Return an astropy table of the columns.

        Parameters
        ----------
        cls : `type`, optional
            Table class, by default `astropy.table.Table`.
        copy : `bool`, optional
            Copy all columns rather than view them.
        unviewable : `str`, optional
            What to do with columns that cannot be viewed (flags, strings):
            ``copy``, ``raise`` or ``skip``.

        Returns
        -------
        table : `astropy.table.Table`
            The same columns, aliases as additional ones, metadata in ``meta``.
        """
        from ._astropy import to_astropy

        return to_astropy(self, cls, copy, unviewable)

    @classmethod
    def readFits(cls, source: str | os.PathLike[str], hdu: int | None = None, flags: int = 0) -> Any:  # noqa: N802
        """Read a catalog.

        Parameters
        ----------
        source : `str` or `os.PathLike`
            Path.
        hdu : `int`, optional
            0-based number of the HDU, by default 1.
        flags : `int`, optional
            Accepted for compatibility.

        Returns
        -------
        catalog : `BaseCatalog`
            Of the class that the file names; it must be this one, or derived.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the file cannot be read.
        """
        from ._fits_read import read_catalog

        return read_catalog(cls, source, hdu)

    def writeFits(self, filename: str | os.PathLike[str], flags: str | int = "w", mode: str | None = None) -> None:  # noqa: N802
        """Write the catalog with everything attached to it.

        Parameters
        ----------
        filename : `str` or `os.PathLike`
            Path; ``.gz`` is compressed.
        flags : `str`, optional
            ``w`` (replace the file) or ``a`` (append to it).
        mode : `str`, optional
            The same (the name that the stack uses).
        """
        from ._fits_write import write_catalog

        write_catalog(self, filename, mode or (flags if isinstance(flags, str) else "w"))

    @classmethod
    def _take_objects(
        cls, file: FitsFile | None, index: int, header: TableHeader, schema: Schema, arrays: dict[str, Any]
    ) -> AttachedObjects:
        """Take ID columns of attached objects out of a table that was read (here: none)."""
        from ._attached import AttachedObjects

        return AttachedObjects(schema)

    def _write_objects(self, archive: OutputArchive) -> tuple[list[Field], dict[str, Any]]:
        """Put attached objects into an archive; return their ID columns (here: none)."""
        return [], {}

    def __reduce__(self) -> Any:
        from ._fits_write import pickle_catalog

        return pickle_catalog(self)

    def __repr__(self) -> str:
        return f"{type(self)}\n{self.asAstropy()}"

    def __str__(self) -> str:
        return str(self.asAstropy())


class _Columns:
    """Columns of a catalog, by name or key."""

    def __init__(self, catalog: BaseCatalog):
        self._catalog = catalog
        self.schema = catalog.schema
        self.table = catalog.table

    def __getitem__(self, key: Any) -> Any:
        return self._catalog._get_column(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._catalog[key] = value

    def get(self, key: Any) -> Any:
        """Return a column by name or key."""
        return self._catalog._get_column(key)

    def extract(self, *patterns: str, **kwargs: Any) -> dict[str, Any]:
        """Return the columns whose names match glob patterns."""
        return {n: self[i.key] for n, i in self.schema.extract(*patterns, **kwargs).items()}

    def __len__(self) -> int:
        return len(self._catalog)


BaseTable.Catalog = BaseCatalog
