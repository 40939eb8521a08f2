"""Lossless tile compression of images, as FITS binary tables."""

from __future__ import annotations

__all__ = ["PlaneCompression", "compressed_hdu"]

import dataclasses
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np

from lsst.afw.fits import FitsError
from lsst.afw.fits._cards import BLOCK, format_cards, header_bytes

_GZIP_CONTAINER = 31
_LEVEL = 1


@dataclasses.dataclass(frozen=True)
class PlaneCompression:
    """How one plane is compressed.

    Parameters
    ----------
    algorithm : `str`
        ``GZIP_1`` or ``GZIP_2`` (bytes of equal significance together).
    tile_width, tile_height : `int`
        Size of the tiles (pixels); width 0 stands for a full row.
    """

    algorithm: str = "GZIP_2"
    tile_width: int = 0
    tile_height: int = 1

    def __post_init__(self) -> None:
        if self.algorithm not in ("GZIP_1", "GZIP_2"):
            raise FitsError(
                f"images cannot be written with compression {self.algorithm!r}; "
                "use GZIP_2 (lossless), GZIP_1 or NONE."
            )

    @classmethod
    def from_options(cls, options: Mapping[str, Any] | None) -> Self | None:
        """Return what a section of a write recipe asks for; `None`: plain.

        Parameters
        ----------
        options : `~collections.abc.Mapping`, optional
            Keys ``algorithm``, ``tile_width``, ``tile_height``,
            ``quantization`` (must be empty: only lossless is written).

        Raises
        ------
        FitsError
            Raised for any other algorithm, key, or for quantization.
        """
        options = dict(options or {})
        if options.get("algorithm", "NONE") in (None, "NONE"):
            return None
        if options.pop("quantization", None):
            raise FitsError("quantized (lossy) compression can be read, but not be written.")
        unknown = options.keys() - {field.name for field in dataclasses.fields(cls)}
        if unknown:
            raise FitsError(f"unknown compression options: {sorted(unknown)}.")
        return cls(**options)


def _tiles(stored: np.ndarray, compression: PlaneCompression) -> Iterator[bytes]:
    """Compress tile by tile, rows of tiles first."""
    height, width = stored.shape
    step_x = compression.tile_width or width
    step_y = compression.tile_height or height
    for y in range(0, height, step_y):
        for x in range(0, width, step_x):
            tile = np.ascontiguousarray(stored[y : y + step_y, x : x + step_x])
            pixels = tile.view(np.uint8).reshape(-1, tile.itemsize)
            if compression.algorithm == "GZIP_2":
                pixels = pixels.T
            packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP_CONTAINER)
            yield packer.compress(pixels.tobytes()) + packer.flush()


def _descriptors(sizes: Sequence[int]) -> bytes:
    """Return the table: length and offset of every compressed tile."""
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    if offsets[-1] >= 2**31:
        raise FitsError("a compressed plane of 2 GB or more cannot be written.")
    return np.column_stack([sizes, offsets[:-1]]).astype(">i4").tobytes()


def compressed_hdu(
    stored: np.ndarray, dtype: np.dtype[Any], cards: Sequence[str], compression: PlaneCompression
) -> bytes:
    """Serialise an image as a compressed HDU.

    Parameters
    ----------
    stored : `numpy.ndarray`, (height, width)
        Big-endian pixels, unsigned ones shifted by BZERO.
    dtype : `numpy.dtype`
        Pixel type before that.
    cards : `~collections.abc.Sequence` [`str`]
        Cards after the structural ones.
    compression : `PlaneCompression`
        Algorithm and tiles.

    Raises
    ------
    FitsError
        Raised for unsigned 64-bit pixels (the stack refuses them as well).
    """
    if dtype == np.uint64:
        raise FitsError("images of unsigned 64-bit pixels can only be written without compression.")
    tiles = list(_tiles(stored, compression))
    heap = b"".join(tiles)
    sizes = [len(tile) for tile in tiles]
    table = _descriptors(sizes) if sizes else b""
    header = _structure(stored, dtype, compression, sizes, len(heap))
    content = table + heap
    return header_bytes([*header, *cards]) + content + bytes(-len(content) % BLOCK)


def _structure(
    stored: np.ndarray,
    dtype: np.dtype[Any],
    compression: PlaneCompression,
    sizes: Sequence[int],
    heap_size: int,
) -> list[str]:
    height, width = stored.shape
    bits = 8 * dtype.itemsize
    values: list[tuple[str, Any]] = [
        *(("XTENSION", "BINTABLE"), ("BITPIX", 8), ("NAXIS", 2), ("NAXIS1", 8), ("NAXIS2", len(sizes))),
        *(("PCOUNT", heap_size), ("GCOUNT", 1), ("TFIELDS", 1)),
        *(("TTYPE1", "COMPRESSED_DATA"), ("TFORM1", f"1PB({max(sizes, default=0)})")),
        *(("ZIMAGE", True), ("ZBITPIX", -bits if dtype.kind == "f" else bits)),
        *(("ZNAXIS", 2), ("ZNAXIS1", width), ("ZNAXIS2", height)),
        *(("ZTILE1", compression.tile_width or width), ("ZTILE2", compression.tile_height or height)),
        *([("ZQUANTIZ", "NONE")] if dtype.kind == "f" else []),
        ("ZCMPTYPE", compression.algorithm),
    ]
    return [card for key, value in values for card in format_cards(key, value)]
