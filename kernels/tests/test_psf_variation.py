"""Areas and ranges, against exact cases and identities."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit_kernels.psf_variation import (
    effective_area,
    ranges_of_radius_and_flux,
    scaled_range,
    trace_radii,
)

finite = st.floats(-1e6, 1e6)


def test_area_of_a_uniform_image_is_its_number_of_pixels() -> None:
    assert effective_area(np.ones((4, 5))) == 20
    assert effective_area(np.ones((3, 2, 4, 5))).tolist() == [[20.0, 20.0]] * 3
    with np.errstate(all="raise"):
        assert math.isnan(effective_area(np.zeros((4, 5))))
    with pytest.raises(ValueError, match="Images have two dimensions"):
        effective_area(np.ones(3))


def test_area_of_a_gaussian_is_four_pi_variances() -> None:
    """The continuous limit, which sampling changes by nothing that a double could show."""
    y, x = np.mgrid[-40:41, -40:41]
    sigma = np.array([2.0, 2.5, 3.0])
    images = np.exp(-(x**2 + y**2) / (2 * sigma[:, None, None] ** 2))
    np.testing.assert_allclose(effective_area(images), 4 * np.pi * sigma**2, rtol=1e-13)


@given(st.integers(0, 1000), st.floats(1e-3, 1e3), st.sampled_from(["f4", "f8"]))
def test_area_ignores_normalization_and_type(seed: int, factor: float, dtype: str) -> None:
    """Sums are in double precision, also those of single pixels."""
    image = np.random.default_rng(seed).uniform(0, 1, (11, 13)).astype(dtype)
    area = effective_area(image)
    assert area == pytest.approx(math.fsum(image.ravel()) ** 2 / math.fsum(image.ravel().astype(float) ** 2))
    assert effective_area(factor * image.astype(float)) == pytest.approx(area, rel=1e-13)
    assert 0 < area <= image.size * (1 + 1e-15)


def test_radii_are_those_of_the_trace() -> None:
    radii = trace_radii([4.0, 1.0, -3.0, math.nan, 2.0], [4.0, 7.0, 1.0, 1.0, math.inf])
    np.testing.assert_array_equal(radii, [2.0, 2.0, math.nan, math.nan, math.inf])


@given(st.lists(st.tuples(finite, st.floats(0, 1e6)), min_size=1, max_size=20))
def test_ranges_of_finite_values(pairs: list[tuple[float, float]]) -> None:
    radii, fluxes = zip(*pairs, strict=True)
    expected = (max(radii) - min(radii), max(fluxes) - min(fluxes))
    assert ranges_of_radius_and_flux(radii, fluxes) == expected
    negative = ranges_of_radius_and_flux(radii, [*fluxes[:-1], -0.1])
    assert negative[0] == expected[0] and math.isnan(negative[1])


def test_ranges_without_a_value() -> None:
    def ranges(radius: float, flux: float) -> tuple[float, float]:
        return ranges_of_radius_and_flux([2.0, radius, 2.0], [0.5, flux, 0.5])

    nan, inf = math.nan, math.inf
    assert ranges(2.0, 0.5) == (0.0, 0.0)
    assert ranges(2.0, -0.1) == pytest.approx((0.0, nan), nan_ok=True)
    assert ranges(nan, 0.5) == pytest.approx((nan, 0.0), nan_ok=True)
    assert ranges(2.5, nan) == pytest.approx((0.5, nan), nan_ok=True)
    assert ranges(2.5, inf) == (0.5, inf)
    assert ranges(nan, inf) == pytest.approx((nan, nan), nan_ok=True)
    assert ranges(1e308, 0.5) == (1e308, 0.0)
    assert ranges_of_radius_and_flux([inf, inf], [1.0, 1.0]) == pytest.approx((nan, 0.0), nan_ok=True)
    assert ranges_of_radius_and_flux([-1.7e308, 1.7e308], [1.0, 1.0]) == (inf, 0.0)
    with pytest.raises(ValueError, match="no positions"):
        ranges_of_radius_and_flux([], [])
    with pytest.raises(ValueError, match="n of both are needed"):
        ranges_of_radius_and_flux([1.0, 2.0], [1.0])


@given(st.lists(finite, min_size=1, max_size=20), st.floats(0.1, 10))
def test_scaled_ranges(values: list[float], scale: float) -> None:
    assert scaled_range(values, scale) == (max(values) - min(values)) / scale
    for hole in (math.nan, math.inf, -math.inf):
        assert math.isnan(scaled_range([*values, hole], scale))


def test_scaled_ranges_of_special_values() -> None:
    assert scaled_range([[1.0, 2.0], [5.0, 3.0]], 4.0) == 1.0
    assert scaled_range([1.0, 2.0], 0.0) == math.inf
    assert math.isnan(scaled_range([1.0, 1.0], 0.0))
    assert math.isnan(scaled_range([1.0, 2.0], math.nan))
    with pytest.raises(ValueError, match="no values"):
        scaled_range([], 1.0)
