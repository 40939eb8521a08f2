"""Collecting objects in an archive, and writing it."""

from __future__ import annotations

__all__ = ["ArchiveWriter", "OutputArchive", "fill_archive"]

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from lsst.afw.fits import FitsError
from lsst.pex.exceptions import LogicError
from lsst_stacklite._limits import COPY_DEPTH

from .._fits_encode import TABLE_VERSION, encode_table
from .._schema import Schema
from .._stored_table import StoredTable
from ._input_archive import ArchiveReader
from ._make_table import make_table
from ._nested_ids import ids_to_keep, possible_ids
from ._persistable import Persistable
from ._reference import ArchiveReference, OpaquePersistable
from ._registry import find_id_fields

_CATALOG_DOC = "index of the catalog this entry points to, from the perspective of the "

_INDEX_FIELDS = (
    ("id", "I", "Archive ID of the persistable object that owns the records pointed at by this entry", ""),
    ("cat.archive", "I", _CATALOG_DOC + "archive", ""),
    ("cat.persistable", "I", _CATALOG_DOC + "Persistable", ""),
    ("row0", "I", "first row used by the persistable object in this catalog", ""),
    ("nrows", "I", "number of rows used by the persistable object in this catalog", ""),
    ("name", "String", "unique name for the persistable object's class", "", 64),
    ("module", "String", "Python module that should be imported to register the object's factory", "", 64),
)


_Result = TypeVar("_Result")


class _TakenIdError(FitsError):
    """The number of an object that must keep it is taken."""


