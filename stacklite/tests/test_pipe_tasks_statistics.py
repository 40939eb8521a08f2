"""The numbers behind the summary statistics, against brute force, astropy and exact cases."""

from __future__ import annotations

import contextlib
import math
import warnings
from types import SimpleNamespace

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import AltAz, EarthLocation, SkyCoord
from astropy.time import Time
from astropy.utils import iers
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation

from lsst.afw.detection import InvalidPsfError
from lsst.afw.detection._psf import Psf
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import ExposureF, ExposureSummaryStats, FilterLabel, Mask, VisitInfo
from lsst.afw.math import BackgroundList
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pipe.tasks import _psf_statistics as psf_statistics
from lsst.pipe.tasks._psf_summary import set_psf_grid_stats
from lsst.pipe.tasks.computeExposureSummaryStats import ComputeExposureSummaryStatsTask
from visit_kernels import depth
from visit_kernels import star_shapes as star_statistics
from visit_kernels.zenith_distance import zenith_distance

RNG = np.random.default_rng(20260321)


def make_mask(origin: tuple[int, int], shape: tuple[int, int], bad_fraction: float = 0.3) -> Mask:
    mask = Mask(Box2I(Point2I(*origin), Extent2I(shape[1], shape[0])))
    mask.array[RNG.random(shape) < bad_fraction] |= Mask.getPlaneBitMask("SAT")
    mask.array[RNG.random(shape) < 0.5] |= Mask.getPlaneBitMask("DETECTED")
    return mask


class FakePsf(Psf):
    """Round; radius and flux are given functions of position. It has no image."""

    def __init__(self, radius, flux):  # type: ignore[no-untyped-def]
        super().__init__()
        self.radius, self.flux, self.positions, self.apertures = radius, flux, [], set()

    def _doComputeShape(self, position, color):  # type: ignore[no-untyped-def]
        self.positions.append((position.x, position.y))
        variance = self.radius(position.x, position.y) ** 2
        return Quadrupole(variance, variance, 0.0)

    def _doComputeApertureFlux(self, radius, position, color):  # type: ignore[no-untyped-def]
        self.apertures.add(radius)
        return self.flux(position.x, position.y)

    def _doComputeKernelImage(self, position, color):  # type: ignore[no-untyped-def]
        raise NotImplementedError

    def _doComputeBBox(self, position, color):  # type: ignore[no-untyped-def]
        raise NotImplementedError


@pytest.mark.parametrize("origin", [(0, 0), (100, -50)])
def test_the_grid_lies_where_the_pixels_are(origin: tuple[int, int]) -> None:
    mask = make_mask(origin, (37, 53))
    x, y = psf_statistics.good_grid_points(mask, 7, ["SAT"])
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
        for x, y in zip(*psf_statistics.good_grid_points(mask, 3, ["SAT"]), strict=True)
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
    x, y = psf_statistics.good_grid_points(mask, 50, ["SAT"])
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


def test_effective_area_ignores_normalization() -> None:
    kernel = RNG.uniform(0, 1, (11, 13))
    area = psf_statistics.psf_effective_area(kernel)
    assert area == pytest.approx(psf_statistics.psf_effective_area(5 * kernel), rel=1e-14)
    assert psf_statistics.psf_effective_area(np.ones((4, 5))) == 20
    assert math.isnan(psf_statistics.psf_effective_area(np.zeros((4, 5))))


@given(st.integers(1, 40), st.sampled_from(["f4", "f8"]))
def test_scatter_is_that_of_scipy(n: int, dtype: str) -> None:
    values = np.random.default_rng(n).normal(size=n).astype(dtype)
    expected = float(median_abs_deviation(values, scale="normal"))
    assert star_statistics._scatter(values) == pytest.approx(expected, rel=1e-15, abs=0)


