"""Reading objects that have files of their own."""

from __future__ import annotations

__all__ = ["FitsReadable", "read_object"]

import os
from typing import Any, Self, TypeVar, overload

from lsst.afw.fits import DEFAULT_HDU, FitsError, MemFileManager
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._memory import FILE_KINDS, file_of
from lsst_stacklite._overloads import bind

from ._input_archive import ArchiveReader

_Kind = TypeVar("_Kind")


class FitsReadable:
    """A class of `Persistable` whose objects can be read from files of their own."""

    @overload
    @classmethod
    def readFits(cls, fileName: str | os.PathLike[str], hdu: int = DEFAULT_HDU) -> Self: ...
    @overload
    @classmethod
    def readFits(cls, manager: MemFileManager, hdu: int = DEFAULT_HDU) -> Self: ...
    @classmethod
    def readFits(cls, *args: Any, **kwargs: Any) -> Self:
        """Read an object that has a file of its own.

        Parameters
        ----------
        fileName : `str` or `os.PathLike`
            Path.
        manager : `~lsst.afw.fits.MemFileManager`
            In place of it, a file in memory.
        hdu : `int`, optional
            0-based number of the archive index, by default 1.

        Returns
        -------
        obj
            The object, an instance of this class.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the file cannot be read, or holds something else.
        """
        given = bind(FitsReadable.readFits, FILE_KINDS, (cls, *args), kwargs)
        return read_object(file_of(given), given.get("hdu", DEFAULT_HDU), cls)


def read_object(path: str | os.PathLike[str] | MemFileManager, hdu: int, kind: type[_Kind]) -> _Kind:
    """Read an object that has a file of its own; see `FitsReadable.readFits`.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if the file cannot be read, or holds something else.
    """
    with FitsFile(path) as file:
        archive = ArchiveReader.from_fits(file, 1 if hdu == DEFAULT_HDU else hdu)
    found = archive.get(1)
    if not isinstance(found, kind):
        raise FitsError(f"{archive.where}: holds a {archive.class_name(1)}, not a {kind.__name__}.")
    return found
