"""Images that are polynomials of the position, against the polynomials."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit_kernels.polynomial_images import PolynomialImages, Rectangle

RECTANGLE = Rectangle(-3.0, 4093.0, 10.0, 4010.0)


def polynomial(rng: np.random.Generator, order: int, positions: np.ndarray) -> np.ndarray:
    """Return the images of a random polynomial in monomials, ``(n, 3, 2)``."""
    x, y = positions.T / 4000
    coefficients = [rng.normal(size=(3, 2)) for _ in range((order + 1) * (order + 2) // 2)]
    monomials = [x**i * y**j for i in range(order + 1) for j in range(order + 1 - i)]
    return sum(c * m[:, None, None] for c, m in zip(coefficients, monomials, strict=True))


@given(order=st.integers(0, 8), seed=st.integers(0, 1000))
def test_polynomials_up_to_the_order_are_exact(order: int, seed: int) -> None:
    positions = RECTANGLE.at(*np.random.default_rng(seed).uniform(-1, 1, (2, 30)))
    for degree in range(order + 1):
        nodes = polynomial(np.random.default_rng(seed), degree, RECTANGLE.nodes(order))
        expected = polynomial(np.random.default_rng(seed), degree, positions)
        found = PolynomialImages.fit(RECTANGLE, order, nodes).evaluate(positions)
        # Rounding of values near 1, which polynomials of order 8 hardly amplify between the nodes.
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13 * max(1.0, np.abs(nodes).max()))


def test_coefficients_are_those_of_least_squares() -> None:
    """Images that are no polynomials: the fit is that of a general solver."""
    nodes = RECTANGLE.nodes(4)
    images = np.random.default_rng(2).normal(size=(25, 3, 2))
    u, v = RECTANGLE.coordinates(nodes)
    monomials = np.stack([u**i * v**j for i in range(5) for j in range(5 - i)], axis=1)
    solution = np.linalg.lstsq(monomials, images.reshape(25, -1), rcond=None)[0]
    found = PolynomialImages.fit(RECTANGLE, 4, images).evaluate(nodes)
    np.testing.assert_allclose(found.reshape(25, -1), monomials @ solution, rtol=0, atol=1e-13)


def test_error_of_a_smooth_function_falls_with_the_order() -> None:
    positions = RECTANGLE.at(*np.random.default_rng(3).uniform(-1, 1, (2, 100)))

    def images(at: np.ndarray) -> np.ndarray:
        u, v = RECTANGLE.coordinates(at)
        return (1 / (1 + 0.02 * u - 0.01 * v))[:, None, None] * np.ones((2, 2))

    errors = [
        np.abs(
            PolynomialImages.fit(RECTANGLE, order, images(RECTANGLE.nodes(order))).evaluate(positions)
            - images(positions)
        ).max()
        for order in (1, 2, 3, 4)
    ]
    # Normalizing by a sum that varies by 3 % costs a factor of 30 for each order.
    assert all(later < 0.05 * earlier for earlier, later in zip(errors, errors[1:], strict=False))


@given(
    x=st.tuples(st.floats(-1e5, 1e5), st.floats(1.0, 1e5)),
    y=st.tuples(st.floats(-1e5, 1e5), st.floats(1.0, 1e5)),
)
def test_coordinates_are_those_of_the_rectangle(x: tuple[float, float], y: tuple[float, float]) -> None:
    rectangle = Rectangle(x[0], x[0] + x[1], y[0], y[0] + y[1])
    u, v = np.random.default_rng(4).uniform(-1, 1, (2, 20))
    # A coordinate of 1e5 has 11 digits behind the point.
    np.testing.assert_allclose(rectangle.coordinates(rectangle.at(u, v)), [u, v], rtol=0, atol=1e-9)
    corners = rectangle.at(np.array([-1.0, 1.0]), np.array([-1.0, 1.0]))
    expected = [[rectangle.x_min, rectangle.y_min], [rectangle.x_max, rectangle.y_max]]
    np.testing.assert_allclose(corners, expected, rtol=1e-12, atol=1e-9)


def test_nodes_lie_inside_and_are_different() -> None:
    nodes = RECTANGLE.nodes(4)
    assert nodes.shape == (25, 2) and len(np.unique(nodes, axis=0)) == 25
    assert (np.abs(RECTANGLE.coordinates(nodes)) < 1).all()


def test_rectangle_around_positions() -> None:
    positions = np.array([[3.0, 7.0], [1.0, 9.0], [2.0, 8.0]])
    assert Rectangle.around(positions) == Rectangle(1.0, 3.0, 7.0, 9.0)


@pytest.mark.parametrize("limits", [(0, 0, 0, 1), (0, 1, 2, 1), (0, math.nan, 0, 1), (0, math.inf, 0, 1)])
def test_rectangles_without_area_are_refused(limits: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="finite width and height"):
        Rectangle(*limits)


def test_images_that_determine_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="25 images, not 24"):
        PolynomialImages.fit(RECTANGLE, 4, np.zeros((24, 3, 3)))
    images = np.zeros((25, 3, 3))
    images[3, 1, 1] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        PolynomialImages.fit(RECTANGLE, 4, images)
