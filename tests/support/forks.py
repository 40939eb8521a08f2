"""Functions in processes of their own, forked from one that has all modules loaded.

A new interpreter needs seconds to import the stack; a fork has it already, and
shares nothing with the process that asks for it.
"""

from __future__ import annotations

__all__ = ["CONTEXT", "divert_output", "run_code", "run_tool"]

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
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
    module: str, *arguments: str, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command-line tool to its end, with what it says as text.

    Parameters
    ----------
    module : `str`
        Module with the function ``main`` of the tool.
    *arguments : `str`
        Name and arguments of the tool.
    environment : `~collections.abc.Mapping` [`str`, `str`]
        Environment variables.
    """
    return _run(_call_main, module, arguments, environment)


def run_code(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python code to its end as ``python -c`` does, with what it says as text.

    Parameters
    ----------
    code : `str`
        The code; modules may be loaded that it does not import.
    *arguments : `str`
        Arguments of the code.
    """
    return _run(_execute, code, ("-c", *arguments), os.environ)


def _run(
    function: Callable[[str], None], what: str, arguments: Sequence[str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as directory:
        out, err = Path(directory) / "out", Path(directory) / "err"
        process = CONTEXT.Process(
            target=_run_here, args=(function, what, arguments, dict(environment), out, err)
        )
        process.start()
        process.join()
        assert process.exitcode is not None
        return subprocess.CompletedProcess(arguments, process.exitcode, out.read_text(), err.read_text())


def _run_here(
    function: Callable[[str], None],
    what: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    out: Path,
    err: Path,
) -> None:
    divert_output(out, err)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = list(arguments)
    function(what)


def _call_main(module: str) -> None:
    import_module(module).main()


def _execute(code: str) -> None:
    exec(code, {"__name__": "__main__"})
