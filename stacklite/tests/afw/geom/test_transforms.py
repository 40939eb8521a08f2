"""`Transform...To...`: derivatives, inverses, series, texts."""

from __future__ import annotations

import copy
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import starlink.Ast as Ast
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import astshim
import lsst.afw.geom as afw_geom
import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import (
    TransformGenericToPoint2,
    TransformPoint2ToGeneric,
    TransformPoint2ToPoint2,
    TransformPoint2ToSpherePoint,
    TransformSpherePointToPoint2,
    linearizeTransform,
    makeIdentityTransform,
    makeRadialTransform,
    makeSkyWcs,
    makeTransform,
)
from lsst.geom import (
    AffineTransform,
    Extent2D,
    LinearTransform,
    Point2D,
    Point2I,
    SpherePoint,
    degrees,
    radians,
)
from stacklite_support.wcs_makers import tan_wcs, tan_wcs_of_cd

AFFINE = AffineTransform(np.array([[1.0, 2.0], [-3.0, 0.5]]), Extent2D(10.0, -20.0))


def test_affine_transform() -> None:
    transform, points = makeTransform(AFFINE), [Point2D(0.0, 0.0), Point2D(3.0, -4.0)]
    assert transform.applyForward(points) == [AFFINE(p) for p in points]
    assert_allclose([list(p) for p in transform.applyInverse([AFFINE(p) for p in points])], points_of(points))
    assert_allclose(transform.getJacobian(points[1]), AFFINE.getLinear().getMatrix(), rtol=1e-9)
    again = linearizeTransform(transform, Point2D(7.0, 7.0))
    assert_allclose(again.getMatrix(), AFFINE.getMatrix(), rtol=1e-9)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_matrices_that_are_not_finite(value: float) -> None:
    with pytest.raises(pex_exceptions.RuntimeError, match="not finite"):
        makeTransform(LinearTransform([[1.0, value], [0.0, 1.0]]))
    with pytest.raises(pex_exceptions.RuntimeError, match="not finite"):
        makeSkyWcs(makeIdentityTransform(), math.nan * degrees, False, SpherePoint(1, 2, degrees))


def points_of(points: list[Point2D]) -> list[list[float]]:
    return [list(p) for p in points]


@settings(max_examples=50, deadline=None)
@given(
    x=st.sampled_from([0.0, 1e-9, 1e-3, 1.0, -2000.0]),
    y=st.sampled_from([0.0, -1e-6, 7.5, 1e5]),
    inverse=st.booleans(),
)
def test_linear_maps_have_exact_derivatives(x: float, y: float, inverse: bool) -> None:
    """AST's own differences are wrong by 1e-6 at coordinates that are small beside the offset."""
    affine = AffineTransform(2e-5 * AFFINE.getLinear().getMatrix(), Extent2D(0.07, -0.14))
    transform = makeTransform(affine).then(makeTransform(LinearTransform.makeScaling(3.0)))
    expected = 3.0 * affine.getLinear().getMatrix()
    if inverse:
        transform, expected = transform.inverted(), np.linalg.inv(expected)
    assert_allclose(transform.getJacobian(Point2D(x, y)), expected, rtol=1e-12)
    assert_allclose(tan_wcs().getCdMatrix(Point2D(x, y)), tan_wcs().getCdMatrix(), rtol=1e-12)


@pytest.mark.parametrize("point", [Point2D(0.0, 0.0), Point2D(1.0, -1e-3), Point2D(200.0, 150.0)])
def test_derivatives_of_positions_on_the_sky(point: Point2D) -> None:
    wcs, step = tan_wcs(), 300.0
    x, y = np.add.outer(np.array([-2, -1, 1, 2]) * step, list(point)).T
    weights = np.array([1, -8, 8, -1]) / (12.0 * step)  # fourth order
    columns = [
        np.asarray(wcs.pixelToSkyArray(*xy)) @ weights
        for xy in ((x, np.full(4, point.getY())), (np.full(4, point.getX()), y))
    ]
    jacobian = wcs.getTransform().getJacobian(point)
    assert_allclose(jacobian, np.stack(columns, axis=1), rtol=0, atol=1e-10 * np.abs(jacobian).max())


@pytest.mark.parametrize("r", [0.0, 1e-7, 1.0, 400.0])
def test_derivatives_of_a_radial_transform(r: float) -> None:
    transform = makeRadialTransform([0.0, 2e-5, 0.0, 1e-11])
    x, y = 0.6 * r, -0.8 * r
    expected = (2e-5 + 1e-11 * r**2) * np.eye(2) + 2e-11 * np.outer([x, y], [x, y])
    assert_allclose(transform.getJacobian(Point2D(x, y)), expected, rtol=0, atol=1e-15)
    back = transform.inverted().getJacobian(transform.applyForward(Point2D(x, y)))
    assert_allclose(back, np.linalg.inv(expected), rtol=0, atol=1e-10 / 2e-5)


