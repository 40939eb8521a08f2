"""Functions in processes of their own, forked from one that has all modules loaded.

A new interpreter needs seconds to import the stack; a fork has it already, and
shares nothing with the process that asks for it.
"""

from __future__ import annotations

__all__ = ["CONTEXT", "divert_output", "run_tool"]

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
"""Where processes come from (`multiprocessing.context.ForkServerContext`)."""

CONTEXT.set_forkserver_preload(
    [
        "lsst.ctrl.mpexec.cli.cmd.commands",
        "lsst.daf.butler.cli.butler",
        "lsst.drp.tasks.update_visit_summary",
        "reference_repo",
        # What they import when they run.
        "astropy.table",
        "astropy.wcs",
        "galsim",
        "lsst.meas.extensions.piff",
        "pandas",
        "pyarrow.dataset",
        "pyarrow.parquet",
    ]
)


def divert_output(out: Path, err: Path) -> None:
    """Write into files what this process, and those that it starts, print.

    Parameters
    ----------
    out, err : `pathlib.Path`
        Files, which may be the same.
    """
    for path, stream in ((out, sys.stdout), (err, sys.stderr)):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(descriptor, stream.fileno())
        os.close(descriptor)


def run_tool(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], out: Path, err: Path
) -> None:
    """Do in this process what a command-line tool does.

    Parameters
    ----------
    module : `str`
        Module with the function ``main`` of the tool.
    arguments : `~collections.abc.Sequence` [`str`]
        Name and arguments of the tool.
    environment : `~collections.abc.Mapping` [`str`, `str`]
        Environment variables.
    out, err : `pathlib.Path`
        Files for all it says.
    """
    divert_output(out, err)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = list(arguments)
    import_module(module).main()
