"""`lsst.geom` beyond the golden values: rules of arithmetic, copies, arrays, errors."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lsst.geom as geom
from lsst.geom import Box2D, Box2I, Extent2D, Extent2I, Point2D, Point2I, SpherePoint, degrees, radians
from lsst.pex.exceptions import InvalidParameterError, OverflowError
from lsst.sphgeom import LonLat, UnitVector3d, Vector3d

SMALL = st.integers(-50, 50)
LONGITUDES = st.floats(-720, 720)
LATITUDES = st.floats(-90, 90)


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


def test_angle_arithmetic() -> None:
    assert np.float64(2.0) * degrees == 2.0 * degrees
    assert 2 * (3 * degrees) == (3 * degrees) * 2
    assert (6 * degrees) / 2 == 3 * degrees
    with pytest.raises(TypeError):
        3 * degrees + 3.0  # type: ignore[operator]
    with pytest.raises(TypeError):
        (3 * degrees) * (3 * degrees)  # type: ignore[operator]


@given(st.floats(-1e6, 1e6))
def test_wrapping(value: float) -> None:
    angle = value * degrees
    assert 0.0 <= angle.wrap().asRadians() < 2 * math.pi
    assert -math.pi <= angle.wrapCtr().asRadians() < math.pi
    assert math.cos(angle.wrap().asRadians()) == pytest.approx(math.cos(value * math.pi / 180), abs=1e-8)


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
        with pytest.raises(OverflowError):
            change()


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


@given(LONGITUDES, LATITUDES)
def test_sphere_point_round_trips(lon: float, lat: float) -> None:
    point = SpherePoint(lon, lat, degrees)
    for other in (
        SpherePoint(point.getLongitude(), point.getLatitude()),
        SpherePoint(point.getVector()),
        SpherePoint(Vector3d(point.getVector()) * 3.0),
        SpherePoint(LonLat(point.getVector())),
    ):
        # asin loses half of the digits at the poles
        assert point.separation(other).asRadians() < 3e-8
    assert list(point.getPosition(radians)) == [point[0].asRadians(), point[1].asRadians()]


@given(LONGITUDES, st.floats(-89, 89), st.floats(0, 360), st.floats(0.01, 90))
def test_offset_undoes_bearing(lon: float, lat: float, bearing: float, amount: float) -> None:
    start = SpherePoint(lon, lat, degrees)
    end = start.offset(bearing * degrees, amount * degrees)
    assert start.separation(end).asDegrees() == pytest.approx(amount, rel=1e-7)
    if end.getLatitude().asDegrees() < 89.9:
        difference = (start.bearingTo(end) - bearing * degrees).wrapCtr()
        assert abs(difference.asRadians()) < 1e-8


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=5))
def test_arrays_of_unit_vectors(points: list[tuple[float, float]]) -> None:
    lon, lat = np.array(points, dtype=float).reshape(-1, 2).T
    xyz = SpherePoint.toUnitXYZ(longitude=lon, latitude=lat, units=degrees)
    for i, point in enumerate(points):
        expected = SpherePoint(*point, degrees).getVector()
        np.testing.assert_allclose([v[i] for v in xyz], list(expected), rtol=0, atol=1e-15)
    np.testing.assert_array_equal(SpherePoint.toUnitXYZ(ra=lon, dec=lat, units=degrees), xyz)


def test_sphere_point_errors() -> None:
    with pytest.raises(InvalidParameterError):
        SpherePoint(0, 91, degrees)
    with pytest.raises(InvalidParameterError):
        geom.averageSpherePoint([])
    for index in (2, -3):
        with pytest.raises(IndexError):
            SpherePoint(1, 2, degrees)[index]
    for args in ((1.0, 2.0), (1.0, 2.0, 3.0), (geom.Angle(1.0), 2.0), (geom.Point3D(1, 2, 3),)):
        with pytest.raises(TypeError):
            SpherePoint(*args)
    for angles in ({"ra": 1.0}, {"ra": 1.0, "dec": 2.0, "longitude": 3.0}, {"dec": 2.0}):
        with pytest.raises(ValueError, match="either the longitude or ra"):
            SpherePoint.toUnitXYZ(**angles, units=degrees)
    assert math.isnan(SpherePoint(math.nan, 1, degrees).separation(SpherePoint(1, 2, degrees)).asRadians())


def test_affine_transform_forms() -> None:
    transform = geom.AffineTransform(geom.LinearTransform.makeRotation(90 * degrees), Extent2D(1, 2))
    np.testing.assert_allclose(list(transform(Point2D(1, 0))), [1, 3], atol=1e-15)
    x, y = transform(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    np.testing.assert_allclose([x, y], [[1, 0], [3, 2]], atol=1e-15)
    matrix, linear = transform.getMatrix(), transform.getLinear()
    for other in (
        geom.AffineTransform(matrix),
        geom.AffineTransform(matrix=matrix),
        geom.AffineTransform(linear, Extent2D(1, 2)),
        geom.AffineTransform(linear=linear.getMatrix(), translation=[1, 2]),
        geom.AffineTransform.makeTranslation(Extent2D(1, 2)) * linear,
    ):
        np.testing.assert_array_equal(other.getMatrix(), matrix)
        assert other != transform, "they are compared by identity"
        assert len({other, transform}) == 2
    bad: list[Any] = [(transform,), (None,), (linear, [1, 2]), (matrix, [1, 2]), ([1, 2, 3],), (1.0,)]
    for args in bad:
        with pytest.raises(TypeError):
            geom.AffineTransform(*args)
    for point in (Point2I(1, 2), Extent2I(1, 2), (1.0, 2.0)):
        with pytest.raises(TypeError):
            transform(point)


def affine(numbers: list[float]) -> geom.AffineTransform:
    a, b, c, d, x, y = numbers
    return geom.AffineTransform(np.array([[4.0 + a, b], [c, -4.0 + d]]), Extent2D(x, y))


AFFINE = st.lists(st.floats(-1.5, 1.5), min_size=6, max_size=6).map(affine)


@given(AFFINE, AFFINE, st.floats(-100, 100), st.floats(-100, 100))
def test_products_of_transforms_apply_the_right_one_first(
    one: geom.AffineTransform, other: geom.AffineTransform, x: float, y: float
) -> None:
    point, linear = Point2D(x, y), one.getLinear()
    np.testing.assert_allclose(list((one * other)(point)), list(one(other(point))), atol=1e-11)
    np.testing.assert_allclose(list((one * linear)(point)), list(one(linear(point))), atol=1e-11)
    np.testing.assert_allclose((one * other).getMatrix(), one.getMatrix() @ other.getMatrix(), atol=1e-12)
    np.testing.assert_allclose(list(one.inverted()(one(point))), [x, y], atol=1e-11)
    assert (one * one.inverted()).getMatrix() == pytest.approx(np.eye(3), abs=1e-12)
    # an extent is a difference of points
    np.testing.assert_allclose(list(one(Extent2D(x, y))), list(one(point) - one(Point2D(0, 0))), atol=1e-11)


@given(LONGITUDES, LATITUDES, LONGITUDES, LATITUDES, st.floats(-360, 360))
def test_rotations_of_the_sphere(lon: float, lat: float, lon0: float, lat0: float, angle: float) -> None:
    point, axis = SpherePoint(lon, lat, degrees), SpherePoint(lon0, lat0, degrees)
    turned = point.rotated(axis, angle * degrees)
    # asin loses half of the digits at the poles
    assert abs((turned.separation(axis) - point.separation(axis)).asRadians()) < 1e-7
    assert turned.rotated(axis, -angle * degrees).separation(point).asRadians() < 1e-7
    columns = [list(SpherePoint(Vector3d(*v)).rotated(axis, angle * degrees).getVector()) for v in np.eye(3)]
    rotation = geom.SphereTransform(np.transpose(columns))
    assert rotation(point).separation(turned).asRadians() < 1e-7
    assert rotation.inverted()(turned).separation(point).asRadians() < 1e-7


def test_sphere_transform_fits_a_known_rotation() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(20, 3))
    x /= np.linalg.norm(x, axis=1)[:, np.newaxis]
    c, s = math.cos(0.3), math.sin(0.3)
    rotation = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    fit = geom.SphereTransform.fit_unit_vectors(x, x @ rotation.T, rng.uniform(0.1, 1, 20))
    np.testing.assert_allclose(fit.matrix, rotation, atol=1e-15)
    assert fit(UnitVector3d(1, 0, 0)).y() == pytest.approx(s)
    x[3, 1] = np.nan
    with pytest.raises(InvalidParameterError):
        geom.SphereTransform.fit_unit_vectors(x, x)
