"""Flux in a circular aperture of a band-limited image (Bickerton and Lupton 2013)."""

from __future__ import annotations

__all__ = ["aperture_coefficients", "aperture_fluxes"]

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.special import j1

_MIN_LOG2_SIZE = 3
"""Least logarithm to base 2 of half the size of a coefficient image, in pixels (agrees with the stack)."""


@lru_cache(maxsize=32)
def aperture_coefficients(radius: float) -> npt.NDArray[np.float64]:
    """Return the weight of every pixel for an aperture about a pixel center.

    Parameters
    ----------
    radius : `float`
        Radius in pixels.

    Returns
    -------
    coefficients : `numpy.ndarray`
        Square image of odd size with the aperture's center in its middle,
        float64, read-only.

    Raises
    ------
    ValueError
        Raised if the radius is not a positive finite number.
    """
    if not 0 < radius < math.inf:
        raise ValueError(f"An aperture radius must be positive and finite, not {radius}.")
    level = max(_MIN_LOG2_SIZE, math.ceil(math.log10(2 * radius) / math.log10(2)))
    half = 2**level
    n = 2 * half - 1
    # Frequencies in the order of the discrete Fourier transform, zero first.
    frequency = np.concatenate([np.arange(half), np.arange(1 - half, 0)]) / n
    k = np.hypot(frequency[:, None], frequency[None, :])
    k[0, 0] = 1.0
    transform = radius * j1(2 * np.pi * radius * k) / k
    transform[0, 0] = np.pi * radius**2
    coefficients = np.fft.fftshift(np.fft.ifft2(transform).real)
    coefficients.setflags(write=False)
    return coefficients


def aperture_fluxes(
    images: npt.NDArray[np.float64], center: tuple[int, int], radius: float
) -> npt.NDArray[np.float64]:
    """Sum images over a circular aperture about a pixel center.

    Parameters
    ----------
    images : `numpy.ndarray`
        Images, shape ``(n, height, width)``; taken as zero outside.
    center : `tuple` [`int`, `int`]
        Array column and row of the aperture's center.
    radius : `float`
        Radius in pixels.

    Returns
    -------
    fluxes : `numpy.ndarray`
        Fluxes in the units of the images, float64, shape ``(n,)``.

    Raises
    ------
    ValueError
        Raised if the radius is not a positive finite number.
    """
    coefficients = aperture_coefficients(float(radius))
    half = len(coefficients) // 2
    of_image, of_aperture = [], []
    for c, size in zip(center[::-1], images.shape[1:], strict=True):
        low, high = max(0, c - half), min(size, c + half + 1)
        if low >= high:
            return np.zeros(len(images))
        of_image.append(slice(low, high))
        of_aperture.append(slice(low - c + half, high - c + half))
    overlap = images[:, of_image[0], of_image[1]]
    return np.einsum("nij,ij->n", overlap, coefficients[of_aperture[0], of_aperture[1]])