@pytest.mark.parametrize("x", [0.0, 1e-9, 3.0, 50.0, 100.0])
def test_derivatives_at_the_border_of_a_domain(x: float) -> None:
    terms = np.array([[50.0, 1, 1, 0], [3, 1, 2, 0], [50, 2, 0, 1]])  # Chebyshev polynomials on [0, 100]
    box = [0, 0], [100, 100]
    transform = TransformPoint2ToPoint2(Ast.ChebyMap(terms, *box, terms, *box))
    expected = np.diag([1.0 + 3 * 4 * (x - 50.0) / 50.0**2, 1.0])
    assert_allclose(transform.getJacobian(Point2D(x, 20.0)), expected, atol=1e-7)


def test_derivatives_where_there_is_no_value() -> None:
    to_pixels = tan_wcs().getTransform().inverted()
    assert np.isnan(to_pixels.getJacobian(SpherePoint(330, -2.2, degrees))).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda wcs: wcs.pixelToSky("ab"),
        lambda wcs: wcs.pixelToSky(Extent2D(1, 2)),
        lambda wcs: wcs.pixelToSky([wcs.getSkyOrigin()]),
        lambda wcs: wcs.pixelToSky([(1.0, 2.0)]),
        lambda wcs: wcs.skyToPixel([Point2D(1, 2)]),
        lambda wcs: wcs.getPixelScale(wcs.getSkyOrigin()),
        lambda wcs: wcs.getCdMatrix(wcs.getSkyOrigin()),
        lambda wcs: wcs.getTanWcs(wcs.getSkyOrigin()),
        lambda wcs: wcs.linearizePixelToSky(Extent2D(1, 2), degrees),
        lambda wcs: wcs.copyAtShiftedPixelOrigin(Point2D(1, 2)),
    ],
)
def test_pixels_and_sky_are_not_confused(call: Any) -> None:
    with pytest.raises(TypeError):
        call(tan_wcs())


def test_inverse_and_series() -> None:
    transform = makeTransform(AFFINE)
    point = Point2D(1.0, 2.0)
    assert_allclose(list(transform.inverted().applyForward(transform.applyForward(point))), list(point))
    assert list(transform.then(transform).applyForward(point)) == list(AFFINE(AFFINE(point)))
    wcs = tan_wcs().getTransform()
    assert isinstance(wcs, TransformPoint2ToSpherePoint)
    assert isinstance(wcs.inverted(), TransformSpherePointToPoint2)
    assert isinstance(transform.then(wcs).then(wcs.inverted()), TransformPoint2ToPoint2)
    with pytest.raises(pex_exceptions.InvalidParameterError):
        wcs.then(transform)


def test_radial_transform() -> None:
    transform = makeRadialTransform([0.0, 2.0, 0.0, 1e-3])
    for x, y in ((3.0, 4.0), (0.0, 0.0), (-5.0, 12.0)):
        r = math.hypot(x, y)
        factor = 2.0 + 1e-3 * r**2
        assert_allclose(list(transform.applyForward(Point2D(x, y))), [x * factor, y * factor], rtol=1e-14)
        assert_allclose(list(transform.applyInverse(Point2D(x * factor, y * factor))), [x, y], atol=1e-7)
    given_inverse = makeRadialTransform([0.0, 2.0], [0.0, 0.5])
    assert_allclose(list(given_inverse.applyInverse(Point2D(6.0, 8.0))), [3.0, 4.0])
    longer = makeRadialTransform([0, 1.0, 0.05], [0, 1.0, -0.05, 0.005])
    assert tuple(longer.applyForward(Point2D(1, 0.5))) == (1.0559016994374948, 0.5279508497187474)
    assert tuple(longer.applyInverse(Point2D(1, 0.5))) == (0.9503483005625053, 0.47517415028125265)
    assert makeRadialTransform([]).writeString() == makeIdentityTransform().writeString()


@pytest.mark.parametrize(
    "coeffs", [([1.0, 2.0],), ([0.0],), ([0.0, 0.0, 1.0],), ([0.0, 1.0, 2.0], []), ([], [0.0, 1.0])]
)
def test_invalid_radial_coefficients(coeffs: Any) -> None:
    with pytest.raises(pex_exceptions.InvalidParameterError):
        makeRadialTransform(*coeffs)


