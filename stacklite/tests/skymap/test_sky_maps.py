"""Sky maps: searches for tracts, registration, pickles."""

from __future__ import annotations

import builtins
import copy
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.daf.butler import Butler
from lsst.daf.butler.registry import ConflictingDefinitionError
from lsst.geom import Angle, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees, radians
from lsst.pex.config import FieldValidationError
from lsst.skymap import BaseSkyMap, DiscreteSkyMap, DiscreteSkyMapConfig, ringsSkyMap, skyMapRegistry
from lsst.skymap.detail import makeSkyPolygonFromBBox
from lsst.skymap.ringsSkyMap import RingsSkyMap, RingsSkyMapConfig
from lsst.sphgeom import ConvexPolygon, HealpixPixelization
from lsst_stacklite.sky_maps import load_sky_map
from stacklite_support.golden import golden_cases, golden_file, is_error
from stacklite_support.parity import parity
from stacklite_support.paths import REFERENCE_VISIT
from stacklite_support.sky_maps import image_corners, make_apart, make_discrete, make_plain_rings, make_rings
from support.realdata import REALDATA, needs_realdata


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


def test_edges_of_rings_are_in_the_ring_of_the_stack() -> None:
    """Rounding decides; the edges that it puts into the ring below are those of the real stack."""
    sky_map = make_plain_rings(120, ra_start=0.0)
    size = math.pi / 121
    edges = [ring * size + (size * 0.5 - 0.5 * math.pi) for ring in range(120)]
    found = sky_map.findTractIdArray([0.0] * 120, edges).tolist()
    below = [3, 8, 13, 18, 21, 26, 42, 47, 52, 57, 79, 84, 89, 94, 99, 104, 109, 114]
    assert [ring for ring in range(1, 120) if found[ring] == found[ring - 1]] == below
    assert found[117:] == [18889, 18911, 18927]


def test_identity_and_pickle() -> None:
    sky_map = make_rings()
    assert pickle.loads(pickle.dumps(sky_map)) == sky_map == copy.deepcopy(sky_map)
    assert hash(sky_map) == hash(make_rings())
    assert sky_map != make_rings(raStart=1.0)
    assert sky_map != make_discrete()
    assert sky_map[-1].getId() == len(sky_map) - 1
    assert sky_map[3] is sky_map[3]
    assert [t.getId() for t in make_discrete()] == [0, 1]


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


def test_bad_configurations() -> None:
    config = DiscreteSkyMapConfig()
    config.update(raList=[1.0], decList=[1.0], radiusList=[])
    with pytest.raises(ValueError, match="radiusList"):
        DiscreteSkyMap(config)
    with pytest.raises(ValueError, match="version 2"):
        RingsSkyMap(make_rings().config, version=2)


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


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize("rings", [1, 2, 9])
def test_rings_by_brute_force(rings: int, version: int) -> None:
    """Rings are filled one after the other; version 0 puts one tract too many on each of them."""
    sky_map = make_plain_rings(rings, version)
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
    sky_map = make_plain_rings(9)
    made = sky_map.generateTract(20)
    assert made is not sky_map[20] is sky_map[20]
    assert (made.getId(), made.ctr_coord, made.wcs) == (20, sky_map[20].ctr_coord, sky_map[20].wcs)


def test_units_of_positions() -> None:
    for sky_map in (make_plain_rings(9), make_apart()):
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
        DiscreteSkyMap(make_apart().config, version=1)


def test_maps_are_immutable() -> None:
    sky_map = make_plain_rings(9)
    with pytest.raises(FieldValidationError, match="frozen"):
        sky_map.config.numRings = 10
    assert RingsSkyMapConfig().patchBorder == RingsSkyMapConfig().tractBuilder["legacy"].patchBorder


def test_a_name_belongs_to_one_map(tmp_path: Path) -> None:
    Butler.makeRepo(tmp_path / "repo")
    with Butler.from_config(tmp_path / "repo", writeable=True) as butler:
        make_apart().register("name", butler)
        with pytest.raises(ConflictingDefinitionError):
            make_apart(ra=151.0).register("name", butler)
        assert butler.get("skyMap", skymap="name", collections="skymaps") == make_apart()


