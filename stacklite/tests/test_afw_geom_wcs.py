"""`SkyWcs` and transforms: formulas written out, refusals, copies."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest
import starlink.Ast as Ast
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lsst.afw.geom import (
    SkyWcs,
    TransformGenericToPoint2,
    TransformPoint2ToGeneric,
    TransformPoint2ToPoint2,
    TransformPoint2ToSpherePoint,
    TransformSpherePointToPoint2,
    createTrivialWcsMetadata,
    getCdMatrixFromMetadata,
    getImageXY0FromMetadata,
    getIntermediateWorldCoordsToSky,
    getPixelToIntermediateWorldCoords,
    linearizeTransform,
    makeCdMatrix,
    makeIdentityTransform,
    makeModifiedWcs,
    makeRadialTransform,
    makeSkyWcs,
    makeTanSipWcs,
    makeTransform,
    makeWcsPairTransform,
    stripWcsMetadata,
)
from lsst.afw.geom._frame_dict import FrameDict
from lsst.daf.base import PropertyList
from lsst.geom import (
    AffineTransform,
    Box2I,
    Extent2D,
    Extent2I,
    LinearTransform,
    Point2D,
    Point2I,
    SpherePoint,
    arcseconds,
    degrees,
    radians,
)
from lsst.pex import exceptions


def tan_wcs(ra: float = 150.0, dec: float = 2.2, orientation: float = 17.0, scale: float = 0.2) -> SkyWcs:
    cd_matrix = makeCdMatrix(scale * arcseconds, orientation * degrees)
    return makeSkyWcs(crpix=Point2D(200, 150), crval=SpherePoint(ra, dec, degrees), cdMatrix=cd_matrix)


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
    # up to 3 mas, in pixels of 0.2 arcsec
    assert_allclose(list(pixel), list(expected), atol=0.025)
    assert_allclose(list(transform.applyInverse(pixel)), [30.0, 40.0], atol=1e-7)


def test_intermediate_coordinates() -> None:
    wcs, point = tan_wcs(), Point2D(30.0, 40.0)
    iwc = getPixelToIntermediateWorldCoords(wcs).applyForward(point)
    assert_allclose(list(iwc), wcs.getCdMatrix() @ [30 - 200, 40 - 150], rtol=1e-10)
    sky = getIntermediateWorldCoordsToSky(wcs).applyForward(iwc)
    assert sky.separation(wcs.pixelToSky(point)).asDegrees() < 1e-12
    assert wcs.getTransform().applyForward(point).separation(sky).asDegrees() < 1e-12


def with_actual_pixels(wcs: SkyWcs) -> SkyWcs:
    """Put ACTUAL_PIXELS, 5 pixels off in x, in front of a WCS."""
    frames = wcs.getFrameDict()
    return SkyWcs(
        FrameDict.from_chain(
            Ast.Frame(2, "Domain=ACTUAL_PIXELS"),
            (Ast.ShiftMap([5.0, 0.0]), frames.getFrame("PIXELS")),
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
        assert modified.getFrameDict().baseDomain == "ACTUAL_PIXELS"
    shifted = actual.copyAtShiftedPixelOrigin(Extent2D(10, 20))
    expected = actual.pixelToSky(Point2D(1 - 10, 2 - 20))
    assert shifted.pixelToSky(Point2D(1, 2)).separation(expected).asDegrees() < 1e-12
    assert SkyWcs.readString(actual.writeString()) == actual


@pytest.mark.parametrize("approximate", [False, True])
def test_copies_are_equal(approximate: bool, tmp_path: Any) -> None:
    wcs = tan_wcs()
    if approximate:
        wcs = wcs.copyWithFitsApproximation(tan_wcs(orientation=18.0))
    wcs.writeFits(str(tmp_path / "wcs.fits"))
    copies = [
        copy.copy(wcs),
        copy.deepcopy(wcs),
        pickle.loads(pickle.dumps(wcs)),
        SkyWcs.readFits(str(tmp_path / "wcs.fits")),
    ]
    for other in copies:
        assert other == wcs
        assert other.writeString() == wcs.writeString()
        assert other.getFitsApproximation() == wcs.getFitsApproximation()
    assert wcs != tan_wcs(orientation=17.1)
    assert wcs != "a WCS"


def test_approximation_is_what_a_header_gets() -> None:
    plain, other = tan_wcs(), tan_wcs(orientation=18.0)
    wcs = plain.copyWithFitsApproximation(other)
    assert wcs.pixelToSky(3, 4) == plain.pixelToSky(3, 4)
    assert wcs.getFitsMetadata().toDict() == other.getFitsMetadata().toDict()
    assert wcs.getFitsMetadata(precise=True).toDict() == plain.getFitsMetadata().toDict()
    with pytest.raises(exceptions.LogicError):
        plain.copyWithFitsApproximation(wcs)


def test_header_round_trip_with_array_origin() -> None:
    wcs, box = tan_wcs(), Box2I(Point2I(100, -20), Extent2I(300, 200))
    metadata = wcs.getFitsMetadata(bbox=box)
    assert metadata.getScalar("CRPIX1") == pytest.approx(200 + 1 - 100, rel=1e-13)
    metadata.combine(createTrivialWcsMetadata("A", box.getMin()))
    read = makeSkyWcs(metadata)
    for point in (Point2D(100, -20), Point2D(399, 179)):
        assert read.pixelToSky(point).separation(wcs.pixelToSky(point)).asDegrees() < 1e-9
    stripWcsMetadata(metadata)
    assert metadata.names() == []


def test_local_tan_where_fits_cannot_represent_it() -> None:
    bent = makeModifiedWcs(makeRadialTransform([0.0, 1.0, 0.0, 1e-7]), tan_wcs(), False)
    assert not bent.isFits
    with pytest.raises(exceptions.RuntimeError):
        bent.getFitsMetadata(precise=True)
    local = makeSkyWcs(bent.getFitsMetadata())
    origin = bent.getPixelOrigin()
    assert local.pixelToSky(origin).separation(bent.pixelToSky(origin)).asDegrees() < 1e-9


@pytest.mark.parametrize("axis", [0, 1])
def test_sip_without_inverse_polynomial_is_inverted_by_iteration(axis: int) -> None:
    bent, straight = np.zeros((3, 3)), np.zeros((3, 3))
    bent[2, 0] = 1e-6
    crval, cd_matrix = SpherePoint(10, 20, degrees), makeCdMatrix(1 * arcseconds)
    wcs = makeTanSipWcs(
        Point2D(0, 0), crval, cd_matrix, *((bent, straight) if axis == 0 else (straight, bent))
    )
    linear = makeSkyWcs(crpix=Point2D(0, 0), crval=crval, cdMatrix=cd_matrix)
    for x in (-500.0, 0.0, 500.0):
        shift = 1e-6 * x**2
        sky = linear.pixelToSky(x + shift * (axis == 0), 7.0 + shift * (axis == 1))
        assert wcs.pixelToSky(x, 7.0).separation(sky).asDegrees() < 1e-9
        assert_allclose(list(wcs.skyToPixel(sky)), [x, 7.0], atol=1e-6)


HEADER = {
    "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRPIX1": 1.0, "CRPIX2": 1.0, "CRVAL1": 10.0, "CRVAL2": 20.0,
    "CD1_1": -1e-4, "CD2_2": 1e-4,
}  # fmt: skip


def metadata_of(**cards: Any) -> PropertyList:
    result = PropertyList()
    for name, value in {**HEADER, **cards}.items():
        if value is not None:
            result.set(name, value)
    return result


@pytest.mark.parametrize(
    "cards",
    [
        {"CRPIX1": None},
        {"CTYPE1": None, "CTYPE2": None},
        {"CTYPE1": "LINEAR", "CTYPE2": "LINEAR"},
        {"CTYPE1": "RA---XXX", "CTYPE2": "DEC--XXX"},
        {"CD1_1": 1e-4, "CD1_2": 1e-4, "CD2_1": 1e-4},
        {"CTYPE2": "FREQ"},
    ],
    ids=lambda cards: ",".join(cards),
)
def test_headers_without_celestial_wcs(cards: dict[str, Any]) -> None:
    metadata = metadata_of(**cards)
    names = metadata.names()
    with pytest.raises(exceptions.TypeError):
        makeSkyWcs(metadata, strip=True)
    assert metadata.names() == names


def test_array_origin() -> None:
    assert getImageXY0FromMetadata(createTrivialWcsMetadata("A", Point2I(-3, 70000)), "A") == Point2I(
        -3, 70000
    )
    metadata = createTrivialWcsMetadata("A", Point2I(5, 6))
    metadata.set("CRPIX1A", 2.0)
    assert getImageXY0FromMetadata(metadata, "A") == Point2I(0, 0)
    assert getImageXY0FromMetadata(PropertyList(), "A") == Point2I(0, 0)
    stripped = createTrivialWcsMetadata("A", Point2I(5, 6))
    assert getImageXY0FromMetadata(stripped, "A", strip=True) == Point2I(5, 6)
    assert stripped.names() == []


def test_cd_matrix_of_metadata() -> None:
    assert getCdMatrixFromMetadata(metadata_of()).tolist() == [[-1e-4, 0.0], [0.0, 1e-4]]
    with pytest.raises(exceptions.TypeError):
        getCdMatrixFromMetadata(PropertyList())


MAPPING_DUMP = " Begin UnitMap\n    Nin = 2\n IsA Mapping\n End UnitMap\n"
NO_WCS = [
    "",
    "1 SkyWcs 0",
    "2 SkyWcs 0  Begin Frame",
    "1 Psf 0  Begin X",
    "1 SkyWcs 0 nonsense",
    f"1 SkyWcs 0 {MAPPING_DUMP}",
]


@pytest.mark.parametrize("text", NO_WCS)
def test_texts_that_are_no_wcs(text: str) -> None:
    with pytest.raises(exceptions.TypeError):
        SkyWcs.readString(text)


@pytest.mark.parametrize("missing", ["PIXELS", "IWC", "SKY"])
def test_frames_that_are_no_wcs(missing: str) -> None:
    frames = tan_wcs().getFrameDict().getFrameSet()
    index = FrameDict(frames).getIndex(missing)
    frames.getframe(index).Domain = "SOMETHING"
    with pytest.raises(exceptions.TypeError):
        SkyWcs(FrameDict(frames))


# -- transforms


AFFINE = AffineTransform(np.array([[1.0, 2.0], [-3.0, 0.5]]), Extent2D(10.0, -20.0))


def test_affine_transform() -> None:
    transform, points = makeTransform(AFFINE), [Point2D(0.0, 0.0), Point2D(3.0, -4.0)]
    assert transform.applyForward(points) == [AFFINE(p) for p in points]
    assert_allclose([list(p) for p in transform.applyInverse([AFFINE(p) for p in points])], points_of(points))
    assert_allclose(transform.getJacobian(points[1]), AFFINE.getLinear().getMatrix(), rtol=1e-9)
    again = linearizeTransform(transform, Point2D(7.0, 7.0))
    assert_allclose(again.getMatrix(), AFFINE.getMatrix(), rtol=1e-9)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_matrices_that_are_not_finite(value: float) -> None:
    with pytest.raises(exceptions.RuntimeError, match="not finite"):
        makeTransform(LinearTransform([[1.0, value], [0.0, 1.0]]))
    with pytest.raises(exceptions.RuntimeError, match="not finite"):
        makeSkyWcs(makeIdentityTransform(), math.nan * degrees, False, SpherePoint(1, 2, degrees))


def points_of(points: list[Point2D]) -> list[list[float]]:
    return [list(p) for p in points]


@settings(max_examples=50, deadline=None)
@given(
    x=st.sampled_from([0.0, 1e-9, 1e-3, 1.0, -2000.0]),
    y=st.sampled_from([0.0, -1e-6, 7.5, 1e5]),
    inverse=st.booleans(),
)
def test_linear_maps_have_exact_derivatives(x: float, y: float, inverse: bool) -> None:
    """AST's own differences are wrong by 1e-6 at coordinates that are small beside the offset."""
    affine = AffineTransform(2e-5 * AFFINE.getLinear().getMatrix(), Extent2D(0.07, -0.14))
    transform = makeTransform(affine).then(makeTransform(LinearTransform.makeScaling(3.0)))
    expected = 3.0 * affine.getLinear().getMatrix()
    if inverse:
        transform, expected = transform.inverted(), np.linalg.inv(expected)
    assert_allclose(transform.getJacobian(Point2D(x, y)), expected, rtol=1e-12)
    assert_allclose(tan_wcs().getCdMatrix(Point2D(x, y)), tan_wcs().getCdMatrix(), rtol=1e-12)


