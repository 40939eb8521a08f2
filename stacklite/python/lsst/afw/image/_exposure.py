"""Exposures: masked images with their components."""

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
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

import numpy as np

from lsst.afw.fits import MemFileManager
from lsst.afw.fits._memory import FILE_KINDS, file_of
from lsst.geom import Box2I, Extent2D, Extent2I, Point2I
from lsst.utils import TemplateMeta
from lsst_stacklite._exposure_components import WCS
from lsst_stacklite._overloads import Check, bind
from lsst_stacklite.archives import is_kind

from ._exposure_info import ExposureInfo
from ._exposure_writer import write_exposure
from ._image_base import _NO_SIZE, ImageBase
from ._indexing import PARENT, WHOLE, ImageOrigin, resolve_index
from ._masked_image import (
    MaskedImageD,
    MaskedImageF,
    MaskedImageI,
    MaskedImageU,
    _MaskedImageBase,
)
from ._on_sky import OnSky
from ._plane_readers import open_reader

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Detector
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.daf.base import PropertySet

    from ._ap_corr_map import ApCorrMap
    from ._filter_label import FilterLabel
    from ._photo_calib import PhotoCalib


class _ExposureBase(OnSky):
    """A masked image and an `ExposureInfo`.

    Parameters
    ----------
    width, height : `int`
        Size; or ``dimensions`` in one, or ``bbox`` with the origin as well.
    wcs : `~lsst.afw.geom.SkyWcs`, optional
        Coordinates on the sky.
    maskedImage : masked image
        Planes, which are shared.
    exposureInfo : `ExposureInfo`
        All components other than the pixels.
    other : exposure
        Another one; those of floats can be made from another type, if ``deep``
        is given (the image is always copied).
    fileName : `str` or `os.PathLike`
        File to read.
    bbox : `~lsst.geom.Box2I`, optional
        Part of another exposure, or of that in a file, to take.
    origin : `ImageOrigin`, optional
        Coordinates of the box of a part.
    deep : `bool`, optional
        Whether to copy the pixels and the metadata.
    conformMasks : `bool`, optional
        Make the mask planes of a file the default ones.
    allowUnsafe : `bool`, optional
        Whether the conversion of pixels of a file may lose information.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        Raised if a box reaches beyond the image.
    """

    dtype: ClassVar[Any]
    _masked_class: ClassVar[type[Any]]

    @overload
    def __init__(self, width: int, height: int, wcs: SkyWcs | None = None) -> None: ...

    @overload
    def __init__(self, dimensions: Extent2I = _NO_SIZE, wcs: SkyWcs | None = None) -> None: ...

    @overload
    def __init__(self, bbox: Box2I, wcs: SkyWcs | None = None) -> None: ...

    @overload
    def __init__(self, maskedImage: _MaskedImageBase, wcs: SkyWcs | None = None) -> None: ...

    @overload
    def __init__(self, maskedImage: _MaskedImageBase, exposureInfo: ExposureInfo) -> None: ...

    @overload
    def __init__(
        self,
        fileName: str | os.PathLike[str],
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
    ) -> None: ...

    @overload
    def __init__(
        self,
        manager: MemFileManager,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
    ) -> None: ...

    @overload
    def __init__(self, other: _ExposureBase, deep: bool = False) -> None: ...

    @overload
    def __init__(
        self, other: _ExposureBase, bbox: Box2I, origin: ImageOrigin = PARENT, deep: bool = False
    ) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any):
        given = bind(_ExposureBase.__init__, _CHECKS, (self, *args), kwargs)
        other = given.pop("other", None)
        if other is not None:
            self._init_from(other, **given)
        elif "fileName" in given or "manager" in given:
            self._init_file(file_of(given), **given)
        elif "maskedImage" in given:
            self._init_masked_image(**given)
        else:
            wcs = given.pop("wcs", None)
            masked = self._masked_class(**given) if given else self._masked_class(_NO_SIZE)
            self._init_masked_image(masked, wcs)

    def _init_masked_image(
        self,
        maskedImage: _MaskedImageBase,
        wcs: SkyWcs | None = None,
        exposureInfo: ExposureInfo | None = None,
    ) -> None:
        self.setMaskedImage(maskedImage)
        self._info = ExposureInfo(wcs=wcs) if exposureInfo is None else exposureInfo

    def _init_from(self, other: _ExposureBase, **given: Any) -> None:
        self._require_same_type(other, given)
        self._masked = self._masked_class(other.maskedImage, **given)
        self._info = ExposureInfo(other.info, given.get("deep", False))

    def _init_file(
        self,
        fileName: str | os.PathLike[str],
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
    ) -> None:
        # The reader makes exposures.
        from ._exposure_reader import ExposureFitsReader

        with open_reader(ExposureFitsReader, fileName) as reader:
            read = reader.read(bbox, origin, conformMasks, allowUnsafe, self.dtype)
        self._masked, self._info = read.maskedImage, read.info

    def _pixels(self) -> ImageBase:
        return self._masked._pixels()

    # -- Parts

    maskedImage = property(
        lambda self: self._masked,
        lambda self, value: self.setMaskedImage(value),
        doc="The planes (shared).",
    )
    info = property(lambda self: self._info, doc="All components other than the pixels.")

    def getInfo(self) -> ExposureInfo:
        """Return all components other than the pixels."""
        return self._info

    def setInfo(self, exposureInfo: ExposureInfo) -> None:
        """Replace all components other than the pixels."""
        self._info = exposureInfo

    def getImage(self) -> Any:
        """Return the image plane (shared)."""
        return self._masked.getImage()

    def setImage(self, image: Any) -> None:
        """Copy pixels into the image plane."""
        self._masked.setImage(image)

    def getMask(self) -> Any:
        """Return the mask plane (shared)."""
        return self._masked.getMask()

    def setMask(self, mask: Any) -> None:
        """Copy pixels into the mask plane."""
        self._masked.setMask(mask)

    def getVariance(self) -> Any:
        """Return the variance plane (shared)."""
        return self._masked.getVariance()

    def setVariance(self, variance: Any) -> None:
        """Copy pixels into the variance plane."""
        self._masked.setVariance(variance)

    def getMaskedImage(self) -> Any:
        """Return the planes (shared)."""
        return self._masked

    def setMaskedImage(self, maskedImage: _MaskedImageBase) -> None:
        """Replace the planes; the pixels become shared with the argument."""
        if not isinstance(maskedImage, self._masked_class):
            raise TypeError(f"{type(self).__name__} cannot hold {type(maskedImage).__name__}.")
        self._masked = maskedImage

    image = property(getImage, setImage, doc="Image plane.")
    mask = property(getMask, setMask, doc="Mask plane.")
    variance = property(getVariance, setVariance, doc="Variance plane.")

    def hasWcs(self) -> bool:
        """Return whether there is a WCS."""
        return self._info.hasWcs()

    def getWcs(self) -> SkyWcs | None:
        """Return the WCS, or `None`."""
        return self._info.getWcs()

    def setWcs(self, wcs: SkyWcs | None) -> None:
        """Set the WCS."""
        self._info.setWcs(wcs)

    def hasPsf(self) -> bool:
        """Return whether there is a PSF."""
        return self._info.hasPsf()

    def getPsf(self) -> Psf | None:
        """Return the PSF, or `None`."""
        return self._info.getPsf()

    def setPsf(self, psf: Psf | None) -> None:
        """Set the PSF."""
        self._info.setPsf(psf)

    def getDetector(self) -> Detector | None:
        """Return the detector, or `None`."""
        return self._info.getDetector()

    def setDetector(self, detector: Detector | None) -> None:
        """Set the detector."""
        self._info.setDetector(detector)

    def getFilter(self) -> FilterLabel | None:
        """Return the filter label, or `None`."""
        return self._info.getFilter()

    def setFilter(self, filterLabel: FilterLabel | None) -> None:
        """Set the filter label."""
        self._info.setFilter(filterLabel)

    def getPhotoCalib(self) -> PhotoCalib | None:
        """Return the photometric calibration, or `None`."""
        return self._info.getPhotoCalib()

    def setPhotoCalib(self, photoCalib: PhotoCalib | None) -> None:
        """Set the photometric calibration."""
        self._info.setPhotoCalib(photoCalib)

    def getMetadata(self) -> PropertySet:
        """Return the metadata; those of a new exposure are empty."""
        return self._info.getMetadata()

    def setMetadata(self, metadata: PropertySet) -> None:
        """Set the metadata."""
        self._info.setMetadata(metadata)

    def setApCorrMap(self, apCorrMap: ApCorrMap | None) -> None:
        """Set the aperture correction map."""
        self._info.setApCorrMap(apCorrMap)

    wcs = property(getWcs, setWcs, doc="The WCS, or None.")
    psf = property(getPsf, setPsf, doc="The PSF, or None.")
    detector = property(getDetector, setDetector, doc="The detector, or None.")
    filter = property(getFilter, setFilter, doc="The filter label, or None.")
    photoCalib = property(getPhotoCalib, setPhotoCalib, doc="The photometric calibration, or None.")
    metadata = property(getMetadata, setMetadata, doc="The metadata, empty in a new exposure.")
    apCorrMap = property(
        lambda self: self._info.getApCorrMap(), setApCorrMap, doc="The aperture correction map, or None."
    )
    visitInfo = property(
        lambda self: self._info.getVisitInfo(),
        lambda self, value: self._info.setVisitInfo(value),
        doc="The visit info, or None.",
    )

    # -- Pixels

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

    def setXY0(self, xy0: Point2I) -> None:
        """Move the exposure to another origin; the WCS moves with it."""
        wcs = self._info.getWcs()
        if wcs is not None:
            shift = Extent2D(xy0.getX() - self.getX0(), xy0.getY() - self.getY0())
            self._info.setWcs(wcs.copyAtShiftedPixelOrigin(shift))
        self._masked.setXY0(xy0)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(bbox={self.getBBox()})"

    # -- Files

    @overload
    @classmethod
    def readFits(cls, fileName: str | os.PathLike[str], /) -> Self: ...
    @overload
    @classmethod
    def readFits(cls, manager: MemFileManager, /) -> Self: ...
    @classmethod
    def readFits(cls, *args: Any) -> Self:
        """Read an exposure from a file (see the constructor for boxes)."""
        return cls(file_of(bind(_ExposureBase.readFits, FILE_KINDS, (cls, *args), {})))

    @overload
    def writeFits(self, filename: str | os.PathLike[str]) -> None: ...
    @overload
    def writeFits(self, manager: MemFileManager) -> None: ...
    def writeFits(self, *args: Any, **kwargs: Any) -> None:
        """Write the exposure, without compression, replacing the file."""
        write_exposure(self, file_of(bind(_ExposureBase.writeFits, FILE_KINDS, (self, *args), kwargs)), {})

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
            Raised if the compression is not supported, or the file cannot be
            written.
        """
        write_exposure(self, dest, options)


_CHECKS: dict[str, Check] = {
    **_ExposureBase._checks,
    "ExposureInfo": ExposureInfo,
    "None": type(None),
    "SkyWcs": lambda value: is_kind(value, WCS.kind),
    "_ExposureBase": _ExposureBase,
    "_MaskedImageBase": _MaskedImageBase,
}


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


_TYPES: dict[str, type[_ExposureBase]] = {
    "U": ExposureU,
    "I": ExposureI,
    "F": ExposureF,
    "D": ExposureD,
}

for _key, _class in _TYPES.items():
    Exposure.register(_class.dtype, _class)
    Exposure.alias(_key, _class)


def makeExposure(maskedImage: _MaskedImageBase, wcs: SkyWcs | None = None) -> _ExposureBase:
    """Return the exposure of the type of a masked image, sharing its pixels."""
    return Exposure[maskedImage.dtype](maskedImage, wcs)
