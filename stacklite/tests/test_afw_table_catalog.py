"""Schemas, records and catalogs in memory."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsst.afw.geom.ellipses import Axes, Ellipse, Quadrupole
from lsst.afw.table import (
    AliasMap,
    ArrayFKey,
    BaseCatalog,
    BaseTable,
    Box2IKey,
    CoordKey,
    CovarianceMatrix2fKey,
    EllipseKey,
    ExposureCatalog,
    ExposureTable,
    Field,
    Key,
    Point2DKey,
    QuadrupoleKey,
    Schema,
    SchemaMapper,
    SimpleCatalog,
    SimpleTable,
    SourceTable,
)
from lsst.geom import Angle, Box2I, Extent2I, Point2D, Point2I, SpherePoint, degrees
from lsst.pex.exceptions import InvalidParameterError, LengthError, LogicError, NotFoundError
from lsst.pex.exceptions import RuntimeError as PexRuntimeError


def _schema() -> Schema:
    schema = Schema()
    schema.addField("id", type="L", doc="number")
    schema.addField("x", type=np.float64, doc="position", units="pixel")
    schema.addField("f", type=np.float32)
    schema.addField("angle", type="Angle")
    schema.addField("flag", type="Flag", doc="bad")
    schema.addField("name", type=str, size=4)
    schema.addField("text", type="String", size=0)
    schema.addField("pair", type="ArrayD", size=2)
    schema.addField("list", type="ArrayI", size=0)
    return schema


def _catalog(n: int = 5) -> BaseCatalog:
    catalog = BaseCatalog(_schema())
    for i in range(n):
        record = catalog.addNew()
        record["id"] = 10 - i
        record["x"] = 0.5 * i
        record["flag"] = i % 2 == 1
        record["name"] = "abcd"[: i % 5]
        record["list"] = list(range(i))
    return catalog


# -- schema ---------------------------------------------------------------------


def test_unset_values() -> None:
    record = BaseCatalog(_schema()).addNew()
    assert record["id"] == 0
    assert np.isnan(record["x"])
    assert np.isnan(record["f"])
    assert np.isnan(record["angle"].asRadians())
    assert record["flag"] is False
    assert (record["name"], record["text"]) == ("", "")
    assert np.isnan(record["pair"]).all()
    assert record["list"].tolist() == []


def test_types_of_values() -> None:
    record = _catalog()[2]
    assert type(record["id"]) is int
    assert type(record["x"]) is float
    assert type(record["flag"]) is bool
    assert type(record["name"]) is str
    assert isinstance(record["angle"], Angle)
    assert record["list"].dtype == np.int32


@pytest.mark.parametrize(
    ("spec", "name"),
    [("F", "F"), (np.float32, "F"), (float, "D"), ("f8", "D"), (np.int64, "L"), (np.dtype("u2"), "U"),
     (bool, "Flag"), (str, "String"), (Angle, "Angle"), ("ArrayF", "ArrayF")],
)  # fmt: skip
def test_ways_to_name_a_type(spec: Any, name: str) -> None:
    schema = Schema()
    key = schema.addField("a", type=spec)
    assert key.getTypeString() == name
    assert isinstance(key, Key[name])
    assert isinstance(schema.find("a").field, Field[name])


def test_unknown_types() -> None:
    for bad in ("Z", "ArrayL", complex, None, np.dtype("V3")):
        with pytest.raises(KeyError):
            Schema().addField("a", type=bad)


def test_schema_items() -> None:
    schema = _schema()
    assert [key for key, _ in schema][0] == schema.find("id").key
    assert schema["x"].asKey() == schema.find("x").key
    assert schema["x"].asField().getUnits() == "pixel"
    assert schema.find(schema["x"].asKey()).field.getDoc() == "position"
    assert "x" in schema
    assert "y" not in schema
    assert schema.join("a", "b", "c") == "a_b_c"
    with pytest.raises(KeyError):
        schema["nothing"]
    with pytest.raises(InvalidParameterError, match="'x' exists"):
        schema.addField("x", type="D")
    schema.addField("x", type="D", doc="new", doReplace=True)
    assert schema["x"].asField().getDoc() == "new"
    with pytest.raises(TypeError):
        schema.addField("x", type="F", doReplace=True)


def test_sub_schema() -> None:
    schema = Schema()
    for name in ("a_b_x", "a_b_y", "a_c", "d"):
        schema.addField(name, type="D")
    assert schema["a"].getNames() == {"b_x", "b_y", "c"}
    assert schema["a"].getNames(topOnly=True) == {"b", "c"}
    assert schema.getNames(topOnly=True) == {"a", "d"}
    assert schema["a"]["b"]["x"].asKey() == schema.find("a_b_x").key
    assert "c" in schema["a"]
    with pytest.raises(LogicError):
        schema["a"].asKey()


def test_copies_of_schemas() -> None:
    schema = _schema()
    other = Schema(schema)
    other.addField("more", type="D")
    assert "more" not in schema
    other.getAliasMap().set("y", "x")
    assert "y" in schema, "aliases are shared"
    other.disconnectAliases()
    other.getAliasMap().set("z", "x")
    assert "z" not in schema


def test_schemas_contain_items() -> None:
    schema = _schema()
    other = Schema()
    item = other.find(other.addField("x", type="D", doc="another text", units="pixel"))
    assert schema.contains(item)
    assert schema.contains(item, Schema.EQUAL_NAMES | Schema.EQUAL_UNITS)
    assert not schema.contains(item, Schema.EQUAL_DOCS)
    assert not other.contains(schema.find("f"))


def test_comparison_of_schemas() -> None:
    first, second = Schema(), Schema()
    first.addField("a", type="D", doc="x")
    second.addField("b", type="D", doc="x")
    assert first == second, "types only, as in the stack"
    assert not first.compare(second, Schema.EQUAL_NAMES)
    assert (
        first.compare(second, Schema.EQUAL_FIELDS)
        == Schema.EQUAL_KEYS | Schema.EQUAL_DOCS | Schema.EQUAL_UNITS
    )
    second.addField("c", type="I")
    assert first != second
    assert second.contains(first)
    assert not second.contains(first, Schema.EQUAL_NAMES)


def test_pickled_schema() -> None:
    schema = _schema()
    schema.getAliasMap().set("y", "x")
    again = pickle.loads(pickle.dumps(schema))
    assert schema.compare(again, Schema.IDENTICAL) == Schema.IDENTICAL


def _slow_apply(aliases: dict[str, str], name: str) -> str:
    """Follow aliases by the letter of the format's description."""
    for _ in range(100):
        candidates = [a for a in sorted(aliases) if a <= name]
        if name in aliases:
            name = aliases[name]
        elif candidates and name.startswith(candidates[-1]):
            name = aliases[candidates[-1]] + name[len(candidates[-1]) :]
        else:
            return name
    raise RecursionError


