"""Comparisons of points and extents by component, and the classes by number type and dimensions."""

from __future__ import annotations

import operator
from typing import Any

import pytest

import lsst.geom as geom
from lsst.geom import (
    CoordinateExpr2,
    CoordinateExpr3,
    Extent2D,
    Extent2I,
    Extent3D,
    Point2D,
    Point2I,
    Point3I,
)

KINDS = [Point2I, Point2D, Extent2I, Extent2D, Point3I, Extent3D]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge"])
def test_comparisons_by_component(kind: Any, name: str) -> None:
    one, other = kind(*(1, 2, 3)[: kind.dimensions]), kind(*(1, 3, 2)[: kind.dimensions])
    operation = getattr(operator, name)
    assert list(getattr(one, name)(other)) == list(map(operation, one, other))
    assert list(getattr(one, name)(2)) == [operation(value, 2) for value in one]
    result = getattr(one, name)(other)
    assert type(result) is (CoordinateExpr2 if kind.dimensions == 2 else CoordinateExpr3)
    assert geom.all(result) == all(result) and geom.any(result) == any(result)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Point2D(), Point2I()),
        (Point2D(), Extent2D()),
        (Point2I(), 1.5),
        (Point2D(), "1"),
        (Point2D(), [0, 0]),
    ],
    ids=repr,
)
def test_other_kinds_are_not_compared(one: Any, other: Any) -> None:
    with pytest.raises(TypeError):
        one.lt(other)


def test_expressions() -> None:
    yes_no = Point2D(1, 2).lt(2)
    assert (str(yes_no), repr(yes_no)) == ("(1, 0)", "CoordinateExpr2(1, 0)")
    assert list(yes_no.not_()) == [False, True] and len(yes_no) == 2
    assert list(yes_no.and_(CoordinateExpr2(True))) == list(yes_no.or_(CoordinateExpr2())) == [True, False]
    assert list(CoordinateExpr3(val=True)) == [True] * 3
    yes_no[1] = True
    assert geom.all(yes_no) and yes_no[1] is True
    with pytest.raises(IndexError):
        yes_no[2]
    for bad in (
        lambda: yes_no.and_(CoordinateExpr3()),
        lambda: geom.all([True]),
        lambda: geom.any(Point2D()),
    ):
        with pytest.raises(TypeError):
            bad()


def test_classes_by_number_type_and_dimensions() -> None:
    assert geom.Point[float, 2] is Point2D and geom.Point[int, 3] is Point3I
    assert geom.Extent[int, 2] is Extent2I and geom.Extent[float, 3] is Extent3D
    assert geom.CoordinateExpr[2] is CoordinateExpr2 and geom.CoordinateExpr[3] is CoordinateExpr3
    assert geom.Point(1, 2, dtype=int) == Point2I(1, 2)
    assert geom.Extent(1, 2, 3, dtype=float, dimensions=3) == Extent3D(1, 2, 3)
    assert isinstance(Point2D(), geom.Point) and not isinstance(Extent2D(), geom.Point)
    assert (Point2I.dtype, Extent3D.dtype, Point3I.dimensions) == (int, float, 3)
    with pytest.raises(TypeError):
        geom.Point(1, 2)
