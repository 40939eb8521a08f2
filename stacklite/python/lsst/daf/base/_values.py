"""Values that properties may have, and their types."""

from __future__ import annotations

__all__ = ["Container", "as_values", "both_integer", "same_values", "type_name"]

import math
import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

import lsst.pex.exceptions as pex_exceptions

from ._date_time import DateTime

_SIMPLE = frozenset({bool, float, str, type(None)})
_INT32 = range(-(2**31), 2**31)


class Container:
    """Base of `PropertySet`: a single value, although it can be iterated."""


def as_values(name: str, value: Any) -> list[Any]:
    """Return the list of values that a property is set to: those of a sequence, or a single one."""
    if type(value) in _SIMPLE:
        return [value]
    if isinstance(value, str | Container | DateTime) or not hasattr(value, "__iter__"):
        return [_as_value(name, value)]
    if isinstance(value, Mapping):
        raise pex_exceptions.TypeError(
            f"property '{name}' cannot be set to a mapping: use PropertySet.from_mapping."
        )
    values = [v if type(v) in _SIMPLE else _as_value(name, v) for v in value]
    if not values:
        raise ValueError(f"property '{name}' cannot be set to an empty sequence.")
    kinds = {type_name([v]) for v in values}
    if len(kinds) > 1 and not kinds <= {"Int", "LongLong"}:
        raise pex_exceptions.TypeError(
            f"the values of property '{name}' have several types: {sorted(kinds)}."
        )
    return values


def _as_value(name: str, value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | float | str | DateTime | Container):
        return value
    if not hasattr(value, "__index__"):
        raise pex_exceptions.TypeError(
            f"a value of type {type(value).__name__} cannot be held by property '{name}'."
        )
    number = operator.index(value)
    if not -(2**63) <= number < 2**64:
        raise pex_exceptions.TypeError(f"the value {number} of property '{name}' does not fit into 64 bits.")
    return number


def type_name(values: list[Any]) -> str:
    """Return the name of the type of a list of values."""
    value = values[-1]
    if isinstance(value, bool):
        return "Bool"
    if isinstance(value, int):
        return "Int" if all(v in _INT32 for v in values) else "LongLong"
    if value is None:
        return "Undef"
    if isinstance(value, Container):
        return "PropertySet"
    return {float: "Double", str: "String", DateTime: "DateTime"}[type(value)]


def both_integer(a: list[Any], b: list[Any]) -> bool:
    """Return whether two lists hold integers, of whatever size."""
    return {type_name(a), type_name(b)} <= {"Int", "LongLong"}


def same_values(a: list[Any], b: list[Any]) -> bool:
    """Return whether two lists are equal; NaN equals NaN."""
    return len(a) == len(b) and all(map(_same_value, a, b))


def _same_value(a: Any, b: Any) -> bool:
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    return type(a) is type(b) and bool(a == b)
