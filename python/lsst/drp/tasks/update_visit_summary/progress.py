"""Log lines at the start and the end of a run, names in all of them, and times of its parts."""

from __future__ import annotations

__all__ = [
    "PROGRESS_INTERVAL",
    "Stopwatch",
    "describe_end",
    "describe_start",
    "name_in_logs",
    "name_visit",
]

import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .diagnosis import Component

if TYPE_CHECKING:
    from lsst.afw.table import ExposureCatalog
    from lsst.pipe.base import Task

    from .override_inputs import PossiblyMultipleInput
    from .overrides import Overrides

PROGRESS_INTERVAL = 30.0
"""Seconds between lines about progress: some at least for a visit of a large
camera, which takes a few minutes, and none for a small one (`float`)."""


class Stopwatch:
    """Times of the parts of some work, each without the parts inside of it."""

    def __init__(self) -> None:
        self._durations: defaultdict[str, float] = defaultdict(float)
        self._inside = 0.0

    @property
    def durations(self) -> dict[str, float]:
        """Seconds by name of the part (`dict` [`str`, `float`])."""
        return dict(self._durations)

    @contextmanager
    def timing(self, part: str) -> Iterator[None]:
        """Count the time of a block as that of a part.

        Parameters
        ----------
        part : `str`
            Name of the part.
        """
        start, outside, self._inside = time.perf_counter(), self._inside, 0.0
        try:
            yield
        finally:
            elapsed = time.perf_counter() - start
            self._durations[part] += elapsed - self._inside
            self._inside = outside + elapsed


class _Prefix(logging.Filter):
    """Puts a text in front of messages; lets all of them pass."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text.replace("%", "%%")

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = f"{self._text}{record.msg}"
        return True


@contextmanager
def name_in_logs(name: str, task: Task) -> Iterator[None]:
    """Begin all log lines of a task and its subtasks with a name.

    Subtasks know neither visit nor detector, and lines of several quanta are
    mixed where these run at the same time.

    Parameters
    ----------
    name : `str`
        Name of the visit or the detector; nothing happens if it is empty.
        Of several, the outermost comes first.
    task : `lsst.pipe.base.Task`
        The task.
    """
    if not name:
        yield
        return
    prefix = _Prefix(f"{name}: ")
    own = f"{task.getFullName()}."
    subtasks = (reference() for full, reference in task.getTaskDict().items() if full.startswith(own))
    loggers = [each.log.logger for each in (task, *subtasks) if each is not None]
    for logger in loggers:
        # In front of those that are there, whose names are put before this one.
        logger.filters.insert(0, prefix)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(prefix)


def name_visit(summary: ExposureCatalog) -> str:
    """Return the name of the visit of a summary, for messages; empty if it has none.

    Parameters
    ----------
    summary : `lsst.afw.table.ExposureCatalog`
        Rows of a visit.
    """
    has_id = len(summary) > 0 and "visit" in summary.schema.getNames()
    return f"Visit {summary[0]['visit']}" if has_id else ""


def describe_start(n_detectors: int, overrides: Overrides) -> str:
    """Return what is going to be done, as one sentence.

    Parameters
    ----------
    n_detectors : `int`
        Number of detectors of the visit.
    overrides : `Overrides`
        All overrides.
    """
    sources = {
        component: _describe_source(component.argument, overrides.sources.get(component.argument))
        for component in (Component.PSF, Component.AP_CORR, Component.PHOTO_CALIB, Component.WCS)
    }
    has_background = overrides.background_overrides is not None
    sources[Component.BACKGROUND] = Component.BACKGROUND.argument if has_background else ""
    replaced = [f"{component.label} from {source}" for component, source in sources.items() if source]
    kept = [component.label for component, source in sources.items() if not source]
    parts = [f"replacing {_join(replaced)}"] if replaced else []
    parts += [f"keeping {_join(kept)}"] if kept else []
    return f"Updating {n_detectors} detectors, {', '.join(parts)}."


def _describe_source(argument: str, source: PossiblyMultipleInput | None) -> str:
    """Return the argument that a source was given as, with the number of regions."""
    if source is None:
        return ""
    regions = [part for part, _ in source.catalogs()] if source.region_kind is not None else []
    return f"{argument} ({', '.join(regions)})" if regions else argument


def _join(items: Iterable[str]) -> str:
    return ", ".join(items)


def describe_end(n_detectors: int, seconds: float, durations: Iterable[Mapping[str, float]]) -> str:
    """Return what was done, with the times of the parts, as one sentence.

    Parameters
    ----------
    n_detectors : `int`
        Number of detectors of the visit.
    seconds : `float`
        Time of the whole run.
    durations : `~collections.abc.Iterable` [`~collections.abc.Mapping`]
        Seconds by name of the part, several times for some of them.
    """
    total: defaultdict[str, float] = defaultdict(float)
    for parts_of_one in durations:
        for name, value in parts_of_one.items():
            total[name] += value
    parts = _join(f"{name} {value:.1f} s" for name, value in total.items())
    times = f"{seconds:.1f} s ({parts})" if parts else f"{seconds:.1f} s"
    return f"Updated {n_detectors} detectors in {times}."
