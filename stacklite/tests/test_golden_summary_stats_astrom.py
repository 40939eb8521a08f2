"""`lsst.meas.astrom` against the values of the real stack (topic summary_stats), and beyond them.

Where stacklite deliberately differs from the stack (B2, B3), the test carries the defect's id; right
values are from an independent computation.
"""

from __future__ import annotations

import contextlib
import json
import logging
import pickle
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.cameraGeom import FIELD_ANGLE, PIXELS, Camera, Detector
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.afw.table import ExposureCatalog, Schema
from lsst.geom import Angle, Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, degrees, radians
from lsst.meas.astrom.fit_sip_approximation import FitSipApproximationConfig, FitSipApproximationTask
from lsst.meas.astrom.refit_pointing import NoVisitWcs, RefitPointingConfig, RefitPointingTask
from lsst.obs.base.visit_geometry import VisitGeometry
from lsst.pipe.base import AlgorithmError, Struct
from lsst.sphgeom import ConvexPolygon
from stacklite_support.golden import cases, golden_file, number, own_file
from stacklite_support.parity import count

TOPIC = "summary_stats"
SKY_ATOL = np.deg2rad(1e-9)
# A fit over a field of radius r knows the rotation about its centre to rounding / r**2: 5e-10 was seen for
# r = 1e-3, and one detector is smaller. It moves no point of the field by more than r times that, 1e-11.
ORIENTATION_ATOL = 1e-8

RESIDUALS = ("wcs_detector_pointing_residual", "wcs_visit_pointing_residual")
REJECTED = "wcs_detector_pointing_rejected"

Case = dict[str, Any]


def params(where: Callable[[Case], bool]) -> Any:
    found = cases(TOPIC, "RefitPointingTask", where)
    named = [pytest.param(case, id=f"{case['id']}-{case['inputs']['note']}") for case in found]
    return pytest.mark.parametrize("case", named)


def has_result(case: Case) -> bool:
    return "error" not in case["expected"]["result"]


def raises(name: str) -> Callable[[Case], bool]:
    return lambda case: case["expected"]["result"].get("error") == name


def make_task(options: dict[str, Any]) -> RefitPointingTask:
    config = RefitPointingConfig()
    for name, value in options.items():
        setattr(config, name, value)
    return RefitPointingTask(schema=ExposureCatalog.Table.makeMinimalSchema(), config=config)


def read_inputs(case: Case) -> tuple[RefitPointingTask, ExposureCatalog, Camera]:
    inputs = case["inputs"]
    catalog = ExposureCatalog.readFits(golden_file(inputs["catalog"]))
    return make_task(inputs["config"]), catalog, Camera.readFits(golden_file(inputs["camera"]))


def own_inputs(name: str) -> tuple[RefitPointingTask, ExposureCatalog, Camera]:
    """Return inputs for tests of rules of our own, whatever is replayed."""
    catalog = ExposureCatalog.readFits(own_file(f"pointing_{name}.fits.gz"))
    return make_task({}), catalog, Camera.readFits(own_file("pointing_camera.fits.gz"))


ALL_GOOD, ONE_ROW, NOT_IN_THE_CAMERA = "0", "4", "15"


def early_rejected(case: Case) -> set[int]:
    """Return the detectors that were rejected before any was kept.

    The stack gives them the visit residual of another boresight, and
    decides by it which WCS to remove (B2).
    """
    early: set[int] = set()
    for row in case["expected"]["rows"]:
        if row["rejected"]:
            early.add(row["id"])
        elif np.isfinite(number(row["detector_residual"])):
            return early
    return early


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
    found: list[dict[str, Any]], expected: list[dict[str, Any]], early: set[int] | None = None
) -> None:
    assert len(found) == len(expected)
    for mine, theirs in zip(found, number(expected), strict=True):
        is_b2 = mine["id"] in (early or set())
        for name in ("id", "rejected") if is_b2 else ("id", "rejected", "has_wcs"):
            assert mine[name] == theirs[name], (name, mine)
        for name in ("detector_residual",) if is_b2 else ("detector_residual", "visit_residual"):
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


@params(has_result)
def test_pointing(case: Case, record_parity: Callable[..., None]) -> None:
    task, catalog, camera = read_inputs(case)
    result = task.run(catalog=catalog, camera=camera)
    expected = case["expected"]
    check_result(result, expected["result"])
    assert_rows(observed_rows(catalog, task.config.schema_prefix), expected["rows"], early_rejected(case))
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


