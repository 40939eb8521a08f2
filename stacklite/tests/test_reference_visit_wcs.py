"""WCSs and camera of the visit that the real stack wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lsst.afw.cameraGeom import FIELD_ANGLE, FOCAL_PLANE, PIXELS, TAN_PIXELS, Camera
from lsst.afw.geom import SkyWcs
from lsst.afw.table import ExposureCatalog
from lsst.geom import Point2D
from lsst.obs.base.yamlCamera import makeCamera
from stacklite_support.cameras import amplifier_values, connection_values, orientation_values
from stacklite_support.paths import REFERENCE_VISIT

EXPECTED = json.loads((REFERENCE_VISIT / "expected.json").read_text())
SUMMARIES = {"visitSummary.fits": EXPECTED["input"]} | {
    f"expected_finalVisitSummary_{name}.fits": rows for name, rows in EXPECTED["outputs"].items()
}
CATALOGS = [
    *sorted(path.name for path in REFERENCE_VISIT.glob("gbdes*.fits")),
    *(name for name in SUMMARIES),
]


@pytest.mark.parametrize("name", SUMMARIES)
def test_values_of_all_wcs(name: str, record_parity: Callable[..., None]) -> None:
    catalog = ExposureCatalog.readFits(str(REFERENCE_VISIT / name))
    compared = 0
    for record, row in zip(catalog, SUMMARIES[name], strict=True):
        wcs, expected = record.getWcs(), row["_objects"]
        assert record.getId() == row["id"]
        if expected["wcs"] is None:
            assert wcs is None
        else:
            compared += check_wcs(wcs, expected)
    record_parity("SkyWcs", 5 * compared, "1e-9 degrees", source="reference visit")
    assert compared >= 21  # 9 detectors, up to two without a WCS, 3 points each


def check_wcs(wcs: SkyWcs, expected: dict[str, Any]) -> int:
    """Compare positions and scales; return at how many points."""
    points = [Point2D(*p) for p in expected["points"]]
    sky = wcs.pixelToSky(points)
    degrees = [[p.getRa().asDegrees(), p.getDec().asDegrees()] for p in sky]
    assert_allclose(degrees, expected["wcs"], atol=1e-9, rtol=0)
    scales = [wcs.getPixelScale(p).asArcseconds() for p in points]
    assert_allclose(scales, expected["wcs_pixel_scale_arcsec"], rtol=1e-10)
    back = [[p.getX(), p.getY()] for p in wcs.skyToPixel(sky)]
    assert_allclose(back, expected["wcs_roundtrip_pixel"], atol=1e-8, rtol=0)
    ra, dec = wcs.pixelToSkyArray(*np.array(expected["points"]).T, degrees=True)
    assert_allclose(np.transpose([ra, dec]), expected["wcs"], atol=1e-9, rtol=0)
    return len(points)


@pytest.mark.parametrize("name", CATALOGS)
def test_text_of_all_wcs_survives(name: str, tmp_path: Any) -> None:
    catalog = ExposureCatalog.readFits(str(REFERENCE_VISIT / name))
    catalog.writeFits(str(tmp_path / "copy.fits"))
    copy = ExposureCatalog.readFits(str(tmp_path / "copy.fits"))
    texts = [(text_of(a.getWcs()), text_of(b.getWcs())) for a, b in zip(catalog, copy, strict=True)]
    assert all(a == b for a, b in texts)
    assert sum(a is not None for a, _ in texts) >= 3


def text_of(wcs: SkyWcs | None) -> tuple[str, str | None] | None:
    if wcs is None:
        return None
    approximation = wcs.getFitsApproximation()
    return wcs.writeString(), None if approximation is None else approximation.writeString()


def test_camera_from_both_descriptions() -> None:
    stored = Camera.readFits(str(REFERENCE_VISIT / "camera.fits"))
    made = makeCamera(str(REFERENCE_VISIT / "camera.yaml"))
    assert [d.getId() for d in stored] == [d.getId() for d in made] == EXPECTED["detectors"]
    for one, other in zip(stored, made, strict=True):
        assert amplifier_values(one) == amplifier_values(other)
        assert orientation_values(one.getOrientation()) == orientation_values(other.getOrientation())
        assert (one.getName(), one.getSerial(), one.getType(), one.getPhysicalType(), one.getBBox()) == (
            other.getName(), other.getSerial(), other.getType(), other.getPhysicalType(), other.getBBox()
        )  # fmt: skip
        for system in (PIXELS, FOCAL_PLANE, FIELD_ANGLE, TAN_PIXELS):
            corners = [[list(p) for p in d.getCorners(system)] for d in (one, other)]
            # the inverse of the radial polynomial is good to 1e-8 and enters the scale of TAN_PIXELS
            assert_allclose(*corners, rtol=1e-10, atol=1e-7 if system == TAN_PIXELS else 1e-12)


def test_camera_survives(tmp_path: Any) -> None:
    camera = Camera.readFits(str(REFERENCE_VISIT / "camera.fits"))
    camera.writeFits(str(tmp_path / "camera.fits"))
    copy = Camera.readFits(str(tmp_path / "camera.fits"))
    assert connection_values(copy.getTransformMap()) == connection_values(camera.getTransformMap())
    assert (copy.getName(), copy.getPupilFactoryName()) == (camera.getName(), camera.getPupilFactoryName())
    for one, other in zip(camera, copy, strict=True):
        assert amplifier_values(one) == amplifier_values(other)
        assert orientation_values(one.getOrientation()) == orientation_values(other.getOrientation())


def test_detector_of_an_exposure_file_is_that_of_the_camera() -> None:
    from lsst.afw.image import ExposureF

    camera = Camera.readFits(str(REFERENCE_VISIT / "camera.fits"))
    detector = ExposureF(str(REFERENCE_VISIT / "calexp_94.fits")).getDetector()
    assert connection_values(detector.getTransformMap()) == connection_values(camera.getTransformMap())
    assert amplifier_values(detector) == amplifier_values(camera[94])
