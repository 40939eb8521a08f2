"""Names that all formatters of FITS files share."""

from __future__ import annotations

__all__ = ["FITS_EXTENSIONS"]

FITS_EXTENSIONS = frozenset({".fits", ".fits.gz", ".fits.fz", ".fz", ".fit"})
