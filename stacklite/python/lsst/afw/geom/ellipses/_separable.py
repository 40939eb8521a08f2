"""Ellipse cores made of an ellipticity and a radius."""

from __future__ import annotations

__all__ = [
    "ConformalShear",
    "Distortion",
    "EllipticityBase",
    "ReducedShear",
    "SeparableBase",
    "SeparableConformalShearDeterminantRadius",
    "SeparableConformalShearTraceRadius",
    "SeparableDistortionDeterminantRadius",
    "SeparableDistortionTraceRadius",
    "SeparableReducedShearDeterminantRadius",
    "SeparableReducedShearTraceRadius",
]

import math
from typing import Any, ClassVar, Self, overload

from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._overloads import bind

from ._core import BaseCore, Quadrupole, TransformableCore, cos_sin, moments_of_axes


class EllipticityBase:
    """Two components ``|e| cos(2 theta)`` and ``|e| sin(2 theta)``; the classes differ in ``|e|``.

    Parameters
    ----------
    e1 : `float` or `complex`, optional
        First component, or both.
    e2 : `float`, optional
        Second component.
    """

    def __init__(self, e1: complex = 0.0, e2: float = 0.0) -> None:
        both = complex(e1)
        # Component by component: a product with 1j would spread NaN and infinity to both.
        self._e = complex(both.real, both.imag + e2)

    def getE1(self) -> float:
        """Return the first component."""
        return self._e.real

    def getE2(self) -> float:
        """Return the second component."""
        return self._e.imag

    def getComplex(self) -> complex:
        """Return both components as one number."""
        return self._e

    def getTheta(self) -> float:
        """Return the angle from the x axis to the major axis, in radians."""
        return 0.5 * math.atan2(self._e.imag, self._e.real)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.getE1()!r}, {self.getE2()!r})"


class _Ellipticity(EllipticityBase):
    """Base class of ellipticities."""

    @staticmethod
    def _size_of(axis_ratio: float) -> float:
        """Return ``|e|`` for minor over major axis."""
        raise NotImplementedError

    @classmethod
    def _of_axes(cls, axis_ratio: float, theta: float) -> Self:
        size = cls._size_of(axis_ratio)
        cosine, sine = cos_sin(2.0 * theta)
        return cls(size * cosine, size * sine)

    def getAxisRatio(self) -> float:
        """Return minor over major axis."""
        raise NotImplementedError

    def normalize(self) -> None:
        """Do nothing: the axis ratio of any size can be computed (agrees with the stack)."""

    @classmethod
    def getName(cls) -> str:
        """Return the name of the class."""
        return cls.__name__


class Distortion(_Ellipticity):
    """Ellipticity with ``|e| = (a^2 - b^2)/(a^2 + b^2)``, the one of moments."""

    @staticmethod
    def _size_of(axis_ratio: float) -> float:
        return (1.0 - axis_ratio**2) / (1.0 + axis_ratio**2)

    def getAxisRatio(self) -> float:
        """Return minor over major axis; NaN if there is none."""
        e = abs(self._e)
        return math.sqrt((1.0 - e) / (1.0 + e)) if e <= 1.0 else math.nan

    def normalize(self) -> None:
        """Check that there is such an ellipse.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if ``|e|`` is larger than 1.
        """
        if abs(self._e) > 1.0:
            raise InvalidParameterError(
                f"{self!r} is not the ellipticity of an ellipse; its components must lie in the unit circle."
            )


class ReducedShear(_Ellipticity):
    """Ellipticity with ``|e| = (a - b)/(a + b)``, called g in weak lensing."""

    @staticmethod
    def _size_of(axis_ratio: float) -> float:
        return (1.0 - axis_ratio) / (1.0 + axis_ratio)

    def getAxisRatio(self) -> float:
        """Return minor over major axis; negative if ``|e|`` is larger than 1."""
        return (1.0 - abs(self._e)) / (1.0 + abs(self._e))


class ConformalShear(_Ellipticity):
    """Ellipticity with ``|e| = ln(a/b)``."""

    @staticmethod
    def _size_of(axis_ratio: float) -> float:
        return math.inf if axis_ratio == 0.0 else -math.log(axis_ratio)

    def getAxisRatio(self) -> float:
        """Return minor over major axis."""
        return math.exp(-abs(self._e))


