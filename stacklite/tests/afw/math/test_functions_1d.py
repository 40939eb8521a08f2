"""Functions of one variable and functions that shift. The values are those of the real stack."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lsst.afw.math as afw_math
from lsst.afw.math import (
    Chebyshev1Function1D,
    Chebyshev1Function2D,
    DoubleGaussianFunction2D,
    GaussianFunction1D,
    GaussianFunction1F,
    GaussianFunction2D,
    IntegerDeltaFunction1D,
    IntegerDeltaFunction1F,
    IntegerDeltaFunction2D,
    LanczosFunction1D,
    LanczosFunction1F,
    LanczosFunction2D,
    LanczosFunction2F,
    PolynomialFunction1D,
    PolynomialFunction2F,
)
from lsst.geom import Box2D, Point2D
from lsst.pex.exceptions import InvalidParameterError

X = (-2.0, 0.0, 0.3, 1.0, 2.0, 4.0)
XY = ((-2.0, 1.0), (0.0, 0.0), (1.0, 2.0), (0.3, 0.2), (4.0, 4.0))


@pytest.mark.parametrize(
    ("function", "values"),
    [
        (PolynomialFunction1D([1.0, 2.0]), [-3.0, 1.0, 1.6, 3.0, 5.0, 9.0]),
        (
            GaussianFunction1D(1.5),
            [
                0.10934004978399577,
                0.2659615202676218,
                0.2606951293169706,
                0.2129653370149015,
                0.10934004978399577,
                0.007597324015864962,
            ],
        ),
        (
            Chebyshev1Function1D([1.0, 0.5], -3, 4),
            [
                0.6428571428571429,
                0.9285714285714286,
                0.9714285714285714,
                1.0714285714285714,
                1.2142857142857142,
                1.5,
            ],
        ),
        (IntegerDeltaFunction1D(2.0), [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        (IntegerDeltaFunction1F(2.0), [0.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
        (
            LanczosFunction1D(3, 0.25),
            [
                0.03002109144958156,
                0.8900670517104946,
                0.9954377482035885,
                0.27018982304623407,
                -0.06779133590054291,
                0.010807592921849372,
            ],
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_functions_of_one_variable(function: Any, values: list[float]) -> None:
    np.testing.assert_allclose([function(x) for x in X], values, rtol=1e-14)  # some ulp
    np.testing.assert_array_equal(function(np.array(X)), [function(x) for x in X])


@pytest.mark.parametrize(
    ("function", "values"),
    [
        (IntegerDeltaFunction2D(1.0, 2.0), [0.0, 0.0, 1.0, 0.0, 0.0]),
        (
            LanczosFunction2D(3, 0.25, -0.5),
            [
                -0.004055696693208626,
                0.5410958832021191,
                0.00657022864299798,
                0.33427821525199625,
                -0.00016222786772834524,
            ],
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_functions_that_shift_images(function: Any, values: list[float]) -> None:
    np.testing.assert_allclose([function(x, y) for x, y in XY], values, rtol=1e-13)  # some ulp


def test_single_precision_is_that_of_the_value() -> None:
    assert LanczosFunction1F(3)(0.3) == 0.8443431854248047
    assert GaussianFunction1F(1.5)(0.3) == 0.26069512963294983
    assert LanczosFunction2F(2, 0.1, 0.2)(0.3, 0.4) == 0.8467254638671875


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (GaussianFunction2D(1.5, 2.25, 0.1), "GaussianFunction2: Function2: parameters: [ 1.5, 2.25, 0.1 ]"),
        (
            DoubleGaussianFunction2D(1.5, 2.25, 0.1),
            "DoubleGaussianFunction2 [0.159155]: Function2: parameters: [ 1.5, 2.25, 0.1 ]",
        ),
        (
            PolynomialFunction2F([1.0, 2.123456789, 3e-10]),
            "PolynomialFunction2 [1]: Function2: parameters: [ 1, 2.12346, 3e-10 ]",
        ),
        (
            Chebyshev1Function2D([1.0, 2.0, 3.0], Box2D(Point2D(0, 1), Point2D(3, 4))),
            "Chebyshev1Function2 [1, Box2D(Point2D(0, 1), Extent2D(3, 3))]Function2: parameters: [ 1, 2, 3 ]",
        ),
        (PolynomialFunction1D([1.0, 2.0]), "PolynomialFunction1 []: Function1: parameters: [ 1, 2 ]"),
        (GaussianFunction1D(1.5), "GaussianFunction1 [0.398942]: Function1: parameters: [ 1.5 ]"),
        (
            Chebyshev1Function1D([1.0, 0.5], -3, 4),
            "Chebyshev1Function1 [-3, 4]: Function1: parameters: [ 1, 0.5 ]",
        ),
        (IntegerDeltaFunction1D(2.0), "IntegerDeltaFunction1 [2]: Function1: parameters: [  ]"),
        (IntegerDeltaFunction2D(1.0, 2.0), "IntegerDeltaFunction2 [1, 2]: Function2: parameters: [  ]"),
        (LanczosFunction1D(3, 0.25), "LanczosFunction1 [3]: Function1: parameters: [ 0.25 ]"),
        (LanczosFunction2D(3, 0.25, -0.5), "LanczosFunction2 [3]: Function2: parameters: [ 0.25, -0.5 ]"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_functions_as_text(function: Any, text: str) -> None:
    assert function.toString() == function.toString("> ") == text


def test_orders_ranges_and_parameters() -> None:
    for kind in (PolynomialFunction1D, Chebyshev1Function1D):
        function = kind(2)
        assert (function.getOrder(), function.getParameters()) == (2, [0.0, 0.0, 0.0])
        assert function.isLinearCombination() and not GaussianFunction1D(1.0).isLinearCombination()
        with pytest.raises(InvalidParameterError, match=kind.__name__):
            kind([])
    function = Chebyshev1Function1D(params=[1.0], minX=2, maxX=3)
    assert (function.getMinX(), function.getMaxX(), function.getOrder()) == (2.0, 3.0, 0)
    assert LanczosFunction1D(4).getOrder() == LanczosFunction2D(4).getOrder() == 4
    copied = function.clone()
    copied.setParameters([7.0])
    assert (function.getParameter(0), copied.getParameter(0)) == (1.0, 7.0)
    with pytest.raises(InvalidParameterError):
        copied.setParameters([1.0, 2.0])


def test_they_exist_in_both_precisions() -> None:
    for kind in ("Gaussian", "Polynomial", "Chebyshev1", "Lanczos", "IntegerDelta"):
        for dimensions in "12":
            double, single = (getattr(afw_math, f"{kind}Function{dimensions}{letter}") for letter in "DF")
            assert (double._dtype, single._dtype) == (np.float64, np.float32)
