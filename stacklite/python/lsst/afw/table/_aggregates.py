"""Functor keys: several fields as one object."""

from __future__ import annotations

__all__ = [
    "Box2DKey",
    "Box2IKey",
    "CoordKey",
    "CoordinateType",
    "EllipseKey",
    "QuadrupoleKey",
]

from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

from lsst.geom import Box2D, Box2I, Point2D, Point2I, SpherePoint
from lsst_stacklite._enumeration import Enumeration
from lsst_stacklite._overloads import bind

from ._covariance import CovarianceMatrix2fKey
from ._field import KeyBase
from ._functor import CHECKS, FunctorKey
from ._point_keys import PlanePointKey, Point2DKey, Point2IKey
from ._schema import Schema
from ._sub_schema import SubSchema

if TYPE_CHECKING:
    from lsst.afw.geom.ellipses import Ellipse, Quadrupole

    from ._base import BaseRecord


class CoordinateType(Enumeration):
    """The frame of second moments: it sets their units."""

    PIXEL = 0
    CELESTIAL = 1


_UNITS = {CoordinateType.PIXEL: "pixel^2", CoordinateType.CELESTIAL: "rad^2"}


class _BoxKey(FunctorKey):
    """Key of a box, fields ``_min_x``, ``_min_y``, ``_max_x``, ``_max_y``.

    Parameters
    ----------
    min, max : `Point2IKey` or `Point2DKey`
        Keys of the corners; without any the key is not valid.
    parent : `SubSchema`
        What the names of the fields begin with, instead of keys.
    """

    _names = ("min_x", "min_y", "max_x", "max_y")
    _kind: ClassVar[str] = "I"
    _point_class: ClassVar[type[PlanePointKey]] = Point2IKey

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, min: PlanePointKey, max: PlanePointKey) -> None: ...  # noqa: A002
    @overload
    def __init__(self, parent: SubSchema, /) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        checks = {**CHECKS, "PlanePointKey": self._point_class}
        self._take(bind(_BoxKey.__init__, checks, (self, *args), kwargs))

    @classmethod
    def addFields(cls, schema: Schema, name: str, doc: str, unit: str) -> Self:
        """Add the fields of a box to a schema and return their key."""
        docs = [f"{doc} ({side})" for side in ("minimum", "minimum", "maximum", "maximum")]
        return cls._of(
            [
                schema.addField(f"{name}_{s}", type=cls._kind, doc=d, units=unit, parse_strict="silent")
                for s, d in zip(cls._names, docs, strict=True)
            ]
        )

    def getMin(self) -> PlanePointKey:
        """Return the key of the minimum."""
        return self._point_class._of(self._keys[:2])

    def getMax(self) -> PlanePointKey:
        """Return the key of the maximum."""
        return self._point_class._of(self._keys[2:])

    def _set_corners(self, record: BaseRecord, box: Box2I | Box2D) -> None:
        self._set_values(record, (box.getMinX(), box.getMinY(), box.getMaxX(), box.getMaxY()))


class Box2IKey(_BoxKey):
    """Key of an integer box; the maximum is included."""

    def get(self, record: BaseRecord, /) -> Box2I:
        """Return the box."""
        x0, y0, x1, y1 = self._values(record)
        if x1 < x0 or y1 < y0:
            return Box2I()
        return Box2I(Point2I(x0, y0), Point2I(x1, y1), False)

    def set(self, record: BaseRecord, value: Box2I, /) -> None:
        """Set the box."""
        if value.isEmpty():
            self._set_values(record, (0, 0, -1, -1))
        else:
            self._set_corners(record, value)


class Box2DKey(_BoxKey):
    """Key of a real box."""

    _kind = "D"
    _point_class = Point2DKey

    def get(self, record: BaseRecord, /) -> Box2D:
        """Return the box."""
        x0, y0, x1, y1 = self._values(record)
        return Box2D(Point2D(x0, y0), Point2D(x1, y1), False)

    def set(self, record: BaseRecord, value: Box2D, /) -> None:
        """Set the box."""
        self._set_corners(record, value)


