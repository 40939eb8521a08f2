"""Position and orientation of a detector on the focal plane."""

from __future__ import annotations

__all__ = ["Orientation"]

import math
from dataclasses import dataclass

import numpy as np

import lsst.geom
from lsst.afw.geom import TransformPoint2ToPoint2, makeTransform
from lsst.geom import AffineTransform, Angle, Extent2D, Point2D, Point3D

_MIDDLE = Point3D(0, 0, 0)
_FIRST_CORNER = Point2D(-0.5, -0.5)


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Orientation:
    """Position and rotation of a detector on the focal plane. Immutable.

    Parameters
    ----------
    fpPosition : `lsst.geom.Point2D` or `lsst.geom.Point3D`, optional
        Focal-plane position of the reference point (mm).
    refPoint : `lsst.geom.Point2D`, optional
        Reference point (pixels); by default the lower left corner of the first pixel.
    yaw, pitch, roll : `lsst.geom.Angle`, optional
        Rotations about z, y and x, in this order.
    """

    _position: tuple[float, float, float]
    _reference: tuple[float, float]
    _angles: tuple[float, float, float]

    def __init__(
        self,
        fpPosition: Point2D | Point3D = _MIDDLE,
        refPoint: Point2D = _FIRST_CORNER,
        yaw: Angle = 0 * lsst.geom.radians,
        pitch: Angle = 0 * lsst.geom.radians,
        roll: Angle = 0 * lsst.geom.radians,
    ) -> None:
        position = (*(float(v) for v in fpPosition), 0.0)[:3]
        reference = (float(refPoint[0]), float(refPoint[1]))
        object.__setattr__(self, "_position", position)
        object.__setattr__(self, "_reference", reference)
        object.__setattr__(self, "_angles", tuple(angle.asRadians() for angle in (yaw, pitch, roll)))

    def getFpPosition(self) -> Point2D:
        """Return the focal-plane position of the reference point (mm)."""
        return Point2D(*self._position[:2])

    def getFpPosition3(self) -> Point3D:
        """Return the focal-plane position of the reference point with its height (mm)."""
        return Point3D(*self._position)

    def getHeight(self) -> float:
        """Return the height of the reference point over the focal plane (mm)."""
        return self._position[2]

    def getReferencePoint(self) -> Point2D:
        """Return the reference point (pixels)."""
        return Point2D(*self._reference)

    def getYaw(self) -> Angle:
        """Return the rotation about z."""
        return Angle(self._angles[0])

    def getPitch(self) -> Angle:
        """Return the rotation about the rotated y axis."""
        return Angle(self._angles[1])

    def getRoll(self) -> Angle:
        """Return the rotation about the rotated x axis."""
        return Angle(self._angles[2])

    def getNQuarter(self) -> int:
        """Return the yaw in quarter turns, rounded; negative ones are made positive by whole turns."""
        yaw = Angle(self._angles[0]).asDegrees()
        return math.floor((yaw if yaw >= 0.0 else yaw % 360.0) / 90.0 + 0.5)

    def makePixelFpTransform(self, pixelSizeMm: Extent2D) -> TransformPoint2ToPoint2:
        """Return the transform from pixels to the focal plane (mm).

        Parameters
        ----------
        pixelSizeMm : `lsst.geom.Extent2D`
            Size of a pixel (mm).
        """
        return makeTransform(self._pixel_to_focal_plane(pixelSizeMm))

    def makeFpPixelTransform(self, pixelSizeMm: Extent2D) -> TransformPoint2ToPoint2:
        """Return the transform from the focal plane (mm) to pixels."""
        return makeTransform(self._pixel_to_focal_plane(pixelSizeMm).inverted())

    def _pixel_to_focal_plane(self, pixel_size: Extent2D) -> AffineTransform:
        """Return rotation (its part in the plane; heights are ignored), scaling and shift as one map."""
        linear = self._rotation() @ np.diag([float(pixel_size[0]), float(pixel_size[1])])
        shift = np.array(self._position[:2]) - linear @ np.array(self._reference)
        return AffineTransform(linear, Extent2D(shift[0], shift[1]))

    def _rotation(self) -> np.ndarray:
        (cy, sy), (cp, sp), (cr, sr) = ((math.cos(a), math.sin(a)) for a in self._angles)
        return np.array([[cy * cp, cy * sp * sr - cr * sy], [cp * sy, cy * cr + sy * sp * sr]])

    def __repr__(self) -> str:
        angles = ", ".join(f"{angle!r}" for angle in (self.getYaw(), self.getPitch(), self.getRoll()))
        return f"Orientation({self.getFpPosition3()!r}, {self.getReferencePoint()!r}, {angles})"
