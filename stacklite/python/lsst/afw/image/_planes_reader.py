"""Reading of the planes of masked images and exposures."""

from __future__ import annotations

__all__ = ["PlanesFitsReader"]

import logging
import os
from typing import Any, overload

import numpy as np

from lsst.afw.fits import DEFAULT_HDU, FitsError, MemFileManager
from lsst.afw.fits._memory import FILE_KINDS, file_of
from lsst.afw.fits._plane_header import PlaneHeader
from lsst.geom import Box2I, Point2I
from lsst_stacklite._overloads import bind

from ._fits_plane import FitsPlane
from ._image import ImageF, image_of_plane
from ._indexing import PARENT, WHOLE, ImageOrigin
from ._mask import MaskPixel, MaskX
from ._plane_readers import FileReader

_log = logging.getLogger("lsst.afw.image.MaskedImageFitsReader")

_AFTER_IMAGE = {"IMAGE": 0, "MASK": 1, "VARIANCE": 2}


class PlanesFitsReader(FileReader):
    """Reader of the planes of a file, one by one.

    Each method reads only the headers up to the plane that it needs, and the
    requested pixels.

    Parameters
    ----------
    fileName : `str` or `os.PathLike`
        Path.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the file cannot be opened.
    """

    _hdu: int = DEFAULT_HDU
    """HDU of the image plane, which the others follow."""

    _needs_image_type: bool = False
    """Whether an HDU that says to be another plane is refused as image."""

    @overload
    def __init__(self, fileName: str | os.PathLike[str]) -> None: ...
    @overload
    def __init__(self, manager: MemFileManager) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(file_of(bind(PlanesFitsReader.__init__, FILE_KINDS, (self, *args), kwargs)))
        self._planes: dict[str, FitsPlane] = {}
        if model := self._file.primary.text("DATAMODL"):
            self._close()
            raise FitsError(
                f"{self.fileName}: a file of lsst.images (DATAMODL = {model!r}), not of lsst.afw: read it "
                "through a butler, which converts it, or with the read method of a class of lsst.images, "
                "whose objects have to_legacy."
            )

    def _index(self, name: str) -> int:
        """Return the 0-based number of the HDU that a plane should be in."""
        image = self._file.default_hdu() if self._hdu == DEFAULT_HDU else self._hdu
        return image + _AFTER_IMAGE[name]

    @property
    def _is_chosen(self) -> bool:
        """Whether the caller has chosen the image, of any kind, perhaps by the path ("x.fits[3]")."""
        return not self._needs_image_type and (self._hdu != DEFAULT_HDU or self._file.selected is not None)

    def _has_only_image(self) -> bool:
        return self._hdu == DEFAULT_HDU and self._file.default_hdu() == 0

    def _plane(self, name: str) -> FitsPlane:
        """Return a plane by its position in the file; checks its EXTTYPE."""
        if name not in self._planes:
            if name != "IMAGE" and self._has_only_image():
                raise FitsError(f"{self.fileName}: only an image in the primary HDU, no {name} plane.")
            plane = FitsPlane(self._file, self._index(name))
            self._check_type(plane, name)
            self._planes[name] = plane
        return self._planes[name]

    def _check_type(self, plane: FitsPlane, name: str) -> None:
        found = _kind_of_plane(plane.header)
        if found and name == "IMAGE" != found and self._is_chosen:
            _log.warning("%s: HDU %d is read as image, its EXTTYPE is %r.", self.fileName, plane.index, found)
        elif found and found != name:
            raise FitsError(
                f"{self.fileName}: HDU {plane.index} should be the {name} plane, its EXTTYPE is {found!r}."
            )
        if not found and plane.index > 0:
            _log.warning("%s: HDU %d has no EXTTYPE; taken as %s.", self.fileName, plane.index, name)

    def readImageDType(self) -> np.dtype[Any]:
        """Return the pixel type of the image plane."""
        return self._plane("IMAGE").dtype

    def readMaskDType(self) -> np.dtype[Any]:
        """Return the pixel type of the mask plane."""
        return self._plane("MASK").dtype

    def readVarianceDType(self) -> np.dtype[Any]:
        """Return the pixel type of the variance plane."""
        return self._plane("VARIANCE").dtype

    def readBBox(self, origin: ImageOrigin = PARENT) -> Box2I:
        """Return the box of the image."""
        return self._plane("IMAGE").bbox(origin)

    def readXY0(self, bbox: Box2I = WHOLE, origin: ImageOrigin = PARENT) -> Point2I:
        """Return the first pixel of (a box of) the image, parent coordinates."""
        plane = self._plane("IMAGE")
        return plane.parent(plane.local_box(bbox, origin))

    # -- Pixels

    def _array(self, name: str, bbox: Box2I, origin: ImageOrigin, unsafe: bool, dtype: Any) -> np.ndarray:
        plane = self._plane(name)
        return plane.array(plane.local_box(bbox, origin), dtype, unsafe)

    def readImageArray(
        self,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> np.ndarray:
        """Return the pixels of (a box of) the image plane."""
        return self._array("IMAGE", bbox, origin, allowUnsafe, dtype)

    def readMaskArray(
        self,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> np.ndarray:
        """Return the pixels of (a box of) the mask plane, bits as in the file."""
        return self._array("MASK", bbox, origin, allowUnsafe, MaskPixel if dtype is None else dtype)

    def readVarianceArray(
        self,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> np.ndarray:
        """Return the pixels of (a box of) the variance plane."""
        return self._array("VARIANCE", bbox, origin, allowUnsafe, ImageF.dtype if dtype is None else dtype)

    def readImage(
        self,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> Any:
        """Return (a box of) the image plane."""
        return image_of_plane(self._plane("IMAGE"), bbox, origin, allowUnsafe, dtype)

    def readMask(
        self,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> MaskX:
        """Return (a box of) the mask plane, bits as the default planes say.

        Compressed rows are decompressed when they are used.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the plane is damaged; if compressed pixels are, only
            when they are looked at.
        """
        return MaskX._of_plane(self._plane("MASK"), bbox, origin, conformMasks, allowUnsafe)

    def readVariance(
        self,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> ImageF:
        """Return (a box of) the variance plane."""
        plane = self._plane("VARIANCE")
        local = plane.local_box(bbox, origin)
        return ImageF(plane.array(local, ImageF.dtype, allowUnsafe), xy0=plane.parent(local))

    def _read_planes(
        self,
        bbox: Box2I,
        origin: ImageOrigin,
        conform_masks: bool,
        need_all: bool,
        unsafe: bool,
        dtype: Any,
    ) -> tuple[Any, MaskX | None, ImageF | None]:
        """Return (a box of) image, mask and variance; see `MaskedImageFitsReader.read`."""
        image = self.readImage(bbox, origin, unsafe, dtype)
        mask = variance = None
        if need_all or self._has("MASK"):
            mask = self.readMask(bbox, origin, conform_masks, unsafe)
        if need_all or self._has("VARIANCE"):
            variance = self.readVariance(bbox, origin, unsafe)
        return image, mask, variance

    def _has(self, name: str) -> bool:
        """Return whether there is a plane; warn if not."""
        hdu = None if self._has_only_image() else self._file.raw(self._index(name))
        if hdu is None:
            _log.warning("%s has no %s plane; it is set to zeros.", self.fileName, name)
            return False
        header = PlaneHeader.of(hdu)
        if not header.is_image or header.get("NAXIS", 0) == 0:
            _log.warning("%s is no image with pixels; the %s plane is set to zeros.", hdu.where, name)
            return False
        found = _kind_of_plane(header)
        if found not in ("", name) and self._is_chosen:
            _log.warning("%s is the %s plane; the %s plane is set to zeros.", hdu.where, found, name)
            return False
        return True


def _kind_of_plane(header: PlaneHeader) -> str:
    """Return the plane that an HDU says it is, or an empty text."""
    return str(header.get("EXTTYPE", "")).strip()
