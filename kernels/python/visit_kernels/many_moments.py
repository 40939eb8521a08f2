"""Adaptive moments of many images at once, written as matrix products.

The iteration is that of `visit_kernels.adaptive_moments`: the same passes, the
same rule for stopping, and nearly the same roundings. The exponents of the
weights are a product of matrices, and so are the weighted sums; exponentials
are taken in single precision. What single precision could decide in another
way is left to the exact kernel.
"""

from __future__ import annotations

__all__ = ["measure_many_moments"]

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

from ._moment_rules import (
    CUT,
    ELLIPTICITY_TOLERANCE,
    INITIAL,
    MAX_PASSES,
    MAX_RADIUS,
    SIZE_TOLERANCE,
    deconvolve,
    ellipticity,
    invert,
    is_heavy,
    is_narrow,
    is_singular,
)
from .adaptive_moments import measure_moments

_CHUNK = 512
"""Images per chunk: the pixels near their stars fit into the cache, and calls of numpy are few."""

_DOUBT = np.array([1e-6, 1e-6, 1e-6], dtype=np.float32)
"""Distance from the limit within which convergence is in doubt: three times the differences seen."""

_TOLERANCES = np.array([ELLIPTICITY_TOLERANCE, ELLIPTICITY_TOLERANCE, SIZE_TOLERANCE])

_Array = npt.NDArray[np.float64]
_Single = npt.NDArray[np.float32]
_Bools = npt.NDArray[np.bool_]
_Indices = npt.NDArray[np.intp]


def measure_many_moments(
    images: npt.NDArray[np.floating], center: tuple[int, int]
) -> tuple[_Array, npt.NDArray[np.bool_]]:
    """Measure the adaptive moments of many images about a fixed pixel.

    Parameters
    ----------
    images : `numpy.ndarray`
        Images, shape ``(n, height, width)``.
    center : `tuple` [`int`, `int`]
        Array column and row of the center.

    Returns
    -------
    moments : `numpy.ndarray`
        Ixx, Iyy, Ixy in square pixels, float64, shape ``(n, 3)``; NaN where
        the measurement failed.
    unweighted : `numpy.ndarray`
        Whether the iteration failed and plain moments were taken; bool, shape
        ``(n,)``.

    Raises
    ------
    ValueError
        Raised if moments that are flagged good are singular.

    Notes
    -----
    The moments are those of `visit_kernels.adaptive_moments.measure_moments`
    within 1e-6 of the trace. They are exactly those for images that hold NaN,
    that are so narrow that pixels must be split, whose iteration fails, or
    that are nearer to the limit of convergence than single precision can tell.
    """
    moments, doubtful = np.empty((len(images), 3)), np.empty(len(images), dtype=bool)
    for start in range(0, len(images), _CHUNK):
        part = slice(start, start + _CHUNK)
        moments[part], doubtful[part] = _measure(images[part], center)
    unweighted = np.zeros(len(images), dtype=bool)
    again = np.flatnonzero(doubtful)
    if again.size:
        moments[again], unweighted[again] = measure_moments(images[again], center)
    return moments, unweighted


def _measure(images: npt.NDArray[np.floating], center: tuple[int, int]) -> tuple[_Array, _Bools]:
    """Return moments, and which of them must be measured again."""
    moments, doubtful = np.empty((len(images), 3)), np.ones(len(images), dtype=bool)
    with np.errstate(all="ignore"):
        window, running = _Window(images.astype(np.float32), center), _Running.start(len(images))
        for count in range(MAX_PASSES):
            weights, usable = _weights(running.covariance)
            running, weights = running.select(usable), weights[usable]
            if not len(running.index):
                break
            observed, positive = window.observe(running, weights)
            found = _figures(observed)
            converged, undecided = _judge(found, running.last, count)
            done = converged & positive
            moments[running.index[done]] = running.covariance[done][:, [0, 2, 1]]
            doubtful[running.index[done]] = False
            covariance, good = deconvolve(observed, weights)
            go_on = positive & good & ~converged & ~undecided
            running = _Running(running.index, covariance, found).select(go_on)
        return moments, doubtful | is_singular(moments)


