"""`DateTime`: scales, texts, leap seconds."""

from __future__ import annotations

import math
import pickle
import re
from datetime import datetime

import numpy as np
import pytest
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from lsst.daf.base import DateTime
from lsst.pex.exceptions import DomainError

# From 1902 on.
INSTANTS = st.integers(-2145916800 * 10**9, 2**61)


@given(INSTANTS)
def test_iso_text_round_trips(nsecs: int) -> None:
    date = DateTime(nsecs, DateTime.TAI)
    assert DateTime(date.toString(DateTime.TAI), DateTime.TAI) == date
    assert DateTime(date.nsecs(DateTime.TT), DateTime.TT) == date
    assert pickle.loads(pickle.dumps(date)) == date


@given(st.datetimes(datetime(1972, 1, 2), datetime(2024, 1, 1)))
def test_scales_agree_with_astropy(when: datetime) -> None:
    date = DateTime(when.isoformat(timespec="microseconds"), DateTime.TAI)
    time = Time(when, scale="tai")
    # `float64` days resolve 1e-6 s.
    assert date.get(DateTime.MJD, DateTime.TAI) == pytest.approx(time.mjd, abs=2e-11)
    assert date.get(DateTime.JD, DateTime.TT) == pytest.approx(time.tt.jd, abs=1e-9)
    assert date.get(DateTime.EPOCH, DateTime.TAI) == pytest.approx(time.jyear, abs=1e-11)
    utc = Time(time, precision=9).utc.isot
    if not utc[17:19] == "60":  # DateTime has no name for a leap second
        assert abs((Time(date.toString(DateTime.UTC)[:-1], scale="utc") - time).sec) < 1e-8


def test_known_instant() -> None:
    date = DateTime("2026-03-21T04:05:06.123456789", DateTime.TAI)
    assert date.nsecs() == 1774065906123456789
    assert date.get() == 61120.17020976223
    assert date.toString(DateTime.UTC) == "2026-03-21T04:04:29.123456789Z"
    assert date.toPython(DateTime.UTC) == datetime(2026, 3, 21, 4, 4, 29, 123457)
    assert date.toPython(DateTime.TAI) == datetime(2026, 3, 21, 4, 5, 6, 123457)
    time = date.toAstropy()
    assert (time.scale, time.format) == ("tai", "mjd")
    assert time.mjd == date.get(DateTime.MJD)
    assert Time(time, format="isot", precision=9).value == date.toString(DateTime.TAI)
    # One of the exceptions of the stack that builtin ones catch.
    for call in (
        DateTime().toAstropy,
        DateTime().get,
        DateTime().toPython,
        lambda: DateTime().toString(DateTime.TAI),
    ):
        with pytest.raises(RuntimeError, match="DateTime not valid"):
            call()
    assert DateTime(2026, 3, 21, 4, 5, 6, DateTime.TAI).nsecs() == 1774065906000000000
    assert DateTime("20260321T040506", DateTime.TAI).nsecs() == 1774065906000000000
    assert abs(DateTime(date.get(), DateTime.MJD).nsecs() - date.nsecs()) < 1000


@pytest.mark.parametrize(
    ("utc", "offset"),
    [("1972-01-01T00:00:00Z", 10), ("1998-12-31T23:59:59Z", 31), ("1999-01-01T00:00:00Z", 32),
     ("2016-12-31T23:59:59Z", 36), ("2017-01-01T00:00:00Z", 37)],
)  # fmt: skip
def test_leap_seconds(utc: str, offset: int) -> None:
    date = DateTime(utc, DateTime.UTC)
    assert date.nsecs(DateTime.TAI) - date.nsecs(DateTime.UTC) == offset * 10**9
    assert date.toString(DateTime.UTC) == utc[:-1] + ".000000000Z"


