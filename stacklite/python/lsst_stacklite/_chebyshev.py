"""Chebyshev polynomials of the first kind."""

from __future__ import annotations

__all__ = ["chebyshev_basis", "chebyshev_polynomials", "scaled"]

from typing import Any

import numpy as np


def scaled(x: Any, low: float, high: float) -> Any:
    """Return positions, a number or an array, on the scale on which ``low`` is -1 and ``high`` is 1."""
    # NumPy divides by the width of an empty range as C does.
    return (x - 0.5 * (low + high)) * np.divide(2.0, high - low)


def chebyshev_polynomials(x: Any, number: int) -> list[Any]:
    """Return T_0 .. T_{number - 1} at positions in [-1, 1], a number or an array."""
    values = [np.ones_like(x), x][:number]
    while len(values) < number:
        values.append(2.0 * x * values[-1] - values[-2])
    return values


def chebyshev_basis(x: np.ndarray, number: int) -> np.ndarray:
    """Return `chebyshev_polynomials` of float64 positions as columns, shape ``(len(x), number)``."""
    return np.stack(chebyshev_polynomials(x, number), axis=1) if number else np.ones((len(x), 0))