@dataclass
class _Table:
    """One data table under construction: parts of several objects."""

    schema: Schema
    parts: list[StoredTable] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    n: int = 0

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the whole columns."""
        names = self.schema.getOrderedNames()
        return {name: np.concatenate([p.arrays[name] for p in self.parts]) for name in names}


def _layout(schema: Schema) -> tuple[Any, ...]:
    return tuple((i.field.getName(), *i.field._layout()) for i in schema)


class OutputArchive:
    """Objects on their way to a file, each stored once.

    Objects that were read and never built are copied table by table; those
    of unknown classes keep the numbering of the archive that they come from.
    """

    def __init__(self) -> None:
        self._ids: dict[int, int] = {}
        self._alive: list[Any] = []
        self._copied: dict[tuple[int, int], int] = {}
        self._taken: set[int] = set()
        self._reserved: dict[int, tuple[ArchiveReader, int]] = {}
        self._read: dict[int, tuple[ArchiveReader, int]] = {}
        self._next = 1
        self._depth = 0
        self._index: list[tuple[Any, ...]] = []
        self._tables: dict[tuple[Any, ...], tuple[int, _Table]] = {}

    # -- numbering

    def _new_id(self) -> int:
        while self._next in self._taken or self._next in self._reserved:
            self._next += 1
        self._taken.add(self._next)
        return self._next

    def _keep_ids(self, objects: Iterable[Any]) -> None:
        """Reserve the IDs of objects that must keep theirs; see `ArchiveWriter.adopt`."""
        for obj in objects:
            reference = _reference(obj)
            if reference is not None:
                for archive_id in ids_to_keep(reference.archive, reference.archive_id):
                    self._reserve(reference.archive, archive_id)

    def _reserve(self, archive: ArchiveReader, archive_id: int) -> None:
        holder = self._reserved.get(archive_id)
        if holder is not None and holder[0] is archive:
            return
        if holder is not None or archive_id in self._taken:
            other = holder[0].where if holder else "an object that was stored before"
            raise _TakenIdError(
                f"object {archive_id} ({archive.class_name(archive_id)}) of {archive.where} must keep its "
                "number: an object of a class unknown to stacklite may refer to it. But the number is "
                f"taken by {other}; write the two to separate files."
            )
        self._reserved[archive_id] = (archive, archive_id)
        built = archive.built(archive_id)
        if built is not None:
            # An object that is also stored by itself is shared with the unknown one.
            self._read[id(built)] = (archive, archive_id)
            self._alive.append(built)

    def _keeps_id(self, archive: ArchiveReader, archive_id: int) -> bool:
        return archive_id in self._reserved and self._reserved[archive_id][0] is archive

    # -- putting

    def put(self, obj: Any, permissive: bool = False) -> int:
        """Store an object with everything that it refers to.

        Parameters
        ----------
        obj : `Persistable`, `ArchiveReference` or `None`
            Object.
        permissive : `bool`, optional
            Return 0, too, if the object cannot be stored.

        Returns
        -------
        archive_id : `int`
            Its ID; 0 for `None`, the same for the same object.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the object cannot be stored.
        """
        if obj is None:
            return 0
        reference = _reference(obj)
        if reference is not None:
            built = reference.archive.built(reference.archive_id)
            keeps_id = self._keeps_id(reference.archive, reference.archive_id)
            if built is None or keeps_id or isinstance(built, OpaquePersistable):
                return self._put_reference(reference.archive, reference.archive_id)
            obj = built
        if id(obj) in self._read:
            return self._put_reference(*self._read[id(obj)])
        if id(obj) in self._ids:
            return self._ids[id(obj)]
        if not isinstance(obj, Persistable) or not obj._is_persistable():
            if permissive:
                return 0
            raise LogicError(f"an object of type {type(obj).__name__} cannot be stored in an archive.")
        archive_id = self._new_id()
        self._ids[id(obj)] = archive_id
        self._alive.append(obj)
        self._save(archive_id, *obj._stored_as(), obj._write_archive(self))
        return archive_id

    def _put_reference(self, archive: ArchiveReader, archive_id: int) -> int:
        """Copy an object that was never built."""
        key = (id(archive), archive_id)
        if key in self._copied:
            return self._copied[key]
        self._keep_ids([ArchiveReference(archive, archive_id)])
        if self._keeps_id(archive, archive_id):
            new_id = archive_id
            self._taken.add(new_id)
        else:
            new_id = self._new_id()
        self._copied[key] = new_id
        self._alive.append(archive)
        name = archive.class_name(archive_id)
        if self._depth >= COPY_DEPTH:
            raise FitsError(
                f"{archive.where}: object {archive_id} ({name}) is nested more than {COPY_DEPTH} deep."
            )
        self._depth += 1
        tables = archive.tables(archive_id)
        if find_id_fields(name) is None:
            for nested in possible_ids(archive, archive_id):
                self.put(ArchiveReference(archive, nested))
        tables = [self._renumbered(t, name, archive) for t in tables]
        self._depth -= 1
        self._save(new_id, name, archive.module_name(archive_id), tables)
        return new_id

    def _renumbered(self, table: StoredTable, name: str, archive: ArchiveReader) -> StoredTable:
        """Return a table with the IDs that its nested objects have here."""
        # The stack numbers a table before it stores the objects nested in it.
        self._target(table)
        columns = [c for c in find_id_fields(name) or () if c in table.schema]
        if not columns or not len(table):
            return table
        renumbered = {column: table.arrays[column].copy() for column in columns}
        for row in range(len(table)):
            for values in renumbered.values():
                self._renumber(values[row : row + 1], archive)
        return table.with_columns(renumbered)

    def _renumber(self, cells: np.ndarray, archive: ArchiveReader) -> None:
        cells[...] = np.reshape([self._nested(archive, int(i)) for i in cells.flat], cells.shape)

    def _nested(self, archive: ArchiveReader, archive_id: int) -> int:
        return self.put(ArchiveReference(archive, archive_id)) if archive_id > 0 else archive_id

    def _save(self, archive_id: int, name: str, module: str, tables: Sequence[StoredTable]) -> None:
        if not tables:
            self._index.append((archive_id, -1, -1, -1, 0, name, module))
        for order, table in enumerate(tables):
            number, target = self._target(table)
            self._index.append((archive_id, number, order, target.n, len(table), name, module))
            target.parts.append(table)
            target.n += len(table)
            # EXTNAME is the class that was stored last.
            target.names = [*(other for other in target.names if other != name), name]

    def _target(self, table: StoredTable) -> tuple[int, _Table]:
        """Return number and content of the data table with the layout of a table."""
        layout = _layout(table.schema)
        if layout not in self._tables:
            self._tables[layout] = len(self._tables) + 1, _Table(table.schema)
        return self._tables[layout]


class ArchiveWriter(OutputArchive):
    """An archive that can be written to a file."""

    def adopt(self, objects: Iterable[Any]) -> None:
        """Reserve the IDs of objects that must keep theirs.

        Call this before the first `put` with all objects that will be put.
        Only objects of unknown classes with integers that may be IDs need it.

        Parameters
        ----------
        objects : `~collections.abc.Iterable`
            Objects and references to archives.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if two archives claim the same ID.
        """
        self._keep_ids(objects)

    def index_table(self) -> StoredTable:
        """Return the index as it will be written."""
        return make_table(_INDEX_FIELDS, self._index)

    def to_hdus(self) -> list[bytes]:
        """Serialize the archive.

        Returns
        -------
        hdus : `list` [`bytes`]
            Complete HDUs, the index first.
        """
        index = self.index_table()
        count = 1 + len(self._tables)
        trailer = [
            ("EXTTYPE", "ARCHIVE_INDEX", ""),
            ("EXTNAME", "ARCHIVE_INDEX", ""),
            ("AR_CATN", 0, "# of this catalog relative to the start of this archive"),
            ("AR_NCAT", count, "# of catalogs in this archive, including the index"),
            ("AFW_TABLE_VERSION", TABLE_VERSION, ""),
        ]
        hdus = [encode_table(index.schema, index.arrays, len(index), trailer=trailer)]
        versions: dict[str, int] = {}
        for number, table in self._tables.values():
            hdus.append(self._data_hdu(number, table, versions))
        return hdus

    def _data_hdu(self, number: int, table: _Table, versions: dict[str, int]) -> bytes:
        name = table.names[-1]
        versions[name] = versions.get(name, 0) + 1
        trailer: list[tuple[str, Any, str]] = [
            ("EXTTYPE", "ARCHIVE_DATA", ""),
            ("AR_CATN", number, "# of this catalog relative to the start of this archive"),
        ]
        if versions[name] > 1:
            trailer.append(("EXTVER", versions[name], ""))
        trailer += [("AR_NAME", n, "Class name for objects stored here") for n in table.names]
        trailer += [("EXTNAME", name, ""), ("AFW_TABLE_VERSION", TABLE_VERSION, "")]
        return encode_table(table.schema, table.arrays(), table.n, trailer=trailer)


class _Survey(ArchiveWriter):
    """Stands for an archive to find the objects of unknown classes that would be put into it."""

    def __init__(self) -> None:
        super().__init__()
        self.references: list[ArchiveReference] = []
        self._seen: set[int] = set()

    def adopt(self, objects: Iterable[Any]) -> None:
        """Do nothing: there are no numbers."""

    def put(self, obj: Any, permissive: bool = False) -> int:
        """Note an object, or all that it would put; return 1 for all of them."""
        reference = _reference(obj)
        if reference is not None:
            self.references.append(reference)
        elif isinstance(obj, Persistable) and obj._is_persistable() and id(obj) not in self._seen:
            self._seen.add(id(obj))
            self._alive.append(obj)
            obj._write_archive(self)
        return 0 if obj is None else 1


def fill_archive(fill: Callable[[ArchiveWriter], _Result]) -> tuple[ArchiveWriter, _Result]:
    """Return an archive with objects.

    If the number of an object of an unknown class is taken by another one, all such objects are looked for,
    and have their numbers from the beginning.

    Parameters
    ----------
    fill : `~collections.abc.Callable`
        Function that puts the objects into an archive.

    Returns
    -------
    archive : `ArchiveWriter`
        The archive.
    result
        Result of ``fill``.

    Raises
    ------
    lsst.afw.fits.FitsError
        Raised if two archives claim the same number.
    """
    archive = ArchiveWriter()
    try:
        return archive, fill(archive)
    except _TakenIdError:
        survey, archive = _Survey(), ArchiveWriter()
    fill(survey)
    archive.adopt(survey.references)
    return archive, fill(archive)


def _reference(obj: Any) -> ArchiveReference | None:
    if isinstance(obj, OpaquePersistable):
        return obj._reference
    return obj if isinstance(obj, ArchiveReference) else None
