"""Moments of the pixels that iterated clipping leaves."""

from __future__ import annotations

__all__ = ["ClippedMoments", "clip", "clipped_moments", "clipped_moments_of_planes"]

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .moments import Moments, compute_moments
from .quantiles import compute_quantiles
from .sampling import SIGMA_PER_IQRANGE, Clipping
from .scan import Scan, scan_planes
from .selection import select


@dataclass(frozen=True)
class ClippedMoments:
    """Moments of the pixels that clipping leaves.

    Parameters
    ----------
    n : `int`
        Number of these pixels.
    mean : `float`
        Their mean, in units of the pixels; NaN without pixels.
    variance : `float`
        Their unbiased variance, in squared units of the pixels; NaN for fewer
        than two. For pixels that are almost equal it may be negative by
        rounding.
    n_good : `int`
        Number of pixels before clipping.
    """

    n: int
    mean: float
    variance: float
    n_good: int

    @property
    def stdev(self) -> float:
        """Standard deviation, in units of the pixels; NaN if the variance is negative or NaN."""
        return math.sqrt(self.variance) if self.variance >= 0.0 else math.nan


def clipped_moments(
    values: np.ndarray,
    mask: np.ndarray | None = None,
    and_mask: int = 0,
    n_sigma: float = 3.0,
    n_iterations: int = 3,
) -> ClippedMoments:
    """Clip the good pixels of an image, and return the moments of those left.

    Parameters
    ----------
    values : `numpy.ndarray`
        Pixels, of any shape. Numbers of other types than single precision are
        used in double precision.
    mask : `numpy.ndarray`, optional
        Masks of the pixels, integers of the same shape.
    and_mask : `int`, optional
        Pixels with any of these bits are not used, nor are those that are not
        finite in single precision.
    n_sigma : `float`, optional
        Half-width of the interval of pixels that are used, in standard deviations.
    n_iterations : `int`, optional
        Number of intervals.

    Returns
    -------
    moments : `ClippedMoments`
        Moments of the pixels in the last interval.

    Raises
    ------
    ValueError
        Raised if there are no pixels, if they are no real numbers, if the mask
        has another shape or no integers, or if the number of standard
        deviations or of iterations is not positive.

    Notes
    -----
    These are MEANCLIP and VARIANCECLIP of ``lsst.afw.math.makeStatistics`` of
    the LSST Science Pipelines, for floating-point images, unweighted and
    without pixels that are not finite. The first interval is around the
    median; its half-width is ``n_sigma`` times 0.7413 times the interquartile
    range, the standard deviation of normal pixels. The next ones are around
    the mean of all good pixels in the one before and use their standard
    deviation. Pixels at the ends of an interval are in it. Quartiles are
    interpolated linearly between ranks; sums are in double precision, about
    the center of the interval.
    """
    return clipped_moments_of_planes([values], mask, and_mask, n_sigma, n_iterations)[0]


def clipped_moments_of_planes(
    planes: Sequence[np.ndarray],
    mask: np.ndarray | None = None,
    and_mask: int = 0,
    n_sigma: float = 3.0,
    n_iterations: int = 3,
) -> list[ClippedMoments]:
    """Clip each of several planes with a common mask, as of an image and its variance.

    This takes less time than one plane after the other, because the mask is
    looked at once. Each plane is clipped by itself.

    Parameters
    ----------
    planes : `~collections.abc.Sequence` [`numpy.ndarray`]
        Pixels, arrays of the same shape (see `clipped_moments`).
    mask, and_mask, n_sigma, n_iterations
        See `clipped_moments`.

    Returns
    -------
    moments : `list` [`ClippedMoments`]
        One for each plane.

    Raises
    ------
    ValueError
        Raised if the planes have different shapes, or for the reasons of
        `clipped_moments`.
    """
    clipping = Clipping(n_sigma, n_iterations)
    planes = [_floating(plane) for plane in planes]
    mask = None if mask is None else _checked_mask(np.asarray(mask))
    shapes = {array.shape for array in planes} | (set() if mask is None else {mask.shape})
    if len(shapes) > 1:
        raise ValueError(f"Planes and mask have different shapes: {sorted(shapes)}.")
    scans = scan_planes(planes, mask, and_mask, clipping=clipping) if planes else []
    return [
        _Pixels(plane, mask, and_mask, scan).clipped(clipping)
        for plane, scan in zip(planes, scans, strict=True)
    ]


def _floating(plane: np.ndarray) -> np.ndarray:
    plane = np.asarray(plane)
    if plane.dtype.kind not in "fiub":
        raise ValueError(f"Pixels of type {plane.dtype} are no real numbers.")
    if plane.size == 0:
        raise ValueError(f"An image of shape {plane.shape} has no pixels to clip.")
    return plane if plane.dtype.kind == "f" and plane.itemsize in (4, 8) else plane.astype(np.float64)


def _checked_mask(mask: np.ndarray) -> np.ndarray:
    if mask.dtype.kind not in "iub":
        raise ValueError(f"A mask of type {mask.dtype} has no bits; integers are needed.")
    return mask


@dataclass(frozen=True, eq=False)
class _Pixels:
    """The good pixels of a plane, selected only where a scan of them does not do."""

    values: np.ndarray
    mask: np.ndarray | None
    and_mask: int
    scan: Scan | None

    @cached_property
    def _selected(self) -> np.ndarray:
        return select(self.values, self.mask, self.and_mask)

    def clipped(self, clipping: Clipping) -> ClippedMoments:
        """Return the moments of the pixels left."""
        scan = self.scan
        quartiles = compute_quantiles(self._selected) if scan is None else scan.quantiles
        n = self._selected.size if scan is None else scan.n
        left = clip(quartiles, n, self._within, clipping)
        return ClippedMoments(left.n, left.mean, left.variance, n)

    def _within(self, center: float, half_width: float) -> Moments:
        core = None if self.scan is None else self.scan.core
        found = None if core is None else core.moments_within(center, half_width)
        return compute_moments(self._selected, center, half_width) if found is None else found


def clip(
    quartiles: Sequence[float],
    n_good: int,
    moments_within: Callable[[float, float], Moments],
    clipping: Clipping,
) -> Moments:
    """Iterate the clipping; every iteration selects from all good pixels.

    Parameters
    ----------
    quartiles : `~collections.abc.Sequence` [`float`]
        Quantiles 0.25, 0.5 and 0.75 of the good pixels.
    n_good : `int`
        Number of good pixels.
    moments_within : `~collections.abc.Callable`
        Function that returns the moments of the good pixels in an interval,
        from its center and half-width (inclusive), about the center.
    clipping : `Clipping`
        How to clip.

    Returns
    -------
    moments : `Moments`
        Moments of the pixels in the last interval.
    """
    low, center, high = quartiles
    half_width = clipping.n_sigma * SIGMA_PER_IQRANGE * (high - low)
    for _ in range(clipping.n_iterations):
        clipped = moments_within(center, half_width)
        center = clipped.mean
        if n_good > 1:
            half_width = clipping.n_sigma * math.sqrt(max(clipped.variance, 0.0))
    return clipped
