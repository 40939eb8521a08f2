"""Reading of exposures, whole or by component."""

from __future__ import annotations

__all__ = ["ExposureFitsReader"]

import logging
from collections.abc import Callable
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar

from lsst.afw.fits import FitsError
from lsst.afw.fits._errors import reading
from lsst.daf.base import PropertyList
from lsst.geom import Box2I
from lsst.pex.exceptions import NotFoundError
from lsst_stacklite._exposure_components import (
    AP_CORR_MAP,
    COADD_INPUTS,
    DETECTOR,
    FILTER,
    PHOTO_CALIB,
    PSF,
    TRANSMISSION_CURVE,
    VALID_POLYGON,
    WCS,
    kind_of_key,
)
from lsst_stacklite.archives import ArchiveReader, OpaquePersistable

from ._exposure import Exposure
from ._exposure_info import ExposureInfo
from ._exposure_metadata import ExposureHeaders
from ._indexing import PARENT, WHOLE, ImageOrigin
from ._masked_image_reader import read_masked_image
from ._photo_calib_makers import makePhotoCalibFromMetadata
from ._planes_reader import PlanesFitsReader
from ._visit_info import VisitInfo

if TYPE_CHECKING:
    import numpy.typing as npt

    from lsst.afw.cameraGeom import Detector
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.afw.geom.polygon import Polygon

    from ._ap_corr_map import ApCorrMap
    from ._coadd_inputs import CoaddInputs
    from ._exposure import _ExposureBase
    from ._filter_label import FilterLabel
    from ._masked_image import _MaskedImageBase
    from ._photo_calib import PhotoCalib
    from ._transmission_curve import TransmissionCurve

_log = logging.getLogger("lsst.afw.image.ExposureFitsReader")


_Result = TypeVar("_Result")


def _with_name(method: Callable[[ExposureFitsReader], _Result]) -> Callable[[ExposureFitsReader], _Result]:
    """Add the name of the file to errors of a method that depends only on the file."""

    @wraps(method)
    def call(self: ExposureFitsReader) -> _Result:
        with reading(self.fileName):
            return method(self)

    return call


