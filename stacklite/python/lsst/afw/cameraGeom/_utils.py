"""Boxes and transforms of detectors that are turned."""

from __future__ import annotations

__all__ = ["makePixelToTanPixel", "rotateBBoxBy90"]

from lsst.afw.geom import TransformPoint2ToPoint2, computePixelToDistortedPixel
from lsst.geom import Box2I, Extent2D, Extent2I, Point2I

from ._orientation import Orientation


def makePixelToTanPixel(
    bbox: Box2I, orientation: Orientation, focalPlaneToField: TransformPoint2ToPoint2, pixelSizeMm: Extent2D
) -> TransformPoint2ToPoint2:
    """Return the transform from pixels to those that optics without distortion would have.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I`
        Box of the detector, which has no effect (as in the stack).
    orientation : `Orientation`
        Position and rotation of the detector.
    focalPlaneToField : `lsst.afw.geom.TransformPoint2ToPoint2`
        Transform from the focal plane (mm) to the field angle (radian).
    pixelSizeMm : `lsst.geom.Extent2D`
        Size of a pixel (mm).
    """
    return computePixelToDistortedPixel(orientation.makePixelFpTransform(pixelSizeMm), focalPlaneToField)


def rotateBBoxBy90(bbox: Box2I, n90: int, dimensions: Extent2I) -> Box2I:
    """Return the box in an image that was turned by quarter turns, counterclockwise.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I`
        Box in the image before.
    n90 : `int`
        Number of quarter turns.
    dimensions : `lsst.geom.Extent2I`
        Width and height of the image before.
    """
    x0, y0, x1, y1 = bbox.getMinX(), bbox.getMinY(), bbox.getMaxX(), bbox.getMaxY()
    last_x, last_y = dimensions.getX() - 1, dimensions.getY() - 1
    match n90 % 4:
        case 0:
            corners = (x0, y0, x1, y1)
        case 1:
            corners = (last_y - y1, x0, last_y - y0, x1)
        case 2:
            corners = (last_x - x1, last_y - y1, last_x - x0, last_y - y0)
        case _:
            corners = (y0, last_x - x1, y1, last_x - x0)
    return Box2I(Point2I(*corners[:2]), Point2I(*corners[2:]), False)
