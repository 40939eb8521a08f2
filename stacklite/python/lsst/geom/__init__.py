"""Angles, points, boxes and transforms, with the interface of the stack's ``lsst.geom``."""

from __future__ import annotations

from . import _angle, _coordinates, _transforms
from ._angle import *
from ._box2d import Box2D, BoxD
from ._box2i import Box2I, BoxI
from ._coordinates import *
from ._interval import IntervalD, IntervalI
from ._sphere_point import SpherePoint, averageSpherePoint
from ._sphere_transform import SphereTransform
from ._transforms import *

__all__ = [
    "Box2D",
    "Box2I",
    "BoxD",
    "BoxI",
    "IntervalD",
    "IntervalI",
    "SpherePoint",
    "SphereTransform",
    "averageSpherePoint",
]
__all__ += _angle.__all__
__all__ += _coordinates.__all__
__all__ += _transforms.__all__
