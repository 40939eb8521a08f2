"""What images and masks have in common: a 2-D array with an origin."""

from __future__ import annotations

__all__ = ["ImageBase"]

import operator
import os
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np

from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import LengthError, OutOfRangeError

from ._indexing import LOCAL, PARENT, ImageOrigin, resolve_index
from ._pixel_container import PixelContainer

# Which constructor a keyword belongs to, when there is no positional argument.
_KEYWORD_ORDER = ("width", "dimensions", "array", "rhs", "image", "fileName", "bbox")


class ImageBase(PixelContainer):
    """A 2-D array of pixels of one type, with the position of its first pixel.

    Boxes and positions are in parent coordinates unless ``LOCAL`` is given.
    Sub-images and constructors with ``deep=False`` share pixels.

    Parameters
    ----------
    *args, **kwargs
        ``()``; ``(width, height, initialValue=0)``;
        ``(dimensions, initialValue=0)``; ``(bbox, initialValue=0)``;
        ``(array, deep=False, xy0=Point2I(0, 0))`` with the pixel type of the
        class; ``(image, deep=False)``; ``(image, bbox, origin=PARENT,
        deep=False)``; an image of another type (always copied);
        ``(fileName, hdu=None, metadata=None, bbox=Box2I(), origin=PARENT,
        allowUnsafe=False)``.

    Raises
    ------
    LengthError
        Raised if a box reaches beyond the image.
    TypeError
        Raised if the arguments match no form, or an array has another type.
    """

    dtype: ClassVar[Any]

    _array: np.ndarray
    _xy0: Point2I

    def __init__(self, *args: Any, **kwargs: Any):
        make = self._constructor(args, kwargs)
        make(self, *args, **kwargs)

    @classmethod
    def _constructor(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[..., None]:
        if args:
            for kinds, make in cls._forms():
                if isinstance(args[0], kinds):
                    return make
            raise TypeError(f"{cls.__name__} cannot be made from {type(args[0]).__name__}.")
        by_name: dict[str, Callable[..., None]] = {
            "width": cls._init_size,
            "dimensions": cls._init_dimensions,
            "array": cls._init_array,
            "rhs": cls._init_image,
            "image": cls._init_image,
            "fileName": cls._init_file,
            "bbox": cls._init_bbox,
        }
        for name in _KEYWORD_ORDER:
            if name in kwargs:
                if name == "image":
                    kwargs["rhs"] = kwargs.pop("image")
                return by_name[name]
        return cls._init_size

    @classmethod
    def _forms(cls) -> list[tuple[Any, Callable[..., None]]]:
        return [
            (ImageBase, cls._init_image),
            (np.ndarray, cls._init_array),
            (Box2I, cls._init_bbox),
            (Extent2I, cls._init_dimensions),
            ((int, np.integer), cls._init_size),
            ((str, os.PathLike), cls._init_file),
        ]

    def _init_size(self, width: int = 0, height: int = 0, initialValue: Any = 0) -> None:
        if width < 0 or height < 0:
            raise LengthError(f"an image cannot have {width} x {height} pixels.")
        self._array = np.full((operator.index(height), operator.index(width)), initialValue, self.dtype)
        self._xy0 = Point2I(0, 0)

    def _init_dimensions(self, dimensions: Extent2I, initialValue: Any = 0) -> None:
        ImageBase._init_size(self, dimensions.getX(), dimensions.getY(), initialValue)

    def _init_bbox(self, bbox: Box2I, initialValue: Any = 0) -> None:
        ImageBase._init_size(self, bbox.getWidth(), bbox.getHeight(), initialValue)
        if not bbox.isEmpty():
            self.setXY0(bbox.getMin())

    def _init_array(self, array: np.ndarray, deep: bool = False, xy0: Point2I | None = None) -> None:
        if array.ndim != 2 or array.dtype != np.dtype(self.dtype):
            raise TypeError(
                f"{type(self).__name__} needs a 2-D array of native {np.dtype(self.dtype).name}, "
                f"not {array.ndim}-D of {array.dtype.name} ({array.dtype.str})."
            )
        self._array = array.copy() if deep else array
        self._xy0 = Point2I(0, 0) if xy0 is None else Point2I(xy0)

    def _init_image(
        self,
        rhs: ImageBase,
        bbox: Box2I | bool | None = None,
        origin: ImageOrigin = PARENT,
        deep: bool = False,
    ) -> None:
        if isinstance(bbox, bool):
            deep, bbox = bbox, None
        if type(rhs) is not type(self):
            self._require_convertible(rhs)
        self._array, self._xy0 = rhs._cut(bbox, origin)
        self._array = self._array.astype(self.dtype, copy=deep)

    def _require_convertible(self, rhs: ImageBase) -> None:
        """Raise unless an image of another class may be converted."""
        raise NotImplementedError

    def _init_file(self, *args: Any, **kwargs: Any) -> None:
        """Read a file; masks have other arguments than images."""
        raise NotImplementedError

    def _cut(self, bbox: Box2I | None, origin: ImageOrigin) -> tuple[np.ndarray, Point2I]:
        if bbox is None or bbox.isEmpty():
            return self._array, Point2I(self._xy0)
        if not self.getBBox(origin).contains(bbox):
            raise LengthError(f"{bbox} is not inside the image, {self.getBBox(origin)} ({origin.name}).")
        x, y = bbox.getMinX(), bbox.getMinY()
        shift_x, shift_y = (0, 0) if origin is LOCAL else (self.getX0(), self.getY0())
        rows = slice(y - shift_y, y - shift_y + bbox.getHeight())
        columns = slice(x - shift_x, x - shift_x + bbox.getWidth())
        xy0 = Point2I(columns.start + self.getX0(), rows.start + self.getY0())
        return self._array[rows, columns], xy0

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_array": np.ascontiguousarray(self._array)}

    def __repr__(self) -> str:
        return f"{type(self).__name__}, bbox={self.getBBox()}:\n{self._array!r}"

    __str__ = __repr__

    # Pixels ---------------------------------------------------------------

    @property
    def array(self) -> np.ndarray:
        """The pixels, ``array[y - y0, x - x0]`` (shared memory)."""
        return self._array

    @array.setter
    def array(self, values: Any) -> None:
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

    def assign(self, rhs: Self, bbox: Box2I | None = None, origin: ImageOrigin = PARENT) -> None:
        """Copy all pixels of an image into (a box of) this one.

        Raises
        ------
        LengthError
            Raised if the sizes differ or the box is not inside.
        """
        target, _ = self._cut(bbox, origin)
        if target.shape != rhs.array.shape:
            raise LengthError(
                f"{rhs.getWidth()} x {rhs.getHeight()} pixels do not fit into "
                f"{target.shape[1]} x {target.shape[0]}."
            )
        target[:] = rhs.array

    def set(self, value: Any, /) -> None:
        """Set every pixel."""
        self._array[:] = value

    def _operand(self, rhs: Any) -> Any:
        """Return what numpy combines with the pixels."""
        if not isinstance(rhs, ImageBase):
            # A number becomes a pixel first, as in C++: products of float32 are products of float32.
            is_number = np.ndim(rhs) == 0 and isinstance(rhs, int | float | np.number)
            return self.dtype(rhs) if is_number and np.issubdtype(self.dtype, np.floating) else rhs
        if rhs.array.shape != self._array.shape:
            raise LengthError(f"images differ in size: {self.getDimensions()}, {rhs.getDimensions()}.")
        return rhs.array

    # Geometry -------------------------------------------------------------

    def _pixels(self) -> Self:
        return self

    def setXY0(self, *xy0: Any) -> None:
        """Move the image to another origin: ``(Point2I)`` or ``(x0, y0)``."""
        self._xy0 = Point2I(*xy0)
