"""The numbers behind the summary statistics, against brute force, astropy and exact cases.

What the kernels compute alone, their own tests compare.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import AltAz, EarthLocation, SkyCoord
from astropy.time import Time
from astropy.utils import iers

from lsst.afw.coord import Observatory
from lsst.afw.detection import InvalidPsfError
from lsst.afw.detection._psf import Psf
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import ExposureF, ExposureSummaryStats, FilterLabel, Mask, VisitInfo
from lsst.afw.math import BackgroundList
from lsst.afw.table import ExposureCatalog, ExposureRecord
from lsst.daf.base import DateTime
from lsst.geom import Box2I, Extent2I, Point2I, degrees
from lsst.pipe.tasks import _psf_grid as psf_statistics
from lsst.pipe.tasks._update_psf_stats import set_psf_grid_stats
from lsst.pipe.tasks._zenith_distance import zenith_distance_degrees
from lsst.pipe.tasks.computeExposureSummaryStats import (
    ComputeExposureSummaryStatsConfig,
    ComputeExposureSummaryStatsTask,
    compute_effective_time,
    compute_magnitude_limit,
)
from stacklite_support.paths import REFERENCE_VISIT
from stacklite_support.reference_visit import EXPECTED
from support.realdata import REALDATA, needs_realdata
from visit_kernels import depth

RNG = np.random.default_rng(20260321)


def make_mask(origin: tuple[int, int], shape: tuple[int, int], bad_fraction: float = 0.3) -> Mask:
    mask = Mask(Box2I(Point2I(*origin), Extent2I(shape[1], shape[0])))
    mask.array[RNG.random(shape) < bad_fraction] |= Mask.getPlaneBitMask("SAT")
    mask.array[RNG.random(shape) < 0.5] |= Mask.getPlaneBitMask("DETECTED")
    return mask


class FakePsf(Psf):
    """Round; radius and flux are given functions of position. It has no image."""

    def __init__(self, radius: Any, flux: Any) -> None:
        super().__init__()
        self.radius, self.flux, self.positions, self.apertures = radius, flux, [], set()

    def _doComputeShape(self, position: Any, color: Any) -> Quadrupole:
        self.positions.append((position.x, position.y))
        variance = self.radius(position.x, position.y) ** 2
        return Quadrupole(variance, variance, 0.0)

    def _doComputeApertureFlux(self, radius: Any, position: Any, color: Any) -> float:
        self.apertures.add(radius)
        return self.flux(position.x, position.y)

    def _doComputeKernelImage(self, position: Any, color: Any) -> Any:
        raise NotImplementedError

    def _doComputeBBox(self, position: Any, color: Any) -> Any:
        raise NotImplementedError


@pytest.mark.parametrize("origin", [(0, 0), (100, -50)])
def test_the_grid_lies_where_the_pixels_are(origin: tuple[int, int]) -> None:
    mask = make_mask(origin, (37, 53))
    x, y = psf_statistics.pixel_grid(mask, 7, ["SAT"]).good_positions()
    bit = Mask.getPlaneBitMask("SAT")
    expected = [
        (origin[0] + i, origin[1] + j)
        for j in range(0, 37, 7)
        for i in range(0, 53, 7)
        if not mask.array[j, i] & bit
    ]
    assert list(zip(x, y, strict=True)) == expected
    assert len(expected) > 10


@pytest.mark.parametrize("origin", [(0, 0), (1000, 300)])
def test_nearest_star_distance_equals_brute_force(origin: tuple[int, int]) -> None:
    mask = make_mask(origin, (40, 60))
    stars = {
        "slot_Centroid_x": origin[0] + RNG.uniform(0, 60, 9),
        "slot_Centroid_y": origin[1] + RNG.uniform(0, 40, 9),
    }
    brute = max(
        min(
            math.hypot(x - sx, y - sy)
            for sx, sy in zip(stars["slot_Centroid_x"], stars["slot_Centroid_y"], strict=True)
        )
        for x, y in zip(*psf_statistics.pixel_grid(mask, 3, ["SAT"]).good_positions(), strict=True)
    )
    found = psf_statistics.maximum_nearest_psf_distance(mask, stars, 3, ["SAT"])
    assert found == pytest.approx(brute, rel=1e-14)


def test_nearest_star_distance_of_special_values() -> None:
    """C3, and centroids that are not finite: a bad pixel counts as 0 times its distance, as in the stack."""

    def distance(mask: Mask, x: list[float], y: list[float]) -> float:
        return psf_statistics.maximum_nearest_psf_distance(mask, {"slot_Centroid_x": x, "slot_Centroid_y": y})

    good, bad = make_mask((0, 0), (20, 20), 0.0), make_mask((0, 0), (20, 20), 1.1)
    assert distance(good, [0.0], [0.0]) == pytest.approx(16 * math.sqrt(2))
    assert distance(good, [0.0, math.inf], [0.0, 1.0]) == pytest.approx(16 * math.sqrt(2))
    assert distance(good, [1e200], [0.0]) == 1e200
    assert distance(good, [-math.inf], [0.0]) == math.inf
    assert distance(bad, [0.0, math.inf], [0.0, 1.0]) == distance(bad, [1.0], [2.0]) == 0.0
    assert math.isnan(distance(bad, [math.inf], [0.0]))
    for mask in (good, bad):
        assert math.isnan(distance(mask, [1.0, math.nan], [1.0, 2.0]))
        with pytest.raises(UnboundLocalError, match="no PSF stars"):
            distance(mask, [], [])


def test_psf_deltas_are_ranges_over_the_good_pixels() -> None:
    mask = make_mask((0, 0), (200, 300))
    psf = FakePsf(lambda x, y: 2 + x / 1000 - y / 3000, lambda x, y: 1 - y / 500)
    radius_delta, flux_delta = psf_statistics.compute_psf_image_deltas(mask, psf, 50, 3.0, ["SAT"])
    x, y = psf_statistics.pixel_grid(mask, 50, ["SAT"]).good_positions()
    radii = [2 + a / 1000 - b / 3000 for a, b in zip(x, y, strict=True)]
    assert radius_delta == pytest.approx(max(radii) - min(radii), rel=1e-12)
    assert flux_delta == pytest.approx((max(y) - min(y)) / 500, rel=1e-12)
    assert psf.positions == list(zip(x, y, strict=True))


def test_psf_deltas_without_a_value_and_c3() -> None:
    mask = make_mask((0, 0), (200, 300), 0.0)

    def deltas(radius: float, flux: float, where: float = 192.0) -> tuple[float, float]:
        psf = FakePsf(lambda x, y: radius if x == where else 2.0, lambda x, y: flux if x == where else 0.5)
        return psf_statistics.compute_psf_image_deltas(mask, psf)

    assert deltas(2.0, 0.5) == (0.0, 0.0)
    assert deltas(2.0, -0.1) == pytest.approx((0.0, math.nan), nan_ok=True)
    assert deltas(math.nan, 0.5) == pytest.approx((math.nan, 0.0), nan_ok=True)
    assert deltas(2.5, math.nan) == pytest.approx((0.5, math.nan), nan_ok=True)
    assert deltas(math.nan, math.inf) == pytest.approx((math.nan, math.nan), nan_ok=True)
    masked = make_mask((0, 0), (200, 300), 1.1)
    with pytest.raises(ValueError, match="grid with a step of 96 .* are masked"):
        psf_statistics.compute_psf_image_deltas(masked, FakePsf(lambda x, y: 1.0, lambda x, y: 1.0))


@pytest.mark.parametrize(("psf_sigma", "radius"), [(0.5, 2.0), (1.5, 4.5), (math.nan, 2.0)])
def test_the_aperture_follows_the_size_of_the_psf(psf_sigma: float, radius: float) -> None:
    task = ComputeExposureSummaryStatsTask()
    psf, summary = FakePsf(lambda x, y: 2.0, lambda x, y: 0.5), ExposureSummaryStats(psfSigma=psf_sigma)
    set_psf_grid_stats(summary, psf, make_mask((0, 0), (200, 300), 0.0), None, task.config, task.log)
    assert psf.apertures == {radius}
    assert summary.psfApFluxDelta == 0.0


@pytest.mark.parametrize("label", [FilterLabel(band="i"), FilterLabel(physical="x"), None])
def test_a20_effective_time_needs_an_exposure_time(label: FilterLabel | None) -> None:
    """Asked for before the filter is looked at."""
    exposure = ExposureF(4, 3)
    if label is not None:
        exposure.setFilter(label)
    exposure.info.setVisitInfo(None)
    summary = ExposureSummaryStats(effTime=7.0)
    with pytest.raises(AttributeError, match="no VisitInfo"):
        ComputeExposureSummaryStatsTask().update_effective_time_stats(summary, exposure)
    assert math.isnan(summary.effTime)


def test_a22_errors_of_the_psf_are_passed_on() -> None:
    """None of its statistics that come later is set."""

    def fails(x: float, y: float) -> float:
        raise InvalidPsfError("no model here")

    task = ComputeExposureSummaryStatsTask()
    for psf in (FakePsf(fails, lambda x, y: 0.5), FakePsf(lambda x, y: 2.0, fails)):
        summary = ExposureSummaryStats()
        with pytest.raises(InvalidPsfError, match="no model here"):
            set_psf_grid_stats(summary, psf, make_mask((0, 0), (200, 300), 0.0), None, task.config, task.log)
        assert math.isnan(summary.psfTraceRadiusDelta) and math.isnan(summary.psfApFluxDelta)


@pytest.mark.parametrize("given", [True, False])
def test_run_fills_a_given_summary(given: bool) -> None:
    exposure = ExposureF(40, 30)
    exposure.variance.array[:] = 2.0
    exposure.setFilter(FilterLabel(band="i"))
    exposure.info.setVisitInfo(VisitInfo(exposureTime=30.0))
    old = ExposureSummaryStats(astromOffsetMean=5.0, psfSigma=9.0, effTime=8.0, nPsfStar=4, version=3)
    options = {"summary": old} if given else {}
    summary = ComputeExposureSummaryStatsTask().run(exposure, None, None, **options)
    assert (summary is old) == given
    assert (summary.expTime, summary.meanVar, summary.nPsfStar) == (30.0, 2.0, 0)
    assert math.isnan(summary.psfSigma) and math.isnan(summary.effTime)
    assert summary.version == (3 if given else 0)
    assert summary.astromOffsetMean == pytest.approx(5.0 if given else math.nan, nan_ok=True)


def test_a11_a_background_without_layers_ends_the_run() -> None:
    """Its level is zero, which the sky is divided by; what comes before is set."""
    exposure = ExposureF(40, 30)
    exposure.setFilter(FilterLabel(band="i"))
    exposure.info.setVisitInfo(VisitInfo(exposureTime=30.0))
    summary = ExposureSummaryStats()
    with pytest.raises(ZeroDivisionError):
        ComputeExposureSummaryStatsTask().run(exposure, None, BackgroundList(), summary=summary)
    assert (summary.expTime, summary.skyBg, summary.meanVar) == (30.0, 0.0, 0.0)


def test_aperture_correction_delta_without_a_value_and_c3() -> None:
    mask = make_mask((0, 0), (200, 300), 0.0)
    field = SimpleNamespace(evaluate=lambda x, y: x + 2 * y)
    delta = psf_statistics.compute_ap_corr_sigma_scaled_delta
    assert delta(mask, field, 4.0) == (288 + 2 * 192) / 4
    assert delta(mask, field, 0.0) == math.inf
    assert math.isnan(delta(mask, field, math.nan))
    with pytest.raises(ValueError, match="grid with a step of 96 .* are masked"):
        delta(make_mask((0, 0), (200, 300), 1.1), field, 4.0)
    holes = SimpleNamespace(evaluate=lambda x, y: np.where(x == 96, np.inf, y))
    assert math.isnan(delta(mask, holes, 4.0))


def test_c4_extreme_values_raise_where_those_of_the_stack_do() -> None:
    """Python's numbers raise, those of NumPy are infinite: seen on the real stack."""
    for size, error in ((0.0, ZeroDivisionError), (-0.0, ZeroDivisionError), (1e-200, OverflowError)):
        with pytest.raises(error):
            depth.psf_sigma_scale(size, 1.0)
    assert depth.psf_sigma_scale(math.inf, 1.0) == 0.0
    for sky, time in ((0.0, 30.0), (-0.0, 30.0), (5.0, 0.0), (0.0, 0.0), (5.0, math.inf)):
        with pytest.raises(ZeroDivisionError):
            depth.sky_background_scale(sky, time, 1.0)
    assert depth.sky_background_scale(1e-320, 30.0, 1.0) == math.inf
    assert depth.zero_point_scale(2000.0, 30.0, 25.0, math.inf) == math.inf
    assert depth.zero_point_scale(2000.0, 30.0, 25.0, 1.3) == 1.3
    assert depth.zero_point_scale(27.0, 0.0, 25.0, math.inf) == math.inf
    assert math.isnan(depth.zero_point_scale(27.0, -30.0, 25.0, math.inf))
    with pytest.raises(OverflowError):
        depth.effective_time(2000.0, 25.0, 30.0)
    assert depth.effective_time(math.inf, 25.0, 30.0) == math.inf
    with pytest.raises(ZeroDivisionError):
        compute_magnitude_limit(40.0, 100.0, 30.0, 5.0, 0.0, 5.0)
    assert compute_magnitude_limit(40.0, 100.0, 30.0, 5.0, np.float64(0.0), 5.0) == -math.inf
    with pytest.raises(OverflowError):
        compute_magnitude_limit(40.0, 100.0, 30.0, 5.0, 1.0, 1e100)


