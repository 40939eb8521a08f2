"""Reading of masked images."""

from __future__ import annotations

__all__ = ["MaskedImageFitsReader", "read_masked_image"]

import os
from functools import cached_property
from typing import Any, overload

from lsst.afw.fits import DEFAULT_HDU, MemFileManager
from lsst.afw.fits._errors import reading
from lsst.afw.fits._memory import FILE_KINDS, file_of
from lsst.afw.fits._metadata import header_to_metadata
from lsst.daf.base import PropertyList
from lsst.geom import Box2I
from lsst_stacklite._overloads import bind

from ._indexing import PARENT, WHOLE, ImageOrigin
from ._masked_image import MaskedImage
from ._planes_reader import PlanesFitsReader


class MaskedImageFitsReader(PlanesFitsReader):
    """Reader of a masked image or the planes of an exposure.

    Parameters
    ----------
    fileName : `str` or `os.PathLike`
        Path.
    hdu : `int`, optional
        0-based number of the HDU of the image, by default that of the first
        one; mask and variance follow it.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the file cannot be opened.
    """

    @overload
    def __init__(self, fileName: str | os.PathLike[str], hdu: int = DEFAULT_HDU) -> None: ...
    @overload
    def __init__(self, manager: MemFileManager, hdu: int = DEFAULT_HDU) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(MaskedImageFitsReader.__init__, FILE_KINDS, (self, *args), kwargs)
        super().__init__(file_of(given))
        self._hdu = given.get("hdu", DEFAULT_HDU)
        self._metadata_of_planes: dict[str, PropertyList] = {}

    @cached_property
    def _primary_metadata(self) -> PropertyList:
        return header_to_metadata(self._file.primary)

    def readPrimaryMetadata(self) -> PropertyList:
        """Return the header of the primary HDU, one list for all who ask."""
        return self._primary_metadata

    def _plane_metadata(self, name: str) -> PropertyList:
        if name not in self._metadata_of_planes:
            self._metadata_of_planes[name] = self._plane(name).metadata()
        return self._metadata_of_planes[name]

    def readImageMetadata(self) -> PropertyList:
        """Return the header of the image plane, inherited cards included; one list for all who ask."""
        return self._plane_metadata("IMAGE")

    def readMaskMetadata(self) -> PropertyList:
        """Return the header of the mask plane, inherited cards included; one list for all who ask."""
        return self._plane_metadata("MASK")

    def readVarianceMetadata(self) -> PropertyList:
        """Return the header of the variance plane, inherited cards included; one list for all who ask."""
        return self._plane_metadata("VARIANCE")

    def read(
        self,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        needAllHdus: bool = False,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> Any:
        """Return (a box of) the masked image.

        Parameters
        ----------
        bbox : `~lsst.geom.Box2I`, optional
            The box; everything by default.
        origin : `ImageOrigin`, optional
            Coordinates of the box.
        conformMasks : `bool`, optional
            Make the mask planes of the file the default ones.
        needAllHdus : `bool`, optional
            Whether a missing mask or variance is an error instead of zeros
            and a warning.
        allowUnsafe : `bool`, optional
            Whether conversions may lose information.
        dtype : `numpy.dtype`, optional
            Pixel type of the image; that of the file by default.
        """
        return read_masked_image(self, bbox, origin, conformMasks, needAllHdus, allowUnsafe, dtype)


def read_masked_image(
    reader: PlanesFitsReader,
    bbox: Box2I,
    origin: ImageOrigin,
    conform_masks: bool,
    need_all: bool,
    unsafe: bool,
    dtype: Any,
) -> Any:
    """Return (a box of) the planes of a file as a masked image; see `MaskedImageFitsReader.read`."""
    image, mask, variance = reader._read_planes(bbox, origin, conform_masks, need_all, unsafe, dtype)
    with reading(reader.fileName):
        return MaskedImage[image.dtype](image, mask, variance)
