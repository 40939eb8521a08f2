"""Cameras from a YAML description."""

from __future__ import annotations

__all__ = ["makeCamera"]

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import lsst.geom
from lsst.afw.cameraGeom import (
    ACTUAL_PIXELS,
    FIELD_ANGLE,
    PIXELS,
    TAN_PIXELS,
    Amplifier,
    Camera,
    CameraSys,
    CameraSysPrefix,
    DetectorType,
    Orientation,
    ReadoutCorner,
)
from lsst.afw.fits._errors import reading
from lsst.afw.geom import (
    TransformPoint2ToPoint2,
    computePixelToDistortedPixel,
    makeRadialTransform,
    makeTransform,
)
from lsst.geom import (
    AffineTransform,
    Angle,
    Box2I,
    Extent2D,
    Extent2I,
    LinearTransform,
    Point2D,
    Point2I,
    Point3D,
)
from lsst.pex.exceptions import IoError
from lsst_stacklite import load_yaml

if TYPE_CHECKING:
    from lsst.afw.cameraGeom._amplifier_builder import AmplifierBuilder
    from lsst.afw.cameraGeom._detector_builder import InCameraBuilder

_PIXEL_SYSTEMS = {system.getSysName(): system for system in (PIXELS, TAN_PIXELS, ACTUAL_PIXELS)}


def makeCamera(cameraFile: str) -> Camera:
    """Make a camera from a YAML description.

    Parameters
    ----------
    cameraFile : `str`
        Path of the file. It is read with a safe loader.

    Returns
    -------
    camera : `lsst.afw.cameraGeom.Camera`
        The camera; with TAN_PIXELS for every detector if the description has a transform to FIELD_ANGLE.

    Raises
    ------
    lsst.pex.exceptions.IoError
        Raised if the description is damaged, lacks an entry, or has a transform of unknown type.
    FileNotFoundError
        Raised if there is no such file.
    """
    text = Path(cameraFile).read_bytes()
    with reading(cameraFile, "is not the description of a camera", IoError):
        return _make_camera(load_yaml(text.decode()))


def _make_camera(description: Mapping[str, Any]) -> Camera:
    builder = Camera.Builder(description["name"])
    builder.setFocalPlaneParity(bool(description.get("focalPlaneParity", False)))
    plate_scale = Angle(description["plateScale"], lsst.geom.arcseconds)
    transforms = _transforms(description["transforms"], plate_scale)
    for name, transform in transforms.items():
        builder.setTransformFromFocalPlaneTo(CameraSys(name), transform)
    for name, ccd in description["CCDs"].items():
        detector = builder.add(name, ccd["id"])
        _set_detector(detector, ccd)
        _set_pixel_systems(detector, ccd, transforms.get(FIELD_ANGLE.getSysName()), plate_scale)
    return builder.finish()


def _section(value: Mapping[str, Any] | str | None) -> Mapping[str, Any]:
    """Return a section of the file; ``None``, which is a text in YAML, stands for an empty one."""
    if isinstance(value, str) and value != "None":
        raise ValueError(f"{value!r} is no section with transforms.")
    return value if isinstance(value, Mapping) else {}


def _transforms(
    section: Mapping[str, Any] | str | None, plate_scale: Angle
) -> dict[str, TransformPoint2ToPoint2]:
    """Return the transforms of a section from its native system to the others, by name."""
    items = _section(section).items()
    return {name: _transform(t, plate_scale) for name, t in items if name not in ("nativeSys", "transforms")}


def _transform(description: Mapping[str, Any], plate_scale: Angle) -> TransformPoint2ToPoint2:
    match description["transformType"]:
        case "radial":
            # The file has them relative to the plate scale (angle per mm).
            return makeRadialTransform([float(c) * plate_scale.asRadians() for c in description["coeffs"]])
        case "affine":
            linear = LinearTransform(np.array(description["linear"], dtype=float))
            return makeTransform(AffineTransform(linear, Extent2D(*description["translation"])))
        case unknown:
            raise ValueError(f"transform of unknown type {unknown!r}: know 'affine' and 'radial'.")


