"""Throughput over wavelength, which may depend on the position."""

from __future__ import annotations

__all__ = ["TransmissionCurve"]

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import TransformPoint2ToPoint2
from lsst.afw.typehandling import Storable
from lsst.geom import Point2D
from lsst.pex.exceptions import LengthError
from lsst_stacklite.archives import FitsReadable, make_table, persistable_reader

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable


class TransmissionCurve(FitsReadable, Storable):
    """The throughput of a part of the light's way, over wavelength. Immutable.

    Curves are made by `makeIdentity`, `makeSpatiallyConstant` and `makeRadial`, multiplied by one another,
    and moved to other coordinates by `transformedBy`. A curve equals only itself.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise TypeError("transmission curves are made by makeIdentity, makeSpatiallyConstant and makeRadial.")

    @staticmethod
    def makeIdentity() -> TransmissionCurve:
        """Return the curve that is 1 everywhere."""
        return _IDENTITY

    @staticmethod
    def makeSpatiallyConstant(
        throughput: np.ndarray,
        wavelengths: np.ndarray,
        throughputAtMin: float = 0.0,
        throughputAtMax: float = 0.0,
    ) -> TransmissionCurve:
        """Return a curve that is the same at all positions.

        Parameters
        ----------
        throughput : `numpy.ndarray` of `numpy.float64`, (n,)
            Throughput at the wavelengths; linear between them.
        wavelengths : `numpy.ndarray` of `numpy.float64`, (n,)
            Wavelengths (Angstrom), ascending; at least two.
        throughputAtMin, throughputAtMax : `float`, optional
            Throughput at shorter and at longer wavelengths.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if the arrays differ in length, or have less than two values.
        lsst.pex.exceptions.LogicError
            Raised if the wavelengths do not ascend.
        """
        return _SpatiallyConstant(throughput, wavelengths, throughputAtMin, throughputAtMax)

    @staticmethod
    def makeRadial(
        throughput: np.ndarray,
        wavelengths: np.ndarray,
        radii: np.ndarray,
        throughputAtMin: float = 0.0,
        throughputAtMax: float = 0.0,
    ) -> TransmissionCurve:
        """Return a curve that depends on the distance from the origin.

        Parameters
        ----------
        throughput : `numpy.ndarray` of `numpy.float64`, (n, m)
            Throughput at the wavelengths and radii; linear between them.
        wavelengths, throughputAtMin, throughputAtMax
            As in `makeSpatiallyConstant`.
        radii : `numpy.ndarray` of `numpy.float64`, (m,)
            Distances from the origin, ascending; at least two. Beyond them the nearest one counts.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if shapes differ, or there are less than two wavelengths or radii.
        lsst.pex.exceptions.LogicError
            Raised if wavelengths or radii do not ascend.
        """
        return _Radial(throughput, wavelengths, radii, throughputAtMin, throughputAtMax)

    @overload
    def sampleAt(self, position: Point2D, wavelengths: np.ndarray, out: np.ndarray) -> None: ...
    @overload
    def sampleAt(self, position: Point2D, wavelengths: np.ndarray) -> np.ndarray: ...
    def sampleAt(
        self, position: Point2D, wavelengths: np.ndarray, out: np.ndarray | None = None
    ) -> np.ndarray | None:
        """Return the throughput at a position.

        Parameters
        ----------
        position : `lsst.geom.Point2D`
            Position, in pixels or what the curve was made for.
        wavelengths : `numpy.ndarray` of `numpy.float64`, (n,)
            Wavelengths (Angstrom).
        out : `numpy.ndarray` of `numpy.float64`, (n,), optional
            Array that is filled, instead of a new one that is returned.

        Raises
        ------
        lsst.pex.exceptions.LengthError
            Raised if ``out`` has another length.
        """
        values = self._sample(position.getX(), position.getY(), _array(wavelengths, "wavelengths"))
        if out is None:
            return values
        if out.shape != values.shape:
            raise LengthError(
                f"the array to fill has shape {out.shape}, the throughputs have {values.shape}."
            )
        out[...] = values
        return None

    @abstractmethod
    def _sample(self, x: float, y: float, wavelengths: np.ndarray) -> np.ndarray:
        """Return the throughput at a position and wavelengths."""

    @abstractmethod
    def getWavelengthBounds(self) -> tuple[float, float]:
        """Return the wavelengths beyond which the throughput is constant."""

    @abstractmethod
    def getThroughputAtBounds(self) -> tuple[float, float]:
        """Return the throughput below and above `getWavelengthBounds`."""

    def multipliedBy(self, other: TransmissionCurve, /) -> TransmissionCurve:
        """Return the product of two curves."""
        if self is _IDENTITY or other is _IDENTITY:
            return other if self is _IDENTITY else self
        return _Product(self, other)

    def __mul__(self, other: TransmissionCurve) -> TransmissionCurve:
        return self.multipliedBy(other)

    def transformedBy(self, transform: TransformPoint2ToPoint2) -> TransmissionCurve:
        """Return the curve in other coordinates.

        Parameters
        ----------
        transform : `lsst.afw.geom.TransformPoint2ToPoint2`
            Transform from this curve's coordinates to the other ones.
        """
        return _Transformed(self, transform)

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = None


def _array(values: np.ndarray, name: str, dimensions: int = 1) -> np.ndarray:
    if not isinstance(values, np.ndarray) or values.dtype != np.float64 or values.ndim != dimensions:
        raise TypeError(f"{name}: an array of float64 with {dimensions} dimensions is needed.")
    return values


def _ascending(values: np.ndarray, name: str) -> np.ndarray:
    values = _array(values, name).copy()
    if len(values) < 2:
        raise LengthError(f"{name}: at least two are needed, to interpolate between them.")
    if not (np.diff(values) > 0).all():
        raise pex_exceptions.LogicError(f"{name}: they must ascend.")
    return values


class _Identity(TransmissionCurve):
    """The curve that is 1 everywhere."""

    def __init__(self) -> None:
        pass

    def _sample(self, x: float, y: float, wavelengths: np.ndarray) -> np.ndarray:
        return np.ones(len(wavelengths))

    def getWavelengthBounds(self) -> tuple[float, float]:
        return -math.inf, math.inf

    def getThroughputAtBounds(self) -> tuple[float, float]:
        return 1.0, 1.0

    def transformedBy(self, transform: TransformPoint2ToPoint2) -> TransmissionCurve:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return TransmissionCurve.makeIdentity, ()

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        return []


_IDENTITY: TransmissionCurve = _Identity()

_AT_BOUNDS = [
    ("throughputAtMin", "D", "throughput at shorter wavelengths", ""),
    ("throughputAtMax", "D", "throughput at longer wavelengths", ""),
]


class _Tabulated(TransmissionCurve):
    """A curve that is linear between wavelengths."""

    def __init__(self, wavelengths: np.ndarray, at_min: float, at_max: float) -> None:
        self._wavelengths = _ascending(wavelengths, "wavelengths")
        self._at_bounds = float(at_min), float(at_max)

    def getWavelengthBounds(self) -> tuple[float, float]:
        return float(self._wavelengths[0]), float(self._wavelengths[-1])

    def getThroughputAtBounds(self) -> tuple[float, float]:
        return self._at_bounds

    def _interpolate(self, wavelengths: np.ndarray, throughput: np.ndarray) -> np.ndarray:
        at_min, at_max = self._at_bounds
        return np.interp(wavelengths, self._wavelengths, throughput, left=at_min, right=at_max)


class _SpatiallyConstant(_Tabulated):
    """A curve that is the same at all positions."""

    def __init__(self, throughput: np.ndarray, wavelengths: np.ndarray, at_min: float, at_max: float) -> None:
        super().__init__(wavelengths, at_min, at_max)
        self._throughput = _array(throughput, "throughput").copy()
        if len(self._throughput) != len(self._wavelengths):
            raise LengthError(f"{len(throughput)} throughputs at {len(wavelengths)} wavelengths.")

    def _sample(self, x: float, y: float, wavelengths: np.ndarray) -> np.ndarray:
        return self._interpolate(wavelengths, self._throughput)

    def transformedBy(self, transform: TransformPoint2ToPoint2) -> TransmissionCurve:
        return self

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields = [
            *_AT_BOUNDS,
            ("throughput", "ArrayD", "throughput at the wavelengths", "", 0),
            ("wavelengths", "ArrayD", "wavelengths", "angstrom", 0),
        ]
        return [make_table(fields, [(*self._at_bounds, self._throughput, self._wavelengths)])]


class _Radial(_Tabulated):
    """A curve that depends on the distance from the origin."""

    def __init__(
        self, throughput: np.ndarray, wavelengths: np.ndarray, radii: np.ndarray, at_min: float, at_max: float
    ) -> None:
        super().__init__(wavelengths, at_min, at_max)
        self._radii = _ascending(radii, "radii")
        self._throughput = _array(throughput, "throughput", 2).copy()
        if self._throughput.shape != (len(wavelengths), len(radii)):
            raise LengthError(
                f"throughputs of shape {throughput.shape} for {len(wavelengths)} by {len(radii)} points."
            )

    def _sample(self, x: float, y: float, wavelengths: np.ndarray) -> np.ndarray:
        radius = math.hypot(x, y)
        right = int(np.clip(np.searchsorted(self._radii, radius), 1, len(self._radii) - 1))
        low, high = self._radii[right - 1 : right + 1]
        weight = min(max((radius - low) / (high - low), 0.0), 1.0) if math.isfinite(radius) else radius
        left_column, right_column = self._throughput[:, right - 1], self._throughput[:, right]
        column = right_column if math.isinf(radius) else left_column + weight * (right_column - left_column)
        return self._interpolate(wavelengths, column)

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields = [
            *_AT_BOUNDS,
            (
                "throughput",
                "ArrayD",
                "throughput at all wavelengths of the first radius, then the next",
                "",
                0,
            ),
            ("wavelengths", "ArrayD", "wavelengths", "angstrom", 0),
            ("radii", "ArrayD", "distances from the origin", "", 0),
        ]
        row = (*self._at_bounds, self._throughput.T.ravel(), self._wavelengths, self._radii)
        return [make_table(fields, [row])]


class _Product(TransmissionCurve):
    """The product of two curves."""

    def __init__(self, first: TransmissionCurve, second: TransmissionCurve) -> None:
        self._factors = first, second

    def _sample(self, x: float, y: float, wavelengths: np.ndarray) -> np.ndarray:
        first, second = (factor._sample(x, y, wavelengths) for factor in self._factors)
        return first * second

    def getWavelengthBounds(self) -> tuple[float, float]:
        bounds = [factor.getWavelengthBounds() for factor in self._factors]
        zero = [[value == 0.0 for value in factor.getThroughputAtBounds()] for factor in self._factors]
        # Where a factor is zero, so is the product, wherever the other one is constant.
        low = [bound[0] for bound, is_zero in zip(bounds, zero, strict=True) if is_zero[0]]
        high = [bound[1] for bound, is_zero in zip(bounds, zero, strict=True) if is_zero[1]]
        return (
            max(low) if low else min(bound[0] for bound in bounds),
            min(high) if high else max(bound[1] for bound in bounds),
        )

    def getThroughputAtBounds(self) -> tuple[float, float]:
        (a_min, a_max), (b_min, b_max) = (factor.getThroughputAtBounds() for factor in self._factors)
        return a_min * b_min, a_max * b_max

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields = [
            ("a", "I", "archive id of the first factor", ""),
            ("b", "I", "archive id of the second", ""),
        ]
        return [make_table(fields, [tuple(archive.put(factor) for factor in self._factors)])]


class _Transformed(TransmissionCurve):
    """A curve in other coordinates."""

    def __init__(self, nested: TransmissionCurve, transform: TransformPoint2ToPoint2) -> None:
        self._nested, self._transform = nested, transform

    def _sample(self, x: float, y: float, wavelengths: np.ndarray) -> np.ndarray:
        point = self._transform.applyInverse(Point2D(x, y))
        return self._nested._sample(point.getX(), point.getY(), wavelengths)

    def getWavelengthBounds(self) -> tuple[float, float]:
        return self._nested.getWavelengthBounds()

    def getThroughputAtBounds(self) -> tuple[float, float]:
        return self._nested.getThroughputAtBounds()

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields = [
            ("nested", "I", "archive id of the curve", ""),
            ("transform", "I", "archive id of the transform", ""),
        ]
        return [make_table(fields, [(archive.put(self._nested), archive.put(self._transform))])]


@persistable_reader("IdentityTransmissionCurve", of=_Identity, module="lsst.afw.image", id_fields=())
def _read_identity(archive: ArchiveReader, tables: Sequence[StoredTable]) -> TransmissionCurve:
    return _IDENTITY


@persistable_reader(
    "SpatiallyConstantTransmissionCurve", of=_SpatiallyConstant, module="lsst.afw.image", id_fields=()
)
def _read_constant(archive: ArchiveReader, tables: Sequence[StoredTable]) -> TransmissionCurve:
    row = tables[0][0]
    throughput, wavelengths = (np.array(row[name], np.float64) for name in ("throughput", "wavelengths"))
    return _SpatiallyConstant(throughput, wavelengths, row["throughputAtMin"], row["throughputAtMax"])


@persistable_reader("RadialTransmissionCurve", of=_Radial, module="lsst.afw.image", id_fields=())
def _read_radial(archive: ArchiveReader, tables: Sequence[StoredTable]) -> TransmissionCurve:
    row = tables[0][0]
    wavelengths, radii = (np.array(row[name], np.float64) for name in ("wavelengths", "radii"))
    throughput = np.array(row["throughput"], np.float64).reshape(len(radii), len(wavelengths)).T
    return _Radial(throughput, wavelengths, radii, row["throughputAtMin"], row["throughputAtMax"])


@persistable_reader("ProductTransmissionCurve", of=_Product, module="lsst.afw.image", id_fields=("a", "b"))
def _read_product(archive: ArchiveReader, tables: Sequence[StoredTable]) -> TransmissionCurve:
    row = tables[0][0]
    return _Product(archive.need(row["a"], TransmissionCurve), archive.need(row["b"], TransmissionCurve))


@persistable_reader(
    "TransformedTransmissionCurve",
    of=_Transformed,
    module="lsst.afw.image",
    id_fields=("nested", "transform"),
)
def _read_transformed(archive: ArchiveReader, tables: Sequence[StoredTable]) -> TransmissionCurve:
    row = tables[0][0]
    nested = archive.need(row["nested"], TransmissionCurve)
    return _Transformed(nested, archive.need(row["transform"], TransformPoint2ToPoint2))
