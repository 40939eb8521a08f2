"""The base class of objects that an exposure may carry."""

from __future__ import annotations

__all__ = ["Storable"]

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lsst.afw.table.io import Persistable
from lsst.afw.table.io._make_table import make_table

if TYPE_CHECKING:
    from lsst.afw.table._stored_table import StoredTable
    from lsst.afw.table.io import OutputArchive


class Storable(Persistable):
    """An object that can be stored in an exposure and in an archive.

    Objects equal only themselves, unless derived classes define it otherwise,
    and cannot be hashed.

    Notes
    -----
    As in the stack, a class of any package can be stored if its method
    ``isPersistable`` returns true, ``_getPersistenceName`` and
    ``_getPythonModule`` return its name and module, ``_write`` the content as
    `bytes`, and the static method ``_read`` an object from such; a
    `StorableHelperFactory` makes that objects are read again.
    """

    def _is_python_class(self) -> bool:
        """Return whether the class describes itself how it is stored."""
        return hasattr(self, "_getPersistenceName") and hasattr(self, "_write")

    def _is_persistable(self) -> bool:
        if self._is_python_class() and type(self).isPersistable is not Persistable.isPersistable:
            return bool(self.isPersistable())
        return super()._is_persistable()

    def _stored_as(self) -> tuple[str, str]:
        if not self._is_python_class():
            return super()._stored_as()
        return str(self._getPersistenceName()), str(self._getPythonModule())  # type: ignore[attr-defined]

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        if not self._is_python_class():
            return super()._write_archive(archive)
        content = np.frombuffer(self._write(), np.uint8)  # type: ignore[attr-defined]
        return [make_table([("bytes", "ArrayB", "content, as the class wrote it", "", 0)], [[content]])]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Storable):
            raise TypeError(f"{type(self).__name__} cannot be compared with {type(other).__name__}.")
        return self is other

    __hash__ = None  # type: ignore[assignment]
