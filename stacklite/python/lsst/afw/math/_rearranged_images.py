"""Images with their pixels in another order, or in bins."""

from __future__ import annotations

__all__ = ["binImage", "flipImage", "rotateImageBy90"]

from collections.abc import Callable
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import DomainError, InvalidParameterError
from lsst_stacklite._overloads import bind

from ._statistics_control import Property

_T = TypeVar("_T")
_Change = Callable[[NDArray[Any]], NDArray[Any]]


def flipImage(inImage: _T, flipLR: bool, flipTB: bool) -> _T:
    """Return a mirror image.

    Parameters
    ----------
    inImage : `~lsst.afw.image.Image`, `~lsst.afw.image.MaskX` or `~lsst.afw.image.MaskedImage`
        Image, not one of 64-bit integers.
    flipLR : `bool`
        Exchange left and right.
    flipTB : `bool`
        Exchange top and bottom.

    Returns
    -------
    flipped : as ``inImage``
        A new image, with the same first pixel.

    Raises
    ------
    TypeError
        Raised if it is anything else, such as an exposure.
    """
    steps = -1 if flipTB else 1, -1 if flipLR else 1
    return _changed(inImage, lambda pixels: pixels[:: steps[0], :: steps[1]], keeps_origin=True)


def rotateImageBy90(image: _T, nQuarter: int) -> _T:
    """Return an image that is rotated by a multiple of 90 degrees.

    Parameters
    ----------
    image : `~lsst.afw.image.Image`, `~lsst.afw.image.MaskX` or `~lsst.afw.image.MaskedImage`
        Image, not one of 64-bit integers.
    nQuarter : `int`
        Number of quarters of a turn, from x towards y.

    Returns
    -------
    rotated : as ``image``
        A new image, whose first pixel is (0, 0) if it is rotated at all.

    Raises
    ------
    TypeError
        Raised if it is anything else, such as an exposure.
    """
    # With y upwards, rows of an array are counted in the other direction than in a picture.
    turns = -(nQuarter % 4)
    return _changed(image, lambda pixels: np.rot90(pixels, turns), keeps_origin=turns == 0)


@overload
def binImage(inImage: _T, binsize: int, flags: Property = ...) -> _T: ...
@overload
def binImage(inImage: _T, binX: int, binY: int, flags: Property = ...) -> _T: ...
def binImage(*args: Any, **kwargs: Any) -> Any:
    """Return an image of the means of groups of pixels.

    Parameters
    ----------
    inImage : `~lsst.afw.image.Image` or `~lsst.afw.image.MaskedImage`
        Image, not one of 64-bit integers.
    binX, binY : `int`
        Width and height of a group in pixels.
    binsize : `int`
        In place of ``binX`` and ``binY``, both.
    flags : `Property`, optional
        ``MEAN``, the only statistic that there is.

    Returns
    -------
    binned : as ``inImage``
        A new image with the same first pixel. Columns and rows that do not fill a
        group are left out. Masks have the planes that one of the pixels has,
        masked pixels count as others do. Sums have the type of the pixels: those
        of integers may overflow, and their means are cut.

    Raises
    ------
    lsst.pex.exceptions.DomainError
        Raised if a group has no pixels.
    lsst.pex.exceptions.InvalidParameterError
        Raised if the statistic is another one.
    TypeError
        Raised if it is anything else, such as a mask or an exposure.
    """
    given = bind(binImage, {"Property": Property}, args, kwargs)
    width, height = (int(given[name if name in given else "binsize"]) for name in ("binX", "binY"))
    if min(width, height) < 1:
        raise DomainError(f"groups of {width} x {height} pixels have none; make them at least 1 x 1.")
    if (flags := given.get("flags", Property.MEAN)) is not Property.MEAN:
        raise InvalidParameterError(f"groups of pixels have a mean, no {flags}.")
    image = given["inImage"]
    if not hasattr(image, "variance"):
        _require(image, masks=False)
        return _binned(image, width, height, _mean)
    _require(image)
    return type(image)(
        _binned(image.image, width, height, _mean),
        _binned(image.mask, width, height, _union),
        _binned(image.variance, width, height, _mean_of_variances),
    )


def _binned(image: Any, width: int, height: int, combine: _Change) -> Any:
    pixels = image.array
    rows, columns = pixels.shape[0] // height, pixels.shape[1] // width
    groups = pixels[: rows * height, : columns * width].reshape(rows, height, columns, width)
    # Rows and columns of a group come first.
    groups = groups.transpose(1, 3, 0, 2)
    binned = type(image)(Box2I(image.getXY0(), Extent2I(columns, rows)))
    binned.array[:] = combine(groups)
    return binned


@np.errstate(all="ignore")  # C++ does not warn
def _sum(groups: NDArray[Any]) -> NDArray[Any]:
    # The pixels of a row, then the rows, and in the type of the pixels, as in the stack.
    total = np.zeros(groups.shape[2:], groups.dtype)
    for row in groups:
        subtotal = np.zeros_like(total)
        for pixels in row:
            subtotal += pixels
        total += subtotal
    return total


def _mean(groups: NDArray[Any]) -> NDArray[Any]:
    total, number = _sum(groups), groups.shape[0] * groups.shape[1]
    return total / total.dtype.type(number) if total.dtype.kind == "f" else np.trunc(total / number)


def _mean_of_variances(groups: NDArray[Any]) -> NDArray[Any]:
    number = groups.shape[0] * groups.shape[1]
    return _sum(groups) / groups.dtype.type(number**2)


def _union(groups: NDArray[Any]) -> NDArray[Any]:
    return np.bitwise_or.reduce(groups, axis=(0, 1))


def _changed(image: Any, change: _Change, keeps_origin: bool) -> Any:
    """Return an image whose planes have been changed in the same way."""
    _require(image)
    if hasattr(image, "variance"):
        planes = (image.image, image.mask, image.variance)
        return type(image)(*(_changed(plane, change, keeps_origin) for plane in planes))
    pixels = change(image.array)
    origin = image.getXY0() if keeps_origin else Point2I(0, 0)
    changed = type(image)(Box2I(origin, Extent2I(pixels.shape[1], pixels.shape[0])))
    changed.array[:] = pixels
    return changed


def _require(image: Any, masks: bool = True) -> None:
    # The images are made with functions of this package, and imported only here for that reason.
    from lsst.afw.image import Image, MaskedImage, MaskX

    kinds = [MaskX] if masks else []
    kinds += [template[kind] for template in (Image, MaskedImage) for kind in "UIFD"]
    if not isinstance(image, tuple(kinds)):
        raise TypeError(f"an object of type {type(image).__name__} is no image that can be rearranged.")
