"""Backgrounds, their approximation and interpolation agree with the stack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

import lsst.pex.exceptions
from lsst.afw.image import ImageF, MaskedImageF, MaskX
from lsst.afw.math import (
    ApproximateControl,
    BackgroundControl,
    BackgroundList,
    BackgroundMI,
    Interpolate,
    StatisticsControl,
    UndersampleStyle,
    lookupMaxInterpStyle,
    lookupMinInterpPoints,
    makeBackground,
    makeInterpolate,
)
from lsst.geom import Box2I, Extent2I, Point2I
from stacklite_support import golden
from stacklite_support.parity import parity


def _box(numbers: list[int]) -> Box2I:
    return Box2I(Point2I(*numbers[:2]), Extent2I(*numbers[2:]))


def _masked(image: Any, mask: Any, variance: Any, xy0: list[int]) -> MaskedImageF:
    masked = MaskedImageF(
        ImageF(np.array(image, dtype=np.float32)),
        MaskX(np.array(mask, dtype=np.int32)),
        ImageF(np.array(variance, dtype=np.float32)),
    )
    masked.setXY0(*xy0)
    return masked


def _stats(stats: dict[str, Any]) -> MaskedImageF:
    return _masked(stats["image"], stats["mask"], stats["variance"], stats["x0y0"])


def _raises(expected: Any) -> Any:
    return pytest.raises(getattr(lsst.pex.exceptions, expected["error"]))


def _check_image(image: ImageF, expected: dict[str, Any]) -> None:
    assert list(image.getXY0()) == expected["x0y0"]
    golden.assert_float32(image.array, expected["array"])


def _check_stats(stats: MaskedImageF, expected: dict[str, Any]) -> None:
    # Sums in another order may round to the neighbouring float32.
    golden.assert_float32(stats.image.array, expected["image"])
    golden.assert_float32(stats.variance.array, expected["variance"])
    np.testing.assert_array_equal(stats.mask.array, np.array(expected["mask"], dtype=np.int32))
    assert list(stats.getXY0()) == expected["x0y0"]


@parity("BackgroundMI", "1 ulp of float32")
@pytest.mark.parametrize(
    "case", golden.cases("background", "BackgroundMI.getImageF"), ids=lambda c: str(c["id"])
)
def test_image_from_grid(case: dict[str, Any]) -> None:
    inputs, expected = golden.number(case["inputs"]), golden.number(case["expected"]["image"])
    background = BackgroundMI(_box(inputs["bbox"]), _stats(inputs["stats"]))
    style: Any = inputs["interp_style"]
    arguments = [style, inputs["undersample_style"]]
    if style == "UNKNOWN":
        arguments = [Interpolate.UNKNOWN, UndersampleStyle.__members__[inputs["undersample_style"]]]
    if inputs["sub_bbox"]:
        arguments.insert(0, _box(inputs["sub_bbox"]))
    if "error" in expected:
        with _raises(expected):
            background.getImageF(*arguments)
    else:
        _check_image(background.getImageF(*arguments), expected)


def _make_background(inputs: dict[str, Any]) -> BackgroundMI:
    xy0 = inputs["bbox"][:2]
    image: Any = ImageF(np.array(inputs["image"], dtype=np.float32), xy0=Point2I(*xy0))
    if inputs["mask"] is not None:
        image = _masked(inputs["image"], inputs["mask"], inputs["variance"], xy0)
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
        with _raises(expected):
            _make_background(inputs)
        return
    background = _make_background(inputs)
    _check_stats(background.getStatsImage(), expected["stats"])
    np.testing.assert_array_equal(background.getBinCentersX(), expected["bin_centers_x"])
    np.testing.assert_array_equal(background.getBinCentersY(), expected["bin_centers_y"])
    assert background.getImageBBox() == _box(expected["image_bbox"])
    if "error" in expected["image"]:
        with _raises(expected["image"]):
            background.getImageF()
        return
    image = background.getImageF()
    if _is_determined(inputs, expected):
        _check_image(image, expected["image"])
    used = [background.getAsUsedInterpStyle().name, background.getAsUsedUndersampleStyle().name]
    assert used == expected["as_used"]


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
        _check_image(layers.getImage(), expected["image_from_file"])
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
        background = BackgroundMI(_box(inputs["bbox"]), _stats(layer["stats"]))
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
        _check_image(layers.getImage(), expected["image_in_memory"])


def _check_item(item: tuple[Any, ...], expected: dict[str, Any]) -> None:
    names = ("interp_style", "undersample_style", "approx_style")
    assert [style.name for style in item[1:4]] == [expected[name] for name in names]
    names = ("approx_order_x", "approx_order_y", "approx_weighting")
    assert list(item[4:]) == [expected[name] for name in names]
    assert item[0].getImageBBox() == _box(expected["bbox"])
    _check_stats(item[0].getStatsImage(), expected["stats"])


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
    layers.append(BackgroundMI(_box([0, 0, 20, 20]), MaskedImageF(6, 6)))
    with _raises(case["expected"]):
        layers.getImage()


@parity("Interpolate", 1e-12)
@pytest.mark.parametrize("case", golden.cases("background", "makeInterpolate"), ids=lambda c: str(c["id"]))
def test_interpolate(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], golden.number(case["expected"])
    style = Interpolate.Style.__members__[inputs["style"]]
    if "error" in expected:
        with _raises(expected):
            makeInterpolate(inputs["x"], inputs["y"], style).interpolate(inputs["at"])
        return
    interpolate = makeInterpolate(inputs["x"], inputs["y"], style)
    # Values near a zero crossing keep the rounding of the terms, which are of order 1.
    np.testing.assert_allclose(interpolate.interpolate(inputs["at"]), expected, rtol=1e-12, atol=1e-14)
    scalars = [interpolate.interpolate(x) for x in inputs["at"]]
    np.testing.assert_allclose(scalars, expected, rtol=1e-12, atol=1e-14)


def test_style_tables() -> None:
    tables = golden.topic("background")
    for n, expected in tables.get("lookup_max_interp_style", {}).items():
        if "error" in expected:
            with _raises(expected):
                lookupMaxInterpStyle(int(n))
        else:
            assert lookupMaxInterpStyle(int(n)).name == expected
    for name, expected in tables.get("lookup_min_interp_points", {}).items():
        if isinstance(expected, dict):
            with _raises(expected):
                lookupMinInterpPoints(Interpolate.Style.__members__[name])
        else:
            assert lookupMinInterpPoints(Interpolate.Style.__members__[name]) == expected
