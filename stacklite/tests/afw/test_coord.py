"""`lsst.afw.coord`: observatory and weather."""

from __future__ import annotations

import copy
import math
import pickle

import pytest
from astropy import units

from lsst.afw.coord import Observatory, Weather, differentialRefraction, refraction
from lsst.geom import degrees
from lsst.pex.exceptions import InvalidParameterError


def test_observatory() -> None:
    site = Observatory(-70.7 * degrees, -30.2 * degrees, 2663.0)
    assert site.getLongitude() == -70.7 * degrees
    assert site.getLatitude() == -30.2 * degrees
    assert site.getElevation() == 2663.0
    assert site == pickle.loads(pickle.dumps(site)) == copy.deepcopy(site)
    assert site != Observatory(-70.7 * degrees, -30.2 * degrees, math.nan)
    unknown = Observatory(*[math.nan * degrees] * 2, math.nan)
    assert unknown == copy.copy(unknown)


def test_weather() -> None:
    weather = Weather(7.1, 73892.0, 34.5)
    assert (weather.getAirTemperature(), weather.getAirPressure(), weather.getHumidity()) == (
        7.1,
        73892.0,
        34.5,
    )
    assert weather == pickle.loads(pickle.dumps(weather))
    assert weather != Weather(7.1, 73892.0, math.nan)
    assert Weather(weather) == Weather(weather=weather) == weather
    quantities = [value * units.dimensionless_unscaled for value in (7.1, 73892.0, 34.5)]
    assert Weather(*quantities) == weather
    with pytest.raises(TypeError):
        Weather("cold", 73892.0, 34.5)  # type: ignore[call-overload]
    assert Weather(*[math.nan] * 3) == Weather(*[math.nan] * 3)
    with pytest.raises(InvalidParameterError):
        Weather(7.1, 73892.0, -1.0)


@pytest.mark.parametrize(
    ("latitude", "height", "weather", "expected"),
    [
        (
            -30.244639,
            2663.0,
            None,
            [75.20476686999142, 24.553456207844118, 280.63654326252976, 1.081322253510915],
        ),
        (
            -30.244639,
            2663.0,
            Weather(20.0, 73892.0, 10.0),
            [71.60442559149948, 23.372546506163165, 267.864576858955, 1.0291342810761943],
        ),
        (48.0, 0.0, None, [98.65726109515657, 32.205277094825085, 368.70563390845365, 1.420918464337965]),
        (
            0.0,
            4200.0,
            Weather(-5.0, 61000.0, 95.5),
            [64.46093607027643, 21.04620649381261, 240.48673988537305, 0.9278331750465099],
        ),
    ],
)
def test_refraction(latitude: float, height: float, weather: Weather | None, expected: list[float]) -> None:
    place = Observatory(-70.0 * degrees, latitude * degrees, height)
    found = [
        refraction(wavelength, elevation * degrees, place, weather).asArcseconds()
        for wavelength, elevation in ((500.0, 30.0), (1025.0, 60.0), (231.0, 10.0))
    ]
    found.append(differentialRefraction(400.0, 700.0, 45.0 * degrees, place, weather=weather).asArcseconds())
    # The real stack's values; the last is a difference of two that are 50 times as large.
    assert found == pytest.approx(expected, rel=1e-13)
    assert refraction(2058.0, 90.0 * degrees, place).asArcseconds() == pytest.approx(0.0, abs=1e-12)


def test_refraction_that_is_not_known() -> None:
    place = Observatory(0.0 * degrees, 0.0 * degrees, 0.0)
    for wavelength in (230.0, 2059.0):
        with pytest.raises(ValueError, match="nm"):
            refraction(wavelength, 30.0 * degrees, place)
    assert math.isnan(refraction(500.0, 30.0 * degrees, place, Weather(10.0, 1e5, 0.0)).asRadians())
    assert math.isnan(refraction(math.nan, 30.0 * degrees, place).asRadians())
