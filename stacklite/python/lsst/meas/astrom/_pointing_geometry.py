"""Positions of detectors on the sky, as unit vectors, and distances between two sets of them."""

from __future__ import annotations

__all__ = ["DetectorGrid", "DetectorSample", "convex_hull", "corner_vectors", "rotated_pointing"]

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lsst.geom import Angle, Box2D, SpherePoint, SphereTransform, degrees
from lsst.obs.base.utils import createInitialSkyWcsFromBoresight
from lsst.sphgeom import ConvexPolygon, UnitVector3d, Vector3d

if TYPE_CHECKING:
    from lsst.afw.cameraGeom import Detector
    from lsst.afw.geom import SkyWcs
    from lsst.afw.table import ExposureRecord


@dataclass(frozen=True, eq=False)
class DetectorGrid:
    """A grid of points of a detector, and their positions on the sky according to its WCS.

    ``x`` and ``y`` are pixel coordinates of shape (n,), ``observed`` are unit
    vectors of shape (n, 3), NaN where the WCS has no position.
    """

    record: ExposureRecord
    detector: Detector
    x: np.ndarray
    y: np.ndarray
    observed: np.ndarray

    @classmethod
    def measure(cls, record: ExposureRecord, detector: Detector, spacing: float) -> DetectorGrid:
        """Evaluate the WCS of a record on a grid from border to border.

        ``spacing`` is the largest distance between the points, in pixels.
        """
        box = Box2D(detector.getBBox())
        x = np.linspace(box.getMinX(), box.getMaxX(), math.ceil(box.getWidth() / spacing) + 1)
        y = np.linspace(box.getMinY(), box.getMaxY(), math.ceil(box.getHeight() / spacing) + 1)
        x, y = (axis.ravel() for axis in np.meshgrid(x, y))
        wcs = record.getWcs()
        assert wcs is not None, "records without a WCS are left out"
        return cls(record, detector, x, y, _sky_vectors(wcs, x, y))

    def is_finite(self) -> bool:
        """Return whether the WCS has a position everywhere."""
        return bool(np.isfinite(self.observed).all())

    def first_position(self) -> SpherePoint:
        """Return the position of the first point, according to the WCS."""
        return SpherePoint(Vector3d(*self.observed[0].tolist()))

    def with_nominal(self, boresight: SpherePoint) -> DetectorSample:
        """Add the positions according to the geometry of the camera, for a boresight and orientation 0."""
        wcs = createInitialSkyWcsFromBoresight(boresight, 0.0 * degrees, self.detector)
        return DetectorSample(self.record, _sky_vectors(wcs, self.x, self.y), self.observed)


@dataclass(frozen=True, eq=False)
class DetectorSample:
    """Positions of points of a detector, from the camera geometry and from the WCS: unit vectors, (n, 3)."""

    record: ExposureRecord
    nominal: np.ndarray
    observed: np.ndarray

    def residual(self, rotation: SphereTransform) -> Angle:
        """Return the largest distance on the sky when the nominal positions are rotated."""
        chords = np.linalg.norm(self.nominal @ rotation.matrix.T - self.observed, axis=1)
        return Angle(2.0 * math.asin(min(0.5 * float(chords.max()), 1.0)))

    def is_finite(self) -> bool:
        """Return whether all positions are known."""
        return bool(np.isfinite(self.observed).all())

    def own_residual(self) -> Angle:
        """Return the largest distance after the rotation that fits this detector best, NaN without one."""
        if not self.is_finite():
            return Angle(math.nan)
        return self.residual(SphereTransform.fit_unit_vectors(self.nominal, self.observed))


def rotated_pointing(start: SpherePoint, rotation: SphereTransform) -> tuple[SpherePoint, Angle]:
    """Return boresight and orientation after a rotation of the pointing (start, 0).

    The orientation is 90 degrees minus the bearing, seen from the new boresight,
    of a point that was to the north of the old one (agrees with the stack).
    """
    boresight = rotation(start)
    north = rotation(start.offset(90.0 * degrees, 1.0 * degrees))
    return boresight, 90.0 * degrees - boresight.bearingTo(north)


def corner_vectors(wcs: SkyWcs, box: Box2D) -> np.ndarray:
    """Return the positions of the corners of a pixel box on the sky: unit vectors, (4, 3)."""
    x, y = np.array([[*corner] for corner in box.getCorners()]).T
    return _sky_vectors(wcs, x, y)


def convex_hull(vectors: np.ndarray) -> ConvexPolygon:
    """Return the convex hull of unit vectors of shape (n, 3)."""
    return ConvexPolygon.convexHull([UnitVector3d(*vector) for vector in vectors.tolist()])


def _sky_vectors(wcs: SkyWcs, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    longitude, latitude = wcs.pixelToSkyArray(x, y)
    radius = np.cos(latitude)
    return np.stack([radius * np.cos(longitude), radius * np.sin(longitude), np.sin(latitude)], axis=1)
