"""Parameters, text and sizes of kernels, and separable kernels. The values are those of the real stack."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import ImageD
from lsst.afw.math import (
    AnalyticKernel,
    DeltaFunctionKernel,
    FixedKernel,
    GaussianFunction1D,
    GaussianFunction2D,
    LinearCombinationKernel,
    PolynomialFunction2D,
    SeparableKernel,
)
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError

COMMON = """\tKernel:
\t..height, width: {0}
\t..ctr (X, Y): {1}
\t..nKernelParams: {2}
\t..isSpatiallyVarying: {3}
"""


def fixed() -> FixedKernel:
    return FixedKernel(ImageD(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])))


def delta() -> DeltaFunctionKernel:
    return DeltaFunctionKernel(3, 2, Point2I(1, 0))


def analytic(*functions: Any) -> AnalyticKernel:
    return AnalyticKernel(3, 4, GaussianFunction2D(1.5, 2.25, 0.1), *functions)


def separable(*functions: Any) -> SeparableKernel:
    return SeparableKernel(3, 4, GaussianFunction1D(1.0), GaussianFunction1D(2.0), *functions)


def varying() -> LinearCombinationKernel:
    kernel = LinearCombinationKernel([fixed(), delta()], PolynomialFunction2D(1))
    kernel.setSpatialParameters([[1.0, 2.0, 3.0], [2.0, 0.0, 0.5]])
    return kernel


def pixels(kernel: Any, normalize: bool = False, x: float = 0.0, y: float = 0.0) -> np.ndarray:
    image = ImageD(kernel.getDimensions())
    kernel.computeImage(image, normalize, x, y)
    return image.array


@pytest.mark.parametrize(
    ("kernel", "parameters"),
    [
        (fixed(), []),
        (delta(), []),
        (analytic(), [1.5, 2.25, 0.1]),
        (separable(), [1.0, 2.0]),
        (LinearCombinationKernel([fixed(), delta()], [0.5, 2.0]), [0.5, 2.0]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_parameters_of_kernels_that_do_not_vary(kernel: Any, parameters: list[float]) -> None:
    n = len(parameters)
    assert kernel.getKernelParameters() == [kernel.getKernelParameter(i) for i in range(n)] == parameters
    assert (kernel.getNKernelParameters(), kernel.getNSpatialParameters()) == (n, 0)
    copied = kernel.clone()
    copied.setKernelParameters([1.25] * n)
    assert copied.getKernelParameters() == [1.25] * n and kernel.getKernelParameters() == parameters
    assert np.array_equal(pixels(copied), pixels(kernel)) == (n == 0)
    kernel.setSpatialParameters([[]] * n)
    assert kernel.getSpatialParameters() == []
    for wrong in (
        lambda: kernel.setKernelParameters([1.0] * (n + 1)),
        lambda: kernel.getKernelParameter(n),
        lambda: kernel.getSpatialFunction(0),
        lambda: kernel.setSpatialParameters([[]] * (n + 1)),
        lambda: kernel.setSpatialParameters([[1.0]] * max(n, 1)),
    ):
        with pytest.raises(InvalidParameterError):
            wrong()


def test_parameters_of_kernels_that_vary() -> None:
    kernel = varying()
    assert (kernel.getNKernelParameters(), kernel.getNSpatialParameters()) == (2, 3)
    assert kernel.getKernelParameters() == [0.0, 0.0]
    assert kernel.getSpatialFunction(1).getParameters() == [2.0, 0.0, 0.5]
    assert pixels(kernel, x=1.0, y=2.0).sum() == 192.0
    with pytest.raises(pex_exceptions.RuntimeError, match="varies"):
        kernel.setKernelParameters([1.0, 1.0])
    for wrong in ([], [[1.0]] * 2, [[1.0, 2.0, 3.0]], [[1.0, 2.0, 3.0], [1.0]]):
        with pytest.raises(InvalidParameterError):
            kernel.setSpatialParameters(wrong)
    with pytest.raises(InvalidParameterError, match="no spatial function 2"):
        kernel.getSpatialFunction(2)
    assert kernel.getSpatialParameters() == [[1.0, 2.0, 3.0], [2.0, 0.0, 0.5]]


def test_kernels_as_text() -> None:
    sizes = "2, 3", "1, 0"
    assert fixed().toString() == "FixedKernel:\n..sum: 21\n" + COMMON.format(*sizes, 0, False)
    assert delta().toString() == "DeltaFunctionKernel:\nPixel (c,r) 1,0)\n" + COMMON.format(*sizes, 0, False)
    assert fixed().toString("> ") == "".join(f"> {line}\n" for line in fixed().toString().splitlines())
    assert separable().toString() == (
        "SeparableKernel:\n"
        "..x (width) function: GaussianFunction1 [0.398942]: Function1: parameters: [ 1 ]\n"
        "..y (rows) function: GaussianFunction1 [0.398942]: Function1: parameters: [ 2 ]\n"
        + COMMON.format("4, 3", "1, 1", 2, False)
    )
    assert analytic().toString() == (
        "AnalyticKernel:\n..function: GaussianFunction2: Function2: parameters: [ 1.5, 2.25, 0.1 ]\n"
        + COMMON.format("4, 3", "1, 1", 3, False)
    )
    basis = "".join(f"\t{line}\n" for each in (fixed(), delta()) for line in each.toString().splitlines())
    assert varying().toString() == (
        f"LinearCombinationKernel:\n..Kernels:\n{basis}..parameters: [ 0, 0 ]\n"
        + COMMON.format(*sizes, 2, True)
        + "\t..spatialFunctions:\n"
        "\t....PolynomialFunction2 [1]: Function2: parameters: [ 1, 2, 3 ]\n"
        "\t....PolynomialFunction2 [1]: Function2: parameters: [ 2, 0, 0.5 ]\n"
    )


def test_boxes_of_convolutions() -> None:
    box = Box2I(Point2I(0, 0), Extent2I(4, 5))
    assert analytic().growBBox(box) == Box2I(Point2I(-1, -1), Point2I(4, 6))
    assert analytic().shrinkBBox(box) == Box2I(Point2I(1, 1), Point2I(2, 2))
    assert fixed().growBBox(box) == Box2I(Point2I(-1, 0), Point2I(4, 5))
    assert fixed().shrinkBBox(box) == Box2I(Point2I(1, 0), Point2I(2, 3))
    with pytest.raises(InvalidParameterError, match="smaller than the kernel"):
        fixed().shrinkBBox(Box2I(Point2I(0, 0), Extent2I(1, 5)))


def test_functions_fill_images_of_any_size() -> None:
    kernel = analytic()
    for size, corner, first, total in (
        (7, Point2I(-3, -2), 0.004484620483454837, 1.0),
        (2, Point2I(-1, 0), 0.23238293016525494, 1.0),
    ):
        image = ImageD(size, size)
        assert kernel.computeImage(image, True) == pytest.approx(total, rel=1e-15)
        assert image.getXY0() == corner
        assert image.array[0, 0] == pytest.approx(first, rel=1e-14)
    assert (kernel.getCtr(), kernel.getDimensions()) == (Point2I(1, 1), Extent2I(3, 4))
    for other in (fixed(), delta(), separable(), varying()):
        with pytest.raises(InvalidParameterError, match="is not the kernel size"):
            other.computeImage(ImageD(7, 7), True)


@pytest.mark.parametrize(
    ("more", "pixel", "center"),
    [
        ((0, 0), (1, 1), (2, 2)),
        ((2, 2), (2, 2), (3, 3)),
        ((-2, 0), (0, 1), (1, 2)),
        ((4, 2), (3, 2), (4, 3)),
        ((1, 0), None, None),
        ((0, 3), None, None),
        ((-4, 0), None, None),
    ],
)
def test_sizes_of_kernels_of_one_pixel(more: tuple[int, int], pixel: Any, center: Any) -> None:
    kernel = DeltaFunctionKernel(5, 6, Point2I(1, 1))
    size = 5 + more[0], 6 + more[1]
    if pixel is None:
        with pytest.raises(InvalidParameterError):
            kernel.resized(*size)
        return
    resized = kernel.resized(*size)
    assert (resized.getPixel(), resized.getCtr()) == (Point2I(*pixel), Point2I(*center))


def test_a_kernel_is_fixed_at_a_position() -> None:
    for kernel, total in ((varying(), 192.0), (fixed(), 21.0), (delta(), 1.0)):
        taken = FixedKernel(kernel, Point2D(1, 2))
        assert (taken.getSum(), taken.getCtr()) == (total, kernel.getCtr())
        np.testing.assert_array_equal(pixels(taken), pixels(kernel, x=1.0, y=2.0))


def test_terms_of_the_spatial_functions_become_kernels() -> None:
    kernel = varying()
    refactored = kernel.refactor()
    assert refactored is not None and refactored.getKernelSumList() == [23.0, 42.0, 63.5]
    assert refactored.getSpatialParameters() == np.identity(3).tolist()
    np.testing.assert_allclose(pixels(refactored, x=3.0, y=-2.0), pixels(kernel, x=3.0, y=-2.0))
    assert LinearCombinationKernel([fixed()], [1.0]).refactor() is None


def test_basis_kernels() -> None:
    kernel = varying()
    assert (kernel.getNBasisKernels(), kernel.isDeltaFunctionBasis()) == (2, False)
    other = DeltaFunctionKernel(3, 2, Point2I(0, 0))
    assert LinearCombinationKernel([delta(), other], [1.0, 2.0]).isDeltaFunctionBasis()
    kernel.checkKernelList([fixed(), delta()])
    for wrong in ([], [analytic(PolynomialFunction2D(1))], [fixed(), analytic()]):
        with pytest.raises(InvalidParameterError):
            kernel.checkKernelList(wrong)


def test_separable_kernels() -> None:
    kernel = separable()
    image = ImageD(3, 4)
    assert kernel.computeImage(image, True) == pytest.approx(1.0, rel=1e-15)
    assert image.getXY0() == Point2I(-1, -1)
    expected = [
        [0.07173749143345498, 0.11827512803300545, 0.07173749143345498],
        [0.08128922744471422, 0.13402327836688094, 0.08128922744471422],
        [0.07173749143345498, 0.11827512803300545, 0.07173749143345498],
        [0.049304408749572814, 0.0812892274447142, 0.049304408749572814],
    ]
    np.testing.assert_allclose(image.array, expected, rtol=1e-14)
    assert kernel.computeImage(image, False) == pytest.approx(0.593758580715426, rel=1e-14)
    columns, rows = kernel.getKernelColFunction(), kernel.getKernelRowFunction()
    assert (columns.getParameters(), rows.getParameters()) == ([1.0], [2.0])
    resized = kernel.resized(5, 5)
    assert (resized.getCtr(), resized.getKernelParameters()) == (Point2I(2, 2), [1.0, 2.0])
    assert not kernel.isPersistable()


def test_separable_kernels_that_vary() -> None:
    some = [PolynomialFunction2D([1.0, 0.5, 0.0]), PolynomialFunction2D([2.0, 0.0, 0.25])]
    kernel = SeparableKernel(4, 4, GaussianFunction1D(1.0), GaussianFunction1D(2.0), some)
    assert (kernel.getCtr(), kernel.getNSpatialParameters()) == (Point2I(2, 2), 3)
    assert separable(some[0]).getCtr() == Point2I(1, 1)
    twin = SeparableKernel(4, 4, GaussianFunction1D(2.0), GaussianFunction1D(3.0))
    twin.setCtr(Point2I(2, 2))
    np.testing.assert_array_equal(pixels(kernel, x=2.0, y=4.0), pixels(twin))
    assert kernel.resized(6, 6).getSpatialParameters() == kernel.getSpatialParameters()
    for wrong in (some[:1], [*some, some[0]]):
        with pytest.raises(InvalidParameterError):
            separable(wrong)


def test_only_separable_kernels_know_a_cache() -> None:
    for kernel, size in ((analytic(), 0), (fixed(), 0), (separable(), 10)):
        assert kernel.getCacheSize() == 0
        kernel.computeCache(10)
        assert kernel.getCacheSize() == kernel.clone().getCacheSize() == size
