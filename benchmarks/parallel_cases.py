"""The task on two cores, compared with one."""

from __future__ import annotations

__all__ = ["parallel_cases"]

import logging
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from lsst.drp.tasks.update_visit_summary.parallel import open_workers
from lsst.drp.tasks.visit_summary_stats import VisitSummaryStatsTask
from lsst.utils.logging import getLogger

from .measure import Result
from .task_cases import task_run
from .visit import Visit

N_CORES = 2

_FEW, _MANY = 4, 28
"""Detectors of two runs, whose difference is without the start of processes."""

_AIM = 1 / 1.8
"""Largest ratio that is acceptable: two cores are to be 1.8 times as fast as one."""


def parallel_cases(visit: Visit, repeats: int) -> Iterator[Result]:
    """Update a visit with one and with two cores."""
    start = [_seconds(_start) for _ in range(repeats)]
    yield Result(f"start of {N_CORES} processes", start)
    for title in ("kept", "replaced"):
        differences: dict[int, list[float]] = {1: [], N_CORES: []}
        for _ in range(repeats):
            for num_cores, found in differences.items():
                few, many = (
                    _seconds(partial(task_run(visit, VisitSummaryStatsTask, title, n), num_cores=num_cores))
                    for n in (_FEW, _MANY)
                )
                found.append((many - few) / (_MANY - _FEW))
        yield Result(
            f"task on {N_CORES} cores, per further detector, background {title}",
            differences[N_CORES],
            differences[1],
            "one core",
            _AIM,
        )


def _start() -> None:
    """Start processes, and end them."""
    with open_workers(N_CORES, [len], [], getLogger("lsst.benchmarks")):
        logging.debug("Nothing is to be done.")


def _seconds(function: Callable[[], Any]) -> float:
    """Return the time that a call takes by the clock; processor times would leave out that one waits."""
    start = time.monotonic()
    function()
    return time.monotonic() - start
