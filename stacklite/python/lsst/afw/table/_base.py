"""Records and tables: rows, and the factories that own their memory."""

from __future__ import annotations

__all__ = ["BaseRecord", "BaseTable", "TableWithId"]

from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from lsst.daf.base import PropertyList
from lsst.geom import Angle
from lsst.pex.exceptions import LengthError, LogicError

from ._block import Block, copy_row
from ._field import KeyBase, SchemaItemBase
from ._schema import Schema
from ._types import FIELD_TYPES
from ._values import to_python, to_storage, to_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ._mapper import SchemaMapper

_FIRST_BLOCK = 100


def _typed_getter(kind: str) -> Callable[[BaseRecord, KeyBase], Any]:
    def get(self: BaseRecord, key: KeyBase, /) -> Any:
        return self.get(_of_type(key, kind))

    get.__doc__ = f"Return the value of a field of type {kind}; `TypeError` for other keys."
    return get


def _typed_setter(kind: str) -> Callable[[BaseRecord, KeyBase, Any], None]:
    def set_value(self: BaseRecord, key: KeyBase, value: Any, /) -> None:
        if kind == "Angle" and not isinstance(value, Angle):
            raise TypeError(f"an angle is needed, not {value!r}; multiply it by its unit.")
        try:
            self.set(_of_type(key, kind), value)
        except OverflowError:
            raise TypeError(f"{value!r} is beyond the numbers of a field of type {kind}.") from None

    set_value.__doc__ = f"Set the value of a field of type {kind}; `TypeError` for other keys and values."
    return set_value


def _of_type(key: KeyBase, kind: str) -> KeyBase:
    if not isinstance(key, KeyBase) or key.getTypeString() != kind:
        raise TypeError(f"a key of type {kind} is needed, not {key!r}.")
    return key


