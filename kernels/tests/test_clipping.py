"""Clipped moments against plain NumPy, for few pixels and many, whatever they look like."""

from __future__ import annotations

import math
import tracemalloc
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import visit_kernels.clipping
from clipping_oracle import KINDS, clip_plainly, pixels
from visit_kernels.clipping import ClippedMoments, clip, clipped_moments, clipped_moments_of_planes
from visit_kernels.moments import Moments
from visit_kernels.sampling import RUN, SAMPLE, Clipping, run_starts

BAD, OTHER = 4, 1
MANY = 2 * SAMPLE
"""So many pixels are scanned; fewer are selected and sorted."""

ODD = (math.nan, math.inf, -math.inf, 3.4e38, -3.4e38)


def _check(found: ClippedMoments, values: np.ndarray, mask: np.ndarray | None, *args: float) -> None:
    """Compare with plain NumPy."""
    wanted = clip_plainly(values, mask, *args)
    assert (found.n, found.n_good) == (wanted.n, wanted.n_good)
    for name in ("mean", "variance"):
        assert math.isnan(getattr(found, name)) == math.isnan(getattr(wanted, name)), name
    if wanted.n:
        scale = max(abs(wanted.mean), math.sqrt(np.nan_to_num(wanted.variance)))
        assert abs(found.mean - wanted.mean) <= 1e-12 * scale
    if wanted.n > 1:
        # What rounding of the mean contributes to the variance of pixels that are equal.
        noise = (1e-15 * wanted.mean) ** 2
        assert abs(found.variance - wanted.variance) <= 1e-12 * wanted.variance + noise
        root = math.sqrt(found.variance) if found.variance >= 0 else math.nan
        assert found.stdev == pytest.approx(root, nan_ok=True)


def _mask(size: int, fraction: float, seed: int = 1) -> np.ndarray:
    """Return a mask in which a fraction is bad, and half of the pixels have another bit."""
    rng = np.random.default_rng(seed)
    bad, other = rng.random(size) < fraction, rng.random(size) < 0.5
    return (BAD * bad + OTHER * other).astype(np.int32)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100, 3000])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_few_pixels(size: int, kind: str, dtype: type) -> None:
    values, mask = pixels(kind, size).astype(dtype), _mask(size, 0.1)
    for clipping in ((3.0, 2), (3.0, 1), (2.0, 5)):
        _check(clipped_moments(values, mask, BAD, *clipping), values, mask, BAD, *clipping)
        _check(clipped_moments(values, None, 0, *clipping), values, None, 0, *clipping)


@pytest.mark.parametrize("clipping", [(3.0, 2), (2.0, 4)], ids=str)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_many_pixels(kind: str, dtype: type, clipping: tuple[float, int]) -> None:
    values, mask = pixels(kind, MANY + 12_345).astype(dtype), _mask(MANY + 12_345, 0.03)
    _check(clipped_moments(values, mask, BAD, *clipping), values, mask, BAD, *clipping)


@pytest.mark.parametrize("kind", KINDS)
def test_many_pixels_are_scanned(kind: str) -> None:
    """No kind of pixels needs to be copied: what is compared above is the scan."""
    values, mask = pixels(kind, MANY + 12_345).astype(np.float32), _mask(MANY + 12_345, 0.03)
    with mock.patch.object(visit_kernels.clipping, "select", side_effect=AssertionError):
        clipped_moments(values, mask, BAD)


@pytest.mark.parametrize("clipping", [(0.2, 2), (1.0, 3), (50.0, 2), (math.inf, 2)], ids=str)
@pytest.mark.parametrize("kind", ["sky", "stars", "two levels", "far from 0"])
def test_intervals_that_leave_few_pixels_or_nearly_all(kind: str, clipping: tuple[float, int]) -> None:
    values, mask = pixels(kind, MANY + 7).astype(np.float32), _mask(MANY + 7, 0.03)
    _check(clipped_moments(values, mask, BAD, *clipping), values, mask, BAD, *clipping)


@pytest.mark.parametrize("size", [MANY - 1, MANY, MANY + 1, MANY + 8191, MANY + 8192, MANY + 65_536])
def test_both_sides_of_the_threshold_and_blocks_that_are_not_full(size: int) -> None:
    values, mask = pixels("stars", size).astype(np.float32), _mask(size, 0.03)
    _check(clipped_moments(values, mask, BAD), values, mask, BAD, 3.0, 3)
    _check(clipped_moments(values), values, None, 0, 3.0, 3)


