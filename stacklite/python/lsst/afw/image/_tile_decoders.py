"""Decompression of single tiles of an image.

The algorithms are those of the FITS standard (4.0, section 10). Pixels of a tile
are one after the other.
"""

from __future__ import annotations

__all__ = ["decode_gzip", "decode_rice", "dequantize"]

import sys
import zlib

import numpy as np

# Public functions of astropy decode all tiles, not single ones, and take much longer. These functions
# have the same arguments in astropy 7.0, the oldest that is supported, and 8.0.
from astropy.io.fits.hdu.compressed._compression import (
    decompress_rice_1_c,
    unquantize_double_c,
    unquantize_float_c,
)

from lsst.afw.fits import FitsError
from lsst_stacklite._limits import TILE_PARTS

from ._tile_layout import GZIP_CONTAINER, Quantized

_MAX_ITEM_SIZE = 8  # of all pixel types of FITS
_IS_LITTLE = sys.byteorder == "little"
_INT32 = np.iinfo(np.int32)


def decode_gzip(content: bytes, count: int, is_shuffled: bool, kind: str) -> np.ndarray:
    """Return the pixels of a tile of GZIP_1 or GZIP_2.

    Parameters
    ----------
    content : `bytes`
        The compressed tile.
    count : `int`
        Number of pixels.
    is_shuffled : `bool`
        Whether bytes of equal significance stand together (GZIP_2).
    kind : `str`
        ``f`` if values of 4 and 8 bytes are real numbers, ``i`` if integers.

    Returns
    -------
    pixels : `numpy.ndarray`, (count,)
        Of any byte order, and as many bytes as there are.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if there is another number of pixels.
    zlib.error
        Raised if the content is damaged.
    """
    data = _unpacked(content, _MAX_ITEM_SIZE * count)
    size, rest = divmod(len(data), count)
    if rest or size not in (1, 2, 4, 8):
        raise FitsError(f"a tile of {count} pixels has {len(data)} bytes.")
    dtype = "u1" if size == 1 else f"{kind if size > 2 else 'i'}{size}"
    if is_shuffled:
        return _unshuffled(data, size).view(dtype)[:, 0]
    return np.frombuffer(data, f">{dtype}")


def _unpacked(content: bytes, limit: int) -> bytes:
    """Return the decompressed bytes; for any content, at most ``limit`` bytes are ever in memory."""
    parts: list[bytes] = []
    while content or not parts:
        unpacker = zlib.decompressobj(GZIP_CONTAINER)
        parts.append(unpacker.decompress(content, limit + 1))
        limit -= len(parts[-1])
        if limit < 0:
            raise FitsError("a compressed tile is larger than the tiles of its image.")
        if not unpacker.eof:
            raise FitsError("a compressed tile is not complete.")
        if len(parts) > TILE_PARTS:
            raise FitsError(f"a compressed tile has more than {TILE_PARTS} parts.")
        content = unpacker.unused_data.lstrip(b"\0")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _unshuffled(data: bytes, size: int) -> np.ndarray:
    """Return the bytes of each value, in native order, from those of equal significance, highest first."""
    values = np.empty((len(data) // size, size), np.uint8)
    for number, plane in enumerate(np.frombuffer(data, np.uint8).reshape(size, -1)):
        values[:, size - 1 - number if _IS_LITTLE else number] = plane
    return values


def decode_rice(content: bytes, count: int, block: int, size: int) -> np.ndarray:
    """Return the integers of a tile of RICE_1.

    Parameters
    ----------
    content : `bytes`
        The compressed tile.
    count : `int`
        Number of pixels.
    block : `int`
        Number of pixels that are coded together.
    size : `int`
        Bytes of an integer: 1 (without sign), 2 or 4.

    Returns
    -------
    pixels : `numpy.ndarray`, (count,)
        Integers in native byte order; read-only.

    Raises
    ------
    Exception
        Raised if the content is damaged; the class is one of the decoder.
    """
    return np.frombuffer(decompress_rice_1_c(content, block, size, count), "u1" if size == 1 else f"i{size}")


def dequantize(
    integers: np.ndarray,
    scale: float,
    zero: float,
    tile: int,
    quantized: Quantized,
    null: int | None,
    dtype: np.dtype,
) -> np.ndarray:
    """Return the real numbers that integers of a tile stand for.

    Parameters
    ----------
    integers : `numpy.ndarray`, (count,)
        Integers.
    scale, zero : `float`
        Factor and summand of the tile.
    tile : `int`
        Number of the tile, from 0, which selects its random numbers.
    quantized : `Quantized`
        Parameters of the quantization.
    null : `int` or `None`
        Integer that stands for NaN.
    dtype : `numpy.dtype`
        Type of the pixels of the image, float32 or float64.

    Returns
    -------
    pixels : `numpy.ndarray`, (count,)
        Perhaps read-only, and float64 if there was no dither.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if there is no decoder for integers of this size.
    """
    if quantized.method < 0:
        pixels = integers * scale + zero
        return pixels if null is None else _with_nulls(pixels, integers == null)
    if integers.itemsize > 4:
        raise FitsError("the pixels of a tile were quantized to integers of 64 bits.")
    integers = np.ascontiguousarray(integers, integers.dtype.newbyteorder("="))
    # The decoder cuts the null to the size of the integers, where it could become another value.
    decodes_null = null is not None and integers.itemsize == 4 and _INT32.min <= null <= _INT32.max
    decode = unquantize_float_c if dtype == np.float32 else unquantize_double_c
    values = decode(
        *(integers, tile + quantized.seed, integers.size, scale, zero, quantized.method),
        *(int(decodes_null), null if decodes_null else 0, np.nan, integers.itemsize),
    )
    pixels = np.frombuffer(values, dtype)
    if null is None or decodes_null:
        return pixels
    return _with_nulls(pixels.copy(), integers == null)


def _with_nulls(pixels: np.ndarray, is_null: np.ndarray) -> np.ndarray:
    pixels[is_null] = np.nan
    return pixels
