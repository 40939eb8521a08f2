"""One detector: read what is needed, update, return a frozen result."""

from __future__ import annotations

__all__ = ["DetectorInputs", "DetectorUpdate", "Overrides", "update_detector"]

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

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
from .override_inputs import PossiblyMultipleInput, index_by_detector
from .star_table import StarTable
from .statistics import update_ap_corr_statistics, update_depth_statistics, update_psf_statistics

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


@dataclass(frozen=True, eq=False)
class Overrides:
    """All overrides of a visit, each `None` if the input's values are kept."""

    psf: ExposureCatalog | None = None
    """New PSF models (`lsst.afw.table.ExposureCatalog`)."""

    stars: Table | None = None
    """Stars that the PSF models were made from (`astropy.table.Table`)."""

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
        return StarTable(self.stars) if self.stars is not None else None

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
    """What one detector brings; planes are read when they are first needed."""

    record: ExposureRecord
    """Row of the input summary (`lsst.afw.table.ExposureRecord`)."""

    exposure: Handle
    """Handle of the exposure, with its components."""

    @cached_property
    def bbox(self) -> Box2I:
        """Box of the exposure, in pixels (`lsst.geom.Box2I`)."""
        return self.exposure.get(component="bbox")

    @cached_property
    def mask(self) -> MaskX:
        """Mask plane of the exposure (`lsst.afw.image.Mask`)."""
        return self.exposure.get(component="mask")

    def read_depth_components(
        self,
    ) -> tuple[Detector | None, PropertyList | None, FilterLabel | None, VisitInfo | None]:
        """Read what the depth of an exposure depends on besides the summary."""
        detector, metadata, filter_label, visit_info = (
            self.exposure.get(component=name) for name in ("detector", "metadata", "filter", "visitInfo")
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

    diagnosis: tuple[str, ...] = ()
    """Why statistics have no value (`tuple` [`str`])."""

    failed: bool = False
    """Whether the update raised an error (`bool`)."""

    @classmethod
    def failure(cls, detector: int) -> DetectorUpdate:
        """Return what is left of a detector whose update raised an error.

        Parameters
        ----------
        detector : `int`
            Id of the detector.

        Returns
        -------
        update : `DetectorUpdate`
            No components, and all statistics reset.
        """
        components = dict.fromkeys(("setWcs", "setPsf", "setApCorrMap", "setPhotoCalib"))
        return cls(detector, ExposureSummaryStats(), components, WcsChoice(), PhotoCalibChoice(), failed=True)


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
    task, record, bbox = compute_summary_stats, inputs.record, inputs.bbox
    detector = record.getId()
    components: dict[str, Any] = {}
    wcs, photo_calib = WcsChoice(), PhotoCalibChoice()
    if overrides.wcs is not None:
        wcs = choose_wcs(record, bbox, overrides.wcs, wcs_consistency_threshold)
        components["setWcs"] = wcs.wcs
        task.update_wcs_stats(summary, wcs.wcs, bbox, record.getVisitInfo() or VisitInfo())
    if overrides.psf_by_detector is not None:
        components["setPsf"] = choose_psf(detector, overrides.psf_by_detector)
    if overrides.ap_corr_by_detector is not None:
        components["setApCorrMap"] = choose_ap_corr_map(detector, overrides.ap_corr_by_detector)
    diagnosis = _update_psf_and_ap_corr(task, summary, inputs, components, overrides)
    if overrides.photo_calib is not None:
        final_wcs = wcs.wcs if overrides.wcs is not None else record.getWcs()
        photo_calib = choose_photo_calib(detector, bbox, final_wcs, overrides.photo_calib)
        components["setPhotoCalib"] = photo_calib.photo_calib
        task.update_photo_calib_stats(summary, photo_calib.photo_calib)
    if overrides.background_overrides is not None:
        _update_background(task, summary, inputs, overrides)
    # Last: these follow from the final values of all others.
    diagnosis += update_depth_statistics(task, summary, *inputs.read_depth_components())
    return DetectorUpdate(
        detector,
        summary,
        components,
        wcs,
        photo_calib,
        tuple(diagnosis),
    )


def _update_psf_and_ap_corr(
    task: ComputeExposureSummaryStatsTask,
    summary: ExposureSummaryStats,
    inputs: DetectorInputs,
    components: Mapping[str, Any],
    overrides: Overrides,
) -> list[str]:
    """Recompute PSF statistics, or only what follows from the aperture correction."""
    record, bbox = inputs.record, inputs.bbox
    if "setPsf" in components:
        assert overrides.stars_by_detector is not None, "Guaranteed by validate_inputs."
        stars = overrides.stars_by_detector.for_detector(record.getId())
        ap_corr_map = components["setApCorrMap"] if "setApCorrMap" in components else record.getApCorrMap()
        return update_psf_statistics(
            task, summary, components["setPsf"], bbox, stars, inputs.mask, ap_corr_map
        )
    if "setApCorrMap" in components:
        return update_ap_corr_statistics(
            task, summary, record.getPsf(), bbox, inputs.mask, components["setApCorrMap"]
        )
    return []


def _update_background(
    task: ComputeExposureSummaryStatsTask,
    summary: ExposureSummaryStats,
    inputs: DetectorInputs,
    overrides: Overrides,
) -> None:
    """Recompute sky and noise, or reset them if the detector has no override."""
    detector = inputs.record.getId()
    override = _get(overrides.background_overrides, detector)
    if override is None:
        task.update_background_stats(summary, None)
        task.update_masked_image_stats(summary, None)
        return
    original = _get(overrides.background_originals, detector)
    total = BackgroundList()
    for layers in (original, override):
        for layer in layers or ():
            total.append(layer)
    task.update_background_stats(summary, total)
    task.update_masked_image_stats(
        summary,
        MaskedImageF(
            _subtracted(inputs.exposure.get(component="image"), override.getImage(), detector),
            inputs.mask,
            inputs.exposure.get(component="variance"),
        ),
    )


def _get(handles: Mapping[int, Handle] | None, detector: int) -> Any:
    """Return the dataset of a detector, `None` if there is none."""
    handle = handles.get(detector) if handles is not None else None
    return handle.get() if handle is not None else None


def _subtracted(image: ImageF, background: ImageF | None, detector: int) -> ImageF:
    """Return an image less its background; the image itself stays as it is."""
    if background is None:
        return image
    if background.getDimensions() != image.getDimensions():
        raise ValueError(
            f"The background override of detector {detector} has {background.getDimensions()} pixels, "
            f"but its exposure has {image.getDimensions()}; give backgrounds of these exposures."
        )
    # -b + a is a - b to the last bit, and needs no copy of the image.
    background *= -1.0
    background += image
    background.setXY0(image.getXY0())
    return background
