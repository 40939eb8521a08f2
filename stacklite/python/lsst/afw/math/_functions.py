"""Functions of two variables: of kernel pixels or of an image position."""

from __future__ import annotations

__all__ = [
    "Chebyshev1Function2D",
    "Chebyshev1Function2F",
    "DoubleGaussianFunction2D",
    "DoubleGaussianFunction2F",
    "GaussianFunction2D",
    "GaussianFunction2F",
    "PolynomialFunction2D",
    "PolynomialFunction2F",
]

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self, overload

import numpy as np

from lsst.afw.fits._errors import check_range
from lsst.geom import Box2D, Point2D
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._chebyshev import chebyshev_polynomials, scaled
from lsst_stacklite._overloads import Check, bind, is_natural
from lsst_stacklite.archives import make_table, persistable_reader

from ._function_base import Function2, number_text

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable


_UNIT_BOX = Box2D(Point2D(-1.0, -1.0), Point2D(1.0, 1.0))
_CHECKS: dict[str, Check] = {"Box2D": Box2D, "int": is_natural}


class _GaussianFunction2(Function2):
    """A normalized Gaussian, turned by an angle.

    Parameters
    ----------
    sigma1, sigma2 : `float`
        Widths along the two axes, in pixels.
    angle : `float`, optional
        Angle of axis 1 to the x axis, in radians.
    """

    def __init__(self, sigma1: float, sigma2: float, angle: float = 0.0) -> None:
        super().__init__([sigma1, sigma2, angle])

    def _evaluate(self, x: np.ndarray, y: np.ndarray) -> Any:
        sigma1, sigma2, angle = self._parameters
        along1 = np.cos(angle) * x + np.sin(angle) * y
        along2 = np.cos(angle) * y - np.sin(angle) * x
        exponent = (along1 / sigma1) ** 2 + (along2 / sigma2) ** 2
        return np.exp(-0.5 * exponent) / (2.0 * np.pi * sigma1 * sigma2)

    def _heading(self) -> str:
        return "GaussianFunction2: "

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields = [
            ("sigma1", "D", "width along axis 1", ""),
            ("sigma2", "D", "width along axis 2", ""),
            ("angle", "D", "angle of axis 1", ""),
        ]
        return [make_table(fields, [tuple(self._parameters)])]


class _DoubleGaussianFunction2(Function2):
    """A normalized sum of two round Gaussians.

    Parameters
    ----------
    sigma1 : `float`
        Width of the main Gaussian, in pixels.
    sigma2, ampl : `float`, optional
        Width of the second one, and its peak relative to the main one.
    """

    def __init__(self, sigma1: float, sigma2: float = 0.0, ampl: float = 0.0) -> None:
        super().__init__([sigma1, sigma2, ampl])

    def _evaluate(self, x: np.ndarray, y: np.ndarray) -> Any:
        sigma1, sigma2, ampl = self._parameters
        radius2 = x * x + y * y
        value = np.exp(-0.5 * radius2 / sigma1**2)
        if ampl != 0.0:
            value = value + ampl * np.exp(-0.5 * radius2 / sigma2**2)
        return value / (2.0 * np.pi * (sigma1**2 + ampl * sigma2**2))

    def _heading(self) -> str:
        return f"DoubleGaussianFunction2 [{number_text(1 / (2 * np.pi))}]: "

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields = [
            ("sigma1", "D", "width of the main Gaussian", ""),
            ("sigma2", "D", "width of the second Gaussian", ""),
            ("ampl2", "D", "relative peak of the second Gaussian", ""),
        ]
        return [make_table(fields, [tuple(self._parameters)])]


