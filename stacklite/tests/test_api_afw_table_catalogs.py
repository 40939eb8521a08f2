"""Catalogs: order, forms of indices, copies and casts; what no other test calls."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from lsst.pex.exceptions import LengthError, LogicError


def make_catalog(values: list[int]) -> BaseCatalog:
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
    catalog = make_catalog(values)
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
    catalog = make_catalog([3, 1, 2])
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
    assert (len(view), [r["n"] for r in catalog], [r["array"][0] for r in catalog]) == (
        3, [7, 8, 9], [0.5, 1.5, 2.5]
    )  # fmt: skip
    text = f"{catalog}"
    assert "where" in text and repr(catalog).endswith(text)


def test_texts_are_set_one_for_all_or_one_for_each() -> None:
    schema = Schema()
    for name, size in (("fixed", 3), ("variable", 0)):
        schema.addField(name, type="String", size=size)
    catalog = BaseCatalog(schema)
    catalog.resize(3)
    for name in ("fixed", "variable"):
        catalog[name] = "abc"
        assert catalog[name].tolist() == ["abc"] * 3
        catalog[1:][name] = ["d", "e"]
        assert [record[name] for record in catalog] == ["abc", "d", "e"]
        with pytest.raises(ValueError, match="zip"):
            catalog[name] = ["d", "e"]
    with pytest.raises(LengthError, match="holds 3"):
        catalog["fixed"] = "abcd"


def test_lists_of_different_lengths_are_set_one_for_each() -> None:
    schema = Schema()
    schema.addField("list", type="ArrayI", size=0)
    catalog = BaseCatalog(schema)
    catalog.resize(3)
    lists = [[1, 2], [], [3]]
    catalog["list"] = lists
    assert [record["list"].tolist() for record in catalog] == lists
    assert [each.tolist() for each in catalog["list"]] == lists
    catalog[::2]["list"] = [[4], [5, 6]]
    assert [record["list"].tolist() for record in catalog] == [[4], [], [5, 6]]


def test_what_astropy_can_view() -> None:
    """Columns of numbers are views of contiguous catalogs, and read-only copies of scattered ones."""
    catalog = make_catalog([3, 1, 2])
    table = catalog.asAstropy(unviewable="raise")
    table["n"][0] = 7
    assert catalog[0]["n"] == 7
    scattered = catalog[::2]
    with pytest.raises(ValueError, match="read-only"):
        scattered.asAstropy()["n"][0] = 8
    scattered.asAstropy(copy=True)["n"][0] = 8
    assert catalog[0]["n"] == 7
    with pytest.raises(ValueError, match="cannot be viewed"):
        scattered.asAstropy(unviewable="raise")
    assert scattered.asAstropy(unviewable="skip").colnames == []
    with pytest.raises(ValueError, match="'guess' is not one of"):
        catalog.asAstropy(unviewable="guess")


def test_catalogs_of_catalogs() -> None:
    catalog = make_catalog([3, 1, 2])
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
    nothing = SimpleCatalog()
    assert (len(nothing), list(nothing), nothing.table) == (0, [], None)
    for use in (nothing.addNew, lambda: nothing.schema, lambda: nothing.getMetadata()):
        with pytest.raises(LogicError, match="has no table"):
            use()
    other = BaseCatalog(SimpleTable.makeMinimalSchema())
    for change in (other.append, lambda r: other.insert(0, r), lambda r: other.extend([r])):
        with pytest.raises(LogicError, match="another schema"):
            change(catalog[0])
    assert len(other) == 0


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
