"""Catalogs of measured sources, with slots."""

from __future__ import annotations

__all__ = [
    "SOURCE_IO_NO_FOOTPRINTS",
    "SOURCE_IO_NO_HEAVY_FOOTPRINTS",
    "SourceCatalog",
    "SourceColumnView",
    "SourceRecord",
    "SourceTable",
    "sky_covariances",
]

import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, overload

import numpy as np
from numpy.typing import ArrayLike

from lsst.afw.fits import FitsError
from lsst.geom import Point2D
from lsst.pex.exceptions import LogicError
from lsst_stacklite._overloads import bind

from ._aggregates import CoordKey, QuadrupoleKey
from ._attached import AttachedObjects, without_fields
from ._base import BaseRecord, BaseTable
from ._catalog_types import catalog_type
from ._column_view import BaseColumnView
from ._field import FieldBase, KeyBase, make_field, make_key
from ._fits_columns import ReadTable
from ._id_factory import IdFactory
from ._mapper import SchemaMapper
from ._point_keys import Point2DKey
from ._schema import Schema
from ._simple import SimpleCatalog, SimpleRecord, SimpleTable
from ._slots import FLUX_SLOTS, SlotDefinition, check_slots, slot_definition

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.afw.geom.ellipses import Quadrupole

    from .io._output_archive import ArchiveWriter

SOURCE_IO_NO_FOOTPRINTS = 1
"""Flag of ``readFits`` and ``writeFits``: leave footprints out."""

SOURCE_IO_NO_HEAVY_FOOTPRINTS = 2
"""Flag of ``readFits`` and ``writeFits``: leave the pixels of footprints out."""

# After the three fields of simple records.
_PARENT: KeyBase = make_key("L", "parent", offset=24)


class SourceRecord(SimpleRecord):
    """A measured source."""

    __slots__ = ()

    def getParent(self) -> int:
        """Return the ID of the parent source, 0 for none."""
        return int(self.get("parent"))

    def setParent(self, id: int) -> None:  # noqa: A002
        """Set the ID of the parent source."""
        self.set("parent", id)

    def _slot(self, name: str) -> SlotDefinition:
        return slot_definition(self._block.table._schema, name)

    def getCentroid(self) -> Point2D:
        """Return the centroid slot; `LogicError` if it is not defined."""
        return self.get(self._slot("Centroid").getMeasKey())

    def getCentroidErr(self) -> np.ndarray:
        """Return the covariance matrix (pixel^2) of the centroid slot, or zeros."""
        return self.get(self._slot("Centroid").getErrKey())

    def getShape(self) -> Quadrupole:
        """Return the second moments of the shape slot; `LogicError` if it is not defined."""
        return self.get(self._slot("Shape").getMeasKey())

    def getShapeErr(self) -> np.ndarray:
        """Return the covariance matrix of (xx, yy, xy) of the shape slot, or zeros."""
        return self.get(self._slot("Shape").getErrKey())

    def getPsfShape(self) -> Quadrupole:
        """Return the second moments of the PSF, from the slot of its shape.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if the slot is not defined.
        """
        return self.get(QuadrupoleKey(self._block.table._schema["slot_PsfShape"]))

    @overload
    def updateCoord(self, wcs: SkyWcs, include_covariance: bool = True) -> None: ...
    @overload
    def updateCoord(self, wcs: SkyWcs, key: Point2DKey, include_covariance: bool = True) -> None: ...
    def updateCoord(self, *args: Any, **kwargs: Any) -> None:
        """Set the sky position from the centroid.

        Parameters
        ----------
        wcs : `~lsst.afw.geom.SkyWcs`
            WCS of the image.
        key : `Point2DKey`, optional
            Centroid, by default that of the slot.
        include_covariance : `bool`, optional
            Whether the covariance matrix of the position is set, too, from
            that of the centroid slot.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the centroid slot is not defined.
        lsst.pex.exceptions.NotFoundError
            Raised if there are no fields for the covariance.
        """
        checks = {"Point2DKey": Point2DKey, "bool": bool}
        given = bind(SourceRecord.updateCoord, checks, (self, *args), kwargs)
        center = self.get(given["key"]) if "key" in given else self.getCentroid()
        self.setCoord(given["wcs"].pixelToSky(center))
        if given.get("include_covariance", True):
            key = CoordKey.getErrorKey(self._block.table._schema)
            key.set(self, sky_covariances(given["wcs"], [center], [self.getCentroidErr()])[0])


