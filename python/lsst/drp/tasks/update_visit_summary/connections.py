"""Inputs and outputs of `UpdateVisitSummaryTask`."""

from __future__ import annotations

__all__ = ["UpdateVisitSummaryConnections"]

import dataclasses
from typing import TYPE_CHECKING

from lsst.pipe.base import PipelineTaskConnections
from lsst.pipe.base.connectionTypes import InitInput, InitOutput, Input, Output, PrerequisiteInput

from .providers import healpix_dimension

if TYPE_CHECKING:
    from .config import UpdateVisitSummaryConfig

_HEALPIX_NAME = "gbdesHealpix{level}AstrometricFitSkyWcsCatalog"


class UpdateVisitSummaryConnections(
    PipelineTaskConnections,
    dimensions=("instrument", "visit"),
    defaultTemplates={
        "skyWcsName": "gbdesAstrometricFit",
        "photoCalibName": "fgcm",
    },
):
    """One quantum per visit; only what the configuration needs is an input.

    Overrides do not constrain the quantum graph: whether a visit is processed
    depends on its exposures and its input summary.
    """

    camera = PrerequisiteInput(
        doc="Geometry of the camera; an input only if the pointing is fitted.",
        name="camera",
        dimensions=("instrument",),
        storageClass="Camera",
        isCalibration=True,
    )
    sky_map = Input(
        doc="Definition of the tracts; an input only if a provider is 'tract'.",
        name="skyMap",
        dimensions=("skymap",),
        storageClass="SkyMap",
    )
    input_summary_schema = InitInput(
        doc="Empty catalog with the schema of the input summary.",
        name="visitSummary_schema",
        storageClass="ExposureCatalog",
    )
    input_summary_catalog = Input(
        doc="Summary of the visit, one row per detector: which detectors to process, and every component "
        "that is not replaced.",
        name="visitSummary",
        dimensions=("instrument", "visit"),
        storageClass="ExposureCatalog",
    )
    input_exposures = Input(
        doc="Calibrated exposures of the visit. Box, mask, detector, visit info, filter and metadata are "
        "read; image and variance only when the background is replaced.",
        name="calexp",
        dimensions=("instrument", "visit", "detector"),
        storageClass="ExposureF",
        multiple=True,
        deferLoad=True,
        deferGraphConstraint=True,
    )
    psf_overrides = Input(
        doc="Visit-level catalog of final PSF models, by detector.",
        name="finalized_psf_ap_corr_catalog",
        dimensions=("instrument", "visit"),
        storageClass="ExposureCatalog",
        deferGraphConstraint=True,
    )
    psf_star_catalog = Input(
        doc="Visit-level table of the stars that the final PSF models were made from.",
        name="finalized_src_table",
        dimensions=("instrument", "visit"),
        storageClass="ArrowAstropy",
        deferGraphConstraint=True,
    )
    ap_corr_overrides = Input(
        doc="Visit-level catalog of final aperture correction maps, by detector.",
        name="finalized_psf_ap_corr_catalog",
        dimensions=("instrument", "visit"),
        storageClass="ExposureCatalog",
        deferGraphConstraint=True,
    )
    photo_calib_overrides_tract = Input(
        doc="Catalogs of final photometric calibrations, by detector, one for each tract of the visit.",
        name="{photoCalibName}PhotoCalibCatalog",
        dimensions=("instrument", "visit", "tract"),
        storageClass="ExposureCatalog",
        multiple=True,
        deferGraphConstraint=True,
    )
    photo_calib_overrides_global = Input(
        doc="Visit-level catalog of final photometric calibrations, by detector.",
        name="{photoCalibName}PhotoCalibCatalog",
        dimensions=("instrument", "visit"),
        storageClass="ExposureCatalog",
        deferGraphConstraint=True,
    )
    wcs_overrides_tract = Input(
        doc="Catalogs of final WCSs, by detector, one for each tract of the visit.",
        name="{skyWcsName}SkyWcsCatalog",
        dimensions=("instrument", "visit", "tract"),
        storageClass="ExposureCatalog",
        multiple=True,
        deferGraphConstraint=True,
    )
    wcs_overrides_global = Input(
        doc="Visit-level catalog of final WCSs, by detector.",
        name="{skyWcsName}SkyWcsCatalog",
        dimensions=("instrument", "visit"),
        storageClass="ExposureCatalog",
        deferGraphConstraint=True,
    )
    wcs_overrides_skypix = Input(
        doc="Catalogs of final WCSs, by detector, one for each HEALPix pixel of the visit. The dimension and "
        "the level in the default name are those of wcs_provider.",
        name=_HEALPIX_NAME.format(level=3),
        dimensions=("instrument", "visit", "healpix3"),
        storageClass="ExposureCatalog",
        multiple=True,
        deferGraphConstraint=True,
    )
    background_originals = Input(
        doc="Background models that have been subtracted from the input exposures.",
        name="calexpBackground",
        dimensions=("instrument", "visit", "detector"),
        storageClass="Background",
        multiple=True,
        deferLoad=True,
        deferGraphConstraint=True,
    )
    background_overrides = Input(
        doc="Background models to be subtracted from the input exposures as well, on top of the originals.",
        name="skyCorr",
        dimensions=("instrument", "visit", "detector"),
        storageClass="Background",
        multiple=True,
        deferLoad=True,
        deferGraphConstraint=True,
    )
    output_summary_schema = InitOutput(
        doc="Empty catalog with the schema of the output summary.",
        name="finalVisitSummary_schema",
        storageClass="ExposureCatalog",
    )
    output_summary_catalog = Output(
        doc="Summary of the visit with final components and the statistics that follow from them.",
        name="finalVisitSummary",
        dimensions=("instrument", "visit"),
        storageClass="ExposureCatalog",
    )

    visit_geometry = Output(
        doc="Fitted boresight and orientation of the visit, and the sky regions of all detectors.",
        name="visit_geometry",
        dimensions=("instrument", "visit"),
        storageClass="VisitGeometry",
    )

    def __init__(self, *, config: UpdateVisitSummaryConfig | None = None):
        super().__init__(config=config)
        assert config is not None, "PipelineTaskConnections are always made for a configuration."
        if config.do_refit_pointing:
            self.camera = dataclasses.replace(self.camera, dimensions=frozenset(config.camera_dimensions))
        else:
            del self.camera
        if not config.do_write_visit_geometry:
            del self.visit_geometry
        self._resolve_healpix(config.wcs_provider)
        if config.wcs_provider != "tract":
            del self.wcs_overrides_tract
        if config.wcs_provider != "global":
            del self.wcs_overrides_global
        if config.photo_calib_provider != "tract":
            del self.photo_calib_overrides_tract
        if config.photo_calib_provider != "global":
            del self.photo_calib_overrides_global
        if "tract" not in (config.wcs_provider, config.photo_calib_provider):
            del self.sky_map
        if config.background_provider == "input_summary":
            del self.background_originals
            del self.background_overrides

    def _resolve_healpix(self, wcs_provider: str) -> None:
        """Give the HEALPix input the dimension of the configuration, or delete it."""
        dimension = healpix_dimension(wcs_provider)
        if dimension is None:
            del self.wcs_overrides_skypix
            return
        name = self.wcs_overrides_skypix.name
        if name == _HEALPIX_NAME.format(level=3):
            name = _HEALPIX_NAME.format(level=dimension.removeprefix("healpix"))
        self.wcs_overrides_skypix = dataclasses.replace(
            self.wcs_overrides_skypix, name=name, dimensions=frozenset({"instrument", "visit", dimension})
        )
