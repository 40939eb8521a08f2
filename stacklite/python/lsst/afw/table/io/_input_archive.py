"""Reading the objects of an archive, when they are asked for."""

from __future__ import annotations

__all__ = ["ArchiveReader", "InputArchive"]

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar, overload

from lsst.afw.fits import FitsError
from lsst.afw.fits._errors import reading
from lsst.afw.fits._file import FitsFile
from lsst.afw.fits._raw import RawHdu
from lsst_stacklite._lazy_class import Kind, LazyClass, kind_name
from lsst_stacklite._limits import ARCHIVE_DEPTH, ARCHIVE_PARTS

from .._fits_columns import parse_header
from .._fits_decode import decode_hdu, stored_table
from .._stored_table import StoredTable
from ._reference import OpaquePersistable, is_kind
from ._registry import find_declaration

_Object = TypeVar("_Object")


@dataclass(frozen=True)
class _Piece:
    """One row of the index: part of one table belongs to an object."""

    archive_id: int
    table: int
    order: int
    first: int
    n: int
    name: str
    module: str


class InputArchive:
    """Objects that were stored together in a file, by number."""

    def get(self, archive_id: int, /) -> Any:
        """Return the object with a number, `None` for 0."""
        raise NotImplementedError


class ArchiveReader(InputArchive):
    """The objects stored in consecutive HDUs of a FITS file.

    The bytes of all HDUs are read at once; headers are parsed, tables decoded
    and objects built when they are first asked for.

    Parameters
    ----------
    where : `str`
        File and HDU, for messages.
    index : `StoredTable`
        The index table.
    tables : `~collections.abc.Sequence` [`tuple`]
        Header (not parsed yet) and bytes of each data table.
    """

    def __init__(self, where: str, index: StoredTable, tables: Sequence[tuple[RawHdu, bytes]]) -> None:
        self.where = where
        self._raw = list(tables)
        self._decoded: dict[int, StoredTable] = {}
        self._objects: dict[int, Any] = {}
        self._under_way: list[int] = []
        self._sizes: dict[int, int] = {}
        self._lock = threading.RLock()
        self._pieces = self._read_index(index)

    @classmethod
    def from_fits(cls, file: FitsFile, hdu: int) -> Self:
        """Read the archive whose index is a given HDU.

        Parameters
        ----------
        file : `FitsFile`
            Open file.
        hdu : `int`
            0-based number of the index.

        Returns
        -------
        archive : `ArchiveReader`
            Archive; the file can be closed afterwards.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if this is no archive, or the file is truncated.
        """
        with reading(f"{file.path}[{hdu}]", "the archive is damaged"):
            return cls._from_fits(file, hdu)

    @classmethod
    def _from_fits(cls, file: FitsFile, hdu: int) -> Self:
        where = f"{file.path}[{hdu}]"
        head = file.raw(hdu)
        if head is None or head.text("EXTTYPE") != "ARCHIVE_INDEX":
            raise FitsError(f"{where}: is not the index of an archive.")
        count = head.integer("AR_NCAT")
        tables = []
        for number in range(1, count):
            part = file.raw(hdu + number)
            if part is None:
                raise FitsError(
                    f"{file.path}: truncated: the archive should have {count} HDUs, it ends after {number}."
                )
            if part.text("EXTTYPE") != "ARCHIVE_DATA" or part.integer("AR_CATN", 0) != number:
                raise FitsError(f"{part.where}: is not data table {number} of the archive.")
            tables.append((part, file.table_bytes(hdu + number)))
        return cls(where, stored_table(*decode_hdu(file, hdu)), tables)

    def _read_index(self, index: StoredTable) -> dict[int, list[_Piece]]:
        columns = []
        for name in ("id", "cat.archive", "cat.persistable", "row0", "nrows", "name", "module"):
            # Version 0 had underscores.
            present = name if name in index.schema else name.replace(".", "_")
            if present not in index.schema:
                raise FitsError(f"{self.where}: the index of the archive lacks the column {name!r}.")
            columns.append([v.strip() if isinstance(v, str) else v for v in index[present].tolist()])
        pieces: dict[int, list[_Piece]] = {}
        for row in zip(*columns, strict=True):
            piece = _Piece(*row)
            pieces.setdefault(piece.archive_id, []).append(piece)
        for archive_id, group in pieces.items():
            group.sort(key=lambda p: p.order)
            self._check_group(archive_id, group)
        return pieces

    def _check_group(self, archive_id: int, group: list[_Piece]) -> None:
        if len({(p.name, p.module) for p in group}) > 1:
            names = ", ".join(sorted({p.name for p in group}))
            raise FitsError(f"{self.where}: object {archive_id} has several classes: {names}.")

    # -- what is there

    def ids(self) -> list[int]:
        """Return the IDs of all objects, ascending."""
        return sorted(self._pieces)

    def __contains__(self, archive_id: int) -> bool:
        return archive_id in self._pieces

    def _group(self, archive_id: int) -> list[_Piece]:
        if archive_id not in self._pieces:
            raise FitsError(f"{self.where}: object {archive_id} does not exist in the archive.")
        return self._pieces[archive_id]

    def class_name(self, archive_id: int) -> str:
        """Return the persisted class name of an object."""
        return self._group(archive_id)[0].name

    def module_name(self, archive_id: int) -> str:
        """Return the module column of an object."""
        return self._group(archive_id)[0].module

    def built(self, archive_id: int) -> Any:
        """Return an object if it was built already, else `None`."""
        return self._objects.get(archive_id)

    # -- tables

    def _table(self, number: int) -> StoredTable:
        """Return a decoded data table (1-based number)."""
        if number not in self._decoded:
            raw, data = self._raw[number - 1]
            with reading(raw.where, "the header is damaged"):
                header = parse_header(raw)
            self._decoded[number] = stored_table(header, data)
        return self._decoded[number]

    def tables(self, archive_id: int) -> list[StoredTable]:
        """Return the tables of an object, in the order of ``cat.persistable``.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the index points to rows that do not exist.
        """
        with self._lock:
            return [self._part(p) for p in self._group(archive_id) if p.table != -1]

    def _part(self, piece: _Piece) -> StoredTable:
        where = f"{self.where}: object {piece.archive_id} ({piece.name})"
        if not 1 <= piece.table <= len(self._raw):
            raise FitsError(f"{where} refers to table {piece.table}; the archive has {len(self._raw)}.")
        table = self._table(piece.table)
        if piece.first < 0 or piece.n < 0 or piece.first + piece.n > len(table):
            raise FitsError(
                f"{where} refers to rows {piece.first} to {piece.first + piece.n} of table {piece.table}, "
                f"which has {len(table)}."
            )
        return table[piece.first : piece.first + piece.n]

    # -- objects

    @overload
    def get(self, archive_id: int, /, kind: type[_Object]) -> _Object | None: ...
    @overload
    def get(self, archive_id: int, /, kind: LazyClass | None = None) -> Any: ...
    def get(self, archive_id: int, /, kind: Kind | None = None) -> Any:
        """Return an object.

        Parameters
        ----------
        archive_id : `int`
            ID; 0 stands for no object.
        kind : `type` or `LazyClass`, optional
            Class that the object must have, or derive from.

        Returns
        -------
        obj : `Persistable` or `None`
            The object, the same one each time; `OpaquePersistable` if its
            class is unknown, which passes for any kind unless its own one is
            declared.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if there is no such object, it is of another kind, or it is
            damaged.
        """
        archive_id = int(archive_id)
        if archive_id == 0:
            return None
        with self._lock:
            if archive_id not in self._objects:
                self._objects[archive_id] = self._build(archive_id)
            found = self._objects[archive_id]
            self._count_part(archive_id)
        if kind is not None and not is_kind(found, kind):
            name = self.class_name(archive_id)
            raise FitsError(
                f"{self.where}: object {archive_id} is a {name}, where a {kind_name(kind)} belongs."
            )
        return found

    @overload
    def need(self, archive_id: int, kind: type[_Object]) -> _Object: ...
    @overload
    def need(self, archive_id: int, kind: LazyClass | None = None) -> Any: ...
    def need(self, archive_id: int, kind: Kind | None = None) -> Any:
        """Return an object that must be there; see `get`.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if the ID stands for no object, too.
        """
        found: Any = self.get(archive_id, kind)
        if found is None:
            wanted = "object" if kind is None else kind_name(kind)
            raise FitsError(f"{self.where}: there is no object where a {wanted} belongs.")
        return found

    def _build(self, archive_id: int) -> Any:
        name = self.class_name(archive_id)
        self._sizes[archive_id] = 1
        declaration = find_declaration(name)
        if declaration is None:
            return OpaquePersistable(self, archive_id)
        self._check_nesting(archive_id, name)
        self._under_way.append(archive_id)
        try:
            with reading(f"{self.where}: object {archive_id} ({name})", "cannot be read"):
                return declaration.reader(self, self.tables(archive_id))
        finally:
            self._under_way.pop()

    def _check_nesting(self, archive_id: int, name: str) -> None:
        if archive_id in self._under_way:
            chain = " -> ".join(map(str, [*self._under_way, archive_id]))
            raise FitsError(f"{self.where}: object {archive_id} ({name}) contains itself: {chain}.")
        if len(self._under_way) >= ARCHIVE_DEPTH:
            raise FitsError(
                f"{self.where}: object {archive_id} ({name}) is nested more than {ARCHIVE_DEPTH} deep."
            )

    def _count_part(self, archive_id: int) -> None:
        """Add an object to the size of the one that it is part of.

        Objects share their parts; functions that walk through all of them meet a
        part as often as it is referred to.
        """
        if self._under_way:
            whole = self._under_way[-1]
            self._sizes[whole] += self._sizes[archive_id]
            if self._sizes[whole] > ARCHIVE_PARTS:
                raise FitsError(f"{self.where}: object {whole} consists of more than {ARCHIVE_PARTS} others.")