class CoordKey(FunctorKey):
    """Key of a sky position, fields ``_ra`` and ``_dec``.

    Parameters
    ----------
    ra, dec : `Key`
        Keys of the coordinates; without any the key is not valid.
    parent : `SubSchema`
        What the names of the fields begin with, instead of keys.
    """

    _names = ("ra", "dec")

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, ra: KeyBase, dec: KeyBase) -> None: ...
    @overload
    def __init__(self, parent: SubSchema, /) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._take(bind(CoordKey.__init__, CHECKS, (self, *args), kwargs))

    @classmethod
    def addFields(cls, schema: Schema, name: str, doc: str) -> Self:
        """Add the fields of a position to a schema and return their key."""
        return cls._of([schema.addField(f"{name}_{s}", type="Angle", doc=doc) for s in cls._names])

    @classmethod
    def addErrorFields(cls, schema: Schema) -> CovarianceMatrix2fKey:
        """Add the covariance matrix (rad^2) of the position ``coord`` and return its key."""
        return CovarianceMatrix2fKey.addFields(schema, "coord", cls._names, "rad")

    @classmethod
    def getErrorKey(cls, schema: Schema) -> CovarianceMatrix2fKey:
        """Return the key of the covariance matrix of the position ``coord``.

        Raises
        ------
        lsst.pex.exceptions.NotFoundError
            Raised if the schema does not have it.
        """
        return CovarianceMatrix2fKey(schema["coord"], cls._names)

    def getRa(self) -> KeyBase:
        """Return the key of the right ascension."""
        return self._keys[0]

    def getDec(self) -> KeyBase:
        """Return the key of the declination."""
        return self._keys[1]

    def get(self, record: BaseRecord, /) -> SpherePoint:
        """Return the position."""
        return SpherePoint(*self._values(record))

    def set(self, record: BaseRecord, value: SpherePoint, /) -> None:
        """Set the position."""
        self._set_values(record, (value.getLongitude(), value.getLatitude()))


class QuadrupoleKey(FunctorKey):
    """Key of second moments, fields ``_xx``, ``_yy``, ``_xy``.

    Parameters
    ----------
    ixx, iyy, ixy : `Key`
        Keys of the moments; without any the key is not valid.
    parent : `SubSchema`
        What the names of the fields begin with, instead of keys.
    """

    _names = ("xx", "yy", "xy")

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, ixx: KeyBase, iyy: KeyBase, ixy: KeyBase) -> None: ...
    @overload
    def __init__(self, parent: SubSchema, /) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._take(bind(QuadrupoleKey.__init__, CHECKS, (self, *args), kwargs))

    @classmethod
    def addFields(
        cls, schema: Schema, name: str, doc: str, coordType: CoordinateType = CoordinateType.PIXEL
    ) -> Self:
        """Add the fields of moments (by default in pixel^2) to a schema and return their key."""
        unit = _UNITS[coordType]
        return cls._of([schema.addField(f"{name}_{s}", type="D", doc=doc, units=unit) for s in cls._names])

    def getIxx(self) -> KeyBase:
        """Return the key of Ixx."""
        return self._keys[0]

    def getIyy(self) -> KeyBase:
        """Return the key of Iyy."""
        return self._keys[1]

    def getIxy(self) -> KeyBase:
        """Return the key of Ixy."""
        return self._keys[2]

    def get(self, record: BaseRecord, /) -> Quadrupole:
        """Return the moments."""
        # lsst.afw.geom has classes that are stored in tables: it needs this package.
        from lsst.afw.geom.ellipses import Quadrupole

        return Quadrupole(*self._values(record))

    def set(self, record: BaseRecord, value: Quadrupole, /) -> None:
        """Set the moments."""
        self._set_values(record, (value.getIxx(), value.getIyy(), value.getIxy()))


class EllipseKey(FunctorKey):
    """Key of an ellipse, fields ``_xx``, ``_yy``, ``_xy`` and ``_x``, ``_y``.

    Parameters
    ----------
    qKey : `QuadrupoleKey`
        Key of the moments; without any the key is not valid.
    pKey : `Point2DKey`
        Key of the center.
    parent : `SubSchema`
        What the names of the fields begin with, instead of keys.
    """

    _names = (*QuadrupoleKey._names, *Point2DKey._names)

    @overload
    def __init__(self) -> None: ...
    @overload
    def __init__(self, qKey: QuadrupoleKey, pKey: Point2DKey) -> None: ...
    @overload
    def __init__(self, parent: SubSchema, /) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        checks = {**CHECKS, "QuadrupoleKey": QuadrupoleKey, "Point2DKey": Point2DKey}
        self._take(bind(EllipseKey.__init__, checks, (self, *args), kwargs))

    @classmethod
    def addFields(cls, schema: Schema, name: str, doc: str, unit: str) -> Self:
        """Add the fields of an ellipse to a schema and return their key."""
        core = QuadrupoleKey.addFields(schema, name, doc)
        return cls(core, Point2DKey.addFields(schema, name, doc, unit))

    def getCore(self) -> QuadrupoleKey:
        """Return the key of the moments."""
        return QuadrupoleKey._of(self._keys[:3])

    def getCenter(self) -> Point2DKey:
        """Return the key of the center."""
        return Point2DKey._of(self._keys[3:])

    def get(self, record: BaseRecord, /) -> Ellipse:
        """Return the ellipse."""
        # lsst.afw.geom has classes that are stored in tables: it needs this package.
        from lsst.afw.geom.ellipses import Ellipse

        return Ellipse(self.getCore().get(record), self.getCenter().get(record))

    def set(self, record: BaseRecord, value: Ellipse, /) -> None:
        """Set the ellipse, with any core."""
        # lsst.afw.geom has classes that are stored in tables: it needs this package.
        from lsst.afw.geom.ellipses import Quadrupole

        self.getCore().set(record, Quadrupole(value.getCore()))
        self.getCenter().set(record, value.getCenter())
