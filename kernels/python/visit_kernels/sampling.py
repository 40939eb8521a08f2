"""A sample of many pixels, which predicts where quantiles lie and how far clipping reaches."""

from __future__ import annotations

__all__ = ["RUN", "SAMPLE", "SIGMA_PER_IQRANGE", "Bracket", "Clipping", "Sample", "run_starts", "take_runs"]

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .ranks import QUARTILES
from .selection import in_single_range

SIGMA_PER_IQRANGE = 0.741301109252802
"""Standard deviation of a normal distribution divided by its interquartile range."""

SAMPLE = 1 << 18
"""Pixels in a sample; with more, sorting them costs more than narrower brackets save."""

RUN = 32
"""Neighbors in a sample, which take hardly longer to read than one of them."""

_GROUPS = 64
"""Parts of a sample that are compared, enough to know their scatter to a tenth."""

_FEW = 1 << 12
"""Number of good pixels below which a sample is too small to predict anything."""

_DEVIATIONS = 4.0
"""Half-width of a bracket in standard deviations of ranks; they miss it once in 10 000 images."""

_CORE = 0.95
"""Part of the intervals of the sample that is taken to lie inside all those of the pixels."""

_GOLDEN = 0.5 * (math.sqrt(5.0) - 1.0)
"""Multiples of it, without their integers, fill the unit interval evenly."""


@dataclass(frozen=True)
class Clipping:
    """Parameters of iterated clipping.

    Parameters
    ----------
    n_sigma : `float`
        Half-width of the interval of pixels that are used, in standard deviations.
    n_iterations : `int`
        Number of intervals, each from the pixels of the one before.

    Raises
    ------
    ValueError
        Raised if one of them is not positive.
    """

    n_sigma: float
    n_iterations: int

    def __post_init__(self) -> None:
        if not (self.n_sigma > 0.0 and self.n_iterations > 0):
            raise ValueError(
                f"Clipping at {self.n_sigma} standard deviations in {self.n_iterations} iterations is "
                "undefined; both numbers must be positive."
            )


@dataclass(frozen=True)
class Bracket:
    """Two values of pixels that enclose a quantile (inclusive).

    Parameters
    ----------
    low, high : `numpy.floating`
        Values of the type of the pixels.
    """

    low: np.floating
    high: np.floating


def run_starts(pixels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return where the runs of a sample start, which cover many pixels evenly.

    They are always the same, and so is the time that the same pixels take.

    Parameters
    ----------
    pixels : `numpy.ndarray`, shape (n,) or (ny, nx)
        At least 2 `SAMPLE` pixels, at least `RUN` of them along the last axis.

    Returns
    -------
    starts : `tuple` [`numpy.ndarray` [`int`]]
        Indices along each axis of the first pixels.
    """
    runs = np.arange(SAMPLE // RUN)
    step = pixels.size / runs.size
    starts = (runs * step + runs * _GOLDEN % 1.0 * (step - RUN)).astype(int)
    *row, column = np.unravel_index(starts, pixels.shape)
    return (*row, np.minimum(column, pixels.shape[-1] - RUN))


def take_runs(array: np.ndarray, starts: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return the runs of a sample.

    Parameters
    ----------
    array : `numpy.ndarray`, shape (n,) or (ny, nx)
        Pixels.
    starts : `tuple` [`numpy.ndarray` [`int`]]
        Result of `run_starts`.

    Returns
    -------
    sample : `numpy.ndarray`, shape (SAMPLE,)
        Pixels of all runs.
    """
    return sliding_window_view(array, RUN, axis=-1)[starts].ravel()


@dataclass(frozen=True, eq=False)
class Sample:
    """A sample of pixels.

    Parameters
    ----------
    values : `numpy.ndarray`, shape (SAMPLE,)
        Floating-point pixels of the runs.
    good : `numpy.ndarray` [`bool`], shape (SAMPLE,) or `None`
        Which of them are used; `None` stands for all.
    """

    values: np.ndarray
    good: np.ndarray | None

    @cached_property
    def _used(self) -> np.ndarray:
        finite = in_single_range(self.values)
        return finite if self.good is None else finite & self.good

    @cached_property
    def _usable(self) -> np.ndarray:
        """All values in native byte order, NaN for those not used."""
        values = self.values.astype(self.values.dtype.newbyteorder("="), copy=False)
        # Setting all bits is much faster than a choice.
        all_bits = np.negative((~self._used).view(np.int8))
        integers = f"i{values.dtype.itemsize}"
        return np.bitwise_or(values.view(integers), all_bits.astype(integers)).view(values.dtype)

    @cached_property
    def ordered(self) -> np.ndarray:
        """The values used, in order."""
        # NaN is last.
        return np.sort(self._usable)[: np.count_nonzero(self._used)]

    @property
    def is_enough(self) -> bool:
        """Whether the values used are many enough for predictions."""
        return self.ordered.size >= _FEW

    def bracket(self, fraction: float) -> Bracket:
        """Return two values that almost certainly enclose a quantile of all pixels.

        Parameters
        ----------
        fraction : `float`
            Part of the pixels that is below the quantile.

        Returns
        -------
        bracket : `Bracket`
            Two values of the sample.
        """
        ordered, n = self.ordered, self.ordered.size
        # Neighbors may be alike: then the groups differ by more than chance.
        below = _per_group(self._usable < ordered[int(fraction * n)])
        excess = below - fraction * _per_group(self._used)
        variance = max(n * fraction * (1.0 - fraction), _GROUPS * float(excess.var(ddof=1)))
        half_width = _DEVIATIONS * math.sqrt(variance)
        low, high = fraction * n - half_width, fraction * n + half_width
        return Bracket(ordered[max(int(low), 0)], ordered[min(int(high), n - 1)])

    def core(self, clipping: Clipping) -> tuple[np.floating, np.floating]:
        """Return limits well inside all intervals to which the values used are clipped.

        Parameters
        ----------
        clipping : `Clipping`
            How they are clipped.

        Returns
        -------
        low, high : `numpy.floating`
            Limits that pixels can have, so that comparing with them is exact;
            NaN if an interval is undefined.
        """
        # Every eighth is a good sample of the sample.
        ordered, n_sigma = self.ordered[::8], clipping.n_sigma
        first, center, third = (float(ordered[int(f * ordered.size)]) for f in QUARTILES)
        half_width = n_sigma * SIGMA_PER_IQRANGE * (third - first)
        low, high = center - half_width, center + half_width
        for _ in range(clipping.n_iterations - 1):
            kept = ordered[slice(*np.searchsorted(ordered, [center - half_width, center + half_width]))]
            if kept.size < _FEW // 8:
                break
            center, half_width = kept.mean(dtype=np.float64), n_sigma * kept.std(dtype=np.float64)
            low, high = max(low, center - half_width), min(high, center + half_width)
        middle, reach = 0.5 * (low + high), 0.5 * _CORE * max(high - low, 0.0)
        # What is beyond the sample is so rare that it need not be in the core.
        low, high = max(middle - reach, float(ordered[0])), min(middle + reach, float(ordered[-1]))
        return ordered.dtype.type(low), ordered.dtype.type(high)


def _per_group(selected: np.ndarray) -> np.ndarray:
    """Return how many pixels of a sample are selected in each group of runs."""
    words = np.bitwise_count(selected.view(np.uint64)).reshape(-1, _GROUPS * RUN // 8)
    return words.sum(axis=0, dtype=np.int32).reshape(_GROUPS, -1).sum(axis=1).astype(float)
