"""`SpherePoint`: vectors, bearings, offsets, averages."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import lsst.geom as geom
from lsst.geom import AngleUnit, SpherePoint, degrees, radians
from lsst.pex.exceptions import InvalidParameterError
from lsst.sphgeom import LonLat, Vector3d
from stacklite_support.golden import golden_cases, number
from stacklite_support.golden_geom import RTOL, assert_same_sky, check_error, sphere
from stacklite_support.parity import parity

LONGITUDES = st.floats(-720, 720)
LATITUDES = st.floats(-90, 90)


@given(LONGITUDES, LATITUDES)
def test_sphere_point_round_trips(lon: float, lat: float) -> None:
    point = SpherePoint(lon, lat, degrees)
    for other in (
        SpherePoint(point.getLongitude(), point.getLatitude()),
        SpherePoint(point.getVector()),
        SpherePoint(Vector3d(point.getVector()) * 3.0),
        SpherePoint(LonLat(point.getVector())),
    ):
        # `asin` loses half of the digits at the poles.
        assert point.separation(other).asRadians() < 3e-8
    assert list(point.getPosition(radians)) == [point[0].asRadians(), point[1].asRadians()]


@given(LONGITUDES, st.floats(-89, 89), st.floats(0, 360), st.floats(0.01, 90))
def test_offset_undoes_bearing(lon: float, lat: float, bearing: float, amount: float) -> None:
    start = SpherePoint(lon, lat, degrees)
    end = start.offset(bearing * degrees, amount * degrees)
    assert start.separation(end).asDegrees() == pytest.approx(amount, rel=1e-7)
    if end.getLatitude().asDegrees() < 89.9:
        difference = (start.bearingTo(end) - bearing * degrees).wrapCtr()
        assert abs(difference.asRadians()) < 1e-8


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), max_size=5))
def test_arrays_of_unit_vectors(points: list[tuple[float, float]]) -> None:
    lon, lat = np.array(points, dtype=float).reshape(-1, 2).T
    xyz = SpherePoint.toUnitXYZ(longitude=lon, latitude=lat, units=degrees)
    for i, point in enumerate(points):
        expected = SpherePoint(*point, degrees).getVector()
        np.testing.assert_allclose([v[i] for v in xyz], list(expected), rtol=0, atol=1e-15)
    np.testing.assert_array_equal(SpherePoint.toUnitXYZ(ra=lon, dec=lat, units=degrees), xyz)


def test_sphere_point_errors() -> None:
    with pytest.raises(InvalidParameterError):
        SpherePoint(0, 91, degrees)
    with pytest.raises(InvalidParameterError):
        geom.averageSpherePoint([])
    for index in (2, -3):
        with pytest.raises(IndexError):
            SpherePoint(1, 2, degrees)[index]
    for args in ((1.0, 2.0), (1.0, 2.0, 3.0), (geom.Angle(1.0), 2.0), (geom.Point3D(1, 2, 3),)):
        with pytest.raises(TypeError):
            SpherePoint(*args)
    for angles in ({"ra": 1.0}, {"ra": 1.0, "dec": 2.0, "longitude": 3.0}, {"dec": 2.0}):
        with pytest.raises(ValueError, match="either the longitude or ra"):
            SpherePoint.toUnitXYZ(**angles, units=degrees)
    assert math.isnan(SpherePoint(math.nan, 1, degrees).separation(SpherePoint(1, 2, degrees)).asRadians())


@given(st.floats(0, 359), st.floats(-89, 89))
def test_copies_and_units_of_positions(lon: float, lat: float) -> None:
    point = SpherePoint(lon, lat, degrees)
    assert SpherePoint(point) == point == SpherePoint(longitude=lon, latitude=lat, units=degrees)
    assert list(point.getPosition(radians)) == [angle.asRadians() for angle in point]
    assert len(point) == 2 and point != (lon, lat)
    for bad in (
        lambda: SpherePoint("x"),
        lambda: SpherePoint(ra=1),
        lambda: geom.SphereTransform()((1, 2, 3)),
    ):
        with pytest.raises(TypeError):
            bad()


def test_text_of_undefined_positions() -> None:
    assert str(SpherePoint()) == "(nan, +nan)"
    assert str(SpherePoint(1.5, math.nan, degrees)) == "(1.5000000000, +nan)"


@pytest.mark.parametrize("unit", [geom.radians, geom.degrees, geom.hours, geom.arcseconds], ids=repr)
def test_unit_vectors_of_many_positions(unit: AngleUnit) -> None:
    lon, lat = np.array([[0.0, 0.5, 1.5], [2.0, -1.0, 6.0]]), np.array([[0.0, 1.5, -1.25], [1.0, 0.5, -0.5]])
    found = SpherePoint.toUnitXYZ(longitude=lon, latitude=lat, units=unit)
    expected = [SpherePoint(*pair, unit).getVector() for pair in zip(lon.flat, lat.flat, strict=True)]
    np.testing.assert_allclose(np.stack(found, -1).reshape(-1, 3), [list(v) for v in expected], atol=1e-15)
    assert all(component.shape == lon.shape for component in found)


# -- Values of the real stack ----------------------------------------------------------


@parity("SpherePoint", RTOL)
@golden_cases("geom", "SpherePoint")
def test_sphere_point(case: dict[str, Any]) -> None:
    inputs, expected = number(case["inputs"]), number(case["expected"])

    def make() -> SpherePoint:
        return SpherePoint(inputs["lon_deg"] * degrees, inputs["lat_deg"] * degrees)

    if check_error(case, make):
        return
    point = make()
    if isinstance(expected, list):
        assert_allclose([a.asRadians() for a in point], expected, rtol=RTOL)
        return
    assert_allclose([point.getLongitude().asRadians(), point.getDec().asRadians()],
                    [expected["lon"], expected["lat"]], rtol=RTOL)  # fmt: skip
    assert_allclose(list(point.getVector()), expected["vector"], rtol=0, atol=3e-16)
    assert (point.atPole(), point.isFinite()) == (expected["at_pole"], expected["finite"])
    assert_same_sky(SpherePoint(point.getVector()), expected["from_vector"])
    assert_allclose(list(point.getPosition(degrees)), expected["position"], rtol=RTOL)
    assert (str(point), repr(point)) == (expected["text"], expected["repr"])


@parity("SpherePoint", 1e-9)
@golden_cases("geom", "SpherePoint pair")
def test_sphere_point_pair(case: dict[str, Any]) -> None:
    a, b = sphere(case["inputs"]["a_deg"]), sphere(case["inputs"]["b_deg"])
    expected = number(case["expected"])
    assert_allclose(a.separation(b).asRadians(), expected["separation"], rtol=1e-10, atol=1e-16)
    difference = a.bearingTo(b) - expected["bearing"] * radians
    # The bearing between nearby poles is a ratio of two roundings.
    assert abs(difference.wrapCtr().asRadians()) < 1e-8
    offset = [v.asRadians() for v in a.getTangentPlaneOffset(b)]
    # Up to 90 degrees away the scale vanishes, so the error grows with the offset itself.
    assert_allclose(
        offset, expected["tangent_plane_offset"], rtol=1e-9, atol=1e-16 + 1e-9 * np.hypot(*offset)
    )


@parity("SpherePoint", "1e-9 degrees")
@golden_cases("geom", "SpherePoint.offset")
def test_sphere_point_offset(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    moved = sphere(inputs["point_deg"]).offset(
        inputs["bearing_deg"] * degrees, inputs["amount_deg"] * degrees
    )
    assert_same_sky(moved, case["expected"])


@parity("SpherePoint", "1e-9 degrees")
@golden_cases("geom", "SpherePoint.rotated")
def test_sphere_point_rotated(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    turned = sphere(inputs["point_deg"]).rotated(sphere(inputs["axis_deg"]), inputs["amount_deg"] * degrees)
    assert_same_sky(turned, case["expected"])


@parity("SpherePoint", RTOL)
@golden_cases("geom", "SpherePoint from vector")
def test_sphere_point_from_vector(case: dict[str, Any]) -> None:
    vector = Vector3d(*number(case["inputs"]["vector"]))
    if not check_error(case, lambda: SpherePoint(vector)):
        assert_allclose([a.asRadians() for a in SpherePoint(vector)], number(case["expected"]), rtol=1e-10)


@golden_cases("geom", "SpherePoint()")
def test_sphere_point_default(case: dict[str, Any]) -> None:
    np.testing.assert_equal([a.asRadians() for a in SpherePoint()], number(case["expected"]))


@parity("SpherePoint", "1e-9 degrees")
@golden_cases("geom", "averageSpherePoint")
def test_average_sphere_point(case: dict[str, Any]) -> None:
    points = [sphere(p) for p in case["inputs"]["points_deg"]]
    assert_same_sky(geom.averageSpherePoint(points), case["expected"])


@parity("SpherePoint", RTOL)
@golden_cases("geom", "toUnitXYZ")
def test_to_unit_xyz(case: dict[str, Any]) -> None:
    xyz = SpherePoint.toUnitXYZ(
        longitude=case["inputs"]["lon"], latitude=case["inputs"]["lat"], units=radians
    )
    assert_allclose(xyz, case["expected"], atol=3e-16)


@pytest.mark.parametrize(
    "bad",
    [("ICRS", 34.0, -56.0), ("34", 56, degrees), (34, "56", degrees), (34.0, -56.0), (34, 5, "degrees")],
)
def test_text_is_no_coordinate(bad: Any) -> None:
    with pytest.raises(TypeError):
        SpherePoint(*bad)
