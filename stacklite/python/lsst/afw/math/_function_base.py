"""The base classes of functions of one and of two variables: parameters and text."""

from __future__ import annotations

__all__ = ["Function", "Function1", "Function2", "number_text"]

import copy
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from lsst.afw.table.io import Persistable
from lsst.pex.exceptions import InvalidParameterError, NotFoundError
from lsst_stacklite.archives import FitsReadable


def number_text(value: float) -> str:
    """Return a number as C++ writes it by default, with six digits."""
    return f"{value:g}"


class Function(FitsReadable, Persistable):
    """A function with real parameters.

    The class names end in the type of the returned value: D is double, F is
    single precision. Parameters are doubles in either case.

    Parameters
    ----------
    parameters : `~collections.abc.Sequence` [`float`]
        Parameters.
    """

    _dtype: ClassVar[type] = np.float64

    def __init__(self, parameters: Sequence[float]) -> None:
        self._parameters = np.array(parameters, dtype=np.float64)

    def getNParameters(self) -> int:
        """Return the number of parameters."""
        return len(self._parameters)

    def getParameters(self) -> list[float]:
        """Return all parameters."""
        return [float(p) for p in self._parameters]

    def setParameters(self, parameters: Sequence[float], /) -> None:
        """Set all parameters.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if their number is not the present one.
        """
        if len(parameters) != len(self._parameters):
            raise InvalidParameterError(f"{len(parameters)} parameters for {len(self._parameters)} places.")
        self._parameters = np.array(parameters, dtype=np.float64)

    def getParameter(self, index: int) -> float:
        """Return one parameter."""
        return float(self._parameters[index])

    def setParameter(self, index: int, value: float) -> None:
        """Set one parameter."""
        self._parameters[index] = value

    def isLinearCombination(self) -> bool:
        """Return whether the function is a sum of terms, each multiplied by a parameter."""
        return False

    def clone(self) -> Self:
        """Return an independent copy."""
        return copy.deepcopy(self)

    def toString(self, prefix: str = "") -> str:
        """Return a line with the kind of function and its parameters.

        Parameters
        ----------
        prefix : `str`, optional
            Ignored, as in the stack.
        """
        parameters = ", ".join(map(number_text, self._parameters))
        return f"{self._heading()}{self._kind}: parameters: [ {parameters} ]"

    _kind: ClassVar[str]
    """Name of the base class in texts."""

    def _heading(self) -> str:
        """Return what the text begins with."""
        return ""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.getParameters()})"

    def _result(self, value: Any) -> Any:
        """Return values in the precision of the class, a `float` or an array."""
        value = np.asarray(value).astype(self._dtype, copy=False)
        return float(value) if value.ndim == 0 else value


class Function1(Function):
    """A function of x with real parameters; see `Function`."""

    _kind = "Function1"

    def __call__(self, x: Any) -> Any:
        """Return the value at x, a `float`, or an array for arrays."""
        return self._result(self._evaluate(np.asarray(x, np.float64)))

    @abstractmethod
    def _evaluate(self, x: np.ndarray) -> Any:
        """Return the double precision values."""

    def computeCache(self, n: int) -> None:
        """Do nothing: no function keeps values."""


class Function2(Function):
    """A function of (x, y) with real parameters; see `Function`."""

    _kind = "Function2"

    def __call__(self, x: Any, y: Any) -> Any:
        """Return the value at (x, y), a `float`, or an array for arrays."""
        return self._result(self._evaluate(np.asarray(x, np.float64), np.asarray(y, np.float64)))

    @abstractmethod
    def _evaluate(self, x: np.ndarray, y: np.ndarray) -> Any:
        """Return the double precision values."""

    def getDFuncDParameters(self, x: float, y: float) -> list[float]:
        """Return the derivatives by the parameters at a position.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if the function is no linear combination, as in the stack.
        """
        raise NotFoundError(f"{type(self).__name__} has no derivatives by its parameters.")
