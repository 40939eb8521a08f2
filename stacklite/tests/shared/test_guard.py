"""stacklite refuses to share a process with the real stack."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lsst_stacklite._guard import PACKAGES
from stacklite_support.paths import PYTHON


def make_foreign(root: Path, package: str) -> None:
    """Write a package as the real stack would have it, with its namespaces."""
    directory = root
    for part in package.split(".")[:-1]:
        directory = directory / part
        directory.mkdir(exist_ok=True)
        (directory / "__init__.py").write_text(
            "import pkgutil\n__path__ = pkgutil.extend_path(__path__, __name__)\n"
        )
    (directory / package.rpartition(".")[2]).mkdir()
    (directory / package.rpartition(".")[2] / "__init__.py").write_text("WHO = 'the real stack'\n")


def run(code: str, *path: Path, arguments: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run Python code with some directories before all others."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=environment
    )


@pytest.mark.parametrize(
    "foreign, imported",
    [
        ("lsst.geom", "lsst.skymap"),
        ("lsst.afw.table", "lsst.geom"),
        ("lsst.meas.algorithms", "lsst.afw.image"),
        ("lsst.pex.exceptions", "lsst.meas.extensions.piff"),
    ],
)
@pytest.mark.parametrize("loaded_before", [False, True])
def test_mixture_is_refused(tmp_path: Path, foreign: str, imported: str, loaded_before: bool) -> None:
    """The message names the package and both places."""
    make_foreign(tmp_path, foreign)
    code = f"import {foreign}; " if loaded_before else ""
    done = run(f"{code}import {imported}", tmp_path, PYTHON)
    assert done.returncode != 0
    assert "ImportError" in done.stderr
    message = done.stderr.strip().splitlines()[-1]
    assert foreign in message
    assert str(tmp_path) in message
    assert str(PYTHON) in message


IMPORT_EACH = """
import importlib, os, sys
import astropy.coordinates, astropy.io.fits, astropy.table, astropy.wcs, lsst.daf.butler, scipy.special
packages = sys.argv[1:]
assert not sys.modules.keys() & {*packages, "lsst_stacklite"}
for package in packages:
    child = os.fork()
    if child == 0:
        importlib.import_module(package)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit(f"{package} cannot be the first.")
print(len(packages))
"""
"""Imports each package in a fork, which has what stacklite needs and nothing of stacklite."""


def test_alone_it_is_accepted() -> None:
    """Every package can be the first that is imported."""
    done = run(IMPORT_EACH, PYTHON, arguments=PACKAGES)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{len(PACKAGES)}\n"


def test_list_is_complete() -> None:
    """No package of the tree is missing in the list."""
    inits = {init.parent: init.read_text() for init in (PYTHON / "lsst").rglob("__init__.py")}
    found = {
        ".".join(package.relative_to(PYTHON).parts)
        for package, text in inits.items()
        if "extend_path" not in text and "extend_path" in inits[package.parent]
    }
    outside = {init.parent.name for init in PYTHON.glob("*/__init__.py")} - {"lsst", "lsst_stacklite"}
    assert found | outside == set(PACKAGES)
