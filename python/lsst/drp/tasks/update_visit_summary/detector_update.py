"""One detector: read what is needed, update, return a frozen result."""

from __future__ import annotations

__all__ = ["DetectorInputs", "DetectorUpdate", "Overrides", "update_detector"]

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from lsst.afw.image import ExposureSummaryStats, MaskedImageF, VisitInfo
from lsst.afw.math import BackgroundList

from .components import (
    PhotoCalibChoice,
    WcsChoice,
    choose_ap_corr_map,
    choose_photo_calib,
    choose_psf,
    choose_wcs,
)
from .diagnosis import Loss, Problem
from .errors import DetectorUpdateError, describe_dataset, using
from .override_inputs import PossiblyMultipleInput, index_by_detector
from .star_table import StarTable
from .statistics import (
    read_mask_grids,
    update_ap_corr_statistics,
    update_depth_statistics,
    update_psf_statistics,
)

if TYPE_CHECKING:
    from astropy.table import Table

    from lsst.afw.cameraGeom import Detector
    from lsst.afw.image import FilterLabel, ImageF, MaskX
    from lsst.afw.table import ExposureCatalog, ExposureRecord
    from lsst.daf.base import PropertyList
    from lsst.daf.butler import DeferredDatasetHandle
    from lsst.geom import Box2I
    from lsst.pipe.base import InMemoryDatasetHandle
    from lsst.pipe.tasks.computeExposureSummaryStats import ComputeExposureSummaryStatsTask

    Handle: TypeAlias = DeferredDatasetHandle | InMemoryDatasetHandle


_UPDATED = ("PSF", "aperture correction", "photometric calibration", "WCS", "background")
"""Components that the update of a detector decides about."""

_REPLACEABLE = ("Wcs", "Psf", "ApCorrMap", "PhotoCalib")
"""Objects of a row that overrides can replace, as getters and setters name them."""

_ALWAYS_KEPT = ("ValidPolygon", "VisitInfo", "TransmissionCurve", "Detector")
"""Objects of a row that pass through."""


@dataclass(frozen=True, eq=False)
class Overrides:
    """All overrides of a visit, each `None` if the input's values are kept."""

    psf: ExposureCatalog | None = None
    """New PSF models (`lsst.afw.table.ExposureCatalog`)."""

    stars: Table | None = None
    """Stars that the PSF models were made from (`astropy.table.Table`)."""

    bad_star_flags: frozenset[str] = frozenset()
    """Flags of stars that exclude them if set (`frozenset` [`str`])."""

    ap_corr: ExposureCatalog | None = None
    """New aperture correction maps (`lsst.afw.table.ExposureCatalog`)."""

    photo_calib: PossiblyMultipleInput | None = None
    """New photometric calibrations (`PossiblyMultipleInput`)."""

    wcs: PossiblyMultipleInput | None = None
    """New WCSs (`PossiblyMultipleInput`)."""

    background_originals: Mapping[int, Handle] | None = None
    """Backgrounds already subtracted, by detector."""

    background_overrides: Mapping[int, Handle] | None = None
    """Backgrounds to subtract as well, by detector."""

    @cached_property
    def stars_by_detector(self) -> StarTable | None:
        """Stars by detector id."""
        return StarTable(self.stars, self.bad_star_flags) if self.stars is not None else None

    @cached_property
    def psf_by_detector(self) -> dict[int, ExposureRecord] | None:
        """Rows of `psf` by detector id."""
        return index_by_detector(self.psf) if self.psf is not None else None

    @cached_property
    def ap_corr_by_detector(self) -> dict[int, ExposureRecord] | None:
        """Rows of `ap_corr` by detector id."""
        if self.ap_corr is self.psf:
            return self.psf_by_detector
        return index_by_detector(self.ap_corr) if self.ap_corr is not None else None


