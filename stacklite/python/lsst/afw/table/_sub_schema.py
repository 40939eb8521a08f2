"""The part of a schema whose field names have the same beginning."""

from __future__ import annotations

__all__ = ["DELIMITER", "SubSchema", "names_or_first_parts"]

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lsst.pex.exceptions import NotFoundError

from ._field import FieldBase, KeyBase, SchemaItemBase

if TYPE_CHECKING:
    from ._schema import Schema

DELIMITER = "_"
"""Delimiter between the parts of a field name."""


def names_or_first_parts(names: Iterable[str], top_only: bool) -> set[str]:
    """Return names, or their parts before the first delimiter."""
    return {name.split(DELIMITER)[0] if top_only else name for name in names}


class SubSchema:
    """The fields whose names begin with a prefix.

    Parameters
    ----------
    schema : `Schema`
        The whole schema.
    prefix : `str`
        First part of the names, possibly an alias.
    """

    def __init__(self, schema: Schema, prefix: str) -> None:
        self._schema = schema
        self._prefix = prefix

    def getPrefix(self) -> str:
        """Return the prefix."""
        return self._prefix

    def _full(self) -> SchemaItemBase:
        item = self._schema._resolve(self._prefix)
        if item is None:
            raise NotFoundError(f"{self._prefix!r} is not a field of the schema.")
        return item

    def asKey(self) -> KeyBase:
        """Return the key of the field that has exactly this name."""
        return self._full().key

    def asField(self) -> FieldBase:
        """Return the field that has exactly this name."""
        return self._full().field

    def find(self, name: str, /) -> SchemaItemBase:
        """Find a field by the rest of its name.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if there is none.
        """
        item = self._schema._resolve(self._name(name))
        if item is None:
            raise NotFoundError(f"field {self._name(name)!r} is not in the schema.")
        return item

    def getNames(self, topOnly: bool = False) -> set[str]:
        """Return the rest of the names of all fields with this prefix."""
        prefix = self._schema._aliases.apply(self._prefix) + DELIMITER
        rest = [n.removeprefix(prefix) for n in self._schema._items if n.startswith(prefix)]
        return names_or_first_parts(rest, topOnly)

    def _name(self, rest: str) -> str:
        """Return the full name of a field."""
        return self._prefix + DELIMITER + rest

    def __contains__(self, name: str) -> bool:
        return self._name(name) in self._schema

    def __getitem__(self, name: str) -> SubSchema:
        return self._schema[self._name(name)]