def sky_covariances(wcs: SkyWcs, centers: Sequence[Point2D], covariances: ArrayLike) -> np.ndarray:
    """Return covariance matrices of right ascension, times cos(dec), and declination.

    The derivatives are central differences over one pixel in the tangent
    plane at the position.

    Parameters
    ----------
    wcs : `~lsst.afw.geom.SkyWcs`
        WCS of the image.
    centers : `~collections.abc.Sequence` [`lsst.geom.Point2D`]
        Positions, pixels.
    covariances : array_like, shape (n, 2, 2)
        Covariance matrices of them, pixel^2.

    Returns
    -------
    on_sky : `numpy.ndarray`, shape (n, 2, 2)
        Covariance matrices, rad^2; NaN where a position is not finite.
    """
    x, y = np.array([(center.x, center.y) for center in centers], dtype=float).T
    steps_x, steps_y = 0.5 * np.array([[1, -1, 0, 0], [0, 0, 1, -1]])[..., np.newaxis]
    sky = wcs._pixel_to_sky_array(x, y)
    offsets = _tangent_plane_offsets(*sky, *wcs._pixel_to_sky_array(x + steps_x, y + steps_y))
    # Axes: source, coordinate on the sky, coordinate in pixels.
    matrices = (offsets[:, ::2] - offsets[:, 1::2]).transpose(2, 0, 1)
    result = matrices @ np.asarray(covariances, dtype=float) @ matrices.transpose(0, 2, 1)
    result[~(np.isfinite(x) & np.isfinite(y))] = np.nan
    return result


@np.errstate(all="ignore")  # C++ does not warn
def _tangent_plane_offsets(
    ra: np.ndarray, dec: np.ndarray, other_ra: np.ndarray, other_dec: np.ndarray
) -> np.ndarray:
    """Return what `lsst.geom.SpherePoint.getTangentPlaneOffset` does, for arrays of radians."""
    scale = np.sin(dec) * np.sin(other_dec) + np.cos(dec) * np.cos(other_dec) * np.cos(other_ra - ra)
    xi = np.cos(dec) * np.sin(other_ra - ra)
    eta = np.cos(dec) * np.cos(other_ra - ra) * np.sin(other_dec) - np.sin(dec) * np.cos(other_dec)
    return np.array([xi, eta]) / scale


class SourceColumnView(BaseColumnView):
    """Columns of a catalog of sources, with those of the slots."""


_SLOT_FIELDS = {
    "X": "slot_Centroid_x",
    "Y": "slot_Centroid_y",
    **{f"I{moment}": f"slot_Shape_{moment}" for moment in QuadrupoleKey._names},
    **{f"PsfI{moment}": f"slot_PsfShape_{moment}" for moment in QuadrupoleKey._names},
    **{f"{_slot.removesuffix('Flux')}InstFlux": f"slot_{_slot}_instFlux" for _slot in FLUX_SLOTS},
    **{f"{_slot.removesuffix('Flux')}InstFluxErr": f"slot_{_slot}_instFluxErr" for _slot in FLUX_SLOTS},
}
"""Fields of slots by the name of their getters, which records and columns have."""

_SLOT_FLAGS = {f"{name}Flag": f"slot_{name}_flag" for name in ("Centroid", "Shape", "PsfShape", *FLUX_SLOTS)}
"""Flags of slots by the name of their getters, which only records have."""


def _getter(name: str, field: str) -> Callable[[SourceRecord | SourceColumnView], Any]:
    def getter(self: SourceRecord | SourceColumnView) -> Any:
        try:
            return self.get(field)
        except KeyError:
            raise LogicError(f"{name} needs the field {field!r}; define the slot first.") from None

    getter.__doc__ = f"Return ``{field}``; `LogicError` if the slot is not defined."
    getter.__name__ = name
    return getter


for _name, _field in {**_SLOT_FIELDS, **_SLOT_FLAGS}.items():
    setattr(SourceRecord, f"get{_name}", _getter(f"get{_name}", _field))
for _name, _field in _SLOT_FIELDS.items():
    setattr(SourceColumnView, f"get{_name}", _getter(f"get{_name}", _field))


