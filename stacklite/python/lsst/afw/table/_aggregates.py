"""Functor keys: several fields as one object."""

from __future__ import annotations

__all__ = [
    "ArrayDKey",
    "ArrayFKey",
    "Box2DKey",
    "Box2IKey",
    "BoxKey",
    "CoordKey",
    "CoordinateType",
    "EllipseKey",
    "Point2DKey",
    "Point2IKey",
    "PointKey",
    "QuadrupoleKey",
]

import enum
from collections.abc import Sequence
from itertools import count, takewhile
from typing import Any, ClassVar, Self

import numpy as np

from ._covariance import CovarianceMatrix2fKey
from ._field import Key
from ._schema import Schema
from ._sub_schema import SubSchema


def _keys(source: SubSchema, names: Sequence[str]) -> list[Key]:
    return [source.find(name).key for name in names]


class _FunctorKey:
    """Keys of several fields, in order."""

    _names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *keys: Any):
        if len(keys) == 1 and isinstance(keys[0], SubSchema):
            keys = tuple(_keys(keys[0], self._names))
        elif len(keys) == 1 and isinstance(keys[0], list | tuple):
            keys = tuple(keys[0])
        self._keys: tuple[Key, ...] = keys

    def isValid(self) -> bool:
        """Whether all keys belong to fields."""
        return bool(self._keys) and all(k.isValid() for k in self._keys)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._keys == other._keys

    def __hash__(self) -> int:
        return hash((type(self), self._keys))

    def _values(self, record: Any) -> list[Any]:
        return [record.get(k) for k in self._keys]

    def _set_values(self, record: Any, values: Sequence[Any]) -> None:
        for key, value in zip(self._keys, values, strict=True):
            record.set(key, value)


class CoordinateType(enum.Enum):
    """The frame of second moments: it sets their units."""

    PIXEL = "pixel^2"
    CELESTIAL = "rad^2"


class PointKey(_FunctorKey):
    """Key of a point, fields ``_x`` and ``_y``."""

    _names = ("x", "y")
    _kind: ClassVar[str] = "D"

    def __class_getitem__(cls, kind: str) -> type[PointKey]:
        return {"I": Point2IKey, "D": Point2DKey}[kind]

    @classmethod
    def addFields(cls, schema: Schema, name: str, doc: str, unit: str) -> Self:
        """Add the fields of a point to a schema and return their key."""
        return cls(*(schema.addField(f"{name}_{s}", type=cls._kind, doc=doc, units=unit) for s in cls._names))

    def getX(self) -> Key:
        """Return the key of x."""
        return self._keys[0]

    def getY(self) -> Key:
        """Return the key of y."""
        return self._keys[1]

    def get(self, record: Any, /) -> Any:
        """Return the point."""
        from lsst.geom import Point2D, Point2I

        return (Point2I if self._kind == "I" else Point2D)(*self._values(record))

    def set(self, record: Any, value: Any, /) -> None:
        """Set the point."""
        self._set_values(record, (value.getX(), value.getY()))


class Point2IKey(PointKey):
    """Key of an integer point."""

    _kind = "I"


class Point2DKey(PointKey):
    """Key of a real point."""


