"""`lsst.meas.astrom` against the values of the real stack (topic summary_stats), and beyond them.

Where stacklite deliberately differs from the stack (B2, B3, B4), the test carries the
defect's id and takes the right values from an independent computation.
"""

from __future__ import annotations

import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

import lsst.pex.exceptions as pex_exceptions
from golden import cases, golden_file, number
from lsst.afw.cameraGeom import FIELD_ANGLE, PIXELS, Camera, Detector
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.afw.table import ExposureCatalog, Schema
from lsst.geom import Angle, Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, degrees, radians
from lsst.meas.astrom import (
    FitSipApproximationConfig,
    FitSipApproximationTask,
    NoVisitWcs,
    RefitPointingConfig,
    RefitPointingTask,
)
from lsst.obs.base.visit_geometry import VisitGeometry
from lsst.pipe.base import AlgorithmError, Struct
from lsst.sphgeom import ConvexPolygon
from parity import count

TOPIC = "summary_stats"
SKY_ATOL = np.deg2rad(1e-9)
# A fit over a field of radius r knows the rotation about its centre to rounding / r**2, 1e-9 for r = 1e-3.
# It moves no point of the field by more than r times that.
ORIENTATION_ATOL = 2e-9

RESIDUALS = ("wcs_detector_pointing_residual", "wcs_visit_pointing_residual")
REJECTED = "wcs_detector_pointing_rejected"

BY_NOTE = {case["inputs"]["note"]: case for case in cases(TOPIC, "RefitPointingTask")}
B2_CASE, B4_CASE = "first ones bent", "focal plane parity flip"


def notes(wanted: Callable[[dict[str, Any]], bool]) -> Any:
    found = [note for note, case in BY_NOTE.items() if wanted(case["expected"]["result"])]
    return pytest.mark.parametrize("note", found)


def make_task(options: dict[str, Any]) -> RefitPointingTask:
    config = RefitPointingConfig()
    for name, value in options.items():
        setattr(config, name, value)
    return RefitPointingTask(schema=ExposureCatalog.Table.makeMinimalSchema(), config=config)


def read_inputs(note: str) -> tuple[RefitPointingTask, ExposureCatalog, Camera]:
    inputs = BY_NOTE[note]["inputs"]
    catalog = ExposureCatalog.readFits(golden_file(inputs["catalog"]))
    return make_task(inputs["config"]), catalog, Camera.readFits(golden_file(inputs["camera"]))


def observed_rows(catalog: ExposureCatalog, prefix: str = "") -> list[dict[str, Any]]:
    return [
        {
            "id": record.getId(),
            "detector_residual": record[prefix + RESIDUALS[0]].asRadians(),
            "visit_residual": record[prefix + RESIDUALS[1]].asRadians(),
            "rejected": record[prefix + REJECTED],
            "has_wcs": record.getWcs() is not None,
        }
        for record in catalog
    ]


def assert_rows(
    found: list[dict[str, Any]], expected: list[dict[str, Any]], without: tuple[str, ...] = ()
) -> None:
    assert len(found) == len(expected)
    for mine, theirs in zip(found, number(expected), strict=True):
        for name in ("id", "rejected", "has_wcs"):
            assert mine[name] == theirs[name], (name, mine)
        for name in {"detector_residual", "visit_residual"} - set(without):
            assert_allclose(mine[name], theirs[name], atol=SKY_ATOL, rtol=0, err_msg=str(mine))


def assert_same_polygon(found: ConvexPolygon, encoded: str) -> None:
    """Compare vertices, which may start anywhere but go round in the same sense."""
    expected = ConvexPolygon.decode(bytes.fromhex(encoded)).getVertices()
    mine = np.array([list(v) for v in found.getVertices()])
    theirs = np.array([list(v) for v in expected])
    assert mine.shape == theirs.shape
    start = int(np.argmin(np.linalg.norm(mine - theirs[0], axis=1)))
    assert_allclose(np.roll(mine, -start, axis=0), theirs, atol=SKY_ATOL, rtol=0)


def vector(lonlat: Any) -> list[float]:
    return list(SpherePoint(*lonlat, radians).getVector())


