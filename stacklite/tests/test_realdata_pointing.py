"""The pointing of real visits, with the WCSs and the camera of Hyper Suprime-Cam."""

from __future__ import annotations

import pytest

from lsst.afw.cameraGeom import Camera
from lsst.afw.table import ExposureCatalog, SchemaMapper
from lsst.geom import degrees
from lsst.meas.astrom.fit_sip_approximation import FitSipApproximationTask
from lsst.meas.astrom.refit_pointing import RefitPointingTask
from lsst.sphgeom import UnitVector3d
from support.realdata import REALDATA, needs_realdata

HSC = REALDATA / "hsc"


@needs_realdata
@pytest.mark.parametrize("visit", [1176, 36434])
def test_the_fitted_pointing_is_that_of_the_telescope(visit: int) -> None:
    summary = ExposureCatalog.readFits(str(HSC / f"visitSummary_{visit}.fits"))
    mapper = SchemaMapper(summary.schema)
    mapper.addMinimalSchema(summary.schema, True)
    task = RefitPointingTask(schema=mapper.editOutputSchema())
    catalog = ExposureCatalog(mapper.getOutputSchema())
    for record in summary:
        catalog.addNew().assign(record, mapper)
    camera = Camera.readFits(str(HSC / "camera_HSC.fits"))
    result = task.run(catalog=catalog, camera=camera)
    visit_info = summary[0].getVisitInfo()
    # the telescope points to some 10 arcsec; the distortion of the camera file is good to 20
    assert result.boresight.separation(visit_info.getBoresightRaDec()).asArcseconds() < 30.0
    turned = (result.orientation - visit_info.getBoresightRotAngle()).wrapCtr()
    assert abs(turned.asDegrees()) < 0.1
    assert -270 * degrees < result.orientation <= 90 * degrees
    for record in catalog:
        own, common = (
            record[f"wcs_{name}_pointing_residual"].asArcseconds() for name in ("detector", "visit")
        )
        assert 0.0 < own < 10.0 and own <= common < 30.0
        assert record.getWcs() is not None and not record["wcs_detector_pointing_rejected"]
    regions = result.regions
    assert len(regions.detector_regions) == len(camera) == 112
    assert len(catalog) == 103
    for record in catalog:
        center = record.getWcs().pixelToSky(*record.getBBox().getCenter()).getVector()
        holding = [i for i, region in regions.detector_regions.items() if region.contains(center)]
        assert holding == [record.getId()]
    boresight = UnitVector3d(*result.boresight.getVector())
    assert regions.visit_region.contains(boresight)


@needs_realdata
def test_sip_approximations_of_real_wcss() -> None:
    summary = ExposureCatalog.readFits(str(HSC / "visitSummary_36434.fits"))
    task = FitSipApproximationTask()
    for record in list(summary)[::25]:
        result = task.run(wcs=record.getWcs(), bbox=record.getBBox())
        assert result.wcs.getFitsMetadata(precise=False)["CTYPE1"] == "RA---TAN-SIP"
        assert result.delta_sky.asArcseconds() < 1e-5 and result.delta_pixel < 1e-4
