"""Catalogs: tables of records with named, typed, documented fields."""

from __future__ import annotations

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

__all__ = [
    "AliasMap",
    "ArrayDKey",
    "ArrayFKey",
    "ArrayIKey",
    "BaseCatalog",
    "BaseRecord",
    "BaseTable",
    "Box2DKey",
    "Box2IKey",
    "CoordKey",
    "CovarianceMatrix2fKey",
    "EllipseKey",
    "ExposureCatalog",
    "ExposureRecord",
    "ExposureTable",
    "Field",
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

from ._aggregates import (
    ArrayDKey,
    ArrayFKey,
    ArrayIKey,
    Box2DKey,
    Box2IKey,
    CoordKey,
    CovarianceMatrix2fKey,
    EllipseKey,
    Point2DKey,
    Point2IKey,
    PointKey,
    QuadrupoleKey,
)
from ._alias_map import AliasMap
from ._base import BaseRecord, BaseTable
from ._catalog import BaseCatalog
from ._exposure import ExposureCatalog, ExposureRecord, ExposureTable
from ._field import Field, Key, SchemaItem
from ._mapper import SchemaMapper
from ._schema import Schema, SubSchema
from ._simple import SimpleCatalog, SimpleRecord, SimpleTable
from ._source import SourceCatalog, SourceRecord, SourceTable
