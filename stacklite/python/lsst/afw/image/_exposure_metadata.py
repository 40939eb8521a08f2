"""Headers of an exposure: components that they describe, and cards that are left for the user."""

from __future__ import annotations

__all__ = ["STANDARD_KEYS", "ExposureHeaders", "filter_label_from_name"]

import logging
import re
from functools import cached_property
from typing import Any

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.fits import combineMetadata
from lsst.afw.fits._metadata import header_to_metadata
from lsst.afw.geom import SkyWcs, makeSkyWcs
from lsst.daf.base import PropertyList
from lsst_stacklite._exposure_components import COMPONENTS, FILTER, WCS

from ._filter_label import FilterLabel
from ._planes_reader import PlanesFitsReader
from ._visit_info import VisitInfo
from ._visit_info_header import stripVisitInfoKeywords

_log = logging.getLogger("lsst.afw.image.ExposureFitsReader")

_VERSION = 2

STANDARD_KEYS = tuple(component.key for component in COMPONENTS if component.in_first_version)
"""Components that every version refers to by ``<key>_ID``."""

_GENERIC = "ARCHIVE_ID_"

# Written for other readers, or used up on reading.
_CONSUMED = re.compile(
    r"AR_HDU|EXPID|DETNAME|DETSER|LTV[12]|MJD-OBS|DATE-OBS|EXTTYPE|WCS_ID|ARCHIVE_ID_.*"
    r"|(CTYPE|CRPIX|CRVAL|CUNIT)[12]A"
)
_WCS_KEYS = re.compile(
    r"WCSAXES|WCSNAME|CRPIX\d|CRVAL\d|CTYPE\d|CUNIT\d|CDELT\d|CROTA\d|CD\d_\d|PC\d_\d|PV\d_\d+|PS\d_\d+"
    r"|RADESYS|RADECSYS|EQUINOX|LONPOLE|LATPOLE|(A|B|AP|BP)_(ORDER|DMAX|\d+_\d+)"
)
# AST, with which the stack strips the cards of a WCS, leaves the orders of polynomials.
_USED_WCS_KEYS = re.compile(_WCS_KEYS.pattern.replace("ORDER|", ""))
_FLUX_KEYS = ("FLUXMAG0", "FLUXMAG0ERR")

_BAND_OF_NAME = {"r2": ("r", "HSC-R2"), "i2": ("i", "HSC-I2"), "SOLID": (None, "solid plate 0.0 0.0")}
_BANDS = re.compile(r"[ugrizy]|SH|PH|VR|white|N\d+|I\d{2,}")


def filter_label_from_name(name: str) -> FilterLabel | None:
    """Interpret the FILTER keyword of exposures of versions 0 and 1.

    Parameters
    ----------
    name : `str`
        Value of the keyword.

    Returns
    -------
    label : `FilterLabel` or `None`
        `None` if the name stands for an unknown filter.
    """
    name = name.rstrip()
    if name in ("", "_unknown_"):
        return None
    if name in _BAND_OF_NAME:
        return FilterLabel(*_BAND_OF_NAME[name])
    return FilterLabel.fromBand(name) if _BANDS.fullmatch(name) else FilterLabel.fromPhysical(name)


def _last_values(metadata: PropertyList) -> PropertyList:
    """Keep the last of repeated values, and all comments."""
    result = PropertyList()
    for name in metadata.getOrderedNames():
        values = metadata.getArray(name)
        result.set(name, values if name in ("COMMENT", "HISTORY") else values[-1], metadata.getComment(name))
    return result


