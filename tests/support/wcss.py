"""WCSs that no stack can use."""

from __future__ import annotations

__all__ = ["nowhere"]

from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.afw.table import ExposureCatalog
from lsst.geom import Point2D, SpherePoint, degrees


def nowhere(catalog: ExposureCatalog, detector: int) -> None:
    """Give a detector a WCS that has no value at its corners."""
    for record in catalog:
        if record.getId() == detector:
            # A quarter of the sky per pixel: corners lie beyond any sphere.
            record.setWcs(
                makeSkyWcs(
                    crpix=Point2D(0, 0),
                    crval=SpherePoint(150.0, 2.0, degrees),
                    cdMatrix=makeCdMatrix(scale=90.0 * degrees),
                    projection="SIN",
                )
            )
