"""One trip over many pixels: the counts and sums that quartiles and clipping need."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .moments import BLOCK, Moments, sum_of_squares
from .selection import SINGLE_MAX, in_single_range, unmasked

__all__ = ["QUARTILES", "SIGMA_PER_IQRANGE", "Core", "Scan", "sample_places", "scan_pixels"]

QUARTILES = (0.25, 0.5, 0.75)
SIGMA_PER_IQRANGE = 0.741301109252802

_MANY = 1 << 19
"""From here on one trip beats sorting and selecting."""

_SAMPLE = 1 << 17
_FEW = 1 << 10
"""So few good pixels in the sample tell too little."""

_DEVIATIONS = 4.0
"""Half-width of a bracket; ranks miss it once in 10 000 images."""

_CORE = 0.95
"""Part of the intervals of the sample that is taken to lie inside all those of the pixels."""

_Limits = tuple[np.generic, np.generic]


@dataclass(frozen=True)
class Core:
    """The pixels between limits that clipping will hardly reach, and the others.

    ``moments`` are those of the pixels from ``low`` to ``high`` (inclusive),
    ``rest`` are all other pixels.
    """

    low: np.generic
    high: np.generic
    moments: Moments
    rest: np.ndarray

    def is_within(self, center: float, half_width: float) -> bool:
        """Return whether an interval contains the limits."""
        # Rounding is monotonic: what holds for both limits holds in between.
        return all(abs(float(limit) - center) <= half_width for limit in (self.low, self.high))


@dataclass(frozen=True)
class Scan:
    """What one trip has found out about the good pixels, without copying them.

    ``pairs`` are the values at the ranks of the quantiles asked for and at
    the next ranks.
    """

    n: int
    n_pixels: int
    or_mask: int
    pairs: list[tuple[float, float]]
    core: Core | None


def scan_pixels(
    values: np.ndarray,
    mask: np.ndarray | None,
    and_mask: int,
    fractions: tuple[float, ...] = QUARTILES,
    clipping: tuple[float, int] | None = None,
) -> Scan | None:
    """Count, sum and collect pixels in one trip.

    Parameters
    ----------
    values, mask : `numpy.ndarray`
        Pixels and their masks, of the same shape.
    and_mask : `int`
        Pixels with any of these bits are not used, nor are those that are not
        finite in single precision.
    fractions : `tuple` [`float`], optional
        Quantiles whose neighbours in rank are found.
    clipping : `tuple` [`float`, `int`], optional
        Number of standard deviations and of iterations; without, there is no
        core.

    Returns
    -------
    scan : `Scan` or `None`
        `None` if the pixels are few or no floats, or if they are not where
        a sample of them made expect.
    """
    if values.size < _MANY or values.dtype.kind != "f":
        return None
    if values.flags.c_contiguous and (mask is None or mask.flags.c_contiguous):
        values, mask = values.ravel(), None if mask is None else mask.ravel()
    ordered = _ordered_sample(values, mask, and_mask)
    if ordered.size < _FEW:
        return None
    brackets = [_bracket(ordered, fraction) for fraction in fractions]
    trip = _Trip(brackets, None if clipping is None else _core_limits(ordered, *clipping), values.dtype)
    or_mask = 0
    for pixels, bits, good in _blocks(values, mask, and_mask):
        if bits is not None:
            or_mask |= _new_bits(or_mask, pixels, bits, good, and_mask)
        trip.add(pixels, good)
    return trip.scan(fractions, or_mask)


class _Trip:
    """Counts and sums of the blocks so far.

    Parameters
    ----------
    brackets : `list`
        Lower and upper limit around each quantile.
    core : `tuple` or `None`
        Limits of the pixels that are summed; `None` for no sums.
    dtype : `numpy.dtype`
        Type of the pixels.
    """

    def __init__(self, brackets: list[_Limits], core: _Limits | None, dtype: np.dtype) -> None:
        self._brackets, self._core = brackets, core
        self._low: Any
        self._high: Any
        self._low, self._high = core or (dtype.type(-SINGLE_MAX), dtype.type(SINGLE_MAX))
        self._center = dtype.type(_exact_center(float(self._low), float(self._high)))
        self._below = [0] * len(brackets)
        self._n = self._n_pixels = 0
        self._sum = self._sum2 = 0.0
        self._kept: list[np.ndarray] = []
        self._delta = np.empty(0, dtype)

    def add(self, pixels: np.ndarray, good: np.ndarray | None) -> None:
        """Add a block, one-dimensional, of which ``good`` pixels count."""
        self._n_pixels += pixels.size
        self._n += pixels.size if good is None else int(np.count_nonzero(good))
        inside = pixels >= self._low
        inside &= pixels <= self._high
        if good is not None:
            inside &= good
        near = ~inside
        for number, (low, high) in enumerate(self._brackets):
            lower = pixels < low
            upper = pixels <= high
            # What is below is not above: where the two differ lies between.
            near |= lower ^ upper
            if good is not None:
                lower &= good
            self._below[number] += int(np.count_nonzero(lower))
        if good is not None:
            near &= good
        self._kept.append(pixels.compress(near))
        if self._core is not None:
            self._add_sums(pixels, inside)

    def _add_sums(self, pixels: np.ndarray, inside: np.ndarray) -> None:
        if self._delta.size < pixels.size:
            self._delta = np.empty(pixels.size, pixels.dtype)
        delta = np.subtract(pixels, self._center, out=self._delta[: pixels.size])
        # Products are faster than a choice, but make infinities NaN.
        with np.errstate(invalid="ignore"):
            delta *= inside.astype(delta.dtype)
        delta = delta.astype(np.float64)
        total = float(np.einsum("i->", delta))
        if not math.isfinite(total):
            np.copyto(delta, 0.0, where=~inside)
            total = float(np.einsum("i->", delta))
        self._sum += total
        self._sum2 += sum_of_squares(delta)

    def scan(self, fractions: tuple[float, ...], or_mask: int) -> Scan | None:
        """Return what has been found; `None` if a rank is not in its bracket."""
        # Sorting what little was kept puts what is not finite at both ends.
        kept = np.concatenate(self._kept)
        kept.sort()
        first, last = _slice(kept, -SINGLE_MAX, SINGLE_MAX)
        n = self._n - (kept.size - last + first)
        pairs = []
        for fraction, (low, high), below in zip(fractions, self._brackets, self._below, strict=True):
            start, stop = _slice(kept, low, high)
            place = start + int(fraction * (n - 1)) + first - below
            if not start <= place < stop - 1:
                return None
            pairs.append((float(kept[place]), float(kept[place + 1])))
        core = None if self._core is None else self._core_of(kept[first:last], n)
        return Scan(n, self._n_pixels, or_mask, pairs, core)

    def _core_of(self, kept: np.ndarray, n: int) -> Core:
        start, stop = _slice(kept, self._low, self._high)
        rest = np.concatenate([kept[:start], kept[stop:]])
        n -= rest.size
        moments = Moments(float(self._center), n, n, n, self._sum, self._sum2)
        return Core(self._low, self._high, moments, rest)


def _exact_center(low: float, high: float) -> float:
    """Return a centre from which differences are exact in the type of the pixels.

    Between half and double the centre they are (Sterbenz's lemma); where
    pixels are not as near to each other, the centre 0 is as good.
    """
    return 0.5 * low + 0.5 * high if high <= 2.5 * low or low >= 2.5 * high else 0.0


def _slice(ordered: np.ndarray, low: Any, high: Any) -> tuple[int, int]:
    """Return where ordered values from ``low`` to ``high`` (inclusive) start and end."""
    return int(np.searchsorted(ordered, low)), int(np.searchsorted(ordered, high, side="right"))


def _blocks(
    values: np.ndarray, mask: np.ndarray | None, and_mask: int
) -> Iterator[tuple[np.ndarray, np.ndarray | None, np.ndarray | None]]:
    """Yield pixels, masks and where no bit of ``and_mask`` is set, by rows; None means everywhere."""
    step = max(1, BLOCK // values[0].size)
    for start in range(0, len(values), step):
        pixels = values[start : start + step].ravel()
        bits = None if mask is None else mask[start : start + step].ravel()
        yield pixels, bits, unmasked(bits, and_mask)


def _new_bits(
    known: int, pixels: np.ndarray, bits: np.ndarray, good: np.ndarray | None, and_mask: int
) -> int:
    """Return the OR of the masks of good pixels that have a bit which is not known yet."""
    unknown = int(np.bitwise_or.reduce(bits)) & ~and_mask & ~known
    without = unmasked(bits, unknown)
    if without is None:
        return 0
    used = ~without if good is None else good & ~without
    # Most bits are known soon; others are those of pixels that are not used.
    return int(np.bitwise_or.reduce(bits[used & in_single_range(pixels)])) if used.any() else 0


def sample_places(size: int) -> np.ndarray:
    """Return indices of some of ``size`` pixels, one of each few in a row.

    They are as good as random but always the same, and so is the time that
    the same pixels take.
    """
    step = size // _SAMPLE
    return step * np.arange(_SAMPLE) + np.random.default_rng(0).integers(step, size=_SAMPLE)


def _ordered_sample(values: np.ndarray, mask: np.ndarray | None, and_mask: int) -> np.ndarray:
    """Return some of the good pixels in order."""
    where = np.unravel_index(sample_places(values.size), values.shape)
    sample = values[where]
    good = unmasked(None if mask is None else mask[where], and_mask)
    used = in_single_range(sample) if good is None else in_single_range(sample) & good
    return np.sort(sample[used])


def _bracket(ordered: np.ndarray, fraction: float) -> _Limits:
    """Return two values of an ordered sample that enclose a quantile."""
    n = ordered.size
    half_width = _DEVIATIONS * np.sqrt(n * fraction * (1.0 - fraction))
    low, high = fraction * n - half_width, fraction * n + half_width
    return ordered[max(int(low), 0)], ordered[min(int(high), n - 1)]


def _core_limits(ordered: np.ndarray, n_sigma: float, n_iter: int) -> _Limits:
    """Return limits well inside all intervals to which an ordered sample is clipped."""
    first, center, third = (float(ordered[int(f * ordered.size)]) for f in QUARTILES)
    half_width = n_sigma * SIGMA_PER_IQRANGE * (third - first)
    low, high = center - half_width, center + half_width
    for _ in range(n_iter - 1):
        kept = ordered[slice(*_slice(ordered, center - half_width, center + half_width))]
        if kept.size < _FEW:
            break
        center, half_width = float(kept.mean(dtype=np.float64)), n_sigma * float(kept.std(dtype=np.float64))
        low, high = max(low, center - half_width), min(high, center + half_width)
    middle, reach = 0.5 * (low + high), 0.5 * _CORE * max(high - low, 0.0)
    # Limits that pixels can have, so that comparing with them is exact.
    return ordered.dtype.type(middle - reach), ordered.dtype.type(middle + reach)