class BoxKey(_FunctorKey):
    """Key of a box, fields ``_min_x``, ``_min_y``, ``_max_x``, ``_max_y``."""

    _names = ("min_x", "min_y", "max_x", "max_y")
    _kind: ClassVar[str] = "I"
    _point_class: ClassVar[type[PointKey]] = Point2IKey

    def __init__(self, *keys: Any):
        if len(keys) == 2:
            keys = (*keys[0]._keys, *keys[1]._keys)
        super().__init__(*keys)

    def __class_getitem__(cls, kind: str) -> type[BoxKey]:
        return {"I": Box2IKey, "D": Box2DKey}[kind]

    @classmethod
    def addFields(cls, schema: Schema, name: str, doc: str, unit: str) -> Self:
        """Add the fields of a box to a schema and return their key."""
        docs = [f"{doc} ({side})" for side in ("minimum", "minimum", "maximum", "maximum")]
        return cls(
            *(
                schema.addField(f"{name}_{s}", type=cls._kind, doc=d, units=unit)
                for s, d in zip(cls._names, docs, strict=True)
            )
        )

    def getMin(self) -> PointKey:
        """Return the key of the minimum."""
        return self._point_class(*self._keys[:2])

    def getMax(self) -> PointKey:
        """Return the key of the maximum."""
        return self._point_class(*self._keys[2:])

    def get(self, record: Any, /) -> Any:
        """Return the box."""
        from lsst.geom import Box2D, Box2I, Point2D, Point2I

        box, point = (Box2I, Point2I) if self._kind == "I" else (Box2D, Point2D)
        x0, y0, x1, y1 = self._values(record)
        if self._kind == "I" and (x1 < x0 or y1 < y0):
            return Box2I()
        return box(point(x0, y0), point(x1, y1), False)

    def set(self, record: Any, value: Any, /) -> None:
        """Set the box."""
        if self._kind == "I" and value.isEmpty():
            self._set_values(record, (0, 0, -1, -1))
            return
        self._set_values(record, (value.getMinX(), value.getMinY(), value.getMaxX(), value.getMaxY()))


class Box2IKey(BoxKey):
    """Key of an integer box; the maximum is included."""


class Box2DKey(BoxKey):
    """Key of a real box."""

    _kind = "D"
    _point_class = Point2DKey


class CoordKey(_FunctorKey):
    """Key of a sky position, fields ``_ra`` and ``_dec``."""

    _names = ("ra", "dec")

    @classmethod
    def addFields(cls, schema: Schema, name: str, doc: str) -> Self:
        """Add the fields of a position to a schema and return their key."""
        return cls(*(schema.addField(f"{name}_{s}", type="Angle", doc=doc) for s in cls._names))

    @classmethod
    def addErrorFields(cls, schema: Schema) -> CovarianceMatrix2fKey:
        """Add the covariance matrix (rad^2) of the position ``coord`` and return its key."""
        return CovarianceMatrix2fKey.addFields(schema, "coord", cls._names, "rad")

    @classmethod
    def getErrorKey(cls, schema: Schema) -> CovarianceMatrix2fKey:
        """Return the key of the covariance matrix of the position ``coord``.

        Raises
        ------
        KeyError
            Raised if the schema does not have it.
        """
        return CovarianceMatrix2fKey(schema["coord"], cls._names)

    def getRa(self) -> Key:
        """Return the key of the right ascension."""
        return self._keys[0]

    def getDec(self) -> Key:
        """Return the key of the declination."""
        return self._keys[1]

    def get(self, record: Any, /) -> Any:
        """Return the position."""
        from lsst.geom import SpherePoint

        return SpherePoint(*self._values(record))

    def set(self, record: Any, value: Any, /) -> None:
        """Set the position."""
        self._set_values(record, (value.getLongitude(), value.getLatitude()))


class QuadrupoleKey(_FunctorKey):
    """Key of second moments, fields ``_xx``, ``_yy``, ``_xy``."""

    _names = ("xx", "yy", "xy")

    @classmethod
    def addFields(
        cls, schema: Schema, name: str, doc: str, coordType: CoordinateType = CoordinateType.PIXEL
    ) -> Self:
        """Add the fields of moments (by default in pixel^2) to a schema and return their key."""
        unit = coordType.value
        return cls(*(schema.addField(f"{name}_{s}", type="D", doc=doc, units=unit) for s in cls._names))

    def getIxx(self) -> Key:
        """Return the key of Ixx."""
        return self._keys[0]

    def getIyy(self) -> Key:
        """Return the key of Iyy."""
        return self._keys[1]

    def getIxy(self) -> Key:
        """Return the key of Ixy."""
        return self._keys[2]

    def get(self, record: Any, /) -> Any:
        """Return the moments."""
        from lsst.afw.geom.ellipses import Quadrupole

        return Quadrupole(*self._values(record))

    def set(self, record: Any, value: Any, /) -> None:
        """Set the moments."""
        self._set_values(record, (value.getIxx(), value.getIyy(), value.getIxy()))


