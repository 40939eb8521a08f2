"""Summary statistics in rows of a catalog, whatever its schema's age."""

from __future__ import annotations

__all__ = ["RowStatistics", "make_statistics_schema"]

from typing import TYPE_CHECKING

from lsst.afw.image import ExposureSummaryStats
from lsst.afw.table import ExposureTable

if TYPE_CHECKING:
    from lsst.afw.table import ExposureRecord, Schema

_OLD_NAMES = {"dec": "decl"}
"""Columns of earlier releases, by their present name."""


def make_statistics_schema() -> Schema:
    """Return the schema of exposures with columns for all statistics."""
    schema = ExposureTable.makeMinimalSchema()
    ExposureSummaryStats.update_schema(schema)
    return schema


class RowStatistics:
    """Reads and writes summary statistics in rows of a given schema.

    A statistic without a column is reset when it is read and dropped when it
    is written, so that summaries of earlier releases can be updated.

    Parameters
    ----------
    schema : `lsst.afw.table.Schema`
        Schema of the rows.
    """

    def __init__(self, schema: Schema) -> None:
        complete = make_statistics_schema()
        minimal = set(ExposureTable.makeMinimalSchema().getNames())
        statistics = [name for name in complete.getOrderedNames() if name not in minimal]
        present = set(schema.getNames())
        self._column_of = {
            name: column
            for name in statistics
            for column in (name, _OLD_NAMES.get(name))
            if column is not None and column in present
        }
        self.missing = tuple(name for name in statistics if name not in self._column_of)
        """Statistics that have no column (`tuple` [`str`])."""
        self.units = {name: complete.find(name).field.getUnits() for name in self._column_of}
        """Units of the statistics that have a column, by name
        (`dict` [`str`, `str`])."""
        self._table = ExposureTable.make(complete)

    def read(self, record: ExposureRecord) -> ExposureSummaryStats:
        """Return the statistics of a row.

        Parameters
        ----------
        record : `lsst.afw.table.ExposureRecord`
            Row of the schema.

        Returns
        -------
        statistics : `lsst.afw.image.ExposureSummaryStats`
            A new object.
        """
        complete = self._table.makeRecord()
        for name, column in self._column_of.items():
            complete[name] = record[column]
        return ExposureSummaryStats.from_record(complete)

    def write(self, statistics: ExposureSummaryStats, record: ExposureRecord) -> None:
        """Write statistics into a row.

        Parameters
        ----------
        statistics : `lsst.afw.image.ExposureSummaryStats`
            What to write.
        record : `lsst.afw.table.ExposureRecord`
            Row of the schema; modified.
        """
        complete = self._table.makeRecord()
        statistics.update_record(complete)
        for name, column in self._column_of.items():
            record[column] = complete[name]
