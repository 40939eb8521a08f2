"""Columns of a catalog, and flags as bits of integers."""

from __future__ import annotations

__all__ = ["BaseColumnView", "BitsColumn"]

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import ArrayLike

from lsst.pex.exceptions import LengthError, NotFoundError
from lsst_stacklite._overloads import bind

from ._field import KeyBase, SchemaItemBase

if TYPE_CHECKING:
    from ._columns import ColumnAccess
    from ._schema import Schema

_MAX_BITS = 64
"""Number of bits of the integers."""


class BitsColumn:
    """Flags of a catalog as bits of integers.

    Catalogs make them: ``catalog.getBits(names)``.

    Parameters
    ----------
    items : `~collections.abc.Sequence` [`SchemaItem`]
        The flags, from the lowest bit.
    columns : `~collections.abc.Sequence` [`numpy.ndarray`]
        Column of each flag.
    n_records : `int`
        Number of records.

    Raises
    ------
    TypeError
        Raised if a field is no flag.
    lsst.pex.exceptions.LengthError
        Raised if there are too many flags.
    """

    def __init__(
        self, items: Sequence[SchemaItemBase], columns: Sequence[np.ndarray], n_records: int
    ) -> None:
        wrong = [item.field.getName() for item in items if item.field.getTypeString() != "Flag"]
        if wrong:
            raise TypeError(f"only flags have bits, not {wrong}; leave them out.")
        if len(items) > _MAX_BITS:
            raise LengthError(f"{len(items)} flags do not fit into {_MAX_BITS} bits; name fewer.")
        self._items = list(items)
        self._array = np.zeros(n_records, np.uint64)
        for bit, column in enumerate(columns):
            self._array |= column.astype(np.uint64) << np.uint64(bit)

    def getArray(self) -> np.ndarray:
        """Return the integers (uint64), one for each record."""
        return self._array

    array = property(getArray, doc="The integers (uint64), one for each record.")

    @overload
    def getBit(self, key: KeyBase) -> int: ...
    @overload
    def getBit(self, name: str) -> int: ...
    def getBit(self, *args: Any, **kwargs: Any) -> int:
        """Return the number of the bit of a flag.

        Parameters
        ----------
        key : `Key`
            Key of the flag.
        name : `str`
            Name of the flag, instead.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if the flag has no bit.
        """
        (wanted,) = bind(BitsColumn.getBit, {"KeyBase": KeyBase}, (self, *args), kwargs).values()
        for bit, item in enumerate(self._items):
            if wanted in (item.key, item.field.getName()):
                return bit
        raise NotFoundError(f"{wanted!r} is not among the flags that have bits.")

    @overload
    def getMask(self, key: KeyBase) -> int: ...
    @overload
    def getMask(self, name: str) -> int: ...
    def getMask(self, *args: Any, **kwargs: Any) -> int:
        """Return the integer in which only the bit of a flag is set; see `getBit`."""
        return int(1 << self.getBit(*args, **kwargs))


class BaseColumnView:
    """Columns of a catalog, by name or key.

    Parameters
    ----------
    catalog : `ColumnAccess`
        Catalog.
    """

    def __init__(self, catalog: ColumnAccess) -> None:
        self._catalog = catalog

    def getSchema(self) -> Schema:
        """Return the fields of the catalog."""
        return self._catalog.schema

    def getTable(self) -> Any:
        """Return the table of the catalog."""
        return self._catalog.table

    schema = property(getSchema, doc="The fields of the catalog.")
    table = property(getTable, doc="The table of the catalog.")

    def __getitem__(self, key: str | KeyBase) -> np.ndarray:
        return self._catalog._get_column(key)

    def __setitem__(self, key: str | KeyBase, value: ArrayLike) -> None:
        self._catalog[key] = value

    def get(self, key: str | KeyBase) -> np.ndarray:
        """Return a column by name or key."""
        return self._catalog._get_column(key)

    def set(self, key: str | KeyBase, value: ArrayLike) -> None:
        """Set a column by name or key."""
        self._catalog[key] = value

    def get_bool_array(self, key: str | KeyBase) -> np.ndarray:
        """Return the column of a flag (a copy)."""
        return self._catalog._get_column(key)

    def getAllBits(self) -> BitsColumn:
        """Return all flags as bits of integers; see `getBits`."""
        return self.getBits()

    def getBits(self, keys: Iterable[str | KeyBase] | None = None) -> BitsColumn:
        """Return flags as bits of integers, one integer for each record.

        Parameters
        ----------
        keys : `~collections.abc.Iterable` [`str` or `Key`], optional
            Flags by name or key, by default all.

        Returns
        -------
        bits : `BitsColumn`
            The integers, with the bit of each flag.

        Raises
        ------
        KeyError
            Raised if there is no such field.
        TypeError
            Raised if a field is no flag.
        lsst.pex.exceptions.LengthError
            Raised if there are more than 64 flags.
        """
        schema = self._catalog._table._schema
        if keys is None:
            items = [item for item in schema if item.field.getTypeString() == "Flag"]
        else:
            items = [schema._lookup(key)[0] for key in keys]
        return BitsColumn(items, [self._catalog._get_column(item.key) for item in items], len(self._catalog))

    def extract(
        self,
        *patterns: str,
        where: Any = None,
        copy: bool = False,
        items: Mapping[str, SchemaItemBase] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return the columns whose names match glob patterns.

        Parameters
        ----------
        *patterns : `str`
            Glob patterns.
        where : `numpy.ndarray` or `slice`, optional
            Which rows; a boolean array selects by copying.
        copy : `bool`, optional
            Whether the columns are copied.
        items : `dict` [`str`, `SchemaItem`], optional
            Result of `Schema.extract`, instead of patterns.
        **kwargs
            ``regex``, ``sub``, ``ordered``: see `Schema.extract`.

        Returns
        -------
        columns : `dict` [`str`, `numpy.ndarray`]
            Columns by name. Texts make no columns and are left out.
        """
        chosen = self.schema.extract(*patterns, **kwargs) if items is None else items
        columns = {name: self[item.key] for name, item in chosen.items() if item.field._type.name != "String"}
        if where is not None:
            columns = {name: column[where] for name, column in columns.items()}
        return {name: column.copy() for name, column in columns.items()} if copy else columns
