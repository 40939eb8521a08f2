"""The objects that describe an exposure: the one table of their names, places and classes."""

from __future__ import annotations

__all__ = [
    "AP_CORR_MAP",
    "COADD_INPUTS",
    "COMPONENTS",
    "COMPONENTS_BY_KEY",
    "DETECTOR",
    "FILTER",
    "ID_COLUMNS",
    "PHOTO_CALIB",
    "PSF",
    "RECORD_COMPONENTS",
    "SUMMARY_STATS",
    "TRANSMISSION_CURVE",
    "VALID_POLYGON",
    "VISIT_INFO",
    "WCS",
    "ExposureComponent",
    "kind_of_key",
]

from dataclasses import dataclass

from ._lazy_class import LazyClass


@dataclass(frozen=True)
class ExposureComponent:
    """One kind of object that belongs to an exposure.

    Parameters
    ----------
    name : `str`
        Name in storage classes of a butler, and of the property; the name of
        the ID column in catalogs of exposures, too.
    stem : `str`
        What follows ``get``, ``set`` and ``read`` in the names of methods.
    kind : `LazyClass`
        The class that objects must have.
    key : `str`, optional
        Name in `lsst.afw.image.ExposureInfo` and in the headers of exposure
        files; empty for what is no object of the archive there.
    column : `int`, optional
        Place of the ID column among those of a catalog of exposures, -1 if it
        has none.
    column_doc : `str`, optional
        What its documentation calls the object.
    old_columns : `tuple` [`str`, ...], optional
        Names that the ID column had in older versions.
    in_first_version : `bool`, optional
        Whether headers of all versions of exposure files refer to it by
        ``<key>_ID``; newer components have ``ARCHIVE_ID_<key>`` in any case.
    """

    name: str
    stem: str
    kind: LazyClass
    key: str = ""
    column: int = -1
    column_doc: str = ""
    old_columns: tuple[str, ...] = ()
    in_first_version: bool = False

    @property
    def getter(self) -> str:
        """Name of the method that returns the object."""
        return f"get{self.stem}"

    @property
    def setter(self) -> str:
        """Name of the method that attaches an object."""
        return f"set{self.stem}"


WCS = ExposureComponent(
    "wcs", "Wcs", LazyClass("lsst.afw.geom", "SkyWcs"),
    key="SKYWCS", column=0, column_doc="Wcs", in_first_version=True,
)  # fmt: skip
PSF = ExposureComponent(
    "psf", "Psf", LazyClass("lsst.afw.detection", "Psf"),
    key="PSF", column=1, column_doc="Psf", in_first_version=True,
)  # fmt: skip
PHOTO_CALIB = ExposureComponent(
    "photoCalib", "PhotoCalib", LazyClass("lsst.afw.image", "PhotoCalib"),
    key="PHOTOCALIB", column=2, column_doc="PhotoCalib", old_columns=("calib",), in_first_version=True,
)  # fmt: skip
DETECTOR = ExposureComponent(
    "detector", "Detector", LazyClass("lsst.afw.cameraGeom", "Detector"),
    key="DETECTOR", column=7, column_doc="Detector", in_first_version=True,
)  # fmt: skip
VALID_POLYGON = ExposureComponent(
    "validPolygon", "ValidPolygon", LazyClass("lsst.afw.geom.polygon", "Polygon"),
    key="VALID_POLYGON", column=4, column_doc="Polygon", in_first_version=True,
)  # fmt: skip
COADD_INPUTS = ExposureComponent(
    "coaddInputs", "CoaddInputs", LazyClass("lsst.afw.image", "CoaddInputs"),
    key="COADD_INPUTS", in_first_version=True,
)  # fmt: skip
AP_CORR_MAP = ExposureComponent(
    "apCorrMap", "ApCorrMap", LazyClass("lsst.afw.image", "ApCorrMap"),
    key="AP_CORR_MAP", column=3, column_doc="ApCorrMap", in_first_version=True,
)  # fmt: skip
TRANSMISSION_CURVE = ExposureComponent(
    "transmissionCurve", "TransmissionCurve", LazyClass("lsst.afw.image", "TransmissionCurve"),
    key="TRANSMISSION_CURVE", column=6, column_doc="TransmissionCurve", in_first_version=True,
)  # fmt: skip
FILTER = ExposureComponent(
    "filter", "Filter", LazyClass("lsst.afw.image", "FilterLabel"), key="FILTER"
)  # fmt: skip
SUMMARY_STATS = ExposureComponent(
    "summaryStats", "SummaryStats", LazyClass("lsst.afw.image", "ExposureSummaryStats"), key="SUMMARY_STATS"
)  # fmt: skip
# A header holds it, not the archive.
VISIT_INFO = ExposureComponent(
    "visitInfo", "VisitInfo", LazyClass("lsst.afw.image", "VisitInfo"), column=5, column_doc="VisitInfo"
)  # fmt: skip

COMPONENTS = (
    WCS, PSF, PHOTO_CALIB, DETECTOR, VALID_POLYGON, COADD_INPUTS, AP_CORR_MAP, TRANSMISSION_CURVE, FILTER,
    SUMMARY_STATS, VISIT_INFO,
)  # fmt: skip
"""All components, in the order in which exposures are given them, and store them."""

COMPONENTS_BY_KEY = {component.key: component for component in COMPONENTS if component.key}
"""Components that the archive of an exposure file holds, by the names that they have there."""

RECORD_COMPONENTS = {
    component.name: component
    for component in sorted(COMPONENTS, key=lambda component: component.column)
    if component.column >= 0
}
"""Components that rows of a catalog can have, by name, in the order of their ID columns."""

ID_COLUMNS = {
    column: component
    for component in RECORD_COMPONENTS.values()
    for column in (component.name, *component.old_columns)
}
"""Present and former names of ID columns."""


def kind_of_key(key: str) -> LazyClass | None:
    """Return the class of the components of a name (a ``key``), `None` for names that users invent."""
    component = COMPONENTS_BY_KEY.get(key)
    return None if component is None else component.kind
