"""Sky maps whose tracts lie on rings of constant declination."""

from __future__ import annotations

__all__ = ["RingsSkyMap", "RingsSkyMapConfig"]

import math
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

import lsst.pex.config as pexConfig
from lsst.geom import Angle, SpherePoint, degrees, radians
from lsst.sphgeom import AngleInterval, Box, NormalizedAngleInterval

from .baseSkyMap import BaseSkyMapConfig, finite_radians, skyMapRegistry
from .cachingSkyMap import CachingSkyMap
from .tractInfo import TractInfo


class RingsSkyMapConfig(BaseSkyMapConfig):
    """Configuration of `RingsSkyMap`."""

    numRings = pexConfig.Field[int](doc="number of rings", check=lambda n: n > 0)
    raStart = pexConfig.Field[float](
        doc="right ascension of the first tract of every ring (deg)",
        default=0.0,
        check=lambda ra: 0.0 <= ra < 360.0,
    )


class RingsSkyMap(CachingSkyMap):
    """A sky map of the whole sky.

    Tract 0 is the south pole, the last one the north pole. Between them,
    rings from south to north have as many tracts as fit without gaps,
    numbered eastwards from ``raStart``.

    Parameters
    ----------
    config : `RingsSkyMapConfig`
        Configuration.
    version : `int`, optional
        1, or 0 for the layout of maps that were made before 2014: there the
        first tract of every ring but the first repeats the first tract of the
        ring below.
    """

    ConfigClass = RingsSkyMapConfig

    def __init__(self, config: RingsSkyMapConfig, version: int = 1) -> None:
        if version not in (0, 1):
            raise ValueError(f"version {version} of RingsSkyMap is unknown; the known ones are 0 and 1.")
        rings = config.numRings
        self._ring_size = math.pi / (rings + 1)
        self._ringNums = np.array([self._count(ring) for ring in range(rings)])
        # First tract of every ring, and the north pole.
        self._ring_starts = np.concatenate([[1], 1 + np.cumsum(self._ringNums)])
        super().__init__(int(self._ring_starts[-1]) + 1, config, version)

    def _count(self, ring: int) -> int:
        """Return the number of tracts on a ring: enough for its edge nearest to the equator."""
        edges = [abs(self._ring_size * (ring + shift) - 0.5 * math.pi) for shift in (0.5, 1.5)]
        return int(2.0 * math.pi * math.cos(min(edges)) / self._ring_size) + 1

    def getRingIndices(self, index: int) -> tuple[int, int]:
        """Return the ring and the number in the ring of a tract that is not at a pole."""
        # In version 0 the first tract of a ring is taken as one too many on the ring below.
        first = index if self._version else index - 1
        ring = int(np.searchsorted(self._ring_starts, first, side="right")) - 1
        ring = max(ring, 0)
        return ring, index - int(self._ring_starts[ring])

    def _center(self, index: int) -> SpherePoint:
        if index == 0:
            return SpherePoint(0.0, -0.5 * math.pi, radians)
        if index == len(self) - 1:
            return SpherePoint(0.0, 0.5 * math.pi, radians)
        ring, number = self.getRingIndices(index)
        dec = self._ring_size * (ring + 1) - 0.5 * math.pi
        ra = (2.0 * math.pi * number / int(self._ringNums[ring])) * radians
        return SpherePoint(ra + self.config.raStart * degrees, dec * radians)

    def _radius(self, index: int) -> Angle:
        return 0.5 * self._ring_size * radians

    def _inner_region(self, index: int) -> Box:
        """Return the part of a ring, or the polar cap."""
        center, half = self._center(index), 0.5 * self._ring_size
        ra, dec = center.getRa().asRadians(), center.getDec().asRadians()
        latitudes = AngleInterval.fromRadians(max(dec - half, -0.5 * math.pi), min(dec + half, 0.5 * math.pi))
        if index in (0, len(self) - 1):
            return Box(NormalizedAngleInterval.full(), latitudes)
        width = math.pi / int(self._ringNums[self.getRingIndices(index)[0]])
        return Box(NormalizedAngleInterval.fromRadians(*_wrapped(ra - width, ra + width)), latitudes)

    def findTractIdArray(self, ra: ArrayLike, dec: ArrayLike, degrees: bool = False) -> np.ndarray:
        """Return the numbers of the tracts in whose part of a ring (or polar cap) positions lie.

        Parameters
        ----------
        ra, dec : array_like, (N,)
            Positions.
        degrees : `bool`, optional
            Positions are in degrees instead of radians.

        Returns
        -------
        tractIds : `numpy.ndarray`, int64, (N,)
            Numbers of tracts.
        """
        lon, lat = finite_radians(ra, dec, degrees)
        # In this order of operations, edges of rings are in the same ring as in the stack.
        first_edge = 0.5 * self._ring_size - 0.5 * math.pi
        ring = np.floor((lat - first_edge) / self._ring_size).astype(int)
        inside = np.clip(ring, 0, len(self._ringNums) - 1)
        count = self._ringNums[inside]
        turn = np.mod(lon - math.radians(self.config.raStart), 2.0 * math.pi) / (2.0 * math.pi)
        number = np.floor(turn * count + 0.5).astype(int) % count
        if self._version == 0:
            number = np.where((number == 0) & (inside > 0), count, number)
        tract = self._ring_starts[inside] + number
        tract = np.where(ring < 0, 0, tract)
        return np.where(ring >= len(self._ringNums), len(self) - 1, tract)

    def findAllTracts(self, coord: SpherePoint) -> list[TractInfo]:
        """Return all tracts that contain a position."""
        tracts = map(self.__getitem__, self._candidates([coord]))
        return [tract for tract in tracts if tract.contains(coord)]

    def _candidates(self, coordList: Sequence[SpherePoint]) -> list[int]:
        # A tract reaches its radius and the overlap in both pixel directions; positions farther
        # away than the corner, with a margin for the rounding to whole patches, cannot be inside.
        points = np.array([coord._xyz() for coord in coordList])
        builder = self._tractBuilder
        margin = max(builder.getPatchInnerDimensions()) + builder.getPatchBorder()
        patch = margin * self.config.pixelScale / 3600.0
        reach = math.radians(math.degrees(0.5 * self._ring_size) + self.config.tractOverlap + patch)
        center = points.mean(axis=0)
        spread = np.sqrt(((points - center) ** 2).sum(axis=1).max())
        chord = 2.0 * math.sin(min(2.0 * reach, math.pi) / 2.0) + spread
        distance = np.sqrt(((self._center_vectors - center) ** 2).sum(axis=1))
        return np.flatnonzero(distance <= chord).tolist()

    def updateSha1(self, sha1: Any) -> None:
        """Add number and start of rings to a digest."""
        sha1.update(struct.pack("<id", self.config.numRings, self.config.raStart))


def _wrapped(*angles: float) -> list[float]:
    return [(angle * radians).wrap().asRadians() for angle in angles]


skyMapRegistry.register("rings", RingsSkyMap)
