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
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

import numpy as np

from lsst.afw.fits import MemFileManager
from lsst.afw.fits._errors import reading
from lsst.afw.fits._memory import FILE_KINDS, file_of
from lsst.afw.fits._metadata import header_to_metadata
from lsst.daf.base import PropertySet
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError
from lsst.utils import TemplateMeta
from lsst_stacklite._overloads import bind, is_sequence

from ._image import Image, ImageD, ImageF, ImageI, ImageU
from ._image_base import ImageBase
from ._indexing import PARENT, WHOLE, ImageOrigin, resolve_index
from ._mask import MaskX
from ._mask_planes import NO_PLANES
from ._masked_arithmetic import MaskedArithmetic
from ._plane_readers import open_reader
from ._plane_writers import write_masked_image
from ._planes_reader import PlanesFitsReader

VariancePixel = np.float32


_Image = TypeVar("_Image", ImageU, ImageI, ImageF, ImageD)


class _MaskedImageBase(MaskedArithmetic, Generic[_Image]):
    """An image, its mask and its variance.

    Parameters
    ----------
    width, height : `int`
        Size; or ``dimensions`` in one, or ``bbox`` with the origin as well.
    planeDict : `~collections.abc.Mapping` [`str`, `int`], optional
        Names of the bits of the mask.
    image, mask, variance
        Planes, which are shared; those that are not given are zero.
    rhs : masked image
        Another one; those of floats can be made from another type, if ``deep``
        is given (the image is always copied).
    fileName : `str` or `os.PathLike`
        File to read; the arguments ``metadata, imageMetadata, ...`` receive the headers.
    bbox : `~lsst.geom.Box2I`, optional
        Part of another masked image, or of that in a file, to take.
    origin : `ImageOrigin`, optional
        Coordinates of the box of a part.
    deep : `bool`, optional
        Whether to copy the pixels.
    conformMasks : `bool`, optional
        Make the mask planes of a file the default ones.
    needAllHdus : `bool`, optional
        Whether a missing plane in a file is an error.
    allowUnsafe : `bool`, optional
        Whether the conversion of pixels of a file may lose information.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        Raised if sizes differ, or a box reaches beyond the image.
    """

    dtype: ClassVar[Any]
    _image_class: ClassVar[type[Any]]
    _image: _Image

    @overload
    def __init__(self, width: int, height: int, planeDict: Mapping[str, int] = NO_PLANES) -> None: ...

    @overload
    def __init__(self, dimensions: Extent2I | None, planeDict: Mapping[str, int] = NO_PLANES) -> None: ...

    @overload
    def __init__(self, bbox: Box2I, planeDict: Mapping[str, int] = NO_PLANES) -> None: ...

    @overload
    def __init__(
        self, image: ImageBase, mask: MaskX | None = None, variance: ImageF | None = None
    ) -> None: ...

    @overload
    def __init__(self, rhs: _MaskedImageBase, deep: bool = False) -> None: ...

    @overload
    def __init__(
        self, rhs: _MaskedImageBase, bbox: Box2I, origin: ImageOrigin = PARENT, deep: bool = False
    ) -> None: ...

    @overload
    def __init__(
        self,
        fileName: str | os.PathLike[str],
        metadata: PropertySet | None = None,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        needAllHdus: bool = False,
        imageMetadata: PropertySet | None = None,
        maskMetadata: PropertySet | None = None,
        varianceMetadata: PropertySet | None = None,
        allowUnsafe: bool = False,
    ) -> None: ...

    @overload
    def __init__(
        self,
        manager: MemFileManager,
        metadata: PropertySet | None = None,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        needAllHdus: bool = False,
        imageMetadata: PropertySet | None = None,
        maskMetadata: PropertySet | None = None,
        varianceMetadata: PropertySet | None = None,
        allowUnsafe: bool = False,
    ) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any):
        given = bind(_MaskedImageBase.__init__, _CHECKS, (self, *args), kwargs)
        rhs = given.pop("rhs", None)
        if rhs is not None:
            self._init_from(rhs, **given)
        elif "fileName" in given or "manager" in given:
            self._init_file(file_of(given), **given)
        elif "image" in given:
            self._init_planes(**given)
        else:
            planes = given.pop("planeDict", NO_PLANES)
            self._image = self._image_class(**given)
            self._mask = MaskX(self._image.getBBox(), planes)
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

    def _init_from(self, rhs: _MaskedImageBase, **given: Any) -> None:
        self._require_same_type(rhs, given)
        if isinstance(rhs._image, self._image_class):
            self._image = rhs._image._part(**given)
        else:
            self._image = self._image_class(rhs._image, deep=True)
        self._mask, self._variance = rhs._mask._part(**given), rhs._variance._part(**given)

    def _init_file(
        self,
        fileName: str | os.PathLike[str],
        metadata: PropertySet | None = None,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        needAllHdus: bool = False,
        imageMetadata: PropertySet | None = None,
        maskMetadata: PropertySet | None = None,
        varianceMetadata: PropertySet | None = None,
        allowUnsafe: bool = False,
    ) -> None:
        with open_reader(PlanesFitsReader, fileName) as reader:
            planes = reader._read_planes(bbox, origin, conformMasks, needAllHdus, allowUnsafe, self.dtype)
            with reading(reader.fileName):
                self._init_planes(*planes)
            if metadata is not None:
                metadata.combine(header_to_metadata(reader._file.primary))
                metadata.combine(reader._plane("IMAGE").metadata())
            of_planes = {"IMAGE": imageMetadata, "MASK": maskMetadata, "VARIANCE": varianceMetadata}
            for name, found in of_planes.items():
                if found is not None:
                    found.combine(reader._plane(name).metadata())

    def __str__(self) -> str:
        planes = f"maskPlaneDict={self._mask.getMaskPlaneDict()}"
        return (
            f"image={self._image.array},\nmask={self._mask.array}, {planes}\n"
            f"variance={self._variance.array}, bbox={self.getBBox()}"
        )

    def __repr__(self) -> str:
        return f"lsst.afw.image.{type(self).__name__}=({self})"

    @property
    def image(self) -> _Image:
        """The image (shared); assignment copies the pixels."""
        return self._image

    @image.setter
    def image(self, image: _Image) -> None:
        self._image.assign(image)

    @property
    def mask(self) -> MaskX:
        """The mask (shared); assignment copies the pixels."""
        return self._mask

    @mask.setter
    def mask(self, mask: MaskX) -> None:
        self._mask.assign(mask)

    @property
    def variance(self) -> ImageF:
        """The variance (shared); assignment copies the pixels."""
        return self._variance

    @variance.setter
    def variance(self, variance: ImageF) -> None:
        self._variance.assign(variance)

    def getImage(self) -> _Image:
        """Return the image (shared)."""
        return self._image

    def getMask(self) -> MaskX:
        """Return the mask (shared)."""
        return self._mask

    def getVariance(self) -> ImageF:
        """Return the variance (shared)."""
        return self._variance

    def setImage(self, image: _Image, /) -> None:
        """Copy pixels into the image."""
        self._image.assign(image)

    def setMask(self, mask: MaskX, /) -> None:
        """Copy pixels into the mask."""
        self._mask.assign(mask)

    def setVariance(self, variance: ImageF, /) -> None:
        """Copy pixels into the variance."""
        self._variance.assign(variance)

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
        values = value if is_sequence(value) else (value, 0, 0)
        for plane, each in zip(self._planes, values, strict=False):
            plane[where, origin] = each

    def assign(self, rhs: Self, bbox: Box2I = WHOLE, origin: ImageOrigin = PARENT) -> None:
        """Copy all pixels of all planes into (a box of) this one; `TypeError` if it is no masked image."""
        if not isinstance(rhs, _MaskedImageBase):
            raise TypeError(f"pixels are copied from a masked image, not from a {type(rhs).__name__}.")
        for mine, theirs in zip(self._planes, rhs._planes, strict=True):
            mine.assign(theirs, bbox, origin)

    def set(self, value: Any, mask: int | None = None, variance: float | None = None) -> None:
        """Set every pixel of the three planes: to three values (or a sequence of them), 0 by default."""
        values = value if is_sequence(value) else (value, mask or 0, variance or 0.0)
        for plane, each in zip(self._planes, values, strict=True):
            plane.set(each)

    def swap(self, other: Self, /) -> None:
        """Exchange all planes with another masked image."""
        if type(other) is not type(self):
            raise TypeError(f"{type(self).__name__} cannot be exchanged with {type(other).__name__}.")
        for name in ("_image", "_mask", "_variance"):
            mine, theirs = getattr(self, name), getattr(other, name)
            setattr(self, name, theirs)
            setattr(other, name, mine)

    def convertF(self) -> MaskedImageF:
        """Return a copy with a float32 image."""
        return MaskedImageF(self._image.convertF(), self._mask.clone(), self._variance.clone())

    def convertD(self) -> MaskedImageD:
        """Return a copy with a float64 image."""
        return MaskedImageD(self._image.convertD(), self._mask.clone(), self._variance.clone())

    # -- Geometry

    def _pixels(self) -> ImageBase:
        image: ImageBase = self._image
        return image

    @overload
    def setXY0(self, x0: int, y0: int) -> None: ...

    @overload
    def setXY0(self, origin: Point2I) -> None: ...

    def setXY0(self, *args: Any, **kwargs: Any) -> None:
        """Move all planes to another origin."""
        given = bind(_MaskedImageBase.setXY0, self._checks, (self, *args), kwargs)
        for plane in self._planes:
            plane.setXY0(*given.values())

    # -- Files

    @overload
    @classmethod
    def readFits(cls, filename: str | os.PathLike[str]) -> Self: ...
    @overload
    @classmethod
    def readFits(cls, manager: MemFileManager) -> Self: ...
    @classmethod
    def readFits(cls, *args: Any, **kwargs: Any) -> Self:
        """Read a masked image from a file (see the constructor for boxes)."""
        return cls(file_of(bind(_MaskedImageBase.readFits, FILE_KINDS, (cls, *args), kwargs)))

    @overload
    def writeFits(
        self,
        fileName: str | os.PathLike[str],
        metadata: PropertySet | None = None,
        imageMetadata: PropertySet | None = None,
        maskMetadata: PropertySet | None = None,
        varianceMetadata: PropertySet | None = None,
    ) -> None: ...
    @overload
    def writeFits(
        self,
        manager: MemFileManager,
        metadata: PropertySet | None = None,
        imageMetadata: PropertySet | None = None,
        maskMetadata: PropertySet | None = None,
        varianceMetadata: PropertySet | None = None,
    ) -> None: ...
    def writeFits(self, *args: Any, **kwargs: Any) -> None:
        """Write the three planes to a file, replaced if it exists.

        Parameters
        ----------
        fileName : `str`
            Path of the file.
        metadata : `~lsst.daf.base.PropertySet`, optional
            Header cards of the primary HDU in addition.
        imageMetadata, maskMetadata, varianceMetadata : `~lsst.daf.base.PropertySet`, optional
            Header cards of the planes in addition.
        """
        given = bind(_MaskedImageBase.writeFits, _CHECKS, (self, *args), kwargs)
        of_planes = {name: given.get(f"{name.lower()}Metadata") for name in ("IMAGE", "MASK", "VARIANCE")}
        write_masked_image(self, file_of(given), given.get("metadata"), of_planes)

    def writeFitsWithOptions(self, dest: str | os.PathLike[str], options: Mapping[str, Any] | None) -> None:
        """Write the three planes to a file, replaced if it exists.

        Parameters
        ----------
        dest : `str`
            Path of the file.
        options : `~collections.abc.Mapping` or `None`
            Compression options by plane, as in the write recipes of a butler.
        """
        write_masked_image(self, dest, options=options)


