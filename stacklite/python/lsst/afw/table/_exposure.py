"""Catalogs with one exposure per record: a box, and objects attached to it."""

from __future__ import annotations

__all__ = ["ExposureCatalog", "ExposureRecord", "ExposureTable"]

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

import numpy as np

from lsst.afw.fits import FitsError
from lsst.afw.fits._file import FitsFile
from lsst.geom import Box2D, Box2I, Point2D, SpherePoint
from lsst.pex.exceptions import LogicError
from lsst_stacklite._exposure_components import ID_COLUMNS, PSF, RECORD_COMPONENTS, WCS
from lsst_stacklite._overloads import Check, bind, is_integer

from ._aggregates import Box2IKey
from ._attached import AttachedObjects, id_fields, split_ids
from ._base import BaseRecord, BaseTable, TableWithId
from ._catalog import BaseCatalog
from ._catalog_types import catalog_type
from ._field import FieldBase, KeyBase, make_key
from ._fits_columns import ReadTable
from ._schema import Schema
from ._simple import SortedCatalog
from .io._input_archive import ArchiveReader
from .io._reference import ArchiveReference, OpaquePersistable, check_kind, is_kind

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Detector
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.afw.geom.polygon import Polygon
    from lsst.afw.image import ApCorrMap, PhotoCalib, TransmissionCurve, VisitInfo

    from .io import OutputArchive
    from .io._output_archive import ArchiveWriter

# The stack stores these two before the others.
_STORING_ORDER = tuple(dict.fromkeys((PSF.name, WCS.name, *RECORD_COMPONENTS)))

_ID: KeyBase = make_key("L", "id")
# Four integers after the ID.
_BBOX = Box2IKey._of(
    [make_key("I", f"bbox_{name}", offset=8 + 4 * i) for i, name in enumerate(Box2IKey._names)]
)


_POSITION_CHECKS: dict[str, Check] = {
    "Point2D": Point2D,
    "SkyWcs": lambda value: is_kind(value, WCS.kind),
    "SpherePoint": SpherePoint,
    "bool": bool,
}


def _sky_position(given: dict[str, Any]) -> tuple[SpherePoint, bool]:
    """Return the position and the option of the two forms of ``contains``."""
    coord = given["coord"] if "coord" in given else given["wcs"].pixelToSky(given["point"])
    return coord, given.get("includeValidPolygon", False)


