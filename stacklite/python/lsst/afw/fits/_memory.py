"""FITS files in memory."""

from __future__ import annotations

__all__ = ["DEFAULT_HDU", "FILE_KINDS", "MemFileManager", "file_of"]

import io
import os
from typing import TYPE_CHECKING, Any, overload

from lsst.pex.exceptions import LengthError
from lsst_stacklite._overloads import Check, bind

if TYPE_CHECKING:
    from lsst.daf.base import PropertyList

DEFAULT_HDU = -(2**31)
"""HDU number that stands for "0, or 1 if the primary HDU is empty"; that of the stack."""


class MemFileManager:
    """The content of a FITS file, which is read and written in place of a file.

    Parameters
    ----------
    size : `int`, optional
        Number of bytes to begin with, all zero.
    """

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, size: int, /) -> None: ...
    def __init__(self, *args: Any) -> None:
        self._content = bytes(*bind(MemFileManager.__init__, {}, (self, *args), {}).values())

    def getLength(self) -> int:
        """Return the number of bytes."""
        return len(self._content)

    def getData(self) -> bytes:
        """Return the content."""
        return self._content

    def setData(self, data: bytes, size: int, /) -> None:
        """Set the content.

        Parameters
        ----------
        data : `bytes`
            Content of a file.
        size : `int`
            Number of bytes of it to take.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if there are not as many.
        """
        if not 0 <= size <= len(data):
            raise LengthError(f"{size} bytes cannot be taken from {len(data)}.")
        self._content = bytes(data[:size])

    def readMetadata(self, hdu: int = DEFAULT_HDU, strip: bool = False) -> PropertyList:
        """Return the metadata of one HDU; see `lsst.afw.fits.readMetadata`."""
        # Files are read from here, and metadata from files.
        from ._metadata import metadata_of_hdu

        return metadata_of_hdu(self, hdu, strip)


def _names_file(value: Any) -> bool:
    # Bytes are read from within, as if they were those of a file.
    return isinstance(value, os.PathLike | io.BytesIO)


FILE_KINDS: dict[str, Check] = {"MemFileManager": MemFileManager, "os.PathLike[str]": _names_file}
"""Kinds of what names a file, for forms of functions."""


def file_of(given: dict[str, Any]) -> Any:
    """Take the path, or what is in place of a file, from the arguments of a call by name."""
    return given.pop(next(name for name in ("manager", "fileName", "filename") if name in given))