@pytest.mark.parametrize("point", [Point2D(0.0, 0.0), Point2D(1.0, -1e-3), Point2D(200.0, 150.0)])
def test_derivatives_of_positions_on_the_sky(point: Point2D) -> None:
    wcs, step = tan_wcs(), 300.0
    x, y = np.add.outer(np.array([-2, -1, 1, 2]) * step, list(point)).T
    weights = np.array([1, -8, 8, -1]) / (12.0 * step)  # fourth order
    columns = [
        np.asarray(wcs.pixelToSkyArray(*xy)) @ weights
        for xy in ((x, np.full(4, point.getY())), (np.full(4, point.getX()), y))
    ]
    jacobian = wcs.getTransform().getJacobian(point)
    assert_allclose(jacobian, np.stack(columns, axis=1), rtol=0, atol=1e-10 * np.abs(jacobian).max())


@pytest.mark.parametrize("r", [0.0, 1e-7, 1.0, 400.0])
def test_derivatives_of_a_radial_transform(r: float) -> None:
    transform = makeRadialTransform([0.0, 2e-5, 0.0, 1e-11])
    x, y = 0.6 * r, -0.8 * r
    expected = (2e-5 + 1e-11 * r**2) * np.eye(2) + 2e-11 * np.outer([x, y], [x, y])
    assert_allclose(transform.getJacobian(Point2D(x, y)), expected, rtol=0, atol=1e-15)
    back = transform.inverted().getJacobian(transform.applyForward(Point2D(x, y)))
    assert_allclose(back, np.linalg.inv(expected), rtol=0, atol=1e-10 / 2e-5)


