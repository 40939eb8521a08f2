"""What connects a butler with images: formatters, delegates, instruments."""

from ._filter_definitions import FilterDefinition, FilterDefinitionCollection
from ._instrument import Instrument

__all__ = ["FilterDefinition", "FilterDefinitionCollection", "Instrument"]
