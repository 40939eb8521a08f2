"""Aliases: alternative names for fields and for prefixes of fields."""

from __future__ import annotations

__all__ = ["AliasMap"]

from bisect import bisect_right
from collections.abc import Callable, ItemsView, Iterator
from typing import Any

import lsst.pex.exceptions as pex_exceptions
from lsst.pex.exceptions import NotFoundError
from lsst_stacklite._limits import ALIAS_STEPS


def _no_watcher() -> None:
    """Stand for a table that does not exist."""


class AliasMap:
    """A sorted mapping from alias to target.

    An alias stands for a whole field name or for the beginning of one; it is
    followed until nothing matches any more. All copies of a schema share one
    map, so that aliases set through ``catalog.schema`` work in the catalog.

    Parameters
    ----------
    other : `AliasMap`, optional
        Map to copy.
    """

    # Of the aliases of a table, returns the check of a changed alias while the table exists.
    _watcher: Callable[[], Callable[[str], None] | None] = staticmethod(_no_watcher)

    def __init__(self, other: AliasMap | None = None, /) -> None:
        self._targets: dict[str, str] = dict(other._targets) if other is not None else {}
        self._sorted: list[str] | None = None

    def __getstate__(self) -> dict[str, Any]:
        # A copy belongs to no table.
        return {"_targets": self._targets, "_sorted": self._sorted}

    def __len__(self) -> int:
        return len(self._targets)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __contains__(self, alias: object) -> bool:
        return alias in self._targets

    def __getitem__(self, alias: str) -> str:
        return self.get(alias)

    def __setitem__(self, alias: str, target: str) -> None:
        self.set(alias, target)

    def __delitem__(self, alias: str) -> None:
        """Remove an alias, if there is one."""
        self.erase(alias)

    def __eq__(self, other: object) -> bool:
        return self._targets == other._targets if isinstance(other, AliasMap) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "AliasMap({" + ", ".join(f"{a!r}: {t!r}" for a, t in self.items()) + "})"

    def _names(self) -> list[str]:
        if self._sorted is None:
            self._sorted = sorted(self._targets)
        return self._sorted

    def keys(self) -> list[str]:
        """Return the aliases, sorted."""
        return list(self._names())

    def values(self) -> list[str]:
        """Return the targets, in the order of the aliases."""
        return [self._targets[a] for a in self._names()]

    def items(self) -> ItemsView[str, str]:
        """Return (alias, target) pairs, sorted by alias."""
        return {a: self._targets[a] for a in self._names()}.items()

    def empty(self) -> bool:
        """Return whether there are no aliases."""
        return not self._targets

    def set(self, alias: str, target: str) -> None:
        """Add an alias, or change its target.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if a slot of a table of sources is defined with it that has
            no field; the alias is set all the same.
        lsst.pex.exceptions.TypeError
            Raised if the field of the slot has another type.
        """
        self._targets[alias] = target
        self._sorted = None
        if (changed := self._watcher()) is not None:
            changed(alias)

    def get(self, alias: str) -> str:
        """Return the target of exactly this alias.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if there is no such alias.
        """
        if alias not in self._targets:
            raise NotFoundError(f"alias {alias!r} does not exist.")
        return self._targets[alias]

    def erase(self, alias: str) -> bool:
        """Remove an alias and return whether there was one."""
        self._sorted = None
        return self._targets.pop(alias, None) is not None

    def contains(self, other: AliasMap) -> bool:
        """Return whether every alias of another map is here, with the same target."""
        return other._targets.items() <= self._targets.items()

    def _step(self, name: str) -> str | None:
        if name in self._targets:
            return self._targets[name]
        names = self._names()
        before = bisect_right(names, name) - 1
        if before >= 0 and name.startswith(names[before]):
            return self._targets[names[before]] + name[len(names[before]) :]
        return None

    def apply(self, name: str) -> str:
        """Replace aliases in a field name until nothing matches.

        Parameters
        ----------
        name : `str`
            A name that may be, or begin with, an alias.

        Returns
        -------
        name : `str`
            The name it stands for.

        Raises
        ------
        RuntimeError
            Raised if aliases form a cycle.
        """
        start = name
        for _ in range(ALIAS_STEPS):
            if not self._targets or (following := self._step(name)) is None:
                return name
            name = following
        raise pex_exceptions.RuntimeError(f"the aliases that replace {start!r} form a cycle.")
