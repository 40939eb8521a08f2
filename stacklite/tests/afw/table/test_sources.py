"""Catalogs of sources: IDs, slots, footprints."""

from __future__ import annotations

import copy
import pickle
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.fits import FitsError
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.table import (
    SOURCE_IO_NO_FOOTPRINTS,
    AliasMap,
    BaseCatalog,
    CovarianceMatrix2fKey,
    CovarianceMatrix3fKey,
    IdFactory,
    Point2DKey,
    QuadrupoleKey,
    Schema,
    SimpleCatalog,
    SimpleTable,
    SourceCatalog,
    SourceTable,
)
from lsst.afw.table._slots import FLUX_SLOTS
from lsst.geom import Point2D
from lsst.pex.exceptions import InvalidParameterError, LengthError, LogicError, NotFoundError
from stacklite_support.golden import golden_cases, golden_file
from stacklite_support.parity import parity


def _schema() -> Schema:
    schema = SourceTable.makeMinimalSchema()
    Point2DKey.addFields(schema, "c", "centroid", "pixel")
    CovarianceMatrix2fKey.addFields(schema, "c", ["x", "y"], "pixel")
    schema.addField("c_flag", type="Flag")
    QuadrupoleKey.addFields(schema, "s", "shape")
    CovarianceMatrix3fKey.addFields(schema, "s", ["xx", "yy", "xy"], "pixel^2", diagonalOnly=True)
    schema.addField("f_instFlux", type="D", units="count")
    schema.addField("f_instFluxErr", type="D", units="count")
    schema.addField("f_flag", type="Flag")
    return schema


def _catalog(n: int = 3) -> SourceCatalog:
    catalog = SourceCatalog(_schema())
    catalog.defineCentroid("c")
    catalog.defineShape("s")
    catalog.definePsfFlux("f")
    catalog.resize(n)
    catalog["c_x"] = np.arange(n)
    catalog["c_y"] = np.arange(n) + 0.5
    catalog["f_instFlux"] = np.arange(n) * 10.0
    return catalog


# -- IDs -------------------------------------------------------------------------------


def test_new_records_are_numbered() -> None:
    catalog = SimpleCatalog(SimpleTable.makeMinimalSchema())
    assert [catalog.addNew().getId() for _ in range(3)] == [1, 2, 3]
    catalog.resize(5)
    assert catalog["id"].tolist() == [1, 2, 3, 4, 5]
    assert catalog.copy(deep=True).addNew().getId() == 11, "the copies took numbers, too"
    assert SourceCatalog(SourceTable.make(_schema(), None)).addNew().getId() == 0
    assert catalog.getIdFactory() is catalog.table.getIdFactory()


def test_records_of_a_file_count(tmp_path: Path) -> None:
    catalog = SimpleCatalog(SimpleTable.makeMinimalSchema())
    catalog.addNew().setId(77)
    catalog.writeFits(tmp_path / "a.fits")
    again = SimpleCatalog.readFits(tmp_path / "a.fits")
    assert again["id"].tolist() == [77]
    assert again.addNew().getId() == 2


def test_ids_with_an_exposure() -> None:
    factory = IdFactory.makeSource(5, 3)
    catalog = SourceCatalog(SourceTable.make(_schema(), factory))
    catalog.resize(2)
    assert catalog["id"].tolist() == [0b101001, 0b101010]
    factory.notify(0b101101)
    assert factory.clone()() == factory() == 0b101110
    assert factory() == 0b101111
    with pytest.raises(LengthError, match="no more IDs"):
        factory()
    for wrong in (0b1110000, 0b110000, -1):
        with pytest.raises(InvalidParameterError):
            factory.notify(wrong)
    factory.notify(5)
    assert factory() == 0b101110
    with pytest.raises(InvalidParameterError, match="does not fit"):
        IdFactory.makeSource(2**40, 32)
    with pytest.raises(InvalidParameterError):
        IdFactory.makeSource(1, -1)
    assert IdFactory.computeReservedFromMaxBits(31) == 32
    assert IdFactory.makeSimple()() == 1


# -- Slots -----------------------------------------------------------------------------


