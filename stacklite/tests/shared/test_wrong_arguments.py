"""Objects of another kind are refused where they are given, not where they are used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lsst.afw.image import ApCorrMap, ExposureF, Mask, VisitInfo
from lsst.afw.table import BaseCatalog, Schema, SimpleCatalog, SimpleTable
from lsst.daf.base import PropertyList, PropertySet
from lsst.pex.exceptions import LengthError


def _schema() -> Schema:
    schema = Schema()
    schema.addField("number", type="F")
    schema.addField("flag", type="Flag")
    return schema


@pytest.mark.parametrize("other", [None, 1, "number", _schema().find("number")])
def test_a_schema_is_compared_with_a_schema(other: Any) -> None:
    for method in (_schema().contains, _schema().compare):
        with pytest.raises(TypeError):
            method(other)
    assert _schema() != other


def test_metadata_are_metadata() -> None:
    catalog, exposure = SimpleCatalog(SimpleTable.makeMinimalSchema()), ExposureF(2, 2)
    for wrong in (5, {"a": 1}):
        with pytest.raises(TypeError):
            catalog.table.setMetadata(wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            exposure.setMetadata(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        catalog.table.setMetadata(PropertySet())  # type: ignore[arg-type]
    exposure.setMetadata(PropertySet())
    given = PropertyList()
    catalog.table.setMetadata(given)
    assert catalog.metadata is given


def test_fields_of_a_record_hold_no_texts() -> None:
    record = BaseCatalog(_schema()).addNew()
    for name in ("number", "flag"):
        with pytest.raises(TypeError):
            record.set(name, "1")
    assert not record.get("flag")
    record.set("flag", 1)
    assert record.get("flag") is True


def test_masks_of_records_have_their_length() -> None:
    catalog = BaseCatalog(_schema())
    catalog.addNew()
    with pytest.raises(LengthError):
        catalog[np.array([True, False])]
    with pytest.raises((TypeError, RuntimeError)):
        catalog[np.array([0])]


def test_other_objects() -> None:
    fields = ApCorrMap()
    with pytest.raises(TypeError):
        fields["base"] = 5  # type: ignore[assignment]
    assert len(fields) == 0
    for wrong in (lambda: Mask.addMaskPlane(5), lambda: VisitInfo(None)):  # type: ignore[arg-type, call-overload]
        with pytest.raises(TypeError):
            wrong()
