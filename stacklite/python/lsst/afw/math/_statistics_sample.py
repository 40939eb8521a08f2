"""The pixels that enter a statistic, and passes over them."""

from __future__ import annotations

__all__ = ["Sample", "sample_moments"]

import functools
import operator
from dataclasses import dataclass

import numpy as np

from visit_kernels.moments import Moments, compute_moments
from visit_kernels.selection import in_single_range, row_blocks, unmasked

from ._statistics_control import StatisticsControl


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
        blocks = list(row_blocks(mask)) if mask is not None and mask.ndim == 2 else []
        if len(blocks) > 1 and not control._thresholds:
            # By rows, so that what is selected from stays in cache.
            return cls._join(
                [
                    cls._select(
                        values[block],
                        None if mask is None else mask[block],
                        None if weights is None else weights[block],
                        None if variance is None else variance[block],
                        control,
                        weights_are_inverse=weights_are_inverse,
                    )
                    for block in blocks
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
            _or_mask(mask, weights, good, control),
        )

    @property
    def n(self) -> int:
        """Number of good pixels."""
        return self.values.size


def sample_moments(sample: Sample, center: float, half_width: float | None = None) -> Moments:
    """Accumulate the moments of a sample about a center (see `visit_kernels.moments.compute_moments`)."""
    return compute_moments(
        sample.values, center, half_width, weights=sample.weights, variance=sample.variance
    )


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
