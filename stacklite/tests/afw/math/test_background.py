"""`BackgroundMI`: cells, images, approximations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import ImageF, MaskedImageF
from lsst.afw.math import (
    ApproximateControl,
    BackgroundControl,
    BackgroundMI,
    Interpolate,
    StatisticsControl,
    UndersampleStyle,
    makeApproximate,
    makeBackground,
)
from lsst.afw.math._background import cell_edges
from lsst.geom import Box2I, Extent2I, Point2I
from stacklite_support import background_oracle, golden
from stacklite_support.backgrounds import BBOX, make_background
from stacklite_support.golden_background import (
    box_of,
    check_image,
    check_stats,
    masked_image,
    raises,
    stats_image,
)
from stacklite_support.parity import parity


@given(size=st.integers(1, 5000), n=st.integers(1, 100))
def test_cells_cover_the_axis(size: int, n: int) -> None:
    edges = cell_edges(size, n)
    assert len(edges) == n + 1
    assert (edges[0], edges[-1]) == (0, size)
    widths = np.diff(edges)
    assert widths.min() >= 0
    assert widths.max() - widths.min() <= 1


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
        errors = pex_exceptions.InvalidParameterError, pex_exceptions.OutOfRangeError
        with pytest.raises(errors[min(cells) >= background_oracle.MINIMUM[style]]):
            background.getImageF(style, undersample)
        return
    golden.assert_float32(background.getImageF(style, undersample).array, expected)


def test_background_without_pixels_is_refused() -> None:
    with pytest.raises(pex_exceptions.InvalidParameterError):
        make_background(bbox=Box2I())
    with pytest.raises(pex_exceptions.InvalidParameterError):
        makeBackground(ImageF(0, 0), BackgroundControl(1, 1))


@pytest.mark.parametrize("style", ["CONSTANT", "LINEAR", "NATURAL_SPLINE", "AKIMA_SPLINE"])
def test_part_is_cut_out_of_the_whole(style: str) -> None:
    background = make_background()
    part = Box2I(Point2I(3, 40), Extent2I(31, 17))
    whole = background.getImageF(style)
    np.testing.assert_array_equal(background.getImageF(part, style).array, whole[part].array)
    assert whole.getBBox() == BBOX


def test_a_plane_is_reproduced_and_continued() -> None:
    bbox = Box2I(Point2I(0, 0), Extent2I(120, 90))
    background = make_background(shape=(6, 8), bbox=bbox)
    x, y = np.meshgrid(background.getBinCentersX(), background.getBinCentersY())
    background.getStatsImage().image.array[:] = 3.0 + 0.5 * x - 0.25 * y
    columns, rows = np.meshgrid(np.arange(120), np.arange(90))
    expected = 3.0 + 0.5 * columns - 0.25 * rows
    for style in ("LINEAR", "NATURAL_SPLINE", "AKIMA_SPLINE"):
        np.testing.assert_allclose(background.getImageF(style).array, expected, atol=1e-4)


def test_forms_of_get_image() -> None:
    background = make_background()
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
    with pytest.raises(pex_exceptions.InvalidParameterError):
        make_background(shape=(3, 3)).getImageF("AKIMA_SPLINE")


def test_backgrounds_have_a_control_of_their_own() -> None:
    control = BackgroundControl("LINEAR", 3, 2)
    first = makeBackground(ImageF(12, 8), control)
    control.setInterpStyle("CONSTANT")
    assert first.getBackgroundControl().getInterpStyle() == Interpolate.LINEAR
    first.getBackgroundControl().setInterpStyle("AKIMA_SPLINE")
    assert (
        makeBackground(ImageF(12, 8), control).getBackgroundControl().getInterpStyle() == Interpolate.CONSTANT
    )


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
    background = make_background(bbox=Box2I(Point2I(0, 0), Extent2I(120, 90)))
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
    stats = make_background(shape=(1, 1)).getStatsImage()
    approximate = makeApproximate(
        [6.0], [4.0], stats, BBOX, ApproximateControl(ApproximateControl.CHEBYSHEV, 1)
    )
    assert np.isnan(approximate.getImage().array).all()


def test_approximation_errors() -> None:
    stats = make_background().getStatsImage()
    with pytest.raises(pex_exceptions.InvalidParameterError):
        ApproximateControl(ApproximateControl.CHEBYSHEV, 2, 3)
    with pytest.raises(pex_exceptions.InvalidParameterError):
        makeApproximate(range(8), range(6), stats, BBOX, ApproximateControl(ApproximateControl.UNKNOWN, 1))
    stats.image.array[:] = np.nan
    with pytest.raises(pex_exceptions.RuntimeError):
        makeApproximate(range(8), range(6), stats, BBOX, ApproximateControl(ApproximateControl.CHEBYSHEV, 1))


BOX = Box2I(Point2I(-5, 10), Extent2I(60, 40))


def test_backgrounds_change_in_place() -> None:
    cells = MaskedImageF(3, 2)
    cells.image.array[:] = np.arange(6).reshape(2, 3)
    background = BackgroundMI(BOX, cells)
    before = background.getImageF("LINEAR").array.copy()
    same = background
    background -= 2.5
    assert same is background and background.getStatsImage() is cells
    # `float32` values up to 5, rounded before and after the subtraction.
    np.testing.assert_allclose(background.getImageF("LINEAR").array, before - 2.5, rtol=0, atol=5e-7)
    background += 2.5
    np.testing.assert_array_equal(background.getImageF("LINEAR").array, before)


# -- Values of the real stack ----------------------------------------------------------


@parity("BackgroundMI", "1 ulp of float32")
@pytest.mark.parametrize(
    "case", golden.cases("background", "BackgroundMI.getImageF"), ids=lambda c: str(c["id"])
)
def test_image_from_grid(case: dict[str, Any]) -> None:
    inputs, expected = golden.number(case["inputs"]), golden.number(case["expected"]["image"])
    background = BackgroundMI(box_of(inputs["bbox"]), stats_image(inputs["stats"]))
    style: Any = inputs["interp_style"]
    arguments = [style, inputs["undersample_style"]]
    if style == "UNKNOWN":
        arguments = [Interpolate.UNKNOWN, UndersampleStyle.__members__[inputs["undersample_style"]]]
    if inputs["sub_bbox"]:
        arguments.insert(0, box_of(inputs["sub_bbox"]))
    if "error" in expected:
        with raises(expected):
            background.getImageF(*arguments)
    else:
        check_image(background.getImageF(*arguments), expected)


def _make_background(inputs: dict[str, Any]) -> BackgroundMI:
    xy0 = inputs["bbox"][:2]
    image: Any = ImageF(np.array(inputs["image"], dtype=np.float32), xy0=Point2I(*xy0))
    if inputs["mask"] is not None:
        image = masked_image(inputs["image"], inputs["mask"], inputs["variance"], xy0)
    settings = inputs["control"]
    statistics = StatisticsControl(settings["sigma"], settings["n_iter"], settings["and_mask"])
    control = BackgroundControl(inputs["nx"], inputs["ny"], statistics, inputs["property"])
    control.setInterpStyle(inputs["interp_style"])
    control.setUndersampleStyle("REDUCE_INTERP_ORDER")
    if inputs["approximate"]:
        order_x, order_y, weighting = inputs["approximate"]
        control.setApproximateControl(
            ApproximateControl(ApproximateControl.CHEBYSHEV, order_x, order_y, weighting)
        )
    return makeBackground(image, control)


def _is_determined(inputs: dict[str, Any], expected: dict[str, Any]) -> bool:
    """Return whether the cells determine all coefficients of an approximation.

    If not (ten coefficients from four cells), the solution of the singular
    normal equations is rounding noise divided by rounding noise.
    """
    if not inputs["approximate"]:
        return True
    order = inputs["approximate"][0]
    x, y = np.meshgrid(expected["bin_centers_x"], expected["bin_centers_y"])
    with np.errstate(divide="ignore"):
        inverse_variance = 1.0 / np.array(expected["stats"]["variance"], dtype=float)
    good = np.isfinite(expected["stats"]["image"] + inverse_variance)
    x, y = ((v[good] - np.mean(v)) / max(np.ptp(v), 1.0) for v in (x, y))
    terms = [x**i * y**j for j in range(order + 1) for i in range(order + 1 - j)]
    return np.linalg.matrix_rank(np.array(terms), tol=1e-8) == len(terms)


@parity("BackgroundMI", "1 ulp of float32")
@pytest.mark.parametrize("case", golden.cases("background", "makeBackground"), ids=lambda c: str(c["id"]))
def test_make_background(case: dict[str, Any]) -> None:
    inputs, expected = golden.number(case["inputs"]), golden.number(case["expected"])
    if "error" in expected:
        with raises(expected):
            _make_background(inputs)
        return
    background = _make_background(inputs)
    check_stats(background.getStatsImage(), expected["stats"])
    np.testing.assert_array_equal(background.getBinCentersX(), expected["bin_centers_x"])
    np.testing.assert_array_equal(background.getBinCentersY(), expected["bin_centers_y"])
    assert background.getImageBBox() == box_of(expected["image_bbox"])
    if "error" in expected["image"]:
        with raises(expected["image"]):
            background.getImageF()
        return
    image = background.getImageF()
    if _is_determined(inputs, expected):
        check_image(image, expected["image"])
    used = [background.getAsUsedInterpStyle().name, background.getAsUsedUndersampleStyle().name]
    assert used == expected["as_used"]
