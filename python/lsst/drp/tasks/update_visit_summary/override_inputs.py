"""Catalogs of overrides: one for the visit, or one for each region of sky."""

from __future__ import annotations

__all__ = [
    "GlobalInput",
    "PerHealpixInput",
    "PerTractInput",
    "PossiblyMultipleInput",
    "compute_center",
    "compute_center_for_detector_record",
    "index_by_detector",
]

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from lsst.daf.butler import DimensionUniverse
from lsst.geom import Box2D, Box2I, SpherePoint
from lsst.sphgeom import ConvexPolygon

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.afw.table import ExposureCatalog, ExposureRecord
    from lsst.daf.butler import Butler, DatasetRef
    from lsst.pipe.base import QuantumContext
    from lsst.skymap import BaseSkyMap, TractInfo


_REGION_NAMES: dict[str | None, str] = {"healpix": "HEALPix pixel"}
"""Names of kinds of regions that differ from the kind (`dict` [`str`, `str`])."""


def index_by_detector(catalog: ExposureCatalog) -> dict[int, ExposureRecord]:
    """Map detector ids to the rows of a catalog, in any order of rows.

    Parameters
    ----------
    catalog : `lsst.afw.table.ExposureCatalog`
        Catalog whose ids are detector ids, without duplicates
        (`UpdateVisitSummaryTask.run` refuses them).

    Returns
    -------
    records : `dict` [`int`, `lsst.afw.table.ExposureRecord`]
        Rows by detector id.
    """
    return {record.getId(): record for record in catalog}


def compute_center_for_detector_record(
    record: ExposureRecord, bbox: Box2I | None = None, wcs: SkyWcs | None = None
) -> SpherePoint | None:
    """Compute the sky position of the center of a detector.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row of the detector.
    bbox : `lsst.geom.Box2I`, optional
        Box of the detector; by default that of the record.
    wcs : `lsst.afw.geom.SkyWcs`, optional
        WCS of the detector; by default that of the record.

    Returns
    -------
    center : `lsst.geom.SpherePoint` or `None`
        Centroid of the sky polygon that the outer corners of the box span;
        `None` without a WCS, or if the WCS has no finite sky position for a
        corner.
    """
    wcs = wcs if wcs is not None else record.getWcs()
    return None if wcs is None else compute_center(bbox if bbox is not None else record.getBBox(), wcs)


def compute_center(bbox: Box2I, wcs: SkyWcs) -> SpherePoint | None:
    """Compute the sky position of the center of a box.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I`
        The box, in pixels.
    wcs : `lsst.afw.geom.SkyWcs`
        Its WCS.

    Returns
    -------
    center : `lsst.geom.SpherePoint` or `None`
        Centroid of the sky polygon that the outer corners span; `None` if
        the WCS has no finite sky position for a corner.
    """
    vectors = [corner.getVector() for corner in wcs.pixelToSky(Box2D(bbox).getCorners())]
    if not all(np.isfinite(component) for vector in vectors for component in vector):
        return None
    return SpherePoint(ConvexPolygon(vectors).getCentroid())


class PossiblyMultipleInput(ABC):
    """Source of one override for a detector, however many catalogs there are.

    The set of subclasses is open. Instances are immutable, and the order of
    rows in their catalogs has no influence on the answer.
    """

    region_kind: ClassVar[str | None] = None
    """Kind of region that ids number, ``tract`` or ``healpix``; `None` if there
    are no regions (`str` or `None`)."""

    @abstractmethod
    def best_for_detector(
        self, detector_id: int, center: SpherePoint | None = None, bbox: Box2I | None = None
    ) -> tuple[int, ExposureRecord | None]:
        """Find the row that should be used for a detector.

        Parameters
        ----------
        detector_id : `int`
            Id of the detector.
        center : `lsst.geom.SpherePoint`, optional
            Sky position of the detector's center; by default it is computed
            for each candidate with the candidate's own WCS.
        bbox : `lsst.geom.Box2I`, optional
            Box for that computation; by default the candidate's own.

        Returns
        -------
        region_id : `int`
            Id of the region that the row comes from, -1 if there is none.
        record : `lsst.afw.table.ExposureRecord` or `None`
            The row; `None` if no catalog has a usable one.
        """
        raise NotImplementedError()

    def name_region(self, region_id: int) -> str:
        """Return the name of a region for messages, empty if there is none.

        Parameters
        ----------
        region_id : `int`
            Id of the region, -1 for none.
        """
        has_region = self.region_kind is not None and region_id >= 0
        return f"{_REGION_NAMES.get(self.region_kind, self.region_kind)} {region_id}" if has_region else ""

    @abstractmethod
    def catalogs(self) -> Iterator[tuple[str, ExposureCatalog]]:
        """Iterate over all catalogs, each with a name of its own (for messages)."""
        raise NotImplementedError()


