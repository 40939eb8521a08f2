"""Exposures of real telescopes, and old persistence versions."""

from __future__ import annotations

import numpy as np
import pytest

from lsst.afw.image import ExposureF, ExposureFitsReader, FilterLabel, RotType, VisitInfo
from lsst.afw.image._plane_readers import open_reader
from lsst.daf.base import DateTime
from lsst.pex.exceptions import NotFoundError
from stacklite_support.parity import READS, WRITES
from support.realdata import REALDATA, needs_realdata

pytestmark = needs_realdata

EXPOSURES = {
    "hsc/calexp_180802004_4.fits": {
        "SKYWCS": "SkyWcs",
        "PSF": "GaussianPsf",
        "PHOTOCALIB": "PhotoCalib",
        "DETECTOR": "Detector",
        "VALID_POLYGON": "Polygon",
        "COADD_INPUTS": "OpaquePersistable",
        "AP_CORR_MAP": "ApCorrMap",
        "TRANSMISSION_CURVE": "OpaquePersistable",
        "SUMMARY_STATS": "ExposureSummaryStats",
        "FILTER": "FilterLabel",
    },
    "cfht/calexp-849375-12.fits.fz": {
        "SKYWCS": "SkyWcs",
        "PSF": "PsfexPsf",
        "PHOTOCALIB": "PhotoCalib",
        "DETECTOR": "Detector",
        "AP_CORR_MAP": "ApCorrMap",
        "SUMMARY_STATS": "ExposureSummaryStats",
        "FILTER": "FilterLabel",
    },
    "piff/exp.fits": {"SKYWCS": "SkyWcs", "PSF": "PiffPsf"},
}


def _kinds(components):
    return {key: type(component).__name__ for key, component in components.items()}


@pytest.mark.parametrize("name", EXPOSURES)
def test_exposure_is_read_whole_and_by_component(name, record_parity):
    path = str(REALDATA / name)
    whole = ExposureF(path)
    assert _kinds(whole.info._components) == EXPOSURES[name]
    with open_reader(ExposureFitsReader, path) as reader:
        assert reader.readBBox() == whole.getBBox()
        for key, kind in EXPOSURES[name].items():
            if kind == "OpaquePersistable":
                with pytest.raises(NotFoundError, match=key):
                    reader.readComponent(key)
            else:
                assert type(reader.readComponent(key)).__name__ == kind
        assert reader.readVisitInfo() == whole.visitInfo
        np.testing.assert_array_equal(reader.readMask().array, whole.mask.array)
        np.testing.assert_array_equal(reader.readVariance().array, whole.variance.array)
    for kind in EXPOSURES[name].values():
        if kind != "OpaquePersistable":
            record_parity(kind, 1, "", READS, "real files")


@pytest.mark.parametrize("name", EXPOSURES)
def test_exposure_is_written_with_everything(name, tmp_path, record_parity):
    whole = ExposureF(str(REALDATA / name))
    path = str(tmp_path / "exposure.fits")
    whole.writeFitsWithOptions(path, {"mask": {"algorithm": "GZIP_2"}})
    again = ExposureF(path)
    assert _kinds(again.info._components) == EXPOSURES[name]
    assert again.visitInfo == whole.visitInfo
    assert again.filter == whole.filter
    assert again.info.getId() == whole.info.getId()
    np.testing.assert_array_equal(again.mask.array, whole.mask.array)
    # The origin of the version number is the only thing that may differ.
    names = set(whole.metadata.getOrderedNames()) | {"EXPINFO_V", "EXTNAME"}
    assert set(again.metadata.getOrderedNames()) == names
    for kind in EXPOSURES[name].values():
        if kind != "OpaquePersistable":
            record_parity(kind, 1, "read again", WRITES, "real files")


def test_exposure_versions(record_parity):
    read = {n: ExposureF(str(REALDATA / "afw_versions" / f"exposure-version-{n}.fits")) for n in range(3)}
    for exposure in read.values():
        assert exposure.getDetector().getName() == "detector 1"
        assert exposure.getWcs().getSkyOrigin()[0].asDegrees() == pytest.approx(30)
        assert exposure.image.array[0, :3].tolist() == [0, 1, 2]
    assert read[0].filter == read[1].filter == FilterLabel.fromPhysical("ha")
    assert read[2].filter == FilterLabel.fromBandPhysical("N656", "ha")
    # Version 0 has FLUXMAG0 = 1e6 in the header: AB zero flux in nJy over that.
    assert read[0].getPhotoCalib().getCalibrationMean() == pytest.approx(10**12.56 / 1e6)
    assert read[1].getPhotoCalib().getCalibrationMean() == pytest.approx(1e6)
    record_parity("ExposureF", len(read), "versions 0 to 2", READS, "real files")


def test_visit_info_versions(record_parity):
    names = ["noversion", *(f"version-{n}" for n in range(1, 6))]
    read = [VisitInfo.readFits(str(REALDATA / "afw_versions" / f"visitInfo-{name}.fits")) for name in names]
    for info in read:
        assert (info.exposureTime, info.darkTime, info.ut1) == (10.01, 11.02, 12345.1)
        assert info.date == DateTime("2037-09-20T02:24:00", DateTime.TAI)
        assert info.boresightRaDec[1].asDegrees() == pytest.approx(73.2)
        assert info.boresightAzAlt[0].asDegrees() == pytest.approx(134.5)
        assert info.rotType is RotType.SKY
    # Each version knows more.
    found = [(info.instrumentLabel, info.id, info.focusZ, info.object) for info in read]
    expected = [
        ("", 0, np.nan, ""),
        ("TestCameraOne", 0, np.nan, ""),
        ("TestCameraOne", 987654, np.nan, ""),
        ("TestCameraOne", 987654, 1.5, ""),
        ("TestCameraOne", 987654, 1.5, "test object"),
        ("TestCameraOne", 987654, 1.5, "test object"),
    ]
    np.testing.assert_equal(found, expected)
    record_parity("VisitInfo", len(read), "versions 0 to 5", READS, "real files")
