"""Points on the unit sphere."""

from __future__ import annotations

__all__ = ["SpherePoint", "averageSpherePoint"]

import math
from collections.abc import Iterator, Sequence
from typing import Any, SupportsFloat, overload

import numpy as np
from numpy.typing import ArrayLike

from lsst.pex.exceptions import InvalidParameterError
from lsst.sphgeom import LonLat, UnitVector3d, Vector3d
from lsst_stacklite._overloads import bind

from ._angle import HALFPI, Angle, AngleUnit, degrees, wrap_radians
from ._arrays import quotient
from ._points import Point2D


class SpherePoint:
    """An immutable longitude and latitude.

    ``SpherePoint()`` (NaN), ``SpherePoint(longitude, latitude)`` (two `Angle`),
    ``SpherePoint(longitude, latitude, units)`` (two `float`), ``SpherePoint(vector)``
    (`lsst.sphgeom.Vector3d`), ``SpherePoint(unitVector)`` (`lsst.sphgeom.UnitVector3d`),
    ``SpherePoint(lonLat)`` (`lsst.sphgeom.LonLat`), ``SpherePoint(other)``.

    Parameters
    ----------
    longitude : `Angle` or `float`
        Longitude, wrapped to [0, 2 pi).
    latitude : `Angle` or `float`
        Latitude in [-pi/2, pi/2] or NaN.
    units : `AngleUnit`
        Unit of two `float`.
    vector, unitVector : `lsst.sphgeom.Vector3d`, `lsst.sphgeom.UnitVector3d`
        Vector in the direction of the point.
    lonLat : `lsst.sphgeom.LonLat`
        Longitude and latitude.
    other : `SpherePoint`
        Another point.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the latitude is out of range or a vector has length zero.
    """

    __slots__ = ("_lat", "_lon")

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, longitude: Angle, latitude: Angle) -> None: ...
    @overload
    def __init__(self, longitude: SupportsFloat, latitude: SupportsFloat, units: AngleUnit) -> None: ...
    @overload
    def __init__(self, vector: Vector3d) -> None: ...
    @overload
    def __init__(self, unitVector: UnitVector3d) -> None: ...
    @overload
    def __init__(self, lonLat: LonLat) -> None: ...
    @overload
    def __init__(self, other: SpherePoint) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs:
            args = tuple(bind(SpherePoint.__init__, {}, (self, *args), kwargs).values())
        longitude, latitude = _parse(args)
        if abs(latitude) > HALFPI:
            raise InvalidParameterError(f"latitude {math.degrees(latitude)} degrees is outside [-90, 90].")
        self._lon: float = wrap_radians(longitude)
        self._lat: float = latitude

    @staticmethod
    def toUnitXYZ(
        *,
        longitude: ArrayLike | None = None,
        latitude: ArrayLike | None = None,
        ra: ArrayLike | None = None,
        dec: ArrayLike | None = None,
        units: AngleUnit,
    ) -> tuple[Any, Any, Any]:
        """Convert arrays of spherical coordinates to unit vectors.

        Parameters
        ----------
        longitude, latitude : array_like
            Coordinates in ``units``.
        ra, dec : array_like
            Other names of the longitude and the latitude.
        units : `AngleUnit`
            Unit.

        Returns
        -------
        x, y, z : `numpy.ndarray`
            Components, float64.

        Raises
        ------
        ValueError
            Raised if a coordinate is missing or given twice.
        """
        if (ra is None) == (longitude is None) or (dec is None) == (latitude is None):
            raise ValueError("give either the longitude or ra, and either the latitude or dec.")
        lon = np.asarray(longitude if ra is None else ra, dtype=float) * units._rad
        lat = np.asarray(latitude if dec is None else dec, dtype=float) * units._rad
        cos_lat = np.cos(lat)
        return np.cos(lon) * cos_lat, np.sin(lon) * cos_lat, np.sin(lat)

    def getLongitude(self) -> Angle:
        """Return the longitude in [0, 2 pi)."""
        return Angle(self._lon)

    def getLatitude(self) -> Angle:
        """Return the latitude."""
        return Angle(self._lat)

    getRa = getLongitude
    getDec = getLatitude

    def getVector(self) -> UnitVector3d:
        """Return the unit vector of this point."""
        # Not from _xyz(): that constructor normalizes again and moves the last bit.
        return UnitVector3d(LonLat.fromRadians(self._lon, self._lat))

    def _xyz(self) -> tuple[float, float, float]:
        cos_lat = math.cos(self._lat)
        return math.cos(self._lon) * cos_lat, math.sin(self._lon) * cos_lat, math.sin(self._lat)

    def getPosition(self, units: AngleUnit) -> Point2D:
        """Return longitude and latitude in a unit."""
        return Point2D(self._lon / units._rad, self._lat / units._rad)

    def atPole(self) -> bool:
        """Return whether the latitude is exactly that of a pole."""
        return abs(self._lat) == HALFPI

    def isFinite(self) -> bool:
        """Return whether both coordinates are finite."""
        return math.isfinite(self._lon) and math.isfinite(self._lat)

    def separation(self, other: SpherePoint) -> Angle:
        """Return the angular distance, by the haversine formula."""
        _check(other)
        half_dlat = 0.5 * (other._lat - self._lat)
        half_dlon = 0.5 * (other._lon - self._lon)
        across = math.cos(self._lat) * math.cos(other._lat)
        haversine = math.sin(half_dlat) ** 2 + across * math.sin(half_dlon) ** 2
        # Rounding may exceed 1 for antipodes; NaN must stay NaN.
        return Angle(2.0 * math.asin(1.0 if haversine > 1.0 else math.sqrt(haversine)))

    def bearingTo(self, other: SpherePoint) -> Angle:
        """Return the direction to another point: 0 is east, 90 degrees is north."""
        _check(other)
        dlon = other._lon - self._lon
        east = math.sin(dlon) * math.cos(other._lat)
        north = math.cos(self._lat) * math.sin(other._lat)
        north -= math.sin(self._lat) * math.cos(other._lat) * math.cos(dlon)
        return Angle(HALFPI - math.atan2(east, north)).wrap()

    def rotated(self, axis: SpherePoint, amount: Angle) -> SpherePoint:
        """Return this point rotated about an axis, counter-clockwise seen from outside."""
        return self._rotated_about(np.array(axis._xyz()), amount)

    def _rotated_about(self, axis: np.ndarray, amount: Angle) -> SpherePoint:
        point = np.array(self._xyz())
        c, s = _cos_sin(amount)
        turned = point * c + np.cross(axis, point) * s + axis * (axis @ point) * (1.0 - c)
        return SpherePoint(Vector3d(*turned.tolist()))

    def offset(self, bearing: Angle, amount: Angle) -> SpherePoint:
        """Return the point at a distance in a direction.

        Parameters
        ----------
        bearing : `Angle`
            Direction: 0 is east, 90 degrees is north.
        amount : `Angle`
            Distance along the great circle; may be negative.
        """
        point = np.array(self._xyz())
        east = np.array([-math.sin(self._lon), math.cos(self._lon), 0.0])
        north = np.cross(point, east)
        c, s = _cos_sin(bearing)
        direction = c * east + s * north
        return self._rotated_about(np.cross(point, direction), amount)

    def getTangentPlaneOffset(self, other: SpherePoint) -> tuple[Angle, Angle]:
        """Return the offset to another point in the tangent plane.

        Returns
        -------
        xi, eta : `Angle`
            Offsets to east and north, evaluated as the stack does it: eta is minus this
            point's offset in the tangent plane at ``other``, equal to the textbook
            formula to first order only.
        """
        _check(other)
        dlon = other._lon - self._lon
        sin1, cos1 = math.sin(self._lat), math.cos(self._lat)
        sin2, cos2 = math.sin(other._lat), math.cos(other._lat)
        scale = sin1 * sin2 + cos1 * cos2 * math.cos(dlon)
        xi = cos1 * math.sin(dlon)
        eta = cos1 * math.cos(dlon) * sin2 - sin1 * cos2
        return Angle(quotient(xi, scale)), Angle(quotient(eta, scale))

    def __len__(self) -> int:
        return 2

    def __iter__(self) -> Iterator[Angle]:
        return iter((self.getLongitude(), self.getLatitude()))

    def __getitem__(self, index: int) -> Angle:
        if not -2 <= index < 2:
            raise IndexError(f"a SpherePoint has the indices 0 and 1, not {index}.")
        return Angle((self._lon, self._lat)[index])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SpherePoint):
            return NotImplemented
        return self._lon == other._lon and self._lat == other._lat

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return SpherePoint, (self.getLongitude(), self.getLatitude())

    def __str__(self) -> str:
        return f"({self._lon / degrees._rad:.10f}, {self._lat / degrees._rad:+.10f})"

    def __repr__(self) -> str:
        longitude, latitude = self._lon / degrees._rad, self._lat / degrees._rad
        return f"SpherePoint({longitude}*degrees, {latitude}*degrees)"