@dataclass(frozen=True)
class GlobalInput(PossiblyMultipleInput):
    """One catalog for the whole visit."""

    catalog: ExposureCatalog
    """Overrides by detector (`lsst.afw.table.ExposureCatalog`)."""

    @cached_property
    def _records(self) -> Mapping[int, ExposureRecord]:
        return index_by_detector(self.catalog)

    def best_for_detector(
        self, detector_id: int, center: SpherePoint | None = None, bbox: Box2I | None = None
    ) -> tuple[int, ExposureRecord | None]:
        """Find the row of a detector; a single catalog has no region."""
        return -1, self._records.get(detector_id)

    def catalogs(self) -> Iterator[tuple[str, ExposureCatalog]]:
        """Iterate over the only catalog."""
        yield "the visit", self.catalog


@dataclass(frozen=True, eq=False)
class _Region:
    """A region of sky with overrides of its own, by detector."""

    region_id: int
    name: str
    center: SpherePoint
    records: Mapping[int, ExposureRecord]

    def place(self, detector_id: int, bbox: Box2I | None) -> SpherePoint | None:
        """Return the center of a detector according to the WCS of its row here."""
        try:
            return compute_center_for_detector_record(self.records[detector_id], bbox)
        except Exception as err:
            err.add_note(f"It is the WCS in the catalog of {self.name}.")
            raise


@dataclass(frozen=True, eq=False)
class _HealpixRegion(_Region):
    """A HEALPix pixel with overrides of its own."""

    polygon: ConvexPolygon


_AnyRegion = TypeVar("_AnyRegion", bound=_Region)


def _candidates(
    regions: Iterable[_AnyRegion], detector_id: int, center: SpherePoint | None, bbox: Box2I | None
) -> Iterator[tuple[_AnyRegion, SpherePoint]]:
    """Iterate over regions that have the detector, with its center there."""
    for region in regions:
        if detector_id in region.records:
            position = center if center is not None else region.place(detector_id, bbox)
            if position is not None:
                yield region, position


def _nearest(
    candidates: Sequence[tuple[_Region, SpherePoint]], detector_id: int
) -> tuple[int, ExposureRecord | None]:
    """Return id and row of the region whose center is nearest to the detector, the first of equals."""
    if not candidates:
        return -1, None
    region, _ = min(candidates, key=lambda c: c[0].center.separation(c[1]).asRadians())
    return region.region_id, region.records[detector_id]


