"""Division of tracts into patches."""

from __future__ import annotations

__all__ = [
    "BaseTractBuilder",
    "BaseTractBuilderConfig",
    "CellTractBuilder",
    "CellTractBuilderConfig",
    "LegacyTractBuilder",
    "LegacyTractBuilderConfig",
    "tractBuilderRegistry",
]

import struct
from typing import TYPE_CHECKING, Any

import lsst.pex.config as pexConfig
from lsst.geom import Box2D, Box2I, Extent2I, Point2I

from .patchInfo import Index2D, PatchInfo

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs


class BaseTractBuilderConfig(pexConfig.Config):
    """Base class of the configurations of tract builders."""


class LegacyTractBuilderConfig(BaseTractBuilderConfig):
    """Patches of a given size, with a border."""

    patchInnerDimensions = pexConfig.ListField[int](
        doc="width and height of the inner region of a patch (pixels)",
        length=2,
        default=[4000, 4000],
        itemCheck=lambda n: n > 0,
    )
    patchBorder = pexConfig.Field[int](
        doc="width of the border between the inner and the outer box of a patch (pixels)",
        default=100,
        check=lambda n: n >= 0,
    )


class CellTractBuilderConfig(BaseTractBuilderConfig):
    """Patches that consist of cells."""

    cellInnerDimensions = pexConfig.ListField[int](
        doc="width and height of the inner region of a cell (pixels)",
        length=2,
        default=[150, 150],
        itemCheck=lambda n: n > 0,
    )
    cellBorder = pexConfig.Field[int](
        doc="width of the border between the inner and the outer box of a cell (pixels)",
        default=50,
        check=lambda n: n >= 0,
    )
    numCellsPerPatchInner = pexConfig.Field[int](
        doc="number of cells along a side of the inner region of a patch",
        default=20,
        check=lambda n: n > 0,
    )
    numCellsInPatchBorder = pexConfig.Field[int](
        doc="number of cells in the border of a patch", default=1, check=lambda n: n >= 0
    )


class BaseTractBuilder:
    """Divides tracts into patches.

    Parameters
    ----------
    config : `BaseTractBuilderConfig`
        Configuration.
    """

    def __init__(self, config: Any) -> None:
        self.config = config

    def getPatchInnerDimensions(self) -> Extent2I:
        """Return width and height of the inner region of a patch."""
        raise NotImplementedError

    def getPatchBorder(self) -> int:
        """Return the width of the border between the inner and the outer box of a patch."""
        raise NotImplementedError

    def getPackedConfig(self, config: Any) -> bytes:
        """Return the part of the hashed bytes of a sky map that all sky maps share.

        Parameters
        ----------
        config : `lsst.skymap.BaseSkyMapConfig`
            Configuration of the sky map.
        """
        common = (config.tractOverlap, config.pixelScale, config.projection.encode("ascii"), config.rotation)
        return struct.pack(self._pack_format() + "dd3sd", *self._pack_values(), *common)

    def _pack_format(self) -> str:
        raise NotImplementedError

    def _pack_values(self) -> tuple[int, ...]:
        raise NotImplementedError

    def setupPatches(self, minBBox: Box2D, wcs: SkyWcs) -> tuple[Box2I, Index2D]:
        """Return the box of a tract, and its numbers of patches.

        Parameters
        ----------
        minBBox : `lsst.geom.Box2D`
            Pixels that must be covered.
        wcs : `~lsst.afw.geom.SkyWcs`
            WCS of the tract, on which the patches of the known builders do not depend.

        Returns
        -------
        bbox : `lsst.geom.Box2I`
            Whole patches around ``minBBox``, which is in their middle.
        numPatches : `~lsst.skymap.Index2D`
            Numbers of patches in x and y.
        """
        needed = Box2I(minBBox)
        inner = self.getPatchInnerDimensions()
        number = [-(-size // step) for size, step in zip(needed.getDimensions(), inner, strict=True)]
        size = Extent2I(number[0] * inner[0], number[1] * inner[1])
        excess = (size - needed.getDimensions()) // 2
        return Box2I(needed.getMin() - excess, size), Index2D(*number)

    def _make_patch(self, index: Index2D, number: int, tract_box: Box2I, wcs: SkyWcs) -> PatchInfo:
        """Return a patch of a tract whose box is given; the patch ends at the box of the tract."""
        inner = self._inner_box(index)
        outer = inner.dilatedBy(self.getPatchBorder()).clippedTo(tract_box)
        return PatchInfo(index, inner, outer, number, wcs)

    def _inner_box(self, index: Index2D) -> Box2I:
        """Return the inner box of a patch, when the tract begins at (0, 0)."""
        inner = self.getPatchInnerDimensions()
        return Box2I(Point2I(index.x * inner[0], index.y * inner[1]), inner)


class LegacyTractBuilder(BaseTractBuilder):
    """Patches of a given size, with a border."""

    ConfigClass = LegacyTractBuilderConfig

    def getPatchInnerDimensions(self) -> Extent2I:
        """Return width and height of the inner region of a patch."""
        return Extent2I(*self.config.patchInnerDimensions)

    def getPatchBorder(self) -> int:
        """Return the width of the border between the inner and the outer box of a patch."""
        return self.config.patchBorder

    def _pack_format(self) -> str:
        return "<iii"

    def _pack_values(self) -> tuple[int, ...]:
        return (*self.config.patchInnerDimensions, self.config.patchBorder)


class CellTractBuilder(BaseTractBuilder):
    """Patches that consist of cells.

    Notes
    -----
    Not compared with values of the real stack, only with the documented sizes
    of Rubin's sky maps (inner regions of 3000, patches of 3400 pixels).
    """

    ConfigClass = CellTractBuilderConfig

    def getPatchInnerDimensions(self) -> Extent2I:
        """Return width and height of the inner region of a patch."""
        return Extent2I(*(self.config.numCellsPerPatchInner * n for n in self.config.cellInnerDimensions))

    def getPatchBorder(self) -> int:
        """Return the width of the border: that of its cells, and their own border."""
        config = self.config
        return config.numCellsInPatchBorder * max(config.cellInnerDimensions) + config.cellBorder

    def _make_patch(self, index: Index2D, number: int, tract_box: Box2I, wcs: SkyWcs) -> PatchInfo:
        """Return a patch with its cells; all are of equal size: the outermost exceed the tract."""
        config, inner = self.config, self._inner_box(index)
        return PatchInfo(
            index,
            inner,
            inner.dilatedBy(self.getPatchBorder()),
            number,
            wcs,
            config.cellInnerDimensions,
            config.cellBorder,
            config.numCellsPerPatchInner,
            config.numCellsInPatchBorder,
        )

    def _pack_format(self) -> str:
        return "<iiiii"

    def _pack_values(self) -> tuple[int, ...]:
        c = self.config
        return (*c.cellInnerDimensions, c.cellBorder, c.numCellsPerPatchInner, c.numCellsInPatchBorder)


tractBuilderRegistry = pexConfig.makeRegistry(doc="Ways to divide a tract into patches")
tractBuilderRegistry.register("legacy", LegacyTractBuilder)
tractBuilderRegistry.register("cells", CellTractBuilder)
