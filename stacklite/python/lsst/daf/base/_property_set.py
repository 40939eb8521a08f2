"""Hierarchical containers of named, multi-valued properties."""

from __future__ import annotations

__all__ = ["PropertySet"]

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

import lsst.pex.exceptions as pex_exceptions
from lsst.pex.exceptions import InvalidParameterError, NotFoundError

from ._mapping_methods import MappingMethods
from ._typed_access import TypedAccess
from ._typed_values import text_of, typed_values
from ._values import Container, addable, as_values, copied, same_values, type_name, widened


class PropertySet(TypedAccess, MappingMethods, Container):
    """Named properties with one or more values of one type each.

    A name with dots addresses a property of a nested set: ``ps["a.b"]`` is
    ``ps["a"]["b"]``. Values are `bool`, `int`, `float`, `str`, `DateTime`,
    `None` (undefined) or `PropertySet`. Integers are of the smallest of the
    types ``Int``, ``LongLong`` and ``UnsignedLongLong``, unless a method such
    as ``setShort`` names another one; ``Float`` and ``Double`` likewise.

    Parameters
    ----------
    flat : `bool`, optional
        Take dots as part of the name; nested sets become names with dots.
    """

    TYPE_Bool: ClassVar[str] = "Bool"
    TYPE_Short: ClassVar[str] = "Short"
    TYPE_Int: ClassVar[str] = "Int"
    TYPE_Long: ClassVar[str] = "Long"
    TYPE_LongLong: ClassVar[str] = "LongLong"
    TYPE_UnsignedLongLong: ClassVar[str] = "UnsignedLongLong"
    TYPE_Float: ClassVar[str] = "Float"
    TYPE_Double: ClassVar[str] = "Double"
    TYPE_String: ClassVar[str] = "String"
    TYPE_DateTime: ClassVar[str] = "DateTime"
    TYPE_PropertySet: ClassVar[str] = "PropertySet"
    TYPE_Undef: ClassVar[str] = "Undef"

    def __init__(self, flat: bool = False) -> None:
        self._flat = flat
        self._data: dict[str, list[Any]] = {}

    @classmethod
    def from_mapping(cls, metadata: Any) -> Self:
        """Make a container from a mapping or a data class; nested mappings become nested sets.

        Raises
        ------
        ValueError
            Raised if it is neither a mapping nor an instance of a data class.
        """
        result = cls()
        if isinstance(metadata, PropertySet):
            result.update(metadata)
            return result
        if dataclasses.is_dataclass(metadata) and not isinstance(metadata, type):
            metadata = dataclasses.asdict(metadata)
        if not isinstance(metadata, Mapping):
            raise ValueError(f"a mapping or a data class is needed, not a {type(metadata).__name__}.")
        for name, value in metadata.items():
            result.set(name, PropertySet.from_mapping(value) if isinstance(value, Mapping) else value)
        return result

    # -- Finding and changing the list of values of a name

    def _owner(self, name: str, create: bool = False) -> tuple[PropertySet, str] | None:
        """Return the nested set that holds (or would hold) a name, and the last part of the name."""
        if self._flat or "." not in name:
            return self, name
        head, tail = name.split(".", 1)
        values = self._data.get(head)
        if values is None:
            if not create:
                return None
            values = self._data.setdefault(head, [PropertySet()])
        if not isinstance(values[-1], PropertySet):
            if not create:
                return None
            raise InvalidParameterError(f"'{head}' is not a PropertySet, so that '{name}' cannot be set.")
        return values[-1]._owner(tail, create)

    def _find(self, name: str) -> list[Any] | None:
        owner = self._owner(name)
        return None if owner is None else owner[0]._data.get(owner[1])

    def _values(self, name: str) -> list[Any]:
        values = self._find(name)
        if values is None:
            raise NotFoundError(f"there is no property '{name}'.")
        return values

    def _store(self, name: str, values: list[Any]) -> None:
        owner = self._owner(name, create=True)
        assert owner is not None  # create=True either finds or raises
        owner[0]._data[owner[1]] = values

    def _set_values(self, name: str, values: list[Any]) -> None:
        """Set a property to values that are checked; none at all change nothing."""
        if not values:
            return
        if not isinstance(values[-1], PropertySet):
            self._store(name, values)
        elif self._flat:
            for child, its_values in _leaves(name, values):
                self._set_values(f"{name}.{child}", copied(its_values))
        else:
            self._check_nesting(name, values)
            self._store(name, values)

    def _append(self, name: str, added: list[Any]) -> None:
        """Append values that are checked to a property; none at all change nothing."""
        old = self._find(name)
        if not added:
            return
        if self._flat and isinstance(added[-1], PropertySet):
            for child, its_values in _leaves(name, added):
                self._append(f"{name}.{child}", copied(its_values))
        elif old is None:
            self._set_values(name, added)
        elif addable(old, added):
            self._check_nesting(name, added)
            old.extend(added)
        else:
            raise pex_exceptions.TypeError(
                f"property '{name}' holds {type_name(old)}; a {type_name(added)} cannot be added to it."
            )

    def _check_nesting(self, name: str, values: list[Any]) -> None:
        """Refuse a set that contains this one."""
        for value in values:
            if isinstance(value, PropertySet) and value._contains_set(self):
                raise InvalidParameterError(f"property '{name}' cannot be a set that contains this one.")

    def _contains_set(self, other: PropertySet) -> bool:
        return self is other or any(
            isinstance(value, PropertySet) and value._contains_set(other)
            for values in self._data.values()
            for value in values
        )

    def set(self, name: str, value: Any) -> None:
        """Set the value of a property, or its values when a sequence is given.

        An empty sequence changes nothing.
        """
        self._set_values(name, self._values_to_set(name, value))

    def _values_to_set(self, name: str, value: Any) -> list[Any]:
        values = as_values(name, value)
        if values and type(values[-1]) is int:
            old = self._find(name)
            return values if old is None else widened(values, old)
        return values

    def _set_typed(self, kind: str, name: str, value: Any) -> None:
        self._set_values(name, typed_values(kind, name, value))

    def _add_typed(self, kind: str, name: str, value: Any) -> None:
        self._append(name, self._addable_typed(kind, name, value))

    def _addable_typed(self, kind: str, name: str, value: Any) -> list[Any]:
        """Return values of a type, which a property must have already if it exists."""
        if self._find(name) is not None:
            self._typed(name, kind)
        return typed_values(kind, name, value)

    def add(self, name: str, value: Any) -> None:
        """Append one value, or a sequence of values, to a property.

        Raises
        ------
        lsst.pex.exceptions.TypeError
            Raised if the values so far have another type.
        """
        self._append(name, as_values(name, value))

    def remove(self, name: str, /) -> None:
        """Remove a property; one that does not exist is no error."""
        owner = self._owner(name)
        if owner is not None:
            owner[0]._data.pop(owner[1], None)

    # -- Reading

    def _existing(self, name: str) -> list[Any]:
        """Return the values of a property; unlike that of `_values`, the error is one of Python."""
        values = self._find(name)
        if values is None:
            raise KeyError(f"{name} not found")
        return values

    def getScalar(self, name: str) -> Any:
        """Return the value of a property, the last one when there are several.

        Raises
        ------
        KeyError
            Raised if the property does not exist.
        """
        return self._existing(name)[-1]

    def getArray(self, name: str) -> Any:
        """Return all values of a property; of nested sets, the (last) one.

        Raises
        ------
        KeyError
            Raised if the property does not exist.
        """
        values = self._existing(name)
        return values[-1] if isinstance(values[-1], PropertySet) else list(values)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the (last) value of a property, or a default."""
        values = self._find(name)
        return default if values is None else values[-1]

    def _typed(self, name: str, *kinds: str) -> list[Any]:
        """Return the values of a property whose type is one of some."""
        values = self._values(name)
        if type_name(values) not in kinds:
            raise pex_exceptions.TypeError(
                f"property '{name}' is of type {type_name(values)}, not {kinds[-1]}."
            )
        return values

    def getAsBool(self, name: str, /) -> bool:
        """Return whether a value, which must be `bool`, is true."""
        return self._typed(name, "Bool")[-1]

    def getAsInt(self, name: str, /) -> int:
        """Return a value that is `bool` or an integer of the types ``Short`` or ``Int``."""
        return int(self._typed(name, "Bool", "Short", "Int")[-1])

    def getAsInt64(self, name: str, /) -> int:
        """Return a value that is `bool` or an integer of a signed type."""
        return int(self._typed(name, "Bool", "Short", "Int", "Long", "LongLong")[-1])

    def getAsUInt64(self, name: str, /) -> int:
        """Return a value that is `bool` or an integer, and not negative.

        Raises
        ------
        lsst.pex.exceptions.TypeError
            Raised if it is something else, also if it is negative, where the
            stack returns a number close to 2**64.
        """
        value = int(self._typed(name, "Bool", *_INTEGERS)[-1])
        if value < 0:
            raise pex_exceptions.TypeError(f"property '{name}' is {value}, which no unsigned integer is.")
        return value

    def getAsDouble(self, name: str, /) -> float:
        """Return a value that is a number."""
        return float(self._typed(name, "Bool", *_INTEGERS, "Float", "Double")[-1])

    def getAsString(self, name: str, /) -> str:
        """Return a value that is `str`."""
        return self._typed(name, "String")[-1]

    def getAsPropertySetPtr(self, name: str, /) -> PropertySet:
        """Return a nested set."""
        return self._typed(name, "PropertySet")[-1]

    def exists(self, name: str, /) -> bool:
        """Return whether a property exists."""
        return self._find(name) is not None

    def isArray(self, name: str, /) -> bool:
        """Return whether a property has several values."""
        return len(self._find(name) or ()) > 1

    def isUndefined(self, name: str, /) -> bool:
        """Return whether a property exists and has no value."""
        return self.exists(name) and self._values(name)[-1] is None

    def isPropertySetPtr(self, name: str, /) -> bool:
        """Return whether a property is a nested set."""
        return isinstance(self.get(name), PropertySet)

    def valueCount(self, name: str | None = None, /) -> int:
        """Return the number of values of one property (0 if absent), or of all that are no nested sets."""
        if name is None:
            return sum(len(values) for _, values in self._walk() if not isinstance(values[-1], PropertySet))
        return len(self._find(name) or ())

    def typeOf(self, name: str, /) -> str:
        """Return the type of a property, one of the ``TYPE_`` constants.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if the property does not exist.
        """
        return type_name(self._values(name))

    # -- Names

    def names(self, topLevelOnly: bool = True) -> list[str]:
        """Return the names, with those in nested sets (dotted) if wanted."""
        if topLevelOnly:
            return list(self._data)
        return [name for name, _ in self._walk()]

    def _walk(self) -> Iterator[tuple[str, list[Any]]]:
        for name, values in self._data.items():
            yield name, values
            if isinstance(values[-1], PropertySet):
                for child, child_values in values[-1]._walk():
                    yield f"{name}.{child}", child_values

    def paramNames(self, topLevelOnly: bool = True) -> list[str]:
        """Return the names of the properties that are not nested sets."""
        return [n for n in self.names(topLevelOnly) if not self.isPropertySetPtr(n)]

    def propertySetNames(self, topLevelOnly: bool = True) -> list[str]:
        """Return the names of nested sets."""
        return [n for n in self.names(topLevelOnly) if self.isPropertySetPtr(n)]

    def nameCount(self, topLevelOnly: bool = True) -> int:
        """Return the number of names."""
        return len(self.names(topLevelOnly))

    # -- Whole containers

    def combine(self, source: PropertySet, /) -> None:
        """Append all values of another container to those here."""
        if not isinstance(source, PropertySet):
            raise TypeError(f"a PropertySet is needed, not a {type(source).__name__}.")
        for name in source.paramNames(topLevelOnly=False):
            self._append(name, copied(source._values(name)))

    def copy(self, dest: str, source: PropertySet, name: str, asScalar: bool = False) -> None:
        """Set a property to the values (or only the last) of a property of another container."""
        values = source._find(name)
        if values is None:
            raise InvalidParameterError(f"there is no property '{name}' to copy.")
        self._set_values(dest, copied(values)[-1:] if asScalar and type(values) is list else copied(values))

    def update(self, addition: Mapping[str, Any] | PropertySet) -> None:
        """Set properties from a mapping or another container, all values of each."""
        if isinstance(addition, PropertySet):
            for name in addition.names():
                self.copy(name, addition, name)
        else:
            for name, value in addition.items():
                self[name] = value

    def deepCopy(self) -> Self:
        """Return a copy that shares nothing with this container."""
        result = type(self).__new__(type(self))
        result.__dict__.update(self.__dict__)
        result._data = {
            name: [v.deepCopy() for v in values] if isinstance(values[-1], PropertySet) else copied(values)
            for name, values in self._data.items()
        }
        return result

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.deepCopy()

    def __copy__(self) -> Self:
        result = self.deepCopy()
        result._data = {name: copied(values) for name, values in self._data.items()}
        return result

    def toDict(self) -> dict[str, Any]:
        """Return a `dict`: nested sets as `dict`, several values as `list`."""
        return {name: _as_plain(values) for name, values in self._data.items()}

    def set_dict(self, key: str, value: Mapping[str, Any]) -> None:
        """Set all values of a mapping that may be nested, as a nested set.

        Parameters
        ----------
        key : `str`
            Name of the whole; values can be had by the names ``key.child`` and so on.
        value : `~collections.abc.Mapping`
            Strings, numbers, booleans, and such mappings, by name.
        """
        self.set(key, PropertySet.from_mapping(value))

    def get_dict(self, key: str) -> dict[str, Any]:
        """Return a mapping that was set by `set_dict`.

        Parameters
        ----------
        key : `str`
            Name of the whole.

        Returns
        -------
        nested : `dict`
            Values and dictionaries by name; empty if there are none.
        """
        if not self._flat:
            values = self._find(key) or [None]
            return values[-1].toDict() if isinstance(values[-1], PropertySet) else {}
        result: dict[str, Any] = {}
        for name in self._data:
            if name.startswith(f"{key}."):
                *parents, child = name.removeprefix(f"{key}.").split(".")
                target = result
                for parent in parents:
                    target = target.setdefault(parent, {})
                target[child] = self.getScalar(name)
        return result

    def __eq__(self, other: object) -> bool:
        """Return whether names, types and values are equal; NaN equals NaN."""
        if type(other) is not type(self):
            return NotImplemented
        return self._data.keys() == other._data.keys() and all(
            same_values(values, other._data[name]) for name, values in self._data.items()
        )

    __hash__ = None  # type: ignore[assignment]

    def toString(self, topLevelOnly: bool = False, indent: str = "") -> str:
        """Return one line of text for each name, sorted."""
        lines = []
        for name, values in sorted(self._data.items()):
            if not isinstance(values[-1], PropertySet):
                lines.append(f"{indent}{name} = {text_of(values)}\n")
            elif topLevelOnly:
                lines.append(f"{indent}{name} = {{ ... }}\n")
            else:
                nested = values[-1].toString(False, indent + "..")
                lines.append(f"{indent}{name} = {{\n{nested}{indent}}}\n")
        return "".join(lines)

    __str__ = toString

    def __repr__(self) -> str:
        return f"{type(self).__name__}.from_mapping({self.toDict()!r})"


_INTEGERS = ("Short", "Int", "Long", "LongLong", "UnsignedLongLong")


def _leaves(name: str, values: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """Return the names and values in the (last) one of some sets, nested ones included."""
    for child, its_values in values[-1]._walk():
        if not isinstance(its_values[-1], PropertySet):
            yield child, its_values


def _as_plain(values: list[Any]) -> Any:
    plain = [v.toDict() if isinstance(v, PropertySet) else v for v in values]
    return plain if len(plain) > 1 else plain[0]
