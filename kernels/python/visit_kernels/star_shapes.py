"""Statistics of the shapes of PSF stars, and of their differences from the PSF model.

The definitions are those of the LSST Science Pipelines; results are given by the names
of the fields of their ``ExposureSummaryStats``.
"""

from __future__ import annotations

__all__ = ["HIGHER_ORDERS", "Moments", "higher_order_medians", "star_shape_statistics"]

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

HIGHER_ORDERS = ("03", "12", "21", "30", "04", "13", "22", "31", "40")
"""The powers of x and y that the third and fourth moments of an image are the means of."""

_MAD_PER_SIGMA = 0.6744897501960817
"""Median absolute deviation of a normal distribution in units of its standard deviation."""

_quiet = np.errstate(divide="ignore", invalid="ignore", over="ignore")
"""Error handling of NumPy, as in the stack: shapes of no size, or of any size, give infinity or NaN."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Second moments of n images, in square pixels; arithmetic is in the type of the arrays.

    Attributes
    ----------
    xx, yy, xy : `numpy.ndarray` of float, shape (n,)
        The moments.

    Raises
    ------
    ValueError
        Raised if the arrays do not have the same shape (n,).
    """

    xx: FloatArray
    yy: FloatArray
    xy: FloatArray

    def __post_init__(self) -> None:
        shapes = [self.xx.shape, self.yy.shape, self.xy.shape]
        if self.xx.ndim != 1 or len(set(shapes)) != 1:
            raise ValueError(f"The moments have shapes {shapes}; three arrays of n numbers are needed.")

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


@_quiet
def star_shape_statistics(stars: Moments, models: Moments) -> dict[str, float]:
    """Compare the shapes of stars with those of the PSF model at their positions.

    Parameters
    ----------
    stars, models : `Moments`
        Moments of n > 0 stars, and of the model at their positions.

    Returns
    -------
    statistics : `dict` [`str`, `float`]
        Values by the name of their field. One NaN among the moments makes the
        statistics that use it NaN.

    Raises
    ------
    ValueError
        Raised if there are no stars, or not as many models.
    """
    if stars.xx.shape != models.xx.shape or not stars.xx.size:
        raise ValueError(f"Shapes of {stars.xx.size} stars cannot be compared with {models.xx.size} models.")
    delta_e1, delta_e2 = (s - m for s, m in zip(stars.ellipticity, models.ellipticity, strict=True))
    delta_size = stars.size - models.size
    statistics = {
        "starEMedian": np.median(_length(*stars.ellipticity)),
        "starUnNormalizedEMedian": np.median(_length(*stars.unnormalized_ellipticity)),
        "psfStarDeltaE1Median": np.median(delta_e1),
        "psfStarDeltaE2Median": np.median(delta_e2),
        "psfStarDeltaE1Scatter": _scatter(delta_e1),
        "psfStarDeltaE2Scatter": _scatter(delta_e2),
        "psfStarDeltaSizeMedian": np.median(delta_size),
        "psfStarDeltaSizeScatter": _scatter(delta_size),
        "psfStarScaledDeltaSizeScatter": _scatter(delta_size) / np.median(stars.size),
    }
    return {name: float(value) for name, value in statistics.items()}


@_quiet
def higher_order_medians(moments: Mapping[str, FloatArray]) -> dict[str, float]:
    """Combine third and fourth moments into the medians of physical aberrations.

    Parameters
    ----------
    moments : mapping from `str` to `numpy.ndarray` of float, shape (n,)
        Normalized moments M_pq by the key "pq", for all keys in `HIGHER_ORDERS`.

    Returns
    -------
    statistics : `dict` [`str`, `float`]
        Values by the name of their field. NaN values are ignored; NaN if there is
        nothing else.

    Raises
    ------
    ValueError
        Raised if a moment is missing.
    """
    missing = [key for key in HIGHER_ORDERS if key not in moments]
    if missing:
        raise ValueError(f"The moments {', '.join(missing)} are missing.")
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


def _scatter(values: FloatArray) -> np.floating[Any]:
    """Return the median absolute deviation as the standard deviation of a normal distribution."""
    return np.median(np.abs(values - np.median(values))) / _MAD_PER_SIGMA


def _length(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the length of vectors; in single precision `numpy.hypot` rounds in another way."""
    return np.sqrt(first**2 + second**2)


def _nan_median(values: FloatArray) -> float:
    """Return the median of the values that are not NaN, NaN if there are none."""
    return float(np.median(values[~np.isnan(values)])) if not np.all(np.isnan(values)) else np.nan
