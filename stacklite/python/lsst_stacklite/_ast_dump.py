"""The text form of Starlink AST objects, taken apart without AST.

A dump consists of lines ``Begin <class>``, ``<name> = <value>``, ``<name> =`` (a nested object follows),
``IsA <class>`` (the items since the last mark belong to that base class) and ``End <class>``.
"""

from __future__ import annotations

__all__ = ["damaged", "read_dump"]

import re
from collections.abc import Callable, Iterator
from typing import Any

import lsst.pex.exceptions as pex_exceptions

from ._limits import AST_DEPTH

_CHARACTERS = bytes([*b"\t\n", *range(0x20, 0x7F)])
# Possessive: a line of many blanks must not be tried with every division of them.
_LINE = re.compile(
    r"^[ \t]*+(?:"
    r"([A-Za-z]\w{0,19}+) =(?: ([^\s\"#]++|\"[^\"\n]*+\"))?"
    r"|(Begin|IsA|End) ([A-Za-z]{1,20}+)"
    r")?[ \t]*+(?:#.*)?$",
    re.MULTILINE | re.ASCII,
)

Items = dict[str, Any]
"""Texts after the equals signs, and results for nested objects, by name."""

Finish = Callable[[str, dict[str, Items]], Any]
"""Function that makes the result for an object from its class and its items.

The items are those of each base class that is marked, in the order of the text, and last those of the class
itself.
"""


def damaged(message: str) -> pex_exceptions.TypeError:
    """Return the exception that says why a text is not the dump of an AST object."""
    return pex_exceptions.TypeError(f"not a readable AST object: {message}.")


class _Unfinished:
    """An object whose ``End`` has not been read."""

    __slots__ = ("class_name", "expected", "items", "sections")

    def __init__(self, class_name: str) -> None:
        self.class_name = class_name
        self.sections: dict[str, Items] = {}
        self.items: Items = {}
        self.expected: str | None = None  # the name of the nested object whose Begin must come next

    def add(self, name: str, value: Any) -> None:
        if name in self.items:
            raise damaged(f"{name} is given twice in one {self.class_name}")
        self.items[name] = value

    def close_section(self, class_name: str) -> None:
        if class_name in self.sections:
            raise damaged(f"{class_name} is marked twice in one {self.class_name}")
        self.sections[class_name] = self.items
        self.items = {}


class _Reader:
    """Puts the lines together.

    Parameters
    ----------
    finish : `~collections.abc.Callable`
        See `read_dump`.
    """

    def __init__(self, finish: Finish) -> None:
        self._finish = finish
        self._results: list[tuple[str, Any]] = []
        self._stack: list[_Unfinished] = []

    def begin(self, class_name: str) -> None:
        if self._stack and self._stack[-1].expected is None:
            raise damaged(f"Begin {class_name} without a name in {self._stack[-1].class_name}")
        if self._results:
            raise damaged(f"{class_name} after the end of {self._results[0][0]}")
        if len(self._stack) == AST_DEPTH:
            raise damaged(f"more than {AST_DEPTH} levels of nested objects")
        self._stack.append(_Unfinished(class_name))

    def _current(self, word: str) -> _Unfinished:
        if not self._stack:
            raise damaged(f"{word} outside of an object")
        current = self._stack[-1]
        if current.expected is not None:
            raise damaged(f"{word} instead of the object {current.expected} of {current.class_name}")
        return current

    def mark(self, kind: str, class_name: str) -> None:
        if kind == "Begin":
            self.begin(class_name)
        elif kind == "IsA":
            self._current(kind).close_section(class_name)
        else:
            self._end(self._current(kind), class_name)

    def _end(self, current: _Unfinished, class_name: str) -> None:
        if class_name != current.class_name:
            raise damaged(f"End {class_name} inside {current.class_name}")
        current.close_section(class_name)
        result = self._finish(class_name, current.sections)
        self._stack.pop()
        if not self._stack:
            self._results.append((class_name, result))
            return
        parent = self._stack[-1]
        name, parent.expected = parent.expected, None
        assert name is not None
        parent.add(name, result)

    def item(self, name: str, value: str) -> None:
        current = self._current(name)
        if value:
            current.add(name, value)
        else:
            current.expected = name

    def complete(self) -> Any:
        if self._stack:
            raise damaged(f"the text ends inside {self._stack[-1].class_name}")
        if not self._results:
            raise damaged("the text is empty")
        return self._results[0][1]


def read_dump(text: str, finish: Finish) -> Any:
    """Return the result for the one object that a text consists of.

    Parameters
    ----------
    text : `str`
        Text.
    finish : `~collections.abc.Callable`
        Called at the end of every object with its class and its items; what
        it returns is an item of the object around it. It judges them.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the text is not a complete dump of one object.
    """
    _check_characters(text)
    reader = _Reader(finish)
    for name, value, mark, class_name in _lines(text):
        if name:
            reader.item(name, value)
        elif mark:
            reader.mark(mark, class_name)
    return reader.complete()


def _check_characters(text: str) -> None:
    """Refuse characters that AST does not write."""
    if not text.isascii() or text.encode().translate(None, _CHARACTERS):
        wrong = next(i for i, character in enumerate(text) if character not in _CHARACTERS.decode())
        raise damaged(f"character {text[wrong]!r} at {wrong}")


def _lines(text: str) -> list[tuple[str, str, str, str]]:
    """Return name, value, mark and class of every line; empty where there is none."""
    lines = _LINE.findall(text)
    if len(lines) <= text.count("\n"):
        raise damaged(f"line {next(_bad_lines(text))[:60]!r}")
    return lines


def _bad_lines(text: str) -> Iterator[str]:
    return (line for line in text.split("\n") if _LINE.fullmatch(line) is None)
