"""Patches: numbers, boxes, polygons, searches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lsst.geom import Box2D, Extent2D, Extent2I, Point2D, SpherePoint, degrees
from lsst.pex.config import FieldValidationError
from lsst.skymap import TractInfo
from lsst.skymap.detail import makeSkyPolygonFromBBox
from lsst.skymap.ringsSkyMap import RingsSkyMapConfig
from stacklite_support.sky_maps import (
    BORDER,
    INNER,
    brute_patches,
    corners,
    image_corners,
    make_discrete,
    make_rings,
)


def test_patches_tile_the_tract() -> None:
    tract = make_discrete()[0]
    count = np.zeros((tract.getBBox().getHeight(), tract.getBBox().getWidth()), dtype=int)
    for number, patch in enumerate(tract):
        assert patch.getSequentialIndex() == number == tract.getSequentialPatchIndex(patch)
        assert tract.getPatchInfo(tuple(patch.getIndex())) == tract[number] == patch
        count[patch.getInnerBBox().getSlices()] += 1
        assert patch.getOuterBBox() == patch.getInnerBBox().dilatedBy(20).clippedTo(tract.getBBox())
    assert number + 1 == len(tract) == tract.num_patches.x * tract.num_patches.y
    assert count.min() == count.max() == 1
    for bad in (len(tract), -1, (tract.num_patches.x, 0), (0, -1)):
        with pytest.raises(IndexError):
            tract.getPatchInfo(bad)


def test_find_patch() -> None:
    tract = make_discrete()[0]
    for pixel in ((0.0, 0.0), (299.4, 10.0), (299.6, 249.6), (-0.4, tract.getBBox().getMaxY() + 0.4)):
        coord = tract.wcs.pixelToSky(Point2D(*pixel))
        (expected,) = [p for p in tract if Box2D(p.getInnerBBox()).contains(Point2D(*pixel))]
        assert tract.findPatch(coord) == expected
    with pytest.raises(LookupError):
        tract.findPatch(SpherePoint(10, 10, degrees))


@pytest.mark.parametrize(
    ("ra", "dec"), [(0.0, 0.0), (359.9, 33.0), (120.0, -61.0), (10.0, 88.5), (200.0, -14.0)]
)
def test_find_tract_patch_list(ra: float, dec: float) -> None:
    sky_map = make_rings()
    coords = image_corners(ra, dec, 1.0)
    found = {t.getId(): [p.getSequentialIndex() for p in ps] for t, ps in sky_map.findTractPatchList(coords)}
    expected = {t.getId(): brute_patches(t, coords) for t in sky_map}
    assert found
    assert found == {t: patches for t, patches in expected.items() if patches}


def test_patches_by_numpy_integers() -> None:
    tract = make_discrete()[0]
    assert tract[np.int64(3)] == tract[3] == tract[np.array([3, 0])]
    assert tract.getPatchIndexPair(np.int64(3)) == tract.getPatchIndexPair(3)


@pytest.mark.parametrize(
    ("builder", "field", "value"),
    [
        ("legacy", "patchInnerDimensions", [0, 100]),
        ("legacy", "patchBorder", -1),
        ("cells", "cellInnerDimensions", [100, -100]),
        ("cells", "cellBorder", -1),
        ("cells", "numCellsPerPatchInner", 0),
        ("cells", "numCellsInPatchBorder", -2),
    ],
)
def test_patches_without_pixels(builder: str, field: str, value: Any) -> None:
    with pytest.raises(FieldValidationError):
        setattr(RingsSkyMapConfig().tractBuilder[builder], field, value)


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
    """The centers of pixels are in the inner polygon of their patch only, and in the outer one, too."""
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
    # Components of unit vectors, that went through pixel positions of about 1000 with 1e-13.
    atol = 1e-14
    np.testing.assert_allclose(
        corners(right.getInnerSkyPolygon(moved)), corners(left.inner_sky_polygon), rtol=0, atol=atol
    )
    outer = right.getOuterSkyPolygon(moved)
    expected = makeSkyPolygonFromBBox(right.outer_bbox.shiftedBy(Extent2I(-INNER.x, 0)), tract.wcs)
    np.testing.assert_allclose(corners(outer), corners(expected), rtol=0, atol=atol)


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
