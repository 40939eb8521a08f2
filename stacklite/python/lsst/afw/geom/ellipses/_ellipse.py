"""An ellipse with a center."""

from __future__ import annotations

__all__ = ["Ellipse"]

from lsst.geom import Point2D

from ._core import BaseCore


class Ellipse:
    """Position, size and shape of an ellipse.

    Parameters
    ----------
    core : `BaseCore`
        Size and shape.
    center : `lsst.geom.Point2D`, optional
        Center; the origin by default.
    """

    def __init__(self, core: BaseCore, center: Point2D | None = None) -> None:
        self.setCore(core)
        self.setCenter(Point2D(0.0, 0.0) if center is None else center)

    def getCore(self) -> BaseCore:
        """Return size and shape."""
        return self._core

    def setCore(self, core: BaseCore, /) -> None:
        """Replace size and shape."""
        self._core = core

    def getCenter(self) -> Point2D:
        """Return the center."""
        return Point2D(self._center)

    def setCenter(self, center: Point2D, /) -> None:
        """Replace the center."""
        self._center = Point2D(center)

    def __repr__(self) -> str:
        return f"Ellipse({self._core!r}, {self._center!r})"