@params(has_result)
def test_json_of_the_stack_survives(case: Case) -> None:
    text = case["expected"]["result"]["json"]
    assert VisitGeometry.model_validate_json(text).model_dump_json() == text


@params(raises("NoVisitWcs"))
def test_no_visit_wcs(case: Case) -> None:
    task, catalog, camera = read_inputs(case)
    with pytest.raises(NoVisitWcs) as caught:
        task.run(catalog=catalog, camera=camera)
    rows = case["expected"]["rows"]
    assert_rows(observed_rows(catalog, task.config.schema_prefix), rows)
    assert all(not row["has_wcs"] for row in rows)
    error = caught.value
    assert isinstance(error, AlgorithmError)
    rejected = sum(row["rejected"] for row in rows)
    assert error.metadata == {}
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert f"of {len(rows)} detectors" in str(error) and f"({rejected} rejected)" in str(error)


def test_every_case_is_replayed() -> None:
    known = (has_result, raises("NoVisitWcs"), raises("NotImplementedError"))
    assert all(any(each(case) for each in known) for case in cases(TOPIC, "RefitPointingTask"))


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


def independent_residuals(case: Case) -> dict[int, float]:
    """Return the visit residuals (radians) of the detectors of a case that has a result."""
    task, catalog, camera = read_inputs(case)
    nominal, observed = {}, {}
    for record in catalog:
        if record.getWcs() is None or record.getId() not in camera:
            continue
        x, y = detector_points(camera[record.getId()], task.config.grid_spacing)
        nominal[record.getId()] = tangent_vectors(camera[record.getId()], x, y, np.array(vector([1.0, 0.5])))
        ra, dec = record.getWcs().pixelToSkyArray(x, y)
        observed[record.getId()] = np.array([vector(p) for p in zip(ra, dec, strict=True)])
    rejected = {row["id"] for row in case["expected"]["rows"] if row["rejected"]}
    chosen = [i for i in nominal if i not in rejected]
    rotation, _ = Rotation.align_vectors(
        np.concatenate([observed[i] for i in chosen]), np.concatenate([nominal[i] for i in chosen])
    )
    chords = {i: np.linalg.norm(rotation.apply(nominal[i]) - observed[i], axis=1).max() for i in nominal}
    return {i: float(2.0 * np.arcsin(0.5 * chord)) for i, chord in chords.items()}


@params(has_result)
def test_the_independent_residuals_are_those_of_the_stack(case: Case) -> None:
    """The oracle of the next tests reproduces what the stack has right."""
    residuals = independent_residuals(case)
    for row in case["expected"]["rows"]:
        if row["id"] in residuals and row["id"] not in early_rejected(case):
            assert_allclose(residuals[row["id"]], row["visit_residual"], rtol=1e-6, atol=SKY_ATOL)


@params(lambda case: has_result(case) and bool(early_rejected(case)))
def test_B2_visit_residuals_of_leading_rejected_detectors_are_right(case: Case) -> None:
    """The stack gives them the residual of another start boresight."""
    task, catalog, camera = read_inputs(case)
    task.run(catalog=catalog, camera=camera)
    independent = independent_residuals(case)
    threshold = np.deg2rad(task.config.nulling_threshold / 3600)
    for found in observed_rows(catalog, task.config.schema_prefix):
        if found["id"] in early_rejected(case):
            assert_allclose(found["visit_residual"], independent[found["id"]], rtol=1e-6, atol=SKY_ATOL)
            assert found["has_wcs"] == (independent[found["id"]] <= threshold)


@params(lambda case: has_result(case) and bool(early_rejected(case)))
def test_B2_a_rejected_detector_keeps_its_wcs_wherever_it_is_in_the_catalog(case: Case) -> None:
    """The residual that decides is the same for all orders; the stack's is larger for the first rows."""
    threshold = 1.01 * np.rad2deg(max(independent_residuals(case).values())) * 3600
    for order in (slice(None), slice(None, None, -1)):
        _, catalog, camera = read_inputs(case)
        task = make_task({**case["inputs"]["config"], "nulling_threshold": threshold})
        had_wcs = {record.getId() for record in catalog if record.getWcs() is not None}
        reordered = ExposureCatalog(catalog.schema)
        for record in list(catalog)[order]:
            reordered.append(record)
        task.run(catalog=reordered, camera=camera)
        assert {record.getId() for record in reordered if record.getWcs() is not None} == had_wcs


