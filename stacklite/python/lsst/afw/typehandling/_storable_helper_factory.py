"""Reading of objects whose classes are in other packages."""

from __future__ import annotations

__all__ = ["StorableHelperFactory"]

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.afw.table.io._registry import persistable_reader

if TYPE_CHECKING:
    from lsst.afw.table._stored_table import StoredTable
    from lsst.afw.table.io._input_archive import ArchiveReader


class StorableHelperFactory:
    """A declaration that a class can be read from archives; see `Storable`.

    It is an attribute of the class, or of its module. Nothing makes a module
    be imported here: objects of a class that is not declared stay opaque.

    Parameters
    ----------
    module : `str`
        Module of the class, where the declaration is.
    name : `str`
        Name of the class, which is that in archives, too.
    """

    def __init__(self, module: str, name: str, /) -> None:
        @persistable_reader(name, id_fields=())
        def read(archive: ArchiveReader, tables: Sequence[StoredTable]) -> Any:
            # The module is imported already: this factory was made in it.
            kind = getattr(sys.modules[module], name)
            return kind._read(np.asarray(tables[0][0]["bytes"], np.uint8).tobytes())
