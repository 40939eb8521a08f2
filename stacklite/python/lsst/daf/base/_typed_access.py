"""Methods of property containers that name a type: ``setInt``, ``addDouble``, ``getArrayString``."""

from __future__ import annotations

__all__ = ["TypedAccess", "TypedListAccess"]

from collections.abc import Callable
from typing import Any, overload

from lsst_stacklite._overloads import bind


def _named(method: Callable[..., Any], name: str, text: str) -> Any:
    # The qualified name stays that of the function below, by which its overloads are found.
    method.__name__, method.__doc__ = name, text
    return method


def _setter(kind: str) -> Any:
    def set_values(self: Any, name: str, value: Any) -> None:
        self._set_typed(kind, name, value)

    return _named(set_values, f"set{kind}", f"Set a property to a value, or to values, of type {kind}.")


def _adder(kind: str) -> Any:
    def add_values(self: Any, name: str, value: Any) -> None:
        self._add_typed(kind, name, value)

    return _named(add_values, f"add{kind}", f"Append a value, or values, of type {kind} to a property.")


def _list_setter(kind: str) -> Any:
    def set_values(self: Any, name: str, value: Any, comment: str | None = None, /) -> None:
        self._set_typed(kind, name, value, comment)

    return _named(set_values, f"set{kind}", f"Set values of type {kind}, and a comment if there is one.")


def _list_adder(kind: str) -> Any:
    def add_values(self: Any, name: str, value: Any, comment: str | None = None, /) -> None:
        self._add_typed(kind, name, value, comment)

    return _named(add_values, f"add{kind}", f"Append values of type {kind}, and a comment if there is one.")


def _getter(kind: str) -> Any:
    @overload
    def get_value(self: Any, name: str) -> Any: ...
    @overload
    def get_value(self: Any, name: str, defaultValue: Any) -> Any: ...
    def get_value(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = bind(get_value, {}, (self, *args), kwargs)
        if "defaultValue" in given and not self.exists(given["name"]):
            return given["defaultValue"]
        return self._typed(given["name"], kind)[-1]

    text = f"Return the (last) value of a property of type {kind}, or a default if there is none."
    return _named(get_value, f"get{kind}", text)


def _array_getter(kind: str) -> Any:
    def get_values(self: Any, name: str) -> list[Any]:
        return list(self._typed(name, kind))

    return _named(get_values, f"getArray{kind}", f"Return all values of a property of type {kind}.")


class TypedAccess:
    """Access to properties of one type: another one is refused, never converted.

    The methods that set or add convert to the type what it can hold, and
    raise `lsst.pex.exceptions.TypeError` otherwise. An empty sequence
    changes nothing. Those that get raise the same for another type, and
    `lsst.pex.exceptions.NotFoundError` if there is no such property.
    """

    setBool, addBool = _setter("Bool"), _adder("Bool")
    setShort, addShort = _setter("Short"), _adder("Short")
    setInt, addInt = _setter("Int"), _adder("Int")
    setLong, addLong = _setter("Long"), _adder("Long")
    setLongLong, addLongLong = _setter("LongLong"), _adder("LongLong")
    setUnsignedLongLong, addUnsignedLongLong = _setter("UnsignedLongLong"), _adder("UnsignedLongLong")
    setFloat, addFloat = _setter("Float"), _adder("Float")
    setDouble, addDouble = _setter("Double"), _adder("Double")
    setString, addString = _setter("String"), _adder("String")
    setDateTime, addDateTime = _setter("DateTime"), _adder("DateTime")
    setPropertySet, addPropertySet = _setter("PropertySet"), _adder("PropertySet")
    setUndef, addUndef = _setter("Undef"), _adder("Undef")

    getBool, getArrayBool = _getter("Bool"), _array_getter("Bool")
    getShort, getArrayShort = _getter("Short"), _array_getter("Short")
    getInt, getArrayInt = _getter("Int"), _array_getter("Int")
    getLong, getArrayLong = _getter("Long"), _array_getter("Long")
    getLongLong, getArrayLongLong = _getter("LongLong"), _array_getter("LongLong")
    getUnsignedLongLong = _getter("UnsignedLongLong")
    getArrayUnsignedLongLong = _array_getter("UnsignedLongLong")
    getFloat, getArrayFloat = _getter("Float"), _array_getter("Float")
    getDouble, getArrayDouble = _getter("Double"), _array_getter("Double")
    getString, getArrayString = _getter("String"), _array_getter("String")
    getDateTime, getArrayDateTime = _getter("DateTime"), _array_getter("DateTime")
    getPropertySet, getArrayPropertySet = _getter("PropertySet"), _array_getter("PropertySet")
    getUndef, getArrayUndef = _getter("Undef"), _array_getter("Undef")


class TypedListAccess:
    """Methods of `TypedAccess` with a comment; as in the stack, one type has none."""

    setBool, addBool = _list_setter("Bool"), _list_adder("Bool")
    setShort, addShort = _list_setter("Short"), _list_adder("Short")
    setInt, addInt = _list_setter("Int"), _list_adder("Int")
    setLong, addLong = _list_setter("Long"), _list_adder("Long")
    setLongLong, addLongLong = _list_setter("LongLong"), _list_adder("LongLong")
    setFloat, addFloat = _list_setter("Float"), _list_adder("Float")
    setDouble, addDouble = _list_setter("Double"), _list_adder("Double")
    setString, addString = _list_setter("String"), _list_adder("String")
    setDateTime, addDateTime = _list_setter("DateTime"), _list_adder("DateTime")
    setUndef, addUndef = _list_setter("Undef"), _list_adder("Undef")

    def setPropertySet(self: Any, name: str, value: Any, /) -> None:
        """Set the properties of a nested set, as ``name.child``."""
        self._set_typed("PropertySet", name, value)