class ExposureRecord(BaseRecord):
    """A row with an ID, a box, and objects that describe an exposure.

    Objects that come from a file are built when they are asked for. Setting
    `None` detaches an object.
    """

    __slots__ = ()

    def getId(self) -> int:
        """Return the ID."""
        return int(self._block.data["id"][self._row])

    def setId(self, id: int) -> None:  # noqa: A002
        """Set the ID."""
        self.set("id", id)

    def getBBox(self) -> Box2I:
        """Return the box of the exposure (parent coordinates)."""
        return _BBOX.get(self)

    def setBBox(self, bbox: Box2I) -> None:
        """Set the box of the exposure (parent coordinates)."""
        _BBOX.set(self, bbox)

    def _component(self, name: str) -> Any:
        held = self._block.components.get(self._row, {}).get(name)
        if isinstance(held, OpaquePersistable):
            held = held._reference
        return held.resolve(RECORD_COMPONENTS[name].kind) if isinstance(held, ArchiveReference) else held

    def _set_component(self, name: str, value: Any) -> None:
        if value is not None:
            check_kind(value, RECORD_COMPONENTS[name].kind, f"{name} of a record")
        held = self._block.components.setdefault(self._row, {})
        held.pop(name, None)
        if value is not None:
            held[name] = value
        elif not held:
            del self._block.components[self._row]

    def getWcs(self) -> SkyWcs | None:
        """Return the WCS, or `None`."""
        return self._component("wcs")

    def setWcs(self, wcs: SkyWcs | None) -> None:
        """Attach a WCS, or `None`."""
        self._set_component("wcs", wcs)

    def getPsf(self) -> Psf | None:
        """Return the PSF, or `None`."""
        return self._component("psf")

    def setPsf(self, psf: Psf | None) -> None:
        """Attach a PSF, or `None`."""
        self._set_component("psf", psf)

    def getPhotoCalib(self) -> PhotoCalib | None:
        """Return the photometric calibration, or `None`."""
        return self._component("photoCalib")

    def setPhotoCalib(self, photoCalib: PhotoCalib | None) -> None:
        """Attach a photometric calibration, or `None`."""
        self._set_component("photoCalib", photoCalib)

    def getApCorrMap(self) -> ApCorrMap | None:
        """Return the aperture corrections, or `None`."""
        return self._component("apCorrMap")

    def setApCorrMap(self, apCorrMap: ApCorrMap | None) -> None:
        """Attach aperture corrections, or `None`."""
        self._set_component("apCorrMap", apCorrMap)

    def getValidPolygon(self) -> Polygon | None:
        """Return the polygon of valid pixels, or `None`."""
        return self._component("validPolygon")

    def setValidPolygon(self, polygon: Polygon | None, /) -> None:
        """Attach a polygon of valid pixels, or `None`."""
        self._set_component("validPolygon", polygon)

    def getVisitInfo(self) -> VisitInfo | None:
        """Return the visit information, or `None`."""
        return self._component("visitInfo")

    def setVisitInfo(self, visitInfo: VisitInfo | None) -> None:
        """Attach visit information, or `None`."""
        self._set_component("visitInfo", visitInfo)

    def getTransmissionCurve(self) -> TransmissionCurve | None:
        """Return the transmission curve, or `None`."""
        return self._component("transmissionCurve")

    def setTransmissionCurve(self, transmissionCurve: TransmissionCurve | None) -> None:
        """Attach a transmission curve, or `None`."""
        self._set_component("transmissionCurve", transmissionCurve)

    def getDetector(self) -> Detector | None:
        """Return the detector, or `None`."""
        return self._component("detector")

    def setDetector(self, detector: Detector | None) -> None:
        """Attach a detector, or `None`."""
        self._set_component("detector", detector)

    id = property(getId, setId, doc="ID.")
    wcs = property(getWcs, setWcs, doc="WCS, or `None`.")
    psf = property(getPsf, setPsf, doc="PSF, or `None`.")
    photoCalib = property(getPhotoCalib, setPhotoCalib, doc="Calibration, or `None`.")
    apCorrMap = property(getApCorrMap, setApCorrMap, doc="Aperture corrections, or `None`.")
    validPolygon = property(getValidPolygon, setValidPolygon, doc="Valid pixels, or `None`.")
    visitInfo = property(getVisitInfo, setVisitInfo, doc="Visit information, or `None`.")
    transmissionCurve = property(getTransmissionCurve, setTransmissionCurve, doc="Transmission, or `None`.")
    detector = property(getDetector, setDetector, doc="Detector, or `None`.")

    @overload
    def contains(self, coord: SpherePoint, includeValidPolygon: bool = False) -> bool: ...
    @overload
    def contains(self, point: Point2D, wcs: SkyWcs, includeValidPolygon: bool = False) -> bool: ...
    def contains(self, *args: Any, **kwargs: Any) -> bool:
        """Return whether a point lies within the exposure.

        Parameters
        ----------
        coord : `~lsst.geom.SpherePoint`
            Sky position.
        point : `~lsst.geom.Point2D`
            Pixel position, instead.
        wcs : `~lsst.afw.geom.SkyWcs`
            WCS of the pixel position.
        includeValidPolygon : `bool`, optional
            Whether the point must lie in the valid polygon, too.

        Raises
        ------
        lsst.pex.exceptions.LogicError
            Raised if the record has no WCS.
        """
        given = bind(ExposureRecord.contains, _POSITION_CHECKS, (self, *args), kwargs)
        return self._contains(*_sky_position(given))

    def _contains(self, coord: SpherePoint, in_polygon: bool) -> bool:
        mine = self.getWcs()
        if mine is None:
            raise LogicError(
                f"the record with id {self.getId()} has no WCS; it cannot be compared with a position."
            )
        pixel = mine.skyToPixel(coord)
        polygon = self.getValidPolygon() if in_polygon else None
        return Box2D(self.getBBox()).contains(pixel) and (polygon is None or polygon.contains(pixel))


class ExposureTable(TableWithId):
    """Table of `ExposureRecord`."""

    Record: ClassVar[type[BaseRecord]] = ExposureRecord
    _afw_type: ClassVar[str] = "EXPOSURE"
    _component_names: ClassVar[tuple[str, ...]] = tuple(RECORD_COMPONENTS)
    _minimal: ClassVar[tuple[tuple[str, str, str, str], ...]] = (
        ("id", "L", "unique ID", ""),
        ("bbox_min_x", "I", "bounding box (minimum)", "pixel"),
        ("bbox_min_y", "I", "bounding box (minimum)", "pixel"),
        ("bbox_max_x", "I", "bounding box (maximum)", "pixel"),
        ("bbox_max_y", "I", "bounding box (maximum)", "pixel"),
    )

    @staticmethod
    def getIdKey() -> KeyBase:
        """Return the key of the ID."""
        return _ID


