"""Summary statistics of an exposure, fast on any stack."""

from __future__ import annotations

__all__ = ["VisitSummaryStatsTask", "sample_mask"]

from .mask_grid import sample_mask
from .task import VisitSummaryStatsTask

# Saved pipelines and configurations name classes by their modules: this is
# the name that users import.
VisitSummaryStatsTask.__module__ = __name__
