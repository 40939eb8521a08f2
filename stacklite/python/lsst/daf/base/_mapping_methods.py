"""Methods that property containers share with mappings."""

from __future__ import annotations

__all__ = ["MappingMethods"]

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import TYPE_CHECKING, Any


class MappingMethods:
    """Names as keys of (last) values; a container is not registered as a mapping, as in the stack."""

    if TYPE_CHECKING:
        _data: dict[str, list[Any]]
        exists: Any
        getScalar: Any
        names: Any
        remove: Any
        set: Any
        set_dict: Any
        _find: Any

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
            self.set_dict(name, value)
        else:
            self.set(name, value)

    def __delitem__(self, name: str) -> None:
        if not self.exists(name):
            raise KeyError(name)
        self.remove(name)

    def __contains__(self, name: object) -> bool:
        """Return whether a name is one of those at the top; `exists` also finds nested ones."""
        return name in self._data

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self._data)

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
