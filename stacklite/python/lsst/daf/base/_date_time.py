"""Times as integer nanoseconds of TAI."""

from __future__ import annotations

__all__ = ["DateTime"]

import math
import re
import time
from datetime import UTC, date, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from lsst.pex.exceptions import DomainError

from ._leap_seconds import EPOCH_ORDINAL, NS_PER_DAY, NS_PER_SECOND, tai_to_utc, utc_to_tai

if TYPE_CHECKING:
    from astropy.time import Time

_INVALID = -(2**63)
_TT_MINUS_TAI = 32_184_000_000
_MJD_OF_1970 = 40587.0
_JD_OF_1970 = 2440587.5
_JD_OF_2000 = 2451545.0
_ISO = re.compile(
    r"(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)"
    r"T(?P<hour>\d\d):?(?P<minute>\d\d)(:?(?P<second>\d\d)([.,](?P<fraction>\d*))?)?(?P<zone>Z?)"
)


class DateTime:
    """An instant, exact to the nanosecond.

    ``DateTime()`` (invalid), ``DateTime(nsecs, scale=TAI)``,
    ``DateTime(date, system=MJD, scale=TAI)``, ``DateTime(iso, scale)``,
    ``DateTime(year, month, day, hour, minute, second, scale)``.

    Parameters
    ----------
    nsecs : `int`
        Nanoseconds since 1970-01-01T00:00:00 of the scale.
    date : `float`
        Date in the system; it holds about a microsecond only.
    iso : `str`
        ISO 8601 text. UTC must end in Z, other scales must not.
    system : `DateTime.DateSystem`
        What a `float` means: JD, MJD or EPOCH (Julian years).
    scale : `DateTime.Timescale`
        Time scale of the input.

    Raises
    ------
    lsst.pex.exceptions.DomainError
        Raised if text is not a date, or a date cannot be represented.
    """

    class DateSystem(Enum):
        """What a real number means."""

        JD = 0
        MJD = 1
        EPOCH = 2

    class Timescale(Enum):
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        names = ("nsecs", "date", "iso8601", "system", "scale")
        if unknown := set(kwargs).difference(names):
            raise TypeError(f"DateTime does not take the arguments {sorted(unknown)}")
        values = [*args, *(kwargs[name] for name in names if name in kwargs)]
        self._nsecs: int = _parse(values) if values else _INVALID
        if not _INVALID <= self._nsecs < 2**63:
            raise DomainError(f"the date {values} is too far from 1970")

    @staticmethod
    def now() -> DateTime:
        """Return the current time."""
        return DateTime(time.time_ns(), DateTime.UTC)

    def isValid(self) -> bool:
        """Return whether this is an instant at all."""
        return self._nsecs != _INVALID

    def nsecs(self, scale: Timescale = TAI) -> int:
        """Return nanoseconds since 1970 of a scale; -2^63 when invalid."""
        if not self.isValid() or scale is self.TAI:
            return self._nsecs
        return tai_to_utc(self._nsecs) if scale is self.UTC else self._nsecs + _TT_MINUS_TAI

    def _valid_nsecs(self, scale: Timescale) -> int:
        if not self.isValid():
            raise DomainError("the date is not valid")
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
        lsst.pex.exceptions.DomainError
            Raised if this date is not valid.
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
        """Return a naive `datetime.datetime`, in UTC by default, cut to microseconds."""
        nsecs = self._valid_nsecs(timescale or self.UTC)
        seconds, fraction = divmod(nsecs, NS_PER_SECOND)
        when = datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
        return when.replace(microsecond=fraction // 1000)

    def toAstropy(self) -> Time:
        """Return an `astropy.time.Time`, scale TAI, format MJD, exact to the nanosecond.

        Raises
        ------
        lsst.pex.exceptions.DomainError
            Raised if this date is not valid.
        """
        from astropy.time import Time

        day, rest = divmod(self._valid_nsecs(self.TAI), NS_PER_DAY)
        return Time(day + _MJD_OF_1970, rest / NS_PER_DAY, format="mjd", scale="tai")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, DateTime):
            return NotImplemented
        return self._nsecs == other._nsecs

    def __hash__(self) -> int:
        return hash(self._nsecs)

    def __reduce__(self) -> tuple[Any, ...]:
        return DateTime, (self._nsecs, self.TAI)

    def __str__(self) -> str:
        return self.toString(self.UTC) if self.isValid() else "<invalid>"

    def __repr__(self) -> str:
        return f'DateTime("{self.toString(self.TAI)}", DateTime.TAI)' if self.isValid() else "DateTime()"


def _to_tai(nsecs: int, scale: DateTime.Timescale) -> int:
    if nsecs == _INVALID or scale is DateTime.TAI:
        return nsecs
    return utc_to_tai(nsecs) if scale is DateTime.UTC else nsecs - _TT_MINUS_TAI


def _parse(values: list[Any]) -> int:
    first, *rest = values
    if isinstance(first, str):
        return _parse_iso(first, *rest)
    if isinstance(first, float):
        return _parse_real(first, *rest)
    if len(values) >= 6:
        return _from_calendar([int(v) for v in values[:6]], 0, *values[6:])
    if not hasattr(first, "__index__"):
        raise TypeError(f"cannot make a DateTime from {type(first).__name__}")
    return _to_tai(int(first), rest[0] if rest else DateTime.TAI)


def _parse_real(
    value: float, system: DateTime.DateSystem = DateTime.MJD, scale: DateTime.Timescale = DateTime.TAI
) -> int:
    if not math.isfinite(value):
        raise DomainError(f"the date {value} is not finite")
    if system is DateTime.EPOCH:
        value = (value - 2000.0) * 365.25 + _JD_OF_2000
    origin = _MJD_OF_1970 if system is DateTime.MJD else _JD_OF_1970
    return _to_tai(int((value - origin) * NS_PER_DAY), scale)


def _parse_iso(text: str, scale: DateTime.Timescale) -> int:
    match = _ISO.fullmatch(text)
    if match is None:
        raise DomainError(f"'{text}' is not an ISO 8601 date and time")
    if (match["zone"] == "Z") != (scale is DateTime.UTC):
        raise DomainError(
            f"'{text}' must {'end' if scale is DateTime.UTC else 'not end'} in Z for {scale.name}"
        )
    parts = [int(match[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    return _from_calendar(parts, int((match["fraction"] or "").ljust(9, "0")[:9]), scale)


def _from_calendar(parts: list[int], fraction: int, scale: DateTime.Timescale = DateTime.TAI) -> int:
    year, month, day, hour, minute, second = parts
    try:
        days = date(year, month, day).toordinal() - EPOCH_ORDINAL
    except ValueError as err:
        raise DomainError(f"{year}-{month}-{day} is not a date: {err}") from None
    seconds = (hour * 60 + minute) * 60 + second
    return _to_tai(days * NS_PER_DAY + seconds * NS_PER_SECOND + fraction, scale)
