"""Files of exposures: headers, old and new versions, what is read and written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from astropy.io import fits

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.fits import FitsError
from lsst.afw.image import ExposureF, ExposureFitsReader, FilterLabel, MaskedImageF, MaskedImageFitsReader
from lsst.afw.image._exposure_metadata import filter_label_from_name
from lsst.afw.image._plane_readers import open_reader
from lsst.daf.base import DateTime
from lsst.geom import Point2D
from stacklite_support.golden import cases, number
from stacklite_support.golden_exposures import (
    RELATIVE,
    assert_close,
    assert_pixels,
    assert_same_sky,
    box_of,
    radians_of,
    read_case,
)
from stacklite_support.made_exposures import BOX, make_wcs
from stacklite_support.parity import READS, WRITES, count, parity
from stacklite_support.real_exposures import EXPOSURES, kinds_of
from support.realdata import REALDATA, needs_realdata


def same_sky(one: Any, other: Any) -> Any:
    point = Point2D(1, 2)
    return one.pixelToSky(point).separation(other.pixelToSky(point)).asArcseconds() < 1e-6


def test_header_has_the_wcs_of_the_array(tmp_path: Path) -> None:
    path = str(tmp_path / "exposure.fits")
    exposure = ExposureF(BOX, make_wcs())
    exposure.metadata["BUNIT"] = "adu"
    exposure.writeFits(path)
    with fits.open(path) as hdus:
        for hdu, unit in zip(hdus[1:4], ("adu", None, "adu**2"), strict=True):
            # Pixel origin + 1 - XY0.
            assert (hdu.header["CRPIX1"], hdu.header["CRPIX2"]) == pytest.approx((9, -5))
            assert (hdu.header["CRVAL1A"], hdu.header["LTV1"]) == (-5, 5)
            found = hdu.header["BUNIT"]
            assert found == unit or (unit is None and isinstance(found, fits.card.Undefined))
        assert hdus[0].header["EXPINFO_V"] == 2
        assert "BUNIT" not in hdus[0].header
    read = ExposureF(path)
    assert same_sky(read.getWcs(), exposure.getWcs())
    assert read.metadata["BUNIT"] == "adu"


def test_header_wcs_is_used_when_the_archive_has_none(tmp_path: Path) -> None:
    path = str(tmp_path / "exposure.fits")
    exposure = ExposureF(BOX, make_wcs())
    exposure.writeFits(path)
    with fits.open(path, mode="update") as hdus:
        del hdus[0].header["SKYWCS_ID"], hdus[0].header["ARCHIVE_ID_SKYWCS"]
    with open_reader(ExposureFitsReader, path) as reader:
        assert same_sky(reader.readWcs(), exposure.getWcs())
        assert same_sky(reader.read().getWcs(), exposure.getWcs())
        assert "CRPIX1" not in reader.readMetadata()


def test_newer_versions_are_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "exposure.fits")
    ExposureF(BOX).writeFits(path)
    with fits.open(path, mode="update") as hdus:
        hdus[0].header["EXPINFO_V"] = 3
    with pytest.raises(pex_exceptions.TypeError, match="version 3"):
        ExposureF(path)
    with open_reader(ExposureFitsReader, path) as reader:
        assert reader.readMask().getBBox() == BOX


def test_wrong_kind_of_plane_is_an_error_missing_planes_are_zero(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = str(tmp_path / "masked.fits")
    MaskedImageF(BOX).writeFits(path)
    with fits.open(path, mode="update") as hdus:
        hdus[2].header["EXTTYPE"] = "VARIANCE"
    with pytest.raises(FitsError, match="should be the MASK plane"):
        MaskedImageF(path)
    with fits.open(path, mode="update") as hdus:
        del hdus[3], hdus[2]
    assert not MaskedImageF(path).variance.array.any()
    assert "zeros" in caplog.text
    with open_reader(MaskedImageFitsReader, path) as reader, pytest.raises(FitsError):
        reader.read(needAllHdus=True)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("r   ", FilterLabel(band="r")),
        ("r2", FilterLabel(band="r", physical="HSC-R2")),
        ("i2", FilterLabel(band="i", physical="HSC-I2")),
        ("N656", FilterLabel(band="N656")),
        ("I945", FilterLabel(band="I945")),
        ("I9", FilterLabel(physical="I9")),
        ("SOLID", FilterLabel(physical="solid plate 0.0 0.0")),
        ("ha", FilterLabel(physical="ha")),
        ("_unknown_", None),
        ("", None),
    ],
)
def test_old_filter_names(name: str, label: Any) -> None:
    assert filter_label_from_name(name) == label


# -- Values of the real stack ----------------------------------------------------------

# Cards of the compressed table; the stack forgets to take them out.
_TABLE_CARDS = ("TTYPE", "TFORM")


def _visit_info(info: Any) -> dict[str, Any]:
    date, site, air = info.getDate(), info.getObservatory(), info.getWeather()
    valid = date.isValid()
    return {
        "exposure_time": info.getExposureTime(),
        "dark_time": info.getDarkTime(),
        "date_valid": valid,
        "date_ns_tai": date.nsecs(DateTime.TAI) if valid else None,
        "date_tai": date.toString(DateTime.TAI) if valid else None,
        "mjd_tai": date.get(DateTime.MJD, DateTime.TAI) if valid else None,
        "ut1": info.getUt1(),
        "era": info.getEra().asRadians(),
        "boresight": radians_of(info.getBoresightRaDec()),
        "az_alt": radians_of(info.getBoresightAzAlt()),
        "airmass": info.getBoresightAirmass(),
        "rot_angle": info.getBoresightRotAngle().asRadians(),
        "rot_type": info.getRotType().name,
        "longitude": site.getLongitude().asRadians(),
        "latitude": site.getLatitude().asRadians(),
        "elevation": site.getElevation(),
        "temperature": air.getAirTemperature(),
        "pressure": air.getAirPressure(),
        "humidity": air.getHumidity(),
        "instrument": info.getInstrumentLabel(),
        "id": info.getId(),
        "focus_z": info.getFocusZ(),
        "observation_type": info.getObservationType(),
        "science_program": info.getScienceProgram(),
        "observation_reason": info.getObservationReason(),
        "object": info.getObject(),
        "has_simulated_content": info.getHasSimulatedContent(),
        "local_era": info.getLocalEra().asRadians(),
        "hour_angle": info.getBoresightHourAngle().asRadians(),
        "par_angle": info.getBoresightParAngle().asRadians(),
    }


def _wcs(wcs: Any, point: Point2D) -> dict[str, Any]:
    return {"sky": radians_of(wcs.pixelToSky(point)), "approximation": wcs.hasFitsApproximation()}


def _psf(psf: Any, point: Point2D) -> dict[str, Any]:
    return {"type": type(psf).__name__, "shape": list(psf.computeShape(point).getParameterVector())}


def _photo_calib(calib: Any, point: Point2D) -> list[float]:
    return [
        calib.getCalibrationMean(),
        calib.getCalibrationErr(),
        calib.instFluxToNanojansky(1.0, point),
    ]


def _filter(label: Any) -> list[str | None]:
    return [
        label.bandLabel if label.hasBandLabel() else None,
        label.physicalLabel if label.hasPhysicalLabel() else None,
    ]


def _observe(exposure: Any, point: Point2D) -> dict[str, Any]:
    """Return what a golden case says about the components we evaluate."""
    info = exposure.getInfo()
    found = {
        "wcs": (info.getWcs(), lambda wcs: _wcs(wcs, point)),
        "photo_calib": (info.getPhotoCalib(), lambda calib: _photo_calib(calib, point)),
        "ap_corr": (
            info.getApCorrMap(),
            lambda fields: {name: field.evaluate(point) for name, field in fields.items()},
        ),
        "valid_polygon": (
            info.getValidPolygon(),
            lambda polygon: [[p.getX(), p.getY()] for p in polygon.getVertices()],
        ),
        "detector": (
            info.getDetector(),
            lambda detector: [detector.getName(), detector.getId(), [amp.getName() for amp in detector]],
        ),
        "filter": (info.getFilter(), _filter),
        "summary_stats": (info.getSummaryStats(), lambda stats: yaml.safe_load(stats._to_yaml())),
    }
    result = {name: None if each is None else observe(each) for name, (each, observe) in found.items()}
    return result | {"id": info.getId(), "visit_info": _visit_info(info.getVisitInfo())}


_PARTS_OF_VISIT_INFO = {
    "DateTime": {"date_valid", "date_ns_tai", "date_tai", "mjd_tai"},
    "Observatory": {"longitude", "latitude", "elevation"},
    "Weather": {"temperature", "pressure", "humidity"},
}
_KINDS = {"visit_info": "VisitInfo", "filter": "FilterLabel", "summary_stats": "ExposureSummaryStats"}


def _class(case: dict[str, Any]) -> str:
    return type(read_case(case)).__name__


def _assert_components(exposure: Any, components: dict[str, Any]) -> None:
    expected = number(components)
    point = Point2D(*expected["point"])
    found = _observe(exposure, point)
    if found["wcs"] and expected["wcs"]:
        assert_same_sky(found["wcs"].pop("sky"), expected["wcs"].pop("sky"))
    assert_close(found, {key: expected[key] for key in found})
    assert (exposure.getPsf() is None) == (expected["psf"] is None)
    if expected["psf"] is not None:
        found_psf = _psf(exposure.getPsf(), point)
        assert found_psf["type"] == expected["psf"]["type"]
        # Adaptive moments stop at a tolerance.
        assert found_psf["shape"] == pytest.approx(expected["psf"]["shape"], rel=1e-5, abs=1e-5)


def _metadata(metadata: Any) -> dict[str, list[Any]]:
    return {name: metadata.getArray(name) for name in metadata.getOrderedNames()}


@parity(_class, 0, READS)
@pytest.mark.parametrize("case", cases("exposures", "exposure file"), ids=lambda c: c["inputs"]["file"])
def test_exposure_is_read(case: dict[str, Any], record_parity: Callable[..., None]) -> None:
    expected = case["expected"]
    exposure = read_case(case)
    assert exposure.getBBox() == box_of(expected["bbox"])
    for plane in ("image", "mask", "variance"):
        assert_pixels(getattr(exposure, plane), expected[plane])
    planes = exposure.mask.getMaskPlaneDict()
    assert expected["mask_planes"].items() <= planes.items()
    _assert_components(exposure, expected["components"])
    metadata = {
        key: values
        for key, values in number(expected["components"]["metadata"])
        if not key.startswith(_TABLE_CARDS)
    }
    assert_close(_metadata(exposure.getMetadata()), metadata)
    for name, kind in _KINDS.items():
        if expected["components"][name] is not None:
            record_parity(kind, count(expected["components"][name]), RELATIVE, READS)
    for kind, names in _PARTS_OF_VISIT_INFO.items():
        values = expected["components"]["visit_info"] or {}
        record_parity(kind, len(names & values.keys()), RELATIVE)
    record_parity("PropertyList", count(list(metadata.items())), RELATIVE, READS)


@parity(_class, 0, WRITES)
@pytest.mark.parametrize("case", cases("exposures", "exposure file"), ids=lambda c: c["inputs"]["file"])
@pytest.mark.parametrize("compress", [False, True])
def test_exposure_survives_being_written(case: dict[str, Any], compress: Any, tmp_path: Path) -> None:
    first = read_case(case)
    path = str(tmp_path / "exposure.fits")
    planes = ("image", "mask", "variance") if compress else ()
    first.writeFitsWithOptions(path, {plane: {"algorithm": "GZIP_2"} for plane in planes})
    again = type(first)(path)
    assert again.getBBox() == first.getBBox()
    for plane in ("image", "mask", "variance"):
        np.testing.assert_array_equal(getattr(again, plane).array, getattr(first, plane).array)
    _assert_components(again, case["expected"]["components"])
    assert again.visitInfo == first.visitInfo
    assert_close(_metadata(again.getMetadata()), _metadata(first.getMetadata()))
    # Components that we cannot evaluate are carried along.
    assert again.info._components.keys() == first.info._components.keys()


@pytest.mark.golden
def test_no_kind_is_left_out() -> None:
    assert {case["kind"] for case in cases("exposures")} <= {
        "component reads",
        "exposure cut-out",
        "exposure file",
        "image file",
        "mask file",
        "masked image file",
    }


def _describe_hdu(hdu: Any) -> dict[str, Any]:
    """Describe a stored HDU as the golden cases do."""
    header = hdu.header
    table = "TFIELDS" in header
    columns = [header[f"TTYPE{i}"] for i in range(1, header["TFIELDS"] + 1)] if "ZIMAGE" in header else []
    return {
        "extname": header.get("EXTNAME"),
        "exttype": header.get("EXTTYPE"),
        "naxis": header["NAXIS"],
        "bitpix": header["BITPIX"],
        "compression": header.get("ZCMPTYPE") if table else None,
        "quantize": header.get("ZQUANTIZ") if table else None,
        "columns": columns,
    }


_LOSSLESS = {"algorithm": "GZIP_2"}
_LOSSY = {"algorithm": "RICE_1", "quantization": {"dither": "SUBTRACTIVE_DITHER_2", "level": 16.0}}
_RECIPES: dict[str, dict[str, Any]] = {
    "none": {},
    "gzip_2": {"image": _LOSSLESS, "mask": _LOSSLESS, "variance": _LOSSLESS},
    "lossy16": {"image": _LOSSY, "mask": _LOSSLESS, "variance": _LOSSY},
}


@pytest.mark.parametrize("case", cases("exposures", "exposure file"), ids=lambda c: c["inputs"]["file"])
def test_written_hdus_are_those_of_the_stack(case: dict[str, Any], tmp_path: Path) -> None:
    path = str(tmp_path / "exposure.fits")
    read_case(case).writeFitsWithOptions(path, _RECIPES[case["inputs"]["compression"]])
    with fits.open(path, disable_image_compression=True) as hdus:
        found = [_describe_hdu(hdu) for hdu in hdus]
    expected = case["expected"]["hdus"]
    # The planes and the index; the order in an archive is arbitrary.
    index = expected[4] | {"columns": []}
    assert found[:5] == [*expected[:4], index]
    assert {hdu["exttype"] for hdu in found[5:]} == {hdu["exttype"] for hdu in expected[5:]}


# -- Real files ------------------------------------------------------------------------


@needs_realdata
@pytest.mark.parametrize("name", EXPOSURES)
def test_exposure_is_written_with_everything(
    name: str, tmp_path: Path, record_parity: Callable[..., None]
) -> None:
    whole = ExposureF(str(REALDATA / name))
    path = str(tmp_path / "exposure.fits")
    whole.writeFitsWithOptions(path, {"mask": {"algorithm": "GZIP_2"}})
    again = ExposureF(path)
    assert kinds_of(again.info._components) == EXPOSURES[name]
    assert again.visitInfo == whole.visitInfo
    assert again.filter == whole.filter
    assert again.info.getId() == whole.info.getId()
    np.testing.assert_array_equal(again.mask.array, whole.mask.array)
    # The origin of the version number is the only thing that may differ.
    names = set(whole.metadata.getOrderedNames()) | {"EXPINFO_V", "EXTNAME"}
    if "INHERIT" in names:  # of the primary header, which then stands alone
        names -= {"EXPINFO_V", "EXTNAME"}
    assert set(again.metadata.getOrderedNames()) == names
    for kind in EXPOSURES[name].values():
        record_parity(kind, 1, "read again", WRITES, "real files")


@needs_realdata
def test_exposure_versions(record_parity: Callable[..., None]) -> None:
    read = {n: ExposureF(str(REALDATA / "afw_versions" / f"exposure-version-{n}.fits")) for n in range(3)}
    for exposure in read.values():
        assert exposure.getDetector().getName() == "detector 1"
        assert exposure.getWcs().getSkyOrigin()[0].asDegrees() == pytest.approx(30)
        assert exposure.image.array[0, :3].tolist() == [0, 1, 2]
    assert read[0].filter == read[1].filter == FilterLabel.fromPhysical("ha")
    assert read[2].filter == FilterLabel.fromBandPhysical("N656", "ha")
    # The keyword that held the filter stays (agrees with the stack).
    names = [exposure.metadata.getOrderedNames() for exposure in read.values()]
    assert names == [["EXPINFO_V", "FILTER"], ["EXPINFO_V", "FILTER"], ["EXPINFO_V"]]
    # Version 0 has FLUXMAG0 = 1e6 in the header: AB zero flux in nJy over that.
    assert read[0].getPhotoCalib().getCalibrationMean() == pytest.approx(10**12.56 / 1e6)
    assert read[1].getPhotoCalib().getCalibrationMean() == pytest.approx(1e6)
    record_parity("ExposureF", len(read), "versions 0 to 2", READS, "real files")