# -- Values of the real stack ----------------------------------------------------------

SKY_ATOL = np.deg2rad(1e-9)


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
@golden_cases("skymap", "SkyMap")
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
    # One-sided differences over one pixel of 1e-6 rad, in unit vectors of 1e-16.
    assert_allclose(wcs.getPixelScale().asRadians(), expected["pixel_scale"], rtol=1e-9)
    assert_allclose(wcs.getCdMatrix(), expected["cd"], rtol=0, atol=1e-12)
    patch = tract[0]
    assert bounds(patch.getInnerBBox()) == expected["patch_0"]["inner"]
    assert bounds(patch.getOuterBBox()) == expected["patch_0"]["outer"]
    polygon = tract.getOuterSkyPolygon()
    assert polygon.contains(tract.ctr_coord.getVector()) == expected["contains_center"]
    assert_allclose(centroid(polygon), expected["centroid"], rtol=0, atol=SKY_ATOL)


@golden_cases("skymap", "SkyMap")
def test_built_from_config(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    factory = skyMapRegistry["rings" if inputs["type"] == "RingsSkyMap" else "discrete"]
    config = factory.ConfigClass()
    config.update(**inputs["config"])
    sky_map = factory(config, version=inputs["version"])
    assert sky_map.getSha1().hex() == case["expected"]["sha1"]
    assert sky_map == load(golden_file(inputs["file"]))


@parity(lambda case: case["inputs"]["type"], 0)
@golden_cases("skymap", "SkyMap.findTract")
def test_find_tract(case: dict[str, Any]) -> None:
    sky_map = load(golden_file(case["inputs"]["file"]))
    points = [SpherePoint(*p, degrees) for p in case["inputs"]["points_deg"]]
    assert [sky_map.findTract(p).getId() for p in points] == case["expected"]
    ra, dec = np.transpose(case["inputs"]["points_deg"])
    assert sky_map.findTractIdArray(ra, dec, degrees=True).tolist() == case["expected"]


@parity("makeSkyPolygonFromBBox", "1e-9 degrees")
@golden_cases("skymap", "makeSkyPolygonFromBBox")
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


@golden_cases("skymap", "HealpixPixelization(3)")
def test_healpix_index(case: dict[str, Any]) -> None:
    pixelization = HealpixPixelization(3)
    vector = SpherePoint(*case["inputs"]["point_deg"], degrees).getVector()
    assert pixelization.index(vector) == case["expected"]["index"]
    containing = [i for i in range(768) if pixelization.pixel(i).contains(vector)]
    assert containing == case["expected"]["polygons_containing"]


@golden_cases("skymap", "HealpixPixelization(3).pixel")
def test_healpix_pixel(case: dict[str, Any]) -> None:
    polygon = HealpixPixelization(3).pixel(case["inputs"]["index"])
    assert len(polygon.getVertices()) == case["expected"]["n_vertices"]
    assert_allclose(
        [list(v) for v in polygon.getVertices()], case["expected"]["vertices"], rtol=0, atol=1e-14
    )
    assert_allclose(centroid(polygon), case["expected"]["centroid"], rtol=0, atol=1e-14)


# -- The reference visit ---------------------------------------------------------------


def test_reference_visit_sky_map() -> None:
    sky_map = load(REFERENCE_VISIT / "skymap.pickle")
    assert isinstance(sky_map, ringsSkyMap.RingsSkyMap)
    assert len(sky_map) == 18938
    # The tracts whose catalogs the reference visit has.
    assert sky_map[9813].contains(sky_map[9813].ctr_coord)
    assert sky_map.findTract(sky_map[10055].ctr_coord).getId() == 10055


# -- Real files ------------------------------------------------------------------------


@needs_realdata
@pytest.mark.parametrize("name", ["skyMap_discrete_skymaps", "skyMap_hsc_rings_v1_skymaps"])
def test_real_pickles(name: str) -> None:
    sky_map = load(REALDATA / "skymaps" / f"{name}.pickle")
    tract = sky_map[len(sky_map) // 2]
    assert tract.contains(tract.ctr_coord)
    assert load_sky_map(pickle.dumps(sky_map)) == sky_map
