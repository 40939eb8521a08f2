"""Derivatives of AST mappings."""

from __future__ import annotations

__all__ = ["rate_matrix"]

from functools import reduce
from typing import Any

import numpy as np

from lsst_stacklite._ast import applied, linear_rates, make_series_map, series_steps

_LINEAR = frozenset({"MatrixMap", "ShiftMap", "UnitMap", "WinMap", "ZoomMap"})
_STEPS = 4.0 ** np.arange(-15.0, 13.0)
"""Steps of differences, from 1e-9 to 2e7: those of angles in radians, of pixels, and more."""


def rate_matrix(mapping: Any, point: np.ndarray) -> np.ndarray:
    """Return the Jacobian of a mapping at a point.

    Linear steps at both ends of a series are exact. The rest is differentiated numerically, to about 1e-10
    relative. (AST's own differences, which the stack uses, are as good for large coordinates only: its
    steps are proportional to these.)

    Returns
    -------
    jacobian : `numpy.ndarray`
        Element ``[i, j]`` is the derivative of output ``i`` by input ``j``; NaN where there is none.
    """
    steps = series_steps(mapping)
    point = np.array(point, dtype=float).reshape(-1, 1)
    before, after = np.eye(mapping.Nin), np.eye(mapping.Nout)
    while steps and steps[0].Class in _LINEAR:
        step = steps.pop(0)
        before, point = linear_rates(step) @ before, applied(step, point)
    while steps and steps[-1].Class in _LINEAR:
        after = after @ linear_rates(steps.pop())
    if steps:
        before = _differences(reduce(make_series_map, steps), point) @ before
    return after @ before


@np.errstate(all="ignore")  # C++ does not warn
def _differences(mapping: Any, point: np.ndarray) -> np.ndarray:
    """Return the derivatives at a point of shape (n, 1), from steps to both sides or, if better, to one."""
    n = len(point)
    ends = point[:, :, None, None] + np.eye(n)[:, None, :, None] * _STEPS * np.array([[[1.0]], [[-1.0]]])
    values = applied(mapping, ends.reshape(n, -1)).reshape(-1, *ends.shape[1:])
    middle = applied(mapping, point)[:, :, None]
    right, left = (values[:, 0] - middle) / _STEPS, (middle - values[:, 1]) / _STEPS
    rounding = np.finfo(float).eps * np.abs(values).max(axis=1, initial=0.0, where=~np.isnan(values)) / _STEPS
    # The steps grow by factors of 4: what remains of orders 1 and 2 of a difference is known.
    found = [
        _best_extrapolation(0.5 * (right + left), rounding, (15.0,)),
        _best_extrapolation(right, rounding, (3.0, 15.0)),
        _best_extrapolation(left, rounding, (3.0, 15.0)),
    ]
    slopes, errors = (np.stack(parts) for parts in zip(*found, strict=True))
    best = np.take_along_axis(slopes, errors.argmin(axis=0)[None], axis=0)[0]
    return np.where(np.isinf(errors.min(axis=0)) | np.isnan(middle[..., 0]), np.nan, best)


def _best_extrapolation(
    slopes: np.ndarray, rounding: np.ndarray, divisors: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the extrapolated slopes that agree best with the next ones, and their errors."""
    for divisor in divisors:
        slopes = slopes[..., :-1] + (slopes[..., :-1] - slopes[..., 1:]) / divisor
    errors = np.abs(np.diff(slopes)) + rounding[..., : slopes.shape[-1] - 1]
    # Once a step was too large, agreement means nothing: the map may be flat, or another one, far away.
    trusted = np.logical_and.accumulate(errors <= 1e3 * np.fmin.accumulate(errors, axis=-1), axis=-1)
    errors = np.where(trusted, errors, np.inf)
    best = errors.argmin(axis=-1)[..., None]
    return tuple(np.take_along_axis(part, best, axis=-1)[..., 0] for part in (slopes, errors))  # type: ignore[return-value]