_words = st.text("ab_", min_size=1, max_size=4)


@given(st.dictionaries(_words, _words, max_size=5), _words)
def test_aliases_by_brute_force(aliases: dict[str, str], name: str) -> None:
    alias_map = AliasMap()
    for alias, target in aliases.items():
        alias_map.set(alias, target)
    try:
        expected = _slow_apply(aliases, name)
    except RecursionError:
        with pytest.raises(PexRuntimeError, match="cycle"):
            alias_map.apply(name)
    else:
        assert alias_map.apply(name) == expected


def test_alias_map_access() -> None:
    aliases = AliasMap()
    aliases.set("b", "x")
    aliases["a"] = "y"
    assert list(aliases.items()) == [("a", "y"), ("b", "x")]
    assert aliases.get("a") == "y"
    with pytest.raises(NotFoundError):
        aliases.get("c")
    assert aliases.erase("a")
    assert not aliases.erase("a")
    assert len(aliases) == 1


# -- records ----------------------------------------------------------------------


def test_values_that_do_not_fit() -> None:
    record = BaseCatalog(_schema()).addNew()
    cases = [("id", 1.5, TypeError), ("id", 2**63, OverflowError), ("none", 1, KeyError)]
    cases += [("name", "abcde", LengthError), ("name", 5, TypeError), ("text", None, TypeError)]
    cases += [("pair", [1.0], LengthError), ("list", [1.5], TypeError), ("list", [[1]], LengthError)]
    for name, value, error in cases:
        with pytest.raises(error):
            record[name] = value


def test_angles_and_arrays() -> None:
    catalog = BaseCatalog(_schema())
    record = catalog.addNew()
    record["angle"] = 180.0 * degrees
    assert catalog["angle"][0] == np.pi
    record["angle"] = 1.25
    assert record["angle"].asRadians() == 1.25
    record["pair"][1] = 7.0
    assert catalog["pair"][0, 1] == 7.0, "fixed arrays are views"
    key = catalog.schema["pair"].asKey()
    assert record[key[1]] == 7.0
    record[key[0]] = 3.0
    assert catalog[key[0]].tolist() == [3.0]
    with pytest.raises(IndexError):
        key[2]


