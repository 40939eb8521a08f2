"""Declarations of persisted classes: functions that read them, and fields that hold IDs."""

from __future__ import annotations

__all__ = ["Declaration", "find_declaration", "find_id_fields", "find_opaque_kind", "persistable_reader"]

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsst_stacklite._lazy_class import LazyClass
from lsst_stacklite._persisted_classes import OPAQUE_CLASSES, import_reader

if TYPE_CHECKING:
    from .._stored_table import StoredTable
    from ._input_archive import ArchiveReader
    from ._persistable import Persistable

    Reader = Callable[[ArchiveReader, Sequence[StoredTable]], Any]


@dataclass(frozen=True)
class Declaration:
    """Declaration of a persisted class.

    Parameters
    ----------
    reader : `~collections.abc.Callable`
        ``reader(archive, tables)`` returns the object.
    id_fields : `tuple` [`str`, ...]
        Integer fields that hold IDs of other objects.
    """

    reader: Reader
    id_fields: tuple[str, ...]


_DECLARATIONS: dict[str, Declaration] = {}


def persistable_reader(
    *names: str,
    id_fields: Sequence[str],
    of: type[Persistable] | None = None,
    module: str = "",
) -> Callable[[Reader], Reader]:
    """Declare a persisted class; the decorated function reads it.

    Parameters
    ----------
    *names : `str`
        Class names as they stand in archive indices.
    id_fields : `~collections.abc.Sequence` [`str`]
        Integer fields that hold IDs of other objects; all of them, since IDs
        change when an object is copied to another file.
    of : `type`, optional
        Class whose objects are stored under the first of the names; `None` if
        stacklite only reads this class.
    module : `str`, optional
        Python module that the real stack imports to read these objects.

    Returns
    -------
    decorator : `~collections.abc.Callable`
        Decorator for ``reader(archive, tables)``, where ``archive`` is the
        `ArchiveReader` (for nested objects) and ``tables`` the tables of the
        object in the order of ``cat.persistable``.
    """
    if of is not None:
        of._persisted_name, of._persisted_module = names[0], module

    def register(reader: Reader) -> Reader:
        for name in names:
            _DECLARATIONS[name] = Declaration(reader, tuple(id_fields))
        return reader

    return register


def find_declaration(name: str) -> Declaration | None:
    """Return the declaration of a persisted class, or `None` if it is unknown."""
    if name not in _DECLARATIONS:
        import_reader(name)
    return _DECLARATIONS.get(name)


def find_id_fields(name: str) -> tuple[str, ...] | None:
    """Return the fields of a class that hold IDs of other objects, or `None` if they are unknown."""
    declared = OPAQUE_CLASSES.get(name) or find_declaration(name)
    return None if declared is None else declared.id_fields


def find_opaque_kind(name: str) -> LazyClass | None:
    """Return the base class of a class that is only kept, or `None` if it is unknown."""
    declared = OPAQUE_CLASSES.get(name)
    return None if declared is None else declared.kind