@dataclass(frozen=True, eq=False)
class DetectorInputs:
    """Inputs for one detector; planes are read when they are first needed."""

    record: ExposureRecord
    """Row of the input summary (`lsst.afw.table.ExposureRecord`)."""

    exposure: Handle
    """Handle of the exposure, with its components."""

    @property
    def detector(self) -> int:
        """Id of the detector (`int`)."""
        return self.record.getId()

    def read(self, component: str) -> Any:
        """Read a component of the exposure.

        Parameters
        ----------
        component : `str`
            Name of the component in its storage class.
        """
        with using(self.detector, describe_dataset("input_exposures", self.exposure)):
            return self.exposure.get(component=component)

    def kept(self, component: str) -> Any:
        """Return an object of the row that is not replaced.

        Parameters
        ----------
        component : `str`
            Name of the component in the getters of records, such as ``Wcs``.
        """
        with using(self.detector, f"the {component} of its row in input_summary_catalog"):
            return getattr(self.record, f"get{component}")()

    def check_kept(self, replaced: Collection[str]) -> None:
        """Raise if an object that will be written again cannot be read.

        Parameters
        ----------
        replaced : `~collections.abc.Collection` [`str`]
            Setters of the objects that will not.
        """
        for component in (*_REPLACEABLE, *_ALWAYS_KEPT):
            if f"set{component}" not in replaced:
                self.kept(component)

    def is_readable(self, component: str) -> bool:
        """Return whether an object of the row can be read.

        Parameters
        ----------
        component : `str`
            Name of the component in the getters of records.
        """
        try:
            self.kept(component)
        except DetectorUpdateError:
            return False
        return True

    @cached_property
    def bbox(self) -> Box2I:
        """Box of the exposure, in pixels (`lsst.geom.Box2I`)."""
        return self.read("bbox")

    @cached_property
    def mask(self) -> MaskX:
        """Mask plane of the exposure (`lsst.afw.image.Mask`)."""
        return self.read("mask")

    def read_mask(self) -> MaskX:
        """Read all pixels of the mask: it may have read only those that were looked at."""
        with using(self.detector, describe_dataset("input_exposures", self.exposure)):
            _ = self.mask.array
            return self.mask

    def has_psf_grid(self, task: ComputeExposureSummaryStatsTask) -> bool:
        """Read what the statistics of the PSF need of the mask.

        Parameters
        ----------
        task : `lsst.pipe.tasks.computeExposureSummaryStats.ComputeExposureSummaryStatsTask`
            Task that computes statistics.

        Returns
        -------
        has_grid : `bool`
            Whether its grid has a good pixel.
        """
        with using(self.detector, describe_dataset("input_exposures", self.exposure)):
            return read_mask_grids(task, self.mask)

    def read_depth_components(
        self,
    ) -> tuple[Detector | None, PropertyList | None, FilterLabel | None, VisitInfo | None]:
        """Read what the depth of an exposure depends on besides the summary."""
        detector, metadata, filter_label, visit_info = map(
            self.read, ("detector", "metadata", "filter", "visitInfo")
        )
        return detector, metadata, filter_label, visit_info


@dataclass(frozen=True, eq=False)
class DetectorUpdate:
    """Everything that the output catalog says anew about one detector."""

    detector: int
    """Id of the detector (`int`)."""

    statistics: ExposureSummaryStats
    """Final statistics (`lsst.afw.image.ExposureSummaryStats`)."""

    components: Mapping[str, Any]
    """Replaced components, some of them `None`, by the name of the record's
    setter; a component that is not here stays as it is."""

    wcs: WcsChoice
    """Where a replaced WCS comes from (`WcsChoice`)."""

    photo_calib: PhotoCalibChoice
    """Where a replaced photometric calibration comes from (`PhotoCalibChoice`)."""

    problems: tuple[Problem, ...] = ()
    """Why statistics have no value (`tuple` [`Problem`])."""

    losses: tuple[Loss, ...] = ()
    """Components that were to be replaced and are missing or of no use
    (`tuple` [`Loss`])."""

    failed: bool = False
    """Whether the update raised an error (`bool`)."""

    @classmethod
    def failure(cls, inputs: DetectorInputs) -> DetectorUpdate:
        """Return what is left of a detector whose update raised an error.

        Parameters
        ----------
        inputs : `DetectorInputs`
            Row of the input summary and exposure of the detector.

        Returns
        -------
        update : `DetectorUpdate`
            None of the components that can be replaced, nor any other that
            cannot be read; all statistics are reset.
        """
        detector = inputs.detector
        unreadable = [component for component in _ALWAYS_KEPT if not inputs.is_readable(component)]
        return cls(
            detector,
            ExposureSummaryStats(),
            {f"set{component}": None for component in (*_REPLACEABLE, *unreadable)},
            WcsChoice(),
            PhotoCalibChoice(),
            losses=tuple(
                Loss(detector, component, "the update failed", is_failure=True) for component in _UPDATED
            ),
            failed=True,
        )


