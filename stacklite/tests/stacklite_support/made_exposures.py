"""Exposures and WCSs made in memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.afw.image import ExposureF
from lsst.geom import Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcseconds, degrees

BOX = Box2I(Point2I(-5, 10), Extent2I(6, 4))


def make_wcs() -> SkyWcs:
    return makeSkyWcs(
        crpix=Point2D(3, 4),
        crval=SpherePoint(30 * degrees, 40 * degrees),
        cdMatrix=makeCdMatrix(scale=0.2 * arcseconds),
    )


def make_exposure(cls: Any = ExposureF) -> Any:
    exposure = cls(Box2I(Point2I(10, 20), Extent2I(30, 40)))
    exposure.image.array[:] = np.arange(1200).reshape(40, 30)
    exposure.variance.array[:] = 2.0
    exposure.setWcs(
        makeSkyWcs(Point2D(20, 30), SpherePoint(30, 40, degrees), makeCdMatrix(0.2 * arcseconds, 0 * degrees))
    )
    exposure.metadata["KEY"] = 1
    return exposure
