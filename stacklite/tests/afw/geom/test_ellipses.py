"""Ellipses and their cores: parameters, growth, copies."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import lsst.geom as geom
from lsst.afw.geom import ellipses
from lsst.afw.geom.ellipses import (
    Axes,
    BaseCore,
    ConformalShear,
    Distortion,
    Ellipse,
    EllipticityBase,
    Quadrupole,
    ReducedShear,
    SeparableConformalShearTraceRadius,
    SeparableDistortionTraceRadius,
    SeparableReducedShearDeterminantRadius,
    SeparableReducedShearTraceRadius,
)
from lsst.geom import Extent2D, LinearTransform, Point2D, degrees
from lsst.pex.exceptions import InvalidParameterError
from stacklite_support.golden import golden_cases, number
from stacklite_support.golden_geom import RTOL, check_error
from stacklite_support.parity import parity


@given(st.floats(0.1, 9), st.floats(0.1, 9), st.floats(-1.5, 1.5))
def test_axes_and_moments_agree(a: float, b: float, theta: float) -> None:
    axes = Axes(a, b, theta)
    core = Quadrupole(axes)
    back = Axes(core)
    assert back.getA() == pytest.approx(max(a, b), rel=1e-6)
    assert back.getB() == pytest.approx(min(a, b), rel=1e-6, abs=1e-6)
    assert core.getArea() == pytest.approx(axes.getArea(), rel=1e-6, abs=1e-6)
    assert core.getDeterminantRadius() == pytest.approx(axes.getDeterminantRadius(), rel=1e-6)
    turned = core.transform(LinearTransform.makeRotation(0.3 * 180 / math.pi * degrees))
    expected = Quadrupole(Axes(a, b, theta + 0.3))
    np.testing.assert_allclose(turned.getParameterVector(), expected.getParameterVector(), atol=1e-11)
    assert type(axes.convolve(core)) is Axes


def test_cores_are_mutable() -> None:
    core = Quadrupole()
    core.setIxx(4.0)
    core.setIyy(3.0)
    core.setIxy(1.0)
    assert core == Quadrupole(4.0, 3.0, 1.0)
    axes = Axes()
    axes.setA(4.0)
    axes.setB(3.0)
    axes.setTheta(0.5)
    assert axes == Axes(4.0, 3.0, 0.5)
    axes.setParameterVector([5.0, 2.0, 0.1])
    assert (axes.getA(), axes.getB(), axes.getTheta()) == (5.0, 2.0, 0.1)


def test_core_copies() -> None:
    core = Quadrupole(4, 3, 1)
    for other in (
        core.clone(),
        copy.copy(core),
        pickle.loads(pickle.dumps(core)),
        Quadrupole([[4, 1], [1, 3]]),
        Quadrupole(vector=[4, 3, 1]),
        Quadrupole(matrix=[[4, 1], [1, 3]], normalize=True),
    ):
        assert other == core
    for bad in (([[1, 2], [2, 1]],), ([1, 1, 2], True), (1, 1, 2, True)):
        with pytest.raises(InvalidParameterError):
            Quadrupole(*bad)
    assert Quadrupole([[1, 2], [2, 1]], normalize=False) == Quadrupole(1, 1, 2)
    with pytest.raises(TypeError):
        Quadrupole(core, 1.0)
    assert repr(core) == "Quadrupole(ixx=4.0, iyy=3.0, ixy=1.0)"
    core.scale(2.0)
    np.testing.assert_allclose(core.getParameterVector(), [16, 12, 4])


SEPARABLE = [getattr(ellipses, name) for name in ellipses.__all__ if name.startswith("Separable")]


@pytest.mark.parametrize("kind", SEPARABLE)
@given(st.floats(0.1, 9), st.floats(0.1, 9), st.floats(-1.5, 1.5))
def test_separable_cores_describe_the_same_ellipse(kind: Any, a: float, b: float, theta: float) -> None:
    axes = Axes(a, b, theta)
    core = kind(axes)
    moments = [Quadrupole(each).getParameterVector() for each in (core, axes)]
    np.testing.assert_allclose(*moments, atol=1e-11)
    assert core.getArea() == pytest.approx(axes.getArea(), rel=1e-12)
    radius = core.getTraceRadius() if kind.__name__.endswith("TraceRadius") else core.getDeterminantRadius()
    assert core.getRadius() == pytest.approx(radius, rel=1e-12)
    assert core.getEllipticity().getAxisRatio() == pytest.approx(min(a, b) / max(a, b), rel=1e-9)
    again = kind(core.getE1(), core.getE2(), core.getRadius())
    assert again == core
    for other in SEPARABLE:
        np.testing.assert_allclose(
            kind(other(core)).getParameterVector(), core.getParameterVector(), rtol=0, atol=1e-7
        )


@given(st.floats(0.3, 9), st.floats(0.3, 9), st.floats(-1.5, 1.5))
def test_distortion_is_that_of_moments(a: float, b: float, theta: float) -> None:
    q = Quadrupole(Axes(a, b, theta))
    core, total = SeparableDistortionTraceRadius(q), q.getIxx() + q.getIyy()
    assert core.getE1() == pytest.approx((q.getIxx() - q.getIyy()) / total, abs=1e-12)
    assert core.getE2() == pytest.approx(2.0 * q.getIxy() / total, abs=1e-12)
    shear, size = SeparableReducedShearDeterminantRadius(q), abs(core.getEllipticity().getComplex())
    # Distortion and shear: e = 2 g / (1 + g^2).
    g = abs(shear.getEllipticity().getComplex())
    assert size == pytest.approx(2.0 * g / (1.0 + g * g), abs=1e-12)
    turned = core.transform(LinearTransform.makeRotation(90 * degrees))
    assert type(turned) is SeparableDistortionTraceRadius
    np.testing.assert_allclose(
        turned.getParameterVector(), [-core.getE1(), -core.getE2(), core.getRadius()], atol=1e-12
    )


def test_separable_arguments() -> None:
    core = SeparableDistortionTraceRadius(e1=0.3, e2=-0.4, radius=2.0)
    for ellipticity in (core.getEllipticity(), Distortion(0.3, -0.4), Distortion(0.3 - 0.4j)):
        assert ellipticity.getComplex() == 0.3 - 0.4j
        assert ellipticity != Distortion(0.3, -0.4), "they are compared by identity"
    assert Distortion.getName() == "Distortion" and isinstance(ReducedShear(), EllipticityBase)
    for other, e1 in (
        (SeparableReducedShearTraceRadius(0.2, 0.0), 0.4 / 1.04),
        (SeparableConformalShearTraceRadius(0.2, 0.0), math.tanh(0.2)),
    ):
        assert SeparableDistortionTraceRadius(other).getE1() == pytest.approx(e1)
    assert SeparableDistortionTraceRadius().getRadius() == 1.0
    for other in (core.clone(), copy.deepcopy(core), pickle.loads(pickle.dumps(core))):
        assert other == core and other.getName() == "SeparableDistortionTraceRadius"
    core.scale(2.0)
    np.testing.assert_allclose(core.getParameterVector(), [0.3, -0.4, 4.0])
    for bad in ((0.9, 0.9), (0.0, 0.0, -1.0)):
        with pytest.raises(InvalidParameterError):
            SeparableDistortionTraceRadius(*bad)
        assert math.isnan(SeparableDistortionTraceRadius(*bad[:2], normalize=False).getArea()) == (bad[0] > 0)
    for wrong in ((Distortion(0.1, 0.2),), (0.3 - 0.4j,), (core, 3.0), (0.1, 0.2, 3.0, True, 5)):
        with pytest.raises(TypeError):
            SeparableDistortionTraceRadius(*wrong)


@pytest.mark.parametrize(
    ("kind", "expected", "grown"),
    [
        ("Distortion", (0.418024025608299, 0.430413654539714), (0.711663488225762, -0.355831744112881)),
        ("ReducedShear", (0.232235569782388, 0.239118696966508), (0.296218148972594, -0.148109074486297)),
        ("ConformalShear", (0.482920291261185, 0.497233351864508), (0.987708630397533, -0.493854315198767)),
    ],
)
def test_separable_cores_have_the_values_of_the_stack(
    kind: str, expected: tuple[float, float], grown: tuple[float, float]
) -> None:
    trace, determinant = (
        getattr(ellipses, f"Separable{kind}{radius}Radius") for radius in ("Trace", "Determinant")
    )
    axes = Axes(3.0, 1.5, 0.4)
    assert_allclose(trace(axes).getParameterVector(), [*expected, 2.37170824512628], rtol=1e-12)
    assert_allclose(determinant(axes).getParameterVector(), [*expected, 2.12132034355964], rtol=1e-12)
    core = determinant(0.2, -0.1, 2.0)
    # The minor axis becomes negative.
    core.grow(-1.9)
    assert_allclose((core.getE1(), core.getE2()), grown, rtol=1e-12)
    core.scale(0.0)
    np.testing.assert_array_equal(core.getParameterVector(), [np.nan, np.nan, 0.0])
    assert determinant(Axes(3.0, -1.0, 0.4)).getRadius() == pytest.approx(math.sqrt(3.0))


def test_only_distortions_are_refused_as_too_large() -> None:
    with pytest.raises(InvalidParameterError, match="unit circle"):
        Distortion(1.3, 0.4).normalize()
    for ellipticity in (Distortion(math.nan, 0.1), ReducedShear(1.3, 0.4), ConformalShear(1.3, 0.4)):
        ellipticity.normalize()
    np.testing.assert_array_equal(
        SeparableDistortionTraceRadius(math.nan, 0.1, 2.0).getParameterVector(), [np.nan, 0.1, 2.0]
    )
    core = SeparableReducedShearTraceRadius(0.9, 0.9, 2.0)
    assert core.getArea() == pytest.approx(2.973721290420868)


@pytest.mark.parametrize("core", [Axes(), Quadrupole(), SeparableDistortionTraceRadius(0.1, 0.1, 2.0)])
@pytest.mark.parametrize("vector", [[1.0, 2.0], [1.0, 2.0, 3.0, 4.0], [[1.0, 2.0, 3.0]]])
def test_cores_have_three_parameters(core: BaseCore, vector: Any) -> None:
    before = core.clone()
    with pytest.raises(TypeError):
        core.setParameterVector(vector)
    assert core == before


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
    # The smaller axis is the root of a difference of moments up to 600.
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
    # 2000 points reach the border to (pi / 2000)^2 / 2.
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


def test_ellipses_with_a_center() -> None:
    core, center = Quadrupole(4.0, 3.0, 1.0), Point2D(5.0, 6.0)
    ellipse = Ellipse(core)
    assert ellipse.getCenter() == Point2D(0.0, 0.0) and ellipse.getCore() == core
    ellipse.setCenter(center)
    center += Extent2D(1.0, 1.0)
    assert ellipse.getCenter() == Point2D(5.0, 6.0), "the center is copied"
    ellipse.setCore(Axes(2.0, 1.0, 0.0))
    assert ellipse.getCore() == Axes(2.0, 1.0, 0.0)
    same = Ellipse(core=ellipse.getCore(), center=ellipse.getCenter())
    assert len({ellipse, same}) == 2, "they are compared by identity"
    assert repr(ellipse) == "Ellipse(Axes(a=2.0, b=1.0, theta=0.0), Point2D(5, 6))"
    assert ellipse != core


# -- Values of the real stack ----------------------------------------------------------


def moments(core: ellipses.BaseCore) -> list[float]:
    return ellipses.Quadrupole(core).getParameterVector().tolist()


@parity("Quadrupole", RTOL)
@golden_cases("geom", "Quadrupole")
def test_quadrupole(case: dict[str, Any]) -> None:
    core = ellipses.Quadrupole(**number(case["inputs"]))
    grown = core.clone()
    grown.grow(1.5)
    axes = ellipses.Axes(core)
    result = {
        "determinant_radius": core.getDeterminantRadius(),
        "trace_radius": core.getTraceRadius(),
        "area": core.getArea(),
        "axes": axes.getParameterVector(),
        "back": moments(axes),
        "dimensions": list(core.computeDimensions()),
        "grown": moments(grown),
        "transformed": moments(core.transform(geom.LinearTransform([[2, 0.5], [-0.25, 1.5]]))),
        "sum": moments(core.convolve(ellipses.Quadrupole(1, 2, 0.3))),
    }
    expected = number(case["expected"])
    assert set(result) == set(expected)
    for name, value in result.items():
        assert_allclose(value, expected[name], rtol=1e-10, atol=1e-12, err_msg=name)


@parity("Quadrupole", RTOL)
@golden_cases("geom", "Quadrupole normalize")
def test_quadrupole_normalize(case: dict[str, Any]) -> None:
    inputs = number(case["inputs"])
    if not check_error(case, lambda: ellipses.Quadrupole(**inputs, normalize=True)):
        core = ellipses.Quadrupole(**inputs, normalize=True)
        assert_allclose(core.getParameterVector(), number(case["expected"]))


@parity("Axes", RTOL)
@golden_cases("geom", "Axes")
def test_axes(case: dict[str, Any]) -> None:
    core = ellipses.Axes(**case["inputs"])
    result = {
        "quadrupole": moments(core),
        "determinant_radius": core.getDeterminantRadius(),
        "trace_radius": core.getTraceRadius(),
        "area": core.getArea(),
    }
    expected = number(case["expected"])
    assert set(result) == set(expected)
    for name, value in result.items():
        assert_allclose(value, expected[name], rtol=1e-13, atol=1e-15, err_msg=name)


@parity("Axes", RTOL)
@golden_cases("geom", "Axes normalize")
def test_axes_normalize(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    if not check_error(case, lambda: ellipses.Axes(**inputs, normalize=True)):
        assert_allclose(ellipses.Axes(**inputs, normalize=True).getParameterVector(), case["expected"])
