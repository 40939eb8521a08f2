"""Real files that the tests may read but the project does not contain.

They are optional: tests that need them are skipped where they are absent, and
the last lines of a run say how many those were.
"""

from __future__ import annotations

__all__ = ["REALDATA", "needs_realdata", "pytest_terminal_summary"]

import os
from collections.abc import Generator
from pathlib import Path

import pytest

VARIABLE = "DRP_VISIT_SUMMARY_REALDATA"
"""Environment variable that names the directory of the files."""

REALDATA = Path(
    os.environ.get(VARIABLE) or Path(__file__).parents[2] / ".." / "shared" / "realdata"
).resolve()
"""Directory of the files, whether it exists or not."""

_REASON = f"needs real files, and there is no directory {REALDATA}"

needs_realdata = pytest.mark.skipif(not REALDATA.is_dir(), reason=_REASON)
"""Mark of tests that read files in `REALDATA`."""


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """Say, after everything else, how many tests were skipped for want of real files."""
    yield
    skipped = terminalreporter.stats.get("skipped", [])
    # Reports, not items: with xdist the items stay in the workers.
    if n := sum(isinstance(each.longrepr, tuple) and _REASON in each.longrepr[2] for each in skipped):
        tests = "1 test was" if n == 1 else f"{n} tests were"
        terminalreporter.line("")
        terminalreporter.line(f"{tests} skipped for want of real files: there is no directory {REALDATA}.")
        terminalreporter.line(f"{VARIABLE}=DIRECTORY names another place.")
