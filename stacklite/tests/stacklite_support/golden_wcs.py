"""WCSs that golden cases describe, and comparisons with what the stack says of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.testing import assert_allclose

from lsst.afw.geom import (
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
from lsst.geom import AffineTransform, Extent2D, Point2D, SpherePoint, arcseconds, degrees, radians
from stacklite_support.golden import cases, golden_file, number

SKY_ATOL = np.deg2rad(1e-9)
PIXEL_ATOL = 1e-8  # 1e-9 degrees are 2e-5 pixel; the inverse of a distortion is iterative
# AST differentiates numerically; its versions choose other steps near coordinate 0, each good to some 1e-9.
CD_RTOL = 2e-8
RTOL = 1e-10


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
    center = Point2D(*inputs["center"])
    return makeFlippedWcs(make_simple(inputs["of"]), inputs["flip_lr"], inputs["flip_tb"], center)


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


def check_metadata(metadata: PropertyList, expected: Any) -> None:
    names = metadata.getOrderedNames()
    cd_scale = max((abs(value) for name, value, _ in expected if name.startswith("CD")), default=0.0)
    assert [(n, metadata.getComment(n)) for n in names] == [(n, c) for n, _, c in expected]
    for name, value, _ in expected:
        if isinstance(value, float):
            # Where ICRS is not the system of the header AST fits the CD matrix numerically (FK4: 2e-9).
            close = {"rtol": 0.0, "atol": CD_RTOL * cd_scale} if name.startswith("CD") else {"rtol": RTOL}
            assert_allclose(metadata.getScalar(name), value, err_msg=name, **close)
        else:
            assert metadata.getScalar(name) == value
