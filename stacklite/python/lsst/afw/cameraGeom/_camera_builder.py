"""Builders of cameras."""

from __future__ import annotations

__all__ = ["CameraBuilder"]

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import TransformPoint2ToPoint2, makeTransform
from lsst.geom import LinearTransform, Point2D

from ._camera import Camera
from ._camera_sys import FIELD_ANGLE, FOCAL_PLANE, CameraSys
from ._detector import Detector
from ._detector_builder import InCameraBuilder
from ._detector_values import DetectorValues
from ._transform_map import TransformMap


class CameraBuilder:
    """A camera whose properties can be set and to which detectors can be added.

    Parameters
    ----------
    camera : `Camera` or `str`
        Camera to start from, or the name of a new one.
    """

    def __init__(self, camera: Camera | str) -> None:
        self._parity = False
        self._detectors: dict[int, InCameraBuilder] = {}
        self._transforms: dict[CameraSys, TransformPoint2ToPoint2] = {}
        if isinstance(camera, str):
            self._name, self._pupil_factory_name = camera, "lsst.afw.cameraGeom.pupil.PupilFactory"
        else:
            self._start_from(camera)

    def _start_from(self, camera: Camera) -> None:
        self._name, self._pupil_factory_name = camera.getName(), camera.getPupilFactoryName()
        transforms = camera.getTransformMap()
        connections = transforms.getConnections()
        for system in transforms:
            if not system.hasDetectorName() and system != FOCAL_PLANE:
                self._transforms[system] = transforms.getTransform(FOCAL_PLANE, system)
        for detector in camera:
            own = [c for c in connections if c.fromSys.getDetectorName() == detector.getName()]
            self._detectors[detector.getId()] = InCameraBuilder(
                detector._values, detector.getAmplifiers(), own
            )

    def getName(self) -> str:
        """Return the name."""
        return self._name

    def setName(self, name: str) -> None:
        """Set the name."""
        self._name = name

    def getPupilFactoryName(self) -> str:
        """Return the dotted name of the class that makes pupils."""
        return self._pupil_factory_name

    def setPupilFactoryName(self, pupilFactoryName: str) -> None:
        """Set the dotted name of the class that makes pupils."""
        self._pupil_factory_name = pupilFactoryName

    def getFocalPlaneParity(self) -> bool:
        """Return whether the field angle shall be mirrored with respect to the focal plane."""
        return self._parity

    def setFocalPlaneParity(self, flipX: bool) -> None:
        """Set whether the field angle shall be mirrored with respect to the focal plane.

        Where the transform to the field angle has the other parity, `finish` mirrors its x axis.
        """
        self._parity = bool(flipX)

    def setTransformFromFocalPlaneTo(self, toSys: CameraSys, transform: TransformPoint2ToPoint2) -> None:
        """Set the transform from the focal plane to another system of the whole camera.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the system belongs to a detector or is the focal plane itself.
        """
        if toSys.hasDetectorName() or toSys == FOCAL_PLANE:
            raise pex_exceptions.InvalidParameterError(
                f"{toSys} is not a system of the camera besides {FOCAL_PLANE}."
            )
        self._transforms[toSys] = transform

    def discardTransformFromFocalPlaneTo(self, toSys: CameraSys) -> bool:
        """Remove a transform from the focal plane and return whether there was one."""
        return self._transforms.pop(toSys, None) is not None

    def add(self, name: str, id: int) -> InCameraBuilder:
        """Add a detector and return its builder.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if there is one with this name or number.
        """
        if id in self._detectors or any(d.getName() == name for d in self):
            raise pex_exceptions.RuntimeError(f"there is a detector {name!r} or {id} already.")
        self._detectors[id] = InCameraBuilder(replace(DetectorValues(), name=name, id=id))
        return self._detectors[id]

    def __len__(self) -> int:
        return len(self._detectors)

    def __iter__(self) -> Iterator[InCameraBuilder]:
        return iter([self._detectors[id] for id in sorted(self._detectors)])

    def __contains__(self, key: object) -> bool:
        return any(key in (d.getId(), d.getName()) for d in self)

    def __getitem__(self, key: int | str) -> InCameraBuilder:
        for builder in self:
            if key in (builder.getId(), builder.getName()):
                return builder
        raise KeyError(f"no detector {key!r} among {len(self)}.")

    def __delitem__(self, key: int | str) -> None:
        del self._detectors[self[key].getId()]

    def finish(self) -> Camera:
        """Return the camera."""
        transforms = TransformMap(FOCAL_PLANE, self._connections())
        detectors: list[Detector] = [builder._finish(transforms) for builder in self]
        return Camera(self._name, detectors, transforms, self._pupil_factory_name)

    def _connections(self) -> list[TransformMap.Connection]:
        result = [
            TransformMap.Connection(self._with_parity(system, transform), FOCAL_PLANE, system)
            for system, transform in self._transforms.items()
        ]
        for builder in self:
            result += builder._all_connections()
        return result

    def _with_parity(self, system: CameraSys, transform: TransformPoint2ToPoint2) -> TransformPoint2ToPoint2:
        if system != FIELD_ANGLE:
            return transform
        parity = np.linalg.det(transform.getJacobian(Point2D(0.0, 0.0))) < 0
        if parity == self._parity:
            return transform
        return transform.then(makeTransform(LinearTransform.makeScaling(-1.0, 1.0)))


Camera.Builder = CameraBuilder
