"""Integer and real intervals, the axes of a box."""

from __future__ import annotations

__all__ = ["IntervalD", "IntervalI"]

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, init=False)
class IntervalI:
    """A range of integers with inclusive bounds; empty ones are [0, -1].

    Parameters
    ----------
    min, max : `int`
        Bounds, both inside.
    invert : `bool`
        Swap bounds that are in the wrong order; if false such an interval is empty.
    """

    min: int
    max: int

    def __init__(self, min: int = 0, max: int = -1, invert: bool = False) -> None:
        if invert and max < min:
            min, max = max, min
        if max < min:
            min, max = 0, -1
        object.__setattr__(self, "min", min)
        object.__setattr__(self, "max", max)

    @property
    def begin(self) -> int:
        """First value."""
        return self.min

    @property
    def end(self) -> int:
        """One past the last value."""
        return self.max + 1

    @property
    def size(self) -> int:
        """Number of values."""
        return self.max - self.min + 1

    @property
    def center(self) -> float:
        """Mean of the bounds."""
        return 0.5 * (self.min + self.max)

    def isEmpty(self) -> bool:
        """Return whether no value is inside."""
        return self.max < self.min

    def contains(self, value: int | IntervalI, /) -> bool:
        """Return whether a value, or all of an interval, is inside."""
        if isinstance(value, IntervalI):
            return value.isEmpty() or (self.min <= value.min and value.max <= self.max)
        return self.min <= value <= self.max

    def __contains__(self, value: int | IntervalI) -> bool:
        return self.contains(value)

    def slice(self) -> Any:
        """Return the slice of this interval in an array that starts at 0."""
        return slice(self.min, self.max + 1)


@dataclass(frozen=True, init=False)
class IntervalD:
    """A range of real numbers; empty ones have NaN bounds.

    Parameters
    ----------
    min, max : `float`
        Bounds.
    """

    min: float
    max: float

    def __init__(self, min: float = math.nan, /, max: float = math.nan) -> None:
        if not min <= max:
            min = max = math.nan
        object.__setattr__(self, "min", min)
        object.__setattr__(self, "max", max)

    @property
    def size(self) -> float:
        """Length; 0 if empty."""
        return 0.0 if self.isEmpty() else self.max - self.min

    @property
    def center(self) -> float:
        """Mean of the bounds."""
        return 0.5 * (self.min + self.max)

    def isEmpty(self) -> bool:
        """Return whether the bounds are NaN."""
        return math.isnan(self.min)

    def contains(self, value: float, /) -> bool:
        """Return whether a value is inside, bounds included."""
        return self.min <= value <= self.max

    def __contains__(self, value: float) -> bool:
        return self.contains(value)
