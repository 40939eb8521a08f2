"""WCS keywords in the metadata of images."""

from __future__ import annotations

__all__ = [
    "ARRAY_ORIGIN_KEYS",
    "createTrivialWcsMetadata",
    "deleteBasicWcsMetadata",
    "getCdMatrixFromMetadata",
    "getImageXY0FromMetadata",
    "getSipMatrixFromMetadata",
    "hasSipMatrix",
    "makeSimpleWcsMetadata",
    "makeSipMatrixMetadata",
    "makeTanSipMetadata",
    "unitless_wcs_metadata",
]

import math
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike

import lsst.pex.exceptions as pex_exceptions
from lsst.daf.base import PropertyList, PropertySet
from lsst.geom import Point2D, Point2I, SpherePoint
from lsst_stacklite._overloads import Check, bind

_BASIC_KEYS = ("CTYPE1", "CTYPE2", "CRPIX1", "CRPIX2", "CRVAL1", "CRVAL2", "CUNIT1", "CUNIT2")

ARRAY_ORIGIN_KEYS = tuple(f"{key}A" for key in _BASIC_KEYS)
"""Keywords of the WCS that holds the origin of the array (XY0)."""


def createTrivialWcsMetadata(wcsName: str, xy0: Point2I) -> PropertyList:
    """Return the linear WCS that records the origin of an array.

    Parameters
    ----------
    wcsName : `str`
        Letter of the WCS; the stack uses ``A``.
    xy0 : `lsst.geom.Point2I`
        Parent coordinates of the first pixel.
    """
    result = PropertyList()
    values = {
        "CTYPE": ("LINEAR", "LINEAR", "Type of projection"),
        "CRPIX": (1.0, 1.0, "{} Pixel Coordinate of Reference"),
        "CRVAL": (float(xy0.getX()), float(xy0.getY()), "{} pixel of Reference Pixel"),
        "CUNIT": ("PIXEL", "PIXEL", "{} unit"),
    }
    for keyword, (first, second, comment) in values.items():
        result.set(f"{keyword}1{wcsName}", first, comment.format("Column"))
        result.set(f"{keyword}2{wcsName}", second, comment.format("Row"))
    return result


def deleteBasicWcsMetadata(metadata: PropertySet, wcsName: str) -> None:
    """Remove WCSAXES, and CRPIX, CRVAL, CTYPE, CUNIT and CD of two axes, of one WCS; any may be missing."""
    matrix = (f"CD{i}_{j}" for i in (1, 2) for j in (1, 2))
    for key in ("WCSAXES", *_BASIC_KEYS, *matrix):
        metadata.remove(key + wcsName)


def getImageXY0FromMetadata(
    metadata: PropertySet,
    wcsName: str,
    strip: bool = False,
) -> Point2I:
    """Return the origin of an array from its linear WCS.

    Parameters
    ----------
    metadata : `lsst.daf.base.PropertySet`
        Header.
    wcsName : `str`
        Letter of the WCS; the stack uses ``A``.
    strip : `bool`
        Remove the keywords if they were used.

    Returns
    -------
    xy0 : `lsst.geom.Point2I`
        Parent coordinates of the first pixel; (0, 0) if a keyword is missing or a CRPIX is not 1.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if a value is no number.
    """
    keys = [f"{kind}{axis}{wcsName}" for kind in ("CRPIX", "CRVAL") for axis in (1, 2)]
    if not all(metadata.exists(key) for key in keys):
        return Point2I(0, 0)
    crpix1, crpix2, crval1, crval2 = (metadata.getAsDouble(key) for key in keys)
    if crpix1 != 1.0 or crpix2 != 1.0:
        return Point2I(0, 0)
    if strip:
        deleteBasicWcsMetadata(metadata, wcsName)
    return Point2I(_nearest_integer(crval1), _nearest_integer(crval2))


def _nearest_integer(value: float) -> int:
    """Round; halves away from zero, as C does."""
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def getCdMatrixFromMetadata(metadata: PropertySet) -> np.ndarray:
    """Return the CD matrix (degrees per pixel), missing elements 0.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if all elements are missing.
    """
    names = [[f"CD{i}_{j}" for j in (1, 2)] for i in (1, 2)]
    if not any(metadata.exists(name) for row in names for name in row):
        raise pex_exceptions.TypeError("the metadata have no CD matrix.")
    return np.array(
        [[float(metadata.getScalar(n)) if metadata.exists(n) else 0.0 for n in row] for row in names]
    )


