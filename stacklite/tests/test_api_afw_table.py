"""Fields, keys, schemas, tables, records: what no other test of `lsst.afw.table` calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from lsst.afw.table import (
    AliasMap,
    BaseCatalog,
    BaseRecord,
    BaseTable,
    CoordKey,
    CovarianceMatrix2fKey,
    ExposureTable,
    Field,
    IdFactory,
    Key,
    Point2DKey,
    Point2IKey,
    PointKey,
    QuadrupoleKey,
    Schema,
    SchemaItem,
    SchemaMapper,
    SimpleCatalog,
    SimpleTable,
    SourceCatalog,
    SourceTable,
)
from lsst.daf.base import PropertyList
from lsst.geom import Angle, Point2I, degrees
from lsst.pex.exceptions import LengthError, LogicError
from stacklite_support.golden import own_file

# Field type, size and arguments of addField; elements (0: they differ), and what stands for the type.
FIELDS: list[tuple[str, int | None, int, Any]] = [
    ("L", None, 1, np.int64),
    ("Flag", None, 1, "Flag"),
    ("String", 7, 7, str),
    ("String", 0, 0, str),
    ("ArrayF", 3, 3, "ArrayF"),
    ("ArrayB", 0, 0, "ArrayB"),
]


def make_schema() -> Schema:
    schema = Schema()
    schema.addField("a_x", type="D", doc="position", units="pixel")
    schema.addField("a_flag", type="Flag")
    schema.addField("list", type="ArrayD", size=4)
    schema.addField("text", type="String", size=0)
    schema.getAliasMap().set("b", "a")
    return schema


# -- fields, keys, schemas ---------------------------------------------------------


@pytest.mark.parametrize(("kind", "size", "count", "dtype"), FIELDS)
def test_sizes_of_fields(kind: str, size: int | None, count: int, dtype: Any) -> None:
    schema = Schema()
    key = schema.addField("a", type=kind, size=size, doc="text")
    field = schema.find("a").field
    for each in (key, field, field.copyRenamed("b")):
        assert (each.getElementCount(), each.isVariableLength()) == (count, count == 0)
        assert each.getSize() == count
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


def test_keys_of_parts_of_arrays() -> None:
    schema = make_schema()
    key = schema["list"].asKey()
    catalog = BaseCatalog(schema)
    catalog.resize(3)
    catalog["list"] = np.arange(12.0).reshape(3, 4)
    part = key[1:3]
    assert part == key.slice(1, 3) != key[0:2]
    assert part.getSize() == 2 and hash(part) == hash(key.slice(1, 3))
    assert catalog[2][part].tolist() == [9.0, 10.0]
    assert catalog[part].tolist() == [[1.0, 2.0], [5.0, 6.0], [9.0, 10.0]]
    assert (catalog[2][key[-1]], catalog[key[-1]].tolist()) == (11.0, [3.0, 7.0, 11.0])
    catalog[2][part] = [-1.0, -2.0]
    catalog[key[0]] = 5.0
    assert catalog["list"].tolist() == [[5, 1, 2, 3], [5, 5, 6, 7], [5, -1, -2, 11]]
    assert schema.find(key[1]).field.getName() == "list[1]"
    for bad in (lambda: key[4], lambda: key[-5]):
        with pytest.raises(IndexError, match="has 4 elements"):
            bad()
    for nothing in (schema["text"].asKey(), schema["a_x"].asKey(), part):
        with pytest.raises(TypeError, match="no elements"):
            nothing[0]


def test_counts_and_parts_of_schemas() -> None:
    schema = make_schema()
    assert (schema.getFieldCount(), schema.getFlagFieldCount(), schema.getNonFlagFieldCount()) == (4, 1, 3)
    item = schema.find("b_x")
    assert list(item) == [item[0], item[1]] == [item.key, item.field] and len(item) == 2
    assert item in schema and SchemaItem["F"](Key["F"]("a_x"), item.field) not in schema and 5 not in schema
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
    for missing in (lambda: aliases.__delitem__("y"), lambda: aliases["y"]):
        with pytest.raises(KeyError):
            missing()


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
    with pytest.raises(ValueError, match="2 quantities, not 3"):
        CovarianceMatrix2fKey(found[2])


def test_aliases_of_mappers() -> None:
    schema = make_schema()
    mapper = SchemaMapper(schema, True)
    mapper.addMapping(schema["a_x"].asKey(), True)
    assert "b_x" in mapper.getOutputSchema()
    again = SchemaMapper(schema, mapper.getOutputSchema())
    assert not again.isMapped(schema["a_x"].asKey())
    again.addMapping("a_x", True)
    assert again.getMapping(schema["a_x"].asKey()) == mapper.getOutputSchema()["a_x"].asKey()
    assert "b_x" not in SchemaMapper(schema).getOutputSchema()


# -- tables and records ------------------------------------------------------------


def test_memory_of_tables() -> None:
    table = BaseTable.make(make_schema())
    assert table.getBufferSize() == 0
    table.preallocate(50)
    assert table.getBufferSize() == 50
    catalog = BaseCatalog(table)
    for _ in range(50):
        catalog.addNew()
    assert catalog.isContiguous() and table.getBufferSize() == 0
    table.preallocate(3)
    catalog.addNew()
    assert table.getBufferSize() == 2 and not catalog.isContiguous()
    table.preallocate(2)
    assert table.getBufferSize() == 2, "there is room already"


def test_copied_records() -> None:
    catalog = BaseCatalog(make_schema())
    record = catalog.addNew()
    record["a_x"], record["text"] = 1.5, "abc"
    copied = catalog.table.copyRecord(record)
    copied["a_x"] = 2.5
    assert (record["a_x"], copied["text"], len(catalog)) == (1.5, "abc", 1)
    mapper = SchemaMapper(catalog.schema)
    mapper.addMapping("a_x", "z")
    other = BaseTable.make(mapper.getOutputSchema()).copyRecord(record, mapper)
    assert other.extract("*") == {"z": 1.5}
    with pytest.raises(LogicError, match="SchemaMapper"):
        other.table.copyRecord(record)
    assert record.getTable() is record.table is catalog.getTable() is catalog.table
    for each in (record, catalog, catalog.table):
        assert each.getSchema() == each.schema == catalog.schema
    assert record == catalog[0] != copied and catalog.table == catalog.table != other.table
    assert "a_x: 1.5" in repr(record)
    for unhashable in (record, catalog.table, mapper):
        with pytest.raises(TypeError, match="unhashable"):
            hash(unhashable)
    for bad in ("nothing", Key["String"]("nothing")):
        with pytest.raises(KeyError, match="nothing"):
            record[bad]
    with pytest.raises(TypeError, match="addNew"):
        BaseRecord(catalog.table, 0)  # type: ignore[arg-type]


def test_metadata_are_taken_away_once() -> None:
    catalog, metadata = BaseCatalog(make_schema()), PropertyList()
    catalog.setMetadata(metadata)
    assert catalog.metadata is metadata
    assert catalog.table.popMetadata() is metadata
    assert catalog.getMetadata() is None is catalog.table.popMetadata()


def test_ids_and_positions_of_records() -> None:
    catalog = SourceCatalog(SourceTable.makeMinimalSchema())
    record = catalog.addNew()
    record.setRa(10 * degrees)
    record.setDec(-20 * degrees)
    assert (record.getRa(), record.getDec()) == (10 * degrees, -20 * degrees) == tuple(record.getCoord())
    assert record[SimpleTable.getCoordKey()] == record.getCoord()
    assert isinstance(record["coord_ra"], Angle) and record.getParent() == 0
    record.setParent(id=17)
    assert record.getParent() == record[SourceTable.getParentKey()] == record["parent"] == 17
    table = SimpleTable.make(SimpleTable.makeMinimalSchema())
    table.setIdFactory(IdFactory.makeSource(3, 8))
    assert SimpleCatalog(table).addNew().getId() == (3 << 8) + 1
    assert SimpleTable.getIdKey() == ExposureTable.getIdKey() == SimpleTable.makeMinimalSchema()["id"].asKey()
