"""Catalogs: tables of records with named, typed, documented fields."""

from __future__ import annotations

__all__ = [
    "SOURCE_IO_NO_FOOTPRINTS",
    "SOURCE_IO_NO_HEAVY_FOOTPRINTS",
    "AliasMap",
    "ArrayDKey",
    "ArrayFKey",
    "BaseCatalog",
    "BaseColumnView",
    "BaseRecord",
    "BaseTable",
    "BitsColumn",
    "Box2DKey",
    "Box2IKey",
    "Catalog",
    "CoordKey",
    "CoordinateType",
    "CovarianceMatrix2dKey",
    "CovarianceMatrix2fKey",
    "CovarianceMatrix3dKey",
    "CovarianceMatrix3fKey",
    "CovarianceMatrix4dKey",
    "CovarianceMatrix4fKey",
    "CovarianceMatrixKey",
    "CovarianceMatrixXdKey",
    "CovarianceMatrixXfKey",
    "EllipseKey",
    "ExposureCatalog",
    "ExposureRecord",
    "ExposureTable",
    "Field",
    "IdFactory",
    "Key",
    "KeyAngle",
    "KeyArrayB",
    "KeyArrayD",
    "KeyArrayF",
    "KeyArrayI",
    "KeyArrayU",
    "KeyB",
    "KeyD",
    "KeyF",
    "KeyFlag",
    "KeyI",
    "KeyL",
    "KeyString",
    "KeyU",
    "Point2DKey",
    "Point2IKey",
    "Point3DKey",
    "Point3IKey",
    "PointKey",
    "QuadrupoleKey",
    "Schema",
    "SchemaItem",
    "SchemaMapper",
    "SimpleCatalog",
    "SimpleRecord",
    "SimpleTable",
    "SourceCatalog",
    "SourceColumnView",
    "SourceRecord",
    "SourceTable",
    "SubSchema",
    "convertCentroid",
    "updateRefCentroids",
    "updateSourceCoords",
]

import lsst_stacklite  # noqa: F401 (refuses a mixture with the real stack)

from ._aggregates import (
    Box2DKey,
    Box2IKey,
    CoordinateType,
    CoordKey,
    EllipseKey,
    QuadrupoleKey,
)
from ._alias_map import AliasMap
from ._array_keys import ArrayDKey, ArrayFKey
from ._base import BaseRecord, BaseTable
from ._catalog import BaseCatalog
from ._column_view import BaseColumnView, BitsColumn
from ._covariance import (
    CovarianceMatrix2dKey,
    CovarianceMatrix2fKey,
    CovarianceMatrix3dKey,
    CovarianceMatrix3fKey,
    CovarianceMatrix4dKey,
    CovarianceMatrix4fKey,
    CovarianceMatrixKey,
    CovarianceMatrixXdKey,
    CovarianceMatrixXfKey,
)
from ._exposure import ExposureCatalog, ExposureRecord, ExposureTable
from ._id_factory import IdFactory
from ._keys import (
    KeyAngle,
    KeyArrayB,
    KeyArrayD,
    KeyArrayF,
    KeyArrayI,
    KeyArrayU,
    KeyB,
    KeyD,
    KeyF,
    KeyFlag,
    KeyI,
    KeyL,
    KeyString,
    KeyU,
)
from ._mapper import SchemaMapper
from ._point_keys import Point2DKey, Point2IKey, Point3DKey, Point3IKey
from ._schema import Schema
from ._simple import SimpleCatalog, SimpleRecord, SimpleTable
from ._source import (
    SOURCE_IO_NO_FOOTPRINTS,
    SOURCE_IO_NO_HEAVY_FOOTPRINTS,
    SourceCatalog,
    SourceColumnView,
    SourceRecord,
    SourceTable,
)
from ._sub_schema import SubSchema
from ._templates import Catalog, Field, Key, PointKey, SchemaItem
from ._update_positions import convertCentroid, updateRefCentroids, updateSourceCoords
