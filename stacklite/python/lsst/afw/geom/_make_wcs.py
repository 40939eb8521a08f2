"""Functions that make a `SkyWcs`, and those that take one apart."""

from __future__ import annotations

__all__ = [
    "getIntermediateWorldCoordsToSky",
    "getPixelToIntermediateWorldCoords",
    "makeCdMatrix",
    "makeFlippedWcs",
    "makeModifiedWcs",
    "makeSkyWcs",
    "makeTanSipWcs",
    "makeWcsPairTransform",
    "stripWcsMetadata",
]

import math
from typing import Any, overload

import numpy as np
import starlink.Ast as Ast
from numpy.typing import ArrayLike

import lsst.geom
from lsst.daf.base import PropertySet
from lsst.geom import Angle, Point2D, SpherePoint
from lsst_stacklite._ast import inverted, make_matrix_map, make_series_map
from lsst_stacklite._overloads import Check, bind

from ._fits_wcs import strip_wcs_keywords
from ._frame_dict import FrameDict
from ._sky_wcs import SkyWcs
from ._transform import TransformPoint2ToPoint2, TransformPoint2ToSpherePoint
from ._wcs_metadata import makeTanSipMetadata, unitless_wcs_metadata


def makeCdMatrix(
    scale: Angle,
    orientation: Angle = 0 * lsst.geom.degrees,
    flipX: bool = False,
) -> np.ndarray:
    """Return a CD matrix from scale and orientation.

    Parameters
    ----------
    scale : `lsst.geom.Angle`
        Angle of one pixel.
    orientation : `lsst.geom.Angle`
        Position angle of the y axis, from north towards east (unflipped).
    flipX : `bool`
        East is to the right when north is up.

    Returns
    -------
    cd : `numpy.ndarray`
        Degrees per pixel, float64, shape (2, 2).
    """
    sign = 1.0 if flipX else -1.0
    along = scale.asDegrees() * math.cos(orientation.asRadians())
    across = scale.asDegrees() * math.sin(orientation.asRadians())
    return np.array([[along * sign, across], [-across * sign, along]])


@overload
def makeSkyWcs(
    crpix: Point2D, crval: SpherePoint, cdMatrix: ArrayLike, projection: str = "TAN"
) -> SkyWcs: ...
@overload
def makeSkyWcs(metadata: PropertySet, strip: bool = False) -> SkyWcs: ...
@overload
def makeSkyWcs(
    pixelsToFieldAngle: TransformPoint2ToPoint2,
    orientation: Angle,
    flipX: bool,
    boresight: SpherePoint,
    projection: str = "TAN",
) -> SkyWcs: ...
def makeSkyWcs(*args: Any, **kwargs: Any) -> SkyWcs:
    """Make a WCS.

    ``makeSkyWcs(crpix, crval, cdMatrix, projection="TAN")``, ``makeSkyWcs(metadata, strip=False)`` or
    ``makeSkyWcs(pixelsToFieldAngle, orientation, flipX, boresight, projection="TAN")``.

    Parameters
    ----------
    crpix : `lsst.geom.Point2D`
        Pixel origin, 0-based.
    crval : `lsst.geom.SpherePoint`
        Sky origin, ICRS.
    cdMatrix : `numpy.ndarray`
        Degrees per pixel, shape (2, 2).
    projection : `str`
        FITS code of the projection.
    metadata : `lsst.daf.base.PropertySet`
        FITS header.
    strip : `bool`
        Remove the keywords that were used from ``metadata``.
    pixelsToFieldAngle : `TransformPoint2ToPoint2`
        Transform from pixels to field angle in radians; the sky origin is where it is 0.
    orientation : `lsst.geom.Angle`
        Position angle of the field's y axis.
    flipX : `bool`
        Change the handedness of the field angle.
    boresight : `lsst.geom.SpherePoint`
        Sky position of field angle 0, ICRS.

    Raises
    ------
    lsst.pex.exceptions.TypeError
        Raised if the parameters do not describe a celestial WCS in two dimensions.

    Notes
    -----
    A NaN in ``crval`` counts as a missing keyword, that is 0 (agrees with the stack). A sky origin less than
    3 mas from a pole, or from a multiple of 90 degrees in right ascension, may move there: AST drops so small
    elements of a rotation.
    """
    given = bind(makeSkyWcs, _KINDS, args, kwargs)
    if "metadata" in given:
        return SkyWcs(**given)
    return _from_field_angle(**given) if "boresight" in given else _from_cd_matrix(**given)


_KINDS: dict[str, Check] = {
    "Angle": Angle,
    "PropertySet": PropertySet,
    "Point2D": Point2D,
    "SpherePoint": SpherePoint,
    "TransformPoint2ToPoint2": TransformPoint2ToPoint2,
}
"""Types by which the forms of the arguments of `makeSkyWcs` are told apart."""


