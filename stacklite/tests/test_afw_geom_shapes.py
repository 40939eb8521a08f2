"""Polygons and ellipses beyond the golden values."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsst.afw.geom import SinglePolygonException, ellipses
from lsst.afw.geom.ellipses import (
    Axes,
    Distortion,
    EllipticityBase,
    Quadrupole,
    ReducedShear,
    SeparableConformalShearTraceRadius,
    SeparableDistortionTraceRadius,
    SeparableReducedShearDeterminantRadius,
    SeparableReducedShearTraceRadius,
)
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
from lsst.pex.exceptions import InvalidParameterError, LengthError


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
    with pytest.raises(LengthError):
        Polygon(corners[:2])


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
    # smaller than the star at times: what is outside must not leak in
    image = polygon.createImage(Box2I(Point2I(3, 4), Extent2I(12, 11)))
    for x, y in ((3, 4), (10, 9), (14, 14), (7, 12), (12, 4)):
        pixel = square(x - 0.5, y - 0.5, 1)
        expected = sum(p.calculateArea() for p in polygon.intersection(pixel))
        assert image[Point2I(x, y)] == pytest.approx(expected, abs=1e-6)


@given(st.floats(0.1, 9), st.floats(0.1, 9), st.floats(-1.5, 1.5))
def test_axes_and_moments_agree(a: float, b: float, theta: float) -> None:
    axes = Axes(a, b, theta)
    core = Quadrupole(axes)
    back = Axes(core)
    assert back.getA() == pytest.approx(max(a, b), rel=1e-6)
    assert back.getB() == pytest.approx(min(a, b), rel=1e-6, abs=1e-6)
    assert core.getArea() == pytest.approx(axes.getArea(), rel=1e-6, abs=1e-6)
    assert core.getDeterminantRadius() == pytest.approx(axes.getDeterminantRadius(), rel=1e-6)
    turned = core.transform(LinearTransform.makeRotation(0.3 * 180 / math.pi * degrees))
    expected = Quadrupole(Axes(a, b, theta + 0.3))
    np.testing.assert_allclose(turned.getParameterVector(), expected.getParameterVector(), atol=1e-11)
    assert type(axes.convolve(core)) is Axes


def test_cores_are_mutable() -> None:
    core = Quadrupole()
    core.setIxx(4.0)
    core.setIyy(3.0)
    core.setIxy(1.0)
    assert core == Quadrupole(4.0, 3.0, 1.0)
    axes = Axes()
    axes.setA(4.0)
    axes.setB(3.0)
    axes.setTheta(0.5)
    assert axes == Axes(4.0, 3.0, 0.5)
    axes.setParameterVector([5.0, 2.0, 0.1])
    assert (axes.getA(), axes.getB(), axes.getTheta()) == (5.0, 2.0, 0.1)


def test_core_copies() -> None:
    core = Quadrupole(4, 3, 1)
    for other in (
        core.clone(),
        copy.copy(core),
        pickle.loads(pickle.dumps(core)),
        Quadrupole([[4, 1], [1, 3]]),
        Quadrupole(vector=[4, 3, 1]),
        Quadrupole(matrix=[[4, 1], [1, 3]], normalize=True),
    ):
        assert other == core
    for bad in (([[1, 2], [2, 1]],), ([1, 1, 2], True), (1, 1, 2, True)):
        with pytest.raises(InvalidParameterError):
            Quadrupole(*bad)
    assert Quadrupole([[1, 2], [2, 1]], normalize=False) == Quadrupole(1, 1, 2)
    with pytest.raises(TypeError):
        Quadrupole(core, 1.0)
    assert repr(core) == "Quadrupole(ixx=4.0, iyy=3.0, ixy=1.0)"
    core.scale(2.0)
    np.testing.assert_allclose(core.getParameterVector(), [16, 12, 4])


SEPARABLE = [getattr(ellipses, name) for name in ellipses.__all__ if name.startswith("Separable")]


@pytest.mark.parametrize("kind", SEPARABLE)
@given(st.floats(0.1, 9), st.floats(0.1, 9), st.floats(-1.5, 1.5))
def test_separable_cores_describe_the_same_ellipse(kind: Any, a: float, b: float, theta: float) -> None:
    axes = Axes(a, b, theta)
    core = kind(axes)
    moments = [Quadrupole(each).getParameterVector() for each in (core, axes)]
    np.testing.assert_allclose(*moments, atol=1e-11)
    assert core.getArea() == pytest.approx(axes.getArea(), rel=1e-12)
    radius = core.getTraceRadius() if kind.__name__.endswith("TraceRadius") else core.getDeterminantRadius()
    assert core.getRadius() == pytest.approx(radius, rel=1e-12)
    assert core.getEllipticity().getAxisRatio() == pytest.approx(min(a, b) / max(a, b), rel=1e-9)
    again = kind(core.getE1(), core.getE2(), core.getRadius())
    assert again == core
    for other in SEPARABLE:
        np.testing.assert_allclose(
            kind(other(core)).getParameterVector(), core.getParameterVector(), rtol=0, atol=1e-7
        )


@given(st.floats(0.3, 9), st.floats(0.3, 9), st.floats(-1.5, 1.5))
def test_distortion_is_that_of_moments(a: float, b: float, theta: float) -> None:
    q = Quadrupole(Axes(a, b, theta))
    core, total = SeparableDistortionTraceRadius(q), q.getIxx() + q.getIyy()
    assert core.getE1() == pytest.approx((q.getIxx() - q.getIyy()) / total, abs=1e-12)
    assert core.getE2() == pytest.approx(2.0 * q.getIxy() / total, abs=1e-12)
    shear, size = SeparableReducedShearDeterminantRadius(q), abs(core.getEllipticity().getComplex())
    # e = 2 g / (1 + g^2)
    g = abs(shear.getEllipticity().getComplex())
    assert size == pytest.approx(2.0 * g / (1.0 + g * g), abs=1e-12)
    turned = core.transform(LinearTransform.makeRotation(90 * degrees))
    assert type(turned) is SeparableDistortionTraceRadius
    np.testing.assert_allclose(
        turned.getParameterVector(), [-core.getE1(), -core.getE2(), core.getRadius()], atol=1e-12
    )


def test_separable_arguments() -> None:
    core = SeparableDistortionTraceRadius(e1=0.3, e2=-0.4, radius=2.0)
    for ellipticity in (core.getEllipticity(), Distortion(0.3, -0.4), Distortion(0.3 - 0.4j)):
        assert ellipticity.getComplex() == 0.3 - 0.4j
        assert ellipticity != Distortion(0.3, -0.4), "they are compared by identity"
    assert Distortion.getName() == "Distortion" and isinstance(ReducedShear(), EllipticityBase)
    for other, e1 in (
        (SeparableReducedShearTraceRadius(0.2, 0.0), 0.4 / 1.04),
        (SeparableConformalShearTraceRadius(0.2, 0.0), math.tanh(0.2)),
    ):
        assert SeparableDistortionTraceRadius(other).getE1() == pytest.approx(e1)
    assert SeparableDistortionTraceRadius().getRadius() == 1.0
    for other in (core.clone(), copy.deepcopy(core), pickle.loads(pickle.dumps(core))):
        assert other == core and other.getName() == "SeparableDistortionTraceRadius"
    core.scale(2.0)
    np.testing.assert_allclose(core.getParameterVector(), [0.3, -0.4, 4.0])
    for bad in ((0.9, 0.9), (0.0, 0.0, -1.0)):
        with pytest.raises(InvalidParameterError):
            SeparableDistortionTraceRadius(*bad)
        assert math.isnan(SeparableDistortionTraceRadius(*bad[:2], normalize=False).getArea()) == (bad[0] > 0)
    for wrong in ((Distortion(0.1, 0.2),), (0.3 - 0.4j,), (core, 3.0), (0.1, 0.2, 3.0, True, 5)):
        with pytest.raises(TypeError):
            SeparableDistortionTraceRadius(*wrong)
