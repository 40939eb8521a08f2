"""Constants and small steps that both kernels of adaptive moments share; all agree with the stack."""

from __future__ import annotations

__all__ = [
    "CUT",
    "ELLIPTICITY_TOLERANCE",
    "INITIAL",
    "MAX_PASSES",
    "MAX_RADIUS",
    "SIZE_TOLERANCE",
    "deconvolve",
    "ellipticity",
    "invert",
    "is_heavy",
    "is_narrow",
    "is_singular",
]

import numpy as np
import numpy.typing as npt

MAX_PASSES = 100
"""Passes after which the iteration has failed."""

INITIAL = 1.5
"""Ixx and Iyy of the first weight, in square pixels; its Ixy is 0."""

MAX_RADIUS = 1000.0
"""Half of the largest box, in pixels."""

CUT = np.float32(14.0)
"""Largest exponent (squared radius in units of the weight) of a pixel that counts."""

ELLIPTICITY_TOLERANCE = np.float32(1e-5)
"""Change of an ellipticity in a pass below which it has converged."""

SIZE_TOLERANCE = np.float32(1e-4)
"""Relative change of Ixx in a pass below which it has converged."""

_SMALLEST_DETERMINANT = 1.1920928955078125e-07
"""Determinant below which a matrix counts as singular: the spacing of single precision at 1."""

_MAX_WEIGHT = 1e6
"""Coefficient of the exponent, per square pixel, above which a weight is narrower than any star."""

_Array = npt.NDArray[np.float64]
_Single = npt.NDArray[np.float32]
_Bools = npt.NDArray[np.bool_]


def invert(m: _Array) -> tuple[_Array, _Array, _Bools]:
    """Invert symmetric 2 x 2 matrices given as ``(n, 3)``: xx, xy, yy.

    Returns
    -------
    inverse, determinant, good : `numpy.ndarray`
        Shapes ``(n, 3)``, ``(n,)``, ``(n,)``; not good are matrices that count
        as singular.
    """
    xx, xy, yy = m.T
    determinant = xx * yy - xy * xy
    inverse = np.stack([yy, -xy, xx], axis=1) / determinant[:, None]
    return inverse, determinant, determinant >= _SMALLEST_DETERMINANT


def is_narrow(covariance: _Array, determinant: _Array) -> _Bools:
    """Return which weights, ``(n, 3)``, are so narrow that pixels must be split."""
    return (covariance[:, 0] < 0.25) | (covariance[:, 2] < 0.25) | (determinant < 0.0625)


def is_heavy(weights: _Array) -> _Bools:
    """Return which coefficients of the exponent, ``(n, 3)`` per square pixel, are a failure."""
    return (weights[:, 0] < 0) | (weights > _MAX_WEIGHT).any(axis=1)


def deconvolve(observed: _Single, weights: _Array) -> tuple[_Array, _Bools]:
    """Take the weight out of the moments that it saw, as if the image were a Gaussian.

    Parameters
    ----------
    observed : `numpy.ndarray`
        Weighted moments xx, xy, yy, float32, shape ``(n, 3)``.
    weights : `numpy.ndarray`
        Inverse covariances of the weights, float64, shape ``(n, 3)``.

    Returns
    -------
    covariance, good : `numpy.ndarray`
        Covariances of the next weights, float64, shape ``(n, 3)``, and whether
        there is one, shape ``(n,)``.
    """
    inverse, _, good = invert(observed.astype(np.float64))
    rounded = inverse.astype(np.float32).astype(np.float64)
    covariance, _, invertible = invert((rounded - weights).astype(np.float32).astype(np.float64))
    return covariance, good & invertible & (covariance[:, [0, 2]] > 0).all(axis=1)


def ellipticity(observed: _Single) -> tuple[_Single, _Single]:
    """Return both components of the ellipticity of moments xx, xy, yy, ``(n, 3)``."""
    oxx, oxy, oyy = observed.T
    trace = oxx + oyy
    return (oxx - oyy) / trace, np.float32(2) * oxy / trace


def is_singular(moments: _Array) -> _Bools:
    """Return which moments Ixx, Iyy, Ixy, ``(n, 3)``, are those of a line."""
    xx, yy, xy = moments.T
    return np.asarray(xx * yy < (1 + 1e-6) * xy * xy)
