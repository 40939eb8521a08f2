"""Ellipses: setters, growth, texts; what no other test of `lsst.afw.geom.ellipses` calls."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsst.afw.geom.ellipses import Axes, BaseCore, Ellipse, Quadrupole
from lsst.geom import Extent2D, Point2D
from lsst.pex.exceptions import InvalidParameterError

SIZES, ANGLES = st.floats(0.5, 9), st.floats(-1.5, 1.5)
PARAMETERS = {Quadrupole: ("Ixx", "Iyy", "Ixy"), Axes: ("A", "B", "Theta")}


@pytest.mark.parametrize("kind", PARAMETERS)
def test_parameters_one_by_one(kind: Any) -> None:
    core = kind()
    assert core.getParameterVector().tolist() == [1.0, 1.0, 0.0], "the unit circle by default"
    for index, name in enumerate(PARAMETERS[kind]):
        other = core.clone()
        getattr(other, f"set{name}")(5)
        assert getattr(other, f"get{name}")() == 5.0
        assert np.flatnonzero(other.getParameterVector() - core.getParameterVector()).tolist() == [index]
        assert other != core == kind()
    core.setParameterVector([4, 3, 0.5])
    assert core == kind(4.0, 3.0, 0.5) and core.getName() == kind.__name__
    assert [getattr(core, f"get{name}")() for name in PARAMETERS[kind]] == [4.0, 3.0, 0.5]
    core.getParameterVector()[:] = 0.0
    assert core == copy.deepcopy(core) == kind(4.0, 3.0, 0.5)
    assert isinstance(core, BaseCore) and core != "text"
    with pytest.raises(TypeError):
        hash(core)


@given(SIZES, SIZES, ANGLES, st.floats(-0.4, 3))
def test_both_cores_grow_alike(a: float, b: float, theta: float, amount: float) -> None:
    axes = Axes(a, b, theta)
    moments = Quadrupole(axes)
    for core in (axes, moments):
        core.grow(amount)
    assert axes == Axes(a + amount, b + amount, theta)
    expected = Quadrupole(axes).getParameterVector()
    np.testing.assert_allclose(moments.getParameterVector(), expected, rtol=0, atol=1e-12)
    for core in (axes, moments):
        core.scale(2.0)
    assert (axes.getA(), axes.getB()) == (2 * (a + amount), 2 * (b + amount))
    # the smaller axis is the root of a difference of moments up to 600
    assert moments.getArea() == pytest.approx(axes.getArea(), rel=1e-9, abs=1e-6)
    assert moments.getTraceRadius() == pytest.approx(math.hypot(axes.getA(), axes.getB()) / math.sqrt(2))


@given(SIZES, SIZES, ANGLES)
def test_box_around_an_ellipse(a: float, b: float, theta: float) -> None:
    """No point of the outline is outside, some touch the borders."""
    phi = np.linspace(0, 2 * math.pi, 2001)
    u, v = a * np.cos(phi), b * np.sin(phi)
    x = u * math.cos(theta) - v * math.sin(theta)
    y = u * math.sin(theta) + v * math.cos(theta)
    width, height = Axes(a, b, theta).computeDimensions()
    # 2000 points reach the border to (pi / 2000)^2 / 2
    np.testing.assert_allclose([2 * x.max(), 2 * y.max()], [width, height], rtol=1.3e-6)
    assert 2 * x.max() <= width * (1 + 1e-12) and 2 * y.max() <= height * (1 + 1e-12)


@given(st.floats(0.1, 5), st.floats(0.1, 5), st.floats(-20, 20))
def test_standard_form_of_axes(a: float, b: float, theta: float) -> None:
    core = Axes(a, b, theta, normalize=True)
    assert core.getA() >= core.getB() and -0.5 * math.pi <= core.getTheta() < 0.5 * math.pi
    expected = Quadrupole(Axes(a, b, theta)).getParameterVector()
    np.testing.assert_allclose(Quadrupole(core).getParameterVector(), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    "core", [(Quadrupole, -1, 1, 0), (Quadrupole, 1, 1, 2), (Axes, -1, 1, 0), (Axes, 1, -1, 0)]
)
def test_what_is_no_ellipse(core: Any) -> None:
    kind, *parameters = core
    made = kind(*parameters)
    for normalize in (made.normalize, lambda: kind(*parameters, True)):
        with pytest.raises(InvalidParameterError, match="is not the core of an ellipse"):
            normalize()
    assert made.getParameterVector().tolist() == parameters, "not changed"


def test_ellipses_with_a_centre() -> None:
    core, center = Quadrupole(4.0, 3.0, 1.0), Point2D(5.0, 6.0)
    ellipse = Ellipse(core)
    assert ellipse.getCenter() == Point2D(0.0, 0.0) and ellipse.getCore() == core
    ellipse.setCenter(center)
    center += Extent2D(1.0, 1.0)
    assert ellipse.getCenter() == Point2D(5.0, 6.0), "the centre is copied"
    ellipse.setCore(Axes(2.0, 1.0, 0.0))
    assert ellipse.getCore() == Axes(2.0, 1.0, 0.0)
    same = Ellipse(core=ellipse.getCore(), center=ellipse.getCenter())
    assert len({ellipse, same}) == 2, "they are compared by identity"
    assert repr(ellipse) == "Ellipse(Axes(a=2.0, b=1.0, theta=0.0), Point2D(5.0, 6.0))"
    assert ellipse != core
