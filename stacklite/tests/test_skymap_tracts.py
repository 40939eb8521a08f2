"""`lsst.skymap`: patches, searches, registration; checked by brute force."""

from __future__ import annotations

import copy
import hashlib
import pickle
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsst.daf.butler import Butler
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, degrees
from lsst.pex.config import FieldValidationError
from lsst.skymap import (
    DiscreteSkyMap,
    DiscreteSkyMapConfig,
    TractInfo,
    skyMapRegistry,
)
from lsst.skymap.ringsSkyMap import RingsSkyMap, RingsSkyMapConfig
from lsst.skymap.tractInfo import ExplicitTractInfo
from lsst.sphgeom import Box, LonLat
from lsst_stacklite.sky_maps import load_sky_map


def make_rings(rings: int = 12, **kwargs: object) -> RingsSkyMap:
    config = RingsSkyMapConfig()
    config.update(numRings=rings, pixelScale=20.0, projection="TAN", **kwargs)
    config.patchInnerDimensions = [500, 400]
    config.patchBorder = 30
    return RingsSkyMap(config)


def make_discrete() -> DiscreteSkyMap:
    config = DiscreteSkyMapConfig()
    config.update(raList=[150.0, 152.5], decList=[2.0, 2.1], radiusList=[0.5, 0.4], pixelScale=5.0)
    config.patchInnerDimensions = [300, 250]
    config.patchBorder = 20
    return DiscreteSkyMap(config)


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


def image_corners(ra: float, dec: float, size: float) -> list[SpherePoint]:
    cos_dec = np.cos(np.deg2rad(dec))
    return [
        SpherePoint(ra + sx * size / cos_dec, dec + sy * size, degrees)
        for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]


def brute_patches(tract: TractInfo, coords: list[SpherePoint]) -> list[int]:
    box = Box2D()
    for coord in coords:
        pixel = tract.wcs.skyToPixel(coord)
        if np.all(np.isfinite(list(pixel))):
            box.include(pixel)
    needed = Box2I(box)
    found = [p for p in tract if p.getOuterBBox().overlaps(needed)]
    return [p.getSequentialIndex() for p in sorted(found, key=lambda p: (p.getIndex().x, p.getIndex().y))]


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


def test_find_all_tracts_and_closest() -> None:
    sky_map = make_rings()
    coords = image_corners(37.0, 20.0, 8.0)
    for coord in coords:
        ids = [t.getId() for t in sky_map.findAllTracts(coord)]
        assert ids == [t.getId() for t in sky_map if t.contains(coord)]
        assert sky_map.findTract(coord).getId() in ids
    closest = sky_map.findClosestTractPatchList(coords)
    assert {t.getId() for t, _ in closest} == {sky_map.findTract(c).getId() for c in coords}


def test_rings_cover_the_sky() -> None:
    sky_map = make_rings()
    rng = np.random.default_rng(3)
    ra, dec = rng.uniform(0, 360, 200), np.rad2deg(np.arcsin(rng.uniform(-1, 1, 200)))
    ids = sky_map.findTractIdArray(ra, dec, degrees=True)
    for a, d, number in zip(ra, dec, ids, strict=True):
        assert sky_map[int(number)].contains(SpherePoint(a, d, degrees))
        assert sky_map[int(number)].getOuterSkyPolygon().contains(SpherePoint(a, d, degrees).getVector())


def test_identity_and_pickle() -> None:
    sky_map = make_rings()
    assert pickle.loads(pickle.dumps(sky_map)) == sky_map == copy.deepcopy(sky_map)
    assert hash(sky_map) == hash(make_rings())
    assert sky_map != make_rings(raStart=1.0)
    assert sky_map != make_discrete()
    assert sky_map[-1].getId() == len(sky_map) - 1
    assert sky_map[3] is sky_map[3]
    assert [t.getId() for t in make_discrete()] == [0, 1]


def make_cells(rings: int = 12, **kwargs: object) -> RingsSkyMap:
    config = RingsSkyMapConfig()
    config.update(numRings=rings, pixelScale=20.0, projection="TAN", tractOverlap=0.1)
    config.tractBuilder.name = "cells"
    config.tractBuilder["cells"].update(
        cellInnerDimensions=[40, 30],
        cellBorder=7,
        numCellsPerPatchInner=10,
        numCellsInPatchBorder=2,
        **kwargs,
    )
    return RingsSkyMap(config)


