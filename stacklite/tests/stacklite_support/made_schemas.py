"""Schemas made in memory."""

from __future__ import annotations

from lsst.afw.table import Schema


def make_small_schema() -> Schema:
    schema = Schema()
    schema.addField("a_x", type="D", doc="position", units="pixel")
    schema.addField("a_flag", type="Flag")
    schema.addField("list", type="ArrayD", size=4)
    schema.addField("text", type="String", size=0)
    schema.getAliasMap().set("b", "a")
    return schema
