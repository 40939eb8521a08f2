"""Parts of the scan: samples, cuts between pixel values, blocks, and what a trip finds."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipping_oracle import KINDS, pixels, quartiles
from visit_kernels.blocks import Arena, Edges, MaskReader, Workspace, places_of
from visit_kernels.cuts import Cuts
from visit_kernels.moments import Moments
from visit_kernels.sampling import RUN, SAMPLE, Bracket, Clipping, Sample, run_starts, take_runs
from visit_kernels.scan import Core, Ranks, scan_planes

MANY = 2 * SAMPLE
SINGLES = st.floats(-(2.0**100), 2.0**100, width=32)


def _sample(values: np.ndarray) -> Sample:
    return Sample(take_runs(values, run_starts(values)), None)


@pytest.mark.parametrize("shape", [(MANY,), (MANY + 1,), (3 * MANY - 1,), (700, 1000), (MANY // 16, 37)])
def test_runs_cover_the_pixels_and_stay_in_them(shape: tuple[int, ...]) -> None:
    values = np.arange(math.prod(shape)).reshape(shape)
    places = take_runs(values, run_starts(values)).reshape(-1, RUN)
    assert places.size == SAMPLE
    assert np.all(np.diff(places, axis=1) == 1)
    assert places.min() >= 0 and places.max() < values.size
    # As many in each hundredth of the pixels, as nearly as runs allow.
    counts = np.histogram(places, 100, (0, values.size))[0]
    assert np.all(np.abs(counts - SAMPLE / 100) <= 2 * RUN)
    if len(shape) == 1:
        assert np.unique(places).size == SAMPLE
    else:
        assert np.all(places // shape[1] == places[:, :1] // shape[1])


@pytest.mark.parametrize("kind", KINDS)
def test_brackets_enclose_the_quartiles(kind: str) -> None:
    values = pixels(kind, MANY + 12_345)
    for fraction, quartile in zip((0.25, 0.5, 0.75), quartiles(values), strict=True):
        bracket = _sample(values).bracket(fraction)
        assert bracket.low <= quartile <= bracket.high


def test_brackets_of_neighbors_that_are_alike_are_wider() -> None:
    noise = np.random.default_rng(2).normal(size=MANY)
    alike = np.repeat(noise[: MANY // 256], 256)
    widths = []
    for values in (noise, alike):
        bracket = _sample(values).bracket(0.5)
        assert bracket.low <= np.median(values) <= bracket.high
        widths.append(float(bracket.high - bracket.low))
    assert 3.0 * widths[0] < widths[1] < 12.0 * widths[0]


def test_what_is_not_good_is_not_in_the_sample() -> None:
    values = np.array([1.0, math.nan, 3.0, math.inf, 1e39, 2.0, -5.0, 4.0])
    sample = Sample(values, np.array([True, True, True, True, True, True, False, True]))
    assert sample.ordered.tolist() == [1.0, 2.0, 3.0, 4.0]
    assert not sample.is_enough


@pytest.mark.parametrize("n_sigma", [1.0, 3.0, 1000.0])
def test_the_core_lies_inside_all_intervals(n_sigma: float) -> None:
    values = pixels("skewed", MANY).astype(np.float32)
    low, high = _sample(values).core(Clipping(n_sigma, 4))
    assert values.min() <= low < high <= values.max()
    first, center, third = quartiles(values.astype(float))
    half_width = n_sigma * 0.741301109252802 * (third - first)
    for _ in range(4):
        assert center - half_width <= low and high <= center + half_width
        kept = values[np.abs(values - center) <= half_width].astype(float)
        center, half_width = kept.mean(), n_sigma * kept.std(ddof=1)


@st.composite
def _cuts(draw: st.DrawFn) -> Cuts:
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    scale, offset = draw(
        st.sampled_from([(1.0, 0.0), (1.0, 30.0), (1.0, 1000.0), (1e-44, 0.0), (1e30, -1e33)])
    )
    values = st.integers(-20, 20).map(lambda i: dtype(offset + scale * i))
    low, high = sorted(draw(st.tuples(values, values)))
    pair = st.tuples(values, values) | values.map(lambda value: (value, value))
    pairs = draw(st.lists(pair, min_size=1, max_size=3))
    return Cuts(low, high, [Bracket(*sorted(pair)) for pair in pairs])


@given(cuts=_cuts(), number=st.integers(-25, 25))
def test_what_is_kept_is_outside_the_core_or_in_a_bracket(cuts: Cuts, number: int) -> None:
    value = cuts.low + cuts.dtype.type(number) * (cuts.high - cuts.low) / cuts.dtype.type(16)
    kept = sum(interval.start <= value < interval.stop for interval in cuts.kept)
    wide = [bracket for bracket in cuts.brackets if bracket.low < bracket.high]
    wanted = not cuts.low <= value <= cuts.high or any(b.low <= value <= b.high for b in wide)
    assert kept == wanted == cuts.keeps(value)
    assert (sum(value >= toggle for toggle in cuts.toggles) % 2 == 0) == wanted
    assert cuts.toggles == sorted(set(cuts.toggles))
    for bracket in cuts.brackets:
        interval = cuts.interval_of(bracket)
        assert interval is None or interval.start <= bracket.low <= bracket.high < interval.stop
        assert interval is not None or bracket.low == bracket.high


@given(cuts=_cuts(), part=st.integers(0, 10**9).map(lambda i: i / 1e9))
def test_differences_from_the_center_are_exact_in_the_core(cuts: Cuts, part: float) -> None:
    if len(cuts.kept) == 1:
        return
    between = cuts.dtype.type((1.0 - part) * float(cuts.low) + part * float(cuts.high))
    for value in (cuts.low, cuts.high, between, *cuts.toggles, *cuts.counted):
        exact = Fraction(float(value)) - Fraction(float(cuts.center))
        assert Fraction(float(value - cuts.center)) == exact


@given(cuts=_cuts(), steps=st.integers(1, 10_000))
def test_differences_outside_the_core_are_outside(cuts: Cuts, steps: int) -> None:
    if len(cuts.kept) == 1:
        return
    with np.errstate(all="ignore"):
        for limit, sign in ((cuts.low, -1), (cuts.high, 1)):
            near = np.nextafter(limit, limit.dtype.type(sign * math.inf))
            far = limit + limit.dtype.type(sign * steps) * abs(near - limit)
            for value in (near, far):
                assert sign * (value - cuts.center) > sign * (limit - cuts.center)


@given(cuts=_cuts(), data=st.data())
def test_values_at_ranks_are_found_or_known_to_be_missed(cuts: Cuts, data: st.DataObject) -> None:
    places = st.integers(-25, 25)
    ordered = np.sort(
        np.array(
            [cuts.low + cuts.dtype.type(i) for i in data.draw(st.lists(places, min_size=2, max_size=30))]
        )
    )
    kept = np.array([value for value in ordered if cuts.keeps(value)])
    at_or_above = {value: int(np.count_nonzero(ordered >= value)) for value in cuts.counted}
    ranks = Ranks(cuts, kept, ordered.size, at_or_above)
    for bracket in cuts.brackets:
        interval = cuts.interval_of(bracket)
        for rank in range(ordered.size - 1):
            pair = ordered[rank], ordered[rank + 1]
            if interval is None:
                known = pair == (bracket.low, bracket.low)
            else:
                known = all(interval.start <= value < interval.stop for value in pair)
            assert ranks.neighbors(bracket, rank) == (pair if known else None)


@given(data=st.data(), n_words=st.integers(0, 40), fraction=st.sampled_from([0.0, 0.02, 0.2, 1.0]))
def test_places_are_the_indices_of_what_is_selected(
    data: st.DataObject, n_words: int, fraction: float
) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    selected = rng.random(8 * n_words) < fraction
    assert places_of(selected).tolist() == np.flatnonzero(selected).tolist()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [65_536, 65_535, 8192, 5])
@pytest.mark.parametrize("masked", [0.0, 0.1, 1.0])
def test_a_block_in_the_workspace(dtype: type, size: int, masked: float) -> None:
    rng = np.random.default_rng(size)
    values = rng.normal(0.0, 1.0, size).astype(dtype)
    good = rng.random(size) >= masked if masked else None
    counts = np.ones(size, bool) if good is None else good
    values[~counts] = math.nan
    values[0] = math.nan
    space = Workspace(np.dtype(dtype), 65_536, 4, Arena())
    # What an earlier block leaves behind does not matter.
    space.start(65_536, None)
    space.subtract(np.full(65_536, math.nan, dtype), np.asarray(dtype(0)))
    edges = np.array([[-1.0], [-0.5], [0.5], [0.25]], dtype)
    for keeps_zero, n_toggles in ((False, 1), (True, 2), (True, 3)):
        space.start(size, good)
        assert space.near.size - space.n_excluded == np.count_nonzero(counts)
        space.subtract(values, np.asarray(dtype(0)))
        above = space.compare(Edges(edges, n_toggles, keeps_zero))
        for number, edge in enumerate(edges):
            excluded = space.n_excluded if edge <= 0 else 0
            assert np.count_nonzero(above[:, number]) - excluded == np.count_nonzero(values >= edge)
        near = np.count_nonzero(values >= edges[:n_toggles], axis=0) % 2 == 0
        places = places_of(space.near)
        assert places.tolist() == np.flatnonzero(near & counts).tolist()
        sums, sums2 = space.sums(places)
        rest = values[~near & counts].astype(np.longdouble)
        assert sums.sum() == pytest.approx(float(rest.sum()), rel=1e-12, abs=1e-12)
        assert sums2.sum() == pytest.approx(float((rest**2).sum()), rel=1e-12)


def test_a_mask_is_read_by_blocks() -> None:
    mask = np.arange(24, dtype=np.int32).reshape(6, 4)
    reader = MaskReader(mask, 5, 8, Arena())
    for start in (0, 2, 4):
        good = reader.unmasked(slice(start, start + 2))
        assert good is not None
        assert good.tolist() == (mask[start : start + 2] & 5 == 0).ravel().tolist()
    assert MaskReader(None, 5, 8, Arena()).unmasked(slice(0, 2)) is None
    assert MaskReader(mask, 0, 8, Arena()).unmasked(slice(0, 2)) is None


def test_an_arena_that_is_full_gives_other_memory() -> None:
    arena, total = Arena(), 0
    arrays = []
    for size in (1, 3, 1 << 19, 1 << 19, 1 << 19, 7):
        array = arena.empty(size, np.float32)
        array[:] = size
        total += array.nbytes
        arrays.append(array)
        assert array.size == size and array.ctypes.data % 16 == 0
    assert all(np.all(array == array.size) for array in arrays)
    assert total > 1 << 22


@pytest.mark.parametrize("kind", KINDS)
def test_quantiles_without_clipping(kind: str) -> None:
    values = pixels(kind, MANY + 999).astype(np.float32)
    values[::1000] = math.nan
    values[1::1000] = -math.inf
    good = values[np.isfinite(values)].astype(float)
    for fractions, wanted in (((0.25, 0.5, 0.75), quartiles(good)), ((0.5,), quartiles(good)[1:2])):
        (scan,) = scan_planes([values], None, 0, fractions)
        assert scan is not None and scan.core is None
        assert scan.n == good.size
        assert scan.quantiles == pytest.approx(wanted, rel=1e-15, abs=0)


def test_ties_are_counted_and_not_kept() -> None:
    values = pixels("few steps", MANY).astype(np.float32)
    (scan,) = scan_planes([values], None, 0, clipping=Clipping(3.0, 2))
    assert scan is not None and scan.core is not None
    assert scan.quantiles == quartiles(values.astype(float))
    assert scan.core.rest.size < 0.02 * values.size


def test_few_pixels_and_other_types_are_not_scanned() -> None:
    assert scan_planes([np.zeros(MANY - 1)], None, 0) == [None]
    assert scan_planes([np.zeros(MANY, int)], None, 0) == [None]
    assert scan_planes([np.zeros(MANY, np.float16)], None, 0) == [None]


def test_an_interval_that_does_not_contain_the_core() -> None:
    moments = Moments(0.0, 3, 3.0, 3.0, 0.0, 2.0)
    core = Core(-1.0, 1.0, moments, np.array([-3.0, 1.5, 2.0]))
    assert core.moments_within(0.25, 1.0) is None
    found = core.moments_within(0.25, 1.75)
    assert found is not None
    assert (found.n, found.mean) == (5, 0.7)
    assert found.variance == pytest.approx(np.var([-1.0, 0.0, 1.0, 1.5, 2.0], ddof=1), rel=1e-15)
