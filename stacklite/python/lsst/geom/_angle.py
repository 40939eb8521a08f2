"""Angles: a number of radians with a unit-aware interface."""

from __future__ import annotations

__all__ = [
    "HALFPI",
    "INVSQRTPI",
    "ONE_OVER_PI",
    "PI",
    "ROOT2",
    "SQRTPI",
    "TWOPI",
    "Angle",
    "AngleUnit",
    "arcminutes",
    "arcsecToRad",
    "arcseconds",
    "degToRad",
    "degrees",
    "hours",
    "isAngle",
    "masToRad",
    "milliarcseconds",
    "radToArcsec",
    "radToDeg",
    "radToMas",
    "radians",
]

import math
from collections.abc import Callable
from numbers import Real
from typing import Any, Self, SupportsFloat, overload

from ._arrays import quotient

PI = math.pi
TWOPI = 2.0 * math.pi
HALFPI = 0.5 * math.pi
ONE_OVER_PI = 1.0 / math.pi
SQRTPI = math.sqrt(math.pi)
INVSQRTPI = 1.0 / math.sqrt(math.pi)
ROOT2 = math.sqrt(2.0)

_NO_VALUE = object()


class AngleUnit:
    """A unit of angle; ``number * unit`` is an `Angle`. There are no others than those of this package."""

    __slots__ = ("_name", "_rad")
    _name: str
    _rad: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("the units of angles are constants: radians, degrees, hours, arcminutes, ...")

    @classmethod
    def _make(cls, rad: float, name: str) -> Self:
        unit = cls.__new__(cls)
        unit._rad, unit._name = rad, name
        return unit

    def __mul__(self, value: float) -> Angle:
        if isinstance(value, Angle | AngleUnit):
            raise NotImplementedError("an angle has its unit already: multiply a number by a unit.")
        return Angle(value, self)

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AngleUnit):
            return NotImplemented
        return self._rad == other._rad

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> str:
        return self._name

    def __repr__(self) -> str:
        return self._name


radians = AngleUnit._make(1.0, "radians")
degrees = AngleUnit._make(PI / 180.0, "degrees")
hours = AngleUnit._make(PI * 15.0 / 180.0, "hours")
arcminutes = AngleUnit._make(PI / 60.0 / 180.0, "arcminutes")
arcseconds = AngleUnit._make(PI / 180.0 / 3600.0, "arcseconds")
milliarcseconds = AngleUnit._make(PI / (180.0 * 3600000.0), "milliarcseconds")


