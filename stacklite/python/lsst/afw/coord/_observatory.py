"""Position of the telescope on Earth."""

from __future__ import annotations

__all__ = ["Observatory"]

from typing import Any

from lsst.geom import Angle, degrees

from ._weather import same_number


class Observatory:
    """A place on Earth, immutable.

    Parameters
    ----------
    longitude : `lsst.geom.Angle`
        Geodetic longitude, positive to the east.
    latitude : `lsst.geom.Angle`
        Geodetic latitude.
    elevation : `float`
        Height above the reference ellipsoid in meters.
    """

    def __init__(self, longitude: Angle, latitude: Angle, elevation: float, /) -> None:
        self._longitude = Angle(longitude)
        self._latitude = Angle(latitude)
        self._elevation = float(elevation)

    def getLongitude(self) -> Angle:
        """Return the longitude, positive to the east."""
        return self._longitude

    def getLatitude(self) -> Angle:
        """Return the geodetic latitude."""
        return self._latitude

    def getElevation(self) -> float:
        """Return the height in meters."""
        return self._elevation

    def _values(self) -> tuple[float, float, float]:
        return self._longitude.asRadians(), self._latitude.asRadians(), self._elevation

    def __eq__(self, other: object) -> bool:
        """Return whether all values are equal; unknown (NaN) equals unknown."""
        if not isinstance(other, Observatory):
            return NotImplemented
        return all(map(same_number, self._values(), other._values()))

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Observatory, (self._longitude, self._latitude, self._elevation)

    def __repr__(self) -> str:
        longitude, latitude = self._longitude.asAngularUnits(degrees), self._latitude.asAngularUnits(degrees)
        return f"{latitude:g}N, {longitude:g}E  {self._elevation:g}"
