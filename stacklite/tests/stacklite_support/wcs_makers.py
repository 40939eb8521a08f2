"""WCSs made in memory."""

from __future__ import annotations

import numpy as np

from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.geom import Point2D, SpherePoint, arcseconds, degrees


def tan_wcs(ra: float = 150.0, dec: float = 2.2, orientation: float = 17.0, scale: float = 0.2) -> SkyWcs:
    cd_matrix = makeCdMatrix(scale * arcseconds, orientation * degrees)
    return makeSkyWcs(crpix=Point2D(200, 150), crval=SpherePoint(ra, dec, degrees), cdMatrix=cd_matrix)


CRPIX, CRVAL, CD = Point2D(200.5, -17.25), SpherePoint(150.0, 2.2, degrees), makeCdMatrix(0.2 * arcseconds)
# Element [p, q] belongs to u**p v**q.
SIP_A = np.array([[0.0, 0.0, 1e-6], [0.0, -2e-6, 0.0], [3e-6, 0.0, 0.0]])
SIP_B = np.array([[0.0, 0.0, -1e-6], [0.0, 0.0, 0.0], [2e-6, 0.0, 0.0]])


def tan_wcs_of_cd() -> SkyWcs:
    return makeSkyWcs(CRPIX, CRVAL, CD)
