"""Sky maps of twelve tracts."""

from __future__ import annotations

__all__ = ["DodecaSkyMap", "DodecaSkyMapConfig"]

import struct
from typing import Any

import lsst.pex.config as pexConfig
from lsst.geom import SpherePoint, degrees

from ._dodecahedron import dodecahedron
from ._listed import ListedSkyMap
from .baseSkyMap import BaseSkyMapConfig, skyMapRegistry
from .tractInfo import TractInfo


class DodecaSkyMapConfig(BaseSkyMapConfig):
    """Configuration of `DodecaSkyMap`."""

    withTractsOnPoles = pexConfig.Field[bool](
        doc="center a tract on each pole? otherwise three tracts meet there", default=False
    )

    def setDefaults(self) -> None:
        """Set overlap, pixel scale and patches to values for a camera like LSST's."""
        super().setDefaults()
        self.tractOverlap = 3.5
        self.patchBorder = 250
        self.pixelScale = 0.2
        self.patchInnerDimensions = (4000, 4000)
        self.projection = "STG"


class DodecaSkyMap(ListedSkyMap):
    """A sky map of the whole sky, with the faces of a dodecahedron as tracts.

    The tracts are numbered from north to south, and eastwards.

    Parameters
    ----------
    config : `DodecaSkyMapConfig`, optional
        Configuration.
    """

    ConfigClass = DodecaSkyMapConfig

    def __init__(self, config: DodecaSkyMapConfig | None = None) -> None:
        super().__init__(config)
        faces = dodecahedron(self.config.withTractsOnPoles)
        self._tractInfoList = [
            self._make_tract(number, center, corners) for number, (center, corners) in enumerate(faces)
        ]

    def _make_tract(self, number: int, center: SpherePoint, corners: list[SpherePoint]) -> TractInfo:
        return TractInfo(
            id=number,
            tractBuilder=self._tractBuilder,
            ctrCoord=center,
            vertexCoordList=corners,
            tractOverlap=self.config.tractOverlap * degrees,
            wcs=self._make_wcs(center),
        )

    def getWithTractsOnPoles(self) -> bool:
        """Return whether a tract is centered on each pole."""
        return self.config.withTractsOnPoles

    def updateSha1(self, sha1: Any) -> None:
        """Add the orientation to a digest."""
        sha1.update(struct.pack("<?", self.config.withTractsOnPoles))


skyMapRegistry.register("dodeca", DodecaSkyMap)
