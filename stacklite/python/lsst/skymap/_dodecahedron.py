"""Faces of a dodecahedron on the sphere."""

from __future__ import annotations

__all__ = ["dodecahedron"]

import math

import numpy as np

from lsst.geom import SpherePoint, degrees

_Directions = tuple[tuple[float, float], ...]
"""Longitudes and latitudes in degrees."""

# Latitudes of the rings of centers and corners, from the coordinates of a dodecahedron and its dual.
_HIGH, _LOW = (math.degrees(math.asin(math.sqrt((5 + sign * math.sqrt(20)) / 15))) for sign in (1, -1))
_FACE_RING = math.degrees(math.atan(0.5))
_CORNER_HIGH, _CORNER_LOW = math.degrees(math.asin(math.sqrt(5) / 3)), math.degrees(math.asin(1 / 3))
# Corners of the lower ring come in pairs around the centers: this far from the corners of the upper ring.
_SHIFT = math.degrees(math.atan(math.sqrt(0.6)))

_CENTERS_BETWEEN_POLES: _Directions = (
    *((lon, _HIGH) for lon in (0.0, 120.0, 240.0)),
    *((lon, _LOW) for lon in (60.0, 180.0, 300.0)),
    *((lon, -_LOW) for lon in (0.0, 120.0, 240.0)),
    *((lon, -_HIGH) for lon in (60.0, 180.0, 300.0)),
)
_CENTERS_ON_POLES: _Directions = (
    (0.0, 90.0),
    *((lon, _FACE_RING) for lon in (0.0, 72.0, 144.0, 216.0, 288.0)),
    *((lon, -_FACE_RING) for lon in (36.0, 108.0, 180.0, 252.0, 324.0)),
    (0.0, -90.0),
)

# The order of the corners decides where the stack begins to go around a face, and in which direction.
_CORNERS_ON_POLES: _Directions = (
    (0.0, 90.0),
    *((lon, _CORNER_HIGH) for lon in (60.0, 300.0, 180.0)),
    *((lon, _CORNER_LOW) for lon in (300 + _SHIFT, 60 - _SHIFT, 180 - _SHIFT, 60 + _SHIFT)),
    (240.0, -_CORNER_HIGH),
    (0.0, -90.0),
    *((lon, -_CORNER_HIGH) for lon in (0.0, 120.0)),
    *((lon, -_CORNER_LOW) for lon in (240 + _SHIFT, 240 - _SHIFT)),
    *((lon, _CORNER_LOW) for lon in (300 - _SHIFT, 180 + _SHIFT)),
    *((lon, -_CORNER_LOW) for lon in (_SHIFT, 120 - _SHIFT, 120 + _SHIFT, 360 - _SHIFT)),
)
_CORNERS_BETWEEN_POLES: _Directions = (
    *((lon, _HIGH) for lon in (36.0, 324.0, 108.0, 180.0, 252.0)),
    (36.0, _LOW),
    (0.0, -_LOW),
    (324.0, _LOW),
    *((lon, -_HIGH) for lon in (144.0, 216.0)),
    *((lon, -_LOW) for lon in (144.0, 216.0, 288.0, 72.0)),
    *((lon, -_HIGH) for lon in (288.0, 0.0, 72.0)),
    *((lon, _LOW) for lon in (108.0, 180.0, 252.0)),
)


def dodecahedron(with_faces_on_poles: bool) -> list[tuple[SpherePoint, list[SpherePoint]]]:
    """Return centers and corners of the faces of a dodecahedron.

    Parameters
    ----------
    with_faces_on_poles : `bool`
        Whether there is a face on each pole, and not a corner.

    Returns
    -------
    faces : `list` [`tuple`]
        Center and five corners of each face, from north to south and eastwards;
        the corners in the order and the direction of the stack.
    """
    if with_faces_on_poles:
        centers, corners = _points(_CENTERS_ON_POLES), _points(_CORNERS_BETWEEN_POLES)
    else:
        centers, corners = _points(_CENTERS_BETWEEN_POLES), _points(_CORNERS_ON_POLES)
    return [(center, _around(center, corners)) for center in centers]


def _points(directions: _Directions) -> list[SpherePoint]:
    return [SpherePoint(longitude, latitude, degrees) for longitude, latitude in directions]


def _around(center: SpherePoint, corners: list[SpherePoint]) -> list[SpherePoint]:
    """Return the five nearest corners, each one next to the one before."""
    near = np.argsort([center.separation(corner).asRadians() for corner in corners], kind="stable")[:5]
    first, *others = (corners[i] for i in sorted(near))
    path = [first]
    while others:
        # Neighbors on both sides are equally far but for the rounding.
        distances = [round(path[-1].separation(corner).asDegrees(), 6) for corner in others]
        path.append(others.pop(int(np.argmin(distances))))
    return path
