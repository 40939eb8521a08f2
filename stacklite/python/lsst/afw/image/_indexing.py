"""Translation of an index of an image into a box or a point."""

from __future__ import annotations

__all__ = ["LOCAL", "PARENT", "WHOLE", "ImageOrigin", "resolve_index"]

import operator
from typing import Any

from lsst.geom import Box2I, Extent2I, Point2I
from lsst_stacklite._enumeration import NumberEnumeration


class ImageOrigin(NumberEnumeration):
    """The coordinate system of a position in an image."""

    PARENT = 0
    """Coordinates of the largest image that this one may be a part of."""
    LOCAL = 1
    """Coordinates whose origin is the first pixel of this image."""


PARENT = ImageOrigin.PARENT
LOCAL = ImageOrigin.LOCAL

WHOLE = Box2I()
"""The empty box, which stands for everything where a box is asked for."""


def _absolute(value: int, size: int, origin: ImageOrigin) -> int:
    value = operator.index(value)
    if value >= 0:
        return value
    if origin is LOCAL:
        return value + size
    raise IndexError(
        f"index {value} is negative: with PARENT use a Point2I or Box2I for pixels at negative "
        "coordinates, with LOCAL negative numbers count from the end."
    )


def _interval(index: Any, start: int, size: int, origin: ImageOrigin) -> tuple[int, int]:
    if not isinstance(index, slice):
        begin = _absolute(index, size, origin)
        return begin, 1
    if index.step not in (None, 1):
        raise ValueError("slices of images cannot have a step.")
    begin = start if index.start is None else _absolute(index.start, size, origin)
    end = start + size if index.stop is None else _absolute(index.stop, size, origin)
    return begin, end - begin


def resolve_index(index: Any, image: Any) -> tuple[Box2I | Point2I, ImageOrigin]:
    """Interpret the index in the brackets of ``image[...]``.

    Parameters
    ----------
    index : `~typing.Any`
        ``x, y``, two slices, a ``Point2I``, a ``Box2I`` or ``:``, each
        optionally followed by ``PARENT`` (the default) or ``LOCAL``.
    image : `~typing.Any`
        An object that has ``getBBox(origin)``.

    Returns
    -------
    where : `~lsst.geom.Box2I` or `~lsst.geom.Point2I`
        A point if and only if a single pixel was named.
    origin : `ImageOrigin`
        The coordinates of ``where``.

    Raises
    ------
    IndexError
        Raised if a number is negative with ``PARENT``.
    TypeError
        Raised if the index does not name pixels.
    """
    items = list(index) if isinstance(index, tuple) else [index]
    origin = items.pop() if items and isinstance(items[-1], ImageOrigin) else PARENT
    if len(items) == 1:
        where = items[0]
        if isinstance(where, Box2I | Point2I):
            return where, origin
        if where is Ellipsis or where == slice(None):
            return image.getBBox(origin), origin
    if len(items) != 2:
        raise TypeError(f"{index!r} does not name pixels: give x and y, a Point2I or a Box2I.")
    box = image.getBBox(origin)
    x0, width = _interval(items[0], box.getMinX(), box.getWidth(), origin)
    y0, height = _interval(items[1], box.getMinY(), box.getHeight(), origin)
    if not any(isinstance(item, slice) for item in items):
        return Point2I(x0, y0), origin
    return Box2I(Point2I(x0, y0), Extent2I(width, height)), origin
