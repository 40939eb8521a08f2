"""Fields and keys: what a column is called, and how it is reached."""

from __future__ import annotations

__all__ = ["Field", "Key", "SchemaItem", "make_field", "make_key"]

from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np

from lsst.pex.exceptions import LengthError

from ._types import FIELD_TYPES, FieldType, field_type


class _TypedFamily:
    """Base of classes that have one subclass per field type, found by ``cls[type]``."""

    _family: ClassVar[dict[str, type]]
    _type: ClassVar[FieldType]

    def __class_getitem__(cls, spec: Any) -> type:
        return cls._family[field_type(spec).name]

    def getTypeString(self) -> str:
        """Return the name of the type, e.g. ``ArrayF``."""
        return self._type.name


@cache
def _check_units(units: str, parse_strict: str) -> None:
    """Raise `ValueError` (or warn) if astropy does not know some units."""
    from astropy.units import Unit

    Unit(units, parse_strict=parse_strict)


class Field(_TypedFamily):
    """Name, documentation, units and size of a column.

    ``Field["F"](name, doc, units)`` makes a field of one type; for strings
    and arrays a size follows (0 = variable length).

    Parameters
    ----------
    name : `str`
        Name.
    doc : `str`, optional
        What the column holds.
    units : `str`, optional
        Units.
    size : `int`, optional
        Number of characters or elements, 0 for variable length.
    parse_strict : `str`, optional
        What to do if `astropy.units.Unit` does not know the units: ``raise``,
        ``warn``, or ``silent`` (do not look).

    Raises
    ------
    LengthError
        Raised if a size is given for a scalar.
    ValueError
        Raised if the units are not known.
    """

    _family: ClassVar[dict[str, type]] = {}

    def __init__(
        self,
        name: str,
        doc: str = "",
        units: str = "",
        size: int | None = None,
        parse_strict: str = "raise",
    ):
        if not isinstance(doc, str) and hasattr(doc, "__index__"):
            raise TypeError("the documentation of a field is text.")
        if not isinstance(units, str):
            units, size = "", int(units)  # Field["String"](name, doc, size)
        if not self._type.is_sized and size not in (None, 0, 1, -1):
            raise LengthError(f"field {name!r} of type {self._type.name} cannot have size {size}.")
        if units and parse_strict != "silent":
            _check_units(units, parse_strict)
        self._name = str(name)
        self._doc = str(doc)
        self._units = units
        self._size = max(int(size or 0), 0) if self._type.is_sized else 1

    def getName(self) -> str:
        """Return the name."""
        return self._name

    def getDoc(self) -> str:
        """Return the documentation."""
        return self._doc

    def getUnits(self) -> str:
        """Return the units."""
        return self._units

    def getSize(self) -> int:
        """Return the number of elements (0 = variable length, 1 for scalars)."""
        return self._size

    def getElementCount(self) -> int:
        """Return the number of elements (0 = variable length, 1 for scalars)."""
        return self._size

    def isVariableLength(self) -> bool:
        """Whether values differ in length."""
        return self._type.is_sized and self._size == 0

    def copyRenamed(self, name: str) -> Self:
        """Return the same field with another name."""
        return type(self)(name, self._doc, self._units, self._size, "silent")

    @property
    def dtype(self) -> Any:
        """Type of one element, as a numpy user names it."""
        return np.dtype(str) if self._type.element is None else self._type.element.type

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Field):
            return NotImplemented
        return self._layout() == other._layout() and (self._name, self._doc, self._units) == (
            other._name,
            other._doc,
            other._units,
        )

    def __hash__(self) -> int:
        return hash((self._layout(), self._name))

    def _layout(self) -> tuple[str, int]:
        return self._type.name, self._size

    def __repr__(self) -> str:
        size = f", size={self._size}" if self._type.is_sized else ""
        return f'Field["{self._type.name}"]({self._name!r}, {self._doc!r}, units={self._units!r}{size})'


class Key(_TypedFamily):
    """Handle by which the value of one field is read and written.

    Keys come from `Schema.addField` and `Schema.find`. ``Key["F"]()`` is an
    invalid key of one type.

    Parameters
    ----------
    name : `str`, optional
        Name of the field (without aliases).
    size : `int`, optional
        Number of elements, 0 for variable length.
    part : `int`, `slice` or `None`, optional
        Elements of an array field that this key selects.
    """

    _family: ClassVar[dict[str, type]] = {}

    def __init__(self, name: str | None = None, size: int = 1, part: int | slice | None = None):
        self._name = name
        self._size = size
        self._part = part

    def isValid(self) -> bool:
        """Whether the key belongs to a field."""
        return self._name is not None

    def getSize(self) -> int:
        """Return the number of elements (0 = variable length)."""
        return self._size

    def getElementCount(self) -> int:
        """Return the number of elements (0 = variable length)."""
        return self._size

    def isVariableLength(self) -> bool:
        """Whether values differ in length."""
        return self._type.is_sized and self._size == 0

    def __getitem__(self, index: int | slice) -> Key:
        if not self._type.is_array or self._part is not None or self._size == 0:
            raise TypeError(f"{self!r} has no elements that keys could point to.")
        if isinstance(index, slice):
            chosen = range(self._size)[index]
            return type(self)(self._name, len(chosen), index)
        if not -self._size <= index < self._size:
            raise IndexError(f"{self!r} has {self._size} elements, asked for {index}.")
        element: Key = Key._family[self._type.name.removeprefix("Array")](self._name, 1, index % self._size)
        return element

    @property
    def _identity(self) -> tuple[Any, ...]:
        part = self._part
        parts = (part.start, part.stop, part.step) if isinstance(part, slice) else part
        return self._type.name, self._name, self._size, parts

    def __eq__(self, other: object) -> bool:
        return self._identity == other._identity if isinstance(other, Key) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity)

    def slice(self, begin: int, end: int) -> Key:
        """Return a key of the elements ``begin`` to ``end`` (exclusive)."""
        return self[begin:end]

    def __repr__(self) -> str:
        part = "" if self._part is None else f", part={self._part}"
        return f'Key["{self._type.name}"]({self._name!r}, size={self._size}{part})'


for _name, _field_type in FIELD_TYPES.items():
    for _base in (Field, Key):
        _typed = type(_base.__name__ + _name, (_base,), {"_type": _field_type, "__module__": __name__})
        _base._family[_name] = globals()[_typed.__name__] = _typed  # global: pickle finds it by name


def make_field(kind: Any, *args: Any, **kwargs: Any) -> Field:
    """Return ``Field[kind](*args, **kwargs)``; units are not checked unless ``parse_strict`` says so."""
    kwargs.setdefault("parse_strict", "silent")
    field: Field = Field._family[field_type(kind).name](*args, **kwargs)
    return field


def make_key(kind: Any, *args: Any, **kwargs: Any) -> Key:
    """Return ``Key[kind](*args, **kwargs)``."""
    key: Key = Key._family[field_type(kind).name](*args, **kwargs)
    return key


class SchemaItem:
    """A field together with its key.

    Parameters
    ----------
    key : `Key`
        Key.
    field : `Field`
        Field.
    """

    __slots__ = ("field", "key")

    def __init__(self, key: Key, field: Field):
        self.key = key
        self.field = field

    def __iter__(self) -> Iterator[Any]:
        return iter((self.key, self.field))

    def __getitem__(self, index: int) -> Any:
        return (self.key, self.field)[index]

    def __len__(self) -> int:
        return 2

    def __repr__(self) -> str:
        return f"SchemaItem({self.key!r}, {self.field!r})"
