"""A script that starts processes and has no guard; it ends in a sleep, after the numbers of its processes."""

from __future__ import annotations

import logging
import signal
import sys
from functools import partial
from typing import Any

from lsst.drp.tasks.update_visit_summary import UpdateVisitSummaryTask
from lsst.drp.tasks.update_visit_summary.parallel import Job, open_workers
from lsst.drp.tasks.visit_summary_stats import VisitSummaryStatsTask
from lsst.utils.logging import getLogger
from support import remote_work
from support.catalogs import row_values
from support.reference import Reference

N_CORES = 2


class OwnStatistics(VisitSummaryStatsTask):
    """A class that no other process can import."""


def run_task(num_cores: int) -> list[Any]:
    """Return rows of the reference visit, with statistics of that class."""
    reference = Reference()
    config = reference.config()
    config.compute_summary_stats.retarget(OwnStatistics)
    task = UpdateVisitSummaryTask(config=config, initInputs={"input_summary_schema": reference.summary})
    rows = reference.summary[:2]
    result = task.run(rows, reference.exposures, **reference.overrides(), num_cores=num_cores)
    return [row_values(row) for row in result.output_summary_catalog]


# Shells let what they start in the background ignore Ctrl-C, and whatever that starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
logging.basicConfig(format="%(levelname)s %(message)s")
if "statistics" in sys.argv:
    print("same" if run_task(1) == run_task(N_CORES) else "different", flush=True)
jobs = [
    *(Job("nap", lambda: partial(remote_work.identify, 0.5)) for _ in range(N_CORES)),
    *(Job("sleep", lambda: partial(remote_work.sleep, 600.0, 0)) for _ in range(N_CORES)),
]
with open_workers(N_CORES, [remote_work.do], [], getLogger("lsst.script")) as run:
    for outcome in run(remote_work.do, jobs):
        print(outcome(), flush=True)