@notes(lambda result: "error" not in result)
def test_pointing(note: str, record_parity: Callable[..., None]) -> None:
    task, catalog, camera = read_inputs(note)
    result = task.run(catalog=catalog, camera=camera)
    expected = BY_NOTE[note]["expected"]
    check_result(result, expected["result"])
    different = ("visit_residual",) if note == B2_CASE else ()
    assert_rows(observed_rows(catalog, task.config.schema_prefix), expected["rows"], without=different)
    record_parity("RefitPointingTask", count(expected), "1e-9 degrees")
    record_parity("VisitGeometry", count(expected["result"]), "1e-9 degrees")


def check_result(result: Struct, expected: dict[str, Any]) -> None:
    assert_allclose(list(result.boresight.getVector()), vector(expected["boresight"]), atol=SKY_ATOL, rtol=0)
    assert_allclose(result.orientation.asRadians(), expected["orientation"], atol=ORIENTATION_ATOL, rtol=0)
    regions = result.regions
    assert type(regions) is VisitGeometry
    position = SpherePoint(regions.boresight_ra, regions.boresight_dec, degrees)
    assert_allclose(list(position.getVector()), vector(expected["boresight"]), atol=SKY_ATOL, rtol=0)
    orientation = expected["orientation_deg"]
    assert_allclose(regions.orientation, orientation, atol=np.rad2deg(ORIENTATION_ATOL), rtol=0)
    assert_same_polygon(regions.visit_region, expected["visit_region"])
    assert [str(detector) for detector in regions.detector_regions] == list(expected["detector_regions"])
    for detector, encoded in expected["detector_regions"].items():
        assert_same_polygon(regions.detector_regions[int(detector)], encoded)


@notes(lambda result: "error" not in result)
def test_json_of_the_stack_survives(note: str) -> None:
    text = BY_NOTE[note]["expected"]["result"]["json"]
    assert VisitGeometry.model_validate_json(text).model_dump_json() == text


@notes(lambda result: result.get("error") == "NoVisitWcs")
def test_no_visit_wcs(note: str) -> None:
    task, catalog, camera = read_inputs(note)
    with pytest.raises(NoVisitWcs) as caught:
        task.run(catalog=catalog, camera=camera)
    rows = BY_NOTE[note]["expected"]["rows"]
    assert_rows(observed_rows(catalog), rows)
    assert all(not row["has_wcs"] for row in rows)
    error = caught.value
    assert isinstance(error, AlgorithmError)
    rejected = sum(row["rejected"] for row in rows)
    assert error.metadata == {"n_detectors": len(rows), "n_rejected": rejected}
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert f"of {len(rows)} detectors" in str(error) and f"({rejected} rejected)" in str(error)


def test_the_number_of_cases_is_that_of_the_topic() -> None:
    with_result = [c for c in BY_NOTE.values() if "error" not in c["expected"]["result"]]
    errors = [c["expected"]["result"].get("error") for c in BY_NOTE.values()]
    assert (len(BY_NOTE), len(with_result), errors.count("NoVisitWcs")) == (18, 14, 3)
    assert len(SIP_CASES) == 9


# -- the residuals, computed another way


def tangent_vectors(detector: Detector, x: np.ndarray, y: np.ndarray, boresight: np.ndarray) -> np.ndarray:
    """Return the positions on the sky by camera geometry for orientation 0, from the definition of TAN.

    Unflipped, +y is north and +x is west.
    """
    points = [Point2D(*p) for p in zip(x.tolist(), y.tolist(), strict=True)]
    field = np.array([[*p] for p in detector.getTransform(PIXELS, FIELD_ANGLE).applyForward(points)])
    east = np.cross([0.0, 0.0, 1.0], boresight)
    east /= np.linalg.norm(east)
    on_plane = boresight - field[:, :1] * east + field[:, 1:] * np.cross(boresight, east)
    return on_plane / np.linalg.norm(on_plane, axis=1, keepdims=True)


