"""`lsst.obs.base.utils`: the WCS that follows from boresight and camera."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import lsst.obs.base
from lsst.afw.cameraGeom import FIELD_ANGLE, Camera
from lsst.afw.geom import SkyWcs
from lsst.afw.image import RotType, VisitInfo
from lsst.geom import Point2D, SpherePoint, degrees, radians
from lsst.obs.base.utils import InitialSkyWcsError, createInitialSkyWcs, createInitialSkyWcsFromBoresight
from lsst.obs.base.yamlCamera import makeCamera
from stacklite_support.golden import cases, golden_file, is_error, own_file
from stacklite_support.parity import parity

SKY_ATOL = np.deg2rad(1e-9)
PIXEL_ATOL = 1e-8  # the radial inverse is iterative; the stack's own round trip is good to 5e-10
CD_RTOL = 2e-8  # AST differentiates numerically; its versions choose other steps
SCALE_RTOL = 1e-9  # differences of unit vectors one pixel (1e-6) apart
DEFAULT_POINTS = [[0.0, 0.0], [199.5, 149.5], [-0.5, 299.5], [399.5, 10.25], [1000.0, -500.0]]
"""Where a WCS was observed, if no case says so."""


def points_of(inputs: dict[str, Any]) -> list[Point2D]:
    """Return where a WCS was observed; a case that does not say so has the points of the others."""
    others = cases("camera", "createInitialSkyWcsFromBoresight", lambda c: "points" in c["inputs"])
    same = [c["inputs"]["points"] for c in others if c["inputs"]["file"] == inputs["file"]]
    named = same + [c["inputs"]["points"] for c in others] + [DEFAULT_POINTS]
    return pixels(inputs.get("points", named[0]))


@cache
def camera(name: str) -> Camera:
    return Camera.readFits(golden_file(name)) if name.endswith(".fits") else makeCamera(golden_file(name))


def params(kind: str, *sources: str) -> Any:
    found = [pytest.param(c, s, id=f"{c['id']}-{s}") for c in cases("camera", kind) for s in sources]
    return pytest.mark.parametrize(("case", "source"), found)


def pixels(points: Any) -> list[Point2D]:
    return [Point2D(*p) for p in points]


def assert_same_sky(sky: list[SpherePoint], expected: Any) -> None:
    found = [list(p.getVector()) for p in sky]
    assert_allclose(
        found, [list(SpherePoint(*p, radians).getVector()) for p in expected], atol=SKY_ATOL, rtol=0
    )


def sky_point(lonlat: list[float]) -> SpherePoint:
    return SpherePoint(*lonlat, degrees)


@parity("createInitialSkyWcs", "1e-9 degrees")
@params("createInitialSkyWcsFromBoresight", "file", "yaml")
def test_from_boresight(case: dict[str, Any], source: str) -> None:
    inputs, expected = case["inputs"], case["expected"]
    arguments = (
        sky_point(inputs["boresight_deg"]),
        inputs["orientation_deg"] * degrees,
        camera(inputs[source])[inputs["id"]],
    )
    if "error" in expected:
        assert expected["error"] == InitialSkyWcsError.__name__
        with pytest.raises(InitialSkyWcsError, match="parity"):
            createInitialSkyWcsFromBoresight(*arguments, inputs["flip_x"])
        return
    check_wcs(
        createInitialSkyWcsFromBoresight(*arguments, inputs["flip_x"]), expected, pixels(inputs["points"])
    )
    if inputs["flip_x"] is None:
        assert createInitialSkyWcsFromBoresight(*arguments) == createInitialSkyWcsFromBoresight(
            *arguments, flipX=None
        )


def check_wcs(wcs: SkyWcs, expected: dict[str, Any], points: list[Point2D]) -> None:
    assert_same_sky(wcs.pixelToSky(points), expected["sky"])
    back = [[*p] for p in wcs.skyToPixel(wcs.pixelToSky(points))]
    assert_allclose(back, expected["back"], atol=PIXEL_ATOL, rtol=0)
    assert_allclose([*wcs.getPixelOrigin()], expected["pixel_origin"], atol=PIXEL_ATOL, rtol=0)
    assert_same_sky([wcs.getSkyOrigin()], [expected["sky_origin"]])
    # Scale and CD matrix are those at the second point, the center of the detector.
    assert_allclose(wcs.getPixelScale(points[1]).asRadians(), expected["pixel_scale"], rtol=SCALE_RTOL)
    assert wcs.isFlipped == expected["is_flipped"]
    scale = np.abs(expected["cd"]).max()
    assert_allclose(wcs.getCdMatrix(points[1]), expected["cd"], atol=CD_RTOL * scale, rtol=0)


@parity("createInitialSkyWcs", "1e-9 degrees")
@params("createInitialSkyWcs", "file")
def test_from_visit_info(case: dict[str, Any], source: str) -> None:
    inputs, expected = case["inputs"], case["expected"]
    visit_info = VisitInfo(
        rotType=RotType.__members__[inputs["rot_type"]],
        boresightRaDec=sky_point(inputs["boresight_deg"]),
        boresightRotAngle=inputs["rot_angle_deg"] * degrees,
    )
    detector = camera(inputs[source])[inputs["id"]]
    if is_error(expected):
        assert inputs["rot_type"] != "SKY"
        assert expected["error"] == InitialSkyWcsError.__name__
        with pytest.raises(InitialSkyWcsError, match=inputs["rot_type"]):
            createInitialSkyWcs(visit_info, detector)
        return
    assert_same_sky(createInitialSkyWcs(visit_info, detector).pixelToSky(points_of(inputs)), expected)
    flipped = createInitialSkyWcs(visit_info, detector, flipX=True)
    assert flipped.isFlipped and not createInitialSkyWcs(visit_info, detector, False).isFlipped


def test_a_detector_without_field_angles_is_refused() -> None:
    builder = camera(own_file("camera.fits")).rebuild()
    assert builder.discardTransformFromFocalPlaneTo(FIELD_ANGLE)
    with pytest.raises(InitialSkyWcsError, match="FIELD_ANGLE"):
        createInitialSkyWcsFromBoresight(sky_point([10.0, 20.0]), 0 * degrees, builder.finish()[1])


def test_the_package_has_the_functions() -> None:
    for name in ("InitialSkyWcsError", "createInitialSkyWcs", "createInitialSkyWcsFromBoresight"):
        assert getattr(lsst.obs.base, name) is globals()[name]
