"""The tree of coordinate systems of a camera."""

from __future__ import annotations

__all__ = ["TransformMap"]

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import starlink.Ast as Ast

import astshim
import lsst.pex.exceptions as pex_exceptions
from astshim._object import wrapped
from lsst.afw.geom import TransformPoint2ToPoint2, makeIdentityTransform
from lsst.afw.geom._transform import Transform
from lsst.afw.table.io import Persistable
from lsst.geom import Point2D
from lsst_stacklite._ast import inverted, make_series_map
from lsst_stacklite._overloads import Check, bind, is_sequence
from lsst_stacklite.archives import FitsReadable, make_table, persistable_reader

from ._camera_sys import FIELD_ANGLE, FOCAL_PLANE, CameraSys, require_camera_sys

if TYPE_CHECKING:
    from ._detector import Detector

_FIELDS = (
    ("fromSysName", "String", "system that the transform starts from", "", 0),
    ("fromSysDetectorName", "String", "its detector, empty for the whole camera", "", 0),
    ("toSysName", "String", "system that the transform leads to", "", 0),
    ("toSysDetectorName", "String", "its detector, empty for the whole camera", "", 0),
    ("transform", "I", "archive ID of the transform", ""),
)


_KINDS: dict[str, Check] = {
    "CameraSys": CameraSys,
    "Mapping[CameraSys, TransformPoint2ToPoint2]": lambda value: isinstance(value, Mapping),
    "Point2D": Point2D,
    "Sequence[Point2D]": is_sequence,
    "Sequence[TransformMap.Connection]": is_sequence,
}


class TransformMap(FitsReadable, Persistable):
    """All coordinate systems of a camera and the transforms between them. Immutable.

    Parameters
    ----------
    reference : `CameraSys`
        Root of the tree.
    transforms : `~collections.abc.Mapping` [`CameraSys`, `lsst.afw.geom.TransformPoint2ToPoint2`]
        Transforms from the reference to other systems by system.
    connections : `~collections.abc.Sequence` [`TransformMap.Connection`]
        In place of them, connections between any two systems.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the connections are not a tree that contains the reference.
    """

    @dataclass(frozen=True, eq=False)
    class Connection:
        """A transform between two systems."""

        transform: TransformPoint2ToPoint2
        fromSys: CameraSys
        toSys: CameraSys

        def _reversed(self) -> TransformMap.Connection:
            """Return the connection in the other direction."""
            inverse = TransformPoint2ToPoint2(inverted(self.transform._mapping), simplify=False)
            return type(self)(inverse, self.toSys, self.fromSys)

    @overload
    def __init__(
        self, reference: CameraSys, transforms: Mapping[CameraSys, TransformPoint2ToPoint2]
    ) -> None: ...

    @overload
    def __init__(self, reference: CameraSys, connections: Sequence[TransformMap.Connection]) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(TransformMap.__init__, _KINDS, (self, *args), kwargs)
        reference, transforms = given["reference"], given.get("transforms", {})
        connections = [self.Connection(t, reference, system) for system, t in transforms.items()]
        self._reference = reference
        self._connections = _ordered(reference, given.get("connections", connections))
        self._parent = {c.toSys: c for c in self._connections}
        self._cache: dict[tuple[CameraSys, CameraSys], TransformPoint2ToPoint2] = {}

    def __iter__(self) -> Iterator[CameraSys]:
        yield self._reference
        yield from self._parent

    def __len__(self) -> int:
        return len(self._parent) + 1

    def __contains__(self, system: object) -> bool:
        return system == self._reference or system in self._parent

    def getConnections(self) -> list[TransformMap.Connection]:
        """Return the connections, ordered by their distance from the reference and pointing away from it."""
        return list(self._connections)

    def getTransform(self, fromSys: CameraSys, toSys: CameraSys) -> TransformPoint2ToPoint2:
        """Return the transform from one system to another.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if one of them is unknown.
        TypeError
            Raised if one of them is a prefix.
        """
        key = (require_camera_sys(fromSys), require_camera_sys(toSys))
        if key not in self._cache:
            self._cache[key] = self._compose(*key)
        return self._cache[key]

    def _compose(self, start: CameraSys, end: CameraSys) -> TransformPoint2ToPoint2:
        up, down = self._path_to_root(start), self._path_to_root(end)
        while up and down and up[-1] is down[-1]:
            up.pop()
            down.pop()
        mappings = [inverted(c.transform._mapping) for c in up]
        mappings += [c.transform._mapping for c in reversed(down)]
        return _series(mappings)

    def _path_to_root(self, system: CameraSys) -> list[Connection]:
        if system not in self:
            raise pex_exceptions.InvalidParameterError(
                f"the system {system} is not among the {len(self)} systems of this map."
            )
        path = []
        while system != self._reference:
            path.append(self._parent[system])
            system = path[-1].fromSys
        return path

    @overload
    def transform(self, point: Point2D, fromSys: CameraSys, toSys: CameraSys) -> Point2D: ...

    @overload
    def transform(
        self, pointList: Sequence[Point2D], fromSys: CameraSys, toSys: CameraSys
    ) -> list[Point2D]: ...

    def transform(self, *args: Any, **kwargs: Any) -> Any:
        """Transform a point or a list of points (`lsst.geom.Point2D`) from one system to another."""
        where, start, end = bind(TransformMap.transform, _KINDS, (self, *args), kwargs).values()
        return self.getTransform(start, end).applyForward(where)

    def makeFrameSet(self, detectors: Sequence[Detector], focalPlaneUnit: str = "mm") -> astshim.FrameSet:
        """Return the focal plane, the field angle and the pixels of some detectors as frames of AST.

        Parameters
        ----------
        detectors : `~collections.abc.Sequence` [`Detector`]
            Detectors whose pixels become frames: the actual pixels if this map has them.
        focalPlaneUnit : `str`, optional
            Unit of the focal plane.

        Returns
        -------
        frames : `astshim.FrameSet`
            Frames with the identifications FOCAL_PLANE (the base), FIELD_ANGLE and DETECTOR_nnn.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the map does not have one of the systems.
        """
        result = Ast.FrameSet(_frame("FOCAL_PLANE", "Focal Plane Coordinates", focalPlaneUnit))
        links = [(FIELD_ANGLE, _frame("FIELD_ANGLE", "Field Angle Coordinates", "rad"))]
        for detector in detectors:
            actual = CameraSys("ActualPixels", detector.getName())
            pixels = actual if actual in self else CameraSys("Pixels", detector.getName())
            links.append((pixels, _detector_frame(detector)))
        for system, frame in links:
            result.addframe(1, self.getTransform(FOCAL_PLANE, system)._mapping.copy(), frame)
        return wrapped(result)

    def getFocalPlaneParity(self) -> bool:
        """Return whether the field angle is mirrored with respect to the focal plane."""
        jacobian = self.getTransform(FOCAL_PLANE, FIELD_ANGLE).getJacobian(Point2D(0.0, 0.0))
        return bool(np.linalg.det(jacobian) < 0)

    def _write_archive(self, archive: Any) -> Sequence[Any]:
        rows = [(*_names(c.fromSys), *_names(c.toSys), archive.put(c.transform)) for c in self._connections]
        return [make_table(_FIELDS, rows)]


