"""Reading and writing of FITS files."""

from __future__ import annotations

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

__all__ = ["DEFAULT_HDU", "FitsError", "combineMetadata", "readMetadata"]

from ._errors import FitsError
from ._metadata import DEFAULT_HDU, combineMetadata, readMetadata
