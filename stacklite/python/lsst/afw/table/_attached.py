"""Objects that rows of a file refer to by archive ID."""

from __future__ import annotations

__all__ = ["AttachedObjects"]

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .io._reference import ArchiveReference

if TYPE_CHECKING:
    import numpy as np

    from ._catalog import BaseCatalog
    from ._schema import Schema
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
