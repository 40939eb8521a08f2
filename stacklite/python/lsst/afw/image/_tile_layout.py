"""Layout of the tiles of a compressed image, from its header."""

from __future__ import annotations

__all__ = ["ALGORITHMS", "GZIP_CONTAINER", "Quantized", "TileLayout", "parameter"]

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from lsst.afw.fits import FitsError
from lsst.afw.fits._errors import check_range

GZIP_CONTAINER = 31
"""Number of the container of GZIP in zlib, which is around every tile."""

_STORED = {8: "u1", 16: "i2", 32: "i4", 64: "i8", -32: "f4", -64: "f8"}
ALGORITHMS = {"GZIP_1": "GZIP_1", "GZIP_2": "GZIP_2", "RICE_1": "RICE_1", "RICE_ONE": "RICE_1"}
"""Algorithms that can be read, by their names in headers."""

_METHODS = {"NO_DITHER": -1, "SUBTRACTIVE_DITHER_1": 1, "SUBTRACTIVE_DITHER_2": 2}
# The columns that are understood, with their formats as numpy writes them.
_FORMATS = {
    "COMPRESSED_DATA": {"PB": "2>i4", "QB": "2>i8"},
    "GZIP_COMPRESSED_DATA": {"PB": "2>i4", "QB": "2>i8"},
    "ZSCALE": {"D": ">f8"},
    "ZZERO": {"D": ">f8"},
    "ZBLANK": {"J": ">i4"},
}
_FORM = re.compile(r"1?([PQ]B|[DJ])(?:\(\d*\))?")
# Cards that change the meaning of columns, or of integer pixels.
_CHANGES = re.compile(r"T(?:SCAL|ZERO|NULL|DIM)\d+|BLANK")


@dataclass(frozen=True)
class Quantized:
    """Parameters by which integers represent real numbers.

    Parameters
    ----------
    method : `int`
        1 or 2, the subtractive dithers of the FITS standard, or -1 for none.
    seed : `int`
        First element of the random sequence for the first tile, from 1.
    null : `int` or `None`
        Integer that stands for NaN in tiles that do not name their own.
    """

    method: int
    seed: int
    null: int | None


