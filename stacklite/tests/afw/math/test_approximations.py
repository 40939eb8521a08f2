"""Approximations of grids and of fields by polynomials. Values are the real stack's."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import MaskedImageF
from lsst.afw.math import (
    ApproximateControl,
    BackgroundControl,
    ChebyshevBoundedField,
    UndersampleStyle,
    makeApproximate,
    makeBackground,
)
from lsst.geom import Box2I, Extent2I, Point2I


def test_lower_orders() -> None:
    grid = MaskedImageF(4, 4)
    grid.image.array[:] = np.arange(16).reshape(4, 4) ** 1.5
    grid.variance.array[:] = 1
    grid.mask.array[:] = 3
    box = Box2I(Point2I(5, 6), Extent2I(4, 4))
    at = np.arange(4.0)
    found = makeApproximate(at, at, grid, box, ApproximateControl(ApproximateControl.CHEBYSHEV, 2))
    rows = {
        -1: [-0.6122004985809326, 1.0068628787994385, 2.989278793334961, 5.335046768188477],
        0: [25.538414001464844] * 4,
        1: [-4.041242599487305, -0.1969667673110962, 3.6473090648651123, 7.491584777832031],
    }
    for order, expected in rows.items():
        for image in (found.getImage(order), found.getImage(order, order), found.getImage(orderX=order)):
            assert_allclose(image.array[0], expected, rtol=1e-5)
            assert image.getBBox() == box
    np.testing.assert_array_equal(found.getImage(2).array, found.getImage().array)
    with pytest.raises(pex_exceptions.InvalidParameterError, match="order 3"):
        found.getImage(3)
    masked = found.getMaskedImage(1, 1)
    np.testing.assert_array_equal(masked.image.array, found.getImage().array)
    assert masked.getBBox() == box and not masked.mask.array.any() and not masked.variance.array.any()


def test_approximations_of_backgrounds_begin_at_zero() -> None:
    image = MaskedImageF(Box2I(Point2I(100, 200), Extent2I(64, 64)))
    image.image.array[:] = np.arange(64 * 64).reshape(64, 64)
    actrl = ApproximateControl(ApproximateControl.CHEBYSHEV, 2)
    background = makeBackground(image, BackgroundControl(8, 8))
    found = background.getApproximate(actrl, UndersampleStyle.REDUCE_INTERP_ORDER).getImage()
    assert found.getBBox() == Box2I(Point2I(0, 0), Extent2I(64, 64))


FIELD = ChebyshevBoundedField(Box2I(Point2I(3, 5), Extent2I(10, 20)), np.arange(36.0).reshape(6, 6) % 7)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            (1, 1, 5, 5),
            [[-0.5761257374999852, -1.0683320398749776], [6.268964165750024, -0.7097120874999647]],
        ),
        (
            (2, 1, 7, 4),
            [
                [-0.009128518518497275, -1.4260335199999825, 1.2154598765432376],
                [6.632379429135843, -0.4785610878306609, 1.1134563245150315],
            ],
        ),
    ],
)
def test_fields_are_approximated(arguments: tuple[int, ...], expected: list[list[float]]) -> None:
    found = ChebyshevBoundedField.approximate(FIELD, *arguments)
    assert found.getBBox() == FIELD.getBBox()
    assert_allclose(found.getCoefficients(), expected, atol=1e-12)


def test_matrix_of_a_fit() -> None:
    box = Box2I(Point2I(0, 0), Extent2I(10, 20))
    ctrl = ChebyshevBoundedField.Control()
    ctrl.orderX, ctrl.orderY = 2, 1
    x, y = np.array([1.0, 2.0, 9.0]), np.array([1.0, 2.0, 5.0])
    expected = np.array(
        [
            [1.0, -0.7, -0.02, -0.85, 0.595, 0.017],
            [1.0, -0.5, -0.5, -0.75, 0.375, 0.375],
            [1.0, 0.9, 0.62, -0.45, -0.405, -0.279],
        ]
    )
    assert_allclose(ChebyshevBoundedField.makeFitMatrix(box, x, y, ctrl), expected[:, :5], atol=1e-14)
    ctrl.triangular = False
    assert_allclose(ChebyshevBoundedField.makeFitMatrix(box, x, y, ctrl), expected, atol=1e-14)


def test_configuration_of_terms() -> None:
    config = ChebyshevBoundedField.ConfigClass()
    assert config.toDict() == {"orderX": 2, "orderY": 2, "triangular": True}
    config.orderX = 5
    control = config.makeControl()
    assert (control.orderX, control.orderY, control.triangular) == (5, 2, True)
    control.triangular = False
    config.readControl(control)
    assert config.toDict() == {"orderX": 5, "orderY": 2, "triangular": False}
