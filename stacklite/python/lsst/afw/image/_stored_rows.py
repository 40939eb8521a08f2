"""Pixels of a file that are decompressed when they are used."""

from __future__ import annotations

__all__ = ["StoredRows"]

import math
import mmap
from contextlib import suppress
from threading import Lock
from typing import Any, Self

import numpy as np

from ._tile_reading import Tiles, decoding

_LARGE_PAGE = 2**21  # bytes, on most machines


class _Memory:
    """Zeros that take memory, and time, only where they are used.

    Arrays that numpy allocates have pages of 2 MB, which are many rows: a few
    rows here and there would cost as much as all of them. Pages of the usual
    size are slower if all are touched.

    Parameters
    ----------
    shape : `tuple` [`int`, `int`]
        Height and width.
    dtype : `numpy.dtype`
        Type of the pixels.
    """

    def __init__(self, shape: tuple[int, int], dtype: np.dtype[Any]):
        # Private: it belongs to this process, as other arrays do.
        self._pages = mmap.mmap(
            -1, math.prod(shape) * dtype.itemsize, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        )
        self.pixels = np.frombuffer(self._pages, dtype).reshape(shape)

    def expect(self, rows: int) -> None:
        """Take large pages from now on if so many rows in succession fill some."""
        if rows * self.pixels.strides[0] >= _LARGE_PAGE and hasattr(mmap, "MADV_HUGEPAGE"):
            # A system that has none raises, which does not matter.
            with suppress(OSError):
                self._pages.madvise(mmap.MADV_HUGEPAGE)


class _Source:
    """All pixels of a box of a compressed image, and which of them are there.

    Parameters
    ----------
    tiles : `Tiles`
        The compressed tiles.
    """

    def __init__(self, tiles: Tiles):
        self._memory = _Memory(tiles.shape, tiles.dtype)
        self._tiles = tiles
        self._is_missing = bytearray(b"\1") * len(tiles.rows_of_tiles(0, tiles.shape[0]))
        # Another thread must not decompress rows again that were changed in the meantime.
        self._lock = Lock()

    @property
    def pixels(self) -> np.ndarray:
        """All pixels; those that are missing are zero."""
        return self._memory.pixels

    def decode(self, first: int, end: int) -> None:
        """Decompress those rows of pixels that are missing.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if one is damaged.
        """
        with self._lock:
            rows = [row for row in self._tiles.rows_of_tiles(first, end) if self._is_missing[row]]
            if not rows:
                return
            self._memory.expect(end - first)
            with decoding(self._tiles.where):
                for row in rows:
                    self._tiles.decode(row, self.pixels)
                    self._is_missing[row] = 0


class StoredRows:
    """Pixels of (a part of) a box, whose rows are decompressed when they are needed.

    All parts share their pixels.

    Parameters
    ----------
    source : `_Source`
        Source of the rows.
    pixels : `numpy.ndarray`, (height, width)
        The part, a view.
    first : `int`
        Number of its first row in the whole box.
    """

    def __init__(self, source: _Source, pixels: np.ndarray, first: int) -> None:
        self._source = source
        self._pixels = pixels
        self._first = first

    @classmethod
    def of(cls, tiles: Tiles) -> Self:
        """Return the pixels of the box of some tiles; nothing is decompressed."""
        source = _Source(tiles)
        return cls(source, source.pixels, 0)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        height, width = self._pixels.shape
        return height, width

    def part(self, rows: slice, columns: slice) -> Self:
        """Return a part, named by slices with both ends; nothing is decompressed."""
        return type(self)(self._source, self._pixels[rows, columns], self._first + rows.start)

    def array(self) -> np.ndarray:
        """Return the pixels, after decompressing the rows that are missing.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if a tile is damaged.
        """
        self._source.decode(self._first, self._first + len(self._pixels))
        return self._pixels