@catalog_type()
class ExposureCatalog(SortedCatalog):
    """Catalog of `ExposureRecord`.

    Parameters
    ----------
    schema : `Schema`
        Schema of a new table.
    table : `ExposureTable`, optional
        Table of the records, instead; without any the catalog stays empty.
    other : `ExposureCatalog`
        Catalog whose records are shared, instead.
    """

    dtype: ClassVar[str] = "Exposure"
    Table: ClassVar[type[BaseTable]] = ExposureTable
    Record: ClassVar[type[BaseRecord]] = ExposureRecord

    _SHOWN = (
        "id",
        "visit",
        "band",
        "psfSigma",
        "nPsfStar",
        "zeroPoint",
        "skyBg",
        "skyNoise",
        "magLim",
        "effTime",
    )

    if TYPE_CHECKING:
        # What catalogs inherit is the same for all classes of records.
        def __iter__(self) -> Iterator[ExposureRecord]: ...
        def addNew(self) -> ExposureRecord: ...
        def find(self, value: Any, key: KeyBase | None = None) -> ExposureRecord | None: ...
        @overload
        def __getitem__(self, key: int) -> ExposureRecord: ...
        @overload
        def __getitem__(self, key: slice | np.ndarray | list[bool]) -> Self: ...
        @overload
        def __getitem__(self, key: str | KeyBase) -> np.ndarray: ...
        def __getitem__(self, key: Any) -> Any: ...

    @overload
    def __init__(self, schema: Schema) -> None: ...
    @overload
    def __init__(self, table: BaseTable | None = None) -> None: ...
    @overload
    def __init__(self, other: BaseCatalog) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._start(args, kwargs)

    @overload
    def subset(self, mask: Any) -> Self: ...
    @overload
    def subset(self, startd: int, stopd: int, step: int) -> Self: ...
    def subset(self, *args: Any, **kwargs: Any) -> Self:
        """Return some of the records.

        Parameters
        ----------
        mask : `numpy.ndarray`
            Boolean array that is true where a record is wanted.
        startd, stopd, step : `int`
            A slice, instead of the mask.
        """
        given = bind(ExposureCatalog.subset, {"int": is_integer}, (self, *args), kwargs)
        return super().subset(*given.values())

    @overload
    def subsetContaining(self, coord: SpherePoint, includeValidPolygon: bool = False) -> Self: ...
    @overload
    def subsetContaining(self, point: Point2D, wcs: SkyWcs, includeValidPolygon: bool = False) -> Self: ...
    def subsetContaining(self, *args: Any, **kwargs: Any) -> Self:
        """Return the records whose exposures contain a point; see `ExposureRecord.contains`."""
        given = bind(ExposureCatalog.subsetContaining, _POSITION_CHECKS, (self, *args), kwargs)
        position = _sky_position(given)
        return self._with(i for i, record in enumerate(self) if record._contains(*position))

    @classmethod
    def _take_objects(cls, table: ReadTable) -> AttachedObjects:
        """Take the ID columns out of a table that was read."""
        names, remaining = split_ids(table.schema)
        ids = {ID_COLUMNS[name].name: table.arrays.pop(name) for name in names}
        objects = AttachedObjects(remaining)
        if table.file is not None and any(column.any() for column in ids.values()):
            objects.archive = ArchiveReader.from_fits(table.file, _archive_hdu(table, table.file))
            objects.ids = ids
        return objects

    def _write_objects(
        self, archive: ArchiveWriter, flags: int = 0
    ) -> tuple[list[FieldBase], dict[str, Any]]:
        """Put all objects into an archive; return the ID columns."""
        archive.adopt(value for row in self._held_objects() for value in row.values())
        return id_fields(), self._store_objects(archive)

    def _held_objects(self) -> list[dict[str, Any]]:
        """Return the objects of each record by name."""
        return [b.components.get(r, {}) for b, r in zip(self._blocks, self._rows, strict=True)]

    def _store_objects(self, archive: OutputArchive, permissive: bool = False) -> dict[str, np.ndarray]:
        """Put all objects into an archive; return their IDs."""
        ids = {name: np.zeros(len(self), "i4") for name in RECORD_COMPONENTS}
        for position, row in enumerate(self._held_objects()):
            for name in _STORING_ORDER:
                ids[name][position] = archive.put(row.get(name), permissive)
        return ids


def _archive_hdu(table: ReadTable, file: FitsFile) -> int:
    """Return the HDU of the archive that belongs to a table."""
    special = table.header.special
    hdu = int(special["AR_HDU"]) - 1 if "AR_HDU" in special else table.index + 1
    if file.raw(hdu) is None:
        raise FitsError(f"{table.header.where}: rows refer to an archive; the file ends before HDU {hdu}.")
    return hdu
