"""Ellipse cores: the size, shape and orientation of an ellipse without its center."""

from __future__ import annotations

__all__ = ["Axes", "BaseCore", "Quadrupole", "TransformableCore", "cos_sin", "moments_of_axes"]

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Self, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike

from lsst.geom import Extent2D, LinearTransform
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._overloads import Check, bind


class BaseCore:
    """A mutable ellipse core; the concrete classes differ in their three parameters.

    Nothing checks that the parameters are those of an ellipse, except
    `normalize`; quantities that do not exist are NaN.
    """

    _names: ClassVar[tuple[str, str, str]]

    def __init__(self, parameters: Sequence[float], normalize: bool) -> None:
        self._p = [float(v) for v in parameters]
        if normalize:
            self.normalize()

    def normalize(self) -> None:
        """Bring the parameters into their standard form, in place."""
        raise NotImplementedError

    def _moments(self) -> tuple[float, float, float]:
        """Return Ixx, Iyy, Ixy."""
        raise NotImplementedError

    def _axes(self) -> tuple[float, float, float]:
        """Return a, b, theta (radians)."""
        raise NotImplementedError

    def _assign(self, axes: tuple[float, float, float]) -> None:
        """Set the parameters from a, b, theta."""
        raise NotImplementedError

    def _with_moments(self, ixx: float, iyy: float, ixy: float) -> Any:
        """Return a core of the same class from Ixx, Iyy, Ixy."""
        raise NotImplementedError

    def getName(self) -> str:
        """Return the name of the class."""
        return type(self).__name__

    def clone(self) -> Self:
        """Return a copy."""
        copy = object.__new__(type(self))
        copy._p = list(self._p)
        return copy

    def getParameterVector(self) -> np.ndarray:
        """Return the parameters, float64, (3,)."""
        return np.array(self._p)

    def setParameterVector(self, vector: ArrayLike, /) -> None:
        """Set the parameters.

        Parameters
        ----------
        vector : array_like, (3,)
            Parameters in the order of the constructor.

        Raises
        ------
        TypeError
            Raised if their number is not three.
        """
        if np.shape(vector) != (3,):
            raise TypeError(f"a {type(self).__name__} has 3 parameters, not an array {np.shape(vector)}.")
        self._p = [float(v) for v in np.asarray(vector)]

    def getArea(self) -> float:
        """Return pi a b."""
        a, b, _ = self._axes()
        return math.pi * a * b

    def getDeterminantRadius(self) -> float:
        """Return sqrt(a b), the radius of the circle of equal area."""
        a, b, _ = self._axes()
        return _sqrt(a * b)

    def getTraceRadius(self) -> float:
        """Return sqrt((a^2 + b^2)/2) = sqrt((Ixx + Iyy)/2)."""
        ixx, iyy, _ = self._moments()
        return _sqrt(0.5 * (ixx + iyy))

    def computeDimensions(self) -> Extent2D:
        """Return width and height of the box around the ellipse."""
        a, b, theta = self._axes()
        c, s = cos_sin(theta)
        return Extent2D(2.0 * math.hypot(a * c, b * s), 2.0 * math.hypot(a * s, b * c))

    def grow(self, buffer: float, /) -> None:
        """Add a length to both semi-axes, in place."""
        a, b, theta = self._axes()
        self._assign((a + buffer, b + buffer, theta))

    def scale(self, factor: float, /) -> None:
        """Multiply both semi-axes, in place."""
        a, b, theta = self._axes()
        self._assign((a * factor, b * factor, theta))

    def convolve(self, other: BaseCore, /) -> Self:
        """Return the core with the sum of both second moments."""
        return self._with_moments(*(p + q for p, q in zip(self._moments(), other._moments(), strict=True)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, BaseCore) or type(other) is not type(self):
            return NotImplemented
        return self._p == other._p

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(self._p)

    def __repr__(self) -> str:
        values = ", ".join(f"{n}={v!r}" for n, v in zip(self._names, self._p, strict=True))
        return f"{type(self).__name__}({values})"


class TransformableCore(BaseCore):
    """A core of one of the concrete classes."""

    @np.errstate(all="ignore")  # C++ does not warn
    def transform(self, transform: LinearTransform, /) -> Self:
        """Return the core of the linearly transformed ellipse."""
        matrix = transform.getMatrix()
        ixx, iyy, ixy = self._moments()
        (xx, xy), (_, yy) = matrix @ np.array([[ixx, ixy], [ixy, iyy]]) @ matrix.T
        return self._with_moments(xx, yy, xy)


_Vector: TypeAlias = ArrayLike
_Matrix: TypeAlias = ArrayLike

_KINDS: dict[str, Check] = {
    "_Vector": lambda value: np.shape(value) == (3,),
    "_Matrix": lambda value: np.shape(value) == (2, 2),
    "BaseCore": BaseCore,
}
"""Types by which the forms of the arguments of a `Quadrupole` are told apart."""


class Quadrupole(TransformableCore):
    """An ellipse core given by second moments.

    Parameters
    ----------
    ixx, iyy, ixy : `float`, optional
        Moments.
    vector : array_like, (3,)
        The moments in this order.
    matrix : array_like, (2, 2)
        The symmetric matrix of moments.
    normalize : `bool`, optional
        Refuse moments that are not those of an ellipse; those of a matrix
        are refused by default.
    other : `BaseCore`
        Another core.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if, with ``normalize``, a diagonal moment or the determinant is negative.
    """

    _names = ("ixx", "iyy", "ixy")

    @overload
    def __init__(
        self, ixx: float = 1.0, iyy: float = 1.0, ixy: float = 0.0, normalize: bool = False
    ) -> None: ...
    @overload
    def __init__(self, vector: _Vector, normalize: bool = False) -> None: ...
    @overload
    def __init__(self, matrix: _Matrix, normalize: bool = True) -> None: ...
    @overload
    def __init__(self, other: BaseCore, /) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(Quadrupole.__init__, _KINDS, (self, *args), kwargs)
        normalize = given.get("normalize", "matrix" in given)
        if "matrix" in given:
            (ixx, ixy), (_, iyy) = given["matrix"]
        elif "vector" in given:
            ixx, iyy, ixy = given["vector"]
        elif "other" in given:
            ixx, iyy, ixy = given["other"]._moments()
        else:
            ixx, iyy, ixy = given.get("ixx", 1.0), given.get("iyy", 1.0), given.get("ixy", 0.0)
        super().__init__((ixx, iyy, ixy), normalize)

    def getIxx(self) -> float:
        """Return the moment xx."""
        return self._p[0]

    def getIyy(self) -> float:
        """Return the moment yy."""
        return self._p[1]

    def getIxy(self) -> float:
        """Return the moment xy."""
        return self._p[2]

    def setIxx(self, ixx: float, /) -> None:
        """Set the moment xx."""
        self._p[0] = float(ixx)

    def setIyy(self, iyy: float, /) -> None:
        """Set the moment yy."""
        self._p[1] = float(iyy)

    def setIxy(self, ixy: float, /) -> None:
        """Set the moment xy."""
        self._p[2] = float(ixy)

    def normalize(self) -> None:
        """Check that the moments are those of an ellipse.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if a diagonal moment or the determinant is negative.
        """
        ixx, iyy, ixy = self._p
        if ixx < 0.0 or iyy < 0.0 or ixx * iyy - ixy * ixy < 0.0:
            raise InvalidParameterError(f"{self!r} is not the core of an ellipse.")

    def _moments(self) -> tuple[float, float, float]:
        return self._p[0], self._p[1], self._p[2]

    def _with_moments(self, ixx: float, iyy: float, ixy: float) -> Quadrupole:
        return Quadrupole(ixx, iyy, ixy)

    def _axes(self) -> tuple[float, float, float]:
        ixx, iyy, ixy = self._p
        total, difference = ixx + iyy, ixx - iyy
        root = math.sqrt(difference * difference + 4.0 * ixy * ixy)
        theta = 0.5 * math.atan2(2.0 * ixy, difference)
        return _sqrt(0.5 * (total + root)), _sqrt(0.5 * (total - root)), theta

    def _assign(self, axes: tuple[float, float, float]) -> None:
        self._p = list(moments_of_axes(*axes))


class Axes(TransformableCore):
    """An ellipse core given by semi-axes and a position angle.

    Parameters
    ----------
    a : `float` or `BaseCore`, optional
        Semi-major axis, or another core.
    b : `float`, optional
        Semi-minor axis.
    theta : `float`, optional
        Angle from the x axis to the major axis, in radians.
    normalize : `bool`, optional
        Bring the parameters into their standard form.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if, with ``normalize``, an axis is negative.
    """

    _names = ("a", "b", "theta")

    def __init__(self, a: Any = 1.0, b: float = 1.0, theta: float = 0.0, normalize: bool = False) -> None:
        if isinstance(a, BaseCore):
            a, b, theta = a._axes()
        super().__init__((a, b, theta), normalize)

    def getA(self) -> float:
        """Return the semi-major axis."""
        return self._p[0]

    def getB(self) -> float:
        """Return the semi-minor axis."""
        return self._p[1]

    def getTheta(self) -> float:
        """Return the angle from the x axis to the major axis, in radians."""
        return self._p[2]

    def setA(self, a: float, /) -> None:
        """Set the semi-major axis."""
        self._p[0] = float(a)

    def setB(self, b: float, /) -> None:
        """Set the semi-minor axis."""
        self._p[1] = float(b)

    def setTheta(self, theta: float, /) -> None:
        """Set the angle from the x axis to the major axis, in radians."""
        self._p[2] = float(theta)

    def normalize(self) -> None:
        """Make a the larger axis and bring theta into [-pi/2, pi/2), in place.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if an axis is negative.
        """
        a, b, theta = self._p
        if a < 0.0 or b < 0.0:
            raise InvalidParameterError(f"{self!r} is not the core of an ellipse: an axis is negative.")
        if a < b:
            a, b, theta = b, a, theta + 0.5 * math.pi
        if not -0.5 * math.pi <= theta < 0.5 * math.pi:
            theta -= math.pi * float(np.floor(theta / math.pi + 0.5))
        self._p = [a, b, theta]

    def _moments(self) -> tuple[float, float, float]:
        return moments_of_axes(*self._p)

    def _with_moments(self, ixx: float, iyy: float, ixy: float) -> Axes:
        return Axes(Quadrupole(ixx, iyy, ixy))

    def _axes(self) -> tuple[float, float, float]:
        return self._p[0], self._p[1], self._p[2]

    def _assign(self, axes: tuple[float, float, float]) -> None:
        self._p = list(axes)


def _sqrt(value: float) -> float:
    """Return a square root, NaN for a negative number."""
    return math.sqrt(value) if value >= 0.0 else math.nan


def cos_sin(theta: float) -> tuple[float, float]:
    """Return cosine and sine, NaN for angles that are not finite."""
    return (math.cos(theta), math.sin(theta)) if math.isfinite(theta) else (math.nan, math.nan)


def moments_of_axes(a: float, b: float, theta: float) -> tuple[float, float, float]:
    """Return Ixx, Iyy, Ixy."""
    c, s = cos_sin(theta)
    a2, b2 = a * a, b * b
    return a2 * c * c + b2 * s * s, a2 * s * s + b2 * c * c, (a2 - b2) * c * s
