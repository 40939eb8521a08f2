"""`RefitPointingTask`: pointings that are known because the WCSs were made from them, and real ones."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.cameraGeom import Camera
from lsst.afw.table import ExposureCatalog, Schema, SchemaMapper
from lsst.geom import Angle, Box2D, Extent2D, Point2D, SpherePoint, arcseconds, degrees
from lsst.meas.astrom.fit_sip_approximation import FitSipApproximationConfig
from lsst.meas.astrom.refit_pointing import NoVisitWcs, RefitPointingConfig, RefitPointingTask
from lsst.obs.base.utils import createInitialSkyWcsFromBoresight
from lsst.obs.base.visit_geometry import VisitGeometry
from lsst.pipe.base import AlgorithmError, Struct
from lsst.sphgeom import ConvexPolygon, UnitVector3d
from stacklite_support.golden import cases, own_file
from stacklite_support.golden_pointings import (
    REJECTED,
    RESIDUALS,
    SKY_ATOL,
    TOPIC,
    Case,
    assert_rows,
    early_rejected,
    has_result,
    observed_rows,
    params,
    raises,
    read_inputs,
    vector,
)
from stacklite_support.parity import count
from stacklite_support.paths import REFERENCE_VISIT
from stacklite_support.reference_pointing import ROWS, column, expected_column, read_catalog, refitted
from support.realdata import REALDATA, needs_realdata

RESIDUAL_LIMIT = np.deg2rad(1e-9)


@cache
def camera() -> Camera:
    return Camera.readFits(own_file("pointing_camera.fits.gz"))


def run_task(
    boresight: SpherePoint, orientation: Angle, detectors: list[int]
) -> tuple[ExposureCatalog, Struct]:
    schema = ExposureCatalog.Table.makeMinimalSchema()
    task = RefitPointingTask(schema=schema, config=RefitPointingConfig())
    catalog = ExposureCatalog(schema)
    for detector in detectors:
        record = catalog.addNew()
        record.setId(detector)
        record.setBBox(camera()[detector].getBBox())
        record.setWcs(createInitialSkyWcsFromBoresight(boresight, orientation, camera()[detector]))
    return catalog, task.run(catalog=catalog, camera=camera())


# Multiples of a hundredth of a degree: AST moves right ascensions within 1e-6 degrees of 0, 90, 180 and 270
# onto these. Not the poles: FITS turns the TAN projection by 180 degrees there (LONPOLE). So does the stack.
pointings = st.tuples(
    st.integers(0, 35999).map(lambda n: n / 100),
    st.one_of(st.integers(-8999, 8999).map(lambda n: n / 100), st.sampled_from([-89.99, 0.0, 89.99])),
    st.floats(-180.0, 180.0),
)
subsets = st.sets(st.sampled_from(sorted(d.getId() for d in camera())), min_size=1)


@settings(max_examples=60, deadline=None)
@given(pointing=pointings, detectors=subsets, data=st.data())
def test_the_pointing_is_recovered(
    pointing: tuple[float, float, float], detectors: set[int], data: st.DataObject
) -> None:
    """Wherever it is, for any detectors in any order; regions are those of the WCSs."""
    boresight, orientation = SpherePoint(pointing[0], pointing[1], degrees), pointing[2] * degrees
    order = data.draw(st.permutations(sorted(detectors)))
    catalog, result = run_task(boresight, orientation, order)
    assert result.boresight.separation(boresight).asRadians() < RESIDUAL_LIMIT
    assert -270.0 < result.orientation.asDegrees() <= 90.0
    # Near a pole the orientation changes with the longitude. One detector knows it to 1e-7.
    if abs(pointing[1]) < 89.0:
        assert abs((result.orientation - orientation).wrapCtr().asRadians()) < 1e-7
    for record in catalog:
        assert not record["wcs_detector_pointing_rejected"]
        for name in ("wcs_detector_pointing_residual", "wcs_visit_pointing_residual"):
            assert record[name].asRadians() < RESIDUAL_LIMIT
    check_regions(catalog, result)


def check_regions(catalog: ExposureCatalog, result: Struct) -> None:
    """Every detector has a region inside that of the visit; it is larger where there was no WCS."""
    regions = result.regions
    assert list(regions.detector_regions) == [d.getId() for d in camera()]
    assert isinstance(regions.visit_region, ConvexPolygon)
    with_wcs = {record.getId() for record in catalog}
    for detector, region in regions.detector_regions.items():
        wcs = createInitialSkyWcsFromBoresight(result.boresight, result.orientation, camera()[detector])
        box = Box2D(camera()[detector].getBBox())
        grown = Box2D(box)
        grown.grow(40)
        inside = [p.getVector() for p in wcs.pixelToSky(shrunk(box).getCorners())]
        outside = [p.getVector() for p in wcs.pixelToSky(grown.getCorners())]
        assert all(region.contains(v) and regions.visit_region.contains(v) for v in inside)
        assert all(region.contains(v) == (detector not in with_wcs) for v in outside)


def shrunk(box: Box2D) -> Box2D:
    result = Box2D(box)
    result.grow(-0.01)
    return result


def test_boxes_that_do_not_start_at_zero() -> None:
    """The box of the camera counts, not that of the row."""
    boresight = SpherePoint(30.0, -40.0, degrees)
    catalog, result = run_task(boresight, 10 * degrees, [4, 13])
    moved, again = run_task(boresight, 10 * degrees, [4, 13])
    box = moved[0].getBBox()
    box.shift(box.getDimensions())
    moved[0].setBBox(box)
    assert result.regions == again.regions


@pytest.mark.parametrize(("offset", "rejected", "removed"), [(2.0, False, False), (70.0, False, True)])
def test_a_shifted_wcs_is_not_rejected_but_removed_if_the_others_outvote_it(
    offset: float, rejected: bool, removed: bool
) -> None:
    boresight = SpherePoint(30.0, -40.0, degrees)
    ids = [d.getId() for d in camera()]
    catalog, _ = run_task(boresight, 0 * degrees, ids)
    shift = Extent2D(offset / catalog[4].getWcs().getPixelScale().asArcseconds(), 0.0)
    catalog[4].setWcs(catalog[4].getWcs().copyAtShiftedPixelOrigin(shift))
    task = RefitPointingTask(schema=ExposureCatalog.Table.makeMinimalSchema())
    task.run(catalog=catalog, camera=camera())
    assert catalog[4]["wcs_detector_pointing_rejected"] == rejected
    assert (catalog[4].getWcs() is None) == removed
    # One of nine draws the fit to itself by a ninth.
    assert catalog[4]["wcs_visit_pointing_residual"].asArcseconds() == pytest.approx(offset * 8 / 9, rel=0.05)
    assert all(catalog[i].getWcs() is not None for i in range(9) if i != 4)


def test_nothing_of_the_row_but_its_wcs_is_changed() -> None:
    boresight = SpherePoint(30.0, -40.0, degrees)
    catalog, _ = run_task(boresight, 0 * degrees, [1, 4])
    wcss = [record.getWcs() for record in catalog]
    task = RefitPointingTask(schema=ExposureCatalog.Table.makeMinimalSchema())
    task.run(catalog=catalog, camera=camera())
    assert [record.getWcs() for record in catalog] == wcss
    assert [record.getId() for record in catalog] == [1, 4]
    assert wcss[0].pixelToSky(Point2D(0, 0)).separation(boresight) > 1 * arcseconds


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


# -- Values of the real stack ----------------------------------------------------------

# A fit over a field of radius r knows the rotation about its center to rounding / r**2: 5e-10 was seen for
# r = 1e-3, and one detector is smaller. It moves no point of the field by more than r times that, 1e-11.
ORIENTATION_ATOL = 1e-8


def assert_same_polygon(found: ConvexPolygon, encoded: str) -> None:
    """Compare vertices, which may start anywhere but go round in the same sense."""
    expected = ConvexPolygon.decode(bytes.fromhex(encoded)).getVertices()
    mine = np.array([list(v) for v in found.getVertices()])
    theirs = np.array([list(v) for v in expected])
    assert mine.shape == theirs.shape
    start = int(np.argmin(np.linalg.norm(mine - theirs[0], axis=1)))
    assert_allclose(np.roll(mine, -start, axis=0), theirs, atol=SKY_ATOL, rtol=0)


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


@pytest.mark.golden
def test_every_case_is_replayed() -> None:
    known = (has_result, raises("NoVisitWcs"), raises("NotImplementedError"))
    assert all(any(each(case) for each in known) for case in cases(TOPIC, "RefitPointingTask"))


@params(has_result)
def test_fields_of_the_geometry_are_those_of_the_stack(case: Case) -> None:
    text = case["expected"]["result"]["json"]
    assert list(json.loads(text)) == list(VisitGeometry.model_fields)


# -- The reference visit ---------------------------------------------------------------

GEOMETRY = (REFERENCE_VISIT / "expected_visit_geometry_full.json").read_text()

# Degrees: what rounding leaves of a rotation about the center of a field of 1e-3 rad.
ORIENTATION_ATOL_OF_THE_VISIT = 1e-7
COLUMNS = ("wcs_detector_pointing_residual", "wcs_visit_pointing_residual")


def test_residuals() -> None:
    catalog, _ = refitted()
    assert [record.getId() for record in catalog] == list(ROWS)
    for name in COLUMNS:
        assert np.isfinite(expected_column(name)).sum() >= 5
        assert_allclose(column(catalog, name), expected_column(name), atol=SKY_ATOL, rtol=0)
    name = "wcs_detector_pointing_rejected"
    assert [record[name] for record in catalog] == [bool(row[name]) for row in ROWS.values()]


def test_wcss_and_approximations() -> None:
    catalog, _ = refitted()
    compared = 0
    expected = read_catalog("expected_finalVisitSummary_full")
    for mine, theirs in zip(catalog, expected, strict=True):
        assert (mine.getWcs() is None) == (theirs.getWcs() is None)
        if mine.getWcs() is None:
            continue
        box = Box2D(mine.getBBox())
        x, y = np.random.default_rng(mine.getId()).uniform([box.getMin()], [box.getMax()], (20, 2)).T
        for ours, wcs in (
            (mine.getWcs(), theirs.getWcs()),
            (mine.getWcs().getFitsApproximation(), theirs.getWcs().getFitsApproximation()),
        ):
            assert_allclose(ours.pixelToSkyArray(x, y), wcs.pixelToSkyArray(x, y), atol=SKY_ATOL, rtol=0)
            compared += len(x)
    assert compared >= 5 * 2 * 20


def test_visit_geometry() -> None:
    _, result = refitted()
    expected = VisitGeometry.model_validate_json(GEOMETRY)
    geometry = result.regions
    for name in ("boresight_ra", "boresight_dec"):
        assert_allclose(getattr(geometry, name), getattr(expected, name), atol=1e-9, rtol=0)
    assert_allclose(geometry.orientation, expected.orientation, atol=ORIENTATION_ATOL_OF_THE_VISIT, rtol=0)
    assert result.boresight.getRa().asDegrees() == geometry.boresight_ra
    assert list(geometry.detector_regions) == list(expected.detector_regions) == list(ROWS)
    assert_same_vertices(geometry.visit_region, expected.visit_region)
    for detector, region in expected.detector_regions.items():
        assert_same_vertices(geometry.detector_regions[detector], region)


def assert_same_vertices(found: Any, expected: Any) -> None:
    mine, theirs = (np.array([list(v) for v in region.getVertices()]) for region in (found, expected))
    assert mine.shape == theirs.shape
    start = int(np.argmin(np.linalg.norm(mine - theirs[0], axis=1)))
    assert_allclose(np.roll(mine, -start, axis=0), theirs, atol=SKY_ATOL, rtol=0)


# -- Real files ------------------------------------------------------------------------

HSC = REALDATA / "hsc"


@needs_realdata
@pytest.mark.parametrize("visit", [1176, 36434])
def test_the_fitted_pointing_is_that_of_the_telescope(visit: int) -> None:
    summary = ExposureCatalog.readFits(str(HSC / f"visitSummary_{visit}.fits"))
    mapper = SchemaMapper(summary.schema)
    mapper.addMinimalSchema(summary.schema, True)
    task = RefitPointingTask(schema=mapper.editOutputSchema())
    catalog = ExposureCatalog(mapper.getOutputSchema())
    for record in summary:
        catalog.addNew().assign(record, mapper)
    camera = Camera.readFits(str(HSC / "camera_HSC.fits"))
    result = task.run(catalog=catalog, camera=camera)
    visit_info = summary[0].getVisitInfo()
    # The telescope points to some 10 arcsec; the distortion of the camera file is good to 20.
    assert result.boresight.separation(visit_info.getBoresightRaDec()).asArcseconds() < 30.0
    turned = (result.orientation - visit_info.getBoresightRotAngle()).wrapCtr()
    assert abs(turned.asDegrees()) < 0.1
    assert -270 * degrees < result.orientation <= 90 * degrees
    for record in catalog:
        own, common = (
            record[f"wcs_{name}_pointing_residual"].asArcseconds() for name in ("detector", "visit")
        )
        assert 0.0 < own < 10.0 and own <= common < 30.0
        assert record.getWcs() is not None and not record["wcs_detector_pointing_rejected"]
    regions = result.regions
    assert len(regions.detector_regions) == len(camera) == 112
    assert len(catalog) == 103
    for record in catalog:
        center = record.getWcs().pixelToSky(*record.getBBox().getCenter()).getVector()
        holding = [i for i, region in regions.detector_regions.items() if region.contains(center)]
        assert holding == [record.getId()]
    boresight = UnitVector3d(*result.boresight.getVector())
    assert regions.visit_region.contains(boresight)
