"""Archives: how objects other than tables are stored in FITS files."""

from __future__ import annotations

__all__ = [
    "ArchiveReference",
    "InputArchive",
    "OpaquePersistable",
    "OutputArchive",
    "Persistable",
    "make_table",
    "persistable_reader",
]

from ._input_archive import InputArchive
from ._make_table import make_table
from ._output_archive import OutputArchive
from ._persistable import Persistable
from ._reference import ArchiveReference, OpaquePersistable
from ._registry import persistable_reader
