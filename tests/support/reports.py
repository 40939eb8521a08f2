"""A run of the reference visit, and small catalogs, for tests of reports."""

from __future__ import annotations

__all__ = ["OPTIONS", "make_catalog", "reference_result"]

from collections.abc import Sequence
from functools import cache
from typing import Any

from lsst.afw.image import ExposureSummaryStats
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.pipe.base import Struct

from .reference import Reference

OPTIONS = {
    "wcs_provider": "tract",
    "photo_calib_provider": "global",
    "background_provider": "replacement",
    "do_write_report": True,
}
"""Options of `reference_result`."""


@cache
def reference_result() -> Struct:
    """Return the results of a run on the reference visit, which no test changes."""
    reference = Reference()
    task = reference.task(**OPTIONS)
    return task.run(reference.summary, reference.exposures, **reference.overrides(**OPTIONS))


def make_catalog(**columns: Sequence[Any]) -> ExposureCatalog:
    """Return a small catalog of detectors 1, 2, ... with all statistics, some of which have values."""
    schema = ExposureTable.makeMinimalSchema()
    ExposureSummaryStats.update_schema(schema)
    rows = ExposureCatalog(schema)
    for n in range(len(next(iter(columns.values())))):
        record = rows.addNew()
        record.setId(n + 1)
        record.setBBox(Box2I(Point2I(0, 0), Extent2I(20, 10)))
        ExposureSummaryStats(**{name: values[n] for name, values in columns.items()}).update_record(record)
    return rows
