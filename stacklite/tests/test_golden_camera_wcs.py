"""`lsst.afw.cameraGeom` and `lsst.obs.base.yamlCamera` against the values of the real stack."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from numpy.testing import assert_allclose

from lsst.afw.cameraGeom import (
    ACTUAL_PIXELS,
    FIELD_ANGLE,
    FOCAL_PLANE,
    PIXELS,
    TAN_PIXELS,
    Amplifier,
    Camera,
    CameraSys,
    Detector,
)
from lsst.geom import Box2I, Point2D
from lsst.obs.base.yamlCamera import makeCamera
from lsst.pex import exceptions
from stacklite_support.golden import cases, golden_file, number
from stacklite_support.parity import parity

SYSTEMS = {s.getSysName(): s for s in (FOCAL_PLANE, FIELD_ANGLE, PIXELS, TAN_PIXELS, ACTUAL_PIXELS)}
TOLERANCE = {"rtol": 1e-10, "atol": 1e-12}
# the scale of TAN_PIXELS is a numerical derivative (1e-10) times up to 1e3 pixels; the FITS files hold it
FROM_YAML_TAN = {"rtol": 1e-10, "atol": 1e-6}
# one part in 1e8 is the stopping criterion of the radial inverse
INVERSE = {"rtol": 1e-8, "atol": 1e-9}


@cache
def camera(name: str) -> Camera:
    return Camera.readFits(golden_file(name)) if name.endswith(".fits") else makeCamera(golden_file(name))


SOURCES = ["file", "yaml"]


def params(kind: str) -> Any:
    found = [pytest.param(c, s, id=f"{c['id']}-{s}") for c in cases("camera", kind) for s in SOURCES]
    return pytest.mark.parametrize(("case", "source"), found)


def points(values: Any) -> list[Point2D]:
    return [Point2D(*p) for p in values]


def xy(values: list[Point2D]) -> list[list[float]]:
    return [[p.getX(), p.getY()] for p in values]


def box(value: Box2I) -> list[int]:
    return [*value.getMin(), *value.getDimensions()]


@parity("Camera", 1e-10)
@params("Camera")
def test_camera(case: dict[str, Any], source: str) -> None:
    cam, expected = camera(case["inputs"][source]), case["expected"]
    assert cam.getName() == expected["name"]
    assert [d.getId() for d in cam] == list(cam.getIdIter()) == expected["ids"]
    assert [d.getName() for d in cam] == expected["names"]
    assert set(cam.getNameIter()) == set(expected["name_iter"])  # the stack's order is that of a hash
    assert len(cam) == expected["length"]
    assert cam.getFocalPlaneParity() == expected["parity"]
    assert cam.getPupilFactoryName() == expected["pupil_factory"]
    for missing in (-5, "no such detector"):
        with pytest.raises(KeyError):
            cam[missing]
    first = next(iter(cam))
    assert [first.getId() in cam, first.getName() in cam, -5 in cam] == expected["contains"]
    bbox = cam.getFpBBox()
    assert_allclose([*bbox.getMin(), *bbox.getMax()], expected["fp_bbox"], **TOLERANCE)


@params("Camera")
def test_camera_transforms(case: dict[str, Any], source: str) -> None:
    cam, expected = camera(case["inputs"][source]), case["expected"]
    focal_plane = [[0.0, 0.0], [10.0, -5.0], [0.0, 20.0], [100.0, 100.0]]
    to_field = cam.transform(points(focal_plane), FOCAL_PLANE, FIELD_ANGLE)
    assert_allclose(xy(to_field), expected["fp_to_field"], **TOLERANCE)
    field = [[0.0, 0.0], [0.001, -0.0005], [0.01, 0.01]]
    assert_allclose(
        xy(cam.transform(points(field), FIELD_ANGLE, FOCAL_PLANE)), expected["field_to_fp"], **INVERSE
    )
    for point, ids in expected["find_detectors"]:
        assert [d.getId() for d in cam.findDetectors(Point2D(*point), FOCAL_PLANE)] == ids


def detector_of(case: dict[str, Any], source: str) -> tuple[Detector, dict[str, Any]]:
    return camera(case["inputs"][source])[case["inputs"]["id"]], case["expected"]


@parity("TransformMap", 0, parts=("systems", "parity"))
@parity("Detector", 1e-10, parts=("name", "serial", "bbox", "pixel_size", "crosstalk", "systems"))
@params("Detector")
def test_detector(case: dict[str, Any], source: str) -> None:
    detector, expected = detector_of(case, source)
    assert detector.getName() == expected["name"]
    assert detector.getSerial() == expected["serial"]
    assert detector.getType().name == expected["type"]
    assert detector.getPhysicalType() == expected["physical_type"]
    assert box(detector.getBBox()) == expected["bbox"]
    assert list(detector.getPixelSize()) == expected["pixel_size"]
    assert detector.hasCrosstalk() == expected["has_crosstalk"]
    # float32 in the camera
    assert_allclose(detector.getCrosstalk().ravel(), _flat(expected["crosstalk"]), rtol=1e-7)
    assert detector.getTransformMap().getFocalPlaneParity() == expected["parity"]
    assert sorted(str(s) for s in detector.getTransformMap()) == expected["systems"]


def _flat(rows: list[Any]) -> list[float]:
    return [v for row in rows for v in row] if rows and isinstance(rows[0], list) else rows


@parity("Orientation", 1e-15, parts=("orientation",))
@params("Detector")
def test_orientation(case: dict[str, Any], source: str) -> None:
    detector, expected = detector_of(case, source)
    orientation, values = detector.getOrientation(), expected["orientation"]
    assert list(orientation.getFpPosition()) == values["fp"]
    assert list(orientation.getFpPosition3()) == values["fp3"]
    assert list(orientation.getReferencePoint()) == values["ref"]
    angles = [orientation.getYaw(), orientation.getPitch(), orientation.getRoll()]
    assert_allclose(
        [a.asRadians() for a in angles], [values[n] for n in ("yaw", "pitch", "roll")], rtol=1e-15
    )
    assert orientation.getNQuarter() == values["n_quarter"]


@parity("Detector", 1e-10, parts=("corners", "center"))
@params("Detector")
def test_corners_and_centre(case: dict[str, Any], source: str) -> None:
    detector, expected = detector_of(case, source)
    for name, corners in expected["corners"].items():
        if "error" in corners:
            with pytest.raises(getattr(exceptions, corners["error"])):
                detector.getCorners(SYSTEMS[name])
            continue
        tolerance = tolerance_of(name, source)
        assert_allclose(xy(detector.getCorners(SYSTEMS[name])), corners, **tolerance)
        assert_allclose(list(detector.getCenter(SYSTEMS[name])), expected["center"][name], **tolerance)


def tolerance_of(system: str, source: str) -> dict[str, float]:
    return FROM_YAML_TAN if (system, source) == ("TanPixels", "yaml") else TOLERANCE


@parity("Detector", 1e-8, parts=("transforms",))
@parity("TransformPoint2ToPoint2", 1e-8, parts=("transforms",))
@params("Detector")
def test_detector_transforms(case: dict[str, Any], source: str) -> None:
    detector, expected = detector_of(case, source)
    for name, values in expected["transforms"].items():
        from_sys, to_sys = (SYSTEMS[s] for s in name.split("->"))
        if "error" in values:
            with pytest.raises(getattr(exceptions, values["error"])):
                detector.getTransform(from_sys, to_sys)
            continue
        transform = detector.getTransform(from_sys, to_sys)
        forward = transform.applyForward(points(values["points"]))
        tolerance = tolerance_of(to_sys.getSysName(), source)
        if from_sys == FIELD_ANGLE:
            tolerance = {"rtol": 1e-8, "atol": 1e-6}  # INVERSE, in pixels
        assert_allclose(xy(forward), number(values["forward"]), **tolerance)
        assert_allclose(
            xy(transform.applyInverse(forward)), number(values["round_trip"]), rtol=1e-8, atol=1e-6
        )


@parity("Amplifier", 0, parts=("amplifiers",))
@params("Detector")
def test_amplifiers(case: dict[str, Any], source: str) -> None:
    detector, expected = detector_of(case, source)
    assert [a.getName() for a in detector] == [a["name"] for a in expected["amplifiers"]]
    for amplifier, values in zip(detector, expected["amplifiers"], strict=True):
        assert detector[amplifier.getName()] == amplifier
        check_amplifier(amplifier, values)


def check_amplifier(amplifier: Amplifier, expected: dict[str, Any]) -> None:
    levels = {
        "gain": amplifier.getGain(),
        "read_noise": amplifier.getReadNoise(),
        "saturation": amplifier.getSaturation(),
        "suspect": amplifier.getSuspectLevel(),
        "linearity_threshold": amplifier.getLinearityThreshold(),
        "linearity_maximum": amplifier.getLinearityMaximum(),
    }
    for name, value in levels.items():
        assert_allclose(value, number(expected[name]), rtol=0, err_msg=name)
    assert_allclose(amplifier.getLinearityCoeffs(), number(expected["linearity_coeffs"]), rtol=0)
    assert amplifier.getLinearityType() == expected["linearity_type"]
    assert amplifier.getLinearityUnits() == expected["linearity_units"]
    assert amplifier.getReadoutCorner().name == expected["corner"]
    assert [amplifier.getRawFlipX(), amplifier.getRawFlipY()] == expected["raw_flip"]
    assert list(amplifier.getRawXYOffset()) == expected["raw_xy_offset"]
    boxes = {
        "bbox": amplifier.getBBox(),
        "raw_bbox": amplifier.getRawBBox(),
        "raw_data_bbox": amplifier.getRawDataBBox(),
        "raw_serial_overscan": amplifier.getRawSerialOverscanBBox(),
        "raw_parallel_overscan": amplifier.getRawParallelOverscanBBox(),
        "raw_prescan": amplifier.getRawPrescanBBox(),
    }
    assert {name: box(value) for name, value in boxes.items()} == {name: expected[name] for name in boxes}


def test_systems_have_the_names_of_the_stack() -> None:
    assert str(FOCAL_PLANE) == "CameraSys(FocalPlane)"
    assert str(CameraSys("Pixels", "R0_S0")) == "CameraSys(Pixels, R0_S0)"
