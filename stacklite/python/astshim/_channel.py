"""Channels, which turn objects into text and back."""

from __future__ import annotations

__all__ = ["Channel", "FitsChan"]

from collections.abc import Iterator
from typing import Any

import starlink.Ast as Ast

from ._object import Object, ast_errors, wrapped
from ._stream import Stream


class _Adapter:
    """A stream as ``starlink-pyast`` asks for it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def astsource(self) -> str | None:
        return self._stream.source() or None

    def astsink(self, line: str) -> None:
        self._stream.sink(line)


class Channel(Object):
    """Text of AST objects in its own form.

    Parameters
    ----------
    stream : `Stream`
        Source and sink of the lines.
    options : `str`, optional
        Attributes of the AST object, as ``name=value, ...``.
    """

    def __init__(self, stream: Stream, options: str = "") -> None:
        self._stream = stream
        adapter = _Adapter(stream)
        with ast_errors():
            self._hold(Ast.Channel(adapter, adapter, options))

    def read(self) -> Object:
        """Return the next object.

        Raises
        ------
        RuntimeError
            Raised if there is none, or the text is not that of a mapping or a set of frames.
        """
        lines: list[str] = []
        depth = 0
        while line := self._stream.source():
            lines.append(line)
            depth += line.split()[:1] == ["Begin"]
            depth -= line.split()[:1] == ["End"]
            if depth == 0 and line.strip():
                break
        return Object.fromString("".join(f"{line}\n" for line in lines))

    def write(self, object: Object) -> int:
        """Write an object and return the number of objects that were written."""
        for line in object.show(bool(self._raw.Comment)).splitlines():
            self._stream.sink(line)
        return 1


class FitsChan(Channel):
    """Cards of a FITS header, as text of AST objects.

    Parameters
    ----------
    stream : `Stream`
        Source of the first cards.
    options : `str`, optional
        Attributes of the AST object.
    """

    def __init__(self, stream: Stream, options: str = "") -> None:
        with ast_errors():
            self._hold(Ast.FitsChan(_Adapter(stream), None, options))

    @property
    def nCard(self) -> int:
        """Number of cards (`int`)."""
        return self._raw.Ncard

    def read(self) -> Any:
        """Return the set of frames that the cards describe, which are used up.

        Raises
        ------
        RuntimeError
            Raised if they describe none.
        """
        with ast_errors():
            found = self._raw.read()
        if found is None:
            raise RuntimeError("the cards describe no object.")
        return wrapped(found)

    def write(self, object: Object) -> int:
        """Write cards that describe an object and return 1, or 0 if no cards describe it."""
        with ast_errors():
            return self._raw.write(object._raw)

    def setFitsF(self, name: str, value: float, comment: str = "", overwrite: bool = False) -> None:
        """Write a card with a number before the current one, or in its place."""
        self._put("F", name, value, comment, overwrite)

    def setFitsI(self, name: str, value: int, comment: str = "", overwrite: bool = False) -> None:
        """Write a card with an integer before the current one, or in its place."""
        self._put("I", name, value, comment, overwrite)

    def setFitsL(self, name: str, value: bool, comment: str = "", overwrite: bool = False) -> None:
        """Write a card with a logical value before the current one, or in its place."""
        self._put("L", name, value, comment, overwrite)

    def setFitsS(self, name: str, value: str, comment: str = "", overwrite: bool = False) -> None:
        """Write a card with a text before the current one, or in its place."""
        self._put("S", name, value, comment, overwrite)

    def _put(self, kind: str, name: str, value: Any, comment: str, overwrite: bool) -> None:
        with ast_errors():
            getattr(self._raw, f"setfits{kind}")(name, value, comment, int(overwrite))

    def __len__(self) -> int:
        return self._raw.Ncard

    def __iter__(self) -> Iterator[str]:
        """Iterate over the cards, 80 characters each."""
        return iter([self._raw[i] for i in range(self._raw.Ncard)])

    def __contains__(self, name: object) -> bool:
        return name in self._raw

    def __getitem__(self, name: int | str) -> Any:
        """Return the card with a number (from 0), or the value of a keyword."""
        return self._raw[name]
