"""What the tests of all three distributions say at the end of a run."""

from __future__ import annotations

__all__ = ["pytest_terminal_summary"]

from support.realdata import pytest_terminal_summary
