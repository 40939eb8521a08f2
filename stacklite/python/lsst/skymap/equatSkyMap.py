"""Sky maps of a band along the equator."""

from __future__ import annotations

__all__ = ["EquatSkyMap", "EquatSkyMapConfig"]

import struct
from typing import Any

import lsst.pex.config as pexConfig
from lsst.geom import SpherePoint, degrees

from ._listed import ListedSkyMap
from .baseSkyMap import BaseSkyMapConfig, skyMapRegistry
from .tractInfo import TractInfo


class EquatSkyMapConfig(BaseSkyMapConfig):
    """Configuration of `EquatSkyMap`."""

    numTracts = pexConfig.Field[int](doc="number of tracts", default=4)
    decRange = pexConfig.ListField[float](
        doc="least and greatest declination (deg)", length=2, default=(-1.25, 1.25)
    )

    def setDefaults(self) -> None:
        """Set the projection to one that is symmetric about the equator."""
        super().setDefaults()
        self.projection = "CEA"


class EquatSkyMap(ListedSkyMap):
    """A sky map of a band along the equator, such as SDSS stripe 82.

    The tracts are equally wide, and numbered eastwards from right ascension 0.

    Parameters
    ----------
    config : `EquatSkyMapConfig`, optional
        Configuration.
    """

    ConfigClass = EquatSkyMapConfig

    def __init__(self, config: EquatSkyMapConfig | None = None) -> None:
        super().__init__(config)
        self._tractInfoList = [self._make_tract(number) for number in range(self.config.numTracts)]

    def _make_tract(self, number: int) -> TractInfo:
        south, north = self.config.decRange
        width = 360.0 / self.config.numTracts
        west, east = number * width, (number + 1) * width
        middle = 0.5 * (west + east)
        corners = ((west, south), (east, south), (east, north), (west, north))
        return TractInfo(
            id=number,
            tractBuilder=self._tractBuilder,
            ctrCoord=SpherePoint(middle, 0.5 * (south + north), degrees),
            vertexCoordList=[SpherePoint(*corner, degrees) for corner in corners],
            tractOverlap=self.config.tractOverlap * degrees,
            # Projections like CEA are along the equator, wherever the band is.
            wcs=self._make_wcs(SpherePoint(middle, 0.0, degrees)),
        )

    def updateSha1(self, sha1: Any) -> None:
        """Add number of tracts and range of declination to a digest."""
        sha1.update(struct.pack("<i2d", self.config.numTracts, *self.config.decRange))


skyMapRegistry.register("equat", EquatSkyMap)
