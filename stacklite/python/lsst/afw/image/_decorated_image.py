"""Images with the header of their file: ``DecoratedImageF`` and its siblings."""

from __future__ import annotations

__all__ = [
    "DecoratedImage",
    "DecoratedImageD",
    "DecoratedImageF",
    "DecoratedImageI",
    "DecoratedImageL",
    "DecoratedImageU",
]

import os
from collections.abc import Mapping
from typing import Any, ClassVar, Self, overload

from lsst.afw.fits import DEFAULT_HDU
from lsst.daf.base import PropertyList, PropertySet
from lsst.geom import Box2I, Extent2I
from lsst.utils import TemplateMeta
from lsst_stacklite._overloads import bind

from ._image import ImageD, ImageF, ImageI, ImageL, ImageU, _AnyImage
from ._image_base import _NO_SIZE
from ._indexing import PARENT, WHOLE, ImageOrigin
from ._no_temporaries import NoTemporaryImages
from ._plane_readers import box_from_options
from ._plane_writers import write_image


class _AnyDecoratedImage(NoTemporaryImages):
    """An image, its metadata, and a gain, which is not stored.

    Parameters
    ----------
    dimensions : `~lsst.geom.Extent2I`, optional
        Size of a new image of zeros.
    bbox : `~lsst.geom.Box2I`
        Its box, instead; or the part of a file.
    rhs : ``Image`` or ``DecoratedImage``
        Image whose pixels are shared, instead.
    deep : `bool`, optional
        Whether the pixels of another decorated image are copied; metadata
        are shared in any case.
    fileName : `str`
        File to read, instead.
    hdu : `int`, optional
        HDU of the file, from 0.
    origin : `ImageOrigin`, optional
        Coordinates of the part of a file.
    allowUnsafe : `bool`, optional
        Whether a conversion of the pixel type may lose information.
    """

    dtype: ClassVar[Any]
    _image_class: ClassVar[type[_AnyImage]]

    @overload
    def __init__(self, dimensions: Extent2I = _NO_SIZE) -> None: ...

    @overload
    def __init__(self, bbox: Box2I) -> None: ...

    @overload
    def __init__(self, rhs: _AnyImage) -> None: ...

    @overload
    def __init__(self, rhs: _AnyDecoratedImage, deep: bool = False) -> None: ...

    @overload
    def __init__(
        self,
        fileName: str | os.PathLike[str],
        hdu: int = DEFAULT_HDU,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        allowUnsafe: bool = False,
    ) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kinds = {"_AnyImage": self._image_class, "_AnyDecoratedImage": type(self)}
        given = bind(_AnyDecoratedImage.__init__, _AnyImage._checks | kinds, (self, *args), kwargs)
        self._metadata: PropertySet = PropertyList()
        self._gain = 0.0
        rhs = given.get("rhs")
        if "fileName" in given:
            self._image = self._image_class(given.pop("fileName"), metadata=self._metadata, **given)
        elif isinstance(rhs, _AnyDecoratedImage):
            self._image = self._image_class(rhs._image, given.get("deep", False))
            self._metadata, self._gain = rhs._metadata, rhs._gain
        elif rhs is not None:
            self._image = self._image_class(rhs)
        else:
            self._image = self._image_class(*(given.values() or (Extent2I(0, 0),)))

    @property
    def image(self) -> Any:
        """The image."""
        return self._image

    def getImage(self) -> Any:
        """Return the image."""
        return self._image

    def getMetadata(self) -> PropertySet:
        """Return the metadata, which can be changed."""
        return self._metadata

    def setMetadata(self, metadata: PropertySet, /) -> None:
        """Replace the metadata."""
        self._metadata = metadata

    def getGain(self) -> float:
        """Return the gain."""
        return self._gain

    def setGain(self, gain: float, /) -> None:
        """Set the gain."""
        self._gain = float(gain)

    def getDimensions(self) -> Extent2I:
        """Return width and height."""
        return self._image.getDimensions()

    def getWidth(self) -> int:
        """Return the number of columns."""
        return self._image.getWidth()

    def getHeight(self) -> int:
        """Return the number of rows."""
        return self._image.getHeight()

    def getX0(self) -> int:
        """Return the x of the first pixel in parent coordinates."""
        return self._image.getX0()

    def getY0(self) -> int:
        """Return the y of the first pixel in parent coordinates."""
        return self._image.getY0()

    def swap(self, other: Self, /) -> None:
        """Exchange everything with another object."""
        mine, theirs = dict(vars(self)), dict(vars(other))
        vars(self).update(theirs)
        vars(other).update(mine)

    def Factory(self, *args: Any, **kwargs: Any) -> Self:
        """Return a new object of the class of this one."""
        return type(self)(*args, **kwargs)

    def clone(self) -> Self:
        """Return a copy with pixels of its own."""
        return type(self)(self, True)

    def writeFits(
        self, filename: str | os.PathLike[str], metadata: PropertySet | None = None, mode: str = "w"
    ) -> None:
        """Write the image with the metadata as its header.

        Parameters
        ----------
        filename : `str`
            Path of the file, replaced if it exists.
        metadata : `~lsst.daf.base.PropertySet`, optional
            Cards in addition.
        mode : `str`, optional
            ``"w"``, or ``"a"`` to append an HDU to the file.
        """
        self._image.writeFits(filename, self._all_metadata(metadata), mode)

    def writeFitsWithOptions(
        self, dest: str | os.PathLike[str], options: Mapping[str, Any] | None, item: str = "image"
    ) -> None:
        """Write the image with the metadata as its header (see `ImageF.writeFitsWithOptions`)."""
        chosen = None if options is None else options.get(item)
        write_image(self._image, dest, metadata=self._all_metadata(None), options=chosen)

    @classmethod
    def readFitsWithOptions(cls, source: str | os.PathLike[str], options: Any) -> Self:
        """Read a part, with options ``llcX, llcY, width, height, imageOrigin``."""
        bbox, origin = box_from_options(options)
        return cls(source, bbox=bbox, origin=origin)

    def _all_metadata(self, more: PropertySet | None) -> PropertySet:
        if more is None:
            return self._metadata
        together = self._metadata.deepCopy()
        together.combine(more)
        return together


class DecoratedImageU(_AnyDecoratedImage):
    """An image of unsigned 16-bit integers with metadata."""

    dtype, _image_class = ImageU.dtype, ImageU


class DecoratedImageI(_AnyDecoratedImage):
    """An image of 32-bit integers with metadata."""

    dtype, _image_class = ImageI.dtype, ImageI


class DecoratedImageF(_AnyDecoratedImage):
    """An image of float32 with metadata."""

    dtype, _image_class = ImageF.dtype, ImageF


class DecoratedImageD(_AnyDecoratedImage):
    """An image of float64 with metadata."""

    dtype, _image_class = ImageD.dtype, ImageD


class DecoratedImageL(_AnyDecoratedImage):
    """An image of unsigned 64-bit integers with metadata."""

    dtype, _image_class = ImageL.dtype, ImageL


class DecoratedImage(metaclass=TemplateMeta):
    """Any image with metadata: ``DecoratedImage["F"]``, ``DecoratedImage[numpy.float32]``."""


for _class in (DecoratedImageU, DecoratedImageI, DecoratedImageF, DecoratedImageD, DecoratedImageL):
    DecoratedImage.register(_class.dtype, _class)
    DecoratedImage.alias(_class.__name__[-1], _class)
