"""Quantiles of floating-point values, by as little sorting as they need."""

from __future__ import annotations

__all__ = ["compute_quantiles"]

import math
from collections.abc import Sequence

import numpy as np

from .ranks import QUARTILES, interpolate, neighbors_at_ranks
from .scan import scan_planes


def compute_quantiles(values: np.ndarray, fractions: Sequence[float] = QUARTILES) -> list[float]:
    """Return quantiles with linear interpolation between neighbors in rank.

    Parameters
    ----------
    values : `numpy.ndarray`
        Values in single or double precision, all finite in single precision,
        one-dimensional.
    fractions : `~collections.abc.Sequence` [`float`], optional
        Which quantiles, in increasing order, from 0 to less than 1.

    Returns
    -------
    quantiles : `list` [`float`]
        One for each fraction; NaN without values.
    """
    n = values.size
    if n <= 1:
        return [float(values[0]) if n else math.nan] * len(fractions)
    (scan,) = scan_planes([values], None, 0, fractions)
    if scan is not None:
        return scan.quantiles
    ranks = [int(fraction * (n - 1)) for fraction in fractions]
    return interpolate(n, fractions, neighbors_at_ranks(values, ranks))
