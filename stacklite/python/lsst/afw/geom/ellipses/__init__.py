"""Ellipses, with the interface of the stack's ``lsst.afw.geom.ellipses``."""

from __future__ import annotations

__all__ = [
    "Axes",
    "BaseCore",
    "ConformalShear",
    "Distortion",
    "Ellipse",
    "EllipticityBase",
    "Quadrupole",
    "ReducedShear",
    "SeparableConformalShearDeterminantRadius",
    "SeparableConformalShearTraceRadius",
    "SeparableDistortionDeterminantRadius",
    "SeparableDistortionTraceRadius",
    "SeparableReducedShearDeterminantRadius",
    "SeparableReducedShearTraceRadius",
]

from ._core import Axes, BaseCore, Quadrupole
from ._ellipse import Ellipse
from ._separable import (
    ConformalShear,
    Distortion,
    EllipticityBase,
    ReducedShear,
    SeparableConformalShearDeterminantRadius,
    SeparableConformalShearTraceRadius,
    SeparableDistortionDeterminantRadius,
    SeparableDistortionTraceRadius,
    SeparableReducedShearDeterminantRadius,
    SeparableReducedShearTraceRadius,
)
