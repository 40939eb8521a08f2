"""Writing of images, masks and masked images."""

from __future__ import annotations

__all__ = ["plane_cards", "plane_hdu", "primary_hdu", "write_image", "write_masked_image", "write_planes"]

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.afw.fits._cards import BLOCK, format_cards, header_bytes
from lsst.afw.fits._metadata import metadata_cards
from lsst.afw.fits._writing import write_hdus
from lsst.afw.geom import createTrivialWcsMetadata

from ._image_base import ImageBase
from ._tile_compression import PlaneCompression, compressed_hdu

if TYPE_CHECKING:
    from ._mask import MaskX

_BITPIX = {"u2": 16, "i4": 32, "f4": -32, "f8": -64, "u8": 64}
_PLANES = ("IMAGE", "MASK", "VARIANCE")


def _pad(data: bytes) -> bytes:
    return data + bytes(-len(data) % BLOCK)


def _unsigned_zero(dtype: np.dtype[Any]) -> int:
    """Return the BZERO of a pixel type."""
    return 1 << (8 * dtype.itemsize - 1) if dtype.kind == "u" else 0


def stored_pixels(array: np.ndarray) -> np.ndarray:
    """Return pixels as they stand in a file: big-endian, unsigned ones shifted."""
    if array.dtype.kind == "u":
        zero = array.dtype.type(_unsigned_zero(array.dtype))
        array = (array ^ zero).view(f"i{array.dtype.itemsize}")
    return np.ascontiguousarray(array, array.dtype.newbyteorder(">"))


def scale_cards(dtype: np.dtype[Any]) -> list[str]:
    """Return the cards that unsigned pixel types need."""
    zero = _unsigned_zero(dtype)
    if not zero:
        return []
    # As an integer: float formatting would round 2**63.
    return format_cards("BZERO", zero) + format_cards("BSCALE", 1)


def xy0_cards(image: ImageBase) -> list[str]:
    """Return the "A" WCS, which holds the origin of the array."""
    return metadata_cards(createTrivialWcsMetadata("A", image.getXY0()))


def plane_cards(image: ImageBase, metadata: Any = None, exttype: str | None = None) -> list[str]:
    """Return the cards of an image HDU after the structural ones.

    Parameters
    ----------
    image : `ImageBase`
        Its origin and, for a mask, its plane names are written.
    metadata : `~lsst.daf.base.PropertySet`, optional
        Cards in addition.
    exttype : `str`, optional
        Kind of the plane in a masked image; adds ``INHERIT``.
    """
    cards = metadata_cards(metadata)
    if exttype is not None:
        cards += format_cards("INHERIT", True)
        cards += [*format_cards("EXTTYPE", exttype), *format_cards("EXTNAME", exttype)]
    for name, bit in sorted(image._plane_bits().items()):
        cards += format_cards(f"MP_{name}", bit)
    return cards + xy0_cards(image)


def _structure(array: np.ndarray, primary: bool) -> list[str]:
    first = ("SIMPLE", True) if primary else ("XTENSION", "IMAGE")
    values = [first, ("BITPIX", _BITPIX[array.dtype.str[1:]]), ("NAXIS", 2)]
    values += [("NAXIS1", array.shape[1]), ("NAXIS2", array.shape[0])]
    values += [("EXTEND", True)] if primary else [("PCOUNT", 0), ("GCOUNT", 1)]
    return [card for key, value in values for card in format_cards(key, value)]


def plane_hdu(
    array: np.ndarray,
    cards: Sequence[str],
    compression: PlaneCompression | None = None,
    primary: bool = False,
    mask: MaskX | None = None,
) -> bytes:
    """Serialize an image HDU.

    Parameters
    ----------
    array : `numpy.ndarray`, (height, width)
        Pixels of one of the five pixel types.
    cards : `~collections.abc.Sequence` [`str`]
        Cards after the structural ones.
    compression : `PlaneCompression`, optional
        Tile compression; plain by default.
    primary : `bool`, optional
        Whether this is the first HDU of a file.
    mask : `MaskX`, optional
        Mask of the pixels that count for the noise when pixels are quantized.
    """
    cards = [*scale_cards(array.dtype), *cards]
    stored = stored_pixels(array)
    if compression is not None and array.size:  # Readers do not expect tables without tiles.
        return compressed_hdu(stored, array.dtype, cards, compression, mask)
    return header_bytes([*_structure(array, primary), *cards]) + _pad(stored.tobytes())


def primary_hdu(cards: Sequence[str]) -> bytes:
    """Serialize a primary HDU without data."""
    values = (("SIMPLE", True), ("BITPIX", 8), ("NAXIS", 0), ("EXTEND", True))
    structure = [card for key, value in values for card in format_cards(key, value)]
    return header_bytes([*structure, *cards])


def write_image(
    image: ImageBase,
    path: str | os.PathLike[str],
    metadata: Any = None,
    mode: str = "w",
    options: Mapping[str, Any] | None = None,
) -> None:
    """Write one image or mask; see `ImageF.writeFits`."""
    compression = PlaneCompression.from_options(options)
    cards = plane_cards(image, metadata)
    first = mode == "w" and compression is None
    hdu = plane_hdu(image.array, cards, compression, first)
    if first:
        write_hdus(path, [], primary=hdu)
    else:
        write_hdus(path, [hdu], mode)


def write_planes(
    masked: Any, metadata: Mapping[str, Any], options: Mapping[str, Any] | None = None
) -> list[bytes]:
    """Serialize the planes of a masked image.

    Parameters
    ----------
    masked : `MaskedImageF` or another type
        The planes.
    metadata : `~collections.abc.Mapping`
        ``IMAGE``, ``MASK``, ``VARIANCE`` -> cards in addition.
    options : `~collections.abc.Mapping`, optional
        ``image``, ``mask``, ``variance`` -> compression options.
    """
    options = options or {}
    planes = (masked.image, masked.mask, masked.variance)
    return [
        plane_hdu(
            plane.array,
            plane_cards(plane, metadata.get(name), name),
            PlaneCompression.from_options(options.get(name.lower())),
            mask=masked.mask,
        )
        for name, plane in zip(_PLANES, planes, strict=True)
    ]


def write_masked_image(
    masked: Any,
    path: str | os.PathLike[str],
    metadata: Any = None,
    of_planes: Mapping[str, Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> None:
    """Write a masked image; see `MaskedImageF.writeFits`."""
    primary = primary_hdu(metadata_cards(metadata))
    write_hdus(path, write_planes(masked, of_planes or {}, options), primary=primary)
