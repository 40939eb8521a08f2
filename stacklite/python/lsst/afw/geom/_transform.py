"""Transforms: AST mappings between two kinds of points."""

from __future__ import annotations

__all__ = [
    "Transform",
    "TransformGenericToGeneric",
    "TransformGenericToPoint2",
    "TransformGenericToSpherePoint",
    "TransformPoint2ToGeneric",
    "TransformPoint2ToPoint2",
    "TransformPoint2ToSpherePoint",
    "TransformSpherePointToGeneric",
    "TransformSpherePointToPoint2",
    "TransformSpherePointToSpherePoint",
]

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, Self, TypeAlias, overload

import numpy as np
import starlink.Ast as Ast

import astshim
import lsst.pex.exceptions as pex_exceptions
from astshim._object import raw, wrapped
from lsst.afw.table.io import Persistable
from lsst.geom import Point2D, SpherePoint
from lsst_stacklite._ast import (
    TEXT_VERSION,
    applied,
    decoded,
    dump_object,
    inverted,
    make_series_map,
    parse_object,
    simplified,
)
from lsst_stacklite._overloads import Check, bind
from lsst_stacklite.archives import FitsReadable, make_table, persistable_reader

from ._derivatives import rate_matrix
from ._endpoint import Endpoint, GenericEndpoint, Point2Endpoint, SpherePointEndpoint

_FrameSet: TypeAlias = Any
_Mapping: TypeAlias = Any

_KINDS: dict[str, Check] = {
    "_FrameSet": lambda value: isinstance(value, astshim.FrameSet | Ast.FrameSet),
    "_Mapping": lambda value: isinstance(value, astshim.Mapping | Ast.Mapping),
}


class Transform(FitsReadable, Persistable):
    """A mapping between points of two kinds. Immutable; abstract, the subclasses name the endpoints.

    Parameters
    ----------
    frameSet : `astshim.FrameSet`
        Frame set whose mapping from base to current frame is used.
    mapping : `astshim.Mapping`
        Mapping with the numbers of axes of the endpoints; copied.
    simplify : `bool`
        Simplify the mapping first.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the number of axes does not fit the endpoints.

    Notes
    -----
    A transform that was read keeps its text: parsed when it is first applied, written back unchanged.
    """

    _from_class: ClassVar[type[Endpoint]]
    _to_class: ClassVar[type[Endpoint]]

    @overload
    def __init__(self, frameSet: _FrameSet, simplify: bool = True) -> None: ...
    @overload
    def __init__(self, mapping: _Mapping, simplify: bool = True) -> None: ...
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        given = bind(Transform.__init__, _KINDS, (self, *args), kwargs)
        simplify = given.get("simplify", True)
        mapping = given["mapping"] if "mapping" in given else given["frameSet"]
        mapping = raw(mapping) if isinstance(mapping, astshim.Object) else mapping
        if mapping.isaframeset():
            mapping = mapping.getmapping(mapping.Base, mapping.Current)
        self._text: str | None = None
        self._mapping = self._checked(simplified(mapping) if simplify else mapping.copy())

    @cached_property
    def _mapping(self) -> Any:
        assert self._text is not None
        return self._checked(parse_object(self._text))

    @classmethod
    def _checked(cls, mapping: Any) -> Any:
        cls._from_class._with_axes(mapping.Nin)
        cls._to_class._with_axes(mapping.Nout)
        return mapping

    @property
    def fromEndpoint(self) -> Endpoint:
        """Kind of the input points (`Endpoint`)."""
        return self._from_class._with_axes(self._mapping.Nin)

    @property
    def toEndpoint(self) -> Endpoint:
        """Kind of the output points (`Endpoint`)."""
        return self._to_class._with_axes(self._mapping.Nout)

    @property
    def hasForward(self) -> bool:
        """Whether `applyForward` is defined (`bool`)."""
        return bool(self._mapping.TranForward)

    @property
    def hasInverse(self) -> bool:
        """Whether `applyInverse` is defined (`bool`)."""
        return bool(self._mapping.TranInverse)

    def getMapping(self) -> astshim.Mapping:
        """Return a copy of the mapping."""
        return wrapped(self._mapping.copy())

    @overload
    def applyForward(self, array: Sequence[Any] | np.ndarray) -> Any: ...
    @overload
    def applyForward(self, point: Point2D | SpherePoint) -> Any: ...
    def applyForward(self, *args: Any, **kwargs: Any) -> Any:
        """Transform one point or many.

        Parameters
        ----------
        point : `lsst.geom.Point2D`, `lsst.geom.SpherePoint` or sequence of `float`
            A point, of the kind that ``fromEndpoint`` says.
        array : sequence of points, or `numpy.ndarray`, (axes, points)
            Many points; an array if they are generic.

        Returns
        -------
        result : `Any`
            A point for a point, otherwise a list of points, or an array if they are generic.
            NaN coordinates stand for points without a value.

        Raises
        ------
        lsst.pex.exceptions.RuntimeError
            Raised if there is no forward transform.
        """
        return self._apply(_only(args, kwargs), self.fromEndpoint, self.toEndpoint, True)

    @overload
    def applyInverse(self, array: Sequence[Any] | np.ndarray) -> Any: ...
    @overload
    def applyInverse(self, point: Point2D | SpherePoint) -> Any: ...
    def applyInverse(self, *args: Any, **kwargs: Any) -> Any:
        """Transform from output to input; see `applyForward`."""
        return self._apply(_only(args, kwargs), self.toEndpoint, self.fromEndpoint, False)

    def _apply(self, point: Any, source: Endpoint, target: Endpoint, forward: bool) -> Any:
        if source._is_point(point):
            data = self._apply_array(source._coordinates(point).reshape(-1, 1), forward)
            return target.pointFromData(data[:, 0])
        return target.arrayFromData(self._apply_array(source.dataFromArray(point), forward))

    def _apply_array(self, coordinates: np.ndarray, forward: bool = True) -> np.ndarray:
        """Transform an array (axes, points) without making point objects."""
        return applied(self._mapping, coordinates, forward)

    def getJacobian(self, x: Any) -> np.ndarray:
        """Return the matrix of derivatives at a point; element [i, j]: output i by input j (float64)."""
        return rate_matrix(self._mapping, self.fromEndpoint._coordinates(x))

    def inverted(self) -> Any:
        """Return the `Transform` in the opposite direction."""
        cls = _CLASSES[self._to_class, self._from_class]
        return cls(inverted(self._mapping), simplify=False)

    def then(self, next: Transform, simplify: bool = True) -> Any:
        """Return the `Transform` that applies this one, then ``next``.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the output of this one is not the input of ``next``.
        """
        if self._to_class is not next._from_class or self.toEndpoint.nAxes != next.fromEndpoint.nAxes:
            raise pex_exceptions.InvalidParameterError(
                f"{type(self).__name__} with {self.toEndpoint.nAxes} outputs cannot be followed by "
                f"{type(next).__name__} with {next.fromEndpoint.nAxes} inputs."
            )
        cls = _CLASSES[self._from_class, next._to_class]
        return cls(make_series_map(self._mapping, next._mapping), simplify)

    def writeString(self) -> str:
        """Return the persisted text."""
        body = dump_object(self._mapping) if self._text is None else self._text
        return f"{TEXT_VERSION} {type(self).__name__}{body}"

    @classmethod
    def readString(cls, text: str, /) -> Self:
        """Return the transform of a persisted text.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the text is not that of this class.
        """
        words = text.split(None, 2)
        if len(words) < 3 or words[0] != TEXT_VERSION or words[1] != cls.__name__:
            raise pex_exceptions.InvalidParameterError(
                f"text starts with {text[:60]!r}, not with '{TEXT_VERSION} {cls.__name__}'."
            )
        result = cls.__new__(cls)
        result._text = text[text.index(words[1]) + len(words[1]) :]
        return result

    def _canonical_text(self) -> str:
        return dump_object(self._mapping)

    def _equals(self, other: Transform) -> bool:
        return type(self) is type(other) and self._canonical_text() == other._canonical_text()

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self).readString, (self.writeString(),))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __str__(self) -> str:
        return f"{type(self).__name__}[{self.fromEndpoint.nAxes}->{self.toEndpoint.nAxes}]"

    def __repr__(self) -> str:
        return f"lsst.afw.geom.{self}"

    def _write_archive(self, archive: Any) -> Sequence[Any]:
        text = np.frombuffer(self.writeString().encode(), dtype=np.uint8)
        return [make_table([("bytes", "ArrayB", "text of the transform", "", 0)], [[text]])]


