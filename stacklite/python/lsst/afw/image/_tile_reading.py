"""Reading of the tiles of a compressed image, all that are needed at once."""

from __future__ import annotations

__all__ = ["Tiles", "decoding", "read_tiles"]

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from lsst.afw.fits import FitsError
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._plane_header import PlaneHeader
from lsst.afw.fits._raw import RawHdu, read_bytes
from lsst.geom import Box2I
from lsst_stacklite._limits import TILE_BYTES_PER_PIXEL, TILE_OVERHEAD

from ._tile_checks import check_bounds, heap_offset
from ._tile_decoders import decode_gzip, decode_rice, dequantize
from ._tile_layout import TileLayout

_DATA, _FALLBACK = "COMPRESSED_DATA", "GZIP_COMPRESSED_DATA"


@contextmanager
def decoding(where: str) -> Iterator[None]:
    """Turn all errors that damaged pixels cause into `FitsError` with their place in the file.

    Parameters
    ----------
    where : `str`
        File and HDU.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the block raises any other error.
    MemoryError
        Raised if the block raises it: sizes are checked before anything is
        allocated.
    """
    try:
        yield
    except MemoryError:
        raise
    except Exception as err:
        raise FitsError(f"{where} cannot be read: {' '.join(str(err).split())}") from err


