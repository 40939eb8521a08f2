"""Kernels with another size: the pixels that both have are equal."""

from __future__ import annotations

import numpy as np
import pytest

from lsst.afw.image import ImageD
from lsst.afw.math import (
    AnalyticKernel,
    DeltaFunctionKernel,
    FixedKernel,
    GaussianFunction2D,
    Kernel,
    LinearCombinationKernel,
    PolynomialFunction2D,
)
from lsst.geom import Extent2I, Point2I
from lsst.pex.exceptions import InvalidParameterError


def _fixed(seed: int, shape: tuple[int, int] = (5, 7)) -> FixedKernel:
    return FixedKernel(ImageD(np.random.default_rng(seed).normal(1.0, 0.3, shape)))


def _kernels_to_resize() -> list[Kernel]:
    function = PolynomialFunction2D([1.0, 2e-3, -1e-3])
    analytic = AnalyticKernel(7, 5, GaussianFunction2D(1.2, 2.0, 0.3))
    off_centre = _fixed(5)
    off_centre.setCtr(Point2I(1, 3))
    return [
        _fixed(4),
        off_centre,
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
