"""makeStatistics and StatisticsControl agree with the stack."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions
from lsst.afw.image import ImageD, ImageF, ImageI, MaskedImage, MaskX
from lsst.afw.math import (
    ERRORS,
    NOTHING,
    NPOINT,
    ORMASK,
    SUM,
    Property,
    StatisticsControl,
    makeStatistics,
)
from stacklite_support import golden
from stacklite_support.parity import parity

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

    Differences are from the centre of a first pass. That of weighted pixels
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
        with pytest.raises(getattr(lsst.pex.exceptions, expected["error"])):
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


def params(kind: str) -> Any:
    return pytest.mark.parametrize("case", golden.cases("statistics", kind), ids=lambda c: str(c["id"]))


@parity("StatisticsControl", 0)
@params("StatisticsControl")
def test_control_refuses(case: dict[str, Any]) -> None:
    control = StatisticsControl()
    with pytest.raises(getattr(lsst.pex.exceptions, case["expected"]["error"])):
        for setter, value in golden.number(case["inputs"]).items():
            getattr(control, setter)(value)


@parity("StatisticsControl", 0)
@params("StatisticsControl defaults")
def test_control_defaults(case: dict[str, Any]) -> None:
    control = StatisticsControl()
    expected = dict(case["expected"])
    assert {p.name: int(p) for p in Property.__members__.values()} == expected.pop("properties")
    assert expected == {
        "num_sigma_clip": control.getNumSigmaClip(),
        "num_iter": control.getNumIter(),
        "and_mask": control.getAndMask(),
        "nan_safe": control.getNanSafe(),
        "weighted": control.getWeighted(),
        "weighted_is_set": control.getWeightedIsSet(),
        "no_good_pixels_mask": control.getNoGoodPixelsMask(),
    }


@parity("Statistics", 0)
@params("makeStatistics of a mask")
def test_mask(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    mask = _plane(MaskX, inputs["mask"])
    if golden.is_error(expected):
        with pytest.raises(getattr(lsst.pex.exceptions, expected["error"])):
            makeStatistics(mask, Property.__members__[inputs["property"]])
        return
    statistics = makeStatistics(mask, NPOINT | SUM)
    assert {name: statistics.getValue(Property.__members__[name]) for name in expected} == expected


@params("getResult without a property, two requested")
def test_two_results_have_names(case: dict[str, Any]) -> None:
    statistics = makeStatistics(ImageF(3, 3), Property.MEAN | Property.STDEV)
    with pytest.raises(getattr(lsst.pex.exceptions, case["expected"]["error"])):
        statistics.getResult()


@params("getResult of a property not requested")
def test_result_must_be_one_that_was_requested(case: dict[str, Any]) -> None:
    statistics = makeStatistics(ImageF(3, 3), Property.MEAN | Property.STDEV)
    with pytest.raises(getattr(lsst.pex.exceptions, case["expected"]["error"])):
        statistics.getResult(Property.MEDIAN)
