"""Shift of an image by a fraction of a pixel with a Lanczos-5 kernel, as the stack's warper does it."""

from __future__ import annotations

__all__ = ["lanczos_shift", "split_position"]

import math

import numpy as np
import numpy.typing as npt

_ORDER = 5


def split_position(coordinate: float) -> tuple[int, float]:
    """Split a coordinate into the nearest pixel (halves go up) and the rest in [-0.5, 0.5)."""
    nearest = math.floor(coordinate + 0.5)
    return nearest, coordinate - nearest


def lanczos_shift(image: npt.NDArray[np.float64], dx: float, dy: float) -> npt.NDArray[np.float64]:
    """Move an image's content by a fraction of a pixel.

    Parameters
    ----------
    image : `numpy.ndarray`
        Image, ``(height, width)``, taken as zero outside.
    dx, dy : `float`
        Shift towards larger columns and rows in pixels, between -0.5 and 0.5;
        rounded to single precision, as the stack does.

    Returns
    -------
    shifted : `numpy.ndarray`
        Image of the same shape, float64. It is not normalized again: flux
        that is moved over the edge is lost.
    """
    if dx == 0 and dy == 0:
        return image.astype(np.float64)
    return _shift_rows(_shift_rows(image, dx).T, dy).T.copy()


def _shift_rows(image: npt.NDArray[np.float64], shift: float) -> npt.NDArray[np.float64]:
    d = float(np.float32(shift))
    first = -(_ORDER - 1) if d <= 0 else -_ORDER
    weights = _lanczos(np.arange(first, first + 2 * _ORDER, dtype=np.float64) + d)
    padded = np.pad(image, ((0, 0), (_ORDER, _ORDER)))
    start = _ORDER + first
    width = image.shape[1]
    total = weights[0] * padded[:, start : start + width]
    for tap in range(1, 2 * _ORDER):
        total += weights[tap] * padded[:, start + tap : start + tap + width]
    return total


def _lanczos(z: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    argument = np.pi * z
    small = np.abs(argument) <= 1e-5
    argument[small] = 1.0
    weights = np.sin(argument) * np.sin(argument / _ORDER) / (argument * argument / _ORDER)
    weights[small] = 1.0
    return weights / weights.sum()
