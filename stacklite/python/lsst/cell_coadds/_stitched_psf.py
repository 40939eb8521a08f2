"""The PSF of a coadd that consists of cells."""

from __future__ import annotations

__all__ = ["StitchedPsf"]

from typing import Any

import numpy as np

from lsst.afw.detection import InvalidPsfError
from lsst.afw.image import Color, ImageD
from lsst.geom import Box2I, Point2D, Point2I
from lsst.meas.algorithms import ImagePsf

from ._grid_container import GridContainer
from ._uniform_grid import UniformGrid


class StitchedPsf(ImagePsf):
    """A PSF that is one image in each cell of a grid.

    Parameters
    ----------
    images : `GridContainer` [`lsst.afw.image.ImageD`]
        Kernel image of each cell.
    grid : `UniformGrid`
        Positions of the cells.

    Raises
    ------
    ValueError
        Raised if there are more images than cells in a direction.
    """

    def __init__(self, images: GridContainer[ImageD], grid: UniformGrid) -> None:
        if images.shape.x > grid.shape.x or images.shape.y > grid.shape.y:
            raise ValueError(
                f"{images.shape.x} x {images.shape.y} images do not fit on "
                f"{grid.shape.x} x {grid.shape.y} cells."
            )
        super().__init__()
        self._cells = images
        self._grid = grid

    @property
    def images(self) -> GridContainer[ImageD]:
        """Kernel image of each cell (`GridContainer` [`lsst.afw.image.ImageD`])."""
        return self._cells

    @property
    def grid(self) -> UniformGrid:
        """Positions of the cells (`UniformGrid`)."""
        return self._grid

    def getAveragePosition(self) -> Point2D:
        """Return the center of the grid, or that of the first image if there is none at this center."""
        center = self._grid.bbox.getCenter()
        if self._grid.index(Point2I(center)) in self._cells:
            return center
        return self._grid.bbox_of(next(iter(self._cells))).getCenter()

    def _image_at(self, position: Point2D) -> ImageD:
        try:
            return self._cells[self._grid.index(Point2I(position))]
        except (KeyError, ValueError):
            raise InvalidPsfError(f"no cell of the PSF has an image at {position}.") from None

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        return self._image_at(position).getBBox()

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        return self._image_at(position)

    def clone(self) -> StitchedPsf:
        """Return a copy that shares the images."""
        return StitchedPsf(self._cells, self._grid)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> StitchedPsf:
        return self.clone()

    def writeFits(self, name: str) -> None:  # type: ignore[override]
        """Raise, as the stack does: there are no files of such PSFs alone."""
        raise NotImplementedError(f"a StitchedPsf cannot be written to {name}; pickle it.")

    def readFits(self, name: str) -> None:  # type: ignore[override]
        """Raise, as the stack does: there are no files of such PSFs alone."""
        raise NotImplementedError(f"a StitchedPsf cannot be read from {name}.")

    def __reduce__(self) -> tuple[Any, ...]:
        return StitchedPsf, (self._cells, self._grid)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StitchedPsf):
            return NotImplemented
        return (
            self._grid == other._grid
            and self._cells.keys() == other._cells.keys()
            and all(
                np.array_equal(image.array, other._cells[index].array) for index, image in self._cells.items()
            )
        )

    __hash__ = None  # type: ignore[assignment]
