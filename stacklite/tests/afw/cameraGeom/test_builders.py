"""Builders of cameras, detectors and amplifiers: every property, changed, finished and stored."""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.cameraGeom import (
    ACTUAL_PIXELS,
    FIELD_ANGLE,
    FOCAL_PLANE,
    PIXELS,
    TAN_PIXELS,
    Amplifier,
    Camera,
    CameraSys,
    CameraSysPrefix,
    Detector,
    DetectorCollection,
    DetectorType,
    DetectorTypeNameValDict,
    DetectorTypeValNameDict,
    Orientation,
    ReadoutCorner,
)
from lsst.afw.geom import makeIdentityTransform, makeTransform
from lsst.geom import AffineTransform, Box2I, Extent2D, Extent2I, Point2D, Point2I, degrees
from lsst.pex.exceptions import InvalidParameterError
from stacklite_support.cameras import amplifier_values, connection_values
from stacklite_support.golden import own_file
from stacklite_support.made_cameras import add_detector, assert_same_camera, make_camera


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
        with pytest.raises(pex_exceptions.RuntimeError):
            builder.add(name, number)
    with pytest.raises(pex_exceptions.InvalidParameterError):
        builder["one"].setTransformFromPixelsTo(CameraSys("Pixels", "two"), makeIdentityTransform())
    with pytest.raises(pex_exceptions.InvalidParameterError):
        builder.setTransformFromFocalPlaneTo(CameraSys("Pixels", "one"), makeIdentityTransform())
    with pytest.raises(KeyError):
        builder["two"]
    detector = make_camera()[1]
    with pytest.raises(pex_exceptions.RuntimeError):
        DetectorCollection([detector, detector])


def box(x: int, y: int, width: int, height: int) -> Box2I:
    return Box2I(Point2I(x, y), Extent2I(width, height))


# Name after get and set, value of a new amplifier, another value.
PROPERTIES: list[tuple[str, Any, Any]] = [
    ("Name", "", "C01"),
    ("BBox", Box2I(), box(1, 2, 30, 40)),
    ("Gain", 0.0, 1.75),
    ("Saturation", 0.0, 1.0e5),
    ("SuspectLevel", 0.0, 9.0e4),
    ("ReadNoise", 0.0, 5.5),
    ("ReadoutCorner", ReadoutCorner.LL, ReadoutCorner.UR),
    ("LinearityType", "", "Polynomial"),
    ("LinearityThreshold", 0.0, 10.5),
    ("LinearityMaximum", 0.0, 2.0e4),
    ("LinearityUnits", "", "adu"),
    ("RawBBox", Box2I(), box(0, 0, 36, 48)),
    ("RawDataBBox", Box2I(), box(3, 0, 30, 40)),
    ("RawFlipX", False, True),
    ("RawFlipY", False, True),
    ("RawXYOffset", Extent2I(0, 0), Extent2I(72, -4)),
    ("RawHorizontalOverscanBBox", Box2I(), box(33, 0, 3, 40)),
    ("RawVerticalOverscanBBox", Box2I(), box(3, 40, 30, 8)),
    ("RawPrescanBBox", Box2I(), box(0, 0, 3, 40)),
]


def camera() -> Camera:
    """Return a camera that the real stack wrote."""
    return Camera.readFits(own_file("camera.fits"))


def first_detector() -> Detector:
    return next(iter(camera()))


@pytest.mark.parametrize(("name", "default", "value"), PROPERTIES)
def test_properties_of_amplifiers(name: str, default: Any, value: Any) -> None:
    """A builder changes itself only; an amplifier differs from one with another property."""

    def get(amplifier: Amplifier) -> Any:
        return getattr(amplifier, f"get{name}")()

    builder = Amplifier.Builder()
    before = builder.finish()
    getattr(builder, f"set{name}")(value)
    after = builder.finish()
    assert (get(before), get(builder), get(after)) == (default, value, value)
    copied = Amplifier.Builder()
    copied.assign(after)
    old, *new = amplifier_values([before, after, builder.finish(), after.rebuild().finish(), copied.finish()])
    assert new == [new[0]] * 4 and new[0] != old
    getattr(builder, f"set{name}")(default)
    assert amplifier_values([builder.finish()]) == [old]
    assert get(after) == value


