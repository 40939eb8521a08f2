"""The abstract bases of keys, fields, items and catalogs, which give the class for a type: ``Key["F"]``."""

from __future__ import annotations

__all__ = ["Catalog", "Field", "Key", "PointKey", "SchemaItem"]

import numpy as np

from lsst.geom import Angle
from lsst.utils import TemplateMeta

from ._catalog import BaseCatalog
from ._exposure import ExposureCatalog
from ._field import FieldBase, KeyBase, SchemaItemBase, classes_by_type
from ._point_keys import Point2DKey, Point2IKey
from ._simple import SimpleCatalog
from ._source import SourceCatalog


class Field(metaclass=TemplateMeta):
    """Name, documentation, units and size of a column; ``Field["F"]`` is the class for one type."""


class Key(metaclass=TemplateMeta):
    """Handle by which a value is read and written; ``Key["F"]`` is the class for one type."""


class SchemaItem(metaclass=TemplateMeta):
    """A field together with its key."""


class Catalog(metaclass=TemplateMeta):
    """A sequence of records; ``Catalog["Source"]`` is the class for sources."""

    addNew = BaseCatalog.addNew
    append = BaseCatalog.append
    asAstropy = BaseCatalog.asAstropy
    cast = BaseCatalog.cast
    clear = BaseCatalog.clear
    columns = BaseCatalog.columns
    copy = BaseCatalog.copy
    extend = BaseCatalog.extend
    getColumnView = BaseCatalog.getColumnView
    insert = BaseCatalog.insert


Catalog.register("Base", BaseCatalog)
Catalog.register("Simple", SimpleCatalog)
Catalog.register("Source", SourceCatalog)
Catalog.register("Exposure", ExposureCatalog)


class PointKey(metaclass=TemplateMeta):
    """Key of a point; ``PointKey[numpy.float64, 2]`` is the class for real points."""

    TEMPLATE_PARAMS = ("dtype", "dim")
    TEMPLATE_DEFAULTS = (None, 2)


PointKey.register((np.int32, 2), Point2IKey)
PointKey.register((np.float64, 2), Point2DKey)

_DTYPES = {
    "B": np.uint8,
    "U": np.uint16,
    "I": np.int32,
    "L": np.int64,
    "F": np.float32,
    "D": np.float64,
    "String": str,
    "Angle": Angle,
}
"""Types of values that stand for types of fields."""

for _template, _base in ((Field, FieldBase), (Key, KeyBase), (SchemaItem, SchemaItemBase)):
    for _name, _class in classes_by_type(_base).items():
        if _name in _DTYPES:
            _template.register(_DTYPES[_name], _class)
            _template.alias(_name, _class)
        else:
            _template.register(_name, _class)
        if _name == "D":
            _template.alias(float, _class)
