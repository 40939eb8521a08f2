"""Images and masks of arrays, and whether images share pixels."""

from __future__ import annotations

__all__ = ["imagesOverlap", "makeImageFromArray", "makeMaskFromArray"]

from typing import Any, overload

import numpy as np

from lsst_stacklite._overloads import bind

from ._image import Image
from ._image_base import ImageBase
from ._mask import Mask, MaskX
from ._masked_image import _MaskedImageBase


def makeImageFromArray(array: np.ndarray | None) -> Any:
    """Return an image that shares the pixels of an array; its type is that of the array.

    Parameters
    ----------
    array : `numpy.ndarray`, (height, width), or `None`
        Pixels; without them there is no image.
    """
    if array is None:
        return None
    image_class: Any = Image
    return image_class(array, dtype=array.dtype.type)


def makeMaskFromArray(array: np.ndarray | None) -> MaskX | None:
    """Return a mask that shares the pixels of an array.

    Parameters
    ----------
    array : `numpy.ndarray` of `numpy.int32`, (height, width), or `None`
        Pixels; without them there is no mask.
    """
    if array is None:
        return None
    mask_class: Any = Mask
    return mask_class(array, dtype=array.dtype.type)


@overload
def imagesOverlap(image1: ImageBase, image2: ImageBase) -> bool: ...
@overload
def imagesOverlap(image1: _MaskedImageBase, image2: _MaskedImageBase) -> bool: ...
def imagesOverlap(*args: Any, **kwargs: Any) -> bool:
    """Return whether two images, or planes of two masked images, have pixels of the same memory.

    The memory between the first and the last pixel of each counts, as in the stack: the left and the
    right half of an image overlap.
    """
    kinds = {"ImageBase": ImageBase, "_MaskedImageBase": _MaskedImageBase}
    first, second = bind(imagesOverlap, kinds, args, kwargs).values()
    if isinstance(first, ImageBase):
        return bool(np.may_share_memory(first.array, second.array))
    pairs = zip(first._planes, second._planes, strict=True)
    return any(np.may_share_memory(mine.array, theirs.array) for mine, theirs in pairs)
