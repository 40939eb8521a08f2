"""The module name by which butler configurations call `SkyWcs`."""

from __future__ import annotations

from ._make_wcs import makeSkyWcs
from ._sky_wcs import SkyWcs

__all__ = ["SkyWcs", "makeSkyWcs"]
