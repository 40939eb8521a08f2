"""All classes of `lsst.geom`: copies, hashes, range of integers."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import lsst.geom as geom
import lsst.pex.exceptions as pex_exceptions
from lsst.geom import Box2D, Box2I, Extent2D, Extent2I, Point2D, Point2I, SpherePoint, degrees


@pytest.mark.parametrize(
    "value",
    [
        3 * degrees,
        degrees,
        Point2I(1, -2),
        Point2D(1.5, math.inf),
        geom.Point3D(1, 2, 3),
        Extent2I(4, 5),
        geom.Extent3I(4, 5, 6),
        Box2I(Point2I(-3, 4), Extent2I(5, 6)),
        Box2I(),
        Box2D(Point2D(0.25, 1), Point2D(2, 3)),
        Box2D(),
        SpherePoint(10, 20, degrees),
        geom.LinearTransform([[1, 2], [3, 4]]),
        geom.AffineTransform([[1, 2], [3, 4]], Extent2D(5, 6)),
        geom.SphereTransform([[0, -1, 0], [1, 0, 0], [0, 0, 1]]),
        geom.IntervalI(min=2, max=5),
        geom.IntervalD(min=2.0, max=5.5),
    ],
    ids=repr,
)
def test_copies_are_equal(value: Any) -> None:
    for other in (pickle.loads(pickle.dumps(value)), copy.copy(value), copy.deepcopy(value)):
        assert type(other) is type(value)
        if type(value).__eq__ is object.__eq__:
            assert repr(other) == repr(value)
        else:
            assert other == value


def test_integers_have_32_bits() -> None:
    largest = 2**31 - 1
    for make in (Point2I, Extent2I):
        assert make(-(2**31), largest).getY() == largest
        for bad in (2**31, -(2**31) - 1):
            with pytest.raises(TypeError):
                make(0, bad)
    box = Box2I(Point2I(largest - 3, 0), Extent2I(3, 1))
    assert box.getEndX() == largest
    for change in (
        lambda: Box2I(Point2I(largest - 3, 0), Extent2I(4, 1)),
        lambda: Box2I(Point2I(-(2**31), 0), Point2I(10, 0)),
        lambda: Box2I(Box2D(Point2D(0, 0), Point2D(1, 1e10))),
        lambda: box.dilatedBy(1),
        lambda: box.shiftedBy(Extent2I(1, 0)),
        lambda: Box2I(Point2I(-5, -(2**31)), Extent2I(1, 1)).flipTB(9),
    ):
        with pytest.raises(pex_exceptions.OverflowError):
            change()


@pytest.mark.parametrize(
    "value",
    [1 * degrees, degrees, Point2I(), Extent2D(), geom.Point3D(), geom.Box2I(), geom.Box2D(), SpherePoint()],
    ids=repr,
)
def test_values_are_not_hashable(value: Any) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)


_BOX, _REAL_BOX = Box2I(Point2I(1, 2), Extent2I(3, 4)), Box2D(Point2D(1, 2), Extent2D(3, 4))


@pytest.mark.parametrize(
    "operation",
    [
        lambda: (1 * degrees).separation(degrees),
        lambda: (1 * degrees).wrapNear(1.0),
        lambda: +(1 * degrees),
        lambda: SpherePoint().separation(Point2D()),
        lambda: SpherePoint().bearingTo((0.0, 0.0)),
        lambda: SpherePoint().getTangentPlaneOffset(None),
        lambda: Point2I(1, 2).distanceSquared(Point2D(1, 2)),
        lambda: Point2D(1, 2).distanceSquared(Extent2D(1, 2)),
        lambda: Point2D(1, 2)[0:1],
        lambda: _BOX.clippedTo(_REAL_BOX),
        lambda: _BOX.overlaps(_REAL_BOX),
        lambda: _BOX.dilatedBy(0.5),
        lambda: 0.5 in geom.IntervalI(min=0, max=1),
        lambda: [0.5] in geom.IntervalD(min=0.0, max=1.0),
        lambda: geom.LinearTransform()["x"],
        lambda: geom.AffineTransform()["x"],
        lambda: geom.AffineTransform() * geom.LinearTransform(),
    ],
)
def test_other_kinds_are_refused(operation: Callable[[], Any]) -> None:
    """No answer would be better than one that the stack does not give."""
    with pytest.raises(TypeError):
        operation()


def test_numbers_of_an_affine_transform_are_not_counted_from_the_end() -> None:
    with pytest.raises(IndexError, match="the indices 0 to 5, not -1"):
        geom.AffineTransform()[-1]


@pytest.mark.parametrize("distance", [math.inf, math.nan])
def test_real_boxes_are_moved_by_finite_distances(distance: float) -> None:
    """As are their intervals."""
    for box in (_REAL_BOX, Box2D()):
        for change in (box.dilatedBy, box.erodedBy, box.shiftedBy):
            with pytest.raises(pex_exceptions.InvalidParameterError):
                change(Extent2D(0.5, distance))


def test_an_undefined_axis_stays_undefined() -> None:
    """The other one is changed, as by the stack."""
    box = Box2D(Point2D(math.nan, 0), Point2D(1, 2))
    assert str(box.reflectedAboutX(1.0)) == "(minimum=(nan, 0), maximum=(nan, 2))"
    assert str(box.reflectedAboutY(1.0)) == "(minimum=(nan, 0), maximum=(nan, 2))"
    assert str(box.shiftedBy(Extent2D(1, 1))) == "(minimum=(nan, 1), maximum=(nan, 3))"
