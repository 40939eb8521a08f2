"""Values of the bits of mask pixels, and their translation."""

from __future__ import annotations

__all__ = ["bit_value", "translate_bits"]

from collections.abc import Mapping

import numpy as np


def bit_value(bit: int) -> int:
    """Return the value of a mask pixel in which one bit (0 to 31) is set; negative for the sign bit, 31."""
    return int(np.uint32(1 << bit).view(np.int32))


def translate_bits(pixels: np.ndarray, translation: Mapping[int, int]) -> None:
    """Move the bits of mask pixels in place.

    Parameters
    ----------
    pixels : `numpy.ndarray` of `numpy.int32`
        The mask, changed in place.
    translation : `~collections.abc.Mapping` [`int`, `int`]
        Old bit number -> new one. Bits that are not named stay.
    """
    moved = {old: new for old, new in translation.items() if old != new}
    if not moved or not pixels.size:
        return
    largest = int(pixels.max())
    if largest < pixels.size and int(pixels.min()) >= 0:
        # Much fewer values than pixels, usually: translate the values.
        values = np.arange(largest + 1, dtype=np.int32)
        _move_bits(values, moved)
        np.take(values, pixels, out=pixels)
    else:
        _move_bits(pixels, moved)


def _move_bits(pixels: np.ndarray, moved: Mapping[int, int]) -> None:
    source = pixels.copy()
    kept = ~np.bitwise_or.reduce([bit_value(old) for old in moved], dtype=np.int32)
    pixels &= kept
    for old, new in moved.items():
        pixels[(source & np.int32(bit_value(old))) != 0] |= np.int32(bit_value(new))
