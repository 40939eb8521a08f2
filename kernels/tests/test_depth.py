"""Magnitude limits and effective times, against their definitions and exact cases."""

from __future__ import annotations

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit_kernels import depth


def test_mean_of_amplifiers_ignores_nan_only() -> None:
    assert math.isnan(depth.mean_or_nan([]))
    assert math.isnan(depth.mean_or_nan([math.nan]))
    assert depth.mean_or_nan([math.nan, 2.0, 4.0]) == 3.0
    assert depth.mean_or_nan([math.inf, 2.0]) == math.inf
    with np.errstate(divide="ignore"):
        assert 1.0 / depth.mean_or_nan(iter([0.0])) == math.inf


@given(st.floats(1, 200), st.floats(0.1, 1e5), st.floats(20, 35), st.floats(0, 50), st.floats(0.5, 10))
def test_a_source_at_the_magnitude_limit_has_that_signal_to_noise(
    area: float, sky: float, zero_point: float, read_noise: float, gain: float
) -> None:
    limit = depth.magnitude_limit(area, sky, zero_point, read_noise, gain, 5.0)
    electrons = gain * 10 ** ((zero_point - limit) / 2.5)
    variance = electrons + gain**2 * (sky / gain + read_noise**2) * area
    assert electrons / math.sqrt(variance) == pytest.approx(5.0, rel=1e-9)


@given(st.floats(1, 200), st.floats(0.1, 1e5), st.floats(0.5, 10), st.floats(1, 50))
def test_the_limit_without_noise_is_the_flux_of_few_photons(
    area: float, sky: float, gain: float, snr: float
) -> None:
    """Poisson statistics: snr^2 electrons; noise makes the limit brighter."""
    alone = depth.magnitude_limit(area, 0.0, 30.0, 0.0, gain, snr)
    assert alone == pytest.approx(30.0 - 2.5 * math.log10(snr**2 / gain), rel=1e-13)
    assert depth.magnitude_limit(area, sky, 30.0, 0.0, gain, snr) < alone
    assert math.isnan(depth.magnitude_limit(area, -1e9, 30.0, 0.0, gain, snr))


def test_area_of_the_seeing_is_in_pixels() -> None:
    """A size of 2 pixels of 0.2 arcseconds is a FWHM of 0.942 arcseconds; values worked out by hand."""
    assert depth.seeing_area(2.0, 0.2) == pytest.approx(
        2.266 * ((0.942 - 0.052) / 0.822 / 0.2) ** 2, rel=1e-14
    )
    # Where the seeing is much larger than the optics, the scale does not matter.
    assert depth.seeing_area(200.0, 0.2) == pytest.approx(depth.seeing_area(200.0, 0.4), rel=1e-3)


def test_fiducial_conditions_have_the_scale_one() -> None:
    assert depth.psf_sigma_scale(2.1, 2.1) == 1.0
    assert depth.sky_background_scale(300.0, 30.0, 10.0) == 1.0
    zero_point = 28.0 + 2.5 * math.log10(30.0)
    assert depth.zero_point_scale(zero_point, 30.0, 28.0, math.inf) == pytest.approx(1.0, abs=1e-14)
    assert depth.effective_time(24.5, 24.5, 30.0) == 30.0


@given(st.floats(1, 10), st.floats(0.1, 10), st.floats(-3, 3))
def test_scales_follow_their_powers(sigma: float, factor: float, magnitudes: float) -> None:
    assert depth.psf_sigma_scale(factor * sigma, sigma) == pytest.approx(factor**-2, rel=1e-13)
    assert depth.sky_background_scale(factor * 300.0, 30.0, 10.0) == pytest.approx(1 / factor, rel=1e-13)
    transparency = 10 ** (0.4 * magnitudes)
    scale = depth.zero_point_scale(28.0 + magnitudes, 1.0, 28.0, math.inf)
    assert scale == pytest.approx(transparency**2, rel=1e-12)
    assert depth.zero_point_scale(28.0 + magnitudes, 1.0, 28.0, 0.7) == min(scale, 0.7)
    # Depth in a background grows by 1.25 log10(time).
    deeper = 24.0 + 1.25 * math.log10(factor)
    assert depth.effective_time(deeper, 24.0, 30.0) == pytest.approx(factor * 30.0, rel=1e-12)


