"""Backgrounds made of several layers, and their files."""

from __future__ import annotations

__all__ = ["BackgroundList"]

import os
from typing import Any

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.fits._errors import check_range, reading
from lsst.afw.fits._file import FitsFile
from lsst.afw.image import PARENT, ImageF, MaskedImageF, MaskX
from lsst.afw.image._fits_plane import FitsPlane
from lsst.afw.image._image import image_of_plane
from lsst.afw.image._indexing import WHOLE
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pex.exceptions import NotFoundError
from lsst_stacklite._limits import BACKGROUND_PIXELS

from ._approximate import ApproximateControl
from ._background import Background, BackgroundMI
from ._background_control import BackgroundControl, UndersampleStyle
from ._interpolate import InterpolateStyle

_REQUIRED = ("INTERPSTYLE", "UNDERSAMPLESTYLE", "BKGD_X0", "BKGD_Y0", "BKGD_WIDTH", "BKGD_HEIGHT")


class BackgroundList:
    """A list of background layers that add up.

    Items are tuples (background, interpStyle, undersampleStyle, approxStyle,
    approxOrderX, approxOrderY, approxWeighting). A background that is
    appended without the rest gets it at the first access to the item: the
    styles of the last image that it made, UNKNOWN if there is none.

    Parameters
    ----------
    *args : `Background` or `tuple`
        First items.
    """

    def __init__(self, *args: Any) -> None:
        self._items: list[Any] = []
        for item in args:
            self.append(item)

    def append(self, val: Background | tuple[Any, ...]) -> None:
        """Append a background or an item."""
        self._items.append(val if isinstance(val, Background) else tuple(val))

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        item = self._items[index]
        if isinstance(item, Background):
            item = self._items[index] = _describe(item)
        return item

    def clone(self) -> BackgroundList:
        """Return a list of the same layers."""
        return BackgroundList(*self._items)

    def getImage(self) -> ImageF | None:
        """Return the sum of the layers, an ImageF.

        Returns
        -------
        image : `lsst.afw.image.ImageF` or `None`
            None for an empty list.

        Raises
        ------
        lsst.pex.exceptions.OutOfRangeError
            Raised if the style of a layer is UNKNOWN.
        """
        total = None
        for background, interp_style, undersample_style, approx_style, *_ in self[:]:
            exact = approx_style == ApproximateControl.UNKNOWN
            styles = (interp_style, undersample_style) if exact else ()
            if total is None:
                total = background.getImageF(*styles)
            else:
                background._add_to(total, *styles)
        return total

    def writeFits(self, fileName: str | os.PathLike[str], flags: int = 0) -> None:
        """Write all layers to a file.

        Parameters
        ----------
        fileName : `str`
            Path of the file, replaced if it exists.
        flags : `int`, optional
            Without meaning here; the stack has it.
        """
        for i, item in enumerate(self[:]):
            stats = item[0].getStatsImage()
            metadata = _metadata(item)
            stats.image.writeFits(fileName, metadata, "a" if i else "w")
            stats.mask.writeFits(fileName, metadata, "a")
            stats.variance.writeFits(fileName, metadata, "a")

    @staticmethod
    def readFits(fileName: str | os.PathLike[str], hdu: int = 0, flags: int = 0) -> BackgroundList:
        """Read the layers of a file.

        Parameters
        ----------
        fileName : `str`
            Path of the file.
        hdu : `int`, optional
            HDU of the first layer.
        flags : `int`, optional
            Without meaning here; the stack has it.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if the number of HDUs is not a multiple of three.
        lsst.pex.exceptions.NotFoundError
            Raised if a header lacks a keyword.
        """
        result = BackgroundList()
        with FitsFile(fileName) as file, reading(file.path):
            count = len(file) - hdu
            if count % 3:
                raise pex_exceptions.RuntimeError(
                    f"{fileName}: {count} HDUs, not three for each background layer."
                )
            for first in range(hdu, hdu + count, 3):
                result.append(_read_layer([FitsPlane(file, first + i) for i in range(3)]))
        return result


def _describe(background: Background) -> tuple[Any, ...]:
    """Return the item of a bare background."""
    actrl = background.getBackgroundControl().getApproximateControl()
    return (
        background,
        background.getAsUsedInterpStyle(),
        background.getAsUsedUndersampleStyle(),
        actrl.getStyle(),
        actrl.getOrderX(),
        actrl.getOrderY(),
        actrl.getWeighting(),
    )


def _metadata(item: tuple[Any, ...]) -> PropertyList:
    """Return the header cards of a layer."""
    background, interp, undersample, approx, order_x, order_y, weighting = item
    bbox = background.getImageBBox()
    metadata = PropertyList()
    metadata.set("INTERPSTYLE", int(interp))
    metadata.set("UNDERSAMPLESTYLE", int(undersample))
    metadata.set("APPROXSTYLE", int(approx))
    metadata.set("APPROXORDERX", int(order_x))
    metadata.set("APPROXORDERY", int(order_y))
    metadata.set("APPROXWEIGHTING", bool(weighting))
    metadata.set("BKGD_X0", bbox.getMinX())
    metadata.set("BKGD_Y0", bbox.getMinY())
    metadata.set("BKGD_WIDTH", bbox.getWidth())
    metadata.set("BKGD_HEIGHT", bbox.getHeight())
    return metadata


def _read_layer(planes: list[FitsPlane]) -> tuple[Any, ...]:
    """Return the item that three HDUs hold."""
    header = planes[0].header
    for key in _REQUIRED:
        if key not in header:
            raise NotFoundError(f"{key} is missing in the header of a background layer.")
    image, variance = (image_of_plane(planes[i], WHOLE, PARENT, False, ImageF.dtype) for i in (0, 2))
    mask = MaskX._of_plane(planes[1], WHOLE, PARENT, False, False)
    stats = MaskedImageF(image, mask, variance)
    corner = Point2I(header["BKGD_X0"], header["BKGD_Y0"])
    size = Extent2I(header["BKGD_WIDTH"], header["BKGD_HEIGHT"])
    check_range("the smaller side of the image of a background", min(size), 1, BACKGROUND_PIXELS)
    check_range("the number of pixels of a background", size.getX() * size.getY(), 1, BACKGROUND_PIXELS)
    bbox = Box2I(corner, size)
    interp = InterpolateStyle(header["INTERPSTYLE"])
    undersample = UndersampleStyle(header["UNDERSAMPLESTYLE"])
    actrl = ApproximateControl(
        ApproximateControl.Style(header.get("APPROXSTYLE", -1)),
        header.get("APPROXORDERX", 1),
        header.get("APPROXORDERY", -1),
        header.get("APPROXWEIGHTING", True),
    )
    control = BackgroundControl(stats.getWidth(), stats.getHeight(), actrl=actrl)
    if interp != InterpolateStyle.UNKNOWN:
        control.setInterpStyle(interp)
    control.setUndersampleStyle(undersample)
    background = BackgroundMI._with_control(bbox, stats, control)
    orders = actrl.getOrderX(), actrl.getOrderY()
    return (background, interp, undersample, actrl.getStyle(), *orders, actrl.getWeighting())
