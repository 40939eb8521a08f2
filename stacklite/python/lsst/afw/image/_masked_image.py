"""Masked images: an image with a mask and a variance of the same box."""

from __future__ import annotations

__all__ = [
    "MaskedImage",
    "MaskedImageD",
    "MaskedImageF",
    "MaskedImageI",
    "MaskedImageU",
    "VariancePixel",
    "makeMaskedImage",
    "makeMaskedImageFromArrays",
]

import os
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from lsst.geom import Box2I, Point2I
from lsst.pex.exceptions import LengthError
from lsst.utils import TemplateMeta

from ._image import Image, ImageD, ImageF, ImageI, ImageU
from ._image_base import ImageBase
from ._indexing import PARENT, ImageOrigin, resolve_index
from ._mask import MaskX
from ._pixel_container import PixelContainer

VariancePixel = np.float32


class _MaskedImageBase(PixelContainer):
    """An image, its mask and its variance.

    Parameters
    ----------
    *args, **kwargs
        ``()``, ``(width, height)``, ``(dimensions)`` or ``(bbox)``, each with
        an optional plane dictionary; ``(image, mask=None, variance=None)``,
        which shares the planes that are given; ``(maskedImage, deep=False)``;
        ``(maskedImage, bbox, origin=PARENT, deep=False)``; a masked image of
        another type (the image is copied); ``(fileName, metadata=None,
        bbox=Box2I(), origin=PARENT, conformMasks=False,
        needAllHdus=False)``.

    Raises
    ------
    LengthError
        Raised if sizes differ, or a box reaches beyond the image.
    """

    dtype: ClassVar[Any]
    _image_class: ClassVar[type[Any]]

    image = property(lambda self: self._image, lambda self, value: self._image.assign(value))
    mask = property(lambda self: self._mask, lambda self, value: self._mask.assign(value))
    variance = property(lambda self: self._variance, lambda self, value: self._variance.assign(value))

    def __init__(self, *args: Any, **kwargs: Any):
        first = args[0] if args else kwargs.get("rhs", kwargs.get("image", kwargs.get("fileName")))
        if isinstance(first, _MaskedImageBase):
            self._init_masked_image(*args, **kwargs)
        elif isinstance(first, ImageBase):
            self._init_planes(*args, **kwargs)
        elif isinstance(first, str | os.PathLike):
            self._init_file(*args, **kwargs)
        else:
            self._init_box(*args, **kwargs)

    def _init_box(self, *args: Any, planeDict: Mapping[str, int] | None = None, **kwargs: Any) -> None:
        if args and isinstance(args[-1], Mapping):
            *args, planeDict = args  # type: ignore[assignment]
        self._image = self._image_class(*args, **kwargs)
        self._mask = MaskX(self._image.getBBox(), planeDefs=planeDict)
        self._variance = ImageF(self._image.getBBox())

    def _init_planes(
        self, image: ImageBase, mask: MaskX | None = None, variance: ImageF | None = None
    ) -> None:
        if not isinstance(image, self._image_class):
            raise TypeError(f"{type(self).__name__} cannot hold {type(image).__name__}.")
        for plane in (mask, variance):
            if plane is not None and plane.getDimensions() != image.getDimensions():
                raise LengthError(
                    f"{type(plane).__name__} of {plane.getDimensions()} pixels "
                    f"does not fit the image of {image.getDimensions()}."
                )
        box = image.getBBox()
        self._image = image
        self._mask = MaskX(box) if mask is None else mask
        self._variance = ImageF(box) if variance is None else variance

    def _init_masked_image(
        self,
        rhs: _MaskedImageBase,
        bbox: Box2I | bool | None = None,
        origin: ImageOrigin = PARENT,
        deep: bool = False,
    ) -> None:
        self._image = self._image_class(rhs.image, bbox, origin, deep)
        self._mask = MaskX(rhs.mask, bbox, origin, deep)
        self._variance = ImageF(rhs.variance, bbox, origin, deep)

    def _init_file(
        self,
        fileName: str | os.PathLike[str],
        metadata: Any = None,
        bbox: Box2I | None = None,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        needAllHdus: bool = False,
        allowUnsafe: bool = False,
    ) -> None:
        from ._masked_image_reader import MaskedImageFitsReader

        with MaskedImageFitsReader(fileName) as reader:
            read = reader.read(bbox, origin, conformMasks, needAllHdus, allowUnsafe, self.dtype)
            if metadata is not None:
                metadata.combine(reader.readPrimaryMetadata())
                metadata.combine(reader.readImageMetadata())
        self._init_planes(read.image, read.mask, read.variance)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(bbox={self.getBBox()})"

    def getImage(self) -> Any:
        """Return the image (shared)."""
        return self._image

    def getMask(self) -> MaskX:
        """Return the mask (shared)."""
        return self._mask

    def getVariance(self) -> ImageF:
        """Return the variance (shared)."""
        return self._variance

    def setImage(self, image: Any, /) -> None:
        """Copy pixels into the image."""
        self._image.assign(image)

    def setMask(self, mask: MaskX, /) -> None:
        """Copy pixels into the mask."""
        self._mask.assign(mask)

    def setVariance(self, variance: ImageF, /) -> None:
        """Copy pixels into the variance."""
        self._variance.assign(variance)

    def getArrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the arrays of image, mask and variance (shared)."""
        return self._image.array, self._mask.array, self._variance.array

    @property
    def _planes(self) -> tuple[Any, MaskX, ImageF]:
        return self._image, self._mask, self._variance

    def __getitem__(self, index: Any) -> Any:
        where, origin = resolve_index(index, self)
        if isinstance(where, Point2I):
            return tuple(plane[where, origin] for plane in self._planes)
        return self.subset(where, origin)

    def __setitem__(self, index: Any, value: Any) -> None:
        where, origin = resolve_index(index, self)
        if isinstance(value, _MaskedImageBase) and isinstance(where, Box2I):
            self.assign(value, where, origin)
            return
        values = value if isinstance(value, tuple) else (value, 0, 0)
        for plane, each in zip(self._planes, values, strict=False):
            plane[where, origin] = each

    def assign(self, rhs: Self, bbox: Box2I | None = None, origin: ImageOrigin = PARENT) -> None:
        """Copy all pixels of all planes into (a box of) this one."""
        for mine, theirs in zip(self._planes, rhs._planes, strict=True):
            mine.assign(theirs, bbox, origin)

    def set(self, value: Any, mask: int = 0, variance: float = 0.0) -> None:
        """Set every pixel of the three planes."""
        values = value if isinstance(value, tuple) else (value, mask, variance)
        for plane, each in zip(self._planes, values, strict=True):
            plane.set(each)

    def convertF(self) -> MaskedImageF:
        """Return a copy with a float32 image."""
        return MaskedImageF(self._image.convertF(), self._mask.clone(), self._variance.clone())

    def convertD(self) -> MaskedImageD:
        """Return a copy with a float64 image."""
        return MaskedImageD(self._image.convertD(), self._mask.clone(), self._variance.clone())

    # Arithmetic: errors of the two operands are taken as independent ------

    def __iadd__(self, rhs: Any) -> Self:
        self._combine_sum(rhs)
        self._image += getattr(rhs, "image", rhs)
        return self

    def __isub__(self, rhs: Any) -> Self:
        self._combine_sum(rhs)
        self._image -= getattr(rhs, "image", rhs)
        return self

    def _combine_sum(self, rhs: Any) -> None:
        if isinstance(rhs, _MaskedImageBase):
            self._mask |= rhs.mask
            self._variance += rhs.variance

    def __imul__(self, rhs: Any) -> Self:
        if isinstance(rhs, _MaskedImageBase):
            self._mask |= rhs.mask
            a, b = self._image.array, rhs.image.array
            self._variance.array = a * a * rhs.variance.array + b * b * self._variance.array
            self._image *= rhs.image
        else:
            self._image *= rhs
            self._variance *= self._square(rhs)
        return self

    def __itruediv__(self, rhs: Any) -> Self:
        if isinstance(rhs, _MaskedImageBase):
            self._mask |= rhs.mask
            a, b = self._image.array, rhs.image.array
            b2 = b * b
            self._variance.array = (a * a * rhs.variance.array + b2 * self._variance.array) / (b2 * b2)
            self._image /= rhs.image
        else:
            self._image /= rhs
            self._variance /= self._square(rhs)
        return self

    def _square(self, factor: Any) -> Any:
        """Return the square of a number in the type of the image's pixels."""
        operand = self._image._operand(factor)
        return operand * operand

    def _scaled(self, c: float, rhs: Self) -> Self:
        return rhs.clone().__imul__(c)

    def scaledPlus(self, c: float, rhs: Self, /) -> None:
        """Add ``c * rhs``."""
        self.__iadd__(self._scaled(c, rhs))

    def scaledMinus(self, c: float, rhs: Self, /) -> None:
        """Subtract ``c * rhs``."""
        self.__isub__(self._scaled(c, rhs))

    def scaledMultiplies(self, c: float, rhs: Self, /) -> None:
        """Multiply with ``c * rhs``."""
        self.__imul__(self._scaled(c, rhs))

    def scaledDivides(self, c: float, rhs: Self, /) -> None:
        """Divide by ``c * rhs``."""
        self.__itruediv__(self._scaled(c, rhs))

    # Geometry -------------------------------------------------------------

    def _pixels(self) -> ImageBase:
        image: ImageBase = self._image
        return image

    def setXY0(self, *xy0: Any) -> None:
        """Move all planes to another origin: ``(Point2I)`` or ``(x0, y0)``."""
        for plane in self._planes:
            plane.setXY0(*xy0)

    # Files ----------------------------------------------------------------

    @classmethod
    def readFits(cls, fileName: str | os.PathLike[str]) -> Self:
        """Read a masked image from a file (see the constructor for boxes)."""
        return cls(fileName)

    def writeFits(
        self, fileName: str | os.PathLike[str], metadata: Any = None, *, options: Any = None
    ) -> None:
        """Write the three planes to a file, replaced if it exists.

        Parameters
        ----------
        fileName : `str`
            Path of the file.
        metadata : `~lsst.daf.base.PropertySet`, optional
            Header cards of the primary HDU in addition.
        options : `dict`, optional
            Compression options per plane; not compressed by default.
        """
        from ._plane_writers import write_masked_image

        write_masked_image(self, fileName, metadata, options)


