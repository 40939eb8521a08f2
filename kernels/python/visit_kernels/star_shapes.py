"""Statistics of the measured shapes of PSF stars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Moments",
    "centroids",
    "has_higher_order_moments",
    "higher_order_medians",
    "read_higher_order_moments",
    "star_shape_statistics",
]

# Median absolute deviation of a normal distribution in units of its standard deviation.
_MAD_PER_SIGMA = 0.6744897501960817

_like_c = np.errstate(divide="ignore", invalid="ignore", over="ignore")
"""Shapes of no size, or of any size, give infinity or NaN without a warning."""

_HIGHER_ORDER_KEYS = ("03", "12", "21", "30", "04", "13", "22", "31", "40")

FloatArray = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Moments:
    """Second moments of n images, in square pixels; arithmetic is in the type of the arrays.

    Attributes
    ----------
    xx, yy, xy : `numpy.ndarray`, shape (n,)
        The moments.
    """

    xx: FloatArray
    yy: FloatArray
    xy: FloatArray

    @classmethod
    def from_table(cls, table: Any, name: str, rows: NDArray[np.bool_]) -> Moments:
        """Read ``<name>_xx``, ``_yy`` and ``_xy`` of some rows; KeyError if one is missing."""
        return cls(*(np.asarray(table[f"{name}_{axes}"])[rows] for axes in ("xx", "yy", "xy")))

    @property
    def size(self) -> FloatArray:
        """Trace radius in pixels."""
        return np.sqrt(self.xx / 2 + self.yy / 2)

    @property
    def unnormalized_ellipticity(self) -> tuple[FloatArray, FloatArray]:
        """Both components of the ellipticity times the trace, in square pixels."""
        return self.xx - self.yy, 2 * self.xy

    @property
    def ellipticity(self) -> tuple[FloatArray, FloatArray]:
        """Both components of the ellipticity (distortion)."""
        first, second = (part / (self.xx + self.yy) for part in self.unnormalized_ellipticity)
        return first, second


def centroids(table: Any, rows: NDArray[np.bool_]) -> dict[str, FloatArray]:
    """Read the columns ``slot_Centroid_x`` and ``slot_Centroid_y`` of some rows."""
    return {name: np.asarray(table[name])[rows] for name in ("slot_Centroid_x", "slot_Centroid_y")}


def _scatter(values: FloatArray) -> np.floating[Any]:
    """Return the median absolute deviation as the standard deviation of a normal distribution."""
    return np.median(np.abs(values - np.median(values))) / _MAD_PER_SIGMA


def _length(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the length of vectors; in single precision `numpy.hypot` rounds in another way."""
    return np.sqrt(first**2 + second**2)


@_like_c
def star_shape_statistics(stars: Moments, models: Moments) -> dict[str, float]:
    """Compare the shapes of stars with those of the PSF model at their positions.

    Parameters
    ----------
    stars, models : `Moments`
        Moments of n > 0 stars, and of the model at their positions.

    Returns
    -------
    statistics : `dict` [`str`, `float`]
        Values by their name in `lsst.afw.image.ExposureSummaryStats`. One NaN among
        the moments makes the statistics that use it NaN.
    """
    delta_e1, delta_e2 = (s - m for s, m in zip(stars.ellipticity, models.ellipticity, strict=True))
    delta_size = stars.size - models.size
    scaled_scatter = _scatter(delta_size) / np.median(stars.size)
    statistics = {
        "starEMedian": np.median(_length(*stars.ellipticity)),
        "starUnNormalizedEMedian": np.median(_length(*stars.unnormalized_ellipticity)),
        "psfStarDeltaE1Median": np.median(delta_e1),
        "psfStarDeltaE2Median": np.median(delta_e2),
        "psfStarDeltaE1Scatter": _scatter(delta_e1),
        "psfStarDeltaE2Scatter": _scatter(delta_e2),
        "psfStarDeltaSizeMedian": np.median(delta_size),
        "psfStarDeltaSizeScatter": _scatter(delta_size),
        "psfStarScaledDeltaSizeScatter": scaled_scatter,
    }
    return {name: float(value) for name, value in statistics.items()}


def _nan_median(values: FloatArray) -> float:
    """Return the median of what is not NaN, NaN if nothing is."""
    return float(np.median(values[~np.isnan(values)])) if not np.all(np.isnan(values)) else np.nan


def has_higher_order_moments(table: Any, base: str) -> bool:
    """Tell whether a table has the column ``<base>_03``, by which the stack decides."""
    return f"{base}_03" in (table.schema if hasattr(table, "schema") else table.columns)


def read_higher_order_moments(table: Any, base: str, rows: NDArray[np.bool_]) -> dict[str, FloatArray]:
    """Read the third and fourth moments ``<base>_03`` ... ``<base>_40`` of some rows.

    Raises
    ------
    KeyError
        If one of the nine columns is missing.
    """
    return {key: np.asarray(table[f"{base}_{key}"])[rows] for key in _HIGHER_ORDER_KEYS}


@_like_c
def higher_order_medians(moments: Mapping[str, FloatArray]) -> dict[str, float]:
    """Combine third and fourth moments into the medians of physical aberrations.

    Parameters
    ----------
    moments : mapping from `str` to `numpy.ndarray`, shape (n,)
        Normalized moments M_pq by the key "pq".

    Returns
    -------
    statistics : `dict` [`str`, `float`]
        Values by their name in `lsst.afw.image.ExposureSummaryStats`. NaN values are
        ignored; NaN if there is nothing else.
    """
    m = moments
    return {
        "starComa1Median": _nan_median(m["30"] + m["12"]),
        "starComa2Median": _nan_median(m["21"] + m["03"]),
        "starTrefoil1Median": _nan_median(m["30"] - 3 * m["12"]),
        "starTrefoil2Median": _nan_median(3 * m["21"] - m["03"]),
        "starKurtosisMedian": _nan_median(m["40"] + 2 * m["22"] + m["04"]),
        "starE41Median": _nan_median(m["40"] - m["04"]),
        "starE42Median": _nan_median(2 * (m["31"] + m["13"])),
    }
