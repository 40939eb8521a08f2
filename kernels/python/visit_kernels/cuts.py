"""Cuts of the range of pixel values, between which one pass counts, sums or keeps pixels."""

from __future__ import annotations

__all__ = ["Cuts", "Interval", "next_value"]

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .sampling import Bracket


@dataclass(frozen=True)
class Interval:
    """Values from ``start`` up to but without ``stop``."""

    start: np.floating
    stop: np.floating

    def contains(self, bracket: Bracket) -> bool:
        """Return whether a bracket lies inside."""
        return bool(self.start <= bracket.low and bracket.high < self.stop)


@dataclass(frozen=True)
class Cuts:
    """Limits of a core of pixel values, and brackets around quantiles.

    Pixels outside the core and in the brackets are few and are kept; the
    others are only counted and summed. Brackets of one value, which many
    pixels must have, are counted only.

    Parameters
    ----------
    low, high : `numpy.floating`
        Limits of the core (inclusive), of the type of the pixels and finite.
    brackets : `~collections.abc.Sequence` [`Bracket`]
        Brackets of quantiles.
    """

    low: np.floating
    high: np.floating
    brackets: Sequence[Bracket]

    @property
    def dtype(self) -> np.dtype:
        """Type of the pixels."""
        return self.low.dtype

    @cached_property
    def kept(self) -> list[Interval]:
        """Disjoint intervals, in order, of pixels that are kept.

        The first has no lower end and the last no upper end; if there is only
        one, it contains everything.
        """
        infinity = self.dtype.type(math.inf)
        intervals = [Interval(-infinity, self.low), Interval(next_value(self.high), infinity)]
        intervals += [Interval(b.low, next_value(b.high)) for b in self.brackets if b.low < b.high]
        merged: list[Interval] = []
        for interval in sorted(intervals, key=lambda i: (float(i.start), float(i.stop))):
            if merged and interval.start <= merged[-1].stop:
                last = merged.pop()
                interval = Interval(last.start, max(last.stop, interval.stop))
            merged.append(interval)
        return merged

    def interval_of(self, bracket: Bracket) -> Interval | None:
        """Return the interval of kept pixels that contains a bracket, `None` if its one value is not kept."""
        return next((interval for interval in self.kept if interval.contains(bracket)), None)

    @cached_property
    def toggles(self) -> list[np.floating]:
        """Values, in order, from which on pixels are not kept if those before are, and vice versa."""
        ends = [value for interval in self.kept for value in (interval.start, interval.stop)]
        return ends[1:-1]

    @cached_property
    def center(self) -> np.floating:
        """Value, not kept if possible, from which the differences of all values in the core are exact.

        Between half and double the center they are (Sterbenz's lemma), and so
        a little beyond the core; where pixels are not as near to each other,
        the center 0 is as good.
        """
        low, high = float(self.low), float(self.high)
        if not (0.0 < low and high <= 1.5 * low or high < 0.0 and low >= 1.5 * high):
            return self.dtype.type(0.0)
        gap = len(self.kept) // 2
        return self.dtype.type(0.5 * float(self.kept[gap - 1].stop) + 0.5 * float(self.kept[gap].start))

    def keeps(self, value: np.floating) -> bool:
        """Return whether pixels of a value are kept."""
        return any(bool(interval.start <= value < interval.stop) for interval in self.kept)

    @cached_property
    def counted(self) -> list[np.floating]:
        """Values, in order, from which on pixels must be counted so that ranks are known."""
        values: set[np.floating] = set()
        for bracket in self.brackets:
            interval = self.interval_of(bracket)
            if interval is None:
                values |= {bracket.low, next_value(bracket.high)}
            elif interval is not self.kept[0]:
                values.add(interval.start)
        return sorted(values)


def next_value(value: np.floating) -> np.floating:
    """Return the next greater value of the same type."""
    return np.nextafter(value, value.dtype.type(math.inf))
