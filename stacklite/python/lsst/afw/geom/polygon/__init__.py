"""Polygons, with the interface of the stack's ``lsst.afw.geom.polygon``."""

from __future__ import annotations

from ._polygon import Polygon

__all__ = ["Polygon"]
