"""Classes of upper packages, named by lower ones."""

from __future__ import annotations

__all__ = ["Kind", "LazyClass", "kind_name", "load_kind"]

import importlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LazyClass:
    """A class that is imported when it is first needed.

    These stand in tables of stacklite itself; a name that comes from a file
    never becomes one.

    Parameters
    ----------
    module : `str`
        Module that has the class.
    name : `str`
        Name of the class.
    """

    module: str
    name: str

    def load(self) -> type[Any]:
        """Return the class."""
        found: type[Any] = getattr(importlib.import_module(self.module), self.name)
        return found


Kind = type[Any] | LazyClass
"""A class, or one that is imported when it is needed."""


def load_kind(kind: Kind) -> type[Any]:
    """Return the class of a kind."""
    return kind.load() if isinstance(kind, LazyClass) else kind


def kind_name(kind: Kind) -> str:
    """Return the name of the class of a kind, for messages."""
    return kind.name if isinstance(kind, LazyClass) else kind.__name__
