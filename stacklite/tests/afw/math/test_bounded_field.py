"""Bounded fields: Chebyshev series, products, pixel areas, operations with images."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import starlink.Ast as Ast
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import chebyshev
from numpy.polynomial.chebyshev import chebval2d

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import TransformPoint2ToGeneric, makeCdMatrix, makeSkyWcs
from lsst.afw.image import ImageD, ImageF, ImageI
from lsst.afw.math import (
    BoundedField,
    ChebyshevBoundedField,
    ChebyshevBoundedFieldControl,
    PixelAreaBoundedField,
    ProductBoundedField,
    TransformBoundedField,
    makeInterpolate,
)
from lsst.afw.table.io import Persistable
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from lsst.pex.exceptions import InvalidParameterError
from stacklite_support import golden
from stacklite_support.golden import golden_cases, own_file
from stacklite_support.golden_fields import (
    FIELD_CASES,
    FIELDS,
    RTOL,
    RTOL_PIXEL_AREA,
    box_of,
    check,
    columns,
    make_chebyshev,
)
from stacklite_support.parity import parity

BBOX = Box2I(Point2I(-7, 1013), Extent2I(330, 610))


def _field(seed: int = 0, shape: tuple[int, int] = (4, 3), bbox: Box2I = BBOX) -> ChebyshevBoundedField:
    return ChebyshevBoundedField(bbox, np.random.default_rng(seed).normal(size=shape))


def _control(order_x: int, order_y: int, *, triangular: bool) -> ChebyshevBoundedFieldControl:
    control = ChebyshevBoundedFieldControl()
    control.orderX, control.orderY, control.triangular = order_x, order_y, triangular
    return control


@given(x=st.floats(-100, 400), y=st.floats(900, 1700), seed=st.integers(0, 20))
def test_values_are_those_of_numpy(x: float, y: float, seed: int) -> None:
    field = _field(seed)
    scaled_x = (x - (-7 - 0.5 + 165)) / 165
    scaled_y = (y - (1013 - 0.5 + 305)) / 305
    terms = np.abs(field.getCoefficients().T)
    scale = chebval2d(max(abs(scaled_x), 1.0), max(abs(scaled_y), 1.0), terms)
    expected = chebval2d(scaled_x, scaled_y, field.getCoefficients().T)
    assert field.evaluate(x, y) == pytest.approx(expected, abs=1e-12 * scale)
    assert field.evaluate(Point2D(x, y)) == field.evaluate(x, y)
    np.testing.assert_array_equal(field.evaluate(np.array([[x]]), np.array([[y]])), [[field.evaluate(x, y)]])


@pytest.mark.parametrize("triangular", [True, False])
def test_fit_finds_the_polynomial_again(triangular: bool) -> None:
    control = _control(2, 3, triangular=triangular)
    truth = _field(shape=(4, 3)).truncate(control)
    rng = np.random.default_rng(4)
    x, y = rng.uniform(-7, 322, 100), rng.uniform(1013, 1622, 100)
    for weights in ((), (rng.uniform(0.5, 2.0, 100),)):
        fitted = ChebyshevBoundedField.fit(BBOX, x, y, truth.evaluate(x, y), *weights, control)
        np.testing.assert_allclose(fitted.getCoefficients(), truth.getCoefficients(), atol=1e-12)
    image = ImageD(BBOX)
    truth.fillImage(image)
    fitted = ChebyshevBoundedField.fit(image, control)
    np.testing.assert_allclose(fitted.getCoefficients(), truth.getCoefficients(), atol=1e-12)


def test_number_of_terms() -> None:
    assert _control(2, 3, triangular=False).computeSize() == 12
    assert _control(3, 3, triangular=True).computeSize() == 10
    with pytest.raises(pex_exceptions.InvalidParameterError):
        ChebyshevBoundedField.fit(BBOX, *np.ones((3, 9)), _control(3, 3, triangular=True))
    with pytest.raises(pex_exceptions.InvalidParameterError):
        # The stack dies here (D20).
        ChebyshevBoundedField.fit(BBOX, *np.ones((3, 0)), _control(1, 1, triangular=True))
    with pytest.raises(pex_exceptions.InvalidParameterError, match="8 y"):
        ChebyshevBoundedField.fit(BBOX, np.ones(9), np.ones(8), np.ones(9), _control(1, 1, triangular=True))


def test_arguments_of_fits_are_taken_by_position() -> None:
    rng, control = np.random.default_rng(5), _control(1, 1, triangular=True)
    x, y = rng.uniform(-7, 322, 20), rng.uniform(1013, 1622, 20)
    z, w = rng.normal(size=(2, 20))
    fit: Any = ChebyshevBoundedField.fit
    image = ImageF(Extent2I(5, 4), 2.0)
    for arguments in ((image,), (BBOX, x, y, z), (BBOX, x, y, z, w, control, control)):
        with pytest.raises(TypeError):
            fit(*arguments)
    for arguments in ((image,), (BBOX, x, y, z), (BBOX, x, y, z, w)):
        assert isinstance(fit(*arguments, control), ChebyshevBoundedField)
        with pytest.raises(TypeError):
            fit(*arguments, ctrl=control)


@given(seed=st.integers(0, 1000), order=st.integers(0, 3), n=st.integers(16, 60), weighted=st.booleans())
def test_fits_are_linear_and_leave_an_orthogonal_residual(
    seed: int, order: int, n: int, weighted: bool
) -> None:
    rng, control = np.random.default_rng(seed), _control(order, order, triangular=True)
    x, y = rng.uniform(-7.5, 322.5, n), rng.uniform(1012.5, 1622.5, n)
    first, second = rng.normal(size=(2, n))
    weights = rng.uniform(0.5, 2.0, n) if weighted else np.ones(n)

    def fit(values: np.ndarray) -> ChebyshevBoundedField:
        return ChebyshevBoundedField.fit(BBOX, x, y, values, *([weights] * weighted), control)

    a, b, both = (fit(v).getCoefficients() for v in (first, second, first - 3.0 * second))
    scale = np.abs(a).max() + 3.0 * np.abs(b).max()
    # Sixteen random points may nearly lie on a curve of the order of the fit.
    np.testing.assert_allclose(both, a - 3.0 * b, rtol=0, atol=1e-9 * scale)
    residual = weights**2 * (first - fit(first).evaluate(x, y))
    for j in range(order + 1):
        for i in range(order + 1 - j):
            unit = np.zeros((order + 1, order + 1))
            unit[j, i] = 1.0
            assert abs(residual @ ChebyshevBoundedField(BBOX, unit).evaluate(x, y)) < 1e-9 * n * scale


@given(
    seed=st.integers(0, 1000),
    shape=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    size=st.tuples(st.integers(1, 50), st.integers(1, 50)),
    corner=st.tuples(st.integers(-(2**20), 2**20), st.integers(-(2**20), 2**20)),
)
def test_known_integrals(
    seed: int, shape: tuple[int, int], size: tuple[int, int], corner: tuple[int, int]
) -> None:
    """Gauss-Legendre quadrature of enough points is exact."""
    field = _field(seed, shape, Box2I(Point2I(*corner), Extent2I(*size)))
    nodes, weights = np.polynomial.legendre.leggauss(5)
    x = corner[0] - 0.5 + 0.5 * size[0] * (1.0 + nodes)
    y = corner[1] - 0.5 + 0.5 * size[1] * (1.0 + nodes)
    values = field.evaluate(*np.meshgrid(x, y))
    expected = weights @ values @ weights * size[0] * size[1] / 4.0
    # Positions near 1e6 resolve 1e-10 pixels, of which there are as few as one.
    scale = np.abs(field.getCoefficients()).sum() * size[0] * size[1]
    assert field.integrate() == pytest.approx(expected, abs=1e-8 * scale)
    assert field.mean() * size[0] * size[1] == pytest.approx(field.integrate(), abs=1e-15 * scale)


def _nodes(n: int, step: int) -> list[int]:
    nodes = list(range(0, n, step))
    return nodes if nodes[-1] == n - 1 else [*nodes, n - 1]


@given(
    seed=st.integers(0, 1000),
    size=st.tuples(st.integers(1, 25), st.integers(1, 25)),
    shift=st.tuples(st.integers(-20, 20), st.integers(-20, 20)),
    steps=st.tuples(st.integers(1, 7), st.integers(1, 7)),
    operation=st.sampled_from(["fillImage", "addToImage", "multiplyImage"]),
)
def test_steps_in_the_overlap_are_bilinear(
    seed: int, size: tuple[int, int], shift: tuple[int, int], steps: tuple[int, int], operation: str
) -> None:
    """Pixel by pixel with numpy's interpolation between nodes, which begin in the corner of the overlap."""
    field = _field(seed, bbox=Box2I(Point2I(0, 0), Extent2I(20, 20)))
    image = ImageD(Box2I(Point2I(*shift), Extent2I(*size)), 2.0)
    arguments = [-3.0] if operation == "addToImage" else []
    getattr(field, operation)(image, *arguments, overlapOnly=True, xStep=steps[0], yStep=steps[1])
    overlap = image.getBBox()
    overlap.clip(field.getBBox())
    expected = np.full(image.array.shape, 2.0)
    if not overlap.isEmpty():
        (x0, y0), (width, height) = overlap.getMin(), overlap.getDimensions()
        x, y = np.array(_nodes(width, steps[0])), np.array(_nodes(height, steps[1]))
        nodes = field.evaluate(*np.meshgrid(x0 + x, y0 + y))
        rows = np.array([np.interp(np.arange(width), x, row) for row in nodes])
        values = np.array([np.interp(np.arange(height), y, column) for column in rows.T]).T
        part = np.s_[y0 - shift[1] : y0 - shift[1] + height, x0 - shift[0] : x0 - shift[0] + width]
        expected[part] = {
            "fillImage": values,
            "addToImage": 2.0 - 3.0 * values,
            "multiplyImage": 2.0 * values,
        }[operation]
    np.testing.assert_allclose(image.array, expected, atol=1e-11)


