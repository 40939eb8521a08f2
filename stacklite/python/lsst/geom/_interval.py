"""Integer and real intervals, the axes of a box."""

from __future__ import annotations

__all__ = ["IntervalD", "IntervalI"]

import math
import operator
from dataclasses import dataclass
from typing import Any, overload

from lsst_stacklite._overloads import bind


@dataclass(frozen=True, init=False)
class IntervalI:
    """A range of integers with inclusive bounds.

    ``IntervalI()`` is empty, as is one with bounds in the wrong order;
    ``IntervalI(min=0, max=3)``, ``IntervalI(other)``.

    Parameters
    ----------
    other : `IntervalI`
        Interval that is copied.
    min, max : `int`
        Bounds, both inside.
    """

    min: int
    max: int

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, other: IntervalI, /) -> None: ...
    @overload
    def __init__(self, *, min: int, max: int) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        low, high = map(operator.index, _bounds(self, args, kwargs, (0, -1)))
        if high < low:
            low, high = 0, -1
        object.__setattr__(self, "min", low)
        object.__setattr__(self, "max", high)

    __hash__ = None  # type: ignore[assignment]

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

    ``IntervalD()`` is empty, as is one with bounds in the wrong order;
    ``IntervalD(min=0.0, max=3.5)``, ``IntervalD(other)``.

    Parameters
    ----------
    other : `IntervalD`
        Interval that is copied.
    min, max : `float`
        Bounds.
    """

    min: float
    max: float

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, other: IntervalD, /) -> None: ...
    @overload
    def __init__(self, *, min: float, max: float) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        low, high = map(float, _bounds(self, args, kwargs, (math.nan, math.nan)))
        if not low <= high:
            low = high = math.nan
        object.__setattr__(self, "min", low)
        object.__setattr__(self, "max", high)

    __hash__ = None  # type: ignore[assignment]

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


def _bounds(interval: Any, args: tuple[Any, ...], kwargs: dict[str, Any], empty: tuple[Any, Any]) -> Any:
    """Return the bounds that the arguments of a constructor stand for."""
    kind = type(interval)
    given = bind(kind.__init__, {kind.__name__: kind}, (interval, *args), kwargs)
    if "other" in given:
        return given["other"].min, given["other"].max
    return (given["min"], given["max"]) if given else empty
