"""Conversion of values to a type that is named, and their text."""

from __future__ import annotations

__all__ = ["KINDS", "text_of", "typed_values"]

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

import lsst.pex.exceptions as pex_exceptions

from ._date_time import DateTime
from ._values import Container, TypedValues, is_sequence, type_name

_INTEGERS = {
    "Short": range(-(2**15), 2**15),
    "Int": range(-(2**31), 2**31),
    "Long": range(-(2**63), 2**63),
    "LongLong": range(-(2**63), 2**63),
    "UnsignedLongLong": range(2**64),
}


def _integer(kind: str, value: Any) -> int | None:
    if not hasattr(value, "__index__"):
        return None
    number = int(value.__index__())
    return number if number in _INTEGERS[kind] else None


def _float(kind: str, value: Any) -> float | None:
    if not isinstance(value, Real):
        return None
    with np.errstate(over="ignore"):  # what is too large is infinite, as in C++
        return float(np.float32(value)) if kind == "Float" else float(value)


def _bool(kind: str, value: Any) -> bool | None:
    return bool(value) if isinstance(value, Real | np.bool_) else None


def _string(kind: str, value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode()
    return str(value) if isinstance(value, str) else None


def _date_time(kind: str, value: Any) -> DateTime | None:
    return value if isinstance(value, DateTime) else None


def _container(kind: str, value: Any) -> Container | None:
    return value if isinstance(value, Container) else None


_CONVERSIONS: dict[str, Callable[[str, Any], Any]] = {
    "Bool": _bool,
    **dict.fromkeys(_INTEGERS, _integer),
    "Float": _float,
    "Double": _float,
    "String": _string,
    "DateTime": _date_time,
    "PropertySet": _container,
}
KINDS = (*_CONVERSIONS, "Undef")
"""Names of all types."""


def typed_values(kind: str, name: str, value: Any) -> list[Any]:
    """Return the list of values of a type that a property is set to.

    Parameters
    ----------
    kind : `str`
        Name of the type.
    name : `str`
        Name of the property, for messages.
    value : `~typing.Any`
        A value, or a sequence of values.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the type cannot hold a value.
    """
    given = list(value) if is_sequence(value) else [value]
    values = given if kind == "Undef" else [_CONVERSIONS[kind](kind, v) for v in given]
    for before, after in zip(given, values, strict=True):
        if (after is None) != (kind == "Undef"):
            raise pex_exceptions.TypeError(f"the value {before!r} of property '{name}' is no {kind}.")
    return TypedValues(kind, values) if values and type_name(values) != kind else values


def text_of(values: list[Any]) -> str:
    """Return values as one line of text, in the formats of the stack."""
    kind = type_name(values)
    texts = [_text(kind, value) for value in values]
    return f"[ {', '.join(texts)} ]" if len(texts) > 1 else texts[0]


def _text(kind: str, value: Any) -> str:
    """Return a value as text; numbers with the digits that their type holds."""
    if isinstance(value, float):
        return f"{value:#.7g}" if kind == "Float" else f"{value:#.14g}"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, DateTime) and value.isValid():
        return value.toString(DateTime.UTC)
    return "<Unknown>" if value is None else str(value)
