"""Values at ranks by partial sorting, and quantiles between them."""

from __future__ import annotations

__all__ = ["QUARTILES", "interpolate", "neighbors_at_ranks"]

from collections.abc import Sequence

import numpy as np

QUARTILES = (0.25, 0.5, 0.75)


def interpolate(n: int, fractions: Sequence[float], neighbors: Sequence[tuple[float, float]]) -> list[float]:
    """Return quantiles by linear interpolation between neighbors in rank.

    Parameters
    ----------
    n : `int`
        Number of values.
    fractions : `~collections.abc.Sequence` [`float`]
        Which quantiles, from 0 to less than 1.
    neighbors : `~collections.abc.Sequence` [`tuple` [`float`, `float`]]
        The values at the rank ``int(fraction * (n - 1))`` and at the next one.

    Returns
    -------
    quantiles : `list` [`float`]
        One for each fraction.
    """
    found = []
    for fraction, (at, above) in zip(fractions, neighbors, strict=True):
        weight = fraction * (n - 1) - int(fraction * (n - 1))
        found.append(at * (1.0 - weight) + (above * weight if weight > 0.0 else 0.0))
    return found


def neighbors_at_ranks(values: np.ndarray, ranks: Sequence[int]) -> list[tuple[float, float]]:
    """Return the values at each rank and at the next one, by partial sorting.

    Ranks are put in place one at a time, the middle one first, which numpy
    does much faster than several at once. The next in rank is then the
    smallest up to the next one in place.

    Parameters
    ----------
    values : `numpy.ndarray`
        Values without NaN, one-dimensional.
    ranks : `~collections.abc.Sequence` [`int`]
        Ranks in increasing order, from 0, less than the last one.

    Returns
    -------
    neighbors : `list` [`tuple` [`float`, `float`]]
        One pair for each rank.
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
