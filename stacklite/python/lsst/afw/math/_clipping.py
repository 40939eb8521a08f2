"""Moments of the pixels near a centre, for a sequence of similar centres."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from ._statistics_sample import BLOCK, Moments, Sample, compute_moments

__all__ = ["ClippedMoments"]

_MANY = 1 << 16
_CORE = 0.8
"""Part of the first interval that is taken to lie inside all others."""


class ClippedMoments:
    """Moments within intervals; the pixels inside all of them are summed once.

    Parameters
    ----------
    sample : `Sample`
        Pixels.
    center, half_width : `float`
        The first interval.

    Notes
    -----
    Few and weighted pixels are summed anew for every interval, as are those
    for which an interval does not contain most of the first one.
    """

    def __init__(self, sample: Sample, center: float, half_width: float) -> None:
        self._sample = sample
        to_pixel = sample.values.dtype.type
        self._simple = (
            sample.n < _MANY
            or sample.values.dtype.kind != "f"
            or sample.weights is not None
            or sample.variance is not None
            or not np.isfinite([center, half_width]).all()
        )
        if not self._simple:
            # Limits that pixels can have, so that comparing them is exact.
            self._low = to_pixel(center - _CORE * half_width)
            self._high = to_pixel(center + _CORE * half_width)
            self._center = center

    def within(self, center: float, half_width: float) -> Moments:
        """Return the moments of the pixels in an interval (inclusive).

        Parameters
        ----------
        center : `float`
            Centre from which differences are taken.
        half_width : `float`
            Half the width of the interval.
        """
        if self._simple or not self._contains_core(center, half_width):
            return compute_moments(self._sample, center, half_width)
        core, rest = self._core_and_rest
        outer = compute_moments(rest, center, half_width)
        shift = self._center - center
        sum_d = core.sum_wd + core.n * shift
        sum_d2 = core.sum_wd2 + shift * (2.0 * core.sum_wd + core.n * shift)
        n = core.n + outer.n
        return Moments(center, n, n, n, outer.sum_wd + sum_d, outer.sum_wd2 + sum_d2, 0.0, 0.0)

    def _contains_core(self, center: float, half_width: float) -> bool:
        # Rounding is monotonic: what holds for both limits holds in between.
        return abs(float(self._low) - center) <= half_width and abs(float(self._high) - center) <= half_width

    @cached_property
    def _core_and_rest(self) -> tuple[Moments, Sample]:
        """Moments of the core about the first centre, and all other pixels."""
        values = self._sample.values
        delta = np.empty(min(BLOCK, values.size))
        rest = []
        total = total2 = 0.0
        for start in range(0, values.size, BLOCK):
            block = values[start : start + BLOCK]
            difference = delta[: block.size]
            outside = block < self._low
            outside |= ~(block <= self._high)
            rest.append(block[outside])
            difference[...] = block
            difference -= self._center
            np.copyto(difference, 0.0, where=outside)
            total += float(difference.sum())
            total2 += float(np.square(difference, out=difference).sum())
        others = replace(self._sample, values=np.concatenate(rest))
        n = values.size - others.n
        return Moments(self._center, n, n, n, total, total2, 0.0, 0.0), others
