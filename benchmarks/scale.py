"""Measure what the middleware needs for many visits, without any file of pixels.

A repository with the dimension records and datasets of many visits is made in a
temporary directory, or in a directory that is kept. The quantum graph is that of
the task; it is executed with a stub, which has the same inputs and outputs.
"""

from __future__ import annotations

__all__ = ["main"]

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reference_repo import ReferenceRepo, describe_reference_repo

from .measure import describe_machine, table_row
from .survey import make_survey, survey_where

_CHECKOUT = Path(__file__).resolve().parents[1]
_TOOLS = {"pipetask": "lsst.ctrl.mpexec.cli.pipetask", "butler": "lsst.daf.butler.cli.butler"}
_PACKAGES = ("lsst-daf-butler", "lsst-pipe-base", "lsst-ctrl-mpexec")
_STUB = "benchmarks.stub.StubTask"
_LABEL = "updateVisitSummary"
_OPTIONS = ("wcs_provider=tract", "photo_calib_provider=global", "background_provider=replacement")
_COLUMNS = ("step", "wall, s", "CPU, s", "wall per visit, ms", "peak, MB")
_LINES_OF_A_FAILURE = 20

# In a small process of its own, because the peak that the kernel reports for a child begins with the memory
# of the parent.
_MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as stream:
    stream.write(f"{usage.ru_utime + usage.ru_stime} {usage.ru_maxrss}")
sys.exit(code)
"""


@dataclass(frozen=True)
class _Step:
    """Times and memory of a command with all its processes."""

    wall: float
    cpu: float
    peak: float
    """Largest resident memory of one process (MB)."""


def _run(name: str, n_visits: int, log: Path, *words: str | Path) -> None:
    """Run a tool of the middleware, and print a row of the table."""
    step = _measure(log, words)
    cells = [
        name,
        f"{step.wall:.1f}",
        f"{step.cpu:.1f}",
        f"{1e3 * step.wall / n_visits:.0f}",
        f"{step.peak:.0f}",
    ]
    print(table_row(cells), flush=True)


def _measure(log: Path, words: Sequence[str | Path]) -> _Step:
    """Run a tool of the middleware.

    Raises
    ------
    SystemExit
        Raised if it fails, after the end of what it says.
    """
    tool, *arguments = map(str, words)
    command = [sys.executable, "-c", f"from {_TOOLS[tool]} import main; main()", *arguments]
    with tempfile.NamedTemporaryFile("r") as usage, log.open("w") as stream:
        start = time.monotonic()
        wrapped = [sys.executable, "-c", _MEASURE, usage.name, *command]
        code = subprocess.run(wrapped, stdout=stream, stderr=stream, env=_environment()).returncode
        wall = time.monotonic() - start
        if code != 0:
            end = "\n".join(log.read_text().splitlines()[-_LINES_OF_A_FAILURE:])
            print(end, file=sys.stderr)
            raise SystemExit(f"{tool} {arguments[0]} failed with exit code {code} (see above).")
        cpu, peak = map(float, usage.read().split())
    # Linux counts in kilobytes.
    return _Step(wall, cpu, peak * 1024 / 1e6)


def _environment() -> dict[str, str]:
    """Return an environment in which the tools find the instrument and the stub."""
    path = [str(_CHECKOUT / "examples"), str(_CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(path)}


def _pipeline() -> list[str]:
    """Return the arguments that name the stub and its options."""
    words = ["-t", f"{_STUB}:{_LABEL}"]
    for option in _OPTIONS:
        words += ["-c", f"{_LABEL}:{option}"]
    return words


def _graph(repo: ReferenceRepo, n_visits: int, run: str, file: Path) -> list[str]:
    """Return the command that builds a graph of all visits."""
    query = ["-b", str(repo.root), "-i", repo.inputs, "--output-run", run, "-d", survey_where(repo, n_visits)]
    return ["pipetask", "qgraph", *query, *_pipeline(), "--qgraph-datastore-records", "-q", str(file)]


def _measure_all(repo: ReferenceRepo, n_visits: int, jobs: int, directory: Path) -> None:
    """Print the table."""
    log, graph = directory / "log", directory / "graph.qg"
    # Runs of an earlier measurement in the same repository stay.
    run = f"scale/{time.strftime('%Y%m%dT%H%M%S')}"
    for row in (_COLUMNS, ("---",) * len(_COLUMNS)):
        print(table_row(row))

    def step(name: str, *words: str | Path) -> None:
        _run(name, n_visits, log, *words)

    step("build the quantum graph", *_graph(repo, n_visits, f"{run}/batch", graph))
    root = repo.root
    step("write the init-outputs (`pre-exec-init-qbb`)", "pipetask", "pre-exec-init-qbb", root, graph)
    step(f"execute (`run-qbb`, {jobs} at a time)", "pipetask", "run-qbb", root, graph, "-j", str(jobs))
    merge = ("butler", "transfer-from-graph", graph, root, "--register-dataset-types")
    step("merge into the repository (final job)", *merge)
    query = ["-b", str(root), "-i", repo.inputs, "--output-run", f"{run}/pipetask"]
    query += ["-d", survey_where(repo, n_visits), *_pipeline()]
    step(f"all in one command (`run`, {jobs} at a time)", "pipetask", "run", *query, "-j", str(jobs))
    print(f"\nThe graph has {graph.stat().st_size / 1e6:.1f} MB, the registry {_registry_size(root):.0f} MB.")


def _registry_size(root: Path) -> float:
    """Return the size of the database (MB)."""
    return (root / "gen3.sqlite3").stat().st_size / 1e6


def _prepare(directory: Path, n_visits: int, n_detectors: int) -> ReferenceRepo:
    """Return the repository of an earlier measurement, or a new one."""
    root = directory / f"repo_{n_visits}_{n_detectors}"
    done = root / "complete"
    if done.exists():
        return describe_reference_repo(root)
    start = time.monotonic()
    repo = make_survey(root, n_visits, n_detectors)
    done.touch()
    print(f"The repository was made in {time.monotonic() - start:.0f} s.\n", flush=True)
    return repo


def main() -> None:
    """Measure what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--visits", type=int, default=1000, help="number of visits (default: %(default)s)")
    parser.add_argument("--detectors", type=int, default=189, help="of each visit (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: %(default)s)")
    parser.add_argument("--directory", type=Path, help="where repositories and graphs are kept")
    options = parser.parse_args()
    if min(options.visits, options.detectors, options.jobs) < 1:
        parser.error("--visits, --detectors and --jobs must be positive.")
    with tempfile.TemporaryDirectory() as temporary:
        directory = options.directory or Path(temporary)
        directory.mkdir(parents=True, exist_ok=True)
        repo = _prepare(directory, options.visits, options.detectors)
        size = f"{options.visits} visits of {options.detectors} detectors"
        print(f"{size}; {describe_machine(_PACKAGES)}.\n", flush=True)
        _measure_all(repo, options.visits, options.jobs, directory)


if __name__ == "__main__":
    main()
