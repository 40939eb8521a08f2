"""VisitSummaryStatsTask: the statistics of the stack's own task, computed in another way."""

from __future__ import annotations

import dataclasses
import logging
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lsst.afw.detection import GaussianPsf
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import ExposureF, ExposureSummaryStats, ImageD, MaskedImageF, MaskX, VisitInfo
from lsst.afw.table import SourceCatalog, SourceTable
from lsst.drp.tasks.update_visit_summary import UpdateVisitSummaryConfig, UpdateVisitSummaryTask
from lsst.drp.tasks.visit_summary_stats import VisitSummaryStatsTask, sample_mask
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.meas.algorithms import ImagePsf
from lsst.pex.config import Config, ConfigurableField
from lsst.pex.exceptions import InvalidParameterError
from lsst.pipe.base import Task
from lsst.pipe.tasks.computeExposureSummaryStats import ComputeExposureSummaryStatsTask
from support.reference import DATA, Reference, expected_values

WITH_PSF = [90, 91, 93, 94, 96, 97, 98]
"""Detectors of the reference visit with a new PSF model, each of another class but 93 and 96."""

TOLERANCES = {
    # Moments are compared within the tolerance of design: 1e-5 of adaptive moments. Their range is
    # the difference of two exact measurements of images that differ by rounding.
    "psfTraceRadiusDelta": {"rel": 1e-7, "abs": 1e-9},
    # A difference of two fluxes of about 1.
    "psfApFluxDelta": {"rel": 1e-9, "abs": 1e-13},
    # The stack's astropy may have another table of the Earth's rotation.
    "zenithDistance": {"rel": 1e-6, "abs": 0.0},
    # Sums in another order.
    "skyNoise": {"rel": 1e-10, "abs": 0.0},
    "meanVar": {"rel": 1e-10, "abs": 0.0},
}
EXACT = {"rel": 1e-12, "abs": 0.0}


def make(cls: type[ComputeExposureSummaryStatsTask], **options: Any) -> ComputeExposureSummaryStatsTask:
    """Return a task whose grid has many points even on small detectors."""
    config = cls.ConfigClass()
    config.psfGridSampling = 16
    for name, value in expected_values()["fiducials"].items():
        setattr(config, name, value)
    for name, value in options.items():
        setattr(config, name, value)
    return cls(config=config)


def full_summary() -> ExposureSummaryStats:
    """Return statistics of which none is reset."""
    return ExposureSummaryStats(psfSigma=7.0, zenithDistance=7.0, skyNoise=7.0, nPsfStar=7)


Call = Callable[[ComputeExposureSummaryStatsTask, ExposureSummaryStats], None]


def both(call: Call, **options: Any) -> list[ExposureSummaryStats]:
    """Return what a call makes of a summary with the stack's task and with ours."""
    summaries = []
    for cls in (ComputeExposureSummaryStatsTask, VisitSummaryStatsTask):
        # Whatever was there before must not survive, or must in both.
        summary = full_summary()
        call(make(cls, **options), summary)
        summaries.append(summary)
    return summaries


def assert_same(expected: ExposureSummaryStats, found: ExposureSummaryStats) -> int:
    """Compare all statistics; return how many have a value."""
    n_values = 0
    for name, value in dataclasses.asdict(expected).items():
        tolerance = TOLERANCES.get(name, EXACT)
        assert getattr(found, name) == pytest.approx(value, nan_ok=True, **tolerance), name
        n_values += int(np.isfinite(value).all())
    return n_values


def psf_statistics(reference: Reference, detector: int, psf: Any = None, stars: Any = None) -> Any:
    """Return a call that updates the statistics of a PSF of the reference visit."""
    row = reference.psf_and_ap_corr.find(detector)
    exposure = reference.exposures[detector].get()
    stars = reference.stars[reference.stars["detector"] == detector] if stars is None else stars

    def call(task: ComputeExposureSummaryStatsTask, summary: ExposureSummaryStats) -> None:
        task.update_psf_stats(
            summary,
            psf or row.getPsf(),
            exposure.getBBox(),
            stars,
            image_mask=exposure.mask,
            image_ap_corr_map=row.getApCorrMap(),
            sources_is_astropy=True,
        )

    return call


@pytest.mark.parametrize("detector", WITH_PSF)
def test_psf_statistics_are_those_of_the_stack(reference: Reference, detector: int) -> None:
    """For all classes of PSF models; 26 statistics depend on the PSF."""
    expected, found = both(psf_statistics(reference, detector))
    assert assert_same(expected, found) >= 20
    assert found.psfTraceRadiusDelta >= 0


