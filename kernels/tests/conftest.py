"""Warnings are errors, and hypothesis makes the same cases in every run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# No limit of time: a busy machine is no error.
settings.register_profile("kernels", deadline=None, derandomize=True)
settings.load_profile("kernels")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Turn warnings into errors here only: in the same session, the real stack may warn elsewhere."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.filterwarnings("error"))
