"""Fixtures of the task's tests."""

from __future__ import annotations

import importlib.util

import pytest

from support.reference import Reference


def pytest_configure(config: pytest.Config) -> None:
    """Turn warnings into errors: all of them on stacklite, those of our modules on the real stack.

    The real stack itself warns, at import for example, and that is not ours to mend.
    """
    tasks = ["lsst.drp.tasks.update_visit_summary", "lsst.drp.tasks.visit_summary_stats"]
    ours = [*tasks, "visit_kernels", "reference_repo", "demo", "support", "test_"]
    modules = [""] if importlib.util.find_spec("lsst_stacklite") else ours
    for module in modules:
        config.addinivalue_line("filterwarnings", f"error:::{module.replace('.', '[.]')}")


@pytest.fixture
def reference() -> Reference:
    """Return the inputs of the reference visit, read anew for each test."""
    return Reference()