@settings(max_examples=30)
@given(
    seed=st.integers(0, 1000),
    kind=st.sampled_from(KINDS[:5]),
    double=st.booleans(),
    odd=st.sampled_from([0.0, 0.001, 0.2]),
    masked=st.sampled_from([None, 0.0, 0.03, 0.6]),
    n_sigma=st.sampled_from([1.5, 2.0, 3.0, 8.0]),
    n_iterations=st.integers(1, 5),
    many=st.booleans(),
)
def test_masks_and_pixels_that_are_not_finite(
    seed: int,
    kind: str,
    double: bool,
    odd: float,
    masked: float | None,
    n_sigma: float,
    n_iterations: int,
    many: bool,
) -> None:
    size = MANY + 999 if many else 2000
    rng = np.random.default_rng(seed)
    values = pixels(kind, size, seed).astype(np.float64 if double else np.float32)
    strange = rng.random(size) < odd
    # Pixels beyond single precision count as infinite; 3.4e38 is a pixel like others.
    values[strange] = rng.choice([*ODD, 1e200, -1e39] if double else ODD, strange.sum())
    mask = None if masked is None else _mask(size, masked, seed)
    found = clipped_moments(values, mask, BAD, n_sigma, n_iterations)
    _check(found, values, mask, BAD, n_sigma, n_iterations)


@pytest.mark.parametrize("n_good", [0, 1, 2, 100, 5000])
@pytest.mark.parametrize("size", [6000, MANY])
def test_hardly_any_pixel_is_good(n_good: int, size: int) -> None:
    values, mask = pixels("sky", size).astype(np.float32), np.full(size, BAD, np.int32)
    mask[np.random.default_rng(n_good).choice(size, n_good, replace=False)] = OTHER
    found = clipped_moments(values, mask, BAD)
    _check(found, values, mask, BAD, 3.0, 3)
    assert found.n_good == n_good
    if n_good == 0:
        assert math.isnan(found.mean) and math.isnan(found.stdev)
    elif n_good == 1:
        assert found.mean == values[mask == OTHER][0] and math.isnan(found.stdev)