def test_cells_of_rubin() -> None:
    """The sizes that are published for lsst_cells_v1: inner regions of 3000 pixels, patches of 3400."""
    config = RingsSkyMapConfig()
    config.update(numRings=120, pixelScale=0.2, projection="TAN", tractOverlap=1.0 / 60.0)
    config.tractBuilder.name = "cells"
    sky_map = skyMapRegistry["rings"](config)
    tract = sky_map.findTract(SpherePoint(53.13, -28.1, degrees))
    assert tract.patch_inner_dimensions == Extent2I(3000, 3000)
    assert tract.patch_border == 200
    assert tract.getBBox() == Box2I(Point2I(0, 0), Extent2I(3000 * tract.num_patches.x, 30000))
    for patch in (tract[0], tract[len(tract) - 1], tract[(4, 5)]):
        assert patch.getOuterBBox().getDimensions() == Extent2I(3400, 3400)
        assert patch.getInnerBBox() == patch.getOuterBBox().erodedBy(200)
    assert tract[(4, 5)].getInnerBBox().getMin() == Point2I(12000, 15000)
    assert tract.num_patches == (10, 10)


def test_cells_tile_the_tract() -> None:
    tract = make_cells()[5]
    inner, border = Extent2I(400, 300), 2 * 40 + 7
    count = np.zeros((tract.getBBox().getHeight(), tract.getBBox().getWidth()), dtype=int)
    for patch in tract:
        x, y = patch.getIndex()
        assert patch.getInnerBBox() == Box2I(Point2I(x * 400, y * 300), inner)
        assert patch.getOuterBBox() == patch.getInnerBBox().dilatedBy(border)
        count[patch.getInnerBBox().getSlices()] += 1
        center = tract.wcs.pixelToSky(patch.getInnerBBox().getCenter())
        assert tract.findPatch(center) == patch
        assert patch in tract.findPatchList([center])
    assert count.min() == count.max() == 1
    # every patch is needed: without the first or last row or column the tract would be too small
    reach = [tract.wcs.skyToPixel(p) for p in tract._coverage()]
    assert Box2D(tract.getBBox()).contains(Box2D(reach[0], reach[2]))
    widths = np.ptp([list(p) for p in reach], axis=0)
    assert np.all(widths > np.array([*tract.getBBox().getDimensions()]) - [*inner])


def test_cells_and_legacy_differ_in_patches_only() -> None:
    cells, legacy = make_cells(), make_rings()
    assert [t.ctr_coord for t in cells] == [t.ctr_coord for t in legacy]
    assert cells[5].inner_sky_region == legacy[5].inner_sky_region
    assert cells != legacy and pickle.loads(pickle.dumps(cells)) == cells
    assert load_sky_map(pickle.dumps(cells)) == cells
    assert load_sky_map(pickle.dumps(cells))[7].getBBox() == cells[7].getBBox()
    sha1 = hashlib.sha1(b"RingsSkyMap")
    sha1.update(struct.pack("<iiiiidd3sd", 40, 30, 7, 10, 2, 0.1, 20.0, b"TAN", 0.0))
    sha1.update(struct.pack("<id", 12, 0.0))
    assert cells.getSha1() == sha1.digest()


@pytest.mark.parametrize("make", [make_rings, make_cells])
def test_find_tract_patch_list_of_both_builders(make: Callable[[], RingsSkyMap]) -> None:
    sky_map = make()
    coords = image_corners(211.0, -44.0, 2.0)
    found = {t.getId(): [p.getSequentialIndex() for p in ps] for t, ps in sky_map.findTractPatchList(coords)}
    expected = {t.getId(): brute_patches(t, coords) for t in sky_map}
    assert found == {t: patches for t, patches in expected.items() if patches}


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


def test_inner_region_of_a_discrete_tract_is_its_polygon() -> None:
    tract = make_discrete()[0]
    assert tract.inner_sky_region == tract.inner_sky_polygon
    assert tract.inner_sky_region.contains(tract.ctr_coord.getVector())
    assert not tract.inner_sky_region.contains(tract.outer_sky_polygon)
    assert tract.outer_sky_polygon.contains(tract.inner_sky_region)


@pytest.mark.parametrize("sky_map", [make_rings(), make_discrete()], ids=["rings", "discrete"])
def test_positions_that_are_not_finite(sky_map: Any) -> None:
    for ra, dec in ((np.nan, 1.0), (1.0, np.nan)):
        with pytest.raises(ValueError, match="finite"):
            sky_map.findTractIdArray([0.0, ra], [0.0, dec])
    with pytest.raises(ValueError, match="finite"):
        sky_map.findTract(SpherePoint(np.nan, 0.0, degrees))
    assert not sky_map[0].contains(SpherePoint(np.nan, 0.0, degrees))
    if isinstance(sky_map, RingsSkyMap):
        assert sky_map.findAllTracts(SpherePoint(np.nan, 0.0, degrees)) == []
    with pytest.raises(LookupError):
        sky_map[0].findPatch(SpherePoint(np.nan, 0.0, degrees))


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


