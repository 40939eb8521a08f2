"""Bounded fields, ApCorrMap and PhotoCalib agree with the stack."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from numpy.polynomial import chebyshev

import lsst.pex.exceptions
from lsst.afw.geom import SkyWcs, TransformPoint2ToGeneric
from lsst.afw.image import (
    ApCorrMap,
    ImageF,
    MaskedImageF,
    MaskX,
    PhotoCalib,
    makePhotoCalibFromCalibZeroPoint,
)
from lsst.afw.math import (
    BoundedField,
    ChebyshevBoundedField,
    ChebyshevBoundedFieldControl,
    PixelAreaBoundedField,
    ProductBoundedField,
    TransformBoundedField,
)
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, arcseconds, degrees, radians
from stacklite_support import golden
from stacklite_support.parity import count, parity

UNITS = {"radians": radians, "degrees": degrees, "arcseconds": arcseconds}
RTOL = 1e-10
# Pixel areas are differences of unit vectors of neighbouring pixels: 2e-16 of 1e-6 (1 pixel in radians).
RTOL_PIXEL_AREA = 1e-9


def _box(numbers: list[int]) -> Box2I:
    return Box2I(Point2I(*numbers[:2]), Extent2I(*numbers[2:]))


def _image(stored: dict[str, Any]) -> ImageF:
    return ImageF(np.array(stored["array"], dtype=np.float32), xy0=Point2I(*stored["x0y0"]))


def _check(expected: Any, compute: Callable[[], Any], rtol: float = RTOL, noise: float = 0.0) -> None:
    """Compare a number, a list or an image, or expect the error."""
    if isinstance(expected, dict) and "error" in expected:
        with pytest.raises(getattr(lsst.pex.exceptions, expected["error"])):
            compute()
    elif isinstance(expected, dict):
        actual, image = compute(), _image(expected)
        assert actual.getBBox() == image.getBBox()
        np.testing.assert_array_max_ulp(actual.array, image.array, 1 if rtol == RTOL else 2)
    else:
        np.testing.assert_allclose(compute(), expected, rtol=rtol, atol=noise if rtol == RTOL else 1e-12)


def _wcs(inputs: dict[str, Any]) -> SkyWcs:
    return SkyWcs.readFits(golden.golden_file(inputs["file_wcs"]))


def _chebyshev(inputs: dict[str, Any]) -> ChebyshevBoundedField:
    coefficients = np.array(inputs["coefficients"], dtype=np.float64)
    if coefficients.size == 0:
        coefficients = np.zeros((0, 0))
    return ChebyshevBoundedField(_box(inputs["bbox"]), coefficients)


def _product(inputs: dict[str, Any]) -> ProductBoundedField:
    # A factor that is a pixel area is on the box of the others.
    bbox = _box(next((factor["bbox"] for factor in inputs["factors"] if "bbox" in factor), [0, 0, 40, 30]))
    return ProductBoundedField(
        [
            PixelAreaBoundedField(bbox, _wcs(factor["pixel_area"]), UNITS[factor["unit"]])
            if "pixel_area" in factor
            else _chebyshev(factor)
            for factor in inputs["factors"]
        ]
    )


def _pixel_area(inputs: dict[str, Any]) -> PixelAreaBoundedField:
    unit = UNITS[inputs.get("unit", "radians")]
    return PixelAreaBoundedField(_box(inputs["bbox"]), _wcs(inputs["wcs"]), unit, inputs.get("scaling", 1.0))


def _control(inputs: dict[str, Any]) -> ChebyshevBoundedFieldControl:
    control = ChebyshevBoundedFieldControl()
    control.orderX, control.orderY = inputs["order_x"], inputs["order_y"]
    control.triangular = inputs["triangular"]
    return control


def _fit(inputs: dict[str, Any]) -> ChebyshevBoundedField:
    vectors = [np.array(inputs[name], dtype=np.float64) for name in "xyzw" if name in inputs]
    return ChebyshevBoundedField.fit(_box(inputs["bbox"]), *vectors, _control(inputs))


def _columns(path: Path | str) -> list[list[Any]]:
    """Return class name and columns of each table, in the order of the names.

    The order of the HDUs is free; lengths of texts depend on the AST version.
    """
    with fits.open(path) as hdus:
        return sorted(
            [hdu.name, *((c.name, c.format.split("(")[0], c.unit) for c in hdu.columns)] for hdu in hdus[1:]
        )


FIELDS: dict[str, Callable[[dict[str, Any]], BoundedField]] = {
    "ChebyshevBoundedField": _chebyshev,
    "ChebyshevBoundedField * s": lambda i: _chebyshev(i) * i["s"],
    "ChebyshevBoundedField / s": lambda i: _chebyshev(i) / i["s"],
    "ChebyshevBoundedField.truncate": lambda i: _chebyshev(i).truncate(_control(i)),
    "ChebyshevBoundedField.fit": _fit,
    "ChebyshevBoundedField.fit(image)": lambda i: ChebyshevBoundedField.fit(_image(i["image"]), _control(i)),
    "ProductBoundedField": _product,
    "ProductBoundedField * s": lambda i: i["s"] * _product(i),
    "PixelAreaBoundedField": _pixel_area,
    "PixelAreaBoundedField * s": lambda i: _pixel_area(i) * i["s"],
    "TransformBoundedField": lambda i: BoundedField.readFits(golden.golden_file(i["file"])),
}


def params(kind: str) -> Any:
    return pytest.mark.parametrize("case", golden.cases("bounded_fields", kind), ids=lambda c: str(c["id"]))


FIELD_CASES = [case for kind in FIELDS for case in golden.cases("bounded_fields", kind)]


def _points(box: Box2I) -> np.ndarray:
    """Return where fields on a box were evaluated (cases of ApCorrMap do not say): x and y."""
    for case in FIELD_CASES:
        if "points" in case["expected"] and _box(case["expected"]["bbox"]) == box:
            return np.array(case["expected"]["points"]).T
    outer = Box2D(box)
    fractions = np.array([[0.0, 0.5, 1.0, 0.13, -0.4], [0.0, 0.5, 1.0, 0.82, 1.7]]).T
    return (np.array(outer.getMin()) + fractions * np.array(outer.getDimensions())).T


@parity(lambda case: case["kind"].split()[0].split(".")[0], RTOL_PIXEL_AREA)
@pytest.mark.parametrize("case", FIELD_CASES, ids=lambda c: f"{c['kind']}-{c['id']}")
def test_field(case: dict[str, Any], tmp_path: Path) -> None:
    inputs, expected = golden.number(case["inputs"]), golden.number(case["expected"])
    make = FIELDS[case["kind"]]
    if "error" in expected:
        with pytest.raises(getattr(lsst.pex.exceptions, expected["error"])):
            make(inputs)
        return
    field = make(inputs)
    noise = _noise({**case, "expected": expected})
    if inputs.get("coefficients") == []:
        # Without coefficients the stack returns whatever was in memory.
        expected["values"] = [0.0] * len(expected["points"])
    if inputs.get("file"):
        stored = BoundedField.readFits(golden.golden_file(inputs["file"]))
        stored.writeFits(str(tmp_path / "copy.fits"))
        copy = BoundedField.readFits(str(tmp_path / "copy.fits"))
        assert copy == stored
        assert _columns(tmp_path / "copy.fits") == _columns(golden.golden_file(inputs["file"]))
        _check_field(stored, expected, noise)
        _check_field(copy, expected, noise)
    _check_field(field, expected, noise)


def _noise(case: dict[str, Any]) -> float:
    """Return the rounding of values that are sums of terms, or that were fitted.

    Normal equations are as badly conditioned as the square of the fit.
    """
    coefficients = np.abs(case["expected"].get("coefficients", 0.0)).max(initial=0.0)
    if case["kind"] != "ChebyshevBoundedField.fit":
        return 1e-14 * coefficients
    inputs = golden.number(case["inputs"])
    x0, y0, width, height = inputs["bbox"]
    x = (np.array(inputs["x"], dtype=float) - x0 + 0.5) * 2.0 / width - 1.0
    y = (np.array(inputs["y"], dtype=float) - y0 + 0.5) * 2.0 / height - 1.0
    terms = chebyshev.chebvander2d(x, y, [inputs["order_x"], inputs["order_y"]])
    if inputs["triangular"]:
        i, j = np.divmod(np.arange(terms.shape[1]), inputs["order_y"] + 1)
        terms = terms[:, i + j <= max(inputs["order_x"], inputs["order_y"])]
    weighted = terms * np.array(inputs.get("w", np.ones(len(x))))[:, np.newaxis]
    if not np.isfinite(weighted).all():
        return 0.0
    return 1e-15 * np.linalg.cond(weighted) ** 2 * coefficients


def _check_field(field: BoundedField, expected: dict[str, Any], noise: float) -> None:
    rtol = RTOL
    if "PixelArea" in repr(field) or isinstance(field, ProductBoundedField):
        rtol = RTOL_PIXEL_AREA
    points = np.array(expected["points"])
    values = expected["values"]
    # Polynomials of high order are large outside of the box.
    close = {"rtol": rtol, "atol": noise * max(1.0, np.abs(values).max(initial=0.0))}
    np.testing.assert_allclose(field.evaluate(points[:, 0], points[:, 1]), values, **close)
    np.testing.assert_allclose([field.evaluate(Point2D(*p)) for p in points], values, **close)
    np.testing.assert_allclose([field.evaluate(*p) for p in points], values, **close)
    assert field.getBBox() == _box(expected["bbox"])
    for name in ("mean", "integrate"):
        _check(expected[name], getattr(field, name), noise=noise * field.getBBox().getArea())
    if "coefficients" in expected:
        # Terms that the data do not determine are left at rounding noise.
        coefficients = np.array(expected["coefficients"])
        actual = field.getCoefficients()
        np.testing.assert_allclose(
            actual.reshape(coefficients.shape), coefficients, rtol=RTOL, atol=1e-13 + noise
        )
    if "fillImage" in expected:
        _check_image_operations(field, expected, rtol)


def _check_image_operations(field: BoundedField, expected: dict[str, Any], rtol: float) -> None:
    def run(method: str, *args: Any, shift: int = 0, **kwargs: Any) -> ImageF:
        image = ImageF(field.getBBox(), 3.0)
        image.setXY0(image.getXY0() + Extent2I(shift, shift))
        getattr(field, method)(image, *args, **kwargs)
        return image

    steps = {"xStep": 4, "yStep": 5}
    _check(expected["fillImage"], lambda: run("fillImage"), rtol)
    _check(expected["addToImage"], lambda: run("addToImage", 2.0), rtol)
    _check(expected["multiplyImage"], lambda: run("multiplyImage"), rtol)
    _check(expected["divideImage"], lambda: run("divideImage"), rtol)
    _check(expected["fillImage_step_4_5"], lambda: run("fillImage", **steps), rtol)
    _check(expected["fillImage_shifted"], lambda: run("fillImage", shift=3), rtol)
    _check(expected["fillImage_shifted_overlap"], lambda: run("fillImage", True, shift=3), rtol)


@params("TransformBoundedField")
def test_transform_field_scales(case: dict[str, Any]) -> None:
    field = BoundedField.readFits(golden.golden_file(case["inputs"]["file"]))
    assert isinstance(field, TransformBoundedField)
    assert isinstance(field.getTransform(), TransformPoint2ToGeneric)
    points = np.array(case["expected"]["points"])
    doubled = (field * 2.0).evaluate(points[:, 0], points[:, 1])
    np.testing.assert_allclose(doubled, 2.0 * np.array(case["expected"]["values"]), rtol=RTOL)


@params("ChebyshevBoundedField equality")
def test_chebyshev_equality(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    field = _chebyshev(inputs)
    x, y, width, height = inputs["bbox"]
    other_box = _chebyshev({**inputs, "bbox": [x, y, width + 1, height]})
    assert {"same": field == _chebyshev(inputs), "other_box": field == other_box} == case["expected"]
    assert field != field * 2.0


@params("ProductBoundedField of different boxes")
def test_product_needs_equal_boxes(case: dict[str, Any]) -> None:
    with pytest.raises(getattr(lsst.pex.exceptions, case["expected"]["error"])):
        ProductBoundedField([ChebyshevBoundedField(_box([0, 0, n, 30]), np.ones((1, 1))) for n in (40, 41)])


@parity("ApCorrMap", RTOL_PIXEL_AREA)
@pytest.mark.parametrize("case", golden.cases("bounded_fields", "ApCorrMap"), ids=lambda c: str(c["id"]))
def test_ap_corr_map(case: dict[str, Any], tmp_path: Path) -> None:
    # An empty map is described by its length only.
    expected = golden.number(case["expected"]) or {}
    stored = ApCorrMap.readFits(golden.golden_file(case["inputs"]["file"]))
    stored.writeFits(str(tmp_path / "copy.fits"))
    assert _columns(tmp_path / "copy.fits") == _columns(golden.golden_file(case["inputs"]["file"]))
    for ap_corr_map in (stored, ApCorrMap.readFits(str(tmp_path / "copy.fits"))):
        assert list(ap_corr_map.keys()) == list(ap_corr_map) == expected.get("keys", [])
        assert len(ap_corr_map) == len(expected.get("keys", []))
        _check_ap_corr(ap_corr_map, expected.get("values", {}))
    assert stored == ApCorrMap.readFits(str(tmp_path / "copy.fits"))
    if "missing" in expected:
        _check(expected["missing"], lambda: stored["missing"])
        assert stored.get("missing") is expected["get_missing"] is None
        assert ["a" in stored, "missing" in stored] == expected["contains"]
        _check(expected["name_too_long"], lambda: stored.set("Z" * 65, next(iter(stored.values()))))
        stored *= 2.0
        _check_ap_corr(stored, expected["times_2"])


def _check_ap_corr(ap_corr_map: ApCorrMap, expected: dict[str, list[float]]) -> None:
    assert list(expected) == [name for name, _ in ap_corr_map.items()]
    for name, values in expected.items():
        field = ap_corr_map[name]
        x, y = _points(field.getBBox())
        np.testing.assert_allclose(field.evaluate(x, y), values, rtol=RTOL_PIXEL_AREA)


def _photo_calib(inputs: dict[str, Any]) -> PhotoCalib:
    if inputs["field"] == "product":
        ones = ChebyshevBoundedField(_box([0, 0, 40, 30]), np.ones((1, 1)))
        return PhotoCalib(ProductBoundedField([ones, ones]))
    if isinstance(inputs["field"], str):
        bbox = _box(inputs["bbox"])
        area = PixelAreaBoundedField(bbox, _wcs(inputs["wcs"]), arcseconds)
        # "pixel area (arcsec2) x Chebyshev [[240, 3]]"
        coefficients = np.array(json.loads(inputs["field"].partition("Chebyshev")[2]), dtype=float)
        field: BoundedField = ProductBoundedField([area, ChebyshevBoundedField(bbox, coefficients)])
    else:
        field = ChebyshevBoundedField(_box(inputs["bbox"]), np.array(inputs["field"]))
    if "mean" in inputs:
        return PhotoCalib(inputs["mean"], inputs["err"], field, inputs.get("is_constant", False))
    return PhotoCalib(field, inputs["err"])


def _make_photo_calib(inputs: dict[str, Any]) -> PhotoCalib:
    if "field" in inputs:
        return _photo_calib(inputs)
    if "mean" not in inputs:
        return PhotoCalib()
    return PhotoCalib(
        inputs["mean"], inputs.get("err", 0.0), _box(inputs["bbox"]) if "bbox" in inputs else Box2I()
    )


@parity("PhotoCalib", RTOL)
@pytest.mark.parametrize("case", golden.cases("bounded_fields", "PhotoCalib"), ids=lambda c: str(c["id"]))
def test_photo_calib(case: dict[str, Any], tmp_path: Path, record_parity: Callable[..., None]) -> None:
    inputs, expected = golden.number(case["inputs"]), golden.number(case["expected"])
    if "error" in expected:
        with pytest.raises(getattr(lsst.pex.exceptions, expected["error"])):
            _make_photo_calib(inputs)
        return
    stored = PhotoCalib.readFits(golden.golden_file(inputs["file"]))
    stored.writeFits(str(tmp_path / "copy.fits"))
    assert _columns(tmp_path / "copy.fits") == _columns(golden.golden_file(inputs["file"]))
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
        _check(expected["scaled"], lambda: photo_calib.computeScaledCalibration().evaluate(center))


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
        _image(stored["image"]),
        MaskX(np.array(stored["mask"], dtype=np.int32)),
        ImageF(np.array(stored["variance"], dtype=np.float32)),
    )


def _part(expected: dict[str, Any]) -> Box2I:
    """Return the box of the part that was calibrated, which its result tells."""
    for key in ("calibrate_part", "uncalibrate_image"):
        if not golden.is_error(expected[key]):
            return _image(expected[key]["image"]).getBBox()
    return _box([10, 5, 12, 8])


def _check_images(photo_calib: PhotoCalib, expected: dict[str, Any]) -> None:
    whole = _masked_image()
    part = whole[_part(expected)]
    for key, convert, masked_image in (
        ("calibrate_image", photo_calib.calibrateImage, whole),
        ("calibrate_part", photo_calib.calibrateImage, part),
        ("uncalibrate_image", photo_calib.uncalibrateImage, part),
    ):
        if "error" in expected[key]:
            _check(expected[key], lambda c=convert, m=masked_image: c(m))
            continue
        result = convert(masked_image)
        # Pixels are multiplied once (image) or twice (variance) in double precision, rounded each time.
        for plane, ulps in (("image", 1), ("variance", 2)):
            image = _image(expected[key][plane])
            actual = getattr(result, plane)
            assert actual.getBBox() == image.getBBox()
            np.testing.assert_array_max_ulp(actual.array, image.array, ulps)
        if "mask" in expected[key]:
            np.testing.assert_array_equal(result.mask.array, expected[key]["mask"])


@params("makePhotoCalibFromCalibZeroPoint")
def test_photo_calib_from_zero_point(case: dict[str, Any]) -> None:
    photo_calib = makePhotoCalibFromCalibZeroPoint(case["inputs"]["inst_flux_mag0"], case["inputs"]["err"])
    actual = [photo_calib.getCalibrationMean(), photo_calib.getCalibrationErr()]
    np.testing.assert_allclose(actual, [case["expected"]["mean"], case["expected"]["err"]], rtol=RTOL)
