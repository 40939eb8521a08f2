"""Cells, and the base class of patches and cells: boxes of pixels in a tract."""

from __future__ import annotations

__all__ = ["BoxInTract", "CellInfo", "Index2D"]

from typing import TYPE_CHECKING, NamedTuple

from lsst.geom import Box2I
from lsst.sphgeom import ConvexPolygon

from .detail import makeSkyPolygonFromBBox

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs


class Index2D(NamedTuple):
    """Column and row of a patch or a cell."""

    x: int
    y: int


Index2D.__module__ = "lsst.skymap.patchInfo"


class BoxInTract:
    """An inner and an outer box of pixels of a tract, with their outlines on the sky.

    Parameters
    ----------
    index : `Index2D`
        Column and row.
    innerBBox : `lsst.geom.Box2I`
        Pixels that belong to no other box of this kind.
    outerBBox : `lsst.geom.Box2I`
        Pixels with the border shared with neighbors.
    sequentialIndex : `int`
        Number, row by row.
    tractWcs : `~lsst.afw.geom.SkyWcs`
        WCS of the tract.

    Raises
    ------
    RuntimeError
        Raised if the inner box is not inside the outer one.
    """

    def __init__(
        self, index: Index2D, innerBBox: Box2I, outerBBox: Box2I, sequentialIndex: int, tractWcs: SkyWcs
    ) -> None:
        if not outerBBox.contains(innerBBox):
            raise RuntimeError(f"the inner box {innerBBox} is not inside the outer box {outerBBox}.")
        self._index = index
        self._inner = Box2I(innerBBox)
        self._outer = Box2I(outerBBox)
        self._number = sequentialIndex
        self._wcs = tractWcs

    def getIndex(self) -> Index2D:
        """Return column and row."""
        return self._index

    def getSequentialIndex(self) -> int:
        """Return the number, row by row."""
        return self._number

    def getInnerBBox(self) -> Box2I:
        """Return the box of pixels that belong to no other box of this kind."""
        return Box2I(self._inner)

    def getOuterBBox(self) -> Box2I:
        """Return the box with the border shared with neighbors."""
        return Box2I(self._outer)

    def getWcs(self) -> SkyWcs:
        """Return the WCS of the tract."""
        return self._wcs

    def getInnerSkyPolygon(self, tractWcs: SkyWcs | None = None) -> ConvexPolygon:
        """Return the inner box on the sky."""
        return makeSkyPolygonFromBBox(self._inner, self._wcs if tractWcs is None else tractWcs)

    def getOuterSkyPolygon(self, tractWcs: SkyWcs | None = None) -> ConvexPolygon:
        """Return the outer box on the sky."""
        return makeSkyPolygonFromBBox(self._outer, self._wcs if tractWcs is None else tractWcs)

    @property
    def index(self) -> Index2D:
        """Column and row."""
        return self._index

    @property
    def sequential_index(self) -> int:
        """Number, row by row."""
        return self._number

    @property
    def inner_bbox(self) -> Box2I:
        """Box of pixels that belong to no other box of this kind."""
        return self.getInnerBBox()

    @property
    def outer_bbox(self) -> Box2I:
        """Box with the border shared with neighbors."""
        return self.getOuterBBox()

    @property
    def wcs(self) -> SkyWcs:
        """WCS of the tract."""
        return self._wcs

    @property
    def inner_sky_polygon(self) -> ConvexPolygon:
        """Inner box on the sky."""
        return self.getInnerSkyPolygon()

    @property
    def outer_sky_polygon(self) -> ConvexPolygon:
        """Outer box on the sky."""
        return self.getOuterSkyPolygon()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return (self._index, self._inner, self._outer) == (other._index, other._inner, other._outer)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        boxes = f"innerBBox={self._inner}, outerBBox={self._outer}"
        return f"{type(self).__name__}(index={tuple(self._index)}, {boxes})"


class CellInfo(BoxInTract):
    """A cell of a patch (see `BoxInTract`)."""
