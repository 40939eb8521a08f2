"""Reading and writing of FITS files."""

from __future__ import annotations

__all__ = [
    "DEFAULT_HDU",
    "FitsError",
    "MemFileManager",
    "combineMetadata",
    "makeLimitedFitsHeader",
    "readMetadata",
]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from ._errors import FitsError
from ._limited_header import makeLimitedFitsHeader
from ._memory import DEFAULT_HDU, MemFileManager
from ._metadata import combineMetadata, readMetadata
