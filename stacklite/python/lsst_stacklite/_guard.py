"""One process holds the real stack or stacklite, never parts of both."""

from __future__ import annotations

__all__ = ["PACKAGES", "refuse_mixture"]

import importlib.util
import sys
from pathlib import Path

PACKAGES = (
    "astshim",
    "lsst.afw.cameraGeom",
    "lsst.afw.coord",
    "lsst.afw.detection",
    "lsst.afw.fits",
    "lsst.afw.geom",
    "lsst.afw.image",
    "lsst.afw.math",
    "lsst.afw.table",
    "lsst.afw.typehandling",
    "lsst.cell_coadds",
    "lsst.daf.base",
    "lsst.geom",
    "lsst.ip.isr",
    "lsst.meas.algorithms",
    "lsst.meas.astrom",
    "lsst.meas.extensions.piff",
    "lsst.meas.extensions.psfex",
    "lsst.obs.base",
    "lsst.pex.exceptions",
    "lsst.pipe.tasks",
    "lsst.skymap",
)
"""The packages of stacklite, which the real stack has as well (`tuple` [`str`])."""

_ROOT = Path(__file__).resolve().parents[1]


def refuse_mixture() -> None:
    """Check that all packages that stacklite has would come from stacklite.

    Nothing is imported: what is loaded already tells where it came from, and
    for the rest it is looked up where Python would find it.

    Raises
    ------
    ImportError
        Raised if a package comes from elsewhere; the message names it.
    """
    for name in PACKAGES:
        origin = _origin(name)
        if origin is not None and not origin.is_relative_to(_ROOT):
            raise ImportError(
                f"{name} comes from {origin.parent}, but stacklite, in {_ROOT}, is being imported as well; "
                "their objects cannot be mixed: take stacklite out of this environment, or the real stack."
            )


def _origin(name: str) -> Path | None:
    """Return the file that a package was, or would be, loaded from."""
    module = sys.modules.get(name)
    if module is not None:
        return Path(module.__file__).resolve() if module.__file__ else None
    # This imports the namespace that the package is in, which runs nothing.
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).resolve() if spec is not None and spec.origin is not None else None
