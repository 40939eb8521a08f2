"""Functions of one variable, as of the columns and rows of separable kernels."""

from __future__ import annotations

__all__ = [
    "Chebyshev1Function1D",
    "Chebyshev1Function1F",
    "GaussianFunction1D",
    "GaussianFunction1F",
    "PolynomialFunction1D",
    "PolynomialFunction1F",
]

import math
from collections.abc import Sequence
from typing import Any, overload

import numpy as np

from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._chebyshev import chebyshev_polynomials, scaled
from lsst_stacklite._overloads import Check, bind, is_natural

from ._function_base import Function1, number_text

_CHECKS: dict[str, Check] = {"int": is_natural}


class _GaussianFunction1(Function1):
    """A normalized Gaussian.

    Parameters
    ----------
    sigma : `float`
        Width.
    """

    def __init__(self, sigma: float) -> None:
        super().__init__([sigma])

    def _evaluate(self, x: np.ndarray) -> Any:
        (sigma,) = self._parameters
        return np.exp(-0.5 * (x / sigma) ** 2) / (math.sqrt(2.0 * math.pi) * sigma)

    def _heading(self) -> str:
        return f"GaussianFunction1 [{number_text(1 / math.sqrt(2 * math.pi))}]: "


class _SeriesFunction1(Function1):
    """A function linear in its parameters, one for each order."""

    def _set_terms(self, order: int | None = None, params: Sequence[float] = ()) -> None:
        """Set the parameters, or the order with all parameters 0."""
        self._parameters = np.array(params, np.float64) if order is None else np.zeros(order + 1)
        if not len(self._parameters):
            raise InvalidParameterError(f"{type(self).__name__} needs at least one parameter.")

    def isLinearCombination(self) -> bool:
        """Return whether the function is a sum of terms, each multiplied by a parameter."""
        return True

    def getOrder(self) -> int:
        """Return the order of the polynomial."""
        return len(self._parameters) - 1


class _PolynomialFunction1(_SeriesFunction1):
    """A polynomial in x.

    Parameters
    ----------
    params : `~collections.abc.Sequence` [`float`]
        The coefficients, that of the constant first.
    order : `int`
        Order, in place of ``params``: all coefficients are 0.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there is no coefficient.
    TypeError
        Raised if the order is negative.
    """

    @overload
    def __init__(self, params: Sequence[float]) -> None: ...

    @overload
    def __init__(self, order: int) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._set_terms(**bind(_PolynomialFunction1.__init__, _CHECKS, (self, *args), kwargs))

    def _evaluate(self, x: np.ndarray) -> Any:
        return np.polynomial.polynomial.polyval(x, self._parameters)

    def _heading(self) -> str:
        return "PolynomialFunction1 []: "


class _Chebyshev1Function1(_SeriesFunction1):
    """A sum of Chebyshev polynomials of the first kind.

    Parameters
    ----------
    params : `~collections.abc.Sequence` [`float`]
        The coefficients.
    order : `int`
        Order, in place of ``params``: all coefficients are 0.
    minX, maxX : `float`, optional
        Range that is mapped to [-1, 1].

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there is no coefficient.
    TypeError
        Raised if the order is negative.
    """

    @overload
    def __init__(self, params: Sequence[float], minX: float = -1, maxX: float = 1) -> None: ...

    @overload
    def __init__(self, order: int, minX: float = -1, maxX: float = 1) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(_Chebyshev1Function1.__init__, _CHECKS, (self, *args), kwargs)
        self._range = float(given.pop("minX", -1.0)), float(given.pop("maxX", 1.0))
        self._set_terms(**given)

    def getMinX(self) -> float:
        """Return the value that is mapped to -1."""
        return self._range[0]

    def getMaxX(self) -> float:
        """Return the value that is mapped to 1."""
        return self._range[1]

    @np.errstate(all="ignore")  # C++ does not warn
    def _evaluate(self, x: np.ndarray) -> Any:
        terms = chebyshev_polynomials(scaled(x, *self._range), len(self._parameters))
        return sum(parameter * term for parameter, term in zip(self._parameters, terms, strict=True))

    def _heading(self) -> str:
        return f"Chebyshev1Function1 [{number_text(self._range[0])}, {number_text(self._range[1])}]: "


class GaussianFunction1D(_GaussianFunction1):
    """A double precision `_GaussianFunction1`."""


class GaussianFunction1F(_GaussianFunction1):
    """A single precision `_GaussianFunction1`."""

    _dtype = np.float32


class PolynomialFunction1D(_PolynomialFunction1):
    """A double precision `_PolynomialFunction1`."""


class PolynomialFunction1F(_PolynomialFunction1):
    """A single precision `_PolynomialFunction1`."""

    _dtype = np.float32


class Chebyshev1Function1D(_Chebyshev1Function1):
    """A double precision `_Chebyshev1Function1`."""


class Chebyshev1Function1F(_Chebyshev1Function1):
    """A single precision `_Chebyshev1Function1`."""

    _dtype = np.float32
