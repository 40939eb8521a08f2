"""Catalogs against the real stack: schemas, rows, aliases, metadata, objects."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions
from lsst.afw.image import ExposureSummaryStats
from lsst.afw.table import BaseCatalog, ExposureCatalog, ExposureTable, Schema
from lsst.geom import Point2D
from lsst_stacklite._exposure_components import RECORD_COMPONENTS
from stacklite_support.archives import sharing
from stacklite_support.golden import cases, golden_file, number
from stacklite_support.parity import READS, count, parity


def params(kind: str) -> Any:
    return pytest.mark.parametrize("case", cases("table", kind), ids=lambda c: str(c["id"]))


def _error(name: str) -> type[BaseException]:
    return getattr(lsst.pex.exceptions, name, None) or getattr(builtins, name)


def _by_file(case: dict[str, Any]) -> str:
    return str(case["inputs"].get("file", case["id"]))


def _plain(value: Any) -> Any:
    """Return a value of a record as the golden files have it."""
    if hasattr(value, "asRadians"):
        return value.asRadians()
    return value.tolist() if isinstance(value, np.ndarray) else value


def _schema_rows(schema: Schema) -> list[list[Any]]:
    rows = []
    for _, field in schema:
        kind = field.getTypeString()
        size = field.getSize() if kind == "String" or kind.startswith("Array") else None
        rows.append([field.getName(), kind, size, field.getUnits(), field.getDoc()])
    return rows


@parity(lambda case: case["expected"]["type"], 0, READS)
@parity("Schema", 0, READS, parts=("schema",))
@parity("AliasMap", 0, READS, parts=("aliases",))
@parity("PropertyList", 0, READS, parts=("metadata",))
@pytest.mark.parametrize("case", cases("table", "catalog file"), ids=_by_file)
def test_catalog_file(case: dict[str, Any], tmp_path: Path) -> None:
    catalog = BaseCatalog.readFits(golden_file(case["inputs"]["file"]))
    _check_catalog(catalog, case["expected"])
    catalog.writeFits(tmp_path / "again.fits")
    _check_catalog(BaseCatalog.readFits(tmp_path / "again.fits"), case["expected"])


def _check_catalog(catalog: BaseCatalog, expected: dict[str, Any]) -> None:
    assert type(catalog).__name__ == expected["type"]
    assert _schema_rows(catalog.schema) == expected["schema"]
    assert dict(catalog.schema.getAliasMap().items()) == expected["aliases"]
    assert len(catalog) == len(expected["rows"])
    compared = 0
    for record, row in zip(catalog, expected["rows"], strict=True):
        for name, value in row.items():
            np.testing.assert_equal(_plain(record[name]), number(value), err_msg=name)
            column = catalog[name]
            np.testing.assert_equal(_plain(column[record._row]), number(value), err_msg=name)
            compared += 1
    assert compared == len(expected["rows"]) * len(expected["schema"])
    metadata = catalog.getMetadata()
    assert metadata is not None
    # The table's own version is no metadata of the user (the stack leaves it in).
    wanted = [m for m in expected["metadata"] if m[0] != "EXPTABLE_VER"]
    found = [[name, list(metadata.getArray(name))] for name in metadata.getOrderedNames()]
    np.testing.assert_equal(found, number(wanted))


@parity("Schema", 0)
@params("no fields")
def test_no_fields(case: dict[str, Any]) -> None:
    with pytest.raises(_error(case["expected"]["error"])):
        BaseCatalog(Schema()).addNew()


@parity("SourceCatalog", 0)
@params("slots")
def test_slots(case: dict[str, Any]) -> None:
    expected = case["expected"]
    catalog = BaseCatalog.readFits(golden_file(case["inputs"]["file"]))
    assert [r.getX() for r in catalog] == expected["x"]
    assert [r.getPsfInstFlux() for r in catalog] == expected["psf_flux"]
    assert [r["slot_PsfFlux_instFlux"] for r in catalog] == expected["by_alias"]
    assert catalog["slot_Shape_xx"].tolist() == expected["column_by_alias"]
    assert [r.getCentroidFlag() for r in catalog] == expected["centroid_flag"]
    table = catalog.asAstropy()
    assert table.colnames == expected["astropy_columns"]
    assert {n: str(table[n].unit) for n in table.colnames} == expected["astropy_units"]


@params("ExposureCatalog objects")
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
    if expected["transmission"] is None:
        assert record.getTransmissionCurve() is None
    else:
        # Transmission curves only pass through.
        with pytest.raises(lsst.pex.exceptions.NotFoundError, match="SpatiallyConstantTransmissionCurve"):
            record.getTransmissionCurve()


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


@parity("ExposureCatalog", 0)
@params("ExposureCatalog.find unsorted")
def test_find_unsorted(case: dict[str, Any]) -> None:
    catalog = ExposureCatalog.readFits(golden_file(case["inputs"]["file"]))
    for wanted, expected in case["expected"].items():
        found = catalog.find(int(wanted))
        assert (None if found is None else found.getId()) == expected


@parity("ExposureCatalog", 0)
@params("ExposureCatalog.sort")
def test_sort(case: dict[str, Any]) -> None:
    catalog = ExposureCatalog.readFits(golden_file(case["inputs"]["file"]))
    assert catalog.isSorted() == (catalog["id"].tolist() == case["expected"])
    catalog.sort()
    assert catalog["id"].tolist() == case["expected"]
    assert catalog.isSorted()


@parity("ExposureSummaryStats", 0)
@params("ExposureSummaryStats")
def test_summary_stats(case: dict[str, Any]) -> None:
    schema = ExposureTable.makeMinimalSchema()
    ExposureSummaryStats.update_schema(schema)
    record = ExposureCatalog(schema).addNew()
    ExposureSummaryStats(**number(case["inputs"]["values"])).update_record(record)
    read_back = vars(ExposureSummaryStats.from_record(record))
    np.testing.assert_equal(read_back, number(case["expected"]["read_back"]))
    np.testing.assert_equal(vars(ExposureSummaryStats()), number(case["expected"]["defaults"]))
    short = ExposureCatalog(ExposureTable.makeMinimalSchema()).addNew()
    with pytest.raises(_error(case["expected"]["missing_column"]["error"])):
        ExposureSummaryStats(**number(case["inputs"]["values"])).update_record(short)


@parity("AliasMap", 0)
@params("alias lookup")
def test_alias_lookup(case: dict[str, Any]) -> None:
    schema = Schema()
    for name in case["inputs"]["fields"]:
        schema.addField(name, type="D")
    for alias, target in case["inputs"]["aliases"]:
        schema.getAliasMap().set(alias, target)
    record = BaseCatalog(schema).addNew()
    for name, value in case["inputs"]["fields"].items():
        record[name] = value
    for name, expected in case["expected"].items():
        if isinstance(expected, dict):
            with pytest.raises(_error(expected["error"])):
                record[name]
        else:
            assert record[name] == expected, name


@parity("BaseRecord", 0)
@params("fixed string too long")
def test_fixed_string_too_long(case: dict[str, Any]) -> None:
    schema = Schema()
    schema.addField("s", type="String", size=case["inputs"]["size"])
    record = BaseCatalog(schema).addNew()
    with pytest.raises(_error(case["expected"]["error"])):
        record["s"] = case["inputs"]["value"]


@parity("Schema", 0)
@pytest.mark.parametrize("case", cases("table", "addField"), ids=lambda c: f"{c['inputs']['type']}-{c['id']}")
def test_add_field(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    schema = Schema()
    schema.addField("a_x", type="D")
    kwargs = {"size": inputs["size"]} if "size" in inputs else {}
    if case["expected"] is None:
        schema.addField(inputs["field"], type=inputs["type"], **kwargs)
        assert inputs["field"] in schema
        return
    with pytest.raises(_error(case["expected"]["error"])):
        schema.addField(inputs["field"], type=inputs["type"], **kwargs)


@parity("Schema", 0)
@pytest.mark.parametrize("case", cases("table", "getNames order"), ids=_by_file)
def test_names(case: dict[str, Any]) -> None:
    schema = Schema.readFits(golden_file(case["inputs"]["file"]))
    expected = case["expected"]
    assert schema.getOrderedNames() == expected["ordered"]
    assert sorted(schema.getNames()) == expected["sorted"]
    assert schema.getFieldCount() == expected["field_count"]
    assert schema.getFlagFieldCount() == expected["flag_count"]
