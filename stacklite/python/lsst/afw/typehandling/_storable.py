"""The base class of objects that an exposure may carry."""

from __future__ import annotations

__all__ = ["Storable"]

from lsst.afw.table.io._persistable import Persistable


class Storable(Persistable):
    """An object that can be stored in an exposure and in an archive."""

    def cloneStorable(self) -> Storable:
        """Return a copy; the object itself, where derived classes are immutable."""
        return self
