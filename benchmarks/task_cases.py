"""The task, and the statistics that it computes, on detectors of full size."""

from __future__ import annotations

__all__ = ["statistics_task_cases", "task_cases"]

import itertools
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow.parquet
from astropy.table import Table

from lsst.afw.image import ExposureFitsReader
from lsst.afw.table import ExposureCatalog
from lsst.daf.butler.formatters.parquet import arrow_to_astropy
from lsst.drp.tasks.update_visit_summary import GlobalInput, UpdateVisitSummaryConfig, UpdateVisitSummaryTask
from lsst.drp.tasks.visit_summary_stats import VisitSummaryStatsTask
from lsst.pipe.base import InMemoryDatasetHandle
from lsst.pipe.tasks.computeExposureSummaryStats import ComputeExposureSummaryStatsTask

from .measure import Result, compare
from .visit import HEIGHT, INITIAL, REFERENCE, WIDTH, Visit

N_TASK_DETECTORS = 4
"""Detectors of the visit that the task runs on."""

_N_STARS = 150
_COMPONENTS = ("BBox", "Mask", "Image", "Variance", "Detector", "Metadata", "Filter", "VisitInfo")
_PLAIN = "plain statistics task"


class _FileHandle:
    """A handle that opens the file for every component, as a butler's does.

    It has only what the task calls; there is no registry behind it.
    """

    def __init__(self, path: str):
        self._path = path

    def get(self, *, component: str) -> Any:
        """Return a component of the exposure."""
        method = {name.lower(): f"read{name}" for name in _COMPONENTS}[component.lower()]
        return getattr(ExposureFitsReader(self._path), method)()


def _stars() -> Table:
    """Return stars spread over detectors of full size."""
    rng = np.random.default_rng(11)
    template = arrow_to_astropy(pyarrow.parquet.read_table(REFERENCE / "finalized_src_table.parq"))
    stars = template[rng.integers(0, len(template), _N_STARS * N_TASK_DETECTORS)]
    stars["detector"] = np.repeat(np.arange(N_TASK_DETECTORS), _N_STARS)
    stars["slot_Centroid_x"] = rng.random(len(stars)) * WIDTH
    stars["slot_Centroid_y"] = rng.random(len(stars)) * HEIGHT
    return stars


def _config(statistics: type, **providers: str) -> UpdateVisitSummaryConfig:
    """Return a configuration with the fiducial values of the reference visit."""
    config = UpdateVisitSummaryConfig()
    # The fit needs a camera whose detectors have the size of these.
    config.update(do_refit_pointing=False, do_write_visit_geometry=False, **providers)
    config.compute_summary_stats.retarget(statistics)
    fiducials = json.loads((REFERENCE / "expected.json").read_text())["fiducials"]
    for name, by_band in fiducials.items():
        setattr(config.compute_summary_stats, name, by_band)
    return config


def task_cases(visit: Visit, repeats: int) -> Iterator[Result]:
    """Run the task with new components for all detectors, per detector."""
    summary = visit.summary(N_TASK_DETECTORS, INITIAL)
    fits = visit.summary(N_TASK_DETECTORS)
    ids = range(N_TASK_DETECTORS)
    arguments: dict[str, Any] = {
        "psf_overrides": fits,
        "psf_star_catalog": _stars(),
        "ap_corr_overrides": fits,
        "photo_calib_overrides": GlobalInput(fits),
        "wcs_overrides": GlobalInput(fits),
    }
    providers = {"wcs_provider": "global", "photo_calib_provider": "global"}
    background = InMemoryDatasetHandle(visit.background, storageClass="Background")
    replaced = {f"background_{kind}": dict.fromkeys(ids, background) for kind in ("originals", "overrides")}
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("kept", "input_summary", {}),
        ("replaced", "replacement", replaced),
    ]
    files = [("lossy16", visit.lossy_file), ("RICE_1", visit.rice_file)]
    for (title, provider, more), (name, path) in itertools.product(cases, files):
        inputs = arguments | more | {"input_exposures": {i: _FileHandle(path) for i in ids}}
        ours, plain = (
            _runner(cls, summary, inputs, **providers, background_provider=provider)
            for cls in (VisitSummaryStatsTask, ComputeExposureSummaryStatsTask)
        )
        result = compare(
            f"task, per detector, background {title}, {name}",
            *(ours, plain, _PLAIN),
            repeats=repeats,
            memory=True,
        )
        yield result.divided(N_TASK_DETECTORS)


def _runner(
    statistics: type, summary: ExposureCatalog, inputs: dict[str, Any], **providers: str
) -> Callable[[], Any]:
    """Return a call of the task with a class of statistics tasks."""
    config = _config(statistics, **providers)
    task = UpdateVisitSummaryTask(config=config, initInputs={"input_summary_schema": summary})
    return partial(task.run, summary, **inputs)


def statistics_task_cases(visit: Visit, repeats: int) -> Iterator[Result]:
    """Compute all statistics of an exposure in memory."""
    row = visit.summary(1)[0]
    exposure, stars = visit.exposure, _stars()[:_N_STARS]
    exposure.setPsf(row.getPsf())
    exposure.info.setApCorrMap(row.getApCorrMap())

    def update(task: ComputeExposureSummaryStatsTask) -> Any:
        return task.run(exposure, stars, visit.background)

    plain, ours = (
        partial(update, cls(config=_config(cls).compute_summary_stats.value))
        for cls in (ComputeExposureSummaryStatsTask, VisitSummaryStatsTask)
    )
    yield compare("statistics task, whole exposure", ours, plain, _PLAIN, repeats=repeats, memory=True)
