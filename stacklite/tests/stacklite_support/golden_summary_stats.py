"""Golden cases of the summary statistics, and checks that serve every class of the task.

Where the stack raises (C1, C3, C4, A20), stacklite raises an error of the same class. Where it ignores
the origin of the mask (C5), stacklite does not; those cases are known by their inputs.
"""

from __future__ import annotations

import builtins
import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from astropy.table import Table

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.coord import Observatory
from lsst.afw.detection import Psf
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.afw.image import ApCorrMap, ExposureSummaryStats, Mask, MaskedImageF, VisitInfo
from lsst.afw.table import BaseCatalog, Schema
from lsst.daf.base import DateTime
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees, radians
from lsst.pipe.tasks.computeExposureSummaryStats import (
    ComputeExposureSummaryStatsConfig,
    ComputeExposureSummaryStatsTask,
)
from stacklite_support.golden import cases, golden_file, number

TOPIC = "summary_stats"

_GRID_STATS = ("psfTraceRadiusDelta", "psfApFluxDelta", "psfApCorrSigmaScaledDelta")


def params(kind: str, where: Callable[[dict[str, Any]], bool] | None = None) -> Any:
    """Parametrize a test with the cases of a kind whose inputs fulfil a condition."""
    chosen = cases(TOPIC, kind, where and (lambda case: where(case["inputs"])))
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=f"{case['id']}-{case['inputs'].get('note', '')}") for case in chosen]
    )


TaskClass = type[ComputeExposureSummaryStatsTask]
"""The task of the stack, or one that takes its place."""


def make_task(
    options: dict[str, Any] | None = None, task_class: TaskClass = ComputeExposureSummaryStatsTask
) -> ComputeExposureSummaryStatsTask:
    config = ComputeExposureSummaryStatsConfig()
    for name, value in number(options or {}).items():
        setattr(config, name, value)
    return task_class(config=config)


def tolerance(name: str) -> dict[str, float]:
    # Adaptive moments, and differences of them; see `stacklite_support.golden_psf`.
    if name in ("psfSigma", "psfIxx", "psfIyy", "psfIxy", "psfTraceRadiusDelta", "psfApCorrSigmaScaledDelta"):
        return {"rel": 1e-7, "abs": 1e-9}
    # A difference of nearly equal fluxes, within a radius that follows from moments.
    if name == "psfApFluxDelta":
        return {"rel": 1e-7, "abs": 1e-9}
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
    return getattr(builtins, name, None) or getattr(pex_exceptions, name)


def make_box(values: list[int]) -> Box2I:
    return Box2I(Point2I(*values[:2]), Extent2I(*values[2:]))


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
        # Only the note tells the type of the columns.
        if "float32" in inputs["note"] and column.dtype.kind == "f":
            table[name] = column.astype(np.float32)
        elif len(table) == 0:
            table[name] = column.astype(bool if is_flag else float)
    return table


def read_psf(inputs: dict[str, Any]) -> Any:
    return None if inputs["psf"] is None else Psf.readFits(golden_file(inputs["psf"]))


def update_psf_stats(
    inputs: dict[str, Any],
    summary: ExposureSummaryStats,
    mask: Mask | None,
    task_class: TaskClass = ComputeExposureSummaryStatsTask,
) -> None:
    ap_corr = inputs["ap_corr"]
    make_task(inputs["config"], task_class).update_psf_stats(
        summary,
        read_psf(inputs),
        make_box(inputs["bbox"]),
        make_sources(inputs),
        image_mask=mask,
        image_ap_corr_map=None if ap_corr is None else ApCorrMap.readFits(golden_file(ap_corr)),
        sources_is_astropy=True,
    )


def bad_planes(inputs: dict[str, Any]) -> list[str]:
    return list(make_task(inputs["config"]).config.psfBadMaskPlanes)


def is_c3(inputs: dict[str, Any]) -> bool:
    """Return whether statistics on the grid are wanted, but none of its points is good."""
    if inputs["psf"] is None or inputs["mask"] is None:
        return False
    if not set(bad_planes(inputs)) <= Mask(1, 1).getMaskPlaneDict().keys():
        return False
    mask = make_mask(inputs["mask"])
    assert mask is not None
    step = make_task(inputs["config"]).config.psfGridSampling
    return bool((mask.array[::step, ::step] & Mask.getPlaneBitMask(bad_planes(inputs))).all())


def is_c5(inputs: dict[str, Any]) -> bool:
    """Return whether there is a mask whose origin is not (0, 0)."""
    return inputs["mask"] is not None and inputs["mask"]["x0y0"] != [0, 0] and not is_c3(inputs)


