"""makeStatistics and StatisticsControl agree with the stack."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import golden
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
from parity import parity

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
EVERYTHING = sum(p for p in Property if p not in (NOTHING, ERRORS, ORMASK))

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
    return inputs["control"].get("nan_safe", True) or name not in UNORDERED_NAN


def _check(expected: Any, compute: Any) -> int:
    if isinstance(expected, dict):
        with pytest.raises(getattr(lsst.pex.exceptions, expected["error"])):
            compute()
    else:
        np.testing.assert_allclose(compute(), expected, rtol=1e-10)
    return 1


@parity("Statistics", 1e-10)
@pytest.mark.parametrize("case", golden.cases("statistics", "makeStatistics"), ids=lambda c: str(c["id"]))
def test_values_and_errors(case: dict[str, Any]) -> None:
    inputs, expected = golden.number(case["inputs"]), golden.number(case["expected"])
    arguments, control = _arguments(inputs), _control(inputs["control"])
    compared = 0
    for group, flags in (("all_with_errors", EVERYTHING | ERRORS), ("all_without_errors", EVERYTHING)):
        if "error" in expected[group]:
            compared += _check(expected[group], lambda f=flags: makeStatistics(*arguments, f, control))
            continue
        statistics = makeStatistics(*arguments, flags, control)
        assert statistics.getOrMask() == expected[group].pop("or_mask")
        for name, pair in expected[group].items():
            if _is_reproducible(inputs, name, alone=False):
                compared += _check(pair, lambda s=statistics, n=name: s.getResult(Property[n]))
    for name, pair in expected["each_alone"].items():
        if _is_reproducible(inputs, name, alone=True):
            compared += _check(
                pair, lambda n=name: makeStatistics(*arguments, Property[n] | ERRORS, control).getResult()
            )
    assert compared >= 8


@pytest.mark.parametrize("case", golden.cases("statistics", "StatisticsControl"))
def test_control_refuses(case: dict[str, Any]) -> None:
    control = StatisticsControl()
    with pytest.raises(getattr(lsst.pex.exceptions, case["expected"]["error"])):
        for setter, value in golden.number(case["inputs"]).items():
            getattr(control, setter)(value)


def test_control_defaults() -> None:
    (case,) = golden.cases("statistics", "StatisticsControl defaults")
    control = StatisticsControl()
    expected = dict(case["expected"])
    assert {p.name: int(p) for p in [NOTHING, *Property]} == expected.pop("properties")
    assert expected == {
        "num_sigma_clip": control.getNumSigmaClip(),
        "num_iter": control.getNumIter(),
        "and_mask": control.getAndMask(),
        "nan_safe": control.getNanSafe(),
        "weighted": control.getWeighted(),
        "weighted_is_set": control.getWeightedIsSet(),
        "no_good_pixels_mask": control.getNoGoodPixelsMask(),
    }


def test_mask() -> None:
    values, refused = golden.cases("statistics", "makeStatistics of a mask")
    statistics = makeStatistics(_plane(MaskX, values["inputs"]["mask"]), NPOINT | SUM)
    assert statistics.getValue(NPOINT) == values["expected"]["NPOINT"]
    assert statistics.getValue(SUM) == values["expected"]["SUM"]
    assert refused["expected"]["error"] == "InvalidParameterError"
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
        makeStatistics(_plane(MaskX, values["inputs"]["mask"]), Property.MEAN)


def test_result_must_be_one_that_was_requested() -> None:
    for kind in (
        "getResult without a property, two requested",
        "getResult of a property not requested",
    ):
        (case,) = golden.cases("statistics", kind)
        assert case["expected"]["error"] == "InvalidParameterError"
    statistics = makeStatistics(ImageF(3, 3), Property.MEAN | Property.STDEV)
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
        statistics.getResult()
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
        statistics.getResult(Property.MEDIAN)
