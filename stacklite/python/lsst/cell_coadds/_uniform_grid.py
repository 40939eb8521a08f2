"""A grid of cells of equal size."""

from __future__ import annotations

__all__ = ["UniformGrid"]

from lsst.geom import Box2I, Extent2I, Point2I
from lsst.skymap import Index2D


class UniformGrid:
    """A box that is divided into cells of equal size.

    Parameters
    ----------
    cell_size : `lsst.geom.Extent2I`
        Size of a cell in pixels, without padding.
    shape : `lsst.skymap.Index2D`
        Number of cells in x and y.
    padding : `int`, optional
        Number of pixels by which the outermost cells are larger at the edges of the grid.
    min : `lsst.geom.Point2I`, optional
        Lower left pixel of the grid without padding; the origin by default.
    """

    def __init__(
        self, cell_size: Extent2I, shape: Index2D, *, padding: int = 0, min: Point2I | None = None
    ) -> None:
        size = Extent2I(cell_size.getX() * shape.x, cell_size.getY() * shape.y)
        self._cell_size = cell_size
        self._shape = shape
        self._padding = padding
        self._bbox = Box2I(Point2I(0, 0) if min is None else min, size)

    @classmethod
    def from_bbox_shape(cls, bbox: Box2I, shape: Index2D, padding: int = 0) -> UniformGrid:
        """Return the grid that divides a box into some number of cells.

        Raises
        ------
        IndexError
            Raised if the cells would have no whole number of pixels.
        """
        size = bbox.getDimensions()
        if size.getX() % shape.x or size.getY() % shape.y:
            raise IndexError(f"a box of {size} pixels cannot be divided into {shape.x} x {shape.y} cells.")
        return cls(
            Extent2I(size.getX() // shape.x, size.getY() // shape.y),
            shape,
            padding=padding,
            min=bbox.getMin(),
        )

    @classmethod
    def from_bbox_cell_size(cls, bbox: Box2I, cell_size: Extent2I, padding: int = 0) -> UniformGrid:
        """Return the grid that divides a box into cells of some size.

        Raises
        ------
        IndexError
            Raised if there would be no whole number of cells.
        """
        size = bbox.getDimensions()
        if size.getX() % cell_size.getX() or size.getY() % cell_size.getY():
            raise IndexError(f"a box of {size} pixels cannot be divided into cells of {cell_size} pixels.")
        shape = Index2D(size.getX() // cell_size.getX(), size.getY() // cell_size.getY())
        return cls(cell_size, shape, padding=padding, min=bbox.getMin())

    @property
    def bbox(self) -> Box2I:
        """The grid without padding (`lsst.geom.Box2I`)."""
        return self._bbox

    @property
    def bbox_with_padding(self) -> Box2I:
        """The grid with padding (`lsst.geom.Box2I`)."""
        return self._bbox.dilatedBy(self._padding)

    @property
    def cell_size(self) -> Extent2I:
        """Size of a cell in pixels, without padding (`lsst.geom.Extent2I`)."""
        return self._cell_size

    @property
    def shape(self) -> Index2D:
        """Number of cells in x and y (`lsst.skymap.Index2D`)."""
        return self._shape

    @property
    def padding(self) -> int:
        """Number of pixels around the grid (`int`)."""
        return self._padding

    def index(self, position: Point2I) -> Index2D:
        """Return the cell that a pixel is in; pixels of the padding are in the nearest cell.

        Raises
        ------
        ValueError
            Raised if the pixel is outside of the padding.
        """
        if not self.bbox_with_padding.contains(position):
            raise ValueError(f"the pixel {position} is outside of {self.bbox_with_padding}.")
        begin = self._bbox.getBegin()
        x = (position.getX() - begin.getX()) // self._cell_size.getX()
        y = (position.getY() - begin.getY()) // self._cell_size.getY()
        return Index2D(min(max(x, 0), self._shape.x - 1), min(max(y, 0), self._shape.y - 1))

    def min_of(self, index: Index2D) -> Point2I:
        """Return the lower left pixel of a cell, including padding.

        Raises
        ------
        ValueError
            Raised if there is no such cell.
        """
        if not (0 <= index.x < self._shape.x and 0 <= index.y < self._shape.y):
            raise ValueError(f"there is no cell {index} among {self._shape.x} x {self._shape.y}.")
        begin = self._bbox.getBegin()
        return Point2I(
            begin.getX() + index.x * self._cell_size.getX() - (self._padding if index.x == 0 else 0),
            begin.getY() + index.y * self._cell_size.getY() - (self._padding if index.y == 0 else 0),
        )

    def bbox_of(self, index: Index2D) -> Box2I:
        """Return the pixels of a cell, including padding.

        In a direction with only one cell, padding is added once, at its beginning (agrees with the stack).
        """
        x = self._padding if index.x in (0, self._shape.x - 1) else 0
        y = self._padding if index.y in (0, self._shape.y - 1) else 0
        return Box2I(self.min_of(index), Extent2I(self._cell_size.getX() + x, self._cell_size.getY() + y))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UniformGrid):
            return NotImplemented
        return (
            self._bbox == other._bbox
            and self._cell_size == other._cell_size
            and self._padding == other._padding
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return (
            f"UniformGrid(cell_size={self._cell_size!r}, shape={self._shape}, "
            f"min={self._bbox.getMin()!r}, padding={self._padding})"
        )
