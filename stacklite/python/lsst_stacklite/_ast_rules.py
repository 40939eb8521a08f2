"""The classes of AST objects that may be loaded, each with its check.

AST trusts what it loads: a missing nested object, a count or an index that does not agree with the rest, or
absurd sizes end the process. Only the classes that occur in persisted WCSs and cameras are known.
"""

from __future__ import annotations

__all__ = ["Sections", "check_text", "checks"]

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock
from typing import Any

from ._ast_dump import damaged, read_dump
from ._ast_items import Axes, Checked, Items, Kind

_MAX_DIGESTS = 4096  # Some visits of a large camera; together less than 1 MB.

Sections = Mapping[str, Items]
"""The items of an object by the class that they belong to."""

Check = Callable[[Sections], Axes]
"""Takes every known item of all sections and returns the axes."""


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: Kind
    classes: tuple[str, ...]
    """The class and its bases, most basic first: the order of their items."""
    check: Check


_RULES: dict[str, _Rule] = {}


def checks(class_name: str, kind: Kind, *bases: str) -> Callable[[Check], Check]:
    """Register the decorated function as the check of a class with some base classes."""

    def register(check: Check) -> Check:
        _RULES[class_name] = _Rule(kind, (*bases, class_name), check)
        return check

    return register


class _Digests:
    """Digests of texts, the newest of a limited number.

    Parameters
    ----------
    capacity : `int`
        That number.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = Lock()
        self._known: dict[bytes, None] = {}

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._known

    def add(self, digest: bytes) -> None:
        """Remember a digest, and forget the oldest one if there are too many."""
        with self._lock:
            if len(self._known) >= self._capacity:
                del self._known[next(iter(self._known))]
            self._known[digest] = None


_safe = _Digests(_MAX_DIGESTS)
"""Digests, not texts, so that large texts do not stay in memory; no verdict other than "safe" is kept."""


def check_text(text: str) -> None:
    """Refuse a text that AST could not load safely.

    A text that was found to be safe is known again.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if it is neither a mapping nor a frame set, contains what no persisted object contains, or
        does not agree with itself.
    """
    digest = blake2b(text.encode("utf-8", "surrogatepass")).digest()
    if digest not in _safe:
        checked: Checked = read_dump(text, _check)
        checked.axes_as("the text", Kind.MAPPING, Kind.FRAME_SET)
        _safe.add(digest)


def _check(class_name: str, sections: dict[str, dict[str, Any]]) -> Checked:
    """Check one object, whose nested objects have been checked."""
    rule = _RULES.get(class_name)
    if rule is None:
        raise damaged(f"the class {class_name} is not supported")
    marked = list(sections)
    if marked != [name for name in rule.classes if name in sections]:
        raise damaged(f"{class_name} consists of {', '.join(marked)}")
    taken = {name: Items(class_name, sections.get(name, {})) for name in rule.classes}
    taken["Object"].text("ID", "Ident")
    axes = rule.check(taken)
    for items in taken.values():
        items.finish()
    return Checked(class_name, rule.kind, axes)
