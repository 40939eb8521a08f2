"""Transforms, WCSs and their keywords: what no other test of `lsst.afw.geom` calls."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import starlink.Ast as Ast
from hypothesis import given
from hypothesis import strategies as st

import lsst.afw.geom as afw_geom
from lsst.afw.geom import (
    SipApproximation,
    SkyWcs,
    createTrivialWcsMetadata,
    deleteBasicWcsMetadata,
    getCdMatrixFromMetadata,
    getSipMatrixFromMetadata,
    hasSipMatrix,
    makeCdMatrix,
    makeSimpleWcsMetadata,
    makeSipMatrixMetadata,
    makeSkyWcs,
    makeTanSipMetadata,
    makeTanSipWcs,
    makeTransform,
)
from lsst.afw.geom._frame_dict import FrameDict
from lsst.daf.base import PropertyList
from lsst.geom import (
    AffineTransform,
    Box2D,
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

KINDS = ("Generic", "Point2", "SpherePoint")
CRPIX, CRVAL, CD = Point2D(200.5, -17.25), SpherePoint(150.0, 2.2, degrees), makeCdMatrix(0.2 * arcseconds)
# Element [p, q] belongs to u**p v**q.
SIP_A = np.array([[0.0, 0.0, 1e-6], [0.0, -2e-6, 0.0], [3e-6, 0.0, 0.0]])
SIP_B = np.array([[0.0, 0.0, -1e-6], [0.0, 0.0, 0.0], [2e-6, 0.0, 0.0]])


def tan_wcs() -> SkyWcs:
    return makeSkyWcs(CRPIX, CRVAL, CD)


# -- keywords ------------------------------------------------------------------------


def test_keywords_of_wcs_without_distortion() -> None:
    metadata = makeSimpleWcsMetadata(CRPIX, CRVAL, CD, "STG")
    assert metadata["CTYPE1"] == "RA---STG" and metadata["CTYPE2"] == "DEC--STG"
    assert (metadata["CRPIX1"], metadata["CRPIX2"]) == (201.5, -16.25), "FITS counts from 1"
    assert "CD1_2" not in metadata, "elements that are zero get no keyword"
    np.testing.assert_array_equal(getCdMatrixFromMetadata(metadata), CD)
    wcs, expected = makeSkyWcs(metadata), makeSkyWcs(CRPIX, CRVAL, CD, "STG")
    for point in (CRPIX, Point2D(0, 0), Point2D(4000, 4000)):
        # the unit cards cost AST one rounding
        assert wcs.pixelToSky(point).separation(expected.pixelToSky(point)).asArcseconds() < 1e-9
    metadata.set("KEPT", 1)
    deleteBasicWcsMetadata(metadata, "")
    assert [n for n in metadata if not n.startswith("CD")] == ["RADESYS", "KEPT"]
    trivial = createTrivialWcsMetadata("A", Point2I(3, 4))
    deleteBasicWcsMetadata(trivial, "B")
    assert len(trivial) == 8
    deleteBasicWcsMetadata(trivial, "A")
    assert len(trivial) == 0


def test_keywords_of_sip_polynomials() -> None:
    metadata = makeTanSipMetadata(CRPIX, CRVAL, CD, SIP_A, SIP_B, sipAp=SIP_B, sipBp=SIP_A)
    assert (metadata["CTYPE1"], metadata["A_ORDER"]) == ("RA---TAN-SIP", 2)
    assert [hasSipMatrix(metadata, name) for name in ("A", "B", "AP", "BP")] == [True] * 4
    for name, matrix in {"A": SIP_A, "B": SIP_B, "AP": SIP_B, "BP": SIP_A}.items():
        np.testing.assert_array_equal(getSipMatrixFromMetadata(metadata, name), matrix)
        assert sum(key.startswith(f"{name}_") for key in metadata) == 1 + np.count_nonzero(matrix)
    with pytest.raises(exceptions.TypeError, match="AP_ORDER"):
        getSipMatrixFromMetadata(makeTanSipMetadata(CRPIX, CRVAL, CD, SIP_A, SIP_B), "AP")
    beyond = makeSipMatrixMetadata(np.ones((3, 3)), "A")
    assert "A_2_1" not in beyond and "A_1_1" in beyond, "powers above the order do not count"
    for shape in ((1, 1), (2, 3), (4,)):
        with pytest.raises(exceptions.InvalidParameterError, match="must be square"):
            makeSipMatrixMetadata(np.zeros(shape), "A")


@given(st.floats(-500, 500), st.floats(-500, 500))
def test_sip_moves_pixels_before_the_projection(x: float, y: float) -> None:
    wcs = makeTanSipWcs(CRPIX, CRVAL, CD, SIP_A, SIP_B)
    u, v = x - CRPIX.x, y - CRPIX.y
    moved = Point2D(x + sum(SIP_A[p, q] * u**p * v**q for p, q in np.ndindex(3, 3)),
                    y + sum(SIP_B[p, q] * u**p * v**q for p, q in np.ndindex(3, 3)))  # fmt: skip
    assert wcs.pixelToSky(x, y).separation(tan_wcs().pixelToSky(moved)).asArcseconds() < 1e-8


# -- transforms ----------------------------------------------------------------------


@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("source", KINDS)
def test_transforms_of_all_kinds(source: str, target: str, tmp_path: Path) -> None:
    """Coordinates of all kinds of points are taken and returned, one by one and together; also from files."""
    points = {
        "Generic": np.array([0.25, 0.5]),
        "Point2": Point2D(0.25, 0.5),
        "SpherePoint": SpherePoint(0.25, 0.5, radians),
    }
    kind = getattr(afw_geom, f"Transform{source}To{target}")
    transform = kind(Ast.UnitMap(2))
    transform.writeFits(tmp_path / "transform.fits")
    for each in (transform, kind.readFits(tmp_path / "transform.fits"), transform.inverted().inverted()):
        assert type(each) is kind and each.writeString() == transform.writeString()
        assert str(each) == repr(each) == f"Transform{source}To{target}[2->2]"
        start, end = each.fromEndpoint, each.toEndpoint
        found = each.applyForward(points[source])
        assert type(found) is type(points[target]) and np.all(found == points[target])
        assert np.all(each.applyInverse(points[target]) == points[source])
        many = start.arrayFromData(np.array([[0.25, 0.1], [0.5, 0.2]]))
        np.testing.assert_array_equal(end.dataFromArray(each.applyForward(many)), [[0.25, 0.1], [0.5, 0.2]])
        for name in ("point", "array"):
            assert np.all(each.applyForward(**{name: points[source]}) == points[target])
        for args, kwargs in (((), {"x": many}), ((), {}), ((many, many), {}), ((many,), {"array": many})):
            with pytest.raises(TypeError):
                each.applyForward(*args, **kwargs)
        assert end.nAxes == 2
        np.testing.assert_array_equal(start.dataFromPoint(points[source]), [0.25, 0.5])
        assert np.all(end.pointFromData(np.array([0.25, 0.5])) == points[target])
    assert copy.copy(transform) is transform
    same = getattr(afw_geom, f"Transform{target}To{source}")(Ast.ZoomMap(2, 3.0))
    assert same.fromEndpoint == transform.toEndpoint and same.toEndpoint == transform.fromEndpoint
    assert same != same.inverted().inverted(), "they are compared by identity"
    assert len({same, same}) == 1
    with pytest.raises(TypeError):
        hash(same.toEndpoint)


def test_endpoints() -> None:
    assert afw_geom.GenericEndpoint(nAxes=3).nAxes == 3
    for kind in (afw_geom.Point2Endpoint, afw_geom.SpherePointEndpoint):
        assert kind().nAxes == 2
        with pytest.raises(TypeError):
            kind(2)
    for wrong in (Point2I(1, 2), [Point2I(1, 2)], [SpherePoint()], np.zeros((2, 3))):
        with pytest.raises(TypeError):
            makeTransform(AffineTransform()).applyForward(wrong)


def test_frame_sets_are_mappings_from_base_to_current() -> None:
    frames = tan_wcs().getFrameDict().getFrameSet()
    kind = afw_geom.TransformPoint2ToSpherePoint
    for transform in (kind(frames), kind(frameSet=frames, simplify=False), kind(mapping=frames.getmapping())):
        found = transform.applyForward(Point2D(10, 20))
        assert found.separation(tan_wcs().pixelToSky(x=10, y=20)).asArcseconds() < 1e-9
    for bad in (lambda: kind(frameSet=frames.getmapping()), lambda: kind(1), kind):
        with pytest.raises(TypeError):
            bad()


def test_wrong_numbers_of_axes() -> None:
    for kind, mapping in (("Point2ToGeneric", Ast.UnitMap(3)), ("GenericToSpherePoint", Ast.UnitMap(1))):
        with pytest.raises(exceptions.InvalidParameterError, match="has 2 axes, not"):
            getattr(afw_geom, f"Transform{kind}")(mapping)
    for shape in ((3, 4), (4,)):
        with pytest.raises(exceptions.InvalidParameterError, match="is needed"):
            afw_geom.TransformGenericToPoint2(Ast.UnitMap(2)).applyForward(np.zeros(shape))


def test_polygons_through_transforms() -> None:
    box = Box2D(Box2I(Point2I(0, 0), Extent2I(10, 5)))
    affine = AffineTransform(LinearTransform.makeScaling(2.0, 3.0), Extent2D(1.0, -1.0))
    by_affine, by_transform = (afw_geom.Polygon(box, t) for t in (affine, makeTransform(affine)))
    assert by_affine == by_transform and by_affine.calculateArea() == 10 * 5 * 6
    assert by_transform.getBBox() == Box2D(Point2D(0.0, -2.5), Extent2D(20.0, 15.0))
    inside = by_affine.contains(np.array([1.0, -1.0, 19.0]), np.array([0.0, 0.0, 12.4]))
    assert inside.tolist() == [True, False, True] and "Polygon" in repr(by_affine)


# -- WCSs ----------------------------------------------------------------------------


def test_frames_of_wcs() -> None:
    wcs = tan_wcs()
    frames = wcs.getFrameDict()
    assert frames.getAllDomains() == {"PIXELS", "IWC", "SKY"}
    assert (frames.baseDomain, frames.currentDomain) == ("PIXELS", "SKY")
    assert frames.hasDomain("IWC") and not frames.hasDomain("ACTUAL_PIXELS")
    with pytest.raises(exceptions.NotFoundError, match="'ACTUAL_PIXELS'"):
        frames.getFrame("ACTUAL_PIXELS")
    for again in (SkyWcs(frames), SkyWcs(frameDict=frames), SkyWcs(FrameDict(frames.getFrameSet()))):
        assert again == wcs
    with pytest.raises(TypeError, match="unhashable"):
        hash(wcs)
    for bad in (lambda: SkyWcs(frames, strip=True), lambda: makeSkyWcs(frameDict=frames), lambda: SkyWcs(1)):
        with pytest.raises(TypeError):
            bad()
    assert repr(wcs).startswith("FITS standard SkyWcs: sky origin") and "(200.5, -17.25)" in repr(wcs)


def test_frames_that_are_no_sky() -> None:
    pixels, iwc, sky = Ast.Frame(2, "Domain=PIXELS"), Ast.Frame(2, "Domain=IWC"), Ast.SkyFrame("Domain=SKY")
    fewer, more, unit = Ast.PermMap([1, -1], [1], [0.0]), Ast.PermMap([1], [1, -1], [0.0]), Ast.UnitMap(2)
    chains = {
        "has 2 axes, not 1": FrameDict.from_chain(pixels, (fewer, Ast.Frame(1, "Domain=IWC")), (more, sky)),
        "not a SkyFrame": FrameDict.from_chain(pixels, (unit, iwc), (unit, Ast.Frame(2, "Domain=SKY"))),
        "maps PIXELS to SKY, not IWC": FrameDict.from_chain(iwc, (unit, pixels), (unit, sky)),
    }
    for message, frames in chains.items():
        with pytest.raises(exceptions.TypeError, match=message):
            SkyWcs(frames)


@pytest.mark.parametrize(
    ("cards", "message"),
    [({"RADESYS": "ICRS", "CTYPE1": "LINEAR", "CTYPE2": "LINEAR", "CRPIX1": 1.0, "CRPIX2": 1.0}, "celestial"),
     ({"CTYPE1": "HPLN-TAN", "CTYPE2": "HPLT-TAN", "CRPIX1": 1.0, "CRPIX2": 1.0}, "converted to ICRS"),
     ({"CRPIX1": True, "CRPIX2": 1.0}, "celestial")],
)  # fmt: skip
def test_headers_that_are_not_of_the_sky(cards: dict[str, Any], message: str) -> None:
    metadata = PropertyList()
    metadata.update(cards)
    with pytest.raises(exceptions.TypeError, match=message):
        makeSkyWcs(metadata)
    with pytest.raises(exceptions.TypeError, match=message):
        SkyWcs(metadata=metadata, strip=False)


def test_keywords_of_positions() -> None:
    wcs = tan_wcs()
    sky = wcs.pixelToSky(pixel=CRPIX)
    assert sky == wcs.pixelToSky(CRPIX) == wcs.pixelToSky(*CRPIX) and wcs.pixelToSky(pixel=[CRPIX]) == [sky]
    assert wcs.skyToPixel(sky=sky) == wcs.skyToPixel(sky)
    assert wcs.getPixelScale(pixel=CRPIX).asArcseconds() == pytest.approx(0.2)
    np.testing.assert_allclose(wcs.getCdMatrix(pixel=CRPIX), CD, rtol=1e-9)
    radial = afw_geom.makeRadialTransform(coeffs=[0.0, 2.0]).applyForward(Point2D(1, 0))
    assert radial == afw_geom.makeRadialTransform(forwardCoeffs=[0, 2], inverseCoeffs=[0, 0.5]).applyForward(
        Point2D(1, 0)
    )
    for bad in (
        lambda: wcs.pixelToSky(x=1.0),
        lambda: wcs.pixelToSky(1.0, 2.0, 3.0),
        lambda: wcs.pixelToSky(Point2I(1, 2)),
        lambda: wcs.getPixelScale(None),
        lambda: wcs.getCdMatrix(None),
        lambda: wcs.linearizePixelToSky(CRPIX),
        lambda: afw_geom.makeRadialTransform(inverseCoeffs=[0, 2]),
        lambda: afw_geom.makeModifiedWcs(makeTransform(AffineTransform()), wcs),
        lambda: makeTanSipWcs(CRPIX, CRVAL, CD, SIP_A, SIP_B, SIP_A),
        lambda: makeSkyWcs(CRPIX, CRVAL),
    ):
        with pytest.raises(TypeError):
            bad()


def test_approximations_say_what_they_are() -> None:
    box = Box2D(Point2D(0, 0), Extent2D(1000, 800))
    target = makeTanSipWcs(CRPIX, CRVAL, CD, SIP_A, SIP_B)
    fit = SipApproximation(target, box, Extent2I(9, 7), 3)
    assert (fit.getOrder(), fit.getBBox()) == (3, box)
    assert fit.getA(p=2, q=0) == fit.getA(2, 0) == fit.getA()[2, 0] and fit.getB(0, 2) == fit.getB()[0, 2]
    with pytest.raises(TypeError):
        fit.getA(2)
    assert fit.getPixelOrigin() == box.getCenter()
    assert fit.getSkyOrigin() == target.pixelToSky(box.getCenter())
    sky, pixel = fit.computeDeltas()
    assert sky.asArcseconds() < 1e-3 and pixel < 5e-3
    for shape, order, crpix, error in (
        (Extent2I(1, 7), 3, None, exceptions.InvalidParameterError),
        (Extent2I(9, 7), 3, Point2D(-1, 0), exceptions.InvalidParameterError),
        (Extent2I(2, 2), 3, None, exceptions.LogicError),
    ):
        with pytest.raises(error):
            SipApproximation(target, box, shape, order, pixelOrigin=crpix)
    half_sky = makeSkyWcs(CRPIX, CRVAL, makeCdMatrix(1.0 * degrees), "SIN")
    with pytest.raises(exceptions.RuntimeError, match="finite"):
        SipApproximation(half_sky, box, Extent2I(9, 7), 1, CRPIX + Extent2D(0, 100))
