"""The pixels that statistics are of: many are scanned in one trip, others selected."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from visit_kernels.moments import Moments, compute_moments
from visit_kernels.scan import SIGMA_PER_IQRANGE, Core, Scan, scan_pixels

from ._quantiles import compute_quartiles, quartiles_of_scan, wanted_fractions
from ._statistics_control import Property, StatisticsControl
from ._statistics_sample import Sample, sample_moments

__all__ = ["CLIPPED", "RANKED", "GoodPixels"]

CLIPPED = Property.MEANCLIP | Property.STDEVCLIP | Property.VARIANCECLIP
RANKED = CLIPPED | Property.MEDIAN | Property.IQRANGE
"""What quantiles are needed for."""


@dataclass(frozen=True)
class GoodPixels:
    """Pixels that are not excluded, and what may enter a statistic of them.

    Parameters
    ----------
    flags : `int`
        `Property` flags: what is to be computed.
    control : `StatisticsControl`
        How.
    values, mask, weights, variance : `numpy.ndarray`
        Planes of the same shape; `None` for those that do not enter.
    weights_are_inverse : `bool`
        Whether weights are 1 divided by the plane.
    """

    flags: int
    control: StatisticsControl
    values: np.ndarray
    mask: np.ndarray | None
    weights: np.ndarray | None
    variance: np.ndarray | None
    weights_are_inverse: bool

    @cached_property
    def sample(self) -> Sample:
        """The pixels themselves."""
        return Sample.select(
            self.values,
            self.mask,
            self.weights,
            self.variance,
            self.control,
            weights_are_inverse=self.weights_are_inverse,
        )

    @cached_property
    def counted(self) -> Scan | Sample:
        """What knows how many they are: the scan if one is possible."""
        return self._scan or self.sample

    @cached_property
    def _scan(self) -> Scan | None:
        control = self.control
        if not self.flags & RANKED or self.weights is not None or self.variance is not None:
            return None
        if not control.getNanSafe() or control._thresholds:
            return None
        fractions = wanted_fractions(only_median=self._only_median)
        clipping = (control.getNumSigmaClip(), control.getNumIter()) if self.flags & CLIPPED else None
        return scan_pixels(self.values, self.mask, control.getAndMask(), fractions, clipping)

    @property
    def _only_median(self) -> bool:
        return not self.flags & (CLIPPED | Property.IQRANGE)

    @cached_property
    def quartiles(self) -> tuple[float, float, float]:
        """Quantiles 0.25, 0.5 and 0.75; the outer two NaN if not needed."""
        if self._scan is not None:
            return quartiles_of_scan(self._scan)
        return compute_quartiles(self.sample.ranked, only_median=self._only_median)

    def clip(self) -> Moments:
        """Iterate the clipping; every iteration selects from all good pixels."""
        n_sigma = self.control.getNumSigmaClip()
        low, center, high = self.quartiles
        half_width = n_sigma * SIGMA_PER_IQRANGE * (high - low)
        for _ in range(self.control.getNumIter()):
            clipped = self._within(center, half_width)
            center = clipped.mean
            if self.counted.n > 1:
                half_width = n_sigma * math.sqrt(max(clipped.variance, 0.0))
        return clipped

    def _within(self, center: float, half_width: float) -> Moments:
        core = None if self._scan is None else self._scan.core
        if core is None or not core.is_within(center, half_width):
            return sample_moments(self.sample, center, half_width)
        return _join(core, center, half_width)


def _join(core: Core, center: float, half_width: float) -> Moments:
    """Return the moments within an interval that contains the core."""
    outer = compute_moments(core.rest, center, half_width)
    moments = core.moments
    shift = moments.center - center
    sum_d = moments.sum_wd + moments.n * shift
    sum_d2 = moments.sum_wd2 + shift * (2.0 * moments.sum_wd + moments.n * shift)
    n = moments.n + outer.n
    return Moments(center, n, n, n, outer.sum_wd + sum_d, outer.sum_wd2 + sum_d2)