def update_detector(
    inputs: DetectorInputs,
    summary: ExposureSummaryStats,
    overrides: Overrides,
    compute_summary_stats: ComputeExposureSummaryStatsTask,
    wcs_consistency_threshold: float | None,
) -> DetectorUpdate:
    """Choose the new components of one detector and recompute its statistics.

    Parameters
    ----------
    inputs : `DetectorInputs`
        Row of the input summary and exposure of the detector.
    summary : `lsst.afw.image.ExposureSummaryStats`
        Statistics of the row; modified.
    overrides : `Overrides`
        New components of the visit.
    compute_summary_stats : `lsst.pipe.tasks.computeExposureSummaryStats.ComputeExposureSummaryStatsTask`
        Task that computes statistics.
    wcs_consistency_threshold : `float` or `None`
        Largest distance that a new WCS may move a corner (arcseconds).

    Returns
    -------
    update : `DetectorUpdate`
        Components and statistics.
    """
    task, record, bbox, detector = compute_summary_stats, inputs.record, inputs.bbox, inputs.detector
    components: dict[str, Any] = {}
    wcs, photo_calib = WcsChoice(), PhotoCalibChoice()
    losses: list[Loss | None] = []
    if overrides.wcs is not None:
        with using(detector, "wcs_overrides"):
            wcs = choose_wcs(record, bbox, overrides.wcs, wcs_consistency_threshold)
        components["setWcs"] = wcs.wcs
        losses.append(wcs.loss)
        # A20: without VisitInfo there is no zenith distance.
        visit_info = inputs.kept("VisitInfo")
        task.update_wcs_stats(summary, wcs.wcs, bbox, visit_info if visit_info is not None else VisitInfo())
    components |= _choose_psf_and_ap_corr(detector, overrides)
    losses += _missing(detector, components)
    problems = _update_psf_and_ap_corr(task, summary, inputs, components, overrides)
    losses += [
        Loss(detector, p.unusable, p.text, is_failure=True) for p in problems if p.unusable is not None
    ]
    if overrides.photo_calib is not None:
        final_wcs = wcs.wcs if overrides.wcs is not None else inputs.kept("Wcs")
        with using(detector, "photo_calib_overrides"):
            photo_calib = choose_photo_calib(detector, bbox, final_wcs, overrides.photo_calib)
        components["setPhotoCalib"] = photo_calib.photo_calib
        losses.append(photo_calib.loss)
        task.update_photo_calib_stats(summary, photo_calib.photo_calib)
    if overrides.background_overrides is not None:
        losses.append(_update_background(task, summary, inputs, overrides))
    inputs.check_kept(components)
    # Last: these follow from the final values of all others.
    problems += update_depth_statistics(task, summary, *inputs.read_depth_components())
    return DetectorUpdate(
        detector,
        summary,
        components,
        wcs,
        photo_calib,
        tuple(problems),
        tuple(loss for loss in losses if loss is not None),
    )


