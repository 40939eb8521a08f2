"""Observatory and weather, with the interface of the stack's ``lsst.afw.coord``."""

from __future__ import annotations

from ._observatory import Observatory
from ._weather import Weather

__all__ = ["Observatory", "Weather"]
