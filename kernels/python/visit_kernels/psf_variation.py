"""Effective area of a PSF, and variation of a PSF and its aperture corrections over an image.

The definitions are those of the LSST Science Pipelines (``psfArea``,
``psfTraceRadiusDelta``, ``psfApFluxDelta``, ``psfApCorrSigmaScaledDelta``).
"""

from __future__ import annotations

__all__ = ["effective_area", "ranges_of_radius_and_flux", "scaled_range", "trace_radii"]

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def effective_area(images: ArrayLike) -> NDArray[Any]:
    """Compute the effective areas of PSF images.

    Parameters
    ----------
    images : array_like, shape (..., height, width)
        The images; their normalization cancels.

    Returns
    -------
    area : `numpy.ndarray` of float64, shape (...)
        (sum of pixels)^2 / (sum of squared pixels), in square pixels: the number of
        pixels whose background noise an optimally weighted flux has. NaN for an image
        without light.

    Raises
    ------
    ValueError
        Raised if the images have less than two dimensions.
    """
    pixels = np.asarray(images, dtype=float)
    if pixels.ndim < 2:
        raise ValueError(f"Images have two dimensions, not the shape {pixels.shape}.")
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.asarray(np.sum(pixels, axis=(-2, -1)) ** 2 / np.sum(pixels**2, axis=(-2, -1)))


def trace_radii(xx: ArrayLike, yy: ArrayLike) -> FloatArray:
    """Compute sizes from second moments.

    Parameters
    ----------
    xx, yy : array_like
        Second moments in square pixels.

    Returns
    -------
    radii : `numpy.ndarray` of float64
        sqrt((xx + yy) / 2) in pixels; NaN for a negative trace, which the moments of
        failed measurements can have.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        return np.sqrt((np.asarray(xx, dtype=float) + np.asarray(yy, dtype=float)) / 2)


def ranges_of_radius_and_flux(radii: ArrayLike, fluxes: ArrayLike) -> tuple[float, float]:
    """Compute how much size and aperture flux of a PSF vary.

    Parameters
    ----------
    radii, fluxes : array_like, shape (n,)
        Trace radius in pixels, and flux in an aperture, at n > 0 positions.

    Returns
    -------
    radius_range : `float`
        Largest minus smallest radius, in pixels; NaN if one is NaN.
    flux_range : `float`
        Largest minus smallest flux; NaN if one is NaN or negative.

    Raises
    ------
    ValueError
        Raised if there are no positions, or not as many radii as fluxes.

    Notes
    -----
    Both are NaN if at any position neither radius nor flux is finite.
    """
    r, f = np.asarray(radii, dtype=float), np.asarray(fluxes, dtype=float)
    if r.shape != f.shape or r.ndim != 1:
        raise ValueError(f"Radii have shape {r.shape}, fluxes {f.shape}; n of both are needed.")
    if not r.size:
        raise ValueError("There are no positions where size and flux of the PSF are known.")
    if not np.all(np.isfinite(r) | np.isfinite(f)):
        return math.nan, math.nan
    return _range(r), math.nan if np.any(f < 0) else _range(f)


def scaled_range(values: ArrayLike, scale: float) -> float:
    """Compute how much a quantity varies, in units of another one.

    Parameters
    ----------
    values : array_like
        One value or more, such as aperture corrections on a grid.
    scale : `float`
        The unit, such as the size of the PSF.

    Returns
    -------
    scaled_range : `float`
        (Largest minus smallest value) / ``scale``; NaN if a value is not finite.

    Raises
    ------
    ValueError
        Raised if there are no values.
    """
    array = np.asarray(values, dtype=float)
    if not array.size:
        raise ValueError("There are no values whose range could be computed.")
    if not np.all(np.isfinite(array)):
        return math.nan
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return float(np.float64(_range(array)) / scale)


def _range(values: FloatArray) -> float:
    """Return the largest minus the smallest value; infinite ones, or nearly so, give no warning."""
    with np.errstate(invalid="ignore", over="ignore"):
        return float(np.ptp(values))
