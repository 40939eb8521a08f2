"""Calibrations and backgrounds of real telescopes, and of old versions, can be read and evaluated."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lsst.pex.exceptions
from lsst.afw.image import ExposureF, PhotoCalib
from lsst.afw.math import BackgroundList, ChebyshevBoundedField
from lsst.afw.table import ExposureCatalog
from lsst.geom import Point2D
from stacklite_support.parity import READS
from support.realdata import REALDATA, needs_realdata

pytestmark = needs_realdata


def test_background_of_four_layers(tmp_path: Path) -> None:
    path = REALDATA / "cfht" / "bkgd-849375-12.fits"
    layers = BackgroundList.readFits(str(path))
    assert len(layers) == 4
    image = layers.getImage()
    assert image.getBBox() == layers[0][0].getImageBBox()
    # The sky of the exposure lies between the extreme cells of the layers' sum.
    low, high = (
        sum(float(f(item[0].getStatsImage().image.array)) for item in layers) for f in (np.nanmin, np.nanmax)
    )
    assert low <= np.median(image.array) <= high
    layers.writeFits(str(tmp_path / "copy.fits"))
    again = BackgroundList.readFits(str(tmp_path / "copy.fits")).getImage()
    np.testing.assert_array_equal(image.array, again.array)


def test_hsc_exposure() -> None:
    exposure = ExposureF(str(REALDATA / "hsc" / "calexp_180802004_4.fits"))
    ap_corr_map = exposure.getInfo().getApCorrMap()
    photo_calib = exposure.getPhotoCalib()
    assert {"base_PsfFlux_instFlux", "base_PsfFlux_instFluxErr"} <= set(ap_corr_map)
    center = Point2D(exposure.getBBox().getCenter())
    for name, field in ap_corr_map.items():
        # Corrections of fluxes are factors (about 2 for the widest), their errors are small.
        assert 0.0 <= field.evaluate(center) < (0.2 if name.endswith("Err") else 3.0), name
    # HSC has a zero point of about 27 for one electron or more.
    assert 22.0 < photo_calib.instFluxToMagnitude(1.0, center) < 33.0
    local = photo_calib.getLocalCalibration(center)
    assert photo_calib.instFluxToNanojansky(10.0, center) == pytest.approx(10.0 * local, rel=1e-14)


@pytest.mark.parametrize("visit", [1176, 36434])
def test_hsc_visit_summary(visit: int) -> None:
    catalog = ExposureCatalog.readFits(str(REALDATA / "hsc" / f"visitSummary_{visit}.fits"))
    checked = 0
    for record in catalog:
        photo_calib = record.getPhotoCalib()
        if photo_calib is not None:
            zero_point = -2.5 * np.log10(1.0 / photo_calib.getInstFluxAtZeroMagnitude())
            assert zero_point == pytest.approx(record["zeroPoint"], rel=1e-6)
            checked += 1
    assert checked > 90


@pytest.mark.parametrize("name", ["photoCalib-noversion", "photoCalib-version0"])
def test_photo_calib_in_maggies_is_refused(name: str) -> None:
    with pytest.raises(lsst.pex.exceptions.RuntimeError, match="version 0"):
        PhotoCalib.readFits(str(REALDATA / "afw_versions" / f"{name}.fits"))


def test_photo_calib_version_1(record_parity: Callable[..., None]) -> None:
    photo_calib = PhotoCalib.readFits(str(REALDATA / "afw_versions" / "photoCalib-version1.fits"))
    assert isinstance(photo_calib._field, ChebyshevBoundedField)
    assert photo_calib.getCalibrationMean() > 0.0
    assert photo_calib.getCalibrationErr() >= 0.0
    center = Point2D(photo_calib._field.getBBox().getCenter())
    relative = photo_calib.getLocalCalibration(center) / photo_calib.getCalibrationMean()
    assert 0.5 < relative < 2.0
    assert json.dumps(photo_calib.instFluxToMagnitude(100.0, center))
    record_parity("PhotoCalib", 1, "version 1", READS, "real files")
