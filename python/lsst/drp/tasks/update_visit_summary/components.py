"""Which new component does a detector get? One pure function for each kind.

All of them are for components that are replaced: `None` then means that the
overrides have nothing for the detector.
"""

from __future__ import annotations

__all__ = [
    "NOT_REPLACED",
    "RegionalChoice",
    "choose_ap_corr_map",
    "choose_photo_calib",
    "choose_psf",
    "choose_wcs",
    "max_corner_offset",
]

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np

from lsst.geom import Angle, Box2D, Box2I, radians

from .override_inputs import PossiblyMultipleInput, compute_center

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import ApCorrMap, PhotoCalib
    from lsst.afw.table import ExposureRecord

T = TypeVar("T")


@dataclass(frozen=True)
class RegionalChoice(Generic[T]):
    """A component and the region of the sky whose catalog gave it."""

    component: T | None
    """The component; `None` if there is none."""

    region_id: int
    """Id of the region, -1 if no region gave it (`int`)."""


NOT_REPLACED: RegionalChoice[Any] = RegionalChoice(None, -1)
"""Stands for a component that the detector keeps."""


def choose_wcs(detector: int, bbox: Box2I, overrides: PossiblyMultipleInput) -> RegionalChoice[SkyWcs]:
    """Choose the new WCS of a detector.

    Parameters
    ----------
    detector : `int`
        Id of the detector.
    bbox : `lsst.geom.Box2I`
        Box of the exposure, in pixels.
    overrides : `PossiblyMultipleInput`
        New WCSs; each candidate places the detector with its own WCS.

    Returns
    -------
    choice : `RegionalChoice` [`lsst.afw.geom.SkyWcs`]
        The WCS and its region.
    """
    region_id, record = overrides.best_for_detector(detector, bbox=bbox)
    return RegionalChoice(record.getWcs() if record is not None else None, region_id)


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
        return float("nan") * radians
    corners = Box2D(bbox).getCorners()
    pairs = zip(before.pixelToSky(corners), after.pixelToSky(corners), strict=True)
    # Unlike max(), np.max() passes NaN on wherever it stands.
    return float(np.max([old.separation(new).asRadians() for old, new in pairs])) * radians


def choose_photo_calib(
    detector: int, bbox: Box2I, wcs: SkyWcs | None, overrides: PossiblyMultipleInput
) -> RegionalChoice[PhotoCalib]:
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
    choice : `RegionalChoice` [`lsst.afw.image.PhotoCalib`]
        The calibration and its region.
    """
    center = compute_center(bbox, wcs) if wcs is not None else None
    region_id, record = overrides.best_for_detector(detector, center=center)
    return RegionalChoice(record.getPhotoCalib() if record is not None else None, region_id)


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
