"""Quantiles of many pixels, by as little sorting as they need."""

from __future__ import annotations

import numpy as np

from visit_kernels.moments import ratio
from visit_kernels.scan import QUARTILES, Scan, scan_pixels

__all__ = ["compute_quartiles", "quartiles_of_scan", "wanted_fractions"]


def wanted_fractions(*, only_median: bool) -> tuple[float, ...]:
    """Return which quantiles are needed."""
    return QUARTILES[1:2] if only_median else QUARTILES


def quartiles_of_scan(scan: Scan) -> tuple[float, float, float]:
    """Return the quartiles that were scanned for; NaN beside a lone median."""
    fractions = wanted_fractions(only_median=len(scan.pairs) == 1)
    found = _interpolate(scan.n, fractions, scan.pairs)
    return (np.nan, found[0], np.nan) if len(found) == 1 else (found[0], found[1], found[2])


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
    fractions = wanted_fractions(only_median=only_median)
    if scan := scan_pixels(values, None, 0, fractions):
        return quartiles_of_scan(scan)
    if values.dtype.kind == "f":
        ranks = [int(f * (values.size - 1)) for f in fractions]
        found = _interpolate(values.size, fractions, _sorted_pairs(values, ranks))
    elif only_median:
        rank = (values.size - 1) // 2
        found = [_tie_quantile(values, np.partition(values, rank)[rank], 0.5 * values.size)]
    else:
        found = _integer_quartiles(values)
    return (np.nan, found[0], np.nan) if only_median else (found[0], found[1], found[2])


def _interpolate(n: int, fractions: tuple[float, ...], pairs: list[tuple[float, float]]) -> list[float]:
    """Return quantiles by linear interpolation between neighbours in rank."""
    found = []
    for fraction, (at, above) in zip(fractions, pairs, strict=True):
        weight = fraction * (n - 1) - int(fraction * (n - 1))
        found.append(at * (1.0 - weight) + (above * weight if weight > 0.0 else 0.0))
    return found


def _sorted_pairs(values: np.ndarray, ranks: list[int]) -> list[tuple[float, float]]:
    """Return the values at each rank and at the next one, by partial sorting.

    Ranks are put in place one at a time, the middle one first, which numpy
    does much faster than several at once. The next in rank is then the
    smallest up to the next one in place.
    """
    values = values.copy()
    _put_in_place(values, 0, values.size, sorted(set(ranks)))
    pairs = []
    for rank in ranks:
        end = min((r for r in ranks if r > rank), default=values.size - 1) + 1
        pairs.append((float(values[rank]), float(values[rank + 1 : end].min())))
    return pairs


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
