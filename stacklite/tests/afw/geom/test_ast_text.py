"""Texts of AST objects: undamaged ones are read unchanged, damaged ones are refused before AST sees them."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.geom import Point2D, SpherePoint, arcseconds, degrees
from lsst_stacklite import _ast_rules
from lsst_stacklite._ast import applied, decoded, dump_object, parse_object
from lsst_stacklite._ast_dump import read_dump
from stacklite_support.ast_fuzz import base_texts
from stacklite_support.paths import TESTS

UNIT = " Begin UnitMap\n    Nin = 2\n IsA Mapping\n End UnitMap\n"
MATRIX = """ Begin MatrixMap
    Nin = 2
 IsA Mapping
    M0 = 2
    M1 = 1
    M2 = 0
    M3 = 4
    IM0 = 0.5
    IM1 = -0.125
    IM2 = 0
    IM3 = 0.25
    Form = "Full"
 End MatrixMap
"""
POLY = """ Begin PolyMap
    Nin = 1
 IsA Mapping
    MPF1 = 2
    NCF1 = 2
    CF1 = 1.5
    CF2 = 3
    PF2 = 2
 End PolyMap
"""
PERM = " Begin PermMap\n Nin = 2\n IsA Mapping\n Out1 = 2\n Out2 = 1\n In1 = 2\n In2 = 1\n End PermMap\n"
SLA = ' Begin SlaMap\n Nin = 2\n IsA Mapping\n Nsla = 1\n Sla1 = "FK45Z"\n Sla1a = 1950\n End SlaMap\n'


def series(first: str, second: str, n: int = 2, items: str = "") -> str:
    """Return the text of a series of two mappings."""
    return f" Begin CmpMap\n Nin = {n}\n IsA Mapping\n{items} MapA =\n{first} MapB =\n{second} End CmpMap\n"


def wcs_text() -> str:
    """Return the text of the frame set of a TAN WCS, without an approximation."""
    cd_matrix = makeCdMatrix(0.2 * arcseconds, 30 * degrees)
    wcs = makeSkyWcs(crpix=Point2D(20, 15), crval=SpherePoint(150, 2, degrees), cdMatrix=cd_matrix)
    return wcs.writeString().split(" ", 3)[3]


def test_undamaged_texts_are_read_unchanged() -> None:
    texts = base_texts()
    assert len(texts) > 15
    for text in texts:
        # pyast does not write the default.
        assert dump_object(parse_object(text)) == re.sub(r" *Invert = 0\n", "", text)


@pytest.mark.parametrize("text", [UNIT, MATRIX, POLY, PERM, SLA, series(UNIT, MATRIX)])
def test_small_texts_are_accepted(text: str) -> None:
    parse_object(text)


def test_values_are_those_of_the_text() -> None:
    polynomial, permutation = parse_object(POLY), parse_object(PERM)
    assert_allclose(applied(polynomial, np.array([[2.0, 3.0]])), [[1.5 + 3 * 4, 1.5 + 3 * 9]], rtol=1e-15)
    assert_allclose(applied(permutation, np.array([[2.0], [3.0]])), [[3.0], [2.0]], rtol=0)
    matrix = parse_object(MATRIX)
    assert_allclose(applied(matrix, np.array([[1.0], [1.0]])), [[3.0], [4.0]], rtol=1e-15)
    assert_allclose(applied(matrix, np.array([[3.0], [4.0]]), forward=False), [[1.0], [1.0]], rtol=1e-15)


def test_comments_and_blank_lines_are_no_part_of_an_object() -> None:
    text = "# a comment\n\n" + UNIT.replace("Nin = 2\n", "Nin = 2 \t# Number of input coordinates\n#\n")
    assert parse_object(text).Nin == 2


DAMAGED_MAPPINGS = {
    "empty": ("", "empty"),
    "no object": ("nonsense\n", "line 'nonsense'"),
    "value outside": ("Nin = 2\n" + UNIT, "outside"),
    "two objects": (UNIT + UNIT, "after the end"),
    "character": (UNIT.replace("2", "2\x00"), "character"),
    "letter": (UNIT.replace("2", "2\u00e9"), "character"),
    "no end": (UNIT[: UNIT.index(" End")], "ends inside UnitMap"),
    "other end": (UNIT.replace("End UnitMap", "End ZoomMap"), "End ZoomMap inside UnitMap"),
    "twice": (UNIT.replace("Nin = 2", "Nin = 2\nNin = 2"), "twice"),
    "mark twice": (UNIT.replace("IsA Mapping", "IsA Mapping\nIsA Mapping"), "twice"),
    "unknown mark": (UNIT.replace("IsA Mapping", "IsA Maping"), "consists of"),
    "order of marks": (UNIT.replace("IsA Mapping", "IsA Mapping\nIsA Object"), "consists of"),
    "unknown item": (UNIT.replace("Nin = 2", "Nin = 2\nXyz = 2"), "unexpected Xyz"),
    "no axes": (UNIT.replace("    Nin = 2\n", ""), "no Nin"),
    "many axes": (UNIT.replace("2", "2000000000"), "not an integer"),
    "negative axes": (UNIT.replace("2", "-1"), "not an integer"),
    "fraction of axes": (UNIT.replace("2", "2.5"), "not an integer"),
    "object for value": (UNIT.replace("Nin = 2", f"Nin =\n{UNIT}"), "not a value"),
    "outputs": (UNIT.replace("Nin = 2", "Nin = 2\nNout = 3"), "maps 2 to 3"),
    "no first part": (series(UNIT, UNIT).replace(f" MapA =\n{UNIT}", ""), "no object MapA"),
    "text for part": (series(UNIT, UNIT).replace(f"MapA =\n{UNIT}", "MapA = 3\n"), "no object MapA"),
    "nothing for part": (series("", UNIT), "instead of the object MapA"),
    "object without name": (series(UNIT, UNIT).replace(" MapA =\n", ""), "without a name"),
    "axis for part": (series(UNIT, " Begin Axis\n End Axis\n"), "MapB is a Axis"),
    "unknown class": (UNIT.replace("UnitMap", "MathMap"), "MathMap is not supported"),
    "base class": (" Begin Mapping\n    Nin = 2\n End Mapping\n", "Mapping is not supported"),
    "axes between parts": (series(UNIT, UNIT.replace("2", "3")), "gives 2 axes to a 3-axis"),
    "axes of parts": (series(UNIT, UNIT, n=3), "maps 3 to 3 axes, its parts"),
    "parallel": (series(UNIT, UNIT, items=" Series = 0\n"), "maps 2 to 2 axes, its parts"),
    "inverted part": (series(UNIT, UNIT, items=" InvA = 7\n"), "InvA = 7"),
    "no element": (MATRIX.replace("    M3 = 4\n", ""), "no M3"),
    "element too many": (MATRIX.replace("M3 = 4", "M3 = 4\nM4 = 4"), "unexpected M4"),
    "element not finite": (MATRIX.replace("M3 = 4", "M3 = nan"), "not a number"),
    "huge element": (MATRIX.replace("M3 = 4", "M3 = 1e200"), "not a number"),
    "other inverse": (MATRIX.replace("IM3 = 0.25", "IM3 = 0.35"), "inverse"),
    "form": (MATRIX.replace("Full", "Fool"), "none of"),
    "no coefficient": (POLY.replace("    CF2 = 3\n", ""), "no CF2"),
    "coefficients": (POLY.replace("NCF1 = 2", "NCF1 = 3"), "no CF3"),
    "many coefficients": (POLY.replace("NCF1 = 2", "NCF1 = 900000000"), "not an integer"),
    "power above the highest": (POLY.replace("PF2 = 2", "PF2 = 3"), "not an integer from 0 to 2"),
    "negative power": (POLY.replace("PF2 = 2", "PF2 = -1"), "not an integer from 0 to 2"),
    "huge power": (POLY.replace("MPF1 = 2", "MPF1 = 200000000"), "not an integer"),
    "no polynomial": (POLY.replace("MPF1 = 2", ""), "no coefficients"),
    "iterations": (POLY.replace("PF2 = 2", "PF2 = 2\nNiterInv = 2000000"), "NiterInv"),
    "iterative inverse": (
        POLY.replace("F", "I").replace("PI2 = 2", "PI2 = 2\nIterInv = 1"),
        "iterative",
    ),
    "permutation": (PERM.replace("Out1 = 2", "Out1 = 7"), "not an integer from 0 to 2"),
    "constant": (PERM.replace("Out1 = 2", "Out1 = -1"), "not an integer from 0 to 2"),
    "conversion": (SLA.replace("FK45Z", "HPCEQ"), "none of"),
    "conversions": (SLA.replace("Nsla = 1", "Nsla = 2"), "Sla2"),
    "argument": (SLA.replace(" Sla1a = 1950\n", ""), "no Sla1a"),
    "scale": (
        ' Begin WinMap\n    Nin = 1\n IsA Mapping\n    Scl1 = 0\n End WinMap\n',
        "not a scale",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGED_MAPPINGS)
def test_damaged_mappings_are_refused(name: str) -> None:
    text, reason = DAMAGED_MAPPINGS[name]
    with pytest.raises(pex_exceptions.TypeError, match=reason):
        parse_object(text)


def test_deeply_nested_objects_are_refused() -> None:
    text = UNIT
    for _ in range(100):
        text = series(text, UNIT)
    with pytest.raises(pex_exceptions.TypeError, match="levels of nested objects"):
        parse_object(text)


DAMAGES_OF_A_WCS = {
    "Nframe = 3": ("Nframe = 4", "no object Frm4"),
    "Currnt = 3": ("Currnt = 4", "Currnt = 4"),
    "Lnk2 = 1": ("Lnk2 = 3", "ring"),
    "Lnk3 = 2": ("Lnk3 = 9", "Lnk3 = 9"),
    "Frm1 =": ("Frm9 =", "no object Frm1"),
    "Map2 =": ("Map9 =", "no object Map2"),
    "Begin SkyAxis": ("Begin Axis", "End SkyAxis inside Axis"),
    "Naxes = 2": ("Naxes = 3", "axes"),
    'System = "ICRS"': ('System = "AZEL"', "none of"),
    'SRefIs = "Ignored"': ('SRefIs = "Nowhere"', "none of"),
    'Type = "TAN"': ('Type = "NCP"', "none of"),
    'Domain = "IWC"': ('Domain = "%s%n"', "not a text"),
    "IsA Frame": ("IsA Frme", "consists of"),
}


@pytest.mark.parametrize("old", DAMAGES_OF_A_WCS)
def test_damaged_frame_sets_are_refused(old: str) -> None:
    new, reason = DAMAGES_OF_A_WCS[old]
    # Not those in comments.
    text, n_changes = re.subn(f"^ *{old}", new, wcs_text(), count=1, flags=re.MULTILINE)
    assert n_changes == 1
    with pytest.raises(pex_exceptions.TypeError, match=reason):
        parse_object(text)
    with pytest.raises(pex_exceptions.TypeError, match=reason):
        SkyWcs.readString(f"1 SkyWcs 0 {text}")


def test_every_truncation_is_refused() -> None:
    text = wcs_text()
    end = len(text.rstrip())
    for length in range(0, end, 7):
        with pytest.raises(pex_exceptions.TypeError):
            parse_object(text[:length])
    parse_object(text[:end])


def test_a_line_of_blanks_is_refused_at_once() -> None:
    """Every division of the blanks between the parts of a line would take hours."""
    with pytest.raises(pex_exceptions.TypeError, match="line"):
        parse_object(UNIT + " " * 300_000 + "!\n")


def test_equal_texts_are_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    monkeypatch.setattr(_ast_rules, "_safe", _ast_rules._Digests(2))
    monkeypatch.setattr(_ast_rules, "read_dump", lambda *args: checked.append(args[0]) or read_dump(*args))
    texts = [UNIT.replace("2", str(n)) for n in (1, 2, 3)]
    first, again = parse_object(texts[0]), parse_object(texts[0])
    assert checked == texts[:1]
    # Only the verdict is shared.
    first.invert()
    assert (first.Invert, again.Invert, parse_object(texts[0]).Invert) == (1, 0, 0)
    parse_object(texts[1])
    parse_object(texts[2])
    parse_object(texts[0])
    assert checked == [*texts, texts[0]], "the oldest one is forgotten"


def test_damaged_texts_are_refused_again() -> None:
    for _ in range(2):
        with pytest.raises(pex_exceptions.TypeError, match="not supported"):
            parse_object(UNIT.replace("UnitMap", "MathMap"))


def test_bytes_that_are_no_text() -> None:
    assert decoded(np.frombuffer(b"Begin", dtype=np.uint8)) == "Begin"
    with pytest.raises(pex_exceptions.TypeError):
        decoded(np.array([66, 0xE9, 0x80], dtype=np.uint8))


def test_parameters_without_meaning_raise_an_exception_of_the_stack() -> None:
    text = ' Begin WcsMap\n    Nin = 2\n IsA Mapping\n    Type = "ZPN"\n End WcsMap\n'
    with pytest.raises(pex_exceptions.RuntimeError, match="AST cannot transform points"):
        applied(parse_object(text), np.array([[0.1], [0.2]]))


@pytest.mark.parametrize("seed", [1, 2])
def test_random_damage_does_not_end_the_process(seed: int) -> None:
    """A crash or a text that takes seconds ends the other process, whose last line says where."""
    run = subprocess.run(
        [sys.executable, "-m", "stacklite_support.ast_fuzz", str(seed), "500"],
        cwd=TESTS,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = run.stdout.splitlines()
    assert run.returncode == 0, f"seed {seed}, {lines[-1:]}: {run.returncode}, {run.stderr[-2000:]}"
    assert "'used'" in lines[-1] and "'refused'" in lines[-1]
