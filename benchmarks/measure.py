"""Times of a function and of its baseline, and peaks of memory."""

from __future__ import annotations

__all__ = ["HEAD", "Result", "compare", "describe_machine", "peak_memory", "table_row"]

import dataclasses
import datetime
import gc
import os
import platform
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from typing import Any

_MB = 1e6


@dataclasses.dataclass(frozen=True)
class Result:
    """Measurement of one operation, a line of the table."""

    name: str
    """Name of the operation."""

    times: list[float]
    """Processor time of every run (seconds, all threads)."""

    baseline: list[float] = dataclasses.field(default_factory=list)
    """The same for the baseline, the underlying library calls alone; empty if there is none."""

    baseline_name: str = ""
    """Name of the baseline."""

    aim: float | None = None
    """Largest ratio of the two that is acceptable."""

    peak: float | None = None
    """Largest memory in use beyond that before the run (bytes)."""

    @property
    def ratio(self) -> float | None:
        """Ratio of the medians."""
        return statistics.median(self.times) / statistics.median(self.baseline) if self.baseline else None

    def divided(self, n: int) -> Result:
        """Return the times per item of ``n``; the peak stays."""
        return dataclasses.replace(
            self, times=[t / n for t in self.times], baseline=[t / n for t in self.baseline]
        )

    def cells(self) -> list[str]:
        """Return the line of the table."""
        ratio = self.ratio
        return [
            self.name,
            _milliseconds(self.times),
            _milliseconds(self.baseline) if self.baseline else "",
            self.baseline_name,
            "" if ratio is None else f"{ratio:.2f}",
            "" if self.aim is None else f"{self.aim:g}",
            "" if self.peak is None else f"{self.peak / _MB:.0f}",
        ]


def _milliseconds(times: list[float]) -> str:
    """Return the median and, in brackets, the range."""
    low, middle, high = (1e3 * f(times) for f in (min, statistics.median, max))
    digits = 2 if middle < 10 else 0
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def _seconds(function: Callable[[], Any]) -> float:
    start = time.process_time()
    kept = function()
    elapsed = time.process_time() - start
    del kept
    return elapsed


def peak_memory(function: Callable[[], Any]) -> float:
    """Return the largest memory that Python and numpy allocate in a call.

    Parameters
    ----------
    function : `~collections.abc.Callable`
        Called once without arguments; its result counts.

    Returns
    -------
    peak : `float`
        Bytes beyond those in use before the call.
    """
    gc.collect()
    tracemalloc.start()
    try:
        kept = function()
        del kept
        return float(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def compare(
    name: str,
    function: Callable[[], Any],
    baseline: Callable[[], Any] | None = None,
    baseline_name: str = "",
    *,
    repeats: int = 5,
    aim: float | None = None,
    memory: bool = False,
) -> Result:
    """Time two functions alternately, so that both see the same load of the machine.

    Parameters
    ----------
    name, baseline_name : `str`
        Names of the operations.
    function, baseline : `~collections.abc.Callable`
        Called without arguments; the first call of each does not count.
    repeats : `int`, optional
        Number of calls that count.
    aim : `float`, optional
        Largest ratio that is acceptable.
    memory : `bool`, optional
        Whether to call ``function`` once more for its peak of memory.

    Returns
    -------
    result : `Result`
        Processor times, which other processes hardly disturb.
    """
    functions = [function] if baseline is None else [function, baseline]
    for each in functions:
        each()
    rounds = [[_seconds(each) for each in functions] for _ in range(repeats)]
    times, *others = ([*column] for column in zip(*rounds, strict=True))
    peak = peak_memory(function) if memory else None
    return Result(name, times, others[0] if others else [], baseline_name, aim, peak)


def describe_machine(packages: Iterable[str]) -> str:
    """Return date, versions and load, without which times cannot be compared.

    Parameters
    ----------
    packages : `~collections.abc.Iterable` [`str`]
        Distributions whose versions matter.
    """
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return (
        f"{datetime.date.today()}, Python {platform.python_version()}, {versions}; "
        f"{os.cpu_count()} cores, load averages {load}"
    )


def table_row(cells: Sequence[str]) -> str:
    """Return a row of a Markdown table."""
    return f"| {' | '.join(cells)} |"


_COLUMNS = ["what", "ms (range)", "baseline, ms (range)", "baseline", "ratio", "aim", "peak MB"]

HEAD = "\n".join(table_row(cells) for cells in (_COLUMNS, ["---"] * len(_COLUMNS)))
"""First two lines of the table."""
