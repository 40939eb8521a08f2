"""Statistics against brute force, and the forms of makeStatistics."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lsst.pex.exceptions
from lsst.afw.image import ExposureF, ImageD, ImageF, MaskedImageF, MaskX
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


def _many_pixels(kind: str) -> np.ndarray:
    """Return more pixels than are sorted as a whole, shape (1024, 512)."""
    rng = np.random.default_rng(5)
    pixels = rng.normal(100.0, 10.0, (1024, 512)).astype(np.float32)
    match kind:
        case "stars":
            pixels[rng.random(pixels.shape) < 0.02] *= 1e4
        case "steps":
            pixels = np.round(pixels / 8.0)
        case "constant":
            pixels[...] = 3.0
        case "sorted":
            pixels = np.sort(pixels, axis=None).reshape(pixels.shape)
        case "double":
            pixels = pixels.astype(np.float64) + 1e-9
    return pixels


@pytest.mark.parametrize("kind", ["noise", "stars", "steps", "constant", "sorted", "double"])
def test_many_pixels_give_what_sorting_them_gives(kind: str) -> None:
    pixels = _many_pixels(kind)
    result = makeStatistics(ImageD(pixels) if kind == "double" else ImageF(pixels), MEDIAN | IQRANGE)
    low, median, high = np.quantile(pixels.astype(np.float64), [0.25, 0.5, 0.75])
    assert result.getValue(MEDIAN) == pytest.approx(median, rel=1e-14)
    assert result.getValue(IQRANGE) == pytest.approx(high - low, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("kind", ["noise", "stars", "steps", "constant", "sorted", "double"])
def test_clipping_many_pixels_is_selecting_them_anew_each_time(kind: str) -> None:
    pixels = _many_pixels(kind)
    control = StatisticsControl(3.0, 5)
    image = ImageD(pixels) if kind == "double" else ImageF(pixels)
    result = makeStatistics(image, MEANCLIP | STDEVCLIP | NCLIPPED, control)
    values = pixels.astype(np.float64).ravel()
    low, center, high = np.quantile(values, [0.25, 0.5, 0.75])
    half_width = 3.0 * IQRANGE_TO_SIGMA * (high - low)
    for _ in range(5):
        kept = values[np.abs(values - center) <= half_width]
        center, half_width = kept.mean(), 3.0 * kept.std(ddof=1)
    assert result.getValue(NCLIPPED) == values.size - kept.size
    assert result.getValue(MEANCLIP) == pytest.approx(kept.mean(), rel=1e-12)
    assert result.getValue(STDEVCLIP) == pytest.approx(kept.std(ddof=1), rel=1e-10, abs=1e-300)


def test_masked_pixels_are_selected_alike_in_small_and_large_images() -> None:
    rng = np.random.default_rng(6)
    masked = MaskedImageF(ImageF(_many_pixels("stars")))
    masked.mask.array[:] = rng.integers(0, 8, masked.mask.array.shape)
    masked.image.array[rng.random(masked.image.array.shape) < 0.01] = np.nan
    control = StatisticsControl()
    control.setAndMask(1)
    good = (masked.mask.array & 1 == 0) & np.isfinite(masked.image.array)
    result = makeStatistics(masked, NPOINT | NMASKED | MEAN | MEDIAN, control)
    assert result.getValue(NPOINT) == good.sum()
    assert result.getValue(NMASKED) == good.size - good.sum()
    assert result.getValue(MEDIAN) == np.median(masked.image.array[good])
    assert result.getValue(MEAN) == pytest.approx(masked.image.array[good].mean(dtype=np.float64), rel=1e-13)
    assert result.getOrMask() == 6


def test_arguments_by_name() -> None:
    image, mask, weights = ImageF(3, 2), MaskX(3, 2), ImageF(3, 2)
    masked = MaskedImageF(image, mask)
    weights.array[:] = 1.0
    for data in (
        {"img": image},
        {"img": image, "msk": mask},
        {"mimg": masked},
        {"mimg": masked, "weights": weights},
        {"v": [1.0, 2.0]},
        {"v": [1.0, 2.0], "vweights": [1.0, 1.0]},
        {"msk": mask},
    ):
        found = makeStatistics(**data, flags=NPOINT).getValue()
        assert found == makeStatistics(*data.values(), NPOINT).getValue()
    for refused in ({"data": image}, {"img": masked}, {"mimg": image}, {"img": image, "weights": weights}):
        with pytest.raises(TypeError, match="makeStatistics does not take"):
            makeStatistics(**refused, flags=NPOINT)
    with pytest.raises(TypeError, match="useWeights must be"):
        StatisticsControl(useWeights=True)  # type: ignore[arg-type]
    assert StatisticsControl(useWeights=StatisticsControl.WEIGHTS_TRUE).getWeighted()
    with pytest.raises(TypeError, match="a Property"):
        makeStatistics(image, MEAN).getValue(MEAN | NPOINT)  # type: ignore[arg-type]


def test_flags_and_control_may_be_keywords() -> None:
    values, control = ImageF(np.array([[1.0, 2.0, 30.0]], dtype=np.float32)), StatisticsControl(1.0, 1)
    expected = makeStatistics(values, MEANCLIP, control).getValue()
    assert makeStatistics(values, MEANCLIP, sctrl=control).getValue() == expected
    assert makeStatistics(values, flags=MEANCLIP, sctrl=control).getValue() == expected
    assert makeStatistics(values, flags=MEANCLIP).getValue() != expected


@pytest.mark.parametrize("args", [(), ("MEAN",), (MEAN, StatisticsControl(), 3)])
def test_arguments_of_other_forms_are_refused(args: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        makeStatistics([1.0, 2.0], *args)


def test_an_exposure_is_no_data() -> None:
    exposure = ExposureF(4, 3)
    with pytest.raises(TypeError, match="makeStatistics does not take .ExposureF"):
        makeStatistics(exposure, MEAN)
    assert makeStatistics(exposure.maskedImage, MEAN).getValue() == 0.0


@pytest.mark.parametrize(
    ("data", "extra"),
    [
        (ImageF(4, 3), MaskX(3, 4)),
        (MaskedImageF(4, 3), ImageF(3, 4)),
        ([1.0, 2.0, 3.0], [1.0, 2.0]),
    ],
)
def test_masks_and_weights_of_another_shape_are_refused(data: object, extra: object) -> None:
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError, match="shape"):
        makeStatistics(data, extra, MEAN)
