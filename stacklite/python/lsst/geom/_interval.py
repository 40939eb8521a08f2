"""Integer and real intervals, the axes of a box."""

from __future__ import annotations

__all__ = ["IntervalD", "IntervalI"]

import builtins
import math
import operator
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike

import lsst.pex.exceptions as pex_exceptions
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._enumeration import NumberEnumeration

from ._coordinates import INT_MAX, INT_MIN, evaluable
from ._interval_base import IntervalBase

_Edges: TypeAlias = Any


class IntervalI(IntervalBase[int]):
    """A range of integers with inclusive bounds.

    ``IntervalI()`` is empty, as is one with bounds in the wrong order;
    two of ``min``, ``max``, ``size`` and ``center`` by name, but not center and bound;
    ``IntervalI(intervalD, edgeHandling=EXPAND)``, ``IntervalI(other)``.

    Parameters
    ----------
    other : `IntervalI` or `IntervalD`
        Interval that is copied or converted.
    edgeHandling : `IntervalI.EdgeHandlingEnum`
        Whether integers whose pixels a real interval covers in part belong (``EXPAND``) or not.
    min, max : `int`
        Bounds, both inside.
    size : `int`
        Number of values.
    center : `int`
        Middle; of an even number of values the upper one of the two, or the lower one if negative.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if a real interval has infinite bounds.
    lsst.pex.exceptions.OverflowError
        Raised if a bound or the size does not fit into 32 bits.
    """

    __slots__ = ()
    _convert = operator.index

    class EdgeHandlingEnum(NumberEnumeration):
        """Treatment of pixels that a real interval covers in part."""

        EXPAND = 0
        SHRINK = 1

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, other: IntervalI, /) -> None: ...
    @overload
    def __init__(self, other: IntervalD, edgeHandling: _Edges = EdgeHandlingEnum.EXPAND) -> None: ...
    @overload
    def __init__(self, *, min: int, max: int) -> None: ...
    @overload
    def __init__(self, *, center: int, size: int) -> None: ...
    @overload
    def __init__(self, *, min: int, size: int) -> None: ...
    @overload
    def __init__(self, *, max: int, size: int) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = self._bounds(args, kwargs) if args or kwargs else {"min": 0, "max": -1}
        low, high = _of_interval(**given) if "other" in given else _integer_bounds(given)
        if high < low:
            low, high = 0, -1
        if low < INT_MIN or high > INT_MAX or high - low >= INT_MAX:
            raise pex_exceptions.OverflowError(f"an interval from {low} to {high} does not fit into 32 bits.")
        self._min, self._max = low, high

    @overload
    @staticmethod
    def fromSpannedPoints(points: np.ndarray, /) -> IntervalI: ...
    @overload
    @staticmethod
    def fromSpannedPoints(points: Sequence[int], /) -> IntervalI: ...
    @staticmethod
    def fromSpannedPoints(points: Any, /) -> IntervalI:
        """Return the smallest interval that contains some integers; empty if there are none."""
        values = _one_axis(points)
        if values.size and not np.issubdtype(values.dtype, np.integer):
            raise TypeError(f"an IntervalI spans integers, not {values.dtype}.")
        return IntervalI(min=int(values.min()), max=int(values.max())) if values.size else IntervalI()

    @property
    def begin(self) -> int:
        """First value."""
        return self._min

    @property
    def end(self) -> int:
        """One past the last value."""
        return self._max + 1

    def getBegin(self) -> int:
        """Return the first value."""
        return self._min

    def getEnd(self) -> int:
        """Return the number after the last value."""
        return self._max + 1

    def getSize(self) -> int:
        """Return the number of values."""
        return self._max - self._min + 1

    @overload
    def contains(self, other: IntervalI, /) -> bool: ...
    @overload
    def contains(self, values: ArrayLike, /) -> Any: ...
    def contains(self, other: Any, /) -> Any:
        """Return whether a value, each of some values, or all of an interval is inside.

        Real numbers are rounded towards zero. The result for an array is an array of `bool`.
        """
        if isinstance(other, IntervalBase):
            return self._contains_interval(self._like(other))
        values = np.trunc(other)
        inside = (values >= self._min) & (values <= self._max)
        return bool(inside) if inside.ndim == 0 else inside

    def slice(self) -> Any:
        """Return the slice of this interval in an array that starts at 0."""
        return builtins.slice(self._min, self._max + 1)

    def range(self) -> Any:
        """Return the values as a `range`."""
        return builtins.range(self._min, self._max + 1)

    def arange(self, dtype: Any = np.int32) -> np.ndarray:
        """Return the values as an array.

        Parameters
        ----------
        dtype : `numpy.dtype` or type
            Type of the array.
        """
        return np.arange(self._min, self._max + 1, dtype=dtype)

    def __repr__(self) -> str:
        return "IntervalI()" if self.isEmpty() else f"IntervalI(min={self._min}, max={self._max})"


