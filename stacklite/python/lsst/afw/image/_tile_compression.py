"""Tile compression of images, as FITS binary tables."""

from __future__ import annotations

__all__ = ["PlaneCompression", "compressed_hdu"]

import dataclasses
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import numpy as np
from astropy.io import fits

from lsst.afw.fits import FitsError
from lsst.afw.fits._cards import BLOCK, format_cards, header_bytes

from ._quantization import NULL_VALUE, Quantization
from ._tile_layout import GZIP_CONTAINER

_LEVEL = 1
"""Level of GZIP: the fastest, as in CFITSIO."""

_RICE_BLOCK = 32
"""Pixels that RICE_1 codes together, as CFITSIO does."""


@dataclasses.dataclass(frozen=True)
class PlaneCompression:
    """Parameters of the compression of one plane.

    Parameters
    ----------
    algorithm : `str`
        ``GZIP_1``, ``GZIP_2`` (bytes of equal significance together) or
        ``RICE_1`` (integers of up to 32 bits).
    tile_width, tile_height : `int`
        Size of the tiles (pixels); 0 stands for the whole row or column.
    quantization : `Quantization`, optional
        Quantization of floating-point pixels; none by default.
        Planes of integers are always stored without loss.
    """

    algorithm: str = "GZIP_2"
    tile_width: int = 0
    tile_height: int = 1
    quantization: Quantization | None = None

    def __post_init__(self) -> None:
        if self.algorithm not in ("GZIP_1", "GZIP_2", "RICE_1"):
            raise FitsError(
                f"images cannot be written with compression {self.algorithm!r}; "
                "use GZIP_2, GZIP_1, RICE_1 or NONE."
            )

    @classmethod
    def from_options(cls, options: Mapping[str, Any] | None) -> Self | None:
        """Return the compression in a section of a write recipe; `None` for none.

        Parameters
        ----------
        options : `~collections.abc.Mapping`, optional
            Keys ``algorithm``, ``tile_width``, ``tile_height``,
            ``quantization`` (a mapping, see `Quantization`).

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the algorithm or a key is another one.
        """
        options = dict(options or {})
        if options.get("algorithm", "NONE") in (None, "NONE"):
            return None
        quantization = options.pop("quantization", None)
        unknown = options.keys() - {field.name for field in dataclasses.fields(cls)}
        if unknown:
            raise FitsError(f"unknown compression options: {sorted(unknown)}.")
        if quantization:
            options["quantization"] = Quantization.from_options(quantization)
        return cls(**options)

    def tile_shape(self, shape: tuple[int, ...]) -> tuple[int, int]:
        """Return height and width of the tiles of an image."""
        return self.tile_height or shape[0], self.tile_width or shape[1]


@dataclasses.dataclass(frozen=True)
class _Column:
    """One column of the table of tiles."""

    name: str
    cells: Sequence[bytes] | np.ndarray

    @property
    def form(self) -> str:
        if isinstance(self.cells, np.ndarray):
            return "1D"
        return f"1PB({max((len(cell) for cell in self.cells), default=0)})"


def _windows(shape: tuple[int, ...], compression: PlaneCompression) -> Iterator[tuple[slice, slice]]:
    """Return where the tiles are, rows of tiles first."""
    step_y, step_x = compression.tile_shape(shape)
    for y in range(0, shape[0], step_y):
        for x in range(0, shape[1], step_x):
            yield slice(y, y + step_y), slice(x, x + step_x)


def _gzip(tile: np.ndarray, shuffle: bool) -> bytes:
    tile = np.ascontiguousarray(tile, tile.dtype.newbyteorder(">"))
    pixels = tile.view(np.uint8).reshape(-1, tile.itemsize)
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, GZIP_CONTAINER)
    return packer.compress((pixels.T if shuffle else pixels).tobytes()) + packer.flush()


def _rice(image: np.ndarray, tile_shape: tuple[int, int]) -> list[bytes]:
    """Compress integers through astropy, whose codec has no public function."""
    if image.itemsize > 4:
        raise FitsError("64-bit integers cannot be written with RICE_1; use GZIP_2.")
    buffer = io.BytesIO()
    image = np.asarray(image, image.dtype.newbyteorder("="))
    fits.CompImageHDU(image, compression_type="RICE_1", tile_shape=tile_shape).writeto(buffer)
    buffer.seek(0)
    with fits.open(buffer, disable_image_compression=True) as file:
        return [cell.tobytes() for cell in file[1].data["COMPRESSED_DATA"]]


def _encode(image: np.ndarray, compression: PlaneCompression) -> list[bytes]:
    """Compress all tiles of an image without loss."""
    if compression.algorithm == "RICE_1":
        return _rice(image, compression.tile_shape(image.shape))
    shuffle = compression.algorithm == "GZIP_2"
    return [_gzip(image[window], shuffle) for window in _windows(image.shape, compression)]


def _quantized_columns(array: np.ndarray, compression: PlaneCompression, step: float) -> list[_Column]:
    """Quantize and compress; tiles that cannot be quantized are stored as they are."""
    assert compression.quantization is not None
    integers = np.zeros(array.shape, np.int32)
    scales, plain = [], {}
    for number, window in enumerate(_windows(array.shape, compression)):
        quantized = compression.quantization.quantize(array[window], step, number)
        if quantized is None:
            plain[number] = _gzip(array[window], shuffle=False)
            scales.append((0.0, 0.0))
        else:
            integers[window], zero = quantized
            scales.append((step, zero))
    tiles = [b"" if number in plain else cell for number, cell in enumerate(_encode(integers, compression))]
    table = np.array(scales, ">f8").reshape(-1, 2)
    columns = [
        _Column("COMPRESSED_DATA", tiles),
        _Column("ZSCALE", table[:, 0]),
        _Column("ZZERO", table[:, 1]),
    ]
    if plain:
        fallback = [plain.get(number, b"") for number in range(len(tiles))]
        columns.append(_Column("GZIP_COMPRESSED_DATA", fallback))
    return columns


