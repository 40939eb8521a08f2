"""Polygons, with the interface of the stack's ``lsst.afw.geom.polygon``."""

from __future__ import annotations

__all__ = ["Polygon"]

from ._polygon import Polygon
