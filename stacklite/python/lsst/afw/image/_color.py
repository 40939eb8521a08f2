"""The colour of an object, which models may depend on."""

from __future__ import annotations

__all__ = ["Color"]

import math
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Color:
    """A colour; NaN stands for "not known".

    Parameters
    ----------
    colorValue : `float`, optional
        Colour (mag).
    colorType : `str`, optional
        What was subtracted from what, for instance ``g-i``.
    """

    colorValue: float = math.nan
    colorType: str = ""

    def isIndeterminate(self) -> bool:
        """Whether the colour is not known."""
        return math.isnan(self.colorValue)

    def getColorValue(self) -> float:
        """Return the colour (mag)."""
        return self.colorValue

    def getColorType(self) -> str:
        """Return the kind of colour."""
        return self.colorType

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Color):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[float | None, str]:
        return None if self.isIndeterminate() else self.colorValue, self.colorType