def test_records_are_views() -> None:
    catalog = _catalog()
    again = catalog[1:3]
    again[0]["x"] = -1.0
    assert catalog[1]["x"] == -1.0
    assert catalog[1] == again[0]
    assert catalog[1] != catalog[2]


def test_records_are_not_copied_alone() -> None:
    """The default of Python would copy all rows that share memory with the record."""
    record = _catalog()[1]
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="copyRecord"):
            attempt(record)
    copied = record.table.copyRecord(record)
    copied["x"] = 7.0
    assert record["x"] == 0.5


def test_positions_outside() -> None:
    catalog = _catalog(3)
    for position in (3, -4):
        with pytest.raises(IndexError, match=f"position {position} is outside of a catalog of 3"):
            catalog[position]


def test_assign_and_extract() -> None:
    catalog = _catalog()
    target = catalog.table.makeRecord()
    target.assign(catalog[3])
    assert target.extract("i*", "name") == {"id": 7, "name": "abc"}
    target["list"][0] = 99
    assert catalog[3]["list"].tolist() == [0, 1, 2], "variable arrays are copied"
    assert set(target.extract(regex="x|fl")) == {"x", "flag"}
    assert target.extract(regex=r"i(\w)", sub=r"\1i") == {"di": 7}
    with pytest.raises(ValueError, match="'sub' needs"):
        target.extract("*", sub="x")
    other = BaseCatalog(ExposureTable.makeMinimalSchema()).addNew()
    with pytest.raises(LogicError, match="SchemaMapper"):
        other.assign(catalog[0])


# -- catalogs ---------------------------------------------------------------------


def test_columns_are_views_and_flags_copies() -> None:
    catalog = _catalog()
    catalog["x"][:] = 2.0
    assert [r["x"] for r in catalog] == [2.0] * 5
    catalog["x"] = np.arange(5)
    assert catalog[4]["x"] == 4.0
    flags = catalog["flag"]
    flags |= True
    assert catalog["flag"].tolist() == [False, True, False, True, False]
    catalog["flag"] = True
    assert catalog["flag"].all()
    assert catalog["name"].tolist() == ["", "a", "ab", "abc", "abcd"]
    catalog["name"] = ["x"] * 5
    assert catalog[2]["name"] == "x"
    catalog["id"] = np.full(5, 2.7)
    assert catalog["id"].tolist() == [2] * 5, "as numpy does"


def test_columns_outlive_growth() -> None:
    """A column that was taken stays connected while records are added."""
    catalog = _catalog(1)
    column = catalog["x"]
    for _ in range(2000):
        catalog.addNew()
    column[0] = 42.0
    assert catalog[0]["x"] == 42.0


def test_columns_of_scattered_records() -> None:
    catalog = _catalog()
    scattered = catalog[::2]
    assert not scattered.isContiguous()
    assert scattered["id"].tolist() == [10, 8, 6]
    with pytest.raises(ValueError, match="read-only"):
        scattered["x"][0] = 1.0
    for access in (
        lambda: scattered.columns,
        scattered.getColumnView,
        lambda: scattered.__setitem__("x", 1.0),
    ):
        with pytest.raises(PexRuntimeError, match="not contiguous"):
            access()
    both = BaseCatalog(catalog.table)
    both.extend(_catalog(2))
    both.extend(catalog[3:])
    assert both["id"].tolist() == [10, 9, 7, 6]
    both["flag"] = [True, False, True, False]
    assert both["flag"].tolist() == [True, False, True, False]


@given(st.integers(0, 130), st.data())
def test_subsets_by_brute_force(n: int, data: Any) -> None:
    catalog = _catalog(n)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), dtype=bool)
    expected = [catalog[i]["id"] for i in range(n) if mask[i]]
    assert catalog[mask]["id"].tolist() == expected
    assert [r["id"] for r in catalog[mask]] == expected
    where = slice(*data.draw(st.tuples(*[st.one_of(st.none(), st.integers(-150, 150))] * 2)))
    assert catalog[where]["id"].tolist() == [r["id"] for r in list(catalog)[where]]


def test_masks_of_another_kind() -> None:
    catalog = _catalog()
    for bad in (np.ones(4, bool), np.ones(5), np.array([0, 1])):
        with pytest.raises(TypeError, match="boolean array"):
            catalog[bad]


