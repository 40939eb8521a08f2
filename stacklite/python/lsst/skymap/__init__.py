"""Sky maps, with the interface of the stack's ``lsst.skymap``."""

from __future__ import annotations

__all__ = [
    "BaseSkyMap",
    "BaseSkyMapConfig",
    "DiscreteSkyMap",
    "DiscreteSkyMapConfig",
    "DodecaSkyMap",
    "DodecaSkyMapConfig",
    "EquatSkyMap",
    "EquatSkyMapConfig",
    "Index2D",
    "PatchInfo",
    "TractInfo",
    "detail",
    "skyMapRegistry",
    "tractBuilder",
]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from . import detail, ringsSkyMap, tractBuilder  # noqa: F401 (ringsSkyMap registers its sky map)
from .baseSkyMap import BaseSkyMap, BaseSkyMapConfig, skyMapRegistry
from .discreteSkyMap import DiscreteSkyMap, DiscreteSkyMapConfig
from .dodecaSkyMap import DodecaSkyMap, DodecaSkyMapConfig
from .equatSkyMap import EquatSkyMap, EquatSkyMapConfig
from .patchInfo import Index2D, PatchInfo
from .tractInfo import TractInfo
