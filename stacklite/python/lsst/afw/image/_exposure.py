"""Exposures: a masked image with everything that is known about it."""

from __future__ import annotations

__all__ = [
    "Exposure",
    "ExposureD",
    "ExposureF",
    "ExposureI",
    "ExposureL",
    "ExposureU",
    "makeExposure",
]

import os
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from lsst.geom import Box2I, Extent2D, Extent2I, Point2I
from lsst.utils import TemplateMeta

from ._exposure_info import ExposureInfo, delegate
from ._indexing import PARENT, ImageOrigin, resolve_index
from ._masked_image import (
    MaskedImageD,
    MaskedImageF,
    MaskedImageI,
    MaskedImageL,
    MaskedImageU,
    _MaskedImageBase,
)


class _ExposureBase:
    """A masked image and an `ExposureInfo`.

    Parameters
    ----------
    *args, **kwargs
        ``()``, ``(width, height, wcs=None)``, ``(dimensions, wcs=None)``,
        ``(bbox, wcs=None)``, ``(maskedImage, wcs=None)`` (shares pixels),
        ``(maskedImage, exposureInfo)``, ``(exposure, deep=False)``,
        ``(exposure, bbox, origin=PARENT, deep=False)``, or
        ``(fileName, bbox=Box2I(), origin=PARENT, conformMasks=False)``.

    Raises
    ------
    LengthError
        Raised if a box reaches beyond the image.
    """

    dtype: ClassVar[Any]
    _masked_class: ClassVar[type[Any]]

    def __init__(self, *args: Any, **kwargs: Any):
        names = ("exposure", "maskedImage", "fileName", "bbox", "dimensions", "width")
        first = args[0] if args else next((kwargs[name] for name in names if name in kwargs), None)
        if isinstance(first, _ExposureBase):
            self._init_exposure(*args, **kwargs)
        elif isinstance(first, _MaskedImageBase):
            self._init_masked_image(*args, **kwargs)
        elif isinstance(first, str | os.PathLike):
            self._init_file(*args, **kwargs)
        elif isinstance(first, Box2I):
            self._init_bbox(*args, **kwargs)
        elif isinstance(first, Extent2I):
            self._init_dimensions(*args, **kwargs)
        else:
            self._init_size(*args, **kwargs)

    def _init_size(self, width: int = 0, height: int = 0, wcs: Any = None) -> None:
        self._init_masked_image(self._masked_class(width, height), wcs)

    def _init_dimensions(self, dimensions: Extent2I, wcs: Any = None) -> None:
        self._init_masked_image(self._masked_class(dimensions), wcs)

    def _init_bbox(self, bbox: Box2I, wcs: Any = None) -> None:
        self._init_masked_image(self._masked_class(bbox), wcs)

    def _init_masked_image(self, maskedImage: Any, wcs: Any = None, exposureInfo: Any = None) -> None:
        if isinstance(wcs, ExposureInfo):
            wcs, exposureInfo = None, wcs
        if not isinstance(maskedImage, self._masked_class):
            raise TypeError(f"{type(self).__name__} cannot hold {type(maskedImage).__name__}.")
        self._masked = maskedImage
        self._info = ExposureInfo(wcs=wcs) if exposureInfo is None else exposureInfo

    def _init_exposure(
        self,
        exposure: _ExposureBase,
        bbox: Box2I | bool | None = None,
        origin: ImageOrigin = PARENT,
        deep: bool = False,
    ) -> None:
        if isinstance(bbox, bool):
            deep, bbox = bbox, None
        self._masked = self._masked_class(exposure.maskedImage, bbox, origin, deep)
        self._info = ExposureInfo(exposure.info, deep)

    def _init_file(
        self,
        fileName: str | os.PathLike[str],
        bbox: Box2I | None = None,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
    ) -> None:
        from ._exposure_reader import ExposureFitsReader

        with ExposureFitsReader(fileName) as reader:
            read = reader.read(bbox, origin, conformMasks, allowUnsafe, self.dtype)
        self._masked, self._info = read.maskedImage, read.info

    # Parts ----------------------------------------------------------------

    maskedImage = property(
        lambda self: self._masked,
        lambda self, value: self.setMaskedImage(value),
        doc="The planes (shared).",
    )
    info = property(lambda self: self._info, doc="Everything beside the pixels.")
    image = property(
        lambda self: self._masked.image, lambda self, value: self._masked.setImage(value), doc="Image plane."
    )
    mask = property(
        lambda self: self._masked.mask, lambda self, value: self._masked.setMask(value), doc="Mask plane."
    )
    variance = property(
        lambda self: self._masked.variance,
        lambda self, value: self._masked.setVariance(value),
        doc="Variance plane.",
    )

    def getInfo(self) -> ExposureInfo:
        """Return everything beside the pixels."""
        return self._info

    def setInfo(self, info: ExposureInfo) -> None:
        """Replace everything beside the pixels."""
        self._info = info

    def getMaskedImage(self) -> Any:
        """Return the planes (shared)."""
        return self._masked

    def setMaskedImage(self, maskedImage: Any) -> None:
        """Replace the planes; the pixels become shared with the argument."""
        if not isinstance(maskedImage, self._masked_class):
            raise TypeError(f"{type(self).__name__} cannot hold {type(maskedImage).__name__}.")
        self._masked = maskedImage

    hasWcs, getWcs, setWcs = delegate("hasWcs"), delegate("getWcs"), delegate("setWcs")
    hasPsf, getPsf, setPsf = delegate("hasPsf"), delegate("getPsf"), delegate("setPsf")
    hasDetector, getDetector = delegate("hasDetector"), delegate("getDetector")
    setDetector = delegate("setDetector")
    hasFilter, getFilter, setFilter = delegate("hasFilter"), delegate("getFilter"), delegate("setFilter")
    hasPhotoCalib, getPhotoCalib = delegate("hasPhotoCalib"), delegate("getPhotoCalib")
    setPhotoCalib = delegate("setPhotoCalib")
    getMetadata, setMetadata = delegate("getMetadata"), delegate("setMetadata")
    hasApCorrMap, getApCorrMap = delegate("hasApCorrMap"), delegate("getApCorrMap")
    setApCorrMap = delegate("setApCorrMap")
    hasValidPolygon, getValidPolygon = delegate("hasValidPolygon"), delegate("getValidPolygon")
    setValidPolygon = delegate("setValidPolygon")

    wcs = property(getWcs, setWcs, doc="The WCS, or None.")
    psf = property(getPsf, setPsf, doc="The PSF, or None.")
    detector = property(getDetector, setDetector, doc="The detector, or None.")
    filter = property(getFilter, setFilter, doc="The filter label, or None.")
    photoCalib = property(getPhotoCalib, setPhotoCalib, doc="The photometric calibration, or None.")
    metadata = property(getMetadata, setMetadata, doc="The metadata, never None.")
    apCorrMap = property(getApCorrMap, setApCorrMap, doc="The aperture correction map, or None.")
    validPolygon = property(getValidPolygon, setValidPolygon, doc="The polygon of valid pixels, or None.")
    visitInfo = property(
        lambda self: self._info.getVisitInfo(),
        lambda self, value: self._info.setVisitInfo(value),
        doc="The visit info, or None.",
    )

    # Pixels ---------------------------------------------------------------

    Factory = property(lambda self: type(self), doc="The class of this exposure.")

    def __getitem__(self, index: Any) -> Any:
        where, origin = resolve_index(index, self)
        if isinstance(where, Point2I):
            return self._masked[where, origin]
        return self.subset(where, origin)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._masked[index] = value.maskedImage if isinstance(value, _ExposureBase) else value

    def subset(self, bbox: Box2I, origin: ImageOrigin = PARENT) -> Self:
        """Return a part that shares pixels and components.

        Raises
        ------
        LengthError
            Raised if the box is not inside.
        """
        return type(self)(self, bbox, origin)

    def clone(self, deep: bool = True) -> Self:
        """Return a copy (components are shared, the metadata are copied)."""
        return type(self)(self, deep)

    def __copy__(self) -> Self:
        return self.clone(deep=False)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.clone()

    def convertF(self) -> ExposureF:
        """Return a copy with a float32 image."""
        return ExposureF(self._masked.convertF(), ExposureInfo(self._info, True))

    def convertD(self) -> ExposureD:
        """Return a copy with a float64 image."""
        return ExposureD(self._masked.convertD(), ExposureInfo(self._info, True))

    def getBBox(self, origin: ImageOrigin = PARENT) -> Box2I:
        """Return the box of all pixels."""
        return self._masked.getBBox(origin)

    def getDimensions(self) -> Extent2I:
        """Return width and height."""
        return self._masked.getDimensions()

    def getWidth(self) -> int:
        """Return the number of columns."""
        return self._masked.getWidth()

    def getHeight(self) -> int:
        """Return the number of rows."""
        return self._masked.getHeight()

    def getX0(self) -> int:
        """Return the x of the first pixel in parent coordinates."""
        return self._masked.getX0()

    def getY0(self) -> int:
        """Return the y of the first pixel in parent coordinates."""
        return self._masked.getY0()

    def getXY0(self) -> Point2I:
        """Return the first pixel in parent coordinates."""
        return self._masked.getXY0()

    def setXY0(self, *xy0: Any) -> None:
        """Move the exposure to another origin; the WCS moves with it."""
        new = Point2I(*xy0)
        wcs = self._info.getWcs()
        if wcs is not None:
            shift = Extent2D(new.getX() - self.getX0(), new.getY() - self.getY0())
            self._info.setWcs(wcs.copyAtShiftedPixelOrigin(shift))
        self._masked.setXY0(new)

    width = property(getWidth)
    height = property(getHeight)
    x0 = property(getX0)
    y0 = property(getY0)
    xy0 = property(getXY0)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(bbox={self.getBBox()})"

    # Files ----------------------------------------------------------------

    @classmethod
    def readFits(cls, fileName: str | os.PathLike[str]) -> Self:
        """Read an exposure from a file (see the constructor for boxes)."""
        return cls(fileName)

    @classmethod
    def readFitsWithOptions(cls, source: str | os.PathLike[str], options: Any) -> Self:
        """Read a part, with options ``llcX, llcY, width, height, imageOrigin``."""
        from ._plane_readers import box_from_options

        bbox, origin = box_from_options(options)
        return cls(source, bbox=bbox, origin=origin)

    def writeFits(self, fileName: str | os.PathLike[str]) -> None:
        """Write the exposure, without compression, replacing the file."""
        self.writeFitsWithOptions(fileName, {})

    def writeFitsWithOptions(self, dest: str | os.PathLike[str], options: Mapping[str, Any]) -> None:
        """Write the exposure, replacing the file.

        Parameters
        ----------
        dest : `str`
            Path.
        options : `~collections.abc.Mapping`
            ``image``, ``mask``, ``variance`` -> compression options as in
            the write recipes of a butler.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised for compression that cannot be written, or if the file
            cannot be written.
        """
        from ._exposure_writer import write_exposure

        write_exposure(self, dest, options)


