"""Catalogs of exposures: boxes, positions, the objects of their records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lsst.afw.geom import Polygon
from lsst.afw.image import ExposureSummaryStats
from lsst.afw.table import BaseCatalog, Box2IKey, ExposureCatalog, ExposureTable
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import LogicError
from lsst_stacklite._exposure_components import RECORD_COMPONENTS
from stacklite_support.archives import sharing
from stacklite_support.golden import golden_cases, golden_file, number
from stacklite_support.golden_table import error_class
from stacklite_support.parity import READS, count, parity
from stacklite_support.paths import REFERENCE_VISIT


def test_components_accept_none_and_refuse_nonsense() -> None:
    record = ExposureCatalog(ExposureTable.makeMinimalSchema()).addNew()
    for name in (
        "Wcs",
        "Psf",
        "PhotoCalib",
        "ApCorrMap",
        "ValidPolygon",
        "VisitInfo",
        "TransmissionCurve",
        "Detector",
    ):
        assert getattr(record, f"get{name}")() is None
        getattr(record, f"set{name}")(None)
        assert getattr(record, f"get{name}")() is None
        with pytest.raises(TypeError, match="not str"):
            getattr(record, f"set{name}")("text")


def visit_summary() -> ExposureCatalog:
    return ExposureCatalog.readFits(REFERENCE_VISIT / "visitSummary.fits")


def with_wcs(catalog: ExposureCatalog) -> list[Any]:
    return [record for record in catalog if record.getWcs() is not None]


def test_exposures_that_contain_a_position() -> None:
    catalog = visit_summary()
    rows = with_wcs(catalog)
    assert len(rows) > 1
    for record in rows:
        box = Box2D(record.getBBox())
        center = record.getWcs().pixelToSky(box.getCenter())
        outside = record.getWcs().pixelToSky(box.getMax() + Extent2I(1, 0))
        assert record.contains(center) and record.contains(coord=center) and not record.contains(outside)
        # Pixels of another exposure's frame.
        other = next(r for r in rows if r != record).getWcs()
        assert record.contains(other.skyToPixel(center), other)
        assert not record.contains(point=other.skyToPixel(outside), wcs=other)


def test_valid_polygons_of_exposures() -> None:
    """The polygon counts on request only."""
    catalog = visit_summary()
    record = with_wcs(catalog)[0]
    box = Box2D(record.getBBox())
    half = Box2D(box.getMin(), Point2D(box.getCenterX(), box.getMaxY()))
    record.setValidPolygon(Polygon(half))
    assert record.validPolygon is record.getValidPolygon()
    for point, inside in ((half.getCenter(), True), (box.getMax() - Extent2I(5, 5), False)):
        coord = record.getWcs().pixelToSky(point)
        assert record.contains(coord)
        assert record.contains(coord, True) == inside == record.contains(coord, includeValidPolygon=True)
        assert record.contains(point, record.getWcs(), True) == inside
        alone = ExposureCatalog(catalog.table)
        alone.append(record)
        assert len(alone.subsetContaining(coord)) == len(alone.subset(startd=0, stopd=5, step=1)) == 1
        assert len(alone.subsetContaining(point=point, wcs=record.getWcs())) == 1
        assert len(alone.subsetContaining(coord, includeValidPolygon=True)) == int(inside)
    record.setValidPolygon(None)
    assert record.contains(coord, True)


def test_exposures_without_a_wcs() -> None:
    record = ExposureCatalog(ExposureTable.makeMinimalSchema()).addNew()
    record.setId(id=42)
    box = Box2I(Point2I(-3, 4), Extent2I(5, 6))
    record.setBBox(box)
    assert record.getBBox() == record[Box2IKey(record.schema["bbox"])] == box
    assert (record.getId(), record["bbox_max_x"]) == (record[ExposureTable.getIdKey()], 1) == (42, 1)
    with pytest.raises(LogicError, match="id 42 has no WCS"):
        record.contains(with_wcs(visit_summary())[0].getWcs().pixelToSky(Point2D(0, 0)))


# -- Values of the real stack ----------------------------------------------------------


@golden_cases("table", "ExposureCatalog objects")
def test_exposure_catalog_objects(case: dict[str, Any], record_parity: Callable[..., None]) -> None:
    catalog = ExposureCatalog.readFits(golden_file(case["inputs"]["file"]))
    point = Point2D(*case["inputs"]["point"])
    for record, expected in zip(catalog, case["expected"], strict=True):
        assert record.getId() == expected["id"]
        bbox = record.getBBox()
        assert [bbox.getMinX(), bbox.getMinY(), bbox.getWidth(), bbox.getHeight()] == expected["bbox"]
        _check_objects(record, expected, point)
    _check_sharing(BaseCatalog.readFits(golden_file(case["inputs"]["file"])))
    # Of VisitInfo two values are compared here; transmission curves pass through.
    skipped = ("visit_info", "transmission")
    points = [{k: v for k, v in each.items() if k not in skipped} for each in case["expected"]]
    record_parity("ExposureRecord", count(points), 1e-5, READS)


def _check_sharing(catalog: BaseCatalog) -> None:
    """Check that objects are the same where the file has one object for several rows."""
    stored = sharing(catalog)
    found: dict[int, Any] = {}
    for numbers, record in zip(stored, catalog, strict=True):
        for archive_id, name in zip(numbers, RECORD_COMPONENTS, strict=True):
            if archive_id and name != "transmissionCurve":
                each = _component(record, name)
                assert found.setdefault(archive_id, each) is each


def _component(record: Any, name: str) -> Any:
    return getattr(record, f"get{name[0].upper()}{name[1:]}")()


def _check_objects(record: Any, expected: dict[str, Any], point: Point2D) -> None:
    objects = {
        "psf": record.getPsf(),
        "wcs": record.getWcs(),
        "photo_calib": record.getPhotoCalib(),
        "ap_corr": record.getApCorrMap(),
        "valid_polygon": record.getValidPolygon(),
        "visit_info": record.getVisitInfo(),
        "detector": record.getDetector(),
    }
    checks: dict[str, Any] = {
        "psf": _check_psf,
        "wcs": _check_wcs,
        "photo_calib": _check_photo_calib,
        "ap_corr": _check_ap_corr,
        "valid_polygon": _check_polygon,
        "visit_info": _check_visit_info,
    }
    for name, each in objects.items():
        assert (each is None) == (expected[name] is None), name
        if each is not None and name in checks:
            checks[name](each, expected[name], point)
    if record.getWcs() is not None:
        assert record.getWcs().hasFitsApproximation() == expected["wcs_has_approximation"]
    detector = record.getDetector()
    assert (detector and [detector.getName(), detector.getId()]) == expected["detector"]
    curve = record.getTransmissionCurve()
    assert (curve is None) == (expected["transmission"] is None)
    if curve is not None:
        found = curve.sampleAt(point, np.array([4500.0, 7000.0]))
        np.testing.assert_allclose(found, expected["transmission"], rtol=1e-10)


def _check_psf(psf: Any, expected: Any, point: Point2D) -> None:
    shape = psf.computeShape(point)
    moments = [shape.getIxx(), shape.getIyy(), shape.getIxy()]
    np.testing.assert_allclose(moments, expected, rtol=1e-5, atol=1e-12)


def _check_wcs(wcs: Any, expected: Any, point: Point2D) -> None:
    sky = wcs.pixelToSky(point)
    radians = [sky.getLongitude().asRadians(), sky.getLatitude().asRadians()]
    np.testing.assert_allclose(radians, expected, rtol=0, atol=np.radians(1e-9))


def _check_photo_calib(calib: Any, expected: Any, point: Point2D) -> None:
    # The third value is a flux of 1 at the point.
    found = [calib.getCalibrationMean(), calib.getCalibrationErr(), calib.getLocalCalibration(point)]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def _check_ap_corr(ap_corr: Any, expected: Any, point: Point2D) -> None:
    assert set(ap_corr) == set(expected)
    for name, value in expected.items():
        assert ap_corr[name].evaluate(point) == pytest.approx(value, rel=1e-10)


def _check_polygon(polygon: Any, expected: Any, point: Point2D) -> None:
    vertices = [[p.getX(), p.getY()] for p in polygon.getVertices()]
    # The stack repeats the first one.
    assert vertices == expected[: len(vertices)]


def _check_visit_info(info: Any, expected: Any, point: Point2D) -> None:
    assert info.getId() == expected["id"]
    assert info.getExposureTime() == expected["exposure_time"]


@parity("ExposureSummaryStats", 0)
@golden_cases("table", "ExposureSummaryStats")
def test_summary_stats(case: dict[str, Any]) -> None:
    schema = ExposureTable.makeMinimalSchema()
    ExposureSummaryStats.update_schema(schema)
    record = ExposureCatalog(schema).addNew()
    ExposureSummaryStats(**number(case["inputs"]["values"])).update_record(record)
    read_back = ExposureSummaryStats.from_record(record)
    for stats, name in ((read_back, "read_back"), (ExposureSummaryStats(), "defaults")):
        # A stack without the newer statistics has written these values.
        expected = number(case["expected"][name])
        np.testing.assert_equal({field: getattr(stats, field) for field in expected}, expected)
    short = ExposureCatalog(ExposureTable.makeMinimalSchema()).addNew()
    with pytest.raises(error_class(case["expected"]["missing_column"]["error"])):
        ExposureSummaryStats(**number(case["inputs"]["values"])).update_record(short)
