"""Linear and affine transforms of the plane."""

from __future__ import annotations

__all__ = ["AffineTransform", "LinearTransform"]

import math
import operator
from typing import Any, ClassVar, Self, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike

import lsst.pex.exceptions as pex_exceptions
from lsst_stacklite._overloads import Check, bind

from ._angle import Angle
from ._arrays import float_array
from ._points import Extent2D, Point2D

_Vector = TypeVar("_Vector", Point2D, Extent2D)


class LinearTransform:
    """A 2x2 matrix that acts on points, extents and arrays.

    Parameters
    ----------
    matrix : array_like, (2, 2)
        The matrix; the identity without it.
    """

    XX: ClassVar[int] = 0
    YX: ClassVar[int] = 1
    XY: ClassVar[int] = 2
    YY: ClassVar[int] = 3

    __slots__ = ("_matrix",)

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, matrix: ArrayLike) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs or len(args) > 1:
            args = tuple(bind(LinearTransform.__init__, {}, (self, *args), kwargs).values())
        self._matrix = float_array(args[0], (2, 2)) if args else np.eye(2)

    @overload
    @classmethod
    def makeScaling(cls, scale: float) -> Self: ...
    @overload
    @classmethod
    def makeScaling(cls, x: float, y: float, /) -> Self: ...
    @classmethod
    def makeScaling(cls, *args: float, **kwargs: float) -> Self:
        """Return the transform that multiplies x and y by one or two factors."""
        if not args and kwargs.keys() == {"scale"}:
            args = (kwargs["scale"],)
        elif kwargs or len(args) not in (1, 2):
            raise TypeError(f"makeScaling takes one or two factors, not {args} and {kwargs}.")
        return cls(np.diag([args[0], args[-1]]))

    @classmethod
    def makeRotation(cls, angle: Angle) -> Self:
        """Return the counter-clockwise rotation by an angle."""
        c, s = math.cos(angle.asRadians()), math.sin(angle.asRadians())
        return cls([[c, -s], [s, c]])

    def getMatrix(self) -> np.ndarray:
        """Return a copy of the matrix, float64, (2, 2)."""
        return self._matrix.copy()

    def getParameterVector(self) -> np.ndarray:
        """Return the elements in the order XX, YX, XY, YY."""
        return self._matrix.T.ravel().copy()

    def computeDeterminant(self) -> float:
        """Return the determinant."""
        (a, b), (c, d) = self._matrix.tolist()
        return a * d - b * c

    def isIdentity(self) -> bool:
        """Return whether the transform changes nothing."""
        return bool(np.array_equal(self._matrix, np.eye(2)))

    def inverted(self) -> LinearTransform:
        """Return the inverse.

        Raises
        ------
        lsst.pex.exceptions.Exception
            Raised if the matrix is singular.
        """
        return LinearTransform(_inverse(self._matrix))

    @overload
    def __call__(self, point: _Vector, /) -> _Vector: ...
    @overload
    def __call__(self, x: ArrayLike, y: ArrayLike, /) -> tuple[np.ndarray, np.ndarray]: ...
    def __call__(self, *args: Any) -> Any:
        """Transform a point, an extent, or arrays x and y (which gives x and y)."""
        return _apply(self._matrix, (0.0, 0.0), args)

    @np.errstate(all="ignore")  # C++ does not warn
    def __mul__(self, other: LinearTransform) -> LinearTransform:
        """Return the transform that applies ``other`` first."""
        if isinstance(other, LinearTransform):
            return LinearTransform(self._matrix @ other._matrix)
        return NotImplemented

    def __getitem__(self, index: int | tuple[int, int]) -> float:
        if isinstance(index, tuple):
            return float(self._matrix[index])
        return float(self.getParameterVector()[operator.index(index)])

    def __reduce__(self) -> tuple[Any, ...]:
        return LinearTransform, (self._matrix.tolist(),)

    def __str__(self) -> str:
        return str(self._matrix)

    def __repr__(self) -> str:
        return f"LinearTransform({self._matrix.tolist()})"


