"""Flat, ordered properties with comments: the metadata of a FITS header."""

from __future__ import annotations

__all__ = ["PropertyList"]

from collections import OrderedDict
from typing import Any, ClassVar

import astropy.io.fits

from ._astropy_header import header_of, values_of
from ._property_set import PropertySet
from ._typed_access import TypedListAccess
from ._typed_values import text_of, typed_values
from ._values import as_values


class PropertyList(TypedListAccess, PropertySet):
    """Properties in the order in which they were first set, each with a comment.

    Dots are part of a name. An item whose name ends in ``#COMMENT`` sets the
    comment of the property with the name before it. A property that is set again keeps its place, and
    its comment unless a new one is given.
    """

    COMMENTSUFFIX: ClassVar[str] = "#COMMENT"

    def __init__(self) -> None:
        super().__init__(flat=True)
        self._comments: dict[str, str] = {}

    def set(self, name: str, value: Any, comment: str | None = None) -> None:
        """Set the value of a property, or its values when a sequence is given.

        Parameters
        ----------
        name : `str`
            Name.
        value : `bool`, `int`, `float`, `str`, `DateTime`, `None` or a sequence
            Value or values. A `PropertySet` adds its properties as ``name.child``.
        comment : `str`, optional
            Comment; the old one is kept by default.
        """
        self._set_commented(name, self._values_to_set(name, value), comment)

    def add(self, name: str, value: Any, comment: str | None = None) -> None:
        """Append one value, or a sequence of values, to a property."""
        self._append_commented(name, as_values(name, value), comment)

    def _set_typed(self, kind: str, name: str, value: Any, comment: str | None = None) -> None:
        self._set_commented(name, typed_values(kind, name, value), comment)

    def _add_typed(self, kind: str, name: str, value: Any, comment: str | None = None) -> None:
        self._append_commented(name, self._addable_typed(kind, name, value), comment)

    def _set_commented(self, name: str, values: list[Any], comment: str | None) -> None:
        self._set_values(name, values)
        self._note(name, values, comment)

    def _append_commented(self, name: str, values: list[Any], comment: str | None) -> None:
        self._append(name, values)
        self._note(name, values, comment)

    def _note(self, name: str, values: list[Any], comment: str | None) -> None:
        """Set the comment of a property, or of those that a nested set became."""
        if not values:
            return
        nested = values[-1]
        if isinstance(nested, PropertyList):
            self._comments.update({f"{name}.{child}": text for child, text in nested._comments.items()})
        if comment is None:
            return
        if isinstance(nested, PropertySet):
            names = [f"{name}.{child}" for child in nested.paramNames(topLevelOnly=False)]
            self._comments.update(dict.fromkeys(names, comment))
        else:
            self._comments[name] = comment

    def setComment(self, name: str, comment: str) -> None:
        """Set the comment of an existing property.

        Raises
        ------
        KeyError
            Raised if the property does not exist.
        TypeError
            Raised if the comment is no text.
        """
        if not self.exists(name):
            raise KeyError(f"a comment cannot be set without its property '{name}'.")
        if not isinstance(comment, str):
            raise TypeError(f"the comment of '{name}' must be a text, not {comment!r}.")
        self._comments[name] = comment

    def getComment(self, name: str, /) -> str:
        """Return the comment of a property.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if the property does not exist.
        """
        self._values(name)
        return self._comments.get(name, "")

    def getOrderedNames(self) -> list[str]:
        """Return the names in order."""
        return list(self._data)

    def remove(self, name: str, /) -> None:
        """Remove a property; one that does not exist is no error."""
        super().remove(name)
        self._comments.pop(name, None)

    def combine(self, source: PropertySet, /) -> None:
        """Append all values of another container; comments of the other replace those here."""
        super().combine(source)
        if isinstance(source, PropertyList):
            self._comments.update({n: c for n, c in source._comments.items() if c})

    def copy(self, dest: str, source: PropertySet, name: str, asScalar: bool = False) -> None:
        """Set a property to the values (or only the last) and the comment of another one."""
        super().copy(dest, source, name, asScalar)
        if isinstance(source, PropertyList):
            self.setComment(dest, source.getComment(name))

    def deepCopy(self) -> PropertyList:
        """Return a copy that shares nothing with this container."""
        result = super().deepCopy()
        result._comments = dict(self._comments)
        return result

    def toList(self) -> list[tuple[str, Any, str]]:
        """Return (name, value, comment), one tuple for each single value."""
        return [(n, value, self.getComment(n)) for n, values in self._data.items() for value in values]

    def toOrderedDict(self) -> OrderedDict[str, Any]:
        """Return the values by name, several values as `list`."""
        return OrderedDict(self.toDict())

    def to_astropy_header(self) -> astropy.io.fits.Header:
        """Return a FITS header with one card for each single value.

        Numbers that are not finite become the texts that the stack writes into files, dates become UTC.
        """
        return header_of(self.toList())

    @classmethod
    def from_astropy_header(cls, header: astropy.io.fits.Header) -> PropertyList:
        """Return the values and comments of a FITS header.

        Parameters
        ----------
        header : `astropy.io.fits.Header`
            Header. Keywords that occur several times become properties with several values; one without a
            value counts only if there is no other. Cards without a keyword, or with a value that Astropy
            cannot parse, are left out.
        """
        result = cls()
        for keyword, value, comment in values_of(header):
            if keyword in result and result.isUndefined(keyword):
                result.set(keyword, value, comment or None)
            elif keyword not in result or value is not None:
                result.add(keyword, value, comment or None)
        return result

    def __setitem__(self, name: str, value: Any) -> None:
        if name.endswith(self.COMMENTSUFFIX):
            self.setComment(name.removesuffix(self.COMMENTSUFFIX), value)
        else:
            super().__setitem__(name, value)

    def __eq__(self, other: object) -> bool:
        """Return whether types, values and comments are equal, in whatever order; NaN equals NaN."""
        if not isinstance(other, PropertyList):
            return NotImplemented
        comments = (self._comments.get(n, "") == other._comments.get(n, "") for n in self._data)
        return bool(super().__eq__(other)) and all(comments)

    __hash__ = None

    def toString(self, topLevelOnly: bool = False, indent: str = "") -> str:
        """Return a line of text for each name in order, and one for each comment."""
        lines = []
        for name, values in self._data.items():
            lines.append(f"{indent}{name} = {text_of(values)}\n")
            if comment := self._comments.get(name):
                lines.append(f"{indent}// {comment}\n")
        return "".join(lines)

    __str__ = toString
