"""The error of everything that reads or writes FITS files."""

from __future__ import annotations

__all__ = ["FitsError", "FitsTypeError"]

from lsst.pex.exceptions import IoError


class FitsError(IoError):
    """A FITS file is missing, damaged, or not what it should be."""


class FitsTypeError(FitsError):
    """A value or column has a type that FITS cannot hold."""
