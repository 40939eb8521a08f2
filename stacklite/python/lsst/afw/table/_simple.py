"""Catalogs of sky positions."""

from __future__ import annotations

__all__ = ["SimpleCatalog", "SimpleRecord", "SimpleTable"]

from typing import Any, ClassVar

from ._aggregates import CoordKey
from ._base import BaseRecord, BaseTable
from ._catalog import BaseCatalog
from ._field import Key, make_key

_ID: Key = make_key("L", "id")
_COORD = CoordKey(make_key("Angle", "coord_ra"), make_key("Angle", "coord_dec"))


class SimpleRecord(BaseRecord):
    """A row with an ID and a sky position."""

    __slots__ = ()

    def getId(self) -> int:
        """Return the ID."""
        return int(self._block.data["id"][self._row])

    def setId(self, value: int) -> None:
        """Set the ID."""
        self.set("id", value)

    def getCoord(self) -> Any:
        """Return the position (ICRS)."""
        return _COORD.get(self)

    def setCoord(self, coord: Any) -> None:
        """Set the position (ICRS)."""
        _COORD.set(self, coord)

    def getRa(self) -> Any:
        """Return the right ascension."""
        return self.get("coord_ra")

    def setRa(self, value: Any) -> None:
        """Set the right ascension."""
        self.set("coord_ra", value)

    def getDec(self) -> Any:
        """Return the declination."""
        return self.get("coord_dec")

    def setDec(self, value: Any) -> None:
        """Set the declination."""
        self.set("coord_dec", value)


class SimpleTable(BaseTable):
    """Table of `SimpleRecord`."""

    Record: ClassVar[type[BaseRecord]] = SimpleRecord
    _afw_type: ClassVar[str] = "SIMPLE"
    _minimal: ClassVar[tuple[tuple[str, str, str, str], ...]] = (
        ("id", "L", "unique ID", ""),
        ("coord_ra", "Angle", "position in ra/dec", ""),
        ("coord_dec", "Angle", "position in ra/dec", ""),
    )

    @staticmethod
    def getIdKey() -> Key:
        """Return the key of the ID."""
        return _ID

    @staticmethod
    def getCoordKey() -> CoordKey:
        """Return the key of the position."""
        return _COORD


class SortedCatalog(BaseCatalog):
    """A catalog whose records have IDs, by which they are found and sorted."""

    def sort(self, key: Any = _ID, reverse: bool = False) -> None:
        """Sort in place, by default by ID."""
        super().sort(key, reverse)

    def isSorted(self, key: Any = _ID) -> bool:
        """Whether a column (by default the ID) does not decrease."""
        return super().isSorted(key)

    def find(self, value: Any, key: Any = _ID) -> Any:
        """Return a record in whose field (by default the ID) a value stands, or `None`.

        The catalog need not be sorted.
        """
        return super().find(value, key)


class SimpleCatalog(SortedCatalog):
    """Catalog of `SimpleRecord`."""

    Table: ClassVar[type[BaseTable]] = SimpleTable
    Record: ClassVar[type[BaseRecord]] = SimpleRecord


SimpleTable.Catalog = SimpleCatalog
