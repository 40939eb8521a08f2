"""TAI minus UTC, from the table of ERFA that astropy keeps up to date."""

from __future__ import annotations

__all__ = ["tai_to_utc", "utc_to_tai"]

from bisect import bisect_right
from datetime import date
from functools import cache

import erfa

from lsst.pex.exceptions import DomainError

NS_PER_SECOND = 1_000_000_000
NS_PER_DAY = 86_400 * NS_PER_SECOND
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
# Before 1972 the length of the UTC second changed; the stack knows it from 1961 on.
_FIRST_LEAP_YEAR = 1972
_FIRST_UTC = (date(1961, 1, 1).toordinal() - EPOCH_ORDINAL) * NS_PER_DAY


@cache
def _steps() -> tuple[list[int], list[int]]:
    """Return the UTC instants (ns) from which an offset TAI - UTC (ns) holds."""
    starts, offsets = [], []
    for entry in erfa.leap_seconds.get():
        if entry["year"] >= _FIRST_LEAP_YEAR:
            day = date(int(entry["year"]), int(entry["month"]), 1).toordinal() - EPOCH_ORDINAL
            starts.append(day * NS_PER_DAY)
            offsets.append(round(float(entry["tai_utc"])) * NS_PER_SECOND)
    return starts, offsets


def _offset_before_1972(utc: int) -> int:
    day, rest = divmod(utc, NS_PER_DAY)
    when = date.fromordinal(day + EPOCH_ORDINAL)
    if utc < _FIRST_UTC:
        raise DomainError(f"UTC is not defined on {when.isoformat()}, before 1961.")
    return round(erfa.dat(when.year, when.month, when.day, rest / NS_PER_DAY) * NS_PER_SECOND)


def utc_to_tai(utc: int) -> int:
    """Convert ns since 1970 in UTC (days of 86400 s) to ns since 1970 in TAI."""
    starts, offsets = _steps()
    step = bisect_right(starts, utc) - 1
    return utc + (offsets[step] if step >= 0 else _offset_before_1972(utc))


def tai_to_utc(tai: int) -> int:
    """Convert ns since 1970 in TAI to ns since 1970 in UTC.

    During a leap second the result repeats the first second of the next day.
    """
    starts, offsets = _steps()
    step = bisect_right([s + o for s, o in zip(starts, offsets, strict=True)], tai) - 1
    if step >= 0:
        return tai - offsets[step]
    # The drift is below 1e-7, so that one correction of the argument is enough.
    guess = max(tai - _offset_before_1972(tai), _FIRST_UTC)
    return _checked(tai - _offset_before_1972(guess))


def _checked(utc: int) -> int:
    if utc < _FIRST_UTC:
        raise DomainError("the date is before 1961, when UTC was not defined.")
    return utc