class SourceTable(SimpleTable):
    """Table of `SourceRecord`.

    Parameters
    ----------
    schema : `Schema`
        Fields; aliases are copied.
    *idFactory : `IdFactory` or `None`
        Source of the IDs of new records, at most one.

    Raises
    ------
    lsst.pex.exceptions.NotFoundError
        Raised if a slot is defined with fields that are not in the schema.
    """

    Record: ClassVar[type[BaseRecord]] = SourceRecord
    _afw_type: ClassVar[str] = "SOURCE"
    _minimal: ClassVar[tuple[tuple[str, str, str, str], ...]] = (
        *SimpleTable._minimal,
        ("parent", "L", "unique ID of parent source", ""),
    )

    def __init__(self, schema: Schema, *idFactory: IdFactory | None) -> None:
        super().__init__(schema, *idFactory)
        check_slots(self._schema)
        # A weak reference, because the table owns the aliases.
        self._schema.getAliasMap()._watcher = weakref.WeakMethod(self._check_alias)

    def _check_alias(self, alias: str) -> None:
        check_slots(self._schema, alias)

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

    define.__doc__ = f"Let the {slot} slot be the measurement with this prefix; see `AliasMap.set`."
    return define


def _slot_getter(slot: str) -> Callable[[SourceTable], SlotDefinition]:
    def get(self: SourceTable) -> SlotDefinition:
        return slot_definition(self._schema, slot)

    get.__doc__ = f"Return the keys of the {slot} slot."
    return get


for _slot in ("Centroid", "Shape", "PsfShape", *FLUX_SLOTS):
    setattr(SourceTable, f"define{_slot}", _slot_definer(_slot))
for _slot in ("Centroid", "Shape", *FLUX_SLOTS):
    setattr(SourceTable, f"get{_slot}Slot", _slot_getter(_slot))


@catalog_type()
class SourceCatalog(SimpleCatalog):
    """Catalog of `SourceRecord`, without footprints."""

    dtype: ClassVar[str] = "Source"
    Table: ClassVar[type[BaseTable]] = SourceTable
    Record: ClassVar[type[BaseRecord]] = SourceRecord

    def getChildren(self, parent: int | Iterable[int], *args: Any) -> Any:
        """Return the sources of a parent.

        Parameters
        ----------
        parent : `int` or `~collections.abc.Iterable` [`int`]
            ID of the parent, or of several.
        *args
            Catalogs or sequences as long as this one, of which the same part
            is returned.

        Returns
        -------
        children : `SourceCatalog`, `tuple` or `~collections.abc.Iterator`
            The sources, with further arguments a tuple with their parts; one
            after another for several parents.

        Raises
        ------
        AssertionError
            Raised if the catalog is not sorted by the parent (the class of
            the stack).
        """
        if not self.isSorted(_PARENT):
            raise AssertionError("the catalog must be sorted by SourceTable.getParentKey() to find children.")
        if isinstance(parent, Iterable):
            return (self._children(each, args) for each in parent)
        return self._children(parent, args)

    def _children(self, parent: int, others: Sequence[Any]) -> Any:
        where = self.equal_range(parent, _PARENT)
        return (self[where], *(other[where] for other in others)) if others else self[where]

    def _view(self) -> SourceColumnView:
        return SourceColumnView(self)

    @classmethod
    def _take_objects(cls, table: ReadTable) -> AttachedObjects:
        """Drop the IDs of footprints; refuse them unless ``flags`` leave footprints out."""
        ids = table.arrays.pop("footprint", None)
        wanted = table.file is not None and not table.flags & SOURCE_IO_NO_FOOTPRINTS
        if wanted and ids is not None and ids.any():
            raise FitsError(
                f"{table.header.where}: footprints are not supported; read the catalog without them: "
                "flags=lsst.afw.table.SOURCE_IO_NO_FOOTPRINTS."
            )
        return AttachedObjects(without_fields(table.schema, {"footprint"}))

    def _write_objects(
        self, archive: ArchiveWriter, flags: int = 0
    ) -> tuple[list[FieldBase], dict[str, Any]]:
        """Return an empty column of footprint IDs, unless ``flags`` leave footprints out."""
        if flags & SOURCE_IO_NO_FOOTPRINTS:
            return [], {}
        return [make_field("I", "footprint", "archive ID for Footprint")], {
            "footprint": np.zeros(len(self), "i4")
        }