@params(has_result)
def test_the_order_of_the_rows_changes_no_bit(case: Case) -> None:
    results = []
    for seed in (None, 1):
        task, catalog, camera = read_inputs(case)
        rows = list(catalog)
        if seed is not None:
            rows = [rows[i] for i in np.random.default_rng(seed).permutation(len(rows))]
        shuffled = ExposureCatalog(catalog.schema)
        for record in rows:
            shuffled.append(record)
        geometry = task.run(catalog=shuffled, camera=camera).regions.model_dump_json()
        rows = observed_rows(shuffled, task.config.schema_prefix)
        # as texts, since NaN differs from NaN
        results.append((geometry, sorted(str(sorted(row.items())) for row in rows)))
    assert results[0] == results[1]


# -- what the stack cannot do


def partly_infinite_wcs(center: SpherePoint) -> SkyWcs:
    """Return a WCS that has a position for the centre of a detector but not for its corners."""
    return makeSkyWcs(Point2D(199.5, 149.5), center, makeCdMatrix(1.0 * degrees), projection="AIT")


@pytest.mark.parametrize("broken", [[0], [4], [8, 3], range(9)])
def test_B3_a_wcs_that_is_not_finite_is_an_error_after_the_fits_to_single_detectors(
    broken: Sequence[int],
) -> None:
    """The stack's process is killed by this, or it fits a pointing that means nothing."""
    task, catalog, camera = own_inputs(ALL_GOOD)
    for row in broken:
        wcs = partly_infinite_wcs(catalog[row].getWcs().pixelToSky(Point2D(199.5, 149.5)))
        assert wcs.pixelToSky(Point2D(199.5, 149.5)).isFinite()
        assert not wcs.pixelToSky(Point2D(-0.5, -0.5)).isFinite()
        catalog[row].setWcs(wcs)
    ids = [catalog[row].getId() for row in sorted(broken)]
    message = f"WCSs of detectors {re.escape(str(ids))} are not finite"
    with pytest.raises(RuntimeError, match=message) as caught:
        task.run(catalog=catalog, camera=camera)
    assert type(caught.value) is RuntimeError
    rows = observed_rows(catalog)
    assert [np.isnan(row["detector_residual"]) for row in rows] == [row["id"] in ids for row in rows]
    assert all(row["has_wcs"] and not row["rejected"] for row in rows)
    assert np.isnan([row["visit_residual"] for row in rows]).all()


def test_B3_a_wcs_that_is_not_finite_is_not_a_reason_for_no_visit_wcs() -> None:
    """It is among those that were not rejected, even alone."""
    task, catalog, camera = own_inputs(ONE_ROW)
    catalog[0].setWcs(partly_infinite_wcs(SpherePoint(10.0, 20.0, degrees)))
    with pytest.raises(RuntimeError, match=f"detectors \\[{catalog[0].getId()}\\]"):
        task.run(catalog=catalog, camera=camera)
    assert catalog[0].getWcs() is not None


@params(raises("NotImplementedError"))
def test_B4_a_mirrored_focal_plane_is_refused_after_all_columns_are_filled(case: Case) -> None:
    task, catalog, camera = read_inputs(case)
    assert camera.getFocalPlaneParity()
    with pytest.raises(NotImplementedError, match="mirrored"):
        task.run(catalog=catalog, camera=camera)
    rows = observed_rows(catalog, task.config.schema_prefix)
    assert_rows(rows, case["expected"]["rows"], early_rejected(case))
    assert np.isfinite([row["visit_residual"] for row in rows]).any()
    # no WCS has been removed, whatever the threshold
    strict = make_task({**case["inputs"]["config"], "nulling_threshold": 0.0})
    with pytest.raises(NotImplementedError):
        strict.run(catalog=catalog, camera=camera)
    assert any(record.getWcs() is not None for record in catalog)
    with pytest.raises(NoVisitWcs):
        task.run(catalog=catalog[:0], camera=camera)


def test_detectors_without_geometry_are_named_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    task, catalog, camera = own_inputs(NOT_IN_THE_CAMERA)
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

SIP_CASES = cases(TOPIC, "FitSipApproximationTask")
# Small deltas are rounding noise (up to 1e-13 rad was seen where the pixel origin is far from the target's).
DELTA_SKY = {"rtol": 1e-6, "atol": 1e-12}
# The same in pixels of 1e-6 rad.
DELTA_PIXEL = {"rtol": 1e-6, "atol": 1e-6}
PIXEL_ATOL = 1e-8