class MaskedImageU(_MaskedImageBase):
    """A masked image of unsigned 16-bit integers."""

    dtype = np.uint16
    _image_class = ImageU


class MaskedImageI(_MaskedImageBase):
    """A masked image of 32-bit integers."""

    dtype = np.int32
    _image_class = ImageI


class MaskedImageF(_MaskedImageBase):
    """A masked image of float32."""

    dtype = np.float32
    _image_class = ImageF


class MaskedImageD(_MaskedImageBase):
    """A masked image of float64."""

    dtype = np.float64
    _image_class = ImageD


class MaskedImage(metaclass=TemplateMeta):
    """Any masked image type: ``MaskedImage["F"]``, ``MaskedImage(..., dtype=...)``."""


for _key, _class in {
    "U": MaskedImageU,
    "I": MaskedImageI,
    "F": MaskedImageF,
    "D": MaskedImageD,
}.items():
    MaskedImage.register(_class.dtype, _class)
    MaskedImage.alias(_key, _class)


def makeMaskedImage(image: Any, mask: MaskX | None = None, variance: ImageF | None = None) -> Any:
    """Return the masked image of the type of ``image``, sharing its pixels."""
    return MaskedImage[image.dtype](image, mask, variance)


def makeMaskedImageFromArrays(
    image: np.ndarray, mask: np.ndarray | None = None, variance: np.ndarray | None = None
) -> Any:
    """Return a masked image that shares the pixels of arrays.

    Parameters
    ----------
    image : `numpy.ndarray`, (height, width)
        Pixels of one of the pixel types; they say which class is made.
    mask : `numpy.ndarray` of `numpy.int32`, optional
        Pixels of the mask.
    variance : `numpy.ndarray` of `numpy.float32`, optional
        Pixels of the variance.
    """
    planes = (None if mask is None else MaskX(mask), None if variance is None else ImageF(variance))
    return MaskedImage[image.dtype.type](Image[image.dtype.type](image), *planes)
