"""The text form of Starlink AST objects, read into a tree without AST.

A dump consists of lines ``Begin <class>``, ``<name> = <value>``, ``<name> =`` (a nested object follows),
``IsA <class>`` (the items since the last mark belong to that base class) and ``End <class>``.
"""

from __future__ import annotations

__all__ = ["DumpObject", "damaged", "read_dump"]

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import lsst.pex.exceptions as pex_exceptions

_MAX_DEPTH = 60
_OTHER_CHARACTERS = re.compile(r"[^\t\n -~]")
_LINE = re.compile(
    r"[ \t]*(?:"
    r"(?P<mark>Begin|IsA|End) (?P<class>[A-Za-z]{1,20})"
    r"|(?P<name>[A-Za-z]\w{0,19}) =(?: (?P<value>\"[^\"]*\"|[^\s\"#]+))?"
    r")?[ \t]*(?:#.*)?"
)


def damaged(message: str) -> pex_exceptions.TypeError:
    """Return the exception that says why a text is not the dump of an AST object."""
    return pex_exceptions.TypeError(f"not a readable AST object: {message}.")


@dataclass(frozen=True, slots=True)
class DumpObject:
    """One object of a dump. Immutable.

    Parameters
    ----------
    class_name : `str`
        Name after ``Begin`` and ``End``.
    sections : mapping
        The items of each base class that is marked, in the order of the text, and last those of the class
        itself. A value is the text after the equals sign or a nested object.
    """

    class_name: str
    sections: Mapping[str, Mapping[str, str | DumpObject]]


@dataclass(slots=True)
class _Unfinished:
    """An object whose ``End`` has not been read."""

    class_name: str
    sections: dict[str, Mapping[str, str | DumpObject]] = field(default_factory=dict)
    items: dict[str, str | DumpObject] = field(default_factory=dict)
    expected: str | None = None
    """Name of the nested object whose ``Begin`` must come next."""

    def add(self, name: str, value: str | DumpObject) -> None:
        if name in self.items:
            raise damaged(f"{name} is given twice in one {self.class_name}")
        self.items[name] = value

    def close_section(self, class_name: str) -> None:
        if class_name in self.sections:
            raise damaged(f"{class_name} is marked twice in one {self.class_name}")
        self.sections[class_name] = MappingProxyType(self.items)
        self.items = {}

    def finished(self, class_name: str) -> DumpObject:
        if class_name != self.class_name:
            raise damaged(f"End {class_name} inside {self.class_name}")
        self.close_section(class_name)
        return DumpObject(class_name, MappingProxyType(self.sections))


class _Builder:
    """Puts the lines together; ``result`` is the object once it is complete."""

    def __init__(self) -> None:
        self.result: DumpObject | None = None
        self._stack: list[_Unfinished] = []

    def begin(self, class_name: str) -> None:
        if self._stack and self._stack[-1].expected is None:
            raise damaged(f"Begin {class_name} without a name in {self._stack[-1].class_name}")
        if self.result is not None:
            raise damaged(f"{class_name} after the end of {self.result.class_name}")
        if len(self._stack) == _MAX_DEPTH:
            raise damaged(f"more than {_MAX_DEPTH} levels of nested objects")
        self._stack.append(_Unfinished(class_name))

    def _current(self, line: str) -> _Unfinished:
        if not self._stack:
            raise damaged(f"{line[:60]!r} outside of an object")
        if (name := self._stack[-1].expected) is not None:
            raise damaged(f"{line[:60]!r} instead of the object {name} of {self._stack[-1].class_name}")
        return self._stack[-1]

    def mark(self, kind: str, class_name: str, line: str) -> None:
        if kind == "Begin":
            self.begin(class_name)
        elif kind == "IsA":
            self._current(line).close_section(class_name)
        else:
            self._end(self._current(line).finished(class_name))

    def _end(self, finished: DumpObject) -> None:
        self._stack.pop()
        if not self._stack:
            self.result = finished
            return
        parent = self._stack[-1]
        name, parent.expected = parent.expected, None
        assert name is not None
        parent.add(name, finished)

    def item(self, name: str, value: str | None, line: str) -> None:
        current = self._current(line)
        if value is None:
            current.expected = name
        else:
            current.add(name, value)

    def complete(self) -> DumpObject:
        if self._stack:
            raise damaged(f"the text ends inside {self._stack[-1].class_name}")
        if self.result is None:
            raise damaged("the text is empty")
        return self.result


def read_dump(text: str) -> DumpObject:
    """Return the one object that a text consists of; its items are not checked.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the text is not a complete dump of one object.
    """
    if (other := _OTHER_CHARACTERS.search(text)) is not None:
        raise damaged(f"character {other[0]!r} at {other.start()}")
    builder = _Builder()
    for line in text.split("\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            raise damaged(f"line {line[:60]!r}")
        mark, class_name, name, value = match.groups()
        if name is not None:
            builder.item(name, value, line)
        elif mark is not None:
            builder.mark(mark, class_name, line)
    return builder.complete()
