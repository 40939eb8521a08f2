"""Summary statistics of the real stack, replayed from their inputs (topic summary_stats).

Where the stack raises (C1, C3, C4) or ignores the origin of the mask (C5), stacklite
behaves as the project decided; those cases are named here and checked for what they are.
The kinds RefitPointingTask and FitSipApproximationTask belong to tests of their own.
"""

from __future__ import annotations

import builtins
import dataclasses
import logging
import math
from typing import Any

import numpy as np
import pytest
from astropy.table import Table

import lsst.pex.exceptions as pex_exceptions
from golden import cases, golden_file, number
from lsst.afw.cameraGeom import Camera, Detector
from lsst.afw.coord import Observatory
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.afw.image import (
    ApCorrMap,
    ExposureF,
    ExposureSummaryStats,
    FilterLabel,
    ImageF,
    Mask,
    MaskedImageF,
    PhotoCalib,
    VisitInfo,
)
from lsst.afw.math import ApproximateControl, BackgroundList, BackgroundMI, Interpolate, UndersampleStyle
from lsst.afw.table import BaseCatalog, Schema
from lsst.daf.base import DateTime
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees, radians
from lsst.meas.algorithms.sourceSelector import ScienceSourceSelectorConfig, ScienceSourceSelectorTask
from lsst.pipe.tasks.computeExposureSummaryStats import (
    ComputeExposureSummaryStatsConfig,
    ComputeExposureSummaryStatsTask,
)
from parity import parity

TOPIC = "summary_stats"
TASK_NAME = "computeExposureSummaryStats"

_GRID_STATS = ("psfTraceRadiusDelta", "psfApFluxDelta", "psfApCorrSigmaScaledDelta")


def params(kind: str, *notes: str, without: tuple[str, ...] = ()) -> list[Any]:
    """Return the cases of a kind, only those with the given notes or without others."""
    chosen = [
        case
        for case in cases(TOPIC, kind)
        if (not notes or case["inputs"]["note"] in notes) and case["inputs"].get("note") not in without
    ]
    assert len(chosen) >= len(notes) > 0 or (not notes and chosen)
    return [pytest.param(case, id=f"{case['id']}-{case['inputs'].get('note', '')}") for case in chosen]


def make_task(options: dict[str, Any] | None = None) -> ComputeExposureSummaryStatsTask:
    config = ComputeExposureSummaryStatsConfig()
    for name, value in number(options or {}).items():
        setattr(config, name, value)
    return ComputeExposureSummaryStatsTask(config=config)


def tolerance(name: str) -> dict[str, float]:
    # Differences of nearly equal numbers of order 1, of rounding noise in the stack too.
    if name in ("psfApFluxDelta", "psfTraceRadiusDelta"):
        return {"rel": 1e-10, "abs": 1e-14}
    return {"rel": 1e-10, "abs": 1e-16}


def assert_fields(
    summary: ExposureSummaryStats,
    expected: dict[str, Any],
    given: ExposureSummaryStats | None = None,
    special: dict[str, dict[str, float]] | None = None,
) -> None:
    """Compare every field; those not expected must be as in the given summary."""
    default = given or ExposureSummaryStats()
    names = [field.name for field in dataclasses.fields(summary)]
    assert set(expected) <= set(names)
    for name in names:
        wanted = number(expected.get(name, getattr(default, name)))
        accuracy = (special or {}).get(name) or tolerance(name)
        assert getattr(summary, name) == pytest.approx(wanted, nan_ok=True, **accuracy), name


def error_class(expected: dict[str, Any]) -> type[BaseException]:
    name = expected["error"]
    return getattr(pex_exceptions, name, None) or getattr(builtins, name)


def make_box(values: list[int]) -> Box2I:
    return Box2I(Point2I(*values[:2]), Extent2I(*values[2:]))


# --- update_psf_stats ---------------------------------------------------------------------------------


