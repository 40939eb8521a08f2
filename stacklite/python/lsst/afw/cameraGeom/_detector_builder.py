"""Builders of detectors."""

from __future__ import annotations

__all__ = ["DetectorBuilder", "InCameraBuilder", "PartialRebuilder"]

from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import TransformPoint2ToPoint2
from lsst.geom import Box2I, Extent2D

from ._amplifier import Amplifier
from ._amplifier_builder import AmplifierBuilder
from ._camera_sys import FOCAL_PLANE, PIXELS, CameraSys, CameraSysPrefix
from ._detector import Detector, DetectorBase
from ._detector_values import DetectorType, DetectorValues, with_crosstalk
from ._orientation import Orientation
from ._transform_map import TransformMap


class DetectorBuilder(DetectorBase):
    """A detector whose properties can be set.

    Parameters
    ----------
    values : `DetectorValues`
        Properties to start from.
    amplifiers : sequence of `Amplifier`
        Amplifiers to start from.
    """

    def __init__(self, values: DetectorValues, amplifiers: list[Amplifier]) -> None:
        self._values = values
        self._builders = [AmplifierBuilder(amplifier) for amplifier in amplifiers]

    @property
    def _amplifiers(self) -> list[AmplifierBuilder]:
        return self._builders

    def _set(self, **changes: Any) -> None:
        self._values = replace(self._values, **changes)

    def setBBox(self, bbox: Box2I) -> None:
        """Set the box of the assembled image."""
        self._set(bbox=Box2I(bbox))

    def setType(self, type: DetectorType) -> None:
        """Set the purpose of the detector."""
        if not isinstance(type, DetectorType):
            raise TypeError(f"the type of a detector is a DetectorType, not {type!r}.")
        self._set(type=type)

    def setSerial(self, serial: str) -> None:
        """Set the serial number."""
        self._set(serial=serial)

    def setPhysicalType(self, physicalType: str) -> None:
        """Set the kind of device."""
        self._set(physical_type=physicalType)

    def setCrosstalk(self, crosstalk: ArrayLike | None) -> None:
        """Set the crosstalk coefficients (square matrix), None for none."""
        self._values = with_crosstalk(self._values, crosstalk)

    def unsetCrosstalk(self) -> None:
        """Remove the crosstalk coefficients."""
        self._values = with_crosstalk(self._values, None)

    def append(self, builder: AmplifierBuilder) -> None:
        """Add an amplifier at the end."""
        self._builders.append(builder)

    def clear(self) -> None:
        """Remove all amplifiers."""
        self._builders.clear()

    def __setitem__(self, index: int, builder: AmplifierBuilder) -> None:
        self._builders[index] = builder

    def __delitem__(self, index: int) -> None:
        del self._builders[index]

    def _check(self) -> None:
        """Check what the properties must have in common.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if two amplifiers have the same name, or there are crosstalk coefficients of another number
            of amplifiers.
        """
        names = [builder.getName() for builder in self._builders]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise pex_exceptions.InvalidParameterError(
                f"detector {self.getName()!r} has several amplifiers with the name {repeated[0]!r}."
            )
        shape, n = self._values.crosstalk.shape, len(names)
        if self._values.crosstalk.size and shape != (n, n):
            raise pex_exceptions.InvalidParameterError(
                f"detector {self.getName()!r} has crosstalk coefficients of shape {shape} and {n} amplifiers."
            )

    def _finish(self, transforms: TransformMap) -> Detector:
        self._check()
        return Detector(self._values, transforms, [builder.finish() for builder in self._builders])


class PartialRebuilder(DetectorBuilder):
    """A builder for a changed copy of a detector; its position in the camera stays.

    Parameters
    ----------
    detector : `Detector`
        Detector to start from.
    """

    def __init__(self, detector: Detector) -> None:
        super().__init__(detector._values, detector.getAmplifiers())
        self._transforms = detector.getTransformMap()

    def finish(self) -> Detector:
        """Return the changed detector."""
        return self._finish(self._transforms)


class InCameraBuilder(DetectorBuilder):
    """A builder for a detector of a camera that is being built; made by `Camera.Builder.add`.

    Parameters
    ----------
    values : `DetectorValues`
        Properties to start from.
    amplifiers : sequence of `Amplifier`
        Amplifiers to start from.
    connections : sequence of `TransformMap.Connection`
        The detector's own coordinate systems, other than its pixels.
    """

    def __init__(
        self,
        values: DetectorValues,
        amplifiers: list[Amplifier] | None = None,
        connections: list[TransformMap.Connection] | None = None,
    ) -> None:
        super().__init__(values, amplifiers or [])
        self._connections = list(connections or [])

    def setOrientation(self, orientation: Orientation) -> None:
        """Set position and orientation on the focal plane."""
        self._set(orientation=orientation)

    def setPixelSize(self, pixelSize: Extent2D) -> None:
        """Set the size of a pixel (mm)."""
        self._set(pixel_size=Extent2D(pixelSize))

    def setTransformFromPixelsTo(
        self, toSys: CameraSys | CameraSysPrefix, transform: TransformPoint2ToPoint2
    ) -> None:
        """Set the transform from this detector's pixels to another system; replaces an older one.

        That to the focal plane then counts in place of orientation and pixel size.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the system belongs to another detector.
        """
        system = self._system(toSys)
        if system.hasDetectorName():
            self._require_own(system)
        self._discard(system)
        self._connections.append(TransformMap.Connection(transform, self.getNativeCoordSys(), system))

    def discardTransformFromPixelsTo(self, toSys: CameraSys | CameraSysPrefix) -> bool:
        """Remove the transform to one of this detector's systems and return whether there was one.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the system belongs to another detector or to the whole camera.
        """
        system = self._system(toSys)
        self._require_own(system)
        return self._discard(system)

    def _require_own(self, system: CameraSys) -> None:
        if system.getDetectorName() != self.getName():
            raise pex_exceptions.InvalidParameterError(
                f"{system} is not a system of detector {self.getName()!r}."
            )

    def _discard(self, system: CameraSys) -> bool:
        kept = [c for c in self._connections if c.toSys != system]
        removed = len(kept) < len(self._connections)
        self._connections = kept
        return removed

    def _all_connections(self) -> list[TransformMap.Connection]:
        """Return this detector's connections, that of its pixels to the focal plane included."""
        if any(connection.toSys == FOCAL_PLANE for connection in self._connections):
            return self._connections
        orientation = self._values.orientation
        to_pixels = orientation.makeFpPixelTransform(self._values.pixel_size)
        first = TransformMap.Connection(to_pixels, FOCAL_PLANE, self._system(PIXELS))
        return [first, *self._connections]


Detector.InCameraBuilder = InCameraBuilder
Detector.PartialRebuilder = PartialRebuilder
