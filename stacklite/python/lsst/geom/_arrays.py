"""Arrays and numbers as the bindings of the stack accept, refuse and divide them."""

from __future__ import annotations

__all__ = ["float_array", "quotient"]

import math

import numpy as np
from numpy.typing import ArrayLike


def float_array(value: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """Return a copy of an array as float64.

    Raises
    ------
    TypeError
        Raised if it holds no numbers, or has another shape.
    """
    try:
        array = np.array(value, dtype=float)
    except ValueError as error:
        raise TypeError(f"{value!r} is not an array of numbers.") from error
    if array.shape != shape:
        raise TypeError(f"an array of shape {array.shape} was given where {shape} is needed.")
    return array


def quotient(dividend: float, divisor: float) -> float:
    """Return a quotient, which is infinite or NaN for a divisor of 0, as in C++."""
    return dividend / divisor if divisor else dividend * math.copysign(math.inf, divisor)
