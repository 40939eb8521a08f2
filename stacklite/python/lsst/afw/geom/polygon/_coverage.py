"""Fractions of pixels that a polygon covers."""

from __future__ import annotations

__all__ = ["pixel_coverage"]

import numpy as np

from lsst.pex.exceptions import DomainError

_LARGEST = 2.0**52
"""Coordinate from which on neighboring numbers are a pixel apart."""


def pixel_coverage(vertices: np.ndarray, x0: int, y0: int, width: int, height: int) -> np.ndarray:
    """Return the exact covered fraction of pixels.

    Every edge is cut at the borders of pixels. A piece adds its signed height
    to all pixels on its right in the same row; running sums along the rows
    then give areas (Green's theorem), so that the cost is that of the edges.

    Parameters
    ----------
    vertices : `numpy.ndarray`, (N + 1, 2)
        Closed, clockwise list of x, y; pixels have their centers at integers.
    x0, y0 : `int`
        First pixel.
    width, height : `int`
        Shape of the result.

    Returns
    -------
    fraction : `numpy.ndarray`, float64, (height, width)
        Covered fraction, 0 to 1.

    Raises
    ------
    lsst.pex.exceptions.DomainError
        Raised if a vertex is not finite, or so far away that rounding alone
        moves it by a pixel.
    """
    if not (np.abs(vertices) < _LARGEST).all():
        raise DomainError("a polygon with vertices at infinity, or undefined ones, cannot be drawn.")
    corner = np.array([x0 - 0.5, y0 - 0.5])
    # Two more columns: for pieces that start beyond the last pixel, and their right neighbor.
    sums = np.zeros((height, width + 2))
    for start, end in zip(vertices[:-1] - corner, vertices[1:] - corner, strict=True):
        _add_edge(sums, start, end)
    return np.clip(np.cumsum(sums, axis=1)[:, :width], 0.0, 1.0)


def _add_edge(sums: np.ndarray, start: np.ndarray, end: np.ndarray) -> None:
    height, width = sums.shape[0], sums.shape[1] - 2
    step = end - start
    cuts = [np.array([0.0, 1.0])]
    for axis, size in ((0, width), (1, height)):
        if step[axis] != 0.0:
            low, high = sorted((start[axis], end[axis]))
            lines = np.arange(max(np.ceil(low), 0.0), min(np.floor(high), size) + 1.0)
            cuts.append((lines - start[axis]) / step[axis])
    t = np.unique(np.clip(np.concatenate(cuts), 0.0, 1.0))
    points = start + t[:, np.newaxis] * step
    middle = 0.5 * (points[:-1] + points[1:])
    rise = np.diff(points[:, 1])
    column = np.clip(np.floor(middle[:, 0]), 0, width).astype(int)
    row = np.floor(middle[:, 1]).astype(int)
    inside = (row >= 0) & (row < height)
    row, column, rise = row[inside], column[inside], rise[inside]
    right_part = np.clip(1.0 - (middle[inside, 0] - column), 0.0, 1.0)
    np.add.at(sums, (row, column), rise * right_part)
    np.add.at(sums, (row, column + 1), rise * (1.0 - right_part))
