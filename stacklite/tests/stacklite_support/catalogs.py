"""A schema with a field of each kind, and a catalog of it."""

from __future__ import annotations

import numpy as np

from lsst.afw.table import (
    BaseCatalog,
    Schema,
)


def make_schema() -> Schema:
    schema = Schema()
    schema.addField("id", type="L", doc="number")
    schema.addField("x", type=np.float64, doc="position", units="pixel")
    schema.addField("f", type=np.float32)
    schema.addField("angle", type="Angle")
    schema.addField("flag", type="Flag", doc="bad")
    schema.addField("name", type=str, size=4)
    schema.addField("text", type="String", size=0)
    schema.addField("pair", type="ArrayD", size=2)
    schema.addField("list", type="ArrayI", size=0)
    return schema


def make_catalog(n: int = 5) -> BaseCatalog:
    catalog = BaseCatalog(make_schema())
    for i in range(n):
        record = catalog.addNew()
        record["id"] = 10 - i
        record["x"] = 0.5 * i
        record["flag"] = i % 2 == 1
        record["name"] = "abcd"[: i % 5]
        record["list"] = list(range(i))
    return catalog
