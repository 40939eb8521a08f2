"""Values that describe exposures: what no other test of `lsst.afw.image` calls."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsst.afw.coord import Observatory
from lsst.afw.image import ApCorrMap, Color, ExposureF, VisitInfo
from lsst.afw.math import ChebyshevBoundedField
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, degrees
from lsst.pex.exceptions import LengthError, NotFoundError
from stacklite_support.golden import own_file
from stacklite_support.paths import REFERENCE_VISIT

PART = Box2I(Point2I(-10, 1010), Extent2I(5, 7))


@given(st.floats(0, 360), st.floats(-70, 70), st.floats(-80, 80), st.floats(0, 360), st.floats(-180, 180))
def test_angles_of_the_boresight(
    ra: float, dec: float, latitude: float, era: float, longitude: float
) -> None:
    """The parallactic angle is that between north and the zenith, from north through east."""
    site = Observatory(longitude * degrees, latitude * degrees, 0.0)
    boresight = SpherePoint(ra, dec, degrees)
    visit = VisitInfo(era=era * degrees, boresightRaDec=boresight, observatory=site)
    assert visit.localEra == visit.getLocalEra() == era * degrees + longitude * degrees
    assert visit.boresightHourAngle == visit.getBoresightHourAngle()
    turns = (visit.localEra - visit.boresightHourAngle - ra * degrees).wrapCtr()
    assert abs(turns.asRadians()) < 1e-14
    zenith = SpherePoint(visit.localEra, site.getLatitude())
    if 1e-3 < boresight.separation(zenith).asRadians() < math.pi - 1e-3:
        expected = 90 * degrees - boresight.bearingTo(zenith)
        assert visit.boresightParAngle == visit.getBoresightParAngle()
        # a direction 1e-3 rad from the zenith has lost three digits
        assert abs((visit.boresightParAngle - expected).wrapCtr().asRadians()) < 1e-11


def test_maps_of_aperture_corrections() -> None:
    one, two = (ChebyshevBoundedField(PART, np.array([[value]])) for value in (1.0, 2.0))
    corrections = ApCorrMap()
    corrections["b"], corrections["a"] = one, two
    assert list(corrections.keys()) == ["a", "b"] == list(corrections)
    assert list(corrections.values()) == [two, one] and "a" in corrections and "c" not in corrections
    assert corrections.get("a") is two and corrections.get("c") is None
    corrections *= 3.0
    assert corrections["b"].evaluate(Point2D(-8, 1012)) == 3.0
    with pytest.raises(LengthError, match="65 characters"):
        corrections.set("x" * 65, one)
    with pytest.raises(NotFoundError, match="'c'"):
        corrections["c"]


def test_colours_have_a_kind() -> None:
    colour = Color(0.5, "g-i")
    assert colour.getColorType() == "g-i"
    assert colour == Color(colorValue=0.5, colorType="g-i")
    assert colour not in (Color(0.5, "r-i"), Color(0.4, "g-i"), Color()) and Color() == Color()
    with pytest.raises(TypeError, match="unhashable"):
        hash(colour)
    # A color that is not a number is not the same as none.
    unknown = Color(math.nan, "g-i")
    assert not unknown.isIndeterminate() and unknown != Color() and unknown != unknown  # noqa: PLR0124


def test_calibrations_at_many_positions() -> None:
    """An array of positions gives what each position gives, for constant and varying calibrations."""
    info = ExposureF(str(REFERENCE_VISIT / "calexp_91.fits")).info
    for calibration in (info.getPhotoCalib(), ExposureF(own_file("exposure_full_xy0.fits")).photoCalib):
        x, y = np.meshgrid([0.0, 100.5, 319.0], [0.0, 255.0])
        found = calibration.getLocalCalibrationArray(x, y)
        expected = [calibration.getLocalCalibration(Point2D(*p)) for p in zip(x.flat, y.flat, strict=True)]
        assert found.shape == x.shape and found.ravel().tolist() == expected
