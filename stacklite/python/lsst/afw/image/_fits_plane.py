"""One image of a file: its header, its box, and the pixels that are asked for."""

from __future__ import annotations

__all__ = ["FitsPlane"]

from typing import Any

import numpy as np

from lsst.afw.fits import FitsError, combineMetadata
from lsst.afw.fits._errors import check_range, reading
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._metadata import header_to_metadata
from lsst.afw.fits._plane_header import PlaneHeader
from lsst.afw.geom import deleteBasicWcsMetadata, getImageXY0FromMetadata
from lsst.afw.geom._wcs_metadata import ARRAY_ORIGIN_KEYS
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError
from lsst_stacklite._limits import TILE_RATIO

from ._indexing import LOCAL, PARENT, ImageOrigin
from ._mask_planes import CANONICAL_PLANES, MAX_PLANES, bits_of_metadata
from ._stored_rows import StoredRows
from ._tile_checks import check_cells, check_method
from ._tile_reading import Tiles, decoding, read_tiles

_INTEGERS = {8: np.uint8, 16: np.int16, 32: np.int32, 64: np.int64}
_UNSIGNED = {(16, 2**15): np.uint16, (32, 2**31): np.uint32, (64, 2**63): np.uint64}


def _header_xy0(header: PlaneHeader) -> Point2I:
    """Return the origin from the "A" WCS; (0, 0) without a usable one."""
    metadata = PropertyList()
    for key in ARRAY_ORIGIN_KEYS:
        if key in header:
            metadata.set(key, header[key])
    return getImageXY0FromMetadata(metadata, "A")


def _pixel_type(header: PlaneHeader) -> np.dtype[Any]:
    bitpix, zero, scale = header["BITPIX"], header.get("BZERO", 0), header.get("BSCALE", 1)
    if bitpix < 0:
        return np.dtype(np.float32 if bitpix == -32 else np.float64)
    if scale == 1 and (bitpix, zero) in _UNSIGNED:
        return np.dtype(_UNSIGNED[bitpix, zero])
    if bitpix not in _INTEGERS:
        raise FitsError(f"BITPIX {bitpix} is not a pixel type of FITS.")
    if scale == 1 and zero == 0:
        return np.dtype(_INTEGERS[bitpix])
    return np.dtype(np.float64)