class EllipseKey(_FunctorKey):
    """Key of an ellipse, fields ``_xx``, ``_yy``, ``_xy`` and ``_x``, ``_y``."""

    _names = (*QuadrupoleKey._names, *Point2DKey._names)

    def __init__(self, *keys: Any):
        if len(keys) == 2 and isinstance(keys[0], QuadrupoleKey):
            keys = (*keys[0]._keys, *keys[1]._keys)
        super().__init__(*keys)

    @classmethod
    def addFields(cls, schema: Schema, name: str, doc: str, unit: str) -> Self:
        """Add the fields of an ellipse to a schema and return their key."""
        core = QuadrupoleKey.addFields(schema, name, doc)
        return cls(core, Point2DKey.addFields(schema, name, doc, unit))

    def getCore(self) -> QuadrupoleKey:
        """Return the key of the moments."""
        return QuadrupoleKey(*self._keys[:3])

    def getCenter(self) -> Point2DKey:
        """Return the key of the centre."""
        return Point2DKey(*self._keys[3:])

    def get(self, record: Any, /) -> Any:
        """Return the ellipse."""
        from lsst.afw.geom.ellipses import Ellipse

        return Ellipse(self.getCore().get(record), self.getCenter().get(record))

    def set(self, record: Any, value: Any, /) -> None:
        """Set the ellipse, whatever its core."""
        from lsst.afw.geom.ellipses import Quadrupole

        self.getCore().set(record, Quadrupole(value.getCore()))
        self.getCenter().set(record, value.getCenter())


class _ArrayKey(_FunctorKey):
    """Key of an array stored as fields ``_0``, ``_1``, .. or as one array field."""

    _kind: ClassVar[str] = "D"

    def __init__(self, *keys: Any):
        if len(keys) == 1 and isinstance(keys[0], SubSchema):
            source, numbers = keys[0], map(str, count())
            keys = tuple(source.find(n).key for n in takewhile(source.__contains__, numbers))
        elif len(keys) == 1 and isinstance(keys[0], Key):
            keys = tuple(keys[0][i] for i in range(keys[0].getSize()))
        super().__init__(*keys)

    @classmethod
    def addFields(cls, schema: Schema, name: str, doc: str, unit: str, docData: Any) -> Self:
        """Add one field per entry of ``docData`` and return their key."""
        docs = (
            [doc] * docData if isinstance(docData, int) else [doc % d if "%" in doc else doc for d in docData]
        )
        return cls(
            [schema.addField(f"{name}_{i}", type=cls._kind, doc=d, units=unit) for i, d in enumerate(docs)]
        )

    def getSize(self) -> int:
        """Return the number of elements."""
        return len(self._keys)

    def __getitem__(self, index: Any) -> Any:
        part = self._keys[index]
        return type(self)(list(part)) if isinstance(index, slice) else part

    def slice(self, begin: int, end: int, /) -> Self:
        """Return a key of the elements ``begin`` to ``end`` (exclusive)."""
        found: Self = self[begin:end]
        return found

    def get(self, record: Any, /) -> np.ndarray:
        """Return the elements."""
        return np.array(self._values(record), dtype={"D": "f8", "F": "f4"}[self._kind])

    def set(self, record: Any, value: Any, /) -> None:
        """Set the elements."""
        self._set_values(record, np.asarray(value).tolist())


class ArrayDKey(_ArrayKey):
    """Key of an array of float64."""


class ArrayFKey(_ArrayKey):
    """Key of an array of float32."""

    _kind = "F"
