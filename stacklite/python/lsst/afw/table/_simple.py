"""Catalogs of sky positions."""

from __future__ import annotations

__all__ = ["SimpleCatalog", "SimpleRecord", "SimpleTable"]

from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

from lsst.daf.base import PropertyList
from lsst_stacklite._overloads import bind

from ._aggregates import CoordKey
from ._base import BaseRecord, BaseTable, TableWithId
from ._catalog import BaseCatalog
from ._catalog_types import catalog_type
from ._field import KeyBase, make_key
from ._id_factory import IdFactory
from ._schema import Schema

if TYPE_CHECKING:
    from lsst.geom import Angle, SpherePoint

    from ._block import Block
    from ._mapper import SchemaMapper

_ID: KeyBase = make_key("L", "id")
_COORD = CoordKey(make_key("Angle", "coord_ra", offset=8), make_key("Angle", "coord_dec", offset=16))


class SimpleRecord(BaseRecord):
    """A row with an ID and a sky position."""

    __slots__ = ()

    def getId(self) -> int:
        """Return the ID."""
        return int(self._block.data["id"][self._row])

    def setId(self, value: int, /) -> None:
        """Set the ID."""
        self.set("id", value)

    def getCoord(self) -> SpherePoint:
        """Return the position (ICRS)."""
        return _COORD.get(self)

    def setCoord(self, coord: SpherePoint, /) -> None:
        """Set the position (ICRS)."""
        _COORD.set(self, coord)

    def getRa(self) -> Angle:
        """Return the right ascension."""
        return self.get("coord_ra")

    def setRa(self, value: Angle, /) -> None:
        """Set the right ascension."""
        self.set("coord_ra", value)

    def getDec(self) -> Angle:
        """Return the declination."""
        return self.get("coord_dec")

    def setDec(self, value: Angle, /) -> None:
        """Set the declination."""
        self.set("coord_dec", value)


class SimpleTable(TableWithId):
    """Table of `SimpleRecord`; new records get IDs from a factory.

    Parameters
    ----------
    schema : `Schema`
        Fields; aliases are copied.
    idFactory : `IdFactory` or `None`, optional
        `None`: all IDs are 0. By default they are 1, 2, 3, ..
    """

    Record: ClassVar[type[BaseRecord]] = SimpleRecord
    _afw_type: ClassVar[str] = "SIMPLE"
    _minimal: ClassVar[tuple[tuple[str, str, str, str], ...]] = (
        ("id", "L", "unique ID", ""),
        ("coord_ra", "Angle", "position in ra/dec", ""),
        ("coord_dec", "Angle", "position in ra/dec", ""),
    )

    def __init__(self, schema: Schema, *idFactory: IdFactory | None) -> None:
        super().__init__(schema)
        self._metadata = PropertyList()
        (self._id_factory,) = idFactory or (IdFactory.makeSimple(),)

    @overload
    @classmethod
    def make(cls, schema: Schema, /) -> Self: ...
    @overload
    @classmethod
    def make(cls, schema: Schema, idFactory: IdFactory | None, /) -> Self: ...
    @classmethod
    def make(cls, *args: Any, **kwargs: Any) -> Self:
        """Make a table with this schema (and factory of IDs, or none)."""
        checks = {"Schema": Schema, "IdFactory": IdFactory}
        return cls(*bind(SimpleTable.make, checks, (cls, *args), kwargs).values())

    @overload  # type: ignore[override]
    def copyRecord(self, other: BaseRecord) -> Any: ...
    @overload
    def copyRecord(self, other: BaseRecord, mapper: SchemaMapper) -> Any: ...
    def copyRecord(self, other: BaseRecord, mapper: SchemaMapper | None = None) -> Any:
        """Make a new record and assign another one to it."""
        return super().copyRecord(other, mapper)

    def getIdFactory(self) -> IdFactory | None:
        """Return the factory of IDs."""
        return self._id_factory

    def setIdFactory(self, idFactory: IdFactory | None) -> None:
        """Set the factory of IDs."""
        self._id_factory = idFactory

    def clone(self) -> Self:
        """Return a table of the same schema, with copies of metadata and factory."""
        new = super().clone()
        new._id_factory = None if self._id_factory is None else self._id_factory.clone()
        return new

    def _allocate(self, n: int) -> tuple[Block, int]:
        block, first = super()._allocate(n)
        if self._id_factory is not None:
            block.data["id"][first : first + n] = self._id_factory._advance(n)
        return block, first

    @staticmethod
    def getIdKey() -> KeyBase:
        """Return the key of the ID."""
        return _ID

    @staticmethod
    def getCoordKey() -> CoordKey:
        """Return the key of the position."""
        return _COORD


class SortedCatalog(BaseCatalog):
    """A catalog whose records have IDs, by which they are found and sorted."""

    def sort(self, key: KeyBase | None = None) -> None:
        """Sort in place, by default by ID."""
        super().sort(_ID if key is None else key)

    def isSorted(self, key: KeyBase | None = None) -> bool:
        """Return whether a column (by default the ID) does not decrease."""
        return super().isSorted(_ID if key is None else key)

    def find(self, value: Any, key: KeyBase | None = None) -> Any:
        """Return a record whose field (by default the ID) has a value, or `None`.

        The catalog need not be sorted.
        """
        return super().find(value, _ID if key is None else key)


@catalog_type()
class SimpleCatalog(SortedCatalog):
    """Catalog of `SimpleRecord`.

    Parameters
    ----------
    schema : `Schema`
        Schema of a new table.
    table : `SimpleTable`, optional
        Table of the records, instead; without any the catalog stays empty.
    other : `SimpleCatalog`
        Catalog whose records are shared, instead.
    """

    @overload
    def __init__(self, schema: Schema, /) -> None: ...
    @overload
    def __init__(self, table: BaseTable | None = None) -> None: ...
    @overload
    def __init__(self, other: BaseCatalog, /) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._start(args, kwargs)

    dtype: ClassVar[str] = "Simple"
    Table: ClassVar[type[BaseTable]] = SimpleTable
    Record: ClassVar[type[BaseRecord]] = SimpleRecord
