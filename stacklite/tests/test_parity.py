"""The table of classes in the README is what the tests compared, and covers what can be stored."""

from __future__ import annotations

import os

import pytest

from lsst_stacklite._persisted_classes import READER_MODULES
from stacklite_support import parity

# Not in any file of the real stack at hand; round trips of our own and property tests only.
WITHOUT_FILES = {
    "Calib": "an old class; afw/image/test_photo_calib_files.py writes the table",
    "TanWcs": "an old class; afw/geom/test_old_wcs.py writes the tables",
    "DetectorCollection": "the base class of Camera",
    "TransformedTransmissionCurve": "afw/image/test_transmission_curve.py writes and reads it",
}
# Only TransformPoint2ToPoint2 is in files of cameras; spatial functions of kernels are doubles.
FAMILIES = ("TransformPoint2To", "TransformSpherePointTo", "TransformGenericTo")
FAMILIES += ("GaussianFunction2", "DoubleGaussianFunction2", "PolynomialFunction2", "Chebyshev1Function2")


@pytest.mark.skipif(parity.UPDATE in os.environ, reason="this session is rewriting the table")
def test_the_readme_shows_the_sums() -> None:
    assert parity.table_in_readme() == parity.table(parity.load())


@pytest.mark.skipif(parity.UPDATE in os.environ, reason="this session is rewriting the table")
def test_every_stored_class_is_in_the_table() -> None:
    read = {
        record[0]
        for sums in parity.load().values()
        for record in sums["points"]
        if record[1] in (parity.READS, parity.WRITES)
    }
    names = {name.removesuffix(" (old)") for name in read}
    missing = {name for name in READER_MODULES.keys() - names if not name.startswith(FAMILIES)}
    assert missing <= WITHOUT_FILES.keys()
    # Most are compared byte for byte when they are written.
    assert len(READER_MODULES.keys() & names) >= 30


def test_every_function_in_the_file_is_a_test() -> None:
    assert [name for name in parity.load() if not parity.is_test(name)] == []


RECORD = ("Angle", parity.EVALUATES, "golden", "1e-10")


def _collector(*cases: tuple[str, int]) -> parity.Collector:
    collector = parity.Collector()
    for node, points in cases:
        collector.add(f"stacklite/tests/{node}", [(RECORD, points)])
    return collector


def test_sums_are_by_function() -> None:
    found = _collector(("test_a.py::test_b[1]", 3), ("test_a.py::test_b[x/2]", 4)).sums()
    assert found == {"test_a.py::test_b": {"cases": 2, "points": [[*RECORD, 7]]}}


@pytest.mark.parametrize(
    ("points", "disagrees"), [([3, 4], False), ([3], False), ([3, 5], True), ([3, 4, 1], True)]
)
def test_only_functions_that_ran_whole_are_compared(points: list[int], disagrees: bool) -> None:
    expected = _collector(("test_a.py::test_b[1]", 3), ("test_a.py::test_b[2]", 4)).sums()
    found = _collector(*((f"test_a.py::test_b[{i}]", n) for i, n in enumerate(points)))
    assert bool(found.disagreements(expected)) is disagrees


def test_new_tests_must_be_added() -> None:
    assert _collector(("test_a.py::test_b", 3)).disagreements({}) != []


def test_table() -> None:
    sums = {
        "test_a.py::test_b": {
            "cases": 1,
            "points": [[*RECORD, 1234], ["Angle", "reads", "real files", "", 2]],
        }
    }
    assert parity.table(sums).splitlines()[2] == "| Angle | real files: 2 |  | golden: 1,234 (1e-10) |"


def test_count() -> None:
    assert parity.count({"a": [1, 2.0, [True, "x"]], "b": None}) == 5
