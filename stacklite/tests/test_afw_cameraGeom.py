"""Cameras: trees of coordinate systems, builders, old layouts."""

from __future__ import annotations

import math
import pickle
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import starlink.Ast as Ast
from numpy.testing import assert_allclose

from lsst.afw.cameraGeom import (
    FIELD_ANGLE,
    FOCAL_PLANE,
    PIXELS,
    TAN_PIXELS,
    Amplifier,
    Camera,
    CameraSys,
    Detector,
    DetectorCollection,
    DetectorType,
    Orientation,
    ReadoutCorner,
    TransformMap,
)
from lsst.afw.cameraGeom._detector import _read_detector
from lsst.afw.cameraGeom._transform_map import _read_transform_map
from lsst.afw.geom import TransformPoint2ToPoint2, makeIdentityTransform, makeRadialTransform
from lsst.geom import Box2I, Extent2D, Extent2I, Point2D, Point2I, Point3D, degrees
from lsst.pex import exceptions
from lsst_stacklite.archives import make_table
from stacklite_support.cameras import amplifier_values, connection_values, orientation_values

A, B, C, D = (CameraSys(name) for name in "ABCD")


def zoom(factor: float) -> TransformPoint2ToPoint2:
    return TransformPoint2ToPoint2(Ast.ZoomMap(2, factor))


def connection(source: CameraSys, target: CameraSys, factor: float) -> TransformMap.Connection:
    return TransformMap.Connection(zoom(factor), source, target)


# -- coordinate systems


def test_a_tree_goes_every_way() -> None:
    # C is given in the wrong direction, and before the system through which it is connected
    tree = TransformMap(A, [connection(C, B, 0.5), connection(A, B, 3.0), connection(A, D, 7.0)])
    factors = {A: 1.0, B: 3.0, C: 6.0, D: 7.0}
    assert set(tree) == set(factors) and len(tree) == 4 and C in tree and CameraSys("X") not in tree
    for source, f in factors.items():
        for target, g in factors.items():
            (point,) = tree.transform([Point2D(1.0, -2.0)], source, target)
            assert_allclose(list(point), [g / f, -2.0 * g / f])
    order = [(c.fromSys, c.toSys) for c in tree.getConnections()]
    assert order == [(A, B), (A, D), (B, C)]


@pytest.mark.parametrize(
    "connections",
    [
        [connection(A, A, 1.0)],
        [connection(A, B, 1.0), connection(B, B, 1.0)],
        [connection(A, B, 1.0), connection(C, D, 1.0)],
        [connection(A, B, 1.0), connection(B, C, 1.0), connection(A, C, 1.0)],
        [connection(A, B, 1.0), connection(A, B, 2.0)],
        [connection(A, B, 1.0), connection(B, A, 2.0)],
    ],
)
def test_what_is_no_tree(connections: list[TransformMap.Connection]) -> None:
    with pytest.raises(exceptions.InvalidParameterError):
        TransformMap(A, connections)


def test_names_of_systems() -> None:
    assert CameraSys(PIXELS, "R22_S11") == CameraSys("Pixels", "R22_S11")
    assert CameraSys("FocalPlane") == FOCAL_PLANE != CameraSys("FocalPlane", "R22_S11")
    assert str(CameraSys(PIXELS, "a")) == "CameraSys(Pixels, a)"
    assert not FIELD_ANGLE.hasDetectorName() and CameraSys(TAN_PIXELS, "a").hasDetectorName()


def test_enumerations_are_shown_with_their_names() -> None:
    assert f"{DetectorType.GUIDER}" == str(DetectorType.GUIDER) == "DetectorType.GUIDER"
    assert str(ReadoutCorner.UL) == "ReadoutCorner.UL"
    assert DetectorType(2) is DetectorType.GUIDER and int(ReadoutCorner.UL) == 3