def test_many_generic_points_are_arrays() -> None:
    forward = TransformPoint2ToGeneric(Ast.PolyMap([[1.0, 1, 2, 0], [3.0, 1, 0, 1]]))
    assert (forward.fromEndpoint.nAxes, forward.toEndpoint.nAxes) == (2, 1)
    assert forward.applyForward(Point2D(2.0, 5.0)) == [19.0]
    assert forward.applyForward([Point2D(2.0, 5.0), Point2D(0.0, 1.0)]).tolist() == [[19.0, 3.0]]
    assert forward.hasForward and not forward.hasInverse
    with pytest.raises(pex_exceptions.RuntimeError):
        forward.applyInverse(np.array([1.0]))
    backward = TransformGenericToPoint2(Ast.ZoomMap(2, 2.0))
    assert backward.applyForward(np.array([1.0, 2.0])) == Point2D(2.0, 4.0)
    with pytest.raises(pex_exceptions.InvalidParameterError):
        backward.applyForward(np.ones((3, 5)))
    with pytest.raises(pex_exceptions.InvalidParameterError):
        TransformPoint2ToPoint2(Ast.UnitMap(3))


def test_copies_of_transforms_are_equal(tmp_path: Any) -> None:
    transform = makeTransform(AFFINE).then(makeRadialTransform([0.0, 2.0, 0.0, 1e-3]))
    transform.writeFits(str(tmp_path / "transform.fits"))
    read = TransformPoint2ToPoint2.readFits(str(tmp_path / "transform.fits"))
    for other in (read, copy.deepcopy(transform), pickle.loads(pickle.dumps(transform))):
        assert type(other) is TransformPoint2ToPoint2
        assert other.writeString() == transform.writeString()


def test_text_of_a_transform_is_parsed_when_it_is_needed() -> None:
    broken = TransformPoint2ToPoint2.readString("1 TransformPoint2ToPoint2 nonsense")
    assert broken.writeString() == "1 TransformPoint2ToPoint2 nonsense"
    with pytest.raises(pex_exceptions.TypeError):
        broken.applyForward(Point2D(0.0, 0.0))
    for text in ("", "2 TransformPoint2ToPoint2 Begin", "1 TransformPoint2ToGeneric Begin UnitMap"):
        with pytest.raises(pex_exceptions.InvalidParameterError):
            TransformPoint2ToPoint2.readString(text)


KINDS = ("Generic", "Point2", "SpherePoint")


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
def test_transforms_of_all_kinds(source: str, target: str, tmp_path: Path) -> None:
    """Coordinates of all kinds of points are taken and returned, one by one and together; also from files."""
    points = {
        "Generic": [0.25, 0.5],
        "Point2": Point2D(0.25, 0.5),
        "SpherePoint": SpherePoint(0.25, 0.5, radians),
    }
    kind = getattr(afw_geom, f"Transform{source}To{target}")
    transform = kind(Ast.UnitMap(2))
    transform.writeFits(tmp_path / "transform.fits")
    for each in (transform, kind.readFits(tmp_path / "transform.fits"), transform.inverted().inverted()):
        assert type(each) is kind and each.writeString() == transform.writeString()
        assert repr(each) == f"lsst.afw.geom.{each}" == f"lsst.afw.geom.Transform{source}To{target}[2->2]"
        start, end = each.fromEndpoint, each.toEndpoint
        found = each.applyForward(points[source])
        assert type(found) is type(points[target]) and np.all(found == points[target])
        assert np.all(each.applyInverse(points[target]) == points[source])
        many = start.arrayFromData(np.array([[0.25, 0.1], [0.5, 0.2]]))
        np.testing.assert_array_equal(end.dataFromArray(each.applyForward(many)), [[0.25, 0.1], [0.5, 0.2]])
        for name in ("point", "array"):
            assert np.all(each.applyForward(**{name: points[source]}) == points[target])
        for args, kwargs in (((), {"x": many}), ((), {}), ((many, many), {}), ((many,), {"array": many})):
            with pytest.raises(TypeError):
                each.applyForward(*args, **kwargs)
        assert end.nAxes == 2
        np.testing.assert_array_equal(start.dataFromPoint(points[source]), [0.25, 0.5])
        assert np.all(end.pointFromData(np.array([0.25, 0.5])) == points[target])
    assert copy.copy(transform) is transform
    same = getattr(afw_geom, f"Transform{target}To{source}")(Ast.ZoomMap(2, 3.0))
    assert same.fromEndpoint == transform.toEndpoint and same.toEndpoint == transform.fromEndpoint
    assert same != same.inverted().inverted(), "they are compared by identity"
    assert len({same, same}) == 1
    with pytest.raises(TypeError):
        hash(same.toEndpoint)


