"""`SkyWcs` in the module whose name the butler's configuration has."""

from __future__ import annotations

__all__ = ["SkyWcs", "makeSkyWcs"]

from ._make_wcs import makeSkyWcs
from ._sky_wcs import SkyWcs
