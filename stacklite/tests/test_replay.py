"""The golden tests replay another directory of golden values, however its cases are named and counted.

They run in another process on variants of the project's own values: with other
names, order, notes, IDs and numbers of cases they pass; with wrong values they fail.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stacklite_support import golden, golden_variants
from stacklite_support.paths import ROOT, TESTS

# Modules with golden tests call for cases, or for what is made of the cases of a topic.
_GOLDEN = re.compile(r"\b(golden_)?cases\(|stacklite_support\.golden_")
MODULES = sorted(
    path.relative_to(TESTS).as_posix()
    for path in TESTS.rglob("test_*.py")
    if _GOLDEN.search(path.read_text())
)
# Their golden cases expect files, texts, integers, flags and errors, of which no variant is
# wrong; or a topic that the project's own values lack (PSFEx), or a kind that is not the first
# of its topic (Piff, of which only objects of the package itself are replayed).
WITHOUT_REAL_NUMBERS = {
    "afw/geom/test_sky_wcs_files.py",
    "afw/image/test_lossy.py",
    "afw/math/test_statistics_arguments.py",
    "afw/table/test_catalog.py",
    "afw/table/test_records.py",
    "geom/test_points_and_extents.py",
    "meas/test_piff_psf.py",
    "meas/test_psfex.py",
    "meas/test_source_selector.py",
}
# Some modules whose kinds have many cases.
QUICK = [each for each in MODULES if re.search("bounded_field|statistics", each)]
OTHERS = [each for each in MODULES if re.search("psf|table|wcs|background", each)]


def _replay(directory: Path, modules: list[str], *options: str) -> tuple[int, str]:
    """Run golden tests on a directory; return the exit status and what pytest printed."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--tb=line",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "-m",
        "golden",
    ]
    done = subprocess.run(
        [*command, *options, *(str(TESTS / module) for module in modules)],
        env={**os.environ, "STACKLITE_GOLDEN_DIR": str(directory)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("selection", "copies", "modules"), [("first", 2, MODULES), ("last", 1, OTHERS), ("odd", 1, QUICK)]
)
def test_other_cases_are_replayed(selection: str, copies: int, modules: list[str], tmp_path: Path) -> None:
    directory = tmp_path / "golden"
    assert golden_variants.build(golden.OWN_DIR, directory, selection, copies, seed=1) > 100
    status, output = _replay(directory, modules)
    assert status == 0, output
    # Those that were skipped have no case of their kind.
    passed, skipped = (
        int((re.search(rf"(\d+) {word}", output) or [0, 0])[1]) for word in ("passed", "skipped")
    )
    assert passed > 10 * skipped


def test_wrong_values_are_found(tmp_path: Path) -> None:
    directory = tmp_path / "golden"
    golden_variants.build(golden.OWN_DIR, directory, "first", error=1e-4)
    status, output = _replay(directory, MODULES, "-rf")
    assert status == 1, output
    failed = set(re.findall(r"^FAILED stacklite/tests/(\S+?\.py)::", output, re.MULTILINE))
    assert failed == set(MODULES) - WITHOUT_REAL_NUMBERS


def test_a_directory_without_values_compares_nothing(tmp_path: Path) -> None:
    status, output = _replay(tmp_path, QUICK)
    assert status == 0, output
    assert re.search(r"\d+ skipped", output) and not re.search(r"\d+ passed", output)
