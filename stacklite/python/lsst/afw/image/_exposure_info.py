"""Components of an exposure, other than its pixels."""

from __future__ import annotations

__all__ = ["ExposureInfo"]

import operator
from typing import TYPE_CHECKING, Any, ClassVar, overload

from lsst.afw.geom import SkyWcs
from lsst.daf.base import PropertyList, PropertySet
from lsst_stacklite._exposure_components import (
    AP_CORR_MAP,
    COADD_INPUTS,
    DETECTOR,
    FILTER,
    PHOTO_CALIB,
    PSF,
    SUMMARY_STATS,
    TRANSMISSION_CURVE,
    VALID_POLYGON,
    VISIT_INFO,
    WCS,
    kind_of_key,
)
from lsst_stacklite.archives import check_kind

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Detector
    from lsst.afw.detection import Psf
    from lsst.afw.geom.polygon import Polygon

    from ._ap_corr_map import ApCorrMap
    from ._coadd_inputs import CoaddInputs
    from ._exposure_summary_stats import ExposureSummaryStats
    from ._filter_label import FilterLabel
    from ._photo_calib import PhotoCalib
    from ._transmission_curve import TransmissionCurve
    from ._visit_info import VisitInfo


class ExposureInfo:
    """The components of an exposure, by name; each may be absent.

    ``getX()`` returns `None` for an absent component, ``setX(None)`` removes
    it. A component of a class that stacklite does not know is kept as an
    opaque object, to be written back unchanged.

    Parameters
    ----------
    other : `ExposureInfo`
        Object to copy; the copy shares the components.
    copyMetadata : `bool`, optional
        Whether the metadata are copied as well.
    wcs, psf, photoCalib, detector, polygon, metadata, coaddInputs, apCorrMap
        Components.
    visitInfo, transmissionCurve
        Components.
    """

    KEY_WCS: ClassVar[str] = WCS.key
    KEY_PSF: ClassVar[str] = PSF.key
    KEY_PHOTO_CALIB: ClassVar[str] = PHOTO_CALIB.key
    KEY_DETECTOR: ClassVar[str] = DETECTOR.key
    KEY_VALID_POLYGON: ClassVar[str] = VALID_POLYGON.key
    KEY_COADD_INPUTS: ClassVar[str] = COADD_INPUTS.key
    KEY_AP_CORR_MAP: ClassVar[str] = AP_CORR_MAP.key
    KEY_TRANSMISSION_CURVE: ClassVar[str] = TRANSMISSION_CURVE.key
    KEY_FILTER: ClassVar[str] = FILTER.key
    KEY_SUMMARY_STATS: ClassVar[str] = SUMMARY_STATS.key

    _components: dict[str, Any]
    _visit_info: VisitInfo | None
    _id: int | None
    # Without None, as it is only after somebody has set it.
    _metadata: PropertySet

    @overload
    def __init__(
        self,
        wcs: SkyWcs | None = None,
        psf: Psf | None = None,
        photoCalib: PhotoCalib | None = None,
        detector: Detector | None = None,
        polygon: Polygon | None = None,
        metadata: PropertySet | None = None,
        coaddInputs: CoaddInputs | None = None,
        apCorrMap: ApCorrMap | None = None,
        visitInfo: VisitInfo | None = None,
        transmissionCurve: TransmissionCurve | None = None,
    ) -> None: ...

    @overload
    def __init__(self, other: ExposureInfo) -> None: ...

    @overload
    def __init__(self, other: ExposureInfo, copyMetadata: bool) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if "other" in kwargs or (args and isinstance(args[0], ExposureInfo)):
            self._init_copy(*args, **kwargs)
        else:
            self._init_components(*args, **kwargs)

    def _init_copy(self, other: ExposureInfo, copyMetadata: bool = False) -> None:
        self._components = dict(other._components)
        self._visit_info = other._visit_info
        self._id = other._id
        copy_it = copyMetadata and other._metadata is not None
        self._metadata = other._metadata.deepCopy() if copy_it else other._metadata

    def _init_components(
        self,
        wcs: SkyWcs | None = None,
        psf: Psf | None = None,
        photoCalib: PhotoCalib | None = None,
        detector: Detector | None = None,
        polygon: Polygon | None = None,
        metadata: PropertySet | None = None,
        coaddInputs: CoaddInputs | None = None,
        apCorrMap: ApCorrMap | None = None,
        visitInfo: VisitInfo | None = None,
        transmissionCurve: TransmissionCurve | None = None,
    ) -> None:
        self._components = {}
        self.setVisitInfo(visitInfo)
        self._id = None
        self._metadata = PropertyList() if metadata is None else metadata
        given = {
            self.KEY_WCS: wcs,
            self.KEY_PSF: psf,
            self.KEY_PHOTO_CALIB: photoCalib,
            self.KEY_DETECTOR: detector,
            self.KEY_VALID_POLYGON: polygon,
            self.KEY_COADD_INPUTS: coaddInputs,
            self.KEY_AP_CORR_MAP: apCorrMap,
            self.KEY_TRANSMISSION_CURVE: transmissionCurve,
        }
        for key, component in given.items():
            self.setComponent(key, component)

    def __getstate__(self) -> dict[str, Any]:
        # A copy of a WCS leaves its approximation out, that of an exposure does not.
        wcs = self._components.get(self.KEY_WCS)
        approximation = wcs.getFitsApproximation() if isinstance(wcs, SkyWcs) else None
        return {**vars(self), "approximation": approximation}

    def __setstate__(self, state: dict[str, Any]) -> None:
        approximation = state.pop("approximation")
        self.__dict__.update(state)
        if approximation is not None:
            self.setWcs(self._components[self.KEY_WCS].copyWithFitsApproximation(approximation))

    def __repr__(self) -> str:
        present = sorted(key for key, component in self._components.items() if component is not None)
        return f"ExposureInfo({', '.join(present)})"

    # -- Generic

    def hasComponent(self, key: str) -> bool:
        """Return whether there is a component of this name."""
        return key in self._components

    def getComponent(self, key: str) -> Any:
        """Return a component, or `None`."""
        return self._components.get(key)

    def setComponent(self, key: str, object: Any) -> None:
        """Attach a component (`None`: remove).

        Raises
        ------
        TypeError
            Raised if it has another class than components of this name have,
            or cannot be stored.
        """
        if object is None:
            self._components.pop(key, None)
            return
        check_kind(object, kind_of_key(key), f"component {key}")
        self._components[key] = object

    def removeComponent(self, key: str) -> None:
        """Remove a component, if it is there."""
        self._components.pop(key, None)

    # -- Beside the archive

    @property
    def id(self) -> int | None:
        """The exposure id, or `None`."""
        return self._id

    @id.setter
    def id(self, value: int | None) -> None:
        number = None if value is None else operator.index(value)
        if number is not None and not -(2**63) <= number < 2**63:
            raise TypeError(f"the exposure id {number} does not fit into 64 bits.")
        self._id = number

    def getId(self) -> int | None:
        """Return the exposure id, or `None`."""
        return self._id

    def setId(self, id: int | None) -> None:
        """Set the exposure id; `TypeError` unless it is an integer of 64 bits."""
        self.id = id

    def hasId(self) -> bool:
        """Return whether there is an exposure id."""
        return self._id is not None

    def clearId(self) -> None:
        """Remove the exposure id."""
        self._id = None

    def getMetadata(self) -> PropertySet:
        """Return the metadata; those of a new exposure are empty."""
        return self._metadata

    def setMetadata(self, metadata: PropertySet) -> None:
        """Replace the metadata; `TypeError` if they are something else."""
        if metadata is not None and not isinstance(metadata, PropertySet):
            raise TypeError(f"metadata of an exposure are a PropertySet, not a {type(metadata).__name__}.")
        self._metadata = metadata

    def getVisitInfo(self) -> VisitInfo | None:
        """Return the visit info, or `None`."""
        return self._visit_info

    def setVisitInfo(self, visitInfo: VisitInfo | None) -> None:
        """Set the visit info; `TypeError` if it is something else."""
        if visitInfo is not None:
            check_kind(visitInfo, VISIT_INFO.kind, "the visit info")
        self._visit_info = visitInfo

    def hasVisitInfo(self) -> bool:
        """Return whether there is a visit info."""
        return self._visit_info is not None

    # -- Named

    def hasWcs(self) -> bool:
        """Return whether there is a WCS."""
        return self.hasComponent(self.KEY_WCS)

    def getWcs(self) -> SkyWcs | None:
        """Return the WCS, or `None`."""
        return self.getComponent(self.KEY_WCS)

    def setWcs(self, wcs: SkyWcs | None) -> None:
        """Set the WCS."""
        self.setComponent(self.KEY_WCS, wcs)

    def hasPsf(self) -> bool:
        """Return whether there is a PSF."""
        return self.hasComponent(self.KEY_PSF)

    def getPsf(self) -> Psf | None:
        """Return the PSF, or `None`."""
        return self.getComponent(self.KEY_PSF)

    def setPsf(self, psf: Psf | None) -> None:
        """Set the PSF."""
        self.setComponent(self.KEY_PSF, psf)

    def hasPhotoCalib(self) -> bool:
        """Return whether there is a photometric calibration."""
        return self.hasComponent(self.KEY_PHOTO_CALIB)

    def getPhotoCalib(self) -> PhotoCalib | None:
        """Return the photometric calibration, or `None`."""
        return self.getComponent(self.KEY_PHOTO_CALIB)

    def setPhotoCalib(self, photoCalib: PhotoCalib | None) -> None:
        """Set the photometric calibration."""
        self.setComponent(self.KEY_PHOTO_CALIB, photoCalib)

    def hasDetector(self) -> bool:
        """Return whether there is a detector."""
        return self.hasComponent(self.KEY_DETECTOR)

    def getDetector(self) -> Detector | None:
        """Return the detector, or `None`."""
        return self.getComponent(self.KEY_DETECTOR)

    def setDetector(self, detector: Detector | None) -> None:
        """Set the detector."""
        self.setComponent(self.KEY_DETECTOR, detector)

    def hasFilter(self) -> bool:
        """Return whether there is a filter label."""
        return self.hasComponent(self.KEY_FILTER)

    def getFilter(self) -> FilterLabel | None:
        """Return the filter label, or `None`."""
        return self.getComponent(self.KEY_FILTER)

    def setFilter(self, filterLabel: FilterLabel | None) -> None:
        """Set the filter label."""
        self.setComponent(self.KEY_FILTER, filterLabel)

    def hasValidPolygon(self) -> bool:
        """Return whether there is a polygon of valid pixels."""
        return self.hasComponent(self.KEY_VALID_POLYGON)

    def getValidPolygon(self) -> Polygon | None:
        """Return the polygon of valid pixels, or `None`."""
        return self.getComponent(self.KEY_VALID_POLYGON)

    def setValidPolygon(self, polygon: Polygon | None) -> None:
        """Set the polygon of valid pixels."""
        self.setComponent(self.KEY_VALID_POLYGON, polygon)

    def hasApCorrMap(self) -> bool:
        """Return whether there is an aperture correction map."""
        return self.hasComponent(self.KEY_AP_CORR_MAP)

    def getApCorrMap(self) -> ApCorrMap | None:
        """Return the aperture correction map, or `None`."""
        return self.getComponent(self.KEY_AP_CORR_MAP)

    def setApCorrMap(self, apCorrMap: ApCorrMap | None) -> None:
        """Set the aperture correction map."""
        self.setComponent(self.KEY_AP_CORR_MAP, apCorrMap)

    def hasSummaryStats(self) -> bool:
        """Return whether there are summary statistics."""
        return self.hasComponent(self.KEY_SUMMARY_STATS)

    def getSummaryStats(self) -> ExposureSummaryStats | None:
        """Return the summary statistics, or `None`."""
        return self.getComponent(self.KEY_SUMMARY_STATS)

    def setSummaryStats(self, summaryStats: ExposureSummaryStats | None) -> None:
        """Set the summary statistics."""
        self.setComponent(self.KEY_SUMMARY_STATS, summaryStats)

    def hasCoaddInputs(self) -> bool:
        """Return whether there are coadd inputs."""
        return self.hasComponent(self.KEY_COADD_INPUTS)

    def getCoaddInputs(self) -> CoaddInputs | None:
        """Return the coadd inputs, or `None`."""
        return self.getComponent(self.KEY_COADD_INPUTS)

    def setCoaddInputs(self, coaddInputs: CoaddInputs | None) -> None:
        """Set the coadd inputs."""
        self.setComponent(self.KEY_COADD_INPUTS, coaddInputs)

    def hasTransmissionCurve(self) -> bool:
        """Return whether there is a transmission curve."""
        return self.hasComponent(self.KEY_TRANSMISSION_CURVE)

    def getTransmissionCurve(self) -> TransmissionCurve | None:
        """Return the transmission curve, or `None`."""
        return self.getComponent(self.KEY_TRANSMISSION_CURVE)

    def setTransmissionCurve(self, transmissionCurve: TransmissionCurve | None) -> None:
        """Set the transmission curve."""
        self.setComponent(self.KEY_TRANSMISSION_CURVE, transmissionCurve)
