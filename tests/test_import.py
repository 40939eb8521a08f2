"""Import of the task where parts of the stack are missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lsst.drp.tasks.update_visit_summary.version import __version__

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


def test_stacklite_of_another_version_is_refused() -> None:
    """Both versions are named before anything of it is used."""
    pytest.importorskip("lsst_stacklite")
    script = "import lsst_stacklite; {change}; import lsst.drp.tasks.update_visit_summary"
    for change, version in (
        ("lsst_stacklite.__version__ = '0.0.9'", "0.0.9"),
        ("del lsst_stacklite.__version__", "without a version"),
    ):
        done = subprocess.run(
            [sys.executable, "-c", script.format(change=change)], capture_output=True, text=True, check=False
        )
        assert done.returncode != 0
        *_, last = done.stderr.strip().splitlines()
        assert f"update_visit_summary {__version__} needs stacklite {__version__}, but the one in " in last
        assert f" is {version}; install " in last
        assert "pip install ./kernels ./stacklite" in last


def test_stack_without_stacklite_has_no_version_to_compare() -> None:
    """A real stack is never refused for a stacklite that is somewhere but not in use."""
    script = (
        "import sys, types\n"
        "class Stack(types.ModuleType):\n"
        "    __path__ = []\n"
        "import lsst\n"
        "names = 'geom afw afw.table afw.image meas meas.astrom pipe pipe.tasks'\n"
        "for name in names.split():\n"
        "    sys.modules[f'lsst.{name}'] = Stack(f'lsst.{name}')\n"
        "try:\n"
        "    import lsst.drp.tasks.update_visit_summary\n"
        "except ImportError as err:\n"
        "    print(err)\n"
        "assert 'lsst.drp.tasks.update_visit_summary._stack' in sys.modules\n"
        "assert 'lsst_stacklite' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "needs stacklite" not in done.stdout
