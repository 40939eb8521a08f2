"""Keys: parts of arrays, points, boxes, ellipses, matrices of errors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from astropy.table import Table
from hypothesis import given
from hypothesis import strategies as st

import lsst.afw.table as afw_table
from lsst.afw.geom.ellipses import Axes, Ellipse, Quadrupole
from lsst.afw.table import (
    ArrayDKey,
    ArrayFKey,
    BaseCatalog,
    Box2DKey,
    Box2IKey,
    Catalog,
    CoordinateType,
    CoordKey,
    CovarianceMatrix2fKey,
    CovarianceMatrix3fKey,
    CovarianceMatrixKey,
    CovarianceMatrixXfKey,
    EllipseKey,
    ExposureCatalog,
    Key,
    Point2DKey,
    Point2IKey,
    Point3DKey,
    Point3IKey,
    PointKey,
    QuadrupoleKey,
    Schema,
    SimpleTable,
    SourceCatalog,
    SourceTable,
)
from lsst.daf.butler import StorageClassFactory
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, Point3D, Point3I, SpherePoint, degrees
from lsst.pex.exceptions import InvalidParameterError, LengthError, LogicError, NotFoundError
from stacklite_support.made_schemas import make_small_schema


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


@given(st.lists(st.floats(-10, 10, width=32), min_size=9, max_size=9))
def test_covariance_matrices(numbers: list[float]) -> None:
    root = np.array(numbers).reshape(3, 3)
    matrix = root @ root.T
    schema = Schema()
    full = CovarianceMatrix3fKey.addFields(schema, "q", ["a", "b", "c"], ["pixel", "pixel", "rad"])
    diagonal = CovarianceMatrix3fKey.addFields(schema, "d", ["a", "b", "c"], "pixel", True)
    assert schema.getOrderedNames()[3:6] == ["q_a_b_Cov", "q_a_c_Cov", "q_b_c_Cov"]
    assert schema["q_a_c_Cov"].asField().getUnits() == "pixel rad"
    assert CovarianceMatrix3fKey(schema["q"], ["a", "b", "c"]) == full
    assert CovarianceMatrix3fKey(schema["d"], ["a", "b", "c"]) == diagonal
    record = BaseCatalog(schema).addNew()
    record.set(full, matrix)
    record.set(diagonal, matrix)
    # Variances pass through a square root in float32.
    np.testing.assert_allclose(record.get(full), matrix, rtol=1e-6, atol=1e-30)
    np.testing.assert_allclose(record.get(diagonal), np.diag(np.diag(matrix)), rtol=1e-6, atol=1e-30)
    full.setElement(record, 0, 2, 3.0)
    assert full.getElement(record, 2, 0) == 3.0


def test_covariances_that_are_not_stored() -> None:
    schema = Schema()
    sigmas = [schema.addField(f"a_{name}Err", type="F", doc="") for name in "xyz"]
    stored = schema.addField("a_x_y_Cov", type="F", doc="")
    none = Key["F"]()
    key = CovarianceMatrix3fKey(sigmas, [stored, none, none])
    assert key == CovarianceMatrix3fKey(schema["a"], ["x", "y", "z"]) != CovarianceMatrix3fKey(sigmas)
    record = BaseCatalog(schema).addNew()
    key.set(record, np.ones((3, 3)))
    key.setElement(record, 0, 1, 4.0)
    assert key.get(record).tolist() == [[1, 4, 0], [4, 1, 0], [0, 0, 1]]
    for each, i, j in ((key, 0, 2), (key, 2, 1), (CovarianceMatrix3fKey(sigmas), 0, 1)):
        with pytest.raises(LogicError, match="is not stored"):
            each.setElement(record, i, j, 4.0)


def test_covariance_of_a_position() -> None:
    schema = SimpleTable.makeMinimalSchema()
    with pytest.raises(NotFoundError):
        CoordKey.getErrorKey(schema)
    key = CoordKey.addErrorFields(schema)
    assert schema.getOrderedNames()[3:] == ["coord_raErr", "coord_decErr", "coord_ra_dec_Cov"]
    assert CoordKey.getErrorKey(schema) == key
    assert key.isValid()
    assert not CovarianceMatrix2fKey().isValid()
    assert not CovarianceMatrixXfKey([], []).isValid()


def test_parts_of_functor_keys() -> None:
    schema = Schema()
    box = Box2IKey.addFields(schema, "b", "a box", "pixel")
    real = Box2DKey.addFields(schema, "r", "a box", "pixel")
    assert type(box.getMin()) is Point2IKey
    assert Box2IKey(box.getMin(), max=box.getMax()) == box == Box2IKey(schema["b"])
    with pytest.raises(TypeError, match="does not take"):
        Box2IKey(real.getMin(), real.getMax())
    record = BaseCatalog(schema).addNew()
    record.set(box, Box2I(Point2I(1, 2), Extent2I(3, 4)))
    record.set(real, Box2D(Point2D(1, 2), Point2D(3, 5)))
    assert (record.get(box.getMin()), record.get(box.getMax())) == (Point2I(1, 2), Point2I(3, 5))
    assert record.get(real.getMax()) == Point2D(3, 5)
    array = ArrayDKey.addFields(schema, "a", "value", unit="", size=4)
    assert array[1:3] == array.slice(1, 3) == ArrayDKey([schema["a_1"].asKey(), schema["a_2"].asKey()])
    assert array[-1] == schema["a_3"].asKey()
    assert ArrayDKey(schema["a"]) == array
    assert ArrayFKey(schema.addField("one", type="ArrayF", size=3)).getSize() == 3
    QuadrupoleKey.addFields(schema, "sky", "moments", CoordinateType.CELESTIAL)
    assert schema["sky_xy"].asField().getUnits() == "rad^2"


@pytest.mark.parametrize("kind", [ArrayDKey, ArrayFKey])
def test_arrays_have_a_first_element(kind: Any) -> None:
    schema = Schema()
    schema.addField("a_1", type="D")
    with pytest.raises(NotFoundError, match="'a_0'"):
        kind(schema["a"])


@pytest.mark.parametrize(
    ("kind", "point"), [(Point3DKey, Point3D(1.5, 2, 3)), (Point3IKey, Point3I(1, 2, 3))]
)
def test_points_in_space(kind: Any, point: Any) -> None:
    schema = Schema()
    key = kind.addFields(schema, "p", "a point", "m")
    assert schema.getOrderedNames() == ["p_x", "p_y", "p_z"] and schema["p_z"].asField().getUnits() == "m"
    assert kind(schema["p"]) == key == kind(key.getX(), key.getY(), z=schema["p_z"].asKey())
    assert key.isValid() and not kind().isValid()
    record = BaseCatalog(schema).addNew()
    record.set(key, point)
    assert record.get(key) == point and type(record.get(key)) is type(point)
    with pytest.raises(NotFoundError):
        kind(schema["q"])


def test_keys_of_parts_of_arrays() -> None:
    schema = make_small_schema()
    key = schema["list"].asKey()
    catalog = BaseCatalog(schema)
    catalog.resize(3)
    catalog["list"] = np.arange(12.0).reshape(3, 4)
    part = key[1:3]
    assert part == key.slice(1, 3) != key[0:2]
    assert part.getSize() == 2 and hash(part) == hash(key.slice(1, 3))
    assert catalog[2][part].tolist() == [9.0, 10.0]
    assert catalog[part].tolist() == [[1.0, 2.0], [5.0, 6.0], [9.0, 10.0]]
    assert (catalog[2][key[3]], catalog[key[3]].tolist()) == (11.0, [3.0, 7.0, 11.0])
    catalog[2][part] = [-1.0, -2.0]
    catalog[key[0]] = 5.0
    assert catalog["list"].tolist() == [[5, 1, 2, 3], [5, 5, 6, 7], [5, -1, -2, 11]]
    assert schema.find(key[1]).field.getName() == "list[1]"
    for bad in (4, -1):
        with pytest.raises(LengthError, match="has 4 elements"):
            key[bad]
    for nothing in (schema["text"].asKey(), schema["a_x"].asKey()):
        with pytest.raises(TypeError, match="not subscriptable"):
            nothing[0]
    # Keys are equal if they mean the same place.
    assert (part[0], part[1], part[1:], key[0:4]) == (key[1], key[2], key[2:3], key)
    assert key.subfields == (0, 1, 2, 3) and key.subkeys == tuple(key[i] for i in range(4))
    with pytest.raises(InvalidParameterError, match="step"):
        key[::2]
    with pytest.raises(LengthError):
        part[2]
    ragged = schema.addField("ragged", type="ArrayF", size=0)
    for index in (0, slice(0, 1)):
        with pytest.raises(LogicError, match="variable length"):
            ragged[index]


def test_keys_inside_of_functor_keys() -> None:
    schema = Schema()
    point = PointKey[np.int32, 2].addFields(schema, "p", "a point", "pixel")
    coord = CoordKey.addFields(schema, "c", "a position")
    moments = QuadrupoleKey.addFields(schema, "q", "moments")
    assert (type(point), PointKey[np.float64, 2]) == (Point2IKey, Point2DKey)
    assert isinstance(point, PointKey) and not PointKey(dtype=np.float64).isValid()
    found = [[getattr(key, f"get{n}")() for n in names] for key, names in (
        (point, "XY"), (coord, ("Ra", "Dec")), (moments, ("Ixx", "Iyy", "Ixy")))]  # fmt: skip
    assert [k for keys in found for k in keys] == [item.key for item in schema]
    assert Point2IKey(schema["p"]) == point == Point2IKey(x=found[0][0], y=found[0][1])
    assert moments == QuadrupoleKey(*found[2]) != QuadrupoleKey()
    with pytest.raises(TypeError, match="unhashable"):
        hash(point)
    for wrong in (lambda: Point2IKey(found[0][0]), lambda: CoordKey(*found[1], *found[1])):
        with pytest.raises(TypeError, match="does not take"):
            wrong()
    record = BaseCatalog(schema).addNew()
    record.set(point, Point2I(3, -4))
    assert (record[point], record["p_y"]) == (Point2I(3, -4), -4)
    matrix = CovarianceMatrix2fKey.addFields(schema, "m", ["a", "b"], "pixel")
    record = BaseCatalog(schema).addNew()
    for (i, j), value in {(0, 0): 4.0, (1, 1): 9.0, (0, 1): 2.5}.items():
        matrix.setElement(record, i, j, value)
    assert (record["m_aErr"], record["m_bErr"], record["m_a_b_Cov"]) == (2.0, 3.0, 2.5)
    assert [matrix.getElement(record, i, j) for i in (0, 1) for j in (0, 1)] == [4.0, 2.5, 2.5, 9.0]
    assert CovarianceMatrix2fKey() == CovarianceMatrix2fKey() != matrix
    sigmas = [record.schema["m_aErr"].asKey(), record.schema["m_bErr"].asKey()]
    assert CovarianceMatrix2fKey(err=sigmas, cov=[record.schema["m_a_b_Cov"].asKey()]) == matrix
    other = CovarianceMatrix2fKey.addFields(schema, "n", names=["a", "b"], units=["pixel", "rad"])
    assert schema["n_bErr"].asField().getUnits() == "rad" and other.isValid()
    with pytest.raises(LengthError, match="2 quantities, not 3"):
        CovarianceMatrix2fKey(found[2])


@pytest.mark.parametrize("kind", "fd")
@pytest.mark.parametrize("size", [2, 3, 4, None])
def test_classes_of_covariance_matrices(size: int | None, kind: str) -> None:
    dtype = {"f": np.float32, "d": np.float64}[kind]
    cls = CovarianceMatrixKey[dtype, size]
    assert (cls.__name__, cls.dim, cls.dtype) == (f"CovarianceMatrix{size or 'X'}{kind}Key", size, dtype)
    names = list("abcde")[: size or 5]
    schema = Schema()
    key = cls.addFields(schema, "m", names, "pixel")
    assert {item.field.getTypeString() for item in schema} == {kind.upper()}
    assert key == cls(schema["m"], names) and isinstance(key, CovarianceMatrixKey)
    matrix = np.diag(np.arange(1.0, len(names) + 1))
    matrix[0, 1] = matrix[1, 0] = 0.5
    record = BaseCatalog(schema).addNew()
    record.set(key, matrix)
    np.testing.assert_allclose(record.get(key), matrix, rtol=1e-6)
    assert record.get(key).dtype == dtype
    assert record.get(cls()).shape == (size or 0, size or 0)
    if size is not None:
        with pytest.raises(LengthError, match="quantities"):
            cls.addFields(schema, "n", [*names, "z"], "")


def test_classes_by_type() -> None:
    assert afw_table.KeyAngle is Key["Angle"] and afw_table.KeyArrayD is Key["ArrayD"]
    assert isinstance(Schema().addField("a", type="F"), afw_table.KeyF)
    assert Catalog["Source"] is SourceCatalog and SourceCatalog.dtype == "Source"
    assert issubclass(ExposureCatalog, Catalog) and list(Catalog) == ["Base", "Simple", "Source", "Exposure"]


def test_catalog_is_converted_to_a_table() -> None:
    """A butler converts to the storage class AstropyTable by the base of all catalogs."""
    catalog = SourceCatalog(SourceTable.makeMinimalSchema())
    catalog.addNew()
    storage_class = StorageClassFactory().getStorageClass("AstropyTable")
    table = storage_class.coerce_type(catalog)
    assert type(table) is Table and table["id"].tolist() == [1]


def test_numbers_of_quantities_must_agree() -> None:
    schema = Schema()
    keys = [schema.addField(f"f{i}", type="F") for i in range(6)]
    for sigmas, covariances in ((keys[:2], keys[2:4]), ([], keys[:1]), ([], []), (keys[:1], [])):
        with pytest.raises(LengthError):
            CovarianceMatrix2fKey(sigmas, covariances)
    with pytest.raises(LengthError):
        CovarianceMatrixXfKey(keys[:3], keys[3:5])
    for units in (["pixel"], ["pixel"] * 3):
        with pytest.raises(LengthError):
            CovarianceMatrix2fKey.addFields(schema, "c", ["x", "y"], units)
    record = BaseCatalog(schema).addNew()
    with pytest.raises(TypeError):
        CovarianceMatrix2fKey(keys[:2]).set(record, np.eye(3))
    CovarianceMatrix2fKey(keys[:2]).set(record, [[-1.0, 0.0], [0.0, 4.0]])
    assert math.isnan(record[keys[0]]) and record[keys[1]] == 2.0


@pytest.mark.parametrize("as_functor", [False, True])
def test_bounds_of_elements_are_not_cut(as_functor: bool) -> None:
    """Unlike those in brackets; the stack takes them as unsigned integers."""
    array = Schema().addField("a", type="ArrayF", size=4)
    key = ArrayFKey(array) if as_functor else array
    assert key.slice(1, 3) == key[1:3] and key[2:99].getSize() == 2
    for begin, end in ((0, 99), (5, 6), (3, 2)):
        with pytest.raises(LengthError):
            key.slice(begin, end)
    for begin, end in ((-2, 3), (0, -1)):
        with pytest.raises(TypeError):
            key.slice(begin, end)
