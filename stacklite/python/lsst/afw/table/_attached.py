"""Objects that rows of a file refer to by archive ID."""

from __future__ import annotations

__all__ = ["AttachedObjects", "id_fields", "split_ids", "without_fields"]

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lsst_stacklite._exposure_components import ID_COLUMNS, RECORD_COMPONENTS

from ._field import FieldBase, make_field
from ._schema import Schema
from .io._reference import ArchiveReference

if TYPE_CHECKING:
    import numpy as np

    from ._catalog import BaseCatalog
    from .io._input_archive import ArchiveReader


@dataclass
class AttachedObjects:
    """The ID columns that were taken out of a table.

    ``ids`` has one array of archive IDs per component.
    """

    schema: Schema
    archive: ArchiveReader | None = None
    ids: dict[str, np.ndarray] = field(default_factory=dict)

    def attach(self, catalog: BaseCatalog) -> None:
        """Give the records of a catalog references to their objects."""
        for name, column in self.ids.items():
            for position in column.nonzero()[0].tolist():
                assert self.archive is not None
                reference = ArchiveReference(self.archive, int(column[position]))
                block = catalog._blocks[position]
                block.components.setdefault(catalog._rows[position], {})[name] = reference


def id_fields() -> list[FieldBase]:
    """Return the fields of the IDs of all objects that records of exposures can have."""
    return [
        make_field("I", component.name, f"archive ID for {component.column_doc} object")
        for component in RECORD_COMPONENTS.values()
    ]


def split_ids(schema: Schema) -> tuple[list[str], Schema]:
    """Return the names of the columns of IDs, and a schema of all others."""
    columns = [(item.field.getName(), item.field.getTypeString()) for item in schema]
    ids = [name for name, kind in columns if name in ID_COLUMNS and kind == "I"]
    return ids, without_fields(schema, ids)


def without_fields(schema: Schema, names: Collection[str]) -> Schema:
    """Return a schema without some of its fields, with the same aliases."""
    remaining = Schema()
    remaining.setAliasMap(schema.getAliasMap())
    for item in schema:
        if item.field.getName() not in names:
            remaining.addField(item.field)
    return remaining