class FitsPlane:
    """One image HDU of an open file; pixels are read when asked for.

    Parameters
    ----------
    file : `~lsst.afw.fits._file.FitsFile`
        The open file.
    index : `int`
        0-based HDU number.

    Attributes
    ----------
    where : `str`
        Path and number of the HDU, for messages.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the HDU is missing or holds no 2-D image.
    """

    def __init__(self, file: FitsFile, index: int) -> None:
        self._file = file
        self.index = index
        self.where = f"{file.path}[{index}]"
        self._name = f"{file.path}: HDU {index}"
        with reading(self.where, "the header is damaged"):
            self._init_header()

    def _init_header(self) -> None:
        file, index = self._file, self.index
        self.header = PlaneHeader.of(file.checked(index))
        if not self.header.is_image or self.header.get("NAXIS", 0) not in (2, 3):
            raise FitsError(f"{file.path}: HDU {index} is not an image.")
        if self.header["NAXIS"] == 3 and self.header["NAXIS3"] != 1:
            raise FitsError(f"{file.path}: HDU {index} is an image with three dimensions.")
        self._check_size()
        self.dtype = _pixel_type(self.header)
        self.xy0 = _header_xy0(self.header)

    def _check_size(self) -> None:
        """Compare the pixels that the header promises with the bytes of the file."""
        width, height = self.header["NAXIS1"], self.header["NAXIS2"]
        for name, value in (("NAXIS1", width), ("NAXIS2", height)):
            if type(value) is not int:
                raise FitsError(f"{name} is {value}, not an integer.")
            check_range(name, value, 0, 2**31 - 1)
        available = self._file.size
        sizes = [width * height]
        if self.header.is_compressed:
            table = self.header.stored
            stored = table["NAXIS1"] * table["NAXIS2"] + table["PCOUNT"]
            check_range("the size of the compressed data", stored, 0, available)
            available = min(TILE_RATIO * (1 + stored), self._file.expanded_size)
            check_method(table)
            sizes.append(table.get("ZTILE1", width) * table.get("ZTILE2", 1))
        if max(sizes) * abs(self.header["BITPIX"]) // 8 > available:
            raise FitsError(f"{self.where}: {width} x {height} pixels cannot be in a file of this size.")

    def bbox(self, origin: ImageOrigin = PARENT) -> Box2I:
        """Return the box of the array."""
        corner = Point2I(0, 0) if origin is LOCAL else Point2I(self.xy0)
        return Box2I(corner, Extent2I(self.header["NAXIS1"], self.header["NAXIS2"]))

    def local_box(self, bbox: Box2I, origin: ImageOrigin) -> Box2I:
        """Return the local coordinates of a box; `LengthError` if outside."""
        if bbox.isEmpty():
            return self.bbox(LOCAL)
        local = Box2I(bbox)
        if origin is PARENT:
            local.shift(Extent2I(-self.xy0.getX(), -self.xy0.getY()))
        if not self.bbox(LOCAL).contains(local):
            raise LengthError(
                f"{self._file.path}: {bbox} is not inside the image, {self.bbox(origin)} ({origin.name})."
            )
        return local

    def array(self, local: Box2I, dtype: Any = None, allow_unsafe: bool = False) -> np.ndarray:
        """Return pixels, decompressing only the tiles that the box touches.

        Parameters
        ----------
        local : `~lsst.geom.Box2I`
            A box in local coordinates, inside the image.
        dtype : `numpy.dtype`, optional
            Pixel type of the result; that of the file by default.
        allow_unsafe : `bool`, optional
            Whether a conversion may lose information.

        Returns
        -------
        array : `numpy.ndarray`, (height, width)
            Pixels in native byte order; writeable.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the conversion may lose information, or the pixels cannot be read.
        """
        target = np.dtype(self.dtype if dtype is None else dtype)
        lossless = target.kind == "f" or np.can_cast(self.dtype, target, "safe")
        if not lossless and not allow_unsafe:
            raise FitsError(
                f"{self._file.path}: HDU {self.index} has {self.dtype.name} pixels, which do not fit "
                f"{target.name} without loss; pass allowUnsafe=True to convert them all the same."
            )
        if local.isEmpty():
            return np.zeros((self.header["NAXIS2"], self.header["NAXIS1"]), target)
        tiles = self._tiles(local)
        pixels = self._section(local) if tiles is None else tiles.pixels()
        if np.shape(pixels) != (local.getHeight(), local.getWidth()):
            raise FitsError(f"{self.where}: its pixels do not have the shape that its header says.")
        return np.require(pixels, target, ["C", "W"])

    def _tiles(self, local: Box2I) -> Tiles | None:
        """Return the compressed tiles of a box; `None` if it is empty, or astropy has to read it."""
        if local.isEmpty() or not self.header.is_compressed:
            return None
        with decoding(self._name):
            tiles = read_tiles(self._file, self.header, self.index, local)
        return tiles if tiles is not None and tiles.dtype == self.dtype else None

    def _section(self, local: Box2I) -> np.ndarray:
        """Return the pixels of a box as astropy reads them."""
        where = (
            slice(local.getBeginY(), local.getEndY()),
            slice(local.getBeginX(), local.getEndX()),
        )
        with decoding(self._name):
            hdu = self._file.hdu(self.index)
            if self.header.is_compressed:
                check_cells(self._file, self.index, hdu._bintable)
            return hdu.section[(0, *where) if self.header["NAXIS"] == 3 else where]

    def metadata(self) -> PropertyList:
        """Return all cards, with those of the primary HDU if it says INHERIT, without the "A" WCS.

        That is the origin of the array, which an image has.
        """
        metadata = header_to_metadata(self.header)
        if self.index > 0 and self.header.get("INHERIT") is True:
            metadata = combineMetadata(header_to_metadata(self._file.primary), metadata)
        deleteBasicWcsMetadata(metadata, "A")
        return metadata

    def mask_planes(self) -> dict[str, int]:
        """Return the ``MP_*`` cards; the canonical planes if there are none.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the mask is one of ``lsst.images``, or a number is no bit of a pixel.
        """
        planes = bits_of_metadata((key, value) for key, value, _ in self.header.items)
        if not planes and any(key.startswith("MSKN") for key in self.header.stored):
            raise FitsError(
                f"{self.where}: a mask of lsst.images, whose bits mean other planes; use lsst.images for it."
            )
        for name, bit in planes.items():
            check_range(f"{self.where}: MP_{name}", bit, 0, MAX_PLANES - 1)
        return planes or dict(CANONICAL_PLANES)

    def stored_rows(self, local: Box2I, dtype: Any) -> StoredRows | None:
        """Return the pixels of a box that are decompressed when they are needed; only then damage is found.

        Parameters
        ----------
        local : `~lsst.geom.Box2I`
            A box in local coordinates, inside the image.
        dtype : `numpy.dtype`
            Pixel type of the result.

        Returns
        -------
        rows : `StoredRows` or `None`
            `None` if the pixels are not compressed or have another type.
        """
        tiles = self._tiles(local) if self.dtype == dtype else None
        return None if tiles is None else StoredRows.of(tiles)

    def parent(self, local: Box2I) -> Point2I:
        """Return the first pixel of a local box in parent coordinates."""
        return Point2I(local.getMinX() + self.xy0.getX(), local.getMinY() + self.xy0.getY())
