"""Flat, ordered properties with comments: the metadata of a FITS header."""

from __future__ import annotations

__all__ = ["PropertyList"]

from collections import OrderedDict
from typing import Any

import astropy.io.fits

from ._astropy_header import header_of, values_of
from ._property_set import PropertySet

_COMMENT = ".COMMENT"


class PropertyList(PropertySet):
    """Properties in the order in which they were first set, each with a comment.

    Dots are part of a name; only a last part ``.COMMENT`` has a meaning, it
    addresses the comment. A property that is set again keeps its place, and
    its comment unless a new one is given.
    """

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
        if isinstance(value, PropertySet):
            for child in value.paramNames(topLevelOnly=False):
                self.set(f"{name}.{child}", value.getArray(child), comment)
            return
        super().set(name, value)
        self._set_comment(name, comment)

    def add(self, name: str, value: Any, comment: str | None = None) -> None:
        """Append one value, or a sequence of values, to a property."""
        super().add(name, value)
        self._set_comment(name, comment)

    def _set_comment(self, name: str, comment: str | None) -> None:
        if comment is not None:
            self._comments[name] = comment

    def setComment(self, name: str, comment: str) -> None:
        """Set the comment of an existing property.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if the property does not exist.
        """
        self._values(name)
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

    def __getitem__(self, name: str) -> Any:
        if name.endswith(_COMMENT) and not self.exists(name):
            return self.getComment(name.removesuffix(_COMMENT))
        return super().__getitem__(name)

    def __setitem__(self, name: str, value: Any) -> None:
        if name.endswith(_COMMENT):
            self.setComment(name.removesuffix(_COMMENT), value)
        else:
            super().__setitem__(name, value)

    def __eq__(self, other: object) -> bool:
        """Return whether order, types, values and comments are equal; NaN equals NaN."""
        if not isinstance(other, PropertyList):
            return NotImplemented
        return (
            bool(super().__eq__(other))
            and self.getOrderedNames() == other.getOrderedNames()
            and all(self.getComment(n) == other.getComment(n) for n in self._data)
        )

    __hash__ = None

    def toString(self, topLevelOnly: bool = False, indent: str = "") -> str:
        """Return one line of text for each value."""
        return "".join(
            f"{indent}{name} = {value!r}{f' // {comment}' if comment else ''}\n"
            for name, value, comment in self.toList()
        )

    __str__ = toString
