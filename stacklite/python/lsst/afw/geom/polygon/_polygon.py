"""Polygons in pixel coordinates."""

from __future__ import annotations

__all__ = ["Polygon", "SinglePolygonException"]

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, overload

import numpy as np
import shapely
from numpy.typing import ArrayLike

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.fits import FitsError
from lsst.afw.typehandling import Storable
from lsst.geom import AffineTransform, Box2D, Box2I, Extent2I, Point2D, Point2I
from lsst_stacklite.archives import FitsReadable, make_table, persistable_reader

from ._coverage import pixel_coverage

if TYPE_CHECKING:
    from lsst.afw.geom import TransformPoint2ToPoint2
    from lsst.afw.image import ImageF
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable

    _Transform: TypeAlias = AffineTransform | TransformPoint2ToPoint2


_N_CLOSED = 3
"""Number of vertices, the last repeating the first, up to which there is no area."""


class SinglePolygonException(pex_exceptions.RuntimeError):
    """Raised when an operation does not give exactly one polygon."""


class Polygon(FitsReadable, Storable):
    """An immutable polygon with Cartesian vertices; it has no holes.

    ``Polygon(box)``, ``Polygon(box, transform)``, ``Polygon(vertices)``.

    Parameters
    ----------
    shape : `lsst.geom.Box2D` or iterable of `lsst.geom.Point2D`
        A box, or vertices in either direction, closed or not. One or two
        vertices make a polygon without area, which stays as it is given;
        without any it is empty.
    transform : `~lsst.afw.geom.TransformPoint2ToPoint2` or `lsst.geom.AffineTransform`, optional
        Applied to the corners of a box.
    """

    def __init__(self, shape: Box2D | Iterable[Point2D], transform: _Transform | None = None, /) -> None:
        if isinstance(shape, Box2D):
            shape = shape.getCorners()
        points = np.array([tuple(p) for p in shape], dtype=float).reshape(-1, 2)
        if transform is not None:
            points = _transformer(transform)(points)
        self._vertices = _closed_clockwise(points)

    @classmethod
    def _from_array(cls, points: ArrayLike) -> Polygon:
        return cls(np.asarray(points, dtype=float).tolist())

    @cached_property
    def _shape(self) -> Any:
        """The polygon, or the line or point that it is without area."""
        if len(self._vertices) > _N_CLOSED:
            return shapely.Polygon(self._vertices)
        if not len(self._vertices):
            return shapely.Polygon()
        distinct = np.unique(self._vertices, axis=0)
        return shapely.Point(distinct[0]) if len(distinct) == 1 else shapely.LineString(distinct)

    @cached_property
    def _interior(self) -> shapely.Polygon:
        """The area, which is empty if the polygon is a line or point."""
        return self._shape if isinstance(self._shape, shapely.Polygon) else shapely.Polygon()

    def getNumEdges(self) -> int:
        """Return the number of edges."""
        return max(len(self._vertices) - 1, 0)

    __len__ = getNumEdges

    def getVertices(self) -> list[Point2D]:
        """Return the vertices, clockwise; the last repeats the first."""
        return [Point2D(x, y) for x, y in self._vertices.tolist()]

    def getEdges(self) -> list[tuple[Point2D, Point2D]]:
        """Return pairs of vertices."""
        vertices = self.getVertices()
        return list(zip(vertices[:-1], vertices[1:], strict=True))

    def getBBox(self) -> Box2D:
        """Return the smallest box around the polygon."""
        if not len(self._vertices):
            return Box2D()
        low, high = self._vertices.min(axis=0), self._vertices.max(axis=0)
        return Box2D(Point2D(low), Point2D(high))

    def calculateCenter(self) -> Point2D:
        """Return the center of gravity of the area; without area the first vertex.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if there are no vertices.
        """
        if not len(self._vertices):
            raise pex_exceptions.RuntimeError("a polygon without vertices has no center.")
        x, y, cross = self._moved()
        if not cross.any():
            return Point2D(self._vertices[0])
        moment = np.array([((v[:-1] + v[1:]) * cross).sum() for v in (x, y)])
        return Point2D(self._vertices[0] + moment / (3.0 * cross.sum()))

    def calculateArea(self) -> float:
        """Return the area."""
        return float(abs(0.5 * self._moved()[2].sum()))

    def _moved(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return x, y relative to the first vertex, and the cross products of neighbors."""
        x, y = (self._vertices - self._vertices[:1]).T
        return x, y, x[:-1] * y[1:] - x[1:] * y[:-1]

    def calculatePerimeter(self) -> float:
        """Return the length of the outline."""
        return float(np.hypot(*np.diff(self._vertices, axis=0).T).sum())

    def __iter__(self) -> Iterator[Point2D]:
        return iter(self.getVertices())

    @overload
    def __getitem__(self, index: int) -> Point2D: ...
    @overload
    def __getitem__(self, index: slice) -> list[Point2D]: ...
    def __getitem__(self, index: int | slice) -> Point2D | list[Point2D]:
        return self.getVertices()[index]

    def __contains__(self, point: Point2D) -> bool:
        return self.contains(point)

    @overload
    def contains(self, point: Point2D, /) -> bool: ...
    @overload
    def contains(self, points: Sequence[Point2D] | Sequence[Point2I], /) -> list[bool]: ...
    @overload
    def contains(self, x: ArrayLike, y: ArrayLike, /) -> Any: ...
    def contains(self, *args: Any) -> Any:
        """Return whether points lie strictly inside (not on the outline).

        Parameters
        ----------
        point : `lsst.geom.Point2D`
            A point.
        points : sequence of `lsst.geom.Point2D` or `lsst.geom.Point2I`
            Many points.
        x, y : array_like
            Coordinates of many points.

        Returns
        -------
        inside : `bool`, `list` [`bool`] or array of `bool`
            One value for each point.
        """
        if len(args) == 2:
            return shapely.contains_xy(self._interior, np.asarray(args[0]), np.asarray(args[1]))
        (points,) = args
        if isinstance(points, Point2D):
            return bool(shapely.contains_xy(self._interior, *points))
        xy = np.array([tuple(p) for p in points], dtype=float).reshape(-1, 2)
        return shapely.contains_xy(self._interior, xy[:, 0], xy[:, 1]).tolist()

    def overlaps(self, other: Polygon | Box2D, /) -> bool:
        """Return whether a polygon or box has a point in common, outlines included."""
        return bool(self._shape.intersects(_as_polygon(other)._shape))

    def intersection(self, other: Polygon | Box2D, /) -> list[Polygon]:
        """Return the polygons that form the intersection of two polygons."""
        return _polygons(self._shape.intersection(_as_polygon(other)._shape))

    def intersectionSingle(self, other: Polygon | Box2D, /) -> Polygon:
        """Return the intersection of two polygons, which must be one polygon.

        Raises
        ------
        SinglePolygonException
            Raised if there is not exactly one.
        """
        return _single(self.intersection(other), "intersection")

    def union(self, other: Polygon | Box2D, /) -> list[Polygon]:
        """Return the polygons that form the union of two polygons (holes are filled)."""
        return _polygons(self._shape.union(_as_polygon(other)._shape))

    def unionSingle(self, other: Polygon | Box2D, /) -> Polygon:
        """Return the union of two polygons, which must be one polygon.

        Raises
        ------
        SinglePolygonException
            Raised if there is not exactly one.
        """
        return _single(self.union(other), "union")

    def symDifference(self, other: Polygon | Box2D, /) -> list[Polygon]:
        """Return the polygons that cover the area of exactly one of two polygons."""
        return _polygons(self._shape.symmetric_difference(_as_polygon(other)._shape))

    def convexHull(self) -> Polygon:
        """Return the convex hull, starting at its leftmost (then lowest) vertex."""
        if not len(self._vertices):
            return self
        shape = self._shape.convex_hull
        hull = shapely.get_coordinates(shape)
        # The outline of an area ends where it starts.
        hull = hull[:-1] if isinstance(shape, shapely.Polygon) else hull
        first = int(np.lexsort((hull[:, 1], hull[:, 0]))[0])
        return Polygon._from_array(np.roll(hull, -first, axis=0))

    def transform(self, transform: _Transform, /) -> Polygon:
        """Return the polygon of the transformed vertices.

        Parameters
        ----------
        transform : `~lsst.afw.geom.TransformPoint2ToPoint2` or `lsst.geom.AffineTransform`
            Applied forwards.
        """
        return Polygon._from_array(_transformer(transform)(self._vertices))

    def subSample(self, sampling: int | float, /) -> Polygon:
        """Return the same outline with more vertices.

        Parameters
        ----------
        sampling : `int` or `float`
            Number of pieces of every edge (`int`), or their greatest length (`float`).
        """
        pieces = []
        for start, end in zip(self._vertices[:-1], self._vertices[1:], strict=True):
            number = sampling
            if isinstance(sampling, float):
                number = max(math.ceil(math.hypot(*(end - start)) / sampling), 1)
            t = np.arange(number)[:, np.newaxis] / number
            pieces.append(start + t * (end - start))
        return Polygon._from_array(np.concatenate(pieces)) if pieces else self

    def createImage(self, bbox: Box2I | Extent2I, /) -> ImageF:
        """Return an image of the covered fraction of every pixel.

        Parameters
        ----------
        bbox : `lsst.geom.Box2I` or `lsst.geom.Extent2I`
            Box of the image, or its dimensions (origin (0, 0)).
        """
        # Images are above this package, whose WCSs and polygons exposures have.
        from lsst.afw.image import ImageF

        box = bbox if isinstance(bbox, Box2I) else Box2I(Point2I(0, 0), bbox)
        image = ImageF(box)
        image.array[...] = pixel_coverage(
            self._vertices, box.getMinX(), box.getMinY(), box.getWidth(), box.getHeight()
        )
        return image

    def _write_archive(self, archive: OutputArchive) -> list[StoredTable]:
        fields = [
            ("vertices_x", "D", "list of vertex points", ""),
            ("vertices_y", "D", "list of vertex points", ""),
        ]
        return [make_table(fields, self._vertices.tolist())]

    def __eq__(self, other: object) -> bool:
        """Return whether the covered areas are equal, wherever the lists of vertices start."""
        if not isinstance(other, Polygon):
            return NotImplemented
        return bool(self._shape.equals(other._shape))

    __hash__ = None

    def __reduce__(self) -> tuple[Any, ...]:
        return Polygon, (self._vertices.tolist(),)

    def __repr__(self) -> str:
        return f"Polygon({self.getVertices()!r})"


@persistable_reader("Polygon", of=Polygon, id_fields=())
def _read_polygon(archive: ArchiveReader, tables: Sequence[StoredTable]) -> Polygon:
    (table,) = tables
    vertices = np.stack([table["vertices_x"], table["vertices_y"]], axis=1)
    if not np.isfinite(vertices).all():
        raise FitsError("a vertex of a polygon is not finite.")
    return Polygon._from_array(vertices)


def _closed_clockwise(points: np.ndarray) -> np.ndarray:
    is_closed = len(points) > 1 and np.array_equal(points[0], points[-1])
    closed = points if is_closed else np.vstack([points, points[:1]])
    if len(closed) <= _N_CLOSED:
        points.flags.writeable = False
        return points
    x, y = (closed - closed[0]).T
    clockwise = np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) <= 0.0
    closed = closed if clockwise else closed[::-1].copy()
    closed.flags.writeable = False
    return closed


def _as_polygon(shape: Polygon | Box2D) -> Polygon:
    return shape if isinstance(shape, Polygon) else Polygon(shape)


def _polygons(geometry: Any) -> list[Polygon]:
    """Return the polygons of a shapely geometry; points and lines in it have no area."""
    parts: Sequence[Any] = shapely.get_parts(geometry)
    outlines = [part.exterior.coords for part in parts if part.geom_type == "Polygon" and not part.is_empty]
    return [Polygon._from_array(outline) for outline in outlines]


def _single(polygons: list[Polygon], what: str) -> Polygon:
    if len(polygons) != 1:
        raise SinglePolygonException(f"the {what} consists of {len(polygons)} polygons, not of one.")
    return polygons[0]


def _transformer(transform: _Transform) -> Callable[[np.ndarray], np.ndarray]:
    if isinstance(transform, AffineTransform):
        return lambda xy: np.stack(transform(xy[:, 0], xy[:, 1]), axis=1)
    return lambda xy: transform._apply_array(xy.T).T
