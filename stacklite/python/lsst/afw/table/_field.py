"""Fields and keys: descriptions of columns, and handles to their values."""

from __future__ import annotations

__all__ = [
    "FieldBase",
    "KeyBase",
    "SchemaItemBase",
    "check_units",
    "checked_bounds",
    "classes_by_type",
    "make_field",
    "make_item",
    "make_key",
]

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

from astropy.units import Unit

from lsst.pex.exceptions import InvalidParameterError, LengthError, LogicError

from ._types import FIELD_TYPES, FieldType, field_type

if TYPE_CHECKING:
    from ._base import BaseRecord


class _Typed:
    """Base of classes that have one subclass per field type."""

    _type: ClassVar[FieldType]

    def getTypeString(self) -> str:
        """Return the name of the type, e.g. ``ArrayF``."""
        return self._type.name


def check_units(units: str, parse_strict: str) -> None:
    """Raise `ValueError` (or warn) if astropy does not know some units."""
    if units and parse_strict != "silent":
        _parse_units(units, parse_strict)


@cache
def _parse_units(units: str, parse_strict: str) -> None:
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
    lsst.pex.exceptions.LengthError
        Raised if a size is given for a scalar.
    TypeError
        Raised if the documentation is a number, or the units are no text.
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
        check_units(units, parse_strict)
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

    @property
    def _varies(self) -> bool:
        """Whether values differ in length."""
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


class SizedFieldBase(FieldBase):
    """Description of a column of texts or arrays."""

    def getSize(self) -> int:
        """Return the number of characters or elements (0 = variable length)."""
        return self._size


class ArrayFieldBase(SizedFieldBase):
    """Description of a column of arrays."""

    def isVariableLength(self) -> bool:
        """Return whether values differ in length."""
        return self._varies


class KeyBase(_Typed):
    """Handle by which the value of one field is read and written.

    Keys come from `Schema.addField` and `Schema.find`. ``Key["F"]()`` is an
    invalid key of one type. Two keys are equal if they mean the same place in
    a record, whatever the names of the fields.
    """

    _name: str | None = None
    _size: int = 1
    _offset: int = 0
    _bit: int = 0
    _part: int | slice | None = None

    @classmethod
    def _of(
        cls, name: str | None, size: int = 1, offset: int = 0, bit: int = 0, part: int | slice | None = None
    ) -> Self:
        """Return the key of a field.

        Parameters
        ----------
        name : `str`
            Name of the field (without aliases).
        size : `int`, optional
            Number of elements, 0 for variable length.
        offset : `int`, optional
            Number of bytes before the value in a record of the stack.
        bit : `int`, optional
            Number of the bit, for flags.
        part : `int`, `slice` or `None`, optional
            Elements of an array field that this key selects.
        """
        new = cls()
        new._name, new._size, new._offset, new._bit, new._part = name, size, offset, bit, part
        return new

    def isValid(self) -> bool:
        """Return whether the key belongs to a field."""
        return self._name is not None

    def getOffset(self) -> int:
        """Return the number of bytes before the value in a record of the stack."""
        return self._offset

    def get(self, record: BaseRecord, /) -> Any:
        """Return the value in a record."""
        return record.get(self)

    def set(self, record: BaseRecord, value: Any, /) -> None:
        """Set the value in a record."""
        record.set(self, value)

    def _fits(self, field: FieldBase) -> bool:
        """Return whether the key has the type of a field, or of its elements."""
        if self._part is None:
            return self._type is field._type and self._size == field._size
        return self._type.element == field._type.element and field._type.is_array

    def _is_of(self, field: FieldBase, field_key: KeyBase) -> bool:
        """Return whether the key is that of a field with this key, or of some of its elements."""
        if self._part is None:
            return self == field_key
        first = self._part.start if isinstance(self._part, slice) else self._part
        return self._fits(field) and self._offset == field_key._place_of(first)

    @property
    def subfields(self) -> tuple[int, ...] | None:
        """The numbers of the elements of an array; `None` for all other fields."""
        return tuple(range(self._size)) if self._type.is_array else None

    @property
    def subkeys(self) -> tuple[KeyBase, ...] | None:
        """The keys of the elements of an array; `None` for all other fields."""
        return tuple(self._element(i) for i in range(self._size)) if self._type.is_array else None

    def _element(self, index: int) -> KeyBase:
        """Return the key of one element of an array."""
        if not 0 <= index < self._size:
            raise LengthError(f"{self!r} has {self._size} elements, numbered from 0; asked for {index}.")
        kind = self._type.name.removeprefix("Array")
        first = self._part.start if isinstance(self._part, slice) else 0
        return make_key(kind, self._name, 1, self._place_of(index), part=first + index)

    def _place_of(self, index: int) -> int:
        """Return the offset of an element of an array."""
        assert self._type.element is not None
        return self._offset + index * self._type.element.itemsize

    def _elements(self, begin: int, end: int) -> Self:
        """Return the key of some adjacent elements of an array."""
        begin, end = checked_bounds(begin, end, self._size)
        first = self._part.start if isinstance(self._part, slice) else 0
        part = slice(first + begin, first + end)
        return self._of(self._name, end - begin, self._place_of(begin), part=part)

    def _layout(self) -> tuple[str, int]:
        return self._type.name, self._size

    @property
    def _identity(self) -> tuple[Any, ...]:
        return self._type.name, self.isValid(), self._offset, self._bit, self._size

    def __eq__(self, other: object) -> bool:
        return self._identity == other._identity if isinstance(other, KeyBase) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity)

    def __repr__(self) -> str:
        part = "" if self._part is None else f", part={self._part}"
        return f'Key["{self._type.name}"]({self._name!r}, size={self._size}{part})'


