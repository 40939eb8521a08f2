"""What the tests compare with the real stack, class by class, and the table of it in the README.

A test says what it compared by `parity` (a decorator, for tests with a golden
case as parameter) or by the fixture ``record_parity``. Records travel with
the reports of the tests, so that they arrive from the workers of xdist too.
``stacklite/tests/conftest.py`` adds them up; ``data/parity.json`` holds the sums.

``STACKLITE_UPDATE_PARITY=1 pytest stacklite/tests`` rewrites that file and
the table. Every other session compares: each test function all of whose cases
passed must have the sums that the file says, or the session fails.
"""

from __future__ import annotations

import ast
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from stacklite_support.paths import DATA, README, ROOT, TESTS

SUMS = DATA / "parity.json"
BEGIN, END = "<!-- parity: begin -->", "<!-- parity: end -->"

UPDATE = "STACKLITE_UPDATE_PARITY"

READS, WRITES, EVALUATES = "reads", "writes", "evaluates"

Record = tuple[str, str, str, str]
"""Class, what was compared, with what, how closely."""

Sums = dict[str, dict[str, Any]]
"""Test function -> number of its cases, and points by record."""


def count(value: Any) -> int:
    """Return how many numbers, texts and flags an expected value has."""
    if isinstance(value, Mapping):
        return sum(count(each) for each in value.values())
    if isinstance(value, list | tuple):
        return sum(count(each) for each in value)
    return 1


def parity(
    names: str | Mapping[str, str] | Callable[[Any], str | None],
    tolerance: float | str,
    what: str = EVALUATES,
    parts: tuple[str, ...] = (),
) -> pytest.MarkDecorator:
    """Say what a test with a golden case compares: all that the case expects, or some parts.

    Parameters
    ----------
    names : `str`, `dict` or callable
        The class; or the class by kind of case; or a function of the case
        (`None`: nothing to record).
    tolerance : `float` or `str`
        The loosest relative tolerance, or what it is.
    what : `str`, optional
        One of `READS`, `WRITES`, `EVALUATES`.
    parts : `tuple` [`str`], optional
        Keys of what the case expects, all by default.
    """
    return pytest.mark.parity(names, tolerance, what, parts)


def records_of(item: pytest.Item) -> Iterable[tuple[Record, int]]:
    """Return the records that the markers of a test stand for."""
    case = getattr(item, "callspec", None) and item.callspec.params.get("case")  # type: ignore[attr-defined]
    if not isinstance(case, Mapping):
        return  # a kind of which the directory that is replayed has no case
    for marker in item.iter_markers("parity"):
        names, tolerance, what, parts = marker.args
        expected = case["expected"]
        if isinstance(names, Mapping):
            names = names.get(case["kind"])
        elif callable(names):
            names = names(case)
        if names is not None:
            compared = {part: expected[part] for part in parts if part in expected} if parts else expected
            yield (names, what, "golden", text(tolerance)), count(compared)


def text(tolerance: float | str) -> str:
    """Return a tolerance as it stands in the table."""
    if isinstance(tolerance, str):
        return tolerance
    return "exact" if tolerance == 0 else f"{tolerance:.0e}".replace("e-0", "e-")


class Collector:
    """A plugin that adds up the records of a session and compares them."""

    def __init__(self) -> None:
        self._passed: set[str] = set()
        self._cases: dict[str, int] = defaultdict(int)
        self._points: dict[str, dict[Record, int]] = defaultdict(lambda: defaultdict(int))
        self._wrong: list[str] = []

    def add(self, node: str, records: Iterable[tuple[Iterable[str], int]]) -> None:
        """Add what one case of a test compared; ``node`` is its ID."""
        records = list(records)
        if not records:
            return
        function = node.partition("[")[0].removeprefix(f"{TESTS.relative_to(ROOT).as_posix()}/")
        self._cases[function] += 1
        for (name, what, source, tolerance), points in records:
            self._points[function][name, what, source, tolerance] += points

    def sums(self) -> Sums:
        """Return the sums by test function."""
        return {
            function: {
                "cases": cases,
                "points": [[*record, n] for record, n in sorted(self._points[function].items())],
            }
            for function, cases in sorted(self._cases.items())
        }

    def disagreements(self, expected: Sums) -> list[str]:
        """Return where the sums are not those expected.

        Functions of which not all cases passed are left out: a session may
        be one of a few tests, and files may be absent.
        """
        nothing: dict[str, Any] = {"cases": 0, "points": []}
        return [
            f"{function}: {found['points']}, the table says {expected.get(function, nothing)['points']}"
            for function, found in self.sums().items()
            if found["cases"] >= expected.get(function, nothing)["cases"]
            and found != expected.get(function, nothing)
        ]

    # -- Hooks -------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count tests that passed; the last report of each has the records."""
        if report.when == "call" and report.passed:
            self._passed.add(report.nodeid)
        elif report.when == "teardown" and report.nodeid in self._passed:
            self.add(report.nodeid, [value for name, value in report.user_properties if name == "parity"])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Compare the sums with the file, or replace those in it."""
        if os.environ.get("STACKLITE_GOLDEN_DIR"):
            return
        if os.environ.get(UPDATE):
            save({name: each for name, each in load().items() if is_test(name)} | self.sums())
            return
        self._wrong = self.disagreements(load())
        if self._wrong and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what disagrees."""
        if self._wrong:
            terminalreporter.section("the table in stacklite/README.md is not what the tests compare")
            for line in (*self._wrong, f"If that is meant: {UPDATE}=1 pytest stacklite/tests"):
                terminalreporter.line(line)


def load() -> Sums:
    """Return the sums in the file."""
    return json.loads(SUMS.read_text())


def save(sums: Sums) -> None:
    """Write the file and the table."""
    lines = [f"{json.dumps(function)}: {json.dumps(each)}" for function, each in sorted(sums.items())]
    SUMS.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    before, _, rest = README.read_text().partition(BEGIN)
    README.write_text(f"{before}{BEGIN}\n{table(sums)}{END}{rest.partition(END)[2]}")


def is_test(name: str) -> bool:
    """Return whether there (still) is a test function, ``path/of/module.py::[Class::]function``."""
    module, _, function = name.partition("::")
    path = TESTS / module
    return path.exists() and function in _functions(path)


@cache
def _functions(path: Path) -> set[str]:
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return found


def table(sums: Sums) -> str:
    """Return the table of the README.

    Parameters
    ----------
    sums : `dict`
        Content of the file.
    """
    points: dict[str, dict[str, dict[tuple[str, str], int]]] = defaultdict(
        lambda: {READS: defaultdict(int), WRITES: defaultdict(int), EVALUATES: defaultdict(int)}
    )
    for each in sums.values():
        for name, what, source, tolerance, n in each["points"]:
            points[name][what][source, tolerance] += n
    rows = ["| class | reads | writes | evaluates |", "|---|---|---|---|"]
    for name, cells in sorted(points.items(), key=lambda item: item[0].lower()):
        rows.append(f"| {name} | " + " | ".join(_cell(cells[w]) for w in (READS, WRITES, EVALUATES)) + " |")
    return "\n".join(rows) + "\n"


def _cell(points: Mapping[tuple[str, str], int]) -> str:
    return "; ".join(
        f"{source}: {n:,}" + (f" ({tolerance})" if tolerance else "")
        for (source, tolerance), n in sorted(points.items())
    )


def table_in_readme() -> str:
    """Return the table as it stands in the README."""
    return README.read_text().partition(BEGIN)[2].partition(END)[0].lstrip("\n")
