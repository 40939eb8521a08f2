"""Import of the task where parts of the stack are missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

WITHOUT = """
import importlib.abc, sys

class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == {name!r} or name.startswith({name!r} + "."):
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocked())
import lsst.drp.tasks.update_visit_summary
"""


@pytest.mark.parametrize("name", ["lsst.afw", "lsst.meas", "lsst.geom"])
def test_missing_stack(name: str) -> None:
    """The message names the two ways to have one."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(name=name)], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    *_, last = done.stderr.strip().splitlines()
    assert last.startswith(f"ImportError: lsst.drp.tasks.update_visit_summary needs {name}")
    assert "setup lsst_distrib" in last
    assert "pip install ./kernels ./stacklite" in last


def test_other_missing_packages_are_reported_as_they_are() -> None:
    """They are no fault of the stack."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(name="astropy")], capture_output=True, text=True, check=False
    )
    assert "ModuleNotFoundError: No module named 'astropy" in done.stderr
    assert "setup lsst_distrib" not in done.stderr
