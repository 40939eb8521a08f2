"""The pointing of the reference visit, fitted again (configuration ``full``)."""

from __future__ import annotations

from functools import cache

import numpy as np

from lsst.afw.cameraGeom import Camera
from lsst.afw.geom import SkyWcs
from lsst.afw.table import ExposureCatalog, ExposureRecord, SchemaMapper
from lsst.geom import Box2D, arcseconds
from lsst.meas.astrom.fit_sip_approximation import FitSipApproximationTask
from lsst.meas.astrom.refit_pointing import RefitPointingTask
from lsst.pipe.base import Struct
from stacklite_support.paths import REFERENCE_VISIT
from stacklite_support.reference_visit import EXPECTED

ROWS = {row["id"]: row for row in EXPECTED["outputs"]["full"]}


def read_catalog(name: str) -> ExposureCatalog:
    return ExposureCatalog.readFits(str(REFERENCE_VISIT / f"{name}.fits"))


def consistent_wcs(record: ExposureRecord, tracts: dict[int, ExposureCatalog]) -> SkyWcs | None:
    """Return the WCS of the tract that the stack chose unless it moves a corner too far."""
    tract = ROWS[record.getId()]["wcsTractId"]
    found = tracts[tract].find(record.getId()) if tract >= 0 else None
    if found is None or found.getWcs() is None or record.getWcs() is None:
        return None
    corners = Box2D(record.getBBox()).getCorners()
    before, after = (w.pixelToSky(corners) for w in (record.getWcs(), found.getWcs()))
    offset = max(a.separation(b) for a, b in zip(before, after, strict=True))
    threshold = EXPECTED["configs"]["full"]["wcs_consistency_threshold"] * arcseconds
    return None if offset > threshold else found.getWcs()


@cache
def refitted() -> tuple[ExposureCatalog, Struct]:
    """Run both tasks on the input summary with the WCSs of the tracts."""
    tracts = {t: read_catalog(f"gbdesAstrometricFitSkyWcsCatalog_tract{t}") for t in EXPECTED["tracts"]}
    summary = read_catalog("visitSummary")
    mapper = SchemaMapper(summary.schema)
    mapper.addMinimalSchema(summary.schema, True)
    pointing = RefitPointingTask(schema=mapper.editOutputSchema())
    sip = FitSipApproximationTask()
    for name, kind in (("wcs_sip_delta_sky", "Angle"), ("wcs_sip_delta_pixel", "D")):
        mapper.editOutputSchema().addField(name, type=kind, doc="Accuracy of the approximation.")
    catalog = ExposureCatalog(mapper.getOutputSchema())
    for record in summary:
        output = catalog.addNew()
        output.assign(record, mapper)
        output.setWcs(consistent_wcs(record, tracts))
    result = pointing.run(catalog=catalog, camera=Camera.readFits(str(REFERENCE_VISIT / "camera.fits")))
    for record in catalog:
        if record.getWcs() is not None:
            fit = sip.run(wcs=record.getWcs(), bbox=record.getBBox())
            record.setWcs(fit.wcs)
            record["wcs_sip_delta_sky"] = fit.delta_sky
            record["wcs_sip_delta_pixel"] = fit.delta_pixel
    return catalog, result


def column(catalog: ExposureCatalog, name: str) -> np.ndarray:
    return np.array([float(np.asarray(value)) for value in catalog[name]])


def expected_column(name: str) -> np.ndarray:
    values = [row[name] for row in ROWS.values()]
    return np.array([np.nan if value is None else value for value in values], dtype=float)