_CHECKS = {
    **ImageBase._checks,
    "ImageBase": ImageBase,
    "ImageF": ImageF,
    "Mapping[str, int]": Mapping,
    "MaskX": MaskX,
    "None": type(None),
    "PropertySet": PropertySet,
    "_MaskedImageBase": _MaskedImageBase,
}


class MaskedImageU(_MaskedImageBase[ImageU]):
    """A masked image of unsigned 16-bit integers."""

    dtype = np.uint16
    _image_class = ImageU


class MaskedImageI(_MaskedImageBase[ImageI]):
    """A masked image of 32-bit integers."""

    dtype = np.int32
    _image_class = ImageI


class MaskedImageF(_MaskedImageBase[ImageF]):
    """A masked image of float32."""

    dtype = np.float32
    _image_class = ImageF


class MaskedImageD(_MaskedImageBase[ImageD]):
    """A masked image of float64."""

    dtype = np.float64
    _image_class = ImageD


class MaskedImage(metaclass=TemplateMeta):
    """Any masked image type: ``MaskedImage["F"]``, ``MaskedImage(..., dtype=...)``."""


_TYPES: dict[str, type[_MaskedImageBase]] = {
    "U": MaskedImageU,
    "I": MaskedImageI,
    "F": MaskedImageF,
    "D": MaskedImageD,
}

for _key, _class in _TYPES.items():
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
        Pixels of one of the pixel types, which determines the class.
    mask : `numpy.ndarray` of `numpy.int32`, optional
        Pixels of the mask.
    variance : `numpy.ndarray` of `numpy.float32`, optional
        Pixels of the variance.
    """
    planes = (None if mask is None else MaskX(mask), None if variance is None else ImageF(variance))
    return MaskedImage[image.dtype.type](Image[image.dtype.type](image), *planes)
