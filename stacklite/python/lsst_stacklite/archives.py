"""The framework of archives, by which classes are stored in FITS files and read from them.

A class is stored if it derives from `lsst.afw.table.io.Persistable` and returns
its tables (see `make_table`) from ``_write_archive``. It is read by a function
that is decorated with `persistable_reader`, which declares everything else:
under which name it is stored, and which of its fields refer to other objects;
the module of that function is entered in `lsst_stacklite._persisted_classes`.
With the base `FitsReadable` the class has a ``readFits``, too. The real stack
has its counterpart in C++, hence it is not among the public names of
`lsst.afw.table.io`.
"""

from __future__ import annotations

__all__ = [
    "ArchiveReader",
    "ArchiveReference",
    "ArchiveWriter",
    "FitsReadable",
    "OpaquePersistable",
    "StoredTable",
    "check_kind",
    "fill_archive",
    "is_kind",
    "make_table",
    "persistable_reader",
    "read_object",
]

from lsst.afw.table._stored_table import StoredTable
from lsst.afw.table.io._fits_readable import FitsReadable, read_object
from lsst.afw.table.io._input_archive import ArchiveReader
from lsst.afw.table.io._make_table import make_table
from lsst.afw.table.io._output_archive import ArchiveWriter, fill_archive
from lsst.afw.table.io._reference import ArchiveReference, OpaquePersistable, check_kind, is_kind
from lsst.afw.table.io._registry import persistable_reader