def test_arguments_by_name() -> None:
    camera, points = make_camera(), [Point2D(0.1, 0.2), Point2D(0.0, 0.1)]
    tree, detector = camera.getTransformMap(), camera["one"]
    for thing, several in ((camera, "points"), (detector, "points"), (tree, "pointList")):
        systems = {"fromSys": FOCAL_PLANE, "toSys": FIELD_ANGLE}
        expected = [thing.transform(point, FOCAL_PLANE, FIELD_ANGLE) for point in points]
        assert thing.transform(**{several: points}, **systems) == expected
        assert thing.transform(point=points[0], **systems) == expected[0]
        for refused in ({"array": points}, {"point": points}, {several: points[0]}):
            with pytest.raises(TypeError, match="does not take"):
                thing.transform(**refused, **systems)
    assert camera.get(name="one") is camera.get(id=1) is detector
    assert camera.get(name="none", default=detector) is detector
    for refused in ({"key": 1}, {"name": 1}, {"id": "one"}, {"name": "none", "default": 5}):
        with pytest.raises(TypeError, match="does not take"):
            camera.get(**refused)
    assert detector.makeCameraSys(cameraSysPrefix=PIXELS) == CameraSys(sysPrefix=PIXELS, detectorName="one")
    assert detector.makeCameraSys(cameraSys=FOCAL_PLANE) == CameraSys(sysName="FocalPlane")
    with pytest.raises(TypeError, match="does not take"):
        detector.makeCameraSys(cameraSys=PIXELS)
    with pytest.raises(TypeError, match="does not take"):
        camera.transform(points[0], PIXELS, FOCAL_PLANE)
    connections = [connection(A, B, 2.0)]
    for tree in (TransformMap(A, transforms={B: zoom(2.0)}), TransformMap(A, connections=connections)):
        assert len(tree) == 2
    for refused in ({"transforms": connections}, {"connections": {B: zoom(2.0)}}):
        with pytest.raises(TypeError, match="does not take"):
            TransformMap(A, **refused)


def test_what_is_hashable() -> None:
    camera = make_camera()
    detector = camera["one"]
    assert len({camera.getTransformMap(), detector.getOrientation(), *detector}) == 4
    with pytest.raises(TypeError, match="unhashable"):
        hash(detector)
    assert detector == camera[1] != camera[2]


def test_builders_take_enumerations() -> None:
    builder = make_camera()["one"].rebuild()
    with pytest.raises(TypeError, match="DetectorType"):
        builder.setType(1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="ReadoutCorner"):
        builder[0].setReadoutCorner(1)  # type: ignore[arg-type]


def test_unknown_systems() -> None:
    tree = TransformMap(A, {B: zoom(2.0)})
    for source, target in ((A, C), (C, A), (C, C)):
        with pytest.raises(exceptions.InvalidParameterError):
            tree.getTransform(source, target)
    with pytest.raises(TypeError, match="does not say which detector"):
        tree.getTransform(A, PIXELS)  # type: ignore[arg-type]


def test_orientation_is_a_product_of_rotations() -> None:
    yaw, pitch, roll = 0.3, -0.02, 0.05

    def turn(angle: float, axis: int) -> np.ndarray:
        c, s = math.cos(angle), math.sin(angle)
        matrices = {0: [[1, 0, 0], [0, c, -s], [0, s, c]], 1: [[c, 0, s], [0, 1, 0], [-s, 0, c]]}
        return np.array(matrices.get(axis, [[c, -s, 0], [s, c, 0], [0, 0, 1]]))

    rotation = turn(yaw, 2) @ turn(pitch, 1) @ turn(roll, 0)
    angles = (math.degrees(a) * degrees for a in (yaw, pitch, roll))
    orientation = Orientation(Point3D(1.0, 2.0, 3.0), Point2D(10.0, 20.0), *angles)
    size = Extent2D(0.01, 0.02)
    to_focal_plane = orientation.makePixelFpTransform(size)
    for x, y in ((10.0, 20.0), (0.0, 0.0), (500.0, -3.0)):
        expected = [1.0, 2.0] + rotation[:2, :2] @ [0.01 * (x - 10), 0.02 * (y - 20)]
        assert_allclose(list(to_focal_plane.applyForward(Point2D(x, y))), expected, rtol=1e-13)
    back = orientation.makeFpPixelTransform(size).applyForward(Point2D(1.0, 2.0))
    assert_allclose(list(back), [10.0, 20.0], rtol=1e-12)
    assert (orientation.getHeight(), orientation.getNQuarter()) == (3.0, 0)
    assert Orientation(yaw=-91 * degrees).getNQuarter() == 3
    assert Orientation().getReferencePoint() == Point2D(-0.5, -0.5)