def test_bad_configurations() -> None:
    config = DiscreteSkyMapConfig()
    config.update(raList=[1.0], decList=[1.0], radiusList=[])
    with pytest.raises(ValueError, match="radiusList"):
        DiscreteSkyMap(config)
    with pytest.raises(ValueError, match="version 2"):
        RingsSkyMap(make_rings().config, version=2)


@pytest.fixture
def butler(tmp_path: Path) -> Iterator[Butler]:
    Butler.makeRepo(tmp_path / "repo")
    with Butler.from_config(tmp_path / "repo", writeable=True) as butler:
        yield butler


def test_register(butler: Butler) -> None:
    sky_map = make_discrete()
    sky_map.register("test", butler)
    sky_map.register("test", butler)
    assert butler.get("skyMap", skymap="test", collections="skymaps") == sky_map
    (record,) = butler.query_dimension_records("skymap")
    assert record.hash == sky_map.getSha1()
    tracts = butler.query_dimension_records("tract", skymap="test")
    assert [t.id for t in tracts] == [0, 1]
    for tract in tracts:
        assert tract.region.contains(sky_map[tract.id].ctr_coord.getVector())
    assert len(butler.query_dimension_records("patch", skymap="test", tract=1)) == len(sky_map[1])
    with pytest.raises(RuntimeError, match="as 'test'"):
        sky_map.register("other", butler)


def test_register_patches_with_cells(butler: Butler) -> None:
    config = DiscreteSkyMapConfig()
    config.update(raList=[150.0], decList=[2.0], radiusList=[0.5], pixelScale=5.0)
    config.tractBuilder.name = "cells"
    config.tractBuilder["cells"].update(cellInnerDimensions=[50, 50], numCellsPerPatchInner=5)
    sky_map = DiscreteSkyMap(config)
    sky_map.register("cells", butler)
    patches = butler.query_dimension_records("patch", skymap="cells", tract=0)
    assert {p.id for p in patches} == set(range(len(sky_map[0])))
    assert butler.get("skyMap", skymap="cells", collections="skymaps") == sky_map


def test_cells_of_a_patch() -> None:
    patch, plain = make_cells()[5][7], make_discrete()[0][0]
    assert patch.num_cells == patch.getNumCells() == (14, 14)
    assert patch.cell_inner_dimensions == patch.getCellInnerDimensions() == Extent2I(40, 30)
    assert patch.cell_border == patch.getCellBorder() == 7
    cells = list(patch)
    assert len(cells) == len(patch) == 196
    union = Box2I()
    for number, cell in enumerate(cells):
        assert cell.sequential_index == number == patch.getSequentialCellIndex(cell)
        assert cell == patch[number] == patch[tuple(cell.index)] == patch.getCellInfo(cell.index)
        assert patch.getCellIndexPair(number) == cell.index
        assert cell.inner_bbox.getDimensions() == Extent2I(40, 30)
        assert cell.outer_bbox == cell.inner_bbox.dilatedBy(7)
        assert cell.wcs is patch.wcs
        union.include(cell.outer_bbox)
    assert cells[0].inner_bbox.getMin() == patch.inner_bbox.getMin() - Extent2I(80, 60)
    assert cells[14 * 2 + 2].inner_bbox.getMin() == patch.inner_bbox.getMin()
    assert union.getWidth() == patch.outer_bbox.getWidth()
    for bad in (196, -1, (14, 0), (0, -1)):
        with pytest.raises(IndexError):
            patch[bad]
    assert len(plain) == 0 and list(plain) == []
    with pytest.raises(IndexError, match="no cells"):
        plain[0]
    with pytest.raises(TypeError, match="unhashable"):
        hash(patch)


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
    assert tract.inner_sky_region == tract.inner_sky_polygon
    west, east = LonLat.fromDegrees(350.0, -1.0), LonLat.fromDegrees(10.0, 2.0)
    place = (4, given._builder, given.ctr_coord)
    boxed = TractInfo(*place, given.vertex_list, overlap, given.wcs, innerBoxCorners=[west, east])
    assert boxed.inner_sky_region == Box(west, east)
    explicit = ExplicitTractInfo(*place, 0.5 * degrees, overlap, given.wcs, innerBoxCorners=[west, east])
    assert explicit.inner_sky_region == Box(west, east)
