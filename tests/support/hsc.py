"""Real visits of Hyper Suprime-Cam: summaries, and exposures made to go with them."""

from __future__ import annotations

__all__ = ["HSC", "HSC_VISITS", "read_camera", "read_summary"]

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from lsst.afw.cameraGeom import Camera
from lsst.afw.image import FilterLabel, MaskX
from lsst.afw.table import ExposureCatalog, ExposureRecord
from lsst.daf.base import PropertyList
from lsst.drp.tasks.update_visit_summary import (
    GlobalInput,
    UpdateVisitSummaryConfig,
    UpdateVisitSummaryTask,
)
from lsst.pipe.base import Struct

from .catalogs import copy_catalog
from .handles import ComponentHandle, RecordingHandle
from .realdata import REALDATA

HSC_VISITS = (1176, 36434)


def read_summary(visit: int) -> ExposureCatalog:
    """Read the summary of a visit: 103 detectors, columns of an early release."""
    return ExposureCatalog.readFits(str(REALDATA / "hsc" / f"visitSummary_{visit}.fits"))


@cache
def read_camera() -> Camera:
    """Read the camera, which has nine detectors more than the summaries."""
    return Camera.readFits(str(REALDATA / "hsc" / "camera_HSC.fits"))


def _make_exposure(record: ExposureRecord) -> RecordingHandle:
    """Return the handle of an exposure that goes with a row of a summary.

    It has no image and no variance. Its mask has no pixel set.
    """
    label = FilterLabel(band=record["band"], physical=record["physical_filter"])
    return RecordingHandle(
        ComponentHandle(
            bbox=record.getBBox,
            mask=lambda: MaskX(record.getBBox()),
            detector=lambda: read_camera()[record.getId()],
            visitInfo=record.getVisitInfo,
            filter=lambda: label,
            metadata=PropertyList,
        )
    )


@dataclass
class HSC:
    """One visit, ready to be updated."""

    visit: int
    """One of `HSC_VISITS`."""

    summary: ExposureCatalog = field(init=False)
    """Its summary."""

    exposures: dict[int, Any] = field(init=False)
    """Handles of its exposures (`RecordingHandle`), by detector."""

    def __post_init__(self) -> None:
        self.summary = read_summary(self.visit)
        self.exposures = {record.getId(): _make_exposure(record) for record in self.summary}

    def run(self, wcss: ExposureCatalog, **options: Any) -> Struct:
        """Update the visit with the WCSs of a catalog.

        Parameters
        ----------
        wcss : `lsst.afw.table.ExposureCatalog`
            WCSs by detector.
        **options
            Options of the task; the visit-level steps are off unless they are
            switched on here.
        """
        return self.run_with({"wcs_overrides": GlobalInput(wcss)}, wcs_provider="global", **options)

    def run_with(self, overrides: dict[str, Any], **options: Any) -> Struct:
        """Update the visit with any overrides."""
        config = UpdateVisitSummaryConfig()
        steps_off = {"do_refit_pointing": False, "do_fit_sip_approximations": False}
        for name, value in (steps_off | options).items():
            setattr(config, name, value)
        task = UpdateVisitSummaryTask(config=config, initInputs={"input_summary_schema": self.summary})
        camera = read_camera() if config.do_refit_pointing else None
        return task.run(self.summary, self.exposures, camera=camera, **overrides)

    def requests(self) -> set[str | None]:
        """Return the components of any exposure that were asked for."""
        return {request for handle in self.exposures.values() for request in handle.requests}

    def keep(self, detectors: Iterable[int]) -> None:
        """Drop all rows but those of some detectors."""
        wanted = set(detectors)
        self.summary = copy_catalog(self.summary, [r for r in self.summary if r.getId() in wanted])
