"""Functor keys of arrays."""

from __future__ import annotations

__all__ = ["ArrayDKey", "ArrayFKey"]

from collections.abc import Sequence
from itertools import count, takewhile
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

import numpy as np
from numpy.typing import ArrayLike

from lsst_stacklite._overloads import bind

from ._field import KeyBase
from ._functor import CHECKS, FunctorKey
from ._schema import Schema
from ._sub_schema import SubSchema

if TYPE_CHECKING:
    from ._base import BaseRecord


class _ArrayKey(FunctorKey):
    """Key of an array stored as fields ``_0``, ``_1``, .. or as one array field.

    Parameters
    ----------
    array : `Key`
        Key of the array field; without any the key is not valid.
    parent : `SubSchema`
        What the names of the fields begin with, instead.
    elements : `~collections.abc.Sequence` [`Key`]
        Keys of the elements, instead.
    """

    _kind: ClassVar[str] = "D"

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, array: KeyBase, /) -> None: ...
    @overload
    def __init__(self, parent: SubSchema, /) -> None: ...
    @overload
    def __init__(self, elements: Sequence[KeyBase], /) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(_ArrayKey.__init__, CHECKS, (self, *args), kwargs)
        if "array" in given:
            self._keys = tuple(given["array"][i] for i in range(given["array"].getSize()))
        elif "parent" in given:
            parent, numbers = given["parent"], map(str, count())
            self._keys = tuple(parent.find(n).key for n in takewhile(parent.__contains__, numbers))
        else:
            self._keys = tuple(given.get("elements", ()))

    @overload
    @classmethod
    def addFields(cls, schema: Schema, name: str, doc: str, unit: str, docData: Sequence[float]) -> Self: ...
    @overload
    @classmethod
    def addFields(cls, schema: Schema, name: str, doc: str, unit: str, size: int) -> Self: ...
    @classmethod
    def addFields(cls, *args: Any, **kwargs: Any) -> Self:
        """Add the fields of the elements to a schema and return their key.

        Parameters
        ----------
        schema : `Schema`
            Schema to add to.
        name : `str`
            Beginning of the names.
        doc : `str`
            Documentation, possibly with a ``%`` for the entry of ``docData``.
        unit : `str`
            Unit of all elements.
        docData : `~collections.abc.Sequence`
            Part of the documentation for each element.
        size : `int`
            Number of elements, instead of ``docData``.
        """
        given = bind(_ArrayKey.addFields, CHECKS, (cls, *args), kwargs)
        schema, name, doc, unit = (given[each] for each in ("schema", "name", "doc", "unit"))
        if "size" in given:
            docs = [doc] * given["size"]
        else:
            docs = [doc % each if "%" in doc else doc for each in given["docData"]]
        return cls._of(
            [schema.addField(f"{name}_{i}", type=cls._kind, doc=d, units=unit) for i, d in enumerate(docs)]
        )

    def getSize(self) -> int:
        """Return the number of elements."""
        return len(self._keys)

    def __getitem__(self, index: Any) -> Any:
        part = self._keys[index]
        return self._of(part) if isinstance(index, slice) else part

    def slice(self, begin: int, end: int, /) -> Self:
        """Return a key of the elements ``begin`` to ``end`` (exclusive)."""
        found: Self = self[begin:end]
        return found

    def get(self, record: BaseRecord, /) -> np.ndarray:
        """Return the elements."""
        return np.array(self._values(record), dtype={"D": "f8", "F": "f4"}[self._kind])

    def set(self, record: BaseRecord, value: ArrayLike, /) -> None:
        """Set the elements."""
        self._set_values(record, np.asarray(value).tolist())


class ArrayDKey(_ArrayKey):
    """Key of an array of float64."""


class ArrayFKey(_ArrayKey):
    """Key of an array of float32."""

    _kind = "F"
