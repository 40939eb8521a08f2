"""Astrometric statistics of a real visit, recomputed from the objects in its summary."""

from __future__ import annotations

import numpy as np
import pytest

from lsst.afw.image import ExposureSummaryStats
from lsst.afw.table import ExposureCatalog
from lsst.pipe.tasks.computeExposureSummaryStats import ComputeExposureSummaryStatsTask
from support.realdata import REALDATA, needs_realdata


@needs_realdata
@pytest.mark.parametrize("visit", [1176, 36434])
def test_wcs_statistics_equal_those_stored(visit: int) -> None:
    catalog = ExposureCatalog.readFits(str(REALDATA / "hsc" / f"visitSummary_{visit}.fits"))
    assert len(catalog) == 103
    task = ComputeExposureSummaryStatsTask()
    summaries = []
    for record in catalog:
        summaries.append(ExposureSummaryStats())
        task.update_wcs_stats(summaries[-1], record.getWcs(), record.getBBox(), record.getVisitInfo())
    # "decl" is the name that the column had when the file was written.
    for column, field in {
        "ra": "ra",
        "decl": "dec",
        "raCorners": "raCorners",
        "decCorners": "decCorners",
    }.items():
        found = np.array([getattr(summary, field) for summary in summaries])
        np.testing.assert_allclose(found, catalog[column], rtol=0, atol=1e-9, err_msg=column)
    zenith = np.array([summary.zenithDistance for summary in summaries])
    # Stored in single precision (2e-6 degrees), with the Earth-rotation tables of their time (1e-6).
    np.testing.assert_allclose(zenith, catalog["zenithDistance"], rtol=0, atol=4e-6)
    assert np.ptp(zenith) > 0.5
