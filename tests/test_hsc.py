"""Real visits of Hyper Suprime-Cam, whose summaries have the columns of an early release.

The WCSs of one visit replace those of another, which looked at another part
of the sky: a large change, with values of the real stack to compare with.
"""

from __future__ import annotations

import logging
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from astropy.table import Table

from lsst.afw.detection import GaussianPsf
from lsst.afw.geom import makeModifiedWcs, makeTransform
from lsst.afw.table import ExposureCatalog
from lsst.drp.tasks.update_visit_summary import GlobalInput
from lsst.geom import AffineTransform, Box2D, Extent2D, LinearTransform, SpherePoint, degrees
from lsst.meas.astrom.refit_pointing import NoVisitWcs
from lsst.obs.base.visit_geometry import VisitGeometry
from lsst.pipe.base import Struct
from support.catalogs import copy_catalog, reordered, row_values, without_detectors
from support.hsc import HSC, HSC_VISITS, read_camera, read_summary
from support.realdata import needs_realdata

pytestmark = needs_realdata

N_DETECTORS = 103
PAIRS = tuple(permutations(HSC_VISITS, 2))

# What follows from a WCS; the declination has its early name.
POSITIONS = ("ra", "decl", "raCorners", "decCorners")
WCS_COLUMNS = (*POSITIONS, "zenithDistance")
POINTING_COLUMNS = (
    "wcs_detector_pointing_residual",
    "wcs_visit_pointing_residual",
    "wcs_detector_pointing_rejected",
)


def untouched(catalog: ExposureCatalog) -> list[str]:
    """Return the columns that do not follow from a WCS."""
    return [name for name in catalog.schema.getOrderedNames() if name not in WCS_COLUMNS]


def pixel_grid_positions(catalog: ExposureCatalog) -> np.ndarray:
    """Return sky positions (degrees) of corners and centers under the WCSs of a catalog."""
    positions = []
    for record in catalog:
        box = Box2D(record.getBBox())
        points = record.getWcs().pixelToSky([*box.getCorners(), box.getCenter()])
        positions.append([[point.getRa().asDegrees(), point.getDec().asDegrees()] for point in points])
    return np.array(positions)


def largest_corner_separations(a: ExposureCatalog, b: ExposureCatalog) -> np.ndarray:
    """Return the largest separation (degrees) of the corners in the columns, by detector."""
    lon_a, lon_b = (np.deg2rad([record["raCorners"] for record in catalog]) for catalog in (a, b))
    lat_a, lat_b = (np.deg2rad([record["decCorners"] for record in catalog]) for catalog in (a, b))
    haversine = np.sin((lat_a - lat_b) / 2.0) ** 2
    haversine += np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_a - lon_b) / 2.0) ** 2
    return np.rad2deg(2.0 * np.arcsin(np.sqrt(haversine))).max(axis=1)


@pytest.mark.parametrize(("visit", "other"), PAIRS)
def test_wcss_of_another_visit(visit: int, other: int) -> None:
    """WCSs, and all positions that follow, are those of the other visit."""
    hsc, source = HSC(visit), read_summary(other)
    output = hsc.run(source).output_summary_catalog
    assert [record.getId() for record in output] == [record.getId() for record in source]
    assert len(output) == N_DETECTORS
    np.testing.assert_array_equal(pixel_grid_positions(output), pixel_grid_positions(source))
    for name in POSITIONS:
        # Written by the real stack: degrees, good to 1e-9.
        actual, expected = ([record[name] for record in catalog] for catalog in (output, source))
        np.testing.assert_allclose(actual, expected, rtol=0.0, atol=1e-9, err_msg=name)


@pytest.mark.parametrize(("visit", "other"), PAIRS)
def test_offsets_are_those_of_the_corners(visit: int, other: int) -> None:
    hsc, source = HSC(visit), read_summary(other)
    output = hsc.run(source).output_summary_catalog
    offsets = [record["wcs_corner_max_offset"].asDegrees() for record in output]
    expected = largest_corner_separations(hsc.summary, source)
    assert expected.min() > 170.0
    # Near 180 degrees the formula magnifies the rounding of columns by its tangent.
    np.testing.assert_allclose(offsets, expected, rtol=0.0, atol=1e-8)


