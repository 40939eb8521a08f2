"""Names of the filter of an exposure."""

from __future__ import annotations

__all__ = ["FilterLabel", "getDatabaseFilterLabel"]

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from lsst.afw.typehandling import Storable
from lsst_stacklite.archives import FitsReadable, make_table, persistable_reader

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable

_NAME_LENGTH = 32
_FIELDS: list[tuple[Any, ...]] = [
    ("band_exists", "Flag", "whether there is a band", ""),
    ("band", "String", "name of the band", "", _NAME_LENGTH),
    ("physical_exists", "Flag", "whether there is a physical filter", ""),
    ("physical", "String", "name of the physical filter", "", _NAME_LENGTH),
]


class FilterLabel(FitsReadable, Storable):
    """A band, a physical filter, or both. Immutable.

    Parameters
    ----------
    band, physical : `str`, optional
        Names.

    Raises
    ------
    ValueError
        Raised if there is neither.
    TypeError
        Raised if a name is no text.
    """

    def __init__(self, band: str | None = None, physical: str | None = None) -> None:
        for name in (band, physical):
            if name is not None and not isinstance(name, str):
                raise TypeError(f"a name in a filter label is a text, not {name!r}.")
        if band is None and physical is None:
            raise ValueError("a filter label needs a band, a physical filter, or both.")
        self._band = band
        self._physical = physical

    @classmethod
    def fromBand(cls, band: str) -> Self:
        """Return a label with only a band."""
        return cls(band=band)

    @classmethod
    def fromPhysical(cls, physical: str) -> Self:
        """Return a label with only a physical filter."""
        return cls(physical=physical)

    @classmethod
    def fromBandPhysical(cls, band: str, physical: str) -> Self:
        """Return a label with both names."""
        return cls(band, physical)

    def hasBandLabel(self) -> bool:
        """Return whether there is a band."""
        return self._band is not None

    def hasPhysicalLabel(self) -> bool:
        """Return whether there is a physical filter."""
        return self._physical is not None

    @property
    def bandLabel(self) -> str:
        """The band; `RuntimeError` if there is none."""
        if self._band is None:
            raise RuntimeError(f"{self} has no band.")
        return self._band

    @property
    def physicalLabel(self) -> str:
        """The physical filter; `RuntimeError` if there is none."""
        if self._physical is None:
            raise RuntimeError(f"{self} has no physical filter.")
        return self._physical

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FilterLabel):
            return NotImplemented
        return (self._band, self._physical) == (other._band, other._physical)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash((self._band, self._physical))

    def __repr__(self) -> str:
        names = {"band": self._band, "physical": self._physical}
        shown = ", ".join(f'{key}="{name}"' for key, name in names.items() if name is not None)
        return f"FilterLabel({shown})"

    __str__ = __repr__

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        for name in (self._band, self._physical):
            if name is not None and len(name) > _NAME_LENGTH:
                raise ValueError(f"filter name {name!r} is longer than {_NAME_LENGTH} and cannot be stored.")
        row = (self.hasBandLabel(), self._band or "", self.hasPhysicalLabel(), self._physical or "")
        return [make_table(_FIELDS, [row])]


@persistable_reader("FilterLabel", of=FilterLabel, module="lsst.afw.image", id_fields=())
def _read_filter_label(archive: ArchiveReader, tables: Sequence[StoredTable]) -> FilterLabel:
    record = tables[0][0]
    band = record["band"] if record["band_exists"] else None
    return FilterLabel(band, record["physical"] if record["physical_exists"] else None)


def getDatabaseFilterLabel(filterLabel: str) -> str:
    """Return the name of a filter with what databases do not allow in names replaced by underscores."""
    return re.sub(r"[^A-Za-z0-9_]", "_", filterLabel)
