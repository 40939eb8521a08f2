"""Base class of everything that can be stored in an archive."""

from __future__ import annotations

__all__ = ["Persistable"]

import os
from typing import TYPE_CHECKING, ClassVar, Self

from lsst.afw.fits._errors import FitsError
from lsst.afw.fits._file import FitsFile, write_hdus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._catalog import BaseCatalog
    from ._output_archive import OutputArchive


class Persistable:
    """Something that can be stored in the archive of a FITS file.

    Derived classes set ``_persisted_name`` (and ``_persisted_module``),
    implement ``_write_archive``, and register a reader with
    `persistable_reader`.
    """

    _persisted_name: ClassVar[str] = ""
    _persisted_module: ClassVar[str] = ""

    def _write_archive(self, archive: OutputArchive) -> Sequence[BaseCatalog]:
        """Return the tables of the object.

        Parameters
        ----------
        archive : `OutputArchive`
            Where nested objects are put; returns their IDs.

        Returns
        -------
        tables : `~collections.abc.Sequence` [`BaseCatalog`]
            Tables in the order of ``cat.persistable``; empty for an object
            without state.
        """
        raise NotImplementedError(f"{type(self).__name__} has no _write_archive.")

    def isPersistable(self) -> bool:
        """Whether the object can be stored."""
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
        from ._output_archive import OutputArchive

        archive = OutputArchive()
        archive.put(self)
        write_hdus(fileName, archive.to_hdus(), mode)

    @classmethod
    def readFits(cls, fileName: str | os.PathLike[str], hdu: int | None = None) -> Self:
        """Read an object that has a file of its own.

        Parameters
        ----------
        fileName : `str` or `os.PathLike`
            Path.
        hdu : `int`, optional
            0-based number of the archive index, by default 1.

        Returns
        -------
        obj : `Persistable`
            The object, an instance of this class.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the file cannot be read, or holds something else.
        """
        from ._input_archive import InputArchive

        with FitsFile(fileName) as file:
            archive = InputArchive.from_fits(file, 1 if hdu is None or hdu < 0 else hdu)
        obj = archive.get(1)
        if not isinstance(obj, cls):
            raise FitsError(f"{archive.where}: holds a {archive.class_name(1)}, not a {cls.__name__}.")
        return obj