@pytest.mark.parametrize(("visit", "other"), PAIRS)
def test_statistics_that_nothing_touches_are_bit_identical(visit: int, other: int) -> None:
    hsc = HSC(visit)
    before = [row_values(record) for record in hsc.summary]
    output = hsc.run(read_summary(other)).output_summary_catalog
    names = untouched(hsc.summary)
    assert len(names) == 32 - len(WCS_COLUMNS)
    for record, old, values in zip(output, hsc.summary, before, strict=True):
        assert row_values(record, names) == {name: values[name] for name in names}
        # Neither is the input changed.
        assert row_values(old) == values
        calibrations = [row.getPhotoCalib().getCalibrationMean() for row in (record, old)]
        assert calibrations[0] == calibrations[1]
        assert record.getVisitInfo().getId() == visit
        assert record.getValidPolygon().getVertices() == old.getValidPolygon().getVertices()


@pytest.mark.parametrize("visit", HSC_VISITS)
def test_own_wcss_change_nothing(visit: int) -> None:
    """The statistics of the early release are computed again as they are."""
    hsc = HSC(visit)
    output = hsc.run(read_summary(visit)).output_summary_catalog
    for record, old in zip(output, hsc.summary, strict=True):
        for name in POSITIONS:
            np.testing.assert_allclose(record[name], old[name], rtol=0.0, atol=1e-9, err_msg=name)
        assert record["zenithDistance"] == pytest.approx(old["zenithDistance"], rel=1e-6)
        assert record["wcs_corner_max_offset"].asDegrees() == 0.0
        names = untouched(hsc.summary)
        assert row_values(record, names) == row_values(old, names)


def test_columns_are_those_of_the_early_release(caplog: pytest.LogCaptureFixture) -> None:
    """Statistics that it did not have yet are dropped, and named once."""
    hsc = HSC(1176)
    with caplog.at_level(logging.INFO):
        output = hsc.run(read_summary(36434)).output_summary_catalog
    names = [*hsc.summary.schema.getOrderedNames(), "wcs_corner_max_offset"]
    assert output.schema.getOrderedNames() == names
    assert "decl" in names
    (message,) = [text for text in caplog.messages if "no columns for" in text]
    assert "pixelScale" in message
    assert "magLim" in message
    assert "dec," not in message


def test_no_pixels_are_read_for_wcss() -> None:
    hsc = HSC(1176)
    hsc.run(read_summary(36434))
    assert hsc.requests() == {"bbox", "detector", "metadata", "filter", "visitInfo"}


def test_detectors_without_override_lose_their_wcs() -> None:
    """Whatever the order of the other rows, which get their own override."""
    hsc, missing = HSC(1176), {0, 50, 103}
    source = without_detectors(reordered(read_summary(36434), lambda rows: rows[::-1]), missing)
    assert len(source) == N_DETECTORS - len(missing)
    output = hsc.run(source).output_summary_catalog
    complete = HSC(1176).run(read_summary(36434)).output_summary_catalog
    for record, expected in zip(output, complete, strict=True):
        if record.getId() not in missing:
            assert row_values(record) == row_values(expected)
            continue
        assert record.getWcs() is None
        assert np.isnan(record["wcs_corner_max_offset"].asDegrees())
        for name in WCS_COLUMNS:
            assert np.isnan(record[name]).all()
        names = untouched(hsc.summary)
        assert row_values(record, names) == row_values(expected, names)


def test_inconsistent_wcss_are_nulled() -> None:
    """Every second detector gets the WCS of another visit, the others their own."""
    hsc, own, other = HSC(1176), read_summary(1176), read_summary(36434)
    rows = [b if a.getId() % 2 else a for a, b in zip(own, other, strict=True)]
    output = hsc.run(copy_catalog(own, rows), wcs_consistency_threshold=0.5).output_summary_catalog
    for record, old in zip(output, hsc.summary, strict=True):
        is_foreign = bool(record.getId() % 2)
        assert (record.getWcs() is None) == is_foreign
        assert np.isnan(record["ra"]) == is_foreign
        assert (record["wcs_corner_max_offset"].asDegrees() > 170.0) == is_foreign
        if not is_foreign:
            assert record["ra"] == pytest.approx(old["ra"], abs=1e-9)


