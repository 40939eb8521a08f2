"""Pointing, regions and SIP approximations of the visit of the real stack (configuration ``full``)."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
from numpy.testing import assert_allclose

from lsst.afw.cameraGeom import Camera
from lsst.afw.geom import SkyWcs
from lsst.afw.table import ExposureCatalog, ExposureRecord, SchemaMapper
from lsst.geom import Box2D, arcseconds
from lsst.meas.astrom.fit_sip_approximation import FitSipApproximationTask
from lsst.meas.astrom.refit_pointing import RefitPointingTask
from lsst.obs.base.visit_geometry import VisitGeometry
from lsst.pipe.base import Struct
from stacklite_support.paths import REFERENCE_VISIT

EXPECTED = json.loads((REFERENCE_VISIT / "expected.json").read_text())
ROWS = {row["id"]: row for row in EXPECTED["outputs"]["full"]}
GEOMETRY = (REFERENCE_VISIT / "expected_visit_geometry_full.json").read_text()
SKY_ATOL = np.deg2rad(1e-9)
ORIENTATION_ATOL = 1e-7  # degrees; what rounding leaves of a rotation about the centre of a field of 1e-3 rad
COLUMNS = ("wcs_detector_pointing_residual", "wcs_visit_pointing_residual")


def read_catalog(name: str) -> ExposureCatalog:
    return ExposureCatalog.readFits(str(REFERENCE_VISIT / f"{name}.fits"))


def consistent_wcs(record: ExposureRecord, tracts: dict[int, ExposureCatalog]) -> SkyWcs | None:
    """Return the WCS of the tract that the stack chose unless it moves a corner too far."""
    tract = ROWS[record.getId()]["wcsTractId"]
    found = tracts[tract].find(record.getId()) if tract >= 0 else None
    if found is None or found.getWcs() is None or record.getWcs() is None:
        return None
    corners = Box2D(record.getBBox()).getCorners()
    before, after = (w.pixelToSky(corners) for w in (record.getWcs(), found.getWcs()))
    offset = max(a.separation(b) for a, b in zip(before, after, strict=True))
    threshold = EXPECTED["configs"]["full"]["wcs_consistency_threshold"] * arcseconds
    return None if offset > threshold else found.getWcs()


@cache
def refitted() -> tuple[ExposureCatalog, Struct]:
    """Run both tasks on the input summary with the WCSs of the tracts."""
    tracts = {t: read_catalog(f"gbdesAstrometricFitSkyWcsCatalog_tract{t}") for t in EXPECTED["tracts"]}
    summary = read_catalog("visitSummary")
    mapper = SchemaMapper(summary.schema)
    mapper.addMinimalSchema(summary.schema, True)
    pointing = RefitPointingTask(schema=mapper.editOutputSchema())
    sip = FitSipApproximationTask()
    for name, kind in (("wcs_sip_delta_sky", "Angle"), ("wcs_sip_delta_pixel", "D")):
        mapper.editOutputSchema().addField(name, type=kind, doc="Accuracy of the approximation.")
    catalog = ExposureCatalog(mapper.getOutputSchema())
    for record in summary:
        output = catalog.addNew()
        output.assign(record, mapper)
        output.setWcs(consistent_wcs(record, tracts))
    result = pointing.run(catalog=catalog, camera=Camera.readFits(str(REFERENCE_VISIT / "camera.fits")))
    for record in catalog:
        if record.getWcs() is not None:
            fit = sip.run(wcs=record.getWcs(), bbox=record.getBBox())
            record.setWcs(fit.wcs)
            record["wcs_sip_delta_sky"] = fit.delta_sky
            record["wcs_sip_delta_pixel"] = fit.delta_pixel
    return catalog, result


def column(catalog: ExposureCatalog, name: str) -> np.ndarray:
    return np.array([float(np.asarray(value)) for value in catalog[name]])


def expected_column(name: str) -> np.ndarray:
    values = [row[name] for row in ROWS.values()]
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def test_residuals() -> None:
    catalog, _ = refitted()
    assert [record.getId() for record in catalog] == list(ROWS)
    for name in COLUMNS:
        assert np.isfinite(expected_column(name)).sum() >= 5
        assert_allclose(column(catalog, name), expected_column(name), atol=SKY_ATOL, rtol=0)
    name = "wcs_detector_pointing_rejected"
    assert [record[name] for record in catalog] == [bool(row[name]) for row in ROWS.values()]


def test_sip_deltas() -> None:
    """Both are at the level of rounding, where the stack's values agree only roughly."""
    catalog, _ = refitted()
    sky, pixel = expected_column("wcs_sip_delta_sky"), expected_column("wcs_sip_delta_pixel")
    assert np.isfinite(sky).sum() >= 5
    assert_allclose(column(catalog, "wcs_sip_delta_sky"), sky, atol=1e-15, rtol=1e-6)
    assert_allclose(column(catalog, "wcs_sip_delta_pixel"), pixel, atol=1e-10, rtol=1e-6)


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
    assert_allclose(geometry.orientation, expected.orientation, atol=ORIENTATION_ATOL, rtol=0)
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