def test_integer_images_are_refused() -> None:
    with pytest.raises(TypeError, match="ImageI"):
        _field().fillImage(ImageI(BBOX))


def test_factors_of_a_product() -> None:
    factors = [_field(1), _field(2)]
    product = ProductBoundedField(factors)
    assert product.getFactors() == factors
    assert (product * 3.0).evaluate(5.0, 1100.0) == pytest.approx(
        3.0 * product.evaluate(5.0, 1100.0), rel=1e-14
    )


@given(
    x=st.floats(-20000, 20000),
    y=st.floats(-20000, 20000),
    scale=st.floats(0.05, 1.0),
    turn=st.floats(0, 360),
    latitude=st.floats(-89, 89),
)
def test_pixel_areas_of_a_tangent_plane(
    x: float, y: float, scale: float, turn: float, latitude: float
) -> None:
    """A plane element at the distance tan(r) has the solid angle cos(r)^3 of one at the center."""
    crpix, crval = Point2D(100.0, 1300.0), SpherePoint(33.0, latitude, degrees)
    wcs = makeSkyWcs(crpix, crval, makeCdMatrix(scale * arcseconds, turn * degrees))
    step = (scale * arcseconds).asRadians()
    expected = scale**2 * (1.0 + step**2 * (x**2 + y**2)) ** -1.5
    field = PixelAreaBoundedField(BBOX, wcs, arcseconds)
    # The area is that of steps of a whole pixel to the right and upwards, 5e-6 rad at most.
    assert field.evaluate(100.0 + x, 1300.0 + y) == pytest.approx(expected, rel=1e-5)
    in_degrees = PixelAreaBoundedField(BBOX, wcs, degrees, 3600.0**2)
    here = Point2D(100.0 + x, 1300.0 + y)
    assert in_degrees.evaluate(here) == pytest.approx(field.evaluate(here), rel=1e-13)


