"""`lsst.geom` against the values of the real stack."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import lsst.geom as geom
from lsst.afw.geom import ellipses
from lsst.afw.geom.polygon import Polygon
from lsst.geom import Angle, Box2D, Box2I, Extent2D, Extent2I, Point2D, Point2I, SpherePoint, degrees, radians
from lsst.pex import exceptions
from lsst.sphgeom import Vector3d
from stacklite_support.golden import cases, golden_file, number
from stacklite_support.parity import parity

RTOL = 1e-14  # angles and boxes are a few operations; the last bit may depend on the C library
SUM = {"rtol": RTOL, "atol": 1e-14}  # sums of terms of order 1, which may cancel
SKY_ATOL = np.deg2rad(1e-9)


def params(kind: str) -> Any:
    return pytest.mark.parametrize("case", [pytest.param(c, id=str(c["id"])) for c in cases("geom", kind)])


def sphere(position: Any) -> SpherePoint:
    return SpherePoint(*number(position), degrees)


def assert_same_sky(point: SpherePoint, expected: Any) -> None:
    """Compare positions as vectors, so that longitudes near 0 and at the poles do not matter."""
    other = SpherePoint(*number(expected), radians)
    assert_allclose(list(point.getVector()), list(other.getVector()), atol=SKY_ATOL, rtol=0)


def box2i(bounds: Any) -> Box2I:
    return Box2I(Point2I(*bounds[:2]), Extent2I(*bounds[2:]))


def bounds2i(box: Box2I) -> list[int]:
    return [box.getMinX(), box.getMinY(), box.getWidth(), box.getHeight()]


def bounds2d(box: Box2D) -> list[float]:
    return [*box.getMin(), *box.getMax()]


def check_error(case: dict[str, Any], call: Any) -> bool:
    """Check that the call raises what the case expects, if it expects an error."""
    if not (isinstance(case["expected"], dict) and "error" in case["expected"]):
        return False
    with pytest.raises(getattr(exceptions, case["expected"]["error"])):
        call()
    return True


@parity("Angle", 1e-15)
@params("Angle")
def test_angle(case: dict[str, Any]) -> None:
    angle = number(case["inputs"]["degrees"]) * degrees
    ten = 10 * degrees
    result = {
        "radians": angle.asRadians(),
        "degrees": angle.asDegrees(),
        "hours": angle.asHours(),
        "arcminutes": angle.asArcminutes(),
        "arcseconds": angle.asArcseconds(),
        "milliarcseconds": angle.asMilliarcseconds(),
        "wrap": angle.wrap().asRadians(),
        "wrap_ctr": angle.wrapCtr().asRadians(),
        "wrap_near": angle.wrapNear(200 * degrees).asRadians(),
        "separation_from_10": angle.separation(ten).asRadians(),
    }
    expected = number(case["expected"])
    assert [angle < ten, angle == ten, angle > ten] == expected.pop("compare_with_10")
    assert set(result) == set(expected)
    whole = angle.asRadians() if np.isfinite(angle.asRadians()) else 0.0
    for name, value in result.items():
        # Wrapping takes whole turns off: 1e-16 of the angle is left.
        assert_allclose(value, expected[name], rtol=1e-15, atol=1e-15 * abs(whole), err_msg=name)


@parity("Angle", 0)
@params("Angle arithmetic")
def test_angle_text(case: dict[str, Any]) -> None:
    assert str(3 * degrees) == case["expected"]["text"]
    assert repr(3 * degrees) == case["expected"]["repr"]


@parity("SpherePoint", RTOL)
@params("SpherePoint")
def test_sphere_point(case: dict[str, Any]) -> None:
    inputs, expected = number(case["inputs"]), number(case["expected"])

    def make() -> SpherePoint:
        return SpherePoint(inputs["lon_deg"] * degrees, inputs["lat_deg"] * degrees)

    if check_error(case, make):
        return
    point = make()
    if isinstance(expected, list):
        assert_allclose([a.asRadians() for a in point], expected, rtol=RTOL)
        return
    assert_allclose([point.getLongitude().asRadians(), point.getDec().asRadians()],
                    [expected["lon"], expected["lat"]], rtol=RTOL)  # fmt: skip
    assert_allclose(list(point.getVector()), expected["vector"], rtol=0, atol=3e-16)
    assert (point.atPole(), point.isFinite()) == (expected["at_pole"], expected["finite"])
    assert_same_sky(SpherePoint(point.getVector()), expected["from_vector"])
    assert_allclose(list(point.getPosition(degrees)), expected["position"], rtol=RTOL)
    assert (str(point), repr(point)) == (expected["text"], expected["repr"])


@parity("SpherePoint", 1e-9)
@params("SpherePoint pair")
def test_sphere_point_pair(case: dict[str, Any]) -> None:
    a, b = sphere(case["inputs"]["a_deg"]), sphere(case["inputs"]["b_deg"])
    expected = number(case["expected"])
    assert_allclose(a.separation(b).asRadians(), expected["separation"], rtol=1e-10, atol=1e-16)
    difference = a.bearingTo(b) - expected["bearing"] * radians
    # The bearing between nearby poles is a ratio of two roundings.
    assert abs(difference.wrapCtr().asRadians()) < 1e-8
    offset = [v.asRadians() for v in a.getTangentPlaneOffset(b)]
    # Up to 90 degrees away the scale vanishes, so the error grows with the offset itself.
    assert_allclose(
        offset, expected["tangent_plane_offset"], rtol=1e-9, atol=1e-16 + 1e-9 * np.hypot(*offset)
    )


@parity("SpherePoint", "1e-9 degrees")
@params("SpherePoint.offset")
def test_sphere_point_offset(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    moved = sphere(inputs["point_deg"]).offset(
        inputs["bearing_deg"] * degrees, inputs["amount_deg"] * degrees
    )
    assert_same_sky(moved, case["expected"])


@parity("SpherePoint", "1e-9 degrees")
@params("SpherePoint.rotated")
def test_sphere_point_rotated(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    turned = sphere(inputs["point_deg"]).rotated(sphere(inputs["axis_deg"]), inputs["amount_deg"] * degrees)
    assert_same_sky(turned, case["expected"])


@parity("SpherePoint", RTOL)
@params("SpherePoint from vector")
def test_sphere_point_from_vector(case: dict[str, Any]) -> None:
    vector = Vector3d(*number(case["inputs"]["vector"]))
    if not check_error(case, lambda: SpherePoint(vector)):
        assert_allclose([a.asRadians() for a in SpherePoint(vector)], number(case["expected"]), rtol=1e-10)


@params("SpherePoint()")
def test_sphere_point_default(case: dict[str, Any]) -> None:
    np.testing.assert_equal([a.asRadians() for a in SpherePoint()], number(case["expected"]))


@parity("SpherePoint", "1e-9 degrees")
@params("averageSpherePoint")
def test_average_sphere_point(case: dict[str, Any]) -> None:
    points = [sphere(p) for p in case["inputs"]["points_deg"]]
    assert_same_sky(geom.averageSpherePoint(points), case["expected"])


@parity("SpherePoint", RTOL)
@params("toUnitXYZ")
def test_to_unit_xyz(case: dict[str, Any]) -> None:
    xyz = SpherePoint.toUnitXYZ(
        longitude=case["inputs"]["lon"], latitude=case["inputs"]["lat"], units=radians
    )
    assert_allclose(xyz, case["expected"], atol=3e-16)


def make_box(text: str) -> Box2I:
    """Return a box from what a case says of its construction."""
    numbers = [int(n) for n in re.findall(r"-?\d+", text)]
    invert = "no invert" not in text
    if text == "empty":
        return Box2I()
    if text.startswith("corners"):
        return Box2I(Point2I(*numbers[:2]), Point2I(*numbers[2:]), invert=invert)
    if text.startswith("negative extent"):
        return Box2I(Point2I(8, 4), Extent2I(-3, -2), invert=invert)
    return box2i(numbers)


@parity("Box2I", 0)
@params("Box2I")
def test_box2i(case: dict[str, Any]) -> None:
    box = make_box(case["inputs"]["make"])
    flipped_x, flipped_y = Box2I(box), Box2I(box)
    flipped_x.flipLR(100)
    flipped_y.flipTB(100)
    result = {
        "min": list(box.getMin()),
        "max": list(box.getMax()),
        "begin": list(box.getBegin()),
        "end": list(box.getEnd()),
        "width": box.getWidth(),
        "height": box.getHeight(),
        "area": box.getArea(),
        "empty": box.isEmpty(),
        "center": list(box.getCenter()),
        "corners": [list(p) for p in box.getCorners()],
        "box2d": bounds2d(Box2D(box)),
        "text": str(box),
        "repr": repr(box),
        "grown": [bounds2i(box.dilatedBy(n)) for n in (0, 3, -1, -2, -10)],
        "flip_lr": bounds2i(flipped_x),
        "flip_tb": bounds2i(flipped_y),
        "shifted": bounds2i(box.shiftedBy(Extent2I(5, -7))),
        "reflected": None,
    }
    np.testing.assert_equal(result, number(case["expected"]))


@parity("Box2D", 0)
@params("Box2D")
def test_box2d(case: dict[str, Any]) -> None:
    box = Box2D(Point2D(number(case["inputs"]["min"])), Point2D(number(case["inputs"]["max"])))
    check_box2d(box, number(case["expected"]))


@parity("Box2D", 0)
@params("Box2D()")
def test_box2d_default(case: dict[str, Any]) -> None:
    check_box2d(Box2D(), number(case["expected"]))


def check_box2d(box: Box2D, expected: dict[str, Any]) -> None:
    result = {
        "min": list(box.getMin()),
        "max": list(box.getMax()),
        "width": box.getWidth(),
        "height": box.getHeight(),
        "area": box.getArea(),
        "empty": box.isEmpty(),
        "center": list(box.getCenter()),
        "corners": [list(p) for p in box.getCorners()],
        "grown": [bounds2d(box.dilatedBy(n)) for n in (0, 2.5, -0.5, -50)],
        "text": str(box),
        "contains": [[p, box.contains(Point2D(p))] for p, _ in expected["contains"]],
    }
    for name, handling in (("expand", Box2I.EXPAND), ("shrink", Box2I.SHRINK)):
        if "error" in expected[name]:
            with pytest.raises(exceptions.InvalidParameterError):
                Box2I(box, handling)
            result[name] = expected[name]
        else:
            result[name] = bounds2i(Box2I(box, handling))
    np.testing.assert_equal(result, expected)


@parity("Box2I", 0)
@params("Box2I pair")
def test_box2i_pair(case: dict[str, Any]) -> None:
    a, b = box2i(case["inputs"]["a"]), box2i(case["inputs"]["b"])
    ad, bd = Box2D(a), Box2D(b)
    result = {
        "overlaps": a.overlaps(b),
        "contains": a.contains(b),
        "clip": bounds2i(a.clippedTo(b)),
        "include": bounds2i(a.expandedTo(b)),
        "equal": a == b,
        "d_overlaps": ad.overlaps(bd),
        "d_contains": ad.contains(bd),
        "d_clip": bounds2d(ad.clippedTo(bd)),
        "d_include": bounds2d(ad.expandedTo(bd)),
    }
    np.testing.assert_equal(result, number(case["expected"]))


@parity("Box2I", 0)
@params("Box2I contains point")
def test_box2i_contains_point(case: dict[str, Any]) -> None:
    box, point = box2i(case["inputs"]["a"]), Point2I(*case["inputs"]["p"])
    result = {"contains": box.contains(point), "include": bounds2i(box.expandedTo(point))}
    assert result == case["expected"]


@parity("Point2I", 0)
@params("Point2I(Point2D)")
def test_point_rounding(case: dict[str, Any]) -> None:
    x = number(case["inputs"]["x"])
    expected = case["expected"]
    assert Point2I(Point2D(x, 0.0))[0] == expected[0]
    if np.isfinite(x):
        assert Point2I(Point2D(0.0, -x))[1] == expected[1]


@parity("Box2D", 0)
@params("Box2D from points")
def test_box2d_from_points(case: dict[str, Any]) -> None:
    box = Box2D()
    for point in case["inputs"]["points"]:
        box.include(Point2D(point))
    assert bounds2d(box) == case["expected"]


@parity("AffineTransform", RTOL)
@params("AffineTransform")
def test_affine_transform(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    transform = geom.AffineTransform(np.array(inputs["linear"]), inputs["translation"])
    other = geom.AffineTransform(np.array([[0.9, 0.1], [0.2, 1.1]]), Extent2D(-1, 2))
    assert_allclose(list(transform(Point2D(3.5, -2.25))), expected["point"], **SUM)
    assert_allclose(list(transform(Extent2D(3.5, -2.25))), expected["extent"], **SUM)
    product = transform * other
    assert_allclose(product.getLinear().getMatrix(), expected["times_other"]["linear"], **SUM)
    assert_allclose(list(product.getTranslation()), expected["times_other"]["translation"], **SUM)
    assert_allclose(transform.getLinear().computeDeterminant(), expected["determinant"], **SUM)
    assert_allclose(transform.getParameterVector(), expected["parameters"], rtol=0)
    assert transform.isIdentity() == expected["identity"]
    if "error" in expected["inverse"]:
        with pytest.raises(getattr(exceptions, expected["inverse"]["error"])):
            transform.inverted()
    else:
        inverse = transform.inverted()
        assert_allclose(inverse.getLinear().getMatrix(), expected["inverse"]["linear"], rtol=1e-12)
        assert_allclose(
            list(inverse.getTranslation()), expected["inverse"]["translation"], rtol=1e-12, atol=1e-14
        )


def condition(inputs: dict[str, Any]) -> float:
    """Return how the rotation that fits best follows changes of the vectors."""
    weights = np.ones(len(inputs["x"])) if inputs["weights"] is None else np.array(inputs["weights"])
    matrix = np.array(inputs["x"]).T @ (np.array(inputs["y"]) * weights[:, np.newaxis])
    first, second, third = np.linalg.svd(matrix, compute_uv=False)
    return float(first / max(second + np.sign(np.linalg.det(matrix)) * third, 1e-300))


@parity("SphereTransform", 1e-12)
@params("SphereTransform.fit_unit_vectors")
def test_fit_unit_vectors(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    transform = geom.SphereTransform.fit_unit_vectors(inputs["x"], inputs["y"], inputs["weights"])
    assert_allclose(transform.matrix @ transform.matrix.T, np.eye(3), atol=1e-14)
    assert np.linalg.det(transform.matrix) == pytest.approx(1.0, abs=1e-13)
    if len(inputs["x"]) == 1:
        # One vector has no unique answer: only what it determines is compared.
        assert_allclose(transform.matrix @ inputs["x"][0], np.array(expected["matrix"]) @ inputs["x"][0],
                        atol=1e-13)  # fmt: skip
        return
    # Random pairs that do not fit well: the SVD is not well conditioned.
    atol = 1e-12 + 1e-14 * condition(inputs)
    assert_allclose(transform.matrix, expected["matrix"], atol=atol)
    assert_allclose(transform.inverted().matrix, expected["inverse"], atol=atol)
    assert_same_sky(transform(SpherePoint(10, 20, degrees)), expected["point_10_20_deg"])
    assert isinstance(transform(SpherePoint(10, 20, degrees))[0], Angle)


def moments(core: ellipses.BaseCore) -> list[float]:
    return ellipses.Quadrupole(core).getParameterVector().tolist()


@parity("Quadrupole", RTOL)
@params("Quadrupole")
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
@params("Quadrupole normalize")
def test_quadrupole_normalize(case: dict[str, Any]) -> None:
    inputs = number(case["inputs"])
    if not check_error(case, lambda: ellipses.Quadrupole(**inputs, normalize=True)):
        core = ellipses.Quadrupole(**inputs, normalize=True)
        assert_allclose(core.getParameterVector(), number(case["expected"]))


@parity("Axes", RTOL)
@params("Axes")
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
@params("Axes normalize")
def test_axes_normalize(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    if not check_error(case, lambda: ellipses.Axes(**inputs, normalize=True)):
        assert_allclose(ellipses.Axes(**inputs, normalize=True).getParameterVector(), case["expected"])


@parity("Polygon", 1e-10)
@params("Polygon")
def test_polygon(case: dict[str, Any]) -> None:
    polygon = Polygon.readFits(golden_file(case["inputs"]["file"]))
    expected = case["expected"]
    assert [list(p) for p in polygon.getVertices()] == expected["vertices"]
    assert [list(p) for p in polygon.convexHull().getVertices()] == expected["convex_hull"]
    assert_allclose(polygon.calculateArea(), expected["area"], rtol=1e-14)
    assert_allclose(polygon.calculatePerimeter(), expected["perimeter"], rtol=1e-14)
    assert_allclose(list(polygon.calculateCenter()), expected["center"], rtol=1e-14)
    assert bounds2d(polygon.getBBox()) == expected["bbox"]
    assert len(polygon.getEdges()) == polygon.getNumEdges() == expected["edges"]
    points = [Point2D(p) for p, _ in expected["contains"]]
    inside = [flag for _, flag in expected["contains"]]
    assert [polygon.contains(p) for p in points] == inside
    assert polygon.contains(points) == inside
    array = np.array(expected["image"]["array"], dtype=np.float32)
    image = polygon.createImage(Box2I(Point2I(*expected["image"]["x0y0"]), Extent2I(*array.shape[::-1])))
    # float32 pixels: one rounding of a value up to 1
    assert_allclose(image.array, array, rtol=0, atol=1e-7)


@params("Polygon")
def test_polygon_round_trip(case: dict[str, Any], tmp_path: Path) -> None:
    polygon = Polygon.readFits(golden_file(case["inputs"]["file"]))
    polygon.writeFits(str(tmp_path / "polygon.fits"))
    again = Polygon.readFits(str(tmp_path / "polygon.fits"))
    assert again == polygon
    assert again.getVertices() == polygon.getVertices()
