"""VisitSummaryStatsTask on the golden cases of the class that it replaces (topic summary_stats)."""

from __future__ import annotations

from typing import Any

import pytest

import test_golden_summary_stats as plain
from lsst.drp.tasks.visit_summary_stats import VisitSummaryStatsTask, psf_grid


@pytest.fixture(autouse=True)
def _our_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests of the plain class make tasks of ours."""
    monkeypatch.setattr(plain, "ComputeExposureSummaryStatsTask", VisitSummaryStatsTask)


@pytest.fixture(params=["few points", "many points"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let few points of a grid count as many, so that kernels measure them."""
    if request.param == "many points":
        monkeypatch.setattr(psf_grid, "_FEW", 3)


@pytest.mark.usefixtures("_way")
@plain.params("update_psf_stats", lambda inputs: not plain.is_c5(inputs))
def test_psf_stats(case: dict[str, Any]) -> None:
    plain.test_psf_stats(case)


@plain.params(
    "update_psf_stats", lambda inputs: plain.has_plain_stars(inputs) and "float32" not in inputs["note"]
)
def test_psf_stats_of_stars_in_an_afw_catalog(case: dict[str, Any]) -> None:
    plain.test_psf_stats_of_stars_in_an_afw_catalog(case)


@plain.params("update_psf_stats", plain.is_c3)
def test_c3_no_good_grid_point(case: dict[str, Any]) -> None:
    plain.test_c3_no_good_grid_point_is_an_error_after_the_statistics_at_the_center(case)


@pytest.mark.usefixtures("_way")
@plain.params("update_psf_stats", plain.is_c5)
def test_c5_the_grid_follows_the_origin_of_the_mask(case: dict[str, Any]) -> None:
    plain.test_c5_the_grid_follows_the_origin_of_the_mask(case)


@plain.params("update_wcs_stats")
def test_wcs_stats(case: dict[str, Any]) -> None:
    plain.test_wcs_stats(case)


@plain.params("update_masked_image_stats")
def test_masked_image_stats(case: dict[str, Any]) -> None:
    plain.test_masked_image_stats(case)
