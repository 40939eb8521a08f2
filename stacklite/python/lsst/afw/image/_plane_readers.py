"""Readers of files with one image or mask that return arrays and headers."""

from __future__ import annotations

__all__ = [
    "FileReader",
    "ImageBaseFitsReader",
    "box_from_options",
    "open_reader",
]

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, TypeVar, overload

import numpy as np

from lsst.afw.fits import DEFAULT_HDU, MemFileManager
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._memory import FILE_KINDS, file_of
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2I
from lsst_stacklite._overloads import bind

from ._fits_plane import FitsPlane
from ._indexing import PARENT, WHOLE, ImageOrigin


def box_from_options(options: Any) -> tuple[Box2I, ImageOrigin]:
    """Return the box that ``llcX, llcY, width, height, imageOrigin`` describe.

    Parameters
    ----------
    options : `~lsst.daf.base.PropertySet`
        Options of ``readFitsWithOptions``; without ``llcX`` there is no box.
    """
    if not options.exists("llcX"):
        return WHOLE, PARENT
    corner = Point2I(int(options.getScalar("llcX")), int(options.getScalar("llcY")))
    size = Extent2I(int(options.getScalar("width")), int(options.getScalar("height")))
    origin = PARENT
    if options.exists("imageOrigin"):
        origin = ImageOrigin.__members__[options.getScalar("imageOrigin")]
    return Box2I(corner, size), origin


class FileReader:
    """Base class of readers of a file, which close it.

    The file is closed when the reader is not used any more.
    """

    def __init__(self, fileName: str | os.PathLike[str] | MemFileManager) -> None:
        self._file = FitsFile(fileName)
        self._close = weakref.finalize(self, self._file.close)

    fileName = property(lambda self: self._file.path, doc="Path of the file.")


_Reader = TypeVar("_Reader", bound=FileReader)


@contextmanager
def open_reader(kind: type[_Reader], *args: Any) -> Iterator[_Reader]:
    """Return a reader whose file is closed at the end of the ``with`` block.

    Parameters
    ----------
    kind : `type`
        Class of the reader.
    *args
        Arguments of its constructor.
    """
    reader = kind(*args)
    try:
        yield reader
    finally:
        reader._close()


class ImageBaseFitsReader(FileReader):
    """Reader of one image of a file.

    Parameters
    ----------
    fileName : `str` or `os.PathLike`
        Path.
    hdu : `int`, optional
        0-based HDU number; by default 0, or 1 if the primary HDU is empty.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if there is no such file or image.
    """

    @overload
    def __init__(self, fileName: str | os.PathLike[str], hdu: int = DEFAULT_HDU) -> None: ...
    @overload
    def __init__(self, manager: MemFileManager, hdu: int = DEFAULT_HDU) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(ImageBaseFitsReader.__init__, FILE_KINDS, (self, *args), kwargs)
        super().__init__(file_of(given))
        hdu = given.get("hdu", DEFAULT_HDU)
        try:
            self._plane = FitsPlane(self._file, self._file.default_hdu() if hdu == DEFAULT_HDU else hdu)
        except BaseException:
            self._close()
            raise

    hdu = property(lambda self: self._plane.index, doc="0-based number of the HDU.")

    @cached_property
    def _metadata(self) -> PropertyList:
        return self._plane.metadata()

    def readMetadata(self) -> PropertyList:
        """Return the header, with that of the primary HDU if it says INHERIT; one list for all who ask."""
        return self._metadata

    def readDType(self) -> np.dtype[Any]:
        """Return the pixel type of the file."""
        return self._plane.dtype

    def readBBox(self, origin: ImageOrigin = PARENT) -> Box2I:
        """Return the box of the image."""
        return self._plane.bbox(origin)

    def readXY0(self, bbox: Box2I = WHOLE, origin: ImageOrigin = PARENT) -> Point2I:
        """Return the first pixel of (a box of) the image, parent coordinates."""
        return self._plane.parent(self._plane.local_box(bbox, origin))

    def readArray(
        self,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        allowUnsafe: bool = False,
        dtype: Any = None,
    ) -> np.ndarray:
        """Return the pixels of (a box of) the image.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the box is not inside the image.
        lsst.afw.fits.FitsError
            Raised if the conversion to ``dtype`` may lose information.
        """
        return self._plane.array(self._plane.local_box(bbox, origin), dtype, allowUnsafe)
