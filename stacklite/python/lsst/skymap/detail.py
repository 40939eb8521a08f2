"""Sky polygons of pixel boxes."""

from __future__ import annotations

__all__ = ["makeSkyPolygonFromBBox"]

from typing import TYPE_CHECKING

from lsst.geom import Box2D, Box2I
from lsst.sphgeom import ConvexPolygon

if TYPE_CHECKING:
    from lsst.afw.geom import SkyWcs


def makeSkyPolygonFromBBox(bbox: Box2I | Box2D, wcs: SkyWcs) -> ConvexPolygon:
    """Return the convex hull on the sky of the corners of a pixel box.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I` or `lsst.geom.Box2D`
        Box; an integer one with the outer borders of its pixels.
    wcs : `~lsst.afw.geom.SkyWcs`
        Maps pixels to the sky.

    Returns
    -------
    polygon : `lsst.sphgeom.ConvexPolygon`
        Polygon.

    Raises
    ------
    RuntimeError
        Raised if a corner has no position on the sky.
    ValueError
        Raised if the corners do not span an area.
    """
    corners = wcs.pixelToSky(Box2D(bbox).getCorners())
    for pixel, corner in zip(Box2D(bbox).getCorners(), corners, strict=True):
        if not corner.isFinite():
            raise RuntimeError(f"cannot normalize: the corner {pixel} of {bbox} has no position on the sky.")
    return ConvexPolygon.convexHull([corner.getVector() for corner in corners])