def _check(value: SpherePoint) -> None:
    """Raise TypeError if an argument is no point on the sphere."""
    if not isinstance(value, SpherePoint):
        raise TypeError(f"a SpherePoint is needed here, not a {type(value).__name__}.")


def _cos_sin(angle: Angle) -> tuple[float, float]:
    """Return cosine and sine, NaN for angles that are not finite."""
    if not math.isfinite(angle.asRadians()):
        return math.nan, math.nan
    return math.cos(angle.asRadians()), math.sin(angle.asRadians())


def _parse(values: Sequence[Any]) -> tuple[float, float]:
    if not values:
        return math.nan, math.nan
    if len(values) > 1:
        return _parse_pair(*values)
    (value,) = values
    if isinstance(value, SpherePoint):
        return value._lon, value._lat
    if isinstance(value, LonLat):
        return value.getLon().asRadians(), value.getLat().asRadians()
    if isinstance(value, UnitVector3d):
        return _from_unit_vector(value.x(), value.y(), value.z())
    if isinstance(value, Vector3d):
        return _from_vector(value.x(), value.y(), value.z())
    raise TypeError(f"cannot make a SpherePoint from {type(value).__name__}.")


def _parse_pair(longitude: Any, latitude: Any, units: AngleUnit | None = None) -> tuple[float, float]:
    is_text = isinstance(longitude, str) or isinstance(latitude, str)
    if isinstance(units, AngleUnit) and not is_text:
        return float(longitude) * units._rad, float(latitude) * units._rad
    if units is None and isinstance(longitude, Angle) and isinstance(latitude, Angle):
        return longitude._rad, latitude._rad
    raise TypeError("a SpherePoint is made from two Angle, or from two float and a unit.")


def _from_vector(x: float, y: float, z: float) -> tuple[float, float]:
    norm = math.sqrt(x * x + y * y + z * z)
    if norm == 0.0:
        raise InvalidParameterError(f"the vector ({x}, {y}, {z}) is too short to have a direction.")
    return _from_unit_vector(x / norm, y / norm, z / norm)


def _from_unit_vector(x: float, y: float, z: float) -> tuple[float, float]:
    # Rounding may leave z outside [-1, 1]; max and min would swallow NaN.
    latitude = math.nan if math.isnan(z) else math.asin(max(-1.0, min(1.0, z)))
    longitude = 0.0 if abs(latitude) == HALFPI else math.atan2(y, x)
    return longitude, latitude


def averageSpherePoint(coords: Sequence[SpherePoint], /) -> SpherePoint:
    """Return the direction of the mean of unit vectors.

    Parameters
    ----------
    coords : `~collections.abc.Sequence` of `SpherePoint`
        Points, at least one.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there is no point, or the points have no mean direction.
    """
    if len(coords) == 0:
        raise InvalidParameterError("no points to average.")
    mean = np.mean([point._xyz() for point in coords], axis=0)
    return SpherePoint(Vector3d(*mean.tolist()))
