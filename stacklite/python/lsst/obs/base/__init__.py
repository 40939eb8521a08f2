"""Formatters, delegates and instruments that connect a butler with images; initial WCSs."""

from __future__ import annotations

__all__ = [
    "FilterDefinition",
    "FilterDefinitionCollection",
    "InitialSkyWcsError",
    "Instrument",
    "MakeRawVisitInfoViaObsInfo",
    "TableVStack",
    "add_provenance_to_fits_header",
    "bboxFromIraf",
    "createInitialSkyWcs",
    "createInitialSkyWcsFromBoresight",
    "iso_date_to_curated_calib_file_root",
    "strip_provenance_from_fits_header",
]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from ._filter_definitions import FilterDefinition, FilterDefinitionCollection
from ._instrument import Instrument
from .makeRawVisitInfoViaObsInfo import MakeRawVisitInfoViaObsInfo
from .utils import (
    InitialSkyWcsError,
    TableVStack,
    add_provenance_to_fits_header,
    bboxFromIraf,
    createInitialSkyWcs,
    createInitialSkyWcsFromBoresight,
    iso_date_to_curated_calib_file_root,
    strip_provenance_from_fits_header,
)
