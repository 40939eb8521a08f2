"""The forms of `makeStatistics`, and what it refuses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import ExposureF, ImageF, MaskedImageF, MaskX
from lsst.afw.math import (
    MEAN,
    MEANCLIP,
    NPOINT,
    SUM,
    Property,
    StatisticsControl,
    makeStatistics,
    stringToStatisticsProperty,
)
from lsst.pex.exceptions import InvalidParameterError
from stacklite_support.golden import golden_cases


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


def test_names_of_properties() -> None:
    assert stringToStatisticsProperty("MEANCLIP") is MEANCLIP
    with pytest.raises(pex_exceptions.InvalidParameterError):
        stringToStatisticsProperty("MODE")


def test_no_variance_for_errors_is_an_error() -> None:
    control = StatisticsControl()
    control.setCalcErrorFromInputVariance(True)
    with pytest.raises(pex_exceptions.InvalidParameterError):
        makeStatistics(ImageF(3, 3), MEAN, control)


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
    with pytest.raises(pex_exceptions.InvalidParameterError, match="shape"):
        makeStatistics(data, extra, MEAN)


def test_weights_are_asked_for_or_not() -> None:
    control = StatisticsControl()
    assert not control.getWeightedIsSet() and not control.getWeighted()
    image = ImageF(np.array([[1.0, 2.0, 6.0]], np.float32))
    weights = ImageF(np.array([[1.0, 1.0, 2.0]], np.float32))
    masked = MaskedImageF(image)
    assert makeStatistics(masked, Property.MEAN, control).getValue() == 3.0
    assert makeStatistics(masked, weights, Property.MEAN, control).getValue() == 15.0 / 4.0
    control.setWeighted(False)
    assert control.getWeightedIsSet()
    with pytest.raises(InvalidParameterError, match="says not to weight"):
        makeStatistics(masked, weights, Property.MEAN, control)
    control.setWeighted(True)
    with pytest.raises(InvalidParameterError, match="need weights or a variance plane"):
        makeStatistics(image, Property.MEAN, control)
    control.setCalcErrorFromInputVariance(True)
    control.setCalcErrorMosaicMode(True)
    with pytest.raises(InvalidParameterError, match="choose one"):
        makeStatistics(MaskedImageF(image, None, weights), Property.MEAN, control)


# -- Values of the real stack ----------------------------------------------------------


@golden_cases("statistics", "getResult without a property, two requested")
def test_two_results_have_names(case: dict[str, Any]) -> None:
    statistics = makeStatistics(ImageF(3, 3), Property.MEAN | Property.STDEV)
    with pytest.raises(getattr(pex_exceptions, case["expected"]["error"])):
        statistics.getResult()


@golden_cases("statistics", "getResult of a property not requested")
def test_result_must_be_one_that_was_requested(case: dict[str, Any]) -> None:
    statistics = makeStatistics(ImageF(3, 3), Property.MEAN | Property.STDEV)
    with pytest.raises(getattr(pex_exceptions, case["expected"]["error"])):
        statistics.getResult(Property.MEDIAN)