class TransformGenericToGeneric(Transform):
    """Transform from arrays to arrays."""

    _from_class, _to_class = GenericEndpoint, GenericEndpoint


class TransformGenericToPoint2(Transform):
    """Transform from arrays to points of the plane."""

    _from_class, _to_class = GenericEndpoint, Point2Endpoint


class TransformGenericToSpherePoint(Transform):
    """Transform from arrays to points of the sphere."""

    _from_class, _to_class = GenericEndpoint, SpherePointEndpoint


class TransformPoint2ToGeneric(Transform):
    """Transform from points of the plane to arrays."""

    _from_class, _to_class = Point2Endpoint, GenericEndpoint


class TransformPoint2ToPoint2(Transform):
    """Transform from points of the plane to points of the plane."""

    _from_class, _to_class = Point2Endpoint, Point2Endpoint


class TransformPoint2ToSpherePoint(Transform):
    """Transform from points of the plane to points of the sphere."""

    _from_class, _to_class = Point2Endpoint, SpherePointEndpoint


class TransformSpherePointToGeneric(Transform):
    """Transform from points of the sphere to arrays."""

    _from_class, _to_class = SpherePointEndpoint, GenericEndpoint


class TransformSpherePointToPoint2(Transform):
    """Transform from points of the sphere to points of the plane."""

    _from_class, _to_class = SpherePointEndpoint, Point2Endpoint


class TransformSpherePointToSpherePoint(Transform):
    """Transform from points of the sphere to points of the sphere."""

    _from_class, _to_class = SpherePointEndpoint, SpherePointEndpoint


def _only(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the argument of ``applyForward`` and ``applyInverse``."""
    if len(args) + len(kwargs) != 1 or not kwargs.keys() <= {"array", "point"}:
        raise TypeError(f"a transform takes one array or point, not {len(args)} and {list(kwargs)}.")
    return (*args, *kwargs.values())[0]


_CLASSES = {(cls._from_class, cls._to_class): cls for cls in Transform.__subclasses__()}


def _register(cls: type[Transform]) -> None:
    @persistable_reader(cls.__name__, of=cls, module="lsst.afw.geom", id_fields=())
    def _read_transform(archive: Any, tables: Sequence[Any]) -> Transform:
        return cls.readString(decoded(tables[0]["bytes"][0]))


for _cls in _CLASSES.values():
    _register(_cls)