@pytest.mark.parametrize("x", [0.0, 1e-9, 3.0, 50.0, 100.0])
def test_derivatives_at_the_border_of_a_domain(x: float) -> None:
    terms = np.array([[50.0, 1, 1, 0], [3, 1, 2, 0], [50, 2, 0, 1]])  # Chebyshev polynomials on [0, 100]
    box = [0, 0], [100, 100]
    transform = TransformPoint2ToPoint2(Ast.ChebyMap(terms, *box, terms, *box))
    expected = np.diag([1.0 + 3 * 4 * (x - 50.0) / 50.0**2, 1.0])
    assert_allclose(transform.getJacobian(Point2D(x, 20.0)), expected, atol=1e-7)


def test_derivatives_where_there_is_no_value() -> None:
    to_pixels = tan_wcs().getTransform().inverted()
    assert np.isnan(to_pixels.getJacobian(SpherePoint(330, -2.2, degrees))).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda wcs: wcs.pixelToSky("ab"),
        lambda wcs: wcs.pixelToSky(Extent2D(1, 2)),
        lambda wcs: wcs.pixelToSky([wcs.getSkyOrigin()]),
        lambda wcs: wcs.pixelToSky([(1.0, 2.0)]),
        lambda wcs: wcs.skyToPixel([Point2D(1, 2)]),
        lambda wcs: wcs.getPixelScale(wcs.getSkyOrigin()),
        lambda wcs: wcs.getCdMatrix(wcs.getSkyOrigin()),
        lambda wcs: wcs.getTanWcs(wcs.getSkyOrigin()),
        lambda wcs: wcs.linearizePixelToSky(Extent2D(1, 2), degrees),
        lambda wcs: wcs.copyAtShiftedPixelOrigin(Point2D(1, 2)),
    ],
)
def test_pixels_and_sky_are_not_confused(call: Any) -> None:
    with pytest.raises(TypeError):
        call(tan_wcs())