@dataclass(frozen=True)
class PerTractInput(PossiblyMultipleInput):
    """One catalog for each tract that the visit overlaps.

    The best tract is the one whose center is nearest to the center of the
    detector. Rows without a WCS are no candidates unless the center is given.
    """

    region_kind: ClassVar[str] = "tract"

    catalogs_by_tract: Sequence[tuple[TractInfo, ExposureCatalog]]
    """Tracts with the overrides of each
    (`~collections.abc.Sequence` [`tuple` [`lsst.skymap.TractInfo`,
    `lsst.afw.table.ExposureCatalog`]])."""

    @classmethod
    def load(
        cls, butler: QuantumContext | Butler, sky_map: BaseSkyMap, refs: Iterable[DatasetRef]
    ) -> PerTractInput:
        """Read one catalog for each tract.

        Parameters
        ----------
        butler : `lsst.pipe.base.QuantumContext` or `lsst.daf.butler.Butler`
            Where the catalogs are.
        sky_map : `lsst.skymap.BaseSkyMap`
            Definition of the tracts.
        refs : `~collections.abc.Iterable` [`lsst.daf.butler.DatasetRef`]
            Catalogs with a ``tract`` dimension.
        """
        return cls([(sky_map[int(ref.dataId["tract"])], butler.get(ref)) for ref in refs])

    @cached_property
    def _regions(self) -> Sequence[_Region]:
        return [
            _Region(
                tract.tract_id,
                self.name_region(tract.tract_id),
                tract.ctr_coord,
                index_by_detector(catalog),
            )
            for tract, catalog in self.catalogs_by_tract
        ]

    def best_for_detector(
        self, detector_id: int, center: SpherePoint | None = None, bbox: Box2I | None = None
    ) -> tuple[int, ExposureRecord | None]:
        """Find the row of the tract whose center is nearest to the detector."""
        return _nearest(list(_candidates(self._regions, detector_id, center, bbox)), detector_id)

    def catalogs(self) -> Iterator[tuple[str, ExposureCatalog]]:
        """Iterate over the catalogs of all tracts."""
        for tract, catalog in self.catalogs_by_tract:
            yield self.name_region(tract.tract_id), catalog


def _healpix_pixel(data_id: Any) -> tuple[int, ConvexPolygon]:
    """Return id and region of the HEALPix pixel of a data ID; `ValueError` if it has none."""
    dimensions = getattr(data_id, "dimensions", None)
    names = data_id if dimensions is None else dimensions.skypix
    name = next((name for name in names if name.startswith("healpix")), None)
    if name is None:
        raise ValueError(f"The data ID {data_id} has no HEALPix pixel; give catalogs of one pixel each.")
    pixel = data_id[name]
    return pixel, DimensionUniverse().skypix_dimensions[name].pixelization.pixel(pixel)


@dataclass(frozen=True)
class PerHealpixInput(PossiblyMultipleInput):
    """One catalog for each HEALPix pixel that the visit overlaps.

    The best pixel contains the center of the detector; if several do (pixels
    are polygons, not exact) or none does, the one whose center is nearest.
    """

    region_kind: ClassVar[str] = "healpix"

    catalogs_by_pixel: Sequence[tuple[int, ConvexPolygon, ExposureCatalog]]
    """Pixel ids with the region and the overrides of each, all of one level
    (`~collections.abc.Sequence` [`tuple` [`int`,
    `lsst.sphgeom.ConvexPolygon`, `lsst.afw.table.ExposureCatalog`]])."""

    @classmethod
    def load(cls, butler: QuantumContext | Butler, refs: Iterable[DatasetRef]) -> PerHealpixInput:
        """Read one catalog for each HEALPix pixel.

        Parameters
        ----------
        butler : `lsst.pipe.base.QuantumContext` or `lsst.daf.butler.Butler`
            Where the catalogs are.
        refs : `~collections.abc.Iterable` [`lsst.daf.butler.DatasetRef`]
            Catalogs with a HEALPix dimension, of any level.

        Raises
        ------
        ValueError
            Raised if a catalog has no such dimension.
        """
        return cls([(*_healpix_pixel(ref.dataId), butler.get(ref)) for ref in refs])

    @cached_property
    def _regions(self) -> Sequence[_HealpixRegion]:
        return [
            _HealpixRegion(
                pixel,
                self.name_region(pixel),
                SpherePoint(polygon.getCentroid()),
                index_by_detector(catalog),
                polygon,
            )
            for pixel, polygon, catalog in self.catalogs_by_pixel
        ]

    def best_for_detector(
        self, detector_id: int, center: SpherePoint | None = None, bbox: Box2I | None = None
    ) -> tuple[int, ExposureRecord | None]:
        """Find the row of the pixel that contains the detector, or the nearest."""
        candidates = list(_candidates(self._regions, detector_id, center, bbox))
        containing = [c for c in candidates if c[0].polygon.contains(c[1].getVector())]
        return _nearest(containing or candidates, detector_id)

    def catalogs(self) -> Iterator[tuple[str, ExposureCatalog]]:
        """Iterate over the catalogs of all pixels."""
        for pixel, _, catalog in self.catalogs_by_pixel:
            yield self.name_region(pixel), catalog