def test_the_first_of_several_errors_counts() -> None:
    """All four values are computed, in this order, before any is set."""
    exposure = ExposureF(4, 3)
    exposure.setFilter(FilterLabel(band="i"))
    exposure.info.setVisitInfo(VisitInfo(exposureTime=30.0))
    task = ComputeExposureSummaryStatsTask()
    for psf_sigma, sky_background, error in (
        (1e-200, 0.0, OverflowError),
        (2.0, 0.0, ZeroDivisionError),
        (2.0, 5.0, OverflowError),
    ):
        summary = ExposureSummaryStats(psfSigma=psf_sigma, skyBg=sky_background, zeroPoint=30.0, magLim=1e4)
        with pytest.raises(error):
            task.update_effective_time_stats(summary, exposure)
        assert math.isnan(summary.effTimePsfSigmaScale) and math.isnan(summary.effTimeZeroPointScale)


def test_zenith_distance_is_that_of_astropy_at_a_wrong_time() -> None:
    """C2: what is TAI is taken for UTC. Nothing is known of an invalid date or an unknown place."""
    rubin = Observatory(-70.7494 * degrees, -30.2444 * degrees, 2663.0)
    date = DateTime(59234.7083333334, DateTime.MJD, DateTime.TAI)
    place = EarthLocation(lat=-30.2444 * u.deg, lon=-70.7494 * u.deg, height=2663.0 * u.m)
    with iers.earth_orientation_table.set(iers.IERS_A(iers.IERS_Auto.read(iers.IERS_A_FILE))):
        frame = AltAz(obstime=Time(59234.7083333334, format="mjd", scale="utc"), location=place)
        altitude = SkyCoord(300.0 * u.deg, 0.0 * u.deg).transform_to(frame).alt.deg
    found = zenith_distance_degrees(300.0, 0.0, VisitInfo(date=date, observatory=rubin))
    assert found == pytest.approx(90 - altitude, rel=1e-9)
    assert math.isnan(zenith_distance_degrees(300.0, 0.0, VisitInfo(observatory=rubin)))
    assert math.isnan(zenith_distance_degrees(300.0, 0.0, VisitInfo(date=date)))


