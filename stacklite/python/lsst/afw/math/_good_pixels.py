"""Pixels that statistics are computed from; many are scanned in one pass, few are selected."""

from __future__ import annotations

__all__ = ["CLIPPED", "RANKED", "GoodPixels"]

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from visit_kernels.clipping import clip
from visit_kernels.moments import Moments
from visit_kernels.sampling import Clipping
from visit_kernels.scan import Scan, scan_planes
from visit_kernels.selection import or_of_masks

from ._quantiles import compute_quartiles, three_quartiles, wanted_fractions
from ._statistics_control import Property, StatisticsControl
from ._statistics_sample import Sample, sample_moments

CLIPPED = Property.MEANCLIP | Property.STDEVCLIP | Property.VARIANCECLIP
RANKED = CLIPPED | Property.MEDIAN | Property.IQRANGE
"""Statistics for which quantiles are needed."""


@dataclass(frozen=True)
class GoodPixels:
    """Pixels that are not excluded, with their weights, variances and masks.

    Parameters
    ----------
    flags : `int`
        `Property` flags of the statistics to compute.
    control : `StatisticsControl`
        Control of the computation.
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

    @property
    def n(self) -> int:
        """Number of good pixels."""
        return self.sample.n if self._scan is None else self._scan.n

    @cached_property
    def or_mask(self) -> int:
        """OR of the masks of good pixels, and propagated bits."""
        if self._scan is None:
            return self.sample.or_mask
        return 0 if self.mask is None else or_of_masks(self.values, self.mask, self.control.getAndMask())

    @cached_property
    def _scan(self) -> Scan | None:
        control = self.control
        if not self.flags & RANKED or self.weights is not None or self.variance is not None:
            return None
        if not control.getNanSafe() or control._thresholds:
            return None
        fractions = wanted_fractions(only_median=self._only_median)
        clipping = self._clipping if self.flags & CLIPPED else None
        return scan_planes([self.values], self.mask, control.getAndMask(), fractions, clipping)[0]

    @property
    def _only_median(self) -> bool:
        return not self.flags & (CLIPPED | Property.IQRANGE)

    @property
    def _clipping(self) -> Clipping:
        return Clipping(self.control.getNumSigmaClip(), self.control.getNumIter())

    @cached_property
    def quartiles(self) -> tuple[float, float, float]:
        """Quantiles 0.25, 0.5 and 0.75; the outer two NaN if not needed."""
        if self._scan is not None:
            return three_quartiles(self._scan.quantiles)
        return compute_quartiles(self.sample.ranked, only_median=self._only_median)

    def clip(self) -> Moments:
        """Return the moments of the pixels that clipping leaves."""
        return clip(self.quartiles, self.n, self._within, self._clipping)

    def _within(self, center: float, half_width: float) -> Moments:
        core = None if self._scan is None else self._scan.core
        found = None if core is None else core.moments_within(center, half_width)
        return sample_moments(self.sample, center, half_width) if found is None else found