def has_plain_stars(inputs: dict[str, Any]) -> bool:
    """Return whether stars, PSF, mask and aperture corrections are all there, and nothing is special."""
    others = (inputs["psf"], inputs["mask"], inputs["ap_corr"])
    if not inputs["sources"] or None in others or inputs["config"] or is_c3(inputs) or is_c5(inputs):
        return False
    columns = {"slot_Centroid_x", "slot_Centroid_y", "slot_Shape_xx", "slot_PsfShape_xx", "calib_psf_used"}
    columns |= {"slot_Shape_flag", "slot_PsfFlux_instFlux", "slot_PsfFlux_instFluxErr"}
    return columns <= inputs["sources"].keys() and len(inputs["sources"]["slot_Shape_xx"]) > 0


def check_psf_stats(case: dict[str, Any], task_class: TaskClass = ComputeExposureSummaryStatsTask) -> None:
    """Compare statistics of PSF and stars, or the class of the error."""
    inputs, expected = case["inputs"], case["expected"]
    # Whatever was there before must not survive.
    summary = ExposureSummaryStats(psfSigma=7.0, starEMedian=7.0, maxDistToNearestPsf=7.0, nPsfStar=7)
    if "error" in expected:
        with pytest.raises(error_class(expected)):
            update_psf_stats(inputs, summary, make_mask(inputs["mask"]), task_class)
        return
    update_psf_stats(inputs, summary, make_mask(inputs["mask"]), task_class)
    assert_fields(summary, expected)


def check_psf_stats_of_stars_in_an_afw_catalog(
    case: dict[str, Any], task_class: TaskClass = ComputeExposureSummaryStatsTask
) -> None:
    """Same numbers from the same columns of an afw catalog, read through the alias of its centroid slot."""
    inputs = case["inputs"]
    columns = {
        name.replace("slot_Centroid", "base_SdssCentroid"): values
        for name, values in inputs["sources"].items()
    }
    catalog = make_catalog(columns)
    catalog.schema.getAliasMap().set("slot_Centroid", "base_SdssCentroid")
    summary = ExposureSummaryStats()
    arguments = (
        summary,
        read_psf(inputs),
        make_box(inputs["bbox"]),
        catalog,
        make_mask(inputs["mask"]),
        ApCorrMap.readFits(golden_file(inputs["ap_corr"])),
    )
    if "error" in case["expected"]:
        with pytest.raises(error_class(case["expected"])):
            make_task(None, task_class).update_psf_stats(*arguments)
        return
    make_task(None, task_class).update_psf_stats(*arguments)
    assert_fields(summary, case["expected"])


def check_no_good_grid_point(
    case: dict[str, Any], task_class: TaskClass = ComputeExposureSummaryStatsTask
) -> None:
    """Check the error (C3), and that only the statistics at the center are set."""
    assert case["expected"]["error"] == "ValueError"
    config = make_task(case["inputs"]["config"], task_class).config
    summary = ExposureSummaryStats(psfTraceRadiusDelta=7.0, starEMedian=7.0, nPsfStar=7)
    with pytest.raises(ValueError, match=f"step of {config.psfGridSampling} in .* masked"):
        update_psf_stats(case["inputs"], summary, make_mask(case["inputs"]["mask"]), task_class)
    center = ExposureSummaryStats()
    update_psf_stats(
        {**case["inputs"], "mask": None, "ap_corr": None, "sources": None}, center, None, task_class
    )
    assert center.psfSigma > 0
    assert_fields(summary, dataclasses.asdict(center))


