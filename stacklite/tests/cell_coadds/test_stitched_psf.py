"""Grids of cells and the PSFs in them; boxes and cells at the edges are those of the stack."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from lsst.afw.detection import InvalidPsfError
from lsst.afw.image import ImageD
from lsst.cell_coadds import GridContainer, StitchedPsf, UniformGrid
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.skymap import Index2D

GRID = UniformGrid(Extent2I(10, 20), Index2D(2, 3), padding=2, min=Point2I(5, 6))


def make_psf(*empty: Index2D) -> StitchedPsf:
    """Make a PSF whose images are Gaussians, wider from cell to cell."""
    images: GridContainer[ImageD] = GridContainer(GRID.shape)
    y, x = np.mgrid[-12:13, -12:13]
    for n, index in enumerate(images.indices()):
        if index not in empty:
            image = ImageD(Box2I(Point2I(-12, -12), Extent2I(25, 25)))
            image.array[:] = np.exp(-0.5 * (x**2 + y**2) / (2.0 + 0.1 * n) ** 2)
            image.array /= image.array.sum()
            images[index] = image
    return StitchedPsf(images, GRID)


def slices(bbox: Box2I) -> tuple[slice, slice]:
    """Return the rows and columns of a box."""
    return slice(bbox.getMinY(), bbox.getMaxY() + 1), slice(bbox.getMinX(), bbox.getMaxX() + 1)


def test_grid_in_cells() -> None:
    assert GRID.bbox == Box2I(Point2I(5, 6), Extent2I(20, 60))
    assert GRID.bbox_with_padding == Box2I(Point2I(3, 4), Point2I(26, 67))
    for grid in (
        UniformGrid.from_bbox_shape(GRID.bbox, GRID.shape, 2),
        UniformGrid.from_bbox_cell_size(GRID.bbox, GRID.cell_size, 2),
    ):
        assert grid == GRID
        assert repr(grid) == repr(GRID)
    assert UniformGrid(GRID.cell_size, GRID.shape) != GRID
    assert (
        repr(GRID) == "UniformGrid(cell_size=Extent2I(10, 20), shape=Index2D(x=2, y=3), "
        "min=Point2I(5, 6), padding=2)"
    )
    for make, size in (
        (UniformGrid.from_bbox_shape, Index2D(3, 3)),
        (UniformGrid.from_bbox_cell_size, Extent2I(10, 7)),
    ):
        with pytest.raises(IndexError, match="cannot be divided"):
            make(GRID.bbox, size)


def test_cells_cover_the_padded_grid_once() -> None:
    counts = np.zeros((70, 30), int)
    for x in range(2):
        for y in range(3):
            index = Index2D(x, y)
            bbox = GRID.bbox_of(index)
            assert bbox.getMin() == GRID.min_of(index)
            counts[slices(bbox)] += 1
            for corner in bbox.getCorners():
                assert GRID.index(corner) == index
    outer = GRID.bbox_with_padding
    assert (counts[slices(outer)] == 1).all()
    assert counts.sum() == outer.getArea()
    with pytest.raises(ValueError, match="outside"):
        GRID.index(Point2I(27, 10))
    with pytest.raises(ValueError, match="no cell"):
        GRID.min_of(Index2D(2, 0))


def test_the_only_cell_in_a_direction_is_padded_once() -> None:
    grid = UniformGrid(Extent2I(10, 20), Index2D(1, 3), padding=2, min=Point2I(5, 6))
    assert grid.bbox_of(Index2D(0, 0)) == Box2I(Point2I(3, 4), Point2I(14, 25))


def test_container() -> None:
    container: GridContainer[str] = GridContainer(Index2D(2, 2), Index2D(1, 0))
    with pytest.raises(RuntimeError, match="empty"):
        _ = container.arbitrary
    cells = list(container.indices())
    assert cells == [(1, 0), (2, 0), (1, 1), (2, 1)]
    for index in cells:
        container[index] = f"{index.x} {index.y}"
    assert (container.first, container.last, container.arbitrary) == ("1 0", "2 1", "1 0")
    assert (container.size, len(container), container.shape, container.offset) == (4, 4, (2, 2), (1, 0))
    shouted = container.rebuild_transformed(lambda text: f"{text}!")
    assert [shouted[index] for index in cells] == ["1 0!", "2 0!", "1 1!", "2 1!"]
    del container[Index2D(1, 0)]
    assert list(container) == cells[1:]
    assert repr(container) == "GridContainer(shape=Index2D(x=2, y=2), offset=Index2D(x=1, y=0))"
    with pytest.raises(ValueError, match="x of the cell is 0"):
        container[Index2D(0, 0)] = "outside"


def test_part_of_a_container() -> None:
    images = make_psf().images
    part = images.subset_overlapping(GRID, Box2I(Point2I(10, 30), Extent2I(100, 10)))
    assert dict(part) == {index: images[index] for index in (Index2D(0, 1), Index2D(1, 1))}


def test_psf_is_evaluated_from_the_image_of_the_cell() -> None:
    psf = make_psf()
    for position, index in ((Point2D(5.5, 6.5), Index2D(0, 0)), (Point2D(20.0, 30.0), Index2D(1, 1))):
        image = psf.images[index]
        assert np.array_equal(psf.computeKernelImage(position).array, image.array)
        assert psf.computeBBox(position) == image.getBBox()
    # Images end at 5 sigma, which makes shapes smaller.
    assert psf.computeShape(Point2D(20.0, 30.0)).getDeterminantRadius() == pytest.approx(2.3, rel=1e-5)
    assert psf.getAveragePosition() == Point2D(14.5, 35.5)
    with pytest.raises(InvalidPsfError, match="no cell"):
        psf.computeKernelImage(Point2D(0.0, 0.0))


def test_psf_with_empty_cells() -> None:
    psf = make_psf(Index2D(0, 1), Index2D(1, 1), Index2D(0, 0))
    assert psf.getAveragePosition() == Point2D(20.5, 14.5)
    with pytest.raises(InvalidPsfError, match="no cell"):
        psf.computeShape(Point2D(6.0, 7.0))


def test_copies_are_equal() -> None:
    psf = make_psf()
    for other in (psf.clone(), copy.deepcopy(psf), pickle.loads(pickle.dumps(psf))):
        assert other == psf
    assert psf != make_psf(Index2D(0, 0))
    with pytest.raises(ValueError, match="do not fit"):
        StitchedPsf(psf.images, UniformGrid(Extent2I(10, 20), Index2D(1, 3)))
    with pytest.raises(NotImplementedError, match="cannot be written"):
        psf.writeFits("psf.fits")
