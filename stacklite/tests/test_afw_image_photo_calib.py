"""PhotoCalib and ApCorrMap beyond the golden values: catalogs, headers, old files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions
from lsst.afw.image import ApCorrMap, Measurement, PhotoCalib, makePhotoCalibFromMetadata
from lsst.afw.math import ChebyshevBoundedField
from lsst.afw.table import SourceCatalog, SourceTable
from lsst.afw.table.io import Persistable, make_table
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2D, Point2I

BBOX = Box2I(Point2I(0, 0), Extent2I(100, 80))
AB_FLUX_NJY = 10 ** (31.4 / 2.5)


def _field(coefficients: Any = ((10.0, 1.0), (0.5, 0.0))) -> ChebyshevBoundedField:
    return ChebyshevBoundedField(BBOX, np.array(coefficients))


@pytest.fixture
def sources() -> SourceCatalog:
    schema = SourceTable.makeMinimalSchema()
    for name in ("centroid_x", "centroid_y", "ap_instFlux", "ap_instFluxErr"):
        schema.addField(name, type="D", doc=name)
    for name in ("out_flux", "out_fluxErr", "out_mag", "out_magErr"):
        schema.addField(name, type="D", doc=name)
    schema.getAliasMap().set("slot_Centroid", "centroid")
    catalog = SourceCatalog(schema)
    for x, y, flux in ((0.0, 0.0, 100.0), (50.0, 20.0, 1e4), (99.0, 79.0, -5.0)):
        record = catalog.addNew()
        record["centroid_x"], record["centroid_y"] = x, y
        record["ap_instFlux"], record["ap_instFluxErr"] = flux, 3.0
    return catalog


def test_catalog_forms_agree_with_scalars(sources: SourceCatalog) -> None:
    photo_calib = PhotoCalib(_field(), 0.1)
    fluxes = photo_calib.instFluxToNanojansky(sources, "ap")
    magnitudes = photo_calib.instFluxToMagnitude(sources, "ap")
    assert fluxes.shape == magnitudes.shape == (3, 2)
    photo_calib.instFluxToNanojansky(sources, "ap", "out")
    photo_calib.instFluxToMagnitude(sources, "ap", "out")
    for i, record in enumerate(sources):
        arguments = record["ap_instFlux"], record["ap_instFluxErr"]
        point = Point2D(record["centroid_x"], record["centroid_y"])
        flux = photo_calib.instFluxToNanojansky(*arguments, point)
        magnitude = photo_calib.instFluxToMagnitude(*arguments, point)
        assert photo_calib.instFluxToNanojansky(record, "ap") == flux
        np.testing.assert_array_equal(fluxes[i], [flux.value, flux.error])
        np.testing.assert_array_equal(magnitudes[i], [magnitude.value, magnitude.error])
        np.testing.assert_array_equal([record["out_flux"], record["out_fluxErr"]], fluxes[i])
        np.testing.assert_array_equal([record["out_mag"], record["out_magErr"]], magnitudes[i])


def test_zero_point_magnitude_is_zero() -> None:
    photo_calib = PhotoCalib(12.5)
    assert photo_calib.instFluxToMagnitude(photo_calib.getInstFluxAtZeroMagnitude()) == pytest.approx(
        0, abs=1e-12
    )
    assert photo_calib.instFluxToNanojansky(2.0, 0.5) == Measurement(25.0, 6.25)


@pytest.mark.parametrize("strip", [True, False])
def test_metadata(strip: bool) -> None:
    metadata = PropertyList()
    assert makePhotoCalibFromMetadata(metadata) is None
    metadata.set("FLUXMAG0", 1e10)
    metadata.set("FLUXMAG0ERR", 1e8)
    photo_calib = makePhotoCalibFromMetadata(metadata, strip)
    assert photo_calib is not None
    assert photo_calib.getCalibrationMean() == pytest.approx(AB_FLUX_NJY / 1e10, rel=1e-12)
    assert photo_calib.getCalibrationErr() == pytest.approx(0.01 * AB_FLUX_NJY / 1e10, rel=1e-12)
    assert metadata.exists("FLUXMAG0") is metadata.exists("FLUXMAG0ERR") is not strip


def test_metadata_without_error() -> None:
    metadata = PropertyList()
    metadata.set("FLUXMAG0", 1e10)
    photo_calib = makePhotoCalibFromMetadata(metadata, True)
    assert photo_calib is not None
    assert photo_calib.getCalibrationErr() == 0.0


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
    assert photo_calib.isConstant()
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
    with pytest.raises(lsst.pex.exceptions.RuntimeError, match="version 0"):
        PhotoCalib.readFits(str(tmp_path / "photo_calib.fits"))


def test_equality() -> None:
    assert PhotoCalib(_field(), 0.1) == PhotoCalib(_field(), 0.1)
    assert PhotoCalib(_field(), 0.1) != PhotoCalib(_field(), 0.2)
    assert PhotoCalib(_field(), 0.1) != PhotoCalib(10.0, 0.1)
    assert PhotoCalib(_field(), 0.1) != PhotoCalib(_field(((10.0, 1.0), (0.5, 0.1))), 0.1)


def test_ap_corr_map_scales_all_its_fields() -> None:
    ap_corr_map = ApCorrMap()
    ap_corr_map["z"], ap_corr_map["a"] = _field(), _field(((2.0,),))
    assert list(ap_corr_map) == ["a", "z"]
    ap_corr_map *= 0.5
    assert ap_corr_map["a"].mean() == 1.0
    assert ap_corr_map["z"] == _field() * 0.5
    assert ap_corr_map.get("b", ap_corr_map["a"]) is ap_corr_map["a"]
    with pytest.raises(LookupError):
        ap_corr_map["b"]
