"""How deep an exposure goes: magnitude limit and effective exposure time."""

from __future__ import annotations

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


_like_c = np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore")
"""Absurd values give infinity or NaN, never an exception or a warning."""


def mean_or_nan(values: Iterable[float]) -> float:
    """Return the mean of what is not NaN, NaN if nothing is."""
    array = np.fromiter(values, dtype=float)
    array = array[~np.isnan(array)]
    return float(np.mean(array)) if array.size else np.nan


@_like_c
def _power(base: float, exponent: float) -> float:
    """Return a power, inf where Python would raise an exception."""
    return float(np.float64(base) ** exponent)


@_like_c
def _ratio(numerator: float, denominator: float) -> float:
    """Return a quotient, inf or NaN where Python would raise ZeroDivisionError."""
    return float(np.float64(numerator) / denominator)


@_like_c
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
        background is very negative, -inf if the gain is zero.
    """
    gain, snr = np.float64(gain), np.float64(snr)
    background = (skyBg / gain + np.float64(readNoise) ** 2) * psfArea
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
    """
    fwhm = psf_sigma * 2.355 * pixel_scale
    effective_width = (fwhm - 0.052) / 0.822
    return 2.266 * _power(_ratio(effective_width, pixel_scale), 2)


def psf_sigma_scale(psf_sigma: float, fiducial_psf_sigma: float) -> float:
    """Return (PSF size / fiducial size)^-2; NaN if the size is zero."""
    return _power(_ratio(psf_sigma, fiducial_psf_sigma), -2) if psf_sigma != 0 else np.nan


def sky_background_scale(sky_background: float, exposure_time: float, fiducial_rate: float) -> float:
    """Return fiducial rate / (sky background / time); NaN if either of the latter is zero."""
    if sky_background == 0 or exposure_time == 0:
        return np.nan
    return _ratio(fiducial_rate, _ratio(sky_background, exposure_time))


@_like_c
def zero_point_scale(
    zero_point: float, exposure_time: float, fiducial_zero_point: float, maximum: float
) -> float:
    """Return the squared ratio of transparencies.

    Parameters
    ----------
    zero_point : `float`
        Magnitude of one unit in the whole exposure.
    exposure_time : `float`
        Exposure time in seconds.
    fiducial_zero_point : `float`
        Magnitude of one unit per second.
    maximum : `float`
        Upper limit of the result.

    Returns
    -------
    scale : `float`
        10^(0.8 (difference of the zero points per second)), not above ``maximum``;
        NaN if an input is NaN or the exposure time is not positive.
    """
    if not exposure_time > 0:
        return np.nan
    difference = zero_point - 2.5 * np.log10(exposure_time) - fiducial_zero_point
    return float(np.minimum(_power(10.0, 0.8 * difference), maximum))


def effective_time(
    magnitude_limit: float, fiducial_magnitude_limit: float, fiducial_exposure_time: float
) -> float:
    """Return the time in seconds that reaches a magnitude limit in fiducial conditions."""
    return _power(10.0, 0.8 * (magnitude_limit - fiducial_magnitude_limit)) * fiducial_exposure_time
