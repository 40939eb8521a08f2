"""Base class of integer and real boxes."""

from __future__ import annotations

__all__ = ["BoxBase"]

from typing import Any, Generic, Self, TypeVar

from ._points import Extent2D, Extent2I, Point2D, Point2I

_Number = TypeVar("_Number", int, float)
_Point = TypeVar("_Point", Point2I, Point2D)
_Extent = TypeVar("_Extent", Extent2I, Extent2D)


class BoxBase(Generic[_Number, _Point, _Extent]):
    """A rectangle aligned with the axes; mutable, and not hashable."""

    __slots__ = ("_max_x", "_max_y", "_min_x", "_min_y")

    _point: type[_Point]
    _extent: type[_Extent]
    _min_x: _Number
    _min_y: _Number
    _max_x: _Number
    _max_y: _Number

    def isEmpty(self) -> bool:
        """Return whether the box contains no point."""
        raise NotImplementedError

    def _holds_nothing(self) -> bool:
        """Return whether no point is inside, the same for boxes without NaN."""
        return self.isEmpty()

    def _grow(self, dx: _Number, dy: _Number) -> None:
        raise NotImplementedError

    def _include_point(self, x: _Number, y: _Number) -> None:
        raise NotImplementedError

    def _set(self, min_x: _Number, min_y: _Number, max_x: _Number, max_y: _Number) -> None:
        self._min_x, self._min_y, self._max_x, self._max_y = min_x, min_y, max_x, max_y

    def _bounds(self) -> tuple[_Number, _Number, _Number, _Number]:
        return self._min_x, self._min_y, self._max_x, self._max_y

    def _copy_from(self, other: BoxBase[_Number, _Point, _Extent]) -> None:
        self._set(*other._bounds())

    def _clone(self) -> Self:
        copy = type(self)()
        copy._copy_from(self)
        return copy

    def getMin(self) -> _Point:
        """Return the corner with the smallest coordinates."""
        return self._point(self._min_x, self._min_y)

    def getMinX(self) -> _Number:
        """Return the smallest x."""
        return self._min_x

    def getMinY(self) -> _Number:
        """Return the smallest y."""
        return self._min_y

    def getMax(self) -> _Point:
        """Return the corner with the largest coordinates."""
        return self._point(self._max_x, self._max_y)

    def getMaxX(self) -> _Number:
        """Return the largest x."""
        return self._max_x

    def getMaxY(self) -> _Number:
        """Return the largest y."""
        return self._max_y

    def getWidth(self) -> _Number:
        """Return the size in x."""
        raise NotImplementedError

    def getHeight(self) -> _Number:
        """Return the size in y."""
        raise NotImplementedError

    def getDimensions(self) -> _Extent:
        """Return width and height as an extent."""
        return self._extent(self.getWidth(), self.getHeight())

    def getArea(self) -> _Number:
        """Return width times height."""
        return self.getWidth() * self.getHeight()

    def getCenter(self) -> Point2D:
        """Return the center, a real point (NaN for an empty box)."""
        return Point2D(self.getCenterX(), self.getCenterY())

    def getCenterX(self) -> float:
        """Return x of the center."""
        raise NotImplementedError

    def getCenterY(self) -> float:
        """Return y of the center."""
        raise NotImplementedError

    def getX(self) -> Any:
        """Return the interval of x."""
        raise NotImplementedError

    def getY(self) -> Any:
        """Return the interval of y."""
        raise NotImplementedError

    def getCorners(self) -> list[_Point]:
        """Return (min, min), (max, min), (max, max), (min, max)."""
        x0, y0, x1, y1 = self._bounds()
        return [self._point(x, y) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]

    def grow(self, buffer: _Number | _Extent, /) -> None:
        """Move every side outwards, in place.

        Parameters
        ----------
        buffer : number or extent
            Distance, the same for all sides or one per axis; negative shrinks.
        """
        extent = self._as_extent(buffer)
        if not self.isEmpty():
            self._grow(extent[0], extent[1])

    def _as_extent(self, buffer: _Number | _Extent) -> _Extent:
        if not isinstance(buffer, Extent2I | Extent2D):
            # Not the constructor, which cuts off the fraction of a number.
            distance = self._extent._convert(buffer)
            return self._extent(distance, distance)
        return self._checked(buffer, self._extent)

    def _checked(self, value: Any, *kinds: Any) -> Any:
        """Return an argument if it is an instance of one of the classes."""
        if not isinstance(value, kinds):
            names = " or a ".join(kind.__name__ for kind in kinds)
            raise TypeError(f"a {type(self).__name__} needs a {names} here, not a {type(value).__name__}.")
        return value

    def dilatedBy(self, buffer: _Number | _Extent, /) -> Self:
        """Return a box with every side moved outwards."""
        box = self._clone()
        box.grow(buffer)
        return box

    def erodedBy(self, buffer: _Number | _Extent, /) -> Self:
        """Return a box with every side moved inwards."""
        return self.dilatedBy(-buffer)

    def shift(self, offset: _Extent, /) -> None:
        """Move the box in place by an extent."""
        dx, dy = self._checked(offset, self._extent)
        if not self.isEmpty():
            self._set(self._min_x + dx, self._min_y + dy, self._max_x + dx, self._max_y + dy)

    def shiftedBy(self, offset: _Extent, /) -> Self:
        """Return a moved box."""
        box = self._clone()
        box.shift(offset)
        return box

    def overlaps(self, other: Self, /) -> bool:
        """Return whether two boxes have a point in common."""
        return not self.clippedTo(other)._holds_nothing()

    intersects = overlaps

    def isDisjointFrom(self, other: Self, /) -> bool:
        """Return whether two boxes have no point in common."""
        return not self.overlaps(other)

    def reflectedAboutX(self, x: _Number, /) -> Self:
        """Return the mirror image about the line with an x."""
        make: Any = type(self)  # this class has no constructor of its own
        return make(self.getX().reflectedAbout(x), self.getY())

    def reflectedAboutY(self, y: _Number, /) -> Self:
        """Return the mirror image about the line with a y."""
        make: Any = type(self)  # as above
        return make(self.getX(), self.getY().reflectedAbout(y))

    def swap(self, other: Self, /) -> None:
        """Exchange the bounds with those of another box, in place."""
        mine, theirs = self._bounds(), self._checked(other, type(self))._bounds()
        self._set(*theirs)
        other._set(*mine)

    def clip(self, other: Self) -> None:
        """Shrink the box in place to its intersection with another."""
        raise NotImplementedError

    def clippedTo(self, other: Self, /) -> Self:
        """Return the intersection of two boxes."""
        box = self._clone()
        box.clip(other)
        return box

    def include(self, other: _Point | Self, /) -> None:
        """Enlarge the box in place until it contains a point or a box."""
        self._checked(other, self._point, type(self))
        if isinstance(other, BoxBase):
            self._include_box(other)
        else:
            self._include_point(other[0], other[1])

    def _include_box(self, other: BoxBase[_Number, _Point, _Extent]) -> None:
        if other._holds_nothing():
            return
        if self._holds_nothing():
            self._copy_from(other)
            return
        self._set(
            min(self._min_x, other._min_x),
            min(self._min_y, other._min_y),
            max(self._max_x, other._max_x),
            max(self._max_y, other._max_y),
        )

    def expandedTo(self, other: _Point | Self, /) -> Self:
        """Return the smallest box that contains this one and a point or a box."""
        box = self._clone()
        box.include(other)
        return box

    minX = property(getMinX)
    minY = property(getMinY)
    maxX = property(getMaxX)
    maxY = property(getMaxY)

    @property
    def width(self) -> _Number:
        """Size in x."""
        return self.getWidth()

    @property
    def height(self) -> _Number:
        """Size in y."""
        return self.getHeight()

    @property
    def area(self) -> _Number:
        """Width times height."""
        return self.getArea()

    @property
    def centerX(self) -> float:
        """X of the center."""
        return self.getCenterX()

    @property
    def centerY(self) -> float:
        """Y of the center."""
        return self.getCenterY()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        if self.isEmpty() and other.isEmpty():
            return True
        # One by one, because two tuples are equal if they hold the same NaN.
        return all(mine == theirs for mine, theirs in zip(self._bounds(), other._bounds(), strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Self:
        return self._clone()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self._clone()

    def __setstate__(self, bounds: tuple[_Number, _Number, _Number, _Number]) -> None:
        self._set(*bounds)

    def __reduce__(self) -> tuple[Any, ...]:
        # Bounds, not constructor arguments: a half-NaN box must come back as it is.
        return type(self), (), self._bounds()

    def toString(self) -> str:
        """Return the corners, or corner and dimensions, as text."""
        raise NotImplementedError

    def __str__(self) -> str:
        return f"(minimum={self.getMin()}, maximum={self.getMax()})"
