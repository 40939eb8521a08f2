"""The visit written by the real stack, as arguments of the task's ``run``."""

from __future__ import annotations

__all__ = ["DATA", "NOTHING_IS_CONSISTENT", "Reference", "expected_values"]

import json
import pickle
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet
from astropy.table import Table

from lsst.afw.cameraGeom import Camera
from lsst.afw.image import ExposureF
from lsst.afw.math import BackgroundList
from lsst.afw.table import ExposureCatalog
from lsst.daf.butler.formatters.parquet import arrow_to_astropy
from lsst.drp.tasks.update_visit_summary import (
    GlobalInput,
    PerHealpixInput,
    PerTractInput,
    UpdateVisitSummaryConfig,
    UpdateVisitSummaryTask,
)
from lsst.pipe.base import InMemoryDatasetHandle
from lsst.sphgeom import HealpixPixelization

DATA = Path(__file__).parents[1] / "data" / "reference_visit"

NOTHING_IS_CONSISTENT: dict[str, Any] = {
    "wcs_provider": "tract",
    "wcs_consistency_threshold": 1e-9,
    "do_refit_pointing": True,
}
"""Options under which no WCS is consistent, so that the pointing cannot be fitted."""

_NO_VISIT_STEPS = {"do_refit_pointing": False, "do_fit_sip_approximations": False}


@cache
def expected_values() -> dict[str, Any]:
    """Return what the real stack says about the visit."""
    return json.loads((DATA / "expected.json").read_text())


def _read(name: str) -> ExposureCatalog:
    return ExposureCatalog.readFits(str(DATA / name))


@cache
def _exposure(detector: int) -> ExposureF:
    """Return an exposure that is read once, of which tests get copies."""
    return ExposureF.readFits(str(DATA / f"calexp_{detector}.fits"))


@cache
def _stars() -> Table:
    """Return the table of stars that is read once, of which tests get copies."""
    return arrow_to_astropy(pyarrow.parquet.read_table(DATA / "finalized_src_table.parq"))


@cache
def _background(name: str, detector: int) -> BackgroundList:
    """Return a background that is read once, of which tests get copies."""
    return BackgroundList.readFits(str(DATA / f"{name}_{detector}.fits"))


class Reference:
    """Inputs of the reference visit, read when they are first asked for.

    Objects may be modified by a test: every instance has its own. Of the
    exposures that is true for pixels, metadata, and which objects they have;
    the objects themselves, such as the PSF, are shared, and nothing modifies
    them.
    """

    detectors = tuple(range(90, 99))
    tracts = (9813, 10055)
    pixels = (425, 65)

    @cached_property
    def summary(self) -> ExposureCatalog:
        return _read("visitSummary.fits")

    @cached_property
    def exposures(self) -> dict[int, InMemoryDatasetHandle]:
        return {
            detector: InMemoryDatasetHandle(
                ExposureF(_exposure(detector), deep=True), storageClass="ExposureF"
            )
            for detector in self.detectors
        }

    @cached_property
    def psf_and_ap_corr(self) -> ExposureCatalog:
        return _read("finalized_psf_ap_corr_catalog.fits")

    @cached_property
    def stars(self) -> Table:
        return _stars().copy()

    @cached_property
    def sky_map(self) -> Any:
        # A file of the repository itself, and what the butler does with it.
        return pickle.loads((DATA / "skymap.pickle").read_bytes())

    def _per_tract(self, name: str) -> PerTractInput:
        return PerTractInput([(self.sky_map[t], _read(f"{name}_tract{t}.fits")) for t in self.tracts])

    @cached_property
    def wcs_tract(self) -> PerTractInput:
        return self._per_tract("gbdesAstrometricFitSkyWcsCatalog")

    @cached_property
    def wcs_healpix(self) -> PerHealpixInput:
        name = "gbdesHealpix3AstrometricFitSkyWcsCatalog"
        pixelization = HealpixPixelization(3)
        return PerHealpixInput(
            [(p, pixelization.pixel(p), _read(f"{name}_healpix{p}.fits")) for p in self.pixels]
        )

    @cached_property
    def camera(self) -> Camera:
        return Camera.readFits(str(DATA / "camera.fits"))

    @cached_property
    def wcs_global(self) -> GlobalInput:
        return GlobalInput(_read("gbdesAstrometricFitSkyWcsCatalog.fits"))

    @cached_property
    def photo_calib_tract(self) -> PerTractInput:
        return self._per_tract("jointcalPhotoCalibCatalog")

    @cached_property
    def photo_calib_global(self) -> GlobalInput:
        return GlobalInput(_read("fgcmPhotoCalibCatalog.fits"))

    def _backgrounds(self, name: str) -> dict[int, InMemoryDatasetHandle]:
        return {
            detector: InMemoryDatasetHandle(_background(name, detector).clone(), storageClass="Background")
            for detector in self.detectors
        }

    @cached_property
    def background_originals(self) -> dict[int, InMemoryDatasetHandle]:
        return self._backgrounds("calexpBackground")

    @cached_property
    def background_overrides(self) -> dict[int, InMemoryDatasetHandle]:
        return self._backgrounds("skyCorr")

    @staticmethod
    def config(**options: Any) -> UpdateVisitSummaryConfig:
        """Return a configuration with the fiducial values of the visit.

        The visit-level steps are off unless ``options`` switches them on.
        """
        config = UpdateVisitSummaryConfig()
        for name, value in (_NO_VISIT_STEPS | options).items():
            setattr(config, name, value)
        for name, by_band in expected_values()["fiducials"].items():
            setattr(config.compute_summary_stats, name, by_band)
        return config

    def replace(self, **inputs: Any) -> Reference:
        """Return the inputs with others in the place of some, like `dataclasses.replace`.

        Inputs that were read before are those of this instance.

        Raises
        ------
        TypeError
            Raised if there is no such input.
        """
        for name in inputs:
            if not isinstance(getattr(Reference, name, None), cached_property):
                raise TypeError(f"The reference visit has no input {name!r} to replace.")
        result = Reference()
        # This is where a cached property looks first.
        vars(result).update(vars(self) | inputs)
        return result

    def task(self, **options: Any) -> UpdateVisitSummaryTask:
        """Return a task for the summary of the visit."""
        return UpdateVisitSummaryTask(
            config=self.config(**options), initInputs={"input_summary_schema": self.summary}
        )

    def overrides(
        self,
        wcs_provider: str = "input_summary",
        photo_calib_provider: str = "input_summary",
        background_provider: str = "input_summary",
        do_refit_pointing: bool = False,
        **_: Any,
    ) -> dict[str, Any]:
        """Return the arguments of ``run`` that some options need."""
        arguments: dict[str, Any] = {
            "psf_overrides": self.psf_and_ap_corr,
            "psf_star_catalog": self.stars,
            "ap_corr_overrides": self.psf_and_ap_corr,
        }
        for component, provider in (("wcs", wcs_provider), ("photo_calib", photo_calib_provider)):
            if provider != "input_summary":
                provider = "healpix" if provider == "healpix3" else provider
                arguments[f"{component}_overrides"] = getattr(self, f"{component}_{provider}")
        if background_provider == "replacement":
            arguments["background_originals"] = self.background_originals
            arguments["background_overrides"] = self.background_overrides
        if do_refit_pointing:
            arguments["camera"] = self.camera
        return arguments

    def run(self, **options: Any) -> ExposureCatalog:
        """Run the task with all overrides of some providers."""
        result = self.task(**options).run(self.summary, self.exposures, **self.overrides(**options))
        return result.output_summary_catalog
