"""`lsst.obs.base.visit_geometry` in memory, as text, and through a real butler."""

from __future__ import annotations

import json
import math
from typing import Any

import pydantic
import pytest

from lsst.daf.butler import Butler, DatasetType
from lsst.obs.base.visit_geometry import VisitGeometry
from lsst.sphgeom import Angle, Box, Circle, ConvexPolygon, LonLat, UnitVector3d
from stacklite_support.paths import REFERENCE_VISIT

REFERENCE = REFERENCE_VISIT / "expected_visit_geometry_full.json"


def polygon(longitude: float) -> ConvexPolygon:
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]
    return ConvexPolygon([UnitVector3d(LonLat.fromDegrees(longitude + x, y)) for x, y in corners])


def make_geometry(**changes: Any) -> VisitGeometry:
    values = {
        "boresight_ra": 359.5,
        "boresight_dec": -1.25,
        "orientation": -200.0,
        "visit_region": polygon(10.0),
        "detector_regions": {3: polygon(20.0), 1: polygon(30.0)},
    }
    return VisitGeometry(**(values | changes))


def test_the_file_of_the_stack_survives_byte_for_byte() -> None:
    text = REFERENCE.read_text()
    geometry = VisitGeometry.model_validate_json(text)
    assert geometry.model_dump_json() == text
    assert sorted(geometry.detector_regions) == list(range(90, 99))
    assert all(len(region.getVertices()) == 4 for region in geometry.detector_regions.values())
    center = UnitVector3d(LonLat.fromDegrees(geometry.boresight_ra, geometry.boresight_dec))
    assert geometry.visit_region.contains(center)


def test_layout_of_the_text() -> None:
    values = json.loads(make_geometry().model_dump_json())
    assert list(values) == list(json.loads(REFERENCE.read_text()))
    assert values["orientation"] == -200.0
    assert list(values["detector_regions"]) == ["3", "1"]
    assert values["detector_regions"]["1"] == polygon(30.0).encode().hex()
    assert VisitGeometry.model_validate(make_geometry().model_dump()) == make_geometry()


@pytest.mark.parametrize(
    "region",
    [Circle(UnitVector3d(1.0, 2.0, 3.0), Angle(0.1)), Box(LonLat.fromDegrees(1, 2), Angle(1), Angle(1))],
)
def test_every_kind_of_region_survives(region: Any) -> None:
    geometry = make_geometry(visit_region=region)
    copy = VisitGeometry.model_validate_json(geometry.model_dump_json())
    assert type(copy.visit_region) is type(region) and copy == geometry


@pytest.mark.parametrize("name", ["boresight_ra", "boresight_dec", "orientation"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks_are_never_written(name: str, value: float) -> None:
    with pytest.raises(pydantic.ValidationError, match=name):
        make_geometry(**{name: value})
    geometry = make_geometry()
    with pytest.raises(pydantic.ValidationError, match=name):
        setattr(geometry, name, value)
    assert geometry == make_geometry()


@pytest.mark.parametrize(
    "changes",
    [
        {"boresight_ra": None},
        {"visit_region": None},
        {"visit_region": "70zz"},
        {"detector_regions": {"S00": polygon(1.0).encode().hex()}},
    ],
)
def test_other_text_is_refused(changes: dict[str, Any]) -> None:
    values = json.loads(make_geometry().model_dump_json()) | changes
    if "detector_regions" in changes:
        values["detector_regions"] = changes["detector_regions"]
    with pytest.raises(pydantic.ValidationError):
        VisitGeometry.model_validate_json(json.dumps(values))


def test_a_butler_writes_and_reads_it(tmp_path: Any) -> None:
    text = REFERENCE.read_bytes()
    geometry = VisitGeometry.model_validate_json(text)
    Butler.makeRepo(str(tmp_path / "repo"))
    with Butler.from_config(str(tmp_path / "repo"), writeable=True, run="run") as butler:
        dataset_type = DatasetType("visit_geometry", (), "VisitGeometry", universe=butler.dimensions)
        assert dataset_type.storageClass.pytype is VisitGeometry
        butler.registry.registerDatasetType(dataset_type)
        ref = butler.put(geometry, "visit_geometry")
        assert butler.getURI(ref).read() == text
        assert butler.getURI(ref).getExtension() == ".json"
        found = butler.get("visit_geometry")
    assert type(found) is VisitGeometry and found == geometry


def _repository(root: Any) -> Butler:
    """Make a repository with a visit of two exposures, and a visit without geometry."""
    Butler.makeRepo(str(root))
    butler = Butler.from_config(str(root), writeable=True, run="run")
    common = {"instrument": "Cam"}
    records: list[tuple[str, list[dict[str, Any]]]] = [
        ("instrument", [{"name": "Cam", "visit_max": 99, "exposure_max": 99, "detector_max": 9}]),
        ("physical_filter", [{**common, "name": "r1", "band": "r"}]),
        ("detector", [{**common, "id": i, "full_name": f"D{i}"} for i in (1, 3)]),
        ("day_obs", [{**common, "id": 20250101}]),
        ("group", [{**common, "name": "g"}]),
    ]
    visit = {**common, "physical_filter": "r1", "day_obs": 20250101}
    region = polygon(0.0)
    records += [
        ("visit", [{**visit, "id": i, "name": f"v{i}", "region": region} for i in (1, 2)]),
        ("exposure", [{**visit, "id": i, "obs_id": f"e{i}", "group": "g"} for i in (11, 12, 13)]),
        (
            "visit_definition",
            [{**common, "visit": v, "exposure": e} for v, e in ((1, 11), (1, 12), (2, 13))],
        ),
        ("visit_detector_region", [{**common, "visit": 1, "detector": 1, "region": region}]),
    ]
    for element, values in records:
        butler.registry.insertDimensionData(element, *values)
    dimensions = butler.dimensions.conform(["visit"])
    butler.registry.registerDatasetType(DatasetType("visit_geometry", dimensions, "VisitGeometry"))
    return butler


def test_records_of_a_repository_get_the_fitted_positions(tmp_path: Any) -> None:
    """All exposures of a visit get its pointing; visits without a geometry keep what they have."""
    geometry = make_geometry()
    with _repository(tmp_path / "repo") as butler:
        butler.put(geometry, "visit_geometry", instrument="Cam", visit=1)
        assert VisitGeometry.update_dimension_records(butler, "Cam", visit=2) == 0
        assert VisitGeometry.update_dimension_records(butler, "Cam", "visit < 9", batch_size=1) == 1
        regions = {record.id: record.region for record in butler.query_dimension_records("visit")}
        assert regions == {1: geometry.visit_region, 2: polygon(0.0)}
        detectors = butler.query_dimension_records("visit_detector_region")
        assert {record.detector: record.region for record in detectors} == geometry.detector_regions
        exposures = butler.query_dimension_records("exposure")
        pointings = {record.id: (record.tracking_ra, record.sky_angle) for record in exposures}
        fitted = (geometry.boresight_ra, geometry.orientation)
        assert pointings == {11: fitted, 12: fitted, 13: (None, None)}
