"""Endpoints: kinds of points that transforms take and return, and their conversion to arrays."""

from __future__ import annotations

__all__ = ["Endpoint", "GenericEndpoint", "Point2Endpoint", "SpherePointEndpoint"]

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
import starlink.Ast as Ast

import astshim
import lsst.geom
import lsst.pex.exceptions as pex_exceptions
from astshim._object import raw


def _sky_frame(frame: astshim.Frame) -> Any:
    """Return a frame, or the current one of a set, if it is a frame of the sky, else `None`."""
    inner = raw(frame)
    if inner.isaframeset():
        inner = inner.getframe(inner.Current)
    return inner if isinstance(inner, Ast.SkyFrame) else None


class Endpoint(ABC):
    """One end of a transform. Arrays of coordinates have shape (axes, points), float64.

    Parameters
    ----------
    nAxes : `int`
        Number of coordinates of a point.
    """

    def __init__(self, nAxes: int) -> None:
        self._n_axes = nAxes

    @property
    def nAxes(self) -> int:
        """Number of coordinates of a point (`int`)."""
        return self._n_axes

    @classmethod
    @abstractmethod
    def _with_axes(cls, n_axes: int) -> Self:
        """Return the endpoint with a number of coordinates.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if its points have another number of coordinates.
        """

    @abstractmethod
    def _is_point(self, value: Any) -> bool:
        """Return whether ``value`` is one point, not a sequence of points."""

    @abstractmethod
    def dataFromArray(self, points: Any) -> np.ndarray:
        """Return the coordinates of a sequence of points as an array (axes, points)."""

    @abstractmethod
    def arrayFromData(self, data: np.ndarray) -> Any:
        """Return the sequence of points of an array of coordinates."""

    def dataFromPoint(self, point: Any, /) -> list[float]:
        """Return the coordinates of one point."""
        return self._coordinates(point).tolist()

    def _coordinates(self, point: Any) -> np.ndarray:
        """Return the coordinates of one point as an array (axes,)."""
        return self.dataFromArray([point])[:, 0]

    def pointFromData(self, data: Any, /) -> Any:
        """Return the point with some coordinates."""
        return self.arrayFromData(np.asarray(data, dtype=float).reshape(self._n_axes, 1))[0]

    def getNPoints(self, points: Any, /) -> int:
        """Return the number of points in a sequence, or in an array of coordinates (axes, points)."""
        return self.dataFromArray(points).shape[1]

    def makeFrame(self) -> astshim.Frame:
        """Return a frame of such points."""
        return astshim.Frame(self._n_axes)

    @abstractmethod
    def normalizeFrame(self, frame: astshim.Frame, /) -> None:
        """Change a frame so that it fits to such points."""

    @classmethod
    def getClassPrefix(cls) -> str:
        """Return the name of the kind of points, as it stands in the names of transforms."""
        return cls.__name__.removesuffix("Endpoint")

    def _check(self, data: np.ndarray) -> np.ndarray:
        if data.ndim != 2 or data.shape[0] != self._n_axes:
            raise pex_exceptions.InvalidParameterError(
                f"coordinates of shape {data.shape} given where ({self._n_axes}, number of points) is needed."
            )
        return data

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._n_axes == self._n_axes

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return f"{type(self).__name__}()"

    def __repr__(self) -> str:
        return f"lsst.afw.geom.{self}"


class _PointEndpoint(Endpoint):
    """Points that are objects with two coordinates."""

    _point_type: ClassVar[type]

    def __init__(self) -> None:
        super().__init__(2)

    @classmethod
    def _with_axes(cls, n_axes: int) -> Self:
        if n_axes != 2:
            raise pex_exceptions.InvalidParameterError(
                f"a {cls._point_type.__name__} has 2 axes, not {n_axes}."
            )
        return cls()

    def _is_point(self, value: Any) -> bool:
        return isinstance(value, self._point_type)

    def _checked(self, points: Sequence[Any]) -> Sequence[Any]:
        if wrong := [type(p).__name__ for p in points if not self._is_point(p)]:
            raise TypeError(f"{wrong[0]} was given where a {self._point_type.__name__} is needed.")
        return points


