"""Fields and keys: descriptions of columns, and handles to their values."""

from __future__ import annotations

__all__ = [
    "FieldBase",
    "KeyBase",
    "SchemaItemBase",
    "classes_by_type",
    "make_field",
    "make_item",
    "make_key",
]

from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar, Self

from astropy.units import Unit

from lsst.pex.exceptions import LengthError

from ._types import FIELD_TYPES, FieldType, field_type


class _Typed:
    """Base of classes that have one subclass per field type."""

    _type: ClassVar[FieldType]

    def getTypeString(self) -> str:
        """Return the name of the type, e.g. ``ArrayF``."""
        return self._type.name


@cache
def _check_units(units: str, parse_strict: str) -> None:
    """Raise `ValueError` (or warn) if astropy does not know some units."""
    Unit(units, parse_strict=parse_strict)


class FieldBase(_Typed):
    """Name, documentation, units and size of a column.

    ``Field["F"](name, doc, units)`` makes a field of one type; for strings
    and arrays a size follows (0 = variable length).

    Parameters
    ----------
    name : `str`
        Name.
    doc : `str`, optional
        Content of the column.
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

    def __init__(
        self,
        name: str,
        doc: str = "",
        units: str = "",
        size: int | None = None,
        parse_strict: str = "raise",
    ) -> None:
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
        """Return whether values differ in length."""
        return self._type.is_sized and self._size == 0

    def copyRenamed(self, name: str) -> Self:
        """Return the same field with another name."""
        return type(self)(name, self._doc, self._units, self._size, "silent")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FieldBase):
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


class KeyBase(_Typed):
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

    def __init__(self, name: str | None = None, size: int = 1, part: int | slice | None = None) -> None:
        self._name = name
        self._size = size
        self._part = part

    def isValid(self) -> bool:
        """Return whether the key belongs to a field."""
        return self._name is not None

    def getSize(self) -> int:
        """Return the number of elements (0 = variable length)."""
        return self._size

    def getElementCount(self) -> int:
        """Return the number of elements (0 = variable length)."""
        return self._size

    def isVariableLength(self) -> bool:
        """Return whether values differ in length."""
        return self._type.is_sized and self._size == 0

    def __getitem__(self, index: int | slice) -> KeyBase:
        if not self._type.is_array or self._part is not None or self._size == 0:
            raise TypeError(f"{self!r} has no elements that keys could point to.")
        if isinstance(index, slice):
            chosen = range(self._size)[index]
            return type(self)(self._name, len(chosen), index)
        if not -self._size <= index < self._size:
            raise IndexError(f"{self!r} has {self._size} elements, asked for {index}.")
        return make_key(self._type.name.removeprefix("Array"), self._name, 1, index % self._size)

    @property
    def _identity(self) -> tuple[Any, ...]:
        part = self._part
        parts = (part.start, part.stop, part.step) if isinstance(part, slice) else part
        return self._type.name, self._name, self._size, parts

    def __eq__(self, other: object) -> bool:
        return self._identity == other._identity if isinstance(other, KeyBase) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity)

    def slice(self, begin: int, end: int) -> KeyBase:
        """Return a key of the elements ``begin`` to ``end`` (exclusive)."""
        return self[begin:end]

    def __repr__(self) -> str:
        part = "" if self._part is None else f", part={self._part}"
        return f'Key["{self._type.name}"]({self._name!r}, size={self._size}{part})'


class SchemaItemBase:
    """A field together with its key.

    Parameters
    ----------
    key : `Key`
        Key.
    field : `Field`
        Field.
    """

    def __init__(self, key: KeyBase, field: FieldBase) -> None:
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


def classes_by_type(base: type) -> dict[str, Any]:
    """Return the class for each type of field, by the name of the type."""
    stem = base.__name__.removesuffix("Base")
    return {name: globals()[stem + name] for name in FIELD_TYPES}


for _name, _field_type in FIELD_TYPES.items():
    for _base in (FieldBase, KeyBase, SchemaItemBase):
        _typed = _base.__name__.removesuffix("Base") + _name
        # Global, because pickle looks for classes in their modules.
        globals()[_typed] = type(_typed, (_base,), {"_type": _field_type, "__module__": __name__})

_FIELDS = classes_by_type(FieldBase)
_KEYS = classes_by_type(KeyBase)
_ITEMS = classes_by_type(SchemaItemBase)


def make_field(kind: Any, *args: Any, **kwargs: Any) -> FieldBase:
    """Return ``Field[kind](*args, **kwargs)``; units are not checked unless ``parse_strict`` says so."""
    kwargs.setdefault("parse_strict", "silent")
    field: FieldBase = _FIELDS[field_type(kind).name](*args, **kwargs)
    return field


def make_key(kind: Any, *args: Any, **kwargs: Any) -> KeyBase:
    """Return ``Key[kind](*args, **kwargs)``."""
    key: KeyBase = _KEYS[field_type(kind).name](*args, **kwargs)
    return key


def make_item(key: KeyBase, field: FieldBase) -> SchemaItemBase:
    """Return a field together with its key."""
    item: SchemaItemBase = _ITEMS[field._type.name](key, field)
    return item
