"""Integer boxes."""

from __future__ import annotations

__all__ = ["Box2I", "BoxI"]

import math
import operator
from typing import TYPE_CHECKING, Any, ClassVar, overload

import numpy as np
from numpy.typing import ArrayLike

import lsst.pex.exceptions as pex_exceptions
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._enumeration import NumberEnumeration
from lsst_stacklite._overloads import bind

from ._box_base import BoxBase
from ._coordinates import INT_MAX, INT_MIN
from ._interval import IntervalI
from ._points import Extent2I, Point2D, Point2I

if TYPE_CHECKING:
    from ._box2d import Box2D


class Box2I(BoxBase[int, Point2I, Extent2I]):
    """A box of whole pixels with inclusive bounds.

    ``Box2I()``, ``Box2I(minimum, maximum, invert=True)``,
    ``Box2I(corner, dimensions, invert=True)``, ``Box2I(x, y)``,
    ``Box2I(box2d, edgeHandling=Box2I.EXPAND)``, ``Box2I(box2i)``.

    Parameters
    ----------
    minimum, maximum : `Point2I`
        Opposite corners, both inside.
    corner : `Point2I`
        A corner, inside.
    dimensions : `Extent2I`
        Width and height; negative values count backwards from ``corner``.
    invert : `bool`
        Swap bounds that are in the wrong order; if false such a box is empty.
    x, y : `IntervalI`
        Pixels along the axes.
    other : `Box2I` or `Box2D`
        Another box.
    edgeHandling : `Box2I.EdgeHandlingEnum`
        Whether partly covered pixels of a real box belong (``EXPAND``) or not.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if a real box has non-finite bounds.
    lsst.pex.exceptions.OverflowError
        Raised if bounds or dimensions do not fit into 32 bits, also when a box
        is moved or grown.

    Notes
    -----
    All empty boxes are equal: minimum (0, 0), maximum (-1, -1).
    """

    __slots__ = ()
    _point = Point2I
    _extent = Extent2I
    Point: ClassVar[type[Point2I]] = Point2I
    Extent: ClassVar[type[Extent2I]] = Extent2I

    class EdgeHandlingEnum(NumberEnumeration):
        """Treatment of pixels that a real box covers in part."""

        EXPAND = 0
        SHRINK = 1

    EXPAND = EdgeHandlingEnum.EXPAND
    SHRINK = EdgeHandlingEnum.SHRINK

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, minimum: Point2I, maximum: Point2I, invert: bool = True) -> None: ...
    @overload
    def __init__(self, corner: Point2I, dimensions: Extent2I, invert: bool = True) -> None: ...
    @overload
    def __init__(self, x: IntervalI, y: IntervalI) -> None: ...
    @overload
    def __init__(self, other: Box2D, edgeHandling: EdgeHandlingEnum = EXPAND) -> None: ...
    @overload
    def __init__(self, other: Box2I) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._set(0, 0, -1, -1)
        if kwargs:
            args = tuple(bind(type(self).__init__, {}, (self, *args), kwargs).values())
        if args:
            self._initialize(*args)

    def _initialize(self, first: Any, second: Any = None, invert: bool | None = None) -> None:
        swap = True if invert is None else invert
        if isinstance(first, Point2I) and isinstance(second, Point2I):
            self._set_corners(first, second, swap)
        elif isinstance(first, Point2I) and isinstance(second, Extent2I):
            self._set_dimensions(first, second, swap)
        elif isinstance(first, IntervalI) and isinstance(second, IntervalI) and invert is None:
            if not (first.isEmpty() or second.isEmpty()):
                self._set(first.min, second.min, first.max, second.max)
        elif isinstance(first, Box2I) and second is None:
            self._copy_from(first)
        else:
            self._set_from_real(first, self.EXPAND if second is None else second)

    def _set(self, min_x: int, min_y: int, max_x: int, max_y: int) -> None:
        for low, high in ((min_x, max_x), (min_y, max_y)):
            if low < INT_MIN or high >= INT_MAX or high - low >= INT_MAX:
                raise pex_exceptions.OverflowError(f"a box from {low} to {high} does not fit into 32 bits.")
        super()._set(min_x, min_y, max_x, max_y)

    def _set_corners(self, minimum: Point2I, maximum: Point2I, invert: bool) -> None:
        (x0, y0), (x1, y1) = minimum, maximum
        if invert:
            x0, x1 = min(x0, x1), max(x0, x1)
            y0, y1 = min(y0, y1), max(y0, y1)
        if x0 <= x1 and y0 <= y1:
            self._set(x0, y0, x1, y1)

    def _set_dimensions(self, corner: Point2I, dimensions: Extent2I, invert: bool) -> None:
        (x, y), (width, height) = corner, dimensions
        if invert:
            x, width = (x, width) if width >= 0 else (x + width + 1, -width)
            y, height = (y, height) if height >= 0 else (y + height + 1, -height)
        if width > 0 and height > 0:
            self._set(x, y, x + width - 1, y + height - 1)

    def _set_from_real(self, box: Box2D, edge_handling: EdgeHandlingEnum) -> None:
        # The two kinds of box are made from each other, as in the stack.
        from ._box2d import Box2D

        if not (isinstance(box, Box2D) and isinstance(edge_handling, self.EdgeHandlingEnum)):
            kinds = f"{type(box).__name__} and {type(edge_handling).__name__}"
            raise TypeError(f"cannot make a Box2I from {kinds}.")
        if box._holds_nothing():
            return
        if not all(map(math.isfinite, box._bounds())):
            raise InvalidParameterError(f"cannot make an integer box from the non-finite box {box}.")
        pad = -0.5 if edge_handling is self.EXPAND else 0.5
        x0, y0 = (math.ceil(v + pad) for v in box.getMin())
        x1, y1 = (math.floor(v - pad) for v in box.getMax())
        if x0 <= x1 and y0 <= y1:
            self._set(x0, y0, x1, y1)

    @staticmethod
    def makeCenteredBox(center: Point2D, size: Extent2I) -> Box2I:
        """Return the box of a size whose center is nearest to a point.

        Parameters
        ----------
        center : `Point2D`
            Wanted center.
        size : `Extent2I`
            Width and height.
        """
        if not all(map(math.isfinite, center)):
            raise InvalidParameterError(f"cannot center a box on {center}.")
        width, height = size
        corner = Point2I(Point2D(center[0] - 0.5 * width + 0.5, center[1] - 0.5 * height + 0.5))
        return Box2I(corner, Extent2I(size), invert=False)

    def isEmpty(self) -> bool:
        """Return whether the box contains no pixel."""
        return self._max_x < self._min_x

    def getWidth(self) -> int:
        """Return the number of pixels in x."""
        return self._max_x - self._min_x + 1

    def getHeight(self) -> int:
        """Return the number of pixels in y."""
        return self._max_y - self._min_y + 1

    def getBegin(self) -> Point2I:
        """Return the first pixel, the same as the minimum."""
        return self.getMin()

    def getBeginX(self) -> int:
        """Return the first x."""
        return self._min_x

    def getBeginY(self) -> int:
        """Return the first y."""
        return self._min_y

    def getEnd(self) -> Point2I:
        """Return the pixel one past the maximum in both directions."""
        return Point2I(self._max_x + 1, self._max_y + 1)

    def getEndX(self) -> int:
        """Return the x after the last."""
        return self._max_x + 1

    def getEndY(self) -> int:
        """Return the y after the last."""
        return self._max_y + 1

    def getCenterX(self) -> float:
        """Return x of the center, half-integer for even widths."""
        return math.nan if self.isEmpty() else 0.5 * (self._min_x + self._max_x)

    def getCenterY(self) -> float:
        """Return y of the center, half-integer for even heights."""
        return math.nan if self.isEmpty() else 0.5 * (self._min_y + self._max_y)

    def getX(self) -> IntervalI:
        """Return the interval of x."""
        return IntervalI(min=self._min_x, max=self._max_x)

    def getY(self) -> IntervalI:
        """Return the interval of y."""
        return IntervalI(min=self._min_y, max=self._max_y)

    def getSlices(self) -> tuple[slice, slice]:
        """Return the slices (y, x) of this box in an array whose first pixel is (0, 0)."""
        return slice(self._min_y, self._max_y + 1), slice(self._min_x, self._max_x + 1)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Slices (y, x) of this box in an array whose first pixel is (0, 0)."""
        return self.getSlices()

    def grid(self, dtype: Any = np.int32) -> tuple[np.ndarray, np.ndarray]:
        """Return the coordinates of all pixels.

        Parameters
        ----------
        dtype : `numpy.dtype` or type
            Type of the arrays.

        Returns
        -------
        x, y : `numpy.ndarray`, (height, width)
            Coordinates.
        """
        x, y = np.meshgrid(self.getX().arange(dtype), self.getY().arange(dtype))
        return x, y

    beginX = property(getBeginX)
    beginY = property(getBeginY)
    endX = property(getEndX)
    endY = property(getEndY)
    x = property(getX)
    y = property(getY)

    @overload
    def contains(self, other: Point2I | Box2I, /) -> bool: ...
    @overload
    def contains(self, x: ArrayLike, y: ArrayLike) -> Any: ...
    def contains(self, *args: Any, **kwargs: Any) -> Any:
        """Return whether a pixel, all of a box, or each of many pixels is inside.

        Parameters
        ----------
        other : `Point2I` or `Box2I`
            A pixel, or a box (an empty one is inside every box).
        x, y : `int` or array of `int`
            Coordinates, broadcast against each other.

        Returns
        -------
        inside : `bool` or array of `bool`
            The array has the shape of ``x`` and ``y``.
        """
        if kwargs or len(args) > 2:
            args = tuple(bind(Box2I.contains, {}, (self, *args), kwargs).values())
        if len(args) != 2:
            return self._contains_object(*args)
        x, y = map(np.asarray, args)
        if not (np.issubdtype(x.dtype, np.integer) and np.issubdtype(y.dtype, np.integer)):
            raise TypeError("Box2I.contains needs integer coordinates.")
        inside = (x >= self._min_x) & (x <= self._max_x) & (y >= self._min_y) & (y <= self._max_y)
        return bool(inside) if inside.ndim == 0 else inside

    def _contains_object(self, other: Point2I | Box2I) -> bool:
        if isinstance(other, Box2I):
            return other.isEmpty() or (
                self._min_x <= other._min_x
                and self._max_x >= other._max_x
                and self._min_y <= other._min_y
                and self._max_y >= other._max_y
            )
        self._checked(other, Point2I, Box2I)
        return self._min_x <= other[0] <= self._max_x and self._min_y <= other[1] <= self._max_y

    def __contains__(self, other: Point2I | Box2I) -> bool:
        return self._contains_object(other)

    def _grow(self, dx: int, dy: int) -> None:
        grown = (self._min_x - dx, self._min_y - dy, self._max_x + dx, self._max_y + dy)
        self._set_or_empty(*grown)

    def _set_or_empty(self, x0: int, y0: int, x1: int, y1: int) -> None:
        if x0 <= x1 and y0 <= y1:
            self._set(x0, y0, x1, y1)
        else:
            self._set(0, 0, -1, -1)

    def _include_point(self, x: int, y: int) -> None:
        if self.isEmpty():
            self._set(x, y, x, y)
        else:
            self._include_box(Box2I(Point2I(x, y), Extent2I(1, 1)))

    def clip(self, other: Box2I, /) -> None:
        """Shrink the box in place to its intersection with another."""
        self._checked(other, Box2I)
        self._set_or_empty(
            max(self._min_x, other._min_x),
            max(self._min_y, other._min_y),
            min(self._max_x, other._max_x),
            min(self._max_y, other._max_y),
        )

    def flipLR(self, xExtent: int, /) -> None:
        """Mirror the box in x, in place, inside a frame of width ``xExtent`` that starts at 0."""
        if not self.isEmpty():
            last = operator.index(xExtent) - 1
            self._set(last - self._max_x, self._min_y, last - self._min_x, self._max_y)

    def flipTB(self, yExtent: int, /) -> None:
        """Mirror the box in y, in place, inside a frame of height ``yExtent`` that starts at 0."""
        if not self.isEmpty():
            last = operator.index(yExtent) - 1
            self._set(self._min_x, last - self._max_y, self._max_x, last - self._min_y)

    def toString(self) -> str:
        """Return the first pixel and the dimensions as text."""
        return f"Box2I({self.getMin().toString()},Extent({self.getWidth()},{self.getHeight()}))"

    def __repr__(self) -> str:
        return f"Box2I(corner={self.getMin()!r}, dimensions={self.getDimensions()!r})"


BoxI = Box2I