class IntervalD(IntervalBase[float]):
    """A range of real numbers with both bounds inside; empty ones have NaN bounds.

    ``IntervalD()`` is empty, as is one with bounds in the wrong order or NaN;
    two of ``min``, ``max``, ``size`` and ``center`` by name, but not center and bound;
    ``IntervalD(intervalI)`` (half a pixel wider on both sides), ``IntervalD(other)``.

    Parameters
    ----------
    other : `IntervalI` or `IntervalD`
        Interval that is copied or converted.
    min, max : `float`
        Bounds; the minimum may be -infinity, the maximum infinity.
    size : `float`
        Length.
    center : `float`
        Mean of the bounds.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if no interval has such infinite bounds.
    """

    __slots__ = ()
    _convert = float

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, other: IntervalI | IntervalD, /) -> None: ...
    @overload
    def __init__(self, *, min: float, max: float) -> None: ...
    @overload
    def __init__(self, *, center: float, size: float) -> None: ...
    @overload
    def __init__(self, *, min: float, size: float) -> None: ...
    @overload
    def __init__(self, *, max: float, size: float) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = self._bounds(args, kwargs) if args or kwargs else {"min": math.nan, "max": math.nan}
        low, high = _real_bounds(**given) if "other" in given else _sized_bounds(given)
        if not low <= high:
            low = high = math.nan
        if low == math.inf or high == -math.inf:
            raise InvalidParameterError(f"an interval from {low} to {high} contains no number.")
        self._min, self._max = low, high

    @overload
    @staticmethod
    def fromSpannedPoints(points: np.ndarray, /) -> IntervalD: ...
    @overload
    @staticmethod
    def fromSpannedPoints(points: Sequence[float], /) -> IntervalD: ...
    @staticmethod
    def fromSpannedPoints(points: Any, /) -> IntervalD:
        """Return the smallest interval that contains some numbers; empty if there are none.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if a number is not finite.
        """
        values = _one_axis(points).astype(float)
        if not np.all(np.isfinite(values)):
            raise InvalidParameterError("an interval cannot span numbers that are not finite.")
        return IntervalD(min=values.min(), max=values.max()) if values.size else IntervalD()

    @classmethod
    def _checked(cls, value: Any, purpose: str) -> float:
        number = float(value)
        if not math.isfinite(number):
            raise InvalidParameterError(f"cannot {purpose} an interval by {number}: it must be finite.")
        return number

    def getSize(self) -> float:
        """Return the length; 0 if empty."""
        return 0.0 if self.isEmpty() else self._max - self._min

    @property
    def center(self) -> float:
        """Mean of the bounds."""
        return self.getCenter()

    def getCenter(self) -> float:
        """Return the mean of the bounds."""
        return 0.5 * (self._min + self._max)

    def isFinite(self) -> bool:
        """Return whether both bounds are finite, or the interval is empty."""
        return self.isEmpty() or (math.isfinite(self._min) and math.isfinite(self._max))

    @overload
    def contains(self, other: IntervalD, /) -> bool: ...
    @overload
    def contains(self, values: ArrayLike, /) -> Any: ...
    def contains(self, other: Any, /) -> Any:
        """Return whether a value, each of some values, or all of an interval is inside.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if a value is NaN.
        """
        if isinstance(other, IntervalBase):
            return self._contains_interval(self._like(other))
        values = np.asarray(other, dtype=float)
        if np.any(np.isnan(values)):
            raise InvalidParameterError("whether an interval contains NaN has no answer.")
        inside = (values >= self._min) & (values <= self._max)
        return bool(inside) if inside.ndim == 0 else inside

    def __repr__(self) -> str:
        bounds = f"min={evaluable(self._min)}, max={evaluable(self._max)}"
        return "IntervalD()" if self.isEmpty() else f"IntervalD({bounds})"


def _one_axis(points: Any) -> np.ndarray:
    values = np.asarray(points)
    if values.ndim != 1:
        raise TypeError(f"an interval spans the numbers of one axis, not of {values.ndim}.")
    return values


def _integer_bounds(given: Mapping[str, int]) -> tuple[int, int]:
    """Return the bounds that two numbers stand for."""
    if "size" not in given:
        return given["min"], given["max"]
    if "max" in given:
        return given["max"] - given["size"] + 1, given["max"]
    low = math.trunc(given["center"] - 0.5 * given["size"] + 0.5) if "center" in given else given["min"]
    return low, low + given["size"] - 1


def _of_interval(
    other: IntervalI | IntervalD, edgeHandling: Any = IntervalI.EdgeHandlingEnum.EXPAND
) -> tuple[int, int]:
    """Return the bounds of the integer interval of another one."""
    if isinstance(other, IntervalI) or other.isEmpty():
        return (0, -1) if other.isEmpty() else (int(other.min), int(other.max))
    if not other.isFinite():
        raise InvalidParameterError(f"cannot make an integer interval from {other!r}: it is not finite.")
    pad = -0.5 if edgeHandling == IntervalI.EdgeHandlingEnum.EXPAND else 0.5
    return math.ceil(other.min + pad), math.floor(other.max - pad)


def _sized_bounds(given: Mapping[str, float]) -> tuple[float, float]:
    """Return the bounds that two numbers stand for."""
    if "size" not in given:
        return given["min"], given["max"]
    size, place = given["size"], next(value for name, value in given.items() if name != "size")
    if math.isinf(place) or size == math.inf:
        raise InvalidParameterError(f"the interval {dict(given)} is infinite: give min and max instead.")
    if "max" in given:
        return place - size, place
    low = place - 0.5 * size if "center" in given else place
    return low, low + size


def _real_bounds(other: IntervalI | IntervalD) -> tuple[float, float]:
    """Return the bounds of the real interval of another one."""
    pad = 0.5 if isinstance(other, IntervalI) else 0.0
    return (math.nan, math.nan) if other.isEmpty() else (other.min - pad, other.max + pad)
