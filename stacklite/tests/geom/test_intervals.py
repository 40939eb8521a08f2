"""Intervals: construction from two numbers, changes, and what is inside. Values of the real stack."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.geom import Box2D, Box2I, Extent2I, IntervalD, IntervalI, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError

INTEGER = IntervalI(min=1, max=4)
REAL = IntervalD(min=1.0, max=4.5)
HALF_INFINITE = IntervalD(min=-math.inf, max=2.0)


@pytest.mark.parametrize(
    ("given", "bounds"),
    [
        ({"min": 1, "size": 4}, (1, 4)),
        ({"max": 4, "size": 3}, (2, 4)),
        ({"center": 2, "size": 3}, (1, 3)),
        ({"center": 2, "size": 4}, (0, 3)),
        ({"center": -2, "size": 4}, (-3, 0)),
        ({"center": -3, "size": 5}, (-5, -1)),
        ({"min": 1, "size": 0}, (0, -1)),
        ({"max": 1, "size": -1}, (0, -1)),
        ({"min": np.int64(1), "max": np.int32(2)}, (1, 2)),
        ({"min": -(2**31), "size": 2**31 - 1}, (-(2**31), -2)),
    ],
)
def test_integer_intervals_of_two_numbers(given: Any, bounds: tuple[int, int]) -> None:
    interval = IntervalI(**given)
    assert (interval.min, interval.max) == (interval.getMin(), interval.getMax()) == bounds
    assert interval.size == interval.getSize() == bounds[1] - bounds[0] + 1
    assert (interval.begin, interval.end) == (interval.getBegin(), interval.getEnd())


@pytest.mark.parametrize(
    ("given", "bounds"),
    [
        ({"min": 1.0, "size": 4}, (1.0, 5.0)),
        ({"max": 1.0, "size": 4}, (-3.0, 1.0)),
        ({"center": 1.0, "size": 4}, (-1.0, 3.0)),
        ({"min": 1.0, "size": 0}, (1.0, 1.0)),
        ({"min": -math.inf, "max": math.inf}, (-math.inf, math.inf)),
    ],
)
def test_real_intervals_of_two_numbers(given: Any, bounds: tuple[float, float]) -> None:
    interval = IntervalD(**given)
    assert (interval.min, interval.max) == (interval.getMin(), interval.getMax()) == bounds
    assert interval.size == interval.getSize() == bounds[1] - bounds[0]


@pytest.mark.parametrize(
    "given",
    [{"min": 4.0, "max": 1.0}, {"min": math.nan, "max": 1.0}, {"center": 1.0, "size": -1.0},
     {"min": 2.0, "size": -math.inf}, {"center": math.nan, "size": 1.0}],
)  # fmt: skip
def test_empty_real_intervals(given: Any) -> None:
    assert IntervalD(**given) == IntervalD() and IntervalD(**given).isEmpty()
    assert math.isnan(IntervalD(**given).center) and IntervalD(**given).size == 0.0


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"min": 1},
        {"size": 1},
        {"min": 1, "max": 2, "size": 2},
        {"min": 1, "center": 2},
        {"min": 1, "x": 2},
    ],
)
def test_one_number_is_no_interval(given: Any) -> None:
    for kind in (IntervalI, IntervalD):
        with pytest.raises(TypeError):
            kind(1, **given)
        if given:
            with pytest.raises(TypeError):
                kind(**given)
    with pytest.raises(TypeError):
        IntervalI(min=1.5, max=2)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "given",
    [{"min": math.inf, "max": math.inf}, {"min": -math.inf, "max": -math.inf}, {"min": 1, "size": math.inf},
     {"min": -math.inf, "size": 1}, {"center": math.inf, "size": 1}, {"max": math.inf, "size": 1}],
)  # fmt: skip
def test_infinite_intervals_that_are_none(given: Any) -> None:
    with pytest.raises(InvalidParameterError):
        IntervalD(**given)


def test_integer_and_real_intervals() -> None:
    edges = IntervalI.EdgeHandlingEnum
    assert IntervalI(REAL) == IntervalI(other=REAL) == IntervalI(min=1, max=5)
    assert (
        IntervalI(REAL, edges.SHRINK) == IntervalI(REAL, edgeHandling=edges.SHRINK) == IntervalI(min=2, max=4)
    )
    assert IntervalI(IntervalD(min=0.6, max=1.4), edges.SHRINK).isEmpty()
    assert IntervalD(INTEGER) == IntervalD(min=0.5, max=4.5) != INTEGER
    assert IntervalI(IntervalD()).isEmpty() and IntervalD(IntervalI()).isEmpty()
    with pytest.raises(InvalidParameterError):
        IntervalI(HALF_INFINITE)
    with pytest.raises(TypeError):
        IntervalI(REAL, Box2I.SHRINK)  # type: ignore[call-overload]
    assert [i.isFinite() for i in (REAL, IntervalD(), HALF_INFINITE)] == [True, True, False]
    assert HALF_INFINITE.getCenter() == -math.inf and HALF_INFINITE.size == math.inf


@pytest.mark.parametrize("kind", [IntervalI, IntervalD])
def test_changes(kind: Any) -> None:
    interval, empty = kind(min=1, max=4), kind()
    assert interval.dilatedBy(1) == kind(min=0, max=5) and interval.erodedBy(1) == kind(min=2, max=3)
    assert interval.erodedBy(2).isEmpty() and empty.dilatedBy(3).isEmpty()
    assert interval.shiftedBy(3) == kind(min=4, max=7) and empty.shiftedBy(3).isEmpty()
    assert interval.reflectedAbout(3) == kind(min=2, max=5) and empty.reflectedAbout(3).isEmpty()
    assert interval.expandedTo(9) == kind(min=1, max=9) and empty.expandedTo(3) == kind(min=3, max=3)
    assert interval.expandedTo(kind(min=-3, max=-2)) == kind(min=-3, max=4)
    assert interval.expandedTo(empty) == empty.expandedTo(interval) == interval
    assert interval.clippedTo(kind(min=3, max=10)) == kind(min=3, max=4)
    assert interval.clippedTo(kind(min=5, max=10)).isEmpty() and interval.clippedTo(empty).isEmpty()
    assert interval.overlaps(kind(min=4, max=9)) and interval.intersects(kind(min=4, max=9))
    assert interval.isDisjointFrom(kind(min=5, max=9)) and interval.isDisjointFrom(empty)
    assert (
        kind.fromSpannedPoints([3, 1, 2]) == kind.fromSpannedPoints(np.array([3, 1, 2])) == kind(min=1, max=3)
    )
    assert kind.fromSpannedPoints([]).isEmpty()
    with pytest.raises(TypeError):
        interval.overlaps(INTEGER if kind is IntervalD else REAL)


def test_changes_of_real_intervals() -> None:
    assert REAL.dilatedBy(-1.75) == IntervalD(min=2.75, max=2.75) and REAL.dilatedBy(-1.8).isEmpty()
    assert HALF_INFINITE.shiftedBy(1) == IntervalD(min=-math.inf, max=3.0)
    assert HALF_INFINITE.reflectedAbout(1) == IntervalD(min=0.0, max=math.inf)
    for number in (math.nan, math.inf, -math.inf):
        for name in ("dilatedBy", "erodedBy", "shiftedBy", "reflectedAbout", "expandedTo"):
            with pytest.raises(InvalidParameterError):
                getattr(REAL, name)(number)
        with pytest.raises(InvalidParameterError):
            IntervalD.fromSpannedPoints([1.0, number])


def test_integer_intervals_have_32_bits() -> None:
    largest = 2**31 - 1
    for change in (
        lambda: IntervalI(min=largest, size=2),
        lambda: IntervalI(min=-(2**31), max=-1),
        lambda: IntervalI(IntervalD(min=1e10, max=1e11)),
        lambda: INTEGER.shiftedBy(largest),
        lambda: INTEGER.dilatedBy(largest),
        lambda: INTEGER.reflectedAbout(-(2**31)),
        lambda: INTEGER.expandedTo(-(2**31)),
    ):
        with pytest.raises(pex_exceptions.OverflowError):
            change()
    assert INTEGER.expandedTo(largest).max == largest
    for bad in (np.array([[1, 2]]), np.array([1.0, 2.0]), [1.5]):
        with pytest.raises(TypeError):
            IntervalI.fromSpannedPoints(bad)


def test_what_is_inside() -> None:
    assert INTEGER.contains([0, 1, 2, 9]).tolist() == [False, True, True, False]
    assert INTEGER.contains(np.array([0.5, 1, 4.5])).tolist() == [False, True, True]
    assert REAL.contains(np.array([[1.0, math.inf], [4.5, 5.0]])).tolist() == [[True, False], [True, False]]
    assert REAL.contains(REAL) and IntervalD() in REAL and REAL not in IntervalD()
    assert HALF_INFINITE.contains(-math.inf) and not IntervalD().contains(1.0)
    for value in (math.nan, [1.0, math.nan]):
        with pytest.raises(InvalidParameterError):
            REAL.contains(value)
    for one, other in ((INTEGER, REAL), (REAL, INTEGER)):
        with pytest.raises(TypeError):
            one.contains(other)


def test_values_of_integer_intervals() -> None:
    assert list(INTEGER.range()) == INTEGER.arange().tolist() == [1, 2, 3, 4]
    assert (INTEGER.arange().dtype, INTEGER.arange(dtype=float).dtype) == (np.int32, np.float64)
    assert len(IntervalI().range()) == IntervalI().arange().size == 0
    assert (repr(INTEGER), str(INTEGER), repr(IntervalI())) == (
        "IntervalI(min=1, max=4)", "(min=1, max=4)", "IntervalI()"
    )  # fmt: skip
    assert (repr(REAL), str(IntervalD(min=0.1, max=1 / 3))) == (
        "IntervalD(min=1, max=4.5)", "(min=0.1, max=0.333333)"
    )  # fmt: skip


# -- Boxes -----------------------------------------------------------------------------


def test_boxes_are_swapped_and_mirrored() -> None:
    box, other = Box2I(Point2I(1, 2), Extent2I(3, 2)), Box2I()
    box.swap(other)
    assert box.isEmpty() and other == Box2I(Point2I(1, 2), Extent2I(3, 2))
    assert other.reflectedAboutX(0) == Box2I(Point2I(-3, 2), Extent2I(3, 2))
    assert other.reflectedAboutY(5) == Box2I(Point2I(1, 7), Extent2I(3, 2))
    real = Box2D(Point2D(1, 2), Point2D(3.5, 4))
    assert real.reflectedAboutY(0.5) == Box2D(Point2D(1, -3), Point2D(3.5, -1))
    assert Box2D().reflectedAboutX(3).isEmpty() and Box2I().reflectedAboutY(3).isEmpty()
    assert real.toString() == "Box2D(Point(1,2),Point(3.5,4))"
    assert (Box2I.Point, Box2I.Extent, Box2D.Point) == (Point2I, Extent2I, Point2D)
    assert other.intersects(Box2I(Point2I(3, 3), Extent2I(1, 1))) and not real.intersects(Box2D())
    with pytest.raises(TypeError):
        other.swap(real)
    with pytest.raises(InvalidParameterError):
        real.reflectedAboutX(math.nan)


def test_grids_of_pixels() -> None:
    box = Box2I(Point2I(1, 2), Extent2I(3, 2))
    x, y = box.grid()
    assert (x.tolist(), y.tolist(), x.dtype) == ([[1, 2, 3]] * 2, [[2] * 3, [3] * 3], np.int32)
    assert box.grid(dtype=float)[1].dtype == np.float64 and Box2I().grid()[0].shape == (0, 0)
    image = np.arange(20).reshape(4, 5)
    np.testing.assert_array_equal(image[box.slices], image[y, x])
