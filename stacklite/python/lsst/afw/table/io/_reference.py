"""References to objects that are still in the archive they were read from."""

from __future__ import annotations

__all__ = ["ArchiveReference", "OpaquePersistable", "check_kind", "is_kind"]

from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.pex.exceptions import NotFoundError
from lsst_stacklite._lazy_class import Kind, kind_name, load_kind

from ._persistable import Persistable
from ._registry import find_id_fields, find_opaque_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._stored_table import StoredTable
    from ._input_archive import ArchiveReader
    from ._output_archive import OutputArchive


class ArchiveReference:
    """An object of an archive that need not be built yet.

    Records hold these, so that reading a catalog builds nothing, and copying
    rows or writing them builds nothing either.

    Parameters
    ----------
    archive : `ArchiveReader`
        Archive.
    archive_id : `int`
        ID of the object, > 0.
    """

    __slots__ = ("archive", "archive_id")

    def __init__(self, archive: ArchiveReader, archive_id: int) -> None:
        self.archive = archive
        self.archive_id = archive_id

    @property
    def name(self) -> str:
        """Persisted class name."""
        return self.archive.class_name(self.archive_id)

    def resolve(self, kind: Kind | None = None) -> Any:
        """Build the object, or return it if it was built before.

        Parameters
        ----------
        kind : `type` or `LazyClass`, optional
            Class that the object must have, or derive from.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if its class is unknown.
        lsst.afw.fits.FitsError
            Raised if the archive is damaged, or the object of another kind.
        """
        found = self.archive.get(self.archive_id, kind)
        if isinstance(found, OpaquePersistable):
            raise NotFoundError(f"{found.explanation}.")
        return found

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ArchiveReference):
            return NotImplemented
        return self.archive is other.archive and self.archive_id == other.archive_id

    def __hash__(self) -> int:
        return hash((id(self.archive), self.archive_id))

    def __repr__(self) -> str:
        return f"<{self.name}, object {self.archive_id} of {self.archive.where}>"


class OpaquePersistable(Persistable):
    """An object of a class that stacklite does not know.

    It cannot be evaluated, but it is written back unchanged together with
    the objects that it refers to.

    Parameters
    ----------
    archive : `ArchiveReader`
        Archive that holds it.
    archive_id : `int`
        Its ID there.
    """

    def __init__(self, archive: ArchiveReader, archive_id: int) -> None:
        self._reference = ArchiveReference(archive, archive_id)

    @property
    def name(self) -> str:
        """Persisted class name."""
        return self._reference.name

    @property
    def module(self) -> str:
        """Python module that the real stack imports for this class."""
        return self._reference.archive.module_name(self._reference.archive_id)

    @property
    def tables(self) -> Sequence[StoredTable]:
        """Tables of the object, as stored."""
        return self._reference.archive.tables(self._reference.archive_id)

    @property
    def explanation(self) -> str:
        """Reason why the object cannot be used, and the remedy; a sentence without its full stop."""
        return (
            f"{self._reference.archive.where}: object {self._reference.archive_id} is a {self.name} "
            f"(module {self.module or 'not named'}), which stacklite cannot evaluate, only pass through; "
            "use the LSST Science Pipelines for this object, or replace it"
        )

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        raise AssertionError("archives copy opaque objects by reference.")

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__") or attribute == "_reference":
            raise AttributeError(attribute)
        raise AttributeError(f"no attribute {attribute!r}: {self.explanation}.")

    def __eq__(self, other: object) -> bool:
        """Return whether the tables are equal, and those of objects that they are known to refer to."""
        if not isinstance(other, OpaquePersistable):
            return NotImplemented
        return self is other or _have_equal_tables(self._reference, other._reference)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"OpaquePersistable({self._reference!r})"


def _have_equal_tables(first: ArchiveReference, second: ArchiveReference) -> bool:
    """Return whether two stored objects have equal tables; numbers of objects may differ."""
    mine, theirs = (each.archive.tables(each.archive_id) for each in (first, second))
    if first.name != second.name or len(mine) != len(theirs):
        return False
    references = find_id_fields(first.name) or ()
    return all(
        left.schema.getNames() == right.schema.getNames()
        and len(left) == len(right)
        and all(
            _are_equal_ids(first, second, a, b) if name in references else _are_equal(a, b)
            for name in left.schema.getNames()
            for a, b in zip(left[name], right[name], strict=True)
        )
        for left, right in zip(mine, theirs, strict=True)
    )


def _are_equal(first: Any, second: Any) -> bool:
    return np.array_equal(first, second, equal_nan=np.asarray(first).dtype.kind == "f")


def _are_equal_ids(first: ArchiveReference, second: ArchiveReference, mine: Any, theirs: Any) -> bool:
    """Return whether numbers stand for equal objects of two archives."""
    if np.shape(mine) != np.shape(theirs):
        return False
    pairs = zip(np.ravel(mine).tolist(), np.ravel(theirs).tolist(), strict=True)
    return all(_refer_to_equals(first, second, *pair) for pair in pairs)


def _refer_to_equals(first: ArchiveReference, second: ArchiveReference, one: int, other: int) -> bool:
    """Return whether two numbers stand for equal objects of two archives, or for none."""
    if one <= 0 or other <= 0:
        return one == other
    return _have_equal_tables(ArchiveReference(first.archive, one), ArchiveReference(second.archive, other))


def is_kind(obj: Any, kind: Kind) -> bool:
    """Return whether an object is of a class, or opaque and perhaps of that class.

    Parameters
    ----------
    obj : `object`
        Object.
    kind : `type` or `LazyClass`
        The class. Opaque objects have the kind that is declared for their
        class; those of undeclared classes could be of any.
    """
    if not isinstance(obj, OpaquePersistable):
        return isinstance(obj, load_kind(kind))
    declared = find_opaque_kind(obj.name)
    return declared is None or issubclass(declared.load(), load_kind(kind))


def check_kind(obj: Any, kind: Kind | None, role: str) -> None:
    """Raise `TypeError` unless an object can be stored and has the right class.

    Parameters
    ----------
    obj : `object`
        Object.
    kind : `type`, `LazyClass` or `None`
        The class, or a base class; `None` for any.
    role : `str`
        Role that it should have, for the message.

    Raises
    ------
    TypeError
        Raised if it has another class, or cannot be stored at all. What a
        reference refers to is checked when that is built.
    """
    if isinstance(obj, ArchiveReference):
        return
    if not isinstance(obj, Persistable) or not (kind is None or is_kind(obj, kind)):
        wanted = "an object that can be stored" if kind is None else f"a {kind_name(kind)}"
        raise TypeError(f"{role} is {wanted}, or None; not {type(obj).__name__}.")
