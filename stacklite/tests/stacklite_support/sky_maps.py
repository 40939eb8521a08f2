"""Small sky maps, and searches by brute force."""

from __future__ import annotations

import numpy as np

from lsst.geom import Box2D, Box2I, Extent2I, SpherePoint, degrees
from lsst.skymap import DiscreteSkyMap, DiscreteSkyMapConfig, TractInfo
from lsst.skymap.ringsSkyMap import RingsSkyMap, RingsSkyMapConfig
from lsst.sphgeom import ConvexPolygon


def make_rings(rings: int = 12, **kwargs: object) -> RingsSkyMap:
    config = RingsSkyMapConfig()
    config.update(numRings=rings, pixelScale=20.0, projection="TAN", **kwargs)
    config.patchInnerDimensions = [500, 400]
    config.patchBorder = 30
    return RingsSkyMap(config)


def make_discrete() -> DiscreteSkyMap:
    """Return a map of two tracts, side by side."""
    config = DiscreteSkyMapConfig()
    config.update(raList=[150.0, 152.5], decList=[2.0, 2.1], radiusList=[0.5, 0.4], pixelScale=5.0)
    config.patchInnerDimensions = [300, 250]
    config.patchBorder = 20
    return DiscreteSkyMap(config)


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


INNER = Extent2I(300, 250)
BORDER = 20
OVERLAP = 0.05 * degrees


def make_apart(ra: float = 150.0) -> DiscreteSkyMap:
    """Return a map of two tracts that are far apart."""
    config = DiscreteSkyMapConfig()
    config.update(raList=[ra, ra + 2.5], decList=[2.0, -40.0], radiusList=[0.5, 0.4], pixelScale=5.0)
    config.update(tractOverlap=OVERLAP.asDegrees(), projection="TAN")
    config.patchInnerDimensions = list(INNER)
    config.patchBorder = BORDER
    return DiscreteSkyMap(config)


def make_plain_rings(rings: int, version: int = 1, ra_start: float = 7.0) -> RingsSkyMap:
    config = RingsSkyMapConfig()
    config.update(numRings=rings, pixelScale=20.0, projection="TAN", raStart=ra_start)
    return RingsSkyMap(config, version)


def corners(polygon: ConvexPolygon) -> np.ndarray:
    """Return the corners of a polygon, sorted, since hulls may begin anywhere."""
    found = np.array([list(v) for v in polygon.getVertices()])
    return found[np.lexsort(found.T)]
