"""Values as users see them, and as they are stored."""

from __future__ import annotations

__all__ = ["column_to_python", "to_python", "to_storage", "to_text"]

import operator
from typing import Any

import numpy as np

from lsst.geom import Angle
from lsst.pex.exceptions import LengthError

from ._field import FieldBase


def to_python(field: FieldBase, value: Any) -> Any:
    """Convert one stored value to the form that users get."""
    kind = field._type.name
    if field._type.is_array:
        return value
    if kind == "String":
        return value if isinstance(value, str) else value.decode("utf-8", "replace")
    return Angle(float(value)) if kind == "Angle" else value.item()


def to_text(field: FieldBase, value: Any) -> str:
    """Return a value that users get as text: numbers with six digits, as the stack writes them."""
    kind = field._type
    if kind.is_array:
        return f"[{', '.join(_number_to_text(element) for element in value.tolist())}]"
    if kind.name == "Angle":
        return f"{value.asRadians():g} rad"
    return value if kind.name == "String" else _number_to_text(value)


def _number_to_text(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) else str(int(value))


def column_to_python(field: FieldBase, column: np.ndarray) -> np.ndarray:
    """Convert a stored column to the form that users get: a view, except for strings and flags."""
    kind = field._type.name
    if kind == "String" and not field._varies:
        return np.char.decode(column, "utf-8", "replace").astype(f"U{field._size}")
    if kind == "String":
        return column.astype(str) if len(column) else np.zeros(0, str)
    if kind == "Flag":
        column = column.copy()
        # The stack has no view of flags, and refuses what would be lost.
        column.flags.writeable = False
    return column


def to_storage(field: FieldBase, value: Any) -> Any:
    """Convert a value that a user gives to its stored form.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        Raised if a text or an array does not fit.
    TypeError
        Raised if the type does not fit.
    """
    kind = field._type.name
    if field._type.is_array:
        return _array_to_storage(field, value)
    if kind == "String":
        return _string_to_storage(field, value)
    if isinstance(value, str | bytes):
        raise TypeError(f"field {field.getName()!r} of type {kind} cannot hold the text {value!r}.")
    if kind == "Flag":
        return bool(value)
    if kind == "Angle":
        return value.asRadians() if hasattr(value, "asRadians") else float(value)
    assert field._type.element is not None
    return float(value) if field._type.element.kind == "f" else operator.index(value)


def _string_to_storage(field: FieldBase, value: Any) -> Any:
    if not isinstance(value, str):
        raise TypeError(f"field {field.getName()!r} holds text, not {type(value).__name__}.")
    if field._size == 0:
        return value
    encoded = value.encode("utf-8")
    if len(encoded) > field._size:
        raise LengthError(
            f"{value!r} has {len(encoded)} characters; field {field.getName()!r} holds {field._size}."
        )
    return encoded


def _array_to_storage(field: FieldBase, value: Any) -> Any:
    array = np.asarray(value)
    if field._size and array.shape != (field._size,):
        raise LengthError(
            f"field {field.getName()!r} takes an array of shape ({field._size},), not {array.shape}."
        )
    if array.ndim != 1:
        raise LengthError(f"field {field.getName()!r} holds a list of numbers, not shape {array.shape}.")
    element = field._type.element
    assert element is not None
    if array.dtype.kind == "f" and element.kind in "iu" and array.size:
        raise TypeError(f"field {field.getName()!r} holds integers.")
    # The array itself is shared, as in the stack, if it has the right type.
    return array.astype(element, copy=False) if field._size == 0 else array
