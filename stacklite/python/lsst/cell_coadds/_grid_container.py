"""Values in the cells of a grid."""

from __future__ import annotations

__all__ = ["GridContainer"]

from collections.abc import Callable, Iterator, MutableMapping
from typing import Generic, TypeVar

from lsst.geom import Box2I
from lsst.skymap import Index2D

from ._uniform_grid import UniformGrid

T = TypeVar("T")


class GridContainer(MutableMapping[Index2D, T], Generic[T]):
    """A mapping from the cells of a grid to values; cells may be empty.

    Parameters
    ----------
    shape : `lsst.skymap.Index2D`
        Number of cells in x and y.
    offset : `lsst.skymap.Index2D`, optional
        First cell; (0, 0) by default.
    """

    def __init__(self, shape: Index2D, offset: Index2D | None = None) -> None:
        self._shape = shape
        self._offset = Index2D(0, 0) if offset is None else offset
        self._cells: dict[Index2D, T] = {}

    def _check(self, index: Index2D) -> None:
        for axis, place, first, n in zip("xy", index, self._offset, self._shape, strict=True):
            if not first <= place < first + n:
                raise ValueError(f"{axis} of the cell is {place}, not from {first} to {first + n - 1}.")

    def __len__(self) -> int:
        return len(self._cells)

    def __iter__(self) -> Iterator[Index2D]:
        return iter(self._cells)

    def __getitem__(self, index: Index2D) -> T:
        return self._cells[index]

    def __setitem__(self, index: Index2D, value: T) -> None:
        self._check(index)
        self._cells[index] = value

    def __delitem__(self, index: Index2D) -> None:
        self._check(index)
        del self._cells[index]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(shape={self._shape}, offset={self._offset})"

    def indices(self) -> Iterator[Index2D]:
        """Iterate over all cells, also the empty ones, row by row."""
        for y in range(self._offset.y, self._offset.y + self._shape.y):
            for x in range(self._offset.x, self._offset.x + self._shape.x):
                yield Index2D(x, y)

    @property
    def shape(self) -> Index2D:
        """Number of cells in x and y (`lsst.skymap.Index2D`)."""
        return self._shape

    @property
    def offset(self) -> Index2D:
        """First cell (`lsst.skymap.Index2D`)."""
        return self._offset

    @property
    def size(self) -> int:
        """Number of cells, also the empty ones (`int`)."""
        return self._shape.x * self._shape.y

    @property
    def first(self) -> T:
        """Value of the lower left cell."""
        return self._cells[self._offset]

    @property
    def last(self) -> T:
        """Value of the upper right cell."""
        return self._cells[Index2D(self._offset.x + self._shape.x - 1, self._offset.y + self._shape.y - 1)]

    @property
    def arbitrary(self) -> T:
        """Value of the cell that was filled first.

        Raises
        ------
        RuntimeError
            Raised if all cells are empty.
        """
        if not self._cells:
            raise RuntimeError("all cells are empty.")
        return next(iter(self._cells.values()))

    def subset_overlapping(self, grid: UniformGrid, bbox: Box2I) -> GridContainer[T]:
        """Return the part that overlaps a box.

        Parameters
        ----------
        grid : `UniformGrid`
            Positions of the cells.
        bbox : `lsst.geom.Box2I`
            Box; none of the cells that overlap it may be empty.
        """
        inside = bbox.clippedTo(grid.bbox)
        begin, last = grid.index(inside.getMin()), grid.index(inside.getMax())
        result = GridContainer[T](Index2D(last.x - begin.x + 1, last.y - begin.y + 1), begin)
        for index in result.indices():
            result[index] = self[index]
        return result

    def rebuild_transformed(self, transform: Callable[[T], T]) -> GridContainer[T]:
        """Return a container with the results of a function in the cells that are not empty."""
        result = GridContainer[T](self._shape, self._offset)
        for index, value in self.items():
            result[index] = transform(value)
        return result
