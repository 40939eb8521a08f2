"""Second moments of a point-spread function with an adapted elliptical Gaussian weight.

The stack stops this iteration long before it has converged to rounding, so
its answer depends on every single-precision step on the way. The steps here
are those of the stack; changing one of them changes results by 1e-5.

All images of a call share one pass of numpy operations; each image leaves the
iteration on its own.
"""

from __future__ import annotations

__all__ = ["measure_moments"]

from dataclasses import dataclass
from typing import TypeAlias

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

_Array: TypeAlias = npt.NDArray[np.float64]
_Single: TypeAlias = npt.NDArray[np.float32]
_Bools: TypeAlias = npt.NDArray[np.bool_]
_Indices: TypeAlias = npt.NDArray[np.intp]

_MAX_SHIFT = 2.0
"""Distance of the centroid from the center along an axis, in pixels, beyond which it is noted."""

_SPLIT_CUT = np.float32(9.0)
"""The same as `CUT` for pixels that are split, at the farthest of their points."""

_OFFSETS = np.array([-0.375, -0.125, 0.125, 0.375], dtype=np.float32)
"""Points along each axis of a pixel that is split, relative to its center, in pixels."""

_CHUNK_PIXELS = 1 << 15
"""Pixels per chunk of images, whose temporaries then stay in the cache."""


@dataclass(slots=True)
class _Sums:
    """Weighted sums over one box per image; 1-D arrays of one length."""

    s: _Array
    sx: _Array
    sy: _Array
    sxx: _Array
    sxy: _Array
    syy: _Array

    @property
    def positive(self) -> _Bools:
        return (self.s > 0) & (self.sxx > 0) & (self.syy > 0)


@dataclass(slots=True)
class _State:
    """State of the iteration, one row for each image."""

    covariance: _Array  # (n, 3): xx, xy, yy of the weight
    weights: _Array  # (n, 3): w11, w12, w22, the inverse used last
    e1: _Single
    e2: _Single
    size: _Single
    split: _Bools
    passes: npt.NDArray[np.int64]
    radius: _Array
    active: _Bools
    unweighted: _Bools
    failed: _Bools
    shifted: _Bools

    @classmethod
    def start(cls, n: int) -> _State:
        def flags() -> _Bools:
            return np.zeros(n, dtype=bool)

        return cls(
            covariance=np.tile([INITIAL, 0.0, INITIAL], (n, 1)),
            weights=np.zeros((n, 3)),
            e1=np.full(n, 1e6, dtype=np.float32),
            e2=np.full(n, 1e6, dtype=np.float32),
            size=np.full(n, 1e6, dtype=np.float32),
            split=flags(),
            passes=np.zeros(n, dtype=np.int64),
            radius=np.zeros(n),
            active=np.ones(n, dtype=bool),
            unweighted=flags(),
            failed=flags(),
            shifted=flags(),
        )

    def give_up(self, which: _Indices) -> None:
        """Leave the iteration; moments without a weight will be taken."""
        self.active[which] = False
        self.unweighted[which] = True


