"""Sky maps with a given list of tracts."""

from __future__ import annotations

__all__ = ["DiscreteSkyMap", "DiscreteSkyMapConfig"]

import struct
from typing import Any

import lsst.pex.config as pexConfig
from lsst.geom import Angle, SpherePoint, degrees

from .baseSkyMap import BaseSkyMapConfig, skyMapRegistry
from .cachingSkyMap import CachingSkyMap


class DiscreteSkyMapConfig(BaseSkyMapConfig):
    """Configuration of `DiscreteSkyMap`."""

    raList = pexConfig.ListField[float](
        default=[], doc="right ascensions of the centers of tracts (ICRS, deg)"
    )
    decList = pexConfig.ListField[float](default=[], doc="declinations of the centers of tracts (ICRS, deg)")
    radiusList = pexConfig.ListField[float](default=[], doc="radii of tracts (deg)")

    def validate(self) -> None:
        """Check that the lists are equally long."""
        super().validate()
        lengths = {len(self.raList), len(self.decList), len(self.radiusList)}
        if len(lengths) > 1:
            raise ValueError(
                f"raList, decList and radiusList have {len(self.raList)}, {len(self.decList)} and "
                f"{len(self.radiusList)} elements; they need one each for every tract."
            )


class DiscreteSkyMap(CachingSkyMap):
    """A sky map of listed tracts.

    Parameters
    ----------
    config : `DiscreteSkyMapConfig`
        Configuration.
    version : `int`, optional
        Version of the layout, 0.
    """

    ConfigClass = DiscreteSkyMapConfig

    def __init__(self, config: DiscreteSkyMapConfig, version: int = 0) -> None:
        config.validate()
        if version != 0:
            raise ValueError(f"version {version} of DiscreteSkyMap is unknown; the known one is 0.")
        super().__init__(len(config.radiusList), config, version)

    def _center(self, index: int) -> SpherePoint:
        return SpherePoint(self.config.raList[index], self.config.decList[index], degrees)

    def _radius(self, index: int) -> Angle:
        return self.config.radiusList[index] * degrees

    def updateSha1(self, sha1: Any) -> None:
        """Add centers and radii to a digest."""
        config = self.config
        for values in (config.raList, config.decList, config.radiusList):
            sha1.update(struct.pack(f"<{len(values)}d", *values))


skyMapRegistry.register("discrete", DiscreteSkyMap)