class Point2Endpoint(_PointEndpoint):
    """Points of the plane, `lsst.geom.Point2D`."""

    _point_type = lsst.geom.Point2D

    def normalizeFrame(self, frame: astshim.Frame, /) -> None:
        """Refuse a frame of the sky.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if it is one.
        """
        if _sky_frame(frame) is not None:
            raise pex_exceptions.InvalidParameterError("a SkyFrame is no frame of points of the plane.")

    def dataFromArray(self, points: Sequence[lsst.geom.Point2D], /) -> np.ndarray:  # noqa: D102
        return np.array([(p[0], p[1]) for p in self._checked(points)], dtype=float).reshape(-1, 2).T

    def arrayFromData(self, data: np.ndarray, /) -> list[lsst.geom.Point2D]:  # noqa: D102
        return [lsst.geom.Point2D(x, y) for x, y in data.T.tolist()]


class SpherePointEndpoint(_PointEndpoint):
    """Points of the sphere, `lsst.geom.SpherePoint`; coordinates are longitude and latitude in radians."""

    _point_type = lsst.geom.SpherePoint

    def makeFrame(self) -> astshim.SkyFrame:
        """Return a frame of such points: a sky frame in ICRS."""
        return astshim.SkyFrame()

    def normalizeFrame(self, frame: astshim.Frame, /) -> None:
        """Exchange the axes of a frame if longitude is not the first.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if it is no frame of the sky.
        """
        sky = _sky_frame(frame)
        if sky is None:
            raise pex_exceptions.InvalidParameterError(
                f"a {type(frame).__name__} is no frame of points of the sky; that is a SkyFrame."
            )
        if sky.LonAxis != 1:
            frame.permAxes([2, 1])

    def dataFromArray(self, points: Sequence[lsst.geom.SpherePoint], /) -> np.ndarray:  # noqa: D102
        points = self._checked(points)
        pairs = [(p.getLongitude().asRadians(), p.getLatitude().asRadians()) for p in points]
        return np.array(pairs, dtype=float).reshape(-1, 2).T

    def arrayFromData(self, data: np.ndarray, /) -> list[lsst.geom.SpherePoint]:  # noqa: D102
        return [lsst.geom.SpherePoint(lon, lat, lsst.geom.radians) for lon, lat in data.T.tolist()]


class GenericEndpoint(Endpoint):
    """Points with any number of coordinates: one is a list of `float`, many are a 2-d array (axes, points).

    Parameters
    ----------
    nAxes : `int`
        Number of coordinates of a point.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if it is not positive.
    """

    def __init__(self, nAxes: int) -> None:
        if nAxes < 1:
            raise pex_exceptions.InvalidParameterError(f"points have at least one axis, not {nAxes}.")
        super().__init__(nAxes)

    @classmethod
    def _with_axes(cls, n_axes: int) -> Self:
        return cls(n_axes)

    def normalizeFrame(self, frame: astshim.Frame, /) -> None:
        """Do nothing: any frame fits."""

    def _is_point(self, value: Any) -> bool:
        return np.ndim(value) == 1

    def dataFromArray(self, points: Any, /) -> np.ndarray:  # noqa: D102
        return self._check(np.asarray(points, dtype=float))

    def arrayFromData(self, data: np.ndarray, /) -> np.ndarray:  # noqa: D102
        return data

    def _coordinates(self, point: Any) -> np.ndarray:
        coordinates = np.asarray(point, dtype=float).ravel()
        if coordinates.size != self._n_axes:
            raise ValueError(
                f"a point with {coordinates.size} axes was given where {self._n_axes} are needed."
            )
        return coordinates

    def pointFromData(self, data: Any, /) -> list[float]:  # noqa: D102
        return self._coordinates(data).tolist()

    def __str__(self) -> str:
        return f"GenericEndpoint({self._n_axes})"