@dataclass(frozen=True)
class TileLayout:
    """Algorithm, sizes and table of the tiles of an image.

    Parameters
    ----------
    algorithm : `str`
        ``GZIP_1``, ``GZIP_2`` or ``RICE_1``.
    stored : `numpy.dtype`
        Type of the pixels as they are stored, but in native byte order.
    is_unsigned : `bool`
        Whether they stand for unsigned integers, half the range less.
    shape, tile_shape : `tuple` [`int`, `int`]
        Height and width of the image, and of a tile that is not cut by its edge.
    row : `numpy.dtype`
        Row of the table, which describes one tile.
    rice : `tuple` [`int`, `int`]
        Pixels of a block and bytes of an integer, for RICE_1.
    quantized : `Quantized` or `None`
        `None` if nothing was lost.
    """

    algorithm: str
    stored: np.dtype[Any]
    is_unsigned: bool
    shape: tuple[int, int]
    tile_shape: tuple[int, int]
    row: np.dtype[Any]
    rice: tuple[int, int]
    quantized: Quantized | None

    @classmethod
    def from_cards(cls, cards: Mapping[str, Any]) -> Self | None:
        """Return the layout, or `None` if it is an unusual one, which is left to astropy.

        Parameters
        ----------
        cards : `~collections.abc.Mapping` [`str`, `~typing.Any`]
            The header of the table that holds the tiles.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if a size is missing or impossible.
        """
        bits, row = _integer(cards, "ZBITPIX"), _row(cards)
        if row is None or bits not in _STORED or not _is_plain(cards, bits, row.fields or {}):
            return None
        sizes = [_integer(cards, key) for key in ("ZNAXIS2", "ZNAXIS1", "ZTILE2", "ZTILE1")]
        for size in sizes:
            check_range("a size of the image or of its tiles", size, 1, 2**31 - 1)
        return cls(
            algorithm=ALGORITHMS[cards["ZCMPTYPE"]],
            stored=np.dtype(_STORED[bits]),
            is_unsigned=cards.get("BZERO", 0) != 0,
            shape=(sizes[0], sizes[1]),
            tile_shape=(sizes[2], sizes[3]),
            row=row,
            rice=(parameter(cards, "BLOCKSIZE", 32), parameter(cards, "BYTEPIX", 4)),
            quantized=_quantized(cards) if "ZSCALE" in (row.fields or {}) else None,
        )

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the pixels of the image."""
        return np.dtype(f"u{self.stored.itemsize}") if self.is_unsigned else self.stored

    @property
    def grid(self) -> tuple[int, int]:
        """Number of tiles above each other, and side by side."""
        (height, width), (tile_height, tile_width) = self.shape, self.tile_shape
        return -(-height // tile_height), -(-width // tile_width)


def parameter(cards: Mapping[str, Any], name: str, default: int) -> int:
    """Return a parameter of the algorithm by its name, ignoring case.

    Parameters
    ----------
    cards : `~collections.abc.Mapping` [`str`, `~typing.Any`]
        The header.
    name : `str`
        Name in upper case.
    default : `int`
        Value if the header does not have it.
    """
    number = 1
    while f"ZNAME{number}" in cards:
        if str(cards[f"ZNAME{number}"]).upper() == name:
            return _integer(cards, f"ZVAL{number}")
        number += 1
    return default


def _integer(cards: Mapping[str, Any], key: str) -> int:
    value = cards.get(key)
    if type(value) is not int:
        raise FitsError(f"{key} is {value}, not an integer.")
    return value


def _row(cards: Mapping[str, Any]) -> np.dtype[Any] | None:
    """Return the type of the rows of the table; `None` if a column is not known."""
    fields = {}
    for number in range(1, _integer(cards, "TFIELDS") + 1):
        name, form = cards.get(f"TTYPE{number}"), _FORM.fullmatch(str(cards.get(f"TFORM{number}")))
        known = _FORMATS.get(str(name), {}).get(form[1]) if form else None
        if known is None:
            return None
        fields[str(name)] = known
    row = np.dtype([*fields.items()])
    has_all = "COMPRESSED_DATA" in fields and ("ZSCALE" in fields) == ("ZZERO" in fields)
    return row if has_all and row.itemsize == _integer(cards, "NAXIS1") else None


def _is_plain(cards: Mapping[str, Any], bits: int, columns: Mapping[str, Any]) -> bool:
    """Return whether the pixels are of a kind whose meaning is known here."""
    if cards.get("ZCMPTYPE") not in ALGORITHMS or any(map(_CHANGES.fullmatch, cards)):
        return False
    if cards.get("ZNAXIS") != 2 and (cards.get("ZNAXIS"), cards.get("ZNAXIS3")) != (3, 1):
        return False
    zero, scale = cards.get("BZERO", 0), cards.get("BSCALE", 1)
    if scale != 1 or zero not in (0, 2 ** (bits - 1) if bits > 8 else 0):
        return False
    if "ZSCALE" in columns:
        return bits < 0 and cards.get("ZQUANTIZ", "NO_DITHER") in _METHODS
    has_null = "ZBLANK" in cards or "ZBLANK" in columns
    return not has_null and (bits > 0 or not cards["ZCMPTYPE"].startswith("RICE"))


def _quantized(cards: Mapping[str, Any]) -> Quantized:
    method = _METHODS[cards.get("ZQUANTIZ", "NO_DITHER")]
    null = _integer(cards, "ZBLANK") if "ZBLANK" in cards else None
    return Quantized(method, 0 if method < 0 else _integer(cards, "ZDITHER0"), null)
