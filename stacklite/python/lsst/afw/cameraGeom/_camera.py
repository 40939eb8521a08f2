"""Cameras."""

from __future__ import annotations

__all__ = ["Camera"]

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, overload

import numpy as np

from lsst.afw.geom import TransformPoint2ToPoint2
from lsst.geom import Box2D, Point2D
from lsst_stacklite._overloads import Check, bind, is_sequence
from lsst_stacklite.archives import make_table

from ._camera_sys import FOCAL_PLANE, PIXELS, CameraSys
from ._detector import Detector
from ._detector_collection import DetectorCollection
from ._transform_map import TransformMap

if TYPE_CHECKING:
    from ._camera_builder import CameraBuilder

_FIELDS = (
    ("name", "String", "name of the camera", "", 0),
    ("pupilFactoryName", "String", "Python name of the class that makes pupils", "", 0),
    ("transformMap", "I", "archive ID of the coordinate systems", ""),
)


_KINDS: dict[str, Check] = {"CameraSys": CameraSys, "Point2D": Point2D, "Sequence[Point2D]": is_sequence}


class Camera(DetectorCollection):
    """The detectors of a camera and its coordinate systems. Immutable.

    Parameters
    ----------
    name : `str`
        Name.
    detectorList : iterable of `Detector`
        Detectors; all with ``transformMap``.
    transformMap : `TransformMap`
        Coordinate systems.
    pupilFactoryName : `str`
        Dotted name of the class that makes pupils; kept, never imported.

    Notes
    -----
    Made by `Camera.Builder`, `rebuild`, or by reading.
    """

    Builder: ClassVar[type[CameraBuilder]]

    def __init__(
        self,
        name: str,
        detectorList: Iterable[Detector],
        transformMap: TransformMap,
        pupilFactoryName: str = "",
    ) -> None:
        super().__init__(detectorList)
        self._name = name
        self._transforms = transformMap
        self._pupil_factory_name = pupilFactoryName

    def __repr__(self) -> str:
        return f"Camera({self._name!r}, {len(self)} detectors)"

    def getName(self) -> str:
        """Return the name."""
        return self._name

    def getPupilFactoryName(self) -> str:
        """Return the dotted name of the class that makes pupils."""
        return self._pupil_factory_name

    def rebuild(self) -> CameraBuilder:
        """Return a builder that starts from this camera.

        The builder does not know the focal-plane parity: finishing it without setting the parity removes a
        flip (as in the stack).
        """
        return self.Builder(self)

    def getTransformMap(self) -> TransformMap:
        """Return the coordinate systems."""
        return self._transforms

    def getFocalPlaneParity(self) -> bool:
        """Return whether the field angle is mirrored with respect to the focal plane."""
        return self._transforms.getFocalPlaneParity()

    def getTransform(self, fromSys: CameraSys, toSys: CameraSys) -> TransformPoint2ToPoint2:
        """Return the transform from one coordinate system to another.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if one of them is unknown.
        TypeError
            Raised if one of them is a prefix.
        """
        return self._transforms.getTransform(fromSys, toSys)

    @overload
    def transform(self, point: Point2D, fromSys: CameraSys, toSys: CameraSys) -> Point2D: ...

    @overload
    def transform(self, points: Sequence[Point2D], fromSys: CameraSys, toSys: CameraSys) -> list[Point2D]: ...

    def transform(self, *args: Any, **kwargs: Any) -> Any:
        """Transform a point or a list of points from one coordinate system to another."""
        where, start, end = bind(Camera.transform, _KINDS, (self, *args), kwargs).values()
        return self.getTransform(start, end).applyForward(where)

    def findDetectors(self, point: Point2D, cameraSys: CameraSys) -> list[Detector]:
        """Return the detectors that contain a point of a coordinate system, in the order of their numbers."""
        return self.findDetectorsList([point], cameraSys)[0]

    def findDetectorsList(self, pointList: Sequence[Point2D], cameraSys: CameraSys) -> list[list[Detector]]:
        """Return for each point of a coordinate system the detectors that contain it."""
        to_focal_plane = self.getTransform(cameraSys, FOCAL_PLANE)
        points = to_focal_plane.fromEndpoint.dataFromArray(pointList)
        focal_plane = to_focal_plane._apply_array(points)
        found: list[list[Detector]] = [[] for _ in pointList]
        for detector in self:
            for index in np.flatnonzero(_is_inside(detector, focal_plane)):
                found[index].append(detector)
        return found

    def _write_archive(self, archive: Any) -> Sequence[Any]:
        detectors = super()._write_archive(archive)
        row = (self._name, self._pupil_factory_name, archive.put(self._transforms))
        return [*detectors, make_table(_FIELDS, [row])]


def _is_inside(detector: Detector, focal_plane: np.ndarray) -> np.ndarray:
    """Return which focal-plane positions, shape (2, n), lie on a detector; bool, shape (n,)."""
    x, y = detector.getTransform(FOCAL_PLANE, PIXELS)._apply_array(focal_plane)
    return np.asarray(Box2D(detector.getBBox()).contains(x, y), dtype=bool)