class _TriangularFunction2(Function2):
    """A function linear in its parameters, one for each term up to an order.

    Terms are ordered (0,0); (1,0), (0,1); (2,0), (1,1), (0,2); ...
    """

    def _set_terms(self, order: int | None = None, params: Sequence[float] = ()) -> None:
        """Set the parameters, or the order with all parameters 0."""
        if order is None:
            self._parameters = np.array(params, dtype=np.float64)
            self._order = self.orderFromNParameters(len(self._parameters))
        else:
            self._order = int(order)
            self._parameters = np.zeros(self.nParametersFromOrder(self._order))

    @staticmethod
    def nParametersFromOrder(order: int) -> int:
        """Return the number of terms up to an order.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the order is negative.
        """
        if order < 0:
            raise InvalidParameterError(f"order {order}: the order of a polynomial is not negative.")
        return (order + 1) * (order + 2) // 2

    @staticmethod
    def orderFromNParameters(nParameters: int) -> int:
        """Return the order that has a number of terms.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if no order has it.
        """
        order = (math.isqrt(8 * max(nParameters, 0) + 1) - 3) // 2
        if order < 0 or _TriangularFunction2.nParametersFromOrder(order) != nParameters:
            raise InvalidParameterError(f"no order has {nParameters} coefficients.")
        return order

    def isLinearCombination(self) -> bool:
        """Return whether the function is a sum of terms, each multiplied by a parameter."""
        return True

    def getDFuncDParameters(self, x: float, y: float) -> list[float]:
        """Return the derivatives by the parameters at a position: the terms."""
        return [float(term) for term in self._terms(np.float64(x), np.float64(y))]

    def getOrder(self) -> int:
        """Return the order of the polynomial."""
        return self._order

    def _terms(self, x: Any, y: Any) -> list[Any]:
        along_x, along_y = self._powers(x), self._powers(y)
        orders = range(self._order + 1)
        return [along_x[total - j] * along_y[j] for total in orders for j in range(total + 1)]

    @np.errstate(all="ignore")  # C++ does not warn
    def _evaluate(self, x: np.ndarray, y: np.ndarray) -> Any:
        terms = zip(self._parameters, self._terms(x, y), strict=True)
        return sum(parameter * term for parameter, term in terms)

    @abstractmethod
    def _powers(self, x: Any) -> list[Any]:
        """Return the one-dimensional functions of orders 0 .. order."""


class _PolynomialFunction2(_TriangularFunction2):
    """A polynomial in x and y.

    Parameters
    ----------
    params : `~collections.abc.Sequence` [`float`]
        The coefficients.
    order : `int`
        Order, in place of ``params``: all coefficients are 0.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if no order has this number of coefficients.
    TypeError
        Raised if the order is negative.
    """

    @overload
    def __init__(self, params: Sequence[float]) -> None: ...

    @overload
    def __init__(self, order: int) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._set_terms(**bind(_PolynomialFunction2.__init__, _CHECKS, (self, *args), kwargs))

    def getDFuncDParameters(self, x: float, y: float, /) -> list[float]:
        """Return the derivatives by the parameters at a position; without names of the arguments here."""
        return super().getDFuncDParameters(x, y)

    def _powers(self, x: Any) -> list[Any]:
        powers = [np.ones_like(x)]
        for _ in range(self._order):
            powers.append(powers[-1] * x)
        return powers

    def _heading(self) -> str:
        return f"PolynomialFunction2 [{self._order}]: "

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        return [make_table([_coefficient_field(self)], [(self._parameters,)])]


