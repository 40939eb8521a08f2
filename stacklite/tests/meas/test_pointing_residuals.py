"""Residuals of pointings, computed another way, and what the fit of the stack cannot do.

Where stacklite deliberately differs from the stack (B2, B3), the test carries the ID of the defect; right
values are from an independent computation.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from lsst.afw.cameraGeom import FIELD_ANGLE, PIXELS, Detector
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.afw.table import ExposureCatalog
from lsst.geom import Point2D, SpherePoint, degrees
from lsst.meas.astrom.refit_pointing import NoVisitWcs
from stacklite_support.golden_pointings import (
    SKY_ATOL,
    Case,
    assert_rows,
    early_rejected,
    has_result,
    make_task,
    observed_rows,
    own_inputs,
    params,
    raises,
    read_inputs,
    vector,
)

# -- Values of the real stack ----------------------------------------------------------

ALL_GOOD, ONE_ROW, NOT_IN_THE_CAMERA = "0", "4", "15"


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
        # As texts, since NaN differs from NaN.
        results.append((geometry, sorted(str(sorted(row.items())) for row in rows)))
    assert results[0] == results[1]


def partly_infinite_wcs(center: SpherePoint) -> SkyWcs:
    """Return a WCS that has a position for the center of a detector but not for its corners."""
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
    # No WCS has been removed, whatever the threshold.
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
