"""`Polygon`: set operations, forms, transforms."""

from __future__ import annotations

import copy
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import lsst.afw.geom as afw_geom
import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import SinglePolygonException, makeTransform
from lsst.afw.geom.polygon import Polygon
from lsst.geom import (
    AffineTransform,
    Box2D,
    Box2I,
    Extent2D,
    Extent2I,
    LinearTransform,
    Point2D,
    Point2I,
    degrees,
)
from stacklite_support.golden import golden_cases, golden_file
from stacklite_support.golden_geom import bounds2d
from stacklite_support.parity import parity


def square(x: float, y: float, size: float) -> Polygon:
    return Polygon(Box2D(Point2D(x, y), Extent2D(size, size)))


def star(points: int, radius: float) -> Polygon:
    angles = np.linspace(0, 2 * np.pi, 2 * points, endpoint=False)
    radii = np.where(np.arange(2 * points) % 2, 0.4 * radius, radius)
    return Polygon(
        [Point2D(10 + r * math.cos(a), 9 + r * math.sin(a)) for r, a in zip(radii, angles, strict=True)]
    )


def test_polygon_operations() -> None:
    a, b, far = square(0, 0, 4), square(2, 2, 4), square(50, 50, 1)
    assert a.intersectionSingle(b) == square(2, 2, 2)
    assert a.unionSingle(b).calculateArea() == 28.0
    assert sum(p.calculateArea() for p in a.symDifference(b)) == 24.0
    assert a.intersection(far) == []
    assert len(a.union(far)) == 2
    assert a.overlaps(b)
    assert a.overlaps(Box2D(Point2D(1, 1), Extent2D(1, 1)))
    assert not a.overlaps(far)
    for operation in (a.intersectionSingle, a.unionSingle):
        with pytest.raises(SinglePolygonException):
            operation(far)


def test_polygon_forms() -> None:
    corners = [Point2D(0, 0), Point2D(4, 0), Point2D(4, 4), Point2D(0, 4)]
    same = [
        Polygon(corners),
        Polygon(corners[::-1]),
        Polygon([*corners, corners[0]]),
        Polygon(corners[2:] + corners[:2]),
    ]
    assert all(p == square(0, 0, 4) for p in same)
    assert len({p.getNumEdges() for p in same}) == 1
    for other in (pickle.loads(pickle.dumps(same[0])), copy.deepcopy(same[0])):
        assert other == same[0]
    with pytest.raises(TypeError, match="unhashable"):
        hash(other)
    assert list(other) == other.getVertices() == other[:] and other[0] == other[-1] and len(other) == 4
    assert Point2D(1, 1) in other and Point2D(5, 1) not in other
    assert other.contains([Point2D(1, 1), Point2D(5, 1)]) == [True, False]
    with pytest.raises(TypeError):
        Polygon(Box2I(Point2I(0, 0), Extent2I(4, 4)))


def test_polygon_without_vertices() -> None:
    """It is empty (agrees with the stack, except that the number of its edges is none there)."""
    empty, unit = Polygon([]), square(0, 0, 1)
    assert empty.getVertices() == empty.getEdges() == [] and len(empty) == 0
    assert empty.calculateArea() == empty.calculatePerimeter() == 0.0
    assert empty == Polygon([]) == empty.convexHull() == empty.subSample(3) and empty != unit
    assert not empty.contains(Point2D(0, 0)) and not empty.overlaps(unit) and not unit.overlaps(empty)
    assert empty.intersection(empty) == empty.union(empty) == empty.intersection(unit) == []
    assert not empty.createImage(Extent2I(2, 2)).array.any()
    assert empty.getBBox().isEmpty() and repr(empty) == "Polygon([])"
    assert pickle.loads(pickle.dumps(empty)) == empty
    with pytest.raises(pex_exceptions.RuntimeError):
        empty.calculateCenter()


@pytest.mark.parametrize("vertices", [[(1, 2), (2, 1)], [(1, 2), (2, 1), (1, 2)], [(1, 2)]])
def test_polygons_without_area(vertices: list[tuple[int, int]]) -> None:
    """One or two vertices stay as they are given (agrees with the stack)."""
    points = [Point2D(*vertex) for vertex in vertices]
    polygon = Polygon(points)
    assert polygon.getVertices() == points and len(polygon) == len(points) - 1
    assert polygon.getEdges() == list(zip(points[:-1], points[1:], strict=True))
    assert (polygon.calculateArea(), polygon.calculateCenter()) == (0.0, points[0])
    assert polygon.calculatePerimeter() == pytest.approx(2**0.5 * (len(points) - 1))
    assert not polygon.contains(Point2D(1.5, 1.5)) and not polygon.contains(points[0])
    assert polygon.overlaps(square(0, 0, 4)) and not polygon.overlaps(square(5, 5, 1))
    assert polygon.intersection(square(0, 0, 4)) == []
    assert polygon == pickle.loads(pickle.dumps(polygon)) == polygon.convexHull()
    assert polygon != square(0, 0, 4)
    assert not polygon.createImage(Extent2I(3, 3)).array.any()


