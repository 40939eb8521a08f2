"""Texts of a VisitInfo, and headers with values that are undefined or wrong. Values are the real stack's."""

from __future__ import annotations

from typing import Any

import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.coord import Observatory, Weather
from lsst.afw.image import RotType, VisitInfo
from lsst.daf.base import DateTime, PropertyList
from lsst.geom import SpherePoint, degrees


def test_text() -> None:
    info = VisitInfo(
        exposureTime=10.01,
        darkTime=11.02,
        date=DateTime(65321.1, DateTime.MJD, DateTime.TAI),
        ut1=12345.1,
        era=45.1 * degrees,
        boresightRaDec=SpherePoint(23.1, 73.2, degrees),
        boresightAzAlt=SpherePoint(134.5, 33.3, degrees),
        boresightAirmass=1.73,
        boresightRotAngle=73.2 * degrees,
        rotType=RotType.SKY,
        observatory=Observatory(11.1 * degrees, 22.2 * degrees, 0.333),
        weather=Weather(1.1, 2.2, 34.5),
        instrumentLabel="TestCameraOne",
        id=987654,
        focusZ=1.5,
        observationType="flat",
        object="test object",
    )
    parts = [
        "exposureTime=10.01, darkTime=11.02, date=2037-09-20T02:24:00.000000000, UT1=12345.1",
        "ERA=0.787143 rad",
        "boresightRaDec=(23.1000000000, +73.2000000000), boresightAzAlt=(134.5000000000, +33.3000000000)",
        "boresightAirmass=1.73, boresightRotAngle=1.27758 rad, rotType=1, observatory=22.2N, 11.1E  0.333",
        "weather=Weather(1.1, 2.2, 34.5), instrumentLabel='TestCameraOne', id=987654, focusZ=1.5",
        "observationType='flat', scienceProgram='', observationReason='', object='test object'",
        "hasSimulatedContent=false",
    ]
    assert str(info) == repr(info) == f"VisitInfo({', '.join(parts)})"
    assert "object='', hasSimulatedContent=true" in str(VisitInfo(hasSimulatedContent=True))
    assert "darkTime=nan, date=<invalid>, UT1=1e+10" in str(VisitInfo(ut1=1e10))


def test_texts_of_sites_and_weather() -> None:
    site = Observatory(-70.5 * degrees, -30.25 * degrees, 2663.123456789)
    assert str(site) == repr(site) == "-30.25N, -70.5E  2663.12"
    assert str(Weather(1.123456789, 2.0, 3.0)) == "Weather(1.12346, 2, 3)"


def _info(**cards: Any) -> VisitInfo:
    metadata = PropertyList()
    for name, value in cards.items():
        metadata.set(name, value)
    return VisitInfo(metadata)


def test_undefined_cards_are_unknown() -> None:
    names = (
        "IDNUM",
        "EXPTIME",
        "ROTTYPE",
        "INSTRUMENT",
        "DATE-AVG",
        "HAS-SIMULATED-CONTENT",
        "AIRTEMP",
        "OBS-LAT",
    )
    assert _info(**dict.fromkeys(names)) == VisitInfo()
    assert _info(EXPTIME=3, ROTTYPE="SKY").getExposureTime() == 3.0


@pytest.mark.parametrize(
    ("cards", "error"),
    [
        ({"IDNUM": 1.5}, pex_exceptions.TypeError),
        ({"IDNUM": "12"}, pex_exceptions.TypeError),
        ({"INSTRUMENT": 5}, pex_exceptions.TypeError),
        ({"ROTTYPE": "unknown"}, pex_exceptions.RuntimeError),
        ({"ROTTYPE": ""}, pex_exceptions.RuntimeError),
        ({"DATE-AVG": "2026-01-01T00:00:00"}, pex_exceptions.RuntimeError),
        ({"DATE-AVG": "2026-01-01T00:00:00", "TIMESYS": "UTC"}, pex_exceptions.RuntimeError),
        ({"HAS-SIMULATED-CONTENT": 5}, pex_exceptions.TypeError),
    ],
)
def test_cards_that_are_wrong(cards: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        _info(**cards)
