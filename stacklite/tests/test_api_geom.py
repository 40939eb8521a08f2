"""`lsst.geom`: every accessor and form of angles, points, extents, positions and transforms."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import lsst.geom as geom
from lsst.geom import (
    AffineTransform,
    Angle,
    AngleUnit,
    Extent2D,
    Extent2I,
    LinearTransform,
    Point2D,
    Point2I,
    SpherePoint,
    degrees,
    radians,
)

# Units in a full turn, by the name of the accessor.
TURN = {"Radians": 2 * math.pi, "Degrees": 360, "Hours": 24, "Arcminutes": 21600, "Arcseconds": 1296000,
        "Milliarcseconds": 1296000000}  # fmt: skip
NUMBERS = st.floats(-100, 100)
SMALL = st.integers(-9, 9)


# -- angles


@pytest.mark.parametrize("name", TURN)
def test_units_of_angles(name: str) -> None:
    unit: AngleUnit = getattr(geom, name.lower())
    angle = Angle(0.25 * TURN[name], unit)
    # products of three doubles
    assert angle.asRadians() == pytest.approx(0.5 * math.pi, rel=4e-16)
    for value in (getattr(angle, f"as{name}")(), angle.asAngularUnits(unit)):
        assert value == pytest.approx(0.25 * TURN[name], rel=4e-16)
    assert repr(unit) == name.lower()
    assert [unit == getattr(geom, other.lower()) for other in TURN] == [other == name for other in TURN]
    assert Angle(val=1, units=unit) == 1 * unit
    with pytest.raises(TypeError):
        AngleUnit(0.123)


@given(NUMBERS)
def test_conversions_of_numbers(value: float) -> None:
    for there, back, unit in (
        (geom.degToRad, geom.radToDeg, geom.degrees),
        (geom.arcsecToRad, geom.radToArcsec, geom.arcseconds),
        (geom.masToRad, geom.radToMas, geom.milliarcseconds),
    ):
        assert there(value) == pytest.approx((value * unit).asRadians(), rel=1e-15)
        assert back(there(value)) == pytest.approx(value, rel=1e-15)


@given(NUMBERS, NUMBERS)
def test_angles_behave_as_their_radians(x: float, y: float) -> None:
    a, b = Angle(x), Angle(y)
    assert [float(v) for v in (-a, +a, abs(a), a + b, a - b, 3 * a, a / 4)] == [
        -x, x, abs(x), x + y, x - y, 3 * x, x / 4
    ]  # fmt: skip
    assert [a < b, a <= b, a == b, a != b, a >= b, a > b] == [x < y, x <= y, x == y, x != y, x >= y, x > y]
    assert bool(a) and Angle(a, degrees) == x * degrees
    assert geom.isAngle(a) and not geom.isAngle(x) and not geom.isAngle(degrees)


def test_nan_is_no_angle_to_compare_with() -> None:
    nan = Angle(math.nan)
    assert not any((nan < nan, nan <= nan, nan == nan, nan >= nan, nan > nan))
    assert all(math.isnan(v.asRadians()) for v in (nan.wrap(), nan.wrapCtr(), Angle(math.inf).wrap()))


@pytest.mark.parametrize("operation", [operator.truediv, operator.mul, operator.add, operator.lt])
@pytest.mark.parametrize("others", [(Angle(2.0), Angle(3.0)), (Angle(2.0), degrees), (degrees, Angle(2.0)),
                                    (degrees, degrees), (2.0, Angle(2.0))])  # fmt: skip
def test_angles_are_no_numbers(operation: Any, others: Any) -> None:
    allowed = {(operator.add, Angle, Angle), (operator.lt, Angle, Angle), (operator.mul, float, Angle)}
    if (operation, *map(type, others)) in allowed:
        operation(*others)
        return
    with pytest.raises(TypeError):
        operation(*others)


@given(NUMBERS, NUMBERS)
@example(math.nextafter(-math.pi, -4), 0.0)
@example(4.0, 4.0 - math.pi)
@example(7.853981633974483, 1.5707963267948968e-17)
def test_wrapping_near_a_reference(value: float, reference: float) -> None:
    near = Angle(value).wrapNear(Angle(reference))
    assert -math.pi <= near.asRadians() - reference < math.pi
    turns = (near.asRadians() - value) / (2 * math.pi)
    assert turns == pytest.approx(round(turns), abs=1e-13)  # 16 turns of 1e-15
    separation = Angle(value).separation(Angle(reference)).asRadians()
    assert -math.pi <= separation < math.pi
    assert math.sin(separation) == pytest.approx(math.sin(value - reference), abs=1e-13)


# -- points and extents


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


# -- the sphere, and transforms of the plane


@given(st.floats(0, 359), st.floats(-89, 89))
def test_copies_and_units_of_positions(lon: float, lat: float) -> None:
    point = SpherePoint(lon, lat, degrees)
    assert SpherePoint(point) == point == SpherePoint(longitude=lon, latitude=lat, units=degrees)
    assert list(point.getPosition(radians)) == [angle.asRadians() for angle in point]
    assert len(point) == 2 and point != (lon, lat)
    for bad in (
        lambda: SpherePoint("x"),
        lambda: SpherePoint(ra=1),
        lambda: geom.SphereTransform()((1, 2, 3)),
    ):
        with pytest.raises(TypeError):
            bad()


@pytest.mark.parametrize("unit", [geom.radians, geom.degrees, geom.hours, geom.arcseconds], ids=repr)
def test_unit_vectors_of_many_positions(unit: AngleUnit) -> None:
    lon, lat = np.array([[0.0, 0.5, 1.5], [2.0, -1.0, 6.0]]), np.array([[0.0, 1.5, -1.25], [1.0, 0.5, -0.5]])
    found = SpherePoint.toUnitXYZ(longitude=lon, latitude=lat, units=unit)
    expected = [SpherePoint(*pair, unit).getVector() for pair in zip(lon.flat, lat.flat, strict=True)]
    np.testing.assert_allclose(np.stack(found, -1).reshape(-1, 3), [list(v) for v in expected], atol=1e-15)
    assert all(component.shape == lon.shape for component in found)


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_transforms_of_the_plane(a: float, b: float, x: float, y: float) -> None:
    scale, turn = LinearTransform.makeScaling(a, b), LinearTransform.makeRotation(Angle(a))
    assert scale(Point2D(x, y)) == Point2D(a * x, b * y)
    for factors in ((a,), (a, a)):
        np.testing.assert_array_equal(LinearTransform.makeScaling(*factors).getMatrix(), a * np.eye(2))
    np.testing.assert_array_equal(LinearTransform.makeScaling(scale=a).getMatrix(), a * np.eye(2))
    move = AffineTransform.makeTranslation(Extent2D(a, b))
    assert (move(Point2D(x, y)), move(Extent2D(x, y))) == (Point2D(x + a, y + b), Extent2D(x, y))
    np.testing.assert_array_equal(AffineTransform(Extent2D(a, b)).getMatrix(), move.getMatrix())
    rotation = AffineTransform.makeRotation(Angle(a))
    np.testing.assert_array_equal(rotation.getLinear().getMatrix(), turn.getMatrix())
    for product in (move * turn, AffineTransform.makeScaling(a, b) * move, move * scale):
        matrices = product.getMatrix()
        assert [product[i] for i in range(6)] == matrices[:2].T.ravel().tolist()
        assert product[0, 2] == matrices[0, 2]
    assert [turn[i] for i in range(4)] == turn.getMatrix().T.ravel().tolist() and turn[0, 1] == turn[2]
    both = (rotation * move)(Point2D(x, y))
    np.testing.assert_allclose(list(both), list(turn(move(Point2D(x, y)))), rtol=0, atol=1e-12)
    for bad in (
        lambda: turn * 2.0,
        lambda: move * 2.0,
        lambda: turn * move,
        lambda: move((x, y)),
        lambda: LinearTransform(np.eye(3)),
        lambda: LinearTransform(turn),
        lambda: LinearTransform.makeScaling(a, y=b),
    ):
        with pytest.raises(TypeError):
            bad()


@pytest.mark.parametrize(
    "value",
    [1 * degrees, degrees, Point2I(), Extent2D(), geom.Point3D(), geom.Box2I(), geom.Box2D(), SpherePoint()],
    ids=repr,
)
def test_values_are_not_hashable(value: Any) -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(value)
