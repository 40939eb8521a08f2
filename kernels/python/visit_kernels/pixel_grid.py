"""The good pixels of a regular grid in an image."""

from __future__ import annotations

__all__ = ["PixelGrid"]

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PixelGrid:
    """Every n-th pixel of every n-th row of an image, and which of these pixels are good.

    Attributes
    ----------
    good : `numpy.ndarray` of bool, shape (ny, nx)
        Whether the pixel of row j and column i of the grid is good.
    step : `int`
        Distance of neighbors in pixels.
    x0, y0 : `int`
        Position of the pixel [0, 0] of the grid, in pixels.

    Raises
    ------
    ValueError
        Raised if ``good`` is not a two-dimensional array of bool, or the step is not
        positive.

    Notes
    -----
    Who has read only some rows of a mask makes a grid of what these hold, as in
    ``PixelGrid(rows[:, ::step] & bits == 0, step)``.
    """

    good: NDArray[np.bool_]
    step: int
    x0: int = 0
    y0: int = 0

    def __post_init__(self) -> None:
        _check_step(self.step)
        if self.good.ndim != 2 or self.good.dtype != np.bool_:
            raise ValueError(
                f"The pixels of a grid have shape {self.good.shape} and type {self.good.dtype}; "
                "a two-dimensional array of bool is needed."
            )

    @classmethod
    def of_mask(
        cls, mask: NDArray[np.integer[Any]], bits: int, step: int, x0: int = 0, y0: int = 0
    ) -> PixelGrid:
        """Make the grid that starts at the first pixel of a mask.

        Parameters
        ----------
        mask : `numpy.ndarray` of integers, shape (height, width)
            Mask of the whole image.
        bits : `int`
            A pixel with any of these bits is not good.
        step : `int`
            Distance of neighbors in pixels.
        x0, y0 : `int`, optional
            Position of the pixel [0, 0] of the mask, in pixels.

        Returns
        -------
        grid : `PixelGrid`
            The grid of ceil(height / step) rows and ceil(width / step) columns.

        Raises
        ------
        ValueError
            Raised if the mask is not two-dimensional, or the step is not positive.
        """
        _check_step(step)
        if mask.ndim != 2:
            raise ValueError(f"The mask has shape {mask.shape}; a two-dimensional array is needed.")
        return cls(mask[::step, ::step] & bits == 0, step, x0, y0)

    @property
    def x(self) -> FloatArray:
        """Positions of the columns in pixels, shape (nx,)."""
        return self.x0 + self.step * np.arange(self.good.shape[1], dtype=float)

    @property
    def y(self) -> FloatArray:
        """Positions of the rows in pixels, shape (ny,)."""
        return self.y0 + self.step * np.arange(self.good.shape[0], dtype=float)

    def good_positions(self) -> tuple[FloatArray, FloatArray]:
        """Return the positions of the good pixels.

        Returns
        -------
        x, y : `numpy.ndarray` of float64, shape (n,)
            Positions in pixels, row by row.
        """
        rows, columns = np.nonzero(self.good)
        return self.x[columns], self.y[rows]


def _check_step(step: int) -> None:
    """Raise ValueError if a grid cannot have this step."""
    if step < 1:
        raise ValueError(f"The step of a grid of pixels is {step}; it must be positive.")
