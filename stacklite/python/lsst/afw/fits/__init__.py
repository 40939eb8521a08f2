"""Reading and writing of FITS files."""

from __future__ import annotations

__all__ = ["DEFAULT_HDU", "FitsError", "combineMetadata", "readMetadata"]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from ._errors import FitsError
from ._metadata import DEFAULT_HDU, combineMetadata, readMetadata