class ExposureU(_ExposureBase):
    """An exposure of unsigned 16-bit integers."""

    dtype = np.uint16
    _masked_class = MaskedImageU


class ExposureI(_ExposureBase):
    """An exposure of 32-bit integers."""

    dtype = np.int32
    _masked_class = MaskedImageI


class ExposureF(_ExposureBase):
    """An exposure of float32."""

    dtype = np.float32
    _masked_class = MaskedImageF


class ExposureD(_ExposureBase):
    """An exposure of float64."""

    dtype = np.float64
    _masked_class = MaskedImageD


class ExposureL(_ExposureBase):
    """An exposure of unsigned 64-bit integers."""

    dtype = np.uint64
    _masked_class = MaskedImageL


class Exposure(metaclass=TemplateMeta):
    """Any exposure type: ``Exposure["F"]``, ``Exposure(..., dtype=np.float32)``."""


for _key, _class in {
    "U": ExposureU,
    "I": ExposureI,
    "F": ExposureF,
    "D": ExposureD,
    "L": ExposureL,
}.items():
    Exposure.register(_class.dtype, _class)
    Exposure.alias(_key, _class)


def makeExposure(maskedImage: Any, wcs: Any = None) -> Any:
    """Return the exposure of the type of a masked image, sharing its pixels."""
    return Exposure[maskedImage.dtype](maskedImage, wcs)
