"""What connects a butler with images: formatters, delegates, instruments; initial WCSs."""

from __future__ import annotations

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from ._filter_definitions import FilterDefinition, FilterDefinitionCollection
from ._instrument import Instrument
from .utils import InitialSkyWcsError, createInitialSkyWcs, createInitialSkyWcsFromBoresight

__all__ = [
    "FilterDefinition",
    "FilterDefinitionCollection",
    "InitialSkyWcsError",
    "Instrument",
    "createInitialSkyWcs",
    "createInitialSkyWcsFromBoresight",
]
