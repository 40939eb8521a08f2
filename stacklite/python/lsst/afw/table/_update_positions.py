"""Positions of sources on the sky from those in pixels, and the other way."""

from __future__ import annotations

__all__ = ["convertCentroid", "updateRefCentroids", "updateSourceCoords"]

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from lsst.geom import Point2D, SpherePoint
from lsst_stacklite._overloads import bind

from ._aggregates import CoordKey
from ._covariance import CovarianceMatrix2fKey
from ._point_keys import Point2DKey
from ._simple import SimpleCatalog, SimpleRecord
from ._source import SourceCatalog, SourceRecord, sky_covariances

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs

_CHECKS = {"SourceCatalog": SourceCatalog, "SimpleCatalog": SimpleCatalog, "bool": bool}


def convertCentroid(
    wcs: SkyWcs, x: float, y: float, xErr: float, yErr: float, xy_covariance: float = 0.0
) -> tuple[tuple[float, float], tuple[float, float, float]]:
    """Convert a position in pixels and its errors to the sky.

    Parameters
    ----------
    wcs : `~lsst.afw.geom.SkyWcs`
        WCS of the image.
    x, y : `float`
        Position, pixels.
    xErr, yErr : `float`
        Standard deviations, pixels.
    xy_covariance : `float`, optional
        Covariance, pixel^2.

    Returns
    -------
    position : `tuple` [`float`, `float`]
        Right ascension and declination, degrees.
    errors : `tuple` [`float`, `float`, `float`]
        Standard deviations of right ascension, times cos(dec), and
        declination, degrees, and their covariance, degrees^2.
    """
    center = Point2D(x, y)
    sky = wcs.pixelToSky(center)
    covariance = np.array([[xErr**2, xy_covariance], [xy_covariance, yErr**2]])
    on_sky = sky_covariances(wcs, [center], [covariance])[0] * np.degrees(1.0) ** 2
    position = (sky.getRa().asDegrees(), sky.getDec().asDegrees())
    return position, (float(np.sqrt(on_sky[0, 0])), float(np.sqrt(on_sky[1, 1])), float(on_sky[0, 1]))


@overload
def updateSourceCoords(wcs: SkyWcs, sourceList: SourceCatalog, include_covariance: bool = True) -> None: ...
@overload
def updateSourceCoords(
    wcs: SkyWcs, sourceList: Sequence[SourceRecord], include_covariance: bool = True
) -> None: ...
def updateSourceCoords(*args: Any, **kwargs: Any) -> None:
    """Set the sky positions of sources from their centroid slot.

    Parameters
    ----------
    wcs : `~lsst.afw.geom.SkyWcs`
        WCS of the image.
    sourceList : `SourceCatalog` or `~collections.abc.Sequence` [`SourceRecord`]
        Sources; changed.
    include_covariance : `bool`, optional
        Whether the covariance matrices of the positions are set, too.

    Raises
    ------
    lsst.pex.exceptions.NotFoundError
        Raised if there is no centroid slot with errors, or if there are no
        fields for the covariance.
    """
    given = bind(updateSourceCoords, _CHECKS, args, kwargs)
    records = list(given["sourceList"])
    if not records:
        return
    schema = records[0].schema
    key = Point2DKey(schema["slot_Centroid"])
    # As in the stack, the errors have to be there even if they are not used.
    error_key = CovarianceMatrix2fKey(schema["slot_Centroid"], key._names)
    centers = [record.get(key) for record in records]
    for record, position in zip(records, given["wcs"].pixelToSky(centers), strict=True):
        record.setCoord(position)
    if given.get("include_covariance", True):
        sky_error_key = CoordKey.getErrorKey(schema)
        errors = [error_key.get(record) for record in records]
        for record, covariance in zip(records, sky_covariances(given["wcs"], centers, errors), strict=True):
            sky_error_key.set(record, covariance)


@overload
def updateRefCentroids(wcs: SkyWcs, refList: SimpleCatalog) -> None: ...
@overload
def updateRefCentroids(wcs: SkyWcs, refList: Sequence[SimpleRecord]) -> None: ...
def updateRefCentroids(*args: Any, **kwargs: Any) -> None:
    """Set the pixel positions of reference stars from their sky positions.

    Parameters
    ----------
    wcs : `~lsst.afw.geom.SkyWcs`
        WCS of the image.
    refList : `SimpleCatalog` or `~collections.abc.Sequence` [`SimpleRecord`]
        Stars with the fields ``centroid`` and ``hasCentroid``, which are set.

    Raises
    ------
    lsst.pex.exceptions.NotFoundError
        Raised if they lack these fields.
    """
    given = bind(updateRefCentroids, _CHECKS, args, kwargs)
    records = list(given["refList"])
    if not records:
        return
    schema = records[0].schema
    key, flag = Point2DKey(schema["centroid"]), schema["hasCentroid"].asKey()
    positions: list[SpherePoint] = [record.getCoord() for record in records]
    for record, pixel in zip(records, given["wcs"].skyToPixel(positions), strict=True):
        record.set(key, pixel)
        record.set(flag, True)
