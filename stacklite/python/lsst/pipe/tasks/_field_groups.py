"""Fields of the summary that are set and reset together."""

from __future__ import annotations

__all__ = [
    "EFFECTIVE_TIME_FIELDS",
    "copy_metadata",
    "reset",
    "reset_psf_stats",
    "reset_wcs_stats",
    "set_fields",
]

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lsst.afw.image import ExposureSummaryStats
    from lsst.daf.base import PropertySet

_PSF_FIELDS = (
    "psfSigma",
    "psfArea",
    "psfIxx",
    "psfIyy",
    "psfIxy",
    "psfStarDeltaE1Median",
    "psfStarDeltaE2Median",
    "psfStarDeltaE1Scatter",
    "psfStarDeltaE2Scatter",
    "psfStarDeltaSizeMedian",
    "psfStarDeltaSizeScatter",
    "psfStarScaledDeltaSizeScatter",
    "psfTraceRadiusDelta",
    "psfApFluxDelta",
    "psfApCorrSigmaScaledDelta",
    "maxDistToNearestPsf",
    "starEMedian",
    "starUnNormalizedEMedian",
    "starComa1Median",
    "starComa2Median",
    "starTrefoil1Median",
    "starTrefoil2Median",
    "starKurtosisMedian",
    "starE41Median",
    "starE42Median",
)

EFFECTIVE_TIME_FIELDS = ("effTime", "effTimePsfSigmaScale", "effTimeSkyBgScale", "effTimeZeroPointScale")

# Keys of the metadata of an exposure that earlier tasks set, by field of the summary.
_METADATA_FIELDS = {
    "psfAdaptiveThresholdValue": "PSF_ADAPTIVE_THRESHOLD_VALUE",
    "psfAdaptiveIncludeThresholdMultiplier": "PSF_ADAPTIVE_INCLUDE_THRESHOLD_MULTIPLIER",
    "refCatSourceDensity": "REF_CAT_SOURCE_DENSITY",
}
_ASTROMETRY_FIELDS = {
    "astromOffsetMean": "SFM_ASTROM_OFFSET_MEAN",
    "astromOffsetStd": "SFM_ASTROM_OFFSET_STD",
}


def reset(summary: ExposureSummaryStats, fields: Iterable[str]) -> None:
    """Set fields to NaN."""
    for name in fields:
        setattr(summary, name, np.nan)


def reset_psf_stats(summary: ExposureSummaryStats) -> None:
    """Reset the fields that depend on the PSF model."""
    reset(summary, _PSF_FIELDS)
    summary.nPsfStar = 0


def reset_wcs_stats(summary: ExposureSummaryStats) -> None:
    """Reset the fields that depend on the WCS."""
    reset(summary, ("ra", "dec", "pixelScale", "zenithDistance"))
    summary.raCorners = [np.nan] * 4
    summary.decCorners = [np.nan] * 4


def set_fields(summary: ExposureSummaryStats, values: Mapping[str, float]) -> None:
    """Set fields by name."""
    for name, value in values.items():
        setattr(summary, name, value)


def copy_metadata(summary: ExposureSummaryStats, metadata: PropertySet) -> None:
    """Copy fields from the metadata of the exposure; the astrometric offsets only together."""
    present = {name: key for name, key in _METADATA_FIELDS.items() if key in metadata}
    if all(key in metadata for key in _ASTROMETRY_FIELDS.values()):
        present |= _ASTROMETRY_FIELDS
    set_fields(summary, {name: metadata[key] for name, key in present.items()})
