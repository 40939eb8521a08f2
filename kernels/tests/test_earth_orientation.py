"""Orientation of the Earth, against astropy's reading of the same files and tables made by hand."""

from __future__ import annotations

import math
from pathlib import Path

import erfa
import numpy as np
import pytest

from earth_tables import C04, FINALS, NOTHING, c04_line, finals_line, oracle
from visit_kernels.earth_orientation import EarthOrientation, read_earth_orientation

ARCSECOND = math.radians(1 / 3600)
MEAN_POLE = (0.035 * ARCSECOND, 0.29 * ARCSECOND)


def values_of(orientation: EarthOrientation) -> list[float]:
    """Return UT1 - UTC in seconds, then both coordinates of the pole in arcseconds."""
    x, y = (float(pole) / ARCSECOND for pole in (orientation.x_pole, orientation.y_pole))
    return [float(orientation.ut1_minus_utc), x, y]


def dates_of_all_kinds() -> np.ndarray:
    """Return dates in the whole table and outside, at its ends, at leap seconds and where sources change."""
    table = oracle(with_c04=True)
    days = table["MJD"].value
    leap_days = [erfa.cal2jd(row["year"], row["month"], 1)[1] for row in erfa.leap_seconds.get()]
    changes = days[np.flatnonzero(np.diff(table.ut1_utc_source(np.arange(len(days)))))]
    assert len(leap_days) > 30 and len(changes) == 2
    special = np.concatenate([leap_days, changes, changes + 1, days[:2], days[-2:], [30000.0, 70000.0]])
    offsets = np.array([-1.0, -0.5, -1e-9, 0.0, 1e-9, 0.5, 1.0])
    everywhere = np.random.default_rng(1).uniform(days[0], days[-1], 500)
    return np.concatenate([everywhere, np.add.outer(special, offsets).ravel()])


@pytest.mark.parametrize("with_c04", [True, False])
def test_the_values_are_those_of_astropy(with_c04: bool) -> None:
    table = oracle(with_c04)
    mjd = dates_of_all_kinds()
    found = read_earth_orientation(FINALS, mjd, C04 if with_c04 else None)
    ut1_minus_utc, status = table.ut1_utc(2400000.5, mjd, return_status=True)
    x_pole, y_pole, _ = table.pm_xy(2400000.5, mjd, return_status=True)
    inside = status >= 0
    assert set(status) == {-2, -1, 0, 1, 2}
    # An MJD in double precision is exact to a microsecond, in which UT1 moves by 1e-14 s.
    np.testing.assert_allclose(found.ut1_minus_utc[inside], ut1_minus_utc.to_value("s")[inside], atol=1e-12)
    np.testing.assert_allclose(found.x_pole[inside], x_pole.to_value("rad")[inside], atol=1e-18)
    np.testing.assert_allclose(found.y_pole[inside], y_pole.to_value("rad")[inside], atol=1e-18)
    assert set(found.ut1_minus_utc[~inside]) == {0.0}
    np.testing.assert_allclose(found.x_pole[~inside], MEAN_POLE[0], rtol=1e-15)
    np.testing.assert_allclose(found.y_pole[~inside], MEAN_POLE[1], rtol=1e-15)


@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0,), (2, 0)])
def test_values_have_the_shape_of_the_dates(shape: tuple[int, ...]) -> None:
    mjd = np.full(shape, 60000.25)
    found = read_earth_orientation(str(FINALS), mjd)
    expected = values_of(read_earth_orientation(FINALS, 60000.25))
    for array, value in zip((found.ut1_minus_utc, found.x_pole, found.y_pole), expected, strict=True):
        assert array.shape == shape
        assert not array.size or np.ptp(array) == 0
        assert value != 0
    assert found.ut1_minus_utc.size == 0 or found.ut1_minus_utc.ravel()[0] == expected[0]


def test_dates_that_are_not_finite_are_not_in_the_table() -> None:
    found = read_earth_orientation(FINALS, [math.nan, math.inf, -math.inf, 60000.0, 1e300])
    assert (found.ut1_minus_utc == 0).tolist() == [True, True, True, False, True]
    assert (found.x_pole == MEAN_POLE[0]).tolist() == [True, True, True, False, True]


def test_values_between_days_are_interpolated(tmp_path: Path) -> None:
    table = tmp_path / "finals"
    table.write_text(
        finals_line(50000, (0.5, 0.1, -0.2)) + finals_line(50001, (0.3, 0.2, -0.4)) + finals_line(50002)
    )
    assert values_of(read_earth_orientation(table, 50000.0)) == pytest.approx([0.5, 0.1, -0.2])
    assert values_of(read_earth_orientation(table, 50000.25)) == pytest.approx([0.45, 0.125, -0.25])
    for outside in (49999.9, 50001.0, 50001.5, 50002.0, 50003.0):
        assert values_of(read_earth_orientation(table, outside)) == pytest.approx([0.0, 0.035, 0.29])