class BaseRecord:
    """One row of a table.

    Values are reached by field name (aliases work) or `Key`. Records are
    views: those of a catalog and of its slices are the same rows.

    Parameters
    ----------
    block : `Block`
        Block in which the row is stored.
    row : `int`
        Number of the row in the block.
    """

    __slots__ = ("_block", "_row")

    def __init__(self, block: Block, row: int) -> None:
        if not isinstance(block, Block):
            raise TypeError("records are made by tables and catalogs: use catalog.addNew().")
        self._block = block
        self._row = row

    @property
    def table(self) -> Any:
        """The table that made the record."""
        return self._block.table

    def getTable(self) -> Any:
        """Return the table that made the record."""
        return self._block.table

    @property
    def schema(self) -> Schema:
        """The fields of the record."""
        return Schema(self._block.table._schema)

    def getSchema(self) -> Schema:
        """Return the fields of the record."""
        return self.schema

    def __eq__(self, other: object) -> bool:
        """Return whether two records are the same row (values are not compared)."""
        if not isinstance(other, BaseRecord):
            return NotImplemented
        return self._block is other._block and self._row == other._row

    __hash__ = None  # type: ignore[assignment]

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError("records are rows: pickle their catalog, or copy with table.copyRecord(record).")

    def get(self, key: Any, /) -> Any:
        """Return the value of a field.

        Parameters
        ----------
        key : `str`, `Key` or functor key
            Which field; a functor key combines several.

        Returns
        -------
        value : `object`
            `str` for strings, `bool` for flags, `~lsst.geom.Angle` for
            angles, `numpy.ndarray` for arrays (a view if of fixed size).

        Raises
        ------
        KeyError
            Raised if there is no such field.
        lsst.pex.exceptions.LogicError
            Raised if the key is not valid.
        """
        if not isinstance(key, str | KeyBase):
            return key.get(self)
        item, part = self._block.table._schema._lookup(key)
        value = self._block.data[item.field.getName()][self._row]
        if part is not None:
            return value[part] if isinstance(part, slice) else value[part].item()
        return to_python(item.field, value)

    def set(self, key: Any, value: Any, /) -> None:
        """Set the value of a field.

        Parameters
        ----------
        key : `str`, `Key` or functor key
            Which field.
        value : `object`
            Value; an angle is an `~lsst.geom.Angle` or a number of radians.

        Raises
        ------
        KeyError
            Raised if there is no such field.
        lsst.pex.exceptions.LengthError
            Raised if a string or an array does not fit.
        lsst.pex.exceptions.LogicError
            Raised if the key is not valid.
        TypeError
            Raised if the type does not fit.
        """
        if not isinstance(key, str | KeyBase):
            key.set(self, value)
            return
        item, part = self._block.table._schema._lookup(key)
        column = self._block.data[item.field.getName()]
        if part is not None:
            column[self._row][part] = value
        else:
            column[self._row] = to_storage(item.field, value)

    def __getitem__(self, key: Any) -> Any:
        return self.get(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self.set(key, value)

    def assign(self, other: BaseRecord, mapper: SchemaMapper | None = None, /) -> None:
        """Copy all values (and attached objects) of another record.

        Parameters
        ----------
        other : `BaseRecord`
            Record to copy from.
        mapper : `SchemaMapper`, optional
            Which fields to copy, when the schemas differ.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the schemas do not match.
        """
        if mapper is None:
            if self._block.data.dtype != other._block.data.dtype:
                raise LogicError("the schemas of the two records differ; a SchemaMapper is needed.")
            copy_row(other._block, other._row, self._block, self._row)
        else:
            mapper._check(other.table._schema, self.table._schema)
            for source, target in mapper._names():
                value = other._block.data[source][other._row]
                variable = isinstance(value, np.ndarray) and other._block.data.dtype[source].hasobject
                self._block.data[target][self._row] = value.copy() if variable else value
        self._assign_components(other)

    def _assign_components(self, other: BaseRecord) -> None:
        """Share the attached objects of another record, without building them."""
        theirs = other._block.components.get(other._row)
        if not self._block.table._component_names:
            return
        if theirs:
            self._block.components[self._row] = dict(theirs)
        else:
            self._block.components.pop(self._row, None)

    def extract(self, *patterns: str, **kwargs: Any) -> dict[str, Any]:
        """Return the values of all fields that match glob patterns.

        Parameters
        ----------
        *patterns : `str`
            Glob patterns of names.
        **kwargs
            ``regex``, ``sub``, ``ordered``: see `Schema.extract`; ``items``:
            its result, instead of patterns.

        Returns
        -------
        values : `dict` [`str`, `object`]
            Values by name.
        """
        items: Mapping[str, SchemaItemBase] | None = kwargs.pop("items", None)
        if items is None:
            items = self._block.table._schema.extract(*patterns, **kwargs)
        return {name: self.get(item.key) for name, item in items.items()}

    def __str__(self) -> str:
        fields = [item.field for item in self._block.table._schema]
        return "".join(f"{f.getName()}: {to_text(f, self.get(f.getName()))}\n" for f in fields)

    def __repr__(self) -> str:
        return f"{type(self)}\n{self}"


for _kind in FIELD_TYPES:
    setattr(BaseRecord, f"get{_kind}", _typed_getter(_kind))
    setattr(BaseRecord, f"set{_kind}", _typed_setter(_kind))


class BaseTable:
    """Factory of records with one schema, and owner of their memory.

    Use `make`, or construct a catalog from a schema.

    Parameters
    ----------
    schema : `Schema`
        Fields; aliases are copied.

    Raises
    ------
    lsst.pex.exceptions.LogicError
        Raised if the schema does not begin with the fields that all tables of this class have.
    """

    Record: ClassVar[type[BaseRecord]] = BaseRecord
    Catalog: ClassVar[Any] = None
    _minimal: ClassVar[tuple[tuple[str, str, str, str], ...]] = ()
    _component_names: ClassVar[tuple[str, ...]] = ()
    _afw_type: ClassVar[str] = "BASE"

    def __init__(self, schema: Schema) -> None:
        if not self._check_schema(schema):
            raise LogicError(
                f"a {type(self).__name__}'s schema must begin with {', '.join(m[0] for m in self._minimal)}; "
                f"it has {', '.join(schema.getOrderedNames()) or 'no fields'}."
            )
        self._schema = Schema(schema)
        self._schema.disconnectAliases()
        self._dtype = self._schema._dtype()
        self._variable_arrays = [i for i in self._schema if i.field._type.is_array and i.field._varies]
        self._metadata: PropertyList | None = None
        self._current: Block | None = None

    @classmethod
    def make(cls, schema: Schema, /) -> Self:
        """Make a table with this schema."""
        return cls(schema)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def _check_schema(cls, schema: Schema) -> bool:
        """Return whether a schema begins with the minimal one."""
        head = list(schema._items.values())[: len(cls._minimal)]
        return [(i.field.getName(), i.field.getTypeString()) for i in head] == [m[:2] for m in cls._minimal]

    @property
    def schema(self) -> Schema:
        """The fields (a copy that shares the aliases)."""
        return Schema(self._schema)

    def getSchema(self) -> Schema:
        """Return the fields (a copy that shares the aliases)."""
        return self.schema

    def getMetadata(self) -> PropertyList | None:
        """Return the metadata object, or `None`."""
        return self._metadata

    def setMetadata(self, metadata: PropertyList | None) -> None:
        """Set the metadata object (not copied); `TypeError` if it is something else."""
        if metadata is not None and not isinstance(metadata, PropertyList):
            raise TypeError(f"metadata of a table are a PropertyList, not a {type(metadata).__name__}.")
        self._metadata = metadata

    def popMetadata(self) -> PropertyList | None:
        """Remove and return the metadata."""
        metadata, self._metadata = self._metadata, None
        return metadata

    metadata = property(getMetadata, setMetadata, doc="Metadata, or `None`.")

    def preallocate(self, n: int, /) -> None:
        """Make room for the next ``n`` records in one piece of memory."""
        if self._current is None or self._current.free < n:
            self._current = Block(self, n)

    def getBufferSize(self) -> int:
        """Return how many records can be made before memory is allocated."""
        return self._current.free if self._current is not None else 0

    def clone(self) -> Self:
        """Return a table of the same schema, with a copy of the metadata."""
        new = type(self)(self._schema)
        if self._metadata is not None:
            new._metadata = self._metadata.deepCopy()
        return new

    def _allocate(self, n: int) -> tuple[Block, int]:
        """Take ``n`` adjacent rows; return their block and first row."""
        if not self._dtype.names:
            raise LengthError("a table without fields cannot have records.")
        if self._current is None or self._current.free < n:
            size = _FIRST_BLOCK if self._current is None else 2 * len(self._current.data)
            self._current = Block(self, max(n, size))
        block = self._current
        block.used += n
        return block, block.used - n

    def makeRecord(self) -> Any:
        """Make a new record that belongs to no catalog yet."""
        return self.Record(*self._allocate(1))

    def copyRecord(self, other: BaseRecord, mapper: SchemaMapper | None = None, /) -> Any:
        """Make a new record and assign another one to it."""
        record = self.makeRecord()
        record.assign(other, mapper)
        return record


class TableWithId(BaseTable):
    """A table whose schema begins with the ID and other fields of its class."""

    @classmethod
    def makeMinimalSchema(cls) -> Schema:
        """Return a new schema with the fields that every table of this class has."""
        schema = Schema()
        for name, kind, doc, units in cls._minimal:
            schema.addField(name, type=kind, doc=doc, units=units)
        return schema

    @classmethod
    def checkSchema(cls, schema: Schema) -> bool:
        """Return whether a schema begins with the minimal one."""
        return cls._check_schema(schema)
