"""AB magnitudes, and photometric calibrations of arrays. All values are the real stack's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from astropy import units
from numpy.testing import assert_allclose

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import (
    FilterLabel,
    PhotoCalib,
    abMagErrFromFluxErr,
    abMagFromFlux,
    fluxErrFromABMagErr,
    fluxFromABMag,
    getDatabaseFilterLabel,
    makePhotoCalibFromCalibZeroPoint,
)
from lsst.afw.math import ChebyshevBoundedField
from lsst.afw.table import SourceCatalog, SourceTable
from lsst.geom import Box2I, Extent2I, Point2I

CASES: list[tuple[Any, tuple[float, ...], float]] = [
    (abMagFromFlux, (2.5,), 7.905215600602137),
    (fluxFromABMag, (20.0,), 3.631e-05),
    (abMagErrFromFluxErr, (0.1, 2.5), 0.04342944819032518),
    (fluxErrFromABMagErr, (0.1, 20.0), 3.3442745890645536e-06),
]


@pytest.mark.parametrize(("function", "arguments", "expected"), CASES)
def test_magnitudes(function: Any, arguments: tuple[float, ...], expected: float) -> None:
    found = function(*arguments)
    assert type(found) is float and found == pytest.approx(expected, rel=1e-15)
    for dtype, tolerance in ((np.float64, 1e-15), (np.float32, 1e-6)):
        arrays = [np.full(3, value, dtype) for value in arguments]
        assert function(*arrays).dtype == dtype
        assert_allclose(function(*arrays), expected, rtol=tolerance)
    with pytest.raises(TypeError):
        function(*([value] for value in arguments))


def test_zero_points_keep_their_last_digits() -> None:
    for flux in (12345.0, 1e10, 3.3, 63095734448.0194, 7.77e7, 1.0):
        assert makePhotoCalibFromCalibZeroPoint(flux).getInstFluxAtZeroMagnitude() == flux
    calib = PhotoCalib(1000.0, 10.0)
    expected = [0.9999999999999999, 36.30780547701003, 12.906247820605302, 3630780547.7010026]
    assert [calib.magnitudeToInstFlux(mag) for mag in (23.9, 20.0, 21.123, 0.0)] == expected
    assert PhotoCalib(3.14).magnitudeToInstFlux(23.9) == 318.4713375796178


def test_arrays_of_magnitudes() -> None:
    fluxes, mags, x = np.array([1.0, 2.0]), np.array([20.0, 21.0]), np.array([1.0, 2.0])
    constant = PhotoCalib(1000.0, 10.0)
    found = constant.instFluxToMagnitudeArray(fluxes, x, x)
    assert found.unit == units.ABmag
    assert_allclose(found.value, [23.9, 23.14742501], rtol=1e-9)
    assert_allclose(constant.magnitudeToInstFluxArray(mags, x, x), [36.30780548, 14.45439771], rtol=1e-9)
    assert_allclose(constant.magnitudeToInstFluxArray(found, x, x), fluxes, rtol=1e-14)
    box = Box2I(Point2I(0, 0), Extent2I(10, 10))
    varying = PhotoCalib(ChebyshevBoundedField(box, np.array([[200.0, 10.0], [5.0, 1.0]])), 3.0)
    assert_allclose(
        varying.instFluxToMagnitudeArray(fluxes, x, x).value, [25.70317314, 24.93493904], rtol=1e-9
    )
    assert_allclose(varying.magnitudeToInstFluxArray(mags, x, x), [191.10377113, 74.99039018], rtol=1e-9)


def test_missing_fields_are_not_found() -> None:
    catalog = SourceCatalog(SourceTable.makeMinimalSchema())
    record = catalog.addNew()
    for source in (catalog, record):
        for method in (PhotoCalib(1.0).instFluxToNanojansky, PhotoCalib(1.0).instFluxToMagnitude):
            with pytest.raises(pex_exceptions.NotFoundError, match="nope_instFlux"):
                method(source, "nope")
    with pytest.raises(pex_exceptions.NotFoundError, match="nope_instFlux"):
        PhotoCalib(1.0).calibrateCatalog(catalog, ["nope"])


def test_names_of_filters() -> None:
    names = {
        "g decam 0101": "g_decam_0101",
        "r2": "r2",
        "HSC-R2": "HSC_R2",
        "N-1 x.y": "N_1_x_y",
        " a  b ": "_a__b_",
    }
    assert [getDatabaseFilterLabel(name) for name in names] == [*names.values()]
    for arguments in ({"physical": 42}, {"band": ("g", "r")}, {"band": b"g"}):
        with pytest.raises(TypeError, match="is a text"):
            FilterLabel(**arguments)
