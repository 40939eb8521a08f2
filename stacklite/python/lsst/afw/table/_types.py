"""The field types of catalogs: names, dtypes, defaults and FITS letters."""

from __future__ import annotations

__all__ = ["FIELD_TYPES", "FieldType", "field_type"]

from dataclasses import dataclass
from typing import Any

import numpy as np

from lsst.geom import Angle

_VARIABLE_TEXT, _VARIABLE_ARRAY = 32, 16
"""Sizes in bytes of the objects by which the stack stores values of variable length."""


@dataclass(frozen=True)
class FieldType:
    """One type that a field can have.

    Parameters
    ----------
    name : `str`
        The stack's name, e.g. ``ArrayF``.
    element : `numpy.dtype` or `None`
        Type of one element; `None` for strings.
    letter : `str`
        FITS TFORM letter.
    is_array : `bool`
        Whether values are arrays (of fixed or variable length).
    """

    name: str
    element: np.dtype[Any] | None
    letter: str
    is_array: bool = False

    @property
    def is_sized(self) -> bool:
        """Whether fields of this type have a size."""
        return self.is_array or self.name == "String"

    def storage(self, size: int) -> tuple[Any, ...]:
        """Return the numpy format of a field of ``size`` elements (0 = variable)."""
        if self.is_sized and size == 0:
            return ("O",)
        if self.name == "String":
            return (f"S{size}",)
        return (self.element, (size,)) if self.is_array else (self.element,)

    def place_after(self, end: int, size: int) -> tuple[int, int]:
        """Return where the stack stores a field that follows others, as begin and end.

        Parameters
        ----------
        end : `int`
            Number of bytes of the fields before.
        size : `int`
            Number of elements, 0 for variable length.
        """
        if self.is_sized and size == 0:
            unit, n_units = _VARIABLE_TEXT if self.element is None else _VARIABLE_ARRAY, 1
        else:
            unit, n_units = 1 if self.element is None else self.element.itemsize, size
        begin = -(-end // unit) * unit
        return begin, begin + unit * n_units

    def default(self, size: int) -> Any:
        """Return the value of a field that was never set."""
        if self.name == "String":
            return "" if size == 0 else b""
        if self.is_array and size == 0:
            return np.zeros(0, self.element)
        assert self.element is not None
        return np.nan if self.element.kind == "f" else 0


_SCALARS = {
    "B": ("u1", "B"),
    "U": ("u2", "I"),
    "I": ("i4", "J"),
    "L": ("i8", "K"),
    "F": ("f4", "E"),
    "D": ("f8", "D"),
}

FIELD_TYPES: dict[str, FieldType] = {
    **{name: FieldType(name, np.dtype(code), letter) for name, (code, letter) in _SCALARS.items()},
    "Angle": FieldType("Angle", np.dtype("f8"), "D"),
    "Flag": FieldType("Flag", np.dtype("?"), "X"),
    "String": FieldType("String", None, "A"),
    **{
        f"Array{name}": FieldType(f"Array{name}", np.dtype(code), letter, is_array=True)
        for name, (code, letter) in _SCALARS.items()
        if name != "L"
    },
}
"""Field types by the stack's name."""

_SYNONYMS: dict[Any, str] = {float: "D", int: "I", bool: "Flag", str: "String", Angle: "Angle"}


def field_type(spec: Any) -> FieldType:
    """Find the field type that a user means.

    Parameters
    ----------
    spec : `str`, `type` or `numpy.dtype`
        The stack's name, a Python or numpy type, or `~lsst.geom.Angle`.

    Returns
    -------
    found : `FieldType`
        The type.

    Raises
    ------
    KeyError
        Raised if there is no such type.
    """
    if isinstance(spec, str) and spec in FIELD_TYPES:
        return FIELD_TYPES[spec]
    if isinstance(spec, type) and spec in _SYNONYMS:
        return FIELD_TYPES[_SYNONYMS[spec]]
    try:
        dtype = np.dtype(spec) if spec is not None else None
    except TypeError:
        dtype = None
    for name in _SCALARS if dtype is not None and dtype.kind != "O" else ():
        if FIELD_TYPES[name].element == dtype:
            return FIELD_TYPES[name]
    raise KeyError(f"{spec!r} is no type of a field; known are {', '.join(FIELD_TYPES)}.")
