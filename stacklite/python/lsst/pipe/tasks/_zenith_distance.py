"""Zenith distance during a visit, with the tables that are installed with astropy."""

from __future__ import annotations

__all__ = ["zenith_distance_degrees"]

from typing import TYPE_CHECKING

import numpy as np
from astropy.utils.iers import IERS_A_FILE, IERS_B_FILE

from visit_kernels.earth_orientation import read_earth_orientation
from visit_kernels.zenith_distance import zenith_distance

if TYPE_CHECKING:
    from lsst.afw.image import VisitInfo


def zenith_distance_degrees(ra: float, dec: float, visit_info: VisitInfo) -> float:
    """Compute the zenith distance of a position during a visit.

    Parameters
    ----------
    ra, dec : `float`
        ICRS position in degrees.
    visit_info : `lsst.afw.image.VisitInfo`
        Date and observatory.

    Returns
    -------
    zenith_distance : `float`
        In degrees; NaN if date or place is unknown.

    Notes
    -----
    The date in TAI is used as if it were UTC, as in the stack: 37 seconds, up to
    0.155 degrees. A column of that name must have the same meaning in all catalogs.

    Nothing is ever downloaded and no process-wide setting is touched.
    """
    date = visit_info.getDate()
    if not date.isValid():
        return np.nan
    mjd = date.get(date.MJD)
    earth = read_earth_orientation(IERS_A_FILE, mjd, IERS_B_FILE)
    orientation = (earth.ut1_minus_utc, earth.x_pole, earth.y_pole)
    site = visit_info.getObservatory()
    place = (site.getLongitude().asRadians(), site.getLatitude().asRadians(), site.getElevation())
    return float(np.degrees(zenith_distance(np.radians(ra), np.radians(dec), mjd, *place, *orientation)))
