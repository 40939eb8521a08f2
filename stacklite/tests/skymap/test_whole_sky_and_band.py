"""Sky maps of twelve tracts and of a band, with values of the real stack."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest

from lsst.geom import Extent2I, SpherePoint, degrees
from lsst.skymap import DodecaSkyMap, DodecaSkyMapConfig, EquatSkyMap, EquatSkyMapConfig, skyMapRegistry
from lsst.skymap._dodecahedron import dodecahedron
from lsst_stacklite.sky_maps import load_sky_map

# Right ascensions and declinations of the corners of some tracts: (tracts on the poles, tract) to corners.
CORNERS = {
    (False, 0): [(0, 90), (60, 48.189685), (22.238756, 19.471221), (337.761244, 19.471221), (300, 48.189685)],
    (False, 6): [
        (337.761244, 19.471221),
        (22.238756, 19.471221),
        (37.761244, -19.471221),
        (0, -48.189685),
        (322.238756, -19.471221),
    ],
    (False, 10): [
        (240, -48.189685),
        (0, -90),
        (120, -48.189685),
        (157.761244, -19.471221),
        (202.238756, -19.471221),
    ],
    (True, 0): [(lon, 52.622632) for lon in (36, 324, 252, 180, 108)],
    (True, 7): [
        (144, -52.622632),
        (144, -10.812317),
        (108, 10.812317),
        (72, -10.812317),
        (72, -52.622632),
    ],
}


def _degrees(points: Any) -> list[list[float]]:
    return [[angle.asDegrees() for angle in point] for point in points]


def _dodeca(on_poles: bool = False) -> DodecaSkyMap:
    config = DodecaSkyMapConfig()
    config.withTractsOnPoles = on_poles
    return DodecaSkyMap(config)


@pytest.mark.parametrize(
    ("on_poles", "sha1", "centers"),
    [
        (False, "4a5a3a92403893be46af6e7011c18b9cffa151bf", [(0, 52.622632), (180, 10.812317)]),
        (True, "4c1c9359ccd8f8af5264b64c6fe5ace9b01a90b8", [(0, 90), (216, 26.565051)]),
    ],
)
def test_twelve_tracts(on_poles: bool, sha1: str, centers: list[tuple[float, float]]) -> None:
    sky_map = _dodeca(on_poles)
    assert (len(sky_map), sky_map.getSha1().hex(), sky_map.getVersion()) == (12, sha1, (1, 0))
    assert sky_map.getWithTractsOnPoles() == on_poles
    np.testing.assert_allclose(_degrees(sky_map[i].getCtrCoord() for i in (0, 4)), centers, atol=1e-6)
    for (poles, number), corners in CORNERS.items():
        if poles == on_poles:
            np.testing.assert_allclose(_degrees(sky_map[number].getVertexList()), corners, atol=1e-6)


def test_boxes_of_twelve_tracts() -> None:
    tract = _dodeca()[3]
    assert tract.getBBox().getDimensions() == Extent2I(1400000, 1336000)
    assert tuple(tract.getNumPatches()) == (350, 334)


@pytest.mark.parametrize("on_poles", [False, True])
def test_faces_are_regular(on_poles: bool) -> None:
    """All edges of a dodecahedron are equally long, and neighboring centers equally far apart."""
    faces = dodecahedron(on_poles)
    edges = [
        corners[i].separation(corners[i - 1]).asRadians() for _, corners in faces for i in range(len(corners))
    ]
    np.testing.assert_allclose(edges, 2 * math.asin(1 / (math.sqrt(3) * (1 + math.sqrt(5)) / 2)), rtol=1e-12)
    for center, _ in faces:
        nearest = sorted(center.separation(other).asRadians() for other, _ in faces)[1:6]
        np.testing.assert_allclose(nearest, math.atan(2.0), rtol=1e-12)


@pytest.mark.parametrize(
    "sky_map", [_dodeca(), _dodeca(True), EquatSkyMap()], ids=["corner", "face", "equat"]
)
def test_positions_are_in_the_tract_with_the_nearest_center(sky_map: Any) -> None:
    rng = np.random.default_rng(5)
    band = 1.2 if isinstance(sky_map, EquatSkyMap) else 90.0
    for ra, dec in zip(rng.uniform(0, 360, 20), rng.uniform(-band, band, 20), strict=True):
        coord = SpherePoint(ra, dec, degrees)
        found = sky_map.findTract(coord)
        nearest = min(sky_map, key=lambda tract: tract.getCtrCoord().separation(coord))
        assert found is nearest and found.contains(coord)
    assert pickle.loads(pickle.dumps(sky_map)) == sky_map and sky_map[-1] is sky_map[len(sky_map) - 1]


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_pickles_are_loaded_as_data(protocol: int) -> None:
    band, whole = EquatSkyMapConfig(), DodecaSkyMapConfig()
    band.numTracts, band.decRange = 6, [-2.5, 2.5]
    whole.withTractsOnPoles = True
    for sky_map in (EquatSkyMap(band), DodecaSkyMap(whole)):
        loaded = load_sky_map(pickle.dumps(sky_map, protocol))
        assert type(loaded) is type(sky_map) and loaded == sky_map and len(loaded) == len(sky_map)
        assert loaded.config == sky_map.config  # type: ignore[attr-defined]


def test_a_band_along_the_equator() -> None:
    sky_map = EquatSkyMap()
    assert (len(sky_map), sky_map.getSha1().hex()) == (4, "fe3a549cb00b95d24265857c156706e46915f324")
    tract = sky_map[1]
    assert _degrees([tract.getCtrCoord()]) == [[135.0, 0.0]]
    assert _degrees(tract.getVertexList()) == [[90, -1.25], [180, -1.25], [180, 1.25], [90, 1.25]]
    assert tract.getBBox().getDimensions() == Extent2I(984000, 40000)
    assert tuple(tract.getNumPatches()) == (246, 10)
    np.testing.assert_allclose(list(tract.getWcs().getPixelOrigin()), [491999.0, 19999.0], atol=1e-6)
    expected = [0.008897227513392652, 0.9994390118213113, -0.03228778394711605]
    np.testing.assert_allclose(list(tract.getOuterSkyPolygon().getVertices()[0]), expected, atol=1e-12)


def test_wcs_of_a_band_that_is_off_the_equator_begins_there() -> None:
    config = EquatSkyMapConfig()
    config.update(numTracts=12, decRange=[10.0, 12.0])
    sky_map = EquatSkyMap(config)
    tract = sky_map[2]
    assert _degrees([tract.getCtrCoord(), tract.getWcs().getSkyOrigin()]) == [[75.0, 11.0], [75.0, 0.0]]
    assert sky_map != EquatSkyMap() and {"dodeca", "equat"} <= set(skyMapRegistry)


def test_versions_that_are_not_known() -> None:
    state = {**EquatSkyMap().__getstate__(), "version": (2, 0)}
    with pytest.raises(RuntimeError, match=r"\(2, 0\)"):
        EquatSkyMap.__new__(EquatSkyMap).__setstate__(state)