def _composites() -> list[BoundedField]:
    wcs = makeSkyWcs(Point2D(3.0, 4.0), SpherePoint(33.0, -70.0, degrees), makeCdMatrix(0.2 * arcseconds))
    area = PixelAreaBoundedField(BBOX, wcs, arcseconds)
    transform = BoundedField.readFits(own_file("field_transform.fits.gz"))
    return [_field(), ProductBoundedField([_field(1), area]), area, transform]


@pytest.mark.parametrize("field", _composites(), ids=lambda f: type(f).__name__)
def test_fields_are_multiplied_by_numbers(field: BoundedField) -> None:
    x, y = np.random.default_rng(6).uniform(0.0, 30.0, (2, 3, 4))
    values = field.evaluate(x, y)
    assert values.shape == (3, 4)
    for scaled, factor in ((field * 3.0, 3.0), (-0.5 * field, -0.5), (field / 4.0, 0.25)):
        assert type(scaled) is type(field)
        assert scaled.getBBox() == field.getBBox()
        assert scaled != field
        np.testing.assert_allclose(scaled.evaluate(x, y), factor * values, rtol=1e-13)
    assert field * 1.0 == field
    empty = field.evaluate(np.empty(0), np.empty(0))
    assert (empty.shape, empty.dtype) == ((0,), np.float64)


