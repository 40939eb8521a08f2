"""Damages the texts of WCSs and transforms at random and uses what is still accepted.

To be run in a process of its own, ``python -m stacklite_support.ast_fuzz SEED COUNT``: AST ends the process
when it meets what it does not expect. A line is printed before each text; the last line of a complete run
counts what happened.
"""

from __future__ import annotations

import faulthandler
import random
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import starlink.Ast as Ast

import lsst.geom
import lsst.pex.exceptions as pex_exceptions
from lsst.afw.cameraGeom import Camera
from lsst.afw.geom import SkyWcs, TransformPoint2ToPoint2
from lsst_stacklite._ast import dump_object, make_series_map, parse_object
from stacklite_support.golden import own_file

WCS_FILES = (
    "wcs_distorted.fits.gz",
    "wcs_header_sip_inverse.fits.gz",
    "wcs_header_tan_fk4_1950.fits.gz",
    "wcs_header_tpv.fits.gz",
    "wcs_header_zpn.fits.gz",
    "wcs_sip_3_weak.fits.gz",
    "wcs_tan_150.fits.gz",
)
EXTREME = (
    "0", "-0", "1", "-1", "2", "3", "7", "21", "1001", "2000000000", "-2147483648", "4294967296", "1e29",
    "-1e29", "1e-29", "1e300", "-1.7976931348623157e308", "1e-320", "1e999", "nan", "inf", "<bad>", "0x10",
    "x", '"x"',
)  # fmt: skip
CLASSES = (
    "Axis", "ChebyMap", "CmpFrame", "CmpMap", "Frame", "FrameSet", "KeyMap", "LutMap", "MathMap", "Mapping",
    "MatrixMap", "Object", "PcdMap", "PermMap", "PolyMap", "ShiftMap", "SkyAxis", "SkyFrame", "SlaMap",
    "SphMap", "TranMap", "UnitMap", "UnitNormMap", "WcsMap", "WinMap", "ZoomMap",
)  # fmt: skip
CHOICES = (
    "Full", "Diagonal", "Unit", "TPN", "BON", "COP", "HPX", "CSC", "NCP", "ECLEQ", "HPCEQ", "Pole", "FK4"
)  # fmt: skip
POINTS = np.array([[0.0, 1000.0, -5000.0, 1e6, np.nan, 1e300], [0.4, 20.0, 4000.0, -1e6, 1.0, 1e300]])
SECONDS_PER_TEXT = 5


