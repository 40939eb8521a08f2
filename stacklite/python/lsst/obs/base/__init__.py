"""What connects a butler with images: formatters, delegates, instruments; initial WCSs."""

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