def detector_points(detector: Detector, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    box = detector.getBBox()
    nx, ny = (int(np.ceil(n / spacing)) + 1 for n in box.getDimensions())
    x = box.getMinX() - 0.5 + box.getWidth() * np.arange(nx) / (nx - 1)
    y = box.getMinY() - 0.5 + box.getHeight() * np.arange(ny) / (ny - 1)
    return np.repeat(x, ny), np.tile(y, nx)


def independent_residuals(note: str, kept: set[int]) -> dict[int, float]:
    """Return the visit residuals (radians) when the pointing is fitted to the given detectors."""
    task, catalog, camera = read_inputs(note)
    nominal, observed = {}, {}
    for record in catalog:
        x, y = detector_points(camera[record.getId()], task.config.grid_spacing)
        nominal[record.getId()] = tangent_vectors(camera[record.getId()], x, y, np.array(vector([1.0, 0.5])))
        ra, dec = record.getWcs().pixelToSkyArray(x, y)
        observed[record.getId()] = np.array([vector(p) for p in zip(ra, dec, strict=True)])
    chosen = [i for i in nominal if i in kept]
    rotation, _ = Rotation.align_vectors(
        np.concatenate([observed[i] for i in chosen]), np.concatenate([nominal[i] for i in chosen])
    )
    return {
        i: float(np.linalg.norm(np.cross(rotation.apply(nominal[i]), observed[i]), axis=1).max())
        for i in nominal
    }


def test_the_independent_residuals_are_those_of_the_stack() -> None:
    """The oracle of the next test reproduces cases in which the stack is right."""
    for note, rejected in (("all good", set()), ("one bent, rejected", {10}), ("unsorted", set())):
        rows = BY_NOTE[note]["expected"]["rows"]
        residuals = independent_residuals(note, {row["id"] for row in rows} - rejected)
        for row in rows:
            assert_allclose(residuals[row["id"]], row["visit_residual"], rtol=1e-6, atol=SKY_ATOL)


def test_B2_visit_residuals_of_leading_rejected_detectors_are_right() -> None:
    """Case 160: the stack gives two detectors the residual of another start boresight."""
    rows = {row["id"]: row for row in BY_NOTE[B2_CASE]["expected"]["rows"]}
    rejected = {i for i, row in rows.items() if row["rejected"]}
    assert rejected == {1, 4} == set(list(rows)[:2])
    task, catalog, camera = read_inputs(B2_CASE)
    task.run(catalog=catalog, camera=camera)
    independent = independent_residuals(B2_CASE, set(rows) - rejected)
    for found in observed_rows(catalog):
        # the oracle takes the sine of the angle for the angle
        assert_allclose(found["visit_residual"], independent[found["id"]], rtol=1e-6, atol=SKY_ATOL)
        if found["id"] in rejected:
            # by 181 and 153 arcsec, about the separation of the detectors
            assert rows[found["id"]]["visit_residual"] - found["visit_residual"] > 7e-4
        else:
            assert_allclose(
                found["visit_residual"], rows[found["id"]]["visit_residual"], atol=SKY_ATOL, rtol=0
            )


def test_B2_a_rejected_detector_keeps_its_wcs_wherever_it_is_in_the_catalog() -> None:
    """The residual that decides is 156 arcsec for all orders; the stack's is above 300 for the first rows."""
    kept = set()
    for order in (slice(None), slice(None, None, -1)):
        _, catalog, camera = read_inputs(B2_CASE)
        task = make_task({"nulling_threshold": 200.0})
        reordered = ExposureCatalog(catalog.schema)
        for record in list(catalog)[order]:
            reordered.append(record)
        task.run(catalog=reordered, camera=camera)
        kept.add(tuple(sorted(row["id"] for row in observed_rows(reordered) if row["has_wcs"])))
    assert kept == {tuple(row["id"] for row in BY_NOTE[B2_CASE]["expected"]["rows"])}


@pytest.mark.parametrize("note", ["all good", B2_CASE, "missing detectors", "one shifted by 30 arcsec"])
def test_the_order_of_the_rows_changes_no_bit(note: str) -> None:
    results = []
    for seed in (None, 1, 2):
        task, catalog, camera = read_inputs(note)
        rows = list(catalog)
        if seed is not None:
            rows = [rows[i] for i in np.random.default_rng(seed).permutation(len(rows))]
        shuffled = ExposureCatalog(catalog.schema)
        for record in rows:
            shuffled.append(record)
        geometry = task.run(catalog=shuffled, camera=camera).regions.model_dump_json()
        results.append((geometry, sorted(observed_rows(shuffled), key=lambda row: row["id"])))
    assert results[0] == results[1] == results[2]


# -- what the stack cannot do


def partly_infinite_wcs(center: SpherePoint) -> SkyWcs:
    """Return a WCS that has a position for the centre of a detector but not for its corners."""
    return makeSkyWcs(Point2D(199.5, 149.5), center, makeCdMatrix(1.0 * degrees), projection="AIT")


@pytest.mark.parametrize("row", [0, 4])
def test_B3_a_wcs_that_is_not_finite_is_rejected_and_removed(
    row: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The stack's process is killed by this."""
    task, catalog, camera = read_inputs("all good")
    broken = partly_infinite_wcs(catalog[row].getWcs().pixelToSky(Point2D(199.5, 149.5)))
    assert broken.pixelToSky(Point2D(199.5, 149.5)).isFinite()
    assert not broken.pixelToSky(Point2D(-0.5, -0.5)).isFinite()
    catalog[row].setWcs(broken)
    with caplog.at_level(logging.WARNING):
        result = task.run(catalog=catalog, camera=camera)
    assert "not finite" in caplog.text
    rows = observed_rows(catalog)
    assert rows[row]["rejected"] and not rows[row]["has_wcs"]
    assert np.isnan([rows[row]["detector_residual"], rows[row]["visit_residual"]]).all()
    # everything else is as if there were no WCS
    _, without, _ = read_inputs("all good")
    without[row].setWcs(None)
    assert task.run(catalog=without, camera=camera).regions == result.regions
    others = [i for i in range(len(rows)) if i != row]
    assert [rows[i] for i in others] == [observed_rows(without)[i] for i in others]
    assert all(rows[i]["has_wcs"] for i in others)


def test_B3_only_wcss_that_are_not_finite() -> None:
    task, catalog, camera = read_inputs("one row")
    catalog[0].setWcs(partly_infinite_wcs(SpherePoint(10.0, 20.0, degrees)))
    with pytest.raises(NoVisitWcs, match=r"of 1 detectors .*\(1 rejected\)"):
        task.run(catalog=catalog, camera=camera)
    assert catalog[0].getWcs() is None


def test_B4_a_mirrored_focal_plane_is_refused_before_work_starts() -> None:
    """Case 166: the stack raises the same after it has filled all rows."""
    expected = BY_NOTE[B4_CASE]["expected"]
    task, catalog, camera = read_inputs(B4_CASE)
    before = observed_rows(catalog)
    with pytest.raises(NotImplementedError, match="mirrored"):
        task.run(catalog=catalog, camera=camera)
    assert expected["result"]["error"] == "NotImplementedError"
    assert str(observed_rows(catalog)) == str(before)  # NaN differs from NaN
    assert all(np.isnan(row["visit_residual"]) for row in before)
    assert all(np.isfinite(row["visit_residual"]) for row in expected["rows"])
    with pytest.raises(NotImplementedError):
        task.run(catalog=catalog[:0], camera=camera)


def test_detectors_without_geometry_are_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    task, catalog, camera = read_inputs("detector not in the camera")
    with caplog.at_level(logging.WARNING):
        task.run(catalog=catalog, camera=camera)
    assert "lacks the detectors [2]" in caplog.text


# -- schemas and configurations


@pytest.mark.parametrize("prefix", ["", "preliminary_"])
def test_columns(prefix: str) -> None:
    schema = Schema()
    config = RefitPointingConfig()
    config.schema_prefix = prefix
    RefitPointingTask(schema=schema, config=config)
    types = [(item.field.getName(), item.field.getTypeString(), item.field.getUnits()) for item in schema]
    assert types == [
        (f"{prefix}{RESIDUALS[0]}", "Angle", ""),
        (f"{prefix}{RESIDUALS[1]}", "Angle", ""),
        (f"{prefix}{REJECTED}", "Flag", ""),
    ]
    with pytest.raises(pex_exceptions.InvalidParameterError, match=RESIDUALS[0]):
        RefitPointingTask(schema=schema, config=config)


def test_columns_of_sip_approximations() -> None:
    schema = Schema()
    FitSipApproximationTask(schema=schema)
    types = [(item.field.getName(), item.field.getTypeString(), item.field.getUnits()) for item in schema]
    assert types == [("wcs_sip_delta_sky", "Angle", ""), ("wcs_sip_delta_pixel", "D", "pixel")]
    with pytest.raises(pex_exceptions.InvalidParameterError, match="wcs_sip_delta_sky"):
        FitSipApproximationTask(schema=schema)


def test_defaults_are_those_of_the_stack() -> None:
    assert RefitPointingConfig().toDict() == {
        "grid_spacing": 512.0,
        "rejection_threshold": 10.0,
        "nulling_threshold": 60.0,
        "schema_prefix": "",
        "fallback_region_padding": 50,
    }
    assert FitSipApproximationConfig().toDict() == {"grid_spacing": 32.0, "order": 5}


# -- SIP approximations

SIP_CASES = {case["id"]: case for case in cases(TOPIC, "FitSipApproximationTask")}
SINGULAR = 173
# Differences of nearly equal sky positions: 1e-16 rad is their rounding.
DELTA_SKY = {"rtol": 1e-6, "atol": 1e-15}
# The same through an inverse that is iterative: values of 1e-9 pixel agree to 1 %, says the specification.
DELTA_PIXEL = {"rtol": 1e-6, "atol": 1e-10}
PIXEL_ATOL = 1e-8


def fit_sip(case: dict[str, Any]) -> tuple[SkyWcs, Struct]:
    config = FitSipApproximationConfig()
    for name, value in case["inputs"]["config"].items():
        setattr(config, name, value)
    wcs = SkyWcs.readFits(golden_file(case["inputs"]["wcs"]))
    x, y, width, height = case["inputs"]["bbox"]
    box = Box2I(Point2I(x, y), Extent2I(width, height))
    return wcs, FitSipApproximationTask(config=config).run(wcs=wcs, bbox=box)


def lonlat(sky: list[SpherePoint]) -> list[list[float]]:
    return [[angle.asRadians() for angle in point] for point in sky]


@pytest.mark.parametrize("case_id", SIP_CASES)
def test_sip_approximation(case_id: int, record_parity: Callable[..., None]) -> None:
    expected = SIP_CASES[case_id]["expected"]
    if "error" in expected:
        with pytest.raises(getattr(pex_exceptions, expected["error"])):
            fit_sip(SIP_CASES[case_id])
        return
    wcs, result = fit_sip(SIP_CASES[case_id])
    assert isinstance(result.delta_sky, Angle) and isinstance(result.delta_pixel, float)
    assert not wcs.hasFitsApproximation() and result.wcs.hasFitsApproximation()
    points = [Point2D(*p) for p in expected["points"]]
    sky = result.wcs.pixelToSky(points)
    assert_allclose(lonlat(sky), expected["sky"], atol=SKY_ATOL, rtol=0)
    if case_id == SINGULAR:
        check_singular(result, expected)
        return
    approximation = result.wcs.getFitsApproximation()
    assert_allclose(result.delta_sky.asRadians(), expected["delta_sky"], **DELTA_SKY)
    assert_allclose(result.delta_pixel, expected["delta_pixel"], **DELTA_PIXEL)
    approximate = approximation.pixelToSky(points)
    assert_allclose(lonlat(approximate), expected["approximate_sky"], atol=SKY_ATOL, rtol=0)
    pixels = [[*p] for p in approximation.skyToPixel(sky)]
    assert_allclose(pixels, expected["approximate_pixels"], atol=PIXEL_ATOL, rtol=0)
    record_parity("FitSipApproximationTask", count(expected), 1e-6)


def check_singular(result: Struct, expected: dict[str, Any]) -> None:
    """A grid of five columns does not determine terms of fifth order; any solution is as good on it.

    The stack takes the smallest coefficients of plain monomials, which is useless between
    the points (4 arcsec); stacklite's scaled monomials happen to be better. Neither is a standard.
    """
    assert expected["delta_sky"] > 1e-5 and expected["delta_pixel"] > 1e6
    assert result.delta_sky.asRadians() < expected["delta_sky"]
    assert 0.0 < result.delta_pixel < expected["delta_pixel"]


def test_sip_grid_follows_the_spacing(monkeypatch: pytest.MonkeyPatch) -> None:
    import lsst.meas.astrom.fit_sip_approximation as module

    grids = []

    class Recorder(module.SipApproximation):
        def __init__(self, target: SkyWcs, bbox: Box2D, gridShape: Extent2I, *args: Any) -> None:
            grids.append((bbox, [*gridShape]))
            super().__init__(target, bbox, gridShape, *args)

    monkeypatch.setattr(module, "SipApproximation", Recorder)
    fit_sip(next(iter(SIP_CASES.values())))
    assert grids == [(Box2D(Point2D(-0.5, -0.5), Point2D(399.5, 299.5)), [14, 11])]


def test_fields_of_the_geometry_are_those_of_the_stack() -> None:
    text = BY_NOTE["all good"]["expected"]["result"]["json"]
    assert list(json.loads(text)) == list(VisitGeometry.model_fields)
