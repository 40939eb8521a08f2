"""The task on detectors of full size."""

from __future__ import annotations

__all__ = ["task_cases"]

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pyarrow.parquet
from astropy.table import Table

from lsst.afw.image import ExposureFitsReader
from lsst.daf.butler.formatters.parquet import arrow_to_astropy
from lsst.drp.tasks.update_visit_summary import GlobalInput, UpdateVisitSummaryConfig, UpdateVisitSummaryTask
from lsst.pipe.base import InMemoryDatasetHandle

from .measure import Result, compare
from .visit import HEIGHT, INITIAL, REFERENCE, WIDTH, Visit

N_TASK_DETECTORS = 4
"""Detectors of the visit that the task runs on."""

_N_STARS = 150
_COMPONENTS = ("BBox", "Mask", "Image", "Variance", "Detector", "Metadata", "Filter", "VisitInfo")


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


def _config(**providers: str) -> UpdateVisitSummaryConfig:
    """Return a configuration with the fiducial values of the reference visit."""
    config = UpdateVisitSummaryConfig()
    # The fit needs a camera whose detectors have the size of these.
    config.update(do_refit_pointing=False, do_write_visit_geometry=False, **providers)
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
        "input_exposures": {i: _FileHandle(visit.rice_file) for i in ids},
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
    for title, provider, more in cases:
        config = _config(**providers, background_provider=provider)
        task = UpdateVisitSummaryTask(config=config, initInputs={"input_summary_schema": summary})
        result = compare(
            f"task, per detector, background {title}",
            partial(task.run, summary, **arguments, **more),
            repeats=repeats,
            memory=True,
        )
        yield result.divided(N_TASK_DETECTORS)
