"""Tracts: the overlapping tangent planes of a sky map."""

from __future__ import annotations

__all__ = ["ExplicitTractInfo", "TractInfo"]

import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lsst.geom import Angle, Box2D, Box2I, Extent2D, Extent2I, Point2D, Point2I, SpherePoint, degrees
from lsst.sphgeom import Box, ConvexPolygon, LonLat, Region

from .detail import makeSkyPolygonFromBBox
from .patchInfo import Index2D, PatchInfo

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs

    from .tractBuilder import BaseTractBuilder

_OLD_POLYGON = "The inner polygon of a tract is no longer what a sky map uses: take inner_sky_region instead."
_VERTEX_MARGIN = 0.001
_DIRECTIONS = 24
"""Directions in which the overlap is added to a vertex, as many as in the stack."""


class TractInfo:
    """A tract: a WCS, a box of pixels that begins at (0, 0), and its patches.

    Parameters
    ----------
    id : `int`
        Number of the tract in its sky map.
    tractBuilder : `~lsst.skymap.tractBuilder.BaseTractBuilder`
        Divides the tract into patches.
    ctrCoord : `lsst.geom.SpherePoint`
        Nominal center. The box of pixels is only approximately centered on it.
    vertexCoordList : `~collections.abc.Iterable` [`lsst.geom.SpherePoint`]
        Corners of the inner region.
    tractOverlap : `lsst.geom.Angle`
        Overlap with neighbors, half of which is added to the inner region.
    wcs : `~lsst.afw.geom.SkyWcs`
        WCS; only its pixel origin changes, by whole pixels.
    innerBoxCorners : `~collections.abc.Sequence` [`lsst.sphgeom.LonLat`], optional
        South-western and north-eastern corner of the region for which the sky
        map prefers this tract; by default it is the polygon of the vertices.

    Notes
    -----
    Box, WCS and patches are computed when they are first asked for. `BaseSkyMap`
    says what was compared with the real stack.
    """

    def __init__(
        self,
        id: int,
        tractBuilder: BaseTractBuilder,
        ctrCoord: SpherePoint,
        vertexCoordList: Iterable[SpherePoint],
        tractOverlap: Angle,
        wcs: SkyWcs,
        innerBoxCorners: Sequence[LonLat] | None = None,
    ) -> None:
        self._id = id
        self._builder = tractBuilder
        self._ctrCoord = ctrCoord
        self._vertices = tuple(vertexCoordList)
        self._tractOverlap = tractOverlap
        self._initial_wcs = wcs
        self._inner_region: Region | None = Box(*innerBoxCorners) if innerBoxCorners else None

    def _coverage(self) -> Iterable[SpherePoint]:
        """Return the points that the box must contain."""
        half = 0.5 * self._tractOverlap
        directions = [i * 360.0 / _DIRECTIONS * degrees for i in range(_DIRECTIONS)]
        return (vertex.offset(direction, half) for vertex in self._vertices for direction in directions)

    @cached_property
    def _layout(self) -> tuple[Box2I, Index2D, SkyWcs]:
        """Return the box, the numbers of patches, and the WCS."""
        needed = Box2D()
        for pixel in self._initial_wcs.skyToPixel(list(self._coverage())):
            needed.include(pixel)
        box, number = self._builder.setupPatches(needed, self._initial_wcs)
        shift = Extent2D(-box.getMinX(), -box.getMinY())
        final = Box2I(Point2I(0, 0), box.getDimensions())
        return final, number, self._initial_wcs.copyAtShiftedPixelOrigin(shift)

    def getId(self) -> int:
        """Return the number of the tract in its sky map."""
        return self._id

    def getCtrCoord(self) -> SpherePoint:
        """Return the nominal center."""
        return self._ctrCoord

    def getTractOverlap(self) -> Angle:
        """Return the overlap with neighbors."""
        return self._tractOverlap

    def getVertexList(self) -> Sequence[SpherePoint]:
        """Return the corners of the inner region."""
        return self._vertices

    def getBBox(self) -> Box2I:
        """Return the box of pixels."""
        return Box2I(self._layout[0])

    def getWcs(self) -> SkyWcs:
        """Return the WCS."""
        return self._layout[2]

    def getNumPatches(self) -> Index2D:
        """Return the numbers of patches in x and y."""
        return self._layout[1]

    def getPatchInnerDimensions(self) -> Extent2I:
        """Return width and height of the inner region of a patch."""
        return self._builder.getPatchInnerDimensions()

    def getPatchBorder(self) -> int:
        """Return the width of the border between the inner and the outer box of a patch."""
        return self._builder.getPatchBorder()

    # -- Patches

    def getSequentialPatchIndexFromPair(self, index: tuple[int, int]) -> int:
        """Return the number of a patch, row by row."""
        return self.getNumPatches().x * index[1] + index[0]

    def getSequentialPatchIndex(self, patchInfo: PatchInfo) -> int:
        """Return the number of a patch, row by row."""
        return patchInfo.getSequentialIndex()

    def getPatchIndexPair(self, sequentialIndex: int) -> Index2D:
        """Return column and row of a patch."""
        row, column = divmod(sequentialIndex, self.getNumPatches().x)
        return Index2D(column, row)

    def getPatchInfo(self, index: int | tuple[int, int]) -> PatchInfo:
        """Return a patch.

        Parameters
        ----------
        index : `int` or pair of `int`
            Number, or column and row.

        Raises
        ------
        IndexError
            Raised if there is no such patch.
        """
        pair = self.getPatchIndexPair(int(index)) if isinstance(index, int | np.integer) else Index2D(*index)
        number = self.getNumPatches()
        if not (0 <= pair.x < number.x and 0 <= pair.y < number.y):
            raise IndexError(f"tract {self._id} has {number.x} x {number.y} patches, none at {index}.")
        place = pair, self.getSequentialPatchIndexFromPair(pair)
        return self._builder._make_patch(*place, self._layout[0], self.getWcs())

    __getitem__ = getPatchInfo

    def __len__(self) -> int:
        number = self.getNumPatches()
        return number.x * number.y

    def __iter__(self) -> Iterator[PatchInfo]:
        return (self.getPatchInfo(i) for i in range(len(self)))

    def findPatch(self, coord: SpherePoint) -> PatchInfo:
        """Return the patch whose inner box contains a position.

        Raises
        ------
        LookupError
            Raised if the position is outside the tract.
        """
        pixel = self.getWcs().skyToPixel(coord)
        if not Box2D(self._layout[0]).contains(pixel):
            raise LookupError(f"{coord} is outside tract {self._id}.")
        inner = self.getPatchInnerDimensions()
        return self.getPatchInfo(Index2D(*(p // step for p, step in zip(Point2I(pixel), inner, strict=True))))

    def findPatchList(self, coordList: Iterable[SpherePoint]) -> tuple[PatchInfo, ...]:
        """Return the patches whose outer boxes overlap the box around some positions, column by column.

        Parameters
        ----------
        coordList : iterable of `lsst.geom.SpherePoint`
            Positions; those without a pixel are left out.
        """
        needed = Box2D()
        for pixel in filter(_is_finite, self.getWcs().skyToPixel(list(coordList))):
            needed.include(pixel)
        if needed.isEmpty():
            return ()
        # A box that is too large by a few pixels is correct; one that is too small by a fraction is not.
        box = Box2I(needed)
        box.grow(self.getPatchBorder())
        box.clip(self._layout[0])
        if box.isEmpty():
            return ()
        inner = self.getPatchInnerDimensions()
        columns = range(box.getMinX() // inner[0], box.getMaxX() // inner[0] + 1)
        rows = range(box.getMinY() // inner[1], box.getMaxY() // inner[1] + 1)
        return tuple(self.getPatchInfo((x, y)) for x in columns for y in rows)

    # -- The tract on the sky

    def contains(self, coord: SpherePoint) -> bool:
        """Return whether a position is inside the box of the tract."""
        return Box2D(self._layout[0]).contains(self.getWcs().skyToPixel(coord))

    def getInnerSkyPolygon(self) -> ConvexPolygon:
        """Return the corners of the inner region as a polygon; use `getInnerSkyRegion` instead."""
        warnings.warn(_OLD_POLYGON, FutureWarning, stacklevel=2)
        return self._inner_polygon()

    def _inner_polygon(self) -> ConvexPolygon:
        return ConvexPolygon.convexHull([vertex.getVector() for vertex in self.getVertexList()])

    def getInnerSkyRegion(self) -> Region:
        """Return the region for which a sky map prefers this tract; the inner polygon if it has none."""
        return self._inner_polygon() if self._inner_region is None else self._inner_region

    def getOuterSkyPolygon(self) -> ConvexPolygon:
        """Return the box of pixels on the sky."""
        return makeSkyPolygonFromBBox(self.getBBox(), self.getWcs())

    @property
    def tract_id(self) -> int:
        """Number of the tract in its sky map."""
        return self._id

    @property
    def ctr_coord(self) -> SpherePoint:
        """Nominal center."""
        return self._ctrCoord

    @property
    def bbox(self) -> Box2I:
        """Box of pixels."""
        return self.getBBox()

    @property
    def wcs(self) -> SkyWcs:
        """WCS."""
        return self.getWcs()

    @property
    def num_patches(self) -> Index2D:
        """Numbers of patches in x and y."""
        return self.getNumPatches()

    @property
    def tract_overlap(self) -> Angle:
        """Overlap with neighbors."""
        return self._tractOverlap

    @property
    def vertex_list(self) -> Sequence[SpherePoint]:
        """Corners of the inner region."""
        return self.getVertexList()

    @property
    def patch_inner_dimensions(self) -> Extent2I:
        """Width and height of the inner region of a patch."""
        return self.getPatchInnerDimensions()

    @property
    def patch_border(self) -> int:
        """Width of the border between the inner and the outer box of a patch."""
        return self.getPatchBorder()

    @property
    def inner_sky_polygon(self) -> ConvexPolygon:
        """Corners of the inner region as a polygon; use `inner_sky_region` instead."""
        warnings.warn(_OLD_POLYGON, FutureWarning, stacklevel=2)
        return self._inner_polygon()

    @property
    def inner_sky_region(self) -> Region:
        """Region for which the sky map prefers this tract."""
        return self.getInnerSkyRegion()

    @property
    def outer_sky_polygon(self) -> ConvexPolygon:
        """Box of pixels on the sky."""
        return self.getOuterSkyPolygon()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self._id}, ctrCoord={self._ctrCoord!r})"


class ExplicitTractInfo(TractInfo):
    """A tract given by a center and a radius.

    Parameters
    ----------
    id : `int`
        Number of the tract in its sky map.
    tractBuilder : `~lsst.skymap.tractBuilder.BaseTractBuilder`
        Divides the tract into patches.
    ctrCoord : `lsst.geom.SpherePoint`
        Nominal center.
    radius : `lsst.geom.Angle`
        Half the size of the inner region.
    tractOverlap : `lsst.geom.Angle`
        Added to the radius on all sides.
    wcs : `~lsst.afw.geom.SkyWcs`
        WCS with its sky origin at the center.
    innerBoxCorners : `~collections.abc.Sequence` [`lsst.sphgeom.LonLat`], optional
        South-western and north-eastern corner of the region for which the sky
        map prefers this tract; by default it is the polygon of the vertices.
    """

    def __init__(
        self,
        id: int,
        tractBuilder: BaseTractBuilder,
        ctrCoord: SpherePoint,
        radius: Angle,
        tractOverlap: Angle,
        wcs: SkyWcs,
        innerBoxCorners: Sequence[LonLat] | None = None,
    ) -> None:
        super().__init__(id, tractBuilder, ctrCoord, (), tractOverlap, wcs, innerBoxCorners)
        self._radius = radius

    def _coverage(self) -> Iterable[SpherePoint]:
        reach = self._radius + self._tractOverlap
        return (self._ctrCoord.offset(90.0 * i * degrees, reach) for i in range(4))

    def getVertexList(self) -> list[SpherePoint]:
        """Return the corners of the box of pixels, moved inwards by 0.001 pixels as in the stack."""
        return self.getWcs().pixelToSky(Box2D(self._layout[0]).erodedBy(_VERTEX_MARGIN).getCorners())


def _is_finite(point: Point2D) -> bool:
    return all(map(math.isfinite, point))