# -- The reference visit ---------------------------------------------------------------
# What needs the stars of the first processing cannot be recomputed: they are in no file.


def make_task() -> ComputeExposureSummaryStatsTask:
    config = ComputeExposureSummaryStatsConfig()
    for name, values in EXPECTED["fiducials"].items():
        setattr(config, name, values)
    return ComputeExposureSummaryStatsTask(config=config)


@pytest.fixture(scope="module")
def catalog() -> ExposureCatalog:
    return ExposureCatalog.readFits(str(REFERENCE_VISIT / "visitSummary.fits"))


def recompute(record: ExposureRecord, exposure: ExposureF) -> ExposureSummaryStats:
    summary, task, bbox = ExposureSummaryStats(), make_task(), record.getBBox()
    background = BackgroundList.readFits(str(REFERENCE_VISIT / f"calexpBackground_{record.getId()}.fits"))
    task.update_psf_stats(summary, record.getPsf(), bbox, None, exposure.mask, record.getApCorrMap())
    task.update_wcs_stats(summary, record.getWcs(), bbox, record.getVisitInfo())
    task.update_photo_calib_stats(summary, record.getPhotoCalib())
    task.update_background_stats(summary, background)
    task.update_masked_image_stats(summary, exposure.maskedImage)
    task.update_magnitude_limit_stats(summary, exposure)
    task.update_effective_time_stats(summary, exposure)
    return summary


