"""Large background images, which are made some rows at a time."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import lsst.pex.exceptions
from lsst.afw.image import MaskedImageF
from lsst.afw.math import ApproximateControl, BackgroundList, BackgroundMI
from lsst.geom import Box2I, Extent2I, Point2I

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
    with pytest.raises(lsst.pex.exceptions.LengthError):
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
