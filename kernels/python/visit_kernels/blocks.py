"""Differences of pixels from a center, comparisons with edges, and sums, one block of pixels at a time."""

from __future__ import annotations

__all__ = ["BLOCK", "Arena", "Edges", "MaskReader", "Workspace", "places_of"]

from dataclasses import dataclass

import numpy as np

from .selection import bits_of

BLOCK = 1 << 16
"""Pixels per block; the arrays made of them stay in the cache of a core, and calls cost little per pixel."""

_ROW = 1 << 13
"""Pixels per row of a block, which are in the innermost cache while one edge after the other is
compared with them."""

_SHORT = 1 << 11
"""Pixels that are summed at once, a part of a row: BLAS does not start threads for products of
vectors of this length, and a vector of ones stays in the innermost cache."""

_HUGE = 1 << 21
"""Bytes of a huge page."""


class Arena:
    """Memory for the arrays of a block, made once and on one huge page where the system has them.

    New memory is slow, and so is finding pages of 4 KB. NumPy asks for huge
    pages for arrays of at least two of them.
    """

    def __init__(self) -> None:
        self._memory = np.empty(2 * _HUGE, np.uint8)
        self._used = -self._memory.ctypes.data % _HUGE

    def empty(self, size: int, dtype: np.dtype | type | str) -> np.ndarray:
        """Return a one-dimensional array, not initialized; in other memory if this one is full."""
        n_bytes = size * np.dtype(dtype).itemsize
        start = self._used
        if start + n_bytes > self._memory.size:
            return np.empty(size, dtype)
        # Aligned as a line of the cache.
        self._used += -(-n_bytes // 64) * 64
        return self._memory[start : start + n_bytes].view(dtype)


class MaskReader:
    """Blocks of a mask.

    Parameters
    ----------
    mask : `numpy.ndarray` or `None`
        Integers; `None` if there is no mask.
    and_mask : `int`
        Bits of pixels that are not used.
    size : `int`
        Most pixels in a block.
    arena : `Arena`
        Memory.
    """

    def __init__(self, mask: np.ndarray | None, and_mask: int, size: int, arena: Arena) -> None:
        self._mask = None if and_mask == 0 else mask
        if self._mask is not None:
            self._bits = bits_of(and_mask, self._mask.dtype)
            self._found = arena.empty(size, self._mask.dtype)
            self._good = arena.empty(size, bool)

    def unmasked(self, rows: slice) -> np.ndarray | None:
        """Return which pixels of some rows are not masked, one-dimensional; None means all."""
        if self._mask is None:
            return None
        masks = self._mask[rows].ravel()
        found = np.bitwise_and(masks, self._bits, self._found[: masks.size])
        return np.equal(found, self._bits.dtype.type(0), self._good[: masks.size])


@dataclass(frozen=True, eq=False)
class Edges:
    """Differences that pixels are compared with.

    Parameters
    ----------
    values : `numpy.ndarray`, shape (n, 1)
        Edges, of the type of the pixels.
    n_toggles : `int`
        How many of them, the first ones, are between what is near and what is
        not. What is below all of these is near.
    keeps_zero : `bool`
        Whether the difference 0 is near.
    """

    values: np.ndarray
    n_toggles: int
    keeps_zero: bool


class Workspace:
    """Arrays for one block after the other; elements beyond its pixels do not count.

    Parameters
    ----------
    dtype : `numpy.dtype`
        Type of the pixels, single or double precision.
    size : `int`
        Most pixels in a block.
    n_edges : `int`
        Most edges that pixels are compared with.
    arena : `Arena`
        Memory.

    Attributes
    ----------
    n_excluded : `int`
        How many of the pixels do not count.
    near : `numpy.ndarray` [`bool`], shape (n,)
        Which pixels are near (see `compare`).
    """

    def __init__(self, dtype: np.dtype, size: int, n_edges: int, arena: Arena) -> None:
        n_rows = -(-size // _ROW)
        self._size = n_rows * _ROW
        self._delta = arena.empty(self._size, dtype)
        self._rows = self._delta.reshape(n_rows, _ROW)
        self._used = arena.empty(self._size, f"i{dtype.itemsize}")
        self._bits = self._delta.view(self._used.dtype)
        self._counts = arena.empty(self._size, bool)
        self.near = arena.empty(self._size, bool)
        self.n_excluded = 0
        # What is not needed at the same time shares its place in the cache.
        scratch = arena.empty(self._size * max(n_edges, np.dtype(float).itemsize), bool)
        self._above = scratch[: self._size * n_edges].reshape(n_rows, n_edges, _ROW)
        self._double = self._delta if dtype == np.float64 else scratch.view(float)[: self._size]
        self._ones = np.ones(_SHORT)

    def start(self, size: int, good: np.ndarray | None) -> None:
        """Start a block.

        Parameters
        ----------
        size : `int`
            Number of its pixels.
        good : `numpy.ndarray` [`bool`], shape (size,) or `None`
            Which of them count; `None` stands for all.
        """
        self._good = good
        if size < self._size:
            self._counts[:size] = True if good is None else good
            self._counts[size:] = False
            self._good = self._counts
        self.n_excluded = 0
        if self._good is not None:
            self.n_excluded = self._size - int(np.count_nonzero(self._good))
            # All bits of a pixel that counts are used, and none of the others.
            np.copyto(self._used, np.negative(self._good.view(np.int8), self.near.view(np.int8)))

    def subtract(self, pixels: np.ndarray, center: np.ndarray) -> None:
        """Take differences from a center; those of pixels that do not count are 0."""
        np.subtract(pixels, center, self._delta[: pixels.size])
        if self._good is not None:
            np.bitwise_and(self._bits, self._used, self._bits)

    def compare(self, edges: Edges) -> np.ndarray:
        """Compare the differences with edges, and find out which are near.

        Parameters
        ----------
        edges : `Edges`
            Edges.

        Returns
        -------
        above : `numpy.ndarray` [`bool`], shape (n_rows, n_edges, n_columns)
            Whether the differences, in rows, are not below each edge; valid
            until `sums` is called.
        """
        above = self._above[:, : len(edges.values)]
        np.greater_equal(self._rows[:, np.newaxis], edges.values, above)
        toggles, near = above[:, : edges.n_toggles], self.near.reshape(self._rows.shape)
        np.bitwise_xor.reduce(toggles, axis=1, out=near, initial=True)
        if edges.keeps_zero and self._good is not None:
            np.logical_and(self.near, self._good, self.near)
        return above

    def sums(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the sums of all differences but some, and of their squares.

        Parameters
        ----------
        places : `numpy.ndarray` [`int`]
            Pixels that are left out from here on.

        Returns
        -------
        sums, sums2 : `numpy.ndarray`, shape (n_parts,)
            Sums over parts of the block in double precision.
        """
        self._delta[places] = 0
        if self._double is not self._delta:
            np.copyto(self._double, self._delta)
        parts = self._double.reshape(-1, _SHORT)
        return np.vecdot(parts, self._ones), np.vecdot(parts, parts)


def places_of(selected: np.ndarray) -> np.ndarray:
    """Return the indices of few pixels selected.

    Where selected ones are rare but irregular, a processor cannot guess which
    are. This takes the words of 8 that have some, and then these out of them,
    which does not let it guess.

    Parameters
    ----------
    selected : `numpy.ndarray` [`bool`], shape (n,)
        Selection; n is a multiple of 8.

    Returns
    -------
    places : `numpy.ndarray` [`int`]
        Indices in order.
    """
    words = selected.view(np.uint64)
    some = np.not_equal(words, 0).nonzero()[0]
    in_words = words.take(some).view(bool).nonzero()[0]
    places = some.take(in_words >> 3)
    places <<= 3
    in_words &= 7
    places += in_words
    return places
