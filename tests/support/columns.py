"""Columns of the output catalog, by what they follow from."""

from __future__ import annotations

__all__ = [
    "BACKGROUND_STATISTICS",
    "DEPTH",
    "MODEL_STATISTICS",
    "STAR_STATISTICS",
    "WCS_STATISTICS",
    "all_nan",
]

from collections.abc import Iterable
from typing import Any

import numpy as np

DEPTH = ["magLim", "effTime", "effTimePsfSigmaScale", "effTimeSkyBgScale", "effTimeZeroPointScale"]
WCS_STATISTICS = ["raCorners", "decCorners", "ra", "dec", "pixelScale", "zenithDistance"]
BACKGROUND_STATISTICS = ["skyBg", "skyNoise", "meanVar"]
STAR_STATISTICS = [
    "psfStarDeltaE1Median",
    "psfStarDeltaE2Median",
    "psfStarDeltaE1Scatter",
    "psfStarDeltaE2Scatter",
    "psfStarDeltaSizeMedian",
    "psfStarDeltaSizeScatter",
    "psfStarScaledDeltaSizeScatter",
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
]
MODEL_STATISTICS = [
    "psfSigma",
    "psfArea",
    "psfIxx",
    "psfIyy",
    "psfIxy",
    "psfTraceRadiusDelta",
    "psfApFluxDelta",
]


def all_nan(record: Any, names: Iterable[str]) -> bool:
    """Return whether all values of some columns are NaN."""
    return all(np.all(np.isnan(record[name])) for name in names)
