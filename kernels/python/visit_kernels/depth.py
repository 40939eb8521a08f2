"""Depth of an exposure: magnitude limit and effective exposure time.

The formulas are those of the LSST Science Pipelines (SMTN-002, LSE-40, DMTN-296). Where
these compute with numbers of Python, so do the functions here: a division by zero or an
overflow raises what it raises in Python, and callers who want a value instead keep such
arguments away.
"""

from __future__ import annotations

__all__ = [
    "effective_time",
    "magnitude_limit",
    "mean_or_nan",
    "psf_sigma_scale",
    "seeing_area",
    "sky_background_scale",
    "zero_point_scale",
]

import math
from collections.abc import Iterable

import numpy as np

_quiet = np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore")
"""Error handling of NumPy, as in the stack: absurd values give infinity or NaN without a warning."""


def mean_or_nan(values: Iterable[float]) -> np.float64:
    """Return the mean of the values that are not NaN, NaN if there are none.

    Parameters
    ----------
    values : iterable of `float`
        Gains or read noises of amplifiers, in any unit.

    Returns
    -------
    mean : `numpy.float64`
        The mean in the same unit; a division by it never raises.
    """
    array = np.fromiter(values, dtype=float)
    array = array[~np.isnan(array)]
    return np.float64(np.mean(array) if array.size else np.nan)


@_quiet
def magnitude_limit(
    psf_area: float, sky_background: float, zero_point: float, read_noise: float, gain: float, snr: float
) -> float:
    """Compute the magnitude of a point source with a given signal-to-noise ratio.

    Parameters
    ----------
    psf_area : `float`
        Effective area of the PSF in square pixels.
    sky_background : `float`
        Sky background per pixel, in image units.
    zero_point : `float`
        Magnitude of one image unit.
    read_noise : `float`
        Read noise per pixel, in image units.
    gain : `float`
        Electrons per image unit.
    snr : `float`
        Signal-to-noise ratio.

    Returns
    -------
    magnitude_limit : `float`
        The limit in magnitudes; NaN if an input is NaN or the background is very
        negative, -inf if the gain is a `numpy.float64` of zero.

    Raises
    ------
    ZeroDivisionError
        Raised if the gain is a `float` of zero, or its square underflows.
    OverflowError
        Raised if a power of a `float` overflows.

    Notes
    -----
    A source of n electrons has the variance n + gain^2 B, where B = (sky background /
    gain + read noise^2) PSF area; the limit is where n / sqrt(variance) is the given
    ratio.
    """
    background = (sky_background / gain + read_noise**2) * psf_area
    signal = snr**2 / (2 * gain) + np.sqrt(snr**4 / (4 * gain**2) + snr**2 * background)
    return float(zero_point - 2.5 * np.log10(signal))


def seeing_area(psf_sigma: float, pixel_scale: float) -> float:
    """Return the effective area of a PSF that the atmosphere makes.

    Parameters
    ----------
    psf_sigma : `float`
        Size of the PSF in pixels: the standard deviation of a Gaussian.
    pixel_scale : `float`
        Pixel scale in arcseconds per pixel.

    Returns
    -------
    area : `float`
        Number of pixels that the background noise of an optimal measurement is that
        of: 2.266 times the square of the effective FWHM, which is (FWHM - 0.052
        arcseconds) / 0.822 (LSE-40).

    Raises
    ------
    ZeroDivisionError
        Raised if the pixel scale is zero.
    OverflowError
        Raised if the area overflows.
    """
    fwhm = psf_sigma * 2.355 * pixel_scale
    effective_fwhm = (fwhm - 0.052) / 0.822
    return 2.266 * (effective_fwhm / pixel_scale) ** 2


def psf_sigma_scale(psf_sigma: float, fiducial_psf_sigma: float | None) -> float:
    """Return how much effective time the size of the PSF leaves.

    Parameters
    ----------
    psf_sigma : `float`
        Size of the PSF.
    fiducial_psf_sigma : `float` or `None`
        Fiducial size in the same unit.

    Returns
    -------
    scale : `float`
        (size / fiducial size)^-2; NaN without one of them.

    Raises
    ------
    ZeroDivisionError
        Raised if a size is zero.
    OverflowError
        Raised if the size is nearly zero.
    """
    if fiducial_psf_sigma is None or math.isnan(psf_sigma):
        return math.nan
    return (psf_sigma / fiducial_psf_sigma) ** -2


def sky_background_scale(sky_background: float, exposure_time: float, fiducial_rate: float | None) -> float:
    """Return how much effective time the sky leaves.

    Parameters
    ----------
    sky_background : `float`
        Sky background per pixel, in image units.
    exposure_time : `float`
        Exposure time in seconds.
    fiducial_rate : `float` or `None`
        Fiducial sky background per pixel and second, in image units.

    Returns
    -------
    scale : `float`
        Fiducial rate / (background / time); NaN without background or fiducial rate.

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
    """Return how much effective time the transparency leaves.

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
        The squared ratio of transparencies, 10^(0.8 (difference of the zero points per
        second)), not above ``maximum``; NaN without a zero point or for a negative
        exposure time. No exposure time gives the limit.
    """
    if fiducial_zero_point is None:
        return math.nan
    difference = zero_point - 2.5 * np.log10(exposure_time) - fiducial_zero_point
    return float(min(10.0 ** (2.0 * difference / 2.5), maximum))


def effective_time(
    magnitude_limit: float, fiducial_magnitude_limit: float | None, fiducial_exposure_time: float | None
) -> float:
    """Return the time that reaches a magnitude limit in fiducial conditions.

    Parameters
    ----------
    magnitude_limit : `float`
        The limit in magnitudes.
    fiducial_magnitude_limit : `float` or `None`
        The limit that the fiducial exposure time reaches, in magnitudes.
    fiducial_exposure_time : `float` or `None`
        The fiducial exposure time in seconds.

    Returns
    -------
    effective_time : `float`
        In seconds; NaN without a fiducial value.

    Raises
    ------
    OverflowError
        Raised if the time is infinite but the magnitude limit is not.
    """
    if fiducial_magnitude_limit is None or fiducial_exposure_time is None:
        return math.nan
    return 10.0 ** (0.8 * (magnitude_limit - fiducial_magnitude_limit)) * fiducial_exposure_time
