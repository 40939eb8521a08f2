"""The pixel model of PSFEx: polynomial over the field, then resampling to image pixels.

PSFEx works in single precision; every rounding here is one of its own.
"""

from __future__ import annotations

__all__ = ["PsfexModel", "resample_image"]

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

import lsst.pex.exceptions as pex_exceptions
from lsst.pex.exceptions import InvalidParameterError

_Array = npt.NDArray[np.float64]
_Single = npt.NDArray[np.float32]

_LANCZOS_ORDER = 5
_TAPS = np.arange(-6, 6)


@dataclass(frozen=True)
class PsfexModel:
    """Model that PSFEx fitted, in the terms of its own file."""

    group: npt.NDArray[np.int64]
    """Group of each context variable, counted from 0."""
    degree: npt.NDArray[np.int64]
    """Degree of each group's polynomial."""
    basis: _Array
    """Terms of the last evaluation (scratch of PSFEx, kept for writing only)."""
    coeff: _Array
    """Coefficients of the last fit (scratch of PSFEx, kept for writing only)."""
    size: npt.NDArray[np.int64]
    """Width, height and number of the planes."""
    comp: _Single
    """Planes, flat, columns fastest."""
    pixel_step: np.float32
    """Size of a model sample in image pixels."""
    context_first: _Array
    """Offset of each context variable."""
    context_second: _Array
    """Scale of each context variable."""

    @property
    def planes(self) -> _Single:
        """The planes, ``(n_planes, height, width)``."""
        width, height = (int(s) for s in self.size[:2])
        n_planes = int(self.size[2]) if len(self.size) > 2 else 1
        return self.comp.reshape(n_planes, height, width)

    @property
    def dimensions(self) -> tuple[int, int]:
        """Width and height of the images in image pixels; both odd."""
        width, height = (int(np.float32(s) * self.pixel_step) for s in self.size[:2])
        return width + (width % 2 == 0), height + (height % 2 == 0)

    @property
    def step(self) -> float:
        """Size of an image pixel in model samples."""
        return float(np.float32(1) / self.pixel_step)

    def weights(self, x: _Array, y: _Array) -> _Array:
        """Return the weight of every plane at positions, ``(n, n_planes)``.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the model does not depend on two variables, or does not
            have one plane for each term.
        """
        if len(self.group) != 2:
            raise InvalidParameterError(
                f"A PSFEx model with {len(self.group)} context variables cannot be evaluated; it must have 2."
            )
        u, v = ((p - self.context_first[i]) / self.context_second[i] for i, p in enumerate((x, y)))
        if len(self.degree) == 1:
            n = int(self.degree[0])
            exponents = [(i, j) for j in range(n + 1) for i in range(n + 1 - j)]
        else:
            n_x, n_y = (int(self.degree[g]) for g in self.group)
            exponents = [(i, j) for j in range(n_y + 1) for i in range(n_x + 1)]
        if len(exponents) != len(self.planes):
            raise InvalidParameterError(
                f"A PSFEx model with {len(self.planes)} planes cannot have {len(exponents)} polynomial terms."
            )
        return np.stack([u**i * v**j for i, j in exponents], axis=1)

    def full_images(self, x: _Array, y: _Array) -> _Single:
        """Return the model in its own sampling at positions, ``(n, height, width)``."""
        weights = self.weights(x, y)
        planes = self.planes
        total = np.zeros((len(weights), *planes.shape[1:]), dtype=np.float32)
        for weight, plane in zip(weights.astype(np.float32).T, planes, strict=True):
            total += weight[:, None, None] * plane
        return total

    def kernel_images(self, x: _Array, y: _Array) -> _Array:
        """Return images centered on a pixel, ``(n, height, width)`` in image pixels."""
        return _normalized(resample_image(self.full_images(x, y), self.step, self.dimensions, (0.0, 0.0)))

    def position_image(self, x: float, y: float) -> tuple[_Array, tuple[int, int]]:
        """Return the image of a star at a position and its first pixel.

        Raises
        ------
        lsst.pex.exceptions.OverflowError
            Raised if a coordinate is not finite.
        """
        if not (math.isfinite(x) and math.isfinite(y)):
            raise pex_exceptions.OverflowError(f"A PSF image cannot be put at ({x}, {y}).")
        shifts, corners = [], []
        for p, size in zip((x, y), self.dimensions, strict=True):
            # Truncation towards zero: PSFEx moves images at p <= -1 by a pixel.
            d = float(np.float32(p - math.trunc(p)))
            if d > 0.5:
                d -= 1
            shifts.append(float(np.float32(-d * self.step)))
            corners.append(math.trunc(p - d + 0.5) - size // 2)
        full = self.full_images(np.array([x]), np.array([y]))
        image = resample_image(full, self.step, self.dimensions, (shifts[0], shifts[1]))
        return _normalized(image)[0], (corners[0], corners[1])


def resample_image(
    images: _Single, step: float, dimensions: tuple[int, int], shift: tuple[float, float]
) -> _Single:
    """Resample images with a Lanczos-5 kernel, center on center.

    Parameters
    ----------
    images : `numpy.ndarray`
        Images, float32, ``(n, height, width)``.
    step : `float`
        Size of an output pixel in input pixels.
    dimensions : `tuple` [`int`, `int`]
        Width and height of the output.
    shift : `tuple` [`float`, `float`]
        Input coordinates of the output's center relative to the input's, x, y.

    Returns
    -------
    resampled : `numpy.ndarray`
        Images, float32, ``(n, dimensions[1], dimensions[0])``.
    """
    _, height, width = images.shape
    along_x = _resampling(width, dimensions[0], step, shift[0])
    along_y = _resampling(height, dimensions[1], step, shift[1])
    rows = (images.astype(np.float64) @ along_x.T).astype(np.float32)
    return (along_y @ rows.astype(np.float64)).astype(np.float32)


def _resampling(n_in: int, n_out: int, step: float, shift: float) -> _Array:
    """Return the matrix ``(n_out, n_in)`` that resamples one axis."""
    matrix = np.zeros((n_out, n_in))
    start = n_in // 2 + shift - (n_out // 2) * step
    first = 0 if start >= 0 else int(1 - start / step)
    count = min(int((n_in - 1 - (start + first * step)) / step + 1), n_out - first)
    filled = np.arange(first, first + count)
    coordinates = start + filled * step
    taps = np.floor(coordinates).astype(np.int64)[:, None] + _TAPS
    kept = (taps >= 0) & (taps < n_in)
    weights = np.where(kept, _lanczos(taps - coordinates[:, None]), 0.0)
    weights /= weights.sum(axis=1, keepdims=True)
    rows = np.broadcast_to(filled[:, None], taps.shape)
    matrix[rows[kept], taps[kept]] = weights[kept]
    return matrix


def _lanczos(t: _Array) -> _Array:
    weights = np.sinc(t) * np.sinc(t / _LANCZOS_ORDER)
    weights[np.abs(t) > _LANCZOS_ORDER] = 0.0
    weights[np.abs(t) < 1e-5] = 1.0
    return weights


def _normalized(images: _Single) -> _Array:
    """Divide by the sum, accumulated pixel by pixel in single precision."""
    sums = np.cumsum(images.reshape(len(images), -1), axis=1, dtype=np.float32)[:, -1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return (images / sums[:, None, None]).astype(np.float64)
