"""`lsst.skymap` against the values of the real stack."""

from __future__ import annotations

import builtins
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees, radians
from lsst.skymap import BaseSkyMap, ringsSkyMap, skyMapRegistry
from lsst.skymap.detail import makeSkyPolygonFromBBox
from lsst.sphgeom import ConvexPolygon, HealpixPixelization
from lsst_stacklite.sky_maps import load_sky_map
from stacklite_support.golden import cases, golden_file, is_error
from stacklite_support.parity import parity
from stacklite_support.paths import REFERENCE_VISIT
from support.realdata import REALDATA, needs_realdata

SKY_ATOL = np.deg2rad(1e-9)


def params(kind: str) -> Any:
    return pytest.mark.parametrize("case", [pytest.param(c, id=str(c["id"])) for c in cases("skymap", kind)])


def load(path: str | Path) -> BaseSkyMap:
    return load_sky_map(Path(path).read_bytes())


def xyz(points: Any) -> np.ndarray:
    return np.array([list(SpherePoint(*p, radians).getVector()) for p in points])


def vectors(points: Any) -> np.ndarray:
    return np.array([list(p.getVector()) for p in points])


def bounds(box: Box2I) -> list[int]:
    return [*box.getMin(), *box.getDimensions()]


def centroid(polygon: ConvexPolygon) -> list[float]:
    return list(polygon.getCentroid())


@parity(lambda case: case["inputs"]["type"], "1e-9 degrees")
@params("SkyMap")
def test_sky_map(case: dict[str, Any]) -> None:
    sky_map = load(golden_file(case["inputs"]["file"]))
    expected = case["expected"]
    assert len(sky_map) == expected["n_tracts"]
    assert sky_map.getSha1().hex() == expected["sha1"]
    for index in (len(sky_map), -len(sky_map) - 1):
        with pytest.raises(IndexError):
            sky_map[index]
    for index, values in expected["tracts"].items():
        check_tract(sky_map, int(index), values)


def check_tract(sky_map: BaseSkyMap, index: int, expected: dict[str, Any]) -> None:
    tract = sky_map[index]
    assert tract.getId() == tract.tract_id == expected["id"]
    assert_allclose(vectors([tract.ctr_coord]), xyz([expected["ctr_coord"]]), rtol=0, atol=SKY_ATOL)
    assert tract.getCtrCoord() == tract.ctr_coord
    assert bounds(tract.getBBox()) == expected["bbox"]
    assert list(tract.getNumPatches()) == expected["n_patches"]
    assert_allclose(vectors(tract.getVertexList()), xyz(expected["vertices"]), rtol=0, atol=SKY_ATOL)
    wcs = tract.getWcs()
    sky = wcs.pixelToSky([Point2D(*p) for p in expected["wcs_points"]])
    assert_allclose(vectors(sky), xyz(expected["wcs_sky"]), rtol=0, atol=SKY_ATOL)
    assert_allclose(list(wcs.getPixelOrigin()), expected["crpix"], rtol=0, atol=1e-8)
    # one-sided differences over one pixel of 1e-6 rad, in unit vectors of 1e-16
    assert_allclose(wcs.getPixelScale().asRadians(), expected["pixel_scale"], rtol=1e-9)
    assert_allclose(wcs.getCdMatrix(), expected["cd"], rtol=0, atol=1e-12)
    patch = tract[0]
    assert bounds(patch.getInnerBBox()) == expected["patch_0"]["inner"]
    assert bounds(patch.getOuterBBox()) == expected["patch_0"]["outer"]
    polygon = tract.getOuterSkyPolygon()
    assert polygon.contains(tract.ctr_coord.getVector()) == expected["contains_center"]
    assert_allclose(centroid(polygon), expected["centroid"], rtol=0, atol=SKY_ATOL)


