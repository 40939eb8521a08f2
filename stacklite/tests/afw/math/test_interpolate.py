"""`Interpolate`: splines of all styles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.interpolate import Akima1DInterpolator, CubicSpline

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.math import Interpolate, makeInterpolate
from lsst.geom import Box2I, Extent2I, Point2I
from stacklite_support import golden
from stacklite_support.backgrounds import make_background
from stacklite_support.golden_background import raises
from stacklite_support.parity import parity


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


def test_values_at_many_positions_are_a_list() -> None:
    interpolator = makeInterpolate([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], Interpolate.LINEAR)
    for positions in ([2.5, 1.5], (2.5, 1.5), np.array([2.5, 1.5], np.float32)):
        assert interpolator.interpolate(positions) == [2.5, 1.5]
    assert interpolator.interpolate([]) == [] and interpolator.interpolate(2) == 2.0
    for wrong in (np.array(1.5), np.ones((1, 2))):
        with pytest.raises(TypeError):
            interpolator.interpolate(wrong)


def test_positions_must_ascend() -> None:
    for x in ([0.0, 2.0, 1.0], [0.0, 1.0, 1.0], [0.0, np.nan, 2.0]):
        with pytest.raises(pex_exceptions.RuntimeError, match="ascending"):
            makeInterpolate(x, [1.0, 2.0, 3.0], Interpolate.LINEAR)
    several_cells_for_a_pixel = make_background(shape=(6, 8), bbox=Box2I(Point2I(0, 0), Extent2I(3, 2)))
    with pytest.raises(pex_exceptions.RuntimeError, match="ascending"):
        several_cells_for_a_pixel.getImageF("LINEAR")


def test_periodic_spline_of_two_points_is_refused() -> None:
    """The library refuses later than with fewer points, so that the order is not reduced."""
    background = make_background(shape=(4, 4))
    background.getStatsImage().image.array[:2] = np.nan
    with pytest.raises(pex_exceptions.RuntimeError):
        background.getImageF("CUBIC_SPLINE_PERIODIC", "REDUCE_INTERP_ORDER")


# -- Values of the real stack ----------------------------------------------------------


@parity("Interpolate", 1e-12)
@pytest.mark.parametrize("case", golden.cases("background", "makeInterpolate"), ids=lambda c: str(c["id"]))
def test_interpolate(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], golden.number(case["expected"])
    style = Interpolate.Style.__members__[inputs["style"]]
    if "error" in expected:
        with raises(expected):
            makeInterpolate(inputs["x"], inputs["y"], style).interpolate(inputs["at"])
        return
    interpolate = makeInterpolate(inputs["x"], inputs["y"], style)
    # Values near a zero crossing keep the rounding of the terms, which are of order 1.
    np.testing.assert_allclose(interpolate.interpolate(inputs["at"]), expected, rtol=1e-12, atol=1e-14)
    scalars = [interpolate.interpolate(x) for x in inputs["at"]]
    np.testing.assert_allclose(scalars, expected, rtol=1e-12, atol=1e-14)
