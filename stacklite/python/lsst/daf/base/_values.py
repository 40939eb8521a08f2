"""Values that properties may have, and their types."""

from __future__ import annotations

__all__ = [
    "Container",
    "TypedValues",
    "addable",
    "as_values",
    "copied",
    "is_sequence",
    "same_values",
    "type_name",
    "widened",
]

import math
import operator
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

import lsst.pex.exceptions as pex_exceptions

from ._date_time import DateTime

_SIMPLE = frozenset({bool, float, str, type(None)})
_NAMES = {bool: "Bool", float: "Double", str: "String", type(None): "Undef", DateTime: "DateTime"}
_INT32 = range(-(2**31), 2**31)
_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)


class Container:
    """Base of `PropertySet`: a single value, although it can be iterated."""


class TypedValues(list[Any]):
    """Values of a type that they do not show themselves, such as a small ``LongLong``.

    Parameters
    ----------
    kind : `str`
        Name of the type.
    values : iterable
        Values.
    """

    __slots__ = ("kind",)

    def __init__(self, kind: str = "", values: Iterable[Any] = ()) -> None:
        super().__init__(values)
        self.kind = kind


def as_values(name: str, value: Any) -> list[Any]:
    """Return the list of values that a property is set to: those of a sequence, or a single one."""
    if type(value) in _SIMPLE:
        return [value]
    if not is_sequence(value):
        return [_as_value(name, value)]
    if isinstance(value, Mapping):
        raise pex_exceptions.TypeError(
            f"property '{name}' cannot be set to a mapping: use PropertySet.from_mapping."
        )
    values = [v if type(v) in _SIMPLE else _as_value(name, v) for v in value]
    kinds = {type(v) for v in values}
    if len(kinds) < 2 and int not in kinds:
        return values
    if kinds == {int, float} and type(values[0]) is float:
        return list(map(float, values))
    if kinds == {int} and type_name(values) != "Mixed":
        return values
    found = sorted({type_name([v]) for v in values})
    raise pex_exceptions.TypeError(f"the values of property '{name}' have several types: {found}.")


def is_sequence(value: Any) -> bool:
    """Return whether a value stands for several ones."""
    return hasattr(value, "__iter__") and not isinstance(value, str | bytes | Container)


def _as_value(name: str, value: Any) -> Any:
    """Return a single value as an object of one of the types that are told apart.

    Of the types of NumPy these are integers, and those that are types of Python, too (agrees with the stack).
    """
    if value is None or isinstance(value, bool | DateTime | Container):
        return value
    for kind in (float, str):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, np.bool_) or not hasattr(value, "__index__"):
        raise pex_exceptions.TypeError(
            f"a value of type {type(value).__name__} cannot be held by property '{name}'."
        )
    number = int(operator.index(value))
    if number not in _INT64 and number not in _UINT64:
        raise pex_exceptions.RuntimeError(
            f"the value {number} of property '{name}' does not fit into 64 bits."
        )
    return number


def type_name(values: list[Any]) -> str:
    """Return the name of the type of a list of values; ``Mixed`` for integers that no type can hold."""
    if type(values) is TypedValues:
        return values.kind
    kind = type(values[-1])
    if kind is not int:
        return _NAMES.get(kind, "PropertySet")
    for name, numbers in (("Int", _INT32), ("LongLong", _INT64), ("UnsignedLongLong", _UINT64)):
        if all(v in numbers for v in values):
            return name
    return "Mixed"


def addable(values: list[Any], added: list[Any]) -> bool:
    """Return whether values can follow others in one property."""
    last, new = type(values[-1]), type(added[-1])
    if type(values) is TypedValues:
        fits = values.kind in ("LongLong", "UnsignedLongLong") and type_name([*added]) in ("Int", values.kind)
        numbers = _UINT64 if values.kind == "UnsignedLongLong" else _INT64
        return type_name(added) == values.kind or (
            fits and type(added) is list and all(v in numbers for v in added)
        )
    if type(added) is TypedValues:
        return type_name(values) == added.kind
    if last is int and new is int and not all(v in _INT64 for v in (values[-1], *added)):
        return type_name([*values, *added]) != "Mixed"
    return last is new or (isinstance(values[-1], Container) and isinstance(added[-1], Container))


def widened(values: list[Any], old: list[Any]) -> list[Any]:
    """Return integers of the type that a property has already, if that is a wider one that can hold them."""
    kind = type_name(old)
    if kind not in ("LongLong", "UnsignedLongLong") or type_name(values) == "UnsignedLongLong":
        return values
    return TypedValues("LongLong" if min(values) < 0 else kind, values)


def copied(values: list[Any]) -> list[Any]:
    """Return a copy of a list of values, of the same type."""
    return TypedValues(values.kind, values) if type(values) is TypedValues else list(values)


def same_values(a: list[Any], b: list[Any]) -> bool:
    """Return whether two lists and their types are equal; NaN equals NaN."""
    if TypedValues in (type(a), type(b)) and type_name(a) != type_name(b):
        return False
    return len(a) == len(b) and all(map(_same_value, a, b))


def _same_value(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    return type(a) is type(b) and bool(a == b)
