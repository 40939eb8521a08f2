"""Sky maps, with the interface of the stack's ``lsst.skymap``."""

from __future__ import annotations

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from . import detail, tractBuilder
from .baseSkyMap import BaseSkyMap, BaseSkyMapConfig, skyMapRegistry
from .cachingSkyMap import CachingSkyMap
from .discreteSkyMap import DiscreteSkyMap, DiscreteSkyMapConfig
from .patchInfo import Index2D, PatchInfo
from .ringsSkyMap import RingsSkyMap, RingsSkyMapConfig
from .tractInfo import ExplicitTractInfo, TractInfo

__all__ = [
    "BaseSkyMap",
    "BaseSkyMapConfig",
    "CachingSkyMap",
    "DiscreteSkyMap",
    "DiscreteSkyMapConfig",
    "ExplicitTractInfo",
    "Index2D",
    "PatchInfo",
    "RingsSkyMap",
    "RingsSkyMapConfig",
    "TractInfo",
    "detail",
    "skyMapRegistry",
    "tractBuilder",
]
