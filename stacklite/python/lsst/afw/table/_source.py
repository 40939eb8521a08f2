"""Catalogs of measured sources, with slots."""

from __future__ import annotations

__all__ = ["SourceCatalog", "SourceRecord", "SourceTable"]

from typing import Any, ClassVar

from lsst.afw.fits._errors import FitsError
from lsst.afw.fits._file import FitsFile

from ._attached import AttachedObjects
from ._base import BaseRecord, BaseTable
from ._field import Field, Key, make_field, make_key
from ._fits_columns import TableHeader
from ._schema import Schema
from ._simple import SimpleCatalog, SimpleRecord, SimpleTable

_PARENT: Key = make_key("L", "parent")


class SourceRecord(SimpleRecord):
    """A measured source."""

    __slots__ = ()

    def getParent(self) -> int:
        """Return the ID of the parent source, 0 for none."""
        return int(self.get("parent"))

    def setParent(self, value: int) -> None:
        """Set the ID of the parent source."""
        self.set("parent", value)

    def getX(self) -> float:
        """Return the x position of the centroid slot."""
        return float(self.get("slot_Centroid_x"))

    def getY(self) -> float:
        """Return the y position of the centroid slot."""
        return float(self.get("slot_Centroid_y"))

    def getCentroid(self) -> Any:
        """Return the centroid slot."""
        from lsst.geom import Point2D

        return Point2D(self.getX(), self.getY())

    def getCentroidFlag(self) -> bool:
        """Return the flag of the centroid slot."""
        return bool(self.get("slot_Centroid_flag"))

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
        """Return the flag of the shape slot."""
        return bool(self.get("slot_Shape_flag"))


def _flux_getter(slot: str, suffix: str) -> Any:
    def getter(self: SourceRecord) -> Any:
        return self.get(f"slot_{slot}_{suffix}")

    getter.__doc__ = f"Return ``{suffix}`` of the {slot} slot."
    return getter


for _slot in ("PsfFlux", "ApFlux", "GaussianFlux", "ModelFlux", "CalibFlux"):
    _stem = _slot.removesuffix("Flux")
    setattr(SourceRecord, f"get{_stem}InstFlux", _flux_getter(_slot, "instFlux"))
    setattr(SourceRecord, f"get{_stem}InstFluxErr", _flux_getter(_slot, "instFluxErr"))
    setattr(SourceRecord, f"get{_stem}FluxFlag", _flux_getter(_slot, "flag"))


class SourceTable(SimpleTable):
    """Table of `SourceRecord`."""

    Record: ClassVar[type[BaseRecord]] = SourceRecord
    _afw_type: ClassVar[str] = "SOURCE"
    _component_names: ClassVar[tuple[str, ...]] = ("footprint",)
    _minimal: ClassVar[tuple[tuple[str, str, str, str], ...]] = (
        *SimpleTable._minimal,
        ("parent", "L", "unique ID of parent source", ""),
    )

    @staticmethod
    def getParentKey() -> Key:
        """Return the key of the parent ID."""
        return _PARENT


def _slot_definer(slot: str) -> Any:
    def define(self: SourceTable, target: str) -> None:
        self._schema.getAliasMap().set(f"slot_{slot}", target)

    define.__doc__ = f"Let the {slot} slot be the measurement with this prefix."
    return define


for _slot in ("Centroid", "Shape", "PsfFlux", "ApFlux", "GaussianFlux", "ModelFlux", "CalibFlux"):
    setattr(SourceTable, f"define{_slot}", _slot_definer(_slot))


class SourceCatalog(SimpleCatalog):
    """Catalog of `SourceRecord`.

    Footprints are not supported: they pass through files unevaluated.
    """

    Table: ClassVar[type[BaseTable]] = SourceTable
    Record: ClassVar[type[BaseRecord]] = SourceRecord

    @classmethod
    def _take_objects(
        cls, file: FitsFile | None, index: int, header: TableHeader, schema: Schema, arrays: dict[str, Any]
    ) -> AttachedObjects:
        """Refuse footprints; drop the empty column of their IDs."""
        remaining = Schema()
        remaining.setAliasMap(schema.getAliasMap())
        for item in schema:
            if item.field.getName() != "footprint":
                remaining.addField(item.field)
        if file is not None and "footprint" in arrays and arrays.pop("footprint").any():
            raise FitsError(f"{header.where}: source catalogs with footprints are not supported.")
        return AttachedObjects(remaining)

    def _write_objects(self, archive: Any) -> tuple[list[Field], dict[str, Any]]:
        """Return an empty column of footprint IDs."""
        import numpy as np

        return [make_field("I", "footprint", "archive ID for Footprint")], {
            "footprint": np.zeros(len(self), "i4")
        }


SourceTable.Catalog = SourceCatalog