def test_transforms_cannot_be_multiplied_by_zero() -> None:
    with pytest.raises(pex_exceptions.RuntimeError, match="zero"):
        _composites()[-1] * 0.0


def test_infinite_coefficients_give_no_warning() -> None:
    assert np.isnan((_field() / 0.0).evaluate(3.0, 1100.0))


def test_mean_is_the_mean_of_a_fine_grid() -> None:
    field = _field()
    x = np.linspace(-7.5, 322.5, 1001)
    y = np.linspace(1012.5, 1622.5, 1001)
    centers = np.meshgrid(0.5 * (x[1:] + x[:-1]), 0.5 * (y[1:] + y[:-1]))
    assert field.mean() == pytest.approx(field.evaluate(*centers).mean(), rel=1e-5)
    assert field.integrate() == pytest.approx(field.mean() * 330 * 610, rel=1e-14)


def _products() -> list[BoundedField]:
    return [_field(), ProductBoundedField([_field(1), _field(2, (1, 1)), _field(3, (2, 5))])]


@pytest.mark.parametrize("field", _products(), ids=lambda f: type(f).__name__)
def test_image_operations(field: BoundedField) -> None:
    """Images of more rows than one block."""
    columns, rows = np.meshgrid(np.arange(-7, 323), np.arange(1013, 1623))
    values = field.evaluate(columns, rows)
    expected: dict[str, Any] = {
        "fillImage": values,
        "addToImage": 3.0 + values,
        "multiplyImage": 3.0 * values,
        "divideImage": 3.0 / values,
    }
    for name, array in expected.items():
        image = ImageD(BBOX, 3.0)
        getattr(field, name)(image)
        np.testing.assert_allclose(image.array, array, rtol=1e-8, atol=1e-12)


def test_overlap_leaves_the_rest_alone() -> None:
    field = _field()
    image = ImageF(Box2I(Point2I(300, 1000), Extent2I(40, 30)), 5.0)
    with pytest.raises(pex_exceptions.RuntimeError):
        field.fillImage(image)
    field.fillImage(image, overlapOnly=True)
    overlap = Box2I(image.getBBox())
    overlap.clip(BBOX)
    assert image[overlap].array[2, 3] == np.float32(field.evaluate(303.0, 1015.0))
    image[overlap].array[:] = 5.0
    assert np.all(image.array == 5.0)


def test_steps_interpolate_and_meet_the_last_pixel() -> None:
    plane = ChebyshevBoundedField(BBOX, np.array([[1.0, 2.0], [3.0, 0.0]]))
    exact, stepped = ImageD(BBOX), ImageD(BBOX)
    plane.fillImage(exact)
    plane.fillImage(stepped, xStep=7, yStep=100)
    np.testing.assert_allclose(stepped.array, exact.array, atol=1e-12)
    curved = _field()
    curved.fillImage(stepped, xStep=4, yStep=4)
    curved.fillImage(exact)
    np.testing.assert_array_equal(stepped.array[::4, ::4], exact.array[::4, ::4])
    np.testing.assert_allclose(stepped.array, exact.array, atol=1e-2)


