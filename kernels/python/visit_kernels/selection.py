"""Which pixels are good: not masked, and finite in single precision."""

from __future__ import annotations

import numpy as np

__all__ = ["SINGLE_MAX", "in_single_range", "unmasked"]

SINGLE_MAX = float(np.finfo(np.float32).max)
"""Pixels farther from 0 count as infinite, those in double precision too."""


def unmasked(mask: np.ndarray | None, and_mask: int) -> np.ndarray | None:
    """Return where no bit of ``and_mask`` is set; None means everywhere.

    Parameters
    ----------
    mask : `numpy.ndarray` or `None`
        Integers of any shape; `None` if there is no mask.
    and_mask : `int`
        Bits of pixels that are not used.

    Returns
    -------
    good : `numpy.ndarray` [`bool`] or `None`
        Selection of the shape of the mask.
    """
    if mask is None or and_mask == 0:
        return None
    return (mask & np.asarray(and_mask).astype(mask.dtype)) == 0


def in_single_range(values: np.ndarray) -> np.ndarray:
    """Return where floating-point values are finite in single precision.

    Parameters
    ----------
    values : `numpy.ndarray`
        Floating-point values of any shape.

    Returns
    -------
    finite : `numpy.ndarray` [`bool`]
        Selection of the same shape.
    """
    return np.isfinite(values) if values.dtype == np.float32 else np.abs(values) <= SINGLE_MAX
