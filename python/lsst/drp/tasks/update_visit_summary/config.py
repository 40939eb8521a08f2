"""Configuration of `UpdateVisitSummaryTask`."""

from __future__ import annotations

__all__ = ["UpdateVisitSummaryConfig"]

from lsst.meas.astrom.fit_sip_approximation import FitSipApproximationTask
from lsst.meas.astrom.refit_pointing import RefitPointingTask
from lsst.pex.config import ChoiceField, ConfigurableField, Field, FieldValidationError, ListField
from lsst.pipe.base import PipelineTaskConfig

from ..visit_summary_stats import VisitSummaryStatsTask
from .connections import UpdateVisitSummaryConnections
from .providers import KeptProvider, parse_provider


def _is_provider(name: str) -> bool:
    """Return whether a provider has a name; raise a `ValueError` with all valid forms if none has it."""
    parse_provider(name)
    return True


class UpdateVisitSummaryConfig(PipelineTaskConfig, pipelineConnections=UpdateVisitSummaryConnections):
    """Sources of components, and options of the steps that follow from these."""

    compute_summary_stats = ConfigurableField(
        doc="Subtask that recomputes the summary statistics that follow from a replaced component.",
        target=VisitSummaryStatsTask,
    )
    wcs_provider = Field(
        doc=(
            "Which dataset gives the WCS of each detector. 'input_summary': keep the WCS and the WCS "
            "statistics of the input summary. 'tract': wcs_overrides_tract, one catalog per tract; of the "
            "tracts that have a WCS for the detector, the one whose center is nearest to the detector's "
            "center. 'global': wcs_overrides_global, one catalog for the visit. 'healpixN': "
            "wcs_overrides_skypix, one catalog per HEALPix pixel of level N; the pixel that contains the "
            "detector's center, or else the nearest."
        ),
        dtype=str,
        default="input_summary",
        check=_is_provider,
    )
    photo_calib_provider = ChoiceField(
        doc="Which dataset gives the photometric calibration of each detector.",
        dtype=str,
        default="input_summary",
        allowed={
            "input_summary": "Keep the photometric calibration and the zero point of the input summary.",
            "tract": (
                "Take the calibration from photo_calib_overrides_tract, one catalog per tract: of the tracts "
                "that have the detector, the one whose center is nearest to the detector's center."
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
    wcs_consistency_threshold = Field(
        doc=(
            "Largest distance on the sky (arcseconds) that a new WCS may move a corner of the detector. A "
            "WCS that moves one farther, or cannot be compared with that of the input summary, is not used: "
            "the detector then has none. By default nothing is checked."
        ),
        dtype=float,
        default=None,
        optional=True,
        check=lambda threshold: threshold > 0.0,
    )
    do_refit_pointing = Field(
        doc=(
            "Fit the boresight and the orientation of the visit to the final WCSs and the camera, and null "
            "the WCSs that are far from that fit."
        ),
        dtype=bool,
        default=True,
    )
    camera_dimensions = ListField(
        doc="Dimensions of the camera dataset, with which the pointing is fitted.",
        dtype=str,
        default=["instrument"],
    )
    refit_pointing = ConfigurableField(
        doc="Subtask that fits the pointing.",
        target=RefitPointingTask,
    )
    do_write_visit_geometry = Field(
        doc="Write the fitted pointing and the regions of all detectors as visit_geometry.",
        dtype=bool,
        default=False,
    )
    do_fit_sip_approximations = Field(
        doc="Fit a TAN-SIP approximation to each final WCS, and attach it.",
        dtype=bool,
        default=True,
    )
    fit_sip_approximations = ConfigurableField(
        doc="Subtask that fits TAN-SIP approximations.",
        target=FitSipApproximationTask,
    )
    do_write_report = Field(
        doc=(
            "Write a table with what became of each component of each detector, and why, and with the "
            "statistics before and after, as summary_report."
        ),
        dtype=bool,
        default=False,
    )
    detector_failure = ChoiceField(
        doc=(
            "What to do if one detector cannot be updated, because a dataset or an attached object cannot be "
            "read, or a statistic raises an error."
        ),
        dtype=str,
        default="raise",
        allowed={
            "raise": "Fail with a message that names detector and dataset, and write nothing.",
            "null": (
                "Go on with the other detectors; that detector has no components, reset statistics, and the "
                "flag update_failed. A visit of which every detector fails raises all the same."
            ),
        },
        optional=False,
    )

    def validate(self) -> None:
        """Refuse options that cannot work together."""
        super().validate()
        cls = type(self)
        wcs_provider = parse_provider(self.wcs_provider)
        if self.wcs_consistency_threshold is not None and isinstance(wcs_provider, KeptProvider):
            raise FieldValidationError(
                cls.wcs_consistency_threshold,
                self,
                "wcs_consistency_threshold compares a new WCS with that of the input summary, but "
                f"wcs_provider='{wcs_provider.name}' gives no new one; set a provider, or the threshold to "
                "None.",
            )
        if self.do_write_visit_geometry and not self.do_refit_pointing:
            raise FieldValidationError(
                cls.do_write_visit_geometry,
                self,
                "do_write_visit_geometry writes what do_refit_pointing finds; set both, or neither.",
            )
        if "instrument" not in self.camera_dimensions:
            raise FieldValidationError(
                cls.camera_dimensions, self, "camera_dimensions must have 'instrument': cameras differ by it."
            )
