"""Boxes of headers, and tables that are put together."""

from __future__ import annotations

from typing import Any

import astropy.table
import numpy as np
import pytest
from astropy.table import Table

from lsst.geom import Box2I, Extent2I, Point2I
from lsst.obs.base import TableVStack, bboxFromIraf
from lsst.pipe.base import InMemoryDatasetHandle


@pytest.mark.parametrize(
    ("text", "corner", "size"),
    [
        ("[1:10,1:20]", (0, 0), (10, 20)),
        ("[10:1,1:20]", (0, 0), (10, 20)),
        ("[0:9,0:9]", (-1, -1), (10, 10)),
        ("[-3:5,1:2]", (-4, 0), (9, 2)),
    ],
)
def test_boxes(text: str, corner: tuple[int, int], size: tuple[int, int]) -> None:
    assert bboxFromIraf(text) == Box2I(Point2I(*corner), Extent2I(*size))


@pytest.mark.parametrize("text", ["[ 1 : 10 , 1:20 ]", "[1:10]", "nope", "1:10,1:20", ""])
def test_no_boxes(text: str) -> None:
    with pytest.raises(RuntimeError, match="is no box"):
        bboxFromIraf(text)


def _tables() -> list[Table]:
    """Return tables with nulls, and metadata that is partly the same."""
    tables = []
    for n in (5, 3, 0):
        masked = np.ma.masked_array(np.arange(1.0, 1.0 + n), mask=np.arange(n) < 2)
        tables.append(Table({"x": np.arange(n), "y": masked}, meta={"same": 1, "number": n}))
    return tables


def _handles(tables: list[Table]) -> list[Any]:
    return [InMemoryDatasetHandle(table, storageClass="ArrowAstropy") for table in tables]


def test_stack_of_tables() -> None:
    tables = _tables()
    extra = {index: {"z": -table["x"]} for index, table in enumerate(tables)}
    stacked = TableVStack.vstack_handles(_handles(tables), extra_values=extra)
    expected = astropy.table.vstack(tables, metadata_conflicts="silent")
    expected["z"] = -expected["x"]
    assert stacked.colnames == expected.colnames == ["x", "y", "z"]
    for name in expected.colnames:
        assert stacked[name].dtype == expected[name].dtype
        np.testing.assert_array_equal(stacked[name], expected[name])
    np.testing.assert_array_equal(stacked["y"].mask, expected["y"].mask)
    assert stacked.meta == {"same": 1}
    assert len(TableVStack.vstack_handles([])) == 0


def test_tables_that_do_not_fit() -> None:
    table = Table({"x": np.arange(3)})
    stack = TableVStack(5)
    stack.extend(table)
    with pytest.raises(ValueError, match="6 rows do not fit"):
        stack.extend(table)
    with pytest.raises(TypeError, match="'x' has the type float64"):
        stack.extend(Table({"x": [1.0]}))
    with pytest.raises(ValueError, match="not those of the tables before"):
        stack.extend(Table({"y": [1]}))


def test_values_of_further_columns() -> None:
    table = Table({"x": np.arange(3)})
    TableVStack.set_extra_values(table, "visit", 7, 3, slice(0, 2), validate=False)
    TableVStack.set_extra_values(table, "visit", 8, 3, slice(2, 3), validate=False)
    assert table["visit"].tolist() == [7, 7, 8]
    TableVStack.set_extra_values(table, "x", np.arange(3), 3)
    with pytest.raises(RuntimeError, match="'x' of the table has other values"):
        TableVStack.set_extra_values(table, "x", 1, 3)
    TableVStack.set_extra_values(table, "y", [1.0, 2.0, 3.0], 3)
    assert table["y"].tolist() == [1.0, 2.0, 3.0]
