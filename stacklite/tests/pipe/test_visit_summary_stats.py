"""`VisitSummaryStatsTask` on the golden cases of the class that it replaces."""

from __future__ import annotations

from typing import Any

import pytest

from lsst.drp.tasks.visit_summary_stats import VisitSummaryStatsTask, psf_grid
from stacklite_support.golden_summary_stats import (
    check_grid_of_a_mask_with_origin,
    check_masked_image_stats,
    check_no_good_grid_point,
    check_psf_stats,
    check_psf_stats_of_stars_in_an_afw_catalog,
    check_wcs_stats,
    has_plain_stars,
    is_c3,
    is_c5,
    params,
)


@pytest.fixture(params=["few points", "many points"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few points of a grid count as many, so that kernels measure them."""
    if request.param == "many points":
        monkeypatch.setattr(psf_grid, "_FEW", 3)


@pytest.mark.usefixtures("_way")
@params("update_psf_stats", lambda inputs: not is_c5(inputs))
def test_psf_stats(case: dict[str, Any]) -> None:
    check_psf_stats(case, VisitSummaryStatsTask)


@params("update_psf_stats", lambda inputs: has_plain_stars(inputs) and "float32" not in inputs["note"])
def test_psf_stats_of_stars_in_an_afw_catalog(case: dict[str, Any]) -> None:
    check_psf_stats_of_stars_in_an_afw_catalog(case, VisitSummaryStatsTask)


@params("update_psf_stats", is_c3)
def test_c3_no_good_grid_point(case: dict[str, Any]) -> None:
    check_no_good_grid_point(case, VisitSummaryStatsTask)


@pytest.mark.usefixtures("_way")
@params("update_psf_stats", is_c5)
def test_c5_the_grid_follows_the_origin_of_the_mask(case: dict[str, Any]) -> None:
    check_grid_of_a_mask_with_origin(case, VisitSummaryStatsTask)


@params("update_wcs_stats")
def test_wcs_stats(case: dict[str, Any]) -> None:
    check_wcs_stats(case, VisitSummaryStatsTask)


@params("update_masked_image_stats")
def test_masked_image_stats(case: dict[str, Any]) -> None:
    check_masked_image_stats(case, VisitSummaryStatsTask)
