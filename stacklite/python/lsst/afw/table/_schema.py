"""Schemas: the ordered fields of a catalog, with aliases."""

from __future__ import annotations

__all__ = ["Schema"]

import fnmatch
import os
import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice
from typing import Any, overload

import numpy as np

from lsst.afw.fits import DEFAULT_HDU
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._overloads import bind

from ._alias_map import AliasMap
from ._field import FieldBase, KeyBase, SchemaItemBase, make_field, make_item, make_key
from ._sub_schema import DELIMITER, SubSchema, names_or_first_parts


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
        InvalidParameterError
            Raised if the name exists already.
        KeyError
            Raised if there is no such type.
        ValueError
            Raised if the units are not known.
        """
        if isinstance(field, str):
            return self.addField(
                make_field(type, field, doc=doc, units=units, size=size, parse_strict=parse_strict),
                doReplace=doReplace,
            )
        name = field.getName()
        present = self._items.get(name)
        if present is None:
            key = make_key(field._type.name, name, field.getSize())
        elif not doReplace:
            raise InvalidParameterError(f"field {name!r} exists already in the schema.")
        elif present.field._layout() != field._layout():
            raise TypeError(f"field {name!r} exists already with another type; it cannot be replaced.")
        else:
            key = present.key
        self._items[name] = make_item(key, field)
        return key

    # -- finding

    def _item(self, key: KeyBase) -> SchemaItemBase | None:
        item = self._items.get(key._name) if key._name is not None else None
        return item if item is not None and (key._part is not None or item.key == key) else None

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
            Raised if there is none.
        """
        item = self._item(name) if isinstance(name, KeyBase) else self._resolve(name)
        if item is None:
            raise KeyError(f"field or key {name!r} is not in the schema.")
        if isinstance(name, KeyBase) and isinstance(name._part, int):
            field = make_field(name._type.name, f"{name._name}[{name._part}]", item.field.getDoc(), "")
            return make_item(name, field)
        return item

    def __contains__(self, name: object) -> bool:
        if isinstance(name, SchemaItemBase):
            return any(item.key == name.key for item in self._items.values())
        found = (
            self._item(name)
            if isinstance(name, KeyBase)
            else self._resolve(name)
            if isinstance(name, str)
            else None
        )
        return found is not None

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
        """
        if len(other._items) > len(self._items):
            return 0
        same = _compare_items(list(self._items.values())[: len(other._items)], list(other._items.values()))
        if self._aliases.contains(other._aliases):
            same |= self.EQUAL_ALIASES
        return same & flags

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
            Those of ``flags`` that hold.
        """
        if len(self._items) != len(other._items):
            same = 0
        else:
            same = _compare_items(list(self._items.values()), list(other._items.values()))
        if self._aliases == other._aliases:
            same |= self.EQUAL_ALIASES
        return same & flags

    def __eq__(self, other: object) -> bool:
        """Return whether types and sizes are equal; the stack compares nothing else."""
        if not isinstance(other, Schema):
            return NotImplemented
        return self.compare(other, self.EQUAL_KEYS) == self.EQUAL_KEYS

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, name: str) -> SubSchema:
        resolved = self._aliases.apply(name)
        prefix = resolved + DELIMITER
        if resolved not in self._items and not any(n.startswith(prefix) for n in self._items):
            raise KeyError(f"no field is called {name!r}, or begins with {name + DELIMITER!r}.")
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

    @staticmethod
    def readFits(filename: str | os.PathLike[str], hdu: int = DEFAULT_HDU) -> Schema:
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

        return read_schema(filename, hdu)

    def __repr__(self) -> str:
        lines = [repr(item.field) for item in self._items.values()]
        lines += [f"{alias!r}->{target!r}" for alias, target in self._aliases.items()]
        return "Schema(\n    " + ",\n    ".join(lines) + "\n)"

    def _dtype(self) -> np.dtype[Any]:
        """Return the numpy layout of rows (fields by name)."""
        return np.dtype([(n, *i.field._type.storage(i.field.getSize())) for n, i in self._items.items()])


def _compare_items(mine: list[SchemaItemBase], theirs: list[SchemaItemBase]) -> int:
    pairs = [(a.field, b.field) for a, b in zip(mine, theirs, strict=True)]
    same = 0
    if all(a._layout() == b._layout() for a, b in pairs):
        same |= Schema.EQUAL_KEYS
    if all(a.getName() == b.getName() for a, b in pairs):
        same |= Schema.EQUAL_NAMES
    if all(a.getDoc() == b.getDoc() for a, b in pairs):
        same |= Schema.EQUAL_DOCS
    if all(a.getUnits() == b.getUnits() for a, b in pairs):
        same |= Schema.EQUAL_UNITS
    return same
