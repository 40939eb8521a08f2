"""Times as integer nanoseconds of TAI."""

from __future__ import annotations

__all__ = ["DateTime"]

import math
import re
import time
from datetime import UTC, date, datetime
from functools import total_ordering
from typing import TYPE_CHECKING, Any, ClassVar, overload

import lsst.pex.exceptions as pex_exceptions
from lsst.pex.exceptions import DomainError
from lsst_stacklite._enumeration import NumberEnumeration
from lsst_stacklite._overloads import bind

from ._leap_seconds import EPOCH_ORDINAL, NS_PER_DAY, NS_PER_SECOND, tai_to_utc, utc_to_tai

if TYPE_CHECKING:
    from astropy.time import Time

_INVALID = -(2**63)
_TT_MINUS_TAI = 32_184_000_000
_MJD_OF_1970 = 40587.0
_JD_OF_1970 = 2440587.5
_JD_OF_2000 = 2451545.0
# The years that the stack accepts: from the first whole one of POSIX times with 32 bits to the last whole one
# of nanoseconds with 64.
_YEARS = range(1902, 2262)
_ISO = re.compile(
    r"(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)"
    r"T(?P<hour>\d\d):?(?P<minute>\d\d)(:?(?P<second>\d\d)([.,](?P<fraction>\d*))?)?(?P<zone>Z?)"
)


@total_ordering
class DateTime:
    """An instant, exact to the nanosecond.

    ``DateTime()`` (invalid), ``DateTime(nsecs, scale=TAI)``,
    ``DateTime(date, system=MJD, scale=TAI)``, ``DateTime(iso8601, scale)``,
    ``DateTime(year, month, day, hour, minute, second, scale)``.

    Parameters
    ----------
    nsecs : `int`
        Nanoseconds since 1970-01-01T00:00:00 of the scale.
    date : `float`
        Date in the system; it holds about a microsecond only.
    iso8601 : `str`
        ISO 8601 text. UTC must end in Z, other scales must not.
    system : `DateTime.DateSystem`
        System of a `float`: JD, MJD or EPOCH (Julian years).
    scale : `DateTime.Timescale`
        Time scale of the input.

    Raises
    ------
    lsst.pex.exceptions.DomainError
        Raised if text is not a date, the year of text or numbers is not in
        1902 to 2261, the date is in UTC and before 1961, or cannot be
        represented.
    """

    class DateSystem(NumberEnumeration):
        """Systems of dates that are real numbers."""

        JD = 0
        MJD = 1
        EPOCH = 2

    class Timescale(NumberEnumeration):
        """Time scales."""

        TAI = 5
        UTC = 6
        TT = 7

    JD: ClassVar[DateSystem] = DateSystem.JD
    MJD: ClassVar[DateSystem] = DateSystem.MJD
    EPOCH: ClassVar[DateSystem] = DateSystem.EPOCH
    TAI: ClassVar[Timescale] = Timescale.TAI
    UTC: ClassVar[Timescale] = Timescale.UTC
    TT: ClassVar[Timescale] = Timescale.TT
    invalid_nsecs: ClassVar[int] = _INVALID

    __slots__ = ("_nsecs",)

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, nsecs: int, scale: Timescale = TAI) -> None: ...
    @overload
    def __init__(self, date: float, system: DateSystem = MJD, scale: Timescale = TAI) -> None: ...
    @overload
    def __init__(
        self, year: int, month: int, day: int, hour: int, minute: int, second: int, scale: Timescale, /
    ) -> None: ...
    @overload
    def __init__(self, iso8601: str, scale: Timescale, /) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        checks = {"Timescale": DateTime.Timescale, "DateSystem": DateTime.DateSystem}
        given = bind(DateTime.__init__, checks, (self, *args), kwargs)
        self._nsecs: int = _parse(**given) if given else _INVALID
        if not _INVALID <= self._nsecs < 2**63:
            raise DomainError(f"the date {list(given.values())} is too far from 1970.")

    @staticmethod
    def now() -> DateTime:
        """Return the current time."""
        return DateTime(time.time_ns(), DateTime.UTC)

    def isValid(self) -> bool:
        """Return whether this is an instant at all."""
        return self._nsecs != _INVALID

    def nsecs(self, scale: Timescale = TAI) -> int:
        """Return nanoseconds since 1970 of a scale; -2^63 when invalid."""
        if scale is self.TAI or not self.isValid():
            return self._nsecs
        return tai_to_utc(self._nsecs) if scale is self.UTC else self._nsecs + _TT_MINUS_TAI

    def _valid_nsecs(self, scale: Timescale) -> int:
        if not self.isValid():
            raise pex_exceptions.RuntimeError("DateTime not valid: it was made without a date.")
        return self.nsecs(scale)

    def get(self, system: DateSystem = MJD, scale: Timescale = TAI) -> float:
        """Return the date as a real number.

        Parameters
        ----------
        system : `DateTime.DateSystem`, optional
            JD and MJD are in days, EPOCH in Julian years.
        scale : `DateTime.Timescale`, optional
            Time scale.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if this date is not valid.
        lsst.pex.exceptions.DomainError
            Raised if the scale is UTC and the date is before 1961.
        """
        days = self._valid_nsecs(scale) / NS_PER_DAY
        if system is self.MJD:
            return days + _MJD_OF_1970
        if system is self.JD:
            return days + _JD_OF_1970
        return 2000.0 + (days + _JD_OF_1970 - _JD_OF_2000) / 365.25

    def toString(self, scale: Timescale, /) -> str:
        """Return ISO 8601 text with nanoseconds, and with Z for UTC."""
        day, rest = divmod(self._valid_nsecs(scale), NS_PER_DAY)
        seconds, fraction = divmod(rest, NS_PER_SECOND)
        minutes, second = divmod(seconds, 60)
        hour, minute = divmod(minutes, 60)
        when = date.fromordinal(day + EPOCH_ORDINAL).isoformat()
        zone = "Z" if scale is self.UTC else ""
        return f"{when}T{hour:02d}:{minute:02d}:{second:02d}.{fraction:09d}{zone}"

    def toPython(self, timescale: Timescale | None = None) -> datetime:
        """Return a naive `datetime.datetime`, in TAI by default, rounded to microseconds."""
        # A double has a resolution of a quarter of a microsecond here, as in the stack.
        seconds = self._valid_nsecs(timescale or self.TAI) / NS_PER_SECOND
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)

    def toAstropy(self, timescale: Timescale | None = None) -> Time:
        """Return an `astropy.time.Time`, scale TAI, format MJD, exact to the nanosecond.

        Parameters
        ----------
        timescale : `DateTime.Timescale`, optional
            Accepted as in the stack; the result is in TAI in any case.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if this date is not valid.
        """
        # Astropy takes longer to import than all of this package, and only this method needs it.
        from astropy.time import Time

        day, rest = divmod(self._valid_nsecs(self.TAI), NS_PER_DAY)
        return Time(day + _MJD_OF_1970, rest / NS_PER_DAY, format="mjd", scale="tai")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DateTime):
            return NotImplemented
        return self._nsecs == other._nsecs

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, DateTime):
            return NotImplemented
        return self._nsecs < other._nsecs

    def __reduce__(self) -> tuple[Any, ...]:
        return DateTime, (self._nsecs, self.TAI)

    def __repr__(self) -> str:
        return f'DateTime("{self.toString(self.TAI)}", TAI)' if self.isValid() else "DateTime()"


