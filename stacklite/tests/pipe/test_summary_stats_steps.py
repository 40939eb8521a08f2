"""Each step of `ComputeExposureSummaryStatsTask`, and of the task that takes its place."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from lsst.afw.cameraGeom import Camera, Detector
from lsst.afw.image import (
    ExposureF,
    ExposureSummaryStats,
    FilterLabel,
    ImageF,
    MaskedImageF,
    PhotoCalib,
    VisitInfo,
)
from lsst.afw.math import ApproximateControl, BackgroundList, BackgroundMI, Interpolate, UndersampleStyle
from lsst.geom import Box2I, Extent2I, Point2I
from stacklite_support.golden import cases, golden_file, number
from stacklite_support.golden_summary_stats import (
    TOPIC,
    assert_fields,
    check_grid_of_a_mask_with_origin,
    check_masked_image_stats,
    check_no_good_grid_point,
    check_psf_stats,
    check_psf_stats_of_stars_in_an_afw_catalog,
    check_wcs_stats,
    error_class,
    has_plain_stars,
    is_c3,
    is_c5,
    make_task,
    params,
)
from stacklite_support.parity import parity

# -- Values of the real stack ----------------------------------------------------------


@parity("ComputeExposureSummaryStatsTask", 1e-5)
@params("update_psf_stats", lambda inputs: not is_c5(inputs))
def test_psf_stats(case: dict[str, Any]) -> None:
    check_psf_stats(case)


@params("update_psf_stats", lambda inputs: has_plain_stars(inputs) and "float32" not in inputs["note"])
def test_psf_stats_of_stars_in_an_afw_catalog(case: dict[str, Any]) -> None:
    check_psf_stats_of_stars_in_an_afw_catalog(case)


@params("update_psf_stats", is_c3)
def test_c3_no_good_grid_point_is_an_error_after_the_statistics_at_the_center(case: dict[str, Any]) -> None:
    check_no_good_grid_point(case)


@params("update_psf_stats", is_c5)
def test_c5_the_grid_follows_the_origin_of_the_mask(case: dict[str, Any]) -> None:
    check_grid_of_a_mask_with_origin(case)


@parity("ComputeExposureSummaryStatsTask", 1e-5)
@params("update_wcs_stats")
def test_wcs_stats(case: dict[str, Any]) -> None:
    check_wcs_stats(case)


@parity("ComputeExposureSummaryStatsTask", 1e-5)
@params("update_photo_calib_stats")
def test_photo_calib_stats(case: dict[str, Any]) -> None:
    summary = ExposureSummaryStats(zeroPoint=7.0)
    mean = number(case["inputs"]["calibration_mean"])
    make_task().update_photo_calib_stats(summary, None if mean is None else PhotoCalib(mean))
    assert_fields(summary, case["expected"])


def make_background(layers: list[list[list[float]]]) -> BackgroundList:
    background = BackgroundList()
    for layer in number(layers):
        grid = np.array(layer, dtype=np.float32)
        stats_image = MaskedImageF(ImageF(grid), None, None)
        model = BackgroundMI(Box2I(Point2I(0, 0), Extent2I(64, 48)), stats_image)
        style = Interpolate.LINEAR, UndersampleStyle.REDUCE_INTERP_ORDER
        background.append((model, *style, ApproximateControl.UNKNOWN, 0, 0, False))
    return background


@parity("ComputeExposureSummaryStatsTask", 1e-5)
@params("update_background_stats")
def test_background_stats(case: dict[str, Any]) -> None:
    summary = ExposureSummaryStats(skyBg=7.0)
    layers = case["inputs"]["layers"]
    make_task().update_background_stats(summary, None if layers is None else make_background(layers))
    # Exact: the sum is made in single precision (C13).
    assert_fields(summary, case["expected"], special={"skyBg": {"rel": 0.0, "abs": 0.0}})


@parity("ComputeExposureSummaryStatsTask", 1e-5)
@params("update_masked_image_stats")
def test_masked_image_stats(case: dict[str, Any]) -> None:
    check_masked_image_stats(case)


def make_detector(inputs: dict[str, Any] | None) -> Detector | None:
    if inputs is None:
        return None
    builder = Camera.readFits(golden_file(inputs["file"]))[inputs["id"]].rebuild()
    if inputs["without_amplifiers"]:
        builder.clear()
    for amplifier in builder.getAmplifiers():
        if inputs["gain"] is not None:
            amplifier.setGain(number(inputs["gain"]))
        if inputs["read_noise"] is not None:
            amplifier.setReadNoise(number(inputs["read_noise"]))
    return builder.finish()


def make_exposure(inputs: dict[str, Any]) -> ExposureF:
    exposure = ExposureF(4, 3)
    detector = make_detector(inputs["detector"])
    if detector is not None:
        exposure.setDetector(detector)
    for key, value in number(inputs["metadata"]).items():
        exposure.getMetadata()[key] = value
    if inputs["filter_band_physical"] is not None:
        band, physical = inputs["filter_band_physical"]
        exposure.setFilter(FilterLabel(band=band, physical=physical))
    exposure.info.setVisitInfo(VisitInfo(exposureTime=number(inputs["exposure_time"])))
    return exposure


DEPTH = "update_magnitude_limit_stats, then update_effective_time_stats"


def update_limit(inputs: dict[str, Any]) -> tuple[ExposureSummaryStats, ExposureSummaryStats]:
    """Return the given summary, and that with the magnitude limit."""
    given = ExposureSummaryStats(**number(inputs["summary"]))
    limit = dataclasses.replace(given, magLim=7.0)
    make_task(inputs["config"]).update_magnitude_limit_stats(limit, make_exposure(inputs))
    return given, limit


def update_effective_time(inputs: dict[str, Any], summary: ExposureSummaryStats) -> ExposureSummaryStats:
    """Set the effective time of a summary that has the magnitude limit; return it."""
    make_task(inputs["config"]).update_effective_time_stats(summary, make_exposure(inputs))
    return summary


EFFECTIVE_TIME_FIELDS = ("effTime", "effTimePsfSigmaScale", "effTimeSkyBgScale", "effTimeZeroPointScale")


def depth_params(has_effective_time: bool) -> Any:
    chosen = cases(
        TOPIC, DEPTH, lambda case: ("error" not in case["expected"]["effective_time"]) == has_effective_time
    )
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=f"{case['id']}-{case['inputs']['note']}") for case in chosen]
    )


@parity("ComputeExposureSummaryStatsTask", 1e-5)
@depth_params(True)
def test_magnitude_limit_and_effective_time(case: dict[str, Any]) -> None:
    given, limit = update_limit(case["inputs"])
    assert_fields(limit, case["expected"]["magnitude_limit"], given)
    final = dataclasses.replace(limit, **dict.fromkeys(EFFECTIVE_TIME_FIELDS, 7.0))
    assert_fields(update_effective_time(case["inputs"], final), case["expected"]["effective_time"], given)


@depth_params(False)
def test_c1_c4_errors_of_the_effective_time(case: dict[str, Any]) -> None:
    """A filter without band (C1), and what cannot be divided by (C4)."""
    assert case["expected"]["effective_time"]["error"] in ("ZeroDivisionError", "RuntimeError")
    given, limit = update_limit(case["inputs"])
    assert_fields(limit, case["expected"]["magnitude_limit"], given)
    summary = dataclasses.replace(limit, **dict.fromkeys(EFFECTIVE_TIME_FIELDS, 7.0))
    with pytest.raises(error_class(case["expected"]["effective_time"])):
        update_effective_time(case["inputs"], summary)
    assert_fields(summary, dict.fromkeys(EFFECTIVE_TIME_FIELDS, math.nan), limit)


@params("fiducialMagnitudeLimit")
def test_fiducial_magnitude_limit(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    config = make_task(inputs["config"]).config
    for limit in (
        config.fiducialMagnitudeLimit(inputs["band"], inputs["pixel_scale"], inputs["gain"]),
        config.fiducialMagnitudeLimit(
            band=inputs["band"], pixelScale=inputs["pixel_scale"], gain=inputs["gain"]
        ),
    ):
        assert limit == pytest.approx(number(case["expected"]), rel=1e-12, nan_ok=True)


@pytest.mark.golden
def test_no_kind_is_left_out() -> None:
    assert {case["kind"] for case in cases(TOPIC)} <= {
        "update_psf_stats",
        "update_wcs_stats",
        "update_photo_calib_stats",
        "update_background_stats",
        "update_masked_image_stats",
        DEPTH,
        "fiducialMagnitudeLimit",
        "ScienceSourceSelectorTask.selectSources",
        "RefitPointingTask",
        "FitSipApproximationTask",
    }