@pytest.mark.parametrize(("visit", "other"), PAIRS)
def test_pointing_is_that_of_the_visit_of_the_wcss(visit: int, other: int) -> None:
    hsc, source = HSC(visit), read_summary(other)
    result = hsc.run(source, do_refit_pointing=True)
    geometry = result.visit_geometry
    info = source[0].getVisitInfo()
    fitted = SpherePoint(geometry.boresight_ra, geometry.boresight_dec, degrees)
    # The telescope points to within half an arcminute, and its rotator to less than 0.05 degrees.
    assert fitted.separation(info.getBoresightRaDec()).asArcseconds() < 30.0
    rotation = info.getBoresightRotAngle().asDegrees()
    assert (geometry.orientation - rotation + 180.0) % 360.0 == pytest.approx(180.0, abs=0.05)
    for record in result.output_summary_catalog:
        # The distortion in the description of the camera is good to some arcseconds.
        assert 0.0 < record["wcs_detector_pointing_residual"].asArcseconds() < 10.0
        assert 0.0 < record["wcs_visit_pointing_residual"].asArcseconds() < 60.0
        assert not record["wcs_detector_pointing_rejected"]
        assert record.getWcs() is not None


def test_mirrored_wcss_are_all_rejected() -> None:
    """The parity of the camera is that of the WCSs: no rotation turns one into the other."""
    hsc, source = HSC(1176), read_summary(1176)
    hsc.keep({0, 20, 49, 50, 103})
    for record in source:
        mirror = AffineTransform(
            LinearTransform.makeScaling(-1.0, 1.0), Extent2D(record.getBBox().getMaxX(), 0.0)
        )
        record.setWcs(makeModifiedWcs(makeTransform(mirror), record.getWcs(), False))
    result = Struct()
    with pytest.raises(NoVisitWcs):
        hsc.run_with(
            {"wcs_overrides": GlobalInput(source), "result": result},
            wcs_provider="global",
            do_refit_pointing=True,
        )
    assert len(result.output_summary_catalog) == 5
    for record in result.output_summary_catalog:
        assert record["wcs_detector_pointing_rejected"]
        assert record["wcs_detector_pointing_residual"].asArcseconds() > 100.0
        assert record.getWcs() is None
        assert np.isnan(record["ra"])


def test_pointing_adds_only_its_columns() -> None:
    """On and off differ by the three columns, as long as no WCS is nulled."""
    source = read_summary(36434)
    off = HSC(1176).run(source).output_summary_catalog
    on = HSC(1176).run(source, do_refit_pointing=True).output_summary_catalog
    names = off.schema.getOrderedNames()
    assert on.schema.getOrderedNames() == [*names, *POINTING_COLUMNS]
    for with_fit, without in zip(on, off, strict=True):
        assert row_values(with_fit, names) == row_values(without, names)
    np.testing.assert_array_equal(pixel_grid_positions(on), pixel_grid_positions(off))


def test_outliers_of_the_pointing_lose_wcs_and_statistics() -> None:
    """WCSs that are two arcminutes off cannot move the fit of a hundred others by one."""
    source, shifted = read_summary(1176), {1, 60, 103}
    for record in source:
        if record.getId() in shifted:
            record.setWcs(record.getWcs().copyAtShiftedPixelOrigin(Extent2D(700.0, 0.0)))
    output = HSC(1176).run(source, do_refit_pointing=True).output_summary_catalog
    for record in output:
        is_shifted = record.getId() in shifted
        assert (record.getWcs() is None) == is_shifted
        assert (record["wcs_visit_pointing_residual"].asArcseconds() > 60.0) == is_shifted
        assert record["wcs_corner_max_offset"].asArcseconds() > 100.0 or not is_shifted
        for name in WCS_COLUMNS:
            assert np.isnan(record[name]).all() == is_shifted, name