class ExposureHeaders:
    """Primary and image header of an exposure file, parsed when needed.

    Parameters
    ----------
    reader : `PlanesFitsReader`
        The open file.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the format is newer than what can be read.
    """

    def __init__(self, reader: PlanesFitsReader) -> None:
        self._reader = reader
        self.primary = header_to_metadata(reader._file.primary)
        self.version = int(self._primary_value("EXPINFO_V", 0))
        if self.version > _VERSION:
            raise pex_exceptions.TypeError(
                f"{reader.fileName}: an exposure of version {self.version}; up to {_VERSION} can be read."
            )

    def _primary_value(self, key: str, default: Any) -> Any:
        return self.primary.getArray(key)[-1] if self.primary.exists(key) else default

    @property
    def archive_hdu(self) -> int | None:
        """0-based HDU of the archive index, or `None`."""
        number = int(self._primary_value("AR_HDU", 0))
        return number - 1 if number > 0 else None

    @cached_property
    def component_ids(self) -> dict[str, int]:
        """Component name -> archive ID, without the null ones, in order of IDs."""
        ids = {key: self._primary_value(f"{key}_ID", 0) for key in STANDARD_KEYS}
        if self.version > 0:
            for name in self.primary.getOrderedNames():
                if name.startswith(_GENERIC):
                    ids.setdefault(name.removeprefix(_GENERIC), 0)
                    ids[name.removeprefix(_GENERIC)] = self._primary_value(name, 0)
        if self.version >= 2:
            ids[FILTER.key] = ids.get(FILTER.key) or self._primary_value(f"{FILTER.key}_ID", 0)
        return {key: int(value) for key, value in sorted(ids.items(), key=lambda i: int(i[1])) if value}

    @cached_property
    def combined(self) -> PropertyList:
        """Cards of both headers before anything is taken out; image wins.

        Very old files have everything in the image header, which then has no
        INHERIT card, or one that says no.
        """
        plane = self._reader._plane("IMAGE")
        image = self.image
        if plane.index == 0 or plane.header.get("INHERIT") not in (True, "T"):
            return _last_values(image)
        return _last_values(combineMetadata(self.primary, image))

    @cached_property
    def image(self) -> PropertyList:
        """Cards of the image header alone."""
        return header_to_metadata(self._reader._plane("IMAGE").header)

    @cached_property
    def _of_exposure(self) -> PropertyList:
        """Cards that describe the exposure, apart from its WCS.

        Where INHERIT stands in the primary header, too, these are the cards of
        that header alone (agrees with the stack).
        """
        return _last_values(self.primary) if self.combined.exists("INHERIT") else self.combined

    def exposure_id(self) -> int | None:
        """Return EXPID, or `None`."""
        value = self._of_exposure.getScalar("EXPID") if self._of_exposure.exists("EXPID") else None
        return None if value is None else int(value)

    @cached_property
    def visit_info(self) -> VisitInfo:
        """Visit info; values that are not in the header are unknown."""
        return VisitInfo(self._of_exposure)

    @cached_property
    def wcs(self) -> SkyWcs | None:
        """WCS that the headers describe, or `None`."""
        if not any(_WCS_KEYS.fullmatch(name) for name in self.combined.getOrderedNames()):
            return None
        try:
            return makeSkyWcs(self.combined)
        except pex_exceptions.TypeError as err:
            _log.debug("%s has no WCS in its headers: %s", self._reader.fileName, err)
            return None

    def filter_label(self) -> FilterLabel | None:
        """Return the label that the FILTER keyword of versions 0 and 1 means."""
        if not self._of_exposure.exists("FILTER"):
            return None
        return filter_label_from_name(str(self._of_exposure.getScalar("FILTER")))

    @cached_property
    def metadata(self) -> PropertyList:
        """Cards that are left for the user, one list for all who ask."""
        metadata = self._of_exposure.deepCopy()
        stripVisitInfoKeywords(metadata)
        identifiers = {f"{key}_ID" for key in (*STANDARD_KEYS, *self.component_ids, FILTER.key)}
        old = _FLUX_KEYS if self.version == 0 else ()
        # Of a WCS that could not be read, the cards are all that there is.
        has_wcs = WCS.key in self.component_ids or self.wcs is not None
        is_primary = metadata.exists("INHERIT")
        if is_primary:
            metadata.remove("EXPINFO_V")
        for name in metadata.getOrderedNames():
            of_wcs = has_wcs and not is_primary and _USED_WCS_KEYS.fullmatch(name)
            used = _CONSUMED.fullmatch(name) or of_wcs
            if used or name in identifiers or name in old:
                metadata.remove(name)
        return metadata
