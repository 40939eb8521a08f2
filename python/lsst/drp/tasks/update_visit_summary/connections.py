"""Inputs and outputs of `UpdateVisitSummaryTask`."""

from __future__ import annotations

__all__ = ["UpdateVisitSummaryConnections"]

import dataclasses
from typing import TYPE_CHECKING

from lsst.pipe.base import PipelineTaskConnections
from lsst.pipe.base.connectionTypes import InitInput, InitOutput, Input, Output, PrerequisiteInput

from .providers import HealpixProvider, KeptProvider, Providers, TractProvider

if TYPE_CHECKING:
    from .config import UpdateVisitSummaryConfig

_HEALPIX_NAME = "gbdesHealpix{level}AstrometricFitSkyWcsCatalog"

_HEALPIX_LEVEL = 3
"""Level that the class declares, as upstream does (`int`)."""


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
        dimensions=("instrument", "visit", TractProvider.dimension),
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
        dimensions=("instrument", "visit", TractProvider.dimension),
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
        name=_HEALPIX_NAME.format(level=_HEALPIX_LEVEL),
        dimensions=("instrument", "visit", HealpixProvider(_HEALPIX_LEVEL).dimension),
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
    summary_report = Output(
        doc="Table with what became of each component of each detector, and why, and with the statistics "
        "before and after.",
        name="finalVisitSummary_report",
        dimensions=("instrument", "visit"),
        storageClass="ArrowAstropy",
    )
    visit_geometry = Output(
        doc="Fitted boresight and orientation of the visit, and the sky regions of all detectors.",
        name="visit_geometry",
        dimensions=("instrument", "visit"),
        storageClass="VisitGeometry",
    )

    def __init__(self, *, config: UpdateVisitSummaryConfig | None = None) -> None:
        super().__init__(config=config)
        assert config is not None, "PipelineTaskConnections are always made for a configuration."
        if config.do_refit_pointing:
            self.camera = dataclasses.replace(self.camera, dimensions=frozenset(config.camera_dimensions))
        else:
            del self.camera
        if not config.do_write_visit_geometry:
            del self.visit_geometry
        if not config.do_write_report:
            del self.summary_report
        providers = Providers.from_config(config)
        self._keep_overrides_of(providers)
        self._resolve_healpix(providers)
        if not providers.need_sky_map:
            del self.sky_map
        if isinstance(providers.background, KeptProvider):
            del self.background_originals
            del self.background_overrides

    def _keep_overrides_of(self, providers: Providers) -> None:
        """Delete the inputs of all providers but those of the configuration."""
        used = providers.connections.values()
        for argument in providers.by_argument:
            for name in [name for name in self.inputs if name.startswith(f"{argument}_")]:
                if name not in used:
                    delattr(self, name)

    def _resolve_healpix(self, providers: Providers) -> None:
        """Give the HEALPix input the dimension of the configuration."""
        match providers.wcs:
            case HealpixProvider(level=level) as provider:
                connection = self.wcs_overrides_skypix
                is_default = connection.name == _HEALPIX_NAME.format(level=_HEALPIX_LEVEL)
                self.wcs_overrides_skypix = dataclasses.replace(
                    connection,
                    name=_HEALPIX_NAME.format(level=level) if is_default else connection.name,
                    dimensions=frozenset({"instrument", "visit", provider.dimension}),
                )
