"""The classes of AST objects that may be loaded, each with its check.

AST trusts what it loads: a missing nested object, a count or an index that does not agree with the rest, or
absurd sizes end the process. Only the classes that occur in persisted WCSs and cameras are known.
"""

from __future__ import annotations

__all__ = ["MAX_AXES", "Axes", "Check", "Kind", "Sections", "check_dump", "check_nested", "checks"]

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ._ast_dump import DumpObject, damaged
from ._ast_items import Items

MAX_AXES = 20

Sections = Mapping[str, Items]
"""The items of an object by the class that they belong to."""


class Axes(NamedTuple):
    """Numbers of axes of a mapping as it was made, before ``Invert`` exchanges them."""

    n_in: int
    n_out: int

    def __str__(self) -> str:
        return f"{self.n_in} to {self.n_out} axes"

    def used(self, inverted: int) -> Axes:
        """Return the numbers for the given value of ``Invert``."""
        return Axes(self.n_out, self.n_in) if inverted else self


class Kind(enum.Enum):
    """Roles that an object can have."""

    MAPPING = "mapping"
    FRAME = "frame"
    FRAME_SET = "frame set"
    AXIS = "axis"
    SKY_AXIS = "sky axis"


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


def check_dump(dump: DumpObject) -> None:
    """Refuse an object that AST could not load safely.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if it is neither a mapping nor a frame set, contains elements that
        no persisted object contains, or does not agree with itself.
    """
    _checked(dump, "the text", (Kind.MAPPING, Kind.FRAME_SET))


def check_nested(items: Items, name: str, kind: Kind) -> Axes:
    """Take a nested object of some kind, which must be there, check it and return its axes."""
    return _checked(items.nested(name), name, (kind,))


def _checked(dump: DumpObject, role: str, kinds: tuple[Kind, ...]) -> Axes:
    rule = _RULES.get(dump.class_name)
    if rule is None:
        raise damaged(f"the class {dump.class_name} is not supported")
    if rule.kind not in kinds:
        raise damaged(f"{role} is a {dump.class_name}, not a {' or '.join(kind.value for kind in kinds)}")
    marked = list(dump.sections)
    if marked != [name for name in rule.classes if name in dump.sections]:
        raise damaged(f"{dump.class_name} consists of {', '.join(marked)}")
    sections = {name: Items(dump.class_name, dump.sections.get(name, {})) for name in rule.classes}
    sections["Object"].text("ID", "Ident")
    axes = rule.check(sections)
    for items in sections.values():
        items.finish()
    return axes
