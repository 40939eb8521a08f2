"""Reports on visits: tables of what an update changed and what was lost, from catalogs and diagnoses.

All functions are pure: they take catalogs and tables, and return tables or
text. `lsst.drp.tasks.update_visit_summary.report.command` is the command that
reads and writes files.
"""

from __future__ import annotations

__all__ = [
    "DEFAULT_STATISTICS",
    "check_comparable",
    "check_statistics",
    "format_csv",
    "format_report",
    "format_table",
    "infer_diagnoses",
    "make_component_table",
    "make_loss_table",
    "make_outlier_table",
    "make_report",
    "make_statistics_table",
    "make_tables",
    "read_diagnoses",
]

from .dataset import make_report, read_diagnoses
from .inference import infer_diagnoses
from .outliers import make_outlier_table
from .tables import (
    DEFAULT_STATISTICS,
    check_comparable,
    check_statistics,
    make_component_table,
    make_loss_table,
    make_statistics_table,
    make_tables,
)
from .text import format_csv, format_report, format_table
