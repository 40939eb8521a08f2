"""The names of mask bits: a process-wide default dictionary.

Masks refer to the dictionary that was the default when they were made, so
that a name added later is known to all of them, while removing names or
clearing the default leaves existing masks alone. (As in the stack.)
"""

from __future__ import annotations

__all__ = [
    "CANONICAL_PLANES",
    "MAX_PLANES",
    "NO_PLANES",
    "MaskPlaneDict",
    "default_planes",
    "restore_default_planes",
    "set_default_planes",
]

from collections.abc import Mapping
from types import MappingProxyType

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


class MaskPlaneDict(dict[str, int]):
    """Plane name -> bit number."""

    def bit(self, name: str) -> int:
        """Return the number of a plane; `InvalidParameterError` if unknown."""
        try:
            return self[name]
        except KeyError:
            known = ", ".join(self)
            raise InvalidParameterError(f"there is no mask plane {name!r}; known: {known}.") from None

    def add(self, name: str) -> int:
        """Return the number of a plane, assigning the lowest free one if new."""
        if name not in self:
            free = sorted(set(range(MAX_PLANES)) - set(self.values()))
            if not free:
                raise pex_exceptions.RuntimeError(
                    f"no bit is left for mask plane {name!r}: all {MAX_PLANES} are used."
                )
            self[name] = free[0]
        return self[name]

    def translation(self, other: Mapping[str, int]) -> dict[int, int]:
        """Return bit of ``other`` -> bit here, adding the planes that are new."""
        return {bit: self.add(name) for name, bit in other.items()}


_default = MaskPlaneDict(CANONICAL_PLANES)


def default_planes() -> MaskPlaneDict:
    """Return the dictionary that new masks refer to."""
    return _default


def set_default_planes(planes: Mapping[str, int]) -> None:
    """Replace the default dictionary; masks that exist keep theirs."""
    global _default
    _default = MaskPlaneDict(planes)


def restore_default_planes() -> None:
    """Return to the planes that a process starts with."""
    set_default_planes(CANONICAL_PLANES)
