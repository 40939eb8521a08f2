"""Patches that are made of cells."""

from __future__ import annotations

import hashlib
import pickle
import struct
from collections.abc import Callable

import numpy as np
import pytest

from lsst.daf.butler import Butler
from lsst.geom import Box2D, Box2I, Extent2I, Point2I, SpherePoint, degrees
from lsst.skymap import DiscreteSkyMap, DiscreteSkyMapConfig, skyMapRegistry
from lsst.skymap.ringsSkyMap import RingsSkyMap, RingsSkyMapConfig
from lsst_stacklite.sky_maps import load_sky_map
from stacklite_support.sky_maps import brute_patches, image_corners, make_cells, make_discrete, make_rings


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
    # Every patch is needed: without the first or last row or column the tract would be too small.
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
