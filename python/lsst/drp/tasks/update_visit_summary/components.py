"""Which component does a detector get? One pure function for each kind.

Every function returns the input's component when its override argument is
`None`, and `None` when overrides are given but have nothing for the detector.
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

from .override_inputs import PossiblyMultipleInput, compute_center_for_detector_record

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import ApCorrMap, PhotoCalib
    from lsst.afw.table import ExposureRecord

_NO_ANGLE = float("nan") * radians


@dataclass(frozen=True)
class WcsChoice:
    """The WCS of a detector and where it comes from."""

    wcs: SkyWcs | None
    """The WCS (`lsst.afw.geom.SkyWcs` or `None`)."""

    region_id: int = -1
    """Tract it comes from, -1 if no tract (`int`)."""

    corner_max_offset: Angle = _NO_ANGLE
    """Largest change on the sky at a detector corner, NaN if it was not
    replaced or cannot be told (`lsst.geom.Angle`)."""


@dataclass(frozen=True)
class PhotoCalibChoice:
    """The photometric calibration of a detector and where it comes from."""

    photo_calib: PhotoCalib | None
    """The calibration (`lsst.afw.image.PhotoCalib` or `None`)."""

    region_id: int = -1
    """Tract it comes from, -1 if no tract (`int`)."""


def choose_wcs(record: ExposureRecord, bbox: Box2I, overrides: PossiblyMultipleInput | None) -> WcsChoice:
    """Choose the WCS of a detector.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the input summary.
    bbox : `lsst.geom.Box2I`
        Box of the exposure, in pixels.
    overrides : `PossiblyMultipleInput` or `None`
        New WCSs.

    Returns
    -------
    choice : `WcsChoice`
        The WCS, its region, and how far it moves the detector.
    """
    if overrides is None:
        return WcsChoice(record.getWcs())
    region_id, best = overrides.best_for_detector(record.getId(), bbox=bbox)
    wcs = best.getWcs() if best is not None else None
    return WcsChoice(wcs, region_id, max_corner_offset(record.getBBox(), record.getWcs(), wcs))


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
    record: ExposureRecord, bbox: Box2I, wcs: SkyWcs | None, overrides: PossiblyMultipleInput | None
) -> PhotoCalibChoice:
    """Choose the photometric calibration of a detector.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the input summary.
    bbox : `lsst.geom.Box2I`
        Box of the exposure, in pixels.
    wcs : `lsst.afw.geom.SkyWcs` or `None`
        Final WCS of the detector: it tells which region is nearest. Without
        it only regions whose own row has a WCS can be chosen.
    overrides : `PossiblyMultipleInput` or `None`
        New calibrations.

    Returns
    -------
    choice : `PhotoCalibChoice`
        The calibration and its region.
    """
    if overrides is None:
        return PhotoCalibChoice(record.getPhotoCalib())
    center = compute_center_for_detector_record(record, bbox, wcs) if wcs is not None else None
    region_id, best = overrides.best_for_detector(record.getId(), center=center)
    return PhotoCalibChoice(best.getPhotoCalib() if best is not None else None, region_id)


def choose_psf(record: ExposureRecord, overrides: Mapping[int, ExposureRecord] | None) -> Psf | None:
    """Choose the PSF model of a detector.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the input summary.
    overrides : `~collections.abc.Mapping` or `None`
        Rows with new PSFs by detector id.

    Returns
    -------
    psf : `lsst.afw.detection.Psf` or `None`
        The PSF model.
    """
    if overrides is None:
        return record.getPsf()
    best = overrides.get(record.getId())
    return best.getPsf() if best is not None else None


def choose_ap_corr_map(
    record: ExposureRecord, overrides: Mapping[int, ExposureRecord] | None
) -> ApCorrMap | None:
    """Choose the aperture correction map of a detector.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the input summary.
    overrides : `~collections.abc.Mapping` or `None`
        Rows with new maps by detector id.

    Returns
    -------
    ap_corr_map : `lsst.afw.image.ApCorrMap` or `None`
        The aperture correction map.
    """
    if overrides is None:
        return record.getApCorrMap()
    best = overrides.get(record.getId())
    return best.getApCorrMap() if best is not None else None
