"""Base class of images and masks: a 2-D array with an origin."""

from __future__ import annotations

__all__ = ["ImageBase", "converted"]

import operator
from collections.abc import Mapping
from typing import Any, ClassVar, Self, overload

import numpy as np

from lsst.afw.fits._memory import file_of
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError, OutOfRangeError
from lsst_stacklite._overloads import bind

from ._indexing import LOCAL, PARENT, WHOLE, ImageOrigin, resolve_index
from ._pixel_container import PixelContainer

_ORIGIN = Point2I(0, 0)
_NO_SIZE = Extent2I(0, 0)
_MOST_PIXELS = 2**31 - 1
"""Pixels of an image, as many as the stack counts."""


def converted(array: np.ndarray, dtype: Any) -> np.ndarray:
    """Return a copy of pixels with another type, as the stack converts them.

    Floats become the nearest integers (halves the next larger ones); of those that do not fit, the lowest
    bits are kept.
    """
    if array.dtype.kind != "f" or np.dtype(dtype).kind == "f":
        with np.errstate(over="ignore"):
            return array.astype(dtype)
    rounded = np.trunc(array + array.dtype.type(0.5))
    with np.errstate(invalid="ignore"):
        if np.dtype(dtype) == np.uint64:
            return np.where(rounded < 0, rounded.astype(np.int64).view(np.uint64), rounded.astype(np.uint64))
        # Through this type, since C does not define what becomes of other values.
        return rounded.astype(np.int32).astype(dtype)