def test_slots() -> None:
    catalog = _catalog()
    catalog[1]["c_xErr"], catalog[1]["c_yErr"], catalog[1]["c_x_y_Cov"] = 0.5, 0.25, 0.0625
    values = {"s_xx": 4, "s_yy": 3, "s_xy": 1, "s_xxErr": 2, "s_yyErr": 1, "s_xyErr": 0.5}
    for name, value in values.items():
        catalog[1][name] = value
    record = catalog[1]
    assert record.getCentroid() == Point2D(1.0, 1.5)
    assert record.getCentroidErr().tolist() == [[0.25, 0.0625], [0.0625, 0.0625]]
    assert record.getShape() == Quadrupole(4.0, 3.0, 1.0)
    assert record.getShapeErr().tolist() == [[4, 0, 0], [0, 1, 0], [0, 0, 0.25]]
    assert catalog.getX().tolist() == [0, 1, 2]
    assert catalog.getPsfInstFlux().tolist() == [0, 10, 20]
    assert catalog.columns.getIyy()[1] == 3.0
    slot = catalog.getPsfFluxSlot()
    assert (slot.getName(), slot.getAlias(), slot.isValid()) == ("PsfFlux", "slot_PsfFlux", True)
    assert record[slot.getMeasKey()] == 10.0
    assert slot.getErrKey() == catalog.schema["f_instFluxErr"].asKey()
    assert slot.getFlagKey() == catalog.schema["f_flag"].asKey()
    assert catalog.table.getCentroidSlot().getMeasKey() == Point2DKey(catalog.schema["c"])
    assert catalog.table.getShapeSlot().getErrKey().isValid()
    assert not catalog.table.getApFluxSlot().isValid()
    assert not catalog.table.getShapeSlot().getFlagKey().isValid()
    with pytest.raises(LogicError):
        record.getApInstFlux()


SLOT_GETTERS = [
    "X", "Y", "Centroid", "CentroidFlag", "Shape", "ShapeFlag", "Ixx", "Iyy", "Ixy", "PsfIxx", "PsfIyy",
    "PsfIxy", "PsfShapeFlag", "PsfInstFlux", "PsfInstFluxErr", "PsfFluxFlag", "ApInstFlux", "ApFluxFlag",
    "GaussianInstFlux", "ModelInstFluxErr", "CalibFluxFlag",
]  # fmt: skip


@pytest.mark.parametrize("name", SLOT_GETTERS)
def test_slots_that_are_not_defined_have_no_values(name: str) -> None:
    catalog = SourceCatalog(SourceTable.makeMinimalSchema())
    with pytest.raises(LogicError):
        getattr(catalog.addNew(), f"get{name}")()
    if "Flag" not in name and name not in ("Centroid", "Shape"):
        with pytest.raises(LogicError):
            getattr(catalog, f"get{name}")()


def test_errors_of_slots_that_are_not_defined_are_zero() -> None:
    record = SourceCatalog(SourceTable.makeMinimalSchema()).addNew()
    for size, matrix in ((2, record.getCentroidErr()), (3, record.getShapeErr())):
        assert matrix.tolist() == np.zeros((size, size)).tolist() and matrix.dtype == np.float32
    with pytest.raises(NotFoundError):
        record.getPsfShape()


@pytest.mark.parametrize("name", ["Centroid", "Shape", *FLUX_SLOTS])
def test_slots_need_fields(name: str) -> None:
    """As in the stack the alias is set all the same, and so the slot is not valid."""
    table = SourceTable.make(_schema())
    aliases = table.getSchema().getAliasMap()
    for define in (getattr(table, f"define{name}"), partial(aliases.set, f"slot_{name}")):
        with pytest.raises(NotFoundError, match=f"slot {name} needs the field 'nope_"):
            define("nope")
        assert aliases.get(f"slot_{name}") == "nope"
        assert not getattr(table, f"get{name}Slot")().isValid()
        assert aliases.erase(f"slot_{name}")
    beyond = SourceTable.makeMinimalSchema()
    beyond.getAliasMap().set(f"slot_{name}", "nope")
    with pytest.raises(NotFoundError):
        SourceTable.make(beyond)
    with pytest.raises(NotFoundError):
        SourceCatalog(beyond)


