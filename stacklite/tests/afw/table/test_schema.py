"""Schemas, their fields, aliases and mappers."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.table import (
    AliasMap,
    BaseCatalog,
    BaseTable,
    ExposureCatalog,
    ExposureTable,
    Field,
    Key,
    Schema,
    SchemaMapper,
    SimpleTable,
    SourceTable,
)
from lsst.afw.table._field import make_key
from lsst.geom import Angle
from lsst.pex.exceptions import InvalidParameterError, LengthError, LogicError, NotFoundError
from stacklite_support.catalogs import make_catalog, make_schema
from stacklite_support.golden import cases, golden_cases, own_file
from stacklite_support.golden_table import error_class
from stacklite_support.made_schemas import make_small_schema
from stacklite_support.parity import parity


def test_unset_values() -> None:
    record = BaseCatalog(make_schema()).addNew()
    assert record["id"] == 0
    assert np.isnan(record["x"])
    assert np.isnan(record["f"])
    assert np.isnan(record["angle"].asRadians())
    assert record["flag"] is False
    assert (record["name"], record["text"]) == ("", "")
    assert np.isnan(record["pair"]).all()
    assert record["list"].tolist() == []


def test_types_of_values() -> None:
    record = make_catalog()[2]
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
    schema = make_schema()
    assert [key for key, _ in schema][0] == schema.find("id").key
    assert schema["x"].asKey() == schema.find("x").key
    assert schema["x"].asField().getUnits() == "pixel"
    assert schema.find(schema["x"].asKey()).field.getDoc() == "position"
    assert "x" in schema
    assert "y" not in schema
    assert schema.join("a", "b", "c") == "a_b_c"
    with pytest.raises(KeyError):
        schema.find("nothing")
    with pytest.raises(NotFoundError, match="'nothing' is not a field"):
        schema["nothing"].asKey()
    with pytest.raises(NotFoundError, match="'nothing_x' is not in the schema"):
        schema["nothing"].find("x")
    with pytest.raises(InvalidParameterError, match="'x' exists"):
        schema.addField("x", type="D")
    schema.addField("x", type="D", doc="new", doReplace=True)
    assert schema["x"].asField().getDoc() == "new"
    with pytest.raises(pex_exceptions.TypeError):
        schema.addField("x", type="F", doReplace=True)


def test_submake_schema() -> None:
    schema = Schema()
    for name in ("a_b_x", "a_b_y", "a_c", "d"):
        schema.addField(name, type="D")
    assert schema["a"].getNames() == {"b_x", "b_y", "c"}
    assert schema["a"].getNames(topOnly=True) == {"b", "c"}
    assert schema.getNames(topOnly=True) == {"a", "d"}
    assert schema["a"]["b"]["x"].asKey() == schema.find("a_b_x").key
    assert "c" in schema["a"]
    with pytest.raises(NotFoundError):
        schema["a"].asKey()


def test_copies_of_schemas() -> None:
    schema = make_schema()
    other = Schema(schema)
    other.addField("more", type="D")
    assert "more" not in schema
    other.getAliasMap().set("y", "x")
    assert "y" in schema, "aliases are shared"
    other.disconnectAliases()
    other.getAliasMap().set("z", "x")
    assert "z" not in schema


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
    assert second.contains(first) == Schema.EQUAL_KEYS and first.contains(second) == 0
    assert second.contains(first, Schema.EQUAL_NAMES | Schema.EQUAL_DOCS) == Schema.EQUAL_DOCS
    assert second.contains(other=first, flags=Schema.EQUAL_NAMES) == 0


def test_pickledmake_schema() -> None:
    schema = make_schema()
    schema.getAliasMap().set("y", "x")
    again = pickle.loads(pickle.dumps(schema))
    assert schema.compare(again, Schema.IDENTICAL) == Schema.IDENTICAL


_words = st.text("ab_", min_size=1, max_size=4)


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


@given(st.dictionaries(_words, _words, max_size=5), _words)
def test_aliases_by_brute_force(aliases: dict[str, str], name: str) -> None:
    alias_map = AliasMap()
    for alias, target in aliases.items():
        alias_map.set(alias, target)
    try:
        expected = _slow_apply(aliases, name)
    except RecursionError:
        with pytest.raises(pex_exceptions.RuntimeError, match="cycle"):
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


def test_mapper() -> None:
    source = make_catalog()
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
    source = make_catalog(2)
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
    minimal = Schema()
    minimal.addField(source.schema["id"].asField())
    kept = SchemaMapper(source.schema, minimal)
    assert kept.getOutputSchema() == minimal and not SchemaMapper().getInputSchema().getFieldCount()
    source.schema.getAliasMap().set("alias", "x")
    for shared in (SchemaMapper(source.schema, True), SchemaMapper(input=source.schema, shareAliasMap=True)):
        assert shared.getOutputSchema().getAliasMap().get("alias") == "x"
    with pytest.raises(TypeError, match="does not take"):
        SchemaMapper(source.schema, output=minimal)  # type: ignore[call-overload]
    rest = SchemaMapper.removeMinimalSchema(source.schema, minimal)
    assert rest.getOutputSchema().getOrderedNames() == source.schema.getOrderedNames()[1:]
    assert not rest.isMapped(source.schema["id"].asKey())


def test_a_second_mapping_replaces_the_first() -> None:
    """The output field keeps its place, and the alias of the input its key."""
    schema = make_small_schema()
    names = schema.getOrderedNames()[:2]
    first, second = (schema.find(name).key for name in names)
    mapper = SchemaMapper(schema)
    old = mapper.addMapping(first, "x")
    mapper.addMapping(second, "y")
    field = schema.find(first).field.copyRenamed("z")
    for output, name in (("w", "w"), (field, "z"), (None, names[0]), ("x", "x")):
        key = mapper.addMapping(first, output, doReplace=False)
        assert mapper.getOutputSchema().getOrderedNames() == [name, "y"]
        assert key == old == mapper.getMapping(first) == mapper.getOutputSchema().find(name).key
    with pytest.raises(InvalidParameterError, match="'y'"):
        mapper.addMapping(first, "y")
    kept = SchemaMapper(schema)
    kept.addMinimalSchema(schema)
    kept.addMapping(first, "new")
    assert kept.getOutputSchema().getOrderedNames()[:2] == ["new", names[1]]


def test_minimal_schemas() -> None:
    for table in (SimpleTable, SourceTable, ExposureTable):
        assert table.checkSchema(table.makeMinimalSchema())
        with pytest.raises(LogicError, match=f"{table.__name__}'s schema must begin with id"):
            table.make(make_schema())
    assert not hasattr(BaseTable, "makeMinimalSchema")


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


# Field type, size and arguments of addField; elements (0: they differ), and what stands for the type.
FIELDS: list[tuple[str, int | None, int, Any]] = [
    ("L", None, 1, np.int64),
    ("Flag", None, 1, "Flag"),
    ("String", 7, 7, str),
    ("String", 0, 0, str),
    ("ArrayF", 3, 3, "ArrayF"),
    ("ArrayB", 0, 0, "ArrayB"),
]


@pytest.mark.parametrize(("kind", "size", "count", "dtype"), FIELDS)
def test_sizes_of_fields(kind: str, size: int | None, count: int, dtype: Any) -> None:
    schema = Schema()
    key = schema.addField("a", type=kind, size=size, doc="text")
    field = schema.find("a").field
    for each in (key, field, field.copyRenamed("b")):
        if kind.startswith("Array"):
            assert (each.getSize(), each.isVariableLength()) == (count, count == 0)
        assert hasattr(each, "getSize") == (size is not None)
        assert each.getTypeString() == kind
    assert field.dtype == dtype
    renamed = field.copyRenamed("b")
    assert (renamed.getName(), renamed.getDoc()) == ("b", "text")
    assert renamed != field == Field[kind]("a", "text", "", size)
    assert hash(field) == hash(Field[kind]("a", "text", "", size))
    assert len({key, schema.find("a").key, Key[kind]()}) == 2 and not Key[kind]().isValid()


def test_fields_that_cannot_be() -> None:
    assert Field["String"]("a", "text", 5) == Field["String"]("a", "text", "", 5)
    with pytest.raises(LengthError, match="cannot have size 2"):
        Field["F"]("a", size=2)
    with pytest.raises(TypeError, match="is text"):
        Field["String"]("a", 5)  # type: ignore[arg-type]


def test_counts_and_parts_of_schemas() -> None:
    schema = make_small_schema()
    assert (schema.getFieldCount(), schema.getFlagFieldCount(), schema.getNonFlagFieldCount()) == (4, 1, 3)
    item = schema.find("b_x")
    assert list(item) == [item[0], item[1]] == [item.key, item.field] and len(item) == 2
    assert item.key in schema and make_key("F", "a_x") not in schema and 5 not in schema
    assert (item.getKey(), item.getField()) == (item.key, item.field)
    assert schema["b"].getPrefix() == "b"
    assert schema["b"].getNames() == {"x", "flag"}
    (shorter := Schema()).addField(item.field)
    assert schema.contains(shorter) and not shorter.contains(schema)
    assert not shorter.compare(schema, Schema.EQUAL_ALIASES)
    for beginning in (shorter, Schema(schema), Schema()):
        assert schema.contains(beginning, Schema.IDENTICAL) == Schema.IDENTICAL
    assert schema.join("a", "b") == schema.join(a="a", b="b") == "a_b" and schema.join(*"abcd") == "a_b_c_d"
    for wrong in (("a",), tuple("abcde")):
        with pytest.raises(TypeError, match="join does not take"):
            schema.join(*wrong)  # type: ignore[call-overload]
    schema.getAliasMap().set("text", "a_x")
    assert schema.find("text") == schema.find("a_x"), "an alias hides a field of its name"
    for text in ("'a_x'", "'position'", "'b'->'a'", "size=4"):
        assert text in repr(schema)


def test_the_version_of_files() -> None:
    assert fits.getheader(own_file("table_simple.fits"), 1)["AFW_TABLE_VERSION"] == Schema.VERSION


def test_aliases_are_a_mapping() -> None:
    aliases = AliasMap()
    assert aliases.empty() and not aliases
    aliases["y"], aliases["b"] = "x", "a"
    assert list(aliases) == aliases.keys() == ["b", "y"] and aliases.values() == ["a", "x"]
    assert "y" in aliases and "x" not in aliases and not aliases.empty()
    assert repr(aliases) == "AliasMap({'b': 'a', 'y': 'x'})"
    assert AliasMap(aliases) == aliases and aliases.contains(AliasMap())
    del aliases["y"]
    assert aliases == AliasMap(aliases) and len(aliases) == 1
    with pytest.raises(NotFoundError, match="'y'"):
        aliases["y"]
    # As in the stack, what is not there can be removed.
    del aliases["y"]
    assert aliases.keys() == ["b"]


def test_aliases_of_mappers() -> None:
    schema = make_small_schema()
    mapper = SchemaMapper(schema, True)
    mapper.addMapping(schema["a_x"].asKey(), True)
    assert "b_x" in mapper.getOutputSchema()
    again = SchemaMapper(schema, mapper.getOutputSchema())
    assert not again.isMapped(schema["a_x"].asKey())
    again.addMapping("a_x", True)
    assert again.getMapping(schema["a_x"].asKey()) == mapper.getOutputSchema()["a_x"].asKey()
    assert "b_x" not in SchemaMapper(schema).getOutputSchema()


def test_units_must_be_known() -> None:
    schema = Schema()
    for add in (lambda: schema.addField("a", type="F", units="foos"), lambda: Field["F"]("a", "", "foos")):
        with pytest.raises(ValueError, match="foos"):
            add()
    assert "a" not in schema
    with pytest.warns(match="foos"):
        schema.addField("a", type="F", units="foos", parse_strict="warn")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema.addField("b", type="F", units="foos", parse_strict="silent")
        schema.addField("c", type="F", units="pixel^2 / nJy")


# -- Values of the real stack ----------------------------------------------------------


@parity("AliasMap", 0)
@golden_cases("table", "alias lookup")
def test_alias_lookup(case: dict[str, Any]) -> None:
    schema = Schema()
    for name in case["inputs"]["fields"]:
        schema.addField(name, type="D")
    for alias, target in case["inputs"]["aliases"]:
        schema.getAliasMap().set(alias, target)
    record = BaseCatalog(schema).addNew()
    for name, value in case["inputs"]["fields"].items():
        record[name] = value
    for name, expected in case["expected"].items():
        if isinstance(expected, dict):
            with pytest.raises(error_class(expected["error"])):
                record[name]
        else:
            assert record[name] == expected, name


@parity("Schema", 0)
@pytest.mark.parametrize("case", cases("table", "addField"), ids=lambda c: f"{c['inputs']['type']}-{c['id']}")
def test_add_field(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    schema = Schema()
    schema.addField("a_x", type="D")
    kwargs = {"size": inputs["size"]} if "size" in inputs else {}
    if case["expected"] is None:
        schema.addField(inputs["field"], type=inputs["type"], **kwargs)
        assert inputs["field"] in schema
        return
    with pytest.raises(error_class(case["expected"]["error"])):
        schema.addField(inputs["field"], type=inputs["type"], **kwargs)