@pytest.mark.parametrize(
    ("synonym", "name"),
    [("SerialOverscan", "HorizontalOverscan"), ("ParallelOverscan", "VerticalOverscan"),
     ("SerialPrescan", "Prescan"), ("HorizontalPrescan", "Prescan")],
)  # fmt: skip
def test_synonyms_of_raw_boxes(synonym: str, name: str) -> None:
    builder = Amplifier.Builder()
    getattr(builder, f"setRaw{synonym}BBox")(box(1, 2, 3, 4))
    assert getattr(builder, f"getRaw{synonym}BBox")() == getattr(builder, f"getRaw{name}BBox")()
    assert not getattr(builder, f"getRaw{name}BBox")().isEmpty()


def test_all_properties_are_stored(tmp_path: Path) -> None:
    detector = first_detector()
    builder = detector.rebuild()
    builder.clear()
    amplifier = Amplifier.Builder()
    for name, _, value in PROPERTIES:
        getattr(amplifier, f"set{name}")(value)
    amplifier.setLinearityCoeffs([0.5, math.nan, 1e-300, -2.0])
    builder.append(amplifier)
    builder.setPhysicalType("ITL")
    builder.setSerial("ITL-3800C-145")
    builder.setType(DetectorType.WAVEFRONT)
    builder.setBBox(box(5, 6, 70, 80))
    builder.setCrosstalk([[0.25]])
    changed = builder.finish()
    changed.writeFits(tmp_path / "detector.fits")
    for again in (Detector.readFits(tmp_path / "detector.fits"), pickle.loads(pickle.dumps(changed))):
        assert amplifier_values(again.getAmplifiers()) == amplifier_values([amplifier.finish()])
        for name, _, value in PROPERTIES:
            assert getattr(again["C01"], f"get{name}")() == value
        np.testing.assert_array_equal(again[0].getLinearityCoeffs(), [0.5, math.nan, 1e-300, -2.0])
        assert (again.getPhysicalType(), again.getSerial()) == ("ITL", "ITL-3800C-145")
        assert (again.getType(), again.getBBox()) == (DetectorType.WAVEFRONT, box(5, 6, 70, 80))
        assert again.hasCrosstalk() and again.getCrosstalk().tolist() == [[0.25]]
        assert connection_values(again.getTransformMap()) == connection_values(detector.getTransformMap())
    assert detector.getPhysicalType() != "ITL" and len(detector) > 1, "the first detector is as it was"


def test_amplifiers_of_builders() -> None:
    """Amplifiers are replaced, removed and changed in place, in order."""
    detector = first_detector()
    names = [amplifier.getName() for amplifier in detector]
    builder = detector.rebuild()
    new = Amplifier.Builder()
    new.setName("new")
    builder[1] = new
    first = builder[0].rebuild()
    first.setName("first")
    builder[0] = first
    builder.append(Amplifier.Builder(detector[0]))
    assert [a.getName() for a in builder] == ["first", "new", *names[2:], names[0]]
    assert "new" in builder and names[1] not in builder and len(builder) == len(names) + 1
    del builder[1]
    new.setName("changed later")
    finished = builder.finish()
    assert [a.getName() for a in finished] == ["first", *names[2:], names[0]]
    assert amplifier_values([finished[-1]]) == amplifier_values([detector[0]])
    for missing, error in (("new", InvalidParameterError), (len(finished), IndexError)):
        with pytest.raises(error):
            finished[missing]
    assert [a.getName() for a in detector] == names


def test_types_of_detectors_by_name() -> None:
    assert [DetectorTypeNameValDict[n] for n in ("SCIENCE", "FOCUS", "GUIDER", "WAVEFRONT")] == [
        DetectorType(number) for number in range(4)
    ]
    assert {v: k for k, v in DetectorTypeNameValDict.items()} == DetectorTypeValNameDict


@pytest.mark.parametrize("crosstalk", [[1.0, 2.0], np.zeros((2, 2, 2))])
def test_crosstalk_is_kept_when_another_is_refused(crosstalk: Any) -> None:
    builder = first_detector().rebuild()
    builder.setCrosstalk(np.eye(4))
    with pytest.raises(TypeError, match="are a matrix, not an array of shape"):
        builder.setCrosstalk(crosstalk)
    assert builder.getCrosstalk().tolist() == np.eye(4).tolist()
    builder.getCrosstalk()[:] = 7.0
    assert builder.finish().getCrosstalk().max() == 1.0
    builder.setCrosstalk(None)
    assert not builder.hasCrosstalk() and builder.finish().getCrosstalk().shape == (0, 0)


