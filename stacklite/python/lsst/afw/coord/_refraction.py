"""Refraction of light in the atmosphere."""

from __future__ import annotations

__all__ = ["differentialRefraction", "refraction"]

import math

from lsst.geom import Angle

from ._observatory import Observatory
from ._weather import Weather

_KELVIN = 273.15
"""0 degrees Celsius."""

_WAVELENGTHS = 230.2, 2058.6
"""Range of the formula of the refractive index of air, in nm."""

# Stone (1996), equation 14: refractivity of dry air and of water vapor by powers of the wave number.
_DRY = 2371.34, ((683939.7, 130.0), (4547.3, 38.9))
_WET = 6487.31, 58.058, -0.71150, 0.08851
# Equations 15 and 16: corrections of the densities by powers of 1 / temperature.
_DRY_DENSITY = 57.90e-8, -9.3250e-4, 0.25844
_WET_DENSITY = -2.37321e-3, 2.23366, -710.792, 7.75141e-4
# Equation 18: pressure of water vapor in mm of mercury by powers of the dew point in Celsius.
_VAPOR = 4.50874, 0.341724, 0.0106778, 0.184889e-3, 0.238294e-5, 0.203447e-7
_MM_MERCURY = 1.3332239
"""Millibar."""

# The air where nobody measured it: an atmosphere whose temperature falls with the height.
_SEA_PRESSURE, _SEA_TEMPERATURE, _LAPSE, _HUMIDITY = 101325.0, 19.0, -0.0065, 40.0
_WEIGHT_OF_AIR = 9.80665 * 0.0289644 / 8.31447
"""Gravity times molar mass over the gas constant, in K/m."""


def refraction(
    wavelength: float, elevation: Angle, observatory: Observatory, weather: Weather | None = None
) -> Angle:
    """Return the angle by which the atmosphere raises a source.

    Parameters
    ----------
    wavelength : `float`
        Wavelength in nm.
    elevation : `~lsst.geom.Angle`
        Angle above the horizon.
    observatory : `Observatory`
        Place; its latitude and height matter.
    weather : `Weather`, optional
        The air there; by default what is usual at this height.

    Returns
    -------
    refraction : `~lsst.geom.Angle`
        Observed minus true elevation.

    Raises
    ------
    ValueError
        Raised if the wavelength is out of the range of the formula.

    Notes
    -----
    The formulas are those of Stone (1996), PASP 108, 1051.
    """
    if wavelength < _WAVELENGTHS[0] or wavelength > _WAVELENGTHS[1]:
        raise ValueError(
            f"the refraction is known from {_WAVELENGTHS[0]} to {_WAVELENGTHS[1]} nm, not at {wavelength} nm."
        )
    height = observatory.getElevation()
    air = _usual_weather(height) if weather is None else weather
    index = _refractivity(wavelength, air) * _gravity(observatory.getLatitude().asRadians(), height)
    # Height of the atmosphere over the radius of Earth.
    ratio = 4.5908e-6 * (air.getAirTemperature() + _KELVIN)
    tangent = math.tan(0.5 * math.pi - elevation.asRadians())
    half = 0.5 * _refractivity(wavelength, air)
    return Angle(index * ((1.0 - ratio) * tangent + (ratio - half) * tangent**3))


def differentialRefraction(
    wavelength: float,
    wavelengthRef: float,
    elevation: Angle,
    observatory: Observatory,
    weather: Weather | None = None,
) -> Angle:
    """Return the refraction at a wavelength minus that at a reference wavelength; see `refraction`.

    Parameters
    ----------
    wavelength, wavelengthRef : `float`
        Wavelengths in nm.
    elevation : `~lsst.geom.Angle`
        Angle above the horizon.
    observatory : `Observatory`
        Place.
    weather : `Weather`, optional
        The air there.
    """
    here, there = (refraction(each, elevation, observatory, weather) for each in (wavelength, wavelengthRef))
    return here - there


def _power_series(coefficients: tuple[float, ...], x: float) -> float:
    return sum(coefficient * x**power for power, coefficient in enumerate(coefficients))


def _gravity(latitude: float, height: float) -> float:
    """Return gravity relative to that at the equator (equation 10)."""
    flattening = 0.005302 * math.sin(latitude) ** 2 - 0.00000583 * math.sin(2.0 * latitude) ** 2
    return 1.0 + flattening - 0.000000315 * height


def _refractivity(wavelength: float, air: Weather) -> float:
    """Return the refractive index of the air minus 1."""
    kelvin = air.getAirTemperature() + _KELVIN
    vapor = _vapor_pressure(air)
    dry = 0.01 * air.getAirPressure() - vapor
    dry_density = (1.0 + dry * _power_series(_DRY_DENSITY, 1.0 / kelvin)) * dry / kelvin
    correction = vapor * (1.0 + 3.7e-4 * vapor) * _power_series(_WET_DENSITY, 1.0 / kelvin)
    wet_density = (1.0 + correction) * vapor / kelvin
    squared = (1000.0 / wavelength) ** 2
    constant, resonances = _DRY
    dry_term = constant + sum(strength / (place - squared) for strength, place in resonances)
    return 1e-8 * (dry_term * dry_density + _power_series(_WET, squared) * wet_density)


def _vapor_pressure(air: Weather) -> float:
    """Return the pressure of the water vapor in millibar, by way of the dew point."""
    celsius, humidity = air.getAirTemperature(), air.getHumidity()
    if not humidity:
        return math.nan  # The logarithm of zero, and what the stack makes of it.
    x = math.log(humidity / 100.0)
    warm = celsius + 238.3
    dew_point = 238.3 * (warm * x + 17.2694 * celsius) / (warm * (17.2694 - x) - 17.2694 * celsius)
    return _MM_MERCURY * _power_series(_VAPOR, dew_point)


def _usual_weather(height: float) -> Weather:
    """Return usual air at a height in meters."""
    celsius = _SEA_TEMPERATURE + _LAPSE * height
    pressure = _SEA_PRESSURE * math.exp(-_WEIGHT_OF_AIR * height / (celsius + _KELVIN))
    return Weather(celsius, pressure, _HUMIDITY)
