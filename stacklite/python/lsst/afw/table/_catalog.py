"""Catalogs: sequences of records that share a table."""

from __future__ import annotations

__all__ = ["BaseCatalog"]

import os
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

from lsst.afw.fits import DEFAULT_HDU, MemFileManager
from lsst.afw.fits._memory import FILE_KINDS, file_of
from lsst_stacklite._overloads import bind

from ._astropy import to_astropy
from ._attached import AttachedObjects
from ._base import BaseTable
from ._catalog_types import catalog_type
from ._columns import ColumnAccess
from ._fits_read import read_catalog
from ._fits_write import pickle_catalog, write_catalog

if TYPE_CHECKING:
    from ._field import FieldBase
    from ._fits_columns import ReadTable
    from ._schema import Schema
    from .io._output_archive import ArchiveWriter

_N_SHOWN = 8
"""Columns of a catalog in a notebook, as many as fit on a page, if none are known to be of interest."""

_N_LINES = 25
"""Lines of a catalog in a notebook, about a screen; those in the middle are left out."""


@catalog_type("AMPINFO")
class BaseCatalog(ColumnAccess):
    """A sequence of records, with access to columns.

    ``catalog[i]`` is a record, ``catalog["name"]`` a column, slices and
    boolean masks give catalogs of the same records.

    Parameters
    ----------
    schema : `Schema`
        Schema of a new table.
    table : `BaseTable`
        Table of the records, instead.
    other : `BaseCatalog`
        Catalog whose records are shared, instead.
    """

    dtype: ClassVar[str] = "Base"

    _SHOWN: ClassVar[tuple[str, ...]] = ()
    """Columns that notebooks show, as far as a catalog has them; by default the first few."""

    @overload
    def __init__(self, schema: Schema) -> None: ...
    @overload
    def __init__(self, table: BaseTable) -> None: ...
    @overload
    def __init__(self, other: BaseCatalog) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._start(args, kwargs)

    def asAstropy(self, cls: Any = None, copy: bool = False, unviewable: str = "copy") -> Any:
        """Return an astropy table of the columns.

        Parameters
        ----------
        cls : `type`, optional
            Table class, by default `astropy.table.Table`.
        copy : `bool`, optional
            Copy all columns rather than view them.
        unviewable : `str`, optional
            Action for columns that cannot be viewed (flags, strings):
            ``copy``, ``raise`` or ``skip``.

        Returns
        -------
        table : `astropy.table.Table`
            The same columns, aliases as additional ones, metadata in ``meta``.
            Arrays of variable length are left out (agrees with the stack).
        """
        return to_astropy(self, cls, copy, unviewable)

    @overload
    @classmethod
    def readFits(cls, filename: str | os.PathLike[str], hdu: int = DEFAULT_HDU, flags: int = 0) -> Self: ...
    @overload
    @classmethod
    def readFits(cls, manager: MemFileManager, hdu: int = DEFAULT_HDU, flags: int = 0) -> Self: ...
    @classmethod
    def readFits(cls, *args: Any, **kwargs: Any) -> Self:
        """Read a catalog.

        Parameters
        ----------
        filename : `str` or `os.PathLike`
            Path.
        hdu : `int`, optional
            0-based number of the HDU, by default 1.
        flags : `int`, optional
            What to leave out, see `SOURCE_IO_NO_FOOTPRINTS`.

        Returns
        -------
        catalog : `BaseCatalog`
            Of the class that the file names; it must be this one, or derived.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the file cannot be read.
        """
        given = bind(BaseCatalog.readFits, FILE_KINDS, (cls, *args), kwargs)
        return read_catalog(cls, file_of(given), given.get("hdu", DEFAULT_HDU), given.get("flags", 0))

    @overload
    def writeFits(self, filename: str | os.PathLike[str], mode: str = "w", flags: int = 0) -> None: ...
    @overload
    def writeFits(self, manager: MemFileManager, mode: str = "w", flags: int = 0) -> None: ...
    def writeFits(self, *args: Any, **kwargs: Any) -> None:
        """Write the catalog with everything attached to it.

        Parameters
        ----------
        filename : `str` or `os.PathLike`
            Path; ``.gz`` is compressed.
        mode : `str`, optional
            ``w`` (replace the file) or ``a`` (append to it).
        flags : `int`, optional
            What to leave out, see `SOURCE_IO_NO_FOOTPRINTS`.
        """
        given = bind(BaseCatalog.writeFits, FILE_KINDS, (self, *args), kwargs)
        write_catalog(self, file_of(given), given.get("mode", "w"), given.get("flags", 0))

    @classmethod
    def _take_objects(cls, table: ReadTable) -> AttachedObjects:
        """Take ID columns of attached objects out of a table that was read (here: none)."""
        return AttachedObjects(table.schema)

    def _write_objects(
        self, archive: ArchiveWriter, flags: int = 0
    ) -> tuple[list[FieldBase], dict[str, Any]]:
        """Put attached objects into an archive; return their ID columns (here: none)."""
        return [], {}

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Self:
        return self.copy(deep=True)

    def __reduce__(self) -> Any:
        return pickle_catalog(self)

    def __repr__(self) -> str:
        return f"{type(self)}\n{self}"

    def __str__(self) -> str:
        """Return a table of the columns, or only their names unless the records are contiguous."""
        if self.isContiguous():
            return str(self.asAstropy())
        names = " ".join(self.schema.getOrderedNames())
        return f"Non-contiguous afw.Catalog of {len(self)} rows.\ncolumns: {names}"

    def _repr_html_(self) -> str:
        """Return a short table of the columns that people look at, for notebooks."""
        names = self.schema.getOrderedNames()
        shown = [name for name in self._SHOWN if name in names] or names[:_N_SHOWN]
        left_out = len(names) - len(shown)
        caption = f"{type(self).__name__}: {len(self)} rows"
        caption += f", {left_out} more columns" if left_out else ""
        if not shown:
            return f"<div>{caption}</div>"
        # The same text for the same catalog: by default the table has an address as its id.
        lines = self.asAstropy()[shown].pformat(
            html=True, max_lines=_N_LINES, show_unit=True, tableid="catalog", tableclass="dataframe"
        )
        # The caption says how many rows there are.
        lines = [line for line in lines if not line.startswith("Length = ")]
        return f"<div>{caption}</div>" + "".join(lines)
