"""Detectors that differ from the others of their visit."""

from __future__ import annotations

__all__ = ["make_outlier_table", "robust_spread"]

import math

import numpy as np
from astropy.table import Table

from .dataset import as_texts

_MAD_TO_SIGMA = 1.4826
"""Standard deviation of a normal distribution in units of its median absolute
deviation (`float`)."""

_MIN_DETECTORS = 5
"""Number of values from which on there are outliers: of four, two detectors
decide alone about median and scatter (`int`)."""

_ROUNDING = 1e-6
"""Relative difference up to which values are equal; columns of single
precision have 6e-8 (`float`)."""


def make_outlier_table(statistics: Table, n_sigma: float = 5.0) -> Table:
    """Make a table of detectors that differ from the others of the visit.

    The deviation of a value is its distance from the median of the visit, in
    units of 1.4826 times the median absolute deviation (MAD), which for values
    from a normal distribution is the standard deviation. Values that are not
    finite take part in nothing. If more than half of the values are equal, so
    that the MAD is 0, each other value deviates infinitely. With less than five
    finite values there are no outliers.

    Parameters
    ----------
    statistics : `astropy.table.Table`
        Table of `make_statistics_table`; its values after the update are
        judged.
    n_sigma : `float`, optional
        Deviation above which a value, on either side, is an outlier.

    Returns
    -------
    table : `astropy.table.Table`
        One row for each outlier, by statistic and then in the order of
        ``statistics``, with the columns ``statistic``, ``detector``,
        ``value``, ``median``, ``unit``, and ``deviation``, with its sign.
        ``unit`` is text, because each row has its own.
    """
    rows: list[tuple[str, int, float, float, str, float]] = []
    for column in statistics.columns.values():
        if not column.name.endswith("_after"):
            continue
        values = np.asarray(column, dtype=float)
        median, deviations = _robust_deviations(values)
        rows += [
            (
                column.name.removesuffix("_after"),
                int(statistics["detector"][i]),
                # As many digits as the column has, not those of double precision.
                float(str(column[i])),
                median,
                str(column.unit or ""),
                deviations[i],
            )
            for i in np.flatnonzero(np.abs(deviations) > n_sigma)
        ]
    names = ("statistic", "detector", "value", "median", "unit", "deviation")
    statistic, detector, *numbers = zip(*rows, strict=True) if rows else ((), (), (), (), (), ())
    value, median_, unit, deviation = numbers
    columns = [as_texts(statistic), np.array(detector, dtype=int)]
    columns += [np.array(value, dtype=float), np.array(median_, dtype=float)]
    columns += [as_texts(unit), np.array(deviation, dtype=float)]
    return Table(dict(zip(names, columns, strict=True)))


def robust_spread(values: np.ndarray) -> tuple[float, float]:
    """Return center and scatter of values, which single outliers do not change.

    Parameters
    ----------
    values : `numpy.ndarray`
        Finite values, at least one, shape (N,).

    Returns
    -------
    median, sigma : `float`
        Their median, and 1.4826 times the median absolute deviation from it.
    """
    median = float(np.median(values))
    return median, _MAD_TO_SIGMA * float(np.median(np.abs(values - median)))


def _robust_deviations(values: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the median, and the deviations from it; NaN for values that are not finite."""
    deviations = np.full(values.shape, math.nan)
    finite = np.isfinite(values)
    if np.count_nonzero(finite) < _MIN_DETECTORS:
        return math.nan, deviations
    median, sigma = robust_spread(values[finite])
    offsets = values[finite] - median
    offsets[np.abs(offsets) <= _ROUNDING * abs(median)] = 0.0
    if sigma > 0.0:
        deviations[finite] = offsets / sigma
    else:
        deviations[finite] = np.where(offsets == 0.0, 0.0, np.copysign(math.inf, offsets))
    return median, deviations
