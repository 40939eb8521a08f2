"""Choice of the final component of a detector: one function for each kind.

All of them are cheap: they look into the catalogs of the visit, not into the
exposures. Without overrides a component of the input is kept.
"""

from __future__ import annotations

__all__ = [
    "Choice",
    "WcsChoice",
    "choose_ap_corr_map",
    "choose_background",
    "choose_photo_calib",
    "choose_psf",
    "choose_wcs",
    "kept",
]

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from lsst.geom import Angle, Box2D, Box2I, radians

from .added_columns import no_angle
from .detector_row import OBJECTS
from .diagnosis import Component, Diagnosis, Figure, Outcome
from .errors import describe_dataset, using
from .override_inputs import PossiblyMultipleInput, compute_center

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import ApCorrMap, PhotoCalib
    from lsst.afw.table import ExposureRecord

    from .overrides import Handle

_KEPT_SOURCE = "input_summary_catalog"

_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Choice(Generic[_T]):
    """The final component of a detector, if any, and how it was chosen."""

    value: _T | None
    """The component; `None` if there is none."""

    diagnosis: Diagnosis
    """Outcome and source (`Diagnosis`)."""

    region_id: int = -1
    """Tract or pixel that gave it, -1 if none did (`int`)."""


@dataclass(frozen=True, eq=False)
class WcsChoice(Choice["SkyWcs"]):
    """The final WCS of a detector, and how far it moves the detector."""

    corner_max_offset: Angle = field(default_factory=no_angle)
    """Largest change on the sky at a detector corner, NaN if it was not
    replaced or cannot be compared (`lsst.geom.Angle`)."""


def kept(record: ExposureRecord, component: str) -> Any:
    """Return an object of a row of the input.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the input summary.
    component : `str`
        Name of the object in the getters of records, such as ``Wcs``.

    Raises
    ------
    DetectorUpdateError
        Raised if the object cannot be read.
    """
    with using(record.getId(), f"the {component} of its row in {_KEPT_SOURCE}"):
        return getattr(record, f"get{component}")()


def _choose_kept(record: ExposureRecord, component: Component) -> Choice[Any]:
    """Keep a component of the input."""
    diagnosis = Diagnosis(record.getId(), component, Outcome.KEPT, _KEPT_SOURCE)
    return Choice(kept(record, OBJECTS[component]), diagnosis)


def _choose_new(detector: int, component: Component, source: str, value: _T | None) -> Choice[_T]:
    """Replace a component, be it by nothing."""
    diagnosis = Diagnosis(detector, component, Outcome.REPLACED, source)
    if value is None:
        diagnosis = Diagnosis(detector, component, Outcome.MISSING, source, cause=f"{source} has none")
    return Choice(value, diagnosis)


def _choose_of_visit(
    record: ExposureRecord, component: Component, overrides: PossiblyMultipleInput | None
) -> Choice[Any]:
    """Choose a component of which there is one catalog for the visit."""
    if overrides is None:
        return _choose_kept(record, component)
    detector, argument = record.getId(), component.argument
    with using(detector, argument):
        _, best = overrides.best_for_detector(detector)
        value = getattr(best, f"get{OBJECTS[component]}")() if best is not None else None
    return _choose_new(detector, component, argument, value)


def choose_psf(record: ExposureRecord, overrides: PossiblyMultipleInput | None) -> Choice[Psf]:
    """Choose the PSF model of a detector.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the input summary.
    overrides : `PossiblyMultipleInput` or `None`
        New PSF models, one catalog for the visit.

    Returns
    -------
    choice : `Choice`
        The PSF model.
    """
    return _choose_of_visit(record, Component.PSF, overrides)


def choose_ap_corr_map(record: ExposureRecord, overrides: PossiblyMultipleInput | None) -> Choice[ApCorrMap]:
    """Choose the aperture correction map of a detector.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the input summary.
    overrides : `PossiblyMultipleInput` or `None`
        New maps, one catalog for the visit.

    Returns
    -------
    choice : `Choice`
        The aperture correction map.
    """
    return _choose_of_visit(record, Component.AP_CORR, overrides)


def choose_wcs(
    record: ExposureRecord, bbox: Box2I, overrides: PossiblyMultipleInput | None, threshold: float | None
) -> WcsChoice:
    """Choose the WCS of a detector.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the input summary.
    bbox : `lsst.geom.Box2I`
        Box of the exposure, in pixels.
    overrides : `PossiblyMultipleInput` or `None`
        New WCSs; each candidate places the detector with its own WCS.
    threshold : `float` or `None`
        Largest distance on the sky that a corner may move (arcseconds). A WCS
        that moves one farther, or cannot be compared with that of the input,
        is not used.

    Returns
    -------
    choice : `WcsChoice`
        The WCS, its region, and how far it moves the detector.
    """
    if overrides is None:
        choice = _choose_kept(record, Component.WCS)
        return WcsChoice(choice.value, choice.diagnosis)
    detector = record.getId()
    with using(detector, "wcs_overrides"):
        region_id, best = overrides.best_for_detector(detector, bbox=bbox)
        wcs = best.getWcs() if best is not None else None
    source = _name_source("wcs_overrides", overrides, region_id)
    if wcs is None:
        cause = "wcs_overrides has none"
        diagnosis = Diagnosis(detector, Component.WCS, Outcome.MISSING, source, cause=cause)
        return WcsChoice(None, diagnosis, region_id)
    before = kept(record, "Wcs")
    with using(detector, "wcs_overrides"):
        offset = _max_corner_offset(record.getBBox(), before, wcs)
    diagnosis = _judge_offset(detector, source, offset, threshold)
    return WcsChoice(None if diagnosis.outcome.is_loss else wcs, diagnosis, region_id, offset)


