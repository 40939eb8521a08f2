"""Moments about a center, quantiles by partial sorting, and selections, against plain NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visit_kernels.moments import BLOCK, Moments, compute_moments, ratio
from visit_kernels.quantiles import compute_quantiles
from visit_kernels.ranks import interpolate, neighbors_at_ranks
from visit_kernels.sampling import SAMPLE
from visit_kernels.selection import or_of_masks, row_blocks, select, unmasked

VALUES = st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=50)


@given(values=VALUES, center=st.floats(-100.0, 100.0), half_width=st.one_of(st.none(), st.floats(0.0, 1e3)))
def test_moments(values: list[float], center: float, half_width: float | None) -> None:
    array = np.array(values, np.float32)
    found = compute_moments(array, center, half_width)
    kept = [v for v in array.tolist() if half_width is None or abs(v - center) <= half_width]
    assert found.n == len(kept)
    scale = max(map(abs, kept), default=0.0) + abs(center)
    if kept:
        assert found.mean == pytest.approx(math.fsum(kept) / len(kept), rel=1e-13, abs=1e-14 * scale)
        assert found.sum == pytest.approx(math.fsum(kept), rel=1e-12, abs=1e-13 * scale)
    else:
        assert math.isnan(found.mean) and found.sum == 0.0
    if len(kept) > 1:
        wanted = float(np.var(np.array(kept, np.longdouble), ddof=1))
        assert found.variance == pytest.approx(wanted, rel=1e-12, abs=1e-13 * scale**2)
    else:
        assert math.isnan(found.variance)


def test_weighted_moments_block_by_block() -> None:
    rng = np.random.default_rng(1)
    size = 2 * BLOCK + 17
    values, weights, variance = rng.normal(5.0, 2.0, size), rng.random(size), rng.random(size)
    weights[::7] = 0.0
    variance[::7] = math.nan
    found = compute_moments(values, 5.0, 3.0, weights=weights, variance=variance)
    near = np.abs(values - 5.0) <= 3.0
    used = near & (weights > 0.0)
    w, d, v = weights[used], values[used] - 5.0, variance[used]
    assert found.n == np.count_nonzero(near)
    wanted = [w.sum(), (w**2).sum(), (w * d).sum(), (w * d**2).sum(), (v * w).sum(), (v * w**2).sum()]
    sums = [found.sum_w, found.sum_w2, found.sum_wd, found.sum_wd2]
    assert [*sums, found.sum_variance_w, found.sum_variance_w2] == pytest.approx(wanted, rel=1e-12)
    assert found.mean == pytest.approx(np.average(values[used], weights=w), rel=1e-13)


@given(values=VALUES, center=st.floats(-100.0, 100.0), other=st.floats(-100.0, 100.0), n=st.integers(0, 50))
def test_moments_add_and_move(values: list[float], center: float, other: float, n: int) -> None:
    array = np.array(values)
    together = compute_moments(array[:n], center) + compute_moments(array[n:], center)
    moved, wanted = together.about(other), compute_moments(array, other)
    assert (moved.center, moved.n, moved.sum_w, moved.sum_w2) == (other, array.size, array.size, array.size)
    scale = np.abs(array).max() + abs(center) + abs(other)
    assert moved.sum_wd == pytest.approx(wanted.sum_wd, rel=1e-12, abs=1e-13 * array.size * scale)
    assert moved.sum_wd2 == pytest.approx(wanted.sum_wd2, rel=1e-12, abs=1e-13 * array.size * scale**2)


def test_moments_about_different_centers_do_not_add() -> None:
    with pytest.raises(ValueError, match="about 1.0 and about 2.0"):
        Moments(1.0, 1, 1.0, 1.0, 0.0, 0.0) + Moments(2.0, 1, 1.0, 1.0, 0.0, 0.0)


def test_one_weighted_pixel_has_no_variance() -> None:
    assert not math.isfinite(Moments(0.0, 1, 0.1, 0.1 * 0.1, 0.0, 0.0).variance)


def test_ratio_is_that_of_c() -> None:
    assert ratio(1.0, 0.0) == math.inf and ratio(-1.0, 0.0) == -math.inf and math.isnan(ratio(0.0, 0.0))


@given(values=VALUES, fractions=st.lists(st.floats(0.0, 0.99), min_size=1, max_size=5).map(sorted))
def test_quantiles_agree_with_numpy(values: list[float], fractions: list[float]) -> None:
    scale = max(map(abs, values))
    for dtype in (np.float32, np.float64):
        found = compute_quantiles(np.array(values, dtype), fractions)
        assert found == pytest.approx(np.quantile(np.array(values), fractions), rel=1e-12, abs=1e-13 * scale)


def test_quantiles_of_many_values() -> None:
    values = np.random.default_rng(1).normal(size=2 * SAMPLE + 5)
    for fractions in ((0.25, 0.5, 0.75), (0.5,), (0.001, 0.01, 0.9, 0.9999)):
        assert compute_quantiles(values, fractions) == pytest.approx(
            np.quantile(values, fractions), rel=1e-14
        )


def test_quantiles_of_nothing() -> None:
    assert np.isnan(compute_quantiles(np.zeros(0))).tolist() == [True] * 3
    assert compute_quantiles(np.array([4.0])) == [4.0] * 3


def test_an_infinite_neighbor_without_weight_does_not_matter() -> None:
    assert interpolate(5, (0.5,), [(1.0, math.inf)]) == [1.0]


@given(values=VALUES.filter(lambda v: len(v) > 1), data=st.data())
def test_neighbors_at_ranks(values: list[float], data: st.DataObject) -> None:
    ranks = sorted(data.draw(st.lists(st.integers(0, len(values) - 2), min_size=1, max_size=4)))
    array = np.array(values)
    found = neighbors_at_ranks(array, ranks)
    assert array.tolist() == values
    ordered = sorted(values)
    assert found == [(ordered[rank], ordered[rank + 1]) for rank in ranks]


@pytest.mark.parametrize("shape", [(), (7,), (300, 400), (2, 3, 70_000), (200_000,)])
def test_good_pixels_are_selected_in_order(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(2)
    values, mask = np.asarray(rng.normal(size=shape)), np.asarray(rng.integers(0, 8, shape))
    values[rng.random(shape) < 0.1] = math.nan
    good = np.isfinite(values) & (mask & 2 == 0)
    assert select(values, mask, 2).tolist() == values[good].tolist()
    assert select(values, None, 0).tolist() == values[np.isfinite(values)].tolist()
    if shape:
        assert or_of_masks(values, mask, 2) == np.bitwise_or.reduce(mask[good], axis=None, initial=0)


def test_a_rare_bit_is_found_unless_its_pixel_is_not_used() -> None:
    values, mask = np.zeros((500, 400), np.float32), np.full((500, 400), 1, np.int32)
    mask[::2] |= 2
    mask[333, 7] |= 1024
    assert or_of_masks(values, mask, 2) == 1025
    assert or_of_masks(values, mask, 1024) == 3
    values[333, 7] = math.inf
    assert or_of_masks(values, mask, 2) == 1
    assert or_of_masks(values, np.zeros_like(mask), 2) == 0


def test_where_no_bit_is_set() -> None:
    mask = np.array([[0, 1], [2, 3]], np.uint8)
    assert unmasked(mask, 0) is None and unmasked(None, 1) is None
    good = unmasked(mask, 2)
    assert good is not None and good.tolist() == [[True, True], [False, False]]


@given(rows=st.integers(1, 50), columns=st.integers(1, 50), size=st.integers(1, 300))
def test_blocks_of_rows_are_all_rows(rows: int, columns: int, size: int) -> None:
    array = np.arange(rows * columns).reshape(rows, columns)
    blocks = [array[block] for block in row_blocks(array, size)]
    assert np.concatenate(blocks).tolist() == array.tolist()
    assert all(len(block) == 1 or block.size <= size for block in blocks)
