"""Observatory, weather and refraction, with the interface of the stack's ``lsst.afw.coord``."""

from __future__ import annotations

__all__ = ["Observatory", "Weather", "differentialRefraction", "refraction"]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from ._observatory import Observatory
from ._refraction import differentialRefraction, refraction
from ._weather import Weather
