"""Catalogs: tables of records with named, typed, documented fields."""

from __future__ import annotations

__all__ = [
    "SOURCE_IO_NO_FOOTPRINTS",
    "AliasMap",
    "ArrayDKey",
    "ArrayFKey",
    "BaseCatalog",
    "BaseRecord",
    "BaseTable",
    "Box2DKey",
    "Box2IKey",
    "CoordKey",
    "CoordinateType",
    "CovarianceMatrix2fKey",
    "CovarianceMatrix3fKey",
    "EllipseKey",
    "ExposureCatalog",
    "ExposureRecord",
    "ExposureTable",
    "Field",
    "IdFactory",
    "Key",
    "Point2DKey",
    "Point2IKey",
    "PointKey",
    "QuadrupoleKey",
    "Schema",
    "SchemaItem",
    "SchemaMapper",
    "SimpleCatalog",
    "SimpleRecord",
    "SimpleTable",
    "SourceCatalog",
    "SourceRecord",
    "SourceTable",
    "SubSchema",
]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from ._aggregates import (
    Box2DKey,
    Box2IKey,
    CoordinateType,
    CoordKey,
    EllipseKey,
    Point2DKey,
    Point2IKey,
    QuadrupoleKey,
)
from ._alias_map import AliasMap
from ._array_keys import ArrayDKey, ArrayFKey
from ._base import BaseRecord, BaseTable
from ._catalog import BaseCatalog
from ._covariance import CovarianceMatrix2fKey, CovarianceMatrix3fKey
from ._exposure import ExposureCatalog, ExposureRecord, ExposureTable
from ._id_factory import IdFactory
from ._mapper import SchemaMapper
from ._schema import Schema
from ._simple import SimpleCatalog, SimpleRecord, SimpleTable
from ._source import SOURCE_IO_NO_FOOTPRINTS, SourceCatalog, SourceRecord, SourceTable
from ._sub_schema import SubSchema
from ._templates import Field, Key, PointKey, SchemaItem
