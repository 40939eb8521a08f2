"""Zenith distance of a position during a visit."""

from __future__ import annotations

__all__ = ["zenith_distance"]

import math
from typing import TYPE_CHECKING

from astropy.utils import iers

from visit_kernels.earth_orientation import read_earth_orientation
from visit_kernels.zenith_distance import zenith_distance as zenith_distance_of

if TYPE_CHECKING:
    from lsst.afw.image import VisitInfo


def zenith_distance(ra: float, dec: float, visit_info: VisitInfo) -> float:
    """Compute the zenith distance of a position at the date and place of a visit.

    Parameters
    ----------
    ra, dec : `float`
        ICRS position in degrees.
    visit_info : `lsst.afw.image.VisitInfo`
        Date and observatory.

    Returns
    -------
    zenith_distance : `float`
        In degrees, without refraction; NaN if date or place is unknown.

    Notes
    -----
    The date in TAI is used as if it were UTC (37 seconds, up to 0.155 degrees),
    because this is how the statistic has been defined. The orientation of the
    Earth is that of the tables installed with astropy; nothing is downloaded.
    """
    date = visit_info.getDate()
    if not date.isValid():
        return math.nan
    site, mjd = visit_info.getObservatory(), date.get(date.MJD)
    place = site.getLongitude().asRadians(), site.getLatitude().asRadians(), site.getElevation()
    earth = read_earth_orientation(iers.IERS_A_FILE, mjd, iers.IERS_B_FILE)
    orientation = earth.ut1_minus_utc, earth.x_pole, earth.y_pole
    return math.degrees(
        float(zenith_distance_of(math.radians(ra), math.radians(dec), mjd, *place, *orientation))
    )
