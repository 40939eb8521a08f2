"""Chebyshev polynomials of the first kind."""

from __future__ import annotations

__all__ = ["chebyshev_basis", "chebyshev_polynomials"]

from typing import Any

import numpy as np


def chebyshev_polynomials(x: Any, number: int) -> list[Any]:
    """Return T_0 .. T_{number - 1} at positions in [-1, 1], a number or an array."""
    values = [np.ones_like(x), x][:number]
    while len(values) < number:
        values.append(2.0 * x * values[-1] - values[-2])
    return values


def chebyshev_basis(x: np.ndarray, number: int) -> np.ndarray:
    """Return `chebyshev_polynomials` of float64 positions as columns, shape ``(len(x), number)``."""
    return np.stack(chebyshev_polynomials(x, number), axis=1) if number else np.ones((len(x), 0))
