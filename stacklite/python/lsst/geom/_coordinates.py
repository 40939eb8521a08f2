"""Points and extents in two and three dimensions, integer and real."""

from __future__ import annotations

__all__ = [
    "INT_MAX",
    "INT_MIN",
    "Extent2D",
    "Extent2I",
    "Extent3D",
    "Extent3I",
    "ExtentD",
    "ExtentI",
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
from collections.abc import Callable, Iterator
from numbers import Number
from typing import Any, ClassVar, Self, overload

from numpy.typing import ArrayLike

from lsst_stacklite._overloads import bind

INT_MIN = -(2**31)
INT_MAX = 2**31 - 1


def _int32(value: Any) -> int:
    """Return an integer that fits into 32 bits.

    Raises
    ------
    TypeError
        Raised if the value is no such integer, as by the stack.
    """
    number = operator.index(value)
    if not INT_MIN <= number <= INT_MAX:
        raise TypeError(f"the coordinate {number} does not fit into 32 bits.")
    return number


def _round_half_up(value: float) -> int:
    """Return floor(value + 0.5); values that int32 cannot hold become its minimum, as in the stack."""
    shifted = value + 0.5
    return math.floor(shifted) if INT_MIN <= shifted < INT_MAX + 1 else INT_MIN


class _Coordinates:
    """Common behavior of points and extents; mutable, and not hashable."""

    __slots__ = ("_v",)
    __array_ufunc__ = None

    dimensions: ClassVar[int]
    _convert: ClassVar[Callable[[Any], Any]]
    _is_integer: ClassVar[bool]
    _is_point: ClassVar[bool]
    # (is_point, is_integer, dimensions) -> class; filled as the concrete classes are defined.
    _classes: ClassVar[dict[tuple[bool, bool, int], type[_Coordinates]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "dimensions" in cls.__dict__:
            cls._is_integer = cls._convert is _int32
            cls._classes[cls._is_point, cls._is_integer, cls.dimensions] = cls

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs:
            args = tuple(bind(type(self).__init__, {}, (self, *args), kwargs).values())
        self._v: tuple[Any, ...] = self._parse(args)

    @classmethod
    def _parse(cls, args: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(args) == cls.dimensions:
            return tuple(map(cls._convert, args))
        if not args:
            return (cls._convert(0),) * cls.dimensions
        if len(args) == 1:
            return cls._parse_single(args[0])
        raise TypeError(f"{cls.__name__} takes {cls.dimensions} components, not {len(args)}.")

    @classmethod
    def _parse_single(cls, value: Any) -> tuple[Any, ...]:
        if isinstance(value, _Coordinates):
            return cls._parse_coordinates(value)
        if isinstance(value, Number):
            return (cls._convert(value),) * cls.dimensions
        components = tuple(value)
        if len(components) != cls.dimensions:
            raise TypeError(f"{cls.__name__} takes {cls.dimensions} components, not {len(components)}.")
        return tuple(map(cls._convert, components))

    @classmethod
    def _parse_coordinates(cls, other: _Coordinates) -> tuple[Any, ...]:
        if other.dimensions != cls.dimensions:
            raise TypeError(f"cannot make a {cls.__name__} from a {type(other).__name__}.")
        if cls._is_integer and not other._is_integer:
            if not (cls._is_point and other._is_point):
                raise TypeError(
                    f"a {cls.__name__} cannot be made from a {type(other).__name__}: use floor()."
                )
            return tuple(map(_round_half_up, other._v))
        return tuple(map(cls._convert, other._v))

    def _make(self, is_point: bool, is_integer: bool, values: Any) -> Any:
        return self._classes[is_point, is_integer, self.dimensions](*values)

    def clone(self) -> Self:
        """Return a copy."""
        return type(self)(*self._v)

    def __len__(self) -> int:
        return self.dimensions

    def __iter__(self) -> Iterator[Any]:
        return iter(self._v)

    def __getitem__(self, index: int) -> Any:
        return self._v[index]

    def __setitem__(self, index: int, value: Any) -> None:
        values = list(self._v)
        values[index] = type(self)._convert(value)
        self._v = tuple(values)

    def getX(self) -> Any:
        """Return the first component."""
        return self._v[0]

    def getY(self) -> Any:
        """Return the second component."""
        return self._v[1]

    def setX(self, value: Any, /) -> None:
        """Set the first component."""
        self[0] = value

    def setY(self, value: Any, /) -> None:
        """Set the second component."""
        self[1] = value

    x = property(getX, setX, doc="First component.")
    y = property(getY, setY, doc="Second component.")

    def _like(self, other: object) -> bool:
        return isinstance(other, _Coordinates) and other.dimensions == self.dimensions

    def __eq__(self, other: object) -> bool:
        if not self._like(other) or other._is_point != self._is_point:  # type: ignore[attr-defined]
            return NotImplemented
        return self._v == other._v  # type: ignore[attr-defined]

    __hash__ = None  # type: ignore[assignment]

    def _combine(self, other: _Coordinates, is_point: bool, operation: Callable[[Any, Any], Any]) -> Any:
        both_integer = self._is_integer and other._is_integer
        return self._make(is_point, both_integer, map(operation, self._v, other._v))

    def _in_place(self, result: Any) -> Self:
        if type(result) is not type(self):
            raise TypeError(f"a {type(self).__name__} cannot hold the result, a {type(result).__name__}.")
        self._v = result._v
        return self

    def __add__(self, other: Any) -> Any:
        if not self._like(other) or (self._is_point and other._is_point):
            return NotImplemented
        return self._combine(other, self._is_point or other._is_point, operator.add)

    def __sub__(self, other: Any) -> Any:
        if not self._like(other) or (other._is_point and not self._is_point):
            return NotImplemented
        return self._combine(other, self._is_point and not other._is_point, operator.sub)

    def __iadd__(self, other: Any) -> Self:
        return self._in_place(self + other)

    def __isub__(self, other: Any) -> Self:
        return self._in_place(self - other)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._v

    def __copy__(self) -> Self:
        return self.clone()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.clone()

    def __str__(self) -> str:
        return "(" + ", ".join(str(v) if self._is_integer else f"{v:.6g}" for v in self._v) + ")"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._v))})"


