"""Names of the coordinate systems of a camera."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Self

import lsst.pex.exceptions

__all__ = [
    "ACTUAL_PIXELS",
    "FIELD_ANGLE",
    "FOCAL_PLANE",
    "PIXELS",
    "TAN_PIXELS",
    "CameraSys",
    "CameraSysPrefix",
]


class NamedIntEnum(IntEnum):
    """Numbers that are shown with their names, as in the stack."""

    __str__ = Enum.__str__
    __format__ = Enum.__format__


@dataclass(frozen=True)
class CameraSysPrefix:
    """A coordinate system that every detector has, without saying of which detector.

    Parameters
    ----------
    sysName : `str`
        Name of the system.
    """

    sysName: str

    def getSysName(self) -> str:
        """Return the name of the system."""
        return self.sysName

    def __str__(self) -> str:
        return f"CameraSysPrefix({self.sysName})"

    __repr__ = __str__


@dataclass(frozen=True)
class CameraSys:
    """A coordinate system of a camera, or of one of its detectors.

    Parameters
    ----------
    sysName : `str` or `CameraSysPrefix`
        Name of the system.
    detectorName : `str`
        Name of the detector; empty for a system of the whole camera.
    """

    sysName: str
    detectorName: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.sysName, CameraSysPrefix):
            object.__setattr__(self, "sysName", self.sysName.sysName)

    @classmethod
    def _of_detector(cls, system: CameraSys | CameraSysPrefix, detector_name: str) -> Self:
        """Return a detector's own system; a `CameraSys` is returned as it is."""
        if isinstance(system, CameraSysPrefix):
            return cls(system.sysName, detector_name)
        return cls(system.sysName, system.detectorName)

    def getSysName(self) -> str:
        """Return the name of the system."""
        return self.sysName

    def getDetectorName(self) -> str:
        """Return the name of the detector, empty for a system of the whole camera."""
        return self.detectorName

    def hasDetectorName(self) -> bool:
        """Tell whether this is the system of one detector."""
        return bool(self.detectorName)

    def __str__(self) -> str:
        return f"CameraSys({self.sysName}{', ' * self.hasDetectorName()}{self.detectorName})"

    __repr__ = __str__


def require_camera_sys(system: CameraSys | CameraSysPrefix) -> CameraSys:
    """Return a `CameraSys`, refuse a prefix.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        If it is a prefix: it does not say which detector is meant.
    """
    if not isinstance(system, CameraSys):
        raise lsst.pex.exceptions.InvalidParameterError(f"{system} does not say which detector is meant")
    return system


FOCAL_PLANE = CameraSys("FocalPlane")
"""Position on the focal plane (mm)."""

FIELD_ANGLE = CameraSys("FieldAngle")
"""Angle of the incoming light to the optical axis (radians)."""

PIXELS = CameraSysPrefix("Pixels")
"""Pixels of a detector, 0-based, centre of the first pixel at (0, 0)."""

TAN_PIXELS = CameraSysPrefix("TanPixels")
"""Pixels without the optical distortion, equal to `PIXELS` at the detector's centre."""

ACTUAL_PIXELS = CameraSysPrefix("ActualPixels")
"""Pixels with the imperfections of the detector."""