class SizedKeyBase(KeyBase):
    """Key of a text or an array."""

    def getSize(self) -> int:
        """Return the number of characters or elements (0 = variable length)."""
        return self._size


class ArrayKeyBase(SizedKeyBase):
    """Key of an array, some of whose elements have keys, too."""

    def isVariableLength(self) -> bool:
        """Return whether values differ in length."""
        return self._size == 0 and self._part is None

    def _require_elements(self) -> None:
        if self.isVariableLength():
            raise LogicError(f"{self!r} is of variable length; its elements have no keys.")

    def __getitem__(self, index: int | slice) -> KeyBase:
        """Return the key of an element, or of adjacent elements.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the elements are not adjacent.
        lsst.pex.exceptions.LengthError
            Raised if there are no such elements.
        lsst.pex.exceptions.LogicError
            Raised if values differ in length.
        """
        self._require_elements()
        if not isinstance(index, slice):
            return self._element(index)
        begin, end, step = index.indices(self._size)
        if step != 1:
            raise InvalidParameterError(f"the step of a slice of {self!r} must be 1, not {step}.")
        return self._elements(begin, end)

    def slice(self, begin: int, end: int, /) -> KeyBase:
        """Return a key of the elements ``begin`` to ``end`` (exclusive).

        Raises
        ------
        TypeError
            Raised if a number is negative.
        lsst.pex.exceptions.LengthError
            Raised if there are no such elements.
        lsst.pex.exceptions.LogicError
            Raised if values differ in length.
        """
        self._require_elements()
        return self._elements(begin, end)


def checked_bounds(begin: int, end: int, size: int) -> tuple[int, int]:
    """Return the bounds of adjacent elements of an array, unlike those of a slice as they are given.

    Raises
    ------
    TypeError
        Raised if one is negative: the stack takes them as unsigned integers.
    lsst.pex.exceptions.LengthError
        Raised if there are no such elements.
    """
    if begin < 0 or end < 0:
        raise TypeError(f"elements are numbered from 0; {begin} to {end} are none.")
    if not begin <= end <= size:
        raise LengthError(f"there are {size} elements, numbered from 0; asked for {begin} to {end}.")
    return begin, end


class FlagKeyBase(KeyBase):
    """Key of a flag."""

    def getBit(self) -> int:
        """Return the number of the bit among those at the same offset."""
        return self._bit


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

    def getKey(self) -> KeyBase:
        """Return the key."""
        return self.key

    def getField(self) -> FieldBase:
        """Return the field."""
        return self.field

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


def _bases(kind: FieldType) -> dict[str, type]:
    """Return the bases of the classes for a type, by the beginnings of their names."""
    field, key = FieldBase, KeyBase
    if kind.is_sized:
        field, key = (ArrayFieldBase, ArrayKeyBase) if kind.is_array else (SizedFieldBase, SizedKeyBase)
    elif kind.name == "Flag":
        key = FlagKeyBase
    return {"Field": field, "Key": key, "SchemaItem": SchemaItemBase}


for _name, _field_type in FIELD_TYPES.items():
    for _stem, _base in _bases(_field_type).items():
        _typed = _stem + _name
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
    """Return the key of a field of a type, or one that is not valid; see `KeyBase._of`."""
    key_class: type[KeyBase] = _KEYS[field_type(kind).name]
    key = key_class._of(*args, **kwargs) if args or kwargs else key_class()
    return key


def make_item(key: KeyBase, field: FieldBase) -> SchemaItemBase:
    """Return a field together with its key."""
    item: SchemaItemBase = _ITEMS[field._type.name](key, field)
    return item