def test_fields_of_slots_have_the_type_of_the_slot() -> None:
    schema = _schema()
    schema.addField("single_instFlux", type="F")
    table = SourceTable.make(schema)
    with pytest.raises(pex_exceptions.TypeError, match="'single_instFlux' is of type F"):
        table.defineApFlux("single")


def test_aliases_that_define_no_slot_are_not_checked() -> None:
    table = SourceTable.make(_schema())
    aliases = table.schema.getAliasMap()
    for alias in ("slot_Foo", "slot_ApFlux_flag", "slot_ApFlu"):
        aliases[alias] = "nope"
    aliases["slot_CalibFlux_instFlux"] = "f_instFlux"
    assert table.getCalibFluxSlot().isValid() and not table.getApFluxSlot().isValid()
    for copied in (pickle.loads(pickle.dumps(aliases)), copy.deepcopy(aliases), AliasMap(aliases)):
        copied["slot_ApFlux"] = "elsewhere"
    schema = table.schema
    del table
    schema.getAliasMap()["slot_ApFlux"] = "elsewhere"
    assert "slot_ApFlux" in aliases


def test_slot_of_the_shape_of_the_psf() -> None:
    schema = SourceTable.makeMinimalSchema()
    key = QuadrupoleKey.addFields(schema, "d", "shape of the PSF")
    catalog = SourceCatalog(schema)
    catalog.addNew().set(key, Quadrupole(3.0, 2.0, 0.5))
    catalog.table.definePsfShape("d")
    assert catalog[0].getPsfShape() == Quadrupole(3.0, 2.0, 0.5)
    found = [getattr(catalog, f"getPsfI{name}")().tolist() for name in ("xx", "yy", "xy")]
    assert found == [[3.0], [2.0], [0.5]]
    assert catalog[0].getPsfIxy() == 0.5


def test_what_a_catalog_forwards() -> None:
    catalog = _catalog()
    assert catalog.getIdKey() == SourceTable.getIdKey()
    assert catalog.makeRecord().table is catalog.table
    assert set(catalog.extract("f_inst*")) == {"f_instFlux", "f_instFluxErr"}
    where = np.array([True, False, True])
    assert catalog.extract("f_instFlux", where=where)["f_instFlux"].tolist() == [0.0, 20.0]
    copied = catalog.extract("f_instFlux", copy=True)["f_instFlux"]
    copied[:] = 7.0
    assert catalog["f_instFlux"].tolist() == [0.0, 10.0, 20.0]
    assert catalog.get("c_x").tolist() == [0.0, 1.0, 2.0]
    assert catalog[::2].getX().tolist() == [0.0, 2.0]
    for missing in ("getNothing", "_private"):
        with pytest.raises(AttributeError, match=missing):
            getattr(catalog, missing)
    with pytest.raises(pex_exceptions.RuntimeError, match="not contiguous"):
        _ = catalog[::2].columns


# -- Files -----------------------------------------------------------------------------


