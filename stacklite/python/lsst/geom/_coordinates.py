"""Common behavior of points and extents."""

from __future__ import annotations

__all__ = ["INT_MAX", "INT_MIN", "Coordinates", "Planar", "Spatial", "evaluable", "int32"]

import math
import operator
from collections.abc import Callable, Iterable, Iterator
from numbers import Number, Real
from typing import Any, ClassVar, Self, overload

import numpy as np
from numpy.typing import ArrayLike

from lsst_stacklite._overloads import bind

from ._coordinate_expressions import make_expression

INT_MIN = -(2**31)
INT_MAX = 2**31 - 1


def int32(value: Any) -> int:
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


def _truncated(value: Any) -> int:
    """Return a component of an integer point or extent from any real number, rounded towards zero.

    Raises
    ------
    TypeError
        Raised if the value is no number, or does not fit into 32 bits.
    """
    if isinstance(value, Real) and not hasattr(value, "__index__"):
        if not math.isfinite(value):
            raise TypeError(f"the coordinate {value} does not fit into 32 bits.")
        return int32(math.trunc(value))
    return int32(value)


def _round_half_up(value: float) -> int:
    """Return floor(value + 0.5); values that int32 cannot hold become its minimum, as in the stack."""
    shifted = value + 0.5
    return math.floor(shifted) if INT_MIN <= shifted < INT_MAX + 1 else INT_MIN


