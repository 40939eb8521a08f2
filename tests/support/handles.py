"""Handles that keep a record of what the task reads, or make it when asked."""

from __future__ import annotations

__all__ = ["ComponentHandle", "RecordingHandle"]

from collections.abc import Callable
from typing import Any


class RecordingHandle:
    """A dataset handle that notes each request before it passes it on.

    It has only the ``get`` method of handles, with its ``component``
    argument: neither parameters nor other storage classes.

    Parameters
    ----------
    handle : `lsst.pipe.base.InMemoryDatasetHandle`
        What really has the dataset.
    """

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self.requests: list[str | None] = []

    def get(self, *, component: str | None = None) -> Any:
        """Return the dataset or one of its components."""
        self.requests.append(component)
        return self._handle.get(component=component)


class ComponentHandle:
    """A handle of an exposure of which only some components exist.

    There is no exposure behind it, so it can neither give all of it nor
    components that it was not told; both raise `KeyError`.

    Parameters
    ----------
    **components
        Functions that make the components, by name. They are called each time
        that the component is asked for, so no pixels are kept.
    """

    def __init__(self, **components: Callable[[], Any]) -> None:
        self._components = components

    def get(self, *, component: str | None = None) -> Any:
        """Make a component."""
        if component is None:
            raise KeyError("There is no whole exposure.")
        return self._components[component]()