@pytest.mark.parametrize("size", [10, MANY])
def test_no_interquartile_range_leaves_what_equals_the_median(size: int) -> None:
    values = np.full(size, 7.5, np.float32)
    values[: size // 5] = np.arange(size // 5)
    found = clipped_moments(values, n_iterations=1)
    assert (found.mean, found.stdev) == (7.5, 0.0)
    assert found.n == np.count_nonzero(values == 7.5)


def test_each_interval_is_that_of_the_moments_before() -> None:
    intervals = []

    def moments_within(center: float, half_width: float) -> Moments:
        intervals.append((center, half_width))
        return next(found)

    three = Moments(5.0, 3, 3.0, 3.0, 3.0, 9.0)
    # By rounding, a variance may be negative.
    negative = Moments(7.0, 3, 3.0, 3.0, 3.0, 2.0)
    found = iter([three, negative, three])
    assert clip((1.0, 4.0, 11.0), 3, moments_within, Clipping(2.0, 3)) is three
    wanted = [(4.0, 2.0 * 0.741301109252802 * 10.0), (6.0, 2.0 * math.sqrt(3.0)), (8.0, 0.0)]
    assert np.array(intervals) == pytest.approx(np.array(wanted))


def test_a_negative_variance_has_no_root() -> None:
    assert math.isnan(ClippedMoments(3, 1.0, -1e-30, 3).stdev)
    assert ClippedMoments(3, 1.0, 4.0, 3).stdev == 2.0


@pytest.mark.parametrize("about", ["quartiles", "one quartile", "clipping", "count"])
def test_pixels_where_the_sample_misleads(about: str) -> None:
    """What is special at all places of the sample, and nowhere else, is no guide to the other pixels."""
    size = MANY + 100
    values = np.random.default_rng(3).uniform(-1.0, 1.0, 3 * size)
    (starts,) = run_starts(values)
    places = (starts[:, np.newaxis] + np.arange(RUN)).ravel()
    match about:
        case "quartiles":
            values[places] += 1e4
        case "one quartile":
            values[places] += np.where(values[places] > 0.2, 0.01, 0.0)
        case "clipping":
            # The outer half is farther out: the quartiles stay, standard deviations do not.
            values[places] *= np.where(np.abs(values[places]) > 0.5, 2.0, 1.0)
        case "count":
            values[places] = math.nan
    _check(clipped_moments(values, None, 0, 2.5, 4), values, None, 0, 2.5, 4)


@pytest.mark.parametrize("kind", KINDS[:8])
def test_selecting_and_scanning_give_the_same(kind: str) -> None:
    values, mask = pixels(kind, MANY).astype(np.float32), _mask(MANY, 0.03)
    scanned = clipped_moments(values, mask, BAD, 3.0, 3)
    with mock.patch.object(visit_kernels.clipping, "scan_planes", lambda planes, *_, **__: [None]):
        selected = clipped_moments(values, mask, BAD, 3.0, 3)
    assert (scanned.n, scanned.n_good) == (selected.n, selected.n_good)
    assert scanned.mean == pytest.approx(selected.mean, rel=1e-12, abs=1e-12 * selected.stdev)
    assert scanned.variance == pytest.approx(selected.variance, rel=1e-12, abs=1e-31)


def test_planes_with_a_common_mask_are_clipped_each_by_itself() -> None:
    size = MANY + 4321
    image, mask = pixels("stars", size).astype(np.float32), _mask(size, 0.03)
    variance, double = (0.1 * pixels("sky", size, 2)).astype(np.float32), pixels("skewed", size, 3)
    few = np.zeros(size, np.float16)
    planes = [image, variance, double, few]
    together = clipped_moments_of_planes(planes, mask, BAD, 3.0, 2)
    assert together == [clipped_moments(plane, mask, BAD, 3.0, 2) for plane in planes]
    for found, plane in zip(together, planes, strict=True):
        _check(found, plane.astype(float), mask, BAD, 3.0, 2)
    assert clipped_moments_of_planes([], mask, BAD) == []


@pytest.mark.parametrize("kind", ["sky", "noise"])
def test_values_of_masked_pixels_do_not_matter(kind: str) -> None:
    for size in (5000, MANY):
        values, mask = pixels(kind, size).astype(np.float32), _mask(size, 0.2)
        expected = clipped_moments(values, mask, BAD)
        for value in (math.nan, math.inf, 3e38, -1.0, 0.0, 300.0):
            values[mask & BAD != 0] = value
            assert clipped_moments(values, mask, BAD) == expected


@settings(max_examples=10)
@given(seed=st.integers(0, 100), kind=st.sampled_from(KINDS[:5]), many=st.booleans())
def test_the_order_of_pixels_does_not_matter(seed: int, kind: str, many: bool) -> None:
    values = pixels(kind, MANY if many else 3000).astype(np.float32)
    mask = _mask(values.size, 0.1)
    order = np.random.default_rng(seed).permutation(values.size)
    one, other = clipped_moments(values, mask, BAD), clipped_moments(values[order], mask[order], BAD)
    assert (one.n, one.n_good) == (other.n, other.n_good)
    assert one.mean == pytest.approx(other.mean, rel=1e-12, abs=1e-12 * other.stdev)
    assert one.variance == pytest.approx(other.variance, rel=1e-12)


@settings(max_examples=20)
@given(
    power=st.integers(-60, 60),
    shift=st.integers(-(2**20), 2**20),
    negative=st.booleans(),
    many=st.booleans(),
)
def test_shift_and_scale(power: int, shift: int, negative: bool, many: bool) -> None:
    # Multiples of 1/16 up to some hundreds, so that neither shift nor scale rounds.
    values = np.round(16.0 * pixels("stars", MANY if many else 3000)) / 16.0
    scale = math.ldexp(-1.0 if negative else 1.0, power)
    expected, found = clipped_moments(values), clipped_moments(scale * (values + shift))
    assert (found.n, found.n_good) == (expected.n, expected.n_good)
    size = abs(scale) * (abs(shift) + expected.stdev)
    assert found.mean == pytest.approx(scale * (expected.mean + shift), rel=1e-12, abs=1e-14 * size)
    assert found.variance == pytest.approx(scale**2 * expected.variance, rel=1e-12)


def test_arrays_that_are_not_contiguous() -> None:
    values, mask = pixels("stars", 1000 * 900).reshape(1000, 900), _mask(1000 * 900, 0.05).reshape(1000, 900)
    for view in (np.s_[5:, 7:], np.s_[::-1, ::-1], np.s_[:, ::1], np.s_[1:, 3]):
        _check(clipped_moments(values[view], mask[view], BAD), values[view], mask[view], BAD, 3.0, 3)
    _check(clipped_moments(values.T, mask.T, BAD), values, mask, BAD, 3.0, 3)
    cube, cubic_mask = values.reshape(10, 100, 900)[:, 1:], mask.reshape(10, 100, 900)[:, 1:]
    _check(clipped_moments(cube, cubic_mask, BAD), cube, cubic_mask, BAD, 3.0, 3)
    # Rows longer than a block, and columns shorter than a run of the sample.
    for shape in ((9, 100_000), (100_000, 9)):
        wide, wide_mask = values.reshape(shape)[:, 1:], mask.reshape(shape)[:, 1:]
        _check(clipped_moments(wide, wide_mask, BAD), wide, wide_mask, BAD, 3.0, 3)


@pytest.mark.parametrize("dtype", [">f4", ">f8", "f2", "i4", "u2", "?", "longdouble"])
@pytest.mark.parametrize("size", [2000, MANY])
def test_other_types_of_pixels(dtype: str, size: int) -> None:
    values = pixels("sky", size)
    values = (values > 310.0) if dtype == "?" else values.astype(dtype)
    mask = _mask(size, 0.05)
    _check(clipped_moments(values, mask, BAD), values.astype(float), mask, BAD, 3.0, 3)


@pytest.mark.parametrize("dtype", ["i8", "u1", "u8", ">i4", "?"])
@pytest.mark.parametrize("size", [2000, MANY])
def test_other_types_of_masks(dtype: str, size: int) -> None:
    values, mask = pixels("sky", size).astype(np.float32), _mask(size, 0.05)
    mask = mask & BAD != 0 if dtype == "?" else mask.astype(dtype)
    and_mask = 1 if dtype == "?" else BAD
    wanted = mask.astype(np.int64)
    _check(clipped_moments(values, mask, and_mask), values, wanted, and_mask, 3.0, 3)


def test_a_bit_that_the_mask_cannot_have_excludes_nothing() -> None:
    values, mask = pixels("sky", 2000), _mask(2000, 0.5).astype(np.uint8)
    assert clipped_moments(values, mask, 256) == clipped_moments(values)
    assert clipped_moments(values, mask, 256 + BAD) == clipped_moments(values, mask, BAD)


@pytest.mark.parametrize("size", [2000, MANY])
def test_inputs_stay_as_they_are(size: int) -> None:
    values, mask = pixels("stars", size).astype(np.float32), _mask(size, 0.1)
    values.flags.writeable = mask.flags.writeable = False
    clipped_moments(values, mask, BAD)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros(0),), "no pixels"),
        ((np.zeros((3, 0), np.float32),), "no pixels"),
        ((np.zeros(4), np.zeros(3, int), 1), "different shapes"),
        ((np.zeros((2, 3)), np.zeros((3, 2), int), 1), "different shapes"),
        ((np.zeros(4), np.zeros(4), 1), "integers are needed"),
        ((np.zeros(4, complex),), "no real numbers"),
        ((np.zeros(4), None, 0, 0.0), "must be positive"),
        ((np.zeros(4), None, 0, math.nan), "must be positive"),
        ((np.zeros(4), None, 0, 3.0, 0), "must be positive"),
    ],
)
def test_what_cannot_be_clipped(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        clipped_moments(*arguments)  # type: ignore[arg-type]


def test_planes_of_different_shapes() -> None:
    with pytest.raises(ValueError, match="different shapes"):
        clipped_moments_of_planes([np.zeros(4), np.zeros(5)])


def test_many_pixels_need_little_memory() -> None:
    values = pixels("stars", 1 << 23).astype(np.float32)
    mask = _mask(values.size, 0.03)
    tracemalloc.start()
    clipped_moments_of_planes([values, values], mask, BAD)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Not even a selection of all pixels, which would take 8 MB more than this does.
    assert peak < 18e6
