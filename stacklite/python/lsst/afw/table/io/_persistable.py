"""Base class of objects that can be stored in an archive."""

from __future__ import annotations

__all__ = ["Persistable"]

import os
from typing import TYPE_CHECKING, Any, ClassVar, overload

from lsst.afw.fits import MemFileManager
from lsst.afw.fits._memory import FILE_KINDS, file_of
from lsst.afw.fits._writing import write_hdus
from lsst_stacklite._overloads import bind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._stored_table import StoredTable
    from ._output_archive import OutputArchive


class Persistable:
    """An object that can be stored in the archive of a FITS file.

    Derived classes implement ``_write_archive`` and are declared by
    `persistable_reader`, which sets the name under which they are stored.
    """

    _persisted_name: ClassVar[str] = ""
    _persisted_module: ClassVar[str] = ""

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        """Return the tables of the object.

        Parameters
        ----------
        archive : `OutputArchive`
            Archive in which nested objects are put, which returns their IDs.

        Returns
        -------
        tables : `~collections.abc.Sequence` [`StoredTable`]
            Tables in the order of ``cat.persistable``; empty for an object
            without state.
        """
        raise NotImplementedError(f"{type(self).__name__} has no _write_archive.")

    def isPersistable(self) -> bool:
        """Return whether the object can be stored."""
        return self._is_persistable()

    def _is_persistable(self) -> bool:
        return bool(self._persisted_name)

    def _stored_as(self) -> tuple[str, str]:
        """Return the name of the class in an archive, and the module that the stack imports to read it."""
        return self._persisted_name, self._persisted_module

    @overload
    def writeFits(self, fileName: str | os.PathLike[str], mode: str = "w") -> None: ...
    @overload
    def writeFits(self, manager: MemFileManager, mode: str = "w") -> None: ...
    def writeFits(self, *args: Any, **kwargs: Any) -> None:
        """Write the object to a file of its own.

        Parameters
        ----------
        fileName : `str` or `os.PathLike`
            Path.
        manager : `~lsst.afw.fits.MemFileManager`
            In place of it, a file in memory.
        mode : `str`, optional
            ``w`` (replace the file) or ``a`` (append to it).
        """
        # Archives know what can be stored in them.
        from ._output_archive import fill_archive

        given = bind(Persistable.writeFits, FILE_KINDS, (self, *args), kwargs)
        archive, _ = fill_archive(lambda archive: archive.put(self))
        write_hdus(file_of(given), archive.to_hdus(), given.get("mode", "w"))
