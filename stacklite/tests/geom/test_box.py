"""Boxes and intervals: sets of pixels, growth, corners."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lsst.pex.exceptions as pex_exceptions
from lsst.geom import Box2D, Box2I, Extent2D, Extent2I, IntervalD, IntervalI, Point2D, Point2I
from stacklite_support.golden import golden_cases, number
from stacklite_support.golden_geom import bounds2d, bounds2i
from stacklite_support.parity import parity

SMALL = st.integers(-50, 50)


def boxes() -> st.SearchStrategy[Box2I]:
    return st.builds(
        lambda x, y, w, h: Box2I(Point2I(x, y), Extent2I(w, h)),
        SMALL,
        SMALL,
        st.integers(0, 9),
        st.integers(0, 9),
    )


def pixels(box: Box2I) -> set[tuple[int, int]]:
    """Return the pixels of a box, by brute force."""
    return {(x, y) for x in range(box.beginX, box.endX) for y in range(box.beginY, box.endY)}


@given(boxes(), boxes())
def test_boxes_are_sets_of_pixels(a: Box2I, b: Box2I) -> None:
    assert pixels(a.clippedTo(b)) == pixels(a) & pixels(b)
    assert a.overlaps(b) == bool(pixels(a) & pixels(b))
    assert a.contains(b) == (pixels(b) <= pixels(a))
    assert pixels(a) | pixels(b) <= pixels(a.expandedTo(b))
    assert a.getArea() == len(pixels(a))
    assert Box2I(Box2D(a), Box2I.SHRINK) == a
    assert (a == b) == (pixels(a) == pixels(b))


@given(boxes(), st.integers(-5, 5))
def test_box_slices_and_growth(box: Box2I, amount: int) -> None:
    moved = box.shiftedBy(Extent2I(60, 60))
    assert np.zeros((130, 130))[moved.getSlices()].shape == (moved.getHeight(), moved.getWidth())
    if not box.isEmpty():
        assert box.dilatedBy(amount).getWidth() in (0, box.getWidth() + 2 * amount)
        assert box.dilatedBy(amount) == box.erodedBy(-amount)


def test_boxes_are_shifted_by_extents() -> None:
    box = Box2I(Point2I(1, 2), Extent2I(3, 4))
    assert box.shiftedBy(Extent2I(10, -2)) == Box2I(Point2I(11, 0), Extent2I(3, 4))
    assert Box2D(box).shiftedBy(Extent2D(10, -2)) == Box2D(box.shiftedBy(Extent2I(10, -2)))
    with pytest.raises(TypeError):
        box.shiftedBy(Point2I(10, -2))
    with pytest.raises(TypeError):
        box.shiftedBy(Extent2D(10, -2))


def test_box_contains_arrays() -> None:
    box = Box2I(Point2I(0, 0), Extent2I(3, 2))
    assert box.contains(x=np.array([0, 2, 3]), y=np.array([0, 1, 1])).tolist() == [True, True, False]
    inside = Box2D(box).contains(x=np.array([-0.5, 2.5, np.nan]), y=np.array([0.0, 0.0, 0.0]))
    assert inside.tolist() == [True, False, False]
    assert Point2I(0, 0) in box
    with pytest.raises(TypeError):
        box.contains(x=np.array([0.5]), y=np.array([0.5]))


@pytest.mark.parametrize("x", [0.0, 0.25, -7.5])
@pytest.mark.parametrize("size", [1, 2, 7])
def test_centered_box(x: float, size: int) -> None:
    box = Box2I.makeCenteredBox(Point2D(x, 2 * x), Extent2I(size, size + 1))
    assert box.getDimensions() == Extent2I(size, size + 1)
    assert abs(box.getCenterX() - x) <= 0.5
    assert abs(box.getCenterY() - 2 * x) <= 0.5


CORNERS = st.integers(-9, 9)


@given(CORNERS, CORNERS, st.integers(1, 9), st.integers(1, 9))
def test_accessors_of_boxes(x: int, y: int, width: int, height: int) -> None:
    box = Box2I(Point2I(x, y), Extent2I(width, height))
    assert (box.getBeginX(), box.getBeginY(), box.getEndX(), box.getEndY()) == (x, y, x + width, y + height)
    assert (box.beginX, box.beginY, box.endX, box.endY) == (*box.getBegin(), *box.getEnd())
    for each, pad in ((box, 0.0), (Box2D(box), 0.5)):
        assert (each.minX, each.minY, each.maxX, each.maxY) == (*each.getMin(), *each.getMax())
        assert Point2D(each.getMin()) == Point2D(x - pad, y - pad)
        assert (each.width, each.height, each.area) == (width, height, width * height)
        assert each.getDimensions() == type(each.getDimensions())(width, height)
        assert each.getCenter() == Point2D(each.centerX, each.centerY)
        assert each.getCenter() == Point2D(x + 0.5 * (width - 1), y + 0.5 * (height - 1))
        assert (each.x.min, each.x.max, each.y.min, each.y.max) == (*_ends(each, 0), *_ends(each, 1))
        assert type(each)(each.getX(), each.getY()) == type(each)(each) == each
        corners = {"minimum": each.getMin(), "maximum": each.getMax(), "invert": False}
        assert type(each)(**corners) == each == type(each)(x=each.x, y=each.y)
        assert type(each)(each.getMin(), dimensions=each.getDimensions()) == each
        assert each.contains(x=each.getMin()[0], y=each.getMin()[1]) and each.contains(each)
    assert box.toString() == f"Box2I(Point({x},{y}),Extent({width},{height}))"


def _ends(box: Any, axis: int) -> tuple[Any, Any]:
    return box.getMin()[axis], box.getMax()[axis]


@given(CORNERS, CORNERS, st.integers(1, 9), CORNERS, st.integers(1, 9))
def test_boxes_apart(x: int, y: int, size: int, u: int, other_size: int) -> None:
    one = Box2I(Point2I(x, y), Extent2I(size, size))
    other = Box2I(Point2I(u, y), Extent2I(other_size, 1))
    apart = x + size <= u or u + other_size <= x
    assert one.isDisjointFrom(other) == apart == (not one.overlaps(other))
    assert Box2D(one).isDisjointFrom(Box2D(other)) == apart == (not Box2D(one).overlaps(Box2D(other)))
    assert one.isDisjointFrom(Box2I()) and Box2D().isDisjointFrom(Box2D(one))


@pytest.mark.parametrize(("dx", "dy"), [(-3, 4), (3, -4), (-3, -4), (0, 4), (3, 0), (3, 4)])
def test_bounds_in_the_wrong_order(dx: int, dy: int) -> None:
    """They are swapped, or make the box empty; one such axis is enough."""
    corner, extent = Point2I(10, 20), Extent2I(dx, dy)
    end = corner + extent
    ordered = dx >= 0 and dy >= 0
    x0, x1, y0, y1 = *sorted((corner[0], end[0])), *sorted((corner[1], end[1]))
    assert Box2I(corner, end) == Box2I(Point2I(x0, y0), Extent2I(x1 - x0 + 1, y1 - y0 + 1))
    assert Box2I(corner, end, invert=False).isEmpty() != ordered
    sized = Box2I(corner, extent)
    assert sized.getDimensions() == (Extent2I(abs(dx), abs(dy)) if dx and dy else Extent2I(0, 0))
    assert sized.isEmpty() or corner in sized
    assert Box2I(corner, extent, invert=False).isEmpty() == (not (dx > 0 and dy > 0))
    assert Box2D(Point2D(corner), Point2D(end), invert=False).isEmpty() == (not (dx > 0 and dy > 0))
    assert (
        Box2D(Point2D(corner), Point2D(end)).isEmpty()
        == (not (dx and dy))
        == Box2D(Point2D(corner), Extent2D(extent)).isEmpty()
    )
    if dx and dy:
        assert [
            *Box2D(Point2D(corner), Point2D(end)).getMin(),
            *Box2D(Point2D(corner), Extent2D(extent)).getMax(),
        ] == [x0, y0, x1, y1]


def test_boxes_of_points() -> None:
    points = [Point2I(3, -1), Point2I(-2, 4), Point2I(0, 0)]
    whole, real = Box2I(), Box2D()
    for point in points:
        whole.include(point)
        real.include(Point2D(point))
    assert whole == Box2I(Point2I(-2, -1), Point2I(3, 4))
    assert all(p in whole and Point2D(p) in real for p in points), "the upper bound is just above"
    np.testing.assert_allclose([*real.getMin(), *real.getMax()], [-2, -1, 3, 4], rtol=1e-15)
    at_origin = Box2D()
    at_origin.include(Point2D(0, 0))
    assert Point2D(0, 0) in at_origin and not at_origin.isEmpty()
    for bad in (
        lambda: whole.include(real),
        lambda: whole.include(points),
        lambda: real.include(Point2I(0, 0)),
        lambda: whole.contains(Point2D(0, 0)),
        lambda: real.contains(Point2I(0, 0)),
        lambda: real.contains(x=1.0),
        lambda: real.contains(),
        lambda: whole.shift(Extent2D(1, 2)),
        lambda: real.grow(Extent2I(1, 2)),
        lambda: Box2I(5),
        lambda: Box2D(5),
        lambda: Box2I(size=5),
        lambda: Box2D(size=5),
        lambda: Box2I(minimum=Point2I(0, 0), dimensions=Extent2I(1, 1)),
        lambda: Box2I(whole, edgeHandling=Box2I.EXPAND),
        lambda: Box2I(real, 0),
        lambda: Box2D(Point2I(0, 0), Point2I(1, 1)),
        lambda: Box2D(other=real),
    ):
        with pytest.raises(TypeError):
            bad()
    with pytest.raises(pex_exceptions.InvalidParameterError, match="center"):
        Box2I.makeCenteredBox(Point2D(math.nan, 0), Extent2I(1, 1))


def test_real_boxes_are_grown_flipped_and_centered() -> None:
    box = Box2D.makeCenteredBox(Point2D(3.0, -1.0), Extent2D(2.0, 5.0))
    assert box == Box2D(Point2D(2.0, -3.5), Point2D(4.0, 1.5)) == Box2D(Point2D(4, 1.5), Extent2D(-2, -5))
    box.grow(Extent2D(0.5, 1.0))
    assert box == Box2D(Point2D(1.5, -4.5), Point2D(4.5, 2.5))
    box.flipLR(10.0)
    box.flipTB(2)
    assert box == Box2D(Point2D(5.5, -0.5), Point2D(8.5, 6.5))
    box.grow(-1.5)
    assert box.isEmpty() and Box2D.makeCenteredBox(Point2D(0, 0), Extent2D(0, 1)).isEmpty()
    box.flipLR(10.0)
    assert box == Box2D() and (box.getArea(), box.width) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("size", "dimensions", "empty"),
    [
        ((4.0, math.inf), (4.0, math.nan), False),
        ((4.0, -math.inf), (4.0, math.nan), False),
        ((math.inf, math.inf), (math.nan, math.nan), False),
        ((math.nan, 5.5), (0.0, 0.0), True),
    ],
)
def test_boxes_without_an_end(
    size: tuple[float, float], dimensions: tuple[float, float], empty: bool
) -> None:
    """Values of the real stack: only NaN in the first bound means that a box is empty."""
    box = Box2D.makeCenteredBox(Point2D(0, 0), Extent2D(*size))
    assert box.isEmpty() == empty
    np.testing.assert_equal(tuple(box.getDimensions()), dimensions)
    assert Box2I(box).isEmpty() and (box == Box2D(box)) == empty


def _real_box(x0: float, y0: float, x1: float, y1: float) -> Box2D:
    return Box2D(IntervalD(min=x0, max=x1), IntervalD(min=y0, max=y1))


NAN = math.nan
WHOLE, INNER, NO_X, NO_Y = (_real_box(*bounds) for bounds in (
    (0, 0, 10, 10), (2, 2, 4, 4), (NAN, 0, NAN, 5), (0, NAN, 5, NAN)))  # fmt: skip


# Bounds of the intersection and of the common box, whether they overlap, and whether the first contains the
# second: answers of the real stack.
@pytest.mark.parametrize(
    ("first", "second", "common", "both", "overlaps", "contains"),
    [
        (WHOLE, NO_X, (NAN, 0, NAN, 5), (0, 0, 10, 10), False, True),
        (WHOLE, NO_Y, (0, NAN, 5, NAN), (0, 0, 10, 10), True, True),
        (INNER, NO_X, (NAN, 2, NAN, 4), (2, 0, 4, 5), False, False),
        (NO_X, INNER, (NAN, 2, NAN, 4), (2, 0, 4, 5), False, False),
        (NO_Y, INNER, (2, NAN, 4, NAN), (0, 2, 5, 4), True, False),
        (NO_X, NO_Y, (NAN, NAN, NAN, NAN), (0, 0, 5, 5), False, False),
        (NO_Y, NO_Y, (0, NAN, 5, NAN), (0, NAN, 5, NAN), True, True),
        (Box2D(), NO_X, (NAN, NAN, NAN, NAN), (NAN, 0, NAN, 5), False, False),
        (NO_X, Box2D(), (NAN, NAN, NAN, NAN), (NAN, 0, NAN, 5), False, True),
        (WHOLE, _real_box(2, 20, 4, 30), (2, NAN, 4, NAN), (0, 0, 10, 30), False, False),
        (WHOLE, _real_box(10, 2, 40, 30), (NAN, NAN, NAN, NAN), (0, 0, 40, 30), False, False),
    ],
)
def test_boxes_with_undefined_bounds(
    first: Box2D, second: Box2D, common: Any, both: Any, overlaps: bool, contains: bool
) -> None:
    for found, expected in ((first.clippedTo(second), common), (first.expandedTo(second), both)):
        np.testing.assert_array_equal([*found.getMin(), *found.getMax()], expected)
    assert first.overlaps(second) is not first.isDisjointFrom(second) is not overlaps
    assert (first.contains(second), second in first) == (contains, contains)


def test_undefined_coordinates_do_not_enlarge_boxes() -> None:
    for x, y in ((NAN, 3), (3, NAN)):
        assert WHOLE.expandedTo(Point2D(x, y)) == WHOLE
    assert str(NO_Y.expandedTo(Point2D(3, 3))) == str(NO_Y)


def test_text_of_real_boxes() -> None:
    box = Box2D(Point2D(0, -2.5), Extent2D(4, 5))
    assert repr(box) == "Box2D(corner=Point2D(0, -2.5), dimensions=Extent2D(4, 5))"
    assert repr(Box2D()) == "Box2D(corner=Point2D(float('nan'), float('nan')), dimensions=Extent2D(0, 0))"


def test_intervals() -> None:
    whole = IntervalI(min=-2, max=3)
    assert (whole.begin, whole.end, whole.size) == (-2, 4, 6)
    assert np.arange(10)[IntervalI(min=2, max=4).slice()].tolist() == [2, 3, 4]
    assert [v in whole for v in (-3, -2, 3, 4)] == [False, True, True, False]
    assert IntervalI(min=0, max=3) in whole and IntervalI() in whole and IntervalI(min=0, max=4) not in whole
    assert IntervalI(min=3, max=-2) == IntervalI() and IntervalI().isEmpty() and not whole.isEmpty()
    real = IntervalD(min=-2.0, max=3.5)
    assert IntervalI(whole) == whole and IntervalD(real) == real
    assert (real.size, real.center, IntervalD().size) == (5.5, 0.75, 0.0)
    assert -2.0 in real and 3.5 in real and 3.6 not in real
    assert IntervalD(min=2.0, max=1.0).isEmpty() and Box2I(IntervalI(), whole) == Box2I()
    for kind in (IntervalI, IntervalD):
        for args, kwargs in (((0, 3), {}), ((), {"min": 0}), ((kind(),), {"min": 0, "max": 1})):
            with pytest.raises(TypeError):
                kind(*args, **kwargs)
    with pytest.raises(TypeError, match="unhashable"):
        hash(whole)


# -- Values of the real stack ----------------------------------------------------------


def box2i(bounds: Any) -> Box2I:
    return Box2I(Point2I(*bounds[:2]), Extent2I(*bounds[2:]))


def make_box(text: str) -> Box2I:
    """Return a box from what a case says of its construction."""
    numbers = [int(n) for n in re.findall(r"-?\d+", text)]
    invert = "no invert" not in text
    if text == "empty":
        return Box2I()
    if text.startswith("corners"):
        return Box2I(Point2I(*numbers[:2]), Point2I(*numbers[2:]), invert=invert)
    if text.startswith("negative extent"):
        return Box2I(Point2I(8, 4), Extent2I(-3, -2), invert=invert)
    return box2i(numbers)


@parity("Box2I", 0)
@golden_cases("geom", "Box2I")
def test_box2i(case: dict[str, Any]) -> None:
    box = make_box(case["inputs"]["make"])
    flipped_x, flipped_y = Box2I(box), Box2I(box)
    flipped_x.flipLR(100)
    flipped_y.flipTB(100)
    result = {
        "min": list(box.getMin()),
        "max": list(box.getMax()),
        "begin": list(box.getBegin()),
        "end": list(box.getEnd()),
        "width": box.getWidth(),
        "height": box.getHeight(),
        "area": box.getArea(),
        "empty": box.isEmpty(),
        "center": list(box.getCenter()),
        "corners": [list(p) for p in box.getCorners()],
        "box2d": bounds2d(Box2D(box)),
        "text": str(box),
        "repr": repr(box),
        "grown": [bounds2i(box.dilatedBy(n)) for n in (0, 3, -1, -2, -10)],
        "flip_lr": bounds2i(flipped_x),
        "flip_tb": bounds2i(flipped_y),
        "shifted": bounds2i(box.shiftedBy(Extent2I(5, -7))),
        "reflected": None,
    }
    np.testing.assert_equal(result, number(case["expected"]))


@parity("Box2D", 0)
@golden_cases("geom", "Box2D")
def test_box2d(case: dict[str, Any]) -> None:
    box = Box2D(Point2D(number(case["inputs"]["min"])), Point2D(number(case["inputs"]["max"])))
    check_box2d(box, number(case["expected"]))


@parity("Box2D", 0)
@golden_cases("geom", "Box2D()")
def test_box2d_default(case: dict[str, Any]) -> None:
    check_box2d(Box2D(), number(case["expected"]))


def check_box2d(box: Box2D, expected: dict[str, Any]) -> None:
    result = {
        "min": list(box.getMin()),
        "max": list(box.getMax()),
        "width": box.getWidth(),
        "height": box.getHeight(),
        "area": box.getArea(),
        "empty": box.isEmpty(),
        "center": list(box.getCenter()),
        "corners": [list(p) for p in box.getCorners()],
        "grown": [bounds2d(box.dilatedBy(n)) for n in (0, 2.5, -0.5, -50)],
        "text": str(box),
        "contains": [[p, box.contains(Point2D(p))] for p, _ in expected["contains"]],
    }
    for name, handling in (("expand", Box2I.EXPAND), ("shrink", Box2I.SHRINK)):
        if "error" in expected[name]:
            with pytest.raises(pex_exceptions.InvalidParameterError):
                Box2I(box, handling)
            result[name] = expected[name]
        else:
            result[name] = bounds2i(Box2I(box, handling))
    np.testing.assert_equal(result, expected)


@parity("Box2I", 0)
@golden_cases("geom", "Box2I pair")
def test_box2i_pair(case: dict[str, Any]) -> None:
    a, b = box2i(case["inputs"]["a"]), box2i(case["inputs"]["b"])
    ad, bd = Box2D(a), Box2D(b)
    result = {
        "overlaps": a.overlaps(b),
        "contains": a.contains(b),
        "clip": bounds2i(a.clippedTo(b)),
        "include": bounds2i(a.expandedTo(b)),
        "equal": a == b,
        "d_overlaps": ad.overlaps(bd),
        "d_contains": ad.contains(bd),
        "d_clip": bounds2d(ad.clippedTo(bd)),
        "d_include": bounds2d(ad.expandedTo(bd)),
    }
    np.testing.assert_equal(result, number(case["expected"]))


@parity("Box2I", 0)
@golden_cases("geom", "Box2I contains point")
def test_box2i_contains_point(case: dict[str, Any]) -> None:
    box, point = box2i(case["inputs"]["a"]), Point2I(*case["inputs"]["p"])
    result = {"contains": box.contains(point), "include": bounds2i(box.expandedTo(point))}
    assert result == case["expected"]


@parity("Box2D", 0)
@golden_cases("geom", "Box2D from points")
def test_box2d_from_points(case: dict[str, Any]) -> None:
    box = Box2D()
    for point in case["inputs"]["points"]:
        box.include(Point2D(point))
    assert bounds2d(box) == case["expected"]