def test_inverse_and_series() -> None:
    transform = makeTransform(AFFINE)
    point = Point2D(1.0, 2.0)
    assert_allclose(list(transform.inverted().applyForward(transform.applyForward(point))), list(point))
    assert list(transform.then(transform).applyForward(point)) == list(AFFINE(AFFINE(point)))
    wcs = tan_wcs().getTransform()
    assert isinstance(wcs, TransformPoint2ToSpherePoint)
    assert isinstance(wcs.inverted(), TransformSpherePointToPoint2)
    assert isinstance(transform.then(wcs).then(wcs.inverted()), TransformPoint2ToPoint2)
    with pytest.raises(exceptions.InvalidParameterError):
        wcs.then(transform)


def test_radial_transform() -> None:
    transform = makeRadialTransform([0.0, 2.0, 0.0, 1e-3])
    for x, y in ((3.0, 4.0), (0.0, 0.0), (-5.0, 12.0)):
        r = math.hypot(x, y)
        factor = 2.0 + 1e-3 * r**2
        assert_allclose(list(transform.applyForward(Point2D(x, y))), [x * factor, y * factor], rtol=1e-14)
        assert_allclose(list(transform.applyInverse(Point2D(x * factor, y * factor))), [x, y], atol=1e-7)
    given_inverse = makeRadialTransform([0.0, 2.0], [0.0, 0.5])
    assert_allclose(list(given_inverse.applyInverse(Point2D(6.0, 8.0))), [3.0, 4.0])
    assert makeRadialTransform([]).writeString() == makeIdentityTransform().writeString()


