"""Cameras, detectors and amplifiers, with the interface of the stack's ``lsst.afw.cameraGeom``."""

from __future__ import annotations

__all__ = [
    "ACTUAL_PIXELS",
    "FIELD_ANGLE",
    "FOCAL_PLANE",
    "PIXELS",
    "TAN_PIXELS",
    "Amplifier",
    "AmplifierGeometryComparison",
    "AmplifierIsolator",
    "Camera",
    "CameraSys",
    "CameraSysPrefix",
    "Detector",
    "DetectorCollection",
    "DetectorType",
    "DetectorTypeNameValDict",
    "DetectorTypeValNameDict",
    "Orientation",
    "ReadoutCorner",
    "TransformMap",
    "assembleAmplifierImage",
    "assembleAmplifierRawImage",
    "makePixelToTanPixel",
    "makeUpdatedDetector",
    "rotateBBoxBy90",
]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

# They register readers, and builders as members of what they build.
from . import (  # noqa: F401
    _amplifier_builder,
    _camera_builder,
    _camera_persistence,
    _detector_builder,
    _detector_persistence,
)
from ._amplifier import Amplifier, AmplifierGeometryComparison, ReadoutCorner
from ._assemble_image import (
    AmplifierIsolator,
    assembleAmplifierImage,
    assembleAmplifierRawImage,
    makeUpdatedDetector,
)
from ._camera import Camera
from ._camera_sys import (
    ACTUAL_PIXELS,
    FIELD_ANGLE,
    FOCAL_PLANE,
    PIXELS,
    TAN_PIXELS,
    CameraSys,
    CameraSysPrefix,
)
from ._detector import Detector
from ._detector_collection import DetectorCollection
from ._detector_values import DetectorType, DetectorTypeNameValDict, DetectorTypeValNameDict
from ._orientation import Orientation
from ._transform_map import TransformMap
from ._utils import makePixelToTanPixel, rotateBBoxBy90
