"""Measure what the task needs for one visit of LSSTCam: time, memory, bytes read and written."""

from __future__ import annotations

__all__ = ["main"]

import argparse
import logging
import multiprocessing
import os
import tempfile
import time
from pathlib import Path

from lsst.afw.math import BackgroundList
from lsst.drp.tasks.visit_summary_stats import VisitSummaryStatsTask

from .measure import table_row
from .task_cases import task_run
from .visit import N_DETECTORS, Visit

_COLUMNS = (
    "background",
    "detectors",
    "CPU, s",
    "wall, s",
    "peak, MB",
    "before, MB",
    "read, GB",
    "written, MB",
)

_BACKGROUND = "background.fits"


def _read_proc(name: str, key: str) -> int:
    """Return a number that the kernel keeps of this process."""
    lines = Path(f"/proc/self/{name}").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(f"{key}:")).split()[1])


def _bytes_read() -> int:
    """Return how much this process has read from files."""
    return _read_proc("io", "rchar")


def _peak() -> float:
    """Return the largest resident memory so far (MB)."""
    # That of getrusage begins with the memory of the parent. Linux counts in kilobytes.
    return _read_proc("status", "VmHWM") * 1024 / 1e6


def _measure(directory: Path, exposure: str, n_detectors: int, background: str) -> None:
    """Run the task, and print a row of the table."""
    logging.getLogger("lsst").setLevel(logging.ERROR)
    visit = Visit(directory)
    # To make it anew would need more memory than the task does.
    vars(visit)["background"] = BackgroundList.readFits(str(directory / _BACKGROUND))
    run = task_run(visit, VisitSummaryStatsTask, background, n_detectors, exposure)
    before, read, cpu, wall = _peak(), _bytes_read(), time.process_time(), time.monotonic()
    result = run()
    cpu, wall, read = time.process_time() - cpu, time.monotonic() - wall, _bytes_read() - read
    output = directory / "output.fits"
    result.output_summary_catalog.writeFits(str(output))
    cells = [background, str(n_detectors), f"{cpu:.0f}", f"{wall:.0f}", f"{_peak():.0f}", f"{before:.0f}"]
    print(table_row([*cells, f"{read / 1e9:.2f}", f"{output.stat().st_size / 1e6:.1f}"]), flush=True)


def main() -> None:
    """Measure with the background kept and replaced, each in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole_visit", description=__doc__)
    parser.add_argument("--detectors", type=int, default=N_DETECTORS, help="(default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        visit = Visit(Path(temporary))
        exposure = visit.lossy_file
        visit.background.writeFits(str(Path(temporary) / _BACKGROUND))
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        print(f"Load averages {load}; an exposure has {Path(exposure).stat().st_size / 1e6:.1f} MB.\n")
        for row in (_COLUMNS, ("---",) * len(_COLUMNS)):
            print(table_row(row))
        for background in ("kept", "replaced"):
            arguments = (Path(temporary), exposure, options.detectors, background)
            process = multiprocessing.get_context("spawn").Process(target=_measure, args=arguments)
            process.start()
            process.join()
            if process.exitcode != 0:
                raise SystemExit(f"The run with the background {background} failed (see above).")


if __name__ == "__main__":
    main()
