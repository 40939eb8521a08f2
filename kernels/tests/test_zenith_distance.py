"""Zenith distances, against astropy and the textbook's triangle."""

from __future__ import annotations

import math

import astropy.units as u
import erfa
import numpy as np
import pytest
from astropy.coordinates import AltAz, EarthLocation, SkyCoord
from astropy.time import Time
from astropy.utils import iers

from earth_tables import C04, FINALS, oracle
from visit_kernels.earth_orientation import read_earth_orientation
from visit_kernels.zenith_distance import zenith_distance

RUBIN = (-1.2346, -0.5278, 2663.0)
MAUNA_KEA = (-2.7136, 0.346, 4139.0)


def from_tables(ra: np.ndarray, dec: np.ndarray, mjd: np.ndarray, place: tuple[float, ...]) -> np.ndarray:
    """Compute zenith distances with the tables that are installed with astropy."""
    earth = read_earth_orientation(FINALS, mjd, C04)
    return zenith_distance(ra, dec, mjd, *place, earth.ut1_minus_utc, earth.x_pole, earth.y_pole)


def from_astropy(ra: np.ndarray, dec: np.ndarray, mjd: np.ndarray, place: tuple[float, ...]) -> np.ndarray:
    longitude, latitude, elevation = place
    location = EarthLocation(lat=latitude * u.rad, lon=longitude * u.rad, height=elevation * u.m)
    with iers.earth_orientation_table.set(oracle(with_c04=True)):
        frame = AltAz(obstime=Time(mjd, format="mjd"), location=location)
        altitude = SkyCoord(ra * u.rad, dec * u.rad).transform_to(frame).alt.rad
    return np.pi / 2 - altitude


@pytest.mark.parametrize("place", [RUBIN, MAUNA_KEA])
def test_zenith_distance_is_that_of_astropy(place: tuple[float, ...]) -> None:
    """From 1985 to the last prediction, leap seconds included."""
    rng = np.random.default_rng(20260321)
    leap_days = [erfa.cal2jd(row["year"], row["month"], 1)[1] for row in erfa.leap_seconds.get()]
    leaps = np.add.outer([day for day in leap_days if day > 46066], [-0.5, -1e-6, 0.0, 1e-6, 0.5]).ravel()
    mjd = np.concatenate([rng.uniform(46066.0, oracle(with_c04=True)["MJD"][-1].value, 300), leaps])
    ra, dec = rng.uniform(0, 2 * np.pi, mjd.size), np.arcsin(rng.uniform(-1, 1, mjd.size))
    # An MJD in double precision resolves 0.6 microseconds, 5e-11 rad of the Earth's rotation.
    np.testing.assert_allclose(
        from_tables(ra, dec, mjd, place), from_astropy(ra, dec, mjd, place), rtol=0, atol=1e-10
    )


def test_zenith_distance_is_that_of_the_spherical_triangle() -> None:
    """In the year 2000, precession, nutation and aberration are less than an arcminute."""
    rng = np.random.default_rng(5)
    ra, dec = rng.uniform(0, 2 * np.pi, 50), np.arcsin(rng.uniform(-1, 1, 50))
    mjd = rng.uniform(51544.0, 51910.0, 50)
    # Greenwich mean sidereal time to a second, in turns.
    turns = 0.7790572732640 + 1.00273781191135448 * (mjd - 51544.5)
    longitude, latitude, elevation = RUBIN
    hour_angle = 2 * np.pi * turns + longitude - ra
    cosine = np.sin(latitude) * np.sin(dec) + np.cos(latitude) * np.cos(dec) * np.cos(hour_angle)
    found = zenith_distance(ra, dec, mjd, longitude, latitude, elevation, 0.3, 0.0, 0.0)
    np.testing.assert_allclose(found, np.arccos(cosine), atol=math.radians(1 / 60))


def test_the_earth_turns_by_ut1() -> None:
    """A second more is a second later, and the pole moves the observer's latitude."""
    ra, dec, mjd = 1.0, -0.5, 60000.0
    later = zenith_distance(ra, dec, mjd, *RUBIN, 1.0, 0.0, 0.0)
    east = zenith_distance(ra, dec, mjd, RUBIN[0] + 2 * np.pi * 1.00273781 / 86400, *RUBIN[1:], 0.0, 0.0, 0.0)
    assert later == pytest.approx(east, abs=1e-8)
    assert zenith_distance(ra, dec, mjd, *RUBIN, 0.0, 0.0, 0.0) != pytest.approx(later, abs=1e-6)
    # On the prime meridian, x is the displacement towards the observer: star and zenith in the north.
    still, moved = (zenith_distance(0.0, np.pi / 2, mjd, 0.0, 0.8, 0.0, 0.0, x, 0.0) for x in (0.0, 1e-5))
    assert still - moved == pytest.approx(1e-5, rel=1e-3)


def test_arguments_are_broadcast() -> None:
    ra, mjd = np.array([[0.1], [2.0]]), np.array([60000.0, 60000.1, 60000.2])
    heights = np.array([0.0, 1000.0])[:, None, None]
    found = zenith_distance(ra, 0.3, mjd, *RUBIN[:2], heights, 0.1, 1e-6, 2e-6)
    assert found.shape == (2, 2, 3)
    one = zenith_distance(2.0, 0.3, 60000.1, *RUBIN[:2], 1000.0, 0.1, 1e-6, 2e-6)
    assert one.shape == ()
    assert found[1, 1, 1] == one
    assert zenith_distance([], 0.3, 60000.1, *RUBIN, 0.1, 1e-6, 2e-6).shape == (0,)
    with pytest.raises(ValueError, match="shape mismatch"):
        zenith_distance([1.0, 2.0], [1.0, 2.0, 3.0], 60000.0, *RUBIN, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("argument", range(9))
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_has_no_zenith_distance(argument: int, value: float) -> None:
    """Beside others that have one, and without a warning."""
    arguments: list[float | list[float]] = [1.0, 0.1, 59234.7, *RUBIN, 0.1, 1e-6, 2e-6]
    expected = zenith_distance(*arguments)
    arguments[argument] = [float(arguments[argument]), value]  # type: ignore[arg-type]
    found = zenith_distance(*arguments)
    assert found[0] == expected and math.isnan(found[1])


def test_dates_beyond_the_calendar() -> None:
    with pytest.warns(erfa.ErfaWarning, match="dubious year"):
        far = zenith_distance([1.0, 2.0], [0.1, -0.3], 75000.0, *RUBIN, 0.0, 0.0, 0.0)
    assert np.all((far > 0) & (far < np.pi))
    with pytest.raises(ValueError, match="unacceptable date"):
        zenith_distance(1.0, 0.1, -1e9, *RUBIN, 0.0, 0.0, 0.0)