def _table(columns: Sequence[_Column]) -> tuple[bytes, bytes, int]:
    """Return the rows, the heap behind them, and the size of a row."""
    parts, heap = [], b""
    for column in columns:
        if isinstance(column.cells, np.ndarray):
            parts.append(column.cells.astype(">f8").reshape(-1, 1).view(np.uint8))
            continue
        sizes = [len(cell) for cell in column.cells]
        offsets = len(heap) + np.concatenate([[0], np.cumsum(sizes)])
        if offsets[-1] >= 2**31:
            raise FitsError("a compressed plane of 2 GB or more cannot be written.")
        parts.append(np.column_stack([sizes, offsets[:-1]]).astype(">i4").view(np.uint8))
        heap += b"".join(column.cells)
    rows = np.hstack(parts)
    return rows.tobytes(), heap, rows.shape[1]


def compressed_hdu(
    stored: np.ndarray,
    dtype: np.dtype[Any],
    cards: Sequence[str],
    compression: PlaneCompression,
    mask: Any = None,
) -> bytes:
    """Serialize an image as a compressed HDU.

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
    mask : `~lsst.afw.image.MaskX`, optional
        Mask of the pixels that count for the noise that sets the quantization.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if pixels are unsigned 64-bit integers (the stack refuses them as
        well), or real numbers with RICE_1 but without quantization.

    Notes
    -----
    Floating-point planes without noise (constant ones, or without any good
    pixel) are stored without loss instead of quantized.
    """
    if dtype == np.uint64:
        raise FitsError("images of unsigned 64-bit pixels can only be written without compression.")
    step = None
    if dtype.kind == "f" and compression.quantization is not None:
        step = compression.quantization.step(stored, mask)
        if step is None:
            compression = dataclasses.replace(compression, algorithm="GZIP_2", quantization=None)
    elif dtype.kind == "f" and compression.algorithm == "RICE_1":
        raise FitsError("RICE_1 cannot store floating-point pixels without quantization; use GZIP_2.")
    if step is None:
        columns = [_Column("COMPRESSED_DATA", _encode(stored, compression))]
    else:
        columns = _quantized_columns(stored, compression, step)
        cards = [*cards, *format_cards("UZSCALE", step)]
    rows, heap, row_size = _table(columns)
    header = _structure(stored.shape, dtype, compression, columns, (row_size, len(heap)), step)
    content = rows + heap
    return header_bytes([*header, *cards]) + content + bytes(-len(content) % BLOCK)


def _quantization_cards(dtype: np.dtype[Any], quantization: Quantization | None) -> list[tuple[str, Any]]:
    if dtype.kind != "f":
        return []
    if quantization is None:
        return [("ZQUANTIZ", "NONE")]
    seed = [] if quantization.dither == "NO_DITHER" else [("ZDITHER0", quantization.seed)]
    return [("ZQUANTIZ", quantization.dither), *seed]


def _algorithm_cards(compression: PlaneCompression, item_size: int, quantized: bool) -> list[tuple[str, Any]]:
    algorithm = compression.algorithm
    dither = compression.quantization.dither if quantized and compression.quantization else None
    if algorithm == "RICE_1" and dither == "SUBTRACTIVE_DITHER_2":
        # The value of CFITSIO, which keeps software away that does not know the dither.
        algorithm = "RICE_ONE"
    cards: list[tuple[str, Any]] = [("ZCMPTYPE", algorithm)]
    if quantized:
        cards += [("ZBLANK", NULL_VALUE)]
    if compression.algorithm == "RICE_1":
        cards += [("ZNAME1", "BLOCKSIZE"), ("ZVAL1", _RICE_BLOCK)]
        cards += [("ZNAME2", "BYTEPIX"), ("ZVAL2", item_size)]
    return cards


def _structure(
    shape: tuple[int, ...],
    dtype: np.dtype[Any],
    compression: PlaneCompression,
    columns: Sequence[_Column],
    sizes: tuple[int, int],
    step: float | None,
) -> list[str]:
    """Return the structural cards; ``sizes`` are those of a row and of the heap."""
    height, width = shape
    bits = 8 * dtype.itemsize
    quantized = step is not None
    tile_height, tile_width = compression.tile_shape(shape)
    values: list[tuple[str, Any]] = [
        *(("XTENSION", "BINTABLE"), ("BITPIX", 8), ("NAXIS", 2)),
        *(("NAXIS1", sizes[0]), ("NAXIS2", len(columns[0].cells))),
        *(("PCOUNT", sizes[1]), ("GCOUNT", 1), ("TFIELDS", len(columns))),
    ]
    for number, column in enumerate(columns, 1):
        values += [(f"TTYPE{number}", column.name), (f"TFORM{number}", column.form)]
    values += [
        *(("ZIMAGE", True), ("ZBITPIX", -bits if dtype.kind == "f" else bits)),
        *(("ZNAXIS", 2), ("ZNAXIS1", width), ("ZNAXIS2", height)),
        *(("ZTILE1", tile_width), ("ZTILE2", tile_height)),
        *_quantization_cards(dtype, compression.quantization),
        *_algorithm_cards(compression, 4 if quantized else dtype.itemsize, quantized),
    ]
    return [card for key, value in values for card in format_cards(key, value)]
