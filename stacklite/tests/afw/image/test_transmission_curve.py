"""Transmission curves: values, bounds, products, other coordinates, files. Values are the real stack's."""

from __future__ import annotations

import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.fits import FitsError
from lsst.afw.geom import makeTransform
from lsst.afw.image import ExposureF, PhotoCalib, TransmissionCurve
from lsst.geom import AffineTransform, Extent2D, LinearTransform, Point2D

WAVELENGTHS, THROUGHPUT = np.array([4000.0, 5000.0, 7000.0]), np.array([0.2, 0.8, 0.5])
RADII = np.array([0.0, 5.0, 10.0])
BY_RADIUS = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]])
AT = np.array([3000.0, 3999.99, 4000.0, 4250.0, 5000.0, 6000.0, 7000.0, 7000.1, 9000.0, np.nan])
POINT = Point2D(3, 4)
MOVED = makeTransform(AffineTransform(LinearTransform.makeScaling(2.0), Extent2D(1, 1)))

ONE = TransmissionCurve.makeIdentity()
CONSTANT = TransmissionCurve.makeSpatiallyConstant(THROUGHPUT, WAVELENGTHS)
RAISED = TransmissionCurve.makeSpatiallyConstant(THROUGHPUT, WAVELENGTHS, 0.1, 0.3)
SHIFTED = TransmissionCurve.makeSpatiallyConstant(THROUGHPUT, WAVELENGTHS + 500, 0.4, 0.6)
RADIAL = TransmissionCurve.makeRadial(BY_RADIUS, WAVELENGTHS, RADII, 0.01, 0.02)


@pytest.mark.parametrize(
    ("curve", "x", "y", "expected"),
    [
        (ONE, 3, 4, [1.0] * 10),
        (CONSTANT, 3, 4, [0.0, 0.0, 0.2, 0.35, 0.8, 0.65, 0.5, 0.0, 0.0, np.nan]),
        (RAISED, 3, 4, [0.1, 0.1, 0.2, 0.35, 0.8, 0.65, 0.5, 0.3, 0.3, np.nan]),
        (RADIAL, 0, 0, [0.01, 0.01, 0.1, 0.175, 0.4, 0.55, 0.7, 0.02, 0.02, np.nan]),
        (RADIAL, 3, 4, [0.01, 0.01, 0.2, 0.275, 0.5, 0.65, 0.8, 0.02, 0.02, np.nan]),
        (RADIAL, 60, 80, [0.01, 0.01, 0.3, 0.375, 0.6, 0.75, 0.9, 0.02, 0.02, np.nan]),
        (RADIAL, np.inf, 0, [0.01, 0.01, 0.3, 0.375, 0.6, 0.75, 0.9, 0.02, 0.02, np.nan]),
        (RADIAL, np.nan, 0, [0.01, 0.01, *[np.nan] * 5, 0.02, 0.02, np.nan]),
        (CONSTANT * RADIAL, 3, 4, [0.0, 0.0, 0.04, 0.09625, 0.4, 0.4225, 0.4, 0.0, 0.0, np.nan]),
        (
            RADIAL.transformedBy(MOVED), 3, 4,
            [0.01, 0.01, 0.13605551, 0.21105551, 0.43605551, 0.58605551, 0.73605551, 0.02, 0.02, np.nan],
        ),
    ],
)  # fmt: skip
def test_values(curve: TransmissionCurve, x: float, y: float, expected: list[float]) -> None:
    assert_allclose(curve.sampleAt(Point2D(x, y), AT), expected, rtol=1e-7)
    out = np.zeros(len(AT))
    curve.sampleAt(Point2D(x, y), AT, out)
    assert_allclose(out, expected, rtol=1e-7)


