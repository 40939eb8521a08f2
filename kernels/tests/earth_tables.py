"""Tables of the IERS made for tests, and those that are installed with astropy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from astropy.utils import iers

FINALS, C04 = Path(iers.IERS_A_FILE), Path(iers.IERS_B_FILE)

Values = Sequence[float]
"""UT1 - UTC in seconds, then both coordinates of the pole in arcseconds."""

NOTHING = (math.nan, math.nan, math.nan)


@cache
def oracle(with_c04: bool) -> iers.IERS_A:
    """Read the installed tables with astropy; the result does not look for newer ones."""
    return iers.IERS_A((iers.IERS_Auto if with_c04 else iers.IERS_A).read(iers.IERS_A_FILE))


def _field(text: str, value: float) -> str:
    """Format a number, NaN as a blank field."""
    return " " * len(f"{0:{text}}") if math.isnan(value) else f"{value:{text}}"


def finals_line(day: float, a: Values = NOTHING, b: Values = NOTHING) -> str:
    """Write the line of a day with the values of Bulletin A and of Bulletin B."""
    line = f"{'':7}{day:8.2f} I {_field('9.6f', a[1])} 0.000010 {_field('9.6f', a[2])} 0.000010"
    line = f"{line:57}I{_field('10.7f', a[0])} 0.0000100"
    return f"{line:134}{_field('10.6f', b[1])}{_field('10.6f', b[2])}{_field('11.7f', b[0])}{'':22}\n"


def c04_line(day: float, values: Values) -> str:
    """Write the line of a day in the series C04."""
    return f"1990   1   1   0{day:10.2f}{values[1]:12.6f}{values[2]:12.6f}{values[0]:12.7f}{'':20}\n"
