"""TAI minus UTC: leap seconds of the table of ERFA, which astropy keeps up to date; the drift before 1972."""

from __future__ import annotations

__all__ = ["tai_to_utc", "utc_to_tai"]

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from typing import NamedTuple

import erfa

from lsst.pex.exceptions import DomainError

NS_PER_SECOND = 1_000_000_000
NS_PER_DAY = 86_400 * NS_PER_SECOND
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_EPOCH_MJD = 40587.0
_FIRST_LEAP_YEAR = 1972

# Before 1972 the length of the UTC second changed: TAI - UTC = offset + (MJD - reference) * drift, in
# seconds, from the month on (IERS, tai-utc.dat). UTC was not defined before 1961. ERFA has the same table,
# but gives no access to the drift, with which its values have only ten digits.
_DRIFTS = (
    ((1961, 1), 1.4228180, 37300.0, 0.001296),
    ((1961, 8), 1.3728180, 37300.0, 0.001296),
    ((1962, 1), 1.8458580, 37665.0, 0.0011232),
    ((1963, 11), 1.9458580, 37665.0, 0.0011232),
    ((1964, 1), 3.2401300, 38761.0, 0.001296),
    ((1964, 4), 3.3401300, 38761.0, 0.001296),
    ((1964, 9), 3.4401300, 38761.0, 0.001296),
    ((1965, 1), 3.5401300, 38761.0, 0.001296),
    ((1965, 3), 3.6401300, 38761.0, 0.001296),
    ((1965, 7), 3.7401300, 38761.0, 0.001296),
    ((1965, 9), 3.8401300, 38761.0, 0.001296),
    ((1966, 1), 4.3131700, 39126.0, 0.002592),
    ((1968, 2), 4.2131700, 39126.0, 0.002592),
)


class _Step(NamedTuple):
    """Difference of the scales from an instant on, which is in ns since 1970 of both."""

    utc: int
    tai: int
    offset: float
    reference: float
    drift: float

    def seconds(self, nsecs: int) -> float:
        """Return TAI - UTC in seconds at an instant of UTC, rounded as the stack does."""
        return self.offset + (nsecs / NS_PER_DAY + _EPOCH_MJD - self.reference) * self.drift


@cache
def _steps() -> list[_Step]:
    return list(_make_steps())


def _make_steps() -> Iterator[_Step]:
    leaps = (
        ((int(entry["year"]), int(entry["month"])), round(float(entry["tai_utc"])), 0.0, 0.0)
        for entry in erfa.leap_seconds.get()
        if entry["year"] >= _FIRST_LEAP_YEAR
    )
    for (year, month), *rule in (*_DRIFTS, *leaps):
        utc = (date(year, month, 1).toordinal() - EPOCH_ORDINAL) * NS_PER_DAY
        step = _Step(utc, utc, *rule)
        yield step._replace(tai=utc + int(step.seconds(utc) * NS_PER_SECOND))


def _find(nsecs: int, start: Callable[[_Step], int]) -> _Step:
    """Return the step that holds at an instant, of the scale in which ``start`` gives starts."""
    index = bisect_right(_steps(), nsecs, key=start)
    if index == 0:
        raise DomainError("the date is before 1961, when UTC was not defined.")
    return _steps()[index - 1]


def utc_to_tai(utc: int) -> int:
    """Convert ns since 1970 in UTC (days of 86400 s) to ns since 1970 in TAI."""
    step = _find(utc, lambda step: step.utc)
    return utc + int(step.seconds(utc) * NS_PER_SECOND + 0.5)


def tai_to_utc(tai: int) -> int:
    """Convert ns since 1970 in TAI to ns since 1970 in UTC.

    During a leap second the result repeats the first second of the next day.
    """
    step = _find(tai, lambda step: step.tai)
    seconds = step.seconds(tai) / (1.0 + step.drift * NS_PER_SECOND / NS_PER_DAY)
    return tai - int(seconds * NS_PER_SECOND + 0.5)
