"""Images of backgrounds, interpolated some rows at a time."""

from __future__ import annotations

__all__ = ["BackgroundRows", "interpolate_rows"]

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lsst.pex.exceptions import OutOfRangeError

from ._background_control import UndersampleStyle
from ._interpolate import InterpolateStyle, lookupMaxInterpStyle, make_pieces
from ._spline import Piecewise

_ROWS = 512
"""Rows that are made at a time, so that intermediate arrays stay small."""


@dataclass(frozen=True)
class BackgroundRows:
    """Rows of a background image, interpolated in x when they are needed.

    ``centers`` (n) are the positions of the columns of cells, ``columns``
    (n, height) their values at every row, ``x`` (width) the positions of the
    pixels.
    """

    centers: np.ndarray
    columns: np.ndarray
    x: np.ndarray
    style: InterpolateStyle
    undersample: UndersampleStyle

    def image(self) -> np.ndarray:
        """Return all rows, in single precision."""
        image = np.empty((self.columns.shape[1], len(self.x)), dtype=np.float32)
        for rows in self._blocks():
            self._fill(rows, image[rows])
        return image

    def add_to(self, image: np.ndarray) -> None:
        """Add all rows to an image of the same size."""
        buffer = np.empty((_ROWS, len(self.x)), dtype=np.float32)
        for rows in self._blocks():
            # Rounded before the addition, as an image would be.
            part = buffer[: len(image[rows])]
            self._fill(rows, part)
            image[rows] += part

    def _blocks(self) -> Iterator[slice]:
        return (slice(start, start + _ROWS) for start in range(0, self.columns.shape[1], _ROWS))

    def _fill(self, rows: slice, out: np.ndarray) -> None:
        interpolate_rows(self.centers, self.columns[:, rows].T, self.x, self.style, self.undersample, out)


def interpolate_rows(
    x: np.ndarray,
    values: np.ndarray,
    t: np.ndarray,
    style: InterpolateStyle,
    undersample: UndersampleStyle,
    out: np.ndarray,
) -> None:
    """Interpolate rows of values, leaving out NaN.

    Parameters
    ----------
    x : `numpy.ndarray`, shape (n,)
        Positions of the values.
    values : `numpy.ndarray`, shape (rows, n)
        Values; rows with NaN use the others.
    t : `numpy.ndarray`, shape (positions,)
        Ascending positions to interpolate at.
    style, undersample
        How to interpolate, and whether rows with too few values use a
        lower order.
    out : `numpy.ndarray`, shape (rows, positions)
        Filled with the result; rows without any value become NaN.

    Raises
    ------
    lsst.pex.exceptions.OutOfRangeError
        Raised if a row has too few values and shall not use a lower order.
    """
    missing = np.isnan(values)
    patterns, which = missing[:1], np.zeros(len(missing), np.intp)
    if missing.any():
        patterns, which = np.unique(missing, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        kept = ~pattern
        rows = slice(None) if len(patterns) == 1 else np.nonzero(which.ravel() == number)[0]
        pieces = _pieces_of_some(x[kept], values.T[kept][:, rows], style, undersample)
        if pieces is None:
            out[rows] = np.nan
        elif isinstance(rows, slice):
            pieces.evaluate(t, out)
        else:
            part = np.empty((len(rows), len(t)), dtype=out.dtype)
            pieces.evaluate(t, part)
            out[rows] = part


def _pieces_of_some(
    x: np.ndarray, y: np.ndarray, style: InterpolateStyle, undersample: UndersampleStyle
) -> Piecewise | None:
    """Return an interpolator of a style or, if allowed, of the best one for the number of points.

    None stands for no points.
    """
    try:
        return make_pieces(x, y, style)
    except OutOfRangeError:
        if undersample != UndersampleStyle.REDUCE_INTERP_ORDER:
            raise
    return make_pieces(x, y, lookupMaxInterpStyle(len(x))) if len(x) else None