class _Chebyshev1Function2(_TriangularFunction2):
    """A sum of products of Chebyshev polynomials of the first kind.

    Parameters
    ----------
    params : `~collections.abc.Sequence` [`float`]
        The coefficients.
    order : `int`
        Order, in place of ``params``: all coefficients are 0.
    xyRange : `lsst.geom.Box2D`, optional
        Box that is mapped to [-1, 1] on both axes.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if no order has this number of coefficients.
    TypeError
        Raised if the order is negative.
    """

    @overload
    def __init__(self, params: Sequence[float], xyRange: Box2D = _UNIT_BOX) -> None: ...

    @overload
    def __init__(self, order: int, xyRange: Box2D = _UNIT_BOX) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(_Chebyshev1Function2.__init__, _CHECKS, (self, *args), kwargs)
        self._range = Box2D(given.pop("xyRange", _UNIT_BOX))
        self._set_terms(**given)

    def getXYRange(self) -> Box2D:
        """Return the box that is mapped to [-1, 1] on both axes."""
        return Box2D(self._range)

    def truncate(self, order: int) -> Self:
        """Return the function with the terms up to an order only.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if there are no terms of this order.
        """
        if order > self._order:
            raise InvalidParameterError(f"a function of order {self._order} has no terms of order {order}.")
        return type(self)(self.getParameters()[: self.nParametersFromOrder(order)], self._range)

    def _terms(self, x: Any, y: Any) -> list[Any]:
        box = self._range
        scaled_x = scaled(x, box.getMinX(), box.getMaxX())
        return super()._terms(scaled_x, scaled(y, box.getMinY(), box.getMaxY()))

    def _powers(self, x: Any) -> list[Any]:
        return chebyshev_polynomials(x, self._order + 1)

    def _heading(self) -> str:
        box = self._range
        corner = f"{number_text(box.getMinX())}, {number_text(box.getMinY())}"
        size = f"{number_text(box.getWidth())}, {number_text(box.getHeight())}"
        return f"Chebyshev1Function2 [{self._order}, Box2D(Point2D({corner}), Extent2D({size}))]"

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields = [
            _coefficient_field(self),
            *(
                (f"{end}_{axis}", "D", f"{end}imum {axis}", "pixel")
                for end in ("min", "max")
                for axis in "xy"
            ),
        ]
        box = self._range
        corners = (box.getMinX(), box.getMinY(), box.getMaxX(), box.getMaxY())
        return [make_table(fields, [(self._parameters, *corners)])]


def _coefficient_field(function: Function2) -> tuple[str, str, str, str, int]:
    return ("coefficients", "ArrayD", "coefficients of the terms", "", function.getNParameters())


class GaussianFunction2D(_GaussianFunction2):
    """A double precision `_GaussianFunction2`."""


class GaussianFunction2F(_GaussianFunction2):
    """A single precision `_GaussianFunction2`."""

    _dtype = np.float32


class DoubleGaussianFunction2D(_DoubleGaussianFunction2):
    """A double precision `_DoubleGaussianFunction2`."""


class DoubleGaussianFunction2F(_DoubleGaussianFunction2):
    """A single precision `_DoubleGaussianFunction2`."""

    _dtype = np.float32


class PolynomialFunction2D(_PolynomialFunction2):
    """A double precision `_PolynomialFunction2`."""


class PolynomialFunction2F(_PolynomialFunction2):
    """A single precision `_PolynomialFunction2`."""

    _dtype = np.float32


class Chebyshev1Function2D(_Chebyshev1Function2):
    """A double precision `_Chebyshev1Function2`."""


class Chebyshev1Function2F(_Chebyshev1Function2):
    """A single precision `_Chebyshev1Function2`."""

    _dtype = np.float32


def _register(function_class: Any, read: Any) -> None:
    @persistable_reader(function_class.__name__, of=function_class, module="lsst.afw.math", id_fields=())
    def _read(archive: ArchiveReader, tables: Sequence[StoredTable]) -> Function2:
        return read(function_class, tables[0][0])


def _read_gaussian(function_class: Any, row: Any) -> Function2:
    return function_class(*(float(row[name]) for name in ("sigma1", "sigma2", "angle")))


def _read_double_gaussian(function_class: Any, row: Any) -> Function2:
    return function_class(*(float(row[name]) for name in ("sigma1", "sigma2", "ampl2")))


def _read_polynomial(function_class: Any, row: Any) -> Function2:
    return function_class(np.asarray(row["coefficients"]))


def _read_chebyshev1(function_class: Any, row: Any) -> Function2:
    corners = Point2D(row["min_x"], row["min_y"]), Point2D(row["max_x"], row["max_y"])
    box = Box2D(*corners)
    for side in (box.getWidth(), box.getHeight()):
        check_range("the side of the box", side, np.finfo(float).tiny, np.finfo(float).max)
    return function_class(np.asarray(row["coefficients"]), box)


for _classes, _reader in (
    ((GaussianFunction2D, GaussianFunction2F), _read_gaussian),
    ((DoubleGaussianFunction2D, DoubleGaussianFunction2F), _read_double_gaussian),
    ((PolynomialFunction2D, PolynomialFunction2F), _read_polynomial),
    ((Chebyshev1Function2D, Chebyshev1Function2F), _read_chebyshev1),
):
    for _class in _classes:
        _register(_class, _reader)
