"""Sky maps that make all their tracts at once."""

from __future__ import annotations

__all__ = ["ListedSkyMap"]

from typing import Any, ClassVar

from .baseSkyMap import BaseSkyMap


class ListedSkyMap(BaseSkyMap):
    """A sky map with a list of tracts, whose pickle holds the configuration."""

    _version: ClassVar[tuple[int, int]] = (1, 0)

    def getVersion(self) -> tuple[int, int]:
        """Return the version of the layout, a part of the pickle."""
        return self._version

    def __getstate__(self) -> dict[str, Any]:
        return {"version": self._version, "config": self.config}

    def __setstate__(self, stateDict: dict[str, Any]) -> None:
        version = stateDict["version"]
        if version >= (2, 0):
            raise RuntimeError(
                f"Version {version} of {type(self).__name__} is unknown; the known one is {self._version}."
            )
        self.__init__(stateDict["config"])  # type: ignore[misc]