def test_operators() -> None:
    field = _field()
    for scaled in (2.0 * field, field * 2.0, field / 0.5):
        assert scaled == ChebyshevBoundedField(BBOX, 2.0 * field.getCoefficients())
    assert field != _field(bbox=Box2I(Point2I(0, 0), Extent2I(3, 3)))
    assert field != ProductBoundedField([field])
    with pytest.raises(ValueError, match="read-only"):
        field.getCoefficients()[0, 0] = 1.0
    with pytest.raises(pex_exceptions.InvalidParameterError):
        ChebyshevBoundedField(BBOX, np.ones(3))


BOX = Box2I(Point2I(-5, 10), Extent2I(60, 40))


def test_what_fields_and_interpolators_refuse() -> None:
    with pytest.raises(InvalidParameterError, match="2 positions for 3 values"):
        makeInterpolate([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(InvalidParameterError, match="needs a SkyWcs"):
        PixelAreaBoundedField(BOX, None)  # type: ignore[arg-type]
    with pytest.raises(InvalidParameterError, match="2 output axes, not 1"):
        TransformBoundedField(BOX, TransformPoint2ToGeneric(Ast.UnitMap(2)))
    total = TransformPoint2ToGeneric(Ast.MatrixMap(np.array([[1.0, 1.0]])))
    field = TransformBoundedField(BOX, total)
    assert field.getTransform() == total and isinstance(field, Persistable)
    assert field.evaluate(Point2D(2.0, 20.0)) == 22.0 == (field * 2.0).evaluate(1.0, 10.0)


# -- Values of the real stack ----------------------------------------------------------


@parity(lambda case: case["kind"].split()[0].split(".")[0], RTOL_PIXEL_AREA)
@pytest.mark.parametrize("case", FIELD_CASES, ids=lambda c: f"{c['kind']}-{c['id']}")
def test_field(case: dict[str, Any], tmp_path: Path) -> None:
    inputs, expected = golden.number(case["inputs"]), golden.number(case["expected"])
    make = FIELDS[case["kind"]]
    if "error" in expected:
        with pytest.raises(getattr(pex_exceptions, expected["error"])):
            make(inputs)
        return
    field = make(inputs)
    noise = _noise({**case, "expected": expected})
    if inputs.get("coefficients") == []:
        # Without coefficients the stack returns whatever was in memory.
        expected["values"] = [0.0] * len(expected["points"])
    if inputs.get("file"):
        stored = BoundedField.readFits(golden.golden_file(inputs["file"]))
        stored.writeFits(str(tmp_path / "copy.fits"))
        copy = BoundedField.readFits(str(tmp_path / "copy.fits"))
        assert copy == stored
        assert columns(tmp_path / "copy.fits") == columns(golden.golden_file(inputs["file"]))
        _check_field(stored, expected, noise)
        _check_field(copy, expected, noise)
    _check_field(field, expected, noise)


def _noise(case: dict[str, Any]) -> float:
    """Return the rounding of values that are sums of terms, or that were fitted.

    Normal equations are as badly conditioned as the square of the fit.
    """
    coefficients = np.abs(case["expected"].get("coefficients", 0.0)).max(initial=0.0)
    if case["kind"] != "ChebyshevBoundedField.fit":
        return 1e-14 * coefficients
    inputs = golden.number(case["inputs"])
    x0, y0, width, height = inputs["bbox"]
    x = (np.array(inputs["x"], dtype=float) - x0 + 0.5) * 2.0 / width - 1.0
    y = (np.array(inputs["y"], dtype=float) - y0 + 0.5) * 2.0 / height - 1.0
    terms = chebyshev.chebvander2d(x, y, [inputs["order_x"], inputs["order_y"]])
    if inputs["triangular"]:
        i, j = np.divmod(np.arange(terms.shape[1]), inputs["order_y"] + 1)
        terms = terms[:, i + j <= max(inputs["order_x"], inputs["order_y"])]
    weighted = terms * np.array(inputs.get("w", np.ones(len(x))))[:, np.newaxis]
    if not np.isfinite(weighted).all():
        return 0.0
    return 1e-15 * np.linalg.cond(weighted) ** 2 * coefficients


def _check_field(field: BoundedField, expected: dict[str, Any], noise: float) -> None:
    rtol = RTOL
    if "PixelArea" in repr(field) or isinstance(field, ProductBoundedField):
        rtol = RTOL_PIXEL_AREA
    points = np.array(expected["points"])
    values = expected["values"]
    # Polynomials of high order are large outside of the box.
    close = {"rtol": rtol, "atol": noise * max(1.0, np.abs(values).max(initial=0.0))}
    np.testing.assert_allclose(field.evaluate(points[:, 0], points[:, 1]), values, **close)
    np.testing.assert_allclose([field.evaluate(Point2D(*p)) for p in points], values, **close)
    np.testing.assert_allclose([field.evaluate(*p) for p in points], values, **close)
    assert field.getBBox() == box_of(expected["bbox"])
    for name in ("mean", "integrate"):
        check(expected[name], getattr(field, name), noise=noise * field.getBBox().getArea())
    if "coefficients" in expected:
        # Terms that the data do not determine are left at rounding noise.
        coefficients = np.array(expected["coefficients"])
        actual = field.getCoefficients()
        np.testing.assert_allclose(
            actual.reshape(coefficients.shape), coefficients, rtol=RTOL, atol=1e-13 + noise
        )
    if "fillImage" in expected:
        _check_image_operations(field, expected, rtol)


def _check_image_operations(field: BoundedField, expected: dict[str, Any], rtol: float) -> None:
    def run(method: str, *args: Any, shift: int = 0, **kwargs: Any) -> ImageF:
        image = ImageF(field.getBBox(), 3.0)
        image.setXY0(image.getXY0() + Extent2I(shift, shift))
        getattr(field, method)(image, *args, **kwargs)
        return image

    steps = {"xStep": 4, "yStep": 5}
    check(expected["fillImage"], lambda: run("fillImage"), rtol)
    check(expected["addToImage"], lambda: run("addToImage", 2.0), rtol)
    check(expected["multiplyImage"], lambda: run("multiplyImage"), rtol)
    check(expected["divideImage"], lambda: run("divideImage"), rtol)
    check(expected["fillImage_step_4_5"], lambda: run("fillImage", **steps), rtol)
    check(expected["fillImage_shifted"], lambda: run("fillImage", shift=3), rtol)
    check(expected["fillImage_shifted_overlap"], lambda: run("fillImage", True, shift=3), rtol)


@golden_cases("bounded_fields", "TransformBoundedField")
def test_transform_field_scales(case: dict[str, Any]) -> None:
    field = BoundedField.readFits(golden.golden_file(case["inputs"]["file"]))
    assert isinstance(field, TransformBoundedField)
    assert isinstance(field.getTransform(), TransformPoint2ToGeneric)
    points = np.array(case["expected"]["points"])
    doubled = (field * 2.0).evaluate(points[:, 0], points[:, 1])
    np.testing.assert_allclose(doubled, 2.0 * np.array(case["expected"]["values"]), rtol=RTOL)


@golden_cases("bounded_fields", "ChebyshevBoundedField equality")
def test_chebyshev_equality(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    field = make_chebyshev(inputs)
    x, y, width, height = inputs["bbox"]
    other_box = make_chebyshev({**inputs, "bbox": [x, y, width + 1, height]})
    assert {"same": field == make_chebyshev(inputs), "other_box": field == other_box} == case["expected"]
    assert field != field * 2.0


@golden_cases("bounded_fields", "ProductBoundedField of different boxes")
def test_product_needs_equal_boxes(case: dict[str, Any]) -> None:
    with pytest.raises(getattr(pex_exceptions, case["expected"]["error"])):
        ProductBoundedField([ChebyshevBoundedField(box_of([0, 0, n, 30]), np.ones((1, 1))) for n in (40, 41)])
