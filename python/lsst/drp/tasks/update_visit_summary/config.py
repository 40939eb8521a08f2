"""Configuration of `UpdateVisitSummaryTask`."""

from __future__ import annotations

__all__ = ["UpdateVisitSummaryConfig"]

from lsst.pex.config import ChoiceField, ConfigurableField
from lsst.pipe.base import PipelineTaskConfig
from lsst.pipe.tasks.computeExposureSummaryStats import ComputeExposureSummaryStatsTask

from .connections import UpdateVisitSummaryConnections


class UpdateVisitSummaryConfig(PipelineTaskConfig, pipelineConnections=UpdateVisitSummaryConnections):
    """Which source gives each component, and how statistics are computed."""

    compute_summary_stats = ConfigurableField(
        doc="Subtask that recomputes the summary statistics that follow from a replaced component.",
        target=ComputeExposureSummaryStatsTask,
    )
    wcs_provider = ChoiceField(
        doc="Which dataset gives the WCS of each detector.",
        dtype=str,
        default="input_summary",
        allowed={
            "input_summary": "Keep the WCS and the WCS statistics of the input summary.",
            "tract": (
                "Take the WCS from wcs_overrides_tract, one catalog per tract: of the tracts that have a "
                "WCS for the detector, the one whose centre is nearest to the detector's centre."
            ),
            "global": "Take the WCS from wcs_overrides_global, one catalog for the visit.",
        },
        optional=False,
    )
    photo_calib_provider = ChoiceField(
        doc="Which dataset gives the photometric calibration of each detector.",
        dtype=str,
        default="input_summary",
        allowed={
            "input_summary": "Keep the photometric calibration and the zero point of the input summary.",
            "tract": (
                "Take the calibration from photo_calib_overrides_tract, one catalog per tract: of the tracts "
                "that have the detector, the one whose centre is nearest to the detector's centre."
            ),
            "global": "Take the calibration from photo_calib_overrides_global, one catalog for the visit.",
        },
        optional=False,
    )
    background_provider = ChoiceField(
        doc="Which dataset gives the background of each detector.",
        dtype=str,
        default="input_summary",
        allowed={
            "input_summary": "Keep the background and noise statistics of the input summary.",
            "replacement": (
                "Add the layers of background_overrides to those of background_originals. The exposures are "
                "taken as already subtracted by the originals; only the overrides are subtracted from them "
                "before the noise statistics are computed, and never from the exposures in the repository."
            ),
        },
        optional=False,
    )