def test_wcss_of_the_wrong_visit_are_kept_from_the_pointing() -> None:
    """Each would fit the camera and draw the fit away from all others; the threshold stops them."""
    own, other, foreign = read_summary(1176), read_summary(36434), {1, 60}
    rows = [b if a.getId() in foreign else a for a, b in zip(own, other, strict=True)]
    options = {"do_refit_pointing": True, "wcs_consistency_threshold": 0.5}
    output = HSC(1176).run(copy_catalog(own, rows), **options).output_summary_catalog
    assert {record.getId() for record in output if record.getWcs() is None} == foreign
    for record in output:
        is_foreign = record.getId() in foreign
        assert np.isnan(record["wcs_visit_pointing_residual"].asArcseconds()) == is_foreign


def test_regions_cover_the_detectors() -> None:
    source = read_summary(36434)
    geometry = HSC(1176).run(source, do_refit_pointing=True).visit_geometry
    assert isinstance(geometry, VisitGeometry)
    assert geometry.detector_regions.keys() == {detector.getId() for detector in read_camera()}
    for record in source:
        center = SpherePoint(record["ra"], record["decl"], degrees).getVector()
        assert geometry.visit_region.contains(center)
        containing = {id_ for id_, region in geometry.detector_regions.items() if region.contains(center)}
        assert containing == {record.getId()}


def test_sip_approximations_of_full_size_detectors() -> None:
    hsc, source = HSC(1176), read_summary(36434)
    hsc.keep({0, 49, 103})
    output = hsc.run(source, do_fit_sip_approximations=True).output_summary_catalog
    assert len(output) == 3
    for record in output:
        assert record.getWcs().hasFitsApproximation()
        assert 0.0 <= record["wcs_sip_delta_sky"].asArcseconds() < 1e-3
        assert 0.0 <= record["wcs_sip_delta_pixel"] < 1e-2


def test_written_output_is_read_back(tmp_path: Path) -> None:
    output = HSC(1176).run(read_summary(36434), do_refit_pointing=True).output_summary_catalog
    output.writeFits(str(tmp_path / "out.fits"))
    again = ExposureCatalog.readFits(str(tmp_path / "out.fits"))
    assert [row_values(record) for record in again] == [row_values(record) for record in output]
    np.testing.assert_allclose(
        pixel_grid_positions(again), pixel_grid_positions(output), rtol=0.0, atol=1e-11
    )


def test_psf_models_on_full_size_masks() -> None:
    """Of the pixels, only the mask of each detector is made, and once."""
    hsc, sigmas = HSC(1176), {4: 1.5, 5: 2.25}
    hsc.keep(sigmas)
    psfs = copy_catalog(hsc.summary)
    for record in psfs:
        record.setPsf(GaussianPsf(25, 25, sigmas[record.getId()]))
    overrides = {"psf_overrides": psfs, "psf_star_catalog": no_stars()}
    output = hsc.run_with(overrides).output_summary_catalog
    for record in output:
        assert record["psfSigma"] == pytest.approx(sigmas[record.getId()], rel=1e-6)
        assert record["nPsfStar"] == 0
        assert np.isnan(record["psfStarDeltaE1Median"])
        assert hsc.exposures[record.getId()].requests.count("mask") == 1
    assert hsc.requests() == {"bbox", "mask", "detector", "metadata", "filter", "visitInfo"}


def no_stars() -> Table:
    """Return a table of stars that has all columns and no rows."""
    shapes = [
        f"{shape}_{moment}" for shape in ("slot_Shape", "slot_PsfShape") for moment in ("xx", "yy", "xy")
    ]
    floats = [
        *shapes,
        "slot_Centroid_x",
        "slot_Centroid_y",
        "slot_PsfFlux_instFlux",
        "slot_PsfFlux_instFluxErr",
    ]
    flags = ["calib_psf_used", "slot_Shape_flag", "slot_PsfFlux_flag"]
    columns = {"detector": int} | dict.fromkeys(floats, float) | dict.fromkeys(flags, bool)
    return Table({name: np.zeros(0, dtype) for name, dtype in columns.items()})
