"""What users of source catalogs call: IDs, slots, error matrices, catalogs without footprints."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from lsst.afw.fits import FitsError
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.table import (
    SOURCE_IO_NO_FOOTPRINTS,
    ArrayDKey,
    ArrayFKey,
    BaseCatalog,
    Box2DKey,
    Box2IKey,
    CoordinateType,
    CoordKey,
    CovarianceMatrix2fKey,
    CovarianceMatrix3fKey,
    Field,
    IdFactory,
    Point2DKey,
    Point2IKey,
    QuadrupoleKey,
    Schema,
    SimpleCatalog,
    SimpleTable,
    SourceCatalog,
    SourceTable,
)
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError, LengthError
from lsst.pex.exceptions import RuntimeError as PexRuntimeError


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


# -- IDs ------------------------------------------------------------------------


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
    for wrong in (0b110000, 7):
        with pytest.raises(InvalidParameterError):
            factory.notify(wrong)
    with pytest.raises(InvalidParameterError, match="does not fit"):
        IdFactory.makeSource(2**40, 32)
    assert IdFactory.computeReservedFromMaxBits(31) == 32
    assert IdFactory.makeSimple()() == 1


# -- slots ----------------------------------------------------------------------


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
    with pytest.raises(KeyError):
        record.getApInstFlux()


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
    with pytest.raises(PexRuntimeError, match="not contiguous"):
        _ = catalog[::2].columns


# -- functor keys ----------------------------------------------------------------


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


def test_covariance_of_a_position() -> None:
    schema = SimpleTable.makeMinimalSchema()
    with pytest.raises(KeyError):
        CoordKey.getErrorKey(schema)
    key = CoordKey.addErrorFields(schema)
    assert schema.getOrderedNames()[3:] == ["coord_raErr", "coord_decErr", "coord_ra_dec_Cov"]
    assert CoordKey.getErrorKey(schema) == key
    assert key.isValid()
    assert not CovarianceMatrix2fKey().isValid()


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


# -- units ----------------------------------------------------------------------


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


# -- files ----------------------------------------------------------------------


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
