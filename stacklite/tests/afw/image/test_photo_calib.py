"""`PhotoCalib`: conversions, calibrated catalogs and images, headers."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import (
    ExposureF,
    ImageF,
    MaskedImageF,
    MaskX,
    Measurement,
    PhotoCalib,
    makePhotoCalibFromCalibZeroPoint,
    makePhotoCalibFromMetadata,
)
from lsst.afw.math import BoundedField, ChebyshevBoundedField, PixelAreaBoundedField, ProductBoundedField
from lsst.afw.table import SourceCatalog, SourceTable
from lsst.daf.base import PropertyList
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, arcseconds
from stacklite_support import golden
from stacklite_support.golden import golden_cases, own_file
from stacklite_support.golden_fields import RTOL, box_of, check, columns, image_of, wcs_of
from stacklite_support.parity import count, parity
from stacklite_support.paths import REFERENCE_VISIT

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
        of_record = photo_calib.instFluxToNanojansky(record, "ap")
        assert (of_record.value, of_record.error) == (flux.value, flux.error)
        np.testing.assert_array_equal(fluxes[i], [flux.value, flux.error])
        np.testing.assert_array_equal(magnitudes[i], [magnitude.value, magnitude.error])
        np.testing.assert_array_equal([record["out_flux"], record["out_fluxErr"]], fluxes[i])
        np.testing.assert_array_equal([record["out_mag"], record["out_magErr"]], magnitudes[i])


def test_zero_point_magnitude_is_zero() -> None:
    photo_calib = PhotoCalib(12.5)
    assert photo_calib.instFluxToMagnitude(photo_calib.getInstFluxAtZeroMagnitude()) == pytest.approx(
        0, abs=1e-12
    )
    flux = photo_calib.instFluxToNanojansky(2.0, 0.5)
    assert (flux.value, flux.error) == (25.0, 6.25)
    assert flux != Measurement(value=25.0, error=6.25), "as in the stack"


def test_forms_of_the_constructor() -> None:
    field = _field()
    point = Point2D(99.0, 0.0)
    assert PhotoCalib() == PhotoCalib(0.0) == PhotoCalib(calibrationMean=0.0)
    assert PhotoCalib(2.0, 0.5, BBOX) == PhotoCalib(calibrationMean=2.0, calibrationErr=0.5, bbox=BBOX)
    assert PhotoCalib(2.0, 0.5, BBOX) != PhotoCalib(2.0, 0.5)
    assert PhotoCalib(field, 0.5) == PhotoCalib(calibration=field, calibrationErr=0.5)
    given_mean = PhotoCalib(3.0, 0.5, field, False)
    assert given_mean == PhotoCalib(
        calibrationMean=3.0, calibrationErr=0.5, calibration=field, isConstant=False
    )
    assert given_mean.getCalibrationMean() == 3.0
    assert given_mean.getLocalCalibration(point) == field.evaluate(point)
    assert PhotoCalib(3.0, 0.5, field, True).getLocalCalibration(point) == 3.0
    for arguments in (
        (1.0, 0.0, field),
        (field, 0.0, BBOX),
        (1.0, 0.0, field, False, 1),
        (1.0, 0.0, BBOX, True),
    ):
        with pytest.raises(TypeError):
            PhotoCalib(*arguments)
    with pytest.raises(TypeError):
        PhotoCalib(1.0, calibrationMean=1.0)
    with pytest.raises(pex_exceptions.InvalidParameterError):
        PhotoCalib(1.0, -0.1)
    with pytest.raises(pex_exceptions.LogicError):
        PhotoCalib(ProductBoundedField([field]))


def _values(found: Any) -> Any:
    return (found.value, found.error) if isinstance(found, Measurement) else found


def test_arguments_by_name(sources: SourceCatalog) -> None:
    photo_calib, point = PhotoCalib(_field(), 0.1), Point2D(3.0, 4.0)
    for convert in (photo_calib.instFluxToNanojansky, photo_calib.instFluxToMagnitude):
        for named, plain in (
            (convert(instFlux=2.0), convert(2.0)),
            (convert(2.0, point=point), convert(2.0, point)),
            (convert(instFlux=2.0, instFluxErr=0.5, point=point), convert(2.0, 0.5, point)),
            (convert(sourceRecord=sources[0], instFluxField="ap"), convert(sources[0], "ap")),
            (convert(sourceCatalog=sources, instFluxField="ap"), convert(sources, "ap")),
        ):
            np.testing.assert_array_equal(_values(named), _values(plain))
        for arguments in ({"flux": 2.0}, {}, {"instFlux": 2.0, "instFluxField": "ap"}, {"instFlux": "ap"}):
            with pytest.raises(TypeError, match="instFluxTo"):
                convert(**arguments)  # type: ignore[call-overload]
    photo_calib.instFluxToNanojansky(sources, "ap", outField="out")
    assert sources["out_flux"][1] == photo_calib.instFluxToNanojansky(sources[1], "ap").value


def test_uncertainties_of_the_scale_are_ignored() -> None:
    image, photo_calib = MaskedImageF(2, 3), PhotoCalib(2.0, 0.5)
    for scale in (photo_calib.calibrateImage, photo_calib.uncalibrateImage):
        with pytest.warns(FutureWarning, match="includeScaleUncertainty"):
            scale(maskedImage=image, includeScaleUncertainty=True)


def test_text_says_what_it_is() -> None:
    assert str(PhotoCalib(2.0, 0.5)) == "spatially constant with mean: 2 error: 0.5"
    assert repr(PhotoCalib(2.0, 0.5)) == "PhotoCalib(spatially constant with mean: 2 error: 0.5)"
    assert str(PhotoCalib(_field())) == f"{_field()!r} with mean: 10 error: 0"


@pytest.mark.parametrize("fields", [None, ["ap"], ["slot_PsfFlux", "ap"], []])
def test_calibrated_catalog(sources: SourceCatalog, fields: list[str] | None) -> None:
    sources.schema.getAliasMap().set("slot_PsfFlux", "ap")
    photo_calib = PhotoCalib(_field(), 0.1)
    result = photo_calib.calibrateCatalog(sources, *([] if fields is None else [fields]))
    assert isinstance(result, SourceCatalog)
    assert len(result) == 3
    for name in sources.schema.getNames():
        np.testing.assert_array_equal(result[name], sources[name])
    if fields == []:
        assert result.schema == sources.schema
        return
    values = photo_calib.instFluxToNanojansky(sources, "ap"), photo_calib.instFluxToMagnitude(sources, "ap")
    for stem in ("ap", "slot_PsfFlux"):
        for name, expected in zip(("flux", "mag"), values, strict=True):
            np.testing.assert_array_equal(result[f"{stem}_{name}"], expected[:, 0])
            np.testing.assert_array_equal(result[f"{stem}_{name}Err"], expected[:, 1])
    assert result.schema.find("ap_flux").field.getUnits() == "nJy"
    assert result.schema.find("ap_magErr").field.getUnits() == "mag(AB)"
    assert "ap_flux" not in sources.schema
    again = PhotoCalib(2.0).calibrateCatalog(result)
    assert again.schema == result.schema
    np.testing.assert_array_equal(again["ap_flux"], 2.0 * sources["ap_instFlux"])


def test_calibrated_catalog_without_errors_centroids_or_rows() -> None:
    schema = SourceTable.makeMinimalSchema()
    schema.addField("b_instFlux", type="D", doc="flux without error")
    schema.addField("b_instFlux_flag", type="Flag", doc="no flux")
    catalog = SourceCatalog(schema)
    assert len(PhotoCalib(3.0).calibrateCatalog(catalog)) == 0
    catalog.addNew()["b_instFlux"] = 7.0
    result = PhotoCalib(3.0).calibrateCatalog(catalog)
    assert result["b_flux"].tolist() == [21.0]
    assert set(result.schema.getNames()) - set(schema.getNames()) == {"b_flux", "b_mag"}
    with pytest.raises(LookupError):
        PhotoCalib(_field()).calibrateCatalog(catalog)
    with pytest.raises(LookupError):
        PhotoCalib(3.0).calibrateCatalog(catalog, ["c"])


FLUXES = st.floats(-1e12, 1e12)
POINTS = st.builds(Point2D, st.floats(-200, 300), st.floats(-200, 300))


@given(
    flux=FLUXES, err=st.floats(0, 1e6), mean=st.floats(1e-6, 1e6), slope=st.floats(-0.4, 0.4), point=POINTS
)
def test_conversions_are_those_of_the_definition(
    flux: float, err: float, mean: float, slope: float, point: Point2D
) -> None:
    photo_calib = PhotoCalib(_field(((mean, slope * mean),)), 0.1)
    local = mean * (1.0 + slope * (point.getX() - 49.5) / 50.0)
    # The sum of two terms keeps the rounding of the larger one.
    expected = pytest.approx(flux * local, rel=1e-12, abs=1e-12 * abs(flux) * mean * 5)
    assert photo_calib.instFluxToNanojansky(flux, point) == expected
    assert photo_calib.instFluxToNanojansky(flux, err, point).value == expected
    assert photo_calib.instFluxToNanojansky(flux) == pytest.approx(flux * mean, rel=1e-15)
    assert photo_calib.nanojanskyToInstFlux(flux * mean) == pytest.approx(flux, rel=1e-14)
    magnitude = photo_calib.instFluxToMagnitude(flux, err)
    if flux > 1e-6:
        assert magnitude.value == pytest.approx(31.4 - 2.5 * math.log10(flux * mean), abs=1e-12)
        assert magnitude.error == pytest.approx(2.5 / math.log(10) * err / flux, rel=1e-13)
        assert photo_calib.magnitudeToInstFlux(magnitude.value) == pytest.approx(flux, rel=1e-12)
    elif flux < -1e-6:
        # Negative fluxes nearer to 0 may underflow to -0, whose magnitude is infinite.
        assert math.isnan(magnitude.value)


@given(
    coefficients=st.lists(st.floats(-0.2, 0.2), min_size=4, max_size=4),
    x0=st.integers(-30, 70),
    y0=st.integers(-30, 60),
    constant=st.booleans(),
)
def test_calibrated_images_come_back(coefficients: list[float], x0: int, y0: int, constant: bool) -> None:
    """Pixels outside of the box of a varying calibration stay as they are."""
    a, b, c, d = coefficients
    field = _field(((3.0 + a, b), (c, d)))
    photo_calib = PhotoCalib(2.5, 0.0, BBOX) if constant else PhotoCalib(field)
    box = Box2I(Point2I(x0, y0), Extent2I(40, 33))
    x, y = np.meshgrid(np.arange(x0, x0 + 40), np.arange(y0, y0 + 33))
    image = MaskedImageF(ImageF(box), MaskX(box), ImageF(box))
    image.image.array[:] = np.sin(x + 3.0 * y) * 1e3
    image.variance.array[:] = 2.0 + np.cos(x * y)
    factor = np.where((x >= 0) & (x < 100) & (y >= 0) & (y < 80), field.evaluate(x, y), 1.0)
    factor = np.full(x.shape, 2.5) if constant else factor
    result = photo_calib.calibrateImage(image)
    # Single precision, rounded once (image) or twice (variance).
    np.testing.assert_allclose(result.image.array, image.image.array * factor, rtol=1.3e-7)
    np.testing.assert_allclose(result.variance.array, image.variance.array * factor**2, rtol=2.5e-7)
    back = photo_calib.uncalibrateImage(result)
    np.testing.assert_allclose(back.image.array, image.image.array, rtol=2.5e-7)
    np.testing.assert_allclose(back.variance.array, image.variance.array, rtol=5e-7)


def test_limits_of_zero_points() -> None:
    assert makePhotoCalibFromCalibZeroPoint(0.0).getCalibrationMean() == math.inf
    assert makePhotoCalibFromCalibZeroPoint(math.inf).getCalibrationMean() == 0.0
    assert PhotoCalib(2.0).magnitudeToInstFlux(-10000.0) == math.inf
    assert PhotoCalib(0.0).magnitudeToInstFlux(20.0) == math.inf
    with pytest.raises(pex_exceptions.InvalidParameterError):
        makePhotoCalibFromCalibZeroPoint(-1.0)


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


def test_equality() -> None:
    assert PhotoCalib(_field(), 0.1) == PhotoCalib(_field(), 0.1)
    assert PhotoCalib(_field(), 0.1) != PhotoCalib(_field(), 0.2)
    assert PhotoCalib(_field(), 0.1) != PhotoCalib(10.0, 0.1)
    assert PhotoCalib(_field(), 0.1) != PhotoCalib(_field(((10.0, 1.0), (0.5, 0.1))), 0.1)


def test_calibrations_at_many_positions() -> None:
    """An array of positions gives what each position gives, for constant and varying calibrations."""
    info = ExposureF(str(REFERENCE_VISIT / "calexp_91.fits")).info
    for calibration in (info.getPhotoCalib(), ExposureF(own_file("exposure_full_xy0.fits")).photoCalib):
        x, y = np.meshgrid([0.0, 100.5, 319.0], [0.0, 255.0])
        found = calibration.getLocalCalibrationArray(x, y)
        expected = [calibration.getLocalCalibration(Point2D(*p)) for p in zip(x.flat, y.flat, strict=True)]
        assert found.shape == x.shape and found.ravel().tolist() == expected


# -- Values of the real stack ----------------------------------------------------------


def _photo_calib(inputs: dict[str, Any]) -> PhotoCalib:
    if inputs["field"] == "product":
        ones = ChebyshevBoundedField(box_of([0, 0, 40, 30]), np.ones((1, 1)))
        return PhotoCalib(ProductBoundedField([ones, ones]))
    if isinstance(inputs["field"], str):
        bbox = box_of(inputs["bbox"])
        area = PixelAreaBoundedField(bbox, wcs_of(inputs["wcs"]), arcseconds)
        # "pixel area (arcsec2) x Chebyshev [[240, 3]]".
        coefficients = np.array(json.loads(inputs["field"].partition("Chebyshev")[2]), dtype=float)
        field: BoundedField = ProductBoundedField([area, ChebyshevBoundedField(bbox, coefficients)])
    else:
        field = ChebyshevBoundedField(box_of(inputs["bbox"]), np.array(inputs["field"]))
    if "mean" in inputs:
        return PhotoCalib(inputs["mean"], inputs["err"], field, inputs.get("is_constant", False))
    return PhotoCalib(field, inputs["err"])


def _make_photo_calib(inputs: dict[str, Any]) -> PhotoCalib:
    if "field" in inputs:
        return _photo_calib(inputs)
    if "mean" not in inputs:
        return PhotoCalib()
    return PhotoCalib(
        inputs["mean"], inputs.get("err", 0.0), box_of(inputs["bbox"]) if "bbox" in inputs else Box2I()
    )


@parity("PhotoCalib", RTOL)
@pytest.mark.parametrize("case", golden.cases("bounded_fields", "PhotoCalib"), ids=lambda c: str(c["id"]))
def test_photo_calib(case: dict[str, Any], tmp_path: Path, record_parity: Callable[..., None]) -> None:
    inputs, expected = golden.number(case["inputs"]), golden.number(case["expected"])
    if "error" in expected:
        with pytest.raises(getattr(pex_exceptions, expected["error"])):
            _make_photo_calib(inputs)
        return
    stored = PhotoCalib.readFits(golden.golden_file(inputs["file"]))
    stored.writeFits(str(tmp_path / "copy.fits"))
    assert columns(tmp_path / "copy.fits") == columns(golden.golden_file(inputs["file"]))
    for photo_calib in (
        _make_photo_calib(inputs),
        stored,
        PhotoCalib.readFits(str(tmp_path / "copy.fits")),
    ):
        _check_scalars(photo_calib, expected)
        _check_fluxes(photo_calib, inputs, expected)
        _check_inverse(photo_calib, inputs, expected)
        _check_images(photo_calib, expected)
    if expected["constant"]:
        # A constant calibration multiplies or divides masked images by a number.
        images = [expected[key] for key in ("calibrate_image", "calibrate_part", "uncalibrate_image")]
        record_parity("MaskedImageF", count(images), "2 ulp of float32")


def _check_scalars(photo_calib: PhotoCalib, expected: dict[str, Any]) -> None:
    actual = {
        "mean": photo_calib.getCalibrationMean(),
        "err": photo_calib.getCalibrationErr(),
        "constant": photo_calib._isConstant,
        "inst_flux_at_zero_mag": photo_calib.getInstFluxAtZeroMagnitude(),
    }
    for name, value in actual.items():
        np.testing.assert_allclose(value, expected[name], rtol=RTOL, err_msg=name)
    center = Point2D(19.5, 14.5)
    with np.errstate(invalid="ignore", divide="ignore"):
        check(expected["scaled"], lambda: photo_calib.computeScaledCalibration().evaluate(center))


def _pair(measurement: Any) -> list[float]:
    return [measurement.value, measurement.error]


def _check_fluxes(photo_calib: PhotoCalib, inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    points = [Point2D(*p) for p in inputs["points"]]
    fluxes = inputs["fluxes"]
    local = [photo_calib.getLocalCalibration(p) for p in points]
    np.testing.assert_allclose(local, expected["local"], rtol=RTOL)
    for name, convert in (
        ("nanojansky", photo_calib.instFluxToNanojansky),
        ("magnitude", photo_calib.instFluxToMagnitude),
    ):
        actual = {
            name: [[convert(f, p) for p in points] for f, _ in fluxes],
            f"{name}_no_point": [convert(f) for f, _ in fluxes],
            f"{name}_err": [[_pair(convert(f, e, p)) for p in points] for f, e in fluxes],
            f"{name}_err_no_point": [_pair(convert(f, e)) for f, e in fluxes],
        }
        for key, values in actual.items():
            np.testing.assert_allclose(values, expected[key], rtol=RTOL, err_msg=key)


def _check_inverse(photo_calib: PhotoCalib, inputs: dict[str, Any], expected: dict[str, Any]) -> None:
    points = [None, *(Point2D(*p) for p in inputs["points"])]
    for magnitude, values in expected["magnitude_to_inst_flux"].items():
        actual = [photo_calib.magnitudeToInstFlux(float(magnitude), p) for p in points]
        np.testing.assert_allclose(actual, values, rtol=RTOL)
    flux = 1234.5
    actual = [photo_calib.nanojanskyToInstFlux(flux, p) for p in points]
    np.testing.assert_allclose(actual, expected["nanojansky_to_inst_flux"], rtol=RTOL)


def _masked_image() -> MaskedImageF:
    stored = golden.number(golden.topic("bounded_fields")["masked_image"])
    return MaskedImageF(
        image_of(stored["image"]),
        MaskX(np.array(stored["mask"], dtype=np.int32)),
        ImageF(np.array(stored["variance"], dtype=np.float32)),
    )


def _part(expected: dict[str, Any]) -> Box2I:
    """Return the box of the part that was calibrated, which its result tells."""
    for key in ("calibrate_part", "uncalibrate_image"):
        if not golden.is_error(expected[key]):
            return image_of(expected[key]["image"]).getBBox()
    return box_of([10, 5, 12, 8])


def _check_images(photo_calib: PhotoCalib, expected: dict[str, Any]) -> None:
    whole = _masked_image()
    part = whole[_part(expected)]
    for key, convert, masked_image in (
        ("calibrate_image", photo_calib.calibrateImage, whole),
        ("calibrate_part", photo_calib.calibrateImage, part),
        ("uncalibrate_image", photo_calib.uncalibrateImage, part),
    ):
        if "error" in expected[key]:
            check(expected[key], lambda c=convert, m=masked_image: c(m))
            continue
        result = convert(masked_image)
        # Pixels are multiplied once (image) or twice (variance) in double precision, rounded each time.
        for plane, ulps in (("image", 1), ("variance", 2)):
            image = image_of(expected[key][plane])
            actual = getattr(result, plane)
            assert actual.getBBox() == image.getBBox()
            np.testing.assert_array_max_ulp(actual.array, image.array, ulps)
        if "mask" in expected[key]:
            np.testing.assert_array_equal(result.mask.array, expected[key]["mask"])


@golden_cases("bounded_fields", "makePhotoCalibFromCalibZeroPoint")
def test_photo_calib_from_zero_point(case: dict[str, Any]) -> None:
    photo_calib = makePhotoCalibFromCalibZeroPoint(case["inputs"]["inst_flux_mag0"], case["inputs"]["err"])
    actual = [photo_calib.getCalibrationMean(), photo_calib.getCalibrationErr()]
    np.testing.assert_allclose(actual, [case["expected"]["mean"], case["expected"]["err"]], rtol=RTOL)


def test_a_flux_that_is_no_field_is_not_found() -> None:
    schema = SourceTable.makeMinimalSchema()
    for name in ("f_instFlux", "f_instFluxErr", "g_instFlux"):
        schema.addField(name, type="D")
    catalog = SourceCatalog(schema)
    catalog.addNew()
    calibration = PhotoCalib(1.0)
    for method in (calibration.instFluxToNanojansky, calibration.instFluxToMagnitude):
        # The error of g is missing.
        for name in ("nope", "g"):
            with pytest.raises(pex_exceptions.NotFoundError):
                method(catalog, name)
            with pytest.raises(pex_exceptions.NotFoundError):
                method(catalog, name, "out")
    with pytest.raises(pex_exceptions.NotFoundError):
        calibration.calibrateCatalog(catalog, ["nope"])


# All digits are those of the real stack.
def test_last_digits() -> None:
    assert makePhotoCalibFromCalibZeroPoint(12345.0).getInstFluxAtZeroMagnitude() == 12345.0
    assert PhotoCalib(1000.0, 10.0).magnitudeToInstFlux(23.9) == 0.9999999999999999
