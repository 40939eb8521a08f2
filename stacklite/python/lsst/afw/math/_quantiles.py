"""Quartiles of pixels; those of integers follow rules of the stack."""

from __future__ import annotations

__all__ = ["compute_quartiles", "three_quartiles", "wanted_fractions"]

import numpy as np

from visit_kernels.moments import ratio
from visit_kernels.quantiles import compute_quantiles
from visit_kernels.ranks import QUARTILES


def wanted_fractions(*, only_median: bool) -> tuple[float, ...]:
    """Return which quantiles are needed."""
    return QUARTILES[1:2] if only_median else QUARTILES


def three_quartiles(found: list[float]) -> tuple[float, float, float]:
    """Return the quantiles 0.25, 0.5 and 0.75 that were found; if only the median was, the others are NaN."""
    return (np.nan, found[0], np.nan) if len(found) == 1 else (found[0], found[1], found[2])


def compute_quartiles(values: np.ndarray, *, only_median: bool) -> tuple[float, float, float]:
    """Return the quantiles 0.25, 0.5 and 0.75.

    Floating-point values interpolate linearly between neighbors in rank;
    integers follow the stack's rules for ties, which are others for a lone
    median. With ``only_median`` the outer two are NaN, unless there are less
    than two values.
    """
    if values.size == 0:
        return np.nan, np.nan, np.nan
    if values.size == 1:
        return float(values[0]), float(values[0]), float(values[0])
    if values.dtype.kind == "f":
        found = compute_quantiles(values, wanted_fractions(only_median=only_median))
    elif only_median:
        rank = (values.size - 1) // 2
        found = [_tie_quantile(values, np.partition(values, rank)[rank], 0.5 * values.size)]
    else:
        found = _integer_quartiles(values)
    return three_quartiles(found)


def _tie_quantile(values: np.ndarray, at: float, rank: float) -> float:
    """Return ``at - 0.5`` plus the fraction of its ties below a rank."""
    below = int(np.count_nonzero(values < at))
    return float(at) - 0.5 + ratio(rank - below, int(np.count_nonzero(values == at)))


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
