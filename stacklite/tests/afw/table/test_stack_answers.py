"""Answers of the real stack, as it gave them, where a first guess is wrong."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom.polygon import Polygon
from lsst.afw.table import (
    ArrayDKey,
    ArrayFKey,
    BaseCatalog,
    BaseTable,
    Box2DKey,
    Box2IKey,
    CoordKey,
    CovarianceMatrix2fKey,
    EllipseKey,
    ExposureCatalog,
    ExposureTable,
    Field,
    IdFactory,
    Key,
    Point2DKey,
    Point2IKey,
    QuadrupoleKey,
    Schema,
    SchemaMapper,
    SimpleTable,
    SourceCatalog,
    SourceTable,
)
from lsst.daf.base import PropertyList
from lsst.geom import Point2D, SpherePoint, degrees
from lsst.pex.exceptions import InvalidParameterError, LengthError, LogicError


def _catalog(n: int = 3) -> BaseCatalog:
    """Return a catalog whose column ``d`` counts."""
    schema = Schema()
    schema.addField("f", type="F")
    schema.addField("d", type="D")
    catalog = BaseCatalog(schema)
    for i in range(n):
        catalog.addNew()["d"] = i
    return catalog


# -- Schemas and keys ------------------------------------------------------------------


def test_comparisons_of_schemas_are_the_flags_that_hold() -> None:
    schema = Schema()
    schema.addField("a", type="F")
    assert schema.contains(Schema(schema)) == 1
    assert schema.contains(Schema(schema), Schema.IDENTICAL) == 31
    assert schema.contains(Schema(schema), Schema.EQUAL_ALIASES) == 16
    larger = Schema(schema)
    larger.addField("b", type="F")
    assert (schema.contains(larger, 31), larger.contains(schema, 31)) == (0, 31)
    assert Schema(schema) not in schema and schema.find("a") not in schema


def test_places_in_records() -> None:
    """Offsets, bits and the size of a record, as the real stack has them for the same fields."""
    schema = Schema()
    fields: list[tuple[str, str, int | None]] = [
        ("f", "F", None), ("d", "D", None), ("v", "ArrayD", 0), ("a4", "ArrayD", 4), ("s", "String", 5),
        ("vs", "String", 0), ("fl", "Flag", None), ("fl2", "Flag", None), ("i", "I", None),
        ("ang", "Angle", None), ("L", "L", None), ("B", "B", None), ("U", "U", None), ("ai", "ArrayI", 2),
    ]  # fmt: skip
    keys = {name: schema.addField(name, type=kind, size=size) for name, kind, size in fields}
    offsets = {"f": 0, "d": 8, "v": 16, "a4": 32, "s": 64, "fl": 128, "fl2": 128}
    assert {name: keys[name].getOffset() for name in offsets} == offsets
    assert [keys[name].getBit() for name in ("fl", "fl2")] == [0, 1]
    assert schema.getRecordSize() == 172
    assert keys["a4"][1].getOffset() == 40
    for index in range(70):
        last = schema.addField(f"more{index}", type="Flag")
    assert (last.getOffset() - 128, last.getBit()) == (48, 7)


def test_keys_of_minimal_fields() -> None:
    schema = SourceTable.makeMinimalSchema()
    found = [SourceTable.getIdKey(), *SourceTable.getCoordKey()._keys, SourceTable.getParentKey()]
    assert found == [item.key for item in schema]
    assert Box2IKey(ExposureTable.makeMinimalSchema()["bbox"])._keys == tuple(
        item.key for item in list(ExposureTable.makeMinimalSchema())[1:]
    )


def test_keys_are_equal_by_place() -> None:
    first, second = Schema(), Schema()
    first.addField("x", type="F")
    key = first.addField("y", type="F")
    other = second.addField("y", type="F")
    assert key not in second
    assert other in first and other == first.find("x").key
    assert first.find(other).field.getName() == "x"
    record = BaseCatalog(first).addNew()
    record["y"] = 2.0
    # Values are found by name where the record has it, which no offset can do.
    assert record[key] == 2.0 == key.get(record)
    key.set(record, 3.0)
    assert record["y"] == 3.0


@pytest.mark.parametrize("kind", ["D", "F", "I", "Flag", "Angle", "String", "ArrayD"])
def test_keys_of_no_field(kind: str) -> None:
    catalog = _catalog()
    for use in (lambda k: catalog[0].get(k), lambda k: catalog[0].set(k, 1), lambda k: catalog[k]):
        with pytest.raises(LogicError, match="not valid"):
            use(Key[kind]())
    with pytest.raises(pex_exceptions.NotFoundError):
        catalog.schema.find(Key[kind]())


@pytest.mark.parametrize(
    "kind",
    [Point2DKey, Point2IKey, Box2DKey, Box2IKey, CoordKey, QuadrupoleKey, EllipseKey, ArrayFKey, ArrayDKey],
)
def test_functor_keys_of_no_fields(kind: Any) -> None:
    record = _catalog()[0]
    with pytest.raises(LogicError, match="Key is not valid"):
        record.get(kind())


def test_covariance_keys_of_no_fields() -> None:
    record = _catalog()[0]
    assert record.get(CovarianceMatrix2fKey()).tolist() == [[0.0, 0.0], [0.0, 0.0]]
    with pytest.raises(LogicError, match="not valid"):
        CovarianceMatrix2fKey().getElement(record, 0, 0)


@pytest.mark.parametrize(
    "add",
    [
        lambda s: Point2DKey.addFields(s, "c", "c", "pixels"),
        lambda s: Box2IKey.addFields(s, "c", "c", "pixels"),
        lambda s: EllipseKey.addFields(s, "c", "c", "pixels"),
        lambda s: ArrayFKey.addFields(s, "c", "c", "pixels", 3),
        lambda s: CovarianceMatrix2fKey.addFields(s, "c", ["x", "y"], "pixels"),
        lambda s: CovarianceMatrix2fKey.addFields(s, "c", ["x", "y"], ["pixels", "foo"]),
    ],
)
def test_functor_keys_take_any_units(add: Callable[[Schema], Any]) -> None:
    schema = Schema()
    add(schema)
    assert "pixels" in {item.field.getUnits() for item in schema}
    with pytest.raises(ValueError, match="pixels"):
        schema.checkUnits()
    schema.checkUnits(parse_strict="silent")
    with pytest.raises(ValueError, match="pixels"):
        schema.addField("x", type="D", units="pixels")


def test_keys_of_arrays_need_adjacent_fields() -> None:
    schema = Schema()
    first, second = (schema.addField(f"a_{i}", type="F") for i in range(2))
    apart = [schema.addField(name, type=kind) for name, kind in (("b_0", "F"), ("x", "D"), ("b_1", "F"))]
    assert ArrayFKey(schema["a"]) == ArrayFKey([first, second])
    wrong: list[Any] = [[second, first], [apart[0], apart[2]], [first, first], schema["b"]]
    for elements in wrong:
        with pytest.raises(InvalidParameterError, match="does not follow"):
            ArrayFKey(elements)
    for wrong_type in ([apart[1]], schema.addField("list", type="ArrayD", size=2)):
        with pytest.raises(TypeError, match="made of"):
            ArrayFKey(wrong_type)
    key = ArrayDKey.addFields(schema, "v", "values", "", 4)
    with pytest.raises(IndexError, match="step"):
        key[1:3:2]
    with pytest.raises(LengthError, match="no elements"):
        key[1:1]
    with pytest.raises(LengthError, match="4 elements, not 2"):
        key.set(BaseCatalog(schema).addNew(), [1.0, 2.0])


# -- Mappers ---------------------------------------------------------------------------


def _mapper(name: str = "d", output: str = "out", **kwargs: Any) -> SchemaMapper:
    schema = Schema()
    key = schema.addField(name, type="D", **kwargs)
    mapper = SchemaMapper(schema)
    mapper.addMapping(key, output)
    return mapper


def test_mappers_are_compared_field_by_field() -> None:
    assert _mapper() == _mapper() == pickle.loads(pickle.dumps(_mapper()))
    assert SchemaMapper() == SchemaMapper()
    others = [_mapper("e"), _mapper(output="e"), _mapper(doc="text"), _mapper(units="m"), SchemaMapper()]
    assert all(_mapper() != other for other in others)
    more = _mapper()
    more.editOutputSchema().getAliasMap().set("a", "out")
    assert more != _mapper()


def test_mapping_of_a_field_that_came_later() -> None:
    """With the whole output field nothing needs to be known of the input field but its key."""
    schema = Schema()
    schema.addField("a", type="D")
    mapper = SchemaMapper(schema)
    key = schema.addField("later", type="D")
    with pytest.raises(pex_exceptions.NotFoundError):
        mapper.addMapping(key)
    mapper.addMapping(key, Field["D"]("out", "text"))
    assert mapper == pickle.loads(pickle.dumps(mapper))
    record = BaseCatalog(schema).addNew()
    record["later"] = 4.0
    assert BaseTable.make(mapper.getOutputSchema()).copyRecord(record, mapper)["out"] == 4.0
    with pytest.raises(LogicError, match="types differ"):
        mapper.addMapping(key, Field["F"]("single"))


def test_second_argument_of_extend_may_be_a_mapper() -> None:
    catalog = _catalog()
    mapper = SchemaMapper(catalog.schema)
    mapper.addMapping(catalog.schema.find("d").key, "out")
    result = BaseCatalog(mapper.getOutputSchema())
    result.extend(catalog, mapper)
    result.extend(list(catalog), mapper)
    result.extend(catalog, deep=True, mapper=mapper)
    assert result["out"].tolist() == [0.0, 1.0, 2.0] * 3


# -- Catalogs --------------------------------------------------------------------------


def test_new_tables_of_sources_have_metadata() -> None:
    assert BaseTable.make(Schema()).metadata is None
    assert ExposureTable.make(ExposureTable.makeMinimalSchema()).metadata is None
    for kind in (SimpleTable, SourceTable):
        table = kind.make(kind.makeMinimalSchema())
        assert table.metadata == PropertyList() == table.clone().metadata
        assert kind.Catalog(table).getMetadata() == PropertyList()
        table.metadata["A"] = 1
        assert (table.popMetadata()["A"], table.metadata) == (1, None)


@pytest.mark.parametrize(("step", "left"), [(slice(1, 3), [0, 3, 4, 5]), (slice(-2, None), [0, 1, 2, 3])])
def test_records_are_removed_by_slices(step: slice, left: list[int]) -> None:
    catalog = _catalog(6)
    del catalog[step]
    assert catalog["d"].tolist() == left
    for wrong in (slice(1, 3, -1), slice(None, 4, 2)):
        with pytest.raises(IndexError, match="step"):
            del catalog[wrong]
    assert catalog["d"].tolist() == left


def test_records_of_another_schema(tmp_path: Path) -> None:
    catalog = _catalog(2)
    larger = catalog.schema
    larger.addField("x", type="F")
    record = BaseTable.make(larger).makeRecord()
    record["d"] = 7.0
    catalog.append(record)
    assert catalog["d"].tolist() == [0.0, 1.0, 7.0]
    assert catalog[2].schema.getNames() == {"f", "d", "x"}
    assert not catalog.isContiguous()
    with pytest.raises(pex_exceptions.RuntimeError):
        catalog.getColumnView()
    uses: list[Callable[[], Any]] = [
        lambda: catalog.writeFits(tmp_path / "x.fits"),
        lambda: catalog.copy(deep=True),
        lambda: pickle.dumps(catalog),
    ]
    for use in uses:
        with pytest.raises(LogicError, match="another schema"):
            use()
    other = BaseCatalog(larger)
    other.append(_catalog(1)[0])
    with pytest.raises(LogicError, match="no field 'x'"):
        other["x"]
    catalog[0] = record
    assert catalog["d"].tolist() == [7.0, 1.0, 7.0]


def test_contiguity() -> None:
    catalog = _catalog(0)
    catalog.resize(2)
    assert catalog.isContiguous() and catalog["d"].flags.writeable
    catalog.addNew()
    assert not catalog.isContiguous() and not catalog["d"].flags.writeable
    many = _catalog(0)
    many.resize(150)
    for records, is_contiguous in ((many, True), (list(many), False), (list(many)[:100], True)):
        copies = _catalog(0)
        copies.extend(records, deep=True)
        assert copies.isContiguous() == is_contiguous


def test_columns_are_one_object_until_records_come() -> None:
    catalog = _catalog(2)
    columns = catalog.columns
    assert catalog.columns is columns
    view = catalog.getColumnView()
    assert view is not columns and catalog.columns is view
    catalog.addNew()
    assert catalog.columns is not columns
    assert catalog.columns["d"].shape == (3,)


def test_texts_of_catalogs_and_records() -> None:
    catalog = _catalog(3)
    assert str(catalog[::2]) == "Non-contiguous afw.Catalog of 2 rows.\ncolumns: f d"
    assert repr(catalog[::2]) == f"{BaseCatalog}\n{catalog[::2]}"
    assert str(catalog).splitlines()[0] == " f   d "
    record = SourceCatalog(SourceTable.makeMinimalSchema()).addNew()
    assert str(record) == "id: 1\ncoord_ra: nan rad\ncoord_dec: nan rad\nparent: 0\n"
    record.setCoord(SpherePoint(10, 20, degrees))
    assert "coord_ra: 0.174533 rad\ncoord_dec: 0.349066 rad\n" in repr(record)
    assert repr(record).startswith(f"{type(record)}\nid: 1\n")


def test_texts_of_other_values() -> None:
    schema = Schema()
    fields: list[tuple[str, Any, Any]] = [
        ("t", {"type": "String", "size": 3}, "abc"),
        ("flag", {"type": "Flag"}, True),
        ("pair", {"type": "ArrayF", "size": 2}, [np.nan, 2.5]),
        ("numbers", {"type": "ArrayI", "size": 0}, np.array([1, 2], np.int32)),
    ]
    for name, kind, _ in fields:
        schema.addField(name, **kind)
    record = BaseCatalog(schema).addNew()
    for name, _, value in fields:
        record[name] = value
    assert str(record) == "t: abc\nflag: 1\npair: [nan, 2.5]\nnumbers: [1, 2]\n"


def test_arrays_of_variable_length_are_shared() -> None:
    schema = Schema()
    key = schema.addField("v", type="ArrayD", size=0)
    catalog = BaseCatalog(schema)
    record = catalog.addNew()
    values = np.arange(5.0)
    record.set(key, values)
    record[key][2] = 3.5
    assert values.tolist() == [0.0, 1.0, 3.5, 3.0, 4.0]
    copies = [catalog.addNew(), catalog.copy(deep=True)[0], catalog.table.copyRecord(record)]
    copies[0].assign(record)
    for copied in copies:
        copied[key][0] = 99.0
    assert values[0] == 0.0
    with pytest.raises(ValueError, match="Cannot extract variable-length array fields"):
        catalog.asAstropy(unviewable="raise")


def test_ids_are_given_to_factories_with_or_without_the_exposure() -> None:
    factory = IdFactory.makeSource(1257198, 32)
    factory.notify(0xFFFFFFFF)
    with pytest.raises(LengthError):
        factory()
    with pytest.raises(InvalidParameterError):
        factory.notify(0x1FFFFFFFF)
    factory.notify(5)
    assert factory() == 5399624294596614
    factory.notify((1257198 << 32) + 9)
    assert factory() == 5399624294596618
    for wrong in ((1257199 << 32) + 9, -1):
        with pytest.raises(InvalidParameterError):
            factory.notify(wrong)


def test_polygon_of_two_vertices_in_a_record(tmp_path: Path) -> None:
    polygon = Polygon([Point2D(1, 2), Point2D(2, 1)])
    catalog = ExposureCatalog(ExposureTable.makeMinimalSchema())
    record = catalog.addNew()
    record.validPolygon = polygon
    record.id = 7
    catalog.writeFits(tmp_path / "x.fits")
    (again,) = ExposureCatalog.readFits(tmp_path / "x.fits")
    assert (again.id, again.getId()) == (7, 7)
    assert again.validPolygon == polygon
    assert again.validPolygon.getVertices() == polygon.getVertices()


def test_columns_of_flags_cannot_be_written_to() -> None:
    schema = Schema()
    schema.addField("flag", type="Flag")
    catalog = BaseCatalog(schema)
    catalog.resize(3)
    for rows in (catalog, catalog[::2]):
        with pytest.raises(ValueError, match="read-only"):
            rows["flag"][1] = True
    catalog["flag"] = [True, False, True]
    assert [record["flag"] for record in catalog] == [True, False, True]
