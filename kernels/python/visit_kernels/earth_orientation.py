"""Orientation of the Earth on some dates, read from tables of the IERS without reading all of them."""

from __future__ import annotations

__all__ = ["EarthOrientation", "read_earth_orientation"]

import contextlib
import math
import os
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

_ARCSECOND = math.radians(1 / 3600)
"""An arcsecond in radians."""

_DAY = slice(7, 15)
"""Columns of the Modified Julian Date in a line of finals2000A."""

_BULLETIN_A = (slice(58, 68), slice(18, 27), slice(37, 46))
"""Columns of UT1 - UTC and both coordinates of the pole there: quick values, and predictions."""

_BULLETIN_B = (slice(154, 165), slice(134, 144), slice(144, 154))
"""The same for final values."""

_C04_DAY = slice(16, 26)
"""Columns of the Modified Julian Date in a line of the series C04."""

_C04 = (slice(50, 62), slice(26, 38), slice(38, 50))
"""Columns of UT1 - UTC and both coordinates of the pole there."""

_UNKNOWN = np.array([0.0, 0.035 * _ARCSECOND, 0.29 * _ARCSECOND])
"""Values where the tables have none: UT1 = UTC in seconds, and the mean position of the pole in radians;
astropy assumes the same."""


@dataclass(frozen=True, eq=False)
class EarthOrientation:
    """Rotation of the Earth and position of its pole, as zenith distances need them.

    Attributes
    ----------
    ut1_minus_utc : `numpy.ndarray` of float64
        UT1 - UTC in seconds.
    x_pole, y_pole : `numpy.ndarray` of float64
        Coordinates of the celestial intermediate pole in the terrestrial system, in
        radians; of the same shape.
    """

    ut1_minus_utc: FloatArray
    x_pole: FloatArray
    y_pole: FloatArray


def read_earth_orientation(
    path: str | os.PathLike[str], mjd_utc: ArrayLike, c04_path: str | os.PathLike[str] | None = None
) -> EarthOrientation:
    """Read the orientation of the Earth on some dates.

    Parameters
    ----------
    path : path-like
        File ``finals2000A.all`` of the IERS, or another one of this format, which its
        ``readme.finals2000A`` describes. One is installed with astropy:
        `astropy.utils.iers.IERS_A_FILE`.
    mjd_utc : array_like
        Modified Julian dates (UTC).
    c04_path : path-like, optional
        File ``eopc04.1962-now`` of the IERS (`astropy.utils.iers.IERS_B_FILE`). Its
        values replace those of Bulletin B in the other file, as astropy does: they
        differ by 2e-6 degrees of rotation since 1993, and by 2e-5 before.

    Returns
    -------
    orientation : `EarthOrientation`
        Values of the shape of ``mjd_utc``, interpolated linearly between the days. For
        dates before the first or from the last day in ``path`` on, and for those that
        are not finite, UT1 = UTC and the mean position of the pole: an error of up to
        4e-3 degrees.

    Raises
    ------
    OSError
        Raised if a file cannot be read.
    ValueError
        Raised if a file is not in its format.

    Notes
    -----
    The values are those of `astropy.utils.iers.IERS_A` from the same file, and with
    ``c04_path`` those of `astropy.utils.iers.IERS_Auto`: of Bulletin B where they are
    known, else of Bulletin A; at the end of a day with a leap second, UT1 - UTC is
    interpolated without its jump. astropy takes 0.3 to 1.8 s to read the tables; here
    two lines of each are read for a date.
    """
    mjd = np.asarray(mjd_utc, dtype=float)
    # No table has the year 1858.
    date = np.where(np.isfinite(mjd), mjd, 0.0)
    day = np.floor(date)
    days = sorted({*day.ravel().tolist(), *(day + 1).ravel().tolist()})
    values = np.array(_read_days(path, c04_path, days)).reshape(-1, 3)
    start, end = values[np.searchsorted(days, day)], values[np.searchsorted(days, day + 1)]
    change = end - start
    change[..., 0] -= np.round(change[..., 0])
    found = start + (date - day)[..., np.newaxis] * change
    # What is not known of one day is not known in between.
    known = ~np.isnan(found).any(axis=-1, keepdims=True)
    ut1_minus_utc, x_pole, y_pole = np.moveaxis(np.where(known, found, _UNKNOWN), -1, 0)
    return EarthOrientation(ut1_minus_utc, x_pole, y_pole)


def _read_days(
    path: str | os.PathLike[str], c04_path: str | os.PathLike[str] | None, days: list[float]
) -> list[list[float]]:
    """Return UT1 - UTC in seconds and both coordinates of the pole in radians; NaN if not known."""
    with contextlib.ExitStack() as files:
        finals = _DailyTable(files.enter_context(open(path, "rb")), _DAY)
        c04 = None if c04_path is None else _DailyTable(files.enter_context(open(c04_path, "rb")), _C04_DAY)
        return [_read_day(finals, c04, day) for day in days]


def _read_day(finals: _DailyTable, c04: _DailyTable | None, day: float) -> list[float]:
    """Return the values of a day, UT1 - UTC and the pole each from the best source."""
    quick, final = finals.numbers(day, _BULLETIN_A), finals.numbers(day, _BULLETIN_B)
    sources = [final, quick]
    if c04 is not None and not math.isnan(final[0]):
        sources = [c04.numbers(day, _C04), *sources]
    ut1_minus_utc = next((s[0] for s in sources if not math.isnan(s[0])), math.nan)
    x, y = next((s[1:] for s in sources if not any(map(math.isnan, s[1:]))), (math.nan, math.nan))
    return [ut1_minus_utc, _ARCSECOND * x, _ARCSECOND * y]


class _DailyTable:
    """An open file of one line for each day, all of one length, of which single ones are read.

    Parameters
    ----------
    file : binary file
        The table, at its beginning. Lines that begin with # may come first.
    day_field : `slice`
        Where a line has its Modified Julian Date.

    Raises
    ------
    ValueError
        Raised if the first line is not that of a day.
    """

    def __init__(self, file: BinaryIO, day_field: slice) -> None:
        self._file, self._day_field = file, day_field
        self._start = 0
        while (line := file.readline()).startswith(b"#"):
            self._start = file.tell()
        self._line_length = len(line)
        self._first_day = self._number(line[day_field])
        if math.isnan(self._first_day):
            raise self._error("the first line has no date")
        self._n_days = (file.seek(0, os.SEEK_END) - self._start) / self._line_length

    def numbers(self, day: float, fields: tuple[slice, ...]) -> list[float]:
        """Return the values of some fields on a day; NaN if a field is blank or the day is not there."""
        number = int(day - self._first_day)
        if not 0 <= number < self._n_days:
            return [math.nan] * len(fields)
        self._file.seek(self._start + number * self._line_length)
        line = self._file.read(self._line_length)
        if self._number(line[self._day_field]) != day:
            raise self._error(f"line {number + 1} of the days is not that of MJD {day:.0f}")
        return [self._number(line[field]) for field in fields]

    def _number(self, text: bytes) -> float:
        """Return the number in a field, NaN if it is blank."""
        try:
            return float(text) if text.strip() else math.nan
        except ValueError:
            raise self._error(f"{text!r} is no number") from None

    def _error(self, reason: str) -> ValueError:
        return ValueError(f"{self._file.name} is no daily table of the IERS: {reason}.")