@dataclass(frozen=True)
class _Axis:
    """Pixels of a box along one axis, and the tiles that they are in."""

    begin: int
    end: int
    tile_size: int
    image_size: int

    @property
    def tiles(self) -> range:
        """Numbers of the tiles."""
        return range(self.begin // self.tile_size, -(-self.end // self.tile_size))

    def window(self, tile: int) -> tuple[int, slice, slice]:
        """Return the size of a tile, which of its pixels are in the box, and where in the box they are."""
        start = tile * self.tile_size
        stop = min(start + self.tile_size, self.image_size)
        first, last = max(start, self.begin), min(stop, self.end)
        return stop - start, slice(first - start, last - start), slice(first - self.begin, last - self.begin)


@dataclass(frozen=True)
class _Contents:
    """The compressed tiles of a box, rows of tiles first.

    Parameters
    ----------
    heap : `bytes`
        Bytes of which the tiles are slices.
    starts, stops : `list` [`int`]
        Limits of each tile in it.
    are_fallbacks : `list` [`bool`]
        Whether each tile could not be quantized, and is compressed by GZIP_1.
    scales, zeros : `list` [`float`]
        Factor and summand of each tile; empty if nothing is quantized.
    nulls : `list` [`int` or `None`]
        Integer that represents NaN in each tile; empty if nothing is quantized.
    """

    heap: bytes
    starts: list[int]
    stops: list[int]
    are_fallbacks: list[bool]
    scales: list[float]
    zeros: list[float]
    nulls: list[int | None]


class Tiles:
    """The compressed tiles that a box of an image needs, in memory.

    Parameters
    ----------
    where : `str`
        File and HDU, for messages.
    layout : `TileLayout`
        Layout in the header.
    axes : `tuple` [`_Axis`, `_Axis`]
        The box in y and x.
    contents : `_Contents`
        The tiles.
    """

    def __init__(
        self, where: str, layout: TileLayout, axes: tuple[_Axis, _Axis], contents: _Contents
    ) -> None:
        self.where = where
        self._layout = layout
        self._rows, self._columns = axes
        self._first = self._rows.tiles.start
        # By column of tiles: its number, and its `_Axis.window`.
        self._windows = [(column, *self._columns.window(column)) for column in self._columns.tiles]
        self._contents = contents

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels."""
        return self._layout.dtype

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the box."""
        return self._rows.end - self._rows.begin, self._columns.end - self._columns.begin

    def rows_of_tiles(self, first: int, end: int) -> range:
        """Return which rows of tiles rows of pixels are in, both counted from those of the box."""
        begin, height = self._rows.begin, self._rows.tile_size
        return range((begin + first) // height - self._first, -(-(begin + end) // height) - self._first)

    def pixels(self) -> np.ndarray:
        """Return all pixels of the box, in native byte order.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if a tile is damaged.
        """
        pixels = np.empty(self.shape, self._layout.dtype)
        with decoding(self.where):
            for row in self.rows_of_tiles(0, self.shape[0]):
                self.decode(row, pixels)
        return pixels

    def decode(self, row: int, pixels: np.ndarray) -> None:
        """Decompress one row of tiles.

        Parameters
        ----------
        row : `int`
            Its number, counted from the first row of the box.
        pixels : `numpy.ndarray`, (height, width)
            Pixels of the box; those of the tiles are set.

        Raises
        ------
        Exception
            Raised if a tile is damaged, see `decoding`.
        """
        layout, index = self._layout, row * len(self._windows)
        first = (self._first + row) * layout.grid[1]
        height, inside_y, where_y = self._rows.window(self._first + row)
        stored = pixels[where_y].view(layout.stored)
        for column, width, inside_x, where_x in self._windows:
            values = self._decoded(index, first + column, height * width)
            stored[:, where_x] = values.reshape(height, width)[inside_y, inside_x]
            index += 1
        if layout.is_unsigned:
            pixels[where_y] ^= pixels.dtype.type(1 << (8 * pixels.itemsize - 1))

    def _decoded(self, index: int, tile: int, count: int) -> np.ndarray:
        """Return the pixels of one tile, one after the other.

        Parameters
        ----------
        index, tile : `int`
            Its number among those of the box, and among those of the image.
        count : `int`
            Number of its pixels.
        """
        layout, contents = self._layout, self._contents
        content = contents.heap[contents.starts[index] : contents.stops[index]]
        kind = "f" if layout.stored.kind == "f" else "i"
        if contents.are_fallbacks[index]:
            return decode_gzip(content, count, False, kind)
        quantized = layout.quantized
        if layout.algorithm == "RICE_1":
            values = decode_rice(content, count, *layout.rice)
        else:
            values = decode_gzip(content, count, layout.algorithm == "GZIP_2", "i" if quantized else kind)
        if quantized is None:
            return values
        scale, zero, null = contents.scales[index], contents.zeros[index], contents.nulls[index]
        return dequantize(values, scale, zero, tile, quantized, null, layout.stored)


def read_tiles(file: FitsFile, header: PlaneHeader, index: int, local: Box2I) -> Tiles | None:
    """Read the compressed tiles that a box needs.

    Parameters
    ----------
    file : `~lsst.afw.fits._file.FitsFile`
        The open file.
    header : `PlaneHeader`
        Header of a compressed image in it.
    index : `int`
        0-based number of its HDU, for messages.
    local : `~lsst.geom.Box2I`
        A box in local coordinates; not empty, and inside the image.

    Returns
    -------
    tiles : `Tiles` or `None`
        `None` if they are of an unusual kind, which is left to astropy.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if a size in the header is impossible, if a tile lies outside of
        the data or is missing, or if the file ends before.
    """
    layout = TileLayout.from_cards(header.stored)
    if layout is None:
        return None
    table = _read_table(file, header, layout)
    axes = (
        _Axis(local.getBeginY(), local.getEndY(), layout.tile_shape[0], layout.shape[0]),
        _Axis(local.getBeginX(), local.getEndX(), layout.tile_shape[1], layout.shape[1]),
    )
    rows, columns = (axis.tiles for axis in axes)
    table = table[rows.start : rows.stop, columns.start : columns.stop].ravel()
    return Tiles(f"{file.path}: HDU {index}", layout, axes, _read_contents(file, header, layout, table))


def _read_table(file: FitsFile, raw: RawHdu, layout: TileLayout) -> np.ndarray:
    """Return the descriptions of all tiles of an image, by row and column."""
    n_rows, n_columns = layout.grid
    rows = raw.integer("NAXIS2")
    if rows < n_rows * n_columns:
        raise FitsError(f"it has {rows} tiles instead of {n_rows * n_columns}.")
    table = np.frombuffer(_read(file, raw.data_start, rows * layout.row.itemsize), layout.row)
    for name in table.dtype.names or ():
        if name in (_DATA, _FALLBACK):
            check_bounds(raw, name, table[name].astype(np.int64), 1)
    return table[: n_rows * n_columns].reshape(n_rows, n_columns)


def _read_contents(file: FitsFile, raw: RawHdu, layout: TileLayout, table: np.ndarray) -> _Contents:
    """Return the contents of some tiles."""
    cells = table[_DATA].astype(np.int64)
    are_fallbacks = np.zeros(len(cells), bool)
    names = table.dtype.names or ()
    if _FALLBACK in names:
        are_fallbacks = cells[:, 0] == 0
        cells[are_fallbacks] = table[_FALLBACK][are_fallbacks]
    if (cells[:, 0] == 0).any():
        raise FitsError("a tile has no content.")
    height, width = map(min, layout.shape, layout.tile_shape)
    if (cells[:, 0] > TILE_BYTES_PER_PIXEL * height * width + TILE_OVERHEAD).any():
        raise FitsError("a tile has more bytes than its pixels can need.")
    # Usually they stand one after the other; a single reading never is larger than the data in the file.
    start = int(cells[:, 1].min())
    starts = cells[:, 1] - start
    stops = starts + cells[:, 0]
    heap = _read(file, raw.data_start + heap_offset(raw) + start, int(stops.max()))
    nulls = [layout.quantized.null if layout.quantized else None] * len(cells)
    return _Contents(
        heap,
        starts.tolist(),
        stops.tolist(),
        are_fallbacks.tolist(),
        table["ZSCALE"].tolist() if "ZSCALE" in names else [],
        table["ZZERO"].tolist() if "ZZERO" in names else [],
        table["ZBLANK"].tolist() if "ZBLANK" in names else nulls,
    )


def _read(file: FitsFile, start: int, size: int) -> bytes:
    content = read_bytes(file._stream, start, size)
    if len(content) != size:
        raise FitsError(f"the file is truncated: it ends {size - len(content)} bytes too early.")
    return content
