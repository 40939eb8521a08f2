"""Small changes of catalogs, and short ways into them."""

from __future__ import annotations

__all__ = ["by_detector", "copy_catalog", "reordered", "row_values", "with_duplicate", "without_detectors"]

from collections.abc import Callable, Collection, Iterable
from typing import Any

import numpy as np

from lsst.afw.table import ExposureCatalog, ExposureRecord


def by_detector(catalog: ExposureCatalog) -> dict[int, Any]:
    """Return the rows of a catalog by detector."""
    return {record.getId(): record for record in catalog}


def copy_catalog(
    catalog: ExposureCatalog,
    records: Iterable[ExposureRecord] | None = None,
) -> ExposureCatalog:
    """Return a catalog of the same schema with copies of some rows."""
    result = ExposureCatalog(catalog.schema)
    for record in catalog if records is None else records:
        result.addNew().assign(record)
    return result


def without_detectors(catalog: ExposureCatalog, detectors: Collection[int]) -> ExposureCatalog:
    """Return a copy without the rows of some detectors."""
    return copy_catalog(catalog, [r for r in catalog if r.getId() not in detectors])


def with_duplicate(catalog: ExposureCatalog, detector: int) -> ExposureCatalog:
    """Return a copy in which the row of a detector comes twice."""
    return copy_catalog(catalog, [*catalog, *(r for r in catalog if r.getId() == detector)])


def reordered(catalog: ExposureCatalog, order: Callable[[list[Any]], list[Any]]) -> ExposureCatalog:
    """Return a copy with its rows in another order."""
    return copy_catalog(catalog, order(list(catalog)))


def row_values(record: ExposureRecord, names: Iterable[str] | None = None) -> dict[str, bytes]:
    """Return the bytes of the values of a row, for comparison to the last bit."""
    names = record.schema.getOrderedNames() if names is None else names
    return {name: _bytes(record[name]) for name in names}


def _bytes(value: Any) -> bytes:
    return np.asarray(value.asRadians() if hasattr(value, "asRadians") else value).tobytes()
