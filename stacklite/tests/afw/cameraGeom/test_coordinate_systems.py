"""Systems of coordinates on a camera, trees of transforms between them, orientations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.cameraGeom import (
    FIELD_ANGLE,
    FOCAL_PLANE,
    PIXELS,
    TAN_PIXELS,
    CameraSys,
    DetectorType,
    Orientation,
    ReadoutCorner,
    TransformMap,
)
from lsst.geom import Extent2D, Point2D, Point3D, degrees
from stacklite_support.made_cameras import A, B, C, D, make_camera, zoom


def connection(source: CameraSys, target: CameraSys, factor: float) -> TransformMap.Connection:
    return TransformMap.Connection(zoom(factor), source, target)


def test_a_tree_goes_every_way() -> None:
    # C is given in the wrong direction, and before the system through which it is connected.
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
    with pytest.raises(pex_exceptions.InvalidParameterError):
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
        with pytest.raises(pex_exceptions.InvalidParameterError):
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


# -- Values of the real stack ----------------------------------------------------------


def test_systems_have_the_names_of_the_stack() -> None:
    assert str(FOCAL_PLANE) == "CameraSys(FocalPlane)"
    assert str(CameraSys("Pixels", "R0_S0")) == "CameraSys(Pixels, R0_S0)"


def test_frames_of_a_camera() -> None:
    camera = make_camera()
    tree = camera.getTransformMap()
    detectors = list(camera)
    frames = tree.makeFrameSet(detectors, focalPlaneUnit="m")
    found = {frames.getFrame(i).ident: i for i in range(1, frames.nFrame + 1)}
    names = {f"DETECTOR_{detector.getId():03d}": detector for detector in detectors}
    assert list(found) == ["FOCAL_PLANE", "FIELD_ANGLE", *names]
    assert [frames.getFrame(i).getUnit(1) for i in (1, 2, 3)] == ["m", "rad", "pix"]
    assert tree.makeFrameSet([]).getFrame(1).getUnit(2) == "mm"
    for name, detector in names.items():
        frame, bbox = frames.getFrame(found[name]), detector.getBBox()
        assert [frame.getBottom(1), frame.getBottom(2)] == list(bbox.getMin())
        assert [frame.getTop(1), frame.getTop(2)] == list(bbox.getMax())
        for system, ident in ((FOCAL_PLANE, "FOCAL_PLANE"), (FIELD_ANGLE, "FIELD_ANGLE")):
            expected = detector.transform(Point2D(3.0, 5.0), PIXELS, system)
            mapping = frames.getMapping(found[name], found[ident])
            assert_allclose(mapping.applyForward([3.0, 5.0]), list(expected), rtol=1e-12, atol=1e-15)
    with pytest.raises(pex_exceptions.InvalidParameterError, match="not among"):
        TransformMap(A, {B: zoom(2.0)}).makeFrameSet(detectors)
