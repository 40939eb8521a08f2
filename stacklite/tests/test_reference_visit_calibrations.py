"""Backgrounds, calibrations and aperture corrections of the reference visit agree with the stack."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lsst.afw.image import ApCorrMap, PhotoCalib
from lsst.afw.math import BackgroundList
from lsst.afw.table import ExposureCatalog
from lsst.geom import Point2D
from stacklite_support.parity import count
from stacklite_support.paths import REFERENCE_VISIT

EXPECTED = json.loads((REFERENCE_VISIT / "expected.json").read_text())
CATALOGS = {"visitSummary": EXPECTED["input"]} | {
    f"expected_finalVisitSummary_{name}": rows for name, rows in EXPECTED["outputs"].items()
}
DATASET_TYPES = {"orig": "calexpBackground", "over": "skyCorr"}
# Pixel areas are differences of unit vectors of neighbouring pixels.
RTOL = 1e-9


@pytest.mark.parametrize("name", EXPECTED["background_images"])
def test_background_image(name: str, record_parity: Callable[..., None]) -> None:
    kind, detector = name.split("_")
    expected = EXPECTED["background_images"][name]
    image = BackgroundList.readFits(
        str(REFERENCE_VISIT / f"{DATASET_TYPES[kind]}_{detector}.fits")
    ).getImage()
    # The second layers are approximations, whose linear algebra rounds differently.
    np.testing.assert_array_max_ulp(image.array[10, ::37], np.float32(expected["row10"]), 1)
    np.testing.assert_array_max_ulp(image.array[::41, 20], np.float32(expected["col20"]), 1)
    np.testing.assert_allclose(image.array.sum(dtype=np.float64), expected["sum"], rtol=1e-9)
    record_parity("BackgroundList", count(expected), "1 ulp of float32", source="reference visit")


@pytest.mark.parametrize("name", CATALOGS)
def test_attached_objects(name: str, record_parity: Callable[..., None]) -> None:
    catalog = ExposureCatalog.readFits(str(REFERENCE_VISIT / f"{name}.fits"))
    compared = 0
    for record, row in zip(catalog, CATALOGS[name], strict=True):
        assert record.getId() == row["id"]
        expected = row["_objects"]
        points = [Point2D(*p) for p in expected["points"]]
        compared += _check_photo_calib(record.getPhotoCalib(), expected["photo_calib"], points)
        compared += _check_ap_corr(record.getApCorrMap(), expected["ap_corr"], points)
        for kind, key in (("PhotoCalib", "photo_calib"), ("ApCorrMap", "ap_corr")):
            if expected[key] is not None:
                record_parity(kind, count(expected[key]), RTOL, source="reference visit")
    assert compared >= 20 * len(CATALOGS[name]) / 9


def _check_photo_calib(photo_calib: PhotoCalib | None, expected: Any, points: list[Point2D]) -> int:
    """Compare values and return how many there were."""
    if expected is None:
        assert photo_calib is None
        return 0
    assert photo_calib is not None
    actual = {
        "mean": photo_calib.getCalibrationMean(),
        "err": photo_calib.getCalibrationErr(),
        "constant": photo_calib._isConstant,
        "inst_flux_at_zero_mag": photo_calib.getInstFluxAtZeroMagnitude(),
        "mag_of_1000": [photo_calib.instFluxToMagnitude(1000.0, p) for p in points],
    }
    assert actual.keys() == expected.keys()
    for name, value in actual.items():
        np.testing.assert_allclose(value, expected[name], rtol=RTOL, err_msg=name)
    return len(actual)


def _check_ap_corr(ap_corr_map: ApCorrMap | None, expected: Any, points: list[Point2D]) -> int:
    """Compare values and return how many there were."""
    if expected is None:
        assert ap_corr_map is None
        return 0
    assert ap_corr_map is not None
    assert list(ap_corr_map) == sorted(expected)
    for name, values in expected.items():
        np.testing.assert_allclose([ap_corr_map[name].evaluate(p) for p in points], values, rtol=RTOL)
    return len(expected)
