"""Pointings that are known because the WCSs were made from them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsst.afw.cameraGeom import Camera
from lsst.afw.table import ExposureCatalog
from lsst.geom import Angle, Box2D, Extent2D, Point2D, SpherePoint, arcseconds, degrees
from lsst.meas.astrom.refit_pointing import RefitPointingConfig, RefitPointingTask
from lsst.obs.base.utils import createInitialSkyWcsFromBoresight
from lsst.pipe.base import Struct
from lsst.sphgeom import ConvexPolygon
from stacklite_support.golden import own_file

RESIDUAL_LIMIT = np.deg2rad(1e-9)


@cache
def camera() -> Camera:
    return Camera.readFits(own_file("pointing_camera.fits.gz"))


def run_task(
    boresight: SpherePoint, orientation: Angle, detectors: list[int]
) -> tuple[ExposureCatalog, Struct]:
    schema = ExposureCatalog.Table.makeMinimalSchema()
    task = RefitPointingTask(schema=schema, config=RefitPointingConfig())
    catalog = ExposureCatalog(schema)
    for detector in detectors:
        record = catalog.addNew()
        record.setId(detector)
        record.setBBox(camera()[detector].getBBox())
        record.setWcs(createInitialSkyWcsFromBoresight(boresight, orientation, camera()[detector]))
    return catalog, task.run(catalog=catalog, camera=camera())


# Multiples of a hundredth of a degree: AST moves right ascensions within 1e-6 degrees of 0, 90, 180 and 270
# onto these. Not the poles: FITS turns the TAN projection by 180 degrees there (LONPOLE). So does the stack.
pointings = st.tuples(
    st.integers(0, 35999).map(lambda n: n / 100),
    st.one_of(st.integers(-8999, 8999).map(lambda n: n / 100), st.sampled_from([-89.99, 0.0, 89.99])),
    st.floats(-180.0, 180.0),
)
subsets = st.sets(st.sampled_from(sorted(d.getId() for d in camera())), min_size=1)


@settings(max_examples=60, deadline=None)
@given(pointing=pointings, detectors=subsets, data=st.data())
def test_the_pointing_is_recovered(
    pointing: tuple[float, float, float], detectors: set[int], data: st.DataObject
) -> None:
    """Wherever it is, for any detectors in any order; regions are those of the WCSs."""
    boresight, orientation = SpherePoint(pointing[0], pointing[1], degrees), pointing[2] * degrees
    order = data.draw(st.permutations(sorted(detectors)))
    catalog, result = run_task(boresight, orientation, order)
    assert result.boresight.separation(boresight).asRadians() < RESIDUAL_LIMIT
    assert -270.0 < result.orientation.asDegrees() <= 90.0
    # Near a pole the orientation changes with the longitude. One detector knows it to 1e-7.
    if abs(pointing[1]) < 89.0:
        assert abs((result.orientation - orientation).wrapCtr().asRadians()) < 1e-7
    for record in catalog:
        assert not record["wcs_detector_pointing_rejected"]
        for name in ("wcs_detector_pointing_residual", "wcs_visit_pointing_residual"):
            assert record[name].asRadians() < RESIDUAL_LIMIT
    check_regions(catalog, result)


def check_regions(catalog: ExposureCatalog, result: Struct) -> None:
    """Every detector has a region inside that of the visit; it is larger where there was no WCS."""
    regions = result.regions
    assert list(regions.detector_regions) == [d.getId() for d in camera()]
    assert isinstance(regions.visit_region, ConvexPolygon)
    with_wcs = {record.getId() for record in catalog}
    for detector, region in regions.detector_regions.items():
        wcs = createInitialSkyWcsFromBoresight(result.boresight, result.orientation, camera()[detector])
        box = Box2D(camera()[detector].getBBox())
        grown = Box2D(box)
        grown.grow(40)
        inside = [p.getVector() for p in wcs.pixelToSky(shrunk(box).getCorners())]
        outside = [p.getVector() for p in wcs.pixelToSky(grown.getCorners())]
        assert all(region.contains(v) and regions.visit_region.contains(v) for v in inside)
        assert all(region.contains(v) == (detector not in with_wcs) for v in outside)


def shrunk(box: Box2D) -> Box2D:
    result = Box2D(box)
    result.grow(-0.01)
    return result


def test_boxes_that_do_not_start_at_zero() -> None:
    """The box of the camera counts, not that of the row."""
    boresight = SpherePoint(30.0, -40.0, degrees)
    catalog, result = run_task(boresight, 10 * degrees, [4, 13])
    moved, again = run_task(boresight, 10 * degrees, [4, 13])
    box = moved[0].getBBox()
    box.shift(box.getDimensions())
    moved[0].setBBox(box)
    assert result.regions == again.regions


@pytest.mark.parametrize(("offset", "rejected", "removed"), [(2.0, False, False), (70.0, False, True)])
def test_a_shifted_wcs_is_not_rejected_but_removed_if_the_others_outvote_it(
    offset: float, rejected: bool, removed: bool
) -> None:
    boresight = SpherePoint(30.0, -40.0, degrees)
    ids = [d.getId() for d in camera()]
    catalog, _ = run_task(boresight, 0 * degrees, ids)
    shift = Extent2D(offset / catalog[4].getWcs().getPixelScale().asArcseconds(), 0.0)
    catalog[4].setWcs(catalog[4].getWcs().copyAtShiftedPixelOrigin(shift))
    task = RefitPointingTask(schema=ExposureCatalog.Table.makeMinimalSchema())
    task.run(catalog=catalog, camera=camera())
    assert catalog[4]["wcs_detector_pointing_rejected"] == rejected
    assert (catalog[4].getWcs() is None) == removed
    # one of nine draws the fit to itself by a ninth
    assert catalog[4]["wcs_visit_pointing_residual"].asArcseconds() == pytest.approx(offset * 8 / 9, rel=0.05)
    assert all(catalog[i].getWcs() is not None for i in range(9) if i != 4)


def test_nothing_of_the_row_but_its_wcs_is_changed() -> None:
    boresight = SpherePoint(30.0, -40.0, degrees)
    catalog, _ = run_task(boresight, 0 * degrees, [1, 4])
    wcss = [record.getWcs() for record in catalog]
    task = RefitPointingTask(schema=ExposureCatalog.Table.makeMinimalSchema())
    task.run(catalog=catalog, camera=camera())
    assert [record.getWcs() for record in catalog] == wcss
    assert [record.getId() for record in catalog] == [1, 4]
    assert wcss[0].pixelToSky(Point2D(0, 0)).separation(boresight) > 1 * arcseconds
