"""Images that are polynomials of the position, determined by images at a few positions.

The images of a PSF model whose parameters are interpolated with polynomials
are (nearly) polynomials of the position, pixel by pixel. Images at the nodes of
Chebyshev determine the coefficients by least squares; in Chebyshev polynomials
the equations are orthogonal (Mason and Handscomb 2003, Chebyshev Polynomials,
section 4.6).
"""

from __future__ import annotations

__all__ = ["PolynomialImages", "Rectangle"]

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

_Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rectangle:
    """Rectangle of positions.

    Parameters
    ----------
    x_min, x_max, y_min, y_max : `float`
        Its limits, in pixels.

    Raises
    ------
    ValueError
        Raised if a limit is not finite, or the rectangle has no width or no
        height.
    """

    x_min: float
    x_max: float
    y_min: float
    y_max: float

    def __post_init__(self) -> None:
        limits = self.x_min, self.x_max, self.y_min, self.y_max
        if not np.isfinite(limits).all() or not (self.x_min < self.x_max and self.y_min < self.y_max):
            raise ValueError(f"A rectangle needs a finite width and height; its limits are {limits}.")

    @classmethod
    def around(cls, positions: _Array) -> Self:
        """Return the smallest rectangle that contains positions.

        Parameters
        ----------
        positions : `numpy.ndarray`
            x and y in pixels, shape ``(n, 2)``, n > 0.

        Raises
        ------
        ValueError
            Raised if they lie in one row or one column, or one is not finite.
        """
        (x_min, y_min), (x_max, y_max) = positions.min(axis=0), positions.max(axis=0)
        return cls(float(x_min), float(x_max), float(y_min), float(y_max))

    def at(self, u: _Array, v: _Array) -> _Array:
        """Return positions, ``(n, 2)``, of coordinates from -1 to 1 along both axes, ``(n,)``."""
        x = 0.5 * (self.x_min + self.x_max) + 0.5 * (self.x_max - self.x_min) * u
        y = 0.5 * (self.y_min + self.y_max) + 0.5 * (self.y_max - self.y_min) * v
        return np.stack([x, y], axis=1)

    def coordinates(self, positions: _Array) -> tuple[_Array, _Array]:
        """Return the coordinates of positions: the inverse of `at`."""
        x, y = positions.T
        u = (2 * x - (self.x_min + self.x_max)) / (self.x_max - self.x_min)
        v = (2 * y - (self.y_min + self.y_max)) / (self.y_max - self.y_min)
        return u, v

    def nodes(self, order: int) -> _Array:
        """Return the positions that determine images of an order.

        Parameters
        ----------
        order : `int`
            Largest total degree of the polynomials.

        Returns
        -------
        positions : `numpy.ndarray`
            Chebyshev's nodes of the first kind along both axes, float64, shape
            ``((order + 1)**2, 2)``, row by row.
        """
        nodes = _nodes(order)
        return self.at(np.tile(nodes, order + 1), np.repeat(nodes, order + 1))


@dataclass(frozen=True)
class PolynomialImages:
    """Images as functions of the position.

    Attributes
    ----------
    rectangle : `Rectangle`
        Where they are known.
    order : `int`
        Largest total degree in x and y.
    coefficients : `numpy.ndarray`
        Images that the products of Chebyshev polynomials T_i(x) T_j(y) with
        i + j <= order are multiplied with, i fastest; float64, shape
        ``((order + 1) (order + 2) / 2, height, width)``.
    """

    rectangle: Rectangle
    order: int
    coefficients: _Array

    @classmethod
    def fit(cls, rectangle: Rectangle, order: int, images: npt.NDArray[np.floating]) -> Self:
        """Determine the coefficients by least squares.

        Parameters
        ----------
        rectangle : `Rectangle`
            Where images are wanted.
        order : `int`
            Largest total degree in x and y.
        images : `numpy.ndarray`
            Images at ``rectangle.nodes(order)``, shape
            ``((order + 1)**2, height, width)``.

        Raises
        ------
        ValueError
            Raised if the number of images is another, or one is not finite.
        """
        if len(images) != (order + 1) ** 2:
            raise ValueError(f"Order {order} needs {(order + 1) ** 2} images, not {len(images)}.")
        if not np.isfinite(images).all():
            raise ValueError("Images that are not finite determine no polynomial.")
        nodes = _nodes(order)
        products = _products(np.tile(nodes, order + 1), np.repeat(nodes, order + 1), order)
        # The columns are orthogonal: the normal equations are a division.
        norms = np.square(products).sum(axis=0)
        return cls(rectangle, order, np.tensordot((products / norms).T, images.astype(np.float64), axes=1))

    def evaluate(self, positions: _Array) -> _Array:
        """Return the images at positions.

        Parameters
        ----------
        positions : `numpy.ndarray`
            x and y in pixels, shape ``(n, 2)``.

        Returns
        -------
        images : `numpy.ndarray`
            float64, shape ``(n, height, width)``.
        """
        products = _products(*self.rectangle.coordinates(positions), self.order)
        n_terms, height, width = self.coefficients.shape
        return (products @ self.coefficients.reshape(n_terms, -1)).reshape(-1, height, width)


def _nodes(order: int) -> _Array:
    """Return the zeros of the Chebyshev polynomial T_(order + 1)."""
    return np.cos(np.pi * (np.arange(order + 1) + 0.5) / (order + 1))


def _products(u: _Array, v: _Array, order: int) -> _Array:
    """Return T_i(u) T_j(v) for i + j <= order, ``(n, n_terms)``."""
    of_u, of_v = (np.polynomial.chebyshev.chebvander(axis, order) for axis in (u, v))
    return np.concatenate([of_u[:, : order + 1 - j] * of_v[:, j : j + 1] for j in range(order + 1)], axis=1)
