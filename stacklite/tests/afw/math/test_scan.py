"""Statistics of many pixels, which are scanned block by block, against numpy on copies of them."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsst.afw.image import ImageD, ImageF, MaskedImageF, MaskX
from lsst.afw.math import (
    IQRANGE,
    MEAN,
    MEANCLIP,
    MEDIAN,
    NCLIPPED,
    NMASKED,
    NPOINT,
    STDEVCLIP,
    Property,
    StatisticsControl,
    makeStatistics,
)
from lsst.geom import Box2I, Point2I

IQRANGE_TO_SIGMA = 0.741301109252802
BAD, SAT, RARE = 1, 2, 4
SHAPE = (900, 700)
"""So many that they are scanned; no block is full."""

KINDS = ("noise", "gradient", "stars", "skewed", "two levels", "sorted")
SCALES = (1.0, 1e-20, 1e30)
ODD = (math.nan, math.inf, -math.inf, 3.4e38, -3.4e38)


def _pixels(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return pixels in double precision, without ties."""
    noise = rng.normal(30.0, 12.0, SHAPE)
    match kind:
        case "gradient":
            return noise + np.linspace(0.0, 200.0, SHAPE[1])
        case "stars":
            return np.where(rng.random(SHAPE) < 0.05, 100.0 * np.abs(noise), noise)
        case "skewed":
            return np.exp(noise / 10.0)
        case "two levels":
            return np.where(np.arange(SHAPE[1]) < 300, noise, noise + 500.0)
        case "sorted":
            return np.sort(noise, axis=None).reshape(SHAPE)
    return noise


def _clip(good: np.ndarray, n_sigma: float, n_iter: int) -> tuple[float, float, int]:
    """Return mean, standard deviation and number of survivors."""
    low, center, high = np.quantile(good, (0.25, 0.5, 0.75))
    half_width = n_sigma * IQRANGE_TO_SIGMA * (high - low)
    for _ in range(n_iter):
        kept = good[np.abs(good - center) <= half_width]
        center, stdev = kept.mean(), kept.std(ddof=1)
        half_width = n_sigma * stdev
    return center, stdev, kept.size


@settings(max_examples=25)
@given(
    seed=st.integers(0, 1000),
    kind=st.sampled_from(KINDS),
    scale=st.sampled_from(SCALES),
    double=st.booleans(),
    odd=st.sampled_from([0.0, 0.001, 0.2]),
    masked=st.sampled_from([None, 0.0, 0.03, 0.6]),
    n_sigma=st.sampled_from([1.0, 2.0, 3.0, 8.0]),
    n_iter=st.integers(1, 5),
    part=st.booleans(),
)
def test_quartiles_and_clipping(
    seed: int,
    kind: str,
    scale: float,
    double: bool,
    odd: float,
    masked: float | None,
    n_sigma: float,
    n_iter: int,
    part: bool,
) -> None:
    rng = np.random.default_rng(seed)
    pixels = (scale * _pixels(kind, rng)).astype(np.float64 if double else np.float32)
    strange = rng.random(SHAPE) < odd
    pixels[strange] = rng.choice(ODD, strange.sum())
    # 3.4e38 is finite in single precision: a pixel like others, though one that no clipping keeps.
    used = np.isfinite(pixels)
    control = StatisticsControl(n_sigma, n_iter)
    image, mask = (ImageD if double else ImageF)(pixels), MaskX(np.zeros(SHAPE, np.int32))
    if masked is not None:
        mask.array[:] = np.where(rng.random(SHAPE) < masked, BAD, 0) | np.where(
            rng.random(SHAPE) < 0.5, SAT, 0
        )
        mask.array[20, 30] |= RARE
        used &= mask.array & BAD == 0
        control.setAndMask(BAD)
    if part:
        box = Box2I(Point2I(7, 5), Point2I(SHAPE[1] - 1, SHAPE[0] - 1))
        image, mask, used = image[box], mask[box], used[5:, 7:]
    arguments = (image,) if masked is None else (image, mask)
    result = makeStatistics(
        *arguments, MEDIAN | IQRANGE | MEANCLIP | STDEVCLIP | NPOINT | NCLIPPED | NMASKED, control
    )
    good = image.array[used].astype(np.float64)
    low, median, high = np.quantile(good, (0.25, 0.5, 0.75))
    mean, stdev, n_kept = _clip(good, n_sigma, n_iter)
    assert result.getValue(NPOINT) == good.size
    assert result.getValue(NMASKED) == image.array.size - good.size
    assert result.getValue(NCLIPPED) == good.size - n_kept
    assert result.getValue(MEDIAN) == pytest.approx(median, rel=1e-14, abs=0)
    assert result.getValue(IQRANGE) == pytest.approx(high - low, rel=1e-12, abs=0)
    assert result.getValue(MEANCLIP) == pytest.approx(mean, rel=1e-11, abs=0)
    assert result.getValue(STDEVCLIP) == pytest.approx(stdev, rel=1e-11, abs=0)
    assert result.getOrMask() == np.bitwise_or.reduce(mask.array[used])


@pytest.mark.parametrize("n_good", [0, 1, 2, 100, 5000])
def test_hardly_any_pixel_is_good(n_good: int) -> None:
    rng = np.random.default_rng(n_good)
    masked = MaskedImageF(ImageF(rng.normal(30.0, 12.0, SHAPE).astype(np.float32)))
    masked.mask.array[:] = BAD
    masked.mask.array.flat[rng.choice(masked.mask.array.size, n_good, replace=False)] = SAT
    control = StatisticsControl(3.0, 3, BAD)
    result = makeStatistics(masked, MEDIAN | MEANCLIP | NPOINT, control)
    good = masked.image.array[masked.mask.array == SAT].astype(np.float64)
    assert result.getValue(NPOINT) == n_good
    assert result.getOrMask() == (SAT if n_good else 0)
    expected = (np.median(good), _clip(good, 3.0, 3)[0]) if n_good > 1 else (good.sum() or math.nan,) * 2
    assert result.getValue(MEDIAN) == pytest.approx(expected[0], rel=1e-14, nan_ok=True)
    assert result.getValue(MEANCLIP) == pytest.approx(expected[1], rel=1e-12, nan_ok=True)


def test_other_properties_beside_them_change_nothing() -> None:
    masked = MaskedImageF(ImageF(_pixels("stars", np.random.default_rng(4)).astype(np.float32)))
    masked.mask.array[::3] = BAD
    control = StatisticsControl(3.0, 3, BAD)
    alone = makeStatistics(masked, MEANCLIP | STDEVCLIP, control)
    together = makeStatistics(masked, MEANCLIP | STDEVCLIP | MEAN | MEDIAN, control)
    for prop in (MEANCLIP, STDEVCLIP):
        assert alone.getValue(prop) == together.getValue(prop)
    good = masked.image.array[masked.mask.array == 0].astype(np.float64)
    assert together.getValue(MEAN) == pytest.approx(good.mean(), rel=1e-13)


@pytest.mark.parametrize("prop", [MEANCLIP, MEDIAN], ids=lambda prop: prop.name)
def test_a_large_masked_image_needs_little_memory(prop: Property) -> None:
    pixels = np.random.default_rng(5).normal(30.0, 12.0, (2000, 2000)).astype(np.float32)
    masked = MaskedImageF(ImageF(pixels))
    masked.mask.array[::30] = BAD
    control = StatisticsControl(3.0, 3, BAD)
    tracemalloc.start()
    makeStatistics(masked, prop, control)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A copy of the good pixels would take all of it, the sample takes 2 MB.
    assert peak < 0.5 * pixels.nbytes
