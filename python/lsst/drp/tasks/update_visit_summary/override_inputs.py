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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lsst.geom import Box2D, Box2I, SpherePoint
from lsst.sphgeom import ConvexPolygon, HealpixPixelization

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs
    from lsst.afw.table import ExposureCatalog, ExposureRecord
    from lsst.pipe.base import QuantumContext
    from lsst.skymap import BaseSkyMap, TractInfo


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
    """Compute the sky position of the centre of a detector.

    Parameters
    ----------
    record : `lsst.afw.table.ExposureRecord`
        Row that gives what the other arguments do not.
    bbox : `lsst.geom.Box2I`, optional
        Box of the detector; by default that of the record.
    wcs : `lsst.afw.geom.SkyWcs`, optional
        WCS of the detector; by default that of the record.

    Returns
    -------
    center : `lsst.geom.SpherePoint` or `None`
        Centroid of the sky polygon that the outer corners of the box span;
        `None` without a WCS, or if the WCS maps a corner nowhere.
    """
    wcs = wcs if wcs is not None else record.getWcs()
    return None if wcs is None else compute_center(bbox if bbox is not None else record.getBBox(), wcs)


def compute_center(bbox: Box2I, wcs: SkyWcs) -> SpherePoint | None:
    """Compute the sky position of the centre of a box.

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
        the WCS maps a corner nowhere.
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
    """What region ids number, `None` if there are no regions (`str`)."""

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
            Sky position of the detector's centre; by default it is computed
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

    @abstractmethod
    def catalogs(self) -> Iterator[tuple[str, ExposureCatalog]]:
        """Iterate over all catalogs with a name for each (for messages)."""
        raise NotImplementedError()


@dataclass(frozen=True, eq=False)
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


def _candidates(
    records_by_region: Iterable[tuple[Any, Mapping[int, ExposureRecord]]],
    detector_id: int,
    center: SpherePoint | None,
    bbox: Box2I | None,
) -> Iterator[tuple[Any, ExposureRecord, SpherePoint]]:
    """Iterate over regions that have the detector, with its centre there."""
    for region, records in records_by_region:
        if (record := records.get(detector_id)) is None:
            continue
        position = center if center is not None else compute_center_for_detector_record(record, bbox)
        if position is not None:
            yield region, record, position


def _nearest(
    candidates: Sequence[tuple[Any, ExposureRecord, SpherePoint]],
    region_center: Callable[[Any], SpherePoint],
) -> tuple[Any, ExposureRecord] | None:
    """Return the candidate nearest to its region's centre, the first of equals."""
    if not candidates:
        return None
    region, record, _ = min(candidates, key=lambda c: region_center(c[0]).separation(c[2]).asRadians())
    return region, record


@dataclass(frozen=True, eq=False)
class PerTractInput(PossiblyMultipleInput):
    """One catalog for each tract that the visit overlaps.

    The best tract is the one whose centre is nearest to the centre of the
    detector. Rows without a WCS are no candidates unless the centre is given.
    """

    region_kind: ClassVar[str | None] = "tract"

    catalogs_by_tract: Sequence[tuple[TractInfo, ExposureCatalog]]
    """Tracts with the overrides of each
    (`~collections.abc.Sequence` [`tuple` [`lsst.skymap.TractInfo`,
    `lsst.afw.table.ExposureCatalog`]])."""

    @classmethod
    def load(cls, butler_qc: QuantumContext, sky_map: BaseSkyMap, refs: Iterable[Any]) -> PerTractInput:
        """Read the catalogs of a quantum.

        Parameters
        ----------
        butler_qc : `lsst.pipe.base.QuantumContext`
            Butler of the quantum.
        sky_map : `lsst.skymap.BaseSkyMap`
            Definition of the tracts.
        refs : `~collections.abc.Iterable` [`lsst.daf.butler.DatasetRef`]
            Catalogs with a ``tract`` dimension.
        """
        return cls([(sky_map[ref.dataId["tract"]], butler_qc.get(ref)) for ref in refs])

    @cached_property
    def _records(self) -> Sequence[tuple[TractInfo, Mapping[int, ExposureRecord]]]:
        return [(tract, index_by_detector(catalog)) for tract, catalog in self.catalogs_by_tract]

    def best_for_detector(
        self, detector_id: int, center: SpherePoint | None = None, bbox: Box2I | None = None
    ) -> tuple[int, ExposureRecord | None]:
        """Find the row of the tract whose centre is nearest to the detector."""
        candidates = list(_candidates(self._records, detector_id, center, bbox))
        best = _nearest(candidates, lambda tract: tract.ctr_coord)
        return (-1, None) if best is None else (best[0].tract_id, best[1])

    def catalogs(self) -> Iterator[tuple[str, ExposureCatalog]]:
        """Iterate over the catalogs of all tracts."""
        for tract, catalog in self.catalogs_by_tract:
            yield f"tract {tract.tract_id}", catalog


@dataclass(frozen=True, eq=False)
class PerHealpixInput(PossiblyMultipleInput):
    """One catalog for each HEALPix pixel that the visit overlaps.

    The best pixel contains the centre of the detector; if several do (pixels
    are polygons, not exact) or none does, the one whose centre is nearest.
    """

    region_kind: ClassVar[str | None] = "healpix"

    pixelization: HealpixPixelization
    """The HEALPix level (`lsst.sphgeom.HealpixPixelization`)."""

    catalogs_by_pixel: Sequence[tuple[int, ExposureCatalog]]
    """Pixel ids with the overrides of each
    (`~collections.abc.Sequence` [`tuple` [`int`,
    `lsst.afw.table.ExposureCatalog`]])."""

    @classmethod
    def load(cls, butler_qc: QuantumContext, dimension: str, refs: Iterable[Any]) -> PerHealpixInput:
        """Read the catalogs of a quantum.

        Parameters
        ----------
        butler_qc : `lsst.pipe.base.QuantumContext`
            Butler of the quantum.
        dimension : `str`
            HEALPix dimension of the catalogs, such as ``healpix3``.
        refs : `~collections.abc.Iterable` [`lsst.daf.butler.DatasetRef`]
            The catalogs.
        """
        pixelization = HealpixPixelization(int(dimension.removeprefix("healpix")))
        return cls(pixelization, [(ref.dataId[dimension], butler_qc.get(ref)) for ref in refs])

    @cached_property
    def _records(self) -> Sequence[tuple[int, Mapping[int, ExposureRecord]]]:
        return [(pixel, index_by_detector(catalog)) for pixel, catalog in self.catalogs_by_pixel]

    def _center(self, pixel: int) -> SpherePoint:
        return SpherePoint(self.pixelization.pixel(pixel).getCentroid())

    def best_for_detector(
        self, detector_id: int, center: SpherePoint | None = None, bbox: Box2I | None = None
    ) -> tuple[int, ExposureRecord | None]:
        """Find the row of the pixel that contains the detector, or the nearest."""
        candidates = list(_candidates(self._records, detector_id, center, bbox))
        containing = [c for c in candidates if self.pixelization.pixel(c[0]).contains(c[2].getVector())]
        best = _nearest(containing or candidates, self._center)
        return (-1, None) if best is None else best

    def catalogs(self) -> Iterator[tuple[str, ExposureCatalog]]:
        """Iterate over the catalogs of all pixels."""
        for pixel, catalog in self.catalogs_by_pixel:
            yield f"HEALPix pixel {pixel}", catalog