def make_mask(inputs: dict[str, Any] | None, origin: tuple[int, int] | None = None) -> Mask | None:
    if inputs is None:
        return None
    height, width = inputs["shape"]
    mask = Mask(Box2I(Point2I(*(origin or inputs["x0y0"])), Extent2I(width, height)))
    for x, y, w, h, plane in inputs["rectangles_x_y_w_h_plane"]:
        mask.array[y : y + h, x : x + w] |= Mask.getPlaneBitMask(plane)
    return mask


def make_sources(inputs: dict[str, Any]) -> Table | None:
    if inputs["sources"] is None:
        return None
    table = Table({name: np.array(number(values)) for name, values in inputs["sources"].items()})
    for name, column in table.columns.items():
        is_flag = name.endswith(("_flag", "_used"))
        if inputs["note"] == "float32 columns" and column.dtype.kind == "f":
            table[name] = column.astype(np.float32)
        elif len(table) == 0:
            table[name] = column.astype(bool if is_flag else float)
    return table


def read_psf(inputs: dict[str, Any]) -> Any:
    from lsst.afw.detection import Psf

    return None if inputs["psf"] is None else Psf.readFits(golden_file(inputs["psf"]))


def update_psf_stats(inputs: dict[str, Any], summary: ExposureSummaryStats, mask: Mask | None) -> None:
    ap_corr = inputs["ap_corr"]
    make_task(inputs["config"]).update_psf_stats(
        summary,
        read_psf(inputs),
        make_box(inputs["bbox"]),
        make_sources(inputs),
        image_mask=mask,
        image_ap_corr_map=None if ap_corr is None else ApCorrMap.readFits(golden_file(ap_corr)),
        sources_is_astropy=True,
    )


C3 = ("all masked", "all masked, no ap corr")
C5 = ("mask XY0 not zero",)


