"""Counts and sums that quartiles and clipping need, in one pass over many pixels."""

from __future__ import annotations

__all__ = ["Core", "Ranks", "Scan", "scan_planes"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .blocks import BLOCK, Arena, Edges, MaskReader, Workspace, places_of
from .cuts import Cuts, next_value
from .moments import Moments, compute_moments
from .ranks import QUARTILES, interpolate
from .sampling import RUN, SAMPLE, Bracket, Clipping, Sample, run_starts, take_runs
from .selection import SINGLE_MAX, row_blocks, unmasked

_MANY = 2 * SAMPLE
"""From this number of pixels on, one pass with a sample is faster than sorting and selecting."""


@dataclass(frozen=True)
class Core:
    """The pixels between limits that clipping will hardly reach, and the others.

    Parameters
    ----------
    low, high : `float`
        Limits (inclusive).
    moments : `Moments`
        Moments of the pixels between them.
    rest : `numpy.ndarray`
        All other pixels, one-dimensional.
    """

    low: float
    high: float
    moments: Moments
    rest: np.ndarray

    def moments_within(self, center: float, half_width: float) -> Moments | None:
        """Return the moments of the pixels in an interval.

        Parameters
        ----------
        center, half_width : `float`
            Center of the interval and of the differences, and greatest
            distance from it (inclusive).

        Returns
        -------
        moments : `Moments` or `None`
            `None` if the interval does not contain the core.
        """
        # Rounding is monotonic: what holds for both limits holds in between.
        if not all(abs(limit - center) <= half_width for limit in (self.low, self.high)):
            return None
        return self.moments.about(center) + compute_moments(self.rest, center, half_width)


@dataclass(frozen=True)
class Scan:
    """Results of one pass over the good pixels of a plane.

    Parameters
    ----------
    n : `int`
        Number of good pixels.
    quantiles : `list` [`float`]
        Quantiles asked for.
    core : `Core` or `None`
        What clipping needs, if it was asked for.
    """

    n: int
    quantiles: list[float]
    core: Core | None


@np.errstate(all="ignore")
def scan_planes(
    planes: Sequence[np.ndarray],
    mask: np.ndarray | None,
    and_mask: int,
    fractions: Sequence[float] = QUARTILES,
    clipping: Clipping | None = None,
) -> list[Scan | None]:
    """Count, sum and collect the pixels of planes with a common mask in one pass.

    Good pixels are those with none of the bits of ``and_mask`` that are finite
    in single precision.

    Parameters
    ----------
    planes : `~collections.abc.Sequence` [`numpy.ndarray`]
        Pixels, arrays of the same shape.
    mask : `numpy.ndarray` or `None`
        Masks of the pixels, integers of the same shape.
    and_mask : `int`
        Bits of pixels that are not used.
    fractions : `~collections.abc.Sequence` [`float`], optional
        Quantiles that are found.
    clipping : `Clipping`, optional
        Parameters of the clipping; without them, there is no core.

    Returns
    -------
    scans : `list` [`Scan` or `None`]
        One for each plane; `None` if its pixels are few or not of single or
        double precision, or if a sample did not predict where they lie.
    """
    if planes[0].size < _MANY:
        return [None] * len(planes)
    planes, mask = _lined_up(planes, mask)
    accumulators = _accumulators(planes, mask, and_mask, fractions, clipping)
    blocks = list(row_blocks(planes[0], BLOCK))
    size = planes[0][blocks[0]].size
    arena = Arena()
    reader = MaskReader(mask, and_mask, size, arena)
    n_edges = 2 + 2 * len(fractions)
    spaces = {
        dtype: Workspace(dtype, size, n_edges, arena)
        for dtype in {accumulator.dtype for accumulator in accumulators if accumulator}
    }
    for rows in blocks if spaces else ():
        good = reader.unmasked(rows)
        for space in spaces.values():
            space.start(planes[0][rows].size, good)
        for plane, accumulator in zip(planes, accumulators, strict=True):
            if accumulator:
                accumulator.add(plane[rows].ravel(), spaces[accumulator.dtype])
    return [accumulator.scan(fractions) if accumulator else None for accumulator in accumulators]


def _lined_up(
    planes: Sequence[np.ndarray], mask: np.ndarray | None
) -> tuple[Sequence[np.ndarray], np.ndarray | None]:
    """Return arrays with one axis, or with two where one would need a copy."""
    arrays = [*planes] if mask is None else [*planes, mask]
    contiguous = all(array.flags.c_contiguous for array in arrays)
    if not contiguous and planes[0].ndim <= 2 and planes[0].shape[-1] >= RUN:
        return planes, mask
    return [plane.ravel() for plane in planes], None if mask is None else mask.ravel()


def _accumulators(
    planes: Sequence[np.ndarray],
    mask: np.ndarray | None,
    and_mask: int,
    fractions: Sequence[float],
    clipping: Clipping | None,
) -> list[_Accumulator | None]:
    """Prepare the pass over each plane; `None` where a sample is too small."""
    starts = run_starts(planes[0])
    good = unmasked(None if mask is None else take_runs(mask, starts), and_mask)
    accumulators: list[_Accumulator | None] = []
    for plane in planes:
        cuts = None
        if plane.dtype.kind == "f" and plane.dtype.itemsize in (4, 8):
            cuts = _cuts(Sample(take_runs(plane, starts), good), fractions, clipping)
        accumulators.append(None if cuts is None else _Accumulator(cuts, with_sums=clipping is not None))
    return accumulators


def _cuts(sample: Sample, fractions: Sequence[float], clipping: Clipping | None) -> Cuts | None:
    """Return where to cut; `None` if a sample is small or all pixels would be kept."""
    if not sample.is_enough:
        return None
    one = sample.ordered.dtype.type
    low, high = (one(-SINGLE_MAX), one(SINGLE_MAX)) if clipping is None else sample.core(clipping)
    if not low <= high:
        return None
    cuts = Cuts(low, high, [sample.bracket(fraction) for fraction in fractions])
    return cuts if len(cuts.kept) > 1 else None


class _Accumulator:
    """Counts and sums of the blocks so far.

    Parameters
    ----------
    cuts : `Cuts`
        Which pixels are kept, counted and summed.
    with_sums : `bool`
        Whether pixels are summed.
    """

    def __init__(self, cuts: Cuts, *, with_sums: bool) -> None:
        self.dtype = cuts.dtype
        self._cuts, self._with_sums = cuts, with_sums
        self._center = np.asarray(cuts.center)
        edges = [*cuts.toggles, *(value for value in cuts.counted if value not in cuts.toggles)]
        values = (np.array(edges) - cuts.center)[:, np.newaxis]
        self._edges = Edges(values, len(cuts.toggles), cuts.keeps(cuts.center))
        self._counted = [(edges.index(value), value) for value in cuts.counted]
        self._at_or_above = dict.fromkeys(cuts.counted, 0)
        self._n = self._n_excluded = 0
        self._sum: np.ndarray | float = 0.0
        self._sum2: np.ndarray | float = 0.0
        self._kept: list[np.ndarray] = []

    def add(self, pixels: np.ndarray, space: Workspace) -> None:
        """Add a block, one-dimensional, for which a workspace is prepared."""
        space.subtract(pixels, self._center)
        above = space.compare(self._edges)
        for number, value in self._counted:
            self._at_or_above[value] += int(np.count_nonzero(above[:, number]))
        places = places_of(space.near)
        self._kept.append(pixels.take(places))
        self._n += space.near.size - space.n_excluded
        self._n_excluded += space.n_excluded
        if self._with_sums:
            sums, sums2 = space.sums(places)
            self._sum, self._sum2 = self._sum + sums, self._sum2 + sums2

    def scan(self, fractions: Sequence[float]) -> Scan | None:
        """Return the results; `None` if a rank is not in its bracket."""
        kept = np.concatenate(self._kept)
        kept.sort()
        # What is not finite is kept, and now at both ends.
        start = int(np.searchsorted(kept, self.dtype.type(-SINGLE_MAX)))
        stop = int(np.searchsorted(kept, self.dtype.type(SINGLE_MAX), side="right"))
        n = self._n - start - (kept.size - stop)
        at_or_above = self._finite_at_or_above(int(np.count_nonzero(kept[stop:] > 0)))
        ranks = Ranks(self._cuts, kept[start:stop], n, at_or_above)
        brackets = zip(self._cuts.brackets, fractions, strict=True)
        found = [ranks.neighbors(bracket, int(fraction * (n - 1))) for bracket, fraction in brackets]
        neighbors = [pair for pair in found if pair is not None]
        if len(neighbors) < len(found):
            return None
        core = self._core(kept[start:stop], n) if self._with_sums else None
        return Scan(n, interpolate(n, fractions, neighbors), core)

    def _finite_at_or_above(self, n_infinite: int) -> dict[np.floating, int]:
        """Return counts without infinite pixels, and without pixels that do not count, which are at 0."""
        return {
            value: self._at_or_above[value] - n_infinite - (self._n_excluded if edge <= 0 else 0)
            for value in self._at_or_above
            for edge in [value - self._cuts.center]
        }

    def _core(self, kept: np.ndarray, n: int) -> Core:
        low, high, center = self._cuts.low, self._cuts.high, float(self._cuts.center)
        start, stop = int(np.searchsorted(kept, low)), int(np.searchsorted(kept, high, side="right"))
        n -= kept.size
        others = Moments(center, n, n, n, float(np.sum(self._sum)), float(np.sum(self._sum2)))
        moments = others + compute_moments(kept[start:stop], center)
        return Core(float(low), float(high), moments, np.concatenate([kept[:start], kept[stop:]]))


@dataclass(frozen=True)
class Ranks:
    """Ranks of pixels of which only some are kept.

    Parameters
    ----------
    cuts : `Cuts`
        Which pixels are kept.
    kept : `numpy.ndarray`
        The pixels kept, in order.
    n : `int`
        Number of all pixels.
    at_or_above : `dict` [`numpy.floating`, `int`]
        How many of all pixels are not less than each of ``cuts.counted``.
    """

    cuts: Cuts
    kept: np.ndarray
    n: int
    at_or_above: dict[np.floating, int]

    def neighbors(self, bracket: Bracket, rank: int) -> tuple[float, float] | None:
        """Return the values at a rank and at the next one.

        Parameters
        ----------
        bracket : `Bracket`
            Bracket, one of those of the cuts, in which they are looked for.
        rank : `int`
            Rank, from 0.

        Returns
        -------
        neighbors : `tuple` [`float`, `float`] or `None`
            `None` if one of them is not among the pixels kept with the bracket.
        """
        interval = self.cuts.interval_of(bracket)
        if interval is None:
            return self._tie(bracket, rank)
        start, stop = (int(np.searchsorted(self.kept, value)) for value in (interval.start, interval.stop))
        place = rank
        if interval is not self.cuts.kept[0]:
            place = start + rank - (self.n - self.at_or_above[interval.start])
        return (float(self.kept[place]), float(self.kept[place + 1])) if start <= place < stop - 1 else None

    def _tie(self, bracket: Bracket, rank: int) -> tuple[float, float] | None:
        below, upto = (self.n - self.at_or_above[value] for value in (bracket.low, next_value(bracket.low)))
        return (float(bracket.low),) * 2 if below <= rank < upto - 1 else None
