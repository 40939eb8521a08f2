"""The pixels that enter a statistic, and passes over them."""

from __future__ import annotations

import functools
import math
import operator
from dataclasses import dataclass

import numpy as np

from ._statistics_control import StatisticsControl

__all__ = [
    "BLOCK",
    "SINGLE_MAX",
    "Moments",
    "Sample",
    "compute_moments",
    "in_single_range",
    "ratio",
    "sum_of_squares",
    "unmasked",
]

BLOCK = 1 << 15
"""Pixels per block of a pass; double precision copies then stay in cache."""

_SHORT = 1 << 13

SINGLE_MAX = float(np.finfo(np.float32).max)
"""Pixels farther from 0 count as infinite, those in double precision too."""


@dataclass(frozen=True)
class Sample:
    """The good pixels, one-dimensional.

    ``values`` keep the pixel type. ``weights`` and ``variance`` are None
    where they do not enter. ``ranked`` are the pixels that quantiles come
    from: as in the stack, those without weight too, and finite ones only.
    """

    values: np.ndarray
    ranked: np.ndarray
    weights: np.ndarray | None
    variance: np.ndarray | None
    n_pixels: int
    or_mask: int

    @classmethod
    def of(cls, values: np.ndarray) -> Sample:
        """Return all of some values, which are finite."""
        return cls(values, values, None, None, values.size, 0)

    @classmethod
    def select(
        cls,
        values: np.ndarray,
        mask: np.ndarray | None,
        weights: np.ndarray | None,
        variance: np.ndarray | None,
        control: StatisticsControl,
        *,
        weights_are_inverse: bool,
    ) -> Sample:
        """Choose the pixels that ``control`` does not exclude."""
        if mask is not None and mask.size > BLOCK and mask.ndim == 2 and not control._thresholds:
            # Rows by rows, so that what is selected from stays in cache.
            step = max(1, BLOCK // mask.shape[1])
            rows = [slice(start, start + step) for start in range(0, len(mask), step)]
            return cls._join(
                [
                    cls._select(
                        values[block],
                        mask[block],
                        None if weights is None else weights[block],
                        None if variance is None else variance[block],
                        control,
                        weights_are_inverse=weights_are_inverse,
                    )
                    for block in rows
                ]
            )
        return cls._select(values, mask, weights, variance, control, weights_are_inverse=weights_are_inverse)

    @classmethod
    def _join(cls, parts: list[Sample]) -> Sample:
        """Return the pixels of all parts."""

        def joined(name: str) -> np.ndarray | None:
            arrays = [getattr(part, name) for part in parts]
            return None if arrays[0] is None else np.concatenate(arrays)

        values = joined("values")
        assert values is not None
        same = all(part.ranked is part.values for part in parts)
        return cls(
            values,
            values if same else np.concatenate([part.ranked for part in parts]),
            joined("weights"),
            joined("variance"),
            sum(part.n_pixels for part in parts),
            functools.reduce(operator.or_, (part.or_mask for part in parts)),
        )

    @classmethod
    def _select(
        cls,
        values: np.ndarray,
        mask: np.ndarray | None,
        weights: np.ndarray | None,
        variance: np.ndarray | None,
        control: StatisticsControl,
        *,
        weights_are_inverse: bool,
    ) -> Sample:
        good = unmasked(mask, control.getAndMask())
        finite = in_single_range(values) if values.dtype.kind == "f" else None
        finite_good = _both(good, finite)
        if control.getNanSafe():
            good = finite_good
        ranked = _take(values, finite_good)
        if weights is not None and weights_are_inverse:
            good = _both(good, weights > 0)
            with np.errstate(divide="ignore"):
                weights = 1.0 / weights.astype(np.float64)
        return cls(
            ranked if good is finite_good else _take(values, good),
            ranked,
            None if weights is None else _take(weights, good),
            None if variance is None else _take(variance, good),
            values.size,
            _or_mask(mask, weights, good, control),
        )

    @property
    def n(self) -> int:
        """Number of good pixels."""
        return self.values.size


@dataclass(frozen=True)
class Moments:
    """First and second moments of (a part of) a sample, in double precision.

    Unweighted samples have weights 1.
    """

    center: float
    n: int
    sum_w: float
    sum_w2: float
    sum_wd: float
    sum_wd2: float
    sum_variance_w: float
    sum_variance_w2: float

    @property
    def mean(self) -> float:
        """Mean; NaN without pixels."""
        return self.center + ratio(self.sum_wd, self.sum_w)

    @property
    def variance(self) -> float:
        """Unbiased variance; NaN for fewer than two pixels."""
        shift = ratio(self.sum_wd, self.sum_w)
        biased = ratio(self.sum_wd2, self.sum_w) - shift * shift
        # Not a power: its last bit would make the difference of one pixel's weights finite.
        square = self.sum_w * self.sum_w
        return biased * ratio(square, square - self.sum_w2)

    @property
    def sum(self) -> float:
        """Sum of weight times value; 0 without pixels."""
        return self.center * self.sum_w + self.sum_wd if self.n else 0.0


def compute_moments(sample: Sample, center: float, half_width: float | None = None) -> Moments:
    """Accumulate the moments about a centre.

    Parameters
    ----------
    sample : `Sample`
        Pixels.
    center : `float`
        Centre from which differences are taken.
    half_width : `float`, optional
        Use only pixels within this distance of the centre (inclusive).

    Returns
    -------
    moments : `Moments`
        Moments of the pixels used.
    """
    # No BLAS: its threads cost more than they help here, and pairwise sums are more exact.
    n, sums = 0, np.zeros(6)
    for start in range(0, sample.n, BLOCK):
        block = slice(start, start + BLOCK)
        delta = sample.values[block].astype(np.float64)
        delta -= center
        inside, n_inside = None, len(delta)
        if half_width is not None:
            inside = np.abs(delta) <= half_width
            n_inside = int(np.count_nonzero(inside))
            np.copyto(delta, 0.0, where=~inside)
        n += n_inside
        if sample.weights is None and sample.variance is None:
            total = delta.sum()
            sums[:4] += np.array([n_inside, n_inside, total, np.square(delta, out=delta).sum()])
        else:
            sums += _weighted_sums(sample, block, delta, inside)
    return Moments(center, n, *(float(s) for s in sums))


def unmasked(mask: np.ndarray | None, and_mask: int) -> np.ndarray | None:
    """Return where no bit of ``and_mask`` is set; None means everywhere."""
    if mask is None or and_mask == 0:
        return None
    return (mask & np.asarray(and_mask).astype(mask.dtype)) == 0


def in_single_range(values: np.ndarray) -> np.ndarray:
    """Return where floating-point values are finite in single precision."""
    return np.isfinite(values) if values.dtype == np.float32 else np.abs(values) <= SINGLE_MAX


def _both(first: np.ndarray | None, second: np.ndarray | None) -> np.ndarray | None:
    """Combine selections; None selects everything."""
    if first is None or second is None:
        return second if first is None else first
    return first & second


def _take(array: np.ndarray, good: np.ndarray | None) -> np.ndarray:
    """Return the selected elements, one-dimensional."""
    return array.ravel() if good is None or good.all() else array[good]


def _or_mask(
    mask: np.ndarray | None, weights: np.ndarray | None, good: np.ndarray | None, control: StatisticsControl
) -> int:
    """Return the OR of the masks of good pixels, and propagated bits.

    A bit of the excluded pixels is propagated if the fraction of weight that
    it takes away exceeds its threshold.
    """
    if mask is None:
        return 0
    # Products with 0 and 1 are much faster than a choice.
    result = int(np.bitwise_or.reduce(mask if good is None else mask * good, axis=None))
    if good is None or not control._thresholds:
        return result
    all_weights = np.ones(mask.shape) if weights is None else weights
    total = float(all_weights.sum())
    for bit, threshold in control._thresholds.items():
        rejected = float(all_weights[~good & ((mask >> bit) & 1).astype(bool)].sum())
        if rejected > threshold * total:
            result |= 1 << bit
    return result


def _weighted_sums(sample: Sample, block: slice, delta: np.ndarray, inside: np.ndarray | None) -> np.ndarray:
    """Return the sums of w, w^2, w d, w d^2, V w and V w^2."""
    used = np.ones(len(delta)) if sample.weights is None else sample.weights[block].astype(np.float64)
    if inside is not None:
        used[~inside] = 0.0
    weighted = used * delta
    sums = [used.sum(), (used * used).sum(), weighted.sum(), (weighted * delta).sum(), 0.0, 0.0]
    if sample.variance is not None:
        variance = sample.variance[block].astype(np.float64)
        weighted_variance = np.where(used == 0.0, 0.0, variance * used)
        sums[4:] = [weighted_variance.sum(), (weighted_variance * used).sum()]
    return np.array(sums)


def sum_of_squares(values: np.ndarray) -> float:
    """Return the sum of the squares of values in double precision."""
    # BLAS starts threads for long vectors, which cost more than they help.
    parts = (values[start : start + _SHORT] for start in range(0, values.size, _SHORT))
    return math.fsum(float(np.dot(part, part)) for part in parts)


def ratio(numerator: float, denominator: float) -> float:
    """Divide as C does: infinity or NaN instead of an exception."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.float64(numerator) / np.float64(denominator))