class ImageBase(PixelContainer):
    """A 2-D array of pixels of one type, with the position of its first pixel.

    Boxes and positions are in parent coordinates unless ``LOCAL`` is given.
    Sub-images and constructors with ``deep=False`` share pixels.

    Parameters
    ----------
    width, height : `int`
        Size; or ``dimensions`` in one, or ``bbox`` with the origin as well.
    array : `numpy.ndarray`
        Pixels, of the pixel type of the class.
    xy0 : `~lsst.geom.Point2I`, optional
        Position of the first pixel of an array.
    fileName : `str` or `os.PathLike`, or ``manager`` : `~lsst.afw.fits.MemFileManager`
        File to read; ``hdu`` is the 0-based number of the HDU (by default the
        first image) and ``metadata`` receives the header.
    bbox : `~lsst.geom.Box2I`, optional
        Part of another image, or of that in a file, to take.
    origin : `ImageOrigin`, optional
        Coordinates of the box of a part.
    deep : `bool`, optional
        Whether to copy the pixels.
    allowUnsafe : `bool`, optional
        Whether the conversion of pixels of a file may lose information.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        Raised if a box reaches beyond the image.
    TypeError
        Raised if the arguments match no form, or an array has another type.
    """

    dtype: ClassVar[Any]

    _array: np.ndarray
    _xy0: Point2I

    def _init_by_name(self, given: dict[str, Any]) -> None:
        """Call the constructor that takes these arguments."""
        if "fileName" in given or "manager" in given:
            self._init_file(file_of(given), **given)
        elif "array" in given:
            self._init_array(**given)
        elif "bbox" in given:
            self._init_bbox(**given)
        elif "width" in given:
            self._fill(given.pop("width"), given.pop("height"), *given.values())
        else:
            size = given.pop("dimensions", None) or _NO_SIZE
            self._fill(size.getX(), size.getY(), *given.values())

    def _fill(self, width: int, height: int, value: Any = 0) -> None:
        if width < 0 or height < 0 or width * height > _MOST_PIXELS:
            raise LengthError(
                f"an image cannot have {width} x {height} pixels; the limits are 0 and {_MOST_PIXELS}."
            )
        self._array = np.full((operator.index(height), operator.index(width)), value, self.dtype)
        self._xy0 = Point2I(0, 0)

    def _init_bbox(self, bbox: Box2I, initialValue: Any = 0) -> None:
        self._fill(bbox.getWidth(), bbox.getHeight(), initialValue)
        if not bbox.isEmpty():
            self._xy0 = bbox.getMin()

    def _init_array(self, array: np.ndarray, deep: bool = False, xy0: Point2I = _ORIGIN) -> None:
        if array.ndim != 2 or array.dtype != np.dtype(self.dtype):
            raise TypeError(
                f"{type(self).__name__} needs a 2-D array of native {np.dtype(self.dtype).name}, "
                f"not {array.ndim}-D of {array.dtype.name} ({array.dtype.str})."
            )
        self._array = array.copy() if deep else array
        self._xy0 = Point2I(xy0)

    def _init_from(
        self, rhs: ImageBase, bbox: Box2I = WHOLE, origin: ImageOrigin = PARENT, deep: bool = False
    ) -> None:
        self._array, self._xy0 = rhs._cut(bbox, origin)
        if type(rhs) is not type(self):
            self._require_convertible(rhs, deep)
            self._array = converted(self._array, self.dtype)
        elif deep:
            self._array = self._array.copy()

    def _require_convertible(self, rhs: ImageBase, deep: bool) -> None:
        """Raise an exception unless an image of another class may be converted."""

    def _plane_bits(self) -> Mapping[str, int]:
        """Return the bit numbers of mask planes by name; none for images."""
        return {}

    def _init_file(self, *args: Any, **kwargs: Any) -> None:
        """Read a file; masks have other arguments than images."""
        raise NotImplementedError

    @property
    def _shape(self) -> tuple[int, int]:
        """Height and width, of pixels that need not be there yet."""
        height, width = self._array.shape
        return height, width

    def _window(self, bbox: Box2I, origin: ImageOrigin) -> tuple[tuple[slice, slice], Point2I]:
        """Return the rows and columns of a box, and its first pixel in parent coordinates."""
        height, width = self._shape
        x0, y0 = self._xy0
        if bbox.isEmpty():
            return (slice(0, height), slice(0, width)), Point2I(x0, y0)
        x, y = bbox.getBeginX(), bbox.getBeginY()
        end_x, end_y = bbox.getEndX(), bbox.getEndY()
        if origin is not LOCAL:
            x, y, end_x, end_y = x - x0, y - y0, end_x - x0, end_y - y0
        if x < 0 or y < 0 or end_x > width or end_y > height:
            raise LengthError(f"{bbox} is not inside the image, {self.getBBox(origin)} ({origin.name}).")
        return (slice(y, end_y), slice(x, end_x)), Point2I(x + x0, y + y0)

    def _cut(self, bbox: Box2I, origin: ImageOrigin) -> tuple[np.ndarray, Point2I]:
        if bbox.isEmpty():
            return self._array, Point2I(self._xy0)
        window, xy0 = self._window(bbox, origin)
        return self._array[window], xy0

    def __getstate__(self) -> dict[str, Any]:
        pixels = np.ascontiguousarray(self._array)
        return self.__dict__ | {"_array": pixels}

    def __str__(self) -> str:
        return f"{self._array}, bbox={self.getBBox()}"

    def __repr__(self) -> str:
        return f"lsst.afw.image.{type(self).__name__}={self}"

    # -- Pixels

    @property
    def array(self) -> np.ndarray:
        """The pixels, ``array[y - y0, x - x0]`` (shared memory)."""
        return self._array

    @array.setter
    def array(self, values: Any) -> None:
        if values is None:
            raise TypeError("the pixels of an image cannot be None.")
        self._array[:] = values

    def getArray(self) -> np.ndarray:
        """Return the pixels (shared memory)."""
        return self._array

    def __getitem__(self, index: Any) -> Any:
        where, origin = resolve_index(index, self)
        if isinstance(where, Point2I):
            return self._array[self._local(where, origin)].item()
        return self.subset(where, origin)

    def __setitem__(self, index: Any, value: Any) -> None:
        where, origin = resolve_index(index, self)
        if isinstance(where, Point2I):
            self._array[self._local(where, origin)] = value
        elif isinstance(value, ImageBase):
            self.assign(value, where, origin)
        else:
            self._cut(where, origin)[0][:] = value

    def _local(self, point: Point2I, origin: ImageOrigin) -> tuple[int, int]:
        if not self.getBBox(origin).contains(point):
            raise OutOfRangeError(f"pixel {point} is outside of {self.getBBox(origin)} ({origin.name}).")
        if origin is LOCAL:
            return point.getY(), point.getX()
        return point.getY() - self.getY0(), point.getX() - self.getX0()

    def assign(self, rhs: Self, bbox: Box2I = WHOLE, origin: ImageOrigin = PARENT) -> None:
        """Copy all pixels of an image into (a box of) this one.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the sizes differ or the box is not inside.
        TypeError
            Raised if the other one is no image.
        """
        if not isinstance(rhs, ImageBase):
            raise TypeError(f"pixels are copied from an image, not from a {type(rhs).__name__}.")
        target, _ = self._cut(bbox, origin)
        if target.shape != rhs.array.shape:
            raise LengthError(
                f"{rhs.getWidth()} x {rhs.getHeight()} pixels do not fit into "
                f"{target.shape[1]} x {target.shape[0]}."
            )
        target[:] = rhs.array

    def set(self, value: Any, /) -> None:
        """Set every pixel.

        Raises
        ------
        TypeError
            Raised if the value is no number, or none of integers for their images.
        """
        is_integer = np.issubdtype(self.dtype, np.integer)
        if isinstance(value, str) or (value is None and not is_integer):
            raise TypeError(f"pixels of a {type(self).__name__} are set to a number, not to {value!r}.")
        self._array[:] = operator.index(value) if is_integer else value

    def _operand(self, rhs: Any) -> Any:
        """Return the operand that numpy combines with the pixels."""
        if not isinstance(rhs, ImageBase):
            # A number becomes a pixel first, as in C++: products of float32 are products of float32.
            is_number = np.ndim(rhs) == 0 and isinstance(rhs, int | float | np.number)
            return self.dtype(rhs) if is_number and np.issubdtype(self.dtype, np.floating) else rhs
        if rhs.array.shape != self._array.shape:
            raise LengthError(f"images differ in size: {self.getDimensions()}, {rhs.getDimensions()}.")
        return rhs.array

    # -- Geometry

    def _pixels(self) -> Self:
        return self

    @overload
    def setXY0(self, xy0: Point2I) -> None: ...

    @overload
    def setXY0(self, x0: int, y0: int) -> None: ...

    def setXY0(self, *args: Any, **kwargs: Any) -> None:
        """Move the image to another origin."""
        given = bind(ImageBase.setXY0, self._checks, (self, *args), kwargs)
        self._xy0 = Point2I(*given.values())
