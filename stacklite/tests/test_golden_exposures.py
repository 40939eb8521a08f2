"""Exposures, masked images, images and masks that the real stack wrote."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from astropy.io import fits

import lsst.afw.image as afw_image
from lsst.afw.image import ExposureFitsReader
from lsst.afw.image._plane_readers import open_reader
from lsst.daf.base import DateTime
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, radians
from lsst.pex.exceptions import NotFoundError
from stacklite_support.golden import cases, golden_file, number
from stacklite_support.parity import READS, WRITES, count, parity

# Header floats have 15 digits, and the stack evaluates them in another order.
RELATIVE = 1e-10

# Cards of the compressed table; the stack forgets to take them out.
_TABLE_CARDS = ("TTYPE", "TFORM")


def _box(values: list[int]) -> Box2I:
    return Box2I(Point2I(*values[:2]), Extent2I(*values[2:]))


def _pixels(values: list[list[Any]], dtype: Any) -> np.ndarray:
    """Convert golden pixels (64-bit integers are strings there)."""
    if np.dtype(dtype).kind == "f":
        return np.array(number(values), dtype=np.float64).astype(dtype)
    return np.array([[int(value) for value in row] for row in values], dtype=dtype)


def _assert_pixels(plane: Any, expected: list[list[Any]]) -> None:
    np.testing.assert_array_equal(plane.array, _pixels(expected, plane.dtype))


def _assert_close(found: Any, expected: Any) -> None:
    if isinstance(expected, float):
        assert found == pytest.approx(expected, rel=RELATIVE, abs=1e-300, nan_ok=True)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            _assert_close(one, other)
    elif isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            _assert_close(found[key], value)
    else:
        assert found == expected


def _radians(point: Any) -> list[float]:
    return [point[0].asRadians(), point[1].asRadians()]


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
        "boresight": _radians(info.getBoresightRaDec()),
        "az_alt": _radians(info.getBoresightAzAlt()),
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
    return {"sky": _radians(wcs.pixelToSky(point)), "approximation": wcs.hasFitsApproximation()}


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
        "summary_stats": (info.getSummaryStats(), vars),
    }
    result = {name: None if each is None else observe(each) for name, (each, observe) in found.items()}
    return result | {"id": info.getId(), "visit_info": _visit_info(info.getVisitInfo())}


def _kind(name: str) -> Any:
    """Return the class of exposure that a file has, by the type of its pixels."""
    with fits.open(golden_file(name), disable_image_compression=True) as hdus:
        header = hdus[1].header
    kinds = {-32: "F", -64: "D", 32: "I", 16: "U"}
    return getattr(afw_image, "Exposure" + kinds[header.get("ZBITPIX", header["BITPIX"])])


def _read(case: dict[str, Any]) -> Any:
    name = case["inputs"]["file"]
    return _kind(name)(golden_file(name))


_PARTS_OF_VISIT_INFO = {
    "DateTime": {"date_valid", "date_ns_tai", "date_tai", "mjd_tai"},
    "Observatory": {"longitude", "latitude", "elevation"},
    "Weather": {"temperature", "pressure", "humidity"},
}
_KINDS = {"visit_info": "VisitInfo", "filter": "FilterLabel", "summary_stats": "ExposureSummaryStats"}


def _class(case: dict[str, Any]) -> str:
    return type(_read(case)).__name__


def _assert_same_sky(found: list[float], expected: list[float]) -> None:
    vectors = [list(SpherePoint(*position, radians).getVector()) for position in (found, expected)]
    np.testing.assert_allclose(vectors[0], vectors[1], rtol=0, atol=np.radians(1e-9))


def _assert_components(exposure: Any, components: dict[str, Any]) -> None:
    expected = number(components)
    point = Point2D(*expected["point"])
    found = _observe(exposure, point)
    if found["wcs"] and expected["wcs"]:
        _assert_same_sky(found["wcs"].pop("sky"), expected["wcs"].pop("sky"))
    _assert_close(found, {key: expected[key] for key in found})
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
def test_exposure_is_read(case, record_parity):
    expected = case["expected"]
    exposure = _read(case)
    assert exposure.getBBox() == _box(expected["bbox"])
    for plane in ("image", "mask", "variance"):
        _assert_pixels(getattr(exposure, plane), expected[plane])
    planes = exposure.mask.getMaskPlaneDict()
    assert expected["mask_planes"].items() <= planes.items()
    _assert_components(exposure, expected["components"])
    metadata = {
        key: values
        for key, values in number(expected["components"]["metadata"])
        if not key.startswith(_TABLE_CARDS)
    }
    _assert_close(_metadata(exposure.getMetadata()), metadata)
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
def test_exposure_survives_being_written(case, compress, tmp_path):
    first = _read(case)
    path = str(tmp_path / "exposure.fits")
    planes = ("image", "mask", "variance") if compress else ()
    first.writeFitsWithOptions(path, {plane: {"algorithm": "GZIP_2"} for plane in planes})
    again = type(first)(path)
    assert again.getBBox() == first.getBBox()
    for plane in ("image", "mask", "variance"):
        np.testing.assert_array_equal(getattr(again, plane).array, getattr(first, plane).array)
    _assert_components(again, case["expected"]["components"])
    assert again.visitInfo == first.visitInfo
    _assert_close(_metadata(again.getMetadata()), _metadata(first.getMetadata()))
    # Components that we cannot evaluate are carried along.
    assert again.info._components.keys() == first.info._components.keys()


@parity(lambda case: _kind(case["inputs"]["file"]).__name__, 0, READS)
@pytest.mark.parametrize("case", cases("exposures", "exposure cut-out"), ids=lambda c: str(c["id"]))
def test_cut_out_is_read(case):
    inputs, expected = case["inputs"], case["expected"]
    kind = _kind(inputs["file"])
    arguments = (
        golden_file(inputs["file"]),
        _box(inputs["bbox"]),
        afw_image.ImageOrigin.__members__[inputs["origin"]],
    )
    if "error" in expected:
        with pytest.raises(Exception) as caught:
            kind(*arguments)
        assert type(caught.value).__name__ == expected["error"]
        return
    exposure = kind(*arguments)
    assert exposure.getBBox() == _box(expected["bbox"])
    _assert_pixels(exposure.image, expected["image"])
    if expected.get("sky") is not None:
        _assert_same_sky(_radians(exposure.getWcs().pixelToSky(Point2D(0, 0))), expected["sky"])
    whole = kind(golden_file(inputs["file"]))
    _assert_pixels(whole[arguments[1:]].image, expected["image"])


# Components as a reader names them, and as the cases of whole files do.
_READERS = {
    "Wcs": "wcs",
    "Psf": "psf",
    "PhotoCalib": "photo_calib",
    "ApCorrMap": "ap_corr",
    "VisitInfo": "visit_info",
    "Filter": "filter",
    "Detector": "detector",
    "ValidPolygon": "valid_polygon",
}


@pytest.mark.parametrize("case", cases("exposures", "component reads"), ids=lambda c: str(c["id"]))
def test_components_are_read_alone(case):
    name, expected = case["inputs"]["file"], number(case["expected"])
    with open_reader(ExposureFitsReader, golden_file(name)) as reader:
        assert reader.readBBox() == _box(expected["bbox"])
        assert reader.readXY0() == Point2I(*expected["xy0"])
        assert reader.readExposureId() == expected["id"]
        assert reader.readMetadata().getOrderedNames() == expected["metadata"]
        _assert_pixels(reader.readMask(), expected["mask"])
        assert reader.readComponent("NOT_THERE") is None
        for whole in cases("exposures", "exposure file"):
            if whole["inputs"]["file"] == name:
                _assert_read_alone(reader, whole["expected"]["components"])


def _assert_read_alone(reader: ExposureFitsReader, components: dict[str, Any]) -> None:
    for name, key in _READERS.items():
        # Every exposure has a VisitInfo.
        assert (getattr(reader, f"read{name}")() is None) == (components[key] is None and key != "visit_info")
    summary_stats = reader.readComponent("SUMMARY_STATS")
    _assert_close(summary_stats and vars(summary_stats), number(components["summary_stats"]))
    if components["transmission"] is None:
        assert reader.readTransmissionCurve() is None
    else:
        with pytest.raises(NotFoundError, match="TransmissionCurve"):
            reader.readTransmissionCurve()


def _read_or_error(read: Any, path: str, expected: dict[str, Any]) -> Any:
    if "error" not in expected:
        return read(path)
    with pytest.raises(Exception) as caught:
        read(path)
    assert type(caught.value).__name__ == expected["error"]
    return None


@parity(lambda case: case["inputs"]["type"], 0, READS)
@pytest.mark.parametrize("case", cases("exposures", "image file"), ids=lambda c: c["inputs"]["file"])
def test_image_is_read_and_written(case, tmp_path):
    expected = case["expected"]
    image_class = getattr(afw_image, case["inputs"]["type"])
    image = _read_or_error(image_class.readFits, golden_file(case["inputs"]["file"]), expected)
    if image is None:
        return
    assert image.getBBox() == _box(expected["bbox"])
    _assert_pixels(image, expected["array"])
    path = str(tmp_path / "image.fits")
    image.writeFits(path)
    again = image_class.readFits(path)
    assert again.getBBox() == image.getBBox()
    _assert_pixels(again, expected["array"])


@parity("MaskX", 0, READS)
@pytest.mark.parametrize("case", cases("exposures", "mask file"), ids=lambda c: c["inputs"]["file"])
def test_mask_is_read_and_written(case, tmp_path):
    expected = case["expected"]
    mask = afw_image.MaskX.readFits(golden_file(case["inputs"]["file"]))
    assert mask.getBBox() == _box(expected["bbox"])
    _assert_pixels(mask, expected["array"])
    assert expected["mask_planes"].items() <= mask.getMaskPlaneDict().items()
    path = str(tmp_path / "mask.fits")
    mask.writeFitsWithOptions(path, {"mask": {"algorithm": "GZIP_2"}})
    _assert_pixels(afw_image.MaskX.readFits(path), expected["array"])


@parity("MaskedImageF", 0, READS)
@pytest.mark.parametrize("case", cases("exposures", "masked image file"), ids=lambda c: c["inputs"]["file"])
def test_masked_image_is_read_and_written(case, tmp_path):
    expected = case["expected"]
    masked = afw_image.MaskedImageF.readFits(golden_file(case["inputs"]["file"]))
    path = str(tmp_path / "masked.fits")
    masked.writeFits(path)
    for each in (masked, afw_image.MaskedImageF.readFits(path)):
        assert each.getBBox() == _box(expected["bbox"])
        for plane in ("image", "mask", "variance"):
            _assert_pixels(getattr(each, plane), expected[plane])
        assert expected["mask_planes"].items() <= each.mask.getMaskPlaneDict().items()


def test_no_kind_is_left_out():
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
def test_written_hdus_are_those_of_the_stack(case, tmp_path):
    path = str(tmp_path / "exposure.fits")
    _read(case).writeFitsWithOptions(path, _RECIPES[case["inputs"]["compression"]])
    with fits.open(path, disable_image_compression=True) as hdus:
        found = [_describe_hdu(hdu) for hdu in hdus]
    expected = case["expected"]["hdus"]
    # The planes and the index; the order in an archive is arbitrary.
    index = expected[4] | {"columns": []}
    assert found[:5] == [*expected[:4], index]
    assert {hdu["exttype"] for hdu in found[5:]} == {hdu["exttype"] for hdu in expected[5:]}
