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
