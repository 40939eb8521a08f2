"""Base class of integer and real intervals."""

from __future__ import annotations

__all__ = ["IntervalBase"]

import operator
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, Self, TypeVar

from lsst_stacklite._overloads import bind

_Number = TypeVar("_Number", int, float)


class IntervalBase(Generic[_Number]):
    """A range of numbers with both bounds inside; immutable, and not hashable."""

    __slots__ = ("_max", "_min")

    _convert: ClassVar[Callable[[Any], Any]]
    _min: _Number
    _max: _Number

    def _bounds(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of the constructor by name; those given by name alone are numbers."""
        kind = type(self)
        checks = {each.__name__: each for each in IntervalBase.__subclasses__()}
        checks["_Edges"] = kind.__dict__.get("EdgeHandlingEnum", object)
        given = bind(kind.__init__, checks, (self, *args), kwargs)
        return given if args or "other" in given else {n: kind._convert(v) for n, v in given.items()}

    @property
    def min(self) -> _Number:
        """Smallest value inside."""
        return self._min

    @property
    def max(self) -> _Number:
        """Largest value inside."""
        return self._max

    @property
    def size(self) -> _Number:
        """Number of values, or length; 0 if empty."""
        return self.getSize()

    def getMin(self) -> _Number:
        """Return the smallest value inside."""
        return self._min

    def getMax(self) -> _Number:
        """Return the largest value inside."""
        return self._max

    def getSize(self) -> _Number:
        """Return the number of values, or the length; 0 if empty."""
        raise NotImplementedError

    def isEmpty(self) -> bool:
        """Return whether no value is inside."""
        return not self._min <= self._max

    @classmethod
    def _make(cls, low: _Number, high: _Number) -> Self:
        make: Any = cls  # this class has no constructor of its own
        return make(min=low, max=high)

    @classmethod
    def _checked(cls, value: Any, purpose: str) -> _Number:
        """Return a number that changes an interval."""
        return cls._convert(value)

    def _like(self, other: Any) -> Self:
        if not isinstance(other, type(self)):
            kinds = f"{type(self).__name__} is needed, {type(other).__name__} was given"
            raise TypeError(f"an interval of another kind: {kinds}.")
        return other

    def _contains_interval(self, other: Self) -> bool:
        return other.isEmpty() or (self._min <= other._min and other._max <= self._max)

    def overlaps(self, other: Self, /) -> bool:
        """Return whether two intervals have a value in common."""
        return not self.clippedTo(other).isEmpty()

    intersects = overlaps

    def isDisjointFrom(self, other: Self, /) -> bool:
        """Return whether two intervals have no value in common."""
        return not self.overlaps(other)

    def dilatedBy(self, buffer: _Number, /) -> Self:
        """Return an interval with both bounds moved outwards."""
        step = self._checked(buffer, "dilate")
        return self if self.isEmpty() else self._make(self._min - step, self._max + step)

    def erodedBy(self, buffer: _Number, /) -> Self:
        """Return an interval with both bounds moved inwards."""
        return self.dilatedBy(-buffer)

    def shiftedBy(self, offset: _Number, /) -> Self:
        """Return a moved interval."""
        step = self._checked(offset, "shift")
        return self if self.isEmpty() else self._make(self._min + step, self._max + step)

    def reflectedAbout(self, point: _Number, /) -> Self:
        """Return the mirror image about a value."""
        twice = 2 * self._checked(point, "reflect")
        return self if self.isEmpty() else self._make(twice - self._max, twice - self._min)

    def expandedTo(self, other: _Number | Self, /) -> Self:
        """Return the smallest interval that contains this one and a value or an interval."""
        if not isinstance(other, IntervalBase):
            value = self._checked(other, "expand")
            return self.expandedTo(self._make(value, value))
        other = self._like(other)
        if self.isEmpty() or other.isEmpty():
            return other if self.isEmpty() else self
        return self._make(min(self._min, other._min), max(self._max, other._max))

    def clippedTo(self, other: Self, /) -> Self:
        """Return the values that are in both intervals."""
        other = self._like(other)
        if self.isEmpty() or other.isEmpty():
            return type(self)()
        return self._make(max(self._min, other._min), min(self._max, other._max))

    def __contains__(self, value: Any) -> bool:
        # One number, other than for `contains`.
        convert = type(self)._convert
        return bool(self.contains(value if isinstance(value, IntervalBase) else convert(value)))

    def contains(self, other: Any, /) -> Any:
        """Return whether a value, each of some values, or all of an interval is inside."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        bounds = operator.attrgetter("_min", "_max")
        return (self.isEmpty() and other.isEmpty()) or bounds(self) == bounds(other)

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"(min={self._min:g}, max={self._max:g})"
