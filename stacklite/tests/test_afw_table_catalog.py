"""Records and catalogs in memory."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsst.afw.table import (
    BaseCatalog,
    ExposureCatalog,
    ExposureTable,
    SimpleCatalog,
    SimpleTable,
)
from lsst.geom import SpherePoint, degrees
from lsst.pex.exceptions import LengthError, LogicError
from lsst.pex.exceptions import RuntimeError as PexRuntimeError
from stacklite_support.catalogs import make_catalog, make_schema


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
    with pytest.raises(IndexError):
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


def test_positions_outside() -> None:
    catalog = make_catalog(3)
    for position in (3, -4):
        with pytest.raises(IndexError, match=f"position {position} is outside of a catalog of 3"):
            catalog[position]


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


def test_columns_are_views_and_flags_copies() -> None:
    catalog = make_catalog()
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
    catalog = make_catalog(1)
    column = catalog["x"]
    for _ in range(2000):
        catalog.addNew()
    column[0] = 42.0
    assert catalog[0]["x"] == 42.0


def test_columns_of_scattered_records() -> None:
    catalog = make_catalog()
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
    both.extend(make_catalog(2))
    both.extend(catalog[3:])
    assert both["id"].tolist() == [10, 9, 7, 6]
    both["flag"] = [True, False, True, False]
    assert both["flag"].tolist() == [True, False, True, False]


@given(st.integers(0, 130), st.data())
def test_subsets_by_brute_force(n: int, data: Any) -> None:
    catalog = make_catalog(n)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), dtype=bool)
    expected = [catalog[i]["id"] for i in range(n) if mask[i]]
    assert catalog[mask]["id"].tolist() == expected
    assert [r["id"] for r in catalog[mask]] == expected
    where = slice(*data.draw(st.tuples(*[st.one_of(st.none(), st.integers(-150, 150))] * 2)))
    assert catalog[where]["id"].tolist() == [r["id"] for r in list(catalog)[where]]


def test_masks_of_another_kind() -> None:
    catalog = make_catalog()
    for bad in (np.ones(4, bool), np.ones(5), np.array([0, 1])):
        with pytest.raises(TypeError, match="boolean array"):
            catalog[bad]


def test_copies() -> None:
    catalog = make_catalog()
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
    catalog = make_catalog()
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
    catalog = make_catalog()
    key = catalog.schema["id"].asKey()
    assert not catalog.isSorted(key)
    catalog.sort(key)
    assert catalog.isSorted(key)
    assert catalog["x"].tolist() == [2.0, 1.5, 1.0, 0.5, 0.0]
    assert catalog.find(8, key)["x"] == 1.0
    assert catalog.find(99, key) is None
    assert catalog.between(7, 9, key) == slice(1, 4)
    assert catalog.lower_bound(7, key) == 1
    assert catalog[::-1]["id"].tolist() == [10, 9, 8, 7, 6]
    with pytest.raises(LogicError, match="not sorted"):
        catalog[::-1].equal_range(7, key)
    for other in ("id", lambda record: record["id"], catalog.schema["name"].asKey()):
        with pytest.raises(TypeError, match="sorted by keys of numbers"):
            catalog.sort(other)


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
    catalog = make_catalog()
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

    catalog = make_catalog()
    assert catalog.getMetadata() is None
    metadata = PropertyList()
    catalog.setMetadata(metadata)
    assert catalog[1:].getMetadata() is metadata
    assert catalog.table.metadata is catalog.metadata is metadata
    deep = catalog.copy(deep=True).getMetadata()
    assert deep is not None
    assert deep is not metadata