# -- building


def add_detector(builder: Camera.Builder, name: str, number: int, x: float) -> None:  # type: ignore[valid-type]
    detector = builder.add(name, number)
    detector.setBBox(Box2I(Point2I(0, 0), Extent2I(100, 50)))
    detector.setPixelSize(Extent2D(0.01, 0.01))
    detector.setOrientation(Orientation(Point2D(x, 0.0), Point2D(49.5, 24.5)))
    detector.setSerial(f"serial {number}")
    detector.setType(DetectorType.GUIDER)
    for index in range(2):
        amplifier = Amplifier.Builder()
        amplifier.setName(f"A{index}")
        amplifier.setGain(1.5 + index)
        amplifier.setSaturation(math.nan)
        amplifier.setReadoutCorner(ReadoutCorner.UL)
        amplifier.setBBox(Box2I(Point2I(50 * index, 0), Extent2I(50, 50)))
        detector.append(amplifier)


def make_camera(parity: bool = False) -> Camera:
    builder = Camera.Builder("Cam")
    builder.setTransformFromFocalPlaneTo(FIELD_ANGLE, makeRadialTransform([0.0, 1e-3, 0.0, 1e-9]))
    builder.setFocalPlaneParity(parity)
    add_detector(builder, "two", 2, 3.0)
    add_detector(builder, "one", 1, 0.0)
    builder["one"].setTransformFromPixelsTo(TAN_PIXELS, zoom(2.0))
    builder["one"].setCrosstalk([[0.0, 0.1], [0.2, 0.0]])
    return builder.finish()


def test_built_camera() -> None:
    camera = make_camera()
    assert [d.getId() for d in camera] == [1, 2] and [d.getName() for d in camera] == ["one", "two"]
    assert camera[1] is camera["one"] and camera.get(7) is None and camera.get("two") is camera[2]
    assert set(camera.getNameMap()) == {"one", "two"} and set(camera.getIdMap()) == {1, 2}
    assert "one" in camera and 2 in camera and 3 not in camera
    with pytest.raises(KeyError):
        camera[3]
    detector = camera["one"]
    assert list(detector.getCenter(FOCAL_PLANE)) == [0.0, 0.0]
    assert list(detector.getCorners(PIXELS)[2]) == [99.5, 49.5]
    assert detector.hasTransform(TAN_PIXELS) and not camera["two"].hasTransform(TAN_PIXELS)
    assert list(detector.transform(Point2D(1.0, 2.0), PIXELS, TAN_PIXELS)) == [2.0, 4.0]
    assert detector.getCrosstalk().dtype == np.float32 and not camera["two"].hasCrosstalk()
    assert [a.getName() for a in detector] == ["A0", "A1"] and detector["A1"].getGain() == 2.5
    assert len(detector) == 2 and "A1" in detector and detector[0].getReadoutCorner() == ReadoutCorner.UL
    assert [d.getId() for d in camera.findDetectors(Point2D(3.0, 0.2), FOCAL_PLANE)] == [2]
    assert camera.findDetectors(Point2D(3.0, 0.3), FOCAL_PLANE) == []


def test_a_detector_is_found_up_to_its_outer_border() -> None:
    camera = make_camera()
    inside = {-0.5: [1], 0.5 - 1e-9: [1], 0.5: [], -0.5 - 1e-9: []}
    for x, ids in inside.items():
        assert [d.getId() for d in camera.findDetectors(Point2D(x, 0.0), FOCAL_PLANE)] == ids


def test_parity() -> None:
    plain, flipped = make_camera(), make_camera(parity=True)
    assert not plain.getFocalPlaneParity() and flipped.getFocalPlaneParity()
    (x, y), (fx, fy) = (c.transform(Point2D(1.0, 2.0), FOCAL_PLANE, FIELD_ANGLE) for c in (plain, flipped))
    assert (fx, fy) == (-x, y)
    # D15: a builder that is made from a flipped camera does not know that it was flipped
    assert not flipped.rebuild().finish().getFocalPlaneParity()
    builder = flipped.rebuild()
    builder.setFocalPlaneParity(True)
    again = builder.finish().transform(Point2D(1.0, 2.0), FOCAL_PLANE, FIELD_ANGLE)
    assert_allclose(list(again), [fx, fy], rtol=1e-14)


