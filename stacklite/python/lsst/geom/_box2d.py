"""Real boxes."""

from __future__ import annotations

__all__ = ["Box2D", "BoxD"]

import math
import sys
from typing import Any, ClassVar, Self, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike

from lsst_stacklite._overloads import bind

from ._box2i import Box2I
from ._box_base import BoxBase
from ._interval import IntervalD
from ._points import Extent2D, Point2D

_EMPTY = (math.nan,) * 4
_NO_RANGE = (math.nan, math.nan)

_Range: TypeAlias = tuple[float, float] | None


class Box2D(BoxBase[float, Point2D, Extent2D]):
    """A real box with half-open bounds: the minimum is inside, the maximum is not.

    ``Box2D()``, ``Box2D(minimum, maximum, invert=True)``,
    ``Box2D(corner, dimensions, invert=True)``, ``Box2D(x, y)``,
    ``Box2D(box2i)`` (half a pixel wider on all sides), ``Box2D(box2d)``.

    Parameters
    ----------
    minimum, maximum : `Point2D`
        Opposite corners.
    corner : `Point2D`
        A corner.
    dimensions : `Extent2D`
        Width and height, possibly negative.
    invert : `bool`
        Swap bounds that are in the wrong order; if false such a box is empty.
    x, y : `IntervalD`
        Ranges along the axes.
    other : `Box2I` or `Box2D`
        Another box.

    Notes
    -----
    An empty box has NaN bounds; a box of zero width or height is empty.
    """

    __slots__ = ()
    _point = Point2D
    _extent = Extent2D
    Point: ClassVar[type[Point2D]] = Point2D
    Extent: ClassVar[type[Extent2D]] = Extent2D

    EPSILON: ClassVar[float] = 2.0 * sys.float_info.epsilon
    INVALID: ClassVar[float] = math.nan

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, minimum: Point2D, maximum: Point2D, invert: bool = True) -> None: ...
    @overload
    def __init__(self, corner: Point2D, dimensions: Extent2D, invert: bool = True) -> None: ...
    @overload
    def __init__(self, x: IntervalD, y: IntervalD) -> None: ...
    @overload
    def __init__(self, other: Box2I | Box2D, /) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._set(*_EMPTY)
        if kwargs:
            args = tuple(bind(type(self).__init__, {}, (self, *args), kwargs).values())
        if args:
            self._initialize(*args)

    def _initialize(self, first: Any, second: Any = None, invert: bool | None = None) -> None:
        swap = True if invert is None else invert
        if isinstance(first, Point2D) and isinstance(second, Point2D):
            self._set_corners(first[0], first[1], second[0], second[1], swap)
        elif isinstance(first, Point2D) and isinstance(second, Extent2D):
            self._set_corners(first[0], first[1], first[0] + second[0], first[1] + second[1], swap)
        elif isinstance(first, IntervalD) and isinstance(second, IntervalD) and invert is None:
            self._set_corners(first.min, second.min, first.max, second.max, invert=False)
        elif isinstance(first, Box2D) and second is None:
            self._copy_from(first)
        elif isinstance(first, Box2I) and second is None:
            if not first._holds_nothing():
                self._set(first._min_x - 0.5, first._min_y - 0.5, first._max_x + 0.5, first._max_y + 0.5)
        else:
            raise TypeError(f"cannot make a Box2D from {type(first).__name__} and {type(second).__name__}.")

    def _set_corners(self, x0: float, y0: float, x1: float, y1: float, invert: bool) -> None:
        if invert:
            x0, x1 = (x1, x0) if x1 < x0 else (x0, x1)
            y0, y1 = (y1, y0) if y1 < y0 else (y0, y1)
        self._set_or_empty(x0, y0, x1, y1)

    def _set_or_empty(self, x0: float, y0: float, x1: float, y1: float) -> None:
        # NaN bounds of one axis are kept, as in the stack: the box is empty, its other axis is not.
        if x1 <= x0 or y1 <= y0:
            self._set(*_EMPTY)
        else:
            self._set(float(x0), float(y0), float(x1), float(y1))

    @staticmethod
    def makeCenteredBox(center: Point2D, size: Extent2D) -> Box2D:
        """Return the box of a size around a point."""
        width, height = size
        corner = Point2D(center[0] - 0.5 * width, center[1] - 0.5 * height)
        return Box2D(corner, Extent2D(size), invert=False)

    def isEmpty(self) -> bool:
        """Return whether the minimum in x is NaN, which bounds in the wrong order become."""
        return math.isnan(self._min_x)

    def _holds_nothing(self) -> bool:
        return not (self._min_x < self._max_x and self._min_y < self._max_y)

    def getWidth(self) -> float:
        """Return the size in x, 0 for an empty box."""
        return 0.0 if self.isEmpty() else self._max_x - self._min_x

    def getHeight(self) -> float:
        """Return the size in y, 0 for an empty box."""
        return 0.0 if self.isEmpty() else self._max_y - self._min_y

    def getCenterX(self) -> float:
        """Return x of the center."""
        return 0.5 * (self._min_x + self._max_x)

    def getCenterY(self) -> float:
        """Return y of the center."""
        return 0.5 * (self._min_y + self._max_y)

    def getX(self) -> IntervalD:
        """Return the interval of x."""
        return IntervalD(min=self._min_x, max=self._max_x)

    def getY(self) -> IntervalD:
        """Return the interval of y."""
        return IntervalD(min=self._min_y, max=self._max_y)

    x = property(getX)
    y = property(getY)

    @overload
    def contains(self, other: Point2D | Box2D, /) -> bool: ...
    @overload
    def contains(self, x: ArrayLike, y: ArrayLike) -> Any: ...
    def contains(self, *args: Any, **kwargs: Any) -> Any:
        """Return whether a point, all of a box, or each of many points is inside.

        Parameters
        ----------
        other : `Point2D` or `Box2D`
            A point, or a box (an empty one is inside every box).
        x, y : `float` or array of `float`
            Coordinates, broadcast against each other.

        Returns
        -------
        inside : `bool` or array of `bool`
            The array has the shape of ``x`` and ``y``; NaN is never inside.
        """
        if kwargs or len(args) > 2:
            args = tuple(bind(Box2D.contains, {}, (self, *args), kwargs).values())
        if len(args) != 2:
            return self._contains_object(*args)
        x, y = (np.asarray(v, dtype=float) for v in args)
        inside = (x >= self._min_x) & (x < self._max_x) & (y >= self._min_y) & (y < self._max_y)
        return bool(inside) if inside.ndim == 0 else inside

    def _contains_object(self, other: Point2D | Box2D) -> bool:
        if isinstance(other, Box2D):
            pairs = zip(self._ranges(), other._ranges(), strict=True)
            return all(
                theirs is None or (mine is not None and mine[0] <= theirs[0] and theirs[1] <= mine[1])
                for mine, theirs in pairs
            )
        x, y = self._checked(other, Point2D, Box2D)
        return self._min_x <= x < self._max_x and self._min_y <= y < self._max_y

    def __contains__(self, other: Point2D | Box2D) -> bool:
        return self._contains_object(other)

    def dilatedBy(self, buffer: float | Extent2D, /) -> Self:
        """Return a box with every side moved outwards."""
        dx, dy = self._as_extent(buffer)
        return type(self)(self.getX().dilatedBy(dx), self.getY().dilatedBy(dy))

    def shiftedBy(self, offset: Extent2D, /) -> Self:
        """Return a moved box."""
        dx, dy = self._checked(offset, Extent2D)
        return type(self)(self.getX().shiftedBy(dx), self.getY().shiftedBy(dy))

    def _grow(self, dx: float, dy: float) -> None:
        self._set_or_empty(self._min_x - dx, self._min_y - dy, self._max_x + dx, self._max_y + dy)

    def _include_point(self, x: float, y: float) -> None:
        if self.isEmpty():
            self._set(x, y, _just_above(x), _just_above(y))
            return
        # Comparisons with NaN are false, so that such coordinates and bounds change nothing.
        self._min_x = x if x < self._min_x else self._min_x
        self._min_y = y if y < self._min_y else self._min_y
        self._max_x = _just_above(x) if x >= self._max_x else self._max_x
        self._max_y = _just_above(y) if y >= self._max_y else self._max_y

    def clip(self, other: Box2D, /) -> None:
        """Shrink the box in place to its intersection with another."""
        pairs = zip(self._ranges(), self._checked(other, Box2D)._ranges(), strict=True)
        self._set_ranges(*(_common(mine, theirs) for mine, theirs in pairs))
        # Boxes that only touch have nothing in common; the ranges of those farther apart are undefined.
        self._set_or_empty(*self._bounds())

    def overlaps(self, other: Box2D, /) -> bool:
        """Return whether two boxes have a point in common; bounds that are NaN exclude nothing.

        Only a minimum in x that is NaN makes a box empty here (agrees with the stack).
        """
        self._checked(other, Box2D)
        if self.isEmpty() or other.isEmpty():
            return False
        mine, theirs = self._bounds(), other._bounds()
        return not any(mine[axis] >= theirs[axis + 2] or theirs[axis] >= mine[axis + 2] for axis in range(2))

    intersects = overlaps

    def _ranges(self) -> list[_Range]:
        """Return the ranges of x and y; those without both bounds are empty."""
        pairs = ((self._min_x, self._max_x), (self._min_y, self._max_y))
        return [None if math.isnan(low) or math.isnan(high) else (low, high) for low, high in pairs]

    def _set_ranges(self, x: _Range, y: _Range) -> None:
        (x0, x1), (y0, y1) = (_NO_RANGE if each is None else each for each in (x, y))
        self._set(x0, y0, x1, y1)

    def _include_box(self, other: BoxBase[float, Point2D, Extent2D]) -> None:
        assert isinstance(other, Box2D)
        pairs = zip(self._ranges(), other._ranges(), strict=True)
        self._set_ranges(*(_hull(mine, theirs) for mine, theirs in pairs))

    def flipLR(self, xExtent: float, /) -> None:
        """Mirror the box in x, in place, inside a frame of width ``xExtent`` that starts at 0."""
        if not self.isEmpty():
            self._min_x, self._max_x = xExtent - self._max_x, xExtent - self._min_x

    def flipTB(self, yExtent: float, /) -> None:
        """Mirror the box in y, in place, inside a frame of height ``yExtent`` that starts at 0."""
        if not self.isEmpty():
            self._min_y, self._max_y = yExtent - self._max_y, yExtent - self._min_y

    def toString(self) -> str:
        """Return the corners as text."""
        return f"Box2D({self.getMin().toString()},{self.getMax().toString()})"

    def __repr__(self) -> str:
        return f"Box2D(corner={self.getMin()!r}, dimensions={self.getDimensions()!r})"


BoxD = Box2D


def _common(first: _Range, second: _Range) -> _Range:
    """Return the intersection of two ranges, possibly one point."""
    if first is None or second is None:
        return None
    low, high = max(first[0], second[0]), min(first[1], second[1])
    return (low, high) if low <= high else None


def _hull(first: _Range, second: _Range) -> _Range:
    """Return the smallest range that contains two."""
    if first is None or second is None:
        return first or second
    return min(first[0], second[0]), max(first[1], second[1])


def _just_above(value: float) -> float:
    """Return a maximum that makes ``value`` an inside point of a half-open range."""
    if value == 0.0:
        return sys.float_info.min
    return value * (1.0 + math.copysign(Box2D.EPSILON, value))
