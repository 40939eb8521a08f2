"""Points and extents: arithmetic, sequences, measures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lsst.geom as geom
from lsst.geom import Extent2D, Extent2I, Point2D, Point2I
from stacklite_support.golden import golden_cases, number
from stacklite_support.parity import parity


def test_kinds_of_coordinates() -> None:
    assert type(Point2I(1, 2) - Point2I(3, 4)) is Extent2I
    assert type(Point2I(1, 2) - Point2D(3, 4)) is Extent2D
    assert type(Point2I(1, 2) + Extent2I(3, 4)) is Point2I
    assert type(Extent2I(3, 4) + Point2I(1, 2)) is Point2I
    assert type(Extent2I(3, 4) * 2) is Extent2I
    assert type(Extent2I(3, 4) * 0.5) is Extent2D
    assert type(Extent2I(3, 4) / 2) is Extent2D
    assert Extent2I(-3, 5) // 2 == Extent2I(-2, 2)
    with pytest.raises(TypeError):
        Point2I(1, 2) + Point2I(1, 2)
    with pytest.raises(TypeError):
        Extent2I(1, 2) - Point2I(1, 2)
    with pytest.raises(TypeError):
        Point2I(1.5, 2)
    with pytest.raises(TypeError):
        Extent2I(Extent2D(1, 2))


def test_coordinates_are_mutable_sequences() -> None:
    point = Point2I([4, 5])
    alias = point
    point += Extent2I(1, 1)
    point.x = 7
    point[1] = -1
    assert alias is point
    assert (list(point), point.getX(), point.y, len(point)) == ([7, -1], 7, -1, 2)
    assert Point2D(np.array([1.0, 2.0])) == Point2D(x=1, y=2)
    assert repr(Point2D(1, 2)) == "Point2D(1.0, 2.0)"
    with pytest.raises(TypeError):
        point += Extent2D(1, 1)
    assert geom.floor(Extent2D(-0.5, 1.5)) == Extent2I(-1, 1)
    assert geom.ceil(Extent2D(-0.5, 1.5)) == Extent2I(0, 2)
    assert geom.truncate(Extent2D(-0.5, 1.5)) == Extent2I(0, 1)


SMALL = st.integers(-9, 9)


@given(SMALL, SMALL, SMALL, SMALL)
def test_measures_of_coordinates(x: int, y: int, u: int, v: int) -> None:
    for point, extent, origin in ((Point2I, Extent2I, Point2I()), (Point2D, Extent2D, Point2D())):
        a, b = point(x, y), point(u, v)
        assert a.distanceSquared(b) == (x - u) ** 2 + (y - v) ** 2 == (a - b).computeSquaredNorm()
        assert (a - b).computeNorm() == pytest.approx(math.hypot(x - u, y - v), rel=1e-15)
        assert a.asExtent() == extent(x, y) == a - origin
        assert type(a.asExtent()) is extent
        moved = a.clone()
        moved.shift(b.asExtent())
        assert moved == a + extent(u, v) == origin + extent(x + u, y + v)
        moved -= b.asExtent()
        assert moved == a


@pytest.mark.parametrize("kind", [geom.Point3D, geom.Point3I, geom.Extent3D, geom.Extent3I])
def test_three_dimensions(kind: Any) -> None:
    value = kind(1, 2, 3)
    value.setX(4)
    value.setY(5)
    value.setZ(-6)
    assert (value.getX(), value.getY(), value.getZ(), value.z) == (4, 5, -6, -6)
    value.z = 7
    assert value == kind([4, 5, 7]) == kind(np.array([4, 5, 7])) != kind(4, 5, 8)
    assert kind() == kind(0, 0, 0) and kind(2) == kind(2, 2, 2) and kind(z=3, x=1, y=2) == kind(1, 2, 3)
    for bad in (lambda: kind(1, 2), lambda: kind([1, 2]), lambda: kind(Point2I(1, 2)), lambda: kind(w=1)):
        with pytest.raises((TypeError, KeyError)):
            bad()
    assert value != Point2I(4, 5)


def test_extents_are_multiplied_in_place() -> None:
    extent = alias = Extent2D(3.0, -5.0)
    extent *= 2
    extent /= 4
    assert alias is extent and alias == Extent2D(1.5, -2.5) and -alias == Extent2D(-1.5, 2.5)
    integer = Extent2I(7, -7)
    integer //= 2
    assert integer == Extent2I(3, -4)
    with pytest.raises(TypeError):
        integer /= 2
    for bad in (lambda: extent * alias, lambda: extent // 2):  # type: ignore[operator]
        with pytest.raises(TypeError):
            bad()


# -- Values of the real stack ----------------------------------------------------------


@parity("Point2I", 0)
@golden_cases("geom", "Point2I(Point2D)")
def test_point_rounding(case: dict[str, Any]) -> None:
    x = number(case["inputs"]["x"])
    expected = case["expected"]
    assert Point2I(Point2D(x, 0.0))[0] == expected[0]
    if np.isfinite(x):
        assert Point2I(Point2D(0.0, -x))[1] == expected[1]
