"""Random catalogs of all field types come back from files as they were, and give the same file again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lsst.afw.table import BaseCatalog, BaseRecord, Schema
from lsst.afw.table._types import FIELD_TYPES, FieldType
from lsst.geom import Angle

# cfitsio pads texts with blanks, and ends them at a NUL.
_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6).map(
    lambda t: t.rstrip(" ")
)


def _numbers(kind: FieldType) -> st.SearchStrategy[Any]:
    assert kind.element is not None
    if kind.name == "Flag":
        return st.booleans()
    if kind.element.kind == "f":
        return st.floats(width=8 * kind.element.itemsize)
    limits = np.iinfo(kind.element)
    return st.integers(int(limits.min), int(limits.max))


def _values(kind: FieldType, size: int) -> st.SearchStrategy[Any]:
    if kind.name == "String":
        texts = _TEXTS if not size else _TEXTS.filter(lambda t: 0 < len(t.encode()) <= size)
        return texts.filter(lambda t: t.strip(" ") == t)
    if kind.is_array:
        return st.lists(_numbers(kind), min_size=size, max_size=size or 5)
    return _numbers(kind)


@st.composite
def _catalogs(draw: Any) -> BaseCatalog:
    schema, kinds = (
        Schema(),
        draw(st.lists(st.sampled_from(list(FIELD_TYPES.values())), min_size=1, max_size=8)),
    )
    sizes = [draw(st.integers(0, 9)) if kind.is_sized else 1 for kind in kinds]
    for number, (kind, size) in enumerate(zip(kinds, sizes, strict=True)):
        doc = draw(st.sampled_from(["", "what it is", ("long " * 30).strip()]))
        schema.addField(f"field_{number}", type=kind.name, doc=doc, size=size)
    catalog = BaseCatalog(schema)
    for _ in range(draw(st.integers(0, 4))):
        record = catalog.addNew()
        for item, kind, size in zip(schema, kinds, sizes, strict=True):
            value = draw(_values(kind, size))
            record.set(item.key, np.array(value, kind.element) if kind.is_array else value)
    return catalog


def _plain_values(record: BaseRecord) -> list[Any]:
    """Return the values of all fields; angles as numbers, which may be NaN."""
    values = record.extract("*").values()
    return [value.asRadians() if isinstance(value, Angle) else value for value in values]


@settings(derandomize=True, max_examples=60, deadline=None)
@given(_catalogs())
def test_round_trip(catalog: BaseCatalog) -> None:
    with tempfile.TemporaryDirectory() as directory:
        first, second = Path(directory, "first.fits"), Path(directory, "second.fits")
        catalog.writeFits(first)
        again = BaseCatalog.readFits(first)
        again.writeFits(second)
        assert first.read_bytes() == second.read_bytes()
    assert again.schema.compare(catalog.schema, Schema.EQUAL_KEYS | Schema.EQUAL_NAMES | Schema.EQUAL_UNITS)
    assert len(again) == len(catalog)
    for mine, theirs in zip(again, catalog, strict=True):
        np.testing.assert_equal(_plain_values(mine), _plain_values(theirs))
