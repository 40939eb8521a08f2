"""Schemas, their aliases and mappers."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from lsst.geom import Angle
from lsst.pex.exceptions import InvalidParameterError, LengthError, LogicError, NotFoundError
from lsst.pex.exceptions import RuntimeError as PexRuntimeError
from stacklite_support.catalogs import make_catalog, make_schema


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
        schema["nothing"]
    with pytest.raises(InvalidParameterError, match="'x' exists"):
        schema.addField("x", type="D")
    schema.addField("x", type="D", doc="new", doReplace=True)
    assert schema["x"].asField().getDoc() == "new"
    with pytest.raises(TypeError):
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
    with pytest.raises(LogicError):
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
