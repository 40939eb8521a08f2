"""Quantization of floating-point pixels before lossy tile compression."""

from __future__ import annotations

__all__ = ["NULL_VALUE", "RANDOM_COUNT", "Quantization"]

import dataclasses
from collections.abc import Mapping
from functools import cache
from typing import Any, Self

import numpy as np

from lsst.afw.fits import FitsError

NULL_VALUE = -(2**31) + 1
"""Stored in place of NaN."""

RANDOM_COUNT = 10_000
"""Numbers in the random sequence of the FITS standard, which a header chooses the first one of."""

_ZERO_VALUE = NULL_VALUE + 1
_RESERVED = 10
"""Integers at the lower end that CFITSIO keeps for special values."""

_LEVELS = 2**31 - 1
"""Largest integer of a quantized pixel."""

_MODULUS = 2**31 - 1
"""Modulus of the generator of the random sequence."""

# Of a Gaussian: from the range between its quartiles to its width.
_SIGMA_PER_QUARTILE_RANGE = 0.741


@cache
def _random_values() -> np.ndarray:
    """Return the random sequence that the FITS standard prescribes (its appendix I)."""
    values, seed = np.empty(RANDOM_COUNT, np.float32), 1
    for i in range(RANDOM_COUNT):
        seed = seed * 16807 % _MODULUS
        values[i] = seed / _MODULUS
    return values


def _dither(row: int, count: int) -> np.ndarray:
    """Return the random values of one tile; ``row`` is its number plus seed - 1."""
    values = _random_values()
    start = row % RANDOM_COUNT
    parts: list[np.ndarray] = []
    while count > 0:
        part = values[int(values[start] * 500) :][:count]
        parts.append(part)
        count -= len(part)
        start = (start + 1) % RANDOM_COUNT
    return np.concatenate(parts).astype(np.float64)


@dataclasses.dataclass(frozen=True)
class Quantization:
    """Parameters of the quantization of floating-point pixels.

    Parameters
    ----------
    level : `float`
        Steps per standard deviation; for ``MANUAL`` the step itself.
    dither : `str`
        ``NO_DITHER``, ``SUBTRACTIVE_DITHER_1`` or ``SUBTRACTIVE_DITHER_2``
        (keeps exact zeros).
    scaling : `str`
        ``STDEV_MASKED`` (noise of the pixels without ``mask_planes``) or
        ``MANUAL``.
    mask_planes : `tuple` [`str`]
        Planes whose pixels do not count for the noise.
    seed : `int`
        First element of the random sequence that is used, 1 to 10000.

    Notes
    -----
    The same arithmetic as CFITSIO: tiles that both quantize are equal byte
    for byte.
    """

    level: float
    dither: str = "NO_DITHER"
    scaling: str = "STDEV_MASKED"
    mask_planes: tuple[str, ...] = ("NO_DATA",)
    seed: int = 1

    def __post_init__(self) -> None:
        if self.dither not in ("NO_DITHER", "SUBTRACTIVE_DITHER_1", "SUBTRACTIVE_DITHER_2"):
            raise FitsError(f"there is no dither algorithm {self.dither!r}.")
        if self.scaling not in ("STDEV_MASKED", "MANUAL"):
            raise FitsError(f"images cannot be quantized with scaling {self.scaling!r}; use STDEV_MASKED.")
        if not self.level > 0:
            raise FitsError(f"the quantization level must be positive, not {self.level}.")
        if not 1 <= self.seed <= RANDOM_COUNT:
            raise FitsError(f"the seed of the dither must be 1 to {RANDOM_COUNT}, not {self.seed}.")

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Return the parameters in the ``quantization`` of a write recipe.

        Raises
        ------
        lsst.afw.fits.FitsError
            Raised if a key is unknown, ``level`` is missing, or a value is bad.
        """
        unknown = options.keys() - {field.name for field in dataclasses.fields(cls)}
        if unknown:
            raise FitsError(f"unknown quantization options: {sorted(unknown)}.")
        if "level" not in options:
            raise FitsError("the quantization options lack a level.")
        planes = tuple(options.get("mask_planes", cls.mask_planes))
        return cls(**dict(options) | {"mask_planes": planes})

    def step(self, array: np.ndarray, mask: Any = None) -> float | None:
        """Return the step between integers, a float32 as in CFITSIO.

        Parameters
        ----------
        array : `numpy.ndarray`, (height, width)
            The pixels.
        mask : `~lsst.afw.image.MaskX`, optional
            Its planes ``mask_planes`` are left out of the noise.

        Returns
        -------
        step : `float` or `None`
            `None` if the pixels have no noise, or none of them counts.
        """
        if self.scaling == "MANUAL":
            return float(np.float32(self.level))
        good = np.isfinite(array)
        if mask is not None:
            good &= (mask.array & mask.getPlaneBitMask(self.mask_planes)) == 0
        pixels = array[good]
        count = len(pixels)
        if not count:
            return None
        quarter, half = count // 4, count // 2
        ordered = np.partition(pixels, (quarter, quarter + half))
        spread = float(ordered[quarter + half]) - float(ordered[quarter])
        return float(np.float32(_SIGMA_PER_QUARTILE_RANGE * spread / self.level)) or None

    def quantize(self, tile: np.ndarray, step: float, number: int) -> tuple[np.ndarray, float] | None:
        """Return the integers of one tile and its zero point.

        Parameters
        ----------
        tile : `numpy.ndarray`
            Floating-point pixels.
        step : `float`
            Step between integers.
        number : `int`
            Number of the tile, from 0.

        Returns
        -------
        integers, zero : `numpy.ndarray` of int32, `float`
            Pixels are near ``integers * step + zero``; `None` if their range
            is too large (or infinite), or the tile is a single pixel.
        """
        pixels = np.asarray(tile, np.float64).ravel()
        bad = np.isnan(pixels)
        low, high = (0.0, 0.0) if bad.all() else (float(np.nanmin(pixels)), float(np.nanmax(pixels)))
        if len(pixels) < 2 or not (high - low) / step <= 2.0 * _LEVELS - _RESERVED:
            return None
        zero = self._zero_point(low, high, step, bool(bad.any()))
        scaled = (np.where(bad, low, pixels) - zero) / step
        if self.dither != "NO_DITHER":
            scaled = scaled + _dither(number + self.seed - 1, len(pixels)) - 0.5
        integers = np.trunc(scaled + np.where(scaled >= 0, 0.5, -0.5)).astype(np.int32)
        if self.dither == "SUBTRACTIVE_DITHER_2":
            integers[pixels == 0] = _ZERO_VALUE
        integers[bad] = NULL_VALUE
        return integers.reshape(tile.shape), zero

    def _zero_point(self, low: float, high: float, step: float, has_nulls: bool) -> float:
        if has_nulls or self.dither == "SUBTRACTIVE_DITHER_2":
            # The smallest pixel follows the reserved values.
            return low - step * (NULL_VALUE + _RESERVED)
        if (high - low) / step < _LEVELS - _RESERVED:
            # A multiple of the step: the same again if the file is rewritten.
            return int(low / step + 0.5) * step
        return (low + high) / 2.0
