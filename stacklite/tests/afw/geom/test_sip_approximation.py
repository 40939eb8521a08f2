"""SIP approximations of WCSs: fits, and what WCSs with one attached write."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import SipApproximation, SkyWcs, makeCdMatrix, makeSkyWcs, makeTanSipWcs
from lsst.geom import Box2D, Extent2D, Extent2I, Point2D, degrees
from stacklite_support.golden import golden_cases, golden_file
from stacklite_support.golden_wcs import PIXEL_ATOL, RTOL, assert_same_sky, check_metadata, pixels, xy
from stacklite_support.parity import parity
from stacklite_support.wcs_makers import CD, CRPIX, CRVAL, SIP_A, SIP_B, tan_wcs


def test_approximation_is_what_a_header_gets() -> None:
    plain, other = tan_wcs(), tan_wcs(orientation=18.0)
    wcs = plain.copyWithFitsApproximation(other)
    assert wcs.pixelToSky(3, 4) == plain.pixelToSky(3, 4)
    assert wcs.getFitsMetadata().toDict() == other.getFitsMetadata().toDict()
    assert wcs.getFitsMetadata(precise=True).toDict() == plain.getFitsMetadata().toDict()
    with pytest.raises(pex_exceptions.LogicError):
        plain.copyWithFitsApproximation(wcs)


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
        (Extent2I(1, 7), 3, None, pex_exceptions.InvalidParameterError),
        (Extent2I(9, 7), 3, Point2D(-1, 0), pex_exceptions.InvalidParameterError),
        (Extent2I(2, 2), 3, None, pex_exceptions.LogicError),
    ):
        with pytest.raises(error):
            SipApproximation(target, box, shape, order, pixelOrigin=crpix)
    half_sky = makeSkyWcs(CRPIX, CRVAL, makeCdMatrix(1.0 * degrees), "SIN")
    with pytest.raises(pex_exceptions.RuntimeError, match="finite"):
        SipApproximation(half_sky, box, Extent2I(9, 7), 1, CRPIX + Extent2D(0, 100))


# -- Values of the real stack ----------------------------------------------------------

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
@golden_cases("wcs", "SipApproximation")
def test_sip_approximation(case: dict[str, Any]) -> None:
    expected = case["expected"]
    if "error" in expected:
        with pytest.raises(getattr(pex_exceptions, expected["error"])):
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


@golden_cases("wcs", "SipApproximation")
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
        with pytest.raises(getattr(pex_exceptions, expected["metadata_precise"]["error"])):
            wcs.getFitsMetadata(precise=True)
    else:
        check_metadata(wcs.getFitsMetadata(precise=True), expected["metadata_precise"])
    with pytest.raises(getattr(pex_exceptions, expected["copy_of_copy"]["error"])):
        target.copyWithFitsApproximation(wcs)
    wcs.writeFits(str(tmp_path / "wcs.fits"))
    copies = [wcs, SkyWcs.readFits(str(tmp_path / "wcs.fits")), wcs.copyAtShiftedPixelOrigin(Extent2D(1, 2))]
    assert [w.hasFitsApproximation() for w in copies] == expected["approximation_kept"]
    assert copies[1].getFitsApproximation() == wcs.getFitsApproximation()
