"""Points and extents in two and three dimensions, integer and real."""

from __future__ import annotations

__all__ = [
    "Extent",
    "Extent2D",
    "Extent2I",
    "Extent3D",
    "Extent3I",
    "ExtentD",
    "ExtentI",
    "Point",
    "Point2D",
    "Point2I",
    "Point3D",
    "Point3I",
    "PointD",
    "PointI",
    "ceil",
    "floor",
    "truncate",
]

import math
import operator
from numbers import Number
from typing import Any, Self, overload

from lsst.utils import TemplateMeta

from ._arrays import quotient
from ._coordinates import Coordinates, Planar, Spatial, int32


class _Point(Coordinates):
    """A place."""

    __slots__ = ()
    _is_point = True

    def asExtent(self) -> Any:
        """Return the extent from the origin to this point."""
        return self._make(False, self._is_integer, self._v)

    def distanceSquared(self, other: _Point, /) -> float:
        """Return the squared distance to another point."""
        if not isinstance(other, type(self)):
            raise TypeError(f"a {type(self).__name__} is needed here, not a {type(other).__name__}.")
        return sum((a - b) ** 2 for a, b in zip(self._v, other._v, strict=True))

    def shift(self, offset: _Extent, /) -> None:
        """Move this point in place."""
        self += offset

    def scale(self, factor: float, /) -> None:
        """Multiply all components in place."""
        self._v = tuple(type(self)._convert(v * factor) for v in self._v)

    def toString(self) -> str:
        """Return the components as text."""
        return f"Point({','.join(f'{v:g}' if not self._is_integer else str(v) for v in self._v)})"


class _Extent(Coordinates):
    """A difference between places."""

    __slots__ = ()
    _is_point = False

    def asPoint(self) -> Any:
        """Return the point at this extent from the origin."""
        return self._make(True, self._is_integer, self._v)

    def computeSquaredNorm(self) -> Any:
        """Return the squared length."""
        return sum(v * v for v in self._v)

    def computeNorm(self) -> float:
        """Return the length."""
        return math.sqrt(self.computeSquaredNorm())

    def __pos__(self) -> Self:
        return self.clone()

    def __neg__(self) -> Self:
        return type(self)(*(-v for v in self._v))

    def __mul__(self, factor: float) -> Any:
        if not isinstance(factor, Number):
            return NotImplemented
        is_integer = self._is_integer and hasattr(factor, "__index__")
        return self._make(False, is_integer, (v * factor for v in self._v))

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> Any:
        if not isinstance(divisor, Number):
            return NotImplemented
        return self._make(False, False, (quotient(v, divisor) for v in self._v))

    def __floordiv__(self, divisor: int) -> Any:
        if not self._is_integer:
            return NotImplemented
        return self._make(False, True, (v // operator.index(divisor) for v in self._v))

    def __imul__(self, factor: float) -> Self:
        return self._in_place(self * factor)

    def __itruediv__(self, divisor: float) -> Self:
        return self._in_place(self / divisor)

    def __ifloordiv__(self, divisor: int) -> Self:
        return self._in_place(self // divisor)


class _RealExtent(_Extent):
    """The roundings of real extents."""

    __slots__ = ()

    def floor(self) -> Any:
        """Return the integer extent of the components rounded down."""
        return self._make(False, True, map(math.floor, self._v))

    def ceil(self) -> Any:
        """Return the integer extent of the components rounded up."""
        return self._make(False, True, map(math.ceil, self._v))

    def truncate(self) -> Any:
        """Return the integer extent of the components rounded towards zero."""
        return self._make(False, True, map(math.trunc, self._v))


class Point2I(Planar, _Point):
    """An integer point in the plane; a real point is rounded by floor(x + 0.5)."""

    __slots__ = ()
    dimensions = 2
    _convert = int32


class Point2D(Planar, _Point):
    """A real point in the plane."""

    __slots__ = ()
    dimensions = 2
    _convert = float


class Point3I(Spatial, _Point):
    """An integer point in space."""

    __slots__ = ()
    dimensions = 3
    _convert = int32


class Point3D(Spatial, _Point):
    """A real point in space."""

    __slots__ = ()
    dimensions = 3
    _convert = float


class Extent2I(Planar, _Extent):
    """An integer extent in the plane."""

    __slots__ = ()
    dimensions = 2
    _convert = int32


class Extent2D(Planar, _RealExtent):
    """A real extent in the plane."""

    __slots__ = ()
    dimensions = 2
    _convert = float


class Extent3I(Spatial, _Extent):
    """An integer extent in space."""

    __slots__ = ()
    dimensions = 3
    _convert = int32


class Extent3D(Spatial, _RealExtent):
    """A real extent in space."""

    __slots__ = ()
    dimensions = 3
    _convert = float


PointI, PointD, ExtentI, ExtentD = Point2I, Point2D, Extent2I, Extent2D


class Point(metaclass=TemplateMeta):
    """The classes of points by number type and number of components: ``Point[int, 2]``."""

    TEMPLATE_PARAMS = ("dtype", "dimensions")
    TEMPLATE_DEFAULTS = (None, 2)


class Extent(metaclass=TemplateMeta):
    """The classes of extents by number type and number of components: ``Extent[float, 3]``."""

    TEMPLATE_PARAMS = ("dtype", "dimensions")
    TEMPLATE_DEFAULTS = (None, 2)


for _template, _kinds in (
    (Point, (Point2I, Point2D, Point3I, Point3D)),
    (Extent, (Extent2I, Extent2D, Extent3I, Extent3D)),
):
    for _kind in _kinds:
        _template.register((_kind.dtype, _kind.dimensions), _kind)


def _checked(extent: Extent2D | Extent3D) -> Extent2D | Extent3D:
    if not isinstance(extent, _RealExtent):
        raise TypeError(f"a real extent is needed, not a {type(extent).__name__}.")
    return extent


@overload
def floor(extent: Extent2D, /) -> Extent2I: ...
@overload
def floor(extent: Extent3D, /) -> Extent3I: ...
def floor(extent: Extent2D | Extent3D, /) -> Extent2I | Extent3I:
    """Return the integer extent of the components rounded down."""
    return _checked(extent).floor()


@overload
def ceil(extent: Extent2D, /) -> Extent2I: ...
@overload
def ceil(extent: Extent3D, /) -> Extent3I: ...
def ceil(extent: Extent2D | Extent3D, /) -> Extent2I | Extent3I:
    """Return the integer extent of the components rounded up."""
    return _checked(extent).ceil()


@overload
def truncate(extent: Extent2D, /) -> Extent2I: ...
@overload
def truncate(extent: Extent3D, /) -> Extent3I: ...
def truncate(extent: Extent2D | Extent3D, /) -> Extent2I | Extent3I:
    """Return the integer extent of the components rounded towards zero."""
    return _checked(extent).truncate()
