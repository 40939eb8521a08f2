"""Command-line tools of the middleware, each in a process of its own."""

from __future__ import annotations

__all__ = ["PIPELINE", "TASK", "command", "environment", "run_arguments", "run_command", "settings_of"]

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import reference_repo
from reference_repo import ReferenceRepo

from .expected import options_of
from .forks import run_tool

PIPELINE = Path(__file__).parents[2] / "pipelines" / "UpdateVisitSummary.yaml"
"""The pipeline that the package ships (`pathlib.Path`)."""

TASK = "updateVisitSummary"
"""Label of the task in it (`str`)."""

_CONNECTIONS: dict[str, dict[str, str]] = {
    # In one repository a dataset type has one set of dimensions only, so the
    # WCS catalog of the whole visit has a name of its own.
    "global_tract_replacement": {
        "skyWcsName": "gbdesGlobalAstrometricFit",
        "photoCalibName": "jointcal",
    },
}

_MODULES = {"pipetask": "lsst.ctrl.mpexec.cli.pipetask", "butler": "lsst.daf.butler.cli.butler"}


def command(tool: str, *arguments: str | Path) -> list[str]:
    """Return the command line of ``pipetask`` or ``butler``."""
    return [sys.executable, "-c", f"from {_MODULES[tool]} import main; main()", *map(str, arguments)]


def environment() -> dict[str, str]:
    """Return the environment of the tools.

    The instrument of the repository is a class of the examples.
    """
    path = [str(Path(reference_repo.__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(path)}


def run_command(tool: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end, in a fork that need not import it, with what it says as text."""
    return run_tool(_MODULES[tool], tool, *map(str, arguments), environment=environment())


def run_arguments(
    repo: ReferenceRepo, run: str, settings: Iterable[str] = (), *, where: str | None = None
) -> list[str]:
    """Return what ``pipetask run`` and ``pipetask qgraph`` must be told.

    Parameters
    ----------
    repo : `ReferenceRepo`
        Where the inputs are.
    run : `str`
        Output collection.
    settings : `~collections.abc.Iterable` [`str`], optional
        Configuration options as ``name=value``.
    where : `str`, optional
        Data query; the reference visit if `None`.
    """
    return [
        *("-b", str(repo.root), "-i", repo.inputs, "--output-run", run),
        *("-p", str(PIPELINE), "-d", repo.where if where is None else where),
        *(word for setting in settings for word in ("-c", f"{TASK}:{setting}")),
    ]


def settings_of(repo: ReferenceRepo, configuration: str) -> list[str]:
    """Return the options of a configuration as on a command line."""
    fiducials = [f"compute_summary_stats.{name}={values!r}" for name, values in repo.fiducials.items()]
    connections = [
        f"connections.{name}={value}" for name, value in _CONNECTIONS.get(configuration, {}).items()
    ]
    return [
        *(f"{name}={value}" for name, value in options_of(configuration).items()),
        *fiducials,
        *connections,
    ]
