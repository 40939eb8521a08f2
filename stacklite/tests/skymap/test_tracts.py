"""Tracts: sizes, inner regions, polygons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lsst.geom import Box2D, Extent2I, Point2D, degrees
from lsst.skymap import TractInfo
from lsst.skymap.tractInfo import ExplicitTractInfo
from lsst.sphgeom import CONTAINS, Box, ConvexPolygon, LonLat
from stacklite_support.sky_maps import BORDER, INNER, OVERLAP, corners, make_discrete, make_rings


@pytest.mark.parametrize("ra_start", [0.0, 77.0])
def test_inner_regions_are_where_a_tract_is_found(ra_start: float) -> None:
    sky_map = make_rings(raStart=ra_start)
    regions = [t.inner_sky_region for t in sky_map]
    rng = np.random.default_rng(4)
    ra, dec = rng.uniform(0, 360, 500), np.rad2deg(np.arcsin(rng.uniform(-1, 1, 500)))
    ra[:6], dec[:6] = [0, 0, 360, 0, 359.999, 0.001], [90, -90, 0.5, 0.5, 0.5, 0.5]
    found = sky_map.findTractIdArray(ra, dec, degrees=True)
    lon, lat = np.deg2rad(ra), np.deg2rad(dec)
    inside = np.array([region.contains(lon, lat) for region in regions])
    np.testing.assert_array_equal(inside.sum(axis=0), 1)
    np.testing.assert_array_equal(inside.argmax(axis=0), found)
    area = sum(
        region.getWidth().asRadians() * np.ptp(np.sin([angle.asRadians() for angle in latitudes(region)]))
        for region in regions
    )
    assert area == pytest.approx(4 * np.pi, rel=1e-12)


def latitudes(region: Any) -> tuple[Any, Any]:
    return region.getLat().getA(), region.getLat().getB()


def inner_polygon(tract: TractInfo) -> ConvexPolygon:
    """Return the polygon that the stack gives with a warning."""
    with pytest.warns(FutureWarning, match="inner_sky_region"):
        return tract.inner_sky_polygon


def test_inner_region_of_a_discrete_tract_is_its_polygon() -> None:
    tract = make_discrete()[0]
    assert tract.inner_sky_region == inner_polygon(tract)
    assert tract.inner_sky_region.contains(tract.ctr_coord.getVector())
    assert not tract.inner_sky_region.contains(tract.outer_sky_polygon)
    assert tract.outer_sky_polygon.contains(tract.inner_sky_region)


def test_a_tract_of_vertices() -> None:
    """Its box reaches half the overlap beyond all vertices."""
    given = make_discrete()[0]
    overlap = 0.2 * degrees
    tract = TractInfo(4, given._builder, given.ctr_coord, given.vertex_list, overlap, given.wcs)
    assert tract.vertex_list == tuple(given.vertex_list)
    corners = [tract.wcs.skyToPixel(vertex) for vertex in tract.vertex_list]
    half = 0.5 * overlap.asArcseconds() / 5.0
    box = Box2D(tract.bbox)
    for corner in corners:
        for x, y in ((-half, 0.0), (half, 0.0), (0.0, -half), (0.0, half)):
            assert box.contains(Point2D(corner.x + 0.99 * x, corner.y + 0.99 * y))
    assert tract.inner_sky_region == inner_polygon(tract)
    west, east = LonLat.fromDegrees(350.0, -1.0), LonLat.fromDegrees(10.0, 2.0)
    place = (4, given._builder, given.ctr_coord)
    boxed = TractInfo(*place, given.vertex_list, overlap, given.wcs, innerBoxCorners=[west, east])
    assert boxed.inner_sky_region == Box(west, east)
    explicit = ExplicitTractInfo(*place, 0.5 * degrees, overlap, given.wcs, innerBoxCorners=[west, east])
    assert explicit.inner_sky_region == Box(west, east)


def test_what_a_tract_was_made_from(tract: TractInfo) -> None:
    assert tract.tract_overlap == tract.getTractOverlap() == OVERLAP
    assert tract.patch_inner_dimensions == tract.getPatchInnerDimensions() == INNER
    assert tract.patch_border == tract.getPatchBorder() == BORDER
    assert tract.bbox == tract.getBBox()
    columns, rows = tract.num_patches
    assert tract.bbox.getDimensions() == Extent2I(columns * INNER.x, rows * INNER.y)


def test_a_tract_reaches_its_radius_and_the_overlap(tract: TractInfo) -> None:
    """Its box covers radius + overlap in all directions, by less than one patch on both sides together."""
    reach = [0.5, 0.4][tract.getId()] * degrees + OVERLAP
    ends = [tract.wcs.skyToPixel(tract.ctr_coord.offset(a * degrees, reach)) for a in (0, 90, 180, 270)]
    box = Box2D(tract.bbox)
    for low, high, size, step in (
        (min(p.x for p in ends), max(p.x for p in ends), box.getWidth(), INNER.x),
        (min(p.y for p in ends), max(p.y for p in ends), box.getHeight(), INNER.y),
    ):
        assert low >= -0.5 and high <= size - 0.5
        assert size - (high - low) < step + 1  # rounding outwards to whole pixels comes first


def test_sky_polygons_of_tracts(tract: TractInfo) -> None:
    """The inner region of such a tract is its box, less 0.001 pixels on each side."""
    outer, inner = tract.outer_sky_polygon, inner_polygon(tract)
    with pytest.warns(FutureWarning, match="inner_sky_region"):
        np.testing.assert_array_equal(corners(inner), corners(tract.getInnerSkyPolygon()))
    np.testing.assert_array_equal(corners(outer), corners(tract.getOuterSkyPolygon()))
    assert outer.relate(inner) & CONTAINS
    expected = Box2D(tract.bbox).erodedBy(0.001).getCorners()
    for vertex, corner in zip(tract.vertex_list, expected, strict=True):
        # 1e-16 rad on the sky are 4e-12 pixels of 5 arcsec.
        np.testing.assert_allclose(list(tract.wcs.skyToPixel(vertex)), list(corner), rtol=0, atol=1e-10)
