"""Comparison of WCSs, and the pixels that optics without distortion would have."""

from __future__ import annotations

__all__ = ["computePixelToDistortedPixel", "wcsAlmostEqualOverBBox"]

import numpy as np

from lsst.geom import Angle, Box2D, Box2I, Point2D, arcseconds

from ._sip_approximation import separations
from ._sky_wcs import SkyWcs
from ._transform import TransformPoint2ToPoint2
from ._transform_factory import linearizeTransform, makeTransform

_MAX_DIFF_SKY = 0.01 * arcseconds


def computePixelToDistortedPixel(
    pixelToFocalPlane: TransformPoint2ToPoint2, focalPlaneToFieldAngle: TransformPoint2ToPoint2
) -> TransformPoint2ToPoint2:
    """Return the transform to the pixels that would see the same field angle in optics without distortion.

    Those optics have everywhere the scale that the real ones have in the middle of the field.

    Parameters
    ----------
    pixelToFocalPlane : `TransformPoint2ToPoint2`
        Transform from pixels to the focal plane (mm).
    focalPlaneToFieldAngle : `TransformPoint2ToPoint2`
        Transform from the focal plane to the field angle (radian).
    """
    middle = linearizeTransform(focalPlaneToFieldAngle.inverted(), Point2D(0.0, 0.0))
    undistorted = pixelToFocalPlane.then(focalPlaneToFieldAngle).then(makeTransform(middle))
    return undistorted.then(pixelToFocalPlane.inverted())


def wcsAlmostEqualOverBBox(
    wcs0: SkyWcs,
    wcs1: SkyWcs,
    bbox: Box2I | Box2D,
    maxDiffSky: Angle = _MAX_DIFF_SKY,
    maxDiffPix: float = 0.01,
    nx: int = 5,
    ny: int = 5,
) -> bool:
    """Compare two WCSs on a grid of pixels and return whether they agree.

    Parameters
    ----------
    wcs0, wcs1 : `SkyWcs`
        WCSs.
    bbox : `lsst.geom.Box2I` or `lsst.geom.Box2D`
        Box whose borders are part of the grid.
    maxDiffSky : `lsst.geom.Angle`, optional
        Largest separation of the sky positions of a pixel.
    maxDiffPix : `float`, optional
        Largest distance (pixels) of the two pixel positions of a sky position.
    nx, ny : `int`, optional
        Number of points in x and y.
    """
    box = Box2D(bbox)
    columns = np.linspace(box.getMinX(), box.getMaxX(), nx)
    rows = np.linspace(box.getMinY(), box.getMaxY(), ny)
    x, y = (values.ravel() for values in np.meshgrid(columns, rows))
    sky = wcs0._pixel_to_sky_array(x, y)
    difference = separations(sky, wcs1._pixel_to_sky_array(x, y))
    (x0, y0), (x1, y1) = wcs0._sky_to_pixel_array(*sky), wcs1._sky_to_pixel_array(*sky)
    distance = np.hypot(x0 - x1, y0 - y1)
    # A position that is not finite is no agreement.
    return bool((difference <= maxDiffSky.asRadians()).all() and (distance <= maxDiffPix).all())
