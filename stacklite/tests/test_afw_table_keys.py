"""Keys of several fields."""

from __future__ import annotations

import numpy as np
import pytest

from lsst.afw.geom.ellipses import Axes, Ellipse, Quadrupole
from lsst.afw.table import (
    ArrayFKey,
    BaseCatalog,
    Box2IKey,
    CoordKey,
    CovarianceMatrix2fKey,
    EllipseKey,
    Point2DKey,
    QuadrupoleKey,
    Schema,
)
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, degrees


def test_functor_keys() -> None:
    schema = Schema()
    point = Point2DKey.addFields(schema, "p", "a point", "pixel")
    box = Box2IKey.addFields(schema, "b", "a box", "pixel")
    coord = CoordKey.addFields(schema, "c", "a position")
    moments = QuadrupoleKey.addFields(schema, "q", "moments")
    record = BaseCatalog(schema).addNew()
    record.set(point, Point2D(1.5, 2.5))
    assert record.get(point) == Point2D(1.5, 2.5) == record.get(Point2DKey(schema["p"]))
    for value in (Box2I(Point2I(-3, 4), Extent2I(5, 6)), Box2I()):
        record.set(box, value)
        assert record.get(box) == value
    assert [record[f"b_{n}"] for n in ("min_x", "min_y", "max_x", "max_y")] == [0, 0, -1, -1]
    record[coord] = SpherePoint(30 * degrees, -5 * degrees)
    assert record[coord] == SpherePoint(30 * degrees, -5 * degrees)
    assert schema.getOrderedNames()[-3:] == ["q_xx", "q_yy", "q_xy"]
    assert moments.isValid()


def test_ellipse_key() -> None:
    schema = Schema()
    key = EllipseKey.addFields(schema, "e", "an ellipse", "pixel")
    assert schema.getOrderedNames() == ["e_xx", "e_yy", "e_xy", "e_x", "e_y"]
    assert [schema.find(name).field.getUnits() for name in ("e_xx", "e_y")] == ["pixel^2", "pixel"]
    record = BaseCatalog(schema).addNew()
    ellipse = Ellipse(Quadrupole(4.0, 3.0, -1.0), Point2D(1.5, 2.5))
    record.set(key, ellipse)
    for each in (key, EllipseKey(schema["e"])):
        found = record.get(each)
        assert (found.getCore(), found.getCenter()) == (ellipse.getCore(), ellipse.getCenter())
    assert key == EllipseKey(QuadrupoleKey(schema["e"]), pKey=Point2DKey(schema["e"]))
    assert record.get(key.getCenter()) == Point2D(1.5, 2.5)
    record[key] = Ellipse(Axes(2.0, 1.0, 0.0), Point2D(0.0, 0.0))
    assert record.get(key.getCore()).getIxx() == pytest.approx(4.0)
    assert key.isValid() and not EllipseKey().isValid()


def test_array_and_covariance_keys() -> None:
    schema = Schema()
    array = ArrayFKey.addFields(schema, "a", "element %s", "pixel", ["one", "two"])
    for name in ("x", "y"):
        schema.addField(f"c_{name}Err", type="F")
    record = BaseCatalog(schema).addNew()
    record.set(array, [1.5, 2.5])
    assert schema["a"]["1"].asField().getDoc() == "element two"
    assert record.get(ArrayFKey(schema["a"])).tolist() == [1.5, 2.5] == [record[array[0]], record["a_1"]]
    diagonal = CovarianceMatrix2fKey(schema["c"], ["x", "y"])
    record.set(diagonal, np.diag([4.0, 9.0]))
    assert (record["c_xErr"], record["c_yErr"]) == (2.0, 3.0)
    assert record.get(diagonal).tolist() == [[4.0, 0.0], [0.0, 9.0]]
    schema.addField("c_y_x_Cov", type="F")
    full = BaseCatalog(schema).addNew()
    key = CovarianceMatrix2fKey(schema["c"], ["x", "y"])
    full.set(key, np.array([[4.0, 1.0], [1.0, 9.0]]))
    assert full["c_y_x_Cov"] == 1.0
    assert full.get(key).tolist() == [[4.0, 1.0], [1.0, 9.0]]
