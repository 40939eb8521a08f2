"""Base class of everything that can be stored in an archive."""

from __future__ import annotations

__all__ = ["FitsReadable", "Persistable", "read_object"]

import os
from typing import TYPE_CHECKING, Any, ClassVar, Self

from lsst.afw.fits._errors import FitsError
from lsst.afw.fits._file import FitsFile, write_hdus
from lsst.afw.fits._metadata import DEFAULT_HDU

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._stored_table import StoredTable
    from ._output_archive import OutputArchive


class Persistable:
    """Something that can be stored in the archive of a FITS file.

    Derived classes set ``_persisted_name`` (and ``_persisted_module``),
    implement ``_write_archive``, and register a reader with
    `persistable_reader`.
    """

    _persisted_name: ClassVar[str] = ""
    _persisted_module: ClassVar[str] = ""

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        """Return the tables of the object.

        Parameters
        ----------
        archive : `OutputArchive`
            Where nested objects are put; returns their IDs.

        Returns
        -------
        tables : `~collections.abc.Sequence` [`StoredTable`]
            Tables in the order of ``cat.persistable``; empty for an object
            without state.
        """
        raise NotImplementedError(f"{type(self).__name__} has no _write_archive.")

    def isPersistable(self) -> bool:
        """Whether the object can be stored."""
        return self._is_persistable()

    def _is_persistable(self) -> bool:
        return bool(self._persisted_name)

    def writeFits(self, fileName: str | os.PathLike[str], mode: str = "w") -> None:
        """Write the object to a file of its own.

        Parameters
        ----------
        fileName : `str` or `os.PathLike`
            Path.
        mode : `str`, optional
            ``w`` (replace the file) or ``a`` (append to it).
        """
        from ._output_archive import ArchiveWriter

        archive = ArchiveWriter()
        archive.put(self)
        write_hdus(fileName, archive.to_hdus(), mode)


class FitsReadable:
    """A class of `Persistable` whose objects can be read from files of their own."""

    @classmethod
    def readFits(cls, fileName: str | os.PathLike[str], hdu: int = DEFAULT_HDU) -> Self:
        """Read an object that has a file of its own.

        Parameters
        ----------
        fileName : `str` or `os.PathLike`
            Path.
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
        return read_object(fileName, hdu, cls)


def read_object(path: str | os.PathLike[str], hdu: int, kind: type[Any]) -> Any:
    """Read an object that has a file of its own; see `FitsReadable.readFits`."""
    from ._input_archive import ArchiveReader

    with FitsFile(path) as file:
        archive = ArchiveReader.from_fits(file, 1 if hdu == DEFAULT_HDU else hdu)
    found = archive.get(1)
    if not isinstance(found, kind):
        raise FitsError(f"{archive.where}: holds a {archive.class_name(1)}, not a {kind.__name__}.")
    return found
