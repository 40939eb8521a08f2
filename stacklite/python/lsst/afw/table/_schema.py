"""Schemas: the ordered fields of a catalog, with aliases."""

from __future__ import annotations

__all__ = ["Schema"]

import fnmatch
import os
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, overload

import numpy as np

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.fits import DEFAULT_HDU, MemFileManager
from lsst.afw.fits._memory import FILE_KINDS, file_of
from lsst.pex.exceptions import InvalidParameterError, LogicError, NotFoundError
from lsst_stacklite._overloads import bind

from ._alias_map import AliasMap
from ._field import FieldBase, KeyBase, SchemaItemBase, check_units, make_field, make_item, make_key
from ._sub_schema import DELIMITER, SubSchema, names_or_first_parts
from ._types import FIELD_TYPES

_FLAG_BITS = 64
"""Number of flags that the stack stores at one offset."""


class Schema:
    """Names, types, documentation and units of the columns of a catalog.

    Parameters
    ----------
    other : `Schema`, optional
        Schema to copy. Fields added to one copy do not appear in the other;
        the alias map is shared.
    """

    EQUAL_KEYS = 0x01
    EQUAL_NAMES = 0x02
    EQUAL_DOCS = 0x04
    EQUAL_UNITS = 0x08
    EQUAL_FIELDS = EQUAL_KEYS | EQUAL_NAMES | EQUAL_DOCS | EQUAL_UNITS
    EQUAL_ALIASES = 0x10
    IDENTICAL = EQUAL_FIELDS | EQUAL_ALIASES

    VERSION = 3
    """Version of the table format that is written."""

    def __init__(self, other: Schema | None = None, /) -> None:
        self._items: dict[str, SchemaItemBase] = dict(other._items) if other is not None else {}
        self._aliases: AliasMap = other._aliases if other is not None else AliasMap()
        self._record_size: int = other._record_size if other is not None else 0
        # Offset and next bit of the word that takes the next flag.
        self._flags: tuple[int, int] = other._flags if other is not None else (0, _FLAG_BITS)

    # -- building

    def addField(
        self,
        field: str | FieldBase,
        type: Any = None,  # noqa: A002
        doc: str = "",
        units: str = "",
        size: int | None = None,
        doReplace: bool = False,
        parse_strict: str = "raise",
    ) -> KeyBase:
        """Add a field at the end.

        Parameters
        ----------
        field : `str` or `Field`
            Name, or a complete field.
        type : `str`, `type` or `numpy.dtype`, optional
            Type, when ``field`` is a name.
        doc, units : `str`, optional
            Documentation and units.
        size : `int`, optional
            Characters or elements, 0 (default) for variable length.
        doReplace : `bool`, optional
            Accept an existing field of this name and type, and replace its
            documentation and units.
        parse_strict : `str`, optional
            What to do if `astropy.units.Unit` does not know the units:
            ``raise``, ``warn``, or ``silent`` (do not look).

        Returns
        -------
        key : `Key`
            Key of the field.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the name exists already.
        KeyError
            Raised if there is no such type.
        ValueError
            Raised if the units are not known.
        lsst.pex.exceptions.TypeError
            Raised if a field that is to be replaced has another type.
        """
        if isinstance(field, str):
            return self.addField(
                make_field(type, field, doc=doc, units=units, size=size, parse_strict=parse_strict),
                doReplace=doReplace,
            )
        name = field.getName()
        present = self._items.get(name)
        if present is None:
            key = self._next_key(field)
        elif not doReplace:
            raise InvalidParameterError(f"field {name!r} exists already in the schema.")
        elif present.field._layout() != field._layout():
            raise pex_exceptions.TypeError(
                f"field {name!r} exists already with another type; it cannot be replaced."
            )
        else:
            key = present.key
        self._items[name] = make_item(key, field)
        return key

    def _replace_field(self, name: str, field: FieldBase) -> KeyBase:
        """Put a field of the same type in the place of another one, and return its key.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if a third field has its name.
        """
        new_name = field.getName()
        if new_name != name and new_name in self._items:
            raise InvalidParameterError(f"field {new_name!r} exists already in the schema.")
        old = self._items[name].key
        key = make_key(old._type.name, new_name, old._size, old._offset, old._bit)
        item = make_item(key, field)
        self._items = dict((new_name, item) if n == name else (n, i) for n, i in self._items.items())
        return key

    def _next_key(self, field: FieldBase) -> KeyBase:
        """Return the key of a field that is added at the end, and count its bytes."""
        kind, size = field._type, field._size
        if kind.name != "Flag":
            offset, self._record_size = kind.place_after(self._record_size, size)
            return make_key(kind.name, field.getName(), size, offset)
        offset, bit = self._flags
        if bit == _FLAG_BITS:
            offset, self._record_size = FIELD_TYPES["L"].place_after(self._record_size, 1)
            bit = 0
        self._flags = offset, bit + 1
        return make_key("Flag", field.getName(), 1, offset, bit)

    # -- finding

    def _item(self, key: KeyBase) -> SchemaItemBase | None:
        item = self._items.get(key._name) if key._name is not None else None
        if item is not None and (item.key is key or key._is_of(item.field, item.key)):
            return item
        # A key of another schema, in which the field that is stored there has another name.
        return next((i for i in self._items.values() if key.isValid() and i.key == key), None)

    def _resolve(self, name: str) -> SchemaItemBase | None:
        item = self._items.get(name)
        if item is None or self._aliases:
            item = self._items.get(self._aliases.apply(name))
        return item

    def find(self, name: str | KeyBase, /) -> SchemaItemBase:
        """Find a field by name (through aliases) or key.

        Raises
        ------
        KeyError
            Raised if there is no field of this name.
        lsst.pex.exceptions.NotFoundError
            Raised if there is no field with this key.
        """
        if isinstance(name, KeyBase):
            return self._find_key(name)
        item = self._resolve(name)
        if item is None:
            raise KeyError(f"field {name!r} is not in the schema.")
        return item

    def _lookup(self, key: str | KeyBase) -> tuple[SchemaItemBase, int | slice | None]:
        """Return the field whose values a name or a key means, and which elements.

        A key is one of this schema, or one of a field of the same name and
        type in another.

        Raises
        ------
        KeyError
            Raised if there is none.
        lsst.pex.exceptions.LogicError
            Raised if the key is not valid.
        """
        if isinstance(key, str):
            return self.find(key), None
        if not hasattr(key, "_part"):  # the class of keys of a type, or no key at all
            raise TypeError(f"values are found by name or key, not by {key!r}.")
        if key._name is None:
            raise LogicError("the key is not valid: it belongs to no field. Take it from a schema.")
        item = self._items.get(key._name)
        if item is None or not key._fits(item.field):
            item = self._item(key)
        if item is None:
            raise KeyError(f"{key!r} is not a key of the schema.")
        return item, key._part

    def _find_key(self, key: KeyBase) -> SchemaItemBase:
        item = self._item(key)
        if item is None:
            raise NotFoundError(f"{key!r} is not a key of the schema.")
        if isinstance(key._part, int):
            field = make_field(key._type.name, f"{key._name}[{key._part}]", item.field.getDoc(), "")
            return make_item(key, field)
        return item

    def __contains__(self, name: object) -> bool:
        if isinstance(name, KeyBase):
            return self._item(name) is not None
        return isinstance(name, str) and self._resolve(name) is not None

    def contains(self, other: Schema, flags: int = EQUAL_KEYS) -> int:
        """Compare the beginning of this schema with another one.

        Parameters
        ----------
        other : `Schema`
            Schema to compare with.
        flags : `int`, optional
            Combination of the ``EQUAL_`` constants to test.

        Returns
        -------
        same : `int`
            Those of ``flags`` that hold for the fields of ``other``; none if
            this schema has fewer.

        Raises
        ------
        TypeError
            Raised if the other one is no schema.
        """
        _require_schema(other)
        head = islice(self._items.values(), len(other._items))
        return _compare(head, other, self._aliases.contains(other._aliases)) & flags

    def compare(self, other: Schema, flags: int = EQUAL_KEYS) -> int:
        """Compare two schemas.

        Parameters
        ----------
        other : `Schema`
            Schema to compare with.
        flags : `int`, optional
            Combination of the ``EQUAL_`` constants to test.

        Returns
        -------
        same : `int`
            Those of ``flags`` that hold; 0 if the numbers of fields differ.

        Raises
        ------
        TypeError
            Raised if the other one is no schema.
        """
        _require_schema(other)
        return _compare(self._items.values(), other, self._aliases == other._aliases) & flags

    def __eq__(self, other: object) -> bool:
        """Return whether types and sizes are equal; the stack compares nothing else."""
        if not isinstance(other, Schema):
            return NotImplemented
        return self.compare(other, self.EQUAL_KEYS) == self.EQUAL_KEYS

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, name: str) -> SubSchema:
        """Return the fields that begin with a name; there may be none."""
        return SubSchema(self, name)

    # -- contents

    def __iter__(self) -> Iterator[SchemaItemBase]:
        return iter(list(self._items.values()))

    def getNames(self, topOnly: bool = False) -> set[str]:
        """Return field names, or their first parts (see `getOrderedNames` for the order)."""
        return names_or_first_parts(self._items, topOnly)

    def getOrderedNames(self) -> list[str]:
        """Return field names in order."""
        return list(self._items)

    def getFieldCount(self) -> int:
        """Return the number of fields, flags included."""
        return len(self._items)

    def getFlagFieldCount(self) -> int:
        """Return the number of flags."""
        return sum(i.field.getTypeString() == "Flag" for i in self._items.values())

    def getNonFlagFieldCount(self) -> int:
        """Return the number of fields that are not flags."""
        return self.getFieldCount() - self.getFlagFieldCount()

    def getRecordSize(self) -> int:
        """Return the number of bytes of a record of the stack."""
        return self._record_size

    def checkUnits(self, parse_strict: str = "raise") -> None:
        """Check the units of all fields.

        Parameters
        ----------
        parse_strict : `str`, optional
            What to do if `astropy.units.Unit` does not know units: ``raise``,
            ``warn``, or ``silent``.

        Raises
        ------
        ValueError
            Raised if units are not known.
        """
        for item in self._items.values():
            check_units(item.field.getUnits(), parse_strict)

    def extract(
        self, *patterns: str, regex: Any = None, sub: str | None = None, ordered: bool = True
    ) -> dict[str, SchemaItemBase]:
        """Return the fields whose names match glob patterns (or a regular expression).

        Parameters
        ----------
        *patterns : `str`
            Glob patterns.
        regex : `str` or `re.Pattern`, optional
            Regular expression that the beginning of the name must match.
        sub : `str`, optional
            Template (see `re.Match.expand`) of the names of the result, for
            names that ``regex`` matches.
        ordered : `bool`, optional
            Accepted as in the stack; the result is always in order.

        Returns
        -------
        items : `dict` [`str`, `SchemaItem`]
            Matches; names that aliases give to a field follow it.

        Raises
        ------
        ValueError
            Raised if ``sub`` is given without ``regex``.
        """
        if sub is not None and regex is None:
            raise ValueError("'sub' needs a 'regex' whose groups it can refer to.")
        additional = self._names_by_alias()
        found = {}
        for own, item in self._items.items():
            for name in (own, *additional.get(own, ())):
                match = None if regex is None else re.match(regex, name)
                if match is not None:
                    found[name if sub is None else match.expand(sub)] = item
                elif any(fnmatch.fnmatchcase(name, p) for p in patterns):
                    found[name] = item
        return found

    def _names_by_alias(self) -> dict[str, list[str]]:
        """Return, for each field that has some, the additional names that aliases give it."""
        names: dict[str, list[str]] = {}
        ordered = sorted(self._items) if self._aliases else []
        for alias, target in self._aliases.items():
            for name in islice(ordered, bisect_left(ordered, target), None):
                if not name.startswith(target):
                    break
                names.setdefault(name, []).append(alias + name[len(target) :])
        return names

    @overload
    def join(self, a: str, b: str) -> str: ...
    @overload
    def join(self, a: str, b: str, c: str) -> str: ...
    @overload
    def join(self, a: str, b: str, c: str, d: str) -> str: ...
    def join(self, *args: str, **kwargs: str) -> str:
        """Join up to four parts of a name with the delimiter."""
        return DELIMITER.join(bind(Schema.join, {}, (self, *args), kwargs).values())

    def getAliasMap(self) -> AliasMap:
        """Return the aliases, shared with all copies of the schema."""
        return self._aliases

    def setAliasMap(self, aliases: AliasMap | None) -> None:
        """Replace the aliases of this copy of the schema."""
        self._aliases = AliasMap() if aliases is None else aliases

    def disconnectAliases(self) -> None:
        """Stop sharing the aliases with other copies of the schema."""
        self._aliases = AliasMap(self._aliases)

    @overload
    @staticmethod
    def readFits(filename: str | os.PathLike[str], hdu: int = DEFAULT_HDU) -> Schema: ...
    @overload
    @staticmethod
    def readFits(manager: MemFileManager, hdu: int = DEFAULT_HDU) -> Schema: ...
    @staticmethod
    def readFits(*args: Any, **kwargs: Any) -> Schema:
        """Read the schema of a catalog file (without ID columns of objects).

        Parameters
        ----------
        filename : `str` or `os.PathLike`
            Path.
        hdu : `int`, optional
            0-based HDU; by default 1.
        """
        # The reader makes schemas: the two need each other.
        from ._fits_read import read_schema

        given = bind(Schema.readFits, FILE_KINDS, args, kwargs)
        return read_schema(file_of(given), given.get("hdu", DEFAULT_HDU))

    def __repr__(self) -> str:
        lines = [repr(item.field) for item in self._items.values()]
        lines += [f"{alias!r}->{target!r}" for alias, target in self._aliases.items()]
        return "Schema(\n    " + ",\n    ".join(lines) + "\n)"

    def _dtype(self) -> np.dtype[Any]:
        """Return the numpy layout of rows (fields by name)."""
        return np.dtype([(n, *i.field._type.storage(i.field._size)) for n, i in self._items.items()])


def _require_schema(other: object) -> None:
    if not isinstance(other, Schema):
        raise TypeError(f"a schema is compared with a Schema, not with a {type(other).__name__}.")


def _compare(items: Iterable[SchemaItemBase], other: Schema, has_equal_aliases: bool) -> int:
    """Return the ``EQUAL_`` constants that hold for items and a schema; none if their numbers differ."""
    mine, theirs = list(items), list(other._items.values())
    if len(mine) != len(theirs):
        return 0
    pairs = [(a.field, b.field) for a, b in zip(mine, theirs, strict=True)]
    holds = {
        Schema.EQUAL_KEYS: all(a._layout() == b._layout() for a, b in pairs),
        Schema.EQUAL_NAMES: all(a.getName() == b.getName() for a, b in pairs),
        Schema.EQUAL_DOCS: all(a.getDoc() == b.getDoc() for a, b in pairs),
        Schema.EQUAL_UNITS: all(a.getUnits() == b.getUnits() for a, b in pairs),
        Schema.EQUAL_ALIASES: has_equal_aliases,
    }
    return sum(flag for flag, is_equal in holds.items() if is_equal)
