"""Statistics against brute force, and the forms of makeStatistics."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lsst.pex.exceptions
from lsst.afw.image import ImageF, MaskedImageF, MaskX
from lsst.afw.math import (
    ERRORS,
    IQRANGE,
    MAX,
    MEAN,
    MEANCLIP,
    MEDIAN,
    MIN,
    NCLIPPED,
    NMASKED,
    NPOINT,
    STDEV,
    STDEVCLIP,
    SUM,
    VARIANCE,
    StatisticsControl,
    makeStatistics,
    stringToStatisticsProperty,
)

IQRANGE_TO_SIGMA = 0.741301109252802
VALUES = st.lists(st.floats(-1e4, 1e4, width=32), min_size=2, max_size=60)


def _clip_brute_force(values: list[float], n_sigma: float, n_iter: int) -> tuple[float, float, int]:
    """Follow the rule one value at a time, in plain Python."""
    low, center, high = (float(q) for q in np.percentile(np.array(values), (25, 50, 75)))
    half = n_sigma * IQRANGE_TO_SIGMA * (high - low)
    for _ in range(n_iter):
        kept = [v for v in values if abs(v - center) <= half]
        if not kept:
            return math.nan, math.nan, 0
        mean = center + math.fsum(v - center for v in kept) / len(kept)
        variance = math.fsum((v - mean) ** 2 for v in kept) / (len(kept) - 1) if len(kept) > 1 else math.nan
        center, half = mean, n_sigma * math.sqrt(variance) if variance >= 0 else math.nan
    return mean, math.sqrt(variance) if variance >= 0 else math.nan, len(kept)


@settings(max_examples=200, deadline=None)
@given(values=VALUES)
def test_quartiles_agree_with_numpy(values: list[float]) -> None:
    statistics = makeStatistics(np.array([values], dtype=np.float32), MEDIAN | IQRANGE)
    low, median, high = np.percentile(np.array(values), (25, 50, 75))
    scale = max(abs(v) for v in values)
    assert statistics.getValue(MEDIAN) == pytest.approx(median, rel=1e-12, abs=1e-15 * scale)
    assert statistics.getValue(IQRANGE) == pytest.approx(high - low, rel=1e-12, abs=1e-14 * scale)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("n_sigma", "n_iter"), [(3.0, 3), (1.5, 5), (2.0, 1)])
def test_clipping_agrees_with_brute_force(seed: int, n_sigma: float, n_iter: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(100.0, 5.0, 200) + np.where(rng.random(200) < 0.1, 200.0 * rng.random(200), 0.0)
    image = ImageF(values.astype(np.float32).reshape(10, 20))
    statistics = makeStatistics(image, MEANCLIP | STDEVCLIP | NCLIPPED, StatisticsControl(n_sigma, n_iter))
    mean, stdev, n_kept = _clip_brute_force([float(v) for v in image.array.ravel()], n_sigma, n_iter)
    assert statistics.getValue(MEANCLIP) == pytest.approx(mean, rel=1e-12)
    assert statistics.getValue(STDEVCLIP) == pytest.approx(stdev, rel=1e-10)
    assert statistics.getValue(NCLIPPED) == 200 - n_kept


def test_many_pixels() -> None:
    """Passes go block by block; the last one is not full."""
    array = np.random.default_rng(5).normal(1000.0, 3.0, (300, 700)).astype(np.float32)
    array[7, 11] = np.nan
    statistics = makeStatistics(
        ImageF(array), NPOINT | NMASKED | MEAN | STDEV | VARIANCE | MIN | MAX | SUM | ERRORS
    )
    good = array[np.isfinite(array)].astype(np.float64)
    expected = {
        NPOINT: good.size,
        NMASKED: 1,
        MEAN: good.mean(),
        STDEV: good.std(ddof=1),
        SUM: good.sum(),
        MIN: good.min(),
        MAX: good.max(),
    }
    for prop, value in expected.items():
        assert statistics.getValue(prop) == pytest.approx(value, rel=1e-12), prop
    # The stack's own error of the variance overflows a 32-bit product here (D19); ours does not.
    n, variance = good.size, good.var(ddof=1)
    assert statistics.getError(VARIANCE) == pytest.approx(math.sqrt(2 * (n - 1)) * variance / n, rel=1e-10)


def test_the_forms_of_the_arguments() -> None:
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    mask = MaskX(np.where(array > 5, 4, 0).astype(np.int32))
    control = StatisticsControl()
    control.setAndMask(4)
    masked = MaskedImageF(ImageF(array), mask, ImageF(array + 1))
    assert makeStatistics(masked, MEAN, control).getValue() == 2.5
    assert makeStatistics(ImageF(array), mask, MEAN, control).getValue() == 2.5
    assert makeStatistics(ImageF(array), MEAN).getValue() == 5.5
    assert makeStatistics([1.0, 2.0, 6.0], MEAN).getValue() == 3.0
    assert makeStatistics([1.0, 2.0, 6.0], [1.0, 1.0, 0.0], MEAN).getValue() == 1.5
    assert makeStatistics(np.array([1, 2, 4]), SUM).getValue() == 7.0
    assert math.isnan(makeStatistics(masked, MEAN, control).getError())


def test_mean_weighted_by_variance() -> None:
    values, variance = np.array([[1.0, 2.0, 4.0]]), np.array([[1.0, 0.5, 0.0]])
    masked = MaskedImageF(*(ImageF(values.astype(np.float32)), None, ImageF(variance.astype(np.float32))))
    control = StatisticsControl()
    control.setWeighted(True)
    # The pixel without variance has no weight.
    assert makeStatistics(masked, MEAN, control).getValue() == pytest.approx((1 + 2 * 2) / 3, rel=1e-14)
    assert makeStatistics(masked, NPOINT, control).getValue() == 2


def test_names_of_properties() -> None:
    assert stringToStatisticsProperty("MEANCLIP") is MEANCLIP
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
        stringToStatisticsProperty("MODE")


def test_no_variance_for_errors_is_an_error() -> None:
    control = StatisticsControl()
    control.setCalcErrorFromInputVariance(True)
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
        makeStatistics(ImageF(3, 3), MEAN, control)