def test_copies() -> None:
    catalog = _catalog()
    shallow, deep = catalog.copy(), catalog.copy(deep=True)
    catalog[0]["x"] = 77.0
    catalog[3]["list"][0] = 5
    assert shallow[0]["x"] == 77.0
    assert deep[0]["x"] == 0.0
    assert deep[3]["list"].tolist() == [0, 1, 2]
    assert deep.isContiguous()
    assert copy.deepcopy(catalog)[0]["x"] == 77.0
    assert len(copy.copy(catalog)) == 5


def test_sequence() -> None:
    catalog = _catalog()
    del catalog[1]
    assert catalog["id"].tolist() == [10, 8, 7, 6]
    catalog.insert(0, catalog[3])
    assert catalog["id"].tolist() == [6, 10, 8, 7, 6]
    catalog[0] = catalog[1]
    assert catalog[0] == catalog[1]
    catalog.resize(7)
    assert len(catalog) == 7
    catalog.resize(2)
    assert catalog["id"].tolist() == [10, 10]
    catalog.clear()
    assert len(catalog) == 0
    assert catalog["x"].shape == (0,)
    catalog.reserve(500)
    for _ in range(500):
        catalog.addNew()
    assert catalog.isContiguous()


def test_sort_and_find() -> None:
    catalog = _catalog()
    assert not catalog.isSorted("id")
    catalog.sort("id")
    assert catalog.isSorted("id")
    assert catalog["x"].tolist() == [2.0, 1.5, 1.0, 0.5, 0.0]
    assert catalog.find(8, "id")["x"] == 1.0
    assert catalog.find(99, "id") is None
    assert catalog.between(7, 9, "id") == slice(1, 4)
    assert catalog.lower_bound(7, "id") == 1
    catalog.sort(lambda record: -record["id"])
    assert catalog["id"].tolist() == [10, 9, 8, 7, 6]
    with pytest.raises(LogicError, match="not sorted"):
        catalog.equal_range(7, "id")


def test_mapper() -> None:
    source = _catalog()
    mapper = SchemaMapper(source.schema)
    mapper.addMinimalSchema(ExposureTable.makeMinimalSchema())
    out_key = mapper.addMapping(source.schema["x"].asKey(), "renamed")
    mapper.addMapping(source.schema["list"].asKey())
    added = mapper.editOutputSchema().addField("more", type="F")
    result = ExposureCatalog(mapper.getOutputSchema())
    result.extend(source, mapper=mapper)
    assert result["id"].tolist() == source["id"].tolist(), "mapped because the key is the same"
    assert result[out_key].tolist() == source["x"].tolist()
    assert result[4]["list"].tolist() == [0, 1, 2, 3]
    assert np.isnan(result[added]).all()
    assert mapper.isMapped(source.schema["x"].asKey())
    assert not mapper.isMapped(source.schema["f"].asKey())
    assert mapper.getMapping(source.schema["x"].asKey()) == out_key
    with pytest.raises(NotFoundError):
        mapper.getMapping(source.schema["f"].asKey())
    with pytest.raises(LogicError, match="'x' of the mapper's input schema"):
        result.addNew().assign(result[0], mapper)
    with pytest.raises(LogicError, match="before all other"):
        mapper.addMinimalSchema(ExposureTable.makeMinimalSchema())


def test_forms_of_the_mapper() -> None:
    source = _catalog(2)
    mapper = SchemaMapper(source.schema)
    mapper.addMapping("id")
    mapper.addMapping("x", "renamed")
    mapper.addMapping("f", Field["F"]("g", "doc"))
    key = mapper.addOutputField("new", type="I", doc="number", units="pixel")
    assert mapper.getOutputSchema().find("new").key == key
    with pytest.raises(KeyError):
        mapper.addMapping("nothing")
    with pytest.raises(LogicError, match="types differ"):
        mapper.addMapping("f", Field["D"]("h", "doc"))
    target = BaseCatalog(mapper.getOutputSchema())
    target.extend(source, mapper=mapper)
    assert target["renamed"].tolist() == [0.0, 0.5]
    mapper.invert()
    back = BaseCatalog(source.schema)
    back.extend(target, mapper=mapper)
    assert back["x"].tolist() == [0.0, 0.5]
    assert back["name"].tolist() == ["", ""]
    minimal = Schema()
    minimal.addField(source.schema["id"].asField())
    rest = SchemaMapper.removeMinimalSchema(source.schema, minimal)
    assert rest.getOutputSchema().getOrderedNames() == source.schema.getOrderedNames()[1:]
    assert not rest.isMapped(source.schema["id"].asKey())


def test_minimal_schemas() -> None:
    for table in (SimpleTable, SourceTable, ExposureTable):
        assert table.checkSchema(table.makeMinimalSchema())
        with pytest.raises(LogicError, match=f"{table.__name__}'s schema must begin with id"):
            table.make(_schema())
    assert BaseTable.makeMinimalSchema().getFieldCount() == 0