def test_invalid_dates() -> None:
    assert not DateTime().isValid()
    assert DateTime() == DateTime(-(2**63), DateTime.TAI)
    assert DateTime().nsecs() == -(2**63)
    assert DateTime.now().isValid()
    bad = [("2026-03-21", DateTime.TAI), ("2026-03-21T00:00:00", DateTime.UTC),
           ("2026-03-21T00:00:00Z", DateTime.TAI), ("2026-02-30", DateTime.UTC)]  # fmt: skip
    for text, scale in bad:
        with pytest.raises(DomainError):
            DateTime(text, scale)
    with pytest.raises(DomainError):
        DateTime(math.nan, DateTime.MJD, DateTime.UTC)


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("1960-01-01T23:59:59Z", DateTime.UTC),
        ("1960-12-31T23:59:59Z", DateTime.UTC),
        ("1901-12-31T23:59:59", DateTime.TAI),
        ("1901-12-31T23:59:59", DateTime.TT),
        ("2262-01-01T00:00:00", DateTime.TAI),
        ("1700-01-01T00:00:00", DateTime.TAI),
    ],
)
def test_dates_out_of_range(text: str, scale: DateTime.Timescale) -> None:
    with pytest.raises(DomainError):
        DateTime(text, scale)
    year, *others = (int(part) for part in re.findall(r"\d+", text))
    with pytest.raises(DomainError):
        DateTime(year, *others, scale)  # type: ignore[call-overload]


def test_first_and_last_dates() -> None:
    first = DateTime("1961-01-01T00:00:00Z", DateTime.UTC)
    assert first.nsecs() - first.nsecs(DateTime.UTC) == 1_422_818_000
    for scale in (DateTime.TAI, DateTime.TT):
        for text in ("1902-01-01T00:00:00.000000000", "2261-12-31T23:59:59.000000000"):
            assert DateTime(text, scale).toString(scale) == text
    before = DateTime("1960-01-01T00:00:00", DateTime.TAI)
    for call in (
        lambda: before.toString(DateTime.UTC),
        lambda: before.get(DateTime.MJD, DateTime.UTC),
        lambda: before.nsecs(DateTime.UTC),
        lambda: DateTime("1961-01-01T00:00:00", DateTime.TAI).nsecs(DateTime.UTC),
        lambda: DateTime(37299.0, DateTime.MJD, DateTime.UTC),
        lambda: DateTime(1960.5, DateTime.EPOCH, DateTime.UTC),
    ):
        with pytest.raises(DomainError):
            call()
    assert DateTime(37300.0, DateTime.MJD, DateTime.UTC) == first


@given(st.integers(0, 2**61))
def test_real_numbers_of_times(nsecs: int) -> None:
    """Every system and scale comes back, as precisely as days (or years) in float64 are."""
    date = DateTime(nsecs)
    for system, unit in ((DateTime.MJD, 86400), (DateTime.JD, 86400), (DateTime.EPOCH, 365.25 * 86400)):
        for scale in (DateTime.TAI, DateTime.TT, DateTime.UTC) if nsecs > 63072010 * 10**9 else ():
            value = date.get(system, scale)
            again = DateTime(value, system, scale)
            # The number itself and its distance from 1970 are rounded; a leap second repeats.
            ulp = 2 * np.spacing(max(value, 2451545.0 if system is DateTime.EPOCH else value)) * unit * 1e9
            leap = 1e9 if scale is DateTime.UTC else 0
            assert abs(again.nsecs() - nsecs) <= ulp + leap + 1
    assert date == DateTime(nsecs, DateTime.TAI) and date != nsecs


@pytest.mark.parametrize("when", ["1961-03-01T00:00:00", "1966-07-01T12:00:00", "1971-12-31T23:59:58"])
def test_utc_before_leap_seconds(when: str) -> None:
    date = DateTime(when + "Z", DateTime.UTC)
    # ERFA's offset has ten digits of a second, and drifts by 3e-8.
    assert abs(Time(when, scale="utc").tai.unix_tai * 1e9 - date.nsecs()) < 3e3
    assert abs(DateTime(date.nsecs(), DateTime.TAI).nsecs(DateTime.UTC) - date.nsecs(DateTime.UTC)) <= 1


@pytest.mark.parametrize(
    ("text", "tai", "utc"),
    [
        # Values of the real stack: the fraction of a second is one of TAI.
        ("1969-03-01T12:39:45.12345Z", -26392807668252450, "1969-03-01T12:39:45.123449996Z"),
        ("1961-07-31T23:59:59.5Z", -265679998802430015, "1961-07-31T23:59:59.499999992Z"),
        ("1965-06-01T01:02:03.123456789Z", -144716273040661366, "1965-06-01T01:02:03.123456787Z"),
        ("1968-02-01T00:00:00Z", -60479993814318000, "1968-02-01T00:00:00.000000000Z"),
        ("1971-12-31T23:59:59.999999999Z", 63072009892241969, "1971-12-31T23:59:59.999999969Z"),
    ],
)
def test_utc_before_leap_seconds_is_rounded_as_in_the_stack(text: str, tai: int, utc: str) -> None:
    date = DateTime(text, DateTime.UTC)
    assert (date.nsecs(), date.toString(DateTime.UTC)) == (tai, utc)


