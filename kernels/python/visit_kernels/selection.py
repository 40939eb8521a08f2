"""Good pixels: not masked, and finite in single precision."""

from __future__ import annotations

__all__ = ["SINGLE_MAX", "in_single_range", "or_of_masks", "row_blocks", "select", "unmasked"]

from collections.abc import Iterator

import numpy as np

SINGLE_MAX = float(np.finfo(np.float32).max)
"""Pixels farther from 0 count as infinite, those in double precision too."""

_BLOCK = 1 << 16
"""Pixels per block of a pass; arrays that are made of them then stay in the cache of a core."""


def row_blocks(array: np.ndarray, size: int = _BLOCK) -> Iterator[slice]:
    """Yield slices of the first axis that hold about ``size`` pixels, at least one row each.

    Parameters
    ----------
    array : `numpy.ndarray`
        Array with at least one axis and one pixel.
    size : `int`, optional
        Number of pixels that is not exceeded unless a row has more.

    Yields
    ------
    rows : `slice`
        Next rows.
    """
    step = max(1, size // array[0].size)
    for start in range(0, len(array), step):
        yield slice(start, start + step)


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
    return np.asarray(mask & bits_of(and_mask, mask.dtype) == 0)


def bits_of(and_mask: int, dtype: np.dtype) -> np.ndarray:
    """Return bits as a number of the type of a mask; it lacks those that the mask cannot have."""
    return np.asarray(and_mask).astype(dtype)


def in_single_range(values: np.ndarray) -> np.ndarray:
    """Return where floating-point values are finite in single precision.

    Parameters
    ----------
    values : `numpy.ndarray`
        Values in single or double precision, of any shape.

    Returns
    -------
    finite : `numpy.ndarray` [`bool`]
        Selection of the same shape.
    """
    return np.isfinite(values) if values.dtype.itemsize == 4 else np.abs(values) <= SINGLE_MAX


def select(values: np.ndarray, mask: np.ndarray | None, and_mask: int) -> np.ndarray:
    """Return the good pixels.

    Parameters
    ----------
    values : `numpy.ndarray`
        Pixels in single or double precision, of any shape.
    mask : `numpy.ndarray` or `None`
        Integers of the same shape; `None` if there is no mask.
    and_mask : `int`
        Bits of pixels that are not used.

    Returns
    -------
    selected : `numpy.ndarray`
        Pixels that are unmasked and finite in single precision, one-dimensional.
    """
    if values.size <= _BLOCK:
        return _select(values, mask, and_mask)
    # By rows, so that what is selected from stays in cache.
    blocks = row_blocks(values)
    return np.concatenate(
        [_select(values[rows], None if mask is None else mask[rows], and_mask) for rows in blocks]
    )


def _select(values: np.ndarray, mask: np.ndarray | None, and_mask: int) -> np.ndarray:
    used, good = in_single_range(values), unmasked(mask, and_mask)
    if good is not None:
        used &= good
    return values.ravel() if used.all() else values[used]


def or_of_masks(values: np.ndarray, mask: np.ndarray, and_mask: int) -> int:
    """Return the OR of the masks of the good pixels.

    Parameters
    ----------
    values : `numpy.ndarray`
        Pixels in single or double precision.
    mask : `numpy.ndarray`
        Integers of the same shape.
    and_mask : `int`
        Bits of pixels that are not used.

    Returns
    -------
    or_mask : `int`
        Bits that are set in some pixel that is unmasked and finite in single precision.
    """
    known = 0
    for rows in row_blocks(mask):
        bits = mask[rows]
        # Most bits are known soon; others are those of pixels that are not used.
        without = unmasked(bits, int(np.bitwise_or.reduce(bits, axis=None)) & ~and_mask & ~known)
        if without is None or without.all():
            continue
        used = ~without & in_single_range(values[rows])
        good = unmasked(bits, and_mask)
        known |= int(np.bitwise_or.reduce(bits[used if good is None else used & good]))
    return known
