"""Functions and kernels: values, parameters, sizes, files, errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import chebyshev, polynomial

import lsst.afw.math as afw_math
import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import ImageD, ImageF, ImageL
from lsst.afw.math import (
    AnalyticKernel,
    BackgroundControl,
    Chebyshev1Function2D,
    DeltaFunctionKernel,
    DoubleGaussianFunction2D,
    FixedKernel,
    GaussianFunction2D,
    Kernel,
    LinearCombinationKernel,
    PolynomialFunction2D,
    PolynomialFunction2F,
    Property,
    makeBackground,
    makeStatistics,
)
from lsst.geom import Box2D, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError

RANGE = Box2D(Point2D(-10.0, 20.0), Point2D(30.0, 50.0))
COEFFICIENTS = [1.5, -0.25, 0.75, 0.125, 2.0, -1.0]
FUNCTIONS = [
    ("GaussianFunction2", (1.5, 2.5, 0.3)),
    ("DoubleGaussianFunction2", (1.5, 3.0, 0.1)),
    ("PolynomialFunction2", (COEFFICIENTS,)),
    ("Chebyshev1Function2", (COEFFICIENTS, RANGE)),
]


def _triangle() -> np.ndarray:
    """Return the coefficients as a matrix, power of x by power of y."""
    matrix = np.zeros((3, 3))
    matrix[0, 0], matrix[1, 0], matrix[0, 1], matrix[2, 0], matrix[1, 1], matrix[0, 2] = COEFFICIENTS
    return matrix


def _fixed(seed: int, shape: tuple[int, int] = (5, 7)) -> FixedKernel:
    return FixedKernel(ImageD(np.random.default_rng(seed).normal(1.0, 0.3, shape)))


def _image(kernel: Kernel, normalize: bool, *position: float) -> np.ndarray:
    image = ImageD(kernel.getDimensions())
    total = kernel.computeImage(image, normalize, *position)
    assert image.array.sum() == pytest.approx(total, rel=1e-12)
    assert image.getBBox() == kernel.getBBox()
    return image.array


@pytest.mark.parametrize("suffix", ["D", "F"])
@pytest.mark.parametrize(("name", "arguments"), FUNCTIONS)
def test_functions_survive_a_file(name: str, arguments: Any, suffix: str, tmp_path: Path) -> None:
    function = getattr(afw_math, name + suffix)(*arguments)
    function.writeFits(str(tmp_path / "function.fits"))
    again = type(function).readFits(str(tmp_path / "function.fits"))
    assert type(again) is type(function)
    assert again.getParameters() == function.getParameters()
    assert again(1.25, -0.5) == function(1.25, -0.5)


def test_polynomials_have_triangular_order() -> None:
    x, y = np.array([0.5, -3.0]), np.array([2.0, 1.25])
    expected = polynomial.polyval2d(x, y, _triangle())
    np.testing.assert_allclose(PolynomialFunction2D(COEFFICIENTS)(x, y), expected, rtol=1e-14)
    scaled = chebyshev.chebval2d((x - 10.0) / 20.0, (y - 35.0) / 15.0, _triangle())
    np.testing.assert_allclose(Chebyshev1Function2D(COEFFICIENTS, RANGE)(x, y), scaled, rtol=1e-14)


def test_gaussians_are_normalized_and_turned() -> None:
    y, x = np.mgrid[-20:21, -20:21].astype(float)
    turned = GaussianFunction2D(1.5, 3.0, np.pi / 2)
    assert turned(x, y).sum() == pytest.approx(1.0, rel=1e-9)
    assert turned(0.0, 2.0) == pytest.approx(GaussianFunction2D(3.0, 1.5)(0.0, 2.0), rel=1e-12)
    assert DoubleGaussianFunction2D(1.5, 3.0, 0.1)(x, y).sum() == pytest.approx(1.0, rel=1e-9)


def test_single_precision_functions_round() -> None:
    value = PolynomialFunction2F([0.1])(0.0, 0.0)
    assert value == float(np.float32(0.1)) != 0.1


def test_number_of_parameters_is_checked() -> None:
    with pytest.raises(pex_exceptions.InvalidParameterError):
        PolynomialFunction2D([1.0, 2.0])
    with pytest.raises(pex_exceptions.InvalidParameterError):
        PolynomialFunction2D(2).setParameters([1.0])


def test_functions_say_what_they_are() -> None:
    function = Chebyshev1Function2D(COEFFICIENTS, RANGE)
    assert (function.getOrder(), function.getNParameters(), function.getXYRange()) == (2, 6, RANGE)
    assert PolynomialFunction2D(3).getParameters() == [0.0] * 10


@given(order=st.integers(0, 6), seed=st.integers(0, 1000), factor=st.floats(-3.0, 3.0))
def test_polynomials_are_linear_in_their_parameters(order: int, seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    n = (order + 1) * (order + 2) // 2
    (a, b), (x, y) = rng.normal(size=(2, n)), rng.uniform(-1.0, 1.0, (2, 9))
    for make in (PolynomialFunction2D, Chebyshev1Function2D):
        assert make(a).getOrder() == order
        expected = make(a)(x, y) + factor * make(b)(x, y)
        np.testing.assert_allclose(make(a + factor * b)(x, y), expected, rtol=0, atol=1e-12)
        assert make(a)(float(x[0]), float(y[0])) == pytest.approx(make(a)(x, y)[0], abs=1e-13)


def _kernels() -> dict[str, Kernel]:
    off_center = _fixed(1)
    off_center.setCtr(Point2I(1, 3))
    plane = PolynomialFunction2D([2.0, 0.01, -0.02])
    return {
        "fixed": _fixed(0),
        "off_center": off_center,
        "delta": DeltaFunctionKernel(5, 3, Point2I(4, 1)),
        "analytic": AnalyticKernel(9, 7, GaussianFunction2D(1.5, 2.5, 0.3)),
        "analytic_varying": AnalyticKernel(9, 9, GaussianFunction2D(1.0, 1.0, 0.0), plane),
        "sum": LinearCombinationKernel([_fixed(1), _fixed(2)], [0.75, -0.25]),
        "sum_varying": LinearCombinationKernel([_fixed(1), _fixed(2)], [plane, PolynomialFunction2D([1.0])]),
        "sum_one_function": LinearCombinationKernel([_fixed(1), _fixed(2)], plane),
    }


@pytest.mark.parametrize("name", _kernels())
def test_kernels_survive_a_file(name: str, tmp_path: Path) -> None:
    kernel = _kernels()[name]
    kernel.writeFits(str(tmp_path / "kernel.fits"))
    again = Kernel.readFits(str(tmp_path / "kernel.fits"))
    assert type(again) is type(kernel)
    assert again.getCtr() == kernel.getCtr()
    assert again.isSpatiallyVarying() == kernel.isSpatiallyVarying() == ("varying" in name or "one" in name)
    for normalize in (False, True):
        np.testing.assert_array_equal(
            _image(again, normalize, 11.0, 5.0), _image(kernel, normalize, 11.0, 5.0)
        )
    assert _image(kernel, True, 11.0, 5.0).sum() == pytest.approx(1.0, rel=1e-12)


def test_linear_combination_varies_with_position() -> None:
    basis = [_fixed(1), _fixed(2)]
    kernel = LinearCombinationKernel(
        basis, [PolynomialFunction2D([1.0, 0.1, 0.0]), PolynomialFunction2D([3.0])]
    )
    expected = sum(3.0 * _image(k, False) for k in basis)
    np.testing.assert_allclose(_image(kernel, False, 20.0, 7.0), expected, rtol=1e-14)
    np.testing.assert_allclose(_image(kernel, True, 20.0, 7.0), expected / expected.sum(), rtol=1e-12)


def test_arguments_by_name() -> None:
    plane, gaussian, basis = PolynomialFunction2D([2.0, 0.1, -0.2]), GaussianFunction2D(1.0, 1.0), [_fixed(1)]
    some = {
        PolynomialFunction2D: ({"params": [1.0]}, {"order": 2}),
        Chebyshev1Function2D: ({"params": [1.0], "xyRange": RANGE}, {"order": 2}),
        DoubleGaussianFunction2D: ({"sigma1": 1.0, "sigma2": 2.0, "ampl": 0.1},),
    }
    for function, forms in some.items():
        assert [function(**form).getNParameters() for form in forms] == [3] if len(forms) == 1 else [1, 6]
        with pytest.raises(TypeError):
            function(**forms[0], ampl2=1.0)
    size = {"width": 4, "height": 6, "kernelFunction": gaussian}
    assert not AnalyticKernel(**size).isSpatiallyVarying()
    assert AnalyticKernel(**size, spatialFunction=plane).getCtr() == Point2I(1, 2)
    assert AnalyticKernel(**size, spatialFunctionList=[plane] * 3).getCtr() == Point2I(2, 3)
    assert LinearCombinationKernel(kernelList=basis, kernelParameters=[2.0]).getKernelParameters() == [2.0]
    for form in ({"spatialFunction": plane}, {"spatialFunctionList": [plane]}):
        assert LinearCombinationKernel(kernelList=basis, **form).isSpatiallyVarying()
    for form in ({"weights": [2.0]}, {"spatialFunctionList": plane}, {"kernelParameters": plane}):
        with pytest.raises(TypeError, match="does not take"):
            LinearCombinationKernel(kernelList=basis, **form)


def test_copies_are_independent() -> None:
    function = PolynomialFunction2D([1.0])
    kernel = LinearCombinationKernel([_fixed(1)], [function])
    function.setParameters([5.0])
    kernel.getSpatialFunction(0).setParameters([7.0])
    assert kernel.getSpatialParameters() == [[1.0]]


def test_kernels_say_what_they_are_made_of() -> None:
    kernels = _kernels()
    delta, analytic, combination = (kernels[name] for name in ("delta", "analytic", "sum"))
    assert isinstance(delta, DeltaFunctionKernel)
    assert delta.getPixel() == Point2I(4, 1)
    assert isinstance(analytic, AnalyticKernel)
    assert analytic.getKernelFunction().getParameters() == analytic.getKernelParameters() == [1.5, 2.5, 0.3]
    assert isinstance(combination, LinearCombinationKernel)
    assert combination.getKernelParameters() == [0.75, -0.25]
    sums = [_image(kernel, False).sum() for kernel in combination.getKernelList()]
    assert combination.getKernelSumList() == pytest.approx(sums, rel=1e-14)


@pytest.mark.parametrize(("size", "alone", "with_list"), [(7, 3, 3), (8, 3, 4), (1, 0, 0), (2, 0, 1)])
def test_origin(size: int, alone: int, with_list: int) -> None:
    """A list of spatial functions moves the origin of kernels of even size, as in the stack."""
    gaussian, plane = GaussianFunction2D(1.0, 1.0, 0.0), PolynomialFunction2D([2.0, 0.01, -0.02])
    basis = [_fixed(1, (size, size)), _fixed(2, (size, size))]
    for kernel, expected in (
        (basis[0], alone),
        (AnalyticKernel(size, size, gaussian), alone),
        (AnalyticKernel(size, size, gaussian, plane), alone),
        (AnalyticKernel(size, size, gaussian, [plane] * 3), with_list),
        (LinearCombinationKernel(basis, [1.0, 2.0]), alone),
        (LinearCombinationKernel(basis, plane), alone),
        (LinearCombinationKernel(basis, [plane, plane]), with_list),
    ):
        assert kernel.getCtr() == Point2I(expected, expected)
        assert kernel.getBBox().getMin() == Point2I(-expected, -expected)


def test_errors() -> None:
    zero = FixedKernel(ImageD(Extent2I(3, 3)))
    with pytest.raises(pex_exceptions.OverflowError):
        zero.computeImage(ImageD(3, 3), True)
    with pytest.raises(pex_exceptions.InvalidParameterError):
        zero.computeImage(ImageD(3, 4), False)
    for make in (
        lambda: LinearCombinationKernel([], []),
        lambda: LinearCombinationKernel([_fixed(1), _fixed(2, (3, 3))], [1.0, 1.0]),
        lambda: LinearCombinationKernel([_fixed(1)], [1.0, 1.0]),
        lambda: LinearCombinationKernel([_kernels()["sum_varying"]], [1.0]),
        lambda: DeltaFunctionKernel(3, 3, Point2I(3, 0)),
        lambda: AnalyticKernel(3, 3, GaussianFunction2D(1.0, 1.0), [PolynomialFunction2D(0)]),
    ):
        with pytest.raises(pex_exceptions.InvalidParameterError):
            make()


def _kernels_to_resize() -> list[Kernel]:
    function = PolynomialFunction2D([1.0, 2e-3, -1e-3])
    analytic = AnalyticKernel(7, 5, GaussianFunction2D(1.2, 2.0, 0.3))
    off_center = _fixed(5)
    off_center.setCtr(Point2I(1, 3))
    return [
        _fixed(4),
        off_center,
        analytic,
        AnalyticKernel(7, 5, GaussianFunction2D(1.2, 2.0, 0.3), function),
        DeltaFunctionKernel(7, 5, Point2I(4, 1)),
        LinearCombinationKernel([_fixed(1), _fixed(2), analytic], [0.5, 1.5, 2.0]),
        LinearCombinationKernel([_fixed(1), _fixed(2)], function),
    ]


@pytest.mark.parametrize("kernel", _kernels_to_resize(), ids=lambda k: type(k).__name__)
@pytest.mark.parametrize("size", [(7, 5), (9, 11), (5, 3), (13, 3)])
def test_resized_kernels_agree_where_both_have_pixels(kernel: Kernel, size: tuple[int, int]) -> None:
    resized = kernel.resized(*size)
    assert type(resized) is type(kernel)
    assert resized.getDimensions() == Extent2I(*size)
    old, new = ImageD(kernel.getDimensions()), ImageD(resized.getDimensions())
    kernel.computeImage(old, False, 30.0, 70.0)
    resized.computeImage(new, False, 30.0, 70.0)
    both = old.getBBox().clippedTo(new.getBBox())
    assert both.getDimensions() == Extent2I(min(size[0], 7), min(size[1], 5))
    np.testing.assert_allclose(new[both].array, old[both].array, rtol=1e-14)
    if isinstance(kernel, FixedKernel):
        assert new.array.sum() == pytest.approx(new[both].array.sum(), rel=1e-14)


def test_kernels_that_cannot_be_resized() -> None:
    for size in ((6, 5), (7, 4)):
        with pytest.raises(InvalidParameterError, match="half a pixel"):
            _fixed(1).resized(*size)
    for size in ((0, 5), (7, -1)):
        with pytest.raises(InvalidParameterError, match="positive"):
            _fixed(1).resized(*size)
    analytic = AnalyticKernel(7, 5, GaussianFunction2D(1.2, 2.0, 0.3))
    assert analytic.resized(8, 6).getCtr() == AnalyticKernel(8, 6, GaussianFunction2D(1.0, 1.0)).getCtr()
    with pytest.raises(InvalidParameterError, match="outside"):
        DeltaFunctionKernel(7, 5, Point2I(6, 2)).resized(5, 5)


@pytest.mark.parametrize("name", ["Gaussian", "DoubleGaussian", "Polynomial", "Chebyshev1"])
def test_functions_in_both_precisions(name: str) -> None:
    arguments: Any = {"Gaussian": (2.0, 3.0, 0.5), "DoubleGaussian": (2.0, 4.0, 0.1)}.get(
        name, ([1.0, 0.1, -0.2],)
    )
    double, single = (getattr(afw_math, f"{name}Function2{kind}")(*arguments) for kind in "DF")
    for x, y in ((0.0, 0.0), (0.25, -0.75), (1.0, 1.0)):
        assert single(x, y) == np.float32(double(x, y))
    assert single.getNParameters() == double.getNParameters() == 3
    assert repr(single) == f"{name}Function2F({single.getParameters()})"
    changed = double.clone()
    changed.setParameters([p + 1.0 for p in double.getParameters()])
    assert [b - a for a, b in zip(double.getParameters(), changed.getParameters(), strict=True)] == [1.0] * 3
    with pytest.raises(InvalidParameterError, match="2 parameters for 3 places"):
        double.setParameters([1.0, 2.0])


def test_spatial_functions_of_kernels() -> None:
    functions = [PolynomialFunction2D([1.0, 0.5, 0.0]), PolynomialFunction2D([0.0, 0.0, -1.0])]
    basis = [DeltaFunctionKernel(3, 5, Point2I(i, i)) for i in range(2)]
    kernel = LinearCombinationKernel(basis, functions)
    assert [f.getParameters() for f in kernel.getSpatialFunctionList()] == kernel.getSpatialParameters()
    kernel.getSpatialFunctionList()[0].setParameters([0.0, 0.0, 0.0])
    image = ImageD(3, 5)
    kernel.computeImage(image, False, 2.0, 3.0)
    assert [image.array[i, i] for i in range(2)] == [2.0, -3.0], "copies are returned"
    for bad in (lambda: DeltaFunctionKernel(0, 5, Point2I(0, 0)), lambda: FixedKernel(ImageD(3, 0))):
        with pytest.raises(InvalidParameterError, match="is not positive"):
            bad()


def test_pixel_types_that_are_refused() -> None:
    kernel = FixedKernel(ImageD(3, 3))
    for call in (
        lambda: FixedKernel(ImageF(3, 3)),
        lambda: kernel.computeImage(ImageF(3, 3), False),
        lambda: makeBackground(ImageD(9, 9), BackgroundControl(3, 3)),  # type: ignore[arg-type]
        lambda: makeStatistics(ImageL(3, 3), Property.MEAN),
    ):
        with pytest.raises(TypeError):
            call()