@pytest.mark.parametrize("detector", Reference.detectors)
def test_statistics_of_whole_exposures_are_those_of_the_stack(reference: Reference, detector: int) -> None:
    """With `run`, as other tasks call it."""
    exposure = reference.exposures[detector].get()
    background = reference.background_originals[detector].get()
    expected, found = (
        make(cls).run(exposure, None, background)
        for cls in (ComputeExposureSummaryStatsTask, VisitSummaryStatsTask)
    )
    assert assert_same(expected, found) >= 15


def test_few_images_determine_all(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Piff PSF is asked for 25 images and those that check them, not for 320."""
    psf = reference.psf_and_ap_corr.find(93).getPsf()
    counted = Counted(psf)
    task, summary = make(VisitSummaryStatsTask), full_summary()
    psf_statistics(reference, 93, counted)(task, summary)
    assert 25 < counted.n_images < 40
    assert counted.n_shapes < 5
    expected, _ = both(psf_statistics(reference, 93))
    assert_same(expected, summary)


class Counted:
    """A PSF that counts what it is asked for; it has nothing else than these methods."""

    def __init__(self, psf: Any) -> None:
        self._psf = psf
        self.n_images = self.n_shapes = 0

    def computeKernelImage(self, position: Point2D) -> ImageD:
        self.n_images += 1
        return self._psf.computeKernelImage(position)

    def computeShape(self, position: Point2D) -> Quadrupole:
        self.n_shapes += 1
        return self._psf.computeShape(position)

    def computeApertureFlux(self, radius: float, position: Point2D) -> float:
        return self._psf.computeApertureFlux(radius, position)


class MadePsf(ImagePsf):
    """A Gaussian whose width, and box, are given functions of the position."""

    def __init__(
        self, sigma: Callable[[Point2D], float], half: Callable[[Point2D], int] = lambda p: 12
    ) -> None:
        super().__init__()
        self._sigma, self._half = sigma, half

    def _doComputeKernelImage(self, position: Point2D, color: Any = None) -> ImageD:
        image = ImageD(self._doComputeBBox(position, color))
        half = self._half(position)
        y, x = np.mgrid[-half : half + 1, -half : half + 1]
        pixels = np.exp(-0.5 * (x**2 + y**2) / self._sigma(position) ** 2)
        image.array[:] = pixels / pixels.sum()
        return image

    def _doComputeBBox(self, position: Point2D, color: Any = None) -> Box2I:
        half = self._half(position)
        return Box2I(Point2I(-half, -half), Extent2I(2 * half + 1, 2 * half + 1))


def raising(position: Point2D) -> float:
    """Return a width at whole and half pixels only: those of the grid and the center."""
    if any(2 * p != int(2 * p) for p in position):
        raise RuntimeError("no width between pixels")
    return 1.5 + position.x / 1000


@pytest.mark.parametrize(
    ("psf", "said"),
    [
        (MadePsf(lambda p: 1.5 + 0.1 * math.exp(math.sin(p.x / 9))), "Each image of the PSF"),
        (MadePsf(lambda p: 1.5 if p.x < 200 else 1.7), "Each image of the PSF"),
        (MadePsf(lambda p: 1.5, lambda p: 12 if p.x < 200 else 13), "the box of its image"),
        (MadePsf(raising), "no width between pixels"),
        (GaussianPsf(21, 21, 1.5), "its own way to compute shapes"),
        (MadePsf(lambda p: 0.3 + p.x / 1000), "Each image of the PSF"),
        (MadePsf(lambda p: math.nan), "measures itself"),
    ],
    ids=["no polynomial", "step", "box changes", "raises elsewhere", "analytic", "narrow", "nan"],
)
def test_models_that_are_no_polynomials(
    reference: Reference, caplog: pytest.LogCaptureFixture, psf: Any, said: str
) -> None:
    """Statistics are the same, and the log says at DEBUG why it took longer."""
    with caplog.at_level(logging.DEBUG):
        expected, found = both(psf_statistics(reference, 90, psf), psfGridSampling=32)
    assert_same(expected, found)
    records = [record for record in caplog.records if said in record.getMessage()]
    assert [record.levelno for record in records] == [logging.DEBUG]


def test_error_of_a_model_is_that_of_the_stack(reference: Reference) -> None:
    """What a model raises at a pixel of the grid is raised."""

    def sigma(position: Point2D) -> float:
        if position.x > 200:
            raise RuntimeError("no model there")
        return 1.5

    for cls in (ComputeExposureSummaryStatsTask, VisitSummaryStatsTask):
        with pytest.raises(RuntimeError, match="no model there"):
            psf_statistics(reference, 90, MadePsf(sigma))(make(cls), ExposureSummaryStats())


def test_fully_masked_image_is_an_error_as_in_the_stack(reference: Reference) -> None:
    exposure = reference.exposures[90].get()
    exposure.mask.array[:] = MaskX.getPlaneBitMask("BAD")
    summaries = [ExposureSummaryStats(), ExposureSummaryStats()]
    classes = (ComputeExposureSummaryStatsTask, VisitSummaryStatsTask)
    for cls, summary in zip(classes, summaries, strict=True):
        with pytest.raises(ValueError):
            psf_statistics(reference, 90)(make(cls), summary)
    assert_same(*summaries)


@pytest.mark.parametrize("option", ["psfBadMaskPlanes", "badMaskPlanes"])
def test_unknown_mask_plane_is_an_error_as_in_the_stack(reference: Reference, option: str) -> None:
    exposure = reference.exposures[90].get()
    for cls in (ComputeExposureSummaryStatsTask, VisitSummaryStatsTask):
        task = make(cls, **{option: ["NOTHING"]})
        with pytest.raises(InvalidParameterError):
            task.run(exposure, None, None)


@pytest.mark.parametrize("few", [False, True])
def test_stars_in_an_afw_catalog(reference: Reference, few: bool) -> None:
    """With and without a mask; the stack wants to know the kind of the table."""
    stars = reference.stars[reference.stars["detector"] == 93]
    schema = SourceTable.makeMinimalSchema()
    names = [name for name in stars.colnames if name.startswith(("slot_", "calib_psf"))]
    for name in names:
        schema.addField(name, type="Flag" if stars[name].dtype == bool else "D", doc=name)
    catalog = SourceCatalog(schema)
    catalog.resize(len(stars))
    for name in names:
        catalog[name] = np.asarray(stars[name])
    row = reference.psf_and_ap_corr.find(93)
    exposure = reference.exposures[93].get()

    def call(task: ComputeExposureSummaryStatsTask, summary: ExposureSummaryStats) -> None:
        mask = None if few else exposure.mask
        task.update_psf_stats(summary, row.getPsf(), exposure.getBBox(), catalog, mask)

    expected, found = both(call)
    assert assert_same(expected, found) >= (10 if few else 15)
    assert math.isnan(found.maxDistToNearestPsf) == few


@pytest.mark.parametrize("selected", [False, True])
def test_no_stars(reference: Reference, selected: bool) -> None:
    """Neither an empty table nor one of which nothing is selected gives a distance."""
    stars = reference.stars[reference.stars["detector"] == 93]
    stars["slot_Shape_flag"] = True
    stars = stars if selected else stars[:0]
    expected, found = both(psf_statistics(reference, 93, stars=stars))
    assert_same(expected, found)
    assert math.isnan(found.maxDistToNearestPsf)


def test_no_psf_and_no_aperture_correction(reference: Reference, caplog: pytest.LogCaptureFixture) -> None:
    exposure = reference.exposures[93].get()
    psf = reference.psf_and_ap_corr.find(93).getPsf()
    ap_corr_map = reference.psf_and_ap_corr.find(93).getApCorrMap()

    def nothing(task: ComputeExposureSummaryStatsTask, summary: ExposureSummaryStats) -> None:
        task.update_psf_stats(summary, None, exposure.getBBox(), None, exposure.mask)

    assert_same(*both(nothing))

    def no_field(task: ComputeExposureSummaryStatsTask, summary: ExposureSummaryStats) -> None:
        task.update_psf_stats(summary, psf, exposure.getBBox(), None, exposure.mask, ap_corr_map)

    expected, found = both(no_field, psfApCorrFieldName="nothing")
    assert_same(expected, found)
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 2 and math.isnan(found.psfApCorrSigmaScaledDelta)


def test_zenith_distance_without_date_place_or_wcs(reference: Reference) -> None:
    exposure = reference.exposures[90].get()
    wcs, box = exposure.getWcs(), exposure.getBBox()
    assert_same(*both(lambda task, summary: task.update_wcs_stats(summary, wcs, box, VisitInfo())))
    assert_same(*both(lambda task, summary: task.update_wcs_stats(summary, None, box, None)))
    for cls in (ComputeExposureSummaryStatsTask, VisitSummaryStatsTask):
        with pytest.raises(AttributeError):
            make(cls).update_wcs_stats(ExposureSummaryStats(), wcs, box, None)


@pytest.mark.parametrize(
    "options", [{}, {"sigmaClip": 2.0}, {"clipIter": 1}, {"clipIter": 5}, {"badMaskPlanes": []}], ids=str
)
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (30, 40), (800, 900)])
def test_noise(shape: tuple[int, int], options: dict[str, Any]) -> None:
    """Images with masked pixels, pixels that are not finite, outliers and ties."""
    rng = np.random.default_rng(3)
    height, width = shape
    image = MaskedImageF(width, height)
    image.image.array[:] = np.round(rng.normal(300.0, 12.0, shape), 1)
    image.variance.array[:] = rng.normal(144.0, 1.0, shape)
    if image.image.array.size > 10:
        for plane in (image.image.array, image.variance.array):
            plane[rng.random(shape) < 0.02] = np.nan
            plane[rng.random(shape) < 0.02] = 1e6
            plane[3, 4] = np.inf
        image.mask.array[rng.random(shape) < 0.1] = MaskX.getPlaneBitMask("NO_DATA")
        image.mask.array[rng.random(shape) < 0.1] |= MaskX.getPlaneBitMask("DETECTED")
    expected, found = both(lambda task, summary: task.update_masked_image_stats(summary, image), **options)
    assert_same(expected, found)


def test_noise_without_pixels() -> None:
    masked = MaskedImageF(20, 10)
    masked.mask.array[:] = MaskX.getPlaneBitMask("NO_DATA")
    for image in (masked, None):

        def call(task: ComputeExposureSummaryStatsTask, summary: Any, image: Any = image) -> None:
            task.update_masked_image_stats(summary, image)

        expected, found = both(call)
        assert_same(expected, found)
        assert math.isnan(found.skyNoise) and math.isnan(found.meanVar)
    for cls in (ComputeExposureSummaryStatsTask, VisitSummaryStatsTask):
        with pytest.raises(InvalidParameterError):
            make(cls).update_masked_image_stats(ExposureSummaryStats(), MaskedImageF(Box2I()))


def test_grid_lies_on_the_pixels_of_the_box() -> None:
    mask = MaskX(Box2I(Point2I(5, -3), Extent2I(20, 9)))
    mask.array[8, 16] = MaskX.getPlaneBitMask("SAT")
    mask.array[4, 4] = MaskX.getPlaneBitMask("DETECTED")
    grid = sample_mask(mask, 4, ["SAT", "BAD"])
    assert grid.good.tolist() == [[True] * 5, [True] * 5, [True] * 4 + [False]]
    assert (grid.x.tolist(), grid.y.tolist()) == ([5, 9, 13, 17, 21], [-3, 1, 5])


class HostConfig(Config):
    """Configuration of a task that has upstream's class as a subtask, as `calibrateImage` has."""

    summary_stats = ConfigurableField(target=ComputeExposureSummaryStatsTask, doc="Statistics.")


class HostTask(Task):
    """Task with the subtask."""

    ConfigClass = HostConfig
    _DefaultName = "host"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.makeSubtask("summary_stats")


def test_other_tasks_can_be_retargeted() -> None:
    """The options keep their values, because the configuration is the same."""
    config = HostConfig()
    config.summary_stats.psfSampling = 16
    config.summary_stats.starSelector.signalToNoise.minimum = 60.0
    config.summary_stats.retarget(VisitSummaryStatsTask)
    assert type(HostTask(config=config).summary_stats) is VisitSummaryStatsTask
    assert VisitSummaryStatsTask.ConfigClass is ComputeExposureSummaryStatsTask.ConfigClass


def test_task_is_the_default_and_the_stacks_can_be_chosen(reference: Reference) -> None:
    """Configurations that name the stack's class keep working, also those that were saved."""
    assert UpdateVisitSummaryConfig().compute_summary_stats.target is VisitSummaryStatsTask
    config = reference.config()
    config.compute_summary_stats.retarget(ComputeExposureSummaryStatsTask)
    again = UpdateVisitSummaryConfig()
    again.loadFromString(config.saveToString())
    schema = {"input_summary_schema": reference.summary}
    task = UpdateVisitSummaryTask(config=again, initInputs=schema)
    assert type(task.compute_summary_stats) is ComputeExposureSummaryStatsTask
    outputs = [
        t.run(reference.summary, reference.exposures, **reference.overrides()).output_summary_catalog
        for t in (task, reference.task())
    ]
    for row, other in zip(*outputs, strict=True):
        assert row["maxDistToNearestPsf"] == pytest.approx(
            other["maxDistToNearestPsf"], rel=1e-6, nan_ok=True
        )


def test_exposure_read_from_a_file(reference: Reference) -> None:
    """Its mask may be read on demand; all statistics are those of the stack."""
    exposure = ExposureF(str(DATA / "calexp_93.fits"))
    expected, found = (
        make(cls).run(exposure, None, None)
        for cls in (VisitSummaryStatsTask, ComputeExposureSummaryStatsTask)
    )
    assert assert_same(expected, found) >= 15
