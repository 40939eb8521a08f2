"""Detectors of a camera."""

from __future__ import annotations

__all__ = [
    "Detector",
    "DetectorBase",
]

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, overload

import numpy as np

from lsst.afw.geom import TransformPoint2ToPoint2
from lsst.afw.typehandling import Storable
from lsst.geom import Box2D, Box2I, Extent2D, Point2D
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._overloads import Check, bind, is_sequence
from lsst_stacklite.archives import FitsReadable, persistable_reader

from ._amplifier import Amplifier
from ._camera_sys import PIXELS, CameraSys, CameraSysPrefix
from ._detector_persistence import read_values, write_detector
from ._detector_values import DetectorType, DetectorValues
from ._orientation import Orientation
from ._transform_map import TransformMap

if TYPE_CHECKING:
    from lsst_stacklite.archives import ArchiveReader

    from ._detector_builder import InCameraBuilder as _InCameraBuilder
    from ._detector_builder import PartialRebuilder as _PartialRebuilder


_KINDS: dict[str, Check] = {
    "CameraSys": CameraSys,
    "CameraSysPrefix": CameraSysPrefix,
    "Point2D": Point2D,
    "Sequence[Point2D]": is_sequence,
}


class DetectorBase:
    """Base class of detectors and their builders."""

    _values: DetectorValues

    @property
    def _amplifiers(self) -> Sequence[Amplifier]:
        raise NotImplementedError

    def getName(self) -> str:
        """Return the name."""
        return self._values.name

    def getId(self) -> int:
        """Return the number."""
        return self._values.id

    def getType(self) -> DetectorType:
        """Return the purpose of the detector."""
        return self._values.type

    def getPhysicalType(self) -> str:
        """Return the kind of device."""
        return self._values.physical_type

    def getSerial(self) -> str:
        """Return the serial number."""
        return self._values.serial

    def getBBox(self) -> Box2I:
        """Return the box of the assembled image."""
        return Box2I(self._values.bbox)

    def getOrientation(self) -> Orientation:
        """Return position and orientation on the focal plane."""
        return self._values.orientation

    def getPixelSize(self) -> Extent2D:
        """Return the size of a pixel (mm)."""
        return Extent2D(self._values.pixel_size)

    def hasCrosstalk(self) -> bool:
        """Return whether there is a matrix of crosstalk coefficients."""
        return self._values.crosstalk.size > 0

    def getCrosstalk(self) -> np.ndarray:
        """Return the crosstalk coefficients (float32, amplifiers x amplifiers; empty if there are none)."""
        return self._values.crosstalk.copy()

    def getNativeCoordSys(self) -> CameraSys:
        """Return the system of the detector's pixels."""
        return self._system(PIXELS)

    @overload
    def makeCameraSys(self, cameraSys: CameraSys) -> CameraSys: ...

    @overload
    def makeCameraSys(self, cameraSysPrefix: CameraSysPrefix) -> CameraSys: ...

    def makeCameraSys(self, *args: Any, **kwargs: Any) -> CameraSys:
        """Return the detector's own system of a prefix; a `CameraSys` comes back unchanged."""
        (system,) = bind(DetectorBase.makeCameraSys, _KINDS, (self, *args), kwargs).values()
        return self._system(system)

    def _system(self, system: CameraSys | CameraSysPrefix) -> CameraSys:
        return CameraSys._of_detector(system, self._values.name)

    def getAmplifiers(self) -> list[Amplifier]:
        """Return the amplifiers."""
        return list(self._amplifiers)

    def __len__(self) -> int:
        return len(self._amplifiers)

    def __iter__(self) -> Iterator[Amplifier]:
        return iter(self._amplifiers)

    def __contains__(self, name: object) -> bool:
        return any(amplifier.getName() == name for amplifier in self._amplifiers)

    def __getitem__(self, key: int | str) -> Amplifier:
        if not isinstance(key, str):
            return self._amplifiers[key]
        for amplifier in self._amplifiers:
            if amplifier.getName() == key:
                return amplifier
        raise InvalidParameterError(f"no amplifier {key!r} in detector {self.getName()!r}.")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.getName()!r}, {self.getId()})"


class Detector(DetectorBase, FitsReadable, Storable):
    """A detector: its amplifiers, its place in a camera and the camera's coordinate systems. Immutable.

    Parameters
    ----------
    values : `DetectorValues`
        Properties.
    transforms : `TransformMap`
        Coordinate systems of the whole camera.
    amplifiers : sequence of `Amplifier`
        Amplifiers, in order.

    Notes
    -----
    Made by `Camera.Builder`, `rebuild`, or by reading.
    """

    InCameraBuilder: ClassVar[type[_InCameraBuilder]]
    PartialRebuilder: ClassVar[type[_PartialRebuilder]]

    def __init__(
        self, values: DetectorValues, transforms: TransformMap, amplifiers: Sequence[Amplifier]
    ) -> None:
        self._values = values
        self._transforms = transforms
        self._finished_amplifiers = tuple(amplifiers)

    @property
    def _amplifiers(self) -> Sequence[Amplifier]:
        return self._finished_amplifiers

    def rebuild(self) -> _PartialRebuilder:
        """Return a builder that starts from this detector and cannot change its coordinate systems."""
        return self.PartialRebuilder(self)

    def getTransformMap(self) -> TransformMap:
        """Return the coordinate systems of the whole camera."""
        return self._transforms

    def hasTransform(self, cameraSys: CameraSys | CameraSysPrefix) -> bool:
        """Return whether a coordinate system is known."""
        return self._system(cameraSys) in self._transforms

    def getTransform(
        self, fromSys: CameraSys | CameraSysPrefix, toSys: CameraSys | CameraSysPrefix
    ) -> TransformPoint2ToPoint2:
        """Return the transform from one coordinate system to another; a prefix means this detector's.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if one of them is unknown.
        """
        return self._transforms.getTransform(self._system(fromSys), self._system(toSys))

    @overload
    def transform(
        self, point: Point2D, fromSys: CameraSys | CameraSysPrefix, toSys: CameraSys | CameraSysPrefix
    ) -> Point2D: ...

    @overload
    def transform(
        self,
        points: Sequence[Point2D],
        fromSys: CameraSys | CameraSysPrefix,
        toSys: CameraSys | CameraSysPrefix,
    ) -> list[Point2D]: ...

    def transform(self, *args: Any, **kwargs: Any) -> Any:
        """Transform a point or a list of points from one coordinate system to another."""
        where, start, end = bind(Detector.transform, _KINDS, (self, *args), kwargs).values()
        return self.getTransform(start, end).applyForward(where)

    def getCorners(self, cameraSys: CameraSys | CameraSysPrefix) -> list[Point2D]:
        """Return the outer corners of the image in a coordinate system, counter-clockwise in pixels."""
        return self.getTransform(PIXELS, cameraSys).applyForward(Box2D(self._values.bbox).getCorners())

    def getCenter(self, cameraSys: CameraSys | CameraSysPrefix) -> Point2D:
        """Return the center of the image in a coordinate system."""
        return self.getTransform(PIXELS, cameraSys).applyForward(Box2D(self._values.bbox).getCenter())

    def _write_archive(self, archive: Any) -> Sequence[Any]:
        return write_detector(self, archive)


@persistable_reader("Detector", of=Detector, module="lsst.afw.cameraGeom", id_fields=("transformMap",))
def _read_detector(archive: ArchiveReader, tables: Sequence[Any]) -> Detector:
    values, amplifiers, transforms_id = read_values(tables)
    return Detector(values, archive.need(transforms_id, TransformMap), amplifiers)
