"""Cameras, detectors and amplifiers, with the interface of the stack's ``lsst.afw.cameraGeom``."""

from __future__ import annotations

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from . import _camera_persistence, _detector_persistence  # noqa: F401 (they register readers)
from ._amplifier import Amplifier, ReadoutCorner
from ._amplifier_builder import AmplifierBuilder
from ._camera import Camera
from ._camera_builder import CameraBuilder
from ._camera_sys import (
    ACTUAL_PIXELS,
    FIELD_ANGLE,
    FOCAL_PLANE,
    PIXELS,
    TAN_PIXELS,
    CameraSys,
    CameraSysPrefix,
)
from ._detector import Detector, DetectorType, DetectorTypeNameValDict, DetectorTypeValNameDict
from ._detector_builder import DetectorBuilder, InCameraBuilder, PartialRebuilder
from ._detector_collection import DetectorCollection
from ._orientation import Orientation
from ._transform_map import TransformMap

__all__ = [
    "ACTUAL_PIXELS",
    "FIELD_ANGLE",
    "FOCAL_PLANE",
    "PIXELS",
    "TAN_PIXELS",
    "Amplifier",
    "AmplifierBuilder",
    "Camera",
    "CameraBuilder",
    "CameraSys",
    "CameraSysPrefix",
    "Detector",
    "DetectorBuilder",
    "DetectorCollection",
    "DetectorType",
    "DetectorTypeNameValDict",
    "DetectorTypeValNameDict",
    "InCameraBuilder",
    "Orientation",
    "PartialRebuilder",
    "ReadoutCorner",
    "TransformMap",
]