def test_the_jump_of_a_leap_second_is_at_the_end_of_its_day(tmp_path: Path) -> None:
    table = tmp_path / "finals"
    days = [(-0.4, 0.0, 0.0), (0.59, 0.0, 0.0), (0.58, 0.0, 0.0)]
    table.write_text("".join(finals_line(50000 + i, day) for i, day in enumerate(days)))
    found = read_earth_orientation(table, [50000.0, 50000.5, 50000.9999, 50001.0, 50001.5])
    np.testing.assert_allclose(found.ut1_minus_utc, [-0.4, -0.405, -0.409999, 0.59, 0.585], atol=1e-12)


def test_final_values_are_preferred(tmp_path: Path) -> None:
    """Each of UT1 - UTC and the pole of its own; the pole has two coordinates or none."""
    table, c04 = tmp_path / "finals", tmp_path / "c04"
    nan, a, b, c = math.nan, (0.1, 0.2, 0.3), (0.4, 0.5, 0.6), (0.7, 0.8, 0.9)
    for final, expected, expected_with_c04 in (
        (b, b, c),
        (NOTHING, a, a),
        ((nan, *b[1:]), (a[0], *b[1:]), (a[0], *b[1:])),
        ((b[0], nan, nan), (b[0], *a[1:]), c),
        ((b[0], b[1], nan), (b[0], *a[1:]), c),
    ):
        table.write_text(finals_line(50000, a, final) + finals_line(50001, a, final))
        c04.write_text("# comment\n# one that is longer\n" + c04_line(50000, c) + c04_line(50001, c))
        assert values_of(read_earth_orientation(table, 50000.5)) == pytest.approx(expected)
        assert values_of(read_earth_orientation(table, 50000.5, c04)) == pytest.approx(expected_with_c04)
    c04.write_text(c04_line(40000, c))
    assert values_of(read_earth_orientation(table, 50000.5, c04)) == pytest.approx((b[0], *a[1:]))


def test_other_lines_are_not_read(tmp_path: Path) -> None:
    lines = FINALS.read_bytes().splitlines(keepends=True)
    number = 60000 - 41684
    nonsense = [b"?" * (len(line) - 1) + b"\n" for line in lines]
    table = tmp_path / "finals"
    table.write_bytes(
        b"".join([lines[0], *nonsense[1:number], *lines[number : number + 2], *nonsense[number + 2 :]])
    )
    assert values_of(read_earth_orientation(table, 60000.7)) == values_of(
        read_earth_orientation(FINALS, 60000.7)
    )
    with pytest.raises(ValueError, match="finals is no daily table of the IERS: .* is no number"):
        read_earth_orientation(table, 60001.7)


def test_a_last_line_without_an_end_is_a_line(tmp_path: Path) -> None:
    table = tmp_path / "finals"
    text = finals_line(50000, (0.5, 0.1, -0.2), (0.5, 0.1, -0.2)) + finals_line(50001, (0.3, 0.2, -0.4))
    table.write_text(text.rstrip())
    assert values_of(read_earth_orientation(table, 50000.5)) == pytest.approx([0.4, 0.15, -0.3])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the first line has no date"),
        ("# only a comment\n", "the first line has no date"),
        ("short\n", "the first line has no date"),
        ("once upon a time\n" * 20, "is no number"),
        (finals_line(50000) + finals_line(50002), "line 2 of the days is not that of MJD 50001"),
        (finals_line(50000) + finals_line(50000), "line 2 of the days is not that of MJD 50001"),
        (finals_line(50000) + "\n" + finals_line(50001), "is no number"),
        (finals_line(49999)[:-3] + "\n" + finals_line(50000) + finals_line(50001), "is no number"),
        (finals_line(49999.5) + finals_line(50000.5), "line 1 .* 50000"),
        (finals_line(50000) + finals_line(50001).replace("50001.00", "5000x.00"), "5000x.00' is no number"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str, message: str) -> None:
    table = tmp_path / "finals"
    table.write_text(text)
    with pytest.raises(ValueError, match=f"finals is no daily table of the IERS: .*({message})"):
        read_earth_orientation(table, 50000.5)
    with pytest.raises(OSError, match="absent"):
        read_earth_orientation(tmp_path / "absent", 50000.5)
