"""Directories of the checkout that tests of stacklite look into."""

from __future__ import annotations

__all__ = ["DATA", "PYTHON", "README", "REFERENCE_VISIT", "ROOT", "TESTS"]

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
DATA = TESTS / "data"
PYTHON = TESTS.parent / "python"
README = TESTS.parent / "README.md"
ROOT = TESTS.parents[1]
REFERENCE_VISIT = ROOT / "tests" / "data" / "reference_visit"
