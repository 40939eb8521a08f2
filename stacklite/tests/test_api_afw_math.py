"""Controls of statistics and backgrounds, and refusals: what no other test of `lsst.afw.math` calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import starlink.Ast as Ast

import lsst.afw.math as afw_math
from lsst.afw.geom import TransformPoint2ToGeneric
from lsst.afw.image import ImageD, ImageF, ImageL, Mask, MaskedImageF, MaskX
from lsst.afw.math import (
    REDUCE_INTERP_ORDER,
    THROW_EXCEPTION,
    ApproximateControl,
    BackgroundControl,
    BackgroundMI,
    DeltaFunctionKernel,
    FixedKernel,
    Interpolate,
    LinearCombinationKernel,
    PixelAreaBoundedField,
    PolynomialFunction2D,
    Property,
    StatisticsControl,
    TransformBoundedField,
    makeBackground,
    makeInterpolate,
    makeStatistics,
)
from lsst.afw.table.io import Persistable
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError, LengthError

BOX = Box2I(Point2I(-5, 10), Extent2I(60, 40))

# Name after get and set, value of a new control, another value, what is refused (and how).
STATISTICS: list[tuple[str, Any, Any, tuple[Any, ...]]] = [
    ("NumSigmaClip", 3.0, 2.5, (0.0, -1.0, np.nan)),
    ("NumIter", 3, 7, (0, -1)),
    ("AndMask", 0, 5, ()),
    ("NoGoodPixelsMask", 256, 3, ()),
    ("NanSafe", True, False, ()),
    ("Weighted", False, True, ()),
    ("CalcErrorFromInputVariance", False, True, ()),
    ("CalcErrorMosaicMode", False, True, ()),
]
BACKGROUND: list[tuple[str, Any, Any, tuple[Any, ...]]] = [
    ("NxSample", 10, 3, (0, -1)),
    ("NySample", 10, 4, (0, -1)),
    ("InterpStyle", Interpolate.AKIMA_SPLINE, Interpolate.LINEAR, ("SPLINE", 99)),
    ("UndersampleStyle", THROW_EXCEPTION, REDUCE_INTERP_ORDER, ("NONE", 99)),
    ("StatisticsProperty", Property.MEANCLIP, Property.MEDIAN, ("AVERAGE", 4)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "name"),
    [(options, row[0]) for options in (STATISTICS, BACKGROUND) for row in options],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_options(options: Any, name: str) -> None:
    kind = StatisticsControl if options is STATISTICS else BackgroundControl
    ((_, default, value, refused),) = [row for row in options if row[0] == name]
    control = kind(*(() if options is STATISTICS else (10, 10)))
    others = [row for row in options if row[0] != name]
    assert getattr(control, f"get{name}")() == default
    getattr(control, f"set{name}")(value)
    assert getattr(control, f"get{name}")() == value
    assert type(getattr(control, f"get{name}")()) is type(value)
    if hasattr(value, "name"):
        getattr(control, f"set{name}")(default)
        getattr(control, f"set{name}")(value.name)
        assert getattr(control, f"get{name}")() == value, "also by name"
    for bad in refused:
        with pytest.raises((InvalidParameterError, LengthError, TypeError)):
            getattr(control, f"set{name}")(bad)
    assert getattr(control, f"get{name}")() == value
    assert all(getattr(control, f"get{other}")() == old for other, old, *_ in others), "nothing else changed"


def test_what_a_background_control_holds() -> None:
    statistics, approximation = (
        StatisticsControl(),
        ApproximateControl(ApproximateControl.CHEBYSHEV, 2, 2, False),
    )
    control = BackgroundControl("LINEAR", 3, 4, "REDUCE_INTERP_ORDER", statistics, "MEDIAN", approximation)
    assert control.getStatisticsControl() is statistics
    assert control.getApproximateControl() is approximation
    assert (approximation.getOrderX(), approximation.getOrderY(), approximation.getWeighting()) == (
        2,
        2,
        False,
    )
    assert BackgroundControl(1, 1).getApproximateControl().getStyle() == ApproximateControl.UNKNOWN
    other = ApproximateControl(ApproximateControl.CHEBYSHEV, 1)
    control.setApproximateControl(other)
    assert control.getApproximateControl() is other and (other.getOrderY(), other.getWeighting()) == (1, True)
    with pytest.raises(InvalidParameterError, match="must be equal, not 2 and 1"):
        ApproximateControl(ApproximateControl.CHEBYSHEV, 2, 1)


def test_weights_are_asked_for_or_not() -> None:
    control = StatisticsControl()
    assert not control.getWeightedIsSet() and not control.getWeighted()
    image = ImageF(np.array([[1.0, 2.0, 6.0]], np.float32))
    weights = ImageF(np.array([[1.0, 1.0, 2.0]], np.float32))
    masked = MaskedImageF(image)
    assert makeStatistics(masked, Property.MEAN, control).getValue() == 3.0
    assert makeStatistics(masked, weights, Property.MEAN, control).getValue() == 15.0 / 4.0
    control.setWeighted(False)
    assert control.getWeightedIsSet()
    with pytest.raises(InvalidParameterError, match="says not to weight"):
        makeStatistics(masked, weights, Property.MEAN, control)
    control.setWeighted(True)
    with pytest.raises(InvalidParameterError, match="need weights or a variance plane"):
        makeStatistics(image, Property.MEAN, control)
    control.setCalcErrorFromInputVariance(True)
    control.setCalcErrorMosaicMode(True)
    with pytest.raises(InvalidParameterError, match="choose one"):
        makeStatistics(MaskedImageF(image, None, weights), Property.MEAN, control)


def test_bits_of_rejected_pixels_are_propagated_above_a_threshold() -> None:
    control = StatisticsControl(andMask=Mask.getPlaneBitMask(["SAT", "CR"]))
    sat, cr = (Mask.getMaskPlane(name) for name in ("SAT", "CR"))
    assert control.getMaskPropagationThreshold(sat) == 1.0, "never"
    masked = MaskedImageF(4, 1)
    masked.mask.array[0, :2] = [1 << sat, 1 << cr]
    masked.mask.array[0, 2] = 1
    for threshold, expected in ((0.24, 1 | 1 << sat), (0.25, 1)):
        control.setMaskPropagationThreshold(sat, threshold)
        assert control.getMaskPropagationThreshold(sat) == threshold
        assert control.getMaskPropagationThreshold(cr) == 1.0
        assert makeStatistics(masked, Property.ORMASK, control).getOrMask() == expected


@pytest.mark.parametrize("flags", [Property.MEAN, Property.NPOINT | Property.SUM])
def test_nothing_has_no_statistics(flags: Property) -> None:
    for empty in (ImageF(0, 0), MaskedImageF(0, 0), np.zeros(0, np.float32)):
        with pytest.raises(InvalidParameterError, match="without pixels"):
            makeStatistics(empty, flags)
    with pytest.raises(InvalidParameterError):
        makeStatistics(MaskX(0, 0), flags)
    for size in (1, 7):
        found = makeStatistics(MaskX(size, 1, 5), Property.NPOINT | Property.SUM)
        assert (found.getValue(Property.NPOINT), found.getValue(Property.SUM)) == (size, 5), "bits are OR-ed"


def test_backgrounds_change_in_place() -> None:
    cells = MaskedImageF(3, 2)
    cells.image.array[:] = np.arange(6).reshape(2, 3)
    background = BackgroundMI(BOX, cells)
    before = background.getImageF("LINEAR").array.copy()
    same = background
    background -= 2.5
    assert same is background and background.getStatsImage() is cells
    # float32 values up to 5, rounded before and after the subtraction
    np.testing.assert_allclose(background.getImageF("LINEAR").array, before - 2.5, rtol=0, atol=5e-7)
    background += 2.5
    np.testing.assert_array_equal(background.getImageF("LINEAR").array, before)


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
