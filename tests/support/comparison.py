"""Comparison of summary catalogs and of the objects in their rows.

Every function raises `AssertionError` on the first difference and returns how
many numbers it compared, so that a test can tell an agreement from an empty
loop.
"""

from __future__ import annotations

__all__ = ["POINTS", "assert_catalogs_equal", "assert_objects_agree", "component_names"]

from collections.abc import Callable
from typing import Any

import numpy as np

from lsst.afw.table import ExposureCatalog, ExposureRecord
from lsst.geom import Point2D

POINTS = [Point2D(32.0, 51.2), Point2D(160.0, 128.0), Point2D(265.6, 94.72)]
"""Where objects are evaluated: three points of a 320 x 256 detector."""

# Relative tolerances to which two implementations can agree; float32 columns are
# exact after rounding, except for one unit in the last place.
_ADAPTIVE_MOMENTS = {
    # The iteration stops at 1e-4, so two implementations agree only so far.
    name: 1e-5
    for name in (
        "psfSigma",
        "psfIxx",
        "psfIyy",
        "psfIxy",
        "psfTraceRadiusDelta",
        "psfApCorrSigmaScaledDelta",
    )
}
_CLIPPED = {name: 1e-5 for name in ("skyNoise", "meanVar")}
_FROM_EARTH_ROTATION = {
    # Depends on the Earth-rotation table of the installed astropy.
    "zenithDistance": 1e-6,
}
_RELATIVE = _ADAPTIVE_MOMENTS | _CLIPPED | _FROM_EARTH_ROTATION
_SKY_POSITION_DEGREES = 1e-9
_ABSOLUTE = {
    # A difference of two fluxes of about 1: for a PSF that does not vary only
    # the rounding of their sums is left, here a few units of 2e-16.
    "psfApFluxDelta": 1e-15,
    # Differences of sky positions (radians).
    "wcs_corner_max_offset": np.deg2rad(_SKY_POSITION_DEGREES),
    "wcs_detector_pointing_residual": np.deg2rad(_SKY_POSITION_DEGREES),
    "wcs_visit_pointing_residual": np.deg2rad(_SKY_POSITION_DEGREES),
    # Differences of a WCS and its approximation: most are the rounding of
    # positions of 3 radians and of 300 pixels.
    "wcs_sip_delta_sky": 1e-15,
    "wcs_sip_delta_pixel": 1e-9,
}
_RELATIVE |= {
    # What is above the rounding is still ten digits below the positions.
    "wcs_sip_delta_sky": 1e-2,
    "wcs_sip_delta_pixel": 1e-2,
}
_SKY_POSITIONS = ("raCorners", "decCorners", "ra", "dec")


def assert_catalogs_equal(actual: ExposureCatalog, expected: ExposureCatalog) -> int:
    """Compare names, types and units of all columns, and all values.

    Parameters
    ----------
    actual, expected : `lsst.afw.table.ExposureCatalog`
        The catalogs, in the same order of rows.

    Returns
    -------
    compared : `int`
        Number of values that were compared.
    """
    assert actual.schema.getOrderedNames() == expected.schema.getOrderedNames()
    assert _fields(actual) == _fields(expected)
    assert [record.getId() for record in actual] == [record.getId() for record in expected]
    return sum(_assert_column(name, actual, expected) for name in expected.schema.getOrderedNames())


def _fields(catalog: ExposureCatalog) -> dict[str, tuple[str, str]]:
    return {
        item.field.getName(): (item.field.getTypeString(), item.field.getUnits()) for item in catalog.schema
    }


def _values(catalog: ExposureCatalog, name: str) -> np.ndarray:
    return np.array([_plain(record[name]) for record in catalog])


def _plain(value: Any) -> Any:
    return value.asRadians() if hasattr(value, "asRadians") else value


def _assert_column(name: str, actual: ExposureCatalog, expected: ExposureCatalog) -> int:
    a, b = _values(actual, name), _values(expected, name)
    if a.dtype.kind not in "f":
        np.testing.assert_array_equal(a, b, err_msg=name)
        return b.size
    if name in _SKY_POSITIONS:
        tolerance = {"rtol": 0.0, "atol": _SKY_POSITION_DEGREES}
    else:
        is_single = expected.schema.find(name).field.getTypeString() == "F"
        ulp = float(np.finfo(np.float32).eps) if is_single else 1e-10
        tolerance = {"rtol": _RELATIVE.get(name, ulp), "atol": _ABSOLUTE.get(name, 0.0)}
    np.testing.assert_allclose(a, b, err_msg=name, equal_nan=True, **tolerance)
    return b.size


