"""What everything with pixels has in common: a box, sub-images and copies."""

from __future__ import annotations

__all__ = ["PixelContainer"]

import os
from typing import TYPE_CHECKING, Any, Self

from lsst.geom import Box2I, Extent2I, Point2I

from ._indexing import LOCAL, PARENT, ImageOrigin

if TYPE_CHECKING:
    from ._image_base import ImageBase


class PixelContainer:
    """An image, a mask, a masked image or an exposure.

    Derived classes are constructed from ``(container, deep)``, ``(container,
    bbox, origin, deep)`` and ``(fileName, bbox=, origin=)``.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        raise NotImplementedError

    def _pixels(self) -> ImageBase:
        """Return the image whose box is that of the container."""
        raise NotImplementedError

    # Geometry -------------------------------------------------------------

    def getBBox(self, origin: ImageOrigin = PARENT) -> Box2I:
        """Return the box of all pixels."""
        return Box2I(Point2I(0, 0) if origin is LOCAL else self.getXY0(), self.getDimensions())

    def getDimensions(self) -> Extent2I:
        """Return width and height."""
        return Extent2I(self.getWidth(), self.getHeight())

    def getWidth(self) -> int:
        """Return the number of columns."""
        return self._pixels().array.shape[1]

    def getHeight(self) -> int:
        """Return the number of rows."""
        return self._pixels().array.shape[0]

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
    xy0 = property(getXY0)

    # Parts and copies -----------------------------------------------------

    Factory = property(lambda self: type(self), doc="The class of this object.")

    def subset(self, bbox: Box2I, origin: ImageOrigin = PARENT) -> Self:
        """Return a part that shares pixels (and components); `LengthError` if outside."""
        return type(self)(self, bbox, origin)

    def clone(self, deep: bool = True) -> Self:
        """Return a copy (``deep=False``: an object that shares the pixels).

        Components of an exposure are shared, its metadata are copied.
        """
        return type(self)(self, deep)

    def __copy__(self) -> Self:
        return self.clone(deep=False)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.clone()

    # Files ----------------------------------------------------------------

    @classmethod
    def readFitsWithOptions(cls, source: str | os.PathLike[str], options: Any) -> Self:
        """Read a part, with options ``llcX, llcY, width, height, imageOrigin``."""
        from ._plane_readers import box_from_options

        bbox, origin = box_from_options(options)
        return cls(source, bbox=bbox, origin=origin)