def measure_moments(
    images: npt.NDArray[np.floating], center: tuple[int, int]
) -> tuple[_Array, npt.NDArray[np.bool_]]:
    """Measure the adaptive moments of images about a fixed pixel.

    Parameters
    ----------
    images : `numpy.ndarray`
        Images, shape ``(n, height, width)``.
    center : `tuple` [`int`, `int`]
        Array column and row of the center, which need not be in the image.

    Returns
    -------
    moments : `numpy.ndarray`
        Ixx, Iyy, Ixy in square pixels, float64, shape ``(n, 3)``; NaN where
        the measurement failed.
    unweighted : `numpy.ndarray`
        Whether the iteration failed and plain moments were taken; shape
        ``(n,)``.

    Raises
    ------
    ValueError
        Raised if moments that are flagged good are singular.
    """
    n, height, width = images.shape
    moments = np.empty((n, 3))
    unweighted = np.empty(n, dtype=bool)
    step = max(1, _CHUNK_PIXELS // max(1, height * width))
    for start in range(0, n, step):
        part = slice(start, start + step)
        moments[part], unweighted[part] = _Measurement(images[part], center).run()
    return moments, unweighted


class _Measurement:
    """The iteration on one chunk of images."""

    def __init__(self, images: npt.NDArray[np.floating], center: tuple[int, int]):
        _, height, width = images.shape
        self._center = center
        with np.errstate(over="ignore", invalid="ignore"):
            self._images = images.astype(np.float32)
        self._columns = np.arange(width, dtype=np.float64)
        self._rows = np.arange(height, dtype=np.float64)
        self._x = (self._columns - center[0]).astype(np.float32)
        self._y = (self._rows - center[1]).astype(np.float32)
        self._state = _State.start(len(images))

    def run(self) -> tuple[_Array, _Bools]:
        with np.errstate(all="ignore"):
            while self._state.active.any():
                self._pass(np.flatnonzero(self._state.active))
            return self._result(), self._state.unweighted

    def _pass(self, which: _Indices) -> None:
        state = self._state
        which, count = self._choose_weights(which)
        heavy = is_heavy(state.weights[which])
        state.failed[which[heavy]] = True
        state.active[which[heavy]] = False
        which, count = which[~heavy], count[~heavy]
        sums = self._sums(which, state.weights[which], cut=True)
        which, count, sums = self._keep(which, count, sums, sums.positive)
        self._flag_shift(which, sums)
        ratios = [sums.sxx / sums.s, sums.sxy / sums.s, sums.syy / sums.s]
        observed = np.stack(ratios, axis=1).astype(np.float32)
        good = (observed[:, 0] > 0) & (observed[:, 2] > 0)
        state.give_up(which[~good])
        self._step(which[good], count[good], observed[good])

    def _choose_weights(self, which: _Indices) -> tuple[_Indices, npt.NDArray[np.int64]]:
        """Set the box and the weight; return the images left and their pass numbers."""
        state = self._state
        largest = np.maximum(state.covariance[which, 0], state.covariance[which, 2])
        state.radius[which] = np.minimum(4 * np.sqrt(largest), MAX_RADIUS)
        weights, determinant, good = invert(state.covariance[which])
        state.give_up(which[~good])
        which, weights, determinant = which[good], weights[good], determinant[good]
        covariance = state.covariance[which]
        narrow = is_narrow(covariance, determinant)
        switching = narrow & ~state.split[which]
        state.split[which] |= narrow
        # An image that changes to split pixels repeats its last pass.
        again = switching & (state.passes[which] > 0)
        state.size[which[again]] = 1e6
        state.passes[which[again]] -= 1
        state.weights[which[~again]] = weights[~again]
        return which, state.passes[which]

    def _keep(
        self, which: _Indices, count: npt.NDArray[np.int64], sums: _Sums, good: _Bools
    ) -> tuple[_Indices, npt.NDArray[np.int64], _Sums]:
        self._state.give_up(which[~good])
        kept = _Sums(*(getattr(sums, name)[good] for name in _Sums.__slots__))
        return which[good], count[good], kept

    def _flag_shift(self, which: _Indices, sums: _Sums) -> None:
        """Note a centroid far from the center; the center itself stays."""
        far = (np.abs(sums.sx / sums.s) > _MAX_SHIFT) | (np.abs(sums.sy / sums.s) > _MAX_SHIFT)
        self._state.shifted[which[far]] = True

    def _step(self, which: _Indices, count: npt.NDArray[np.int64], observed: _Single) -> None:
        """Test for convergence, else deconvolve the weight from the weighted moments."""
        state = self._state
        oxx = observed[:, 0]
        e1, e2 = ellipticity(observed)
        converged = (
            (count > 0)
            & (np.abs(e1 - state.e1[which]) < ELLIPTICITY_TOLERANCE)
            & (np.abs(e2 - state.e2[which]) < ELLIPTICITY_TOLERANCE)
            & (np.abs(oxx / state.size[which] - np.float32(1)) < SIZE_TOLERANCE)
        )
        state.active[which[converged]] = False
        go_on = ~converged
        which = which[go_on]
        state.e1[which], state.e2[which], state.size[which] = e1[go_on], e2[go_on], oxx[go_on]
        which = self._deconvolve(which, observed[go_on])
        state.passes[which] += 1
        state.give_up(which[state.passes[which] >= MAX_PASSES])

    def _deconvolve(self, which: _Indices, observed: _Single) -> _Indices:
        state = self._state
        covariance, good = deconvolve(observed, state.weights[which])
        state.give_up(which[~good])
        state.covariance[which[good]] = covariance[good]
        return which[good]

    def _boxes(self, which: _Indices) -> tuple[_Bools, _Bools]:
        """Return which columns ``(n, width)`` and rows ``(n, height)`` are in the boxes."""
        radius = self._state.radius[which, None]
        inside = []
        for c, index in zip(self._center, (self._columns, self._rows), strict=True):
            low, high = np.ceil(c - radius - 0.5), np.floor(c + radius + 0.5)
            inside.append((index >= low) & (index <= high))
        return inside[0], inside[1]

    def _sums(self, which: _Indices, weights: _Array, cut: bool) -> _Sums:
        sums = _Sums(*(np.zeros(len(which)) for _ in _Sums.__slots__))
        split = self._state.split[which]
        for mode, chosen in ((self._plain_sums, ~split), (self._split_sums, split)):
            if chosen.any():
                part = mode(which[chosen], weights[chosen], cut)
                for name in _Sums.__slots__:
                    getattr(sums, name)[chosen] = getattr(part, name)
        return sums

    def _plain_sums(self, which: _Indices, weights: _Array, cut: bool) -> _Sums:
        columns, rows = self._boxes(which)
        e = _exponent(self._x, self._y, weights)
        use = rows[:, :, None] & columns[:, None, :]
        if cut:
            use &= e <= CUT
        return self._point_sums(self._images[which], e, use, (self._x, self._y), np.float32)

    def _split_sums(self, which: _Indices, weights: _Array, cut: bool) -> _Sums:
        columns, rows = self._boxes(which)
        use = rows[:, :, None] & columns[:, None, :]
        if cut:
            corners = [
                _exponent(self._x + a, self._y + b, weights) for a in _OFFSETS[::3] for b in _OFFSETS[::3]
            ]
            use &= np.maximum.reduce(corners) <= _SPLIT_CUT
        images = self._images[which]
        total = _Sums(*(np.zeros(len(which)) for _ in _Sums.__slots__))
        for a in _OFFSETS:
            for b in _OFFSETS:
                x, y = self._x + a, self._y + b
                part = self._point_sums(images, _exponent(x, y, weights), use, (x, y), np.float64)
                for name in _Sums.__slots__:
                    getattr(total, name)[...] += getattr(part, name)
        return total

    def _point_sums(
        self,
        images: _Single,
        e: _Single,
        use: _Bools,
        points: tuple[_Single, _Single],
        product: type[np.float32] | type[np.float64],
    ) -> _Sums:
        """Sum over one point per pixel; ``product`` is the precision of second-moment terms."""
        value = images * np.exp(-0.5 * e.astype(np.float64)).astype(np.float32)
        value[~use] = 0  # by assignment: a pixel left out may be NaN
        x, y = points[0][None, None, :], points[1][None, :, None]

        def total(v: npt.NDArray[np.floating]) -> _Array:
            return v.reshape(len(v), -1).sum(axis=1, dtype=np.float64)

        def second(a: _Single) -> _Array:
            return total(np.multiply(a, value, dtype=product))

        return _Sums(
            s=total(value),
            sx=total(value * self._x[None, None, :]),
            sy=total(value * self._y[None, :, None]),
            sxx=second(x * x),
            sxy=second(x * y),
            syy=second(y * y),
        )

    def _result(self) -> _Array:
        state = self._state
        moments = state.covariance[:, [0, 2, 1]].copy()
        lost = np.flatnonzero(state.unweighted)
        if len(lost):
            moments[lost] = self._unweighted(lost)
        moments[state.failed] = np.nan
        flagged = state.unweighted | state.failed | state.shifted
        if np.any(~flagged & is_singular(moments)):
            raise ValueError("The adaptive moments of a PSF image are singular.")
        return moments

    def _unweighted(self, which: _Indices) -> _Array:
        sums = self._sums(which, np.zeros((len(which), 3)), cut=False)
        moments = np.stack([sums.sxx / sums.s, sums.syy / sums.s, sums.sxy / sums.s], axis=1)
        # A single bright pixel has the moments of a square pixel.
        point = ~sums.positive & (sums.s > 0)
        moments[point] = [1 / 12, 1 / 12, 0]
        moments[~sums.positive & ~point] = np.nan
        return moments


def _exponent(x: _Single, y: _Single, weights: _Array) -> _Single:
    """Return the quadratic form of the weights at the grid of points, ``(n, height, width)``."""
    w11, w12, w22 = (w[:, None, None] for w in weights.T)
    xy = (x[None, :] * y[:, None]).astype(np.float64)
    e = (x * x).astype(np.float64)[None, None, :] * w11 + 2 * xy[None] * w12
    return (e + (y * y).astype(np.float64)[None, :, None] * w22).astype(np.float32)
