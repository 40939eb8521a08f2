"""Ellipses, with the interface of the stack's ``lsst.afw.geom.ellipses``."""

from __future__ import annotations

from ._core import Axes, BaseCore, Quadrupole
from ._ellipse import Ellipse

__all__ = ["Axes", "BaseCore", "Ellipse", "Quadrupole"]