def fit_sip(case: dict[str, Any]) -> tuple[SkyWcs, Struct]:
    config = FitSipApproximationConfig()
    for name, value in case["inputs"]["config"].items():
        setattr(config, name, value)
    wcs = SkyWcs.readFits(golden_file(case["inputs"]["wcs"]))
    x, y, width, height = case["inputs"]["bbox"]
    box = Box2I(Point2I(x, y), Extent2I(width, height))
    return wcs, FitSipApproximationTask(config=config).run(wcs=wcs, bbox=box)


def assert_same_sky(sky: list[SpherePoint], expected: list[list[float]]) -> None:
    """Compare positions as vectors, for which longitudes near 0 and at the poles do not matter."""
    found = [list(point.getVector()) for point in sky]
    assert_allclose(found, [vector(lonlat) for lonlat in expected], atol=SKY_ATOL, rtol=0)


def sip_grid(inputs: dict[str, Any]) -> list[int]:
    spacing = FitSipApproximationConfig().grid_spacing
    return [int(np.ceil(n / inputs["config"].get("grid_spacing", spacing))) + 1 for n in inputs["bbox"][2:]]


def is_singular(inputs: dict[str, Any]) -> bool:
    """Return whether the points of the grid do not determine all terms."""
    order = inputs["config"].get("order", FitSipApproximationConfig().order)
    u, v = np.meshgrid(*(np.linspace(-1.0, 1.0, n) for n in sip_grid(inputs)))
    terms = [(u**p * v**q).ravel() for q in range(order + 1) for p in range(order + 1 - q) if p + q > 0]
    return np.linalg.matrix_rank(np.array(terms)) < len(terms)


@pytest.mark.parametrize("case", SIP_CASES, ids=lambda case: str(case["id"]))
def test_sip_approximation(case: Case, record_parity: Callable[..., None]) -> None:
    expected = case["expected"]
    if "error" in expected:
        with pytest.raises(getattr(pex_exceptions, expected["error"])):
            fit_sip(case)
        return
    wcs, result = fit_sip(case)
    assert isinstance(result.delta_sky, Angle) and isinstance(result.delta_pixel, float)
    assert not wcs.hasFitsApproximation() and result.wcs.hasFitsApproximation()
    points = [Point2D(*p) for p in expected["points"]]
    sky = result.wcs.pixelToSky(points)
    assert_same_sky(sky, expected["sky"])
    approximation = result.wcs.getFitsApproximation()
    assert_allclose(result.delta_sky.asRadians(), expected["delta_sky"], **DELTA_SKY)
    # Where the points of the grid do not determine all terms, the inverse need not converge.
    delta_pixel = {"rtol": 1e-3} if is_singular(case["inputs"]) else DELTA_PIXEL
    assert_allclose(result.delta_pixel, expected["delta_pixel"], **delta_pixel)
    approximate = approximation.pixelToSky(points)
    assert_same_sky(approximate, expected["approximate_sky"])
    pixels, wanted = np.array([[*p] for p in approximation.skyToPixel(sky)]), expected["approximate_pixels"]
    if is_singular(case["inputs"]):
        converged = np.linalg.norm(np.subtract(wanted, expected["points"]), axis=1) < 1.0
        pixels, wanted = pixels[converged], np.array(wanted)[converged]
    assert_allclose(pixels, wanted, atol=PIXEL_ATOL, rtol=0)
    record_parity("FitSipApproximationTask", count(expected), 1e-6)


@pytest.mark.parametrize("case", SIP_CASES, ids=lambda case: str(case["id"]))
def test_sip_grid_follows_the_spacing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    import lsst.meas.astrom.fit_sip_approximation as module

    grids = []

    class Recorder(module.SipApproximation):
        def __init__(self, target: SkyWcs, bbox: Box2D, gridShape: Extent2I, *args: Any) -> None:
            grids.append((bbox, [*gridShape]))
            super().__init__(target, bbox, gridShape, *args)

    monkeypatch.setattr(module, "SipApproximation", Recorder)
    with contextlib.suppress(pex_exceptions.Exception):
        fit_sip(case)
    x, y, width, height = case["inputs"]["bbox"]
    box = Box2D(Box2I(Point2I(x, y), Extent2I(width, height)))
    assert grids == [(box, sip_grid(case["inputs"]))]


@params(has_result)
def test_fields_of_the_geometry_are_those_of_the_stack(case: Case) -> None:
    text = case["expected"]["result"]["json"]
    assert list(json.loads(text)) == list(VisitGeometry.model_fields)