def test_generic_points_are_lists() -> None:
    """As C++ vectors they can be compared with ``==``; many of them are an array."""
    transform = afw_geom.TransformGenericToGeneric(Ast.ZoomMap(2, 2.0))
    for point in ([1.0, 2.0], (1.0, 2.0), np.array([1.0, 2.0])):
        found = transform.applyForward(point)
        assert found == [2.0, 4.0] and type(found) is list and type(found[0]) is float
        assert transform.applyInverse(found) == [1.0, 2.0]
    endpoint = transform.fromEndpoint
    assert endpoint.dataFromPoint([1, 2]) == endpoint.pointFromData(np.array([1.0, 2.0])) == [1.0, 2.0]
    assert afw_geom.Point2Endpoint().dataFromPoint(Point2D(1, 2)) == [1.0, 2.0]
    np.testing.assert_array_equal(transform.applyForward(np.eye(2)), 2 * np.eye(2))
    for call in (endpoint.dataFromPoint, endpoint.pointFromData, transform.applyForward):
        with pytest.raises(ValueError, match="3 axes"):
            call([1.0, 2.0, 3.0])


def test_text_and_names_of_endpoints() -> None:
    for endpoint, text, prefix in (
        (afw_geom.Point2Endpoint(), "Point2Endpoint()", "Point2"),
        (afw_geom.SpherePointEndpoint(), "SpherePointEndpoint()", "SpherePoint"),
        (afw_geom.GenericEndpoint(3), "GenericEndpoint(3)", "Generic"),
    ):
        assert (str(endpoint), repr(endpoint)) == (text, f"lsst.afw.geom.{text}")
        assert endpoint.getClassPrefix() == type(endpoint).getClassPrefix() == prefix
        points = endpoint.arrayFromData(np.zeros((endpoint.nAxes, 4)))
        assert endpoint.getNPoints(points) == 4
    for axes in (0, -1):
        with pytest.raises(pex_exceptions.InvalidParameterError):
            afw_geom.GenericEndpoint(axes)


def test_frames_of_endpoints() -> None:
    plane, sky, generic = (
        afw_geom.Point2Endpoint(),
        afw_geom.SpherePointEndpoint(),
        afw_geom.GenericEndpoint(3),
    )
    assert [type(each.makeFrame()) for each in (plane, sky, generic)] == [
        astshim.Frame,
        astshim.SkyFrame,
        astshim.Frame,
    ]
    assert [each.makeFrame().nAxes for each in (plane, sky, generic)] == [2, 2, 3]
    frames = [astshim.Frame(2), astshim.Frame(3), astshim.SkyFrame(), astshim.FrameSet(astshim.SkyFrame())]
    for endpoint, refused in ((plane, frames[2:]), (sky, frames[:2]), (generic, [])):
        for frame in frames:
            if frame in refused:
                with pytest.raises(pex_exceptions.InvalidParameterError):
                    endpoint.normalizeFrame(frame)
            else:
                endpoint.normalizeFrame(frame)
    swapped = astshim.SkyFrame()
    swapped.permAxes([2, 1])
    assert (swapped.lonAxis, swapped.latAxis) == (2, 1)
    sky.normalizeFrame(swapped)
    assert (swapped.lonAxis, swapped.latAxis) == (1, 2)


def test_endpoints() -> None:
    assert afw_geom.GenericEndpoint(nAxes=3).nAxes == 3
    for kind in (afw_geom.Point2Endpoint, afw_geom.SpherePointEndpoint):
        assert kind().nAxes == 2
        with pytest.raises(TypeError):
            kind(2)
    for wrong in (Point2I(1, 2), [Point2I(1, 2)], [SpherePoint()], np.zeros((2, 3))):
        with pytest.raises(TypeError):
            makeTransform(AffineTransform()).applyForward(wrong)


def test_frame_sets_are_mappings_from_base_to_current() -> None:
    frames = tan_wcs_of_cd().getFrameDict()
    kind = afw_geom.TransformPoint2ToSpherePoint
    for transform in (kind(frames), kind(frameSet=frames, simplify=False), kind(mapping=frames.getMapping())):
        found = transform.applyForward(Point2D(10, 20))
        assert found.separation(tan_wcs_of_cd().pixelToSky(x=10, y=20)).asArcseconds() < 1e-9
    for bad in (lambda: kind(frameSet=frames.getMapping()), lambda: kind(1), kind):
        with pytest.raises(TypeError):
            bad()


def test_wrong_numbers_of_axes() -> None:
    for kind, mapping in (("Point2ToGeneric", Ast.UnitMap(3)), ("GenericToSpherePoint", Ast.UnitMap(1))):
        with pytest.raises(pex_exceptions.InvalidParameterError, match="has 2 axes, not"):
            getattr(afw_geom, f"Transform{kind}")(mapping)
    transform = afw_geom.TransformGenericToPoint2(Ast.UnitMap(2))
    with pytest.raises(pex_exceptions.InvalidParameterError, match="is needed"):
        transform.applyForward(np.zeros((3, 4)))
    with pytest.raises(ValueError, match="are needed"):
        transform.applyForward(np.zeros(4))
