"""Objects of the AST library, and the text form that they have in files."""

from __future__ import annotations

__all__ = ["Object", "ast_errors", "made", "raw", "wrapped"]

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Self

import starlink.Ast as Ast

import lsst.pex.exceptions as pex_exceptions
from lsst_stacklite._ast import dump_object, parse_object


@contextmanager
def ast_errors() -> Iterator[None]:
    """Turn a failure of AST into what the stack raises."""
    try:
        yield
    except (Ast.AstError, UnicodeDecodeError) as err:
        # pyast may garble its own message so that even the conversion to a str fails.
        raise RuntimeError(f"AST: {err}") from err


class Object:
    """An object of the AST library; abstract.

    Two objects are equal if they are of one class and have the same text.
    """

    _CLASSES: ClassVar[dict[str, type[Object]]] = {}

    # The object of starlink-pyast. It is changed by nobody but this object, and those that share it: frames
    # that were got from a set of frames without a copy.
    _raw: Any

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        Object._CLASSES[cls.__name__] = cls

    def _hold(self, raw_object: Any) -> None:
        self._raw = raw_object

    @property
    def className(self) -> str:
        """Name of the class in AST (`str`), which has more classes than this package."""
        return self._raw.Class

    @property
    def ident(self) -> str:
        """Identification that is part of the text (`str`)."""
        return self._raw.Ident

    @ident.setter
    def ident(self, value: str) -> None:
        self._raw.Ident = value

    def copy(self) -> Self:
        """Return a copy that shares nothing with this object."""
        return made(type(self), self._raw.copy())

    def show(self, showComments: bool = True) -> str:
        """Return the text of the object, with or without explanations."""
        return dump_object(self._raw, showComments)

    @staticmethod
    def fromString(text: str, /) -> Object:
        """Return the mapping or the set of frames with a text.

        Raises
        ------
        RuntimeError
            Raised if the text is not that of a mapping or a set of frames.
        """
        try:
            return wrapped(parse_object(text))
        except pex_exceptions.TypeError as err:
            raise RuntimeError(f"AST: {err}") from err

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Object):
            return NotImplemented
        return self is other or (
            self.className == other.className and dump_object(self._raw) == dump_object(other._raw)
        )

    __hash__ = None  # type: ignore[assignment]

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.copy()

    def __str__(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        return f"astshim.{self}"


def made(cls: type[Object], raw_object: Any) -> Any:
    """Return an object of a class without calling its constructor."""
    result: Object = cls.__new__(cls)
    result._hold(raw_object)
    return result


def wrapped(raw_object: Any) -> Any:
    """Return the object that holds one of ``starlink-pyast``, of the nearest class that there is here."""
    name = raw_object.Class
    if raw_object.isacmpmap():
        in_series = raw_object.decompose()[2]
        name = "SeriesMap" if in_series else "ParallelMap"
    elif name not in Object._CLASSES:
        name = "Frame" if raw_object.isaframe() else "Mapping" if raw_object.isamapping() else "Object"
    return made(Object._CLASSES.get(name, Object), raw_object)


def raw(thing: Object) -> Any:
    """Return the object of ``starlink-pyast`` in another one; it must not be changed."""
    return thing._raw
