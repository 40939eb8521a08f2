"""Measure everything, or the groups that are named, and print a table."""

from __future__ import annotations

__all__ = ["main"]

import argparse
import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from .cases import background_cases, evaluation_cases, exposure_cases, statistics_cases, summary_cases
from .measure import HEAD, Result, describe_machine, table_row
from .parallel_cases import parallel_cases
from .task_cases import statistics_task_cases, task_cases
from .visit import Visit

GROUPS: dict[str, Callable[[Visit, int], Iterator[Result]]] = {
    "summary": summary_cases,
    "evaluation": evaluation_cases,
    "exposure": exposure_cases,
    "statistics": statistics_cases,
    "background": background_cases,
    "summarizing": statistics_task_cases,
    "task": task_cases,
    "cores": parallel_cases,
}
_PACKAGES = ("numpy", "astropy", "starlink-pyast", "galsim")


def main() -> None:
    """Run the groups named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}; default: all")
    parser.add_argument("--repeats", type=int, default=5, help="runs that count (default: %(default)s)")
    options = parser.parse_args()
    if unknown := set(options.groups) - set(GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    # Warnings about the synthetic data would interrupt the table.
    logging.getLogger("lsst").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as directory:
        visit = Visit(Path(directory))
        print(f"{describe_machine(_PACKAGES)}.\n\n{HEAD}", flush=True)
        for name in options.groups or GROUPS:
            for result in GROUPS[name](visit, options.repeats):
                print(table_row(result.cells()), flush=True)


if __name__ == "__main__":
    main()
