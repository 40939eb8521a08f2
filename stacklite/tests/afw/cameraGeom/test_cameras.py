"""Cameras and their detectors and amplifiers: positions, transforms, files."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.cameraGeom import (
    ACTUAL_PIXELS,
    FIELD_ANGLE,
    FOCAL_PLANE,
    PIXELS,
    TAN_PIXELS,
    Amplifier,
    Camera,
    Detector,
    ReadoutCorner,
)
from lsst.geom import Box2I, Point2D
from lsst.obs.base.yamlCamera import makeCamera
from stacklite_support.cameras import amplifier_values, connection_values, orientation_values
from stacklite_support.golden import cases, golden_file, number
from stacklite_support.made_cameras import make_camera
from stacklite_support.parity import parity
from stacklite_support.paths import REFERENCE_VISIT
from stacklite_support.reference_visit import EXPECTED
from support.realdata import REALDATA, needs_realdata


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
    # D15: a builder that is made from a flipped camera does not know that it was flipped.
    assert not flipped.rebuild().finish().getFocalPlaneParity()
    builder = flipped.rebuild()
    builder.setFocalPlaneParity(True)
    again = builder.finish().transform(Point2D(1.0, 2.0), FOCAL_PLANE, FIELD_ANGLE)
    assert_allclose(list(again), [fx, fy], rtol=1e-14)


# -- Values of the real stack ----------------------------------------------------------

SYSTEMS = {s.getSysName(): s for s in (FOCAL_PLANE, FIELD_ANGLE, PIXELS, TAN_PIXELS, ACTUAL_PIXELS)}
TOLERANCE = {"rtol": 1e-10, "atol": 1e-12}
# The scale of TAN_PIXELS is a numerical derivative (1e-10) times up to 1e3 pixels; the FITS files hold it.
FROM_YAML_TAN = {"rtol": 1e-10, "atol": 1e-6}
# One part in 1e8 is the stopping criterion of the radial inverse.
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
    # `float32` in the camera.
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
def test_corners_and_center(case: dict[str, Any], source: str) -> None:
    detector, expected = detector_of(case, source)
    for name, corners in expected["corners"].items():
        if "error" in corners:
            with pytest.raises(getattr(pex_exceptions, corners["error"])):
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
            with pytest.raises(getattr(pex_exceptions, values["error"])):
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


# -- The reference visit ---------------------------------------------------------------


def test_camera_from_both_descriptions() -> None:
    stored = Camera.readFits(str(REFERENCE_VISIT / "camera.fits"))
    made = makeCamera(str(REFERENCE_VISIT / "camera.yaml"))
    assert [d.getId() for d in stored] == [d.getId() for d in made] == EXPECTED["detectors"]
    for one, other in zip(stored, made, strict=True):
        assert amplifier_values(one) == amplifier_values(other)
        assert orientation_values(one.getOrientation()) == orientation_values(other.getOrientation())
        assert (one.getName(), one.getSerial(), one.getType(), one.getPhysicalType(), one.getBBox()) == (
            other.getName(), other.getSerial(), other.getType(), other.getPhysicalType(), other.getBBox()
        )  # fmt: skip
        for system in (PIXELS, FOCAL_PLANE, FIELD_ANGLE, TAN_PIXELS):
            corners = [[list(p) for p in d.getCorners(system)] for d in (one, other)]
            # The inverse of the radial polynomial is good to 1e-8 and enters the scale of TAN_PIXELS.
            assert_allclose(*corners, rtol=1e-10, atol=1e-7 if system == TAN_PIXELS else 1e-12)


def test_camera_survives(tmp_path: Any) -> None:
    camera = Camera.readFits(str(REFERENCE_VISIT / "camera.fits"))
    camera.writeFits(str(tmp_path / "camera.fits"))
    copy = Camera.readFits(str(tmp_path / "camera.fits"))
    assert connection_values(copy.getTransformMap()) == connection_values(camera.getTransformMap())
    assert (copy.getName(), copy.getPupilFactoryName()) == (camera.getName(), camera.getPupilFactoryName())
    for one, other in zip(camera, copy, strict=True):
        assert amplifier_values(one) == amplifier_values(other)
        assert orientation_values(one.getOrientation()) == orientation_values(other.getOrientation())


def test_detector_of_an_exposure_file_is_that_of_the_camera() -> None:
    from lsst.afw.image import ExposureF

    camera = Camera.readFits(str(REFERENCE_VISIT / "camera.fits"))
    detector = ExposureF(str(REFERENCE_VISIT / "calexp_94.fits")).getDetector()
    assert connection_values(detector.getTransformMap()) == connection_values(camera.getTransformMap())
    assert amplifier_values(detector) == amplifier_values(camera[94])


# -- Real files ------------------------------------------------------------------------

REAL_CAMERAS = {"hsc/camera_HSC.fits": 112, "cfht/camera_MegaPrime.fits": 36}


@needs_realdata
@pytest.mark.parametrize("name", REAL_CAMERAS)
def test_camera_evaluates(name: str) -> None:
    camera = Camera.readFits(str(REALDATA / name))
    assert len(camera) == REAL_CAMERAS[name]
    for detector in camera:
        pixels = [Point2D(0.0, 0.0), Point2D(1000.0, 2000.0)]
        back = detector.transform(detector.transform(pixels, PIXELS, FIELD_ANGLE), FIELD_ANGLE, PIXELS)
        assert_allclose([list(p) for p in back], [list(p) for p in pixels], atol=0.01)  # fitted inverse


@needs_realdata
@pytest.mark.parametrize("name", REAL_CAMERAS)
def test_center_of_every_detector_is_found_there(name: str) -> None:
    camera = Camera.readFits(str(REALDATA / name))
    centers = [detector.getCenter(FOCAL_PLANE) for detector in camera]
    for detector, found in zip(camera, camera.findDetectorsList(centers, FOCAL_PLANE), strict=True):
        assert detector.getId() in [d.getId() for d in found]


@needs_realdata
@pytest.mark.parametrize("name", REAL_CAMERAS)
def test_real_cameras_survive(name: str, tmp_path: Path) -> None:
    camera = Camera.readFits(str(REALDATA / name))
    camera.writeFits(str(tmp_path / "camera.fits"))
    copy = Camera.readFits(str(tmp_path / "camera.fits"))
    assert connection_values(copy.getTransformMap()) == connection_values(camera.getTransformMap())
    for one, other in zip(camera, copy, strict=True):
        assert_same_detector(one, other)


def assert_same_detector(one: Detector, other: Detector) -> None:
    assert (one.getName(), one.getId(), one.getType(), one.getSerial(), one.getPhysicalType()) == (
        other.getName(), other.getId(), other.getType(), other.getSerial(), other.getPhysicalType()
    )  # fmt: skip
    assert one.getBBox() == other.getBBox()
    assert one.getPixelSize() == other.getPixelSize()
    assert orientation_values(one.getOrientation()) == orientation_values(other.getOrientation())
    assert amplifier_values(one) == amplifier_values(other)
    assert np.array_equal(one.getCrosstalk(), other.getCrosstalk())


@needs_realdata
def test_detector_of_a_real_exposure(tmp_path: Path) -> None:
    from lsst.afw.image import ExposureF

    detector = ExposureF(str(REALDATA / "hsc/calexp_180802004_4.fits")).getDetector()
    camera = Camera.readFits(str(REALDATA / "hsc/camera_HSC.fits"))
    assert detector.getName() == camera[detector.getId()].getName()
    assert detector.getBBox() == camera[detector.getId()].getBBox()
