"""Bounded fields made of other objects: products, pixel areas, transforms."""

from __future__ import annotations

__all__ = ["PixelAreaBoundedField", "ProductBoundedField", "TransformBoundedField"]

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from starlink import Ast

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.fits._errors import check_range
from lsst.afw.geom import SkyWcs, TransformGenericToGeneric, TransformPoint2ToGeneric
from lsst.geom import Angle, Box2I, radians
from lsst.pex.exceptions import InvalidParameterError, LengthError
from lsst_stacklite._bounded_field import BoundedField
from lsst_stacklite._chebyshev_bounded_field import bbox_fields, bbox_values, read_bbox
from lsst_stacklite._limits import FIELD_FACTORS
from lsst_stacklite.archives import make_table, persistable_reader

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable


class ProductBoundedField(BoundedField):
    """The product of fields that have the same box.

    Parameters
    ----------
    factors : `~collections.abc.Sequence` [`BoundedField`]
        At least one field.

    Raises
    ------
    lsst.pex.exceptions.LengthError
        Raised if there is no factor.
    lsst.pex.exceptions.InvalidParameterError
        Raised if the boxes differ.
    """

    def __init__(self, factors: Sequence[BoundedField], /) -> None:
        self._factors = tuple(factors)
        if not self._factors:
            raise LengthError("a product of bounded fields needs at least one factor.")
        super().__init__(self._factors[0].getBBox())
        for factor in self._factors[1:]:
            if factor.getBBox() != self._bbox:
                raise InvalidParameterError(
                    f"the factors of a product have the boxes {self._bbox} and {factor.getBBox()}."
                )

    def getFactors(self) -> list[BoundedField]:
        """Return the factors."""
        return list(self._factors)

    def _evaluate_array(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        product = self._factors[0]._evaluate_array(x, y)
        for factor in self._factors[1:]:
            product = product * factor._evaluate_array(x, y)
        return product

    def _evaluate_grid(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        product = self._factors[0]._evaluate_grid(x, y)
        for factor in self._factors[1:]:
            product = product * factor._evaluate_grid(x, y)
        return product

    def __mul__(self, scale: float) -> ProductBoundedField:
        return ProductBoundedField([self._factors[0] * scale, *self._factors[1:]])

    def _same_values(self, other: ProductBoundedField) -> bool:
        return self._factors == other._factors

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields = [("id", "I", "archive id of a factor", "")]
        return [make_table(fields, [(archive.put(factor),) for factor in self._factors])]


class PixelAreaBoundedField(BoundedField):
    """The area of a pixel on the sky.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I`
        Box of the field.
    skyWcs : `lsst.afw.geom.SkyWcs`
        Mapping from pixels to the sky.
    unit : `lsst.geom.AngleUnit`, optional
        The area is in this unit squared.
    scaling : `float`, optional
        Factor by which the area is multiplied.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there is no WCS.

    Notes
    -----
    The area is that of the parallelogram of the unit-vector differences of
    one-pixel steps in x and y (agrees with the stack).
    """

    def __init__(self, bbox: Box2I, skyWcs: SkyWcs, unit: Any = radians, scaling: float = 1.0) -> None:
        super().__init__(bbox)
        if skyWcs is None:
            raise InvalidParameterError("a pixel area needs a SkyWcs, not None.")
        self._wcs = skyWcs
        self._scaling = scaling / Angle(1.0, unit).asRadians() ** 2

    def _evaluate_array(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self._scaling * self._wcs._pixel_area_array(*np.broadcast_arrays(x, y))

    def __mul__(self, scale: float) -> PixelAreaBoundedField:
        return PixelAreaBoundedField(self._bbox, self._wcs, radians, self._scaling * scale)

    def _same_values(self, other: PixelAreaBoundedField) -> bool:
        return self._wcs == other._wcs and self._scaling == other._scaling

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        fields = [
            *bbox_fields(),
            ("wcs", "I", "archive id of the SkyWcs", ""),
            ("scaling", "D", "factor that multiplies the area in square radians", ""),
        ]
        return [make_table(fields, [(*bbox_values(self._bbox), archive.put(self._wcs), self._scaling)])]


class TransformBoundedField(BoundedField):
    """A field given by a transform from a point to one number.

    Parameters
    ----------
    bbox : `lsst.geom.Box2I`
        Box of the field.
    transform : `lsst.afw.geom.TransformPoint2ToGeneric`
        Transform with one output axis.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the transform has another number of output axes.
    """

    def __init__(self, bbox: Box2I, transform: TransformPoint2ToGeneric) -> None:
        super().__init__(bbox)
        n_out = transform.toEndpoint.nAxes
        if n_out != 1:
            raise InvalidParameterError(f"the transform of a bounded field has {n_out} output axes, not 1.")
        self._transform = transform

    def getTransform(self) -> TransformPoint2ToGeneric:
        """Return the transform."""
        return self._transform

    def _evaluate_array(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        x, y = np.broadcast_arrays(x, y)
        return self._transform._apply_array(np.stack([x.ravel(), y.ravel()]))[0].reshape(x.shape)

    def __mul__(self, scale: float) -> TransformBoundedField:
        if scale == 0.0:
            raise pex_exceptions.RuntimeError("AST cannot multiply a TransformBoundedField by zero.")
        scaled = self._transform.then(TransformGenericToGeneric(Ast.ZoomMap(1, scale)))
        assert isinstance(scaled, TransformPoint2ToGeneric)
        return TransformBoundedField(self._bbox, scaled)

    def _same_values(self, other: TransformBoundedField) -> bool:
        return self._transform._equals(other._transform)

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        text = np.frombuffer(self._transform.writeString().encode("ascii"), dtype=np.uint8)
        fields = [*bbox_fields(), ("frameSet", "ArrayB", "text of the transform", "", 0)]
        return [make_table(fields, [(*bbox_values(self._bbox), text)])]


@persistable_reader("ProductBoundedField", of=ProductBoundedField, module="lsst.afw.math", id_fields=("id",))
def _read_product(archive: ArchiveReader, tables: Sequence[StoredTable]) -> ProductBoundedField:
    factors = [archive.need(row["id"], BoundedField) for row in tables[0]]
    check_range("the number of factors", sum(map(_count_factors, factors)), 0, FIELD_FACTORS)
    return ProductBoundedField(factors)


def _count_factors(field: Any) -> int:
    """Count factors of factors; products that share factors could have any number."""
    return sum(map(_count_factors, field.getFactors())) if isinstance(field, ProductBoundedField) else 1


@persistable_reader(
    "PixelAreaBoundedField", of=PixelAreaBoundedField, module="lsst.afw.math", id_fields=("wcs",)
)
def _read_pixel_area(archive: ArchiveReader, tables: Sequence[StoredTable]) -> PixelAreaBoundedField:
    row = tables[0][0]
    wcs = archive.need(row["wcs"], SkyWcs)
    return PixelAreaBoundedField(read_bbox(tables[0]), wcs, radians, float(row["scaling"]))


@persistable_reader("TransformBoundedField", of=TransformBoundedField, module="lsst.afw.math", id_fields=())
def _read_transform(archive: ArchiveReader, tables: Sequence[StoredTable]) -> TransformBoundedField:
    text = np.asarray(tables[0][0]["frameSet"], dtype=np.uint8).tobytes().decode("ascii")
    return TransformBoundedField(read_bbox(tables[0]), TransformPoint2ToGeneric.readString(text))