@given(n=st.integers(1, 12), seed=st.integers(0, 1000), dtype=st.sampled_from(["f4", "f8"]))
def test_star_statistics_are_those_of_plain_loops(n: int, seed: int, dtype: str) -> None:
    """Star by star, in the precision of the columns."""
    number = np.dtype(dtype).type
    rng = np.random.default_rng(seed)

    def moments() -> star_statistics.Moments:
        xx, yy = rng.uniform(1.0, 9.0, (2, n)).astype(dtype)
        return star_statistics.Moments(xx, yy, rng.uniform(-1.0, 1.0, n).astype(dtype))

    stars, models = moments(), moments()

    def shape(m: star_statistics.Moments, i: int) -> tuple[list[np.floating], np.floating]:
        xx, yy, xy = m.xx[i], m.yy[i], m.xy[i]
        size = np.sqrt(xx / number(2) + yy / number(2))
        return [(xx - yy) / (xx + yy), number(2) * xy / (xx + yy), size], np.sqrt(
            (xx - yy) ** 2 + (number(2) * xy) ** 2
        )

    def median(values: list[np.floating]) -> np.floating:
        ordered = sorted(values)
        return ordered[n // 2] if n % 2 else (ordered[n // 2 - 1] + ordered[n // 2]) / number(2)

    def scatter(values: list[np.floating]) -> np.floating:
        middle = median(values)
        return median([abs(v - middle) for v in values]) / number(0.6744897501960817)

    delta = [[s - m for s, m in zip(shape(stars, i)[0], shape(models, i)[0], strict=True)] for i in range(n)]
    e1, e2, size = ([row[k] for row in delta] for k in range(3))
    expected = {
        "starEMedian": median([np.sqrt(a**2 + b**2) for (a, b, _), _ in (shape(stars, i) for i in range(n))]),
        "starUnNormalizedEMedian": median([shape(stars, i)[1] for i in range(n)]),
        "psfStarDeltaE1Median": median(e1),
        "psfStarDeltaE2Median": median(e2),
        "psfStarDeltaE1Scatter": scatter(e1),
        "psfStarDeltaE2Scatter": scatter(e2),
        "psfStarDeltaSizeMedian": median(size),
        "psfStarDeltaSizeScatter": scatter(size),
        "psfStarScaledDeltaSizeScatter": scatter(size) / median([shape(stars, i)[0][2] for i in range(n)]),
    }
    found = star_statistics.star_shape_statistics(stars, models)
    assert found.keys() == expected.keys()
    # NumPy squares arrays by products, numbers by pow: one unit in the last place, now and then.
    rel = 2 * float(np.finfo(dtype).eps)
    assert found == pytest.approx({k: float(v) for k, v in expected.items()}, rel=rel, abs=0)


def test_higher_order_medians_ignore_nan_only() -> None:
    keys = ("03", "12", "21", "30", "04", "13", "22", "31", "40")
    moments = {key: np.full(3, 2.0**i) for i, key in enumerate(keys)}
    moments["12"][1] = math.nan
    found = star_statistics.higher_order_medians(moments)
    assert found == {
        "starComa1Median": 10.0,
        "starComa2Median": 5.0,
        "starTrefoil1Median": 2.0,
        "starTrefoil2Median": 11.0,
        "starKurtosisMedian": 400.0,
        "starE41Median": 240.0,
        "starE42Median": 320.0,
    }


@given(st.floats(1, 200), st.floats(0.1, 1e5), st.floats(20, 35), st.floats(0, 50), st.floats(0.5, 10))
def test_a_source_at_the_magnitude_limit_has_that_signal_to_noise(
    area: float, sky: float, zero_point: float, read_noise: float, gain: float
) -> None:
    limit = depth.compute_magnitude_limit(area, sky, zero_point, read_noise, gain, 5.0)
    electrons = gain * 10 ** ((zero_point - limit) / 2.5)
    variance = electrons + gain**2 * (sky / gain + read_noise**2) * area
    assert electrons / math.sqrt(variance) == pytest.approx(5.0, rel=1e-9)


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
        depth.compute_magnitude_limit(40.0, 100.0, 30.0, 5.0, 0.0, 5.0)
    assert depth.compute_magnitude_limit(40.0, 100.0, 30.0, 5.0, np.float64(0.0), 5.0) == -math.inf
    with pytest.raises(OverflowError):
        depth.compute_magnitude_limit(40.0, 100.0, 30.0, 5.0, 1.0, 1e100)
    assert math.isnan(depth.mean_or_nan([]))
    assert depth.mean_or_nan([math.nan, 2.0, 4.0]) == 3.0


def test_c4_nothing_is_divided_without_a_value_or_a_fiducial() -> None:
    for value in (
        depth.psf_sigma_scale(0.0, None),
        depth.psf_sigma_scale(math.nan, 0.0),
        depth.sky_background_scale(0.0, 0.0, None),
        depth.sky_background_scale(math.nan, 0.0, 1.0),
        depth.zero_point_scale(27.0, 0.0, None, math.inf),
        depth.effective_time(2000.0, None, 30.0),
        depth.effective_time(2000.0, 25.0, None),
        depth.effective_time(math.nan, 25.0, 30.0),
    ):
        assert math.isnan(value)


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


@given(st.lists(st.floats(), min_size=4, max_size=4), st.floats(1e-3, 1e3))
def test_no_number_raises_other_than_arithmetic_errors_or_warns(values: list[float], positive: float) -> None:
    a, b, c, d = values
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for function, arguments in (
            (depth.psf_sigma_scale, (a, positive)),
            (depth.sky_background_scale, (a, b, positive)),
            (depth.effective_time, (a, b, c)),
            (depth.seeing_area, (a, b)),
            (depth.compute_magnitude_limit, (a, b, c, d, positive, 5.0)),
            (depth.compute_magnitude_limit, (positive, a, 25.0, b, c, d)),
        ):
            with contextlib.suppress(ZeroDivisionError, OverflowError):
                assert isinstance(function(*arguments), float)
        depth.zero_point_scale(a, b, c, d)
        numbers = [np.float64(value) for value in values]
        depth.compute_magnitude_limit(*numbers, np.float64(positive), 5.0)
        for dtype in ("f4", "f8"):
            with np.errstate(over="ignore"):
                columns = [np.roll(values, i).astype(dtype) for i in range(3)]
            moments = star_statistics.Moments(*columns)
            star_statistics.star_shape_statistics(moments, moments)
            keys = star_statistics._HIGHER_ORDER_KEYS
            star_statistics.higher_order_medians(dict.fromkeys(keys, columns[0]))


def test_zenith_distance_is_that_of_astropy() -> None:
    """Agrees with AltAz for an array of positions, dates and places."""
    n = 40
    ra, dec = RNG.uniform(0, 2 * np.pi, n), np.arcsin(RNG.uniform(-1, 1, n))
    mjd = RNG.uniform(55000, 61200, n)
    for longitude, latitude, elevation in [(-1.2348, -0.5279, 2663.0), (-2.7136, 0.346, 4139.0)]:
        place = EarthLocation(lat=latitude * u.rad, lon=longitude * u.rad, height=elevation * u.m)
        with iers.conf.set_temp("auto_download", False):
            frame = AltAz(obstime=Time(mjd, format="mjd"), location=place)
            altitude = SkyCoord(ra * u.rad, dec * u.rad).transform_to(frame).alt.rad
        found = zenith_distance(ra, dec, mjd, longitude, latitude, elevation)
        # An MJD in double precision resolves 0.6 microseconds, 5e-11 rad of the Earth's rotation.
        np.testing.assert_allclose(found, np.pi / 2 - altitude, rtol=0, atol=1e-10)


def test_zenith_distance_beyond_the_tables_of_the_earths_rotation() -> None:
    here = (-1.2348, -0.5279, 2663.0)
    with pytest.warns(match="dubious year"):
        far = zenith_distance([1.0, 2.0], [0.1, -0.3], 75000.0, *here)
    assert np.all((far > 0) & (far < np.pi))


def test_zenith_distance_at_an_unknown_place() -> None:
    assert (
        np.isnan(zenith_distance([1.0, 2.0], 0.1, 60000.0, math.nan, math.nan, math.nan)).tolist()
        == [True] * 2
    )


def test_zenith_distance_of_nowhere() -> None:
    """Positions or places that are not finite give NaN, without a warning, beside others that are."""
    place = (-1.23, -0.53, 2663.0)
    ra, dec = np.array([1.0, np.nan, 2.0]), np.array([0.1, 0.1, np.nan])
    found = zenith_distance(ra, dec, 59234.7, *place)
    assert np.isfinite(found[0])
    assert np.isnan(found[1:]).all()
    assert np.isnan(zenith_distance(1.0, 0.1, 59234.7, np.nan, -0.53, 2663.0))
