"""Aperture fluxes against sums over frequencies."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import j1

import psf_oracle
from psf_images import KINDS, SEEDS, gaussian, image_of_kind
from visit_kernels.sinc_aperture import aperture_coefficients, aperture_fluxes


def test_coefficients_are_the_sum_of_their_frequencies() -> None:
    """The fast transform against the sum that defines it."""
    radius, half = 2.7, 8
    m = np.arange(1 - half, half)
    frequency = m / (2 * half - 1)
    k = np.hypot(frequency[:, None], frequency)
    with np.errstate(invalid="ignore"):
        transform = np.where(k == 0, np.pi * radius**2, radius * j1(2 * np.pi * radius * k) / k)
    wave = np.cos(2 * np.pi * m[:, None] * frequency)
    # The transform is even in both axes, so products of cosines suffice.
    expected = wave @ transform @ wave.T / (2 * half - 1) ** 2
    np.testing.assert_allclose(aperture_coefficients(radius), expected, rtol=0, atol=1e-15)


@settings(max_examples=15)
@given(seed=SEEDS, kind=KINDS, radius=st.sampled_from([0.3, 1.0, 2.0, 3.3, 6.0]))
def test_fluxes_are_those_of_plain_python(seed: int, kind: str, radius: float) -> None:
    image = image_of_kind(seed, kind)
    center = (image.shape[1] // 2, image.shape[0] // 2)
    expected = psf_oracle.aperture_flux(image, center, radius)
    found = aperture_fluxes(image[None], center, radius)[0]
    assert found == pytest.approx(expected, rel=1e-10, abs=1e-12 * np.abs(image).sum())


@pytest.mark.parametrize("radius", [1.0, 3.0, 4.0, 7.5])
def test_flux_of_a_well_sampled_gaussian(radius: float) -> None:
    flux = aperture_fluxes(gaussian(4, 4, 0, 25)[None], (25, 25), radius)[0]
    # What the image cuts off at six standard deviations.
    assert flux == pytest.approx(1 - math.exp(-(radius**2) / 8), rel=1e-6)


def test_flux_is_linear() -> None:
    images = np.stack([image_of_kind(seed, "noise", (11, 9)) for seed in (1, 2)])
    one, two = aperture_fluxes(images, (4, 5), 2.5)
    total = aperture_fluxes(images.sum(axis=0)[None], (4, 5), 2.5)[0]
    assert total == pytest.approx(one + two, rel=1e-12)


def test_a_star_outside_of_its_image_has_no_flux() -> None:
    assert aperture_fluxes(np.ones((2, 5, 5)), (40, 2), 2.0).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("radius", [0.0, -1.0, math.nan, math.inf])
def test_radius_must_be_positive(radius: float) -> None:
    with pytest.raises(ValueError, match="radius"):
        aperture_coefficients(radius)


def test_coefficients_are_remembered_and_protected() -> None:
    coefficients = aperture_coefficients(3.25)
    assert aperture_coefficients(3.25) is coefficients
    with pytest.raises(ValueError, match="read-only"):
        coefficients[0, 0] = 1.0
