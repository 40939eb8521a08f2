"""`BackgroundList`: layers, their sum, files."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import MaskedImageF
from lsst.afw.math import ApproximateControl, BackgroundList, BackgroundMI, Interpolate
from lsst.geom import Box2I, Extent2I, Point2I
from stacklite_support import golden
from stacklite_support.backgrounds import BBOX, make_background
from stacklite_support.golden_background import box_of, check_image, check_stats, raises, stats_image
from stacklite_support.parity import count, parity
from stacklite_support.paths import REFERENCE_VISIT
from stacklite_support.reference_visit import EXPECTED
from support.realdata import REALDATA, needs_realdata


def test_list_adds_its_layers(tmp_path: Path) -> None:
    first, second = make_background(1), make_background(2, shape=(5, 5))
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
    layers = BackgroundList(make_background(1), make_background(2), make_background(3))
    styles = [item[1:] for item in layers[1:]]
    assert styles == [layers[1][1:], layers[2][1:]] and all(len(style) == 6 for style in styles)
    assert layers[-1:][0][0] is layers[2][0]


def test_damaged_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "layers.fits"
    background = make_background()
    background.getImageF()
    BackgroundList(background).writeFits(str(path))
    with fits.open(path) as hdus:
        fits.HDUList(hdus[:2]).writeto(tmp_path / "two.fits")
    with pytest.raises(pex_exceptions.RuntimeError):
        BackgroundList.readFits(str(tmp_path / "two.fits"))


def test_missing_keyword_is_named(tmp_path: Path) -> None:
    path = tmp_path / "layers.fits"
    background = make_background()
    background.getImageF()
    BackgroundList(background).writeFits(str(path))
    with fits.open(path, mode="update") as hdus:
        del hdus[0].header["BKGD_WIDTH"]
    with pytest.raises(pex_exceptions.NotFoundError, match="BKGD_WIDTH"):
        BackgroundList.readFits(str(path))


STYLES = ("AKIMA_SPLINE", "NATURAL_SPLINE", "CUBIC_SPLINE_PERIODIC", "LINEAR", "CONSTANT")
BOX = Box2I(Point2I(3, -7), Extent2I(300, 1300))


def _background(seed: int, box: Box2I = BOX) -> BackgroundMI:
    """Return a background of 8 x 9 cells, three of them NaN."""
    rng = np.random.default_rng(seed)
    stats = MaskedImageF(8, 9)
    stats.image.array[:] = rng.normal(300.0, 12.0, (9, 8))
    stats.image.array.flat[rng.choice(72, 3, replace=False)] = np.nan
    return BackgroundMI(box, stats)


def _with_approximation(background: BackgroundMI) -> tuple[object, ...]:
    style = ApproximateControl.CHEBYSHEV
    background.getBackgroundControl().setApproximateControl(ApproximateControl(style, 2, 2, False))
    return (background, "LINEAR", "REDUCE_INTERP_ORDER", style, 2, 2, False)


@pytest.mark.parametrize("style", STYLES)
def test_blocks_of_rows_are_those_of_the_whole_image(style: str) -> None:
    """Whichever rows a block has, its pixels are the same."""
    background = _background(1)
    whole = background.getImageF(style, "REDUCE_INTERP_ORDER").array
    for first in (0, 1, 400, 1299):
        part = Box2I(Point2I(3, -7 + first), Extent2I(300, 1300 - first))
        again = background.getImageF(part, style, "REDUCE_INTERP_ORDER").array
        np.testing.assert_array_equal(again, whole[first:])


def test_layers_are_added_in_single_precision_in_their_order() -> None:
    layers = BackgroundList()
    images = []
    for seed, style in enumerate(STYLES):
        background = _background(seed)
        # Large and small by turns: rounding depends on the order.
        background.getStatsImage().image.array[:] *= 10.0 ** (4 * (seed % 2))
        images.append(background.getImageF(style, "REDUCE_INTERP_ORDER").array)
        layers.append(background)
    item = _with_approximation(_background(9))
    layers.append(item)
    images.append(item[0].getImageF().array)
    expected = images[0].copy()
    for image in images[1:]:
        expected += image
    total = layers.getImage()
    np.testing.assert_array_equal(total.array, expected)
    assert total.getXY0() == BOX.getMin()
    layers = BackgroundList(item, *list(layers)[:2])
    np.testing.assert_array_equal(layers.getImage().array, images[-1] + images[0] + images[1])


def test_layers_of_other_sizes_are_refused() -> None:
    layers = BackgroundList()
    for box in (BOX, Box2I(Point2I(0, 0), Extent2I(300, 1301))):
        background = _background(1, box)
        background.getImageF("LINEAR", "REDUCE_INTERP_ORDER")
        layers.append(background)
    with pytest.raises(pex_exceptions.LengthError):
        layers.getImage()


def test_many_layers_need_hardly_more_memory_than_the_image() -> None:
    box = Box2I(Point2I(0, 0), Extent2I(2000, 4000))
    layers = BackgroundList()
    for seed in range(3):
        layers.append((_background(seed, box), "AKIMA_SPLINE", "REDUCE_INTERP_ORDER", -1, 0, 0, False))
    tracemalloc.start()
    image = layers.getImage()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # A second image would double it.
    assert peak < 1.4 * image.array.nbytes


# -- Values of the real stack ----------------------------------------------------------


@parity("BackgroundList", "1 ulp of float32", parts=("image_from_file",))
@pytest.mark.parametrize("case", golden.cases("background", "BackgroundList"), ids=lambda c: str(c["id"]))
def test_background_list(case: dict[str, Any], tmp_path: Path) -> None:
    inputs, expected = golden.number(case["inputs"]), golden.number(case["expected"])
    if inputs["file"] is None:
        assert BackgroundList().getImage() is expected["image_in_memory"] is None
        return
    original = golden.golden_file(inputs["file"])
    copy = str(tmp_path / "copy.fits")
    BackgroundList.readFits(original).writeFits(copy)
    for path in (original, copy):
        layers = BackgroundList.readFits(path)
        check_image(layers.getImage(), expected["image_from_file"])
        assert len(layers) == len(layers.clone()) == len(expected["items"]) == len(inputs["layers"])
        for item, expected_item in zip(layers, expected["items"], strict=True):
            _check_item(item, expected_item)
    _check_same_files(copy, original)


@parity("BackgroundList", "1 ulp of float32", parts=("image_in_memory",))
@pytest.mark.parametrize("case", golden.cases("background", "BackgroundList"), ids=lambda c: str(c["id"]))
def test_background_list_in_memory(case: dict[str, Any]) -> None:
    inputs, expected = golden.number(case["inputs"]), golden.number(case["expected"])
    layers = BackgroundList()
    for layer in inputs["layers"]:
        background = BackgroundMI(box_of(inputs["bbox"]), stats_image(layer["stats"]))
        control = background.getBackgroundControl()
        control.setInterpStyle(layer["interp_style"])
        control.setUndersampleStyle(layer["undersample_style"])
        if layer["approximate"]:
            control.setApproximateControl(
                ApproximateControl(ApproximateControl.CHEBYSHEV, *layer["approximate"])
            )
        background.getImageF()
        layers.append(background)
    if layers:
        check_image(layers.getImage(), expected["image_in_memory"])


def _check_item(item: tuple[Any, ...], expected: dict[str, Any]) -> None:
    names = ("interp_style", "undersample_style", "approx_style")
    assert [style.name for style in item[1:4]] == [expected[name] for name in names]
    names = ("approx_order_x", "approx_order_y", "approx_weighting")
    assert list(item[4:]) == [expected[name] for name in names]
    assert item[0].getImageBBox() == box_of(expected["bbox"])
    check_stats(item[0].getStatsImage(), expected["stats"])


def _check_same_files(first: str, second: str) -> None:
    """Compare pixels and cards in order, but not cfitsio's two comments."""
    with fits.open(first) as a, fits.open(second) as b:
        assert len(a) == len(b)
        assert len(a) % 3 == 0
        for hdu_a, hdu_b in zip(a, b, strict=True):
            np.testing.assert_array_equal(hdu_a.data, hdu_b.data)
            cards_a, cards_b = (
                [(c.keyword, c.value) for c in hdu.header.cards if c.keyword != "COMMENT"]
                for hdu in (hdu_a, hdu_b)
            )
            assert cards_a == cards_b