def test_names_of_coordinate_systems() -> None:
    detector = first_detector()
    pixels = detector.makeCameraSys(PIXELS)
    assert pixels == detector.getNativeCoordSys() == CameraSys("Pixels", detector.getName())
    assert pixels.hasDetectorName() and pixels.getDetectorName() == detector.getName()
    other = CameraSys("Pixels", "another")
    assert detector.makeCameraSys(other) == other, "a complete name is left alone"
    assert len({pixels, other, CameraSys("Pixels", "another")}) == 2
    for system in (FOCAL_PLANE, FIELD_ANGLE):
        assert not system.hasDetectorName() and system.getDetectorName() == ""
        assert detector.makeCameraSys(system) == system
    assert [p.getSysName() for p in (PIXELS, ACTUAL_PIXELS)] == ["Pixels", "ActualPixels"]
    assert PIXELS == CameraSysPrefix("Pixels") != TAN_PIXELS


def test_transforms_of_detectors_in_a_builder() -> None:
    """Transforms from pixels are replaced, or dropped one by one."""
    builder = camera().rebuild()
    name = first_detector().getName()
    detector = builder[name]
    double = makeTransform(AffineTransform.makeScaling(2.0))
    triple = makeTransform(AffineTransform.makeScaling(3.0))
    for system, transform in ((ACTUAL_PIXELS, double), (ACTUAL_PIXELS, triple), (TAN_PIXELS, double)):
        detector.setTransformFromPixelsTo(system, transform)
    built = builder.finish()[name]
    assert built.transform(Point2D(1.0, -2.0), PIXELS, ACTUAL_PIXELS) == Point2D(3.0, -6.0)
    assert built.transform(Point2D(2.0, -4.0), TAN_PIXELS, PIXELS) == Point2D(1.0, -2.0)
    assert detector.discardTransformFromPixelsTo(ACTUAL_PIXELS)
    assert not detector.discardTransformFromPixelsTo(ACTUAL_PIXELS)
    assert builder.finish()[name].hasTransform(TAN_PIXELS)
    assert detector.discardTransformFromPixelsTo(TAN_PIXELS)
    bare = builder.finish()[name]
    assert not bare.hasTransform(TAN_PIXELS) and not bare.hasTransform(ACTUAL_PIXELS)
    assert bare.hasTransform(FOCAL_PLANE)


def test_transforms_of_cameras_in_a_builder() -> None:
    builder = camera().rebuild()
    zoom, system = makeTransform(AffineTransform.makeScaling(4.0)), CameraSys("Other")
    builder.setTransformFromFocalPlaneTo(system, zoom)
    assert builder.finish().transform(Point2D(1.0, 2.0), FOCAL_PLANE, system) == Point2D(4.0, 8.0)
    assert builder.discardTransformFromFocalPlaneTo(system)
    assert not builder.discardTransformFromFocalPlaneTo(system)
    assert system not in builder.finish().getTransformMap()
    with pytest.raises(InvalidParameterError, match="besides"):
        builder.setTransformFromFocalPlaneTo(FOCAL_PLANE, zoom)
    with pytest.raises(TypeError, match="does not say which detector"):
        builder.finish().getTransform(FOCAL_PLANE, PIXELS)  # type: ignore[arg-type]


def test_builders_hold_their_detectors() -> None:
    builder = Camera.Builder("new")
    builder.setName("newer")
    builder.setPupilFactoryName("some.Factory")
    detector = builder.add("D1", 11)
    detector.setBBox(box(0, 0, 100, 50))
    detector.setPixelSize(Extent2D(0.01, 0.02))
    detector.setOrientation(Orientation(Point2D(5.0, 7.0), Point2D(49.5, 24.5), 90 * degrees))
    assert builder.finish().getName() == builder.getName() == "newer"
    assert builder.finish().getPupilFactoryName() == builder.getPupilFactoryName() == "some.Factory"
    assert builder[11] is builder["D1"] is detector and 12 not in builder and len(builder) == 1
    finished = builder.finish()
    # Turned by 90 degrees: 50 pixels of 0.02 mm in x, 100 pixels of 0.01 mm in y.
    bounds = finished.getFpBBox()
    np.testing.assert_allclose([*bounds.getMin(), *bounds.getMax()], [4.5, 6.5, 5.5, 7.5], rtol=0, atol=1e-13)
    del builder["D1"]
    assert len(builder.finish()) == 0 and len(finished) == 1
    assert builder.finish().getFpBBox().isEmpty()
    with pytest.raises(KeyError):
        del builder[11]
