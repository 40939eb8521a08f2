"""Endpoints: which kind of point a transform takes or returns, and how it becomes an array of coordinates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

import lsst.geom
import lsst.pex.exceptions

__all__ = ["Endpoint", "GenericEndpoint", "Point2Endpoint", "SpherePointEndpoint"]


class Endpoint(ABC):
    """One end of a transform. Arrays of coordinates have shape (axes, points), float64.

    Parameters
    ----------
    n_axes : `int`
        Number of coordinates of a point.
    """

    def __init__(self, n_axes: int) -> None:
        self._n_axes = n_axes

    @property
    def nAxes(self) -> int:
        """Number of coordinates of a point (`int`)."""
        return self._n_axes

    def isPoint(self, value: Any) -> bool:
        """Tell whether ``value`` is one point, not a sequence of points."""
        return isinstance(value, self.pointType)

    @property
    @abstractmethod
    def pointType(self) -> type:
        """Class of a point (`type`)."""

    @abstractmethod
    def dataFromArray(self, points: Any) -> np.ndarray:
        """Return the coordinates of a sequence of points as an array (axes, points)."""

    @abstractmethod
    def arrayFromData(self, data: np.ndarray) -> Any:
        """Return the sequence of points of an array of coordinates."""

    def dataFromPoint(self, point: Any, /) -> np.ndarray:
        """Return the coordinates of one point as an array (axes,)."""
        return self.dataFromArray([point])[:, 0]

    def pointFromData(self, data: np.ndarray, /) -> Any:
        """Return the point of an array of coordinates (axes,)."""
        return self.arrayFromData(np.asarray(data, dtype=float).reshape(self._n_axes, 1))[0]

    def _check(self, data: np.ndarray) -> np.ndarray:
        if data.ndim != 2 or data.shape[0] != self._n_axes:
            raise lsst.pex.exceptions.InvalidParameterError(
                f"coordinates of shape {data.shape} given where ({self._n_axes}, number of points) is needed"
            )
        return data

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._n_axes == self._n_axes

    def __hash__(self) -> int:
        return hash((type(self), self._n_axes))


class Point2Endpoint(Endpoint):
    """Points of the plane, `lsst.geom.Point2D`."""

    def __init__(self, n_axes: int = 2) -> None:
        if n_axes != 2:
            raise lsst.pex.exceptions.InvalidParameterError(f"a Point2 has 2 axes, not {n_axes}")
        super().__init__(2)

    @property
    def pointType(self) -> type:  # noqa: D102
        return lsst.geom.Point2D

    def isPoint(self, value: Any) -> bool:  # noqa: D102
        return isinstance(value, lsst.geom.Point2D | lsst.geom.Point2I)

    def dataFromArray(self, points: Sequence[Any] | np.ndarray, /) -> np.ndarray:  # noqa: D102
        if isinstance(points, np.ndarray):
            return self._check(points)
        return np.array([(p[0], p[1]) for p in points], dtype=float).reshape(-1, 2).T

    def arrayFromData(self, data: np.ndarray, /) -> list[lsst.geom.Point2D]:  # noqa: D102
        return [lsst.geom.Point2D(x, y) for x, y in data.T.tolist()]


class SpherePointEndpoint(Endpoint):
    """Points of the sphere, `lsst.geom.SpherePoint`; coordinates are longitude and latitude in radians."""

    def __init__(self, n_axes: int = 2) -> None:
        if n_axes != 2:
            raise lsst.pex.exceptions.InvalidParameterError(f"a SpherePoint has 2 axes, not {n_axes}")
        super().__init__(2)

    @property
    def pointType(self) -> type:  # noqa: D102
        return lsst.geom.SpherePoint

    def dataFromArray(self, points: Sequence[lsst.geom.SpherePoint] | np.ndarray, /) -> np.ndarray:  # noqa: D102
        if isinstance(points, np.ndarray):
            return self._check(points)
        pairs = [(p.getLongitude().asRadians(), p.getLatitude().asRadians()) for p in points]
        return np.array(pairs, dtype=float).reshape(-1, 2).T

    def arrayFromData(self, data: np.ndarray, /) -> list[lsst.geom.SpherePoint]:  # noqa: D102
        return [lsst.geom.SpherePoint(lon, lat, lsst.geom.radians) for lon, lat in data.T.tolist()]


class GenericEndpoint(Endpoint):
    """Points with any number of coordinates: one is a 1-d array, many are a 2-d array (axes, points)."""

    @property
    def pointType(self) -> type:  # noqa: D102
        return np.ndarray

    def isPoint(self, value: Any) -> bool:  # noqa: D102
        return np.ndim(value) == 1

    def dataFromArray(self, points: Any, /) -> np.ndarray:  # noqa: D102
        return self._check(np.asarray(points, dtype=float))

    def arrayFromData(self, data: np.ndarray, /) -> np.ndarray:  # noqa: D102
        return data

    def dataFromPoint(self, point: Any, /) -> np.ndarray:  # noqa: D102
        return self._check(np.asarray(point, dtype=float).reshape(-1, 1))[:, 0]

    def pointFromData(self, data: np.ndarray, /) -> np.ndarray:  # noqa: D102
        return np.asarray(data, dtype=float)
