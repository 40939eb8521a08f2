"""Functor keys of points."""

from __future__ import annotations

__all__ = ["PlanePointKey", "Point2DKey", "Point2IKey", "Point3DKey", "Point3IKey"]

from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

from lsst.geom import Point2D, Point2I, Point3D, Point3I
from lsst_stacklite._overloads import bind

from ._field import KeyBase
from ._functor import CHECKS, FunctorKey
from ._schema import Schema
from ._sub_schema import SubSchema

if TYPE_CHECKING:
    from ._base import BaseRecord


class _PointKey(FunctorKey):
    """Key of a point, one field for each coordinate."""

    _kind: ClassVar[str] = "D"

    @classmethod
    def addFields(cls, schema: Schema, name: str, doc: str, unit: str) -> Self:
        """Add the fields of a point to a schema and return their key."""
        return cls._of(
            [
                schema.addField(f"{name}_{s}", type=cls._kind, doc=doc, units=unit, parse_strict="silent")
                for s in cls._names
            ]
        )

    def getX(self) -> KeyBase:
        """Return the key of x."""
        return self._keys[0]

    def getY(self) -> KeyBase:
        """Return the key of y."""
        return self._keys[1]


class PlanePointKey(_PointKey):
    """Key of a point in the plane, fields ``_x`` and ``_y``.

    Parameters
    ----------
    x, y : `Key`
        Keys of the coordinates; without any the key is not valid.
    parent : `SubSchema`
        What the names of the fields begin with, instead of keys.
    """

    _names = ("x", "y")

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, x: KeyBase, y: KeyBase) -> None: ...
    @overload
    def __init__(self, parent: SubSchema, /) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._take(bind(PlanePointKey.__init__, CHECKS, (self, *args), kwargs))

    def set(self, record: BaseRecord, value: Point2D | Point2I, /) -> None:
        """Set the point."""
        self._set_values(record, (value.getX(), value.getY()))


class Point2IKey(PlanePointKey):
    """Key of an integer point."""

    _kind = "I"

    def get(self, record: BaseRecord, /) -> Point2I:
        """Return the point."""
        return Point2I(*self._values(record))


class Point2DKey(PlanePointKey):
    """Key of a real point."""

    def get(self, record: BaseRecord, /) -> Point2D:
        """Return the point."""
        return Point2D(*self._values(record))


class _SpacePointKey(_PointKey):
    """Key of a point in space, fields ``_x``, ``_y`` and ``_z``.

    Parameters
    ----------
    x, y, z : `Key`
        Keys of the coordinates; without any the key is not valid.
    parent : `SubSchema`
        What the names of the fields begin with, instead of keys.
    """

    _names = ("x", "y", "z")

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, x: KeyBase, y: KeyBase, z: KeyBase) -> None: ...
    @overload
    def __init__(self, parent: SubSchema, /) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._take(bind(_SpacePointKey.__init__, CHECKS, (self, *args), kwargs))

    def set(self, record: BaseRecord, value: Point3D | Point3I, /) -> None:
        """Set the point."""
        self._set_values(record, tuple(value))


class Point3IKey(_SpacePointKey):
    """Key of an integer point in space."""

    _kind = "I"

    def get(self, record: BaseRecord, /) -> Point3I:
        """Return the point."""
        return Point3I(*self._values(record))


class Point3DKey(_SpacePointKey):
    """Key of a real point in space."""

    def get(self, record: BaseRecord, /) -> Point3D:
        """Return the point."""
        return Point3D(*self._values(record))
