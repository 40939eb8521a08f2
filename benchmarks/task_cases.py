"""The task, and the statistics that it computes, on detectors of full size."""

from __future__ import annotations

__all__ = ["statistics_task_cases", "task_cases", "task_run"]

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
_BACKGROUND_PROVIDERS = {"kept": "input_summary", "replaced": "replacement"}


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


def _stars(n_detectors: int) -> Table:
    """Return stars spread over detectors of full size."""
    rng = np.random.default_rng(11)
    template = arrow_to_astropy(pyarrow.parquet.read_table(REFERENCE / "finalized_src_table.parq"))
    stars = template[rng.integers(0, len(template), _N_STARS * n_detectors)]
    stars["detector"] = np.repeat(np.arange(n_detectors), _N_STARS)
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
    files = [("lossy16", visit.lossy_file), ("RICE_1", visit.rice_file)]
    for title, (name, path) in itertools.product(_BACKGROUND_PROVIDERS, files):
        ours, plain = (
            task_run(visit, cls, title, N_TASK_DETECTORS, path)
            for cls in (VisitSummaryStatsTask, ComputeExposureSummaryStatsTask)
        )
        result = compare(
            f"task, per detector, background {title}, {name}",
            *(ours, plain, _PLAIN),
            repeats=repeats,
            memory=True,
        )
        yield result.divided(N_TASK_DETECTORS)


def task_run(
    visit: Visit, statistics: type, background: str, n_detectors: int, path: str | None = None
) -> Callable[..., Any]:
    """Return a call of the task with new components for all detectors.

    Parameters
    ----------
    visit : `Visit`
        The files.
    statistics : `type`
        Class of the statistics task.
    background : `str`
        What becomes of backgrounds: ``kept`` or ``replaced``.
    n_detectors : `int`
        Number of detectors.
    path : `str`, optional
        File with the exposure of all detectors; by default that of the
        butler's recipe lossy16.
    """
    summary, fits = visit.summary(n_detectors, INITIAL), visit.summary(n_detectors)
    handle = _FileHandle(visit.lossy_file if path is None else path)
    inputs: dict[str, Any] = {
        "input_exposures": dict.fromkeys(range(n_detectors), handle),
        "psf_overrides": fits,
        "psf_star_catalog": _stars(n_detectors),
        "ap_corr_overrides": fits,
        "photo_calib_overrides": GlobalInput(fits),
        "wcs_overrides": GlobalInput(fits),
    }
    if background == "replaced":
        layers = InMemoryDatasetHandle(visit.background, storageClass="Background")
        for kind in ("originals", "overrides"):
            inputs[f"background_{kind}"] = dict.fromkeys(range(n_detectors), layers)
    providers = {"wcs_provider": "global", "photo_calib_provider": "global"}
    return _runner(
        statistics, summary, inputs, **providers, background_provider=_BACKGROUND_PROVIDERS[background]
    )


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
    exposure, stars = visit.exposure, _stars(1)
    exposure.setPsf(row.getPsf())
    exposure.info.setApCorrMap(row.getApCorrMap())

    def update(task: ComputeExposureSummaryStatsTask) -> Any:
        return task.run(exposure, stars, visit.background)

    plain, ours = (
        partial(update, cls(config=_config(cls).compute_summary_stats.value))
        for cls in (ComputeExposureSummaryStatsTask, VisitSummaryStatsTask)
    )
    yield compare("statistics task, whole exposure", ours, plain, _PLAIN, repeats=repeats, memory=True)
