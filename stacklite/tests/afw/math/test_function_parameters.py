"""Parameters of functions: one by one, their number, derivatives by them. Values are the real stack's."""

from __future__ import annotations

from typing import Any

import pytest
from numpy.testing import assert_allclose

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.math import (
    Chebyshev1Function1D,
    Chebyshev1Function2D,
    GaussianFunction2D,
    LanczosFunction1D,
    LanczosFunction2D,
    PolynomialFunction1D,
    PolynomialFunction2D,
)
from lsst.geom import Box2D, Point2D

CHEBYSHEV = Chebyshev1Function2D([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], Box2D(Point2D(-1, -1), Point2D(1, 3)))


def test_parameters_one_by_one() -> None:
    function = CHEBYSHEV.clone()
    function.setParameter(1, 7.0)
    assert function.getParameters() == [1.0, 7.0, 3.0, 4.0, 5.0, 6.0]
    assert (function.getParameter(1), CHEBYSHEV.getParameter(1)) == (7.0, 2.0)


def test_derivatives_by_parameters() -> None:
    found = CHEBYSHEV.getDFuncDParameters(0.5, 0.6)
    assert_allclose(found, [1.0, 0.5, -0.2, -0.5, -0.1, -0.92], rtol=1e-14)
    assert PolynomialFunction2D([1.0, 2.0, 3.0]).getDFuncDParameters(0.5, 0.6) == [1.0, 0.5, 0.6]
    gaussian = GaussianFunction2D(1.0, 2.0)
    assert CHEBYSHEV.isLinearCombination() and not gaussian.isLinearCombination()
    with pytest.raises(pex_exceptions.NotFoundError):
        gaussian.getDFuncDParameters(1.0, 2.0)


@pytest.mark.parametrize("function", [Chebyshev1Function2D, PolynomialFunction2D])
def test_numbers_of_terms(function: type[Chebyshev1Function2D | PolynomialFunction2D]) -> None:
    assert [function.nParametersFromOrder(order) for order in range(4)] == [1, 3, 6, 10]
    assert [function.orderFromNParameters(number) for number in (1, 3, 6, 10)] == [0, 1, 2, 3]
    with pytest.raises(pex_exceptions.InvalidParameterError):
        function.nParametersFromOrder(-1)
    for number in (7, 2, 0, -1):
        with pytest.raises(pex_exceptions.InvalidParameterError):
            function.orderFromNParameters(number)


@pytest.mark.parametrize("order", [-1, -3])
@pytest.mark.parametrize(
    "function",
    [
        Chebyshev1Function1D,
        Chebyshev1Function2D,
        PolynomialFunction1D,
        PolynomialFunction2D,
        LanczosFunction1D,
        LanczosFunction2D,
    ],
)
def test_orders_are_not_negative(function: Any, order: int) -> None:
    """The stack takes them as unsigned integers."""
    with pytest.raises(TypeError):
        function(order)


def test_lower_orders() -> None:
    lower = CHEBYSHEV.truncate(1)
    assert lower.getParameters() == [1.0, 2.0, 3.0] and lower.getXYRange() == CHEBYSHEV.getXYRange()
    with pytest.raises(pex_exceptions.InvalidParameterError, match="order 3"):
        CHEBYSHEV.truncate(3)