def _choose_psf_and_ap_corr(detector: int, overrides: Overrides) -> dict[str, Any]:
    """Return the new PSF model and aperture correction map, by setter, if they are replaced."""
    components: dict[str, Any] = {}
    if overrides.psf_by_detector is not None:
        with using(detector, "psf_overrides"):
            components["setPsf"] = choose_psf(detector, overrides.psf_by_detector)
    if overrides.ap_corr_by_detector is not None:
        with using(detector, "ap_corr_overrides"):
            components["setApCorrMap"] = choose_ap_corr_map(detector, overrides.ap_corr_by_detector)
    return components


def _missing(detector: int, components: Mapping[str, Any]) -> Iterator[Loss]:
    """Say which of the two is replaced by nothing."""
    if components.get("setPsf", ...) is None:
        yield Loss(detector, "PSF", "psf_overrides has none")
    if components.get("setApCorrMap", ...) is None:
        yield Loss(detector, "aperture correction", "ap_corr_overrides has none")


def _update_psf_and_ap_corr(
    task: ComputeExposureSummaryStatsTask,
    summary: ExposureSummaryStats,
    inputs: DetectorInputs,
    components: Mapping[str, Any],
    overrides: Overrides,
) -> list[Problem]:
    """Recompute PSF statistics, or only what follows from the aperture correction."""
    if "setPsf" in components:
        assert overrides.stars_by_detector is not None, "Guaranteed by validate_inputs."
        stars = overrides.stars_by_detector.for_detector(inputs.detector)
        is_new = "setApCorrMap" in components
        ap_corr_map = components["setApCorrMap"] if is_new else inputs.kept("ApCorrMap")
        mask, has_grid = inputs.mask, inputs.has_psf_grid(task)
        with using(inputs.detector, "psf_overrides and psf_star_catalog"):
            return update_psf_statistics(
                task, summary, components["setPsf"], inputs.bbox, stars, mask, has_grid, ap_corr_map
            )
    if "setApCorrMap" in components:
        psf = inputs.kept("Psf")
        mask, has_grid = inputs.mask, inputs.has_psf_grid(task)
        with using(inputs.detector, "ap_corr_overrides and the Psf of input_summary_catalog"):
            return update_ap_corr_statistics(
                task, summary, psf, inputs.bbox, mask, has_grid, components["setApCorrMap"]
            )
    return []


def _update_background(
    task: ComputeExposureSummaryStatsTask,
    summary: ExposureSummaryStats,
    inputs: DetectorInputs,
    overrides: Overrides,
) -> Loss | None:
    """Recompute sky and noise, or reset them if the detector has no override."""
    override = _read_background("background_overrides", overrides.background_overrides, inputs.detector)
    if override is None:
        task.update_background_stats(summary, None)
        task.update_masked_image_stats(summary, None)
        return Loss(inputs.detector, "background", "background_overrides has none")
    original = _read_background("background_originals", overrides.background_originals, inputs.detector)
    total = BackgroundList()
    for layers in (original, override):
        for layer in layers or ():
            total.append(layer)
    task.update_background_stats(summary, total)
    with using(inputs.detector, "background_overrides"):
        image = _subtracted(inputs.read("image"), override.getImage())
    task.update_masked_image_stats(summary, MaskedImageF(image, inputs.read_mask(), inputs.read("variance")))
    return None


def _read_background(argument: str, handles: Mapping[int, Handle] | None, detector: int) -> Any:
    """Return the background of a detector, `None` if there is none."""
    handle = handles.get(detector) if handles is not None else None
    if handle is None:
        return None
    with using(detector, describe_dataset(argument, handle)):
        return handle.get()


def _subtracted(image: ImageF, background: ImageF | None) -> ImageF:
    """Return an image less its background; the image itself stays as it is."""
    if background is None:
        return image
    if background.getDimensions() != image.getDimensions():
        raise ValueError(
            f"it has {background.getDimensions()} pixels, but the exposure has {image.getDimensions()}"
        )
    # In the memory of the background, which is not needed any more.
    np.subtract(image.array, background.array, out=background.array)
    background.setXY0(image.getXY0())
    return background
