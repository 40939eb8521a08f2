"""Checks of tile-compressed images before astropy decompresses them.

Its decoders trust the parameters of the compression, and a GZIP stream has its
size only at its end.
"""

from __future__ import annotations

__all__ = ["check_bounds", "check_cells", "check_method", "heap_offset"]

import math
import re
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from lsst.afw.fits import FitsError
from lsst.afw.fits._errors import check_range
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._raw import RawHdu, read_bytes
from lsst_stacklite._limits import GZIP_RATIO, TILE_BYTES, TILES

from ._quantization import RANDOM_COUNT
from ._tile_layout import ALGORITHMS, GZIP_CONTAINER, parameter

# The decoder writes 4 bytes for each integer of 8, and returns what is behind them.
_RICE_VALUES = {"BLOCKSIZE": (16, 32), "BYTEPIX": (1, 2, 4)}
_DATA_COLUMNS = frozenset({"COMPRESSED_DATA", "GZIP_COMPRESSED_DATA", "UNCOMPRESSED_DATA"})
_FORMAT = re.compile(r"1?[PQ]([BIJKED])(?:\(\d*\))?")
_WIDTHS = {"B": 1, "I": 2, "J": 4, "K": 8, "E": 4, "D": 8}
_BYTES_PER_PIXEL = 8


def check_method(table: Mapping[str, Any]) -> None:
    """Check the header of a compressed image.

    Parameters
    ----------
    table : `~collections.abc.Mapping` [`str`, `~typing.Any`]
        Header of the table that holds the tiles.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if a decoder could not cope with the parameters, or is not used.
    """
    algorithm = table.get("ZCMPTYPE", "RICE_1")
    # The decoder of HCOMPRESS_1 ends the process at damaged data; the stack writes none of the others.
    if algorithm not in ALGORITHMS:
        raise FitsError(f"the compression {algorithm!r} is not supported, only {', '.join(ALGORITHMS)}.")
    if algorithm.startswith("RICE"):
        for name, values in _RICE_VALUES.items():
            value = parameter(table, name, values[-1])
            if value not in values:
                raise FitsError(f"{name} of the compression is {value}.")
    if str(table.get("ZQUANTIZ", "")).startswith("SUBTRACTIVE"):
        # An index, which the decoder trusts.
        check_range("ZDITHER0", table.get("ZDITHER0", 0), 1, RANDOM_COUNT)
    check_range("the number of tiles", table["NAXIS2"], 0, TILES)


def check_cells(file: FitsFile, index: int, table: Any) -> None:
    """Check that tiles lie in the file, and that none becomes larger than a tile.

    Parameters
    ----------
    file : `~lsst.afw.fits._file.FitsFile`
        The open file.
    index : `int`
        0-based HDU number.
    table : `astropy.io.fits.BinTableHDU`
        The table that holds the tiles, with descriptors in its columns.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if one does not.
    """
    header = table.header
    raw = file.raw(index)
    assert raw is not None, "its header was read"
    heap = raw.data_start + heap_offset(raw)
    pixels = math.prod(header.get(f"ZTILE{i}", header["ZNAXIS1"] if i == 1 else 1) for i in (1, 2, 3))
    harmless = max(TILE_BYTES, _BYTES_PER_PIXEL * pixels // GZIP_RATIO)
    for name in _DATA_COLUMNS.intersection(table.columns.names):
        form = _FORMAT.fullmatch(str(table.columns[name].format))
        if form is None:
            raise FitsError(f"the column {name} has the format {table.columns[name].format}.")
        cells = np.asarray(table.data[name], np.int64).reshape(-1, 2)
        check_bounds(raw, name, cells, _WIDTHS[form[1]])
        if name == "GZIP_COMPRESSED_DATA" or str(header.get("ZCMPTYPE")).startswith("GZIP"):
            for size, offset in cells[cells[:, 0] > harmless].tolist():
                content = read_bytes(file._stream, heap + offset, size)
                _check_tile(content, _BYTES_PER_PIXEL * pixels)


def heap_offset(raw: RawHdu) -> int:
    """Return where the contents of tiles begin, counted from the beginning of the data.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if that is outside of the data.
    """
    offset = raw.integer("THEAP", raw.integer("NAXIS1") * raw.integer("NAXIS2"))
    check_range("THEAP", offset, 0, raw.size)
    return offset


def check_bounds(raw: RawHdu, name: str, cells: np.ndarray, item_size: int) -> None:
    """Check that tiles lie in the data of an HDU.

    Parameters
    ----------
    raw : `~lsst.afw.fits._raw.RawHdu`
        The HDU.
    name : `str`
        The column, for the message.
    cells : `numpy.ndarray` of `numpy.int64`, (n, 2)
        Number of items and offset in the heap of each tile.
    item_size : `int`
        Bytes of an item.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if one does not.
    """
    # Divided instead of multiplied: a product of 64 bits may overflow.
    room = raw.size - heap_offset(raw)
    sizes, offsets = cells[:, 0], cells[:, 1]
    if (cells < 0).any() or (offsets > room).any() or (sizes > (room - offsets) // item_size).any():
        raise FitsError(f"a tile of column {name} lies outside of the data.")


def _check_tile(content: bytes, limit: int) -> None:
    """Decompress one tile as far as it may go."""
    while content:
        unpacker = zlib.decompressobj(GZIP_CONTAINER)
        limit -= len(unpacker.decompress(content, limit + 1))
        if limit < 0:
            raise FitsError("a compressed tile is larger than the tiles of its image.")
        content = unpacker.unused_data if unpacker.eof else b""
