"""Tables and records in memory: values, copies, memory."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

from lsst.afw.table import (
    BaseCatalog,
    BaseRecord,
    BaseTable,
    ExposureTable,
    IdFactory,
    Key,
    Schema,
    SchemaMapper,
    SimpleCatalog,
    SimpleTable,
    SourceCatalog,
    SourceTable,
)
from lsst.afw.table._field import make_key
from lsst.daf.base import PropertyList
from lsst.geom import Angle, degrees
from lsst.pex.exceptions import LengthError, LogicError
from stacklite_support.catalogs import make_catalog, make_schema
from stacklite_support.golden import golden_cases
from stacklite_support.golden_table import error_class
from stacklite_support.made_schemas import make_small_schema
from stacklite_support.parity import parity


def test_values_that_do_not_fit() -> None:
    record = BaseCatalog(make_schema()).addNew()
    cases = [("id", 1.5, TypeError), ("id", 2**63, OverflowError), ("none", 1, KeyError)]
    cases += [("name", "abcde", LengthError), ("name", 5, TypeError), ("text", None, TypeError)]
    cases += [("pair", [1.0], LengthError), ("list", [1.5], TypeError), ("list", [[1]], LengthError)]
    for name, value, error in cases:
        with pytest.raises(error):
            record[name] = value


def test_angles_and_arrays() -> None:
    catalog = BaseCatalog(make_schema())
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
    with pytest.raises(LengthError):
        key[2]


def test_records_are_views() -> None:
    catalog = make_catalog()
    again = catalog[1:3]
    again[0]["x"] = -1.0
    assert catalog[1]["x"] == -1.0
    assert catalog[1] == again[0]
    assert catalog[1] != catalog[2]


def test_records_are_not_copied_alone() -> None:
    """The default of Python would copy all rows that share memory with the record."""
    record = make_catalog()[1]
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="copyRecord"):
            attempt(record)
    copied = record.table.copyRecord(record)
    copied["x"] = 7.0
    assert record["x"] == 0.5


def test_assign_and_extract() -> None:
    catalog = make_catalog()
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


def test_memory_of_tables() -> None:
    table = BaseTable.make(make_small_schema())
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
    catalog = BaseCatalog(make_small_schema())
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
    for bad in ("nothing", make_key("String", "nothing")):
        with pytest.raises(KeyError, match="nothing"):
            record[bad]
    with pytest.raises(TypeError, match="addNew"):
        BaseRecord(catalog.table, 0)  # type: ignore[arg-type]


def test_metadata_are_taken_away_once() -> None:
    catalog, metadata = BaseCatalog(make_small_schema()), PropertyList()
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


# -- Values of the real stack ----------------------------------------------------------


@parity("BaseRecord", 0)
@golden_cases("table", "fixed string too long")
def test_fixed_string_too_long(case: dict[str, Any]) -> None:
    schema = Schema()
    schema.addField("s", type="String", size=case["inputs"]["size"])
    record = BaseCatalog(schema).addNew()
    with pytest.raises(error_class(case["expected"]["error"])):
        record["s"] = case["inputs"]["value"]


# -- Access by type ----------------------------------------------------------------------


def test_access_by_type() -> None:
    schema = Schema()
    values: dict[str, Any] = {
        "B": 200, "U": 60000, "I": -3, "L": 2**40, "F": 1.5, "D": 0.1, "Flag": True, "String": "ab",
        "Angle": 1.0 * degrees,
    }  # fmt: skip
    keys = {k: schema.addField(f"x{k}", type=k, size=4 if k == "String" else None) for k in values}
    record = BaseCatalog(schema).addNew()
    for kind, value in values.items():
        getattr(record, f"set{kind}")(keys[kind], value)
        assert getattr(record, f"get{kind}")(keys[kind]) == record.get(keys[kind]) == value
    wrong: list[tuple[str, str, Any]] = [
        ("F", "D", 1.0), ("D", "F", 1.0), ("I", "I", 3.5), ("I", "I", 2**40), ("B", "B", 300), ("U", "U", -1),
        ("Angle", "Angle", 1.0),
    ]  # fmt: skip
    for kind, key, value in wrong:
        with pytest.raises(TypeError):
            getattr(record, f"set{kind}")(keys[key], value)
    with pytest.raises(TypeError, match="key of type F"):
        record.setF("xF", 1.0)
    with pytest.raises(LengthError):
        record.setString(keys["String"], "abcde")
    with pytest.raises(LogicError):
        record.getD(Key["D"]())


def test_access_to_arrays_by_type() -> None:
    schema = Schema()
    key = schema.addField("a", type="ArrayF", size=2)
    record = BaseCatalog(schema).addNew()
    record.setArrayF(key, np.array([1, 2], np.float32))
    record.setF(key[1], 9.0)
    assert record.getArrayF(key).tolist() == [1.0, 9.0]