def check_grid_of_a_mask_with_origin(
    case: dict[str, Any], task_class: TaskClass = ComputeExposureSummaryStatsTask
) -> None:
    """The stack evaluates the grid as if the mask began at (0, 0).

    Statistics that do not depend on the grid agree with the stack. The grid ones agree
    with the stack's when the mask is moved to (0, 0), and with brute force where it is.
    """
    inputs, expected = case["inputs"], number(case["expected"])
    config = make_task(inputs["config"], task_class).config
    on_grid = (*_GRID_STATS, "maxDistToNearestPsf")
    moved, summary = ExposureSummaryStats(), ExposureSummaryStats()
    if "error" in expected:
        with pytest.raises(error_class(expected)):
            update_psf_stats(inputs, summary, make_mask(inputs["mask"]), task_class)
        return
    update_psf_stats(inputs, moved, make_mask(inputs["mask"], origin=(0, 0)), task_class)
    assert_fields(moved, expected)

    mask = make_mask(inputs["mask"])
    assert mask is not None
    update_psf_stats(inputs, summary, mask, task_class)
    assert_fields(summary, {**expected, **{name: getattr(summary, name) for name in on_grid}})

    x0, y0 = inputs["mask"]["x0y0"]
    bad = Mask.getPlaneBitMask(list(config.psfBadMaskPlanes))

    def good_points(step: int) -> list[Point2D]:
        height, width = mask.array.shape
        return [
            Point2D(x0 + i, y0 + j)
            for j in range(0, height, step)
            for i in range(0, width, step)
            if not mask.array[j, i] & bad
        ]

    psf = read_psf(inputs)
    radii = [psf.computeShape(point).getTraceRadius() for point in good_points(config.psfGridSampling)]
    assert summary.psfTraceRadiusDelta == pytest.approx(max(radii) - min(radii), rel=1e-12, abs=1e-14)
    if "psfApCorrSigmaScaledDelta" in expected:
        field = ApCorrMap.readFits(golden_file(inputs["ap_corr"]))[config.psfApCorrFieldName]
        corrections = [field.evaluate(point) for point in good_points(config.psfGridSampling)]
        assert summary.psfApCorrSigmaScaledDelta == pytest.approx(
            (max(corrections) - min(corrections)) / summary.psfSigma, rel=1e-12
        )
    if "maxDistToNearestPsf" not in expected:
        return
    table = make_sources(inputs)
    assert table is not None
    stars = table[make_task(inputs["config"], task_class).starSelector.selectSources(table).selected]
    distances = [
        min(math.hypot(p.x - x, p.y - y) for x, y in stars["slot_Centroid_x", "slot_Centroid_y"].iterrows())
        for p in good_points(config.psfSampling)
    ]
    assert summary.maxDistToNearestPsf == pytest.approx(max(distances), rel=1e-12, nan_ok=True)
    # The stack's values are those of another place.
    assert summary.maxDistToNearestPsf != pytest.approx(expected["maxDistToNearestPsf"], rel=1e-6)


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


def unwrap(summary: ExposureSummaryStats, expected: dict[str, Any]) -> None:
    """Bring right ascensions near 0 and 360 degrees to the side of those expected."""
    if "raCorners" in expected:
        pairs = zip(summary.raCorners, number(expected["raCorners"]), strict=True)
        summary.raCorners = [ra - 360.0 * np.round((ra - other) / 360.0) for ra, other in pairs]
        summary.ra -= 360.0 * np.round((summary.ra - number(expected["ra"])) / 360.0)


def check_wcs_stats(case: dict[str, Any], task_class: TaskClass = ComputeExposureSummaryStatsTask) -> None:
    """Compare statistics of WCS and visit info, or the class of the error."""
    inputs, expected = case["inputs"], case["expected"]
    summary = ExposureSummaryStats(ra=7.0, raCorners=[7.0] * 4, zenithDistance=7.0, pixelScale=7.0)
    arguments = (
        make_wcs(inputs["wcs"]),
        make_box(inputs["bbox"]),
        make_visit_info(inputs["visit_info"]),
    )
    if "error" in expected:
        # A20: all but the zenith distance has been set.
        with pytest.raises(error_class(expected)):
            make_task(None, task_class).update_wcs_stats(summary, *arguments)
        assert math.isnan(summary.zenithDistance) and summary.pixelScale != 7.0
        return
    make_task(None, task_class).update_wcs_stats(summary, *arguments)
    unwrap(summary, expected)
    positions = dict.fromkeys(("ra", "dec", "raCorners", "decCorners"), {"rel": 0.0, "abs": 1e-9})
    if "decCorners" in expected:
        # Right ascensions within 1e-9 degrees on the sky.
        cosine = min(
            math.cos(math.radians(dec)) for dec in [expected["dec"], *number(expected["decCorners"])]
        )
        positions |= dict.fromkeys(("ra", "raCorners"), {"rel": 0.0, "abs": 1e-9 / max(cosine, 1e-9)})
    # The Earth-rotation tables that are installed matter at this level (README of the golden values).
    special = {**positions, "zenithDistance": {"rel": 0.0, "abs": 1e-6}}
    # `getPixelScale` is a finite difference, good to some 2e-10.
    assert_fields(summary, expected, special=special | {"pixelScale": {"rel": 1e-9, "abs": 0.0}})


def check_masked_image_stats(
    case: dict[str, Any], task_class: TaskClass = ComputeExposureSummaryStatsTask
) -> None:
    """Compare sky noise and mean variance, or the class of the error."""
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
    task = make_task(inputs["config"], task_class)
    if "error" in expected:
        with pytest.raises(error_class(expected)):
            task.update_masked_image_stats(summary, image)
        return
    task.update_masked_image_stats(summary, image)
    assert_fields(summary, expected)


def make_catalog(columns: dict[str, list[Any]]) -> BaseCatalog:
    schema = Schema()
    for name, values in columns.items():
        is_flag = isinstance(next(iter(values), None), bool)
        schema.addField(name, type="Flag" if is_flag else "D", doc=name)
    catalog = BaseCatalog(schema)
    catalog.resize(len(next(iter(columns.values()))))
    for name, values in columns.items():
        catalog[name] = np.array(number(values))
    return catalog
