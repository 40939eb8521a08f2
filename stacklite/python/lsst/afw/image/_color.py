"""The color of an object, which models may depend on."""

from __future__ import annotations

__all__ = ["Color"]

import math
from collections.abc import Hashable
from typing import overload


class Color:
    """A color of a kind, or an unknown color (`Color` without arguments). Immutable.

    Parameters
    ----------
    colorValue : `float`
        Color (mag).
    colorType : `str`
        Bands of the color, for instance ``g-i``.
    """

    @overload
    def __init__(self) -> None: ...

    @overload
    def __init__(self, colorValue: float, colorType: str) -> None: ...

    def __init__(self, colorValue: float | None = None, colorType: str | None = None) -> None:
        if (colorValue is None) is not (colorType is None):
            raise TypeError("a color has a value and a type, or neither.")
        self._known = colorValue is not None
        self._value = math.nan if colorValue is None else float(colorValue)
        self._type = "" if colorType is None else colorType

    def isIndeterminate(self) -> bool:
        """Return whether the color is not known."""
        return not self._known

    def getColorValue(self) -> float:
        """Return the color (mag), NaN if it is not known."""
        return self._value

    def getColorType(self) -> str:
        """Return the kind of color, empty if it is not known."""
        return self._type

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Color):
            return NotImplemented
        if not (self._known and other._known):
            return self._known == other._known
        return self._value == other._value and self._type == other._type

    __hash__ = None  # type: ignore[assignment]

    def _key(self) -> Hashable:
        """Return a tuple of the same values, which can be hashed."""
        return (self._value, self._type) if self._known else None

    def __repr__(self) -> str:
        return f"Color({self._value}, {self._type!r})" if self._known else "Color()"