def _to_tai(nsecs: int, scale: DateTime.Timescale) -> int:
    if nsecs == _INVALID or scale is DateTime.TAI:
        return nsecs
    return utc_to_tai(nsecs) if scale is DateTime.UTC else nsecs - _TT_MINUS_TAI


def _parse(scale: DateTime.Timescale = DateTime.TAI, **given: Any) -> int:
    """Return nanoseconds of TAI from the arguments of one of the forms of `DateTime`."""
    if "iso8601" in given:
        return _parse_iso(given["iso8601"], scale)
    if "date" in given:
        return _parse_real(float(given["date"]), given.get("system", DateTime.MJD), scale)
    if "year" in given:
        return _from_calendar([int(part) for part in given.values()], 0, scale)
    return _to_tai(int(given["nsecs"]), scale)


def _parse_real(value: float, system: DateTime.DateSystem, scale: DateTime.Timescale) -> int:
    if math.isnan(value) and scale is not DateTime.UTC:
        return DateTime.invalid_nsecs
    if not math.isfinite(value):
        raise DomainError(f"the date {value} is not finite.")
    if system is DateTime.EPOCH:
        value = (value - 2000.0) * 365.25 + _JD_OF_2000
    origin = _MJD_OF_1970 if system is DateTime.MJD else _JD_OF_1970
    return _to_tai(int((value - origin) * NS_PER_DAY), scale)


def _parse_iso(text: str, scale: DateTime.Timescale) -> int:
    match = _ISO.fullmatch(text)
    if match is None:
        raise DomainError(f"'{text}' is not an ISO 8601 date and time.")
    if (match["zone"] == "Z") != (scale is DateTime.UTC):
        raise DomainError(
            f"'{text}' must {'end' if scale is DateTime.UTC else 'not end'} in Z for {scale.name}."
        )
    parts = [int(match[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    return _from_calendar(parts, int((match["fraction"] or "").ljust(9, "0")[:9]), scale)


def _from_calendar(parts: list[int], fraction: int, scale: DateTime.Timescale) -> int:
    year, month, day, hour, minute, second = parts
    if year not in _YEARS:
        raise DomainError(f"the year {year} is not from {_YEARS[0]} to {_YEARS[-1]}.")
    # Months and days that are too large go on in what follows, as in the stack: 31 February is 2 or 3 March.
    years, months = divmod(month - 1, 12)
    days = date(year + years, months + 1, 1).toordinal() - EPOCH_ORDINAL + day - 1
    seconds = (hour * 60 + minute) * 60 + second
    # The stack adds the fraction in TAI, although the second of UTC was longer before 1972.
    return _to_tai(days * NS_PER_DAY + seconds * NS_PER_SECOND, scale) + fraction
