"""Results of comparisons of points and extents, component by component."""

from __future__ import annotations

__all__ = ["CoordinateExpr", "CoordinateExpr2", "CoordinateExpr3", "all", "any"]

import builtins
import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Self, overload

from lsst.utils import TemplateMeta


class _Expression:
    """A truth value for each component; `all` and `any` make one of them.

    Parameters
    ----------
    val : `bool`, optional
        Value of all components.
    """

    __slots__ = ("_values",)

    dimensions: ClassVar[int]

    def __init__(self, val: bool = False) -> None:
        self._values = [bool(val)] * self.dimensions

    @classmethod
    def _of(cls, values: Iterable[bool]) -> Self:
        result = cls()
        result._values = list(values)
        return result

    def _combine(self, other: Self, operation: Callable[[bool, bool], bool]) -> Self:
        if type(other) is not type(self):
            raise TypeError(f"a {type(self).__name__} cannot be combined with a {type(other).__name__}.")
        return self._of(map(operation, self._values, other._values))

    def and_(self, other: Self, /) -> Self:
        """Return where both are true."""
        return self._combine(other, operator.and_)

    def or_(self, other: Self, /) -> Self:
        """Return where at least one is true."""
        return self._combine(other, operator.or_)

    def not_(self) -> Self:
        """Return where this one is false."""
        return self._of(map(operator.not_, self._values))

    def __len__(self) -> int:
        return self.dimensions

    def __iter__(self) -> Iterator[bool]:
        return iter(self._values)

    def __getitem__(self, index: int) -> bool:
        return self._values[index]

    def __setitem__(self, index: int, value: bool) -> None:
        self._values[index] = bool(value)

    def __str__(self) -> str:
        return f"({', '.join(str(int(value)) for value in self._values)})"

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self}"


class CoordinateExpr2(_Expression):
    """A truth value for x and one for y."""

    __slots__ = ()
    dimensions = 2


class CoordinateExpr3(_Expression):
    """A truth value for each of x, y and z."""

    __slots__ = ()
    dimensions = 3


class CoordinateExpr(metaclass=TemplateMeta):
    """The classes of these results by their number of components: ``CoordinateExpr[2]``."""

    TEMPLATE_PARAMS = ("dimensions",)


CoordinateExpr.register(2, CoordinateExpr2)
CoordinateExpr.register(3, CoordinateExpr3)


def make_expression(values: Iterable[bool]) -> Any:
    """Return the truth values of two or three components as an object."""
    components = list(values)
    return CoordinateExpr[len(components)]._of(components)


@overload
def all(expression: CoordinateExpr2, /) -> bool: ...
@overload
def all(expression: CoordinateExpr3, /) -> bool: ...
def all(expression: CoordinateExpr2 | CoordinateExpr3, /) -> bool:  # noqa: A001 (the stack's own name)
    """Return whether a comparison holds for all components."""
    return builtins.all(_checked(expression))


@overload
def any(expression: CoordinateExpr2, /) -> bool: ...
@overload
def any(expression: CoordinateExpr3, /) -> bool: ...
def any(expression: CoordinateExpr2 | CoordinateExpr3, /) -> bool:  # noqa: A001 (the stack's own name)
    """Return whether a comparison holds for at least one component."""
    return builtins.any(_checked(expression))


def _checked(expression: CoordinateExpr2 | CoordinateExpr3) -> CoordinateExpr2 | CoordinateExpr3:
    if not isinstance(expression, _Expression):
        raise TypeError(f"a comparison of points or extents is needed, not a {type(expression).__name__}.")
    return expression
