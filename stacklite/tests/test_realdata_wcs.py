"""WCSs and cameras in real files of real telescopes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from numpy.testing import assert_allclose

from lsst.afw.cameraGeom import FIELD_ANGLE, FOCAL_PLANE, PIXELS, Camera, Detector
from lsst.afw.geom import SkyWcs
from lsst.afw.table import ExposureCatalog
from lsst.geom import Box2D, Point2D
from stacklite_support.cameras import amplifier_values, connection_values, orientation_values
from stacklite_support.parity import READS
from support.realdata import REALDATA, needs_realdata

pytestmark = needs_realdata

SUMMARIES = ["hsc/visitSummary_1176.fits", "hsc/visitSummary_36434.fits", "cfht/visitSummary-849375.fits"]
CAMERAS = {"hsc/camera_HSC.fits": 112, "cfht/camera_MegaPrime.fits": 36}


def stored_texts(path: Path) -> list[str]:
    """Return the texts of all SkyWcs of a file, read without stacklite."""
    with fits.open(path) as hdus:
        tables = [hdu.data for hdu in hdus[1:] if hdu.header.get("TTYPE1") == "wcs"]
        return [
            bytes(cell.astype(np.uint8)).decode()
            for t in tables
            if t["wcs"].dtype == object
            for cell in t["wcs"]
        ]


@pytest.mark.parametrize("name", SUMMARIES)
def test_every_wcs_survives_byte_for_byte(name: str, tmp_path: Path) -> None:
    stored = stored_texts(REALDATA / name)
    catalog = ExposureCatalog.readFits(str(REALDATA / name))
    wcss = [record.getWcs() for record in catalog if record.getWcs() is not None]
    assert sorted(wcs.writeString() for wcs in wcss) == sorted(stored)
    assert len(stored) >= 1
    catalog.writeFits(str(tmp_path / "copy.fits"))
    assert sorted(stored_texts(tmp_path / "copy.fits")) == sorted(stored)


@pytest.mark.parametrize("name", SUMMARIES)
def test_corners_are_those_that_the_stack_computed(name: str, record_parity: Callable[..., None]) -> None:
    compared = 0
    for record in ExposureCatalog.readFits(str(REALDATA / name)):
        corners = record.getWcs().pixelToSky(Box2D(record.getBBox()).getCorners())
        dec = [c.getDec().asDegrees() for c in corners]
        ra = np.array([c.getRa().asDegrees() for c in corners])
        assert_allclose(dec, record["decCorners"], atol=1e-9, rtol=0)
        assert_allclose((ra - record["raCorners"] + 180) % 360 - 180, 0, atol=1e-9)
        compared += len(corners)
    assert compared >= 4
    record_parity("SkyWcs", 2 * compared, "1e-9 degrees", source="real files")


@pytest.mark.parametrize("name", SUMMARIES)
def test_arrays_are_points_and_come_back(name: str) -> None:
    for record in ExposureCatalog.readFits(str(REALDATA / name)):
        wcs, box = record.getWcs(), record.getBBox()
        x, y = np.random.default_rng(record.getId()).uniform(0, 1, (2, 50))
        x, y = box.getMinX() + x * box.getWidth(), box.getMinY() + y * box.getHeight()
        ra, dec = wcs.pixelToSkyArray(x, y)
        scalar = wcs.pixelToSky([Point2D(*p) for p in zip(x, y, strict=True)])
        assert [p.getRa().asRadians() for p in scalar] == ra.tolist()
        assert [p.getDec().asRadians() for p in scalar] == dec.tolist()
        # the inverse is a polynomial of its own, fitted by the stack
        assert_allclose(wcs.skyToPixelArray(ra, dec), [x, y], atol=0.2)


def test_old_wcs_class_agrees_with_astropy(record_parity: Callable[..., None]) -> None:
    (first, *_) = ExposureCatalog.readFits(str(REALDATA / "afw_versions/exposure_catalog_v1.fits"))
    with fits.open(REALDATA / "afw_versions/exposure_catalog_v1.fits") as hdus:
        (row,) = next(hdu.data for hdu in hdus[1:] if hdu.header.get("AR_NAME") == "Wcs")
    header = {f"{k}{i}": row[f"{k.lower()}{i}"] for k in ("CTYPE", "CUNIT") for i in (1, 2)}
    header |= {"RADESYS": row["radesys"], "EQUINOX": row["equinox"]}
    header |= {"CRVAL1": row["crval_x"], "CRVAL2": row["crval_y"]}
    header |= {"CRPIX1": row["crpix_x"] + 1, "CRPIX2": row["crpix_y"] + 1}
    header |= dict(zip(("CD1_1", "CD2_1", "CD1_2", "CD2_2"), row["cd"], strict=True))
    expected = WCS(header).pixel_to_world([0, 100, 2000], [0, 200, 4000]).icrs
    ra, dec = first.getWcs().pixelToSkyArray([0, 100, 2000], [0, 200, 4000], degrees=True)
    # the conversions from FK5 to ICRS differ by 1e-3 arcsec
    assert_allclose([ra, dec], [expected.ra.deg, expected.dec.deg], atol=1e-6)
    record_parity("Wcs (old)", 1, "", READS, "real files")


@pytest.mark.parametrize("name", CAMERAS)
def test_camera_evaluates(name: str) -> None:
    camera = Camera.readFits(str(REALDATA / name))
    assert len(camera) == CAMERAS[name]
    for detector in camera:
        pixels = [Point2D(0.0, 0.0), Point2D(1000.0, 2000.0)]
        back = detector.transform(detector.transform(pixels, PIXELS, FIELD_ANGLE), FIELD_ANGLE, PIXELS)
        assert_allclose([list(p) for p in back], [list(p) for p in pixels], atol=0.01)  # fitted inverse


@pytest.mark.parametrize("name", CAMERAS)
def test_centre_of_every_detector_is_found_there(name: str) -> None:
    camera = Camera.readFits(str(REALDATA / name))
    centres = [detector.getCenter(FOCAL_PLANE) for detector in camera]
    for detector, found in zip(camera, camera.findDetectorsList(centres, FOCAL_PLANE), strict=True):
        assert detector.getId() in [d.getId() for d in found]


@pytest.mark.parametrize("name", CAMERAS)
def test_camera_survives(name: str, tmp_path: Path) -> None:
    camera = Camera.readFits(str(REALDATA / name))
    camera.writeFits(str(tmp_path / "camera.fits"))
    copy = Camera.readFits(str(tmp_path / "camera.fits"))
    assert connection_values(copy.getTransformMap()) == connection_values(camera.getTransformMap())
    for one, other in zip(camera, copy, strict=True):
        assert_same_detector(one, other)


def assert_same_detector(one: Detector, other: Detector) -> None:
    assert (one.getName(), one.getId(), one.getType(), one.getSerial(), one.getPhysicalType()) == (
        other.getName(), other.getId(), other.getType(), other.getSerial(), other.getPhysicalType()
    )  # fmt: skip
    assert one.getBBox() == other.getBBox()
    assert one.getPixelSize() == other.getPixelSize()
    assert orientation_values(one.getOrientation()) == orientation_values(other.getOrientation())
    assert amplifier_values(one) == amplifier_values(other)
    assert np.array_equal(one.getCrosstalk(), other.getCrosstalk())


def test_detector_of_a_real_exposure(tmp_path: Path) -> None:
    from lsst.afw.image import ExposureF

    detector = ExposureF(str(REALDATA / "hsc/calexp_180802004_4.fits")).getDetector()
    camera = Camera.readFits(str(REALDATA / "hsc/camera_HSC.fits"))
    assert detector.getName() == camera[detector.getId()].getName()
    assert detector.getBBox() == camera[detector.getId()].getBBox()


def test_fitted_wcs_of_another_version(tmp_path: Path) -> None:
    # its text has explicit "Invert = 0" lines, which AST does not write any more
    path = REALDATA / "afw_versions/jointcal_wcs-0030600-088.fits"
    wcs = SkyWcs.readFits(str(path))
    wcs.writeFits(str(tmp_path / "wcs.fits"))
    assert stored_texts(tmp_path / "wcs.fits") == stored_texts(path)
    pixel = wcs.skyToPixel(wcs.pixelToSky(Point2D(1000.0, 3000.0)))
    assert_allclose(list(pixel), [1000.0, 3000.0], atol=1e-3)
