"""Configurations of transforms, comparison of WCSs, undistorted pixels. Values are the real stack's."""

from __future__ import annotations

from typing import Any

import pytest
from numpy.testing import assert_allclose

import lsst.afw.geom as afw_geom
from lsst.afw.cameraGeom import Orientation, makePixelToTanPixel, rotateBBoxBy90
from lsst.afw.geom import (
    MultiTransformConfig,
    OneTransformConfig,
    TransformConfig,
    computePixelToDistortedPixel,
    ellipses,
    makeCdMatrix,
    makeRadialTransform,
    makeSkyWcs,
    transformRegistry,
    wcsAlmostEqualOverBBox,
)
from lsst.geom import Box2I, Extent2D, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees

POINT = Point2D(1, 2)


def _config(name: str, **values: Any) -> Any:
    config = transformRegistry[name].ConfigClass()
    for field, value in values.items():
        setattr(config, field, value)
    config.validate()
    return config


def _one(name: str, **values: Any) -> OneTransformConfig:
    config = OneTransformConfig()
    config.transform.retarget(transformRegistry[name])
    for field, value in values.items():
        setattr(config.transform, field, value)
    return config


def test_transforms_of_the_registry() -> None:
    assert list(transformRegistry) == ["identity", "inverted", "affine", "radial", "multi"]
    multi = MultiTransformConfig()
    multi.transformDict = {1: _one("affine", linear=(2, 0, 0, 2)), 0: _one("affine", translation=(1, 2))}
    cases = {
        "identity": (_config("identity"), [1, 2]),
        "inverted": (_one("affine", translation=(1, 2)), [0, 0]),
        "affine": (_config("affine", linear=(1, 2, 3, 5), translation=(7, 9)), [12, 22]),
        "radial": (_config("radial", coeffs=(0, 1, 0.1)), [1.2236067977499789, 2.44721359549996]),
        "multi": (multi, [4, 8]),
    }
    for name, (config, expected) in cases.items():
        assert_allclose([*transformRegistry[name](config).applyForward(POINT)], expected, rtol=1e-15)
    whole = TransformConfig()
    whole.transform.name = "affine"
    whole.transform["affine"].translation = (1.0, 2.0)
    assert whole.transform.apply().applyForward(POINT) == Point2D(2, 4)


@pytest.mark.parametrize("coeffs", [(1.0, 2.0), (0.0,), (0.0, 0.0)])
def test_coefficients_are_checked(coeffs: tuple[float, ...]) -> None:
    with pytest.raises(RuntimeError, match="radial coefficients"):
        _config("radial", coeffs=coeffs)


def test_wcss_that_nearly_agree() -> None:
    def wcs(y: float) -> Any:
        return makeSkyWcs(Point2D(100, y), SpherePoint(30, -45, degrees), makeCdMatrix(1 * arcseconds))

    box = Box2I(Point2I(0, 0), Extent2I(200, 300))
    assert wcsAlmostEqualOverBBox(wcs(100), wcs(100), box)
    assert wcsAlmostEqualOverBBox(wcs(100), wcs(100.005), box)
    assert not wcsAlmostEqualOverBBox(wcs(100), wcs(100.005), box, maxDiffSky=0.001 * arcseconds)
    assert not wcsAlmostEqualOverBBox(wcs(100), wcs(101), box)
    assert not wcsAlmostEqualOverBBox(wcs(100), wcs(101), box, maxDiffSky=2 * arcseconds)
    assert wcsAlmostEqualOverBBox(wcs(100), wcs(101), box, maxDiffSky=2 * arcseconds, maxDiffPix=2)


def test_pixels_without_distortion() -> None:
    orientation, size = Orientation(Point2D(10, 20), Point2D(100, 200), 30 * degrees), Extent2D(0.01, 0.015)
    to_field = makeRadialTransform([0, 1e-4, 0, 1e-9])
    box = Box2I(Point2I(0, 0), Extent2I(200, 400))
    expected = {(0, 0): (7.0421, 2.4777), (100, 200): (109.33, 204.11), (150, -20): (158.59, -17.303)}
    for transform in (
        makePixelToTanPixel(box, orientation, to_field, size),
        computePixelToDistortedPixel(orientation.makePixelFpTransform(size), to_field),
    ):
        for pixel, found in expected.items():
            assert_allclose([*transform.applyForward(Point2D(*pixel))], found, rtol=5e-5)


@pytest.mark.parametrize(
    ("turns", "corners"),
    [
        (-1, (2, 16, 5, 18)),
        (0, (1, 2, 3, 5)),
        (1, (24, 1, 27, 3)),
        (2, (16, 24, 18, 27)),
        (5, (24, 1, 27, 3)),
    ],
)
def test_boxes_of_turned_images(turns: int, corners: tuple[int, ...]) -> None:
    box = Box2I(Point2I(1, 2), Extent2I(3, 4))
    found = rotateBBoxBy90(box, turns, Extent2I(20, 30))
    assert (*found.getMin(), *found.getMax()) == corners


def test_ellipses_have_short_names() -> None:
    assert afw_geom.Quadrupole is ellipses.Quadrupole and afw_geom.Ellipse is ellipses.Ellipse