def test_catalogs_without_footprints(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    catalog = _catalog()
    catalog.writeFits(path, flags=SOURCE_IO_NO_FOOTPRINTS)
    with fits.open(path) as hdus:
        assert len(hdus) == 2
        assert "footprint" not in hdus[1].columns.names
        assert "AR_HDU" not in hdus[1].header
    catalog.writeFits(path, mode="a", flags=SOURCE_IO_NO_FOOTPRINTS)
    for hdu in (1, 2):
        again = SourceCatalog.readFits(path, hdu, flags=SOURCE_IO_NO_FOOTPRINTS)
        assert again.schema == catalog.schema
        assert again.getX().tolist() == catalog.getX().tolist()


def test_footprints_are_left_out_on_request(tmp_path: Path) -> None:
    path = tmp_path / "a.fits"
    _catalog().writeFits(path)
    with fits.open(path, mode="update") as hdus:
        hdus[1].data["footprint"][1] = 5
    with pytest.raises(FitsError, match="SOURCE_IO_NO_FOOTPRINTS"):
        SourceCatalog.readFits(path)
    catalog = SourceCatalog.readFits(path, flags=SOURCE_IO_NO_FOOTPRINTS)
    assert "footprint" not in catalog.schema
    assert len(catalog) == 3


# -- Values of the real stack ----------------------------------------------------------


@parity("SourceCatalog", 0)
@golden_cases("table", "slots")
def test_slots_of_the_stack(case: dict[str, Any]) -> None:
    expected = case["expected"]
    catalog = BaseCatalog.readFits(golden_file(case["inputs"]["file"]))
    assert [r.getX() for r in catalog] == expected["x"]
    assert [r.getPsfInstFlux() for r in catalog] == expected["psf_flux"]
    assert [r["slot_PsfFlux_instFlux"] for r in catalog] == expected["by_alias"]
    assert catalog["slot_Shape_xx"].tolist() == expected["column_by_alias"]
    assert [r.getCentroidFlag() for r in catalog] == expected["centroid_flag"]
    table = catalog.asAstropy()
    assert table.colnames == expected["astropy_columns"]
    assert {n: str(table[n].unit) for n in table.colnames} == expected["astropy_units"]


# -- Flags as bits, and children --------------------------------------------------------


def _flagged() -> SourceCatalog:
    schema = SourceTable.makeMinimalSchema()
    for name in ("f1", "f2", "x_f3"):
        schema.addField(name, type="Flag")
    catalog = SourceCatalog(schema)
    catalog.resize(2)
    catalog[0]["f1"] = catalog[1]["f2"] = catalog[1]["x_f3"] = True
    return catalog


def test_flags_as_bits() -> None:
    catalog = _flagged()
    bits = catalog.getBits()
    assert (bits.array.tolist(), bits.array.dtype) == ([1, 6], np.uint64)
    key = catalog.schema.find("x_f3").key
    assert [bits.getBit("f2"), bits.getBit(key), bits.getMask(name="f2"), bits.getMask(key)] == [1, 2, 2, 4]
    some = catalog.columns.getBits(["f2", key])
    assert (some.getArray().tolist(), some.getBit("f2")) == ([0, 3], 0)
    assert catalog.columns.getAllBits().array.tolist() == [1, 6]
    with pytest.raises(NotFoundError, match="'f1' is not among"):
        some.getBit("f1")
    with pytest.raises(KeyError, match="nope"):
        catalog.getBits(["nope"])
    with pytest.raises(TypeError, match="only flags"):
        catalog.getBits(["id"])


def test_more_flags_than_bits() -> None:
    schema = SourceTable.makeMinimalSchema()
    for index in range(65):
        schema.addField(f"f{index}", type="Flag")
    catalog = SourceCatalog(schema)
    catalog.addNew()["f63"] = True
    with pytest.raises(LengthError, match="65 flags"):
        catalog.getBits()
    bits = catalog.getBits([f"f{index}" for index in range(64)])
    assert bits.array[0] == bits.getMask("f63") == 2**63


def test_columns_have_setters() -> None:
    catalog = _flagged()
    columns = catalog.columns
    columns.set("parent", [4, 5])
    columns["parent"] = columns.get("parent") + 1
    assert catalog["parent"].tolist() == [5, 6]
    assert columns.get_bool_array("f1").tolist() == [True, False]
    assert columns.getTable() is columns.table is catalog.table
    assert columns.getSchema() == columns.schema == catalog.schema


def test_children() -> None:
    catalog = SourceCatalog(SourceTable.makeMinimalSchema())
    for parent in (0, 1, 1):
        catalog.addNew().setParent(parent)
    assert [record.getId() for record in catalog.getChildren(1)] == [2, 3]
    assert len(catalog.getChildren(77)) == 0
    assert [len(children) for children in catalog.getChildren([1, 0])] == [2, 1]
    children, others = catalog.getChildren(1, [10, 20, 30])
    assert (len(children), others) == (2, [20, 30])
    catalog[2].setParent(0)
    with pytest.raises(AssertionError, match="sorted"):
        catalog.getChildren(1)
