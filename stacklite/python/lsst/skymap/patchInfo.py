"""Patches: the pieces into which a tract is divided."""

from __future__ import annotations

__all__ = ["Index2D", "PatchInfo"]

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from lsst.geom import Box2I
from lsst.sphgeom import ConvexPolygon

from .detail import makeSkyPolygonFromBBox

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs


class Index2D(NamedTuple):
    """Column and row of a patch."""

    x: int
    y: int


@dataclass(frozen=True)
class PatchInfo:
    """A patch of a tract.

    Parameters
    ----------
    index : `Index2D`
        Column and row in the tract.
    innerBBox : `lsst.geom.Box2I`
        Pixels that belong to this patch only.
    outerBBox : `lsst.geom.Box2I`
        Pixels with the border shared with neighbours.
    sequentialIndex : `int`
        Number of the patch in the tract, row by row.
    tractWcs : `~lsst.afw.geom.SkyWcs`
        WCS of the tract.
    """

    index: Index2D
    innerBBox: Box2I
    outerBBox: Box2I
    sequentialIndex: int
    tractWcs: SkyWcs

    def getIndex(self) -> Index2D:
        """Return column and row in the tract."""
        return self.index

    def getSequentialIndex(self) -> int:
        """Return the number of the patch in the tract, row by row."""
        return self.sequentialIndex

    def getInnerBBox(self) -> Box2I:
        """Return the box of pixels that belong to this patch only."""
        return self.innerBBox.clone()

    def getOuterBBox(self) -> Box2I:
        """Return the box with the border shared with neighbours."""
        return self.outerBBox.clone()

    def getWcs(self) -> SkyWcs:
        """Return the WCS of the tract."""
        return self.tractWcs

    def getInnerSkyPolygon(self, tractWcs: SkyWcs | None = None) -> ConvexPolygon:
        """Return the inner box on the sky."""
        return makeSkyPolygonFromBBox(self.innerBBox, tractWcs or self.tractWcs)

    def getOuterSkyPolygon(self, tractWcs: SkyWcs | None = None) -> ConvexPolygon:
        """Return the outer box on the sky."""
        return makeSkyPolygonFromBBox(self.outerBBox, tractWcs or self.tractWcs)

    @property
    def sequential_index(self) -> int:
        """Number of the patch in the tract, row by row."""
        return self.sequentialIndex

    @property
    def inner_bbox(self) -> Box2I:
        """Box of pixels that belong to this patch only."""
        return self.getInnerBBox()

    @property
    def outer_bbox(self) -> Box2I:
        """Box with the border shared with neighbours."""
        return self.getOuterBBox()

    @property
    def wcs(self) -> SkyWcs:
        """WCS of the tract."""
        return self.tractWcs

    @property
    def inner_sky_polygon(self) -> ConvexPolygon:
        """Inner box on the sky."""
        return self.getInnerSkyPolygon()

    @property
    def outer_sky_polygon(self) -> ConvexPolygon:
        """Outer box on the sky."""
        return self.getOuterSkyPolygon()