@pytest.mark.parametrize(
    ("tai", "utc"),
    [
        (-26308781112345678, -26308788323164028),
        (-200000000000000001, -200000002527848368),
        (63071999999999995, 63071990107758292),
        (63072009999999999, 63072000107757996),
    ],
)
def test_utc_of_tai_before_leap_seconds(tai: int, utc: int) -> None:
    """Values of the real stack, the last two in the tenth of a second that was left out before 1972."""
    assert DateTime(tai, DateTime.TAI).nsecs(DateTime.UTC) == utc


def test_times_have_an_order_and_no_hash() -> None:
    early, late = DateTime(5), DateTime(2026, 3, 21, 4, 5, 6, DateTime.UTC)
    assert sorted([late, DateTime(), early]) == [DateTime(), early, late]
    assert early < late >= late > DateTime() and max(late, early) is late
    assert DateTime.Timescale(5) is DateTime.TAI and DateTime.TAI == 5
    assert late.toAstropy(timescale=DateTime.UTC) == late.toAstropy()
    with pytest.raises(TypeError, match="unhashable"):
        hash(late)


def test_text_and_errors_of_times() -> None:
    date = DateTime("2026-03-21T04:05:06.5", DateTime.TAI)
    assert repr(date) == str(date) == 'DateTime("2026-03-21T04:05:06.500000000", TAI)'
    assert repr(DateTime()) == str(DateTime()) == "DateTime()"
    assert DateTime(nsecs=5, scale=DateTime.TAI) == DateTime(5)
    assert (
        DateTime(date=51544.5, system=DateTime.MJD, scale=DateTime.TT).get(DateTime.EPOCH, DateTime.TT)
        == 2000
    )
    for bad, error in (
        (lambda: DateTime(when=5), TypeError),
        (lambda: DateTime([5]), TypeError),
        (lambda: DateTime(iso8601="2026-03-21T04:05:06", scale=DateTime.TAI), TypeError),
        (lambda: DateTime(2026, 3, 21, 4, 5, 6), TypeError),
        (lambda: DateTime(2**63), DomainError),
        (lambda: DateTime(1e9), DomainError),
        (lambda: DateTime(math.inf), DomainError),
        (lambda: DateTime(2263, 1, 1, 0, 0, 0, DateTime.TAI), DomainError),
    ):
        with pytest.raises(error):
            bad()


# The values are those of the real stack.
def test_dates_that_go_over_the_end_of_a_month_or_year() -> None:
    assert (
        str(DateTime("2004-02-31T12:39:45", DateTime.TAI)) == 'DateTime("2004-03-02T12:39:45.000000000", TAI)'
    )
    assert (
        str(DateTime("2004-13-01T12:39:45", DateTime.TAI)) == 'DateTime("2005-01-01T12:39:45.000000000", TAI)'
    )
    assert (
        DateTime(2004, 13, 1, 12, 39, 45, DateTime.UTC).toString(DateTime.TAI)
        == "2005-01-01T12:40:17.000000000"
    )


def test_no_number_is_no_date() -> None:
    assert not DateTime(math.nan, DateTime.MJD).isValid()
    with pytest.raises(DomainError):
        DateTime(math.inf, DateTime.MJD)


def test_python_dates_are_in_tai_by_default() -> None:
    date = DateTime("2004-03-01T12:39:45.123456", DateTime.TAI)
    assert date.toPython().isoformat() == "2004-03-01T12:39:45.123456"
    assert date.toPython(DateTime.UTC).isoformat() == "2004-03-01T12:39:13.123456"
    late = DateTime("2020-01-02T03:04:05.9999999", DateTime.TAI)
    assert late.toPython() == datetime(2020, 1, 2, 3, 4, 6), "it is rounded, as by the stack"
    # There was no UTC at that time.
    assert DateTime("1960-01-01T00:00:00", DateTime.TAI).toPython().year == 1960
