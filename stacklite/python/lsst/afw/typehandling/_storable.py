"""The base class of objects that an exposure may carry."""

from __future__ import annotations

__all__ = ["Storable"]

from lsst.afw.table.io import Persistable


class Storable(Persistable):
    """An object that can be stored in an exposure and in an archive.

    Objects equal only themselves, unless derived classes define it otherwise,
    and cannot be hashed.
    """

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Storable):
            raise TypeError(f"{type(self).__name__} cannot be compared with {type(other).__name__}.")
        return self is other

    __hash__ = None  # type: ignore[assignment]