POSITIONS = ("ra", "dec", "raCorners", "decCorners")
NOISE = ("skyNoise", "meanVar")
OTHERS = (
    *("psfSigma", "psfArea", "psfIxx", "psfIyy", "psfIxy"),
    *("psfTraceRadiusDelta", "psfApFluxDelta", "psfApCorrSigmaScaledDelta"),
    *("zenithDistance", "pixelScale", "zeroPoint", "skyBg", "magLim"),
    *("effTime", "effTimePsfSigmaScale", "effTimeSkyBgScale", "effTimeZeroPointScale"),
)
LOSSLESS = (90, 91)


@pytest.mark.parametrize("row", EXPECTED["input"], ids=lambda row: str(row["id"]))
def test_the_input_summary_follows_from_its_components(
    catalog: ExposureCatalog, row: dict[str, Any], record_parity: Callable[..., None]
) -> None:
    detector = row["id"]
    (record,) = [record for record in catalog if record.getId() == detector]
    exposure = ExposureF(str(REFERENCE_VISIT / f"calexp_{detector}.fits"))
    summary = recompute(record, exposure)
    for name in POSITIONS:
        assert getattr(summary, name) == pytest.approx(row[name], rel=0, abs=1e-9), name
    for name in OTHERS:
        # One unit in the last place of a float32 column.
        assert getattr(summary, name) == pytest.approx(row[name], rel=1.2e-7, abs=0), name
    for name in NOISE:
        # The statistics were made before lossy compression added its noise: 1/16 of the image's,
        # on 8e4 pixels.
        accuracy = 1.2e-7 if detector in LOSSLESS else 1e-3
        assert getattr(summary, name) == pytest.approx(row[name], rel=accuracy, abs=0), name
    compared = len(POSITIONS) + len(OTHERS) + (len(NOISE) if detector in LOSSLESS else 0)
    record_parity("ComputeExposureSummaryStatsTask", compared, "1 ulp of float32", source="reference visit")