class _Planar(_Coordinates):
    """The constructor of the classes with two components."""

    __slots__ = ()

    @overload
    def __init__(self, value: float = 0) -> None: ...
    @overload
    def __init__(self, other: _Coordinates | ArrayLike, /) -> None: ...
    @overload
    def __init__(self, x: float, y: float) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class _Spatial(_Coordinates):
    """The constructor and the third component of the classes with three components."""

    __slots__ = ()

    @overload
    def __init__(self, value: float = 0) -> None: ...
    @overload
    def __init__(self, other: _Coordinates | ArrayLike, /) -> None: ...
    @overload
    def __init__(self, x: float, y: float, z: float) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def getZ(self) -> Any:
        """Return the third component."""
        return self[2]

    def setZ(self, value: Any, /) -> None:
        """Set the third component."""
        self[2] = value

    z = property(getZ, setZ, doc="Third component.")


class _Point(_Coordinates):
    """A place."""

    __slots__ = ()
    _is_point = True

    def asExtent(self) -> Any:
        """Return the extent from the origin to this point."""
        return self._make(False, self._is_integer, self._v)

    def distanceSquared(self, other: _Point, /) -> float:
        """Return the squared distance to another point."""
        return sum((a - b) ** 2 for a, b in zip(self._v, other._v, strict=True))

    def shift(self, offset: _Extent, /) -> None:
        """Move this point in place."""
        self += offset

    def scale(self, factor: float, /) -> None:
        """Multiply all components in place."""
        self._v = tuple(type(self)._convert(v * factor) for v in self._v)


class _Extent(_Coordinates):
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

    def __neg__(self) -> Self:
        return type(self)(*(-v for v in self._v))

    def __mul__(self, factor: float) -> Any:
        if not isinstance(factor, Number):
            return NotImplemented
        is_integer = self._is_integer and hasattr(factor, "__index__")
        return self._make(False, is_integer, (v * factor for v in self._v))

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> Any:
        return self._make(False, False, (v / divisor for v in self._v))

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


class Point2I(_Planar, _Point):
    """An integer point in the plane; a real point is rounded by floor(x + 0.5)."""

    __slots__ = ()
    dimensions = 2
    _convert = _int32


class Point2D(_Planar, _Point):
    """A real point in the plane."""

    __slots__ = ()
    dimensions = 2
    _convert = float


class Point3I(_Spatial, _Point):
    """An integer point in space."""

    __slots__ = ()
    dimensions = 3
    _convert = _int32


class Point3D(_Spatial, _Point):
    """A real point in space."""

    __slots__ = ()
    dimensions = 3
    _convert = float


class Extent2I(_Planar, _Extent):
    """An integer extent in the plane."""

    __slots__ = ()
    dimensions = 2
    _convert = _int32


class Extent2D(_Planar, _Extent):
    """A real extent in the plane."""

    __slots__ = ()
    dimensions = 2
    _convert = float


class Extent3I(_Spatial, _Extent):
    """An integer extent in space."""

    __slots__ = ()
    dimensions = 3
    _convert = _int32


class Extent3D(_Spatial, _Extent):
    """A real extent in space."""

    __slots__ = ()
    dimensions = 3
    _convert = float


PointI, PointD, ExtentI, ExtentD = Point2I, Point2D, Extent2I, Extent2D


def _to_integer(extent: Extent2D | Extent3D, rounding: Callable[[float], int]) -> Any:
    return extent._make(False, True, map(rounding, extent))


@overload
def floor(extent: Extent2D, /) -> Extent2I: ...
@overload
def floor(extent: Extent3D, /) -> Extent3I: ...
def floor(extent: Extent2D | Extent3D, /) -> Extent2I | Extent3I:
    """Return the integer extent of the components rounded down."""
    return _to_integer(extent, math.floor)


@overload
def ceil(extent: Extent2D, /) -> Extent2I: ...
@overload
def ceil(extent: Extent3D, /) -> Extent3I: ...
def ceil(extent: Extent2D | Extent3D, /) -> Extent2I | Extent3I:
    """Return the integer extent of the components rounded up."""
    return _to_integer(extent, math.ceil)


@overload
def truncate(extent: Extent2D, /) -> Extent2I: ...
@overload
def truncate(extent: Extent3D, /) -> Extent3I: ...
def truncate(extent: Extent2D | Extent3D, /) -> Extent2I | Extent3I:
    """Return the integer extent of the components rounded towards zero."""
    return _to_integer(extent, math.trunc)