@dataclass(frozen=True, slots=True)
class _Running:
    """Images that have not converged yet; arrays with one row per image."""

    index: _Indices  # (m,): which image of the chunk
    covariance: _Array  # (m, 3): xx, xy, yy of the weight
    last: _Single  # (m, 3): what is tested for convergence, in the last pass

    @classmethod
    def start(cls, n: int) -> Self:
        first = np.tile([INITIAL, 0.0, INITIAL], (n, 1))
        return cls(np.arange(n), first, np.full((n, 3), 1e6, dtype=np.float32))

    def select(self, which: _Bools) -> Self:
        return self if which.all() else type(self)(*(getattr(self, f.name)[which] for f in fields(self)))


class _Window:
    """Pixels of a chunk that the weights reach.

    The exponent of the weight ends before the box of the exact kernel does, so
    the box, a little larger than the ellipse of the largest weight, decides
    nothing: it saves work.
    """

    def __init__(self, images: _Single, center: tuple[int, int]) -> None:
        self._images, self._center = images, center
        self._box: tuple[slice, slice] | None = None
        self._index: _Indices = np.empty(0, dtype=np.intp)

    def observe(self, running: _Running, weights: _Array) -> tuple[_Single, _Bools]:
        """Return the weighted moments xx, xy, yy, ``(m, 3)``, and which images have positive sums."""
        self._move(running)
        exponent = (-0.5 * weights).astype(np.float32) @ self._exponents
        values = np.exp(exponent)
        values *= exponent >= -0.5 * CUT
        values *= self._pixels
        sums = (values @ self._monomials).astype(np.float64)
        observed = (sums[:, 1:] / sums[:, :1]).astype(np.float32)
        positive = (sums[:, [0, 1, 3]] > 0).all(axis=1) & (observed[:, [0, 2]] > 0).all(axis=1)
        return observed, positive

    def _move(self, running: _Running) -> None:
        """Choose the box for the weights of a pass, and the pixels in it."""
        _, height, width = self._images.shape
        box = (
            _range(self._center[1], running.covariance[:, 2], height),
            _range(self._center[0], running.covariance[:, 0], width),
        )
        if box != self._box:
            self._box = box
            self._set_monomials(*box)
        elif np.array_equal(running.index, self._index):
            return
        self._index = running.index
        self._pixels = self._images[running.index, *box].reshape(len(running.index), -1)

    def _set_monomials(self, rows: slice, columns: slice) -> None:
        x = np.arange(columns.start, columns.stop, dtype=np.float32) - np.float32(self._center[0])
        y = np.arange(rows.start, rows.stop, dtype=np.float32) - np.float32(self._center[1])
        xx = np.broadcast_to(x * x, (len(y), len(x))).ravel()
        yy = np.repeat(y * y, len(x))
        xy = np.outer(y, x).ravel()
        self._exponents = np.stack([xx, 2 * xy, yy])
        self._monomials = np.stack([np.ones_like(xx), xx, xy, yy], axis=1)


def _range(center: int, variance: _Array, size: int) -> slice:
    """Return the rows or columns that an ellipse of exponent `CUT` reaches, and one more."""
    reach = int(np.ceil(np.sqrt(float(CUT) * variance.max()))) + 1
    start = min(max(center - reach, 0), size)
    return slice(start, max(min(center + reach + 1, size), start))


def _weights(covariance: _Array) -> tuple[_Array, _Bools]:
    """Return the weights of a pass, w11, w12, w22, and which can be used here."""
    weights, determinant, good = invert(covariance)
    good &= ~is_narrow(covariance, determinant)
    good &= 4 * np.sqrt(covariance[:, [0, 2]].max(axis=1)) < MAX_RADIUS
    good &= ~is_heavy(weights)
    return weights, good


def _figures(observed: _Single) -> _Single:
    """Return the quantities that are compared from pass to pass: both ellipticities and xx."""
    return np.stack([*ellipticity(observed), observed[:, 0]], axis=1)


def _judge(found: _Single, last: _Single, count: int) -> tuple[_Bools, _Bools]:
    """Return which images have converged, and which may have or not."""
    if count == 0:
        nothing = np.zeros(len(found), dtype=bool)
        return nothing, nothing
    change = np.abs(found - last)
    change[:, 2] = np.abs(found[:, 2] / last[:, 2] - np.float32(1))
    excess = change - _TOLERANCES
    surely, possibly = (excess < -_DOUBT).all(axis=1), (excess < _DOUBT).all(axis=1)
    return surely, possibly & ~surely