def test_samples_of_a_line() -> None:
    line = Polygon([Point2D(1, 2), Point2D(2, 1)])
    assert line.subSample(2).getVertices() == [Point2D(1, 2), Point2D(1.5, 1.5)]
    shift = AffineTransform(Extent2D(1, 1))
    assert line.transform(shift).getVertices() == [Point2D(2, 3), Point2D(3, 2)]


def test_polygon_transform_and_sampling() -> None:
    turn = AffineTransform(LinearTransform.makeRotation(90 * degrees), Extent2D(4, 0))
    turned = square(0, 0, 4).transform(turn)
    np.testing.assert_allclose(turned.calculateArea(), 16.0)
    np.testing.assert_allclose(
        [*turned.getBBox().getMin(), *turned.getBBox().getMax()], [0, 0, 4, 4], atol=1e-14
    )
    for number, sampled in ((3, square(0, 0, 4).subSample(3)), (4, square(0, 0, 4).subSample(1.1))):
        assert sampled.getNumEdges() == 4 * number
        assert sampled == square(0, 0, 4)


@given(st.integers(3, 9), st.floats(0.3, 14))
def test_coverage_is_the_area_of_intersections(points: int, radius: float) -> None:
    polygon = star(points, radius)
    # Smaller than the star at times: what is outside must not leak in.
    image = polygon.createImage(Box2I(Point2I(3, 4), Extent2I(12, 11)))
    for x, y in ((3, 4), (10, 9), (14, 14), (7, 12), (12, 4)):
        pixel = square(x - 0.5, y - 0.5, 1)
        expected = sum(p.calculateArea() for p in polygon.intersection(pixel))
        assert image[Point2I(x, y)] == pytest.approx(expected, abs=1e-6)


def test_polygons_through_transforms() -> None:
    box = Box2D(Box2I(Point2I(0, 0), Extent2I(10, 5)))
    affine = AffineTransform(LinearTransform.makeScaling(2.0, 3.0), Extent2D(1.0, -1.0))
    by_affine, by_transform = (afw_geom.Polygon(box, t) for t in (affine, makeTransform(affine)))
    assert by_affine == by_transform and by_affine.calculateArea() == 10 * 5 * 6
    assert by_transform.getBBox() == Box2D(Point2D(0.0, -2.5), Extent2D(20.0, 15.0))
    inside = by_affine.contains(np.array([1.0, -1.0, 19.0]), np.array([0.0, 0.0, 12.4]))
    assert inside.tolist() == [True, False, True] and "Polygon" in repr(by_affine)


# -- Values of the real stack ----------------------------------------------------------


@parity("Polygon", 1e-10)
@golden_cases("geom", "Polygon")
def test_polygon(case: dict[str, Any]) -> None:
    polygon = Polygon.readFits(golden_file(case["inputs"]["file"]))
    expected = case["expected"]
    assert [list(p) for p in polygon.getVertices()] == expected["vertices"]
    assert [list(p) for p in polygon.convexHull().getVertices()] == expected["convex_hull"]
    assert_allclose(polygon.calculateArea(), expected["area"], rtol=1e-14)
    assert_allclose(polygon.calculatePerimeter(), expected["perimeter"], rtol=1e-14)
    assert_allclose(list(polygon.calculateCenter()), expected["center"], rtol=1e-14)
    assert bounds2d(polygon.getBBox()) == expected["bbox"]
    assert len(polygon.getEdges()) == polygon.getNumEdges() == expected["edges"]
    points = [Point2D(p) for p, _ in expected["contains"]]
    inside = [flag for _, flag in expected["contains"]]
    assert [polygon.contains(p) for p in points] == inside
    assert polygon.contains(points) == inside
    array = np.array(expected["image"]["array"], dtype=np.float32)
    image = polygon.createImage(Box2I(Point2I(*expected["image"]["x0y0"]), Extent2I(*array.shape[::-1])))
    # `float32` pixels: one rounding of a value up to 1.
    assert_allclose(image.array, array, rtol=0, atol=1e-7)


@golden_cases("geom", "Polygon")
def test_polygon_round_trip(case: dict[str, Any], tmp_path: Path) -> None:
    polygon = Polygon.readFits(golden_file(case["inputs"]["file"]))
    polygon.writeFits(str(tmp_path / "polygon.fits"))
    again = Polygon.readFits(str(tmp_path / "polygon.fits"))
    assert again == polygon
    assert again.getVertices() == polygon.getVertices()