class Coordinates:
    """Common behavior of points and extents; mutable, and not hashable.

    NumPy takes them for sequences of their components.
    """

    __slots__ = ("_v",)

    dimensions: ClassVar[int]
    dtype: ClassVar[type]
    _convert: ClassVar[Callable[[Any], Any]]
    # Conversion of the numbers given to the constructor, of which there are more kinds.
    _component: ClassVar[Callable[[Any], Any]]
    _is_integer: ClassVar[bool]
    _is_point: ClassVar[bool]
    # (is_point, is_integer, dimensions) -> class; filled as the concrete classes are defined.
    _classes: ClassVar[dict[tuple[bool, bool, int], type[Coordinates]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "dimensions" in cls.__dict__:
            cls._is_integer = cls._convert is int32
            cls._component = _truncated if cls._is_integer else float
            cls.dtype = int if cls._is_integer else float
            cls._classes[cls._is_point, cls._is_integer, cls.dimensions] = cls

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs:
            args = tuple(bind(type(self).__init__, {}, (self, *args), kwargs).values())
        self._v: tuple[Any, ...] = self._parse(args)

    @classmethod
    def _parse(cls, args: tuple[Any, ...]) -> tuple[Any, ...]:
        if not args:
            return (cls._convert(0),) * cls.dimensions
        if len(args) == 1:
            return cls._parse_single(args[0])
        if len(args) == cls.dimensions:
            return cls._parse_components(args)
        raise TypeError(f"{cls.__name__} takes {cls.dimensions} components, not {len(args)}.")

    @classmethod
    def _parse_components(cls, components: Iterable[Any]) -> tuple[Any, ...]:
        try:
            return tuple(map(cls._component, components))
        except ValueError as error:
            raise TypeError(f"{components!r} are not the components of a {cls.__name__}.") from error

    @classmethod
    def _parse_single(cls, value: Any) -> tuple[Any, ...]:
        if isinstance(value, Coordinates):
            return cls._parse_coordinates(value)
        if isinstance(value, Number):
            return (cls._convert(value),) * cls.dimensions
        # A column, as linear algebra has vectors, is as good as a row.
        components = tuple(np.ravel(value)) if isinstance(value, np.ndarray) else tuple(value)
        if len(components) != cls.dimensions or isinstance(value, str):
            raise TypeError(f"{cls.__name__} takes {cls.dimensions} components, not {value!r}.")
        return cls._parse_components(components)

    @classmethod
    def _parse_coordinates(cls, other: Coordinates) -> tuple[Any, ...]:
        if other.dimensions != cls.dimensions:
            raise TypeError(f"cannot make a {cls.__name__} from a {type(other).__name__}.")
        if cls._is_integer and cls._is_point and other._is_point and not other._is_integer:
            return tuple(map(_round_half_up, other._v))
        return cls._parse_components(other._v)

    def _make(self, is_point: bool, is_integer: bool, values: Any) -> Any:
        """Return a result of another kind, without the forms of the constructor, which take longer."""
        cls = self._classes[is_point, is_integer, self.dimensions]
        made = cls.__new__(cls)
        made._v = tuple(map(cls._convert, values))
        return made

    def clone(self) -> Self:
        """Return a copy."""
        return type(self)(*self._v)

    def __len__(self) -> int:
        return self.dimensions

    def __iter__(self) -> Iterator[Any]:
        return iter(self._v)

    def __getitem__(self, index: int) -> Any:
        return self._v[operator.index(index)]

    def __setitem__(self, index: int, value: Any) -> None:
        values = list(self._v)
        values[operator.index(index)] = type(self)._convert(value)
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

    def eq(self, other: Self | float, /) -> Any:
        """Return for each component whether it equals another one, or a number."""
        return self._expression(other, operator.eq)

    def ne(self, other: Self | float, /) -> Any:
        """Return for each component whether it differs from another one, or a number."""
        return self._expression(other, operator.ne)

    def lt(self, other: Self | float, /) -> Any:
        """Return for each component whether it is less than another one, or a number."""
        return self._expression(other, operator.lt)

    def le(self, other: Self | float, /) -> Any:
        """Return for each component whether it is at most another one, or a number."""
        return self._expression(other, operator.le)

    def gt(self, other: Self | float, /) -> Any:
        """Return for each component whether it is greater than another one, or a number."""
        return self._expression(other, operator.gt)

    def ge(self, other: Self | float, /) -> Any:
        """Return for each component whether it is at least another one, or a number."""
        return self._expression(other, operator.ge)

    def _expression(self, other: Any, operation: Callable[[Any, Any], bool]) -> Any:
        """Return the result of a comparison with a number or with an object of the same class."""
        if isinstance(other, type(self)):
            return make_expression(map(operation, self._v, other._v))
        if not isinstance(other, Number):
            raise TypeError(f"a {type(self).__name__} is not compared with a {type(other).__name__}.")
        number = type(self)._convert(other)
        return make_expression(operation(value, number) for value in self._v)

    def _like(self, other: object) -> bool:
        return isinstance(other, Coordinates) and other.dimensions == self.dimensions

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        # One by one, because two tuples are equal if they hold the same NaN.
        return all(map(operator.eq, self._v, other._v))

    __hash__ = None  # type: ignore[assignment]

    def _combine(self, other: Coordinates, is_point: bool, operation: Callable[[Any, Any], Any]) -> Any:
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
        # Five digits of integers, too, as in the stack; `repr` has all.
        return "(" + ", ".join(f"{v:.5g}" for v in self._v) + ")"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(evaluable, self._v))})"


class Planar(Coordinates):
    """The constructor of the classes with two components."""

    __slots__ = ()

    @overload
    def __init__(self, value: float = 0) -> None: ...
    @overload
    def __init__(self, other: Coordinates | ArrayLike, /) -> None: ...
    @overload
    def __init__(self, x: float, y: float) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if len(args) == 2 and not kwargs:  # much the most frequent form
            self._v = self._parse_components(args)
        else:
            super().__init__(*args, **kwargs)


class Spatial(Coordinates):
    """The constructor and the third component of the classes with three components."""

    __slots__ = ()

    @overload
    def __init__(self, value: float = 0) -> None: ...
    @overload
    def __init__(self, other: Coordinates | ArrayLike, /) -> None: ...
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


def evaluable(component: float) -> str:
    """Return a component as an expression of Python with all its digits."""
    return f"{component:.17g}" if math.isfinite(component) else f"float('{component}')"
