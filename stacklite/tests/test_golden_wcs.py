"""`lsst.afw.geom.SkyWcs` against the values of the real stack."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from numpy.testing import assert_allclose

from lsst.afw.geom import (
    SipApproximation,
    SkyWcs,
    makeCdMatrix,
    makeFlippedWcs,
    makeModifiedWcs,
    makeRadialTransform,
    makeSkyWcs,
    makeTanSipWcs,
    makeTransform,
)
from lsst.daf.base import PropertyList
from lsst.geom import (
    AffineTransform,
    Angle,
    Box2D,
    Box2I,
    Extent2D,
    Extent2I,
    Point2D,
    Point2I,
    SpherePoint,
    arcseconds,
    degrees,
    radians,
)
from lsst.pex import exceptions
from stacklite_support.golden import IS_REPLAY, cases, golden_file, number
from stacklite_support.parity import parity

SKY_ATOL = np.deg2rad(1e-9)
PIXEL_ATOL = 1e-8  # 1e-9 degrees are 2e-5 pixel; the inverse of a distortion is iterative
# AST differentiates numerically; its versions choose other steps near coordinate 0, each good to some 1e-9
CD_RTOL = 2e-8
RTOL = 1e-10
# Differences of unit vectors one pixel (1e-6) apart: a last bit of an angle of 1 is 2e-10.
SCALE_RTOL = 1e-9


def params(kind: str) -> Any:
    return pytest.mark.parametrize("case", [pytest.param(c, id=str(c["id"])) for c in cases("wcs", kind)])


def pixels(points: Any) -> list[Point2D]:
    return [Point2D(*p) for p in number(points)]


def xy(points: list[Point2D]) -> np.ndarray:
    return np.array([[p.getX(), p.getY()] for p in points])


def vectors(points: list[SpherePoint] | Any) -> np.ndarray:
    """Return unit vectors, for which longitudes near 0 and at the poles do not matter."""
    lonlat = [(p[0].asRadians(), p[1].asRadians()) if isinstance(p, SpherePoint) else p for p in points]
    lon, lat = np.array(number(lonlat), dtype=float).T
    return np.array([np.cos(lon) * np.cos(lat), np.sin(lon) * np.cos(lat), np.sin(lat)])


def assert_same_sky(points: list[SpherePoint], expected: Any) -> None:
    assert_allclose(vectors(points), vectors(expected), atol=SKY_ATOL, rtol=0)


def stored_text(name: str) -> str:
    """Return the text in a file of the stack, read without stacklite."""
    with gzip.open(golden_file(name)) as stream, fits.open(io.BytesIO(stream.read())) as hdus:
        return bytes(hdus[2].data["wcs"][0].astype(np.uint8)).decode()


def make_simple(inputs: dict[str, Any]) -> SkyWcs:
    return makeSkyWcs(
        crpix=Point2D(*inputs["crpix"]),
        crval=SpherePoint(inputs["ra"], inputs["dec"], degrees),
        cdMatrix=makeCdMatrix(
            scale=inputs["scale"] * arcseconds,
            orientation=inputs["orientation"] * degrees,
            flipX=inputs.get("flip", False),
        ),
        projection=inputs.get("projection", "TAN"),
    )


def make_from_cd(inputs: dict[str, Any]) -> SkyWcs:
    crval = SpherePoint(*inputs["crval_deg"], degrees)
    return makeSkyWcs(Point2D(*inputs["crpix"]), crval, np.array(inputs["cd"]), inputs["projection"])


def header(inputs: dict[str, Any]) -> PropertyList:
    metadata = PropertyList()
    for name, value in inputs["cards"]:
        metadata.set(name, value)
    return metadata


def make_from_header(inputs: dict[str, Any]) -> SkyWcs:
    return makeSkyWcs(header(inputs))


def make_tan_sip(inputs: dict[str, Any]) -> SkyWcs:
    matrices = [np.array(inputs[name]) for name in ("A", "B", "AP", "BP") if name in inputs]
    crval = SpherePoint(*inputs["crval"], radians)
    return makeTanSipWcs(Point2D(*inputs["crpix"]), crval, np.array(inputs["cd"]), *matrices)


def make_shifted(inputs: dict[str, Any]) -> SkyWcs:
    return make_simple(inputs["of"]).copyAtShiftedPixelOrigin(Extent2D(*inputs["shift"]))


def make_modified(inputs: dict[str, Any]) -> SkyWcs:
    if "of" not in inputs:
        return SkyWcs.readFits(golden_file(inputs["file"]))
    affine = AffineTransform(
        np.array(inputs["transform"]["linear"]), Extent2D(*inputs["transform"]["translation"])
    )
    return makeModifiedWcs(makeTransform(affine), make_simple(inputs["of"]), inputs["modify_actual_pixels"])


def make_flipped(inputs: dict[str, Any]) -> SkyWcs:
    centre = Point2D(*inputs["center"])
    return makeFlippedWcs(make_simple(inputs["of"]), inputs["flip_lr"], inputs["flip_tb"], centre)


def make_from_field_angle(inputs: dict[str, Any]) -> SkyWcs:
    affine = inputs["pixels_to_focal_plane"]
    to_focal_plane = makeTransform(AffineTransform(np.array(affine["matrix"]), Extent2D(*affine["offset"])))
    return makeSkyWcs(
        pixelsToFieldAngle=to_focal_plane.then(makeRadialTransform(inputs["radial"])),
        orientation=inputs["orientation_deg"] * degrees,
        flipX=inputs["flip"],
        boresight=SpherePoint(*inputs["boresight_deg"], degrees),
        projection=inputs["projection"],
    )


MAKERS: dict[str, Callable[[dict[str, Any]], SkyWcs]] = {
    "makeSkyWcs simple": make_simple,
    "makeSkyWcs cd": make_from_cd,
    "makeSkyWcs header": make_from_header,
    "makeTanSipWcs": make_tan_sip,
    "copyAtShiftedPixelOrigin": make_shifted,
    "makeModifiedWcs": make_modified,
    "makeFlippedWcs": make_flipped,
    "makeSkyWcs field angle": make_from_field_angle,
}
MADE = [case for kind in MAKERS for case in cases("wcs", kind)]
VALID = [case for case in MADE if "error" not in case["expected"]]
INVALID = [case for case in MADE if "error" in case["expected"]]


@parity("SkyWcs", "1e-9 degrees")
@pytest.mark.parametrize("case", [pytest.param(c, id=f"{c['kind']} {c['id']}") for c in VALID])
def test_made_wcs(case: dict[str, Any]) -> None:
    check_wcs(MAKERS[case["kind"]](case["inputs"]), case["expected"])
    if "file" in case["inputs"]:
        check_wcs(SkyWcs.readFits(golden_file(case["inputs"]["file"])), case["expected"])


def check_wcs(wcs: SkyWcs, expected: dict[str, Any]) -> None:
    points = pixels(expected["points"])
    assert_same_sky(wcs.pixelToSky(points), expected["sky"])
    assert_allclose(
        xy(wcs.skyToPixel(wcs.pixelToSky(points))), number(expected["round_trip"]), atol=PIXEL_ATOL
    )
    assert_allclose(list(wcs.getPixelOrigin()), expected["pixel_origin"], atol=PIXEL_ATOL)
    assert_same_sky([wcs.getSkyOrigin()], [expected["sky_origin"]])
    assert_allclose(wcs.getPixelScale().asRadians(), expected["pixel_scale_origin"], rtol=SCALE_RTOL)
    scales = [wcs.getPixelScale(p).asRadians() for p in points]
    assert_allclose(scales, number(expected["pixel_scale"]), rtol=SCALE_RTOL)
    assert wcs.isFlipped == expected["is_flipped"]
    assert wcs.isFits == expected["is_fits"]
    assert wcs.hasFitsApproximation() == expected["has_approximation"]
    check_derivatives(wcs, expected, points)
    if "tan_wcs_sky" in expected:
        check_local(wcs, expected, points)


def check_derivatives(wcs: SkyWcs, expected: dict[str, Any], points: list[Point2D]) -> None:
    scale = np.abs(expected["cd_origin"]).max()
    assert_allclose(wcs.getCdMatrix(), expected["cd_origin"], atol=CD_RTOL * scale, rtol=0)
    for point, matrix in zip(points, expected["cd"], strict=False):
        assert_allclose(wcs.getCdMatrix(point), matrix, atol=CD_RTOL * scale, rtol=0)


def check_local(wcs: SkyWcs, expected: dict[str, Any], points: list[Point2D]) -> None:
    for point, sky in zip(points, expected["tan_wcs_sky"], strict=False):
        tan = wcs.getTanWcs(point)
        # the error of the CD matrix, over up to 6000 pixels of 1e-6 rad
        assert_allclose(vectors(tan.pixelToSky(points)), vectors(sky), atol=SKY_ATOL + CD_RTOL * 6e-3, rtol=0)
    for unit, maps in expected["linearize_pixel_to_sky"].items():
        for point, affine in zip(points, maps, strict=False):
            check_affine(
                wcs.linearizePixelToSky(point, {"degrees": degrees, "radians": radians}[unit]), affine
            )
    for point, affine in zip(points, expected["linearize_pixel_to_sky_from_sky"], strict=False):
        check_affine(wcs.linearizePixelToSky(wcs.pixelToSky(point), degrees), affine)
    for point, affine in zip(points, expected["linearize_sky_to_pixel"], strict=False):
        check_affine(wcs.linearizeSkyToPixel(point, degrees), affine)


def check_affine(affine: AffineTransform, expected: dict[str, Any]) -> None:
    scale = np.abs(expected["linear"]).max()
    assert_allclose(affine.getLinear().getMatrix(), expected["linear"], atol=SCALE_RTOL * scale, rtol=0)
    # the position of the centre, less what the matrix makes of it
    size = max(np.abs(expected["translation"]))
    assert_allclose(list(affine.getTranslation()), expected["translation"], atol=SCALE_RTOL * size, rtol=0)


@pytest.mark.parametrize("case", [pytest.param(c, id=f"{c['kind']} {c['id']}") for c in INVALID])
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(getattr(exceptions, case["expected"]["error"])):
        MAKERS[case["kind"]](case["inputs"])


STORED = [c for c in VALID if "file" in c["inputs"]]


@pytest.mark.parametrize("case", [pytest.param(c, id=c["inputs"]["file"]) for c in STORED])
def test_text_is_that_of_the_stack(case: dict[str, Any], tmp_path: Any) -> None:
    text = stored_text(case["inputs"]["file"])
    read = SkyWcs.readFits(golden_file(case["inputs"]["file"]))
    assert read.writeString() == text
    read.writeFits(str(tmp_path / "wcs.fits"))
    assert SkyWcs.readFits(str(tmp_path / "wcs.fits")).writeString() == text
    if case["kind"] != "makeSkyWcs field angle":
        # there the AST of pyast simplifies a radial polynomial further
        assert_same_text(MAKERS[case["kind"]](case["inputs"]).writeString(), text)


def assert_same_text(found: str, expected: str) -> None:
    """Compare texts of AST; the last of 17 digits may depend on the C library."""
    if found == expected:
        return
    ours, theirs = found.split(), expected.split()
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        assert one == other or float(one) == pytest.approx(float(other), rel=1e-14, abs=1e-17)


@parity("SkyWcs", 1e-10)
@params("skyToPixel far points, TAN")
def test_far_points(case: dict[str, Any]) -> None:
    sky = [SpherePoint(*p, radians) for p in case["inputs"]["sky"]]
    assert_allclose(xy(make_simple(case["inputs"]).skyToPixel(sky)), number(case["expected"]), rtol=RTOL)


@parity("SkyWcs", "1e-9 degrees")
@params("pixelToSky non-finite")
def test_non_finite_pixels(case: dict[str, Any]) -> None:
    sky = make_simple(case["inputs"]).pixelToSky(pixels(case["inputs"]["points"]))
    assert_same_sky(sky, case["expected"])


@parity("makeCdMatrix", 1e-15)
@params("makeCdMatrix")
def test_cd_matrix(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    scale, orientation = inputs["scale_arcsec"] * arcseconds, inputs["orientation_deg"] * degrees
    assert_allclose(
        makeCdMatrix(scale, orientation, inputs["flip"]), case["expected"], rtol=1e-15, atol=1e-20
    )


def check_metadata(metadata: PropertyList, expected: Any) -> None:
    names = metadata.getOrderedNames()
    cd_scale = max((abs(value) for name, value, _ in expected if name.startswith("CD")), default=0.0)
    assert [(n, metadata.getComment(n)) for n in names] == [(n, c) for n, _, c in expected]
    for name, value, _ in expected:
        if isinstance(value, float):
            # where ICRS is not the system of the header AST fits the CD matrix numerically (FK4: 2e-9)
            close = {"rtol": 0.0, "atol": CD_RTOL * cd_scale} if name.startswith("CD") else {"rtol": RTOL}
            assert_allclose(metadata.getScalar(name), value, err_msg=name, **close)
        else:
            assert metadata.getScalar(name) == value


@parity("SkyWcs", 2e-8)
@params("getFitsMetadata")
def test_fits_metadata(case: dict[str, Any]) -> None:
    wcs = SkyWcs.readFits(golden_file(case["inputs"]["file"]))
    check_metadata(wcs.getFitsMetadata(precise=case["inputs"]["precise"]), case["expected"])


@parity("SkyWcs", 2e-8)
@params("getFitsMetadata with bbox")
def test_fits_metadata_of_a_box(case: dict[str, Any]) -> None:
    x0, y0, width, height = case["inputs"]["bbox"]
    wcs = SkyWcs.readFits(golden_file(case["inputs"]["file"]))
    bbox = Box2I(Point2I(x0, y0), Extent2I(width, height))
    check_metadata(wcs.getFitsMetadata(bbox=bbox), case["expected"])


@parity("SkyWcs", 0)
@params("makeSkyWcs header, strip")
def test_strip(case: dict[str, Any]) -> None:
    metadata = header(case["inputs"])
    makeSkyWcs(metadata, strip=True)
    assert sorted(metadata.names()) == sorted(case["expected"])


def tan_at(orientation: float) -> SkyWcs:
    inputs = {"ra": 150.0, "dec": 2.2, "scale": 0.2, "crpix": [200, 150], "orientation": orientation}
    return make_simple(inputs)


@params("getRelativeRotationToWcs")
def test_relative_rotation(case: dict[str, Any]) -> None:
    # the case does not say which WCSs; the rotation is the difference of the orientations
    other = 17.0 - np.rad2deg(case["expected"])
    assert IS_REPLAY or other % 360.0 == pytest.approx(50.0)
    rotation = tan_at(17.0).getRelativeRotationToWcs(tan_at(other))
    assert isinstance(rotation, Angle)
    assert_allclose(rotation.asRadians(), case["expected"], rtol=RTOL)


@params("equality")
def test_equality(case: dict[str, Any]) -> None:
    wcs = tan_at(17.0)
    assert (wcs == tan_at(17.0)) == case["expected"]["same"]
    assert (wcs == tan_at(18.0)) == case["expected"]["other"]
    assert (wcs == wcs.copyWithFitsApproximation(wcs)) == case["expected"]["with_approximation"]


# In one case (pixel origin in a corner of the box) the fits differ by 3e-7 pixel: the AST versions merge
# the rotations of two nearby tangent planes with other rounding. The others agree to 1e-12.
# This is a quarter of what sky positions may differ by.
FIT_PIXEL_ATOL = 5e-6
FIT_SKY_ATOL = FIT_PIXEL_ATOL * np.deg2rad(0.2 / 3600)


def make_approximation(inputs: dict[str, Any]) -> SipApproximation:
    x0, y0, x1, y1 = inputs["bbox"]
    return SipApproximation(
        SkyWcs.readFits(golden_file(inputs["target"])),
        Box2D(Point2D(x0, y0), Point2D(x1, y1)),
        Extent2I(*inputs["grid_shape"]),
        inputs["order"],
        *([] if inputs["crpix"] is None else [Point2D(*inputs["crpix"])]),
    )


@parity("SipApproximation", 1e-6)
@params("SipApproximation")
def test_sip_approximation(case: dict[str, Any]) -> None:
    expected = case["expected"]
    if "error" in expected:
        with pytest.raises(getattr(exceptions, expected["error"])):
            make_approximation(case["inputs"]).computeDeltas()
        return
    approximation = make_approximation(case["inputs"])
    assert approximation.getOrder() == expected["order"]
    assert_allclose(list(approximation.getPixelOrigin()), expected["crpix"], rtol=RTOL)
    assert_same_sky([approximation.getSkyOrigin()], [expected["crval"]])
    check_coefficients(approximation, expected)
    sky, pixel = approximation.computeDeltas()
    assert_allclose(sky.asRadians(), expected["deltas"][0], rtol=1e-6, atol=FIT_SKY_ATOL)
    assert_allclose(pixel, expected["deltas"][1], rtol=1e-6, atol=FIT_PIXEL_ATOL)
    check_approximate_wcs(approximation.getWcs(), expected)


def check_coefficients(approximation: SipApproximation, expected: dict[str, Any]) -> None:
    """Compare coefficients by what they contribute at the border of the box, in pixels."""
    size = 0.5 * max(approximation.getBBox().getDimensions())
    cd = np.array(expected["cd"])
    assert_allclose(approximation.getCdMatrix(), cd, atol=np.abs(cd).max() * FIT_PIXEL_ATOL / size, rtol=0)
    for matrix, values in ((approximation.getA(), expected["A"]), (approximation.getB(), expected["B"])):
        order = np.add.outer(*[np.arange(len(matrix))] * 2)
        assert_allclose((matrix - np.array(values)) * size**order, 0, atol=FIT_PIXEL_ATOL)


def check_approximate_wcs(wcs: SkyWcs, expected: dict[str, Any]) -> None:
    points = pixels(expected["points"])
    assert_same_sky(wcs.pixelToSky(points), expected["sky"])
    assert_allclose(xy(wcs.skyToPixel(wcs.pixelToSky(points))), expected["back"], atol=PIXEL_ATOL)


@params("SipApproximation")
def test_attached_approximation(case: dict[str, Any], tmp_path: Any) -> None:
    expected = case["expected"]
    if "error" in expected:
        return
    target = SkyWcs.readFits(golden_file(case["inputs"]["target"]))
    wcs = target.copyWithFitsApproximation(make_approximation(case["inputs"]).getWcs())
    assert_same_sky(wcs.pixelToSky(pixels(expected["points"])), expected["exact_sky"])
    names = wcs.getFitsMetadata().getOrderedNames()
    assert names == [name for name, _, _ in expected["metadata"]]
    if "error" in expected["metadata_precise"]:
        with pytest.raises(getattr(exceptions, expected["metadata_precise"]["error"])):
            wcs.getFitsMetadata(precise=True)
    else:
        check_metadata(wcs.getFitsMetadata(precise=True), expected["metadata_precise"])
    with pytest.raises(getattr(exceptions, expected["copy_of_copy"]["error"])):
        target.copyWithFitsApproximation(wcs)
    wcs.writeFits(str(tmp_path / "wcs.fits"))
    copies = [wcs, SkyWcs.readFits(str(tmp_path / "wcs.fits")), wcs.copyAtShiftedPixelOrigin(Extent2D(1, 2))]
    assert [w.hasFitsApproximation() for w in copies] == expected["approximation_kept"]
    assert copies[1].getFitsApproximation() == wcs.getFitsApproximation()
