"""Functions that shift images: Lanczos functions, and those that are 1 at one point."""

from __future__ import annotations

__all__ = [
    "IntegerDeltaFunction1D",
    "IntegerDeltaFunction1F",
    "IntegerDeltaFunction2D",
    "IntegerDeltaFunction2F",
    "LanczosFunction1D",
    "LanczosFunction1F",
    "LanczosFunction2D",
    "LanczosFunction2F",
]

from typing import Any

import numpy as np

from lsst_stacklite._overloads import is_natural

from ._function_base import Function1, Function2, number_text


class _IntegerDeltaFunction1(Function1):
    """A function that is 1 at one point, and 0 elsewhere; without parameters.

    Parameters
    ----------
    xo : `float`
        The point.
    """

    def __init__(self, xo: float) -> None:
        super().__init__([])
        self._xo = float(xo)

    def _evaluate(self, x: np.ndarray) -> Any:
        return np.where(x == self._xo, 1.0, 0.0)

    def _heading(self) -> str:
        return f"IntegerDeltaFunction1 [{number_text(self._xo)}]: "


class _IntegerDeltaFunction2(Function2):
    """A function that is 1 at one point, and 0 elsewhere; without parameters.

    Parameters
    ----------
    xo, yo : `float`
        The point.
    """

    def __init__(self, xo: float, yo: float) -> None:
        super().__init__([])
        self._xo, self._yo = float(xo), float(yo)

    def _evaluate(self, x: np.ndarray, y: np.ndarray) -> Any:
        return np.where((x == self._xo) & (y == self._yo), 1.0, 0.0)

    def _heading(self) -> str:
        return f"IntegerDeltaFunction2 [{number_text(self._xo)}, {number_text(self._yo)}]: "


@np.errstate(all="ignore")  # C++ does not warn
def _lanczos(x: np.ndarray, order: int) -> np.ndarray:
    """Return sinc(x) sinc(x / order); it is not cut off at the order (agrees with the stack)."""
    return np.sinc(x) * np.sinc(x / order)


def _checked_order(n: int) -> int:
    if not is_natural(n):
        raise TypeError(f"the order of a Lanczos function is a whole number and not negative; {n!r} is not.")
    return int(n)


class _LanczosFunction1(Function1):
    """A Lanczos function, the product of two sinc functions.

    Parameters
    ----------
    n : `int`
        Order; the second sinc function is this much wider.
    xOffset : `float`, optional
        Position of the peak, which is the parameter.

    Raises
    ------
    TypeError
        Raised if the order is negative.
    """

    def __init__(self, n: int, xOffset: float = 0.0) -> None:
        super().__init__([xOffset])
        self._n = _checked_order(n)

    def getOrder(self) -> int:
        """Return the order."""
        return self._n

    def _evaluate(self, x: np.ndarray) -> Any:
        return _lanczos(x - self._parameters[0], self._n)

    def _heading(self) -> str:
        return f"LanczosFunction1 [{self._n}]: "


class _LanczosFunction2(Function2):
    """A product of two Lanczos functions, of x and of y.

    Parameters
    ----------
    n : `int`
        Order, see `_LanczosFunction1`.
    xOffset, yOffset : `float`, optional
        Position of the peak; these are the parameters.

    Raises
    ------
    TypeError
        Raised if the order is negative.
    """

    def __init__(self, n: int, xOffset: float = 0.0, yOffset: float = 0.0) -> None:
        super().__init__([xOffset, yOffset])
        self._n = _checked_order(n)

    def getOrder(self) -> int:
        """Return the order."""
        return self._n

    def _evaluate(self, x: np.ndarray, y: np.ndarray) -> Any:
        return _lanczos(x - self._parameters[0], self._n) * _lanczos(y - self._parameters[1], self._n)

    def _heading(self) -> str:
        return f"LanczosFunction2 [{self._n}]: "


class IntegerDeltaFunction1D(_IntegerDeltaFunction1):
    """A double precision `_IntegerDeltaFunction1`."""


class IntegerDeltaFunction1F(_IntegerDeltaFunction1):
    """A single precision `_IntegerDeltaFunction1`."""

    _dtype = np.float32


class IntegerDeltaFunction2D(_IntegerDeltaFunction2):
    """A double precision `_IntegerDeltaFunction2`."""


class IntegerDeltaFunction2F(_IntegerDeltaFunction2):
    """A single precision `_IntegerDeltaFunction2`."""

    _dtype = np.float32


class LanczosFunction1D(_LanczosFunction1):
    """A double precision `_LanczosFunction1`."""


class LanczosFunction1F(_LanczosFunction1):
    """A single precision `_LanczosFunction1`."""

    _dtype = np.float32


class LanczosFunction2D(_LanczosFunction2):
    """A double precision `_LanczosFunction2`."""


class LanczosFunction2F(_LanczosFunction2):
    """A single precision `_LanczosFunction2`."""

    _dtype = np.float32