@pytest.mark.parametrize(
    "coeffs", [([1.0, 2.0],), ([0.0],), ([0.0, 0.0, 1.0],), ([0.0, 1.0], [0.0, 1.0, 2.0])]
)
def test_invalid_radial_coefficients(coeffs: Any) -> None:
    with pytest.raises(exceptions.InvalidParameterError):
        makeRadialTransform(*coeffs)


def test_generic_points_are_arrays() -> None:
    forward = TransformPoint2ToGeneric(Ast.PolyMap([[1.0, 1, 2, 0], [3.0, 1, 0, 1]]))
    assert (forward.fromEndpoint.nAxes, forward.toEndpoint.nAxes) == (2, 1)
    assert forward.applyForward(Point2D(2.0, 5.0)).tolist() == [19.0]
    assert forward.applyForward([Point2D(2.0, 5.0), Point2D(0.0, 1.0)]).tolist() == [[19.0, 3.0]]
    assert forward.hasForward and not forward.hasInverse
    with pytest.raises(exceptions.RuntimeError):
        forward.applyInverse(np.array([1.0]))
    backward = TransformGenericToPoint2(Ast.ZoomMap(2, 2.0))
    assert backward.applyForward(np.array([1.0, 2.0])) == Point2D(2.0, 4.0)
    with pytest.raises(exceptions.InvalidParameterError):
        backward.applyForward(np.ones((3, 5)))
    with pytest.raises(exceptions.InvalidParameterError):
        TransformPoint2ToPoint2(Ast.UnitMap(3))


def test_copies_of_transforms_are_equal(tmp_path: Any) -> None:
    transform = makeTransform(AFFINE).then(makeRadialTransform([0.0, 2.0, 0.0, 1e-3]))
    transform.writeFits(str(tmp_path / "transform.fits"))
    read = TransformPoint2ToPoint2.readFits(str(tmp_path / "transform.fits"))
    for other in (read, copy.deepcopy(transform), pickle.loads(pickle.dumps(transform))):
        assert type(other) is TransformPoint2ToPoint2
        assert other.writeString() == transform.writeString()


def test_text_of_a_transform_is_parsed_when_it_is_needed() -> None:
    broken = TransformPoint2ToPoint2.readString("1 TransformPoint2ToPoint2 nonsense")
    assert broken.writeString() == "1 TransformPoint2ToPoint2 nonsense"
    with pytest.raises(exceptions.TypeError):
        broken.applyForward(Point2D(0.0, 0.0))
    for text in ("", "2 TransformPoint2ToPoint2 Begin", "1 TransformPoint2ToGeneric Begin UnitMap"):
        with pytest.raises(exceptions.TypeError):
            TransformPoint2ToPoint2.readString(text)


FATAL_CARDS = {"QV1_1": "GAPPT", "WCSAXES": 2_000_000_000, "EQUINOX": 2e9, "CRPIX1": "centre"}


@pytest.mark.parametrize("name", FATAL_CARDS)
def test_header_values_that_ast_cannot_survive(name: str) -> None:
    """AST ends the process at the first and does not come back from the next two."""
    metadata = tan_wcs().getFitsMetadata(True)
    metadata.set(name, FATAL_CARDS[name])
    with pytest.raises(exceptions.TypeError, match=name):
        makeSkyWcs(metadata)
