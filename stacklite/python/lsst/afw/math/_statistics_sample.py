"""The pixels that enter a statistic, and passes over them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ._statistics_control import StatisticsControl

__all__ = ["Moments", "Sample", "compute_moments", "compute_quartiles"]

_BLOCK = 1 << 16
"""Pixels per block of a pass; double precision copies then stay in cache."""

_MAX_SINGLE = float(np.finfo(np.float32).max)


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
        good = _unmasked(mask, control.getAndMask())
        finite = _finite(values) if values.dtype.kind == "f" else None
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
        return self.center + _ratio(self.sum_wd, self.sum_w)

    @property
    def variance(self) -> float:
        """Unbiased variance; NaN for fewer than two pixels."""
        biased = _ratio(self.sum_wd2, self.sum_w) - _ratio(self.sum_wd, self.sum_w) ** 2
        return biased * _ratio(self.sum_w**2, self.sum_w**2 - self.sum_w2)

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
    for start in range(0, sample.n, _BLOCK):
        block = slice(start, start + _BLOCK)
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


def compute_quartiles(values: np.ndarray, *, only_median: bool) -> tuple[float, float, float]:
    """Return the quantiles 0.25, 0.5 and 0.75 by partial sorting.

    Floating-point values interpolate linearly between neighbours in rank;
    integers follow the rule for ties of numeric semantics 3 (D18). With
    ``only_median`` the outer two are NaN.
    """
    if values.size == 0:
        return np.nan, np.nan, np.nan
    if values.size == 1:
        return float(values[0]), float(values[0]), float(values[0])
    fractions = (0.5,) if only_median else (0.25, 0.5, 0.75)
    ranks = [int(f * (values.size - 1)) for f in fractions]
    if values.dtype.kind == "f":
        found = _ranked_quantiles(values.copy(), fractions, ranks)
    elif only_median:
        found = [_tie_quantile(values, np.partition(values, ranks[0])[ranks[0]], 0.5 * values.size)]
    else:
        found = _integer_quartiles(values)
    return (np.nan, found[0], np.nan) if only_median else (found[0], found[1], found[2])


def _unmasked(mask: np.ndarray | None, and_mask: int) -> np.ndarray | None:
    """Return where no bit of ``and_mask`` is set; None means everywhere."""
    if mask is None or and_mask == 0:
        return None
    return (mask & np.asarray(and_mask).astype(mask.dtype)) == 0


def _finite(values: np.ndarray) -> np.ndarray:
    return np.isfinite(values) if values.dtype == np.float32 else np.abs(values) <= _MAX_SINGLE


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
    result = int(np.bitwise_or.reduce(mask if good is None else mask[good], axis=None))
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


def _ranked_quantiles(values: np.ndarray, fractions: tuple[float, ...], ranks: list[int]) -> list[float]:
    """Return quantiles by linear interpolation; reorders the values.

    Ranks are put in place one at a time, the middle one first, which numpy
    does much faster than several at once. The next in rank is then the
    smallest up to the next one in place.
    """
    _put_in_place(values, 0, values.size, sorted(set(ranks)))
    found = []
    for fraction, below in zip(fractions, ranks, strict=True):
        weight = fraction * (values.size - 1) - below
        end = min((r for r in ranks if r > below), default=values.size - 1) + 1
        above = values[below + 1 : end].min() if weight > 0.0 else 0.0
        found.append(float(values[below]) * (1.0 - weight) + float(above) * weight)
    return found


def _put_in_place(values: np.ndarray, start: int, stop: int, ranks: list[int]) -> None:
    """Sort ``values[start:stop]`` as far as puts the ranks in place."""
    if not ranks:
        return
    middle = len(ranks) // 2
    rank = ranks[middle]
    values[start:stop].partition(rank - start)
    _put_in_place(values, start, rank, ranks[:middle])
    _put_in_place(values, rank + 1, stop, ranks[middle + 1 :])


def _tie_quantile(values: np.ndarray, at: float, rank: float) -> float:
    """Return ``at - 0.5`` plus the fraction of its ties below a rank."""
    below = int(np.count_nonzero(values < at))
    return float(at) - 0.5 + _ratio(rank - below, int(np.count_nonzero(values == at)))


def _integer_quartiles(values: np.ndarray) -> list[float]:
    """Return the quartiles as the stack does when all three are needed.

    The stack's median depends on its partial sort; here it is the value at
    the middle rank.
    """
    n = values.size
    ordered = np.sort(values)
    a, b, g = (n - 1) // 4, (n - 1) // 2, 3 * (n - 1) // 4
    return [
        _tie_quantile(ordered[:b], ordered[a], 0.25 * n),
        _tie_quantile(ordered[a:g], ordered[b], 0.5 * n - a),
        _tie_quantile(ordered[b:], ordered[g], 0.75 * n - b),
    ]


def _ratio(numerator: float, denominator: float) -> float:
    """Divide as C does: infinity or NaN instead of an exception."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.float64(numerator) / np.float64(denominator))
