"""The weather at the observatory."""

from __future__ import annotations

__all__ = ["Weather", "same_number"]

import math
from typing import Any, overload

from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._overloads import Check, bind


def same_number(a: float, b: float) -> bool:
    """Return whether two numbers are equal or both NaN."""
    return a == b or (math.isnan(a) and math.isnan(b))


class Weather:
    """Basic weather data, immutable.

    Parameters
    ----------
    airTemperature : `float`
        Temperature in Celsius.
    airPressure : `float`
        Pressure in pascal.
    humidity : `float`
        Relative humidity in percent.
    weather : `Weather`
        Weather to copy, instead.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the humidity is negative.
    """

    @overload
    def __init__(self, airTemperature: float, airPressure: float, humidity: float) -> None: ...
    @overload
    def __init__(self, weather: Weather) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(Weather.__init__, _CHECKS, (self, *args), kwargs)
        if "weather" in given:
            self._values: tuple[float, float, float] = given["weather"]._values
            return
        temperature, pressure, humidity = (
            float(given[name]) for name in ("airTemperature", "airPressure", "humidity")
        )
        if humidity < 0.0:
            raise InvalidParameterError(f"the relative humidity {humidity} is negative.")
        self._values = (temperature, pressure, humidity)

    def getAirTemperature(self) -> float:
        """Return the temperature in Celsius."""
        return self._values[0]

    def getAirPressure(self) -> float:
        """Return the pressure in pascal."""
        return self._values[1]

    def getHumidity(self) -> float:
        """Return the relative humidity in percent."""
        return self._values[2]

    def __eq__(self, other: object) -> bool:
        """Return whether all values are equal; unknown (NaN) equals unknown."""
        if not isinstance(other, Weather):
            return NotImplemented
        return all(map(same_number, self._values, other._values))

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Weather, self._values

    def __repr__(self) -> str:
        return "Weather({:g}, {:g}, {:g})".format(*self._values)


_CHECKS: dict[str, Check] = {
    "Weather": Weather,
    # Quantities without unit are numbers, too.
    "float": lambda value: hasattr(value, "__float__"),
}
