"""Which new component does a detector get? One pure function for each kind.

All of them are for components that are replaced: `None` then means that the
overrides have nothing for the detector.
"""

from __future__ import annotations

__all__ = [
    "PhotoCalibChoice",
    "WcsChoice",
    "choose_ap_corr_map",
    "choose_photo_calib",
    "choose_psf",
    "choose_wcs",
    "max_corner_offset",
]

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from lsst.geom import Angle, Box2D, Box2I, radians

from .diagnosis import Loss
from .errors import using
from .override_inputs import PossiblyMultipleInput, compute_center

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import ApCorrMap, PhotoCalib
    from lsst.afw.table import ExposureRecord


def _no_angle() -> Angle:
    return float("nan") * radians


@dataclass(frozen=True)
class WcsChoice:
    """The new WCS of a detector, if any, and where it comes from."""

    wcs: SkyWcs | None = None
    """The WCS; `None` if there is none, or if it was not replaced."""

    region_id: int = -1
    """Tract or pixel that gave it, -1 if none did (`int`)."""

    corner_max_offset: Angle = field(default_factory=_no_angle)
    """Largest change on the sky at a detector corner, NaN if it was not
    replaced or cannot be compared (`lsst.geom.Angle`)."""

    loss: Loss | None = None
    """Why a detector whose WCS was to be replaced has none (`Loss`)."""


@dataclass(frozen=True)
class PhotoCalibChoice:
    """The new photometric calibration of a detector, if any, and its source."""

    photo_calib: PhotoCalib | None = None
    """The calibration; `None` if there is none, or if it was not replaced."""

    region_id: int = -1
    """Tract that gave it, -1 if none did (`int`)."""

    loss: Loss | None = None
    """Why a detector whose calibration was to be replaced has none (`Loss`)."""


def choose_wcs(
    record: ExposureRecord, bbox: Box2I, overrides: PossiblyMultipleInput, threshold: float | None
) -> WcsChoice:
    """Choose the new WCS of a detector.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the input summary.
    bbox : `lsst.geom.Box2I`
        Box of the exposure, in pixels.
    overrides : `PossiblyMultipleInput`
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
    detector = record.getId()
    region_id, best = overrides.best_for_detector(detector, bbox=bbox)
    wcs = best.getWcs() if best is not None else None
    if wcs is None:
        return WcsChoice(None, region_id, loss=Loss(detector, "WCS", "wcs_overrides has none"))
    with using(detector, "the Wcs of its row in input_summary_catalog"):
        before = record.getWcs()
    offset = max_corner_offset(record.getBBox(), before, wcs)
    loss = _inconsistency(detector, offset, threshold)
    return WcsChoice(wcs if loss is None else None, region_id, offset, loss)


def _inconsistency(detector: int, offset: Angle, threshold: float | None) -> Loss | None:
    """Return why a new WCS must not be used, if it must not."""
    if threshold is None or offset.asArcseconds() <= threshold:
        return None
    if math.isnan(offset.asArcseconds()):
        return Loss(detector, "WCS", "the new one cannot be compared with that of the input")
    figure = f"{offset.asArcseconds():.3g} arcsec"
    return Loss(
        detector, "WCS", "it moves a corner farther than wcs_consistency_threshold allows", figure=figure
    )


def max_corner_offset(bbox: Box2I, before: SkyWcs | None, after: SkyWcs | None) -> Angle:
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
        Largest separation on the sky; NaN if a WCS is missing or maps a
        corner nowhere.
    """
    if before is None or after is None:
        return _no_angle()
    corners = Box2D(bbox).getCorners()
    pairs = zip(before.pixelToSky(corners), after.pixelToSky(corners), strict=True)
    # Unlike max(), np.max() passes NaN on wherever it stands.
    return float(np.max([old.separation(new).asRadians() for old, new in pairs])) * radians


def choose_photo_calib(
    detector: int, bbox: Box2I, wcs: SkyWcs | None, overrides: PossiblyMultipleInput
) -> PhotoCalibChoice:
    """Choose the new photometric calibration of a detector.

    Parameters
    ----------
    detector : `int`
        Id of the detector.
    bbox : `lsst.geom.Box2I`
        Box of the exposure, in pixels.
    wcs : `lsst.afw.geom.SkyWcs` or `None`
        Final WCS of the detector: it tells which region is nearest. Without
        it only rows with a WCS of their own are candidates.
    overrides : `PossiblyMultipleInput`
        New calibrations.

    Returns
    -------
    choice : `PhotoCalibChoice`
        The calibration and its region.
    """
    center = compute_center(bbox, wcs) if wcs is not None else None
    region_id, record = overrides.best_for_detector(detector, center=center)
    photo_calib = record.getPhotoCalib() if record is not None else None
    if photo_calib is not None:
        return PhotoCalibChoice(photo_calib, region_id)
    is_nowhere = center is None and overrides.region_kind is not None
    cause = (
        f"without WCS it has no {overrides.region_kind}" if is_nowhere else "photo_calib_overrides has none"
    )
    return PhotoCalibChoice(None, region_id, Loss(detector, "photometric calibration", cause))


def choose_psf(detector: int, overrides: Mapping[int, ExposureRecord]) -> Psf | None:
    """Choose the new PSF model of a detector.

    Parameters
    ----------
    detector : `int`
        Id of the detector.
    overrides : `~collections.abc.Mapping` [`int`, `lsst.afw.table.ExposureRecord`]
        Rows with new PSF models, by detector.

    Returns
    -------
    psf : `lsst.afw.detection.Psf` or `None`
        The PSF model.
    """
    record = overrides.get(detector)
    return record.getPsf() if record is not None else None


def choose_ap_corr_map(detector: int, overrides: Mapping[int, ExposureRecord]) -> ApCorrMap | None:
    """Choose the new aperture correction map of a detector.

    Parameters
    ----------
    detector : `int`
        Id of the detector.
    overrides : `~collections.abc.Mapping` [`int`, `lsst.afw.table.ExposureRecord`]
        Rows with new maps, by detector.

    Returns
    -------
    ap_corr_map : `lsst.afw.image.ApCorrMap` or `None`
        The aperture correction map.
    """
    record = overrides.get(detector)
    return record.getApCorrMap() if record is not None else None
