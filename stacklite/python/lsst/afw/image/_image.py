"""Images: ``ImageU``, ``ImageI``, ``ImageF``, ``ImageD``, ``ImageL``."""

from __future__ import annotations

__all__ = ["Image", "ImageD", "ImageF", "ImageI", "ImageL", "ImageU", "image_of_plane"]

import os
from collections.abc import Mapping
from typing import Any, Self, overload

import numpy as np

from lsst.afw.fits import DEFAULT_HDU, FitsError, MemFileManager
from lsst.afw.fits._memory import FILE_KINDS, file_of
from lsst.daf.base import PropertySet
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import InvalidParameterError
from lsst.utils import TemplateMeta
from lsst_stacklite._overloads import bind

from ._fits_plane import FitsPlane
from ._image_base import _NO_SIZE, _ORIGIN, ImageBase
from ._indexing import PARENT, WHOLE, ImageOrigin
from ._no_temporaries import NoTemporaryImages
from ._plane_readers import ImageBaseFitsReader, open_reader
from ._plane_writers import write_image

_INTEGERS = (np.uint16, np.int32, np.uint64)


class _AnyImage(NoTemporaryImages, ImageBase):
    """In-place arithmetic with numbers and images of equal size; functions of the position can be added."""

    # The misspelled name is that of the stack.
    @overload
    def __init__(self, width: int, height: int, intialValue: float = 0) -> None: ...

    @overload
    def __init__(self, dimensions: Extent2I | None = _NO_SIZE, initialValue: float = 0) -> None: ...

    @overload
    def __init__(self, bbox: Box2I, initialValue: float = 0) -> None: ...

    @overload
    def __init__(self, rhs: _AnyImage, deep: bool = False) -> None: ...

    @overload
    def __init__(
        self, rhs: _AnyImage, bbox: Box2I, origin: ImageOrigin = PARENT, deep: bool = False
    ) -> None: ...

    @overload
    def __init__(self, array: np.ndarray, deep: bool = False, xy0: Point2I = _ORIGIN) -> None: ...

    @overload
    def __init__(
        self,
        fileName: str | os.PathLike[str],
        hdu: int = DEFAULT_HDU,
        metadata: PropertySet | None = None,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        allowUnsafe: bool = False,
    ) -> None: ...

    @overload
    def __init__(
        self,
        manager: MemFileManager,
        hdu: int = DEFAULT_HDU,
        metadata: PropertySet | None = None,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        allowUnsafe: bool = False,
    ) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any):
        if args and isinstance(args[0], np.ndarray):  # the most frequent form
            self._init_array(*args, **kwargs)
            return
        given = bind(_AnyImage.__init__, _CHECKS, (self, *args), kwargs)
        rhs = given.pop("rhs", None)
        if rhs is not None:
            self._init_from(rhs, **given)
        else:
            self._init_by_name(given)

    def _require_convertible(self, rhs: ImageBase, deep: bool) -> None:
        # The stack multiplies the values by some power of two there.
        is_scaled = (
            self.dtype in _INTEGERS and rhs.dtype in _INTEGERS and np.uint64 in (self.dtype, rhs.dtype)
        )
        if not isinstance(rhs, _AnyImage) or is_scaled:
            raise TypeError(f"{type(rhs).__name__} cannot become {type(self).__name__}.")
        if not deep:
            raise InvalidParameterError(
                f"{type(rhs).__name__} and {type(self).__name__} share no pixels; give deep=True for a copy."
            )

    def _init_file(
        self,
        fileName: str | os.PathLike[str],
        hdu: int = DEFAULT_HDU,
        metadata: PropertySet | None = None,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        allowUnsafe: bool = False,
    ) -> None:
        with open_reader(ImageBaseFitsReader, fileName, hdu) as reader:
            self._array = reader.readArray(bbox, origin, allowUnsafe, self.dtype)
            self._xy0 = reader.readXY0(bbox, origin)
            if metadata is not None:
                metadata.combine(reader.readMetadata())

    def __iadd__(self, rhs: Any) -> Self:
        self._add(rhs, np.add)
        return self

    def __isub__(self, rhs: Any) -> Self:
        self._add(rhs, np.subtract)
        return self

    def _add(self, rhs: Any, operation: Any) -> None:
        """Add or subtract a number, an image, or a function, evaluated at the positions of the pixels."""
        if not callable(rhs):
            operation(self._array, self._operand(rhs), out=self._array)
            return
        if getattr(rhs, "_dtype", None) is not np.float64:
            raise TypeError(f"functions of double precision can be added to an image, not {rhs!r}.")
        y, x = np.indices(self._shape, dtype=np.float64)
        values = operation(self._array.astype(np.float64), rhs(x + self.getX0(), y + self.getY0()))
        self._array[:] = values.astype(self.dtype)

    def __imul__(self, rhs: Any) -> Self:
        self._array *= self._operand(rhs)
        return self

    def __itruediv__(self, rhs: Any) -> Self:
        operand = self._operand(rhs)
        if np.issubdtype(self._array.dtype, np.integer):
            # Integer division truncates toward zero in the stack.
            self._array[:] = np.trunc(self._array / operand)
        elif np.ndim(operand) == 0:
            # The stack multiplies by the reciprocal, which rounds in another way.
            self._array *= self.dtype(1.0) / operand
        else:
            self._array /= operand
        return self

    def __ifloordiv__(self, rhs: Any) -> Self:
        raise TypeError("images divide with /=.")

    def scaledPlus(self, c: float, rhs: ImageBase, /) -> None:
        """Add ``c * rhs``."""
        self._array += (c * self._operand(rhs)).astype(self.dtype, copy=False)

    def scaledMinus(self, c: float, rhs: ImageBase, /) -> None:
        """Subtract ``c * rhs``."""
        self._array -= (c * self._operand(rhs)).astype(self.dtype, copy=False)

    def scaledMultiplies(self, c: float, rhs: ImageBase, /) -> None:
        """Multiply with ``c * rhs``."""
        self._array *= (c * self._operand(rhs)).astype(self.dtype, copy=False)

    def scaledDivides(self, c: float, rhs: ImageBase, /) -> None:
        """Divide by ``c * rhs``."""
        self.__itruediv__((c * self._operand(rhs)).astype(self.dtype, copy=False))

    def sqrt(self) -> None:
        """Replace every pixel by its square root."""
        self._array[:] = np.sqrt(self._array)

    def convertF(self) -> ImageF:
        """Return a copy with float32 pixels."""
        return ImageF(self, True)

    def convertD(self) -> ImageD:
        """Return a copy with float64 pixels."""
        return ImageD(self, True)

    def convertI(self) -> ImageI:
        """Return a copy with int32 pixels (rounded)."""
        return ImageI(self, True)

    def convertU(self) -> ImageU:
        """Return a copy with uint16 pixels (rounded)."""
        return ImageU(self, True)

    def convertL(self) -> ImageL:
        """Return a copy with uint64 pixels (rounded)."""
        return ImageL(self, True)

    convertFloat = convertF
    convertDouble = convertD

    @overload
    @classmethod
    def readFits(cls, filename: str | os.PathLike[str], hdu: int = DEFAULT_HDU) -> Self: ...
    @overload
    @classmethod
    def readFits(cls, manager: MemFileManager, hdu: int = DEFAULT_HDU) -> Self: ...
    @classmethod
    def readFits(cls, *args: Any, **kwargs: Any) -> Self:
        """Read an image from a file (see the constructor for boxes)."""
        given = bind(_AnyImage.readFits, FILE_KINDS, (cls, *args), kwargs)
        return cls(file_of(given), hdu=given.get("hdu", DEFAULT_HDU))

    @overload
    def writeFits(
        self, fileName: str | os.PathLike[str], metadata: PropertySet | None = None, mode: str = "w"
    ) -> None: ...
    @overload
    def writeFits(
        self, manager: MemFileManager, metadata: PropertySet | None = None, mode: str = "w"
    ) -> None: ...
    def writeFits(self, *args: Any, **kwargs: Any) -> None:
        """Write the image as the first array of a file.

        Parameters
        ----------
        fileName : `str`
            Path of the file, replaced if it exists.
        metadata : `~lsst.daf.base.PropertySet`, optional
            Header cards in addition.
        mode : `str`, optional
            ``"w"``, or ``"a"`` to append an HDU to the file.
        """
        given = bind(_AnyImage.writeFits, _CHECKS, (self, *args), kwargs)
        write_image(self, file_of(given), **given)

    def writeFitsWithOptions(
        self, dest: str | os.PathLike[str], options: Mapping[str, Any] | None, item: str = "image"
    ) -> None:
        """Write the image as the only one of a file.

        Parameters
        ----------
        dest : `str`
            Path of the file, replaced if it exists.
        options : `~collections.abc.Mapping` or `None`
            Compression options by plane, as in the write recipes of a butler.
        item : `str`, optional
            The plane whose options apply.
        """
        write_image(self, dest, options=None if options is None else options.get(item))


