"""Moments of pixels about a center, with or without weights, in double precision."""

from __future__ import annotations

__all__ = ["BLOCK", "Moments", "compute_moments", "ratio"]

from dataclasses import dataclass, fields, replace

import numpy as np

BLOCK = 1 << 15
"""Pixels per block of a pass; double precision copies then stay in cache."""


@dataclass(frozen=True)
class Moments:
    """Counts, weights, and first and second moments of pixels about a center.

    Pixels without weights have weight 1.

    Parameters
    ----------
    center : `float`
        Center of the differences d.
    n : `int`
        Number of pixels.
    sum_w, sum_w2 : `float`
        Sums of the weights w and of their squares.
    sum_wd, sum_wd2 : `float`
        Sums of w d and w d^2.
    sum_variance_w, sum_variance_w2 : `float`
        Sums of V w and V w^2, where V are variances of the pixels; 0 without them.
    """

    center: float
    n: int
    sum_w: float
    sum_w2: float
    sum_wd: float
    sum_wd2: float
    sum_variance_w: float = 0.0
    sum_variance_w2: float = 0.0

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of the pixels of both.

        Raises
        ------
        ValueError
            Raised if they are about different centers.
        """
        if self.center != other.center:
            raise ValueError(
                f"Moments about {self.center} and about {other.center} have no sum; move one of them first."
            )
        names = [field.name for field in fields(self) if field.name != "center"]
        return Moments(self.center, *(getattr(self, name) + getattr(other, name) for name in names))

    def about(self, center: float) -> Moments:
        """Return the moments of the same pixels about another center."""
        shift = self.center - center
        sum_wd = self.sum_wd + self.sum_w * shift
        sum_wd2 = self.sum_wd2 + shift * (2.0 * self.sum_wd + self.sum_w * shift)
        return replace(self, center=center, sum_wd=sum_wd, sum_wd2=sum_wd2)

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


def compute_moments(
    values: np.ndarray,
    center: float,
    half_width: float | None = None,
    *,
    weights: np.ndarray | None = None,
    variance: np.ndarray | None = None,
) -> Moments:
    """Accumulate the moments about a center.

    Parameters
    ----------
    values : `numpy.ndarray`
        Pixels, one-dimensional.
    center : `float`
        Center from which differences are taken.
    half_width : `float`, optional
        Use only pixels within this distance of the center (inclusive).
    weights, variance : `numpy.ndarray`, optional
        Weights and variances of the pixels, of the same shape.

    Returns
    -------
    moments : `Moments`
        Moments of the pixels used.
    """
    # No BLAS: its threads cost more than they help here, and pairwise sums are more exact.
    n, sums = 0, np.zeros(6)
    for start in range(0, values.size, BLOCK):
        block = slice(start, start + BLOCK)
        delta = values[block].astype(np.float64)
        delta -= center
        inside, n_inside = None, len(delta)
        if half_width is not None:
            inside = np.abs(delta) <= half_width
            n_inside = int(np.count_nonzero(inside))
            np.copyto(delta, 0.0, where=~inside)
        n += n_inside
        if weights is None and variance is None:
            total = delta.sum()
            sums[:4] += np.array([n_inside, n_inside, total, np.square(delta, out=delta).sum()])
        else:
            used = None if weights is None else weights[block]
            sums += _weighted_sums(delta, inside, used, None if variance is None else variance[block])
    return Moments(center, n, *(float(s) for s in sums))


def _weighted_sums(
    delta: np.ndarray, inside: np.ndarray | None, weights: np.ndarray | None, variance: np.ndarray | None
) -> np.ndarray:
    """Return the sums of w, w^2, w d, w d^2, V w and V w^2."""
    used = np.ones(len(delta)) if weights is None else weights.astype(np.float64)
    if inside is not None:
        used[~inside] = 0.0
    weighted = used * delta
    sums = [used.sum(), (used * used).sum(), weighted.sum(), (weighted * delta).sum(), 0.0, 0.0]
    if variance is not None:
        weighted_variance = np.where(used == 0.0, 0.0, variance.astype(np.float64) * used)
        sums[4:] = [weighted_variance.sum(), (weighted_variance * used).sum()]
    return np.array(sums)


def ratio(numerator: float, denominator: float) -> float:
    """Divide as C does: infinity or NaN instead of an exception."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.float64(numerator) / np.float64(denominator))
