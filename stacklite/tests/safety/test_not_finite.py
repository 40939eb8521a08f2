"""Values that are not finite pass through as in C++: no exception, no warning."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lsst.afw.geom import ellipses, makeCdMatrix, makeSkyWcs
from lsst.afw.image import ImageD, MaskedImageD
from lsst.afw.math import (
    ERRORS,
    ChebyshevBoundedField,
    ChebyshevBoundedFieldControl,
    FixedKernel,
    LinearCombinationKernel,
    PolynomialFunction2D,
    Property,
    StatisticsControl,
    makeStatistics,
)
from lsst.geom import (
    AffineTransform,
    Box2I,
    Extent2D,
    Extent2I,
    LinearTransform,
    Point2D,
    Point2I,
    SpherePoint,
    arcseconds,
    degrees,
)
from lsst.meas.algorithms import PcaPsf

VALUES = pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e300])
BOX = Box2I(Point2I(-3, 7), Extent2I(20, 10))
EVERYTHING = sum(
    int(p) for p in Property.__members__.values() if p.name not in ("NOTHING", "ERRORS", "ORMASK")
)


@VALUES
@pytest.mark.parametrize("nan_safe", [True, False])
def test_statistics(value: float, nan_safe: bool) -> None:
    masked = MaskedImageD(4, 5)
    masked.image.array[:] = np.arange(20.0).reshape(5, 4)
    masked.image.array[2, 2] = value
    masked.variance.array[:] = 1.0
    masked.variance.array[1, 1] = np.inf
    control = StatisticsControl()
    control.setNanSafe(nan_safe)
    control.setWeighted(True)
    mean = makeStatistics(masked, EVERYTHING | ERRORS, control).getValue(Property.MEAN)
    assert math.isfinite(mean) == nan_safe or (value == 1e300 and not nan_safe)


@VALUES
def test_bounded_fields(value: float) -> None:
    field = ChebyshevBoundedField(BOX, np.array([[1.0, value], [0.5, 0.25]]))
    assert not math.isfinite(field.evaluate(1.0, 9.0)) or value == 1e300
    field.mean(), field.integrate(), (field * 1e300).evaluate(1e300, -1e300)
    plain = ChebyshevBoundedField(BOX, np.array([[1.0, 2.0, 3.0]]))
    assert not math.isfinite(plain.evaluate(value, 9.0))
    image = ImageD(BOX, 3.0)
    field.multiplyImage(image)
    field.divideImage(image)
    x, y = np.arange(10.0), np.arange(10.0) ** 2
    ChebyshevBoundedField.fit(BOX, x, y, np.where(x == 3.0, value, x), ChebyshevBoundedFieldControl())


@VALUES
def test_transforms_and_ellipses(value: float) -> None:
    transform = AffineTransform(np.array([[1.0, value], [0.5, 2.0]]), Extent2D(1.0, value))
    transform * transform, transform(Point2D(1.0, 2.0)), transform.getLinear() * transform.getLinear()
    quadrupole = ellipses.Quadrupole(value, 2.0, 0.5)
    quadrupole.transform(LinearTransform([[2.0, 0.5], [-0.25, 1.5]]))
    quadrupole.getDeterminantRadius(), quadrupole.computeDimensions(), ellipses.Axes(quadrupole)
    axes = ellipses.Axes(2.0, 1.0, value, normalize=True)
    assert math.isfinite(axes.getTheta()) == math.isfinite(value)
    assert math.isfinite(ellipses.Quadrupole(axes).getIxx()) == math.isfinite(value)


@VALUES
def test_sphere_points(value: float) -> None:
    point, axis = SpherePoint(10.0, 20.0, degrees), SpherePoint(40.0, -5.0, degrees)
    if math.isfinite(value):
        return
    assert not point.rotated(axis, value * degrees).isFinite()
    assert not point.offset(value * degrees, 1.0 * degrees).isFinite()
    assert not point.offset(1.0 * degrees, value * degrees).isFinite()


@VALUES
def test_wcs(value: float) -> None:
    crval = SpherePoint(10.0, 20.0, degrees)
    wcs = makeSkyWcs(Point2D(100.0, 100.0), crval, makeCdMatrix(0.2 * arcseconds))
    for point in (Point2D(value, 3.0), Point2D(value, value)):
        wcs.skyToPixel(wcs.pixelToSky(point)), wcs.getPixelScale(point), wcs.getCdMatrix(point)


@VALUES
def test_psf_that_varies(value: float) -> None:
    basis = [FixedKernel(ImageD(np.outer(*[np.exp(-0.5 * (np.arange(-5, 6) / s) ** 2)] * 2))) for s in (1, 2)]
    functions = [PolynomialFunction2D([1.0, 0.0, 0.0]), PolynomialFunction2D([0.0, 1e-3, 0.0])]
    psf = PcaPsf(LinearCombinationKernel(basis, functions))
    image = psf.computeKernelImage(Point2D(1.0, value))
    assert image.array.shape == (11, 11)
    psf.computeShape(Point2D(1.0, value)), psf.computeApertureFlux(3.0, Point2D(1.0, value))
