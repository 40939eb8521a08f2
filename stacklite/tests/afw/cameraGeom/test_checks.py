"""Checks of detectors, transforms that replace orientations, quarter turns. Values are the real stack's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.cameraGeom import (
    FIELD_ANGLE,
    FOCAL_PLANE,
    PIXELS,
    Amplifier,
    Camera,
    CameraSys,
    Detector,
    Orientation,
)
from lsst.afw.geom import makeIdentityTransform, makeTransform
from lsst.geom import AffineTransform, Extent2D, LinearTransform, Point2D, degrees

ONES = np.ones((2, 2), np.float32)


def _camera(change: Callable[[Any], object], names: str = "") -> Camera:
    builder = Camera.Builder("camera")
    detector = builder.add("d", 0)
    detector.setPixelSize(Extent2D(0.01, 0.01))
    _append(detector, names)
    change(detector)
    return builder.finish()


def _append(builder: Any, names: Sequence[str]) -> None:
    for name in names:
        amplifier = Amplifier.Builder()
        amplifier.setName(name)
        builder.append(amplifier)


def _to_focal_plane(detector: Any) -> None:
    affine = AffineTransform(LinearTransform.makeScaling(2.0, 3.0), Extent2D(1, 1))
    detector.setTransformFromPixelsTo(FOCAL_PLANE, makeTransform(affine))


def _position(camera: Camera) -> tuple[float, ...]:
    return tuple(camera["d"].transform(Point2D(1, 1), PIXELS, FOCAL_PLANE))


def test_transforms_to_the_focal_plane_replace_the_orientation() -> None:
    camera = _camera(_to_focal_plane)
    assert _position(camera) == (3.0, 4.0)
    assert _position(_camera(lambda detector: None)) == (0.015, 0.015)
    builder = camera.rebuild()
    builder["d"].setOrientation(Orientation(Point2D(5, 5)))
    assert _position(builder.finish()) == (5.015, 5.015)
    for system in (FIELD_ANGLE, CameraSys("Own")):
        made = _camera(
            lambda detector, to=system: detector.setTransformFromPixelsTo(to, makeIdentityTransform())
        )
        assert made["d"].hasTransform(system)


def test_systems_of_other_detectors_are_refused() -> None:
    other = CameraSys("Pixels", "e")
    for system in (other, FOCAL_PLANE):
        with pytest.raises(pex_exceptions.InvalidParameterError, match="'d'"):
            _camera(lambda detector, to=system: detector.discardTransformFromPixelsTo(to))
    with pytest.raises(pex_exceptions.InvalidParameterError, match="'d'"):
        _camera(lambda detector: detector.setTransformFromPixelsTo(other, makeIdentityTransform()))


def _rebuilt(change: Callable[[Any], object], names: str) -> Detector:
    builder = _camera(lambda detector: None, "XY")["d"].rebuild()
    builder.clear()
    _append(builder, names)
    change(builder)
    return builder.finish()


@pytest.mark.parametrize("finish", [lambda change, names: _camera(change, names)["d"], _rebuilt])
def test_amplifiers_and_crosstalk_fit_together(finish: Callable[..., Detector]) -> None:
    with pytest.raises(pex_exceptions.InvalidParameterError, match="'d' has several .* 'A'"):
        finish(lambda detector: None, "ABA")
    for names in ("", "ABC"):
        with pytest.raises(pex_exceptions.InvalidParameterError, match=f"{len(names)} amplifiers"):
            finish(lambda detector: detector.setCrosstalk(ONES), names)
    with pytest.raises(pex_exceptions.InvalidParameterError, match=r"\(2, 3\)"):
        finish(lambda detector: detector.setCrosstalk(np.ones((2, 3), np.float32)), "AB")
    assert finish(lambda detector: detector.setCrosstalk(ONES), "AB").getCrosstalk().tolist() == ONES.tolist()
    assert not finish(lambda detector: detector.setCrosstalk(None), "A").hasCrosstalk()
    assert not finish(
        lambda detector: detector.setCrosstalk(np.zeros((0, 0), np.float32)), "A"
    ).hasCrosstalk()


@pytest.mark.parametrize(
    "wrong", [[1.0, 2.0, 3.0], np.ones(4, np.float32), np.ones((2, 2, 2), np.float32), 3.0, []]
)
def test_crosstalk_is_a_matrix(wrong: Any) -> None:
    with pytest.raises(TypeError, match="matrix"):
        _camera(lambda detector: detector.setCrosstalk(wrong))


@pytest.mark.parametrize(
    ("yaw", "turns"),
    [
        (0, 0),
        (44.9, 0),
        (45, 1),
        (135, 2),
        (360, 4),
        (450, 5),
        (719, 8),
        (810, 9),
        (-90, 3),
        (-45, 4),
        (-360, 0),
    ],
)
def test_quarter_turns(yaw: float, turns: int) -> None:
    assert Orientation(Point2D(0, 0), Point2D(0, 0), yaw * degrees).getNQuarter() == turns
