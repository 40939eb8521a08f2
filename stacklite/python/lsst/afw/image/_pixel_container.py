"""Base class of objects with pixels: a box, sub-images and copies."""

from __future__ import annotations

__all__ = ["PixelContainer"]

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from lsst.afw.fits._memory import FILE_KINDS
from lsst.geom import Box2I, Extent2I, Point2I
from lsst_stacklite._overloads import Check

from ._indexing import LOCAL, PARENT, ImageOrigin
from ._plane_readers import box_from_options

if TYPE_CHECKING:
    from ._image_base import ImageBase


class PixelContainer:
    """An image, a mask, a masked image or an exposure.

    Derived classes are constructed from ``(container, deep)``, ``(container,
    bbox, origin, deep)`` and ``(fileName, bbox=, origin=)``.
    """

    # By annotation in declarations of constructors and other methods of several forms.
    _checks: ClassVar[dict[str, Check]] = {
        "Box2I": Box2I,
        "Extent2I": Extent2I,
        "ImageOrigin": ImageOrigin,
        "Point2I": Point2I,
        "bool": lambda value: isinstance(value, bool | np.bool_),
        "np.ndarray": np.ndarray,
        **FILE_KINDS,
    }

    dtype: ClassVar[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError

    def _init_from(self, other: Any, /, *args: Any, **kwargs: Any) -> None:
        """Become a part (``bbox``, ``origin``) or a copy (``deep``) of another object."""
        raise NotImplementedError

    def _part(self, **given: Any) -> Self:
        """Return a part or a copy, without looking for the form of the constructor."""
        part = type(self).__new__(type(self))
        part._init_from(self, **given)
        return part

    def _pixels(self) -> ImageBase:
        """Return the image whose box is that of the container."""
        raise NotImplementedError

    def _require_same_type(self, other: PixelContainer, given: Mapping[str, Any]) -> None:
        """Raise `TypeError` unless an object can be made from another one with these arguments."""
        to_floats = np.issubdtype(self.dtype, np.floating) and given.keys() == {"deep"}
        if type(other) is not type(self) and not to_floats:
            raise TypeError(
                f"{type(self).__name__} cannot be made from {type(other).__name__} with {[*given]}; whole "
                "objects can be converted to floats, with deep given."
            )

    # -- Geometry

    def getBBox(self, origin: ImageOrigin = PARENT) -> Box2I:
        """Return the box of all pixels."""
        return Box2I(Point2I(0, 0) if origin is LOCAL else self.getXY0(), self.getDimensions())

    def getDimensions(self) -> Extent2I:
        """Return width and height."""
        return Extent2I(self.getWidth(), self.getHeight())

    def getWidth(self) -> int:
        """Return the number of columns."""
        return self._pixels()._shape[1]

    def getHeight(self) -> int:
        """Return the number of rows."""
        return self._pixels()._shape[0]

    def getX0(self) -> int:
        """Return the x of the first pixel in parent coordinates."""
        return self._pixels()._xy0.getX()

    def getY0(self) -> int:
        """Return the y of the first pixel in parent coordinates."""
        return self._pixels()._xy0.getY()

    def getXY0(self) -> Point2I:
        """Return the first pixel in parent coordinates."""
        return Point2I(self._pixels()._xy0)

    width = property(getWidth)
    height = property(getHeight)
    x0 = property(getX0)
    y0 = property(getY0)

    # -- Parts and copies

    def Factory(self, *args: Any, **kwargs: Any) -> Self:
        """Return a new object of the class of this one."""
        return type(self)(*args, **kwargs)

    def subset(self, bbox: Box2I, origin: ImageOrigin = PARENT) -> Self:
        """Return a part that shares pixels (and components); `LengthError` if outside."""
        if not isinstance(bbox, Box2I):
            raise TypeError(f"a part is named by a Box2I, not a {type(bbox).__name__}.")
        return self._part(bbox=bbox, origin=origin)

    def clone(self) -> Self:
        """Return a copy; components of an exposure are shared, its metadata are copied."""
        return self._part(deep=True)

    def __copy__(self) -> Self:
        return self._part()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.clone()

    # -- Files

    @classmethod
    def readFitsWithOptions(cls, source: str | os.PathLike[str], options: Any) -> Self:
        """Read a part, with options ``llcX, llcY, width, height, imageOrigin``."""
        bbox, origin = box_from_options(options)
        return cls(source, bbox=bbox, origin=origin)
