"""The items of a dumped AST object, taken with their type and limits."""

from __future__ import annotations

__all__ = ["Axes", "Checked", "Items", "Kind"]

import enum
import re
from collections.abc import Collection
from typing import NamedTuple

from ._ast_dump import damaged
from ._limits import AST_NUMBER, AST_SCALE

_INTEGER = re.compile(r"[-+]?[0-9]{1,9}").fullmatch
_REAL = re.compile(r"[-+]?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][-+]?[0-9]{1,3})?").fullmatch
# A percent sign could become a format.
_TEXT = re.compile(r'"[^%\\"]{0,200}"')
_WORD = re.compile(r'"[A-Za-z0-9_. -]{0,50}"')


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


class Checked(NamedTuple):
    """An object that was found to be safe; all that those around it need to know."""

    class_name: str
    kind: Kind
    axes: Axes

    def axes_as(self, role: str, *kinds: Kind) -> Axes:
        """Return the axes of an object that must be of some kind.

        Raises
        ------
        lsst.pex.exceptions.TypeError
            Raised if it is of another kind.
        """
        if self.kind not in kinds:
            wanted = " or ".join(kind.value for kind in kinds)
            raise damaged(f"{role} is a {self.class_name}, not a {wanted}")
        return self.axes


class Items:
    """The items of one section of an object. Each must be taken; `finish` refuses those that are left.

    Parameters
    ----------
    owner : `str`
        Class of the object, for messages.
    items : `dict`
        Texts and nested objects by name; emptied.
    """

    __slots__ = ("_left", "_owner")

    def __init__(self, owner: str, items: dict[str, str | Checked]) -> None:
        self._owner = owner
        self._left = items

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def _present(self, names: tuple[str, ...]) -> list[str]:
        """Return those names of items that are there."""
        return [name for name in names if name in self._left] if self._left else []

    def _taken(self, name: str) -> str:
        """Return the text of an item that is there, and that counts as taken from now on."""
        value = self._left.pop(name)
        if isinstance(value, Checked):
            raise damaged(f"{name} of {self._owner} is not a value but a {value.class_name}")
        return value

    def integer(self, name: str, low: int, high: int, default: int | None = None) -> int:
        """Take an integer between limits; without a default it must be there."""
        if name not in self._left:
            if default is None:
                raise damaged(f"{self._owner} has no {name}")
            return default
        text = self._taken(name)
        if _INTEGER(text) and low <= (value := int(text)) <= high:
            return value
        raise damaged(f"{name} = {text[:40]} of {self._owner} is not an integer from {low} to {high}")

    def flag(self, name: str, default: int = 0) -> int:
        """Take 0 or 1."""
        return self.integer(name, 0, 1, default) if name in self._left else default

    def flags(self, *names: str) -> None:
        """Take zeros and ones, those that are there."""
        for name in self._present(names):
            self.integer(name, 0, 1)

    def real(self, name: str, low: float = -AST_NUMBER, high: float = AST_NUMBER) -> float:
        """Take a number between limits, which must be there."""
        if name not in self._left:
            raise damaged(f"{self._owner} has no {name}")
        text = self._taken(name)
        if _REAL(text) and low <= (value := float(text)) <= high:
            return value
        raise damaged(f"{name} = {text[:40]} of {self._owner} is not a number from {low:g} to {high:g}")

    def optional_real(self, name: str, low: float = -AST_NUMBER, high: float = AST_NUMBER) -> float | None:
        """Take a number between limits, if it is there."""
        return self.real(name, low, high) if name in self._left else None

    def optional_reals(self, *names: str) -> None:
        """Take numbers of any sign, those that are there."""
        for name in self._present(names):
            self.real(name)

    def scale(self, name: str, default: float | None = None) -> float:
        """Take a number that is not tiny; without a default it must be there."""
        value = default if default is not None and name not in self._left else self.real(name)
        if abs(value) < AST_SCALE:
            raise damaged(f"{name} = {value} of {self._owner} is not a scale")
        return value

    def text(self, *names: str) -> None:
        """Take quoted texts, those that are there."""
        self._match(_TEXT, names)

    def word(self, *names: str) -> None:
        """Take quoted texts of letters, digits and few signs, those that are there."""
        self._match(_WORD, names)

    def _match(self, pattern: re.Pattern[str], names: tuple[str, ...]) -> None:
        for name in self._present(names):
            text = self._taken(name)
            if pattern.fullmatch(text) is None:
                raise damaged(f"{name} = {text[:40]} of {self._owner} is not a text that AST writes")

    def choice(self, name: str, choices: Collection[str], default: str | None = None) -> str:
        """Take one of some quoted texts; without a default it must be there."""
        if name not in self._left:
            if default is None:
                raise damaged(f"{self._owner} has no {name}")
            return default
        text = self._taken(name).strip('"')
        if text not in choices:
            raise damaged(f"{name} = {text[:40]} of {self._owner} is none of {sorted(choices)}")
        return text

    def nested(self, name: str, kind: Kind) -> Axes:
        """Take an object of some kind, which must be there, and return its axes."""
        value = self._left.pop(name, None)
        if not isinstance(value, Checked):
            raise damaged(f"{self._owner} has no object {name}")
        return value.axes_as(name, kind)

    def finish(self) -> None:
        """Refuse the items that were not taken.

        Raises
        ------
        lsst.pex.exceptions.TypeError
            Raised if there are any.
        """
        if self._left:
            raise damaged(f"unexpected {', '.join(sorted(self._left)[:5])} in {self._owner}")
