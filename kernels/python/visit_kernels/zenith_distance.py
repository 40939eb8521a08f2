"""Zenith distances without network access."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import erfa
import numpy as np
from astropy.utils import iers
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from lsst.afw.image import VisitInfo

__all__ = ["zenith_distance", "zenith_distance_degrees"]

_MJD_ZERO = 2400000.5

# Mean polar motion, in radians, that astropy assumes where its tables end.
_MEAN_POLAR_MOTION = tuple(np.radians(np.array([0.035, 0.29]) / 3600.0))


def zenith_distance(
    ra: ArrayLike, dec: ArrayLike, mjd_utc: ArrayLike, longitude: float, latitude: float, elevation: float
) -> NDArray[np.float64]:
    """Compute zenith distances of ICRS positions, without refraction.

    Parameters
    ----------
    ra, dec : array_like
        Right ascension and declination in radians.
    mjd_utc : array_like
        Modified Julian date (UTC).
    longitude, latitude : `float`
        Geodetic position of the observer on WGS84 in radians, east positive.
    elevation : `float`
        Height of the observer in metres.

    Returns
    -------
    zenith_distance : `numpy.ndarray` of float64
        In radians, of the broadcast shape of the first three; NaN if the place is unknown.

    Notes
    -----
    The same computation as `astropy.coordinates.AltAz` with zero pressure, but with
    arrays, a hundred times faster for one position, and with the Earth-rotation table
    that is installed with astropy: nothing is ever downloaded and no process-wide
    setting is touched. For dates outside of the table UT1 = UTC and the mean polar
    motion are assumed, as astropy does: at most 4e-3 degrees off.
    """
    jd1, jd2 = _MJD_ZERO, np.asarray(mjd_utc, dtype=float)
    ut1_minus_utc, x_pole, y_pole = _earth_orientation(jd1, jd2)
    place = np.array([longitude, latitude, elevation], dtype=float)
    ra, dec = np.asarray(ra, dtype=float), np.asarray(dec, dtype=float)
    known = np.isfinite(ra) & np.isfinite(dec) & bool(np.all(np.isfinite(place)))
    if not known.any():
        return np.full(np.broadcast(ra, dec, jd2).shape, np.nan)
    no_motion = (0.0, 0.0, 0.0, 0.0)
    vacuum = (0.0, 0.0, 0.0, 0.5)
    # ERFA warns about NaN, so positions that are nowhere are kept from it.
    observed = erfa.atco13(
        np.where(known, ra, 0.0),
        np.where(known, dec, 0.0),
        *no_motion,
        *(jd1, jd2, ut1_minus_utc, *place, x_pole, y_pole),
        *vacuum,
    )
    return np.where(known, observed[1], np.nan)


@cache
def _table() -> iers.IERS_A:
    """Read the tables that are installed with astropy: final values, then predictions.

    The copy is a plain table, which does not look for a newer version of itself.
    """
    return iers.IERS_A(iers.IERS_Auto.read(iers.IERS_A_FILE))


def _earth_orientation(
    jd1: float, jd2: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return UT1 - UTC in seconds and both polar motions in radians."""
    ut1_minus_utc, status = _table().ut1_utc(jd1, jd2, return_status=True)
    x_pole, y_pole, _ = _table().pm_xy(jd1, jd2, return_status=True)
    outside = np.isin(status, (iers.TIME_BEFORE_IERS_RANGE, iers.TIME_BEYOND_IERS_RANGE))
    return (
        np.where(outside, 0.0, ut1_minus_utc.to_value("s")),
        np.where(outside, _MEAN_POLAR_MOTION[0], x_pole.to_value("rad")),
        np.where(outside, _MEAN_POLAR_MOTION[1], y_pole.to_value("rad")),
    )


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
    0.155 degrees. A column of that name must mean the same whoever wrote it.
    """
    date = visit_info.getDate()
    if not date.isValid():
        return np.nan
    site = visit_info.getObservatory()
    place = (site.getLongitude().asRadians(), site.getLatitude().asRadians(), site.getElevation())
    return float(np.degrees(zenith_distance(np.radians(ra), np.radians(dec), date.get(date.MJD), *place)))