def test_numbers_of_python_raise_and_those_of_numpy_are_infinite() -> None:
    for size, error in ((0.0, ZeroDivisionError), (-0.0, ZeroDivisionError), (1e-200, OverflowError)):
        with pytest.raises(error):
            depth.psf_sigma_scale(size, 1.0)
    assert depth.psf_sigma_scale(math.inf, 1.0) == 0.0
    for sky, time in ((0.0, 30.0), (-0.0, 30.0), (5.0, 0.0), (0.0, 0.0), (5.0, math.inf)):
        with pytest.raises(ZeroDivisionError):
            depth.sky_background_scale(sky, time, 1.0)
    assert depth.sky_background_scale(1e-320, 30.0, 1.0) == math.inf
    with pytest.raises(OverflowError):
        depth.effective_time(2000.0, 25.0, 30.0)
    assert depth.effective_time(math.inf, 25.0, 30.0) == math.inf
    with pytest.raises(ZeroDivisionError):
        depth.magnitude_limit(40.0, 100.0, 30.0, 5.0, 0.0, 5.0)
    assert depth.magnitude_limit(40.0, 100.0, 30.0, 5.0, np.float64(0.0), 5.0) == -math.inf
    with pytest.raises(OverflowError):
        depth.magnitude_limit(40.0, 100.0, 30.0, 5.0, 1.0, 1e100)
    with pytest.raises(ZeroDivisionError):
        depth.seeing_area(2.0, 0.0)
    with pytest.raises(OverflowError):
        depth.seeing_area(1e200, 0.2)


def test_transparency_without_a_finite_value_is_limited() -> None:
    assert depth.zero_point_scale(2000.0, 30.0, 25.0, math.inf) == math.inf
    assert depth.zero_point_scale(2000.0, 30.0, 25.0, 1.3) == 1.3
    assert depth.zero_point_scale(27.0, 0.0, 25.0, math.inf) == math.inf
    assert math.isnan(depth.zero_point_scale(27.0, -30.0, 25.0, math.inf))
    assert math.isnan(depth.zero_point_scale(math.nan, 30.0, 25.0, 1.3))


def test_nothing_is_divided_without_a_value_or_a_fiducial() -> None:
    for value in (
        depth.psf_sigma_scale(0.0, None),
        depth.psf_sigma_scale(math.nan, 0.0),
        depth.sky_background_scale(0.0, 0.0, None),
        depth.sky_background_scale(math.nan, 0.0, 1.0),
        depth.zero_point_scale(27.0, 0.0, None, math.inf),
        depth.effective_time(2000.0, None, 30.0),
        depth.effective_time(2000.0, 25.0, None),
        depth.effective_time(math.nan, 25.0, 30.0),
    ):
        assert math.isnan(value)


@given(st.lists(st.floats(), min_size=4, max_size=4), st.floats(1e-3, 1e3))
def test_no_number_raises_other_than_arithmetic_errors_or_warns(values: list[float], positive: float) -> None:
    a, b, c, d = values
    for function, arguments in (
        (depth.psf_sigma_scale, (a, positive)),
        (depth.sky_background_scale, (a, b, positive)),
        (depth.effective_time, (a, b, c)),
        (depth.seeing_area, (a, b)),
        (depth.magnitude_limit, (a, b, c, d, positive, 5.0)),
        (depth.magnitude_limit, (positive, a, 25.0, b, c, d)),
    ):
        with contextlib.suppress(ZeroDivisionError, OverflowError):
            assert isinstance(function(*arguments), float)
    assert isinstance(depth.zero_point_scale(a, b, c, d), float)
    numbers = [np.float64(value) for value in values]
    assert isinstance(depth.magnitude_limit(*numbers, np.float64(positive), 5.0), float)
