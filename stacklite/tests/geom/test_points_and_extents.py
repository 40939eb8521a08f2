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
        Point2I(1.5)


@pytest.mark.parametrize("kind", [Point2I, Extent2I])
def test_real_components_of_integer_kinds_lose_their_fractions(kind: Any) -> None:
    for value in (kind(1.5, -2.5), kind([1.5, -2.5]), kind(np.array([1.5, -2.5])), kind(Extent2D(1.9, -2.9))):
        assert value == kind(1, -2)
    assert kind(np.float64(3.0), 4) == kind(3, 4) == kind(np.array([[3], [4]]))
    assert Extent2I(Point2D(1.5, -1.5)) == Extent2I(1, -1) and Point2I(Point2D(1.5, -1.6)) == Point2I(2, -2)
    for bad in ((math.nan, 0), (0.0, 1e10), ("1", 2), (None, 2)):
        with pytest.raises(TypeError):
            kind(*bad)


@pytest.mark.parametrize("bad", ["ab", "12", ("a", 1.0), [1.0], [[1.0, 2.0]]])
def test_text_is_no_number(bad: Any) -> None:
    for kind in (Point2D, Extent2D, Point2I):
        with pytest.raises(TypeError):
            kind(*bad) if isinstance(bad, tuple) else kind(bad)


def test_kinds_of_coordinates_are_not_equal() -> None:
    assert Point2I(1, 2) == Point2I(1, 2) != Point2D(1, 2) != Extent2D(1, 2) != Extent2I(1, 2)


@pytest.mark.parametrize("kind", [Point2D, Extent2D])
def test_an_undefined_coordinate_equals_nothing(kind: type) -> None:
    """Not even itself, as in the stack, although the tuples of equal objects are equal."""
    value = kind(math.nan, 1)
    assert value != value and value != kind(*value)
    assert Point2D(1, 2) != (1, 2)


def test_numpy_functions_take_coordinates() -> None:
    for kind in (Point2D, Point2I, Extent2D, Extent2I):
        np.testing.assert_array_equal(np.isfinite(kind(1, 4)), [True, True])
        np.testing.assert_array_equal(np.sqrt(kind(1, 4)), [1.0, 2.0])
        np.testing.assert_array_equal(kind(1, 4) == np.array([1.0, 2.0]), [True, False])
        np.testing.assert_array_equal(kind(1, 4) + np.array([1.0, 2.0]), [2.0, 6.0])
    np.testing.assert_array_equal(np.isnan(Point2D(math.nan, 1)), [True, False])
    np.testing.assert_array_equal(Extent2I(1, 4) * np.array([1, 2]), [1, 8])
    # NumPy's own numbers come first with their operations.
    np.testing.assert_array_equal(np.float64(2) * Extent2D(1, 4), [2.0, 8.0])
    assert Extent2D(1, 4) * np.float64(2) == Extent2D(2, 8)


@pytest.mark.parametrize(
    "value",
    [Point2D(0.1, -1 / 3), Point2D(math.inf, -math.inf), Extent2D(1e-300, 1e300), Point2I(-5, 123456789),
     geom.Point3D(1, 2, 0.1), geom.Extent3I(1, 2, 3)],
    ids=repr,
)  # fmt: skip
def test_representations_can_be_evaluated(value: Any) -> None:
    assert eval(repr(value), vars(geom)) == value


def test_not_a_number_can_be_evaluated() -> None:
    assert repr(Point2D(math.nan, 1)) == "Point2D(float('nan'), 1)"
    for value in (geom.Box2D(), geom.Box2I(), geom.IntervalD(), geom.IntervalI()):
        assert eval(repr(value), vars(geom)).isEmpty()


def test_signs_and_quotients_of_extents() -> None:
    extent = Extent2I(1, 2)
    assert +extent == extent and +extent is not extent
    for kind in (Point2I, Point2D):
        with pytest.raises(TypeError):
            +kind(1, 2)
    # As C++ divides.
    assert Extent2D(1, -2) / 0 == Extent2D(math.inf, -math.inf) == Extent2I(1, -2) / 0
    assert np.all(np.isnan(Extent2D(0, 0) / 0))
    with pytest.raises(TypeError):
        Extent2D(1, 2) / "2"  # type: ignore[operator]


def test_text_of_points() -> None:
    assert Point2D(0.123456789, 1e10).toString() == "Point(0.123457,1e+10)"
    assert geom.Point3I(1, -2, 3).toString() == "Point(1,-2,3)"


def test_text_of_coordinates_has_five_digits() -> None:
    """Integers, too, as in the stack."""
    assert str(Point2I(1400000, 99999)) == "(1.4e+06, 99999)" and str(Extent2I(100000, -2)) == "(1e+05, -2)"
    assert str(Point2D(123456.7, 1 / 3)) == "(1.2346e+05, 0.33333)"
    assert str(geom.Point3D(2**31, math.nan, -math.inf)) == "(2.1475e+09, nan, -inf)"


def test_coordinates_are_mutable_sequences() -> None:
    point = Point2I([4, 5])
    alias = point
    point += Extent2I(1, 1)
    point.x = 7
    point[1] = -1
    assert alias is point
    assert (list(point), point.getX(), point.y, len(point)) == ([7, -1], 7, -1, 2)
    assert Point2D(np.array([1.0, 2.0])) == Point2D(x=1, y=2)
    assert repr(Point2D(1, 2)) == "Point2D(1, 2)"
    with pytest.raises(TypeError):
        point += Extent2D(1, 1)
    assert geom.floor(Extent2D(-0.5, 1.5)) == Extent2I(-1, 1)
    assert geom.ceil(Extent2D(-0.5, 1.5)) == Extent2I(0, 2)
    assert geom.truncate(Extent2D(-0.5, 1.5)) == Extent2I(0, 1)
    for name in ("floor", "ceil", "truncate"):
        for extent in (Extent2D(-0.5, 1.5), geom.Extent3D(-1.5, 2.0, 0.1)):
            assert getattr(extent, name)() == getattr(geom, name)(extent)
        for bad in (Point2D(1, 2), Extent2I(1, 2)):
            with pytest.raises(TypeError):
                getattr(geom, name)(bad)


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
