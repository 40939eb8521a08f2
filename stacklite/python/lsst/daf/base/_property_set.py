"""Hierarchical containers of named, multi-valued properties."""

from __future__ import annotations

__all__ = ["PropertySet"]

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any, ClassVar, Self

import lsst.pex.exceptions as pex_exceptions
from lsst.pex.exceptions import InvalidParameterError, NotFoundError

from ._values import Container, as_values, both_integer, same_values, type_name


class PropertySet(Container):
    """Named properties with one or more values of one type each.

    A name with dots addresses a property of a nested set: ``ps["a.b"]`` is
    ``ps["a"]["b"]``. Values are `bool`, `int`, `float`, `str`, `DateTime`,
    `None` (undefined) or `PropertySet`.

    Parameters
    ----------
    flat : `bool`, optional
        Take dots as part of the name.
    """

    TYPE_Bool: ClassVar[str] = "Bool"
    TYPE_Int: ClassVar[str] = "Int"
    TYPE_LongLong: ClassVar[str] = "LongLong"
    TYPE_Double: ClassVar[str] = "Double"
    TYPE_String: ClassVar[str] = "String"
    TYPE_DateTime: ClassVar[str] = "DateTime"
    TYPE_PropertySet: ClassVar[str] = "PropertySet"
    TYPE_Undef: ClassVar[str] = "Undef"

    def __init__(self, flat: bool = False) -> None:
        self._flat = flat
        self._data: dict[str, list[Any]] = {}

    @classmethod
    def from_mapping(cls, metadata: Mapping[str, Any]) -> Self:
        """Make a container from a mapping; nested mappings become nested sets."""
        result = cls()
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

    def set(self, name: str, value: Any) -> None:
        """Set the value of a property, or its values when a sequence is given."""
        self._store(name, as_values(name, value))

    def add(self, name: str, value: Any) -> None:
        """Append one value, or a sequence of values, to a property.

        Raises
        ------
        lsst.pex.exceptions.TypeError
            Raised if the values so far have another type.
        """
        old = self._find(name)
        if old is None:
            self.set(name, value)
            return
        added = as_values(name, value)
        # One value has the type of all; checking every one takes long when many are added one by one.
        last, new = old[-1:], added[-1:]
        if type_name(last) != type_name(new) and not both_integer(last, new):
            raise pex_exceptions.TypeError(
                f"property '{name}' holds {type_name(old)}; a {type_name(added)} cannot be added to it."
            )
        old.extend(added)

    def remove(self, name: str, /) -> None:
        """Remove a property; one that does not exist is no error."""
        owner = self._owner(name)
        if owner is not None:
            owner[0]._data.pop(owner[1], None)

    # -- Reading

    def getScalar(self, name: str) -> Any:
        """Return the value of a property, the last one when there are several.

        Raises
        ------
        KeyError
            Raised if the property does not exist.
        """
        values = self._find(name)
        if values is None:
            raise KeyError(f"{name} not found")
        return values[-1]

    def getArray(self, name: str) -> list[Any]:
        """Return all values of a property.

        Raises
        ------
        KeyError
            Raised if the property does not exist.
        """
        values = self._find(name)
        if values is None:
            raise KeyError(f"{name} not found")
        return list(values)

    def get(self, name: str, default: Any = None) -> Any:
        """Return the (last) value of a property, or a default."""
        values = self._find(name)
        return default if values is None else values[-1]

    def _get_as(self, name: str, kinds: tuple[str, ...], convert: Callable[[Any], Any]) -> Any:
        values = self._values(name)
        if type_name(values) not in kinds:
            raise pex_exceptions.TypeError(
                f"property '{name}' is of type {type_name(values)}, not {kinds[-1]}."
            )
        return convert(values[-1])

    def getAsBool(self, name: str, /) -> bool:
        """Return whether a value, which must be `bool`, is true."""
        return self._get_as(name, ("Bool",), bool)

    def getAsInt(self, name: str, /) -> int:
        """Return a value that is `bool` or a 32-bit integer."""
        return self._get_as(name, ("Bool", "Int"), int)

    def getAsInt64(self, name: str, /) -> int:
        """Return a value that is `bool` or `int`."""
        return self._get_as(name, ("Bool", "Int", "LongLong"), int)

    def getAsDouble(self, name: str, /) -> float:
        """Return a value that is a number."""
        return self._get_as(name, ("Bool", "Int", "LongLong", "Double"), float)

    def getAsString(self, name: str, /) -> str:
        """Return a value that is `str`."""
        return self._get_as(name, ("String",), str)

    def getBool(self, name: str) -> bool:
        """Return whether a value, which must be `bool`, is true."""
        return self.getAsBool(name)

    def getInt(self, name: str) -> int:
        """Return a value that is `bool` or a 32-bit integer."""
        return self.getAsInt(name)

    def getLongLong(self, name: str) -> int:
        """Return a value that is `bool` or `int`."""
        return self.getAsInt64(name)

    def getString(self, name: str) -> str:
        """Return a value that is `str`."""
        return self.getAsString(name)

    def getDouble(self, name: str) -> float:
        """Return a value that is `float`."""
        return self._get_as(name, ("Double",), float)

    def getPropertySet(self, name: str) -> PropertySet:
        """Return a nested set."""
        return self._get_as(name, ("PropertySet",), lambda value: value)

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
        """Return the number of values of one property (0 if absent), or of all."""
        if name is None:
            return sum(self.valueCount(n) for n in self.names(topLevelOnly=False))
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
        for name in source.paramNames(topLevelOnly=False):
            self.add(name, source.getArray(name))

    def copy(self, dest: str, source: PropertySet, name: str, asScalar: bool = False) -> None:
        """Set a property to the values (or only the last) of a property of another container."""
        self.set(dest, source.getScalar(name) if asScalar else source.getArray(name))

    def update(self, addition: Mapping[str, Any] | PropertySet) -> None:
        """Set properties from a mapping or another container, all values of each."""
        if isinstance(addition, PropertySet):
            for name in addition.names():
                self.copy(name, addition, name)
        else:
            for name, value in addition.items():
                self.set(name, value)

    def pop(self, name: str, default: Any = None) -> Any:
        """Remove a property and return its (last) value.

        Parameters
        ----------
        name : `str`
            Name.
        default : `object`, optional
            Result if the property does not exist; `None` is an error.

        Raises
        ------
        KeyError
            Raised if the property does not exist and there is no default.
        """
        values = self._find(name)
        if values is None:
            if default is None:
                raise KeyError(name)
            return default
        self.remove(name)
        return values[-1]

    def deepCopy(self) -> Self:
        """Return a copy that shares nothing with this container."""
        result = type(self).__new__(type(self))
        result.__dict__.update(self.__dict__)
        result._data = {
            name: [v.deepCopy() if isinstance(v, PropertySet) else v for v in values]
            for name, values in self._data.items()
        }
        return result

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self.deepCopy()

    def __copy__(self) -> Self:
        result = self.deepCopy()
        result._data = {name: list(values) for name, values in self._data.items()}
        return result

    def set_dict(self, key: str, value: Mapping[str, Any]) -> None:
        """Set all values of a mapping that may be nested.

        Parameters
        ----------
        key : `str`
            Name of the whole; values get the names ``key.child`` and so on.
        value : `~collections.abc.Mapping`
            Strings, numbers, booleans, and such mappings, by name.
        """
        for child, each in value.items():
            if isinstance(each, Mapping):
                self.set_dict(f"{key}.{child}", each)
            else:
                self.set(f"{key}.{child}", each)

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
        result: dict[str, Any] = {}
        for name in self.paramNames(topLevelOnly=False):
            if name.startswith(f"{key}."):
                *parents, child = name.removeprefix(f"{key}.").split(".")
                target = result
                for parent in parents:
                    target = target.setdefault(parent, {})
                target[child] = self.getScalar(name)
        return result

    def toDict(self) -> dict[str, Any]:
        """Return a `dict`: nested sets as `dict`, several values as `list`."""
        return {name: _as_plain(values) for name, values in self._data.items()}

    # Methods of mappings; a container is not registered as one, as in the stack.

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return KeysView(self)

    def items(self) -> ItemsView[str, Any]:
        """Return the names with their (last) values."""
        return ItemsView(self)

    def values(self) -> ValuesView[Any]:
        """Return the (last) values."""
        return ValuesView(self)

    def __getitem__(self, name: str) -> Any:
        return self.getScalar(name)

    def __setitem__(self, name: str, value: Any) -> None:
        if isinstance(value, Mapping):
            value = PropertySet.from_mapping(value)
        self.set(name, value)

    def __delitem__(self, name: str) -> None:
        if not self.exists(name):
            raise KeyError(f"{name} not found")
        self.remove(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.exists(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self._data)

    def __eq__(self, other: object) -> bool:
        """Return whether names, types and values are equal; NaN equals NaN."""
        if type(other) is not type(self):
            return NotImplemented
        return self._data.keys() == other._data.keys() and all(
            same_values(values, other._data[name]) for name, values in self._data.items()
        )

    __hash__ = None  # type: ignore[assignment]

    def toString(self, topLevelOnly: bool = False, indent: str = "") -> str:
        """Return one line of text for each name."""
        lines = []
        for name, values in self._data.items():
            if not isinstance(values[-1], PropertySet):
                lines.append(f"{indent}{name} = {_as_plain(values)!r}\n")
            elif topLevelOnly:
                lines.append(f"{indent}{name} = {{ ... }}\n")
            else:
                nested = values[-1].toString(False, indent + "..")
                lines.append(f"{indent}{name} = {{\n{nested}{indent}}}\n")
        return "".join(lines)

    __str__ = toString

    def __repr__(self) -> str:
        return f"{type(self).__name__}.from_mapping({self.toDict()!r})"


def _as_plain(values: list[Any]) -> Any:
    plain = [v.toDict() if isinstance(v, PropertySet) else v for v in values]
    return plain if len(plain) > 1 else plain[0]