@pytest.mark.parametrize(
    ("curve", "bounds", "at_bounds"),
    [
        (ONE, (-math.inf, math.inf), (1.0, 1.0)),
        (RAISED, (4000.0, 7000.0), (0.1, 0.3)),
        (RADIAL.transformedBy(MOVED), (4000.0, 7000.0), (0.01, 0.02)),
        (RAISED * SHIFTED, (4000.0, 7500.0), (0.04, 0.18)),
        (SHIFTED * RAISED, (4000.0, 7500.0), (0.04, 0.18)),
        (CONSTANT * SHIFTED, (4000.0, 7000.0), (0.0, 0.0)),
        (
            TransmissionCurve.makeSpatiallyConstant(THROUGHPUT, WAVELENGTHS - 3000) * RAISED,
            (1000, 4000),
            (0, 0),
        ),
        (
            RAISED * TransmissionCurve.makeSpatiallyConstant(THROUGHPUT, WAVELENGTHS + 3e4),
            (34e3, 37e3),
            (0, 0),
        ),
    ],
)
def test_bounds(curve: TransmissionCurve, bounds: tuple[float, ...], at_bounds: tuple[float, ...]) -> None:
    assert curve.getWavelengthBounds() == bounds
    assert curve.getThroughputAtBounds() == pytest.approx(at_bounds, rel=1e-15)


def test_what_changes_nothing_gives_the_same_object() -> None:
    assert CONSTANT * ONE is ONE * CONSTANT is CONSTANT.multipliedBy(ONE) is CONSTANT
    assert ONE * ONE is ONE is TransmissionCurve.makeIdentity() is pickle.loads(pickle.dumps(ONE))
    assert CONSTANT.transformedBy(MOVED) is CONSTANT and ONE.transformedBy(MOVED) is ONE
    assert CONSTANT == CONSTANT
    assert TransmissionCurve.makeSpatiallyConstant(THROUGHPUT, WAVELENGTHS) != CONSTANT


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((THROUGHPUT, WAVELENGTHS[:2]), pex_exceptions.LengthError),
        ((THROUGHPUT[:1], WAVELENGTHS[:1]), pex_exceptions.LengthError),
        ((THROUGHPUT, WAVELENGTHS[::-1]), pex_exceptions.LogicError),
        ((BY_RADIUS, WAVELENGTHS), TypeError),
        (([0.1, 0.2], [1.0, 2.0]), TypeError),
        ((BY_RADIUS[:, :2], WAVELENGTHS, RADII), pex_exceptions.LengthError),
        ((BY_RADIUS, WAVELENGTHS, RADII[::-1]), pex_exceptions.LogicError),
    ],
)
def test_arguments_that_make_no_curve(arguments: Any, error: type[Exception]) -> None:
    make = TransmissionCurve.makeRadial if len(arguments) == 3 else TransmissionCurve.makeSpatiallyConstant
    with pytest.raises(error):
        make(*arguments)


def test_other_arguments_that_are_refused() -> None:
    with pytest.raises(TypeError, match="makeIdentity"):
        TransmissionCurve()
    wavelengths: Any
    for wavelengths in ([4500.0], 4500.0, np.array([4500]), np.array([[4500.0]])):
        with pytest.raises(TypeError):
            CONSTANT.sampleAt(POINT, wavelengths)
    with pytest.raises(pex_exceptions.LengthError):
        CONSTANT.sampleAt(POINT, AT, np.zeros(3))


@pytest.mark.parametrize(
    "curve",
    [ONE, RAISED, RADIAL, (RAISED * RADIAL).transformedBy(MOVED) * SHIFTED, RAISED * RAISED],
)
def test_files(curve: TransmissionCurve, tmp_path: Path) -> None:
    curve.writeFits(tmp_path / "curve.fits")
    read = TransmissionCurve.readFits(tmp_path / "curve.fits")
    np.testing.assert_array_equal(read.sampleAt(POINT, AT), curve.sampleAt(POINT, AT))
    assert read.getWavelengthBounds() == curve.getWavelengthBounds()
    exposure = ExposureF(2, 2)
    exposure.info.setTransmissionCurve(curve)
    exposure.writeFits(tmp_path / "e.fits")
    found = ExposureF.readFits(tmp_path / "e.fits").info.getTransmissionCurve()
    assert found is not None
    np.testing.assert_array_equal(found.sampleAt(POINT, AT), curve.sampleAt(POINT, AT))
    PhotoCalib(1.0).writeFits(tmp_path / "calib.fits")
    with pytest.raises(FitsError, match="holds a PhotoCalib"):
        TransmissionCurve.readFits(tmp_path / "calib.fits")