class AffineTransform:
    """A linear transform followed by a translation.

    ``AffineTransform()`` (the identity), ``AffineTransform(linear, translation)``,
    ``AffineTransform(linear)``, ``AffineTransform(translation)``,
    ``AffineTransform(matrix)``.

    Parameters
    ----------
    linear : `LinearTransform` or array_like, (2, 2)
        The linear part.
    translation : `Extent2D` or array_like, (2,)
        The translation.
    matrix : array_like, (3, 3)
        Both parts, in homogeneous coordinates.
    """

    XX: ClassVar[int] = 0
    YX: ClassVar[int] = 1
    XY: ClassVar[int] = 2
    YY: ClassVar[int] = 3
    X: ClassVar[int] = 4
    Y: ClassVar[int] = 5

    __slots__ = ("_linear", "_translation")

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, matrix: _Matrix3) -> None: ...
    @overload
    def __init__(self, linear: LinearTransform | _Matrix2) -> None: ...
    @overload
    def __init__(self, translation: Extent2D | _Vector2) -> None: ...
    @overload
    def __init__(self, linear: LinearTransform, translation: Extent2D) -> None: ...
    @overload
    def __init__(self, linear: _Matrix2, translation: Extent2D | _Vector2) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        parts = bind(AffineTransform.__init__, _PARTS, (self, *args), kwargs)
        if "matrix" in parts:
            matrix = float_array(parts["matrix"], (3, 3))
            parts = {"linear": matrix[:2, :2], "translation": matrix[:2, 2]}
        linear, translation = parts.get("linear", np.eye(2)), parts.get("translation", (0.0, 0.0))
        if not isinstance(linear, LinearTransform):
            linear = LinearTransform(linear)
        self._linear = LinearTransform(linear._matrix)
        self._translation = Extent2D(*map(float, translation))

    @classmethod
    def makeScaling(cls, x: float, y: float | None = None, /) -> Self:
        """Return the transform that multiplies x and y by one or two factors."""
        return cls(LinearTransform.makeScaling(x, x if y is None else y))

    @classmethod
    def makeRotation(cls, angle: Angle) -> Self:
        """Return the counter-clockwise rotation by an angle about the origin."""
        return cls(LinearTransform.makeRotation(angle))

    @classmethod
    def makeTranslation(cls, translation: Extent2D) -> Self:
        """Return the transform that adds an extent."""
        return cls(translation)

    def getLinear(self) -> LinearTransform:
        """Return the linear part."""
        return LinearTransform(self._linear._matrix)

    def getTranslation(self) -> Extent2D:
        """Return the translation."""
        return self._translation.clone()

    def getMatrix(self) -> np.ndarray:
        """Return the matrix in homogeneous coordinates, float64, (3, 3)."""
        matrix = np.eye(3)
        matrix[:2, :2] = self._linear._matrix
        matrix[:2, 2] = tuple(self._translation)
        return matrix

    def getParameterVector(self) -> np.ndarray:
        """Return the elements in the order XX, YX, XY, YY, X, Y."""
        return np.array([*self._linear.getParameterVector(), *self._translation])

    def isIdentity(self) -> bool:
        """Return whether the transform changes nothing."""
        return self._linear.isIdentity() and tuple(self._translation) == (0.0, 0.0)

    def inverted(self) -> AffineTransform:
        """Return the inverse.

        Raises
        ------
        lsst.pex.exceptions.Exception
            Raised if the linear part is singular.
        """
        inverse = self._linear.inverted()
        return AffineTransform(inverse, -inverse(self._translation))

    @overload
    def __call__(self, point: _Vector, /) -> _Vector: ...
    @overload
    def __call__(self, x: ArrayLike, y: ArrayLike, /) -> tuple[np.ndarray, np.ndarray]: ...
    def __call__(self, *args: Any) -> Any:
        """Transform a point, arrays x and y (which gives x and y), or an extent (not translated)."""
        is_extent = len(args) == 1 and isinstance(args[0], Extent2D)
        offset = (0.0, 0.0) if is_extent else tuple(self._translation)
        return _apply(self._linear._matrix, offset, args)

    @np.errstate(all="ignore")  # C++ does not warn
    def __mul__(self, other: AffineTransform) -> AffineTransform:
        """Return the transform that applies ``other`` first."""
        if not isinstance(other, AffineTransform):
            return NotImplemented
        linear = self._linear * other._linear
        return AffineTransform(linear, self._linear(other._translation) + self._translation)

    def __getitem__(self, index: int | tuple[int, int]) -> float:
        if isinstance(index, tuple):
            return float(self.getMatrix()[index])
        number, values = operator.index(index), self.getParameterVector()
        if number < 0:
            raise IndexError(f"an AffineTransform has the indices 0 to {len(values) - 1}, not {number}.")
        return float(values[number])

    def __reduce__(self) -> tuple[Any, ...]:
        return AffineTransform, (self._linear, self._translation)

    def __str__(self) -> str:
        return str(self.getMatrix())

    def __repr__(self) -> str:
        return f"AffineTransform({self._linear._matrix.tolist()}, {self._translation!r})"


_Matrix3: TypeAlias = ArrayLike
_Matrix2: TypeAlias = ArrayLike
_Vector2: TypeAlias = ArrayLike

_PARTS: dict[str, Check] = {
    "LinearTransform": LinearTransform,
    "Extent2D": Extent2D,
    "_Matrix3": lambda value: np.shape(value) == (3, 3),
    "_Matrix2": lambda value: np.shape(value) == (2, 2),
    "_Vector2": lambda value: np.shape(value) == (2,),
}
"""Types by which the forms of the arguments of an `AffineTransform` are told apart."""


@np.errstate(all="ignore")  # C++ does not warn
def _inverse(matrix: np.ndarray) -> np.ndarray:
    (a, b), (c, d) = matrix.tolist()
    determinant = a * d - b * c
    if determinant == 0.0:
        raise pex_exceptions.Exception(f"the matrix {matrix.tolist()} is singular and has no inverse.")
    return np.array([[d, -b], [-c, a]]) / determinant


def _apply(matrix: np.ndarray, offset: tuple[float, ...], args: tuple[Any, ...]) -> Any:
    (a, b), (c, d) = matrix.tolist()
    if len(args) == 2:
        x, y = np.asarray(args[0], dtype=float), np.asarray(args[1], dtype=float)
        return a * x + b * y + offset[0], c * x + d * y + offset[1]
    (argument,) = args
    if not isinstance(argument, Point2D | Extent2D):
        raise TypeError(f"cannot transform a {type(argument).__name__}.")
    x, y = argument
    return type(argument)(a * x + b * y + offset[0], c * x + d * y + offset[1])
