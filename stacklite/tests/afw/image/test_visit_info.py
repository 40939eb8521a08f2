"""`VisitInfo`: values, angles, headers."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.coord import Observatory, Weather
from lsst.afw.image import RotType, VisitInfo, setVisitInfoMetadata, stripVisitInfoKeywords
from lsst.daf.base import DateTime, PropertyList
from lsst.geom import SpherePoint, degrees
from stacklite_support.parity import READS
from support.realdata import REALDATA, needs_realdata

FULL = VisitInfo(
    exposureTime=30.0,
    darkTime=30.6,
    date=DateTime("2026-03-21T04:05:06.123456789", DateTime.TAI),
    ut1=61120.17021,
    era=45.1 * degrees,
    boresightRaDec=SpherePoint(150.1 * degrees, 2.2 * degrees),
    boresightAzAlt=SpherePoint(20.1 * degrees, 52.3 * degrees),
    boresightAirmass=1.26,
    boresightRotAngle=33 * degrees,
    rotType=RotType.SKY,
    observatory=Observatory(-70.7 * degrees, -30.2 * degrees, 2663.0),
    weather=Weather(7.1, 73892.0, 34.5),
    instrumentLabel="Cam",
    id=2026032100001,
    focusZ=0.31,
    observationType="science",
    scienceProgram="BLOCK 365",
    observationReason="object",
    object="COSMOS",
    hasSimulatedContent=True,
)


def test_everything_is_unknown_by_default() -> None:
    info = VisitInfo()
    assert math.isnan(info.exposureTime)
    assert not info.date.isValid()
    assert info.rotType is RotType.UNKNOWN
    assert (info.id, info.object, info.hasSimulatedContent) == (0, "", False)
    assert math.isnan(info.getBoresightParAngle().asRadians())
    assert info == VisitInfo()
    with pytest.raises(TypeError, match="unhashable"):
        hash(info)


def test_visit_info_is_immutable_and_copied_with_changes() -> None:
    with pytest.raises(AttributeError):
        FULL.id = 3
    changed = FULL.copyWith(id=3, rotType=RotType.MOUNT)
    assert (changed.id, changed.rotType, changed.object) == (3, RotType.MOUNT, "COSMOS")
    assert changed != FULL
    assert FULL.copyWith() == FULL == copy.deepcopy(FULL) == pickle.loads(pickle.dumps(FULL))
    with pytest.raises(TypeError, match="color"):
        VisitInfo(color=3)
    with pytest.raises(TypeError):
        VisitInfo(30.0, exposureTime=3.0)
    with pytest.raises(TypeError, match="color"):
        FULL.copyWith(color=3)
    assert VisitInfo(FULL) == VisitInfo(visitInfo=FULL) == FULL
    assert FULL.isPersistable is True, "an attribute, as in the stack"


@pytest.mark.parametrize("info", [FULL, VisitInfo(), VisitInfo(focusZ=1.0, object="a 'b'")])
def test_archive_and_header_keep_everything(info: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "info.fits")
    info.writeFits(path)
    assert VisitInfo.readFits(path) == info
    metadata = PropertyList()
    setVisitInfoMetadata(metadata, info)
    assert ("EXPTIME" in metadata) == (not math.isnan(info.exposureTime))
    assert "ROTTYPE" in metadata
    found = VisitInfo(metadata)
    for name in ("boresightRaDec", "boresightAzAlt"):
        # Through degrees and back.
        assert getattr(found, name)[0].asDegrees() == pytest.approx(
            getattr(info, name)[0].asDegrees(), rel=1e-15, nan_ok=True
        )
    metadata["OTHER"] = 3
    assert "ROTTYPE" in stripVisitInfoKeywords(metadata)
    assert metadata.getOrderedNames() == ["OTHER"]


def test_header_variants() -> None:
    metadata = PropertyList()
    metadata["EXPTIME"] = "12.5"
    metadata["TIME-MID"] = "2037-09-20T02:23:23.0Z"
    info = VisitInfo(metadata)
    assert info.exposureTime == 12.5
    assert info.date == DateTime("2037-09-20T02:23:23Z", DateTime.UTC)
    metadata["DATE-AVG"] = "2037-09-20T02:25:25"
    with pytest.raises(pex_exceptions.RuntimeError, match="TIMESYS"):
        VisitInfo(metadata)
    metadata["TIMESYS"] = "TAI"
    assert VisitInfo(metadata).date == DateTime("2037-09-20T02:25:25", DateTime.TAI)
    metadata["ROTTYPE"] = "SIDEWAYS"
    with pytest.raises(pex_exceptions.RuntimeError, match="SIDEWAYS"):
        VisitInfo(metadata)


def test_rotator_types_are_neither_numbers_nor_ordered() -> None:
    assert RotType(1) is RotType.SKY and int(RotType.SKY) == 1 and RotType.SKY != 1
    for use in (lambda: RotType.SKY < RotType.MOUNT, lambda: RotType["SKY"], lambda: RotType.SKY + 1):
        with pytest.raises(TypeError):
            use()


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
        # A direction 1e-3 rad from the zenith has lost three digits.
        assert abs((visit.boresightParAngle - expected).wrapCtr().asRadians()) < 1e-11


# -- Real files ------------------------------------------------------------------------


@needs_realdata
def test_visit_info_versions(record_parity: Callable[..., None]) -> None:
    names = ["noversion", *(f"version-{n}" for n in range(1, 6))]
    read = [VisitInfo.readFits(str(REALDATA / "afw_versions" / f"visitInfo-{name}.fits")) for name in names]
    for info in read:
        assert (info.exposureTime, info.darkTime, info.ut1) == (10.01, 11.02, 12345.1)
        assert info.date == DateTime("2037-09-20T02:24:00", DateTime.TAI)
        assert info.boresightRaDec[1].asDegrees() == pytest.approx(73.2)
        assert info.boresightAzAlt[0].asDegrees() == pytest.approx(134.5)
        assert info.rotType is RotType.SKY
    # Each version knows more.
    found = [(info.instrumentLabel, info.id, info.focusZ, info.object) for info in read]
    expected = [
        ("", 0, np.nan, ""),
        ("TestCameraOne", 0, np.nan, ""),
        ("TestCameraOne", 987654, np.nan, ""),
        ("TestCameraOne", 987654, 1.5, ""),
        ("TestCameraOne", 987654, 1.5, "test object"),
        ("TestCameraOne", 987654, 1.5, "test object"),
    ]
    np.testing.assert_equal(found, expected)
    record_parity("VisitInfo", len(read), "versions 0 to 5", READS, "real files")


# The values are those of the real stack.
@pytest.mark.parametrize(
    "key", ["EXPTIME", "MJD-AVG-UT1", "AVG-ERA", "BORE-RA", "BORE-DEC", "OBS-LONG", "AIRTEMP"]
)
def test_texts_where_numbers_belong_are_unknown(key: str) -> None:
    metadata = PropertyList()
    metadata.set("FOCUSZ", 2.5)
    expected = VisitInfo(metadata)
    for value in ("text", "") if key in ("EXPTIME", "MJD-AVG-UT1", "AIRTEMP") else ("text", "", "30"):
        metadata.set(key, value)
        assert VisitInfo(metadata) == expected
        assert VisitInfo(metadata).focusZ == 2.5


def test_numbers_at_the_beginning_of_texts() -> None:
    metadata = PropertyList()
    for text, number in ((" 12.5 ", 12.5), ("1e1", 10.0), ("12.5s", 12.5), ("-.5", -0.5)):
        metadata.set("EXPTIME", text)
        assert VisitInfo(metadata).exposureTime == number


def test_truth_values_and_numbers_of_visits() -> None:
    metadata = PropertyList()
    metadata.set("IDNUM", True)
    assert VisitInfo(metadata).id == 1
    for wrong in (5, 0, 2.5, "T"):
        metadata.set("HAS-SIMULATED-CONTENT", wrong)
        with pytest.raises(pex_exceptions.TypeError):
            VisitInfo(metadata)
    metadata.set("HAS-SIMULATED-CONTENT", None)
    assert not VisitInfo(metadata).hasSimulatedContent
