"""Quantiles of many pixels, by as little sorting as they need."""

from __future__ import annotations

import numpy as np

from ._statistics_sample import BLOCK, ratio

__all__ = ["compute_quartiles"]

_MANY = 1 << 18
"""From here on the search in brackets beats sorting everything partially."""

_SAMPLE = 1 << 16
_DEVIATIONS = 4.0
"""Half-width of a bracket; ranks miss it once in 10 000 images."""


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
        found = _ranked_quantiles(values, fractions, ranks)
    elif only_median:
        found = [_tie_quantile(values, np.partition(values, ranks[0])[ranks[0]], 0.5 * values.size)]
    else:
        found = _integer_quartiles(values)
    return (np.nan, found[0], np.nan) if only_median else (found[0], found[1], found[2])


def _ranked_quantiles(values: np.ndarray, fractions: tuple[float, ...], ranks: list[int]) -> list[float]:
    """Return quantiles by linear interpolation between neighbours in rank."""
    pairs = _bracketed_pairs(values, fractions, ranks) if values.size >= _MANY else None
    if pairs is None:
        pairs = _sorted_pairs(values, ranks)
    found = []
    for fraction, rank, (at, above) in zip(fractions, ranks, pairs, strict=True):
        weight = fraction * (values.size - 1) - rank
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


def _bracketed_pairs(
    values: np.ndarray, fractions: tuple[float, ...], ranks: list[int]
) -> list[tuple[float, float]] | None:
    """Return what `_sorted_pairs` does, sorting only what is near.

    A sample of the values tells between which two values a quantile lies
    almost certainly; one pass counts the values below and collects those
    between. `None` if a rank is not where it was expected.
    """
    # Always the same places: the same pixels give the same time.
    places = np.random.default_rng(0).integers(values.size, size=_SAMPLE)
    ordered = np.sort(values[places])
    brackets = [_bracket(ordered, fraction) for fraction in fractions]
    below, near = _count_and_collect(values, brackets)
    pairs = []
    for rank, (low, high), n_below in zip(ranks, brackets, below, strict=True):
        inside = near[(near >= low) & (near <= high)]
        position = rank - n_below
        if not 0 <= position < inside.size - 1:
            return None
        inside.partition([position, position + 1])
        pairs.append((float(inside[position]), float(inside[position + 1])))
    return pairs


def _bracket(ordered: np.ndarray, fraction: float) -> tuple[np.generic, np.generic]:
    """Return two values of an ordered sample that enclose a quantile."""
    n = ordered.size
    half_width = _DEVIATIONS * np.sqrt(n * fraction * (1.0 - fraction))
    low, high = fraction * n - half_width, fraction * n + half_width
    return ordered[max(int(low), 0)], ordered[min(int(high), n - 1)]


def _count_and_collect(
    values: np.ndarray, brackets: list[tuple[np.generic, np.generic]]
) -> tuple[list[int], np.ndarray]:
    """Return how many values are below each bracket, and all values in any."""
    below = [0] * len(brackets)
    near = []
    buffers = np.empty((3, BLOCK), bool)
    for start in range(0, values.size, BLOCK):
        block = values[start : start + BLOCK]
        inside, lower, upper = buffers[:, : block.size]
        inside[...] = False
        for number, (low, high) in enumerate(brackets):
            np.less(block, low, out=lower)
            np.less_equal(block, high, out=upper)
            below[number] += int(np.count_nonzero(lower))
            # What is below is not above: where the two differ lies between.
            np.logical_xor(lower, upper, out=lower)
            np.logical_or(inside, lower, out=inside)
        near.append(block[inside])
    return below, np.concatenate(near)


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
