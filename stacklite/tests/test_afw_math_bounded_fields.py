"""Bounded fields against numpy's Chebyshev series, and properties that hold for all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial.chebyshev import chebval2d

import lsst.pex.exceptions
from lsst.afw.image import ImageD, ImageF
from lsst.afw.math import (
    BoundedField,
    ChebyshevBoundedField,
    ChebyshevBoundedFieldControl,
    ProductBoundedField,
)
from lsst.geom import Box2I, Extent2I, Point2D, Point2I

BBOX = Box2I(Point2I(-7, 1013), Extent2I(330, 610))


def _field(seed: int = 0, shape: tuple[int, int] = (4, 3), bbox: Box2I = BBOX) -> ChebyshevBoundedField:
    return ChebyshevBoundedField(bbox, np.random.default_rng(seed).normal(size=shape))


def _control(order_x: int, order_y: int, *, triangular: bool) -> ChebyshevBoundedFieldControl:
    control = ChebyshevBoundedFieldControl()
    control.orderX, control.orderY, control.triangular = order_x, order_y, triangular
    return control


@given(x=st.floats(-100, 400), y=st.floats(900, 1700), seed=st.integers(0, 20))
def test_values_are_those_of_numpy(x: float, y: float, seed: int) -> None:
    field = _field(seed)
    scaled_x = (x - (-7 - 0.5 + 165)) / 165
    scaled_y = (y - (1013 - 0.5 + 305)) / 305
    terms = np.abs(field.getCoefficients().T)
    scale = chebval2d(max(abs(scaled_x), 1.0), max(abs(scaled_y), 1.0), terms)
    expected = chebval2d(scaled_x, scaled_y, field.getCoefficients().T)
    assert field.evaluate(x, y) == pytest.approx(expected, abs=1e-12 * scale)
    assert field.evaluate(Point2D(x, y)) == field.evaluate(x, y)
    np.testing.assert_array_equal(field.evaluate(np.array([[x]]), np.array([[y]])), [[field.evaluate(x, y)]])


@pytest.mark.parametrize("triangular", [True, False])
def test_fit_finds_the_polynomial_again(triangular: bool) -> None:
    control = _control(2, 3, triangular=triangular)
    truth = _field(shape=(4, 3)).truncate(control)
    rng = np.random.default_rng(4)
    x, y = rng.uniform(-7, 322, 100), rng.uniform(1013, 1622, 100)
    for weights in ((), (rng.uniform(0.5, 2.0, 100),)):
        fitted = ChebyshevBoundedField.fit(BBOX, x, y, truth.evaluate(x, y), *weights, control)
        np.testing.assert_allclose(fitted.getCoefficients(), truth.getCoefficients(), atol=1e-12)
    image = ImageD(BBOX)
    truth.fillImage(image)
    fitted = ChebyshevBoundedField.fit(image, control)
    np.testing.assert_allclose(fitted.getCoefficients(), truth.getCoefficients(), atol=1e-12)


def test_number_of_terms() -> None:
    assert _control(2, 3, triangular=False).computeSize() == 12
    assert _control(3, 3, triangular=True).computeSize() == 10
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
        ChebyshevBoundedField.fit(BBOX, *np.ones((3, 9)), _control(3, 3, triangular=True))
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
        # The stack dies here (D20).
        ChebyshevBoundedField.fit(BBOX, *np.ones((3, 0)), _control(1, 1, triangular=True))


def test_mean_is_the_mean_of_a_fine_grid() -> None:
    field = _field()
    x = np.linspace(-7.5, 322.5, 1001)
    y = np.linspace(1012.5, 1622.5, 1001)
    centres = np.meshgrid(0.5 * (x[1:] + x[:-1]), 0.5 * (y[1:] + y[:-1]))
    assert field.mean() == pytest.approx(field.evaluate(*centres).mean(), rel=1e-5)
    assert field.integrate() == pytest.approx(field.mean() * 330 * 610, rel=1e-14)


def _products() -> list[BoundedField]:
    return [_field(), ProductBoundedField([_field(1), _field(2, (1, 1)), _field(3, (2, 5))])]


@pytest.mark.parametrize("field", _products(), ids=lambda f: type(f).__name__)
def test_image_operations(field: BoundedField) -> None:
    """Images of more rows than one block."""
    columns, rows = np.meshgrid(np.arange(-7, 323), np.arange(1013, 1623))
    values = field.evaluate(columns, rows)
    expected: dict[str, Any] = {
        "fillImage": values,
        "addToImage": 3.0 + values,
        "multiplyImage": 3.0 * values,
        "divideImage": 3.0 / values,
    }
    for name, array in expected.items():
        image = ImageD(BBOX, 3.0)
        getattr(field, name)(image)
        np.testing.assert_allclose(image.array, array, rtol=1e-8, atol=1e-12)


def test_overlap_leaves_the_rest_alone() -> None:
    field = _field()
    image = ImageF(Box2I(Point2I(300, 1000), Extent2I(40, 30)), 5.0)
    with pytest.raises(lsst.pex.exceptions.RuntimeError):
        field.fillImage(image)
    field.fillImage(image, overlapOnly=True)
    overlap = Box2I(image.getBBox())
    overlap.clip(BBOX)
    assert image[overlap].array[2, 3] == np.float32(field.evaluate(303.0, 1015.0))
    image[overlap].array[:] = 5.0
    assert np.all(image.array == 5.0)


def test_steps_interpolate_and_meet_the_last_pixel() -> None:
    plane = ChebyshevBoundedField(BBOX, np.array([[1.0, 2.0], [3.0, 0.0]]))
    exact, stepped = ImageD(BBOX), ImageD(BBOX)
    plane.fillImage(exact)
    plane.fillImage(stepped, xStep=7, yStep=100)
    np.testing.assert_allclose(stepped.array, exact.array, atol=1e-12)
    curved = _field()
    curved.fillImage(stepped, xStep=4, yStep=4)
    curved.fillImage(exact)
    np.testing.assert_array_equal(stepped.array[::4, ::4], exact.array[::4, ::4])
    np.testing.assert_allclose(stepped.array, exact.array, atol=1e-2)


def test_operators() -> None:
    field = _field()
    for scaled in (2.0 * field, field * 2.0, field / 0.5):
        assert scaled == ChebyshevBoundedField(BBOX, 2.0 * field.getCoefficients())
    assert field != _field(bbox=Box2I(Point2I(0, 0), Extent2I(3, 3)))
    assert field != ProductBoundedField([field])
    with pytest.raises(ValueError, match="read-only"):
        field.getCoefficients()[0, 0] = 1.0
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
        ChebyshevBoundedField(BBOX, np.ones(3))
