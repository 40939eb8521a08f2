"""The page on differences from upstream, and the tests that it names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOC = ROOT / "doc" / "lsst.drp.tasks.update_visit_summary"
PAGE = DOC / "differences-from-upstream.rst"

# Ids at the start of the name of a test, such as test_A6_B1_something.
_NAME = re.compile(r"test_((?:[abcd]\d+_)+)", re.IGNORECASE)


@cache
def decisions() -> dict[str, tuple[str, ...]]:
    """Return the tests that the page names for each id."""
    result: dict[str, tuple[str, ...]] = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.split(";")]
        if re.fullmatch(r"[A-D]\d+(, [A-D]\d+)*", cells[0]):
            for one in cells[0].split(", "):
                assert one not in result, f"{one} has two lines"
                result[one] = tuple(re.findall(r"``([^`]+\.py::[^`]+)``", cells[-1]))
    return result


def names_in(path: Path) -> Iterator[str]:
    """Iterate over the tests of a module as pytest names them, without its parameters."""
    for node in ast.parse(path.read_text()).body:
        functions = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        for function in functions:
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
                yield f"{path.relative_to(ROOT)}::{prefix}{function.name}"


@cache
def all_tests() -> frozenset[str]:
    """Return all tests of the repository."""
    paths = [*ROOT.glob("tests/test_*.py"), *ROOT.glob("stacklite/tests/**/test_*.py")]
    return frozenset(test for path in paths for test in names_in(path))


def ids_in_name(test: str) -> set[str]:
    """Return the ids that the name of a test starts with."""
    match = _NAME.match(test.rpartition("::")[2])
    return {one.upper() for one in match[1].split("_") if one} if match else set()


@pytest.mark.parametrize("decision", decisions())
def test_every_decision_has_tests(decision: str) -> None:
    """Each line names tests, and all of them exist."""
    assert decisions()[decision]
    assert not set(decisions()[decision]) - all_tests()


@pytest.mark.parametrize("test", sorted(test for test in all_tests() if ids_in_name(test)))
def test_every_test_with_an_id_is_on_the_page(test: str) -> None:
    """A test that carries ids is named in the lines of these, and in no other."""
    assert {decision for decision, named in decisions().items() if test in named} == ids_in_name(test)


def test_every_line_has_the_cells_of_its_header() -> None:
    """A semicolon too many would move the rest of the line into the next columns."""
    rows: dict[int, list[int]] = {}
    width = 0
    for line in PAGE.read_text().splitlines():
        if line.strip().startswith(":header:"):
            width = line.count(";")
        elif re.match(r" +[A-D]\d+[,;]", line):
            rows.setdefault(width, []).append(line.count(";"))
    assert rows
    assert {width: set(found) for width, found in rows.items()} == {width: {width} for width in rows}


def test_the_page_is_in_the_index() -> None:
    """Readers find it."""
    assert f"\n   {PAGE.stem}\n" in (DOC / "index.rst").read_text()


def test_numbers_of_a_series_have_no_gap_but_what_needs_no_decision() -> None:
    """A line that is lost shows as a gap; those that are known are explained."""
    # Documentation of upstream (C6) and dead code (C8); other libraries (D14) and no consequence (D16).
    undecided = {"C6", "C8", "D14", "D16"}
    for series in "ABCD":
        numbers = sorted(int(one[1:]) for one in decisions() if one[0] == series)
        gaps = {f"{series}{number}" for number in range(1, numbers[-1])} - decisions().keys()
        assert gaps <= undecided
