"""Archives: how objects other than tables are stored in FITS files."""

from __future__ import annotations

__all__ = ["InputArchive", "OutputArchive", "Persistable"]

from ._input_archive import InputArchive
from ._output_archive import OutputArchive
from ._persistable import Persistable