def _set_detector(detector: InCameraBuilder, ccd: Mapping[str, Any]) -> None:
    (x0, y0), (x1, y1) = ccd["bbox"]
    detector.setBBox(Box2I(Point2I(x0, y0), Point2I(x1, y1)))
    detector.setType(DetectorType(ccd["detectorType"]))
    detector.setSerial(str(ccd["serial"]))
    detector.setPhysicalType(str(ccd.get("physicalType", "")))
    detector.setPixelSize(Extent2D(*ccd["pixelSize"]))
    detector.setOrientation(_orientation(ccd))
    amplifiers = sorted(ccd["amplifiers"].items(), key=lambda item: item[1]["hdu"])
    for name, amplifier in amplifiers:
        detector.append(_amplifier(name, amplifier))
    if ccd.get("crosstalk"):
        detector.setCrosstalk(np.reshape(ccd["crosstalk"], (len(amplifiers), len(amplifiers))))


def _orientation(ccd: Mapping[str, Any]) -> Orientation:
    position = Point3D(*(*ccd["offset"], 0.0)[:3])
    angles = (float(ccd[name]) * lsst.geom.degrees for name in ("yaw", "pitch", "roll"))
    return Orientation(position, Point2D(*ccd["refpos"]), *angles)


def _set_pixel_systems(
    detector: InCameraBuilder,
    ccd: Mapping[str, Any],
    to_field: TransformPoint2ToPoint2 | None,
    plate_scale: Angle,
) -> None:
    """Set the transforms from the pixels of a detector to its other systems."""
    own = _transforms(_section(ccd.get("transformDict")).get("transforms"), plate_scale)
    for name, transform in own.items():
        system = _PIXEL_SYSTEMS.get(name, CameraSysPrefix(name))
        detector.setTransformFromPixelsTo(system, transform)
    if to_field is not None:
        to_focal_plane = detector.getOrientation().makePixelFpTransform(detector.getPixelSize())
        detector.setTransformFromPixelsTo(TAN_PIXELS, computePixelToDistortedPixel(to_focal_plane, to_field))


def _amplifier(name: str, description: Mapping[str, Any]) -> AmplifierBuilder:
    builder = Amplifier.Builder()
    builder.setName(name)
    builder.setReadoutCorner(ReadoutCorner.__members__[description["readCorner"]])
    builder.setGain(description["gain"])
    builder.setReadNoise(description["readNoise"])
    builder.setSaturation(description["saturation"])
    builder.setSuspectLevel(description.get("suspect", math.nan))
    builder.setLinearityCoeffs(description["linearityCoeffs"])
    builder.setLinearityType(description["linearityType"])
    builder.setLinearityThreshold(description["linearityThreshold"])
    builder.setLinearityMaximum(description["linearityMax"])
    builder.setLinearityUnits("DN")
    _set_boxes(builder, description)
    return builder


def _set_boxes(builder: AmplifierBuilder, description: Mapping[str, Any]) -> None:
    ix, iy = description["ixy"]
    width, height = description["dataExtent"]
    raw_width, raw_height = description["rawBBox"][1]
    raw_offset = Extent2I(ix * raw_width, iy * raw_height)
    # Where every amplifier is an image of its own, raw boxes start at its first pixel.
    origin = Extent2I(0, 0) if description["perAmpData"] else raw_offset

    builder.setBBox(Box2I(Point2I(ix * width, iy * height), Extent2I(width, height)))
    builder.setRawXYOffset(raw_offset)
    flip_x, flip_y = description["flipXY"]
    builder.setRawFlipX(flip_x)
    builder.setRawFlipY(flip_y)
    builder.setRawBBox(_box(description["rawBBox"], origin))
    builder.setRawDataBBox(_box(description["rawDataBBox"], origin))
    builder.setRawHorizontalOverscanBBox(_box(description["rawSerialOverscanBBox"], origin))
    builder.setRawVerticalOverscanBBox(_box(description["rawParallelOverscanBBox"], origin))
    builder.setRawPrescanBBox(_box(description["rawSerialPrescanBBox"], origin))


def _box(corner_and_size: Sequence[Sequence[int]], shift: Extent2I) -> Box2I:
    (x, y), (width, height) = corner_and_size
    return Box2I(Point2I(x, y) + shift, Extent2I(width, height))
