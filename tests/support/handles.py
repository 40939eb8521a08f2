"""Handles that keep a record of what the task reads through them."""

from __future__ import annotations

__all__ = ["RecordingHandle"]

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

    def __init__(self, handle: Any):
        self._handle = handle
        self.requests: list[str | None] = []

    def get(self, *, component: str | None = None) -> Any:
        """Return the dataset or one of its components."""
        self.requests.append(component)
        return self._handle.get(component=component)
