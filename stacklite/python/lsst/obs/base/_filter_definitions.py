"""Filters of an instrument."""

from __future__ import annotations

__all__ = ["FilterDefinition", "FilterDefinitionCollection"]

import dataclasses
from collections.abc import Sequence
from typing import overload

from lsst.afw.image import FilterLabel


@dataclasses.dataclass(frozen=True)
class FilterDefinition:
    """One filter of an instrument.

    Parameters
    ----------
    physical_filter : `str`
        Name of the piece of glass.
    band : `str`, optional
        Name of the wave band, shared by instruments.
    doc : `str`, optional
        Short description.
    afw_name : `str`, optional
        Name in old files.
    alias : `frozenset` [`str`], optional
        Further names.
    """

    physical_filter: str
    band: str | None = None
    doc: str | None = None
    afw_name: str | None = None
    alias: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "alias", frozenset(self.alias))

    def makeFilterLabel(self) -> FilterLabel:
        """Return the label of this filter."""
        return FilterLabel(band=self.band, physical=self.physical_filter)


class FilterDefinitionCollection(Sequence[FilterDefinition]):
    """The filters of an instrument, in a fixed order.

    Parameters
    ----------
    *filters : `FilterDefinition`
        Definitions.

    Raises
    ------
    ValueError
        Raised if two have the same physical filter.
    """

    def __init__(self, *filters: FilterDefinition) -> None:
        self._filters = tuple(filters)
        names = [definition.physical_filter for definition in filters]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"physical filters are defined more than once: {repeated}.")
        self.physical_to_band = {f.physical_filter: f.band for f in filters}

    @overload
    def __getitem__(self, key: int) -> FilterDefinition: ...

    @overload
    def __getitem__(self, key: slice) -> tuple[FilterDefinition, ...]: ...

    def __getitem__(self, key: int | slice) -> FilterDefinition | tuple[FilterDefinition, ...]:
        return self._filters[key]

    def __len__(self) -> int:
        return len(self._filters)

    def __repr__(self) -> str:
        return f"FilterDefinitionCollection{self._filters!r}"

    def findAll(self, name: str) -> set[FilterDefinition]:
        """Return the definitions that a physical, band or other name matches."""
        return {
            f for f in self._filters if name in (f.physical_filter, f.band, f.afw_name) or name in f.alias
        }