@parity("ComputeExposureSummaryStatsTask", 1e-5)
@pytest.mark.parametrize("case", params("update_psf_stats", without=C3 + C5))
def test_psf_stats(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    # Whatever was there before must not survive.
    summary = ExposureSummaryStats(psfSigma=7.0, starEMedian=7.0, maxDistToNearestPsf=7.0, nPsfStar=7)
    if "error" in expected:
        with pytest.raises(error_class(expected)):
            update_psf_stats(inputs, summary, make_mask(inputs["mask"]))
        return
    update_psf_stats(inputs, summary, make_mask(inputs["mask"]))
    assert_fields(summary, expected)


@pytest.mark.parametrize("case", params("update_psf_stats", "psf varying", "flux flag column present"))
def test_psf_stats_of_stars_in_an_afw_catalog(case: dict[str, Any]) -> None:
    """Same numbers from the same columns of an afw catalog, read through the alias of its centroid slot."""
    inputs = case["inputs"]
    columns = {
        name.replace("slot_Centroid", "base_SdssCentroid"): values
        for name, values in inputs["sources"].items()
    }
    catalog = make_catalog(columns)
    catalog.schema.getAliasMap().set("slot_Centroid", "base_SdssCentroid")
    summary = ExposureSummaryStats()
    make_task().update_psf_stats(
        summary,
        read_psf(inputs),
        make_box(inputs["bbox"]),
        catalog,
        make_mask(inputs["mask"]),
        ApCorrMap.readFits(golden_file(inputs["ap_corr"])),
    )
    assert_fields(summary, case["expected"])


@pytest.mark.parametrize("case", params("update_psf_stats", *C3))
def test_c3_no_good_grid_point_gives_nan_and_a_warning(
    case: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The stack raises ValueError; what does not depend on the mask must still be there."""
    assert case["expected"]["error"] == "ValueError"
    unmasked = {**case["inputs"], "mask": None, "ap_corr": None}
    summary, reference = ExposureSummaryStats(), ExposureSummaryStats()
    update_psf_stats(unmasked, reference, None)
    with caplog.at_level(logging.WARNING):
        update_psf_stats(case["inputs"], summary, make_mask(case["inputs"]["mask"]))
    assert [r.message for r in caplog.records if "No good pixel" in r.message]
    assert summary.psfSigma > 1 and summary.nPsfStar == 44 and summary.starEMedian > 0
    assert all(math.isnan(getattr(summary, name)) for name in (*_GRID_STATS, "maxDistToNearestPsf"))
    assert_fields(summary, dataclasses.asdict(reference))


@pytest.mark.parametrize("case", params("update_psf_stats", *C5))
def test_c5_the_grid_follows_the_origin_of_the_mask(case: dict[str, Any]) -> None:
    """The stack evaluates the grid as if the mask began at (0, 0).

    Statistics that do not depend on the grid agree with the stack. The grid ones agree
    with the stack's when the mask is moved to (0, 0), and with brute force where it is.
    """
    inputs, expected = case["inputs"], number(case["expected"])
    on_grid = (*_GRID_STATS, "maxDistToNearestPsf")
    moved, summary = ExposureSummaryStats(), ExposureSummaryStats()
    update_psf_stats(inputs, moved, make_mask(inputs["mask"], origin=(0, 0)))
    assert_fields(moved, expected)

    mask = make_mask(inputs["mask"])
    assert mask is not None
    update_psf_stats(inputs, summary, mask)
    assert_fields(summary, {**expected, **{name: getattr(summary, name) for name in on_grid}})

    x0, y0 = inputs["mask"]["x0y0"]
    bad = Mask.getPlaneBitMask(list(make_task().config.psfBadMaskPlanes))

    def good_points(step: int) -> list[Point2D]:
        height, width = mask.array.shape
        return [
            Point2D(x0 + i, y0 + j)
            for j in range(0, height, step)
            for i in range(0, width, step)
            if not mask.array[j, i] & bad
        ]

    psf = read_psf(inputs)
    field = ApCorrMap.readFits(golden_file(inputs["ap_corr"]))["base_PsfFlux_instFlux"]
    radii = [psf.computeShape(point).getTraceRadius() for point in good_points(96)]
    corrections = [field.evaluate(point) for point in good_points(96)]
    assert summary.psfTraceRadiusDelta == pytest.approx(max(radii) - min(radii), rel=1e-12)
    assert summary.psfApCorrSigmaScaledDelta == pytest.approx(
        (max(corrections) - min(corrections)) / summary.psfSigma, rel=1e-12
    )
    table = make_sources(inputs)
    assert table is not None
    stars = table[make_task().starSelector.selectSources(table).selected]
    distances = [
        min(math.hypot(p.x - x, p.y - y) for x, y in stars["slot_Centroid_x", "slot_Centroid_y"].iterrows())
        for p in good_points(8)
    ]
    assert summary.maxDistToNearestPsf == pytest.approx(max(distances), rel=1e-12)
    # The stack's values are those of another place.
    assert summary.maxDistToNearestPsf != pytest.approx(expected["maxDistToNearestPsf"], rel=1e-3)


# --- update_wcs_stats ---------------------------------------------------------------------------------


def make_wcs(inputs: dict[str, Any] | None) -> SkyWcs | None:
    if inputs is None:
        return None
    matrix = makeCdMatrix(
        scale=inputs["scale"] * arcseconds,
        orientation=inputs["orientation"] * degrees,
        flipX=inputs["flip"],
    )
    return makeSkyWcs(
        crpix=Point2D(*inputs["crpix"]),
        crval=SpherePoint(inputs["ra"], inputs["dec"], degrees),
        cdMatrix=matrix,
        projection=inputs["projection"],
    )


def make_visit_info(inputs: dict[str, Any] | None) -> VisitInfo | None:
    if inputs is None:
        return None
    values = number(inputs)
    place = Observatory(values["longitude"] * radians, values["latitude"] * radians, values["elevation"])
    date = DateTime(values["date_ns_tai"], DateTime.TAI) if values["date_valid"] else DateTime()
    return VisitInfo(exposureTime=values["exposure_time"], date=date, observatory=place)


@parity("ComputeExposureSummaryStatsTask", 1e-5)
@pytest.mark.parametrize("case", params("update_wcs_stats"))
def test_wcs_stats(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    summary = ExposureSummaryStats(ra=7.0, raCorners=[7.0] * 4, zenithDistance=7.0, pixelScale=7.0)
    arguments = (
        make_wcs(inputs["wcs"]),
        make_box(inputs["bbox"]),
        make_visit_info(inputs["visit_info"]),
    )
    if "error" in expected:
        with pytest.raises(error_class(expected)):
            make_task().update_wcs_stats(summary, *arguments)
        return
    make_task().update_wcs_stats(summary, *arguments)
    positions = dict.fromkeys(("ra", "dec", "raCorners", "decCorners"), {"rel": 0.0, "abs": 1e-9})
    # The Earth-rotation tables that are installed matter at this level (README of the golden values).
    special = {**positions, "zenithDistance": {"rel": 0.0, "abs": 1e-6}}
    # getPixelScale is a finite difference (spec 10: 2e-10).
    assert_fields(summary, expected, special=special | {"pixelScale": {"rel": 1e-9, "abs": 0.0}})


# --- photometry, background, noise --------------------------------------------------------------------


@parity("ComputeExposureSummaryStatsTask", 1e-5)
@pytest.mark.parametrize("case", params("update_photo_calib_stats"))
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
@pytest.mark.parametrize("case", params("update_background_stats"))
def test_background_stats(case: dict[str, Any]) -> None:
    summary = ExposureSummaryStats(skyBg=7.0)
    layers = case["inputs"]["layers"]
    make_task().update_background_stats(summary, None if layers is None else make_background(layers))
    # Exact: the sum is made in single precision (C13).
    assert_fields(summary, case["expected"], special={"skyBg": {"rel": 0.0, "abs": 0.0}})


@parity("ComputeExposureSummaryStatsTask", 1e-5)
@pytest.mark.parametrize("case", params("update_masked_image_stats"))
def test_masked_image_stats(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    image = None
    if "image" in inputs:
        assert inputs["planes"].items() <= Mask(1, 1).getMaskPlaneDict().items()
        origin = Point2I(*inputs["image"]["x0y0"])
        pixels = np.array(number(inputs["image"]["array"]), dtype=np.float32)
        image = MaskedImageF(Box2I(origin, Extent2I(pixels.shape[1], pixels.shape[0])))
        image.image.array[:] = pixels
        image.variance.array[:] = np.array(number(inputs["variance"]), dtype=np.float32)
        image.mask.array[:] = inputs["mask"]
    summary = ExposureSummaryStats(skyNoise=7.0, meanVar=7.0)
    task = make_task(inputs["config"])
    if "error" in expected:
        with pytest.raises(error_class(expected)):
            task.update_masked_image_stats(summary, image)
        return
    task.update_masked_image_stats(summary, image)
    assert_fields(summary, expected)


# --- magnitude limit and effective time ---------------------------------------------------------------


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


# Which statistics are NaN where the stack raises, and what the warning names.
C1_C4 = {
    "psfSigma zero": ({"effTimePsfSigmaScale"}, "psfSigma"),
    "skyBg zero": ({"effTimeSkyBgScale"}, "skyBg"),
    "exposure time 0.0": ({"effTimeSkyBgScale", "effTimeZeroPointScale"}, "exposureTime"),
    "filter without band": (
        {"effTime", "effTimePsfSigmaScale", "effTimeSkyBgScale", "effTimeZeroPointScale"},
        "No band",
    ),
}
DEPTH = "update_magnitude_limit_stats, then update_effective_time_stats"


def update_depth(
    inputs: dict[str, Any],
) -> tuple[ExposureSummaryStats, ExposureSummaryStats, ExposureSummaryStats]:
    """Return the given summary, that with the magnitude limit, and that with the effective time."""
    given = ExposureSummaryStats(**number(inputs["summary"]))
    limit = dataclasses.replace(given, magLim=7.0)
    task, exposure = make_task(inputs["config"]), make_exposure(inputs)
    task.update_magnitude_limit_stats(limit, exposure)
    final = dataclasses.replace(limit, effTime=7.0, effTimeSkyBgScale=7.0, effTimeZeroPointScale=7.0)
    task.update_effective_time_stats(final, exposure)
    return given, limit, final


@parity("ComputeExposureSummaryStatsTask", 1e-5)
@pytest.mark.parametrize("case", params(DEPTH, without=tuple(C1_C4)))
def test_magnitude_limit_and_effective_time(case: dict[str, Any]) -> None:
    given, limit, final = update_depth(case["inputs"])
    assert_fields(limit, case["expected"]["magnitude_limit"], given)
    assert_fields(final, case["expected"]["effective_time"], given)


@pytest.mark.parametrize("case", params(DEPTH, *C1_C4))
def test_c1_c4_what_the_stack_cannot_divide_gives_nan_and_a_warning(
    case: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    missing, message = C1_C4[case["inputs"]["note"]]
    assert case["expected"]["effective_time"]["error"] in ("ZeroDivisionError", "RuntimeError")
    with caplog.at_level(logging.WARNING):
        given, limit, final = update_depth(case["inputs"])
    assert_fields(limit, case["expected"]["magnitude_limit"], given)
    assert [message in record.message for record in caplog.records] == [True]
    # What is left equals the plain case, except for the value that was set to zero.
    (plain,) = [c for c in cases(TOPIC, DEPTH) if c["inputs"]["note"] == "plain"]
    expected = {**plain["expected"]["effective_time"], **dict.fromkeys(missing, "nan")}
    expected["magLim"] = limit.magLim
    if "effTime" not in missing:
        fiducial = number(case["inputs"]["config"])
        expected["effTime"] = fiducial["fiducialExpTime"]["i"] * 10 ** (
            0.8 * (limit.magLim - fiducial["fiducialMagLim"]["i"])
        )
    assert_fields(final, expected, given)


@pytest.mark.parametrize("case", params("fiducialMagnitudeLimit"))
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


# --- star selection -----------------------------------------------------------------------------------


def make_catalog(columns: dict[str, list[Any]]) -> BaseCatalog:
    schema = Schema()
    for name, values in columns.items():
        schema.addField(name, type="Flag" if isinstance(values[0], bool) else "D", doc=name)
    catalog = BaseCatalog(schema)
    catalog.resize(len(next(iter(columns.values()))))
    for name, values in columns.items():
        catalog[name] = np.array(number(values))
    return catalog


@parity("ScienceSourceSelectorTask", 0)
@pytest.mark.parametrize("case", params("ScienceSourceSelectorTask.selectSources"))
def test_select_sources(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    config = ScienceSourceSelectorConfig()
    for name, value in inputs["config"].items():
        target, _, last = name.rpartition(".")
        setattr(getattr(config, target) if target else config, last, value)
    task = ScienceSourceSelectorTask(config=config)
    if inputs["form"] == "afw":
        table = make_catalog(inputs["columns"])
    else:
        dtypes = {name: bool if name[:-1] in ("good", "bad") else None for name in inputs["columns"]}
        table = Table({k: np.array(number(v), dtype=dtypes[k]) for k, v in inputs["columns"].items()})
    if isinstance(expected, dict):
        with pytest.raises(error_class(expected)):
            task.selectSources(table)
        return
    selected = task.selectSources(table).selected
    assert selected.dtype == bool
    assert selected.tolist() == expected
    assert len(task.run(table).sourceCat) == sum(expected)


def test_the_number_of_cases_is_that_of_the_topic() -> None:
    kinds = [case["kind"] for case in cases(TOPIC)]
    left_out = [kind for kind in kinds if kind in ("RefitPointingTask", "FitSipApproximationTask")]
    assert (len(kinds), len(left_out)) == (176, 27)
