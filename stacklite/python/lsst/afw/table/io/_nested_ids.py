"""IDs of objects that a stored object refers to, also where its class is unknown."""

from __future__ import annotations

__all__ = ["ids_to_keep", "possible_ids"]

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ._registry import find_id_fields

if TYPE_CHECKING:
    from ._input_archive import ArchiveReader


def possible_ids(archive: ArchiveReader, archive_id: int) -> list[int]:
    """Return the IDs of the objects that an object refers to, or may refer to, ascending."""
    id_fields = find_id_fields(archive.class_name(archive_id))
    if id_fields == ():
        return []
    values = _integers(archive, archive_id, id_fields)
    found = sorted(v for v in values if v in archive and v != archive_id)
    if id_fields is None:
        # What refers to it is stored around it, and not referred to by it.
        found = [v for v in found if not _refers_to(archive, v, archive_id)]
    return found


def ids_to_keep(archive: ArchiveReader, archive_id: int) -> set[int]:
    """Return the IDs of the objects below an object that cannot be renumbered."""
    keep: set[int] = set()
    seen: set[int] = set()
    pending = [archive_id]
    while pending:
        current = pending.pop()
        if current not in seen:
            seen.add(current)
            nested = possible_ids(archive, current)
            pending += nested
            if nested and find_id_fields(archive.class_name(current)) is None:
                keep.update(nested)
    return keep


def _integers(archive: ArchiveReader, archive_id: int, names: Iterable[str] | None) -> set[int]:
    """Return the values of some (by default all) int32 fields of an object."""
    found: set[int] = set()
    for table in archive.tables(archive_id):
        for item in table.schema:
            name = item.field.getName()
            if item.field.getTypeString() not in ("I", "ArrayI") or (names is not None and name not in names):
                continue
            column = table.arrays[name]
            cells = column if item.field._varies else [column]
            found.update(int(v) for cell in cells for v in np.unique(cell))
    return found


def _refers_to(archive: ArchiveReader, archive_id: int, target: int) -> bool:
    """Return whether an object is known to refer to another one, perhaps through others."""
    seen, pending = set(), [archive_id]
    while pending:
        current = pending.pop()
        id_fields = find_id_fields(archive.class_name(current))
        if id_fields and current not in seen:
            seen.add(current)
            nested = [v for v in _integers(archive, current, id_fields) if v in archive]
            if target in nested:
                return True
            pending += nested
    return False