def _frame(ident: str, title: str, unit: str) -> Any:
    options = f"Ident={ident}, Title={title}, Unit(1)={unit}, Unit(2)={unit}, Label(1)=x, Label(2)=y"
    return Ast.Frame(2, options)


def _detector_frame(detector: Detector) -> Any:
    """Return the frame of a detector's pixels, which is limited to its box."""
    number, bbox = detector.getId(), detector.getBBox()
    result = _frame(f"DETECTOR_{number:03d}", f"Pixel Coordinates (Detector {number})", "pix")
    result.Bottom_1, result.Top_1 = float(bbox.getMinX()), float(bbox.getMaxX())
    result.Bottom_2, result.Top_2 = float(bbox.getMinY()), float(bbox.getMaxY())
    return result


def _names(system: CameraSys) -> tuple[str, str]:
    return system.getSysName(), system.getDetectorName()


def _series(mappings: Sequence[Any]) -> TransformPoint2ToPoint2:
    if not mappings:
        return makeIdentityTransform()
    return TransformPoint2ToPoint2(reduce(make_series_map, mappings))


def _ordered(
    reference: CameraSys, connections: Sequence[TransformMap.Connection]
) -> list[TransformMap.Connection]:
    """Return the connections from near to far from the reference, all pointing away from it."""
    known = {reference}
    result: list[TransformMap.Connection] = []
    left = list(connections)
    while left:
        step, rest = [], []
        for connection in left:
            _reject_loops(connection, known)
            if connection.fromSys in known:
                step.append(connection)
            elif connection.toSys in known:
                step.append(connection._reversed())
            else:
                rest.append(connection)
        if not step:
            names = sorted({str(s) for c in rest for s in (c.fromSys, c.toSys)})
            raise pex_exceptions.InvalidParameterError(f"not connected to {reference}: {names}.")
        for connection in step:
            if connection.toSys in known:
                raise pex_exceptions.InvalidParameterError(f"two ways lead to {connection.toSys}.")
            known.add(connection.toSys)
        result += step
        left = rest
    return result


def _reject_loops(connection: TransformMap.Connection, known: set[CameraSys]) -> None:
    if connection.fromSys == connection.toSys:
        raise pex_exceptions.InvalidParameterError(f"{connection.fromSys} is connected to itself.")
    if connection.fromSys in known and connection.toSys in known:
        raise pex_exceptions.InvalidParameterError(
            f"{connection.fromSys} and {connection.toSys} are connected in two ways."
        )


@persistable_reader("TransformMap", of=TransformMap, module="lsst.afw.cameraGeom", id_fields=("transform",))
def _read_transform_map(archive: Any, tables: Sequence[Any]) -> TransformMap:
    if len(tables) == 2:
        return _read_old(archive, *tables)
    connections = [
        TransformMap.Connection(
            archive.need(row["transform"], Transform),
            CameraSys(row["fromSysName"], row["fromSysDetectorName"]),
            CameraSys(row["toSysName"], row["toSysDetectorName"]),
        )
        for row in tables[0]
    ]
    return TransformMap(connections[0].fromSys, connections)


def _read_old(archive: Any, systems: Any, connections: Any) -> TransformMap:
    """Read the layout in which systems have numbers; number 1 is the reference."""
    by_id = {row["id"]: CameraSys(row["sysName"], row["detectorName"]) for row in systems}
    return TransformMap(
        by_id[1],
        [
            TransformMap.Connection(
                archive.need(row["transform"], Transform), by_id[row["from"]], by_id[row["to"]]
            )
            for row in connections
        ],
    )
