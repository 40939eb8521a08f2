"""`lsst.afw.coord`: observatory and weather."""

from __future__ import annotations

import copy
import math
import pickle

import pytest

from lsst.afw.coord import Observatory, Weather
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
    assert Weather(*[math.nan] * 3) == Weather(*[math.nan] * 3)
    with pytest.raises(InvalidParameterError):
        Weather(7.1, 73892.0, -1.0)