class SeparableBase(TransformableCore):
    """An ellipse core given by an ellipticity and a radius; the classes differ in both.

    Parameters
    ----------
    e1, e2 : `float`, optional
        Components of the ellipticity.
    radius : `float`, optional
        Radius.
    normalize : `bool`, optional
        Refuse parameters that are not those of an ellipse.
    other : `BaseCore`
        Another core.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if, with ``normalize``, there is no such ellipse.

    Notes
    -----
    The formulas are the definitions. They agree with the stack for parameters of ellipses; of others, such as
    axes that became negative, the absolute values count.
    """

    _names = ("e1", "e2", "radius")
    _ellipticity: ClassVar[type[_Ellipticity]]
    _is_trace: ClassVar[bool]

    @overload
    def __init__(
        self, e1: float = 0.0, e2: float = 0.0, radius: float = 1.0, normalize: bool = True
    ) -> None: ...
    @overload
    def __init__(self, other: BaseCore, /) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(SeparableBase.__init__, {"BaseCore": BaseCore}, (self, *args), kwargs)
        if "other" in given:
            super().__init__((0.0, 0.0, 0.0), False)
            self._assign(given["other"]._axes())
            return
        parameters = (given.get("e1", 0.0), given.get("e2", 0.0), given.get("radius", 1.0))
        super().__init__(parameters, given.get("normalize", True))

    def getE1(self) -> float:
        """Return the first component of the ellipticity."""
        return self._p[0]

    def getE2(self) -> float:
        """Return the second component of the ellipticity."""
        return self._p[1]

    def getRadius(self) -> float:
        """Return the radius."""
        return self._p[2]

    def getEllipticity(self) -> _Ellipticity:
        """Return the ellipticity."""
        return self._ellipticity(*self._p[:2])

    def normalize(self) -> None:
        """Check that there is such an ellipse.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there is no such ellipticity, or the radius is negative.
        """
        self.getEllipticity().normalize()
        if self._p[2] < 0.0:
            raise InvalidParameterError(f"{self!r} is not the core of an ellipse: the radius is negative.")

    def _axes(self) -> tuple[float, float, float]:
        ellipticity = self.getEllipticity()
        ratio, radius = abs(ellipticity.getAxisRatio()), self._p[2]
        if self._is_trace:
            a = radius * math.sqrt(2.0 / (1.0 + ratio * ratio))
        else:
            a = radius / math.sqrt(ratio) if ratio > 0.0 else math.nan
        return a, a * ratio, ellipticity.getTheta()

    def _assign(self, axes: tuple[float, float, float]) -> None:
        a, b, theta = abs(axes[0]), abs(axes[1]), axes[2]
        if a < b:
            a, b, theta = b, a, theta + 0.5 * math.pi
        # A point has no shape.
        ellipticity = self._ellipticity._of_axes(b / a if a else math.nan, theta)
        radius = math.hypot(a, b) / math.sqrt(2.0) if self._is_trace else math.sqrt(a * b)
        self._p = [ellipticity.getE1(), ellipticity.getE2(), radius]

    def _moments(self) -> tuple[float, float, float]:
        return moments_of_axes(*self._axes())

    def _with_moments(self, ixx: float, iyy: float, ixy: float) -> Any:
        return type(self)(Quadrupole(ixx, iyy, ixy))


class SeparableDistortionDeterminantRadius(SeparableBase):
    """A `Distortion` and the radius of the circle of equal area."""

    _ellipticity, _is_trace = Distortion, False


class SeparableDistortionTraceRadius(SeparableBase):
    """A `Distortion` and the radius of the circle of equal sum of moments."""

    _ellipticity, _is_trace = Distortion, True


class SeparableReducedShearDeterminantRadius(SeparableBase):
    """A `ReducedShear` and the radius of the circle of equal area."""

    _ellipticity, _is_trace = ReducedShear, False


class SeparableReducedShearTraceRadius(SeparableBase):
    """A `ReducedShear` and the radius of the circle of equal sum of moments."""

    _ellipticity, _is_trace = ReducedShear, True


class SeparableConformalShearDeterminantRadius(SeparableBase):
    """A `ConformalShear` and the radius of the circle of equal area."""

    _ellipticity, _is_trace = ConformalShear, False


class SeparableConformalShearTraceRadius(SeparableBase):
    """A `ConformalShear` and the radius of the circle of equal sum of moments."""

    _ellipticity, _is_trace = ConformalShear, True