def test_rebuilt_camera_keeps_everything() -> None:
    camera = make_camera()
    same = camera.rebuild().finish()
    assert_same_camera(camera, same)
    builder = camera.rebuild()
    builder.setName("Other")
    del builder["two"]
    assert builder["one"].discardTransformFromPixelsTo(TAN_PIXELS)
    other = builder.finish()
    assert (len(other), other.getName()) == (1, "Other")
    assert not other["one"].hasTransform(TAN_PIXELS) and camera["one"].hasTransform(TAN_PIXELS)


def assert_same_camera(one: Camera, other: Camera) -> None:
    assert one.getName() == other.getName()
    assert one.getPupilFactoryName() == other.getPupilFactoryName()
    assert set(one.getTransformMap()) == set(other.getTransformMap())
    for first, second in zip(one, other, strict=True):
        assert amplifier_values(first) == amplifier_values(second)
        assert orientation_values(first.getOrientation()) == orientation_values(second.getOrientation())
        assert np.array_equal(first.getCrosstalk(), second.getCrosstalk())
        assert (first.getName(), first.getId(), first.getSerial(), first.getType(), first.getBBox()) == (
            second.getName(), second.getId(), second.getSerial(), second.getType(), second.getBBox()
        )  # fmt: skip
        for system in (FOCAL_PLANE, FIELD_ANGLE):
            corners = [[list(p) for p in d.getCorners(system)] for d in (first, second)]
            assert_allclose(*corners, rtol=1e-13)


def test_rebuilt_detector() -> None:
    detector = make_camera()["one"]
    builder = detector.rebuild()
    builder.setSerial("new")
    builder[0].setGain(9.0)
    builder.unsetCrosstalk()
    changed = builder.finish()
    assert (changed.getSerial(), changed[0].getGain(), changed.hasCrosstalk()) == ("new", 9.0, False)
    assert (detector.getSerial(), detector[0].getGain(), detector.hasCrosstalk()) == ("serial 1", 1.5, True)
    assert changed.getTransformMap() is detector.getTransformMap()
    assert not hasattr(builder, "setOrientation")


def test_amplifier_builder() -> None:
    amplifier = make_camera()["one"][0]
    builder = amplifier.rebuild()
    builder.setRawXYOffset(Extent2I(3, 4))
    builder.setLinearityCoeffs([1, 2, 3])
    changed = builder.finish()
    same = amplifier.rebuild().finish()
    assert changed != amplifier != same, "an amplifier equals only itself"
    assert amplifier_values([changed]) != amplifier_values([amplifier]) == amplifier_values([same])
    assert changed.getRawXYOffset() == Extent2I(3, 4) and changed.getLinearityCoeffs().tolist() == [
        1.0,
        2.0,
        3.0,
    ]
    assert amplifier.getRawXYOffset() == Extent2I(0, 0)
    changed.getBBox().grow(5)
    changed.getLinearityCoeffs()[:] = 0.0
    assert changed.getBBox() == amplifier.getBBox() and changed.getLinearityCoeffs()[0] == 1.0


def test_refused_by_builders() -> None:
    builder = Camera.Builder("Cam")
    add_detector(builder, "one", 1, 0.0)
    for name, number in (("one", 2), ("other", 1)):
        with pytest.raises(exceptions.RuntimeError):
            builder.add(name, number)
    with pytest.raises(exceptions.InvalidParameterError):
        builder["one"].setTransformFromPixelsTo(CameraSys("Pixels", "two"), makeIdentityTransform())
    with pytest.raises(exceptions.InvalidParameterError):
        builder.setTransformFromFocalPlaneTo(CameraSys("Pixels", "one"), makeIdentityTransform())
    with pytest.raises(exceptions.InvalidParameterError):
        builder["one"].setCrosstalk([[1.0, 2.0]])
    with pytest.raises(KeyError):
        builder["two"]
    detector = make_camera()[1]
    with pytest.raises(exceptions.RuntimeError):
        DetectorCollection([detector, detector])


# -- persistence


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
    fields = [(f.getName(), f.getTypeString(), f.getDoc(), f.getUnits(), f.getSize()) for f in kept]
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
    with pytest.raises(exceptions.TypeError):
        _read_detector(archive, tables)
