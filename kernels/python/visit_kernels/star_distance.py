"""Distance of the good pixels of an image from the nearest star."""

from __future__ import annotations

__all__ = ["largest_nearest_distance"]

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from .pixel_grid import PixelGrid

_FAR = 1e100
"""Distance in pixels from which on all pixels are equally far within rounding, and from which on squares
may overflow in a k-d tree, which cannot hold NaN or infinity either."""

_LARGEST_BLOCK = 32
"""Width, in pixels of the grid, of the blocks that are looked at first. Smaller ones are too many, from
larger ones fewer drop out; between 16 and 128 the time hardly changes."""


def largest_nearest_distance(grid: PixelGrid, star_x: ArrayLike, star_y: ArrayLike) -> float:
    """Compute the largest distance of a good pixel from the star that is nearest to it.

    Parameters
    ----------
    grid : `PixelGrid`
        The pixels.
    star_x, star_y : array_like, shape (n,)
        Positions of n > 0 stars in pixels.

    Returns
    -------
    distance : `float`
        Distance in pixels; 0 if no pixel is good, NaN if a star has no position.
        A star that is infinitely far is the nearest only if all are: then the
        result is infinite, or NaN if any pixel is not good.

    Raises
    ------
    ValueError
        Raised if there are no stars, or not as many x as y.

    Notes
    -----
    This is the largest product of a pixel's distance and its goodness (1 or 0), as the
    LSST Science Pipelines define the statistic ``maxDistToNearestPsf``: infinity times
    zero is NaN. The result is that of a loop over all pixels and stars, up to rounding.

    The distance from the nearest star changes by no more than the way from one pixel
    to another. So its value at the center of a square block of pixels gives limits for
    all pixels of the block. Blocks whose upper limit is below the lower limit of another
    that has a good pixel drop out, those that remain are cut into four. With 150 stars
    and every 8th pixel of 4000 by 4000, about 1000 distances are computed instead of
    250 000.
    """
    stars = np.column_stack(_checked(star_x, star_y))
    with np.errstate(over="ignore"):
        reach = np.hypot(*stars.T)
    if np.isnan(reach).any():
        return math.nan
    is_near = reach < _FAR
    if is_near.any():
        return _largest_of_blocks(grid, cKDTree(stars[is_near]))
    with np.errstate(invalid="ignore"):
        return float(np.max(reach.min() * grid.good, initial=0.0))


def _checked(star_x: ArrayLike, star_y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return positions as arrays; ValueError if they are not those of stars."""
    x, y = np.asarray(star_x, dtype=float), np.asarray(star_y, dtype=float)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"Positions of stars have shapes {x.shape} in x and {y.shape} in y.")
    if not x.size:
        raise ValueError("There are no stars; there is no distance to the nearest one.")
    return x, y


def _largest_of_blocks(grid: PixelGrid, stars: cKDTree) -> float:
    """Cut blocks into four until those that can hold the largest distance are single pixels."""
    levels = _blocks_with_good_pixels(grid.good)
    rows, columns = np.nonzero(levels[-1])
    if not rows.size:
        return 0.0
    for level in reversed(range(len(levels))):
        has_good = levels[level][rows, columns]
        rows, columns = rows[has_good], columns[has_good]
        # The distances from the first to the middle pixel of a block, and from there to its corners.
        half = grid.step * (2**level - 1) / 2
        side = grid.step * 2**level
        centers = np.column_stack([grid.x0 + half + side * columns, grid.y0 + half + side * rows])
        distances, _ = stars.query(centers)
        if level == 0:
            break
        # Compared with limits of the same level only, a block always remains, however values are rounded.
        radius = math.sqrt(2) * half
        remains = distances + radius >= np.max(distances) - radius
        rows, columns = _quarters(rows[remains], columns[remains])
    return float(np.max(distances))


def _blocks_with_good_pixels(good: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Return whether blocks of 1, 2, 4 ... pixels' width have a good pixel."""
    padding = [(0, -n % _LARGEST_BLOCK) for n in good.shape]
    levels = [np.pad(good, padding)]
    while 2 ** len(levels) <= _LARGEST_BLOCK:
        rows = levels[-1][::2] | levels[-1][1::2]
        levels.append(rows[:, ::2] | rows[:, 1::2])
    return levels


def _quarters(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the indices of the four blocks, half as wide, that each block consists of."""
    row, column = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    return (2 * rows[:, None] + row).ravel(), (2 * columns[:, None] + column).ravel()
