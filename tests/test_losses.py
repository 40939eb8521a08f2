"""Nothing is lost in silence (rule 14): log lines and counts of components that detectors end without."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from lsst.drp.tasks.update_visit_summary import UpdateVisitSummaryTask
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.meas.astrom.refit_pointing import NoVisitWcs
from support.catalogs import without_detectors
from support.reference import Reference
from support.wcss import nowhere

COUNTS = ("lost_psf", "lost_ap_corr", "lost_photo_calib", "lost_wcs", "lost_background")


def run(reference: Reference, **options: Any) -> UpdateVisitSummaryTask:
    """Run a task and return it: its metadata are those of the run."""
    task = reference.task(**options)
    task.run(reference.summary, reference.exposures, **reference.overrides(**options))
    return task


def lines(caplog: pytest.LogCaptureFixture, component: str, level: int = logging.INFO) -> list[str]:
    """Return what the log says about detectors without a component."""
    return [
        message
        for record in caplog.records
        if (message := record.getMessage().removeprefix("Visit 2026032100001: ")).startswith(
            f"No usable {component} for "
        )
        and record.levelno == level
    ]


def counts(task: UpdateVisitSummaryTask) -> dict[str, int]:
    """Return the counts of components, without zeros; all of them are there."""
    return {name: task.metadata[name] for name in COUNTS if task.metadata[name]}


def test_rule_14_missing_components_are_named_once_each(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """One line for each component, with its detectors and the argument that lacks them."""
    del reference.background_overrides[96]
    with caplog.at_level(logging.INFO):
        task = run(
            reference,
            wcs_provider="tract",
            photo_calib_provider="global",
            background_provider="replacement",
        )
    assert lines(caplog, "PSF") == ["No usable PSF for 2 of 9 detectors: 92, 95 (psf_overrides has none)."]
    assert lines(caplog, "aperture correction") == [
        "No usable aperture correction for 2 of 9 detectors: 92, 95 (ap_corr_overrides has none)."
    ]
    assert lines(caplog, "photometric calibration") == [
        "No usable photometric calibration for 1 of 9 detectors: 91 (photo_calib_overrides has none)."
    ]
    assert lines(caplog, "WCS") == ["No usable WCS for 1 of 9 detectors: 98 (wcs_overrides has none)."]
    assert lines(caplog, "background") == [
        "No usable background for 1 of 9 detectors: 96 (background_overrides has none)."
    ]
    assert counts(task) == {
        "lost_psf": 2,
        "lost_ap_corr": 2,
        "lost_photo_calib": 1,
        "lost_wcs": 1,
        "lost_background": 1,
    }
    assert task.metadata["failed_detectors"] == 0


def test_rule_14_nothing_lost_nothing_said(reference: Reference, caplog: pytest.LogCaptureFixture) -> None:
    """Where all detectors have everything the counts are zero."""
    keep = {90, 93}
    reference.summary = without_detectors(reference.summary, set(reference.detectors) - keep)
    with caplog.at_level(logging.INFO):
        task = run(reference, wcs_provider="global", photo_calib_provider="global")
    assert not [record for record in caplog.records if "No usable" in record.getMessage()]
    assert counts(task) == {}


def test_rule_14_wcss_and_calibrations_rejected_by_a_threshold(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """All WCSs move farther than the threshold; without WCS there is no tract for a calibration."""
    options = {"wcs_provider": "global", "photo_calib_provider": "tract", "wcs_consistency_threshold": 1e-9}
    with caplog.at_level(logging.INFO):
        task = run(reference, **options)
    (wcs,) = lines(caplog, "WCS")
    assert wcs.startswith("No usable WCS for 9 of 9 detectors: ")
    assert "97 (wcs_overrides has none)" in wcs
    assert "it moves a corner farther than wcs_consistency_threshold allows" in wcs
    for detector in set(reference.detectors) - {97}:
        assert f"{detector} [" in wcs
    assert " arcsec]" in wcs
    (calibration,) = lines(caplog, "photometric calibration")
    assert calibration.startswith("No usable photometric calibration for 9 of 9 detectors: ")
    assert "without WCS it has no tract" in calibration
    assert counts(task)["lost_wcs"] == counts(task)["lost_photo_calib"] == 9


def test_rule_14_wcs_that_cannot_be_compared(reference: Reference, caplog: pytest.LogCaptureFixture) -> None:
    """The cause is another one than a large offset."""
    for record in reference.summary:
        if record.getId() == 94:
            record.setWcs(None)
    with caplog.at_level(logging.INFO):
        run(reference, wcs_provider="global", wcs_consistency_threshold=1e6)
    (wcs,) = lines(caplog, "WCS")
    assert "94 (the new one cannot be compared with that of the input)" in wcs


def test_rule_14_wcss_nulled_by_the_pointing_fit(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """Unusable ones and outliers have causes of their own, and are warnings."""
    nowhere(reference.wcs_global.catalog, 93)
    by_id = {record.getId(): record for record in reference.wcs_global.catalog}
    by_id[95].setWcs(by_id[90].getWcs())
    with caplog.at_level(logging.INFO):
        task = run(reference, wcs_provider="global", do_refit_pointing=True)
    (wcs,) = lines(caplog, "WCS", logging.WARNING)
    assert "93 (it has no finite sky position for some pixels)" in wcs
    assert "95 [" in wcs
    assert "arcsec] (it is far from the fitted pointing)" in wcs
    assert counts(task)["lost_wcs"] == 3


def test_rule_14_failed_pointing_fit_is_reported(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """When no WCS is left, the log says why before the error ends the task."""
    options = {"wcs_provider": "global", "do_refit_pointing": True}
    task = reference.task(**options)
    for record in reference.wcs_global.catalog:
        if record.getWcs() is not None:
            nowhere(reference.wcs_global.catalog, record.getId())
    with caplog.at_level(logging.INFO), pytest.raises(NoVisitWcs):
        task.run(reference.summary, reference.exposures, **reference.overrides(**options))
    assert len(lines(caplog, "WCS", logging.WARNING)) == 1
    assert task.metadata["lost_wcs"] == 9


def test_rule_14_failed_detector_counts_everywhere(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """A nulled detector has lost every component."""
    reference.exposures[94].get().maskedImage.image.array[:] = np.nan
    options = {"background_provider": "replacement", "detector_failure": "null"}
    box = Box2I(Point2I(0, 0), Extent2I(100, 100))
    small = reference.exposures[94].get()[box]
    reference.exposures[94] = type(reference.exposures[94])(small, storageClass="ExposureF")
    with caplog.at_level(logging.INFO):
        task = run(reference, **options)
    assert task.metadata["failed_detectors"] == 1
    assert counts(task) == {
        "lost_psf": 3,
        "lost_ap_corr": 3,
        "lost_photo_calib": 1,
        "lost_wcs": 1,
        "lost_background": 1,
    }
    for component in ("PSF", "WCS", "background"):
        (line,) = lines(caplog, component, logging.WARNING)
        assert "94 (the update failed)" in line
