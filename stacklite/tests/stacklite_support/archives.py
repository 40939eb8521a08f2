"""Comparison of archives at the level of their tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from lsst.afw.table import BaseCatalog
from lsst.afw.table.io._registry import find_id_fields
from lsst_stacklite._exposure_components import RECORD_COMPONENTS
from lsst_stacklite.archives import ArchiveReader, ArchiveReference, StoredTable


def _cell(value: Any) -> Any:
    return value.tobytes() if isinstance(value, np.ndarray | np.generic) else value


def _table(archive: ArchiveReader, name: str, table: StoredTable) -> list[Any]:
    columns = []
    for item in table.schema:
        field = item.field.getName()
        values = table.arrays[field]
        described = (field, item.field.getTypeString(), item.field._size)
        if field in (find_id_fields(name) or ()):
            cells = [[signature(archive, int(i)) for i in np.ravel(v)] for v in values]
        else:
            cells = [_cell(v) for v in values]
        columns.append((described, cells))
    return columns


def signature(archive: ArchiveReader, archive_id: int) -> Any:
    """Return everything stored for an object; nested ones take the place of their IDs."""
    if archive_id <= 0:
        return archive_id
    name = archive.class_name(archive_id)
    tables = [_table(archive, name, t) for t in archive.tables(archive_id)]
    return name, archive.module_name(archive_id), tables


def component_signatures(catalog: BaseCatalog) -> list[dict[str, Any]]:
    """Return the signatures of the objects that a catalog read from a file refers to."""
    rows = []
    for record in catalog:
        held = record._block.components.get(record._row, {})
        assert all(isinstance(v, ArchiveReference) for v in held.values())
        rows.append(
            {n: signature(held[n].archive, held[n].archive_id) for n in RECORD_COMPONENTS if n in held}
        )
    return rows


def sharing(catalog: BaseCatalog) -> list[tuple[int, ...]]:
    """Return, per record, numbers that are equal where an object is the same."""
    numbers: dict[int, int] = {0: 0}
    rows = []
    for record in catalog:
        held = record._block.components.get(record._row, {})
        ids = [held[n].archive_id if n in held else 0 for n in RECORD_COMPONENTS]
        rows.append(tuple(numbers.setdefault(i, len(numbers)) for i in ids))
    return rows