class ExposureFitsReader(PlanesFitsReader):
    """Reader of an exposure file.

    Planes are read one by one, and only the pixels asked for; headers and
    the archive are read when a component needs them. Reading a component of
    a class that stacklite does not know raises `NotFoundError`; reading the
    whole exposure keeps it as an opaque object, with a warning.

    Parameters
    ----------
    fileName : `str` or `os.PathLike`
        Path.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the file cannot be opened.
    """

    _needs_image_type = True

    @cached_property
    @_with_name
    def _headers(self) -> ExposureHeaders:
        return ExposureHeaders(self)

    @cached_property
    def _archive(self) -> ArchiveReader | None:
        hdu = self._headers.archive_hdu
        if hdu is None:
            return None
        index = self._file.raw(hdu)
        if index is None or index.text("EXTTYPE") != "ARCHIVE_INDEX":
            raise FitsError(
                f"{self.fileName}: lacks the HDUs of its archive, from {hdu} (AR_HDU): it is a part of "
                "another file, or truncated; its planes can be read as MaskedImageF."
            )
        return ArchiveReader.from_fits(self._file, hdu)

    # -- Components

    def _archived(self, key: str) -> Any:
        """Return a component as it is in the archive, perhaps opaque."""
        with reading(self.fileName):
            archive_id = self._headers.component_ids.get(key, 0)
            if not archive_id or self._archive is None:
                return None
            return self._archive.get(archive_id, kind_of_key(key))

    def readComponent(self, componentName: str, /) -> Any:
        """Return a component by its key, for instance ``SUMMARY_STATS``.

        Returns
        -------
        component : `object` or `None`
            `None` if the exposure has no such component.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if its class is not known; the message names it.
        """
        component = self._archived(componentName)
        if isinstance(component, OpaquePersistable):
            raise NotFoundError(f"component {componentName} of {self.fileName}: {component.explanation}.")
        return component

    def _archived_components(self) -> dict[str, Any]:
        """Return all components that the archive holds, unknown ones opaque."""
        return {key: self._archived(key) for key in self._headers.component_ids}

    def readSerializationVersion(self) -> int:
        """Return the version of the exposure format."""
        return self._headers.version

    @_with_name
    def readExposureId(self) -> int | None:
        """Return the exposure id, or `None`."""
        return self._headers.exposure_id()

    def getFileName(self) -> str:
        """Return the path of the file."""
        return self.fileName

    @_with_name
    def readMetadata(self) -> PropertyList:
        """Return the cards of both headers that mean nothing to the stack."""
        return self._headers.metadata

    @_with_name
    def readVisitInfo(self) -> VisitInfo:
        """Return the visit info (unknown values if the header has none)."""
        return self._headers.visit_info

    @_with_name
    def readWcs(self) -> SkyWcs | None:
        """Return the WCS, from the header if the archive has none."""
        if WCS.key in self._headers.component_ids:
            return self.readComponent(WCS.key)
        return self._headers.wcs

    @_with_name
    def readFilter(self) -> FilterLabel | None:
        """Return the filter label, or `None`."""
        if self._headers.version < 2:
            return self._headers.filter_label()
        return self.readComponent(FILTER.key)

    @_with_name
    def readPhotoCalib(self) -> PhotoCalib | None:
        """Return the photometric calibration, or `None`."""
        if self._headers.version == 0:
            return makePhotoCalibFromMetadata(self._headers.combined)
        return self.readComponent(PHOTO_CALIB.key)

    def readPsf(self) -> Psf | None:
        """Return the PSF, or `None`."""
        return self.readComponent(PSF.key)

    def readValidPolygon(self) -> Polygon | None:
        """Return the polygon of valid pixels, or `None`."""
        return self.readComponent(VALID_POLYGON.key)

    def readApCorrMap(self) -> ApCorrMap | None:
        """Return the aperture correction map, or `None`."""
        return self.readComponent(AP_CORR_MAP.key)

    def readCoaddInputs(self) -> CoaddInputs | None:
        """Return the coadd inputs, or `None`."""
        return self.readComponent(COADD_INPUTS.key)

    def readTransmissionCurve(self) -> TransmissionCurve | None:
        """Return the transmission curve, or `None`."""
        return self.readComponent(TRANSMISSION_CURVE.key)

    def readDetector(self) -> Detector | None:
        """Return the detector, or `None`."""
        return self.readComponent(DETECTOR.key)

    @_with_name
    def readExposureInfo(self) -> ExposureInfo:
        """Return all components other than the pixels; unknown classes stay opaque."""
        components = self._archived_components()
        for key, component in components.items():
            if isinstance(component, OpaquePersistable):
                _log.warning("component %s of %s: %s.", key, self.fileName, component.explanation)
        if self._headers.version < 2:
            components[FILTER.key] = self._headers.filter_label()
        if self._headers.version == 0:
            components[PHOTO_CALIB.key] = self.readPhotoCalib()
        if WCS.key not in components:
            components[WCS.key] = self._headers.wcs
        info = ExposureInfo(metadata=self.readMetadata(), visitInfo=self.readVisitInfo())
        info.id = self.readExposureId()
        for key, component in components.items():
            info.setComponent(key, component)
        return info

    # -- Pixels

    def readMaskedImage(
        self,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
        dtype: npt.DTypeLike | None = None,
    ) -> _MaskedImageBase:
        """Return (a box of) the three planes."""
        return read_masked_image(self, bbox, origin, conformMasks, False, allowUnsafe, dtype)

    def read(
        self,
        bbox: Box2I = WHOLE,
        origin: ImageOrigin = PARENT,
        conformMasks: bool = False,
        allowUnsafe: bool = False,
        dtype: npt.DTypeLike | None = None,
    ) -> _ExposureBase:
        """Return (a box of) the exposure with all components.

        Parameters
        ----------
        bbox : `~lsst.geom.Box2I`, optional
            The box; everything by default.
        origin : `ImageOrigin`, optional
            Coordinates of the box.
        conformMasks : `bool`, optional
            Make the mask planes of the file the default ones.
        allowUnsafe : `bool`, optional
            Whether conversions of pixels may lose information.
        dtype : `numpy.dtype`, optional
            Pixel type of the image; that of the file by default.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the box is not inside the image.
        """
        info = self.readExposureInfo()
        masked = self.readMaskedImage(bbox, origin, conformMasks, allowUnsafe, dtype)
        return Exposure[masked.dtype](masked, info)