def assert_objects_agree(actual: ExposureCatalog, expected: ExposureCatalog) -> int:
    """Compare what the objects of all rows evaluate to.

    Parameters
    ----------
    actual, expected : `lsst.afw.table.ExposureCatalog`
        The catalogs, in the same order of rows.

    Returns
    -------
    compared : `int`
        Number of values that were compared.
    """
    compared = 0
    for a, b in zip(actual, expected, strict=True):
        for component, evaluate in _EVALUATIONS.items():
            x, y = getattr(a, f"get{component}")(), getattr(b, f"get{component}")()
            assert (x is None) == (y is None), f"{component} of detector {b.getId()}: {x} instead of {y}"
            if y is None:
                continue
            got, want = evaluate(x), evaluate(y)
            assert got.keys() == want.keys()
            for name, (values, rtol, atol) in want.items():
                np.testing.assert_allclose(
                    got[name][0], values, rtol=rtol, atol=atol, err_msg=f"{name} of detector {b.getId()}"
                )
                compared += np.size(values)
    return compared


Evaluation = dict[str, tuple[Any, float, float]]


def _evaluate_wcs(wcs: Any) -> Evaluation:
    positions = [[p.getRa().asDegrees(), p.getDec().asDegrees()] for p in wcs.pixelToSky(POINTS)]
    return {
        "position": (positions, 0.0, _SKY_POSITION_DEGREES),
        "approximated": (wcs.hasFitsApproximation(), 0.0, 0.0),
    }


def _evaluate_psf(psf: Any) -> Evaluation:
    shapes = [psf.computeShape(p) for p in POINTS]
    return {
        # As numbers, like all that is compared.
        "class": (list(type(psf).__name__.encode()), 0.0, 0.0),
        "kernel image": (np.array([psf.computeKernelImage(p).array for p in POINTS]), 1e-10, 1e-16),
        "shape": ([[q.getIxx(), q.getIyy(), q.getIxy()] for q in shapes], 1e-5, 1e-10),
        "aperture flux": ([psf.computeApertureFlux(3.0, p) for p in POINTS], 1e-10, 0.0),
    }


def _evaluate_photo_calib(calib: Any) -> Evaluation:
    fluxes = [calib.instFluxToNanojansky(1000.0, p) for p in POINTS]
    return {
        "mean": ([calib.getCalibrationMean(), calib.getCalibrationErr()], 1e-10, 0.0),
        "flux": (fluxes, 1e-10, 0.0),
    }


def _evaluate_ap_corr_map(ap_corr_map: Any) -> Evaluation:
    return {name: ([field.evaluate(p) for p in POINTS], 1e-10, 0.0) for name, field in ap_corr_map.items()}


def _evaluate_polygon(polygon: Any) -> Evaluation:
    return {"vertices": ([[p.x, p.y] for p in polygon.getVertices()], 0.0, 0.0)}


def _evaluate_visit_info(info: Any) -> Evaluation:
    boresight = info.getBoresightRaDec()
    numbers = [
        info.getId(),
        info.getExposureTime(),
        boresight.getRa().asDegrees(),
        boresight.getDec().asDegrees(),
        info.getBoresightRotAngle().asDegrees(),
    ]
    return {"numbers": (numbers, 1e-15, 0.0)}


_EVALUATIONS: dict[str, Callable[[Any], Evaluation]] = {
    "Wcs": _evaluate_wcs,
    "Psf": _evaluate_psf,
    "PhotoCalib": _evaluate_photo_calib,
    "ApCorrMap": _evaluate_ap_corr_map,
    "ValidPolygon": _evaluate_polygon,
    "VisitInfo": _evaluate_visit_info,
}


def component_names(record: ExposureRecord) -> list[str]:
    """Return the components that a row has."""
    return [name for name in _EVALUATIONS if getattr(record, f"get{name}")() is not None]
