"""WCSs from headers and in them: keywords, origins of arrays, SIP polynomials."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import lsst.afw.geom as afw_geom
import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import (
    SkyWcs,
    createTrivialWcsMetadata,
    deleteBasicWcsMetadata,
    getCdMatrixFromMetadata,
    getImageXY0FromMetadata,
    getSipMatrixFromMetadata,
    hasSipMatrix,
    makeCdMatrix,
    makeModifiedWcs,
    makeRadialTransform,
    makeSimpleWcsMetadata,
    makeSipMatrixMetadata,
    makeSkyWcs,
    makeTanSipMetadata,
    makeTanSipWcs,
    makeTransform,
    stripWcsMetadata,
)
from lsst.daf.base import PropertyList
from lsst.geom import AffineTransform, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees
from stacklite_support.golden import golden_cases, golden_file
from stacklite_support.golden_wcs import check_metadata, header
from stacklite_support.parity import parity
from stacklite_support.wcs_makers import CD, CRPIX, CRVAL, SIP_A, SIP_B, tan_wcs, tan_wcs_of_cd


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


def test_keywords_of_what_fits_cannot_represent() -> None:
    bent = makeModifiedWcs(makeRadialTransform([0.0, 1.0, 0.0, 1e-7]), tan_wcs(), False)
    assert not bent.isFits
    with pytest.raises(pex_exceptions.RuntimeError):
        bent.getFitsMetadata(precise=True)
    with pytest.raises(pex_exceptions.RuntimeError, match="copyWithFitsApproximation"):
        bent.getFitsMetadata()
    approximated = bent.copyWithFitsApproximation(tan_wcs())
    assert approximated.getFitsMetadata().toDict() == tan_wcs().getFitsMetadata(True).toDict()


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
    with pytest.raises(pex_exceptions.TypeError):
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


@pytest.mark.parametrize(
    ("value", "rounded"), [(0.5, 1), (1.5, 2), (2.5, 3), (2.4, 2), (-0.5, -1), (-1.5, -2), (-2.4, -2), (3, 3)]
)
def test_origins_are_rounded_as_in_c(value: float, rounded: int) -> None:
    metadata = createTrivialWcsMetadata("A", Point2I(0, 0))
    metadata.set("CRVAL1A", value)
    metadata.set("CRVAL2A", -value)
    assert getImageXY0FromMetadata(metadata, "A") == Point2I(rounded, -rounded)


def test_origins_are_numbers() -> None:
    metadata = createTrivialWcsMetadata("A", Point2I(0, 0))
    metadata.set("CRPIX1A", "1")
    with pytest.raises(pex_exceptions.TypeError):
        getImageXY0FromMetadata(metadata, "A")


def test_cd_matrix_of_metadata() -> None:
    assert getCdMatrixFromMetadata(metadata_of()).tolist() == [[-1e-4, 0.0], [0.0, 1e-4]]
    with pytest.raises(pex_exceptions.TypeError):
        getCdMatrixFromMetadata(PropertyList())


FATAL_CARDS = {"QV1_1": "GAPPT", "WCSAXES": 2_000_000_000, "EQUINOX": 2e9, "CRPIX1": "center"}


@pytest.mark.parametrize("name", FATAL_CARDS)
def test_header_values_that_ast_cannot_survive(name: str) -> None:
    """AST ends the process at the first and does not come back from the next two."""
    metadata = tan_wcs().getFitsMetadata(True)
    metadata.set("RADESYS", "FK5")
    metadata.set(name, FATAL_CARDS[name])
    with pytest.raises(pex_exceptions.TypeError, match=name):
        makeSkyWcs(metadata)


# -- Keywords --------------------------------------------------------------------------


def test_keywords_of_wcs_without_distortion() -> None:
    metadata = makeSimpleWcsMetadata(CRPIX, CRVAL, CD, "STG")
    assert metadata["CTYPE1"] == "RA---STG" and metadata["CTYPE2"] == "DEC--STG"
    assert (metadata["CRPIX1"], metadata["CRPIX2"]) == (201.5, -16.25), "FITS counts from 1"
    assert "CD1_2" not in metadata, "elements that are zero get no keyword"
    np.testing.assert_array_equal(getCdMatrixFromMetadata(metadata), CD)
    wcs, expected = makeSkyWcs(metadata), makeSkyWcs(CRPIX, CRVAL, CD, "STG")
    for point in (CRPIX, Point2D(0, 0), Point2D(4000, 4000)):
        # The unit cards cost AST one rounding.
        assert wcs.pixelToSky(point).separation(expected.pixelToSky(point)).asArcseconds() < 1e-9
    metadata.set("KEPT", 1)
    deleteBasicWcsMetadata(metadata, "")
    assert [n for n in metadata if not n.startswith("CD")] == ["RADESYS", "KEPT"]
    trivial = createTrivialWcsMetadata("A", Point2I(3, 4))
    deleteBasicWcsMetadata(trivial, "B")
    assert trivial.getOrderedNames() == [
        f"{kind}{axis}A" for kind in ("CTYPE", "CRPIX", "CRVAL", "CUNIT") for axis in (1, 2)
    ]
    assert trivial.getComment("CRPIX2A") == "Row Pixel Coordinate of Reference"
    deleteBasicWcsMetadata(trivial, "A")
    assert len(trivial) == 0


def test_keywords_of_sip_polynomials() -> None:
    metadata = makeTanSipMetadata(CRPIX, CRVAL, CD, SIP_A, SIP_B, sipAp=SIP_B, sipBp=SIP_A)
    assert (metadata["CTYPE1"], metadata["A_ORDER"]) == ("RA---TAN-SIP", 2)
    assert [hasSipMatrix(metadata, name) for name in ("A", "B", "AP", "BP")] == [True] * 4
    for name, matrix in {"A": SIP_A, "B": SIP_B, "AP": SIP_B, "BP": SIP_A}.items():
        np.testing.assert_array_equal(getSipMatrixFromMetadata(metadata, name), matrix)
        assert sum(key.startswith(f"{name}_") for key in metadata) == 1 + np.count_nonzero(matrix)
    with pytest.raises(pex_exceptions.TypeError, match="AP_ORDER"):
        getSipMatrixFromMetadata(makeTanSipMetadata(CRPIX, CRVAL, CD, SIP_A, SIP_B), "AP")
    beyond = makeSipMatrixMetadata(np.ones((3, 3)), "A")
    assert "A_2_1" in beyond, "powers above the order are written, and read"
    np.testing.assert_array_equal(getSipMatrixFromMetadata(beyond, "A"), np.ones((3, 3)))
    for shape in ((0, 0), (2, 3), (4,)):
        with pytest.raises(pex_exceptions.TypeError, match="must be square"):
            makeSipMatrixMetadata(np.zeros(shape), "A")
    for order in (2.5, "2", "x"):
        beyond.set("A_ORDER", order)
        for function in (hasSipMatrix, getSipMatrixFromMetadata):
            with pytest.raises(pex_exceptions.TypeError, match="A_ORDER"):
                function(beyond, "A")


@given(st.floats(-500, 500), st.floats(-500, 500))
def test_sip_moves_pixels_before_the_projection(x: float, y: float) -> None:
    wcs = makeTanSipWcs(CRPIX, CRVAL, CD, SIP_A, SIP_B)
    u, v = x - CRPIX.x, y - CRPIX.y
    moved = Point2D(x + sum(SIP_A[p, q] * u**p * v**q for p, q in np.ndindex(3, 3)),
                    y + sum(SIP_B[p, q] * u**p * v**q for p, q in np.ndindex(3, 3)))  # fmt: skip
    assert wcs.pixelToSky(x, y).separation(tan_wcs_of_cd().pixelToSky(moved)).asArcseconds() < 1e-8


@pytest.mark.parametrize(
    ("cards", "message"),
    [({"RADESYS": "ICRS", "CTYPE1": "LINEAR", "CTYPE2": "LINEAR", "CRPIX1": 1.0, "CRPIX2": 1.0}, "celestial"),
     ({"CTYPE1": "HPLN-TAN", "CTYPE2": "HPLT-TAN", "CRPIX1": 1.0, "CRPIX2": 1.0}, "converted to ICRS"),
     ({"CRPIX1": True, "CRPIX2": 1.0}, "celestial")],
)  # fmt: skip
def test_headers_that_are_not_of_the_sky(cards: dict[str, Any], message: str) -> None:
    metadata = PropertyList()
    metadata.update(cards)
    with pytest.raises(pex_exceptions.TypeError, match=message):
        makeSkyWcs(metadata)
    with pytest.raises(pex_exceptions.TypeError, match=message):
        SkyWcs(metadata=metadata, strip=False)


def test_keywords_of_positions() -> None:
    wcs = tan_wcs_of_cd()
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


# -- Values of the real stack ----------------------------------------------------------


@parity("makeCdMatrix", 1e-15)
@golden_cases("wcs", "makeCdMatrix")
def test_cd_matrix(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    scale, orientation = inputs["scale_arcsec"] * arcseconds, inputs["orientation_deg"] * degrees
    assert_allclose(
        makeCdMatrix(scale, orientation, inputs["flip"]), case["expected"], rtol=1e-15, atol=1e-20
    )


@parity("SkyWcs", 2e-8)
@golden_cases("wcs", "getFitsMetadata")
def test_fits_metadata(case: dict[str, Any]) -> None:
    wcs = SkyWcs.readFits(golden_file(case["inputs"]["file"]))
    check_metadata(wcs.getFitsMetadata(precise=case["inputs"]["precise"]), case["expected"])


@parity("SkyWcs", 2e-8)
@golden_cases("wcs", "getFitsMetadata with bbox")
def test_fits_metadata_of_a_box(case: dict[str, Any]) -> None:
    x0, y0, width, height = case["inputs"]["bbox"]
    wcs = SkyWcs.readFits(golden_file(case["inputs"]["file"]))
    bbox = Box2I(Point2I(x0, y0), Extent2I(width, height))
    check_metadata(wcs.getFitsMetadata(bbox=bbox), case["expected"])


@parity("SkyWcs", 0)
@golden_cases("wcs", "makeSkyWcs header, strip")
def test_strip(case: dict[str, Any]) -> None:
    metadata = header(case["inputs"])
    makeSkyWcs(metadata, strip=True)
    assert sorted(metadata.names()) == sorted(case["expected"])
