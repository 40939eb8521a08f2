"""Reading the WCS classes that preceded `SkyWcs`."""

from __future__ import annotations

__all__: list[str] = []

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lsst.daf.base import PropertyList
from lsst_stacklite.archives import persistable_reader

from ._sky_wcs import SkyWcs
from ._wcs_metadata import makeSipMatrixMetadata

if TYPE_CHECKING:
    from lsst_stacklite.archives import ArchiveReader

_SIP_COLUMNS = {"A": "A", "B": "B", "AP": "Ap", "BP": "Bp"}


@persistable_reader("Wcs", "TanWcs", id_fields=())
def _read_old_wcs(archive: ArchiveReader, tables: Sequence[Any]) -> SkyWcs:
    has_sip = len(tables) > 1
    metadata = _keywords(tables[0][0], "-SIP" if has_sip else "")
    if has_sip:
        for name, column in _SIP_COLUMNS.items():
            _add_sip(metadata, name, np.asarray(tables[1][0][column], dtype=float))
    return SkyWcs(metadata)


def _keywords(row: Any, suffix: str) -> PropertyList:
    result = PropertyList()
    for axis, letter in ((1, "x"), (2, "y")):
        ctype = row[f"ctype{axis}"]
        result.set(f"CTYPE{axis}", ctype if ctype.endswith(suffix) else ctype + suffix)
        result.set(f"CRVAL{axis}", float(row[f"crval_{letter}"]))
        # The table counts pixels from 0, FITS from 1.
        result.set(f"CRPIX{axis}", float(row[f"crpix_{letter}"]) + 1.0)
        result.set(f"CUNIT{axis}", row[f"cunit{axis}"])
    for name, value in zip(("CD1_1", "CD2_1", "CD1_2", "CD2_2"), row["cd"], strict=True):
        result.set(name, float(value))
    result.set("RADESYS", row["radesys"])
    result.set("EQUINOX", float(row["equinox"]))
    return result


def _add_sip(metadata: PropertyList, name: str, flat: np.ndarray) -> None:
    """Add a SIP polynomial, stored column by column."""
    size = round(flat.size**0.5)
    if size > 1:
        matrix = flat.reshape(size, size).T
        metadata.combine(makeSipMatrixMetadata(matrix, name))