@pytest.mark.parametrize(
    "case",
    golden.cases("background", "BackgroundList of a bare background, getImage"),
    ids=lambda c: str(c["id"]),
)
def test_bare_background_has_no_image(case: dict[str, Any]) -> None:
    layers = BackgroundList()
    layers.append(BackgroundMI(box_of([0, 0, 20, 20]), MaskedImageF(6, 6)))
    with raises(case["expected"]):
        layers.getImage()


# -- The reference visit ---------------------------------------------------------------

DATASET_TYPES = {"orig": "calexpBackground", "over": "skyCorr"}


@pytest.mark.parametrize("name", EXPECTED["background_images"])
def test_background_image(name: str, record_parity: Callable[..., None]) -> None:
    kind, detector = name.split("_")
    expected = EXPECTED["background_images"][name]
    image = BackgroundList.readFits(
        str(REFERENCE_VISIT / f"{DATASET_TYPES[kind]}_{detector}.fits")
    ).getImage()
    # The second layers are approximations, whose linear algebra rounds differently.
    np.testing.assert_array_max_ulp(image.array[10, ::37], np.float32(expected["row10"]), 1)
    np.testing.assert_array_max_ulp(image.array[::41, 20], np.float32(expected["col20"]), 1)
    np.testing.assert_allclose(image.array.sum(dtype=np.float64), expected["sum"], rtol=1e-9)
    record_parity("BackgroundList", count(expected), "1 ulp of float32", source="reference visit")


# -- Real files ------------------------------------------------------------------------


@needs_realdata
def test_background_of_four_layers(tmp_path: Path) -> None:
    path = REALDATA / "cfht" / "bkgd-849375-12.fits"
    layers = BackgroundList.readFits(str(path))
    assert len(layers) == 4
    image = layers.getImage()
    assert image.getBBox() == layers[0][0].getImageBBox()
    # The sky of the exposure lies between the extreme cells of the layers' sum.
    low, high = (
        sum(float(f(item[0].getStatsImage().image.array)) for item in layers) for f in (np.nanmin, np.nanmax)
    )
    assert low <= np.median(image.array) <= high
    layers.writeFits(str(tmp_path / "copy.fits"))
    again = BackgroundList.readFits(str(tmp_path / "copy.fits")).getImage()
    np.testing.assert_array_equal(image.array, again.array)
