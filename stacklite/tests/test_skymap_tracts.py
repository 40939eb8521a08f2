"""`lsst.skymap`: patches, searches, registration; checked by brute force."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from lsst.daf.butler import Butler
from lsst.geom import Box2D, Box2I, Point2D, SpherePoint, degrees
from lsst.skymap import (
    DiscreteSkyMap,
    DiscreteSkyMapConfig,
    RingsSkyMap,
    RingsSkyMapConfig,
    TractInfo,
    skyMapRegistry,
)


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
    return [p.getSequentialIndex() for p in tract if p.getOuterBBox().overlaps(needed)]


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


def test_cells_have_centres_only() -> None:
    config = RingsSkyMapConfig()
    config.numRings = 12
    config.tractBuilder.name = "cells"
    sky_map = skyMapRegistry["rings"](config)
    assert sky_map[5].ctr_coord == make_rings()[5].ctr_coord
    assert sky_map.getSha1() != make_rings().getSha1()
    with pytest.raises(NotImplementedError):
        sky_map[5].getBBox()
    assert pickle.loads(pickle.dumps(sky_map)) == sky_map


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


def test_register_some_tracts(butler: Butler) -> None:
    make_rings().register("rings", butler, tracts=[3, 7])
    assert [t.id for t in butler.query_dimension_records("tract", skymap="rings")] == [3, 7]
