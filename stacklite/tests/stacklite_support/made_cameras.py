"""A small camera built in memory, and the comparison of cameras."""

from __future__ import annotations

import math

import numpy as np
import starlink.Ast as Ast
from numpy.testing import assert_allclose

from lsst.afw.cameraGeom import (
    FIELD_ANGLE,
    FOCAL_PLANE,
    TAN_PIXELS,
    Amplifier,
    Camera,
    CameraSys,
    DetectorType,
    Orientation,
    ReadoutCorner,
)
from lsst.afw.geom import TransformPoint2ToPoint2, makeRadialTransform
from lsst.geom import Box2I, Extent2D, Extent2I, Point2D, Point2I
from stacklite_support.cameras import amplifier_values, orientation_values

A, B, C, D = (CameraSys(name) for name in "ABCD")


def zoom(factor: float) -> TransformPoint2ToPoint2:
    return TransformPoint2ToPoint2(Ast.ZoomMap(2, factor))


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
