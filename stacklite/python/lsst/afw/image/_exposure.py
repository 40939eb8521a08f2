"""Exposures: a masked image with everything that is known about it."""

from __future__ import annotations

__all__ = [
    "Exposure",
    "ExposureD",
    "ExposureF",
    "ExposureI",
    "ExposureU",
    "makeExposure",
]

import os
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np

from lsst.geom import Box2D, Box2I, Extent2D, Extent2I, Point2D, Point2I, SpherePoint
from lsst.sphgeom import ConvexPolygon
from lsst.utils import TemplateMeta

from ._cutout import blank_cutout
from ._exposure_info import ExposureInfo, delegate
from ._image_base import ImageBase
from ._indexing import PARENT, ImageOrigin, resolve_index
from ._masked_image import (
    MaskedImageD,
    MaskedImageF,
    MaskedImageI,
    MaskedImageU,
    _MaskedImageBase,
)
from ._pixel_container import PixelContainer


class _ExposureBase(PixelContainer):
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

    def _pixels(self) -> ImageBase:
        return self._masked._pixels()

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

    def __getitem__(self, index: Any) -> Any:
        where, origin = resolve_index(index, self)
        if isinstance(where, Point2I):
            return self._masked[where, origin]
        return self.subset(where, origin)

    def __setitem__(self, index: Any, value: Any) -> None:
        self._masked[index] = value.maskedImage if isinstance(value, _ExposureBase) else value

    def convertF(self) -> ExposureF:
        """Return a copy with a float32 image."""
        return ExposureF(self._masked.convertF(), ExposureInfo(self._info, True))

    def convertD(self) -> ExposureD:
        """Return a copy with a float64 image."""
        return ExposureD(self._masked.convertD(), ExposureInfo(self._info, True))

    def setXY0(self, *xy0: Any) -> None:
        """Move the exposure to another origin; the WCS moves with it."""
        new = Point2I(*xy0)
        wcs = self._info.getWcs()
        if wcs is not None:
            shift = Extent2D(new.getX() - self.getX0(), new.getY() - self.getY0())
            self._info.setWcs(wcs.copyAtShiftedPixelOrigin(shift))
        self._masked.setXY0(new)

    # Sky ------------------------------------------------------------------

    def getCutout(self, center: SpherePoint | Point2D | Point2I, size: Extent2I) -> Self:
        """Return a copy of the pixels around a position, with the same components.

        Parameters
        ----------
        center : `~lsst.geom.SpherePoint` or `~lsst.geom.Point2D` or `~lsst.geom.Point2I`
            Position on the sky or in parent coordinates.
        size : `~lsst.geom.Extent2I`
            Width and height (pixel).

        Returns
        -------
        cutout : `ExposureF` or another type
            Exposure of exactly this size. Pixels outside of this exposure are
            NaN (integers: 0), NO_DATA, with infinite variance.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised for a position on the sky if there is no WCS.
        lsst.pex.exceptions.InvalidParameterError
            Raised if the centre is outside, or the size is not positive.
        """
        cutout = type(self)(blank_cutout(self, center, size), ExposureInfo(self._info, True))
        common = cutout.getBBox().clippedTo(self.getBBox())
        cutout.maskedImage.assign(self._masked.subset(common), common)
        return cutout

    def getConvexPolygon(self, padding: int = 10) -> ConvexPolygon | None:
        """Return the region of the sky that the box covers.

        Parameters
        ----------
        padding : `int`, optional
            By how much the box is grown before (pixel).

        Returns
        -------
        region : `lsst.sphgeom.ConvexPolygon` or `None`
            `None` if there is no WCS.
        """
        wcs = self._info.getWcs()
        if wcs is None:
            return None
        box = Box2D(self.getBBox())
        box.grow(padding)
        return ConvexPolygon([wcs.pixelToSky(corner).getVector() for corner in box.getCorners()])

    def containsSkyCoords(self, ra: Any, dec: Any, padding: int = 10) -> np.ndarray:
        """Return whether positions are within the region of `getConvexPolygon`.

        Parameters
        ----------
        ra, dec : `astropy.units.Quantity`, (N,)
            Positions, ICRS.
        padding : `int`, optional
            By how much the box is grown before (pixel).

        Returns
        -------
        contained : `numpy.ndarray` of `bool`, (N,)
            One for each position.

        Raises
        ------
        ValueError
            Raised if there is no WCS.
        """
        region = self.getConvexPolygon(padding)
        if region is None:
            raise ValueError("the exposure has no WCS; it cannot be compared with positions.")
        ra, dec = (np.atleast_1d(angle.to_value("rad")).astype(np.float64) for angle in (ra, dec))
        return np.asarray(region.contains(ra, dec))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(bbox={self.getBBox()})"

    # Files ----------------------------------------------------------------

    @classmethod
    def readFits(cls, fileName: str | os.PathLike[str], /) -> Self:
        """Read an exposure from a file (see the constructor for boxes)."""
        return cls(fileName)

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


class Exposure(metaclass=TemplateMeta):
    """Any exposure type: ``Exposure["F"]``, ``Exposure(..., dtype=np.float32)``."""


for _key, _class in {
    "U": ExposureU,
    "I": ExposureI,
    "F": ExposureF,
    "D": ExposureD,
}.items():
    Exposure.register(_class.dtype, _class)
    Exposure.alias(_key, _class)


def makeExposure(maskedImage: Any, wcs: Any = None) -> Any:
    """Return the exposure of the type of a masked image, sharing its pixels."""
    return Exposure[maskedImage.dtype](maskedImage, wcs)
