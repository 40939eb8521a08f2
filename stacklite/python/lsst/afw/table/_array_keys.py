"""Functor keys of arrays."""

from __future__ import annotations

__all__ = ["ArrayDKey", "ArrayFKey"]

from collections.abc import Sequence
from itertools import count, pairwise, takewhile
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

import numpy as np
from numpy.typing import ArrayLike

from lsst.pex.exceptions import InvalidParameterError, LengthError
from lsst_stacklite._overloads import bind

from ._field import ArrayKeyBase, KeyBase, checked_bounds
from ._functor import CHECKS, FunctorKey
from ._schema import Schema
from ._sub_schema import SubSchema

if TYPE_CHECKING:
    from ._base import BaseRecord


_DTYPES: dict[str, np.dtype[Any]] = {"D": np.dtype("f8"), "F": np.dtype("f4")}


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

    Raises
    ------
    lsst.pex.exceptions.NotFoundError
        Raised if there is no field ``_0``.
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
            self._keys = self._of_array(given["array"])
        elif "parent" in given:
            parent, numbers = given["parent"], map(str, count(1))
            others = takewhile(parent.__contains__, numbers)
            self._keys = tuple(parent.find(n).key for n in ("0", *others))
        else:
            self._keys = tuple(given.get("elements", ()))
        self._check()

    @classmethod
    def _of_array(cls, array: KeyBase) -> tuple[KeyBase, ...]:
        if array.getTypeString() != f"Array{cls._kind}":
            raise TypeError(f"an {cls.__name__} is made of a key of type Array{cls._kind}, not of {array!r}.")
        assert isinstance(array, ArrayKeyBase)
        return tuple(array[i] for i in range(array.getSize() or 1))

    def _check(self) -> None:
        """Check that the elements follow each other, as those of an array."""
        for key in self._keys:
            if key.getTypeString() != self._kind:
                raise TypeError(
                    f"an {type(self).__name__} is made of keys of type {self._kind}, not of {key!r}."
                )
        for before, after in pairwise(self._keys):
            if after.getOffset() - before.getOffset() != _DTYPES[self._kind].itemsize:
                raise InvalidParameterError(
                    f"{after!r} does not follow {before!r} in records; add the fields of an array together."
                )

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
            [
                schema.addField(f"{name}_{i}", type=cls._kind, doc=d, units=unit, parse_strict="silent")
                for i, d in enumerate(docs)
            ]
        )

    def getSize(self) -> int:
        """Return the number of elements."""
        return len(self._keys)

    def __getitem__(self, index: Any) -> Any:
        """Return the key of an element, or of adjacent elements.

        Raises
        ------
        IndexError
            Raised if there is no such element, or if a slice has a step.
        lsst.pex.exceptions.LengthError
            Raised if a slice is empty.
        """
        if not isinstance(index, slice):
            return self._keys[index]
        if index.step not in (None, 1):
            raise IndexError(f"the step of a slice of an {type(self).__name__} must be 1, not {index.step}.")
        if not self._keys[index]:
            raise LengthError(f"there are no elements {index.start} to {index.stop} of {len(self._keys)}.")
        return self._of(self._keys[index])

    def slice(self, begin: int, end: int, /) -> Self:
        """Return a key of the elements ``begin`` to ``end`` (exclusive).

        Raises
        ------
        TypeError
            Raised if a number is negative.
        lsst.pex.exceptions.LengthError
            Raised if there are no such elements, or none at all.
        """
        begin, end = checked_bounds(begin, end, len(self._keys))
        found: Self = self[begin:end]
        return found

    def get(self, record: BaseRecord, /) -> np.ndarray:
        """Return the elements."""
        return np.array(self._values(record), dtype=_DTYPES[self._kind])

    def set(self, record: BaseRecord, value: ArrayLike, /) -> None:
        """Set the elements.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if there are more or fewer of them.
        """
        values = np.asarray(value).tolist()
        if self._keys and len(values) != len(self._keys):
            raise LengthError(f"the array has {len(self._keys)} elements, not {len(values)}.")
        self._set_values(record, values)


class ArrayDKey(_ArrayKey):
    """Key of an array of float64."""


class ArrayFKey(_ArrayKey):
    """Key of an array of float32."""

    _kind = "F"
