"""`lsst.skymap`: what tracts, patches and sky maps say of themselves, checked by brute force."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsst.daf.butler import Butler
from lsst.daf.butler.registry import ConflictingDefinitionError
from lsst.geom import Angle, Box2D, Extent2D, Extent2I, Point2D, SpherePoint, degrees
from lsst.pex.config import FieldValidationError
from lsst.skymap import (
    DiscreteSkyMap,
    DiscreteSkyMapConfig,
    TractInfo,
)
from lsst.skymap.detail import makeSkyPolygonFromBBox
from lsst.skymap.ringsSkyMap import RingsSkyMap, RingsSkyMapConfig
from lsst.sphgeom import CONTAINS, ConvexPolygon

INNER = Extent2I(300, 250)
BORDER = 20
OVERLAP = 0.05 * degrees


def make_discrete(ra: float = 150.0) -> DiscreteSkyMap:
    config = DiscreteSkyMapConfig()
    config.update(raList=[ra, ra + 2.5], decList=[2.0, -40.0], radiusList=[0.5, 0.4], pixelScale=5.0)
    config.update(tractOverlap=OVERLAP.asDegrees(), projection="TAN")
    config.patchInnerDimensions = list(INNER)
    config.patchBorder = BORDER
    return DiscreteSkyMap(config)


def make_rings(rings: int, version: int = 1, ra_start: float = 7.0) -> RingsSkyMap:
    config = RingsSkyMapConfig()
    config.update(numRings=rings, pixelScale=20.0, projection="TAN", raStart=ra_start)
    return RingsSkyMap(config, version)


@pytest.fixture(params=[0, 1])
def tract(request: Any) -> TractInfo:
    return make_discrete()[request.param]


def corners(polygon: ConvexPolygon) -> np.ndarray:
    """Return the corners of a polygon, sorted, since hulls may begin anywhere."""
    found = np.array([list(v) for v in polygon.getVertices()])
    return found[np.lexsort(found.T)]


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


def test_patches_are_numbered_row_by_row(tract: TractInfo) -> None:
    columns, rows = tract.getNumPatches()
    pairs = [(x, y) for y in range(rows) for x in range(columns)]
    assert [tract.getPatchIndexPair(i) for i in range(len(tract))] == pairs
    assert [tract.getSequentialPatchIndexFromPair(pair) for pair in pairs] == list(range(len(tract)))
    for number, (patch, pair) in enumerate(zip(tract, pairs, strict=True)):
        assert (patch.sequential_index, patch.index) == (number, pair)
        assert patch.getIndex() == patch.index
        assert (patch.inner_bbox, patch.outer_bbox) == (patch.getInnerBBox(), patch.getOuterBBox())
        assert patch.inner_bbox.getMin() == Extent2I(pair[0] * INNER.x, pair[1] * INNER.y).asPoint()
        assert patch.wcs is patch.getWcs()
        assert patch.wcs == tract.wcs


def test_boxes_of_patches_are_copies(tract: TractInfo) -> None:
    patch = tract[0]
    for box in (patch.inner_bbox, patch.outer_bbox, tract.bbox):
        box.grow(5)
    assert patch == tract[0]
    assert tract.bbox.getMin().x == 0


def test_sky_polygons_of_patches(tract: TractInfo) -> None:
    """The centres of pixels are in the inner polygon of their patch only, and in the outer one, too."""
    patches = list(tract)
    for patch in patches:
        inner, outer = patch.inner_sky_polygon, patch.outer_sky_polygon
        np.testing.assert_array_equal(corners(inner), corners(patch.getInnerSkyPolygon()))
        np.testing.assert_array_equal(corners(outer), corners(patch.getOuterSkyPolygon()))
        for point in Box2D(patch.inner_bbox).erodedBy(0.5).getCorners():
            vector = tract.wcs.pixelToSky(point).getVector()
            assert [p.sequential_index for p in patches if p.inner_sky_polygon.contains(vector)] == [
                patch.sequential_index
            ]
            assert outer.contains(vector)


def test_polygons_of_patches_for_another_wcs(tract: TractInfo) -> None:
    moved = tract.wcs.copyAtShiftedPixelOrigin(Extent2D(INNER.x, 0.0))
    left, right = tract.getPatchInfo((0, 1)), tract.getPatchInfo((1, 1))
    # components of unit vectors, that went through pixel positions of about 1000 with 1e-13
    atol = 1e-14
    np.testing.assert_allclose(
        corners(right.getInnerSkyPolygon(moved)), corners(left.inner_sky_polygon), rtol=0, atol=atol
    )
    outer = right.getOuterSkyPolygon(moved)
    expected = makeSkyPolygonFromBBox(right.outer_bbox.shiftedBy(Extent2I(-INNER.x, 0)), tract.wcs)
    np.testing.assert_allclose(corners(outer), corners(expected), rtol=0, atol=atol)


def test_sky_polygons_of_tracts(tract: TractInfo) -> None:
    """The inner region of such a tract is its box, less 0.001 pixels on each side."""
    outer, inner = tract.outer_sky_polygon, tract.inner_sky_polygon
    np.testing.assert_array_equal(corners(inner), corners(tract.getInnerSkyPolygon()))
    np.testing.assert_array_equal(corners(outer), corners(tract.getOuterSkyPolygon()))
    assert outer.relate(inner) & CONTAINS
    expected = Box2D(tract.bbox).erodedBy(0.001).getCorners()
    for vertex, corner in zip(tract.vertex_list, expected, strict=True):
        # 1e-16 rad on the sky are 4e-12 pixels of 5 arcsec
        np.testing.assert_allclose(list(tract.wcs.skyToPixel(vertex)), list(corner), rtol=0, atol=1e-10)


def test_patches_of_positions_that_have_none(tract: TractInfo) -> None:
    """Positions without a pixel are left out; those farther outside than a border find nothing."""
    center = tract.ctr_coord
    antipode = SpherePoint(center.getLongitude() + 180 * degrees, -center.getLatitude())
    assert tract.findPatchList([]) == ()
    assert tract.findPatchList([antipode]) == ()
    box = Box2D(tract.bbox)
    for x, y, expected in (
        (-0.5 - BORDER - 2, 0.0, []),
        (0.0, box.getMaxY() + BORDER + 2, []),
        (-0.5 - BORDER + 2, 0.0, [0]),
        (0.0, -0.5 - BORDER + 2, [0]),
    ):
        outside = tract.wcs.pixelToSky(Point2D(x, y))
        for coords in ([outside], [outside, antipode]):
            assert [p.sequential_index for p in tract.findPatchList(coords)] == expected


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("rings", [1, 2, 9])
def test_rings_by_brute_force(rings: int, version: int) -> None:
    """Rings are filled one after the other; version 0 puts one tract too many on each of them."""
    sky_map = make_rings(rings, version)
    size = math.pi / (rings + 1)
    counts = []
    for ring in range(rings):
        widest = max(math.cos(size * (ring + shift) - 0.5 * math.pi) for shift in (0.5, 1.5))
        counts.append(int(2.0 * math.pi * widest / size) + 1)
    assert len(sky_map) == sum(counts) + 2
    assert (sky_map[0].ctr_coord.getDec(), sky_map[-1].ctr_coord.getDec()) == (-90 * degrees, 90 * degrees)
    for index in range(1, len(sky_map) - 1):
        ring, number = 0, index - 1
        while number > counts[ring] - version:
            number -= counts[ring]
            ring += 1
        assert sky_map.getRingIndices(index) == (ring, number)
        center = sky_map[index].ctr_coord
        expected = SpherePoint(7 * degrees + Angle(2 * math.pi * number / counts[ring]),
                               Angle(size * (ring + 1) - 0.5 * math.pi))  # fmt: skip
        assert center.separation(expected).asRadians() < 1e-14


def test_tracts_are_made_again_on_request() -> None:
    sky_map = make_rings(9)
    made = sky_map.generateTract(20)
    assert made is not sky_map[20] is sky_map[20]
    assert (made.getId(), made.ctr_coord, made.wcs) == (20, sky_map[20].ctr_coord, sky_map[20].wcs)


def test_units_of_positions() -> None:
    for sky_map in (make_rings(9), make_discrete()):
        ra, dec = np.array([0.0, 149.0, 351.0]), np.array([-90.0, 2.0, 37.5])
        in_degrees = sky_map.findTractIdArray(ra, dec, degrees=True)
        np.testing.assert_array_equal(sky_map.findTractIdArray(np.radians(ra), np.radians(dec)), in_degrees)
        each = [sky_map.findTract(SpherePoint(a, d, degrees)).getId() for a, d in zip(ra, dec, strict=True)]
        assert in_degrees.tolist() == each


def test_first_of_tracts_at_equal_distance() -> None:
    config = DiscreteSkyMapConfig()
    config.update(raList=[10.0, 350.0, 10.0], decList=[0.0, 0.0, 0.0], radiusList=[1.0] * 3)
    sky_map = DiscreteSkyMap(config)
    assert sky_map.findTractIdArray([0.0, 1.0, 359.0], [0.0] * 3, degrees=True).tolist() == [0, 0, 1]


@pytest.mark.parametrize(("name", "value"), [("numRings", 0), ("raStart", -1.0), ("raStart", 360.0)])
def test_rings_that_cannot_be(name: str, value: float) -> None:
    with pytest.raises(FieldValidationError):
        RingsSkyMapConfig().update(**{name: value})
    with pytest.raises(ValueError, match="version 1 of DiscreteSkyMap"):
        DiscreteSkyMap(make_discrete().config, version=1)


def test_maps_are_immutable() -> None:
    sky_map = make_rings(9)
    with pytest.raises(FieldValidationError, match="frozen"):
        sky_map.config.numRings = 10
    assert RingsSkyMapConfig().patchBorder == RingsSkyMapConfig().tractBuilder["legacy"].patchBorder


def test_a_name_belongs_to_one_map(tmp_path: Path) -> None:
    Butler.makeRepo(tmp_path / "repo")
    with Butler.from_config(tmp_path / "repo", writeable=True) as butler:
        make_discrete().register("name", butler)
        with pytest.raises(ConflictingDefinitionError):
            make_discrete(ra=151.0).register("name", butler)
        assert butler.get("skyMap", skymap="name", collections="skymaps") == make_discrete()
