"""Statistics and objects of one detector, as its row has them."""

from __future__ import annotations

__all__ = ["OBJECTS", "DetectorRow"]

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsst.afw.image import ExposureSummaryStats
from lsst.afw.table import ExposureCatalog, ExposureTable

from .diagnosis import Component

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.geom import SkyWcs
    from lsst.afw.image import ApCorrMap, PhotoCalib, VisitInfo
    from lsst.afw.table import ExposureRecord

OBJECTS = {
    Component.PSF: "Psf",
    Component.AP_CORR: "ApCorrMap",
    Component.PHOTO_CALIB: "PhotoCalib",
    Component.WCS: "Wcs",
}
"""Objects of a row that overrides can replace, as getters and setters of
records name them (`dict` [`Component`, `str`])."""


@dataclass(frozen=True, eq=False)
class DetectorRow:
    """Statistics and objects of one detector, as its row has them.

    It can be pickled, which the statistics and most objects cannot where they
    are C++: values by name and a catalog of one row stand for them.
    """

    statistics: ExposureSummaryStats
    """Summary statistics (`lsst.afw.image.ExposureSummaryStats`)."""

    psf: Psf | None = None
    """PSF model (`lsst.afw.detection.Psf` or `None`)."""

    ap_corr_map: ApCorrMap | None = None
    """Aperture corrections (`lsst.afw.image.ApCorrMap` or `None`)."""

    photo_calib: PhotoCalib | None = None
    """Photometric calibration (`lsst.afw.image.PhotoCalib` or `None`)."""

    wcs: SkyWcs | None = None
    """WCS (`lsst.afw.geom.SkyWcs` or `None`)."""

    visit_info: VisitInfo | None = None
    """Date and place of the exposure (`lsst.afw.image.VisitInfo` or `None`)."""

    def write_component(self, component: Component, record: ExposureRecord) -> None:
        """Write one of the objects that overrides can replace into a row.

        Parameters
        ----------
        component : `Component`
            The component; those that no row has are left out.
        record : `lsst.afw.table.ExposureRecord`
            Row of a catalog; modified.
        """
        objects = {
            Component.PSF: self.psf,
            Component.AP_CORR: self.ap_corr_map,
            Component.PHOTO_CALIB: self.photo_calib,
            Component.WCS: self.wcs,
        }
        if component in objects:
            getattr(record, f"set{OBJECTS[component]}")(objects[component])

    def __reduce__(self) -> tuple[Callable[..., DetectorRow], tuple[object, ...]]:
        fields = dataclasses.fields(self.statistics)
        statistics = {each.name: getattr(self.statistics, each.name) for each in fields}
        objects = (self.psf, self.ap_corr_map, self.photo_calib, self.wcs, self.visit_info)
        if all(each is None for each in objects):
            return _restore, (statistics,)
        catalog = ExposureCatalog(ExposureTable.makeMinimalSchema())
        record = catalog.addNew()
        for component in OBJECTS:
            self.write_component(component, record)
        record.setVisitInfo(self.visit_info)
        return _restore, (statistics, catalog)


def _restore(statistics: Mapping[str, Any], catalog: ExposureCatalog | None = None) -> DetectorRow:
    """Return a row of statistics, and of the objects of a catalog of one row if there are any."""
    values = ExposureSummaryStats(**statistics)
    if catalog is None:
        return DetectorRow(values)
    (record,) = catalog
    return DetectorRow(
        values,
        record.getPsf(),
        record.getApCorrMap(),
        record.getPhotoCalib(),
        record.getWcs(),
        record.getVisitInfo(),
    )