class Angle:
    """An immutable angle, held in radians as double precision; 0 by default.

    Parameters
    ----------
    val : `float`
        Number of units. (That of an angle is its number of radians.)
    units : `AngleUnit`, optional
        Unit of ``val``.

    Notes
    -----
    Comparisons compare radians without wrapping, also with numbers; NaN compares false.
    """

    __slots__ = ("_rad",)

    @overload
    def __init__(self, val: SupportsFloat, units: AngleUnit = radians) -> None: ...
    @overload
    def __init__(self) -> None: ...
    def __init__(self, val: Any = _NO_VALUE, units: AngleUnit = radians) -> None:
        if val is _NO_VALUE and units is radians:
            val = 0.0
        if isinstance(val, str):
            raise TypeError(f"an angle is made from a number, not from the text {val!r}.")
        if not isinstance(units, AngleUnit):
            raise TypeError(f"the unit of an angle is an AngleUnit, not {units!r}.")
        self._rad: float = float(val) if units is radians else float(val) * units._rad

    def asRadians(self) -> float:
        """Return the angle in radians."""
        return self._rad

    def asAngularUnits(self, unit: AngleUnit, /) -> float:
        """Return the angle in any unit."""
        return self._rad / unit._rad

    def asDegrees(self) -> float:
        """Return the angle in degrees."""
        return self.asAngularUnits(degrees)

    def asHours(self) -> float:
        """Return the angle in hours."""
        return self.asAngularUnits(hours)

    def asArcminutes(self) -> float:
        """Return the angle in arcminutes."""
        return self.asAngularUnits(arcminutes)

    def asArcseconds(self) -> float:
        """Return the angle in arcseconds."""
        return self.asAngularUnits(arcseconds)

    def asMilliarcseconds(self) -> float:
        """Return the angle in milliarcseconds."""
        return self.asAngularUnits(milliarcseconds)

    def wrap(self) -> Angle:
        """Return the equal angle in [0, 2 pi)."""
        return Angle(wrap_radians(self._rad))

    def wrapCtr(self) -> Angle:
        """Return the equal angle in [-pi, pi)."""
        return Angle(_wrap_centered(self._rad))

    def wrapNear(self, reference: Angle, /) -> Angle:
        """Return the equal angle nearest to ``reference``.

        The result minus the reference is in [-pi, pi), rounding included.
        """
        ref = _checked(reference)._rad
        near = _wrap_centered(self._rad - ref) + ref
        if near - ref >= PI:
            near -= TWOPI
        if near - ref < -PI:
            # The sum was rounded; far from zero no turn more or less would bring it back into the range.
            near = math.nextafter(near, math.inf)
        return Angle(near)

    def separation(self, other: Angle, /) -> Angle:
        """Return the signed difference to another angle, in [-pi, pi)."""
        return Angle(_wrap_centered(self._rad - _checked(other)._rad))

    def __float__(self) -> float:
        return self._rad

    def __neg__(self) -> Angle:
        return Angle(-self._rad)

    def __abs__(self) -> Angle:
        return Angle(abs(self._rad))

    def __add__(self, other: Angle) -> Angle:
        return Angle(self._rad + other._rad) if isinstance(other, Angle) else NotImplemented

    def __sub__(self, other: Angle) -> Angle:
        return Angle(self._rad - other._rad) if isinstance(other, Angle) else NotImplemented

    def __mul__(self, factor: float) -> Angle:
        if isinstance(factor, AngleUnit):
            raise NotImplementedError("an angle has its unit already: multiply a number by a unit.")
        if isinstance(factor, Angle):
            return NotImplemented  # the square of an angle is no angle
        return Angle(self._rad * factor)

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> Angle:
        """Divide by a number; the ratio of two angles is refused, because it needs a unit."""
        if isinstance(divisor, Angle):
            raise TypeError("the ratio of two angles needs a unit: use asRadians() on both.")
        return Angle(quotient(self._rad, divisor)) if isinstance(divisor, Real) else NotImplemented

    def _compare(self, other: object, operator: Callable[[float, float], bool]) -> bool:
        if isinstance(other, Angle):
            return operator(self._rad, other._rad)
        return operator(self._rad, float(other)) if isinstance(other, Real) else NotImplemented

    def __eq__(self, other: object) -> bool:
        return self._compare(other, float.__eq__)

    def __lt__(self, other: Angle | float) -> bool:
        return self._compare(other, float.__lt__)

    def __le__(self, other: Angle | float) -> bool:
        return self._compare(other, float.__le__)

    def __gt__(self, other: Angle | float) -> bool:
        return self._compare(other, float.__gt__)

    def __ge__(self, other: Angle | float) -> bool:
        return self._compare(other, float.__ge__)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Angle, (self._rad,)

    def __str__(self) -> str:
        return f"{self._rad:g} rad"

    def __repr__(self) -> str:
        if math.isfinite(self._rad):
            return f"Angle({self.asDegrees():.17g}, degrees)"
        return f"Angle(float('{self._rad}'), degrees)"


def _checked(value: Angle) -> Angle:
    """Return an argument if it is an angle; a unit has radians, too."""
    if not isinstance(value, Angle):
        raise TypeError(f"an Angle is needed here, not a {type(value).__name__}.")
    return value


def wrap_radians(value: float) -> float:
    """Return an equal angle in [0, 2 pi); NaN for a non-finite one."""
    if not math.isfinite(value):
        return math.nan
    wrapped = math.fmod(value, TWOPI)
    if wrapped < 0.0:
        wrapped += TWOPI
        # Adding 2 pi to a tiny negative number rounds to 2 pi itself.
        if wrapped >= TWOPI:
            return 0.0
    return wrapped


def _wrap_centered(value: float) -> float:
    if not math.isfinite(value):
        return math.nan
    wrapped = math.fmod(value, TWOPI)
    if wrapped < -PI:
        wrapped += TWOPI
        return wrapped if wrapped < PI else -PI
    if wrapped >= PI:
        return max(wrapped - TWOPI, -PI)
    return wrapped


def isAngle(value: object, /) -> bool:
    """Return whether a value is an `Angle`."""
    return isinstance(value, Angle)


def degToRad(value: float, /) -> float:
    """Convert degrees to radians."""
    return value * PI / 180.0


def radToDeg(value: float, /) -> float:
    """Convert radians to degrees."""
    return value * 180.0 / PI


def radToArcsec(value: float, /) -> float:
    """Convert radians to arcseconds."""
    return value * 3600.0 * 180.0 / PI


def radToMas(value: float, /) -> float:
    """Convert radians to milliarcseconds."""
    return value * 1000.0 * 3600.0 * 180.0 / PI


def arcsecToRad(value: float, /) -> float:
    """Convert arcseconds to radians."""
    return value / 3600.0 * PI / 180.0


def masToRad(value: float, /) -> float:
    """Convert milliarcseconds to radians."""
    return value / (1000.0 * 3600.0) * PI / 180.0