def makeSimpleWcsMetadata(
    crpix: Point2D,
    crval: SpherePoint,
    cdMatrix: np.ndarray,
    projection: str = "TAN",
) -> PropertyList:
    """Return the keywords of a WCS without distortion.

    Parameters
    ----------
    crpix : `lsst.geom.Point2D`
        Pixel origin, 0-based.
    crval : `lsst.geom.SpherePoint`
        Sky origin (ICRS).
    cdMatrix : `numpy.ndarray`
        CD matrix, degrees per pixel, shape (2, 2). Elements that are 0 get no keyword.
    projection : `str`
        FITS code of the projection.
    """
    result = PropertyList()
    result.set("RADESYS", "ICRS")
    result.set("CTYPE1", f"RA---{projection}")
    result.set("CTYPE2", f"DEC--{projection}")
    for axis in (0, 1):
        result.set(f"CRPIX{axis + 1}", crpix[axis] + 1.0)
    for axis in (0, 1):
        result.set(f"CRVAL{axis + 1}", crval[axis].asDegrees())
    for axis in (0, 1):
        result.set(f"CUNIT{axis + 1}", "deg")
    for (i, j), value in np.ndenumerate(np.asarray(cdMatrix, dtype=float)):
        if value != 0.0:
            result.set(f"CD{i + 1}_{j + 1}", float(value))
    return result


def unitless_wcs_metadata(
    crpix: Point2D, crval: SpherePoint, cd_matrix: np.ndarray, projection: str = "TAN"
) -> PropertyList:
    """Return the keywords of `makeSimpleWcsMetadata` without units, as WCSs of the stack are made."""
    result = makeSimpleWcsMetadata(crpix, crval, cd_matrix, projection)
    # They cost AST one rounding.
    for name in ("CUNIT1", "CUNIT2"):
        result.remove(name)
    return result


def hasSipMatrix(metadata: PropertySet, name: str) -> bool:
    """Return whether there is a SIP polynomial ``name`` (A, B, AP or BP), of order 0 or more.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if its order is no integer.
    """
    return metadata.exists(f"{name}_ORDER") and metadata.getAsInt(f"{name}_ORDER") >= 0


def getSipMatrixFromMetadata(metadata: PropertySet, name: str) -> np.ndarray:
    """Return the coefficients of a SIP polynomial; element [p, q] belongs to u**p v**q.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if there is no order keyword, or its value is negative or no integer.
    """
    if not metadata.exists(f"{name}_ORDER"):
        raise pex_exceptions.TypeError(f"the metadata have no {name}_ORDER.")
    order = metadata.getAsInt(f"{name}_ORDER")
    if order < 0:
        raise pex_exceptions.TypeError(f"{name}_ORDER = {order}: the order of a polynomial is not negative.")
    result = np.zeros((order + 1, order + 1))
    for p, q in np.ndindex(result.shape):
        key = f"{name}_{p}_{q}"
        if metadata.exists(key):
            result[p, q] = metadata.getAsDouble(key)
    return result


def makeSipMatrixMetadata(matrix: np.ndarray, name: str) -> PropertyList:
    """Return the keywords of a SIP polynomial; coefficients that are 0 get none.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the matrix is not square, or empty.
    """
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.shape[0] < 1:
        raise pex_exceptions.TypeError(
            f"SIP matrix {name} of shape {matrix.shape}: it must be square, of size 1 at least."
        )
    order = matrix.shape[0] - 1
    result = PropertyList()
    result.set(f"{name}_ORDER", order)
    for (p, q), value in np.ndenumerate(matrix):
        if value != 0.0:
            result.set(f"{name}_{p}_{q}", float(value))
    return result


@overload
def makeTanSipMetadata(
    crpix: Point2D, crval: SpherePoint, cdMatrix: ArrayLike, sipA: ArrayLike, sipB: ArrayLike
) -> PropertyList: ...
@overload
def makeTanSipMetadata(
    crpix: Point2D,
    crval: SpherePoint,
    cdMatrix: ArrayLike,
    sipA: ArrayLike,
    sipB: ArrayLike,
    sipAp: ArrayLike,
    sipBp: ArrayLike,
) -> PropertyList: ...
def makeTanSipMetadata(*args: Any, **kwargs: Any) -> PropertyList:
    """Return the keywords of a TAN-SIP WCS; see `makeSimpleWcsMetadata` and `makeSipMatrixMetadata`."""
    kinds: dict[str, Check] = {"Point2D": Point2D, "SpherePoint": SpherePoint, "ArrayLike": _is_array}
    given = bind(makeTanSipMetadata, kinds, args, kwargs)
    result = makeSimpleWcsMetadata(given["crpix"], given["crval"], given["cdMatrix"], "TAN-SIP")
    for name in ("A", "B", "Ap", "Bp"):
        if f"sip{name}" in given:
            matrix = np.asarray(given[f"sip{name}"], dtype=float)
            result.combine(makeSipMatrixMetadata(matrix, name.upper()))
    return result


def _is_array(value: Any) -> bool:
    return np.ndim(value) == 2
