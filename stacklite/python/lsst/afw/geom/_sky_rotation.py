"""The rotation of the sphere inside of a FITS WCS."""

from __future__ import annotations

import math
from functools import reduce
from itertools import takewhile
from typing import Any

import numpy as np
import starlink.Ast as Ast

from lsst.daf.base import PropertySet
from lsst.geom import SpherePoint, radians

from ._ast import applied, inverted, make_matrix_map, make_series_map, series_steps

__all__ = ["with_exact_rotation"]

# AST drops elements of a matrix below 1.5e-8 of the largest
_DROPPED = 5e-8
_NOISE = 1e-15
# how AST rotates, or shifts longitudes where that is enough
_ROTATING = frozenset({"MatrixMap", "ShiftMap", "SphMap", "UnitMap"})


def with_exact_rotation(mapping: Any, metadata: PropertySet) -> Any:
    """Return a mapping from AST with the small elements of its rotation that AST dropped.

    Without them, sky origins less than 3 mas from a pole or from a multiple of 90 degrees in right ascension
    would be moved there.

    Parameters
    ----------
    mapping : `starlink.Ast.Mapping`
        Mapping from intermediate world coordinates to the sky.
    metadata : `lsst.daf.base.PropertySet`
        The header that it was made from.

    Returns
    -------
    mapping : `starlink.Ast.Mapping`
        The same mapping if nothing is missing, or the rotation is not that of a zenithal projection with
        longitudes on the first axis.
    """
    pole = _native_pole(metadata)
    steps = series_steps(mapping)
    projections = [i for i, step in enumerate(steps) if step.Class == "WcsMap"]
    if pole is None or len(projections) != 1:
        return mapping
    behind = projections[0] + 1
    rotating = list(takewhile(lambda step: step.Class in _ROTATING, steps[behind:]))
    exact = _native_to_celestial(*pole)
    if not _NOISE < np.abs(exact - _rotation_of(rotating)).max() < _DROPPED:
        return mapping
    to_sphere = Ast.SphMap(f"UnitRadius=1, PolarLong={pole[0]!r}")
    to_vector = inverted(Ast.SphMap("UnitRadius=1"))
    steps[behind : behind + len(rotating)] = [to_vector, make_matrix_map(exact), to_sphere]
    return reduce(make_series_map, steps)


def _rotation_of(steps: list[Any]) -> np.ndarray:
    """Return the matrix of steps that rotate longitudes and latitudes (radians)."""
    positions = np.array([[0.0, 0.5 * np.pi, 0.0], [0.0, 0.0, 0.5 * np.pi]])
    for step in steps:
        positions = applied(step, positions)
    longitude, latitude = positions
    return np.stack(SpherePoint.toUnitXYZ(longitude=longitude, latitude=latitude, units=radians))


def _native_pole(metadata: PropertySet) -> tuple[float, float, float] | None:
    """Return CRVAL and LONPOLE in radians."""
    crval = [metadata.getScalar(name) for name in ("CRVAL1", "CRVAL2") if metadata.exists(name)]
    if len(crval) != 2 or not all(isinstance(value, int | float) for value in crval):
        return None
    lonpole = metadata.getScalar("LONPOLE") if metadata.exists("LONPOLE") else 180.0 * (crval[1] < 90.0)
    if not isinstance(lonpole, int | float):
        return None
    longitude, latitude, native = (math.radians(value) for value in (*crval, lonpole))
    return longitude, latitude, native


def _native_to_celestial(alpha: float, delta: float, phi: float) -> np.ndarray:
    """Return the rotation of unit vectors; Calabretta and Greisen (2002), equation 5, transposed."""
    (sa, ca), (sd, cd), (sp, cp) = ((math.sin(v), math.cos(v)) for v in (alpha, delta, phi))
    return np.array(
        [
            [-sa * sp - ca * cp * sd, sa * cp - ca * sp * sd, ca * cd],
            [ca * sp - sa * cp * sd, -ca * cp - sa * sp * sd, sa * cd],
            [cp * cd, sp * cd, sd],
        ]
    )
