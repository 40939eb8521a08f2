"""Metadata and times as YAML, with the tags of the stack; reading is safe."""

from __future__ import annotations

__all__: list[str] = []

from typing import Any

import yaml

import lsst.pex.exceptions as pex_exceptions

from ._date_time import DateTime
from ._property_list import PropertyList
from ._property_set import PropertySet

_LIST, _SET, _TIME = (f"lsst.daf.base.{name}" for name in ("PropertyList", "PropertySet", "DateTime"))
_HIDDEN_KINDS = ("Short", "Long", "LongLong", "UnsignedLongLong", "Float")
_LOADERS: tuple[Any, ...] = tuple(
    getattr(yaml, name)
    for name in (
        "SafeLoader",
        "FullLoader",
        "Loader",
        "UnsafeLoader",
        "CSafeLoader",
        "CFullLoader",
        "CLoader",
    )
    if hasattr(yaml, name)
)
_DUMPERS: tuple[Any, ...] = tuple(
    getattr(yaml, name) for name in ("Dumper", "SafeDumper", "CDumper", "CSafeDumper") if hasattr(yaml, name)
)


def _plain(metadata: PropertySet, name: str) -> list[Any]:
    """Return name, type and value (a list if there are several)."""
    values = [*metadata._values(name)]
    return [name, metadata.typeOf(name), values if len(values) > 1 else values[0]]


def _represent_list(dumper: Any, metadata: PropertyList) -> Any:
    items = [[*_plain(metadata, name), metadata.getComment(name)] for name in metadata.getOrderedNames()]
    return dumper.represent_sequence(_LIST, items)


def _represent_set(dumper: Any, metadata: PropertySet) -> Any:
    return dumper.represent_sequence(_SET, [_plain(metadata, name) for name in metadata.names()])


def _represent_time(dumper: Any, time: DateTime) -> Any:
    return dumper.represent_scalar(_TIME, time.toString(DateTime.TAI))


def _items(loader: Any, node: Any, length: int) -> list[Any]:
    items = loader.construct_sequence(node, deep=True)
    for item in items:
        # Old versions wrote tuples.
        if not isinstance(item, list | tuple) or len(item) != length or not isinstance(item[0], str):
            raise pex_exceptions.TypeError(f"{node.tag}: {item!r} is not a property.")
    return items


def _set(metadata: PropertySet, kind: Any, name: str, value: Any) -> None:
    """Set a property to values of the type that was written with them, where the values do not show it."""
    if kind in _HIDDEN_KINDS:
        metadata._set_typed(kind, name, value)
    else:
        metadata.set(name, value)


def _construct_list(loader: Any, node: Any) -> PropertyList:
    metadata = PropertyList()
    for name, kind, value, comment in _items(loader, node, 4):
        _set(metadata, kind, name, value)
        metadata.setComment(name, comment)
    return metadata


def _construct_set(loader: Any, node: Any) -> PropertySet:
    metadata = PropertySet()
    for name, kind, value in _items(loader, node, 3):
        _set(metadata, kind, name, value)
    return metadata


def _construct_time(loader: Any, node: Any) -> DateTime:
    return DateTime(str(loader.construct_scalar(node)), DateTime.TAI)


for _dumper in _DUMPERS:
    _dumper.add_representer(PropertyList, _represent_list)
    _dumper.add_representer(PropertySet, _represent_set)
    _dumper.add_representer(DateTime, _represent_time)
for _loader in _LOADERS:
    _loader.add_constructor(_LIST, _construct_list)
    _loader.add_constructor(_SET, _construct_set)
    _loader.add_constructor(_TIME, _construct_time)
