"""Fixtures of the task's tests."""

from __future__ import annotations

import pytest

from support.reference import Reference


@pytest.fixture
def reference() -> Reference:
    """Return the inputs of the reference visit, read anew for each test."""
    return Reference()
