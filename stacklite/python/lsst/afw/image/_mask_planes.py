"""The names of mask bits: a process-wide default dictionary.

Masks refer to the dictionary that was the default when they were made, so
that a name added or cleared later is so in all of them, while removing a name
leaves existing masks alone. A new name is added to the dictionaries of other
masks, too, where neither it nor its bit is taken. (As in the stack.)
"""

from __future__ import annotations

__all__ = [
    "CANONICAL_PLANES",
    "MAX_PLANES",
    "NO_PLANES",
    "MaskPlaneDict",
    "add_default_plane",
    "bits_of_metadata",
    "default_planes",
    "restore_default_planes",
    "set_default_planes",
]

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self
from weakref import WeakValueDictionary

import lsst.pex.exceptions as pex_exceptions
from lsst.pex.exceptions import InvalidParameterError

MAX_PLANES = 32

NO_PLANES: Mapping[str, int] = MappingProxyType({})
"""Stands for the default dictionary."""

CANONICAL_PLANES = {
    "BAD": 0,
    "SAT": 1,
    "INTRP": 2,
    "CR": 3,
    "EDGE": 4,
    "DETECTED": 5,
    "DETECTED_NEGATIVE": 6,
    "SUSPECT": 7,
    "NO_DATA": 8,
    "VIGNETTED": 9,
    "STREAK": 10,
}
"""The planes that every process starts with."""


_METADATA_PREFIX = "MP_"

_all: WeakValueDictionary[int, MaskPlaneDict] = WeakValueDictionary()
"""Dictionaries of all masks that exist, by identity."""


class MaskPlaneDict(dict[str, int]):
    """Plane name -> bit number."""

    def __new__(cls, *args: Any) -> Self:
        planes = super().__new__(cls, *args)
        _all[id(planes)] = planes
        return planes

    def bit(self, name: str) -> int:
        """Return the number of a plane; `InvalidParameterError` if unknown."""
        try:
            return self[name]
        except KeyError:
            known = ", ".join(self)
            raise InvalidParameterError(f"there is no mask plane {name!r}; known: {known}.") from None

    def add(self, name: str) -> int:
        """Return the number of a plane, assigning the lowest free one if new.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if no bit is left for a new name.
        """
        if name not in self:
            free = sorted(set(range(MAX_PLANES)) - set(self.values()))
            if not free:
                raise pex_exceptions.RuntimeError(
                    f"no bit is left for mask plane {name!r}: all {MAX_PLANES} are used."
                )
            self[name] = free[0]
        return self[name]


_default = MaskPlaneDict(CANONICAL_PLANES)


def default_planes() -> MaskPlaneDict:
    """Return the dictionary that new masks refer to."""
    return _default


def add_default_plane(name: str) -> int:
    """Return the number of a plane of the default dictionary, adding it where it is missing.

    Masks that had lost a name get it back, unless its bit has another name there.
    """
    bit = _default.add(name)
    for planes in list(_all.values()):
        if name not in planes and bit not in planes.values():
            planes[name] = bit
    return bit


def bits_of_metadata(names_and_values: Iterable[tuple[str, Any]]) -> dict[str, int]:
    """Return plane name -> bit number of cards ``MP_<name>``; names are as they are written."""
    return {
        name[len(_METADATA_PREFIX) :]: int(value)
        for name, value in names_and_values
        if name.upper().startswith(_METADATA_PREFIX) and len(name) > len(_METADATA_PREFIX)
    }


def set_default_planes(planes: Mapping[str, int]) -> None:
    """Replace the default dictionary; masks that exist keep theirs."""
    global _default
    _default = MaskPlaneDict(planes)


def restore_default_planes() -> None:
    """Return to the planes that a process starts with."""
    set_default_planes(CANONICAL_PLANES)
