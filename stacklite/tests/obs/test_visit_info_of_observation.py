"""Visit information from standard descriptions of observations; values are those of the stack."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import astropy.units as u
import pytest
from astropy.coordinates import AltAz, Angle, EarthLocation, SkyCoord
from astropy.time import Time

from lsst.afw.image import RotType, VisitInfo
from lsst.daf.base import DateTime
from lsst.obs.base import MakeRawVisitInfoViaObsInfo

# Attributes of a description, which is made by a package for newer versions of Python only.
_NAMES = """
    altaz_begin boresight_airmass boresight_rotation_angle boresight_rotation_coord dark_time datetime_begin
    datetime_end exposure_id exposure_time focus_z has_simulated_content instrument location object
    observation_reason observation_type pressure relative_humidity science_program temperature tracking_radec
""".split()


def make_description(**known: Any) -> Any:
    return SimpleNamespace(**(dict.fromkeys(_NAMES) | known))


def make_visit_info(**known: Any) -> VisitInfo:
    return MakeRawVisitInfoViaObsInfo.observationInfo2visitInfo(make_description(**known))


def test_everything_is_converted() -> None:
    location = EarthLocation.from_geodetic(-70.75 * u.deg, -30.25 * u.deg, 2663 * u.m)
    begin = Time("2026-03-21T04:04:51.123456789", format="isot", scale="tai", precision=9)
    info = make_visit_info(
        exposure_id=42,
        instrument="RefCam",
        exposure_time=0.5 * u.min,
        dark_time=31 * u.s,
        focus_z=300 * u.um,
        observation_type="science",
        science_program="BLOCK-365",
        observation_reason="survey",
        object="COSMOS",
        has_simulated_content=True,
        datetime_begin=begin,
        datetime_end=begin + 30 * u.s,
        tracking_radec=SkyCoord(150.25 * u.deg, 2.5 * u.deg, frame="icrs"),
        altaz_begin=AltAz(az=20 * u.deg, alt=52 * u.deg),
        boresight_airmass=1.25,
        boresight_rotation_angle=Angle(42 * u.deg),
        boresight_rotation_coord="sky",
        temperature=280.15 * u.K,
        pressure=738.92 * u.hPa,
        relative_humidity=34.5,
        location=location,
    )
    assert (info.id, info.instrumentLabel, info.observationType) == (42, "RefCam", "science")
    assert (info.scienceProgram, info.observationReason, info.object) == ("BLOCK-365", "survey", "COSMOS")
    assert (info.exposureTime, info.darkTime, info.hasSimulatedContent) == (30.0, 31.0, True)
    assert info.focusZ == pytest.approx(0.3)
    assert info.date == DateTime("2026-03-21T04:05:06.123456789", DateTime.TAI)
    # Newer tables of the Earth's rotation could change the third digit after the point by one.
    assert info.era.asDegrees() == pytest.approx(239.48000484859872, abs=1e-3)
    assert info.boresightRaDec.getRa().asDegrees() == pytest.approx(150.25)
    assert info.boresightAzAlt.getLatitude().asDegrees() == pytest.approx(52.0)
    assert info.boresightRotAngle.asDegrees() == pytest.approx(42.0)
    assert (info.boresightAirmass, info.rotType) == (1.25, RotType.SKY)
    weather, place = info.weather, info.observatory
    assert weather.getAirTemperature() == pytest.approx(7.0)
    assert weather.getAirPressure() == pytest.approx(73892.0)
    assert weather.getHumidity() == 34.5
    assert place.getLongitude().asDegrees() == pytest.approx(-70.75)
    assert place.getElevation() == pytest.approx(2663.0)


def test_what_is_unknown_stays_unknown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        info = MakeRawVisitInfoViaObsInfo.observationInfo2visitInfo(
            make_description(), log=logging.getLogger("test")
        )
    assert str(info) == str(VisitInfo())
    assert len(caplog.records) == 3
    assert make_visit_info(boresight_rotation_coord="coude").rotType == RotType.UNKNOWN


def test_date_needs_begin_and_end() -> None:
    begin = Time("2026-03-21T04:04:51", scale="tai")
    assert not make_visit_info(datetime_begin=begin).date.isValid()
    assert make_visit_info(datetime_begin=begin, datetime_end=begin).date.isValid()
