"""Files of cameras and detectors, old layouts included."""

from __future__ import annotations

import math
import pickle
import sys
from collections.abc import Sequence
from typing import Any

import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.cameraGeom import FIELD_ANGLE, FOCAL_PLANE, Camera, CameraSys, Detector, DetectorCollection
from lsst.afw.cameraGeom._detector import _read_detector
from lsst.afw.cameraGeom._transform_map import _read_transform_map
from lsst.geom import Point2D
from lsst_stacklite.archives import make_table
from stacklite_support.cameras import amplifier_values, connection_values, orientation_values
from stacklite_support.made_cameras import assert_same_camera, make_camera, zoom


def test_files_and_pickles(tmp_path: Any) -> None:
    camera = make_camera()
    camera.writeFits(str(tmp_path / "camera.fits"))
    read = Camera.readFits(str(tmp_path / "camera.fits"))
    assert_same_camera(camera, read)
    assert connection_values(read.getTransformMap()) == connection_values(camera.getTransformMap())
    assert read[1].getTransformMap() is read[2].getTransformMap() is read.getTransformMap()
    assert_same_camera(camera, pickle.loads(pickle.dumps(camera)))
    camera["one"].writeFits(str(tmp_path / "detector.fits"))
    detector = Detector.readFits(str(tmp_path / "detector.fits"))
    assert amplifier_values(detector) == amplifier_values(camera["one"])
    assert math.isnan(detector[0].getSaturation())
    DetectorCollection(camera).writeFits(str(tmp_path / "collection.fits"))
    collection = DetectorCollection.readFits(str(tmp_path / "collection.fits"))
    assert [d.getName() for d in collection] == ["one", "two"]


def test_the_pupil_factory_of_a_file_is_not_imported(tmp_path: Any) -> None:
    builder = make_camera().rebuild()
    builder.setPupilFactoryName("antigravity.Pupils")
    builder.finish().writeFits(str(tmp_path / "camera.fits"))
    assert Camera.readFits(str(tmp_path / "camera.fits")).getPupilFactoryName() == "antigravity.Pupils"
    assert "antigravity" not in sys.modules


class Archive:
    """Hands out objects by number; cannot read or write files."""

    def __init__(self, *objects: Any) -> None:
        self.objects: list[Any] = [None, *objects]

    def get(self, archive_id: int, kind: str = "") -> Any:
        return self.objects[archive_id]

    need = get

    def put(self, obj: Any) -> int:
        self.objects.append(obj)
        return len(self.objects) - 1


def test_old_layout_of_transform_maps() -> None:
    text = ("String", "", "", 0)
    systems = make_table(
        [("sysName", *text), ("detectorName", *text), ("id", "I", "", "")],
        [["Pixels", "one", 2], ["FocalPlane", "", 1], ["FieldAngle", "", 3]],
    )
    connections = make_table(
        [("from", "I", "", ""), ("to", "I", "", ""), ("transform", "I", "", "")], [[2, 1, 1], [1, 3, 2]]
    )
    read = _read_transform_map(Archive(zoom(0.5), zoom(4.0)), [systems, connections])
    assert next(iter(read)) == FOCAL_PLANE
    pixels = CameraSys("Pixels", "one")
    assert list(read.transform(Point2D(1.0, 2.0), pixels, FIELD_ANGLE)) == [2.0, 4.0]


NEW_COLUMNS = {0: ["physicalType", "version", "fpPosition_z"], 1: ["version", "fpPosition_z"], 2: []}


def without(table: Any, names: Sequence[str]) -> Any:
    """Return a table without some of its columns."""
    kept = [item.field for item in table.schema if item.field.getName() not in names]
    fields = [(f.getName(), f.getTypeString(), f.getDoc(), f.getUnits(), f._size) for f in kept]
    return make_table(fields, [[record[f.getName()] for f in kept] for record in table])


@pytest.mark.parametrize("version", NEW_COLUMNS)
def test_old_layouts_of_detectors(version: int) -> None:
    detector, archive = make_camera()["one"], Archive()
    tables = list(detector._write_archive(archive))
    tables[0] = without(tables[0], NEW_COLUMNS[version])
    if version == 0:
        tables[1] = without(tables[1], ["linearityThreshold", "linearityMaximum", "linearityUnits"])
    read = _read_detector(archive, tables)
    assert amplifier_values(read) == amplifier_values(detector)
    assert orientation_values(read.getOrientation()) == orientation_values(detector.getOrientation())
    assert read.getBBox() == detector.getBBox()


def test_a_newer_layout_is_refused() -> None:
    archive = Archive()
    tables = list(make_camera()["one"]._write_archive(archive))
    tables[0]["version"][0] = 3
    with pytest.raises(pex_exceptions.TypeError):
        _read_detector(archive, tables)
