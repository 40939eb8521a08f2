"""Names of the coordinate systems of a camera."""

from __future__ import annotations

__all__ = [
    "ACTUAL_PIXELS",
    "FIELD_ANGLE",
    "FOCAL_PLANE",
    "PIXELS",
    "TAN_PIXELS",
    "CameraSys",
    "CameraSysPrefix",
]

from typing import Any, overload

from lsst_stacklite._overloads import bind


class CameraSysPrefix:
    """A coordinate system that every detector has, without saying of which detector.

    Parameters
    ----------
    sysName : `str`
        Name of the system.
    """

    __slots__ = ("_name",)

    def __init__(self, sysName: str) -> None:
        self._name = sysName

    def getSysName(self) -> str:
        """Return the name of the system."""
        return self._name

    def __eq__(self, other: object) -> bool:
        return self._name == other._name if isinstance(other, CameraSysPrefix) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._name)

    def __str__(self) -> str:
        return f"CameraSysPrefix({self._name})"

    __repr__ = __str__


class CameraSys:
    """A coordinate system of a camera, or of one of its detectors.

    Parameters
    ----------
    sysName : `str`
        Name of the system.
    sysPrefix : `CameraSysPrefix`
        System of this name, in place of the name.
    detectorName : `str`, optional
        Name of the detector; empty for a system of the whole camera.
    """

    __slots__ = ("_names",)

    @overload
    def __init__(self, sysName: str, detectorName: str = "") -> None: ...

    @overload
    def __init__(self, sysPrefix: CameraSysPrefix, detectorName: str = "") -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(CameraSys.__init__, {"CameraSysPrefix": CameraSysPrefix}, (self, *args), kwargs)
        name = given["sysName"] if "sysName" in given else given["sysPrefix"].getSysName()
        self._names: tuple[str, str] = (name, given.get("detectorName", ""))

    @classmethod
    def _of_detector(cls, system: CameraSys | CameraSysPrefix, detector_name: str) -> CameraSys:
        """Return a detector's own system; a `CameraSys` is returned as it is."""
        if isinstance(system, CameraSys):
            return system
        result = cls.__new__(cls)
        result._names = (system.getSysName(), detector_name)
        return result

    def getSysName(self) -> str:
        """Return the name of the system."""
        return self._names[0]

    def getDetectorName(self) -> str:
        """Return the name of the detector, empty for a system of the whole camera."""
        return self._names[1]

    def hasDetectorName(self) -> bool:
        """Return whether this is the system of one detector."""
        return bool(self._names[1])

    def __eq__(self, other: object) -> bool:
        return self._names == other._names if isinstance(other, CameraSys) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._names)

    def __str__(self) -> str:
        return f"CameraSys({', '.join(filter(None, self._names))})"

    __repr__ = __str__


def require_camera_sys(system: CameraSys | CameraSysPrefix) -> CameraSys:
    """Return a `CameraSys`, refuse a prefix.

    Raises
    ------
    TypeError
        Raised if it is a prefix: it does not say which detector is meant.
    """
    if not isinstance(system, CameraSys):
        raise TypeError(f"{system} does not say which detector is meant.")
    return system


FOCAL_PLANE = CameraSys("FocalPlane")
"""Position on the focal plane (mm)."""

FIELD_ANGLE = CameraSys("FieldAngle")
"""Angle of the incoming light to the optical axis (radians)."""

PIXELS = CameraSysPrefix("Pixels")
"""Pixels of a detector, 0-based, center of the first pixel at (0, 0)."""

TAN_PIXELS = CameraSysPrefix("TanPixels")
"""Pixels without the optical distortion, equal to `PIXELS` at the detector's center."""

ACTUAL_PIXELS = CameraSysPrefix("ActualPixels")
"""Pixels with the imperfections of the detector."""
