"""Patches: the pieces into which a tract is divided."""

from __future__ import annotations

__all__ = ["Index2D", "PatchInfo"]

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lsst.geom import Box2I, Extent2I

from ._cells import BoxInTract, CellInfo, Index2D

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs


class PatchInfo(BoxInTract):
    """A patch of a tract, and its cells if it has any.

    Parameters
    ----------
    index : `Index2D`
        Column and row in the tract.
    innerBBox : `lsst.geom.Box2I`
        Pixels that belong to this patch only.
    outerBBox : `lsst.geom.Box2I`
        Pixels with the border shared with neighbors.
    sequentialIndex : `int`
        Number of the patch in the tract, row by row.
    tractWcs : `~lsst.afw.geom.SkyWcs`
        WCS of the tract.
    cellInnerDimensions : `~collections.abc.Sequence` [`int`], optional
        Width and height of the inner region of a cell.
    cellBorder : `int`, optional
        Width of the border of a cell.
    numCellsPerPatchInner : `int`, optional
        Number of cells along a side of the inner box; 0 for a patch without cells.
    numCellsInPatchBorder : `int`, optional
        Number of cells beyond each side of the inner box.

    Raises
    ------
    RuntimeError
        Raised if the inner box is not inside the outer one.
    ValueError
        Raised if the dimensions of cells are not two.
    """

    def __init__(
        self,
        index: Index2D,
        innerBBox: Box2I,
        outerBBox: Box2I,
        sequentialIndex: int,
        tractWcs: SkyWcs,
        cellInnerDimensions: Sequence[int] | Extent2I = (0, 0),
        cellBorder: int = 0,
        numCellsPerPatchInner: int = 0,
        numCellsInPatchBorder: int = 0,
    ) -> None:
        super().__init__(index, innerBBox, outerBBox, sequentialIndex, tractWcs)
        if len(cellInnerDimensions) != 2:
            raise ValueError(f"a cell has two dimensions, not {len(cellInnerDimensions)}.")
        self._cell_size = (int(cellInnerDimensions[0]), int(cellInnerDimensions[1]))
        self._cell_border = cellBorder
        self._margin = numCellsInPatchBorder
        side = numCellsPerPatchInner + 2 * numCellsInPatchBorder if numCellsPerPatchInner else 0
        self._num_cells = Index2D(side, side)

    def getNumCells(self) -> Index2D:
        """Return the numbers of cells in x and y."""
        return self._num_cells

    def getCellBorder(self) -> int:
        """Return the width of the border of a cell."""
        return self._cell_border

    def getCellInnerDimensions(self) -> Extent2I:
        """Return width and height of the inner region of a cell."""
        return Extent2I(*self._cell_size)

    def getSequentialCellIndexFromPair(self, index: Sequence[int]) -> int:
        """Return the number of a cell, row by row."""
        column, row = index
        return self._num_cells.x * row + column

    def getSequentialCellIndex(self, cellInfo: CellInfo) -> int:
        """Return the number of a cell, row by row."""
        return self.getSequentialCellIndexFromPair(cellInfo.getIndex())

    def getCellIndexPair(self, sequentialIndex: int) -> Index2D:
        """Return column and row of a cell.

        Raises
        ------
        IndexError
            Raised if the patch has no cells.
        """
        if self._num_cells.x == 0:
            raise IndexError(f"patch {tuple(self._index)} has no cells.")
        row, column = divmod(sequentialIndex, self._num_cells.x)
        return Index2D(column, row)

    def getCellInfo(self, index: int | Sequence[int]) -> CellInfo:
        """Return a cell.

        Parameters
        ----------
        index : `int` or `~collections.abc.Sequence` [`int`]
            Number, or column and row.

        Raises
        ------
        IndexError
            Raised if there is no such cell.
        """
        pair = self.getCellIndexPair(int(index)) if isinstance(index, int | np.integer) else Index2D(*index)
        if not (0 <= pair.x < self._num_cells.x and 0 <= pair.y < self._num_cells.y):
            x, y = self._num_cells
            raise IndexError(f"patch {tuple(self._index)} has {x} x {y} cells, none at {index}.")
        steps = ((i - self._margin) * size for i, size in zip(pair, self._cell_size, strict=True))
        inner = Box2I(self._inner.getMin() + Extent2I(*steps), Extent2I(*self._cell_size))
        outer = inner.dilatedBy(self._cell_border)
        return CellInfo(pair, inner, outer, self.getSequentialCellIndexFromPair(pair), self._wcs)

    __getitem__ = getCellInfo

    def __len__(self) -> int:
        return self._num_cells.x * self._num_cells.y

    def __iter__(self) -> Iterator[CellInfo]:
        return (self.getCellInfo(number) for number in range(len(self)))

    @property
    def num_cells(self) -> Index2D:
        """Numbers of cells in x and y."""
        return self._num_cells

    @property
    def cell_border(self) -> int:
        """Width of the border of a cell."""
        return self._cell_border

    @property
    def cell_inner_dimensions(self) -> Extent2I:
        """Width and height of the inner region of a cell."""
        return self.getCellInnerDimensions()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PatchInfo):
            return NotImplemented
        cells = (self._num_cells, self._cell_border) == (other._num_cells, other._cell_border)
        return cells and super().__eq__(other)

    __hash__ = None
