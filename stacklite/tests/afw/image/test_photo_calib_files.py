"""`PhotoCalib` and `ApCorrMap` in files of visits, of telescopes and of old versions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import ApCorrMap, ExposureF, PhotoCalib
from lsst.afw.math import ChebyshevBoundedField
from lsst.afw.table import ExposureCatalog
from lsst.afw.table.io import Persistable
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst_stacklite.archives import make_table
from stacklite_support.parity import READS, count
from stacklite_support.paths import REFERENCE_VISIT
from stacklite_support.reference_visit import EXPECTED
from support.realdata import REALDATA, needs_realdata

BBOX = Box2I(Point2I(0, 0), Extent2I(100, 80))
AB_FLUX_NJY = 10 ** (31.4 / 2.5)


def _field(coefficients: Any = ((10.0, 1.0), (0.5, 0.0))) -> ChebyshevBoundedField:
    return ChebyshevBoundedField(BBOX, np.array(coefficients))


class _OldCalib(Persistable):
    """Writes what the predecessor of PhotoCalib looked like; not a Calib."""

    _persisted_name = "Calib"

    def __init__(self, version: int) -> None:
        self.version = version

    def _write_archive(self, archive: Any) -> list[Any]:
        fields = [("fluxmag0", "D", "", ""), ("fluxmag0.err", "D", "", "")]
        row: list[Any] = [2e10, 1e9]
        if self.version == 1:
            fields = [("midtime", "L", "", "ns"), ("exptime", "D", "", "s"), *fields]
            row = [0, 30.0, *row]
        return [make_table(fields, [row])]


@pytest.mark.parametrize("version", [0, 1])
def test_old_calib_becomes_a_constant(version: int, tmp_path: Path) -> None:
    _OldCalib(version).writeFits(str(tmp_path / "calib.fits"))
    photo_calib = PhotoCalib.readFits(str(tmp_path / "calib.fits"))
    assert photo_calib._isConstant
    assert photo_calib.getCalibrationMean() == pytest.approx(AB_FLUX_NJY / 2e10, rel=1e-12)
    assert photo_calib.getCalibrationErr() == pytest.approx(0.05 * AB_FLUX_NJY / 2e10, rel=1e-12)


class _PhotoCalibInMaggies(Persistable):
    """Writes a PhotoCalib table of version 0; not a PhotoCalib."""

    _persisted_name = "PhotoCalib"

    def __init__(self, *, with_version: bool) -> None:
        self.with_version = with_version

    def _write_archive(self, archive: Any) -> list[Any]:
        fields = [
            ("calibrationMean", "D", "", ""),
            ("calibrationErr", "D", "", ""),
            ("isConstant", "Flag", "", ""),
            ("field", "I", "", ""),
        ]
        row = [1e-9, 0.0, True, archive.put(_field())]
        if self.with_version:
            fields, row = [*fields, ("version", "I", "", "")], [*row, 0]
        return [make_table(fields, [row])]


@pytest.mark.parametrize("with_version", [True, False])
def test_version_0_is_refused(with_version: bool, tmp_path: Path) -> None:
    _PhotoCalibInMaggies(with_version=with_version).writeFits(str(tmp_path / "photo_calib.fits"))
    with pytest.raises(pex_exceptions.RuntimeError, match="version 0"):
        PhotoCalib.readFits(str(tmp_path / "photo_calib.fits"))


# -- The reference visit ---------------------------------------------------------------

CATALOGS = {"visitSummary": EXPECTED["input"]} | {
    f"expected_finalVisitSummary_{name}": rows for name, rows in EXPECTED["outputs"].items()
}

# Pixel areas are differences of unit vectors of neighboring pixels.
RTOL = 1e-9


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


# -- Real files ------------------------------------------------------------------------


@needs_realdata
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


@needs_realdata
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


@needs_realdata
@pytest.mark.parametrize("name", ["photoCalib-noversion", "photoCalib-version0"])
def test_photo_calib_in_maggies_is_refused(name: str) -> None:
    with pytest.raises(pex_exceptions.RuntimeError, match="version 0"):
        PhotoCalib.readFits(str(REALDATA / "afw_versions" / f"{name}.fits"))


@needs_realdata
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
