"""Backgrounds and splines against other implementations; the forms of the arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import Akima1DInterpolator, CubicSpline

import lsst.pex.exceptions
from lsst.afw.image import ImageF, MaskedImageF
from lsst.afw.math import (
    ApproximateControl,
    BackgroundControl,
    BackgroundList,
    BackgroundMI,
    Interpolate,
    UndersampleStyle,
    lookupMinInterpPoints,
    makeApproximate,
    makeBackground,
    makeInterpolate,
    stringToInterpStyle,
    stringToUndersampleStyle,
)
from lsst.afw.math._background import cell_edges
from lsst.geom import Box2I, Extent2I, Point2I
from stacklite_support import background_oracle, golden

BBOX = Box2I(Point2I(-20, 7), Extent2I(123, 95))


def _background(seed: int = 1, shape: tuple[int, int] = (6, 8), bbox: Box2I = BBOX) -> BackgroundMI:
    stats = MaskedImageF(shape[1], shape[0])
    stats.image.array[:] = np.random.default_rng(seed).normal(100.0, 10.0, shape)
    stats.variance.array[:] = 1.0
    return BackgroundMI(bbox, stats)


@given(size=st.integers(1, 5000), n=st.integers(1, 100))
def test_cells_cover_the_axis(size: int, n: int) -> None:
    edges = cell_edges(size, n)
    assert len(edges) == n + 1
    assert (edges[0], edges[-1]) == (0, size)
    widths = np.diff(edges)
    assert widths.min() >= 0
    assert widths.max() - widths.min() <= 1


@pytest.mark.parametrize(
    ("style", "reference"),
    [
        (Interpolate.NATURAL_SPLINE, lambda x, y: CubicSpline(x, y, bc_type="natural")),
        (Interpolate.CUBIC_SPLINE, lambda x, y: CubicSpline(x, y, bc_type="natural")),
        (Interpolate.AKIMA_SPLINE, lambda x, y: Akima1DInterpolator(x, y)),
        (Interpolate.LINEAR, lambda x, y: lambda t: np.interp(t, x, y)),
    ],
)
def test_splines_agree_with_scipy_inside(style: Any, reference: Any) -> None:
    rng = np.random.default_rng(3)
    x, y = np.cumsum(rng.uniform(0.5, 2.0, 12)), rng.normal(size=12)
    t = rng.uniform(x[0], x[-1], 200)
    actual = makeInterpolate(x, y, style).interpolate(t)
    np.testing.assert_allclose(actual, reference(x, y)(t), rtol=1e-11, atol=1e-13)


@given(
    seed=st.integers(0, 2**32),
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
    cells=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    style=st.sampled_from(sorted(background_oracle.MINIMUM)),
    undersample=st.sampled_from(["THROW_EXCEPTION", "REDUCE_INTERP_ORDER"]),
    missing=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    origin=st.sampled_from([(0, 0), (-7, 12345), (2**30, -(2**30))]),
    whole_numbers=st.booleans(),
)
def test_images_are_those_of_brute_force(
    seed: int,
    size: tuple[int, int],
    cells: tuple[int, int],
    style: str,
    undersample: str,
    missing: float,
    origin: tuple[int, int],
    whole_numbers: bool,
) -> None:
    rng = np.random.default_rng(seed)
    cells = min(cells[0], size[0]), min(cells[1], size[1])
    grid = rng.normal(rng.choice([0.0, 500.0]), 10.0, cells[::-1]).astype(np.float32)
    grid = np.round(grid) if whole_numbers else grid  # equal slopes
    grid[rng.random(grid.shape) < missing] = np.nan
    stats = MaskedImageF(*cells)
    stats.image.array[:] = grid
    background = BackgroundMI(Box2I(Point2I(*origin), Extent2I(*size)), stats)
    reduce = undersample == "REDUCE_INTERP_ORDER"
    try:
        expected = background_oracle.background_image(size, grid.astype(float), style, reduce=reduce)
    except background_oracle.TooFewPointsError:
        errors = lsst.pex.exceptions.InvalidParameterError, lsst.pex.exceptions.OutOfRangeError
        with pytest.raises(errors[min(cells) >= background_oracle.MINIMUM[style]]):
            background.getImageF(style, undersample)
        return
    golden.assert_float32(background.getImageF(style, undersample).array, expected)


def test_positions_must_ascend() -> None:
    for x in ([0.0, 2.0, 1.0], [0.0, 1.0, 1.0], [0.0, np.nan, 2.0]):
        with pytest.raises(lsst.pex.exceptions.RuntimeError, match="ascending"):
            makeInterpolate(x, [1.0, 2.0, 3.0], Interpolate.LINEAR)
    several_cells_for_a_pixel = _background(shape=(6, 8), bbox=Box2I(Point2I(0, 0), Extent2I(3, 2)))
    with pytest.raises(lsst.pex.exceptions.RuntimeError, match="ascending"):
        several_cells_for_a_pixel.getImageF("LINEAR")


def test_periodic_spline_of_two_points_is_refused() -> None:
    """The library refuses later than with fewer points, so that the order is not reduced."""
    background = _background(shape=(4, 4))
    background.getStatsImage().image.array[:2] = np.nan
    with pytest.raises(lsst.pex.exceptions.RuntimeError):
        background.getImageF("CUBIC_SPLINE_PERIODIC", "REDUCE_INTERP_ORDER")


def test_background_without_pixels_is_refused() -> None:
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
        _background(bbox=Box2I())
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
        makeBackground(ImageF(0, 0), BackgroundControl(1, 1))


@pytest.mark.parametrize("style", ["CONSTANT", "LINEAR", "NATURAL_SPLINE", "AKIMA_SPLINE"])
def test_part_is_cut_out_of_the_whole(style: str) -> None:
    background = _background()
    part = Box2I(Point2I(3, 40), Extent2I(31, 17))
    whole = background.getImageF(style)
    np.testing.assert_array_equal(background.getImageF(part, style).array, whole[part].array)
    assert whole.getBBox() == BBOX


def test_a_plane_is_reproduced_and_continued() -> None:
    bbox = Box2I(Point2I(0, 0), Extent2I(120, 90))
    background = _background(shape=(6, 8), bbox=bbox)
    x, y = np.meshgrid(background.getBinCentersX(), background.getBinCentersY())
    background.getStatsImage().image.array[:] = 3.0 + 0.5 * x - 0.25 * y
    columns, rows = np.meshgrid(np.arange(120), np.arange(90))
    expected = 3.0 + 0.5 * columns - 0.25 * rows
    for style in ("LINEAR", "NATURAL_SPLINE", "AKIMA_SPLINE"):
        np.testing.assert_allclose(background.getImageF(style).array, expected, atol=1e-4)


def test_forms_of_get_image() -> None:
    background = _background()
    background.getBackgroundControl().setInterpStyle("NATURAL_SPLINE")
    expected = background.getImageF("NATURAL_SPLINE").array
    for arguments in (
        (),
        (Interpolate.NATURAL_SPLINE,),
        ("NATURAL_SPLINE", "REDUCE_INTERP_ORDER"),
        (Interpolate.NATURAL_SPLINE, UndersampleStyle.THROW_EXCEPTION),
        (BBOX, "NATURAL_SPLINE"),
        (BBOX, Interpolate.NATURAL_SPLINE, UndersampleStyle.THROW_EXCEPTION),
    ):
        np.testing.assert_array_equal(background.getImageF(*arguments).array, expected)
    for names in ({"interpStyle": "NATURAL_SPLINE"}, {"bbox": BBOX, "interpStyle": "NATURAL_SPLINE"}):
        np.testing.assert_array_equal(background.getImageF(**names).array, expected)
    assert background.getAsUsedInterpStyle() == Interpolate.NATURAL_SPLINE
    texts_and_enumerations = (Interpolate.LINEAR, "THROW_EXCEPTION")
    for wrong in ((BBOX,), (BBOX, "LINEAR", "THROW_EXCEPTION", 1), (1,), texts_and_enumerations):
        with pytest.raises(TypeError):
            background.getImageF(*wrong)
    with pytest.raises(TypeError):
        background.getImageF(style="LINEAR")
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
        _background(shape=(3, 3)).getImageF("AKIMA_SPLINE")


def test_control_forms() -> None:
    a = BackgroundControl(5, 7)
    b = BackgroundControl("LINEAR", 5, 7, "REDUCE_INTERP_ORDER", prop="MEDIAN")
    assert [(c.getNxSample(), c.getNySample()) for c in (a, b)] == [(5, 7), (5, 7)]
    assert (a.getInterpStyle(), b.getInterpStyle()) == (Interpolate.AKIMA_SPLINE, Interpolate.LINEAR)
    assert b.getUndersampleStyle() is UndersampleStyle.REDUCE_INTERP_ORDER
    assert b.getStatisticsProperty().name == "MEDIAN"
    assert a.getApproximateControl().getStyle() == ApproximateControl.UNKNOWN
    a.setNxSample(2)
    a.setNySample(3)
    a.setStatisticsProperty("MEAN")
    assert (a.getNxSample(), a.getNySample(), a.getStatisticsProperty().name) == (2, 3, "MEAN")
    for setter in (a.setNxSample, a.setNySample):
        with pytest.raises(lsst.pex.exceptions.LengthError):
            setter(0)
    with pytest.raises(lsst.pex.exceptions.LengthError):
        BackgroundControl(0, 3)
    for args, kwargs in (((5, 7), {"nxSample": 3}), ((5,), {}), ((), {}), ((5, 7), {"prop": "MEAN"})):
        with pytest.raises(TypeError, match="does not take"):
            BackgroundControl(*args, **kwargs)
    assert BackgroundControl(style="CONSTANT").getNxSample() == 10


def test_backgrounds_have_a_control_of_their_own() -> None:
    control = BackgroundControl("LINEAR", 3, 2)
    first = makeBackground(ImageF(12, 8), control)
    control.setInterpStyle("CONSTANT")
    assert first.getBackgroundControl().getInterpStyle() == Interpolate.LINEAR
    first.getBackgroundControl().setInterpStyle("AKIMA_SPLINE")
    assert (
        makeBackground(ImageF(12, 8), control).getBackgroundControl().getInterpStyle() == Interpolate.CONSTANT
    )


def test_numbers_of_styles_are_those_of_files() -> None:
    names = ("CONSTANT", "LINEAR", "NATURAL_SPLINE", "CUBIC_SPLINE", "CUBIC_SPLINE_PERIODIC", "AKIMA_SPLINE")
    assert [int(Interpolate.Style.__members__[name]) for name in ("UNKNOWN", *names)] == list(range(-1, 6))
    assert int(Interpolate.AKIMA_SPLINE_PERIODIC) == 6
    names = ("THROW_EXCEPTION", "REDUCE_INTERP_ORDER", "INCREASE_NXNYSAMPLE")
    assert [int(UndersampleStyle.__members__[name]) for name in names] == [0, 1, 2]
    assert [int(ApproximateControl.UNKNOWN), int(ApproximateControl.CHEBYSHEV)] == [-1, 0]


def test_defaults_of_approximations() -> None:
    control = ApproximateControl(ApproximateControl.CHEBYSHEV, 3)
    assert (control.getOrderX(), control.getOrderY(), control.getWeighting()) == (3, 3, True)
    assert ApproximateControl(ApproximateControl.CHEBYSHEV, 3, 3, False).getWeighting() is False


def test_styles_are_no_numbers() -> None:
    for call in (
        lambda: ApproximateControl(0, 2),  # type: ignore[arg-type]
        lambda: makeInterpolate([1.0, 2.0], [1.0, 2.0], 1),  # type: ignore[arg-type]
        lambda: lookupMinInterpPoints(1),  # type: ignore[arg-type]
        lambda: BackgroundControl(5, 7).setInterpStyle(1),  # type: ignore[arg-type]
    ):
        with pytest.raises(TypeError):
            call()


def test_styles_by_name() -> None:
    assert stringToInterpStyle("CUBIC_SPLINE") is Interpolate.CUBIC_SPLINE
    assert stringToUndersampleStyle("THROW_EXCEPTION") is UndersampleStyle.THROW_EXCEPTION
    for function in (stringToInterpStyle, stringToUndersampleStyle):
        with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
            function("BEST")


def test_background_of_an_image_follows_it() -> None:
    columns, rows = np.meshgrid(np.arange(200), np.arange(160))
    sky = 500.0 + 0.1 * columns + 0.05 * rows
    noise = np.random.default_rng(9).normal(0.0, 2.0, sky.shape)
    image = ImageF((sky + noise).astype(np.float32), xy0=Point2I(30, 40))
    image.array[::17, ::13] += 1e4
    background = makeBackground(image, BackgroundControl(8, 8))
    assert background.getImageBBox() == image.getBBox()
    assert np.abs(background.getImageF().array - sky).max() < 1.0
    background += 5.0
    assert np.abs(background.getImageF().array - sky - 5.0).max() < 1.0


def test_approximation_reproduces_its_own_polynomial() -> None:
    background = _background(bbox=Box2I(Point2I(0, 0), Extent2I(120, 90)))
    x, y = np.meshgrid(background.getBinCentersX(), background.getBinCentersY())
    background.getStatsImage().image.array[:] = 3.0 + 0.5 * x - 0.25 * y + 1e-3 * x * y
    control = ApproximateControl(ApproximateControl.CHEBYSHEV, 2)
    image = background.getApproximate(control).getImage()
    columns, rows = np.meshgrid(np.arange(120), np.arange(90))
    expected = 3.0 + 0.5 * columns - 0.25 * rows + 1e-3 * columns * rows
    np.testing.assert_allclose(image.array, expected, rtol=1e-5, atol=1e-4)


@given(
    seed=st.integers(0, 2**32),
    size=st.tuples(st.integers(12, 40), st.integers(12, 40)),
    cells=st.tuples(st.integers(6, 10), st.integers(6, 10)),
    order=st.integers(0, 4),
    weighting=st.booleans(),
    missing=st.sampled_from([0.0, 0.2]),
)
def test_approximations_are_least_squares_fits(
    seed: int, size: tuple[int, int], cells: tuple[int, int], order: int, weighting: bool, missing: float
) -> None:
    """The terms are monomials here, which span the same space; the box is not at (0, 0)."""
    rng = np.random.default_rng(seed)
    stats = MaskedImageF(*cells)
    stats.image.array[:] = rng.normal(100.0, 10.0, cells[::-1])
    stats.variance.array[:] = rng.uniform(0.5, 2.0, cells[::-1])
    stats.image.array[rng.random(cells[::-1]) < missing] = np.nan
    stats.variance.array[rng.random(cells[::-1]) < missing / 2] = 0.0
    used = np.isfinite(stats.image.array) & ((stats.variance.array > 0) | (not weighting))
    background = BackgroundMI(Box2I(Point2I(-9, 1000), Extent2I(*size)), stats)
    background.getBackgroundControl().setApproximateControl(
        ApproximateControl(ApproximateControl.CHEBYSHEV, order, weighting=weighting)
    )
    image = background.getImageF("AKIMA_SPLINE")

    def terms(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        u, v = 2 * (x + 0.5) / size[0] - 1, 2 * (y + 0.5) / size[1] - 1
        powers = [u**i * v**j for i in range(order + 1) for j in range(order + 1 - i)]
        return np.stack(powers, axis=-1)

    centers = (background_oracle.centers(n, m) for n, m in zip(size, cells, strict=True))
    x, y = np.meshgrid(*centers)
    root = 1 / np.sqrt(stats.variance.array[used].astype(float)) if weighting else np.ones(used.sum())
    right = root * stats.image.array[used]
    solution = np.linalg.lstsq(terms(x[used], y[used]) * root[:, np.newaxis], right)[0]
    expected = terms(*np.meshgrid(*(np.arange(n) for n in size))) @ solution
    # One rounding to float32; the condition of both systems times that of double precision is less.
    np.testing.assert_allclose(image.array, expected, rtol=1e-7, atol=1e-7 * np.abs(expected).max())
    assert image.getXY0() == Point2I(0, 0)
    again = background.getApproximate(background.getBackgroundControl().getApproximateControl()).getImage()
    np.testing.assert_array_equal(again.array, image.array)


def test_too_few_cells_for_an_approximation_raise_nothing() -> None:
    stats = _background(shape=(1, 1)).getStatsImage()
    approximate = makeApproximate(
        [6.0], [4.0], stats, BBOX, ApproximateControl(ApproximateControl.CHEBYSHEV, 1)
    )
    assert np.isnan(approximate.getImage().array).all()


def test_approximation_errors() -> None:
    stats = _background().getStatsImage()
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
        ApproximateControl(ApproximateControl.CHEBYSHEV, 2, 3)
    with pytest.raises(lsst.pex.exceptions.InvalidParameterError):
        makeApproximate(range(8), range(6), stats, BBOX, ApproximateControl(ApproximateControl.UNKNOWN, 1))
    stats.image.array[:] = np.nan
    with pytest.raises(lsst.pex.exceptions.RuntimeError):
        makeApproximate(range(8), range(6), stats, BBOX, ApproximateControl(ApproximateControl.CHEBYSHEV, 1))


def test_list_adds_its_layers(tmp_path: Path) -> None:
    first, second = _background(1), _background(2, shape=(5, 5))
    expected = first.getImageF().array + second.getImageF().array
    layers = BackgroundList(first)
    layers.append(second)
    np.testing.assert_array_equal(layers.getImage().array, expected)
    layers.writeFits(str(tmp_path / "layers.fits"))
    again = BackgroundList.readFits(str(tmp_path / "layers.fits"))
    np.testing.assert_array_equal(again.getImage().array, expected)
    assert [item[1] for item in again] == [Interpolate.AKIMA_SPLINE] * 2
    assert again[-1][0].getImageBBox() == BBOX


def test_slices_of_a_list_hold_items_as_single_indices_do() -> None:
    layers = BackgroundList(_background(1), _background(2), _background(3))
    styles = [item[1:] for item in layers[1:]]
    assert styles == [layers[1][1:], layers[2][1:]] and all(len(style) == 6 for style in styles)
    assert layers[-1:][0][0] is layers[2][0]


def test_damaged_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "layers.fits"
    background = _background()
    background.getImageF()
    BackgroundList(background).writeFits(str(path))
    with fits.open(path) as hdus:
        fits.HDUList(hdus[:2]).writeto(tmp_path / "two.fits")
    with pytest.raises(lsst.pex.exceptions.RuntimeError):
        BackgroundList.readFits(str(tmp_path / "two.fits"))


def test_missing_keyword_is_named(tmp_path: Path) -> None:
    path = tmp_path / "layers.fits"
    background = _background()
    background.getImageF()
    BackgroundList(background).writeFits(str(path))
    with fits.open(path, mode="update") as hdus:
        del hdus[0].header["BKGD_WIDTH"]
    with pytest.raises(lsst.pex.exceptions.NotFoundError, match="BKGD_WIDTH"):
        BackgroundList.readFits(str(path))