def mappings_not_in_files() -> list[Any]:
    """Return two-dimensional mappings of classes that are accepted but in none of the golden files."""
    powers = np.array([[1.0, 1.0, 2.0, 1.0], [0.5, 2.0, 0.0, 2.0]])
    cheby = Ast.ChebyMap(powers, [-1, -2], [3, 4], powers, [-1, -1], [1, 1])
    pair = Ast.TranMap(Ast.ShiftMap([1.0, 2.0]), Ast.ZoomMap(2, 3.0))
    three_axes = Ast.MatrixMap([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    return [
        make_series_map(make_series_map(cheby, Ast.PcdMap(0.1, [0.2, 0.3])), pair),
        cheby,
        Ast.PermMap([2, -1], [2, 1], [5.0]),
        make_series_map(three_axes, Ast.PermMap([1, -1, 3], [1, 3], [1.0])),
        Ast.CmpMap(Ast.WinMap([0.0], [1.0], [2.0], [5.0]), Ast.UnitMap(1), False),
    ]


def base_texts() -> list[str]:
    """Return undamaged texts."""
    wcss = [SkyWcs.readFits(own_file(name)).writeString().split(" ", 3)[3] for name in WCS_FILES]
    connections = Camera.readFits(own_file("camera.fits")).getTransformMap()
    transforms = {c.transform.getMapping().show(False) for c in connections.getConnections()}
    return [*wcss, *sorted(transforms), *(dump_object(mapping) for mapping in mappings_not_in_files())]


# -- kinds of damage


def change_bytes(text: str, rng: random.Random) -> str:
    letters = list(text)
    for _ in range(rng.choice([1, 1, 2, 5])):
        new = rng.choice([rng.randrange(256), rng.randrange(32, 127), 10])
        letters[rng.randrange(len(letters))] = chr(new)
    return "".join(letters)


def change_digits(text: str, rng: random.Random) -> str:
    places = [match.start() for match in re.finditer(r"\d", text)]
    for place in rng.choices(places, k=rng.choice([1, 1, 2, 4])):
        text = text[:place] + rng.choice("0123456789-.e") + text[place + 1 :]
    return text


def truncate(text: str, rng: random.Random) -> str:
    return text[: rng.randrange(len(text))]


def drop_lines(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    for _ in range(rng.choice([1, 1, 2])):
        del lines[rng.randrange(len(lines))]
    return "\n".join(lines)


def repeat_line(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    return "\n".join(lines)


def swap_lines(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    i = rng.randrange(len(lines) - 1)
    j = rng.choice([i + 1, rng.randrange(len(lines))])
    lines[i], lines[j] = lines[j], lines[i]
    return "\n".join(lines)


def _replaced(text: str, pattern: str, rng: random.Random, make: Callable[[str], str]) -> str:
    """Replace the first group of one of the matches."""
    match = rng.choice(list(re.finditer(pattern, text)))
    return text[: match.start(1)] + make(match[1]) + text[match.end(1) :]


def extreme_number(text: str, rng: random.Random) -> str:
    for _ in range(rng.choice([1, 1, 3])):
        text = _replaced(text, r"= ([-+.\w\"]+)\n", rng, lambda _: rng.choice(EXTREME))
    return text


def near_number(text: str, rng: random.Random) -> str:
    def moved(number: str) -> str:
        if rng.random() < 0.5:
            return repr(float(number) * 10 ** rng.uniform(-30, 30))
        return str(round(float(number)) + rng.choice([-2, -1, 1, 2]))

    for _ in range(rng.choice([1, 1, 3])):
        text = _replaced(text, r"= (-?\d[-+.\de]*)\n", rng, moved)
    return text


def exchange_class(text: str, rng: random.Random) -> str:
    old = rng.choice(re.findall(r"Begin (\w+)", text))
    new = rng.choice(CLASSES)
    return text.replace(f" {old}\n", f" {new}\n", rng.choice([1, 2, -1]))


def exchange_name(text: str, rng: random.Random) -> str:
    new = rng.choice(re.findall(r"(\w+) =", text))
    return _replaced(text, r"(\w+) =", rng, lambda _: new)


def exchange_choice(text: str, rng: random.Random) -> str:
    return re.sub(r'= "[^"]*"', lambda m: f'= "{rng.choice(CHOICES)}"' if rng.random() < 0.5 else m[0], text)


DAMAGES = (
    change_bytes, change_digits, truncate, drop_lines, repeat_line, swap_lines, extreme_number, near_number,
    exchange_class, exchange_name, exchange_choice,
)  # fmt: skip


# -- use of what was accepted


def use_wcs(text: str) -> None:
    """Evaluate a WCS in all ways that a visit summary does."""
    wcs = SkyWcs.readString(f"1 SkyWcs 0 {text}")
    ra, dec = wcs.pixelToSkyArray(*POINTS)
    wcs.skyToPixelArray(ra, dec)
    wcs.skyToPixelArray(*POINTS)
    wcs.getPixelScale()
    wcs.linearizePixelToSky(lsst.geom.Point2D(1, 2), lsst.geom.degrees)
    if wcs.isFits or wcs.hasFitsApproximation():
        wcs.getFitsMetadata()
    SkyWcs.readString(wcs.writeString())


def use_transform(text: str) -> None:
    """Apply a transform and those that are made of it."""
    transform = TransformPoint2ToPoint2.readString(f"1 TransformPoint2ToPoint2 {text}")
    for candidate in (transform, transform.then(transform), transform.inverted()):
        if candidate.hasForward:
            candidate._apply_array(POINTS)
            candidate.getJacobian(lsst.geom.Point2D(3, 4))
        if candidate.hasInverse:
            candidate._apply_array(POINTS, False)


def outcome(text: str) -> str:
    """Return what happens to a text: refused, unusable or used."""
    try:
        is_frame_set = parse_object(text).isaframeset()
    except pex_exceptions.TypeError:
        return "refused"
    try:
        (use_wcs if is_frame_set else use_transform)(text)
    except pex_exceptions.Exception:
        return "unusable"
    return "used"


def main(seed: int, count: int) -> None:
    warnings.simplefilter("ignore", RuntimeWarning)
    texts, rng, counts = base_texts(), random.Random(seed), Counter[str]()
    assert all(outcome(text) != "refused" for text in texts)
    for i in range(count):
        damage = rng.choice(DAMAGES)
        text = damage(rng.choice(texts), rng)
        print(f"text {i}: {damage.__name__}", flush=True)
        faulthandler.dump_traceback_later(SECONDS_PER_TEXT, exit=True)
        counts[outcome(text)] += 1
        faulthandler.cancel_dump_traceback_later()
    print(dict(counts))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
