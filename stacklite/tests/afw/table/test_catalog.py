"""Catalogs: columns, subsets, order, copies, casts."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.table import (
    BaseCatalog,
    ExposureCatalog,
    Schema,
    SimpleCatalog,
    SimpleTable,
    SourceCatalog,
    SourceTable,
)
from lsst.daf.base import PropertyList
from lsst.geom import SpherePoint, degrees
from lsst.pex.exceptions import LengthError, LogicError
from stacklite_support.catalogs import make_catalog
from stacklite_support.golden import golden_cases, golden_file
from stacklite_support.parity import parity


def test_positions_outside() -> None:
    catalog = make_catalog(3)
    for position in (3, -4):
        with pytest.raises(IndexError, match=f"position {position} is outside of a catalog of 3"):
            catalog[position]


def test_columns_are_views_and_flags_copies() -> None:
    catalog = make_catalog()
    catalog["x"][:] = 2.0
    assert [r["x"] for r in catalog] == [2.0] * 5
    catalog["x"] = np.arange(5)
    assert catalog[4]["x"] == 4.0
    flags = catalog["flag"].copy()
    flags |= True
    assert catalog["flag"].tolist() == [False, True, False, True, False]
    catalog["flag"] = True
    assert catalog["flag"].all()
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
        with pytest.raises(pex_exceptions.RuntimeError, match="not contiguous"):
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
    for bad, error in (
        (np.ones(4, bool), LengthError),
        (np.ones(5), TypeError),
        (np.array([0, 1]), TypeError),
    ):
        with pytest.raises(error, match="boolean array"):
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
    with pytest.raises(ValueError, match="without a copy"):
        catalog.asAstropy(unviewable="raise")
    catalog.asAstropy(copy=True)["x"][1] = 9.0
    assert catalog[1]["x"] == 0.5
    scattered = catalog[::2].asAstropy()
    assert scattered["id"].tolist() == [10, 8, 6]
    with pytest.raises(ValueError, match="without a copy"):
        catalog[::2].asAstropy(unviewable="raise")


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


def catalog_of(values: list[int]) -> BaseCatalog:
    schema = Schema()
    schema.addField("n", type="I")
    schema.addField("where", type="L", doc="position before sorting")
    schema.addField("array", type="ArrayD", size=2)
    catalog = BaseCatalog(schema)
    catalog.resize(len(values))
    catalog["n"], catalog["where"] = values, np.arange(len(values))
    return catalog


VALUES = st.lists(st.integers(-4, 4), min_size=0, max_size=9)


@given(VALUES, st.integers(-5, 5), st.integers(-5, 5))
def test_sorted_catalogs_by_brute_force(values: list[int], low: int, high: int) -> None:
    catalog = catalog_of(values)
    ordered, key = sorted(values), catalog.schema["n"].asKey()
    assert catalog.isSorted(key) == (values == ordered)
    catalog.sort(key)
    assert [(r["n"], r["where"]) for r in catalog] == sorted((n, i) for i, n in enumerate(values)), "stable"
    assert catalog.lower_bound(low, key) == sum(n < low for n in ordered)
    assert catalog.upper_bound(low, key) == sum(n <= low for n in ordered)
    assert ordered[catalog.equal_range(low, key)] == [n for n in ordered if n == low]
    if low <= high:
        assert [r["n"] for r in catalog[catalog.between(low, high, key)]] == [
            n for n in ordered if low <= n <= high
        ]
    assert (catalog.find(low, key) is None) == (low not in values)
    if ordered != ordered[::-1]:
        descending = catalog[::-1]
        for search in (descending.lower_bound, descending.upper_bound, descending.equal_range):
            with pytest.raises(LogicError, match="not sorted"):
                search(low, key)


def test_forms_of_indices() -> None:
    catalog = catalog_of([3, 1, 2])
    for mask in ([True, False, True], np.array([True, False, True]), [np.True_, np.False_, np.True_]):
        assert catalog[mask]["n"].tolist() == [3, 2]
    assert catalog.subset(0, 3, 2)["n"].tolist() == catalog[::2]["n"].tolist() == [3, 2]
    assert catalog[np.int64(-1)] == catalog[2]
    for bad in ((1, 2), 1.0, None, [1, 2]):
        with pytest.raises(TypeError, match="is indexed by"):
            catalog[bad]
        with pytest.raises(TypeError, match="set by name or key"):
            catalog[bad] = 1
    for missing in (3, -4):
        with pytest.raises(IndexError):
            catalog[missing]
    with pytest.raises(KeyError):
        catalog["nothing"]
    view = catalog.columns
    view["n"] = [7, 8, 9]
    key = catalog.schema["array"].asKey()[0]
    catalog[key] = [0.5, 1.5, 2.5]
    assert (len(view["n"]), [r["n"] for r in catalog], [r["array"][0] for r in catalog]) == (
        3, [7, 8, 9], [0.5, 1.5, 2.5]
    )  # fmt: skip
    text = f"{catalog}"
    assert "where" in text and repr(catalog).endswith(text)


@pytest.mark.parametrize("size", [3, 0])
def test_texts_are_no_column(size: int) -> None:
    """As in the stack, whether their width is fixed or not."""
    schema = Schema()
    key = schema.addField("name", type="String", size=size)
    schema.addField("number", type="I")
    catalog = BaseCatalog(schema)
    catalog.resize(3)
    for columns in (catalog, catalog.columns):
        for name in ("name", key):
            with pytest.raises(TypeError, match=r"from records, or from asAstropy"):
                columns[name]
            with pytest.raises(TypeError, match=r"from records, or from asAstropy"):
                columns[name] = "abc"
        assert list(columns.extract("n*")) == ["number"]
    assert [record["name"] for record in catalog] == [""] * 3


def test_lists_of_different_lengths_are_no_column() -> None:
    schema = Schema()
    key = schema.addField("list", type="ArrayI", size=0)
    catalog = BaseCatalog(schema)
    catalog.resize(3)
    for name in ("list", key):
        with pytest.raises(LogicError, match="get them from records"):
            catalog[name]
        with pytest.raises(LogicError, match="get them from records"):
            catalog[name] = [[1, 2], [], [3]]


def test_what_astropy_can_view() -> None:
    """Columns of numbers are views of contiguous catalogs, and read-only copies of scattered ones."""
    catalog = catalog_of([3, 1, 2])
    table = catalog.asAstropy(unviewable="raise")
    table["n"][0] = 7
    assert catalog[0]["n"] == 7
    scattered = catalog[::2]
    with pytest.raises(ValueError, match="read-only"):
        scattered.asAstropy()["n"][0] = 8
    scattered.asAstropy(copy=True)["n"][0] = 8
    assert catalog[0]["n"] == 7
    with pytest.raises(ValueError, match="without a copy"):
        scattered.asAstropy(unviewable="raise")
    assert scattered.asAstropy(unviewable="skip").colnames == []
    with pytest.raises(ValueError, match="'guess' is not one of"):
        catalog.asAstropy(unviewable="guess")


def test_catalogs_of_catalogs() -> None:
    catalog = catalog_of([3, 1, 2])
    same = BaseCatalog(catalog)
    same[0]["n"] = 30
    same.addNew()
    assert (len(catalog), catalog[0]["n"], same.table is catalog.table) == (3, 30, True)
    empty = BaseCatalog(catalog.table)
    assert empty.isContiguous() and len(empty.copy(deep=True)) == 0 == len(copy.copy(empty))
    assert empty["array"].shape == (0, 2)
    assert BaseCatalog(schema=catalog.schema).table != BaseCatalog(table=catalog.table).table == catalog.table
    for wrong in (lambda: SimpleCatalog(catalog.table), lambda: SimpleCatalog(schema=catalog.schema)):
        with pytest.raises(TypeError, match="SimpleCatalog.__init__ does not take"):
            wrong()
    other = BaseCatalog(SimpleTable.makeMinimalSchema())
    with pytest.raises(LogicError, match="schemas of the two records differ"):
        other.extend([catalog[0]], deep=True)
    assert len(other) == 0


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (SimpleCatalog, {"id", "coord_ra", "coord_dec"}),
        (SourceCatalog, {"id", "coord_ra", "coord_dec", "parent"}),
        (ExposureCatalog, {"id", "bbox_min_x", "bbox_min_y", "bbox_max_x", "bbox_max_y"}),
    ],
)
def test_catalogs_of_nothing_have_the_fields_of_their_kind(kind: Any, names: set[str]) -> None:
    for arguments in ((), (None,)):
        catalog = kind(*arguments)
        assert (len(catalog), set(catalog.schema.getNames())) == (0, names)
        assert catalog.addNew().getTable() == catalog.getTable() == catalog.table
    with pytest.raises(TypeError):
        BaseCatalog()  # type: ignore[call-overload]


@pytest.mark.parametrize("deep", [False, True])
def test_casts_keep_metadata_and_aliases(deep: bool) -> None:
    schema = SimpleTable.makeMinimalSchema()
    schema.getAliasMap().set("position", "coord")
    base = BaseCatalog(schema)
    base.addNew()["id"] = 5
    metadata = PropertyList()
    metadata.set("KEY", 3)
    base.setMetadata(metadata)
    simple = base.cast(SimpleCatalog, deep=deep)
    assert (type(simple), simple[0].getId(), simple.getMetadata()["KEY"]) == (SimpleCatalog, 5, 3)
    assert "position_ra" in simple.schema
    back = simple.cast(BaseCatalog, deep=deep)
    back[0]["id"] = 6
    assert (type(back), simple[0].getId()) == (BaseCatalog, 5 if deep else 6)
    with pytest.raises(LogicError, match="ExposureTable's schema must begin with id"):
        base.cast(ExposureCatalog)


def test_flags_of_slots() -> None:
    schema = SourceTable.makeMinimalSchema()
    for name in ("c_flag", "s_flag", "f_flag"):
        schema.addField(name, type="Flag")
    for name in ("c_x", "c_y", "s_xx", "s_yy", "s_xy", "f_instFlux"):
        schema.addField(name, type="D")
    catalog = SourceCatalog(schema)
    for define, name in (
        (catalog.defineCentroid, "c"),
        (catalog.defineShape, "s"),
        (catalog.definePsfFlux, "f"),
    ):
        define(name)
    record = catalog.addNew()
    getters = {"c_flag": "getCentroidFlag", "s_flag": "getShapeFlag", "f_flag": "getPsfFluxFlag"}
    for name in getters:
        record[name] = True
        assert [n for n, get in getters.items() if getattr(record, get)()] == [name]
        record[name] = False


# -- Values of the real stack ----------------------------------------------------------


@parity("ExposureCatalog", 0)
@golden_cases("table", "ExposureCatalog.find unsorted")
def test_find_unsorted(case: dict[str, Any]) -> None:
    catalog = ExposureCatalog.readFits(golden_file(case["inputs"]["file"]))
    for wanted, expected in case["expected"].items():
        found = catalog.find(int(wanted))
        assert (None if found is None else found.getId()) == expected


@parity("ExposureCatalog", 0)
@golden_cases("table", "ExposureCatalog.sort")
def test_sort(case: dict[str, Any]) -> None:
    catalog = ExposureCatalog.readFits(golden_file(case["inputs"]["file"]))
    assert catalog.isSorted() == (catalog["id"].tolist() == case["expected"])
    catalog.sort()
    assert catalog["id"].tolist() == case["expected"]
    assert catalog.isSorted()
