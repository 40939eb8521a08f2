"""The items of a dumped AST object, taken with their type and limits."""

from __future__ import annotations

__all__ = ["Items"]

import re
from collections.abc import Collection, Mapping

from ._ast_dump import DumpObject, damaged

_INTEGER = re.compile(r"[-+]?[0-9]{1,9}")
_REAL = re.compile(r"[-+]?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][-+]?[0-9]{1,3})?")
# Products of a few numbers must not overflow; AST simplifies in circles when they do.
_LARGEST = 1e30
# Products of scales must not underflow: AST fails at a scale without an inverse, with an unusable message.
_SMALLEST_SCALE = 1e-30
# A percent sign could become a format.
_TEXT = re.compile(r'"[^%\\"]{0,200}"')
_WORD = re.compile(r'"[A-Za-z0-9_. -]{0,50}"')


class Items:
    """The items of one section of an object. Each must be taken; `finish` refuses those that are left.

    Parameters
    ----------
    owner : `str`
        Class of the object, for messages.
    items : mapping
        The items by name.
    """

    def __init__(self, owner: str, items: Mapping[str, str | DumpObject]) -> None:
        self._owner = owner
        self._left = dict(items)

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def _value(self, name: str) -> str | None:
        value = self._left.pop(name, None)
        if isinstance(value, DumpObject):
            raise damaged(f"{name} of {self._owner} is not a value but a {value.class_name}")
        return value

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """Take an integer between limits; without a default it must be there."""
        text = self._value(name)
        if text is None:
            if default is None:
                raise damaged(f"{self._owner} has no {name}")
            return default
        if _INTEGER.fullmatch(text) is None or not low <= int(text) <= high:
            raise damaged(f"{name} = {text[:40]} of {self._owner} is not an integer from {low} to {high}")
        return int(text)

    def flag(self, name: str, default: int = 0) -> int:
        """Take 0 or 1."""
        return self.integer(name, 0, 1, default)

    def real(self, name: str, low: float = -_LARGEST, high: float = _LARGEST) -> float:
        """Take a number between limits, which must be there."""
        value = self.optional_real(name, low, high)
        if value is None:
            raise damaged(f"{self._owner} has no {name}")
        return value

    def optional_real(self, name: str, low: float = -_LARGEST, high: float = _LARGEST) -> float | None:
        """Take a number between limits, if it is there."""
        text = self._value(name)
        if text is None:
            return None
        if _REAL.fullmatch(text) is None or not low <= float(text) <= high:
            raise damaged(f"{name} = {text[:40]} of {self._owner} is not a number from {low:g} to {high:g}")
        return float(text)

    def optional_reals(self, *names: str) -> None:
        """Take numbers of any sign, those that are there."""
        for name in names:
            self.optional_real(name)

    def scale(self, name: str, default: float | None = None) -> float:
        """Take a number that is not tiny; without a default it must be there."""
        value = default if default is not None and name not in self._left else self.real(name)
        if abs(value) < _SMALLEST_SCALE:
            raise damaged(f"{name} = {value} of {self._owner} is not a scale")
        return value

    def text(self, *names: str) -> None:
        """Take quoted texts, those that are there."""
        self._match(_TEXT, names)

    def word(self, *names: str) -> None:
        """Take quoted texts of letters, digits and few signs, those that are there."""
        self._match(_WORD, names)

    def _match(self, pattern: re.Pattern[str], names: tuple[str, ...]) -> None:
        for name in names:
            text = self._value(name)
            if text is not None and pattern.fullmatch(text) is None:
                raise damaged(f"{name} = {text[:40]} of {self._owner} is not a text that AST writes")

    def choice(self, name: str, choices: Collection[str], default: str | None = None) -> str:
        """Take one of some quoted texts; without a default it must be there."""
        text = self._value(name)
        if text is None and default is not None:
            return default
        if text is None or text.strip('"') not in choices:
            raise damaged(f"{name} = {text} of {self._owner} is none of {sorted(choices)}")
        return text.strip('"')

    def nested(self, name: str) -> DumpObject:
        """Take an object, which must be there."""
        value = self._left.pop(name, None)
        if not isinstance(value, DumpObject):
            raise damaged(f"{self._owner} has no object {name}")
        return value

    def finish(self) -> None:
        """Refuse the items that were not taken.

        Raises
        ------
        lsst.pex.exceptions.TypeError
            Raised if there are any.
        """
        if self._left:
            raise damaged(f"unexpected {', '.join(sorted(self._left)[:5])} in {self._owner}")
