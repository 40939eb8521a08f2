"""Catalogs of measured sources, with slots."""

from __future__ import annotations

__all__ = ["SOURCE_IO_NO_FOOTPRINTS", "SourceCatalog", "SourceColumnView", "SourceRecord", "SourceTable"]

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lsst.afw.fits import FitsError

from ._attached import AttachedObjects
from ._base import BaseRecord, BaseTable
from ._catalog_types import catalog_type
from ._columns import ColumnView
from ._field import FieldBase, KeyBase, make_field, make_key
from ._fits_columns import ReadTable
from ._mapper import SchemaMapper
from ._schema import Schema
from ._simple import SimpleCatalog, SimpleRecord, SimpleTable
from ._slots import FLUX_SLOTS, SlotDefinition, slot_definition

if TYPE_CHECKING:
    from lsst.afw.geom.ellipses import Quadrupole
    from lsst.geom import Point2D

    from .io._output_archive import ArchiveWriter

SOURCE_IO_NO_FOOTPRINTS = 1
"""Flag of ``readFits`` and ``writeFits``: leave footprints out."""

_PARENT: KeyBase = make_key("L", "parent")


class SourceRecord(SimpleRecord):
    """A measured source."""

    __slots__ = ()

    def getParent(self) -> int:
        """Return the ID of the parent source, 0 for none."""
        return int(self.get("parent"))

    def setParent(self, id: int) -> None:  # noqa: A002
        """Set the ID of the parent source."""
        self.set("parent", id)

    def getX(self) -> float:
        """Return the x position of the centroid slot."""
        return float(self.get("slot_Centroid_x"))

    def getY(self) -> float:
        """Return the y position of the centroid slot."""
        return float(self.get("slot_Centroid_y"))

    def _slot(self, name: str) -> SlotDefinition:
        return slot_definition(self.table._schema, name)

    def getCentroid(self) -> Point2D:
        """Return the centroid slot."""
        return self.get(self._slot("Centroid").measKey)

    def getCentroidErr(self) -> np.ndarray:
        """Return the covariance matrix (pixel^2) of the centroid slot."""
        return self.get(self._slot("Centroid").errKey)

    def getCentroidFlag(self) -> bool:
        """Return whether the flag of the centroid slot is set."""
        return bool(self.get("slot_Centroid_flag"))

    def getShape(self) -> Quadrupole:
        """Return the second moments of the shape slot."""
        return self.get(self._slot("Shape").measKey)

    def getShapeErr(self) -> np.ndarray:
        """Return the covariance matrix of (xx, yy, xy) of the shape slot."""
        return self.get(self._slot("Shape").errKey)

    def getIxx(self) -> float:
        """Return Ixx of the shape slot."""
        return float(self.get("slot_Shape_xx"))

    def getIyy(self) -> float:
        """Return Iyy of the shape slot."""
        return float(self.get("slot_Shape_yy"))

    def getIxy(self) -> float:
        """Return Ixy of the shape slot."""
        return float(self.get("slot_Shape_xy"))

    def getShapeFlag(self) -> bool:
        """Return whether the flag of the shape slot is set."""
        return bool(self.get("slot_Shape_flag"))


class SourceColumnView(ColumnView):
    """Columns of a catalog of sources, with those of the slots."""


def _getter(field: str) -> Callable[[SourceRecord | SourceColumnView], Any]:
    def getter(self: SourceRecord | SourceColumnView) -> Any:
        return self.get(field)

    getter.__doc__ = f"Return ``{field}``."
    return getter


for _slot in FLUX_SLOTS:
    _stem = _slot.removesuffix("Flux")
    for _class in (SourceRecord, SourceColumnView):
        setattr(_class, f"get{_stem}InstFlux", _getter(f"slot_{_slot}_instFlux"))
        setattr(_class, f"get{_stem}InstFluxErr", _getter(f"slot_{_slot}_instFluxErr"))
    setattr(SourceRecord, f"get{_stem}FluxFlag", _getter(f"slot_{_slot}_flag"))
for _name, _field in {"X": "Centroid_x", "Y": "Centroid_y"}.items():
    setattr(SourceColumnView, f"get{_name}", _getter(f"slot_{_field}"))
for _name in ("xx", "yy", "xy"):
    setattr(SourceColumnView, f"getI{_name}", _getter(f"slot_Shape_{_name}"))


class SourceTable(SimpleTable):
    """Table of `SourceRecord`."""

    Record: ClassVar[type[BaseRecord]] = SourceRecord
    _afw_type: ClassVar[str] = "SOURCE"
    _minimal: ClassVar[tuple[tuple[str, str, str, str], ...]] = (
        *SimpleTable._minimal,
        ("parent", "L", "unique ID of parent source", ""),
    )

    def copyRecord(self, other: BaseRecord, mapper: SchemaMapper | None = None, /) -> Any:
        """Make a new record and assign another one to it."""
        return BaseTable.copyRecord(self, other, mapper)

    @staticmethod
    def getParentKey() -> KeyBase:
        """Return the key of the parent ID."""
        return _PARENT


def _slot_definer(slot: str) -> Callable[[SourceTable, str], None]:
    def define(self: SourceTable, name: str) -> None:
        self._schema.getAliasMap().set(f"slot_{slot}", name)

    define.__doc__ = f"Let the {slot} slot be the measurement with this prefix."
    return define


def _slot_getter(slot: str) -> Callable[[SourceTable], SlotDefinition]:
    def get(self: SourceTable) -> SlotDefinition:
        return slot_definition(self._schema, slot)

    get.__doc__ = f"Return the keys of the {slot} slot."
    return get


for _slot in ("Centroid", "Shape", *FLUX_SLOTS):
    setattr(SourceTable, f"define{_slot}", _slot_definer(_slot))
    setattr(SourceTable, f"get{_slot}Slot", _slot_getter(_slot))


@catalog_type()
class SourceCatalog(SimpleCatalog):
    """Catalog of `SourceRecord`, without footprints."""

    Table: ClassVar[type[BaseTable]] = SourceTable
    Record: ClassVar[type[BaseRecord]] = SourceRecord

    def _view(self) -> SourceColumnView:
        return SourceColumnView(self)

    @classmethod
    def _take_objects(cls, table: ReadTable) -> AttachedObjects:
        """Drop the IDs of footprints; refuse them unless ``flags`` leave footprints out."""
        remaining = Schema()
        remaining.setAliasMap(table.schema.getAliasMap())
        for item in table.schema:
            if item.field.getName() != "footprint":
                remaining.addField(item.field)
        ids = table.arrays.pop("footprint", None)
        wanted = table.file is not None and not table.flags & SOURCE_IO_NO_FOOTPRINTS
        if wanted and ids is not None and ids.any():
            raise FitsError(
                f"{table.header.where}: footprints are not supported; read the catalog without them: "
                "flags=lsst.afw.table.SOURCE_IO_NO_FOOTPRINTS."
            )
        return AttachedObjects(remaining)

    def _write_objects(
        self, archive: ArchiveWriter, flags: int = 0
    ) -> tuple[list[FieldBase], dict[str, Any]]:
        """Return an empty column of footprint IDs, unless ``flags`` leave footprints out."""
        if flags & SOURCE_IO_NO_FOOTPRINTS:
            return [], {}
        return [make_field("I", "footprint", "archive ID for Footprint")], {
            "footprint": np.zeros(len(self), "i4")
        }