def test_cast() -> None:
    schema = SimpleTable.makeMinimalSchema()
    schema.getAliasMap().set("ra", "coord_ra")
    simple = SimpleCatalog(schema)
    simple.addNew().setCoord(SpherePoint(10 * degrees, 20 * degrees))
    base = simple.cast(BaseCatalog)
    assert type(base) is BaseCatalog
    again = base.cast(SimpleCatalog)
    assert type(again) is SimpleCatalog
    assert again[0].getCoord() == simple[0].getCoord()
    assert again[0]["ra"] == 10 * degrees


def test_astropy() -> None:
    catalog = _catalog()
    catalog.schema.getAliasMap().set("y", "x")
    table = catalog.asAstropy()
    assert table.colnames == ["id", "x", "y", "f", "angle", "flag", "name", "text", "pair"]
    table["x"][0] = 5.0
    assert catalog[0]["x"] == 5.0
    assert str(table["angle"].unit) == "rad"
    assert table["name"].dtype == np.dtype("U4"), "as wide as the field, so that it can be assigned to"
    assert "flag" not in catalog.asAstropy(unviewable="skip").colnames
    with pytest.raises(ValueError, match="cannot be viewed"):
        catalog.asAstropy(unviewable="raise")
    catalog.asAstropy(copy=True)["x"][1] = 9.0
    assert catalog[1]["x"] == 0.5
    scattered = catalog[::2].asAstropy()
    assert scattered["id"].tolist() == [10, 8, 6]
    with pytest.raises(ValueError, match="cannot be viewed"):
        catalog[::2].asAstropy(unviewable="raise")


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
    assert record.get(key) == ellipse != Ellipse(Quadrupole(4.0, 3.0, -1.0))
    assert record[EllipseKey(schema["e"])] == ellipse
    assert key == EllipseKey(QuadrupoleKey(schema["e"]), Point2DKey(schema["e"]))
    assert record.get(key.getCenter()) == Point2D(1.5, 2.5)
    record[key] = Ellipse(Axes(2.0, 1.0, 0.0), Point2D(0.0, 0.0))
    assert record.get(key.getCore()).getIxx() == pytest.approx(4.0)
    assert key.isValid() and not EllipseKey().isValid()


def test_schemas_are_joined() -> None:
    first, second = Schema(), Schema()
    first.addField("id", type="L", doc="one")
    first.addField("x", type="D")
    second.addField("id", type="L", doc="other")
    mappers = SchemaMapper.join([first, second, second], ["a_", "b_", "c_"])
    output = mappers[0].getOutputSchema()
    assert output.getOrderedNames() == ["a_id", "a_x", "b_id", "c_id"]
    assert all(mapper.getOutputSchema() == output for mapper in mappers)
    record = BaseCatalog(output).addNew()
    for mapper, value in zip(mappers, (3, 4, 5), strict=True):
        source = BaseCatalog(mapper.getInputSchema()).addNew()
        source["id"] = value
        record.assign(source, mapper)
    assert [record[name] for name in ("a_id", "b_id", "c_id")] == [3, 4, 5]
    with pytest.raises(InvalidParameterError):
        SchemaMapper.join([first, second])
    with pytest.raises(LengthError, match="2 schemas"):
        SchemaMapper.join([first, second], ["a_"])


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


def test_components_accept_none_and_refuse_nonsense() -> None:
    record = ExposureCatalog(ExposureTable.makeMinimalSchema()).addNew()
    for name in (
        "Wcs",
        "Psf",
        "PhotoCalib",
        "ApCorrMap",
        "ValidPolygon",
        "VisitInfo",
        "TransmissionCurve",
        "Detector",
    ):
        assert getattr(record, f"get{name}")() is None
        getattr(record, f"set{name}")(None)
        assert getattr(record, f"get{name}")() is None
        with pytest.raises(TypeError, match="not str"):
            getattr(record, f"set{name}")("text")


def test_metadata_is_shared_by_reference_and_copied_deep() -> None:
    from lsst.daf.base import PropertyList

    catalog = _catalog()
    assert catalog.getMetadata() is None
    metadata = PropertyList()
    catalog.setMetadata(metadata)
    assert catalog[1:].getMetadata() is metadata
    assert catalog.table.metadata is catalog.metadata is metadata
    deep = catalog.copy(deep=True).getMetadata()
    assert deep is not None
    assert deep is not metadata