@params("SkyMap")
def test_built_from_config(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    factory = skyMapRegistry["rings" if inputs["type"] == "RingsSkyMap" else "discrete"]
    config = factory.ConfigClass()
    config.update(**inputs["config"])
    sky_map = factory(config, version=inputs["version"])
    assert sky_map.getSha1().hex() == case["expected"]["sha1"]
    assert sky_map == load(golden_file(inputs["file"]))


@parity(lambda case: case["inputs"]["type"], 0)
@params("SkyMap.findTract")
def test_find_tract(case: dict[str, Any]) -> None:
    sky_map = load(golden_file(case["inputs"]["file"]))
    points = [SpherePoint(*p, degrees) for p in case["inputs"]["points_deg"]]
    assert [sky_map.findTract(p).getId() for p in points] == case["expected"]
    ra, dec = np.transpose(case["inputs"]["points_deg"])
    assert sky_map.findTractIdArray(ra, dec, degrees=True).tolist() == case["expected"]


@parity("makeSkyPolygonFromBBox", "1e-9 degrees")
@params("makeSkyPolygonFromBBox")
def test_sky_polygon(case: dict[str, Any]) -> None:
    inputs, expected = case["inputs"], case["expected"]
    w = {"scale": 0.2, "orientation": 0.0, "flip": False, "projection": "TAN", "crpix": [200, 150]}
    w |= inputs["wcs"]
    cd_matrix = makeCdMatrix(w["scale"] * arcseconds, w["orientation"] * degrees, w["flip"])
    wcs = makeSkyWcs(
        Point2D(*w["crpix"]), SpherePoint(w["ra"], w["dec"], degrees), cd_matrix, w["projection"]
    )
    box = Box2I(Point2I(*inputs["bbox"][:2]), Extent2I(*inputs["bbox"][2:]))
    if is_error(expected):
        with pytest.raises(getattr(builtins, expected["error"])):
            makeSkyPolygonFromBBox(box, wcs)
        return
    polygon = makeSkyPolygonFromBBox(box, wcs)
    assert_allclose(centroid(polygon), expected["centroid"], rtol=0, atol=SKY_ATOL)
    found = np.array([list(v) for v in polygon.getVertices()])
    assert_allclose(found, expected["vertices"], rtol=0, atol=SKY_ATOL)
    assert polygon.isEmpty() == expected["is_empty"]
    decoded = ConvexPolygon.decode(bytes.fromhex(expected["encoded"]))
    assert_allclose(found, [list(v) for v in decoded.getVertices()], rtol=0, atol=SKY_ATOL)
    center = wcs.pixelToSky(box.getCenter())
    assert polygon.contains(center.getVector()) == expected["contains_center"]


@params("HealpixPixelization(3)")
def test_healpix_index(case: dict[str, Any]) -> None:
    pixelization = HealpixPixelization(3)
    vector = SpherePoint(*case["inputs"]["point_deg"], degrees).getVector()
    assert pixelization.index(vector) == case["expected"]["index"]
    containing = [i for i in range(768) if pixelization.pixel(i).contains(vector)]
    assert containing == case["expected"]["polygons_containing"]


@params("HealpixPixelization(3).pixel")
def test_healpix_pixel(case: dict[str, Any]) -> None:
    polygon = HealpixPixelization(3).pixel(case["inputs"]["index"])
    assert len(polygon.getVertices()) == case["expected"]["n_vertices"]
    assert_allclose(
        [list(v) for v in polygon.getVertices()], case["expected"]["vertices"], rtol=0, atol=1e-14
    )
    assert_allclose(centroid(polygon), case["expected"]["centroid"], rtol=0, atol=1e-14)


def test_reference_visit_sky_map() -> None:
    sky_map = load(REFERENCE_VISIT / "skymap.pickle")
    assert isinstance(sky_map, ringsSkyMap.RingsSkyMap)
    assert len(sky_map) == 18938
    # the tracts whose catalogs the reference visit has
    assert sky_map[9813].contains(sky_map[9813].ctr_coord)
    assert sky_map.findTract(sky_map[10055].ctr_coord).getId() == 10055


@needs_realdata
@pytest.mark.parametrize("name", ["skyMap_discrete_skymaps", "skyMap_hsc_rings_v1_skymaps"])
def test_real_pickles(name: str) -> None:
    sky_map = load(REALDATA / "skymaps" / f"{name}.pickle")
    tract = sky_map[len(sky_map) // 2]
    assert tract.contains(tract.ctr_coord)
    assert load_sky_map(pickle.dumps(sky_map)) == sky_map
