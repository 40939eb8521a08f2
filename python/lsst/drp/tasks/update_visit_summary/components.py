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

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsst.geom import Angle, Box2D, Box2I, radians

from .override_inputs import PossiblyMultipleInput, compute_center

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import ApCorrMap, PhotoCalib
    from lsst.afw.table import ExposureRecord

_NO_ANGLE = float("nan") * radians


@dataclass(frozen=True)
class WcsChoice:
    """The new WCS of a detector, if any, and where it comes from."""

    wcs: SkyWcs | None = None
    """The WCS; `None` if there is none, or if it was not replaced."""

    region_id: int = -1
    """Tract or pixel that gave it, -1 if none did (`int`)."""

    corner_max_offset: Angle = _NO_ANGLE
    """Largest change on the sky at a detector corner, NaN if it was not
    replaced or cannot be compared (`lsst.geom.Angle`)."""


@dataclass(frozen=True)
class PhotoCalibChoice:
    """The new photometric calibration of a detector, if any, and its source."""

    photo_calib: PhotoCalib | None = None
    """The calibration; `None` if there is none, or if it was not replaced."""

    region_id: int = -1
    """Tract that gave it, -1 if none did (`int`)."""


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
    region_id, best = overrides.best_for_detector(record.getId(), bbox=bbox)
    wcs = best.getWcs() if best is not None else None
    offset = max_corner_offset(record.getBBox(), record.getWcs(), wcs)
    # A comparison with NaN is false, so what cannot be compared is refused.
    consistent = threshold is None or offset.asArcseconds() <= threshold
    return WcsChoice(wcs if consistent else None, region_id, offset)


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
        return _NO_ANGLE
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
    return PhotoCalibChoice(record.getPhotoCalib() if record is not None else None, region_id)


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
