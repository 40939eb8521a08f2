"""`SkyWcs`: projection, local approximations, copies, texts."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import astshim
import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import (
    SkyWcs,
    getIntermediateWorldCoordsToSky,
    getPixelToIntermediateWorldCoords,
    makeCdMatrix,
    makeModifiedWcs,
    makeSkyWcs,
    makeTransform,
    makeWcsPairTransform,
)
from lsst.geom import (
    AffineTransform,
    Angle,
    Extent2D,
    LinearTransform,
    Point2D,
    SpherePoint,
    arcseconds,
    degrees,
    radians,
)
from stacklite_support.golden import IS_REPLAY, golden_cases, golden_file, number
from stacklite_support.golden_wcs import (
    CD_RTOL,
    MADE,
    MAKERS,
    PIXEL_ATOL,
    RTOL,
    SKY_ATOL,
    assert_same_sky,
    make_simple,
    pixels,
    vectors,
    xy,
)
from stacklite_support.parity import parity
from stacklite_support.wcs_makers import tan_wcs, tan_wcs_of_cd


def tan_position(wcs: SkyWcs, x: float, y: float, origin: Any = None) -> tuple[float, float]:
    """Return ra and dec (radians), by the formulas of the gnomonic projection."""
    (c11, c12), (c21, c22) = wcs.getCdMatrix()
    dx, dy = x - 200, y - 150
    xi, eta = math.radians(c11 * dx + c12 * dy), math.radians(c21 * dx + c22 * dy)
    a0, d0 = (angle.asRadians() for angle in origin or wcs.getSkyOrigin())
    dec = math.asin((math.sin(d0) + eta * math.cos(d0)) / math.sqrt(1 + xi**2 + eta**2))
    return a0 + math.atan2(xi, math.cos(d0) - eta * math.sin(d0)), dec


@settings(max_examples=50, deadline=None)
@given(
    ra=st.floats(0, 360, exclude_max=True),
    dec=st.floats(-89, 89),
    orientation=st.floats(-180, 180),
    x=st.floats(-5000, 5000),
    y=st.floats(-5000, 5000),
)
def test_tan_projection(ra: float, dec: float, orientation: float, x: float, y: float) -> None:
    wcs = tan_wcs(ra, dec, orientation)
    sky = wcs.pixelToSky(Point2D(x, y))
    expected = SpherePoint(*tan_position(wcs, x, y), radians)
    assert sky.separation(expected).asDegrees() < 1e-9
    assert 0 <= sky.getRa().asRadians() < 2 * math.pi
    assert_allclose(list(wcs.skyToPixel(sky)), [x, y], atol=1e-8)


def test_points_lists_coordinates_and_arrays_agree() -> None:
    wcs, x, y = tan_wcs(), np.array([0.0, 10.5, 4000.0]), np.array([1.0, -3.0, 2.0])
    points = [Point2D(*p) for p in zip(x, y, strict=True)]
    sky = wcs.pixelToSky(points)
    assert sky == [wcs.pixelToSky(p) for p in points] == [wcs.pixelToSky(*p) for p in points]
    ra, dec = wcs.pixelToSkyArray(x, y)
    assert [(s.getRa().asRadians(), s.getDec().asRadians()) for s in sky] == [*zip(ra, dec, strict=True)]
    assert_allclose(wcs.pixelToSkyArray(x, y, degrees=True), np.rad2deg([ra, dec]), rtol=1e-15)
    back = wcs.skyToPixelArray(*np.rad2deg([ra, dec]), degrees=True)
    assert_allclose(back, [x, y], atol=1e-8)
    assert [list(p) for p in wcs.skyToPixel(sky)] == [list(wcs.skyToPixel(s)) for s in sky]
    assert wcs.pixelToSky([]) == [] and wcs.skyToPixel([]) == []


def test_right_ascension_does_not_reach_two_pi() -> None:
    wcs = tan_wcs(ra=0.0, dec=0.0, orientation=0.0)
    ra, _ = wcs.pixelToSkyArray(200 + np.linspace(-1e-9, 1e-9, 101), np.full(101, 150.0))
    assert ra.min() >= 0 and ra.max() < 2 * math.pi


def test_pixel_scale_and_orientation() -> None:
    for scale in (0.1, 0.2, 5.0):
        assert_allclose(tan_wcs(scale=scale).getPixelScale().asArcseconds(), scale, rtol=1e-7)
    assert not tan_wcs().isFlipped
    flipped = makeSkyWcs(
        crpix=Point2D(0, 0),
        crval=SpherePoint(1, 2, degrees),
        cdMatrix=makeCdMatrix(1 * arcseconds, 20 * degrees, True),
    )
    assert flipped.isFlipped
    rotation = tan_wcs(orientation=50.0).getRelativeRotationToWcs(tan_wcs(orientation=20.0))
    assert_allclose(rotation.asDegrees(), 30.0, rtol=1e-9)


def test_linear_maps_are_inverse_of_each_other() -> None:
    wcs, point = tan_wcs(), Point2D(17.0, 1000.0)
    forward, inverse = wcs.linearizePixelToSky(point, degrees), wcs.linearizeSkyToPixel(point, degrees)
    sky = wcs.pixelToSky(point)
    assert_allclose(list(forward(point)), [a.asDegrees() for a in sky], rtol=1e-12)
    assert_allclose(list(inverse(forward(Point2D(3.0, 4.0)))), [3.0, 4.0], atol=1e-6)


@settings(max_examples=50, deadline=None)
@given(
    ra=st.sampled_from([0.0, 1e-5, 90.0, 180.0, 270.0 - 1e-6, 360.0 - 1e-5]),
    dec=st.sampled_from([-90.0, 1e-5 - 90.0, 0.0, 1e-9, 45.0, 90.0 - 1e-5]),
    x=st.floats(-1e5, 1e5),
    y=st.floats(-1e5, 1e5),
)
def test_sky_origins_near_poles_and_right_angles(ra: float, dec: float, x: float, y: float) -> None:
    wcs, origin = tan_wcs(ra, dec), SpherePoint(ra, dec, degrees)
    assert wcs.getSkyOrigin().separation(origin).asDegrees() < 1e-9
    sky = wcs.pixelToSky(Point2D(x, y))
    assert sky.separation(SpherePoint(*tan_position(wcs, x, y, origin), radians)).asDegrees() < 1e-9
    assert_allclose(list(wcs.skyToPixel(sky)), [x, y], atol=1e-7)


@pytest.mark.parametrize(("ra", "dec"), [(1e-7, 30.0), (360.0 - 1e-8, 0.0), (33.0, 90.0 - 1e-7)])
def test_origins_that_ast_moves(ra: float, dec: float) -> None:
    """Off-diagonal elements of a rotation below 1.5e-8 are lost, as in the stack."""
    moved = tan_wcs(ra, dec).getSkyOrigin().separation(SpherePoint(ra, dec, degrees)).asDegrees()
    assert 1e-9 < moved < math.degrees(1.5e-8)


@settings(max_examples=30, deadline=None)
@given(shift=st.floats(-9, 0), angle=st.floats(0, 360), orientation=st.floats(-180, 180))
def test_pair_of_wcs(shift: float, angle: float, orientation: float) -> None:
    one = tan_wcs()
    origin = one.getSkyOrigin().offset(angle * degrees, 10.0**shift * degrees)
    other = tan_wcs(origin.getRa().asDegrees(), origin.getDec().asDegrees(), orientation)
    expected = other.skyToPixel(one.pixelToSky(Point2D(30.0, 40.0)))
    transform = makeWcsPairTransform(one, other)
    pixel = transform.applyForward(Point2D(30.0, 40.0))
    # AST merges the rotations of both tangent planes without small off-diagonal elements (as in the stack):
    # up to 3 mas, in pixels of 0.2 arcsec.
    assert_allclose(list(pixel), list(expected), atol=0.025)
    assert_allclose(list(transform.applyInverse(pixel)), [30.0, 40.0], atol=1e-7)


def test_intermediate_coordinates() -> None:
    wcs, point = tan_wcs(), Point2D(30.0, 40.0)
    iwc = getPixelToIntermediateWorldCoords(wcs).applyForward(point)
    assert_allclose(list(iwc), wcs.getCdMatrix() @ [30 - 200, 40 - 150], rtol=1e-10)
    sky = getIntermediateWorldCoordsToSky(wcs).applyForward(iwc)
    assert sky.separation(wcs.pixelToSky(point)).asDegrees() < 1e-12
    assert wcs.getTransform().applyForward(point).separation(sky).asDegrees() < 1e-12


def chain(first: astshim.Frame, *links: tuple[astshim.Mapping, astshim.Frame]) -> astshim.FrameDict:
    """Make a set of frames of which each is mapped to the next; the last is the current one."""
    frames = astshim.FrameDict(first)
    for mapping, frame in links:
        frames.addFrame(astshim.FrameDict.CURRENT, mapping, frame)
    return frames


def with_actual_pixels(wcs: SkyWcs) -> SkyWcs:
    """Put ACTUAL_PIXELS, 5 pixels off in x, in front of a WCS."""
    frames = wcs.getFrameDict()
    return SkyWcs(
        chain(
            astshim.Frame(2, "Domain=ACTUAL_PIXELS"),
            (astshim.ShiftMap([5.0, 0.0]), frames.getFrame("PIXELS")),
            (frames.getMapping("PIXELS", "IWC"), frames.getFrame("IWC")),
            (frames.getMapping("IWC", "SKY"), frames.getFrame("SKY")),
        )
    )


def test_actual_pixels() -> None:
    plain = tan_wcs()
    actual = with_actual_pixels(plain)
    assert actual.pixelToSky(Point2D(1, 2)) == plain.pixelToSky(Point2D(6, 2))
    twice = makeTransform(LinearTransform.makeScaling(2.0))
    for modify, x in ((True, 2 * 1 + 5), (False, 2 * (1 + 5))):
        modified = makeModifiedWcs(twice, actual, modify)
        expected = plain.pixelToSky(Point2D(x, 4))
        assert modified.pixelToSky(Point2D(1, 2)).separation(expected).asDegrees() < 1e-12
        assert modified.getFrameDict().getIndex("ACTUAL_PIXELS") == modified.getFrameDict().base
    shifted = actual.copyAtShiftedPixelOrigin(Extent2D(10, 20))
    expected = actual.pixelToSky(Point2D(1 - 10, 2 - 20))
    assert shifted.pixelToSky(Point2D(1, 2)).separation(expected).asDegrees() < 1e-12
    assert SkyWcs.readString(actual.writeString()) == actual


def test_copies_are_equal(tmp_path: Any) -> None:
    wcs = tan_wcs()
    approximated = wcs.copyWithFitsApproximation(tan_wcs(orientation=18.0))
    for original in (wcs, approximated):
        # As in the stack, an approximation is part of files, but neither of copies nor of pickles.
        for other in (
            copy.copy(original),
            copy.deepcopy(original),
            pickle.loads(pickle.dumps(original)),
        ):
            assert other == wcs
            assert other.writeString() == wcs.writeString()
            assert not other.hasFitsApproximation()
        original.writeFits(str(tmp_path / "wcs.fits"))
        read = SkyWcs.readFits(str(tmp_path / "wcs.fits"))
        assert read == original
        assert read.writeString() == original.writeString()
        assert read.getFitsApproximation() == original.getFitsApproximation()
    assert wcs != tan_wcs(orientation=17.1)
    assert wcs != "a WCS"


def test_frames_of_wcs() -> None:
    wcs = tan_wcs_of_cd()
    frames = wcs.getFrameDict()
    assert frames.getAllDomains() == {"PIXELS", "IWC", "SKY"}
    assert (frames.base, frames.current) == (frames.getIndex("PIXELS"), frames.getIndex("SKY"))
    assert frames.hasDomain("IWC") and not frames.hasDomain("ACTUAL_PIXELS")
    with pytest.raises(IndexError, match="'ACTUAL_PIXELS'"):
        frames.getFrame("ACTUAL_PIXELS")
    for again in (SkyWcs(frames), SkyWcs(frameDict=frames), SkyWcs(astshim.FrameDict(frames))):
        assert again == wcs
    with pytest.raises(TypeError, match="unhashable"):
        hash(wcs)
    for bad in (lambda: SkyWcs(frames, strip=True), lambda: makeSkyWcs(frameDict=frames), lambda: SkyWcs(1)):
        with pytest.raises(TypeError):
            bad()


def test_frames_that_are_no_sky() -> None:
    pixels, iwc = astshim.Frame(2, "Domain=PIXELS"), astshim.Frame(2, "Domain=IWC")
    one_axis = astshim.Frame(1, "Domain=IWC")
    fewer, more = astshim.MatrixMap(np.array([[1.0, 0.0]])), astshim.MatrixMap(np.array([[1.0], [0.0]]))
    unit, sky = astshim.UnitMap(2), astshim.SkyFrame("Domain=SKY")
    chains = {
        "has 2 axes, not 1": chain(pixels, (fewer, one_axis), (more, sky)),
        "not a SkyFrame": chain(pixels, (unit, iwc), (unit, astshim.Frame(2, "Domain=SKY"))),
        "maps PIXELS to SKY, not IWC": chain(iwc, (unit, pixels), (unit, sky)),
    }
    for message, frames in chains.items():
        with pytest.raises(pex_exceptions.TypeError, match=message):
            SkyWcs(frames)


# -- Values of the real stack ----------------------------------------------------------

# Differences of unit vectors one pixel (1e-6) apart: a last bit of an angle of 1 is 2e-10.
SCALE_RTOL = 1e-9

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
        # The error of the CD matrix, over up to 6000 pixels of 1e-6 rad.
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
    # The position of the center, less what the matrix makes of it.
    size = max(np.abs(expected["translation"]))
    assert_allclose(list(affine.getTranslation()), expected["translation"], atol=SCALE_RTOL * size, rtol=0)


@pytest.mark.parametrize("case", [pytest.param(c, id=f"{c['kind']} {c['id']}") for c in INVALID])
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(getattr(pex_exceptions, case["expected"]["error"])):
        MAKERS[case["kind"]](case["inputs"])


@parity("SkyWcs", 1e-10)
@golden_cases("wcs", "skyToPixel far points, TAN")
def test_far_points(case: dict[str, Any]) -> None:
    sky = [SpherePoint(*p, radians) for p in case["inputs"]["sky"]]
    assert_allclose(xy(make_simple(case["inputs"]).skyToPixel(sky)), number(case["expected"]), rtol=RTOL)


@parity("SkyWcs", "1e-9 degrees")
@golden_cases("wcs", "pixelToSky non-finite")
def test_non_finite_pixels(case: dict[str, Any]) -> None:
    sky = make_simple(case["inputs"]).pixelToSky(pixels(case["inputs"]["points"]))
    assert_same_sky(sky, case["expected"])


def tan_at(orientation: float) -> SkyWcs:
    inputs = {"ra": 150.0, "dec": 2.2, "scale": 0.2, "crpix": [200, 150], "orientation": orientation}
    return make_simple(inputs)


@golden_cases("wcs", "getRelativeRotationToWcs")
def test_relative_rotation(case: dict[str, Any]) -> None:
    # The case does not say which WCSs; the rotation is the difference of the orientations.
    other = 17.0 - np.rad2deg(case["expected"])
    assert IS_REPLAY or other % 360.0 == pytest.approx(50.0)
    rotation = tan_at(17.0).getRelativeRotationToWcs(tan_at(other))
    assert isinstance(rotation, Angle)
    assert_allclose(rotation.asRadians(), case["expected"], rtol=RTOL)


@golden_cases("wcs", "equality")
def test_equality(case: dict[str, Any]) -> None:
    wcs = tan_at(17.0)
    assert (wcs == tan_at(17.0)) == case["expected"]["same"]
    assert (wcs == tan_at(18.0)) == case["expected"]["other"]
    assert (wcs == wcs.copyWithFitsApproximation(wcs)) == case["expected"]["with_approximation"]
