"""The base of functor keys."""

from __future__ import annotations

__all__ = ["CHECKS", "FunctorKey"]

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from lsst.pex.exceptions import LogicError
from lsst_stacklite._overloads import is_sequence

from ._field import KeyBase
from ._schema import Schema
from ._sub_schema import SubSchema

if TYPE_CHECKING:
    from ._base import BaseRecord

CHECKS: Mapping[str, Any] = {
    "KeyBase": KeyBase,
    "Schema": Schema,
    "Sequence[KeyBase]": is_sequence,
    "SubSchema": SubSchema,
}
"""Types of the arguments of functor keys by annotation, see `lsst_stacklite._overloads.bind`."""


class FunctorKey:
    """Keys of several fields, in order."""

    _names: ClassVar[tuple[str, ...]] = ()
    _keys: tuple[KeyBase, ...]

    @classmethod
    def _of(cls, keys: Sequence[KeyBase]) -> Self:
        new = cls.__new__(cls)
        new._keys = tuple(keys)
        return new

    def _take(self, given: Mapping[str, Any]) -> None:
        """Take the keys from the arguments of a constructor.

        Parameters
        ----------
        given : `~collections.abc.Mapping` [`str`, `~typing.Any`]
            Keys of fields, or functor keys that have several, in order; or ``parent`` (a `SubSchema`), whose
            fields have the names of this class.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if the parent lacks a field.
        """
        if "parent" in given:
            self._keys = tuple(given["parent"].find(name).key for name in self._names)
        else:
            parts = (key._keys if isinstance(key, FunctorKey) else (key,) for key in given.values())
            self._keys = tuple(key for part in parts for key in part)

    def isValid(self) -> bool:
        """Return whether all keys belong to fields."""
        return bool(self._keys) and all(k.isValid() for k in self._keys)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._keys == other._keys

    __hash__ = None  # type: ignore[assignment]

    def _valid_keys(self) -> tuple[KeyBase, ...]:
        """Return the keys, of which those of a record find out whether they are valid."""
        if not self._keys:
            raise LogicError(f"the {type(self).__name__} is not valid: it belongs to no fields.")
        return self._keys

    def _values(self, record: BaseRecord) -> list[Any]:
        return [record.get(k) for k in self._valid_keys()]

    def _set_values(self, record: BaseRecord, values: Sequence[Any]) -> None:
        for key, value in zip(self._valid_keys(), values, strict=True):
            record.set(key, value)