def _judge_offset(detector: int, source: str, offset: Angle, threshold: float | None) -> Diagnosis:
    """Decide whether a new WCS may be used."""
    arcseconds = offset.asArcseconds()
    figures: tuple[Figure, ...] = (Figure("offset", arcseconds, "arcsec"),)
    if threshold is None or arcseconds <= threshold:
        return Diagnosis(detector, Component.WCS, Outcome.REPLACED, source, figures=figures)
    if math.isnan(arcseconds):
        cause = "the new one cannot be compared with that of the input"
        return Diagnosis(detector, Component.WCS, Outcome.REJECTED, source, cause)
    cause = "it moves a corner farther than wcs_consistency_threshold allows"
    figures += (Figure("threshold", threshold, "arcsec"),)
    return Diagnosis(detector, Component.WCS, Outcome.REJECTED, source, cause, figures)


def _name_source(argument: str, overrides: PossiblyMultipleInput, region_id: int) -> str:
    region = overrides.name_region(region_id)
    return f"{argument}, {region}" if region else argument


def _max_corner_offset(bbox: Box2I, before: SkyWcs | None, after: SkyWcs | None) -> Angle:
    """Compute how far a new WCS moves the outer corners of a detector.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I`
        Box of the detector, in pixels.
    before, after : `lsst.afw.geom.SkyWcs` or `None`
        The two WCSs.

    Returns
    -------
    offset : `lsst.geom.Angle`
        Largest separation on the sky; NaN if a WCS is missing or has no
        finite sky position for a corner.
    """
    if before is None or after is None:
        return no_angle()
    corners = Box2D(bbox).getCorners()
    pairs = zip(before.pixelToSky(corners), after.pixelToSky(corners), strict=True)
    # Unlike max(), np.max() passes NaN on wherever it stands.
    return float(np.max([old.separation(new).asRadians() for old, new in pairs])) * radians


def choose_photo_calib(
    record: ExposureRecord, bbox: Box2I, wcs: SkyWcs | None, overrides: PossiblyMultipleInput | None
) -> Choice[PhotoCalib]:
    """Choose the photometric calibration of a detector.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the input summary.
    bbox : `lsst.geom.Box2I`
        Box of the exposure, in pixels.
    wcs : `lsst.afw.geom.SkyWcs` or `None`
        Final WCS of the detector: it tells which region is nearest. Without
        it only rows with a WCS of their own are candidates.
    overrides : `PossiblyMultipleInput` or `None`
        New calibrations.

    Returns
    -------
    choice : `Choice`
        The calibration and its region.
    """
    if overrides is None:
        return _choose_kept(record, Component.PHOTO_CALIB)
    detector = record.getId()
    with using(detector, "photo_calib_overrides"):
        center = compute_center(bbox, wcs) if wcs is not None else None
        region_id, best = overrides.best_for_detector(detector, center=center)
        photo_calib = best.getPhotoCalib() if best is not None else None
    source = _name_source("photo_calib_overrides", overrides, region_id)
    if photo_calib is not None:
        diagnosis = Diagnosis(detector, Component.PHOTO_CALIB, Outcome.REPLACED, source)
    else:
        is_nowhere = center is None and overrides.region_kind is not None
        cause = (
            f"without WCS it has no {overrides.region_kind}"
            if is_nowhere
            else "photo_calib_overrides has none"
        )
        diagnosis = Diagnosis(detector, Component.PHOTO_CALIB, Outcome.MISSING, source, cause=cause)
    return Choice(photo_calib, diagnosis, region_id)


def choose_background(detector: int, overrides: Mapping[int, Handle] | None) -> Choice[Handle]:
    """Choose the background of a detector.

    Parameters
    ----------
    detector : `int`
        Id of the detector.
    overrides : `~collections.abc.Mapping` or `None`
        Handles of the backgrounds to subtract, by detector.

    Returns
    -------
    choice : `Choice`
        Handle of the background to subtract.
    """
    if overrides is None:
        return Choice(None, Diagnosis(detector, Component.BACKGROUND, Outcome.KEPT, _KEPT_SOURCE))
    handle = overrides.get(detector)
    # What is not there has no dataset to be named.
    argument = Component.BACKGROUND.argument
    source = argument if handle is None else describe_dataset(argument, handle)
    return _choose_new(detector, Component.BACKGROUND, source, handle)