_CHECKS = {**ImageBase._checks, "_AnyImage": _AnyImage, "PropertySet": PropertySet}


class ImageU(_AnyImage):
    """An image of unsigned 16-bit integers."""

    dtype = np.uint16


class ImageI(_AnyImage):
    """An image of 32-bit integers."""

    dtype = np.int32


class ImageF(_AnyImage):
    """An image of float32."""

    dtype = np.float32


class ImageD(_AnyImage):
    """An image of float64."""

    dtype = np.float64


class ImageL(_AnyImage):
    """An image of unsigned 64-bit integers."""

    dtype = np.uint64


class Image(metaclass=TemplateMeta):
    """Any image type: ``Image["F"]``, ``Image[np.float32]``, ``Image(..., dtype=np.float32)``."""


_TYPES: dict[str, type[_AnyImage]] = {"U": ImageU, "I": ImageI, "F": ImageF, "D": ImageD, "L": ImageL}

_CLASSES: dict[Any, type[_AnyImage]] = {kind.dtype: kind for kind in _TYPES.values()}


def image_of_plane(plane: FitsPlane, bbox: Box2I, origin: ImageOrigin, allow_unsafe: bool, dtype: Any) -> Any:
    """Return (a part of) an image of a file.

    Parameters
    ----------
    plane : `FitsPlane`
        The image in the file.
    bbox : `~lsst.geom.Box2I`
        The part to read.
    origin : `ImageOrigin`
        Coordinates of the box.
    allow_unsafe : `bool`
        Whether a conversion of the pixel type may lose information.
    dtype : `numpy.dtype` or `None`
        Pixel type; that of the file for `None`.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if there are no images of this pixel type.
    """
    local = plane.local_box(bbox, origin)
    array = plane.array(local, dtype, allow_unsafe)
    kind = _CLASSES.get(array.dtype.type)
    if kind is None:
        raise FitsError(f"{plane.where}: there are no images with {array.dtype.name} pixels.")
    return kind(array, xy0=plane.parent(local))


for _key, _class in _TYPES.items():
    Image.register(_class.dtype, _class)
    Image.alias(_key, _class)