def test_run_is_the_sum_of_its_parts(catalog: ExposureCatalog) -> None:
    record = catalog[0]
    exposure = ExposureF(str(REFERENCE_VISIT / f"calexp_{record.getId()}.fits"))
    exposure.setPsf(record.getPsf())
    exposure.setWcs(record.getWcs())
    exposure.setPhotoCalib(record.getPhotoCalib())
    exposure.info.setApCorrMap(record.getApCorrMap())
    exposure.info.setVisitInfo(record.getVisitInfo())
    exposure.getMetadata()["SFM_ASTROM_OFFSET_MEAN"] = 0.25
    exposure.getMetadata()["SFM_ASTROM_OFFSET_STD"] = 0.125
    exposure.getMetadata()["REF_CAT_SOURCE_DENSITY"] = 17.0
    background = BackgroundList.readFits(str(REFERENCE_VISIT / f"calexpBackground_{record.getId()}.fits"))
    summary = make_task().run(exposure=exposure, sources=None, background=background)
    parts = recompute(record, exposure)
    parts.expTime, parts.astromOffsetMean, parts.astromOffsetStd = 30.0, 0.25, 0.125
    parts.refCatSourceDensity = 17.0
    for field in dataclasses.fields(summary):
        name = field.name
        assert getattr(summary, name) == pytest.approx(getattr(parts, name), rel=1e-15, nan_ok=True), name


# -- Real files ------------------------------------------------------------------------


@needs_realdata
@pytest.mark.parametrize("visit", [1176, 36434])
def test_wcs_statistics_equal_those_stored(visit: int) -> None:
    catalog = ExposureCatalog.readFits(str(REALDATA / "hsc" / f"visitSummary_{visit}.fits"))
    assert len(catalog) == 103
    task = ComputeExposureSummaryStatsTask()
    summaries = []
    for record in catalog:
        summaries.append(ExposureSummaryStats())
        task.update_wcs_stats(summaries[-1], record.getWcs(), record.getBBox(), record.getVisitInfo())
    # "decl" is the name that the column had when the file was written.
    for column, field in {
        "ra": "ra",
        "decl": "dec",
        "raCorners": "raCorners",
        "decCorners": "decCorners",
    }.items():
        found = np.array([getattr(summary, field) for summary in summaries])
        np.testing.assert_allclose(found, catalog[column], rtol=0, atol=1e-9, err_msg=column)
    zenith = np.array([summary.zenithDistance for summary in summaries])
    # Stored in single precision (2e-6 degrees), with the Earth-rotation tables of their time (1e-6).
    np.testing.assert_allclose(zenith, catalog["zenithDistance"], rtol=0, atol=4e-6)
    assert np.ptp(zenith) > 0.5


def test_effective_time() -> None:
    """Values of the real stack."""
    assert compute_effective_time(25.0, 24.5, 30.0) == pytest.approx(75.3565929452874, rel=1e-14)
    assert compute_effective_time(magLim=25, fiducialMagLim=24, fiducialExpTime=30) == pytest.approx(
        189.287203344058, rel=1e-14
    )
    assert np.isnan(compute_effective_time(np.nan, 24.5, 30.0))