def _from_cd_matrix(
    crpix: Point2D,
    crval: SpherePoint,
    cdMatrix: ArrayLike,
    projection: str = "TAN",
) -> SkyWcs:
    return SkyWcs(unitless_wcs_metadata(crpix, crval, np.asarray(cdMatrix, dtype=float), projection))


def _from_field_angle(
    pixelsToFieldAngle: TransformPoint2ToPoint2,
    orientation: Angle,
    flipX: bool,
    boresight: SpherePoint,
    projection: str = "TAN",
) -> SkyWcs:
    cd_matrix = makeCdMatrix(1 * lsst.geom.degrees, orientation, flipX)
    # The frames and the projection do not depend on the pixels.
    nominal = _from_cd_matrix(Point2D(0, 0), boresight, cd_matrix, projection)._frames
    field_angle_to_iwc = make_matrix_map(np.rad2deg(cd_matrix))
    return SkyWcs(
        FrameDict.from_chain(
            nominal.getFrame("PIXELS"),
            (make_series_map(pixelsToFieldAngle._mapping, field_angle_to_iwc), nominal.getFrame("IWC")),
            (nominal.getMapping("IWC", "SKY"), nominal.getFrame("SKY")),
        )
    )


@overload
def makeTanSipWcs(
    crpix: Point2D, crval: SpherePoint, cdMatrix: ArrayLike, sipA: ArrayLike, sipB: ArrayLike
) -> SkyWcs: ...
@overload
def makeTanSipWcs(
    crpix: Point2D,
    crval: SpherePoint,
    cdMatrix: ArrayLike,
    sipA: ArrayLike,
    sipB: ArrayLike,
    sipAp: ArrayLike,
    sipBp: ArrayLike,
) -> SkyWcs: ...
def makeTanSipWcs(*args: Any, **kwargs: Any) -> SkyWcs:
    """Make a TAN WCS with SIP distortion.

    Parameters
    ----------
    crpix, crval, cdMatrix
        As in `makeSkyWcs`.
    sipA, sipB : `numpy.ndarray`
        Forward coefficients, square matrices; element [p, q] belongs to u**p v**q.
    sipAp, sipBp : `numpy.ndarray`
        Coefficients of the inverse. Without them the inverse is iterative: at most four Newton steps.
    """
    return SkyWcs(makeTanSipMetadata(*args, **kwargs))


def makeModifiedWcs(
    pixelTransform: TransformPoint2ToPoint2,
    wcs: SkyWcs,
    modifyActualPixels: bool,
) -> SkyWcs:
    """Return the WCS with ``new(p) = wcs(pixelTransform(p))``.

    Parameters
    ----------
    pixelTransform : `TransformPoint2ToPoint2`
        Transform from new to old pixels.
    wcs : `SkyWcs`
        The old WCS.
    modifyActualPixels : `bool`
        Put the transform in front of ACTUAL_PIXELS, not of PIXELS; without that frame there is no difference.
    """
    return wcs._with_pixel_mapping(pixelTransform._mapping, modifyActualPixels)


def makeFlippedWcs(wcs: SkyWcs, flipLR: bool, flipTB: bool, center: Point2D) -> SkyWcs:
    """Return the WCS of an image that was flipped left-right or top-bottom about a center."""
    half_size = np.array([1000.0, 1000.0])  # any box about the center defines the same map
    middle = np.array([center[0], center[1]], dtype=float)
    signed = half_size * [-1.0 if flipLR else 1.0, -1.0 if flipTB else 1.0]
    flip = Ast.WinMap(
        (middle - half_size).tolist(),
        (middle + half_size).tolist(),
        (middle - signed).tolist(),
        (middle + signed).tolist(),
    )
    return wcs._with_pixel_mapping(flip, True)


def makeWcsPairTransform(src: SkyWcs, dst: SkyWcs) -> TransformPoint2ToPoint2:
    """Return the transform from the pixels of one WCS to those of another."""
    return TransformPoint2ToPoint2(make_series_map(src._pixel_to_sky, inverted(dst._pixel_to_sky)))


def getIntermediateWorldCoordsToSky(wcs: SkyWcs, simplify: bool = True) -> TransformPoint2ToSpherePoint:
    """Return the transform from intermediate world coordinates (degrees) to sky."""
    return TransformPoint2ToSpherePoint(wcs._frames.getMapping("IWC", "SKY"), simplify)


def getPixelToIntermediateWorldCoords(wcs: SkyWcs, simplify: bool = True) -> TransformPoint2ToPoint2:
    """Return the transform from pixels to intermediate world coordinates (degrees)."""
    return TransformPoint2ToPoint2(wcs._pixel_to_iwc, simplify)


def stripWcsMetadata(metadata: PropertySet) -> None:
    """Remove the keywords that `makeSkyWcs` would use; without a WCS nothing happens."""
    strip_wcs_keywords(metadata)
