"""Linear and affine transforms of the plane, rotations of the sphere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import lsst.geom as geom
import lsst.pex.exceptions as pex_exceptions
from lsst.geom import (
    AffineTransform,
    Angle,
    Extent2D,
    Extent2I,
    LinearTransform,
    Point2D,
    Point2I,
    SpherePoint,
    degrees,
)
from lsst.pex.exceptions import InvalidParameterError
from lsst.sphgeom import UnitVector3d, Vector3d
from stacklite_support.golden import golden_cases
from stacklite_support.golden_geom import RTOL, assert_same_sky
from stacklite_support.parity import parity

LONGITUDES = st.floats(-720, 720)
LATITUDES = st.floats(-90, 90)


def test_affine_transform_forms() -> None:
    transform = geom.AffineTransform(geom.LinearTransform.makeRotation(90 * degrees), Extent2D(1, 2))
    np.testing.assert_allclose(list(transform(Point2D(1, 0))), [1, 3], atol=1e-15)
    x, y = transform(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    np.testing.assert_allclose([x, y], [[1, 0], [3, 2]], atol=1e-15)
    matrix, linear = transform.getMatrix(), transform.getLinear()
    for other in (
        geom.AffineTransform(matrix),
        geom.AffineTransform(matrix=matrix),
        geom.AffineTransform(linear, Extent2D(1, 2)),
        geom.AffineTransform(linear=linear.getMatrix(), translation=[1, 2]),
        geom.AffineTransform.makeTranslation(Extent2D(1, 2)) * geom.AffineTransform(linear),
    ):
        np.testing.assert_array_equal(other.getMatrix(), matrix)
        assert other != transform, "they are compared by identity"
        assert len({other, transform}) == 2
    bad: list[Any] = [(transform,), (None,), (linear, [1, 2]), (matrix, [1, 2]), ([1, 2, 3],), (1.0,)]
    for args in bad:
        with pytest.raises(TypeError):
            geom.AffineTransform(*args)
    for point in (Point2I(1, 2), Extent2I(1, 2), (1.0, 2.0)):
        with pytest.raises(TypeError):
            transform(point)


def affine(numbers: list[float]) -> geom.AffineTransform:
    a, b, c, d, x, y = numbers
    return geom.AffineTransform(np.array([[4.0 + a, b], [c, -4.0 + d]]), Extent2D(x, y))


AFFINE = st.lists(st.floats(-1.5, 1.5), min_size=6, max_size=6).map(affine)


@given(AFFINE, AFFINE, st.floats(-100, 100), st.floats(-100, 100))
def test_products_of_transforms_apply_the_right_one_first(
    one: geom.AffineTransform, other: geom.AffineTransform, x: float, y: float
) -> None:
    point, linear = Point2D(x, y), one.getLinear()
    np.testing.assert_allclose(list((one * other)(point)), list(one(other(point))), atol=1e-11)
    product = one.getLinear() * other.getLinear()
    np.testing.assert_allclose(list(product(point)), list(linear(other.getLinear()(point))), atol=1e-11)
    np.testing.assert_allclose((one * other).getMatrix(), one.getMatrix() @ other.getMatrix(), atol=1e-12)
    np.testing.assert_allclose(list(one.inverted()(one(point))), [x, y], atol=1e-11)
    assert (one * one.inverted()).getMatrix() == pytest.approx(np.eye(3), abs=1e-12)
    # An extent is a difference of points.
    np.testing.assert_allclose(list(one(Extent2D(x, y))), list(one(point) - one(Point2D(0, 0))), atol=1e-11)


@given(LONGITUDES, LATITUDES, LONGITUDES, LATITUDES, st.floats(-360, 360))
def test_rotations_of_the_sphere(lon: float, lat: float, lon0: float, lat0: float, angle: float) -> None:
    point, axis = SpherePoint(lon, lat, degrees), SpherePoint(lon0, lat0, degrees)
    turned = point.rotated(axis, angle * degrees)
    # `asin` loses half of the digits at the poles.
    assert abs((turned.separation(axis) - point.separation(axis)).asRadians()) < 1e-7
    assert turned.rotated(axis, -angle * degrees).separation(point).asRadians() < 1e-7
    columns = [list(SpherePoint(Vector3d(*v)).rotated(axis, angle * degrees).getVector()) for v in np.eye(3)]
    rotation = geom.SphereTransform(np.transpose(columns))
    assert rotation(point).separation(turned).asRadians() < 1e-7
    assert rotation.inverted()(turned).separation(point).asRadians() < 1e-7


def test_sphere_transform_fits_a_known_rotation() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(20, 3))
    x /= np.linalg.norm(x, axis=1)[:, np.newaxis]
    c, s = math.cos(0.3), math.sin(0.3)
    rotation = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    fit = geom.SphereTransform.fit_unit_vectors(x, x @ rotation.T, rng.uniform(0.1, 1, 20))
    np.testing.assert_allclose(fit.matrix, rotation, atol=1e-15)
    assert fit(UnitVector3d(1, 0, 0)).y() == pytest.approx(s)
    x[3, 1] = np.nan
    with pytest.raises(InvalidParameterError):
        geom.SphereTransform.fit_unit_vectors(x, x)


NUMBERS = st.floats(-100, 100)


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_transforms_of_the_plane(a: float, b: float, x: float, y: float) -> None:
    scale, turn = LinearTransform.makeScaling(a, b), LinearTransform.makeRotation(Angle(a))
    assert scale(Point2D(x, y)) == Point2D(a * x, b * y)
    for factors in ((a,), (a, a)):
        np.testing.assert_array_equal(LinearTransform.makeScaling(*factors).getMatrix(), a * np.eye(2))
    np.testing.assert_array_equal(LinearTransform.makeScaling(scale=a).getMatrix(), a * np.eye(2))
    move = AffineTransform.makeTranslation(Extent2D(a, b))
    assert (move(Point2D(x, y)), move(Extent2D(x, y))) == (Point2D(x + a, y + b), Extent2D(x, y))
    np.testing.assert_array_equal(AffineTransform(Extent2D(a, b)).getMatrix(), move.getMatrix())
    rotation = AffineTransform.makeRotation(Angle(a))
    np.testing.assert_array_equal(rotation.getLinear().getMatrix(), turn.getMatrix())
    for product in (move * rotation, AffineTransform.makeScaling(a, b) * move, move * AffineTransform(scale)):
        matrices = product.getMatrix()
        assert [product[i] for i in range(6)] == matrices[:2].T.ravel().tolist()
        assert product[0, 2] == matrices[0, 2]
    assert [turn[i] for i in range(4)] == turn.getMatrix().T.ravel().tolist() and turn[0, 1] == turn[2]
    both = (rotation * move)(Point2D(x, y))
    np.testing.assert_allclose(list(both), list(turn(move(Point2D(x, y)))), rtol=0, atol=1e-12)
    for bad in (
        lambda: turn * 2.0,
        lambda: move * 2.0,
        lambda: turn * move,
        lambda: move((x, y)),
        lambda: LinearTransform(np.eye(3)),
        lambda: LinearTransform(turn),
        lambda: LinearTransform.makeScaling(a, y=b),
    ):
        with pytest.raises(TypeError):
            bad()


def test_products_of_rotations() -> None:
    about_z = geom.SphereTransform([[0, -1, 0], [1, 0, 0], [0, 0, 1]])
    about_x = geom.SphereTransform([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
    product = about_z * about_x
    # The right one is applied first.
    np.testing.assert_array_equal(product.getMatrix(), [[0, 0, 1], [1, 0, 0], [0, 1, 0]])
    assert product.getMatrix() is product.matrix and not product.matrix.flags.writeable
    x, y, z = np.array([1.0, 4.0]), np.array([2.0, 5.0]), 3.0
    for apply, row in ((product.applyX, 0), (product.applyY, 1), (product.applyZ, 2)):
        np.testing.assert_array_equal(apply(x, y, z), product.matrix[row] @ [x, y, [z, z]])
    with pytest.raises(TypeError):
        product * 2  # type: ignore[operator]


# -- Values of the real stack ----------------------------------------------------------

SUM = {"rtol": RTOL, "atol": 1e-14}  # sums of terms of order 1, which may cancel


@parity("AffineTransform", RTOL)
@golden_cases("geom", "AffineTransform")
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
        with pytest.raises(getattr(pex_exceptions, expected["inverse"]["error"])):
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
@golden_cases("geom", "SphereTransform.fit_unit_vectors")
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


def test_the_rotation_about_a_small_field_is_fitted_to_the_last_digits() -> None:
    errors = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        x = np.array([1.0, 0.0, 0.0]) + np.deg2rad(0.05) * rng.uniform(-1, 1, (200, 3))
        x /= np.linalg.norm(x, axis=1)[:, None]
        rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        rotation *= np.sign(np.linalg.det(rotation))
        fit = geom.SphereTransform.fit_unit_vectors(x, x @ rotation.T).matrix
        errors += [np.abs(fit - rotation).max(), np.abs(fit @ fit.T - np.eye(3)).max()]
    # Rounding of positions, over the root of their number and their distance from the center. Over the square
    # of the distance, as without the last step of the fit, it is 1e-13.
    assert max(errors) < 1e-14
