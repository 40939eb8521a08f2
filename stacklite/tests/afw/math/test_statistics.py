"""Values and errors of statistics, against brute force and where rounding decides."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import ImageD, ImageF, ImageI, Mask, MaskedImage, MaskedImageF, MaskX
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
    NOTHING,
    NPOINT,
    ORMASK,
    STDEV,
    STDEVCLIP,
    SUM,
    VARIANCE,
    Property,
    StatisticsControl,
    makeStatistics,
)
from lsst.pex.exceptions import InvalidParameterError
from stacklite_support import golden
from stacklite_support.golden import golden_cases
from stacklite_support.parity import parity

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


def test_mean_weighted_by_variance() -> None:
    values, variance = np.array([[1.0, 2.0, 4.0]]), np.array([[1.0, 0.5, 0.0]])
    masked = MaskedImageF(*(ImageF(values.astype(np.float32)), None, ImageF(variance.astype(np.float32))))
    control = StatisticsControl()
    control.setWeighted(True)
    # The pixel without variance has no weight.
    assert makeStatistics(masked, MEAN, control).getValue() == pytest.approx((1 + 2 * 2) / 3, rel=1e-14)
    assert makeStatistics(masked, NPOINT, control).getValue() == 2


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


PROPERTIES = [p for p in Property.__members__.values() if p.name not in ("NOTHING", "ERRORS", "ORMASK")]
ALL_PROPERTIES = sum(map(int, PROPERTIES))
PIXELS = st.floats(-1e6, 1e6, width=32)
VARIANCES = st.floats(0.015625, 1e4, width=32)


def _weighted(values: list[float], variances: list[float]) -> dict[str, tuple[float, float]]:
    image = ImageF(np.array([values], dtype=np.float32))
    variance = ImageF(np.array([variances], dtype=np.float32))
    masked = MaskedImageF(image, MaskX(image.getBBox()), variance)
    control = StatisticsControl()
    control.setWeighted(True)
    statistics = makeStatistics(masked, ALL_PROPERTIES | ERRORS, control)
    return {p.name: statistics.getResult(p) for p in PROPERTIES}


@settings(max_examples=100, derandomize=True, deadline=None)
@given(value=PIXELS, variance=VARIANCES)
def test_one_weighted_pixel_has_no_variance(value: float, variance: float) -> None:
    found = _weighted([value], [variance])
    assert found["MEAN"][0] == pytest.approx(value, rel=1e-12)
    for name in ("VARIANCE", "STDEV", "VARIANCECLIP", "STDEVCLIP", "MEANSQUARE"):
        assert not math.isfinite(found[name][0]), name


@settings(max_examples=100, derandomize=True, deadline=None)
@given(value=PIXELS, variances=st.lists(VARIANCES, min_size=2, max_size=40))
def test_equal_pixels_with_weights(value: float, variances: list[float]) -> None:
    """Variances are rounding noise, of either sign; a negative one has no root, and nothing raises."""
    found = _weighted([value] * len(variances), variances)
    center = value * np.mean(1.0 / np.array(variances, dtype=np.float32).astype(float))
    weights = 1.0 / np.array(variances, dtype=np.float32).astype(float)
    debias = weights.sum() ** 2 / max(weights.sum() ** 2 - (weights**2).sum(), 1e-300)
    noise = 1e-13 * (abs(value) + abs(center)) ** 2 * debias
    assert abs(found["VARIANCE"][0]) <= noise
    assert math.isnan(found["STDEV"][0]) == (found["VARIANCE"][0] < 0.0)
    assert found["NPOINT"][0] == len(variances)


def test_bits_of_rejected_pixels_are_propagated_above_a_threshold() -> None:
    control = StatisticsControl(andMask=Mask.getPlaneBitMask(["SAT", "CR"]))
    sat, cr = (Mask.getMaskPlane(name) for name in ("SAT", "CR"))
    assert control.getMaskPropagationThreshold(sat) == 1.0, "never"
    masked = MaskedImageF(4, 1)
    masked.mask.array[0, :2] = [1 << sat, 1 << cr]
    masked.mask.array[0, 2] = 1
    for threshold, expected in ((0.24, 1 | 1 << sat), (0.25, 1)):
        control.setMaskPropagationThreshold(sat, threshold)
        assert control.getMaskPropagationThreshold(sat) == threshold
        assert control.getMaskPropagationThreshold(cr) == 1.0
        assert makeStatistics(masked, Property.ORMASK, control).getOrMask() == expected


@pytest.mark.parametrize("flags", [Property.MEAN, Property.NPOINT | Property.SUM])
def test_nothing_has_no_statistics(flags: Property) -> None:
    for empty in (ImageF(0, 0), MaskedImageF(0, 0), np.zeros(0, np.float32)):
        with pytest.raises(InvalidParameterError, match="without pixels"):
            makeStatistics(empty, flags)
    with pytest.raises(InvalidParameterError):
        makeStatistics(MaskX(0, 0), flags)
    for size in (1, 7):
        found = makeStatistics(MaskX(size, 1, 5), Property.NPOINT | Property.SUM)
        assert (found.getValue(Property.NPOINT), found.getValue(Property.SUM)) == (size, 5), "bits are OR-ed"


# -- Values of the real stack ----------------------------------------------------------

IMAGES = {"F": ImageF, "D": ImageD, "I": ImageI}
SETTERS = {
    "sigma": "setNumSigmaClip",
    "n_iter": "setNumIter",
    "and_mask": "setAndMask",
    "weighted": "setWeighted",
    "nan_safe": "setNanSafe",
    "input_variance": "setCalcErrorFromInputVariance",
    "mosaic": "setCalcErrorMosaicMode",
}
EVERYTHING = sum(int(p) for p in Property.__members__.values() if p not in (NOTHING, ERRORS, ORMASK))

# What the stack derives from the state that its partial sort leaves behind:
# the median of integers beside quartiles, and of floats among which are NaN.
CLIPPED = {"MEANCLIP", "STDEVCLIP", "VARIANCECLIP"}
UNORDERED_INTEGER = CLIPPED | {"MEDIAN", "NCLIPPED"}
UNORDERED_NAN = {"MEDIAN", "IQRANGE"}


def _plane(image_class: Any, values: Any) -> Any:
    array = np.array(values, dtype=image_class.dtype)
    return image_class(array if array.ndim == 2 else np.zeros((0, 0), dtype=image_class.dtype))


def _arguments(inputs: dict[str, Any]) -> tuple[Any, ...]:
    image = _plane(IMAGES[inputs["dtype"]], inputs["image"])
    if inputs["form"] == "image":
        return (image,)
    mask, variance = (
        None if inputs[name] is None else _plane(image_class, inputs[name])
        for name, image_class in (("mask", MaskX), ("variance", ImageF))
    )
    masked = MaskedImage[image.dtype](image, mask, variance)
    if inputs["form"] == "masked+weights":
        return masked, _plane(ImageF, inputs["weights"])
    return (masked,)


def _control(settings: dict[str, Any]) -> StatisticsControl:
    control = StatisticsControl()
    for bit, threshold in settings.get("thresholds", []):
        control.setMaskPropagationThreshold(bit, threshold)
    for name in settings.keys() - {"thresholds"}:
        getattr(control, SETTERS[name])(settings[name])
    return control


def _is_reproducible(inputs: dict[str, Any], name: str, *, alone: bool) -> bool:
    if inputs["dtype"] == "I":
        return name not in (CLIPPED if alone else UNORDERED_INTEGER)
    nan_is_sorted = not inputs["control"].get("nan_safe", True) and not np.isfinite(inputs["image"]).all()
    return not nan_is_sorted or name not in UNORDERED_NAN


SQUARES = {"VARIANCE", "VARIANCECLIP", "MEANSQUARE"}
ROOTS = {"STDEV", "STDEVCLIP"}


def _rounding(inputs: dict[str, Any]) -> tuple[float, float]:
    """Return the rounding of sums and of squared differences.

    Differences are from the center of a first pass. That of weighted pixels
    is their weighted sum divided by their number, far from all of them unless
    the mean weight is 1; their variance is a small difference of large squares.
    """
    values = np.array(inputs["image"], dtype=float)
    # Pixels beyond the range of float32 do not count.
    scale = np.abs(values[np.abs(values) < 3.5e38]).max(initial=0.0)
    if inputs["form"] == "masked+weights":
        weights = np.array(inputs["weights"], dtype=float)
    elif inputs["control"].get("weighted") and inputs["variance"] is not None:
        with np.errstate(divide="ignore"):
            weights = 1.0 / np.array(inputs["variance"], dtype=float)
    else:
        return 1e-15 * scale, (1e-15 * scale) ** 2
    distance = scale * (1.0 + weights[np.isfinite(weights)].max(initial=0.0))
    return 1e-15 * distance, 1e-14 * distance**2


def _atol(name: str, expected: list[float], linear: float, square: float) -> list[float]:
    """Return the absolute tolerances of a value and its error."""
    root = [min(square / value, math.sqrt(square)) if value else math.sqrt(square) for value in expected]
    if name in ROOTS:
        return root
    if name in SQUARES:
        return [square + linear**2, square]
    return [linear, root[1]]


def _check(expected: Any, compute: Any, name: str = "", rounding: tuple[float, float] = (0.0, 0.0)) -> int:
    if isinstance(expected, dict):
        with pytest.raises(getattr(pex_exceptions, expected["error"])):
            compute()
        return 1
    pairs = zip(compute(), expected, _atol(name, expected, *rounding), strict=True)
    for found, wanted, atol in pairs:
        # A variance of rounding noise may be negative; then it has no root.
        if math.isnan(found) != math.isnan(wanted) and np.nan_to_num([found, wanted]).max() <= atol:
            continue
        np.testing.assert_allclose(found, wanted, rtol=1e-10, atol=atol, err_msg=name)
    return 1


@parity("Statistics", 1e-10)
@pytest.mark.parametrize("case", golden.cases("statistics", "makeStatistics"), ids=lambda c: str(c["id"]))
def test_values_and_errors(case: dict[str, Any]) -> None:
    inputs, expected = golden.number(case["inputs"]), golden.number(case["expected"])
    arguments, control = _arguments(inputs), _control(inputs["control"])
    compared, rounding = 0, _rounding(inputs)
    for group, flags in (("all_with_errors", EVERYTHING | ERRORS), ("all_without_errors", EVERYTHING)):
        if "error" in expected[group]:
            compared += _check(expected[group], lambda f=flags: makeStatistics(*arguments, f, control))
            continue
        statistics = makeStatistics(*arguments, flags, control)
        assert statistics.getOrMask() == expected[group].pop("or_mask")
        for name, pair in expected[group].items():
            if _is_reproducible(inputs, name, alone=False):
                compared += _check(
                    pair, lambda s=statistics, n=name: s.getResult(Property.__members__[n]), name, rounding
                )
    for name, pair in expected["each_alone"].items():
        if _is_reproducible(inputs, name, alone=True):
            compared += _check(
                pair,
                lambda n=name: makeStatistics(
                    *arguments, Property.__members__[n] | ERRORS, control
                ).getResult(),
                name,
                rounding,
            )
    assert compared > 0


@parity("Statistics", 0)
@golden_cases("statistics", "makeStatistics of a mask")
def test_mask(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    mask = _plane(MaskX, inputs["mask"])
    if golden.is_error(expected):
        with pytest.raises(getattr(pex_exceptions, expected["error"])):
            makeStatistics(mask, Property.__members__[inputs["property"]])
        return
    statistics = makeStatistics(mask, NPOINT | SUM)
    assert {name: statistics.getValue(Property.__members__[name]) for name in expected} == expected
