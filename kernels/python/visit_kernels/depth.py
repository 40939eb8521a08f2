"""How deep an exposure goes: magnitude limit and effective exposure time."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

__all__ = [
    "compute_magnitude_limit",
    "effective_time",
    "mean_or_nan",
    "psf_sigma_scale",
    "seeing_area",
    "sky_background_scale",
    "zero_point_scale",
]


_quiet = np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore")
"""Where NumPy computes, as in the stack, absurd values give infinity or NaN without a warning."""


def mean_or_nan(values: Iterable[float]) -> np.float64:
    """Return the mean of what is not NaN, NaN if nothing is; dividing by it never raises."""
    array = np.fromiter(values, dtype=float)
    array = array[~np.isnan(array)]
    return np.float64(np.mean(array) if array.size else np.nan)


@_quiet
def compute_magnitude_limit(
    psfArea: float, skyBg: float, zeroPoint: float, readNoise: float, gain: float, snr: float
) -> float:
    """Compute the magnitude of a point source with a given signal-to-noise ratio.

    Parameters
    ----------
    psfArea : `float`
        Effective area of the PSF in square pixels.
    skyBg : `float`
        Sky background per pixel, in image units.
    zeroPoint : `float`
        Magnitude of one image unit.
    readNoise : `float`
        Read noise per pixel, in image units.
    gain : `float`
        Electrons per image unit.
    snr : `float`
        Signal-to-noise ratio.

    Returns
    -------
    magnitude_limit : `float`
        The limit in magnitudes (SMTN-002, LSE-40); NaN if an input is NaN or the
        background is very negative, -inf if the gain is a `numpy.float64` of zero.

    Raises
    ------
    ZeroDivisionError
        Raised if the gain is a `float` of zero, or its square underflows.
    OverflowError
        Raised if a power of a `float` overflows.
    """
    background = (skyBg / gain + readNoise**2) * psfArea
    signal = snr**2 / (2 * gain) + np.sqrt(snr**4 / (4 * gain**2) + snr**2 * background)
    return float(zeroPoint - 2.5 * np.log10(signal))


def seeing_area(psf_sigma: float, pixel_scale: float) -> float:
    """Return the effective area of a PSF in square pixels.

    Parameters
    ----------
    psf_sigma : `float`
        Size of the PSF in pixels.
    pixel_scale : `float`
        Pixel scale in arcseconds per pixel.

    Returns
    -------
    area : `float`
        Area for the light distribution of atmospheric seeing (LSE-40: effective
        width = (FWHM - 0.052 arcsec) / 0.822).

    Raises
    ------
    ZeroDivisionError
        Raised if the pixel scale is zero.
    OverflowError
        Raised if the area overflows.
    """
    fwhm = psf_sigma * 2.355 * pixel_scale
    effective_width = (fwhm - 0.052) / 0.822
    return 2.266 * (effective_width / pixel_scale) ** 2


def psf_sigma_scale(psf_sigma: float, fiducial_psf_sigma: float | None) -> float:
    """Return (PSF size / fiducial size)^-2; NaN without one of them.

    Raises
    ------
    ZeroDivisionError
        Raised if a size is zero.
    OverflowError
        Raised if the PSF size is nearly zero.
    """
    if fiducial_psf_sigma is None or math.isnan(psf_sigma):
        return math.nan
    return (psf_sigma / fiducial_psf_sigma) ** -2


def sky_background_scale(sky_background: float, exposure_time: float, fiducial_rate: float | None) -> float:
    """Return fiducial rate / (sky background / time); NaN without background or fiducial rate.

    Raises
    ------
    ZeroDivisionError
        Raised if the background or the exposure time is zero.
    """
    if fiducial_rate is None or math.isnan(sky_background):
        return math.nan
    return fiducial_rate / (sky_background / exposure_time)


@_quiet
def zero_point_scale(
    zero_point: float, exposure_time: float, fiducial_zero_point: float | None, maximum: float
) -> float:
    """Return the squared ratio of transparencies.

    Parameters
    ----------
    zero_point : `float`
        Magnitude of one unit in the whole exposure.
    exposure_time : `float`
        Exposure time in seconds.
    fiducial_zero_point : `float` or `None`
        Magnitude of one unit per second.
    maximum : `float`
        Upper limit of the result.

    Returns
    -------
    scale : `float`
        10^(0.8 (difference of the zero points per second)), not above ``maximum``;
        NaN without a zero point or for a negative exposure time. No exposure time
        gives the limit.
    """
    if fiducial_zero_point is None:
        return math.nan
    difference = zero_point - 2.5 * np.log10(exposure_time) - fiducial_zero_point
    return float(min(10.0 ** (2.0 * difference / 2.5), maximum))


def effective_time(
    magnitude_limit: float, fiducial_magnitude_limit: float | None, fiducial_exposure_time: float | None
) -> float:
    """Return the time in seconds that reaches a magnitude limit in fiducial conditions.

    NaN without fiducial limit or time.

    Raises
    ------
    OverflowError
        Raised if the time is infinite but the magnitude limit is not.
    """
    if fiducial_magnitude_limit is None or fiducial_exposure_time is None:
        return math.nan
    return 10.0 ** (0.8 * (magnitude_limit - fiducial_magnitude_limit)) * fiducial_exposure_time
