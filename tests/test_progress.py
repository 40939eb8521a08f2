"""What a run says: lines at its start and end, names of visit and detectors, warnings about oversights."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest

from lsst.drp.tasks.update_visit_summary import updates
from lsst.drp.tasks.update_visit_summary.progress import Stopwatch
from support.reference import Reference

VISIT = "Visit 2026032100001: "


def messages(reference: Reference, caplog: pytest.LogCaptureFixture, **options: Any) -> list[str]:
    """Run the task, and return what it and its subtasks said."""
    with caplog.at_level(logging.INFO):
        task = reference.task(**options)
        task.run(reference.summary, reference.exposures, **reference.overrides(**options))
    return [record.getMessage() for record in caplog.records]


def test_every_line_names_the_visit(reference: Reference, caplog: pytest.LogCaptureFixture) -> None:
    """Lines of several quanta can be told apart, those of subtasks included."""
    options = {"wcs_provider": "tract", "do_refit_pointing": True, "do_fit_sip_approximations": True}
    found = messages(reference, caplog, **options)
    assert len(found) > 10
    assert [message for message in found if not message.startswith(VISIT)] == []


def test_first_line_says_what_is_replaced_from_where(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """Catalogs of several regions are counted up."""
    first, *_ = messages(reference, caplog, wcs_provider="tract")
    assert first == (
        f"{VISIT}Updating 9 detectors, replacing PSF from psf_overrides, aperture correction from "
        "ap_corr_overrides, WCS from wcs_overrides (tract 9813, tract 10055), keeping photometric "
        "calibration, background."
    )


def test_last_line_has_times(reference: Reference, caplog: pytest.LogCaptureFixture) -> None:
    """The parts are no longer than the whole."""
    *_, last = messages(reference, caplog, background_provider="replacement", do_refit_pointing=True)
    total = re.fullmatch(rf"{VISIT}Updated 9 detectors in ([0-9.]+) s \((.*)\)\.", last)
    assert total is not None
    parts = {name: float(value) for name, value in re.findall(r"([A-Za-z ]+) ([0-9.]+) s", total[2])}
    assert {name.strip() for name in parts} >= {"reading", "PSF", "background", "depth", "pointing"}
    # Each is rounded to 0.1 s.
    assert sum(parts.values()) <= float(total[1]) + 0.05 * (len(parts) + 1)


def test_lines_of_the_star_selector_name_the_detector(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """It knows only a table of stars. Each selection is reported once."""
    selected = [message for message in messages(reference, caplog) if "Selected" in message]
    named = [int(re.findall(r"Detector (\d+): Selected", message)[0]) for message in selected]
    # 92 and 95 have no new PSF.
    assert named == sorted(set(reference.detectors) - {92, 95})


def test_selection_is_reported_once_without_a_grid(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """Stars of a detector without a good pixel on the grid of the PSF are selected by the task too."""
    mask = reference.exposures[93].get().mask
    step = reference.config().compute_summary_stats.psfGridSampling
    mask.array[::step, ::step] |= mask.getPlaneBitMask("NO_DATA")
    found = messages(reference, caplog)
    assert len([message for message in found if "Detector 93: Selected" in message]) == 1


def test_names_are_taken_back(reference: Reference, caplog: pytest.LogCaptureFixture) -> None:
    """After a run, also after one that fails, the tasks speak for themselves."""
    task = reference.task()
    reference.exposures[93].get().setFilter(None)
    overrides = reference.overrides()
    reference.exposures[94] = type(reference.exposures[94])(object(), storageClass="ExposureF")
    with pytest.raises(Exception, match="Detector 94"):
        task.run(reference.summary, reference.exposures, **overrides)
    with caplog.at_level(logging.INFO):
        for each in (task, task.compute_summary_stats, task.compute_summary_stats.starSelector):
            each.log.info("100%% of what is %s", "left")
    assert [record.getMessage() for record in caplog.records[-3:]] == ["100% of what is left"] * 3


def test_progress_is_reported(
    reference: Reference, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A visit that takes long says how far it is."""
    monkeypatch.setattr(updates, "PROGRESS_INTERVAL", -1.0)
    found = messages(reference, caplog)
    assert f"{VISIT}Updated 4 of 9 detectors." in found


@pytest.mark.parametrize(
    "options, argument",
    [
        ({"photo_calib_provider": "global"}, "photo_calib_overrides"),
        ({"wcs_provider": "healpix3"}, "wcs_overrides"),
        ({"background_provider": "replacement"}, "background_overrides"),
    ],
)
def test_forgotten_override(
    reference: Reference, caplog: pytest.LogCaptureFixture, options: dict[str, str], argument: str
) -> None:
    """What the configuration wants replaced is kept without an override, which one warning says."""
    with caplog.at_level(logging.WARNING):
        reference.task(**options).run(reference.summary, reference.exposures)
    (warning,) = [r.getMessage() for r in caplog.records if "is not given" in r.getMessage()]
    ((option, value),) = options.items()
    assert f"{option} is '{value}', but {argument} is not given" in warning


def test_stopwatch_counts_each_second_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time of a part is without that of the parts inside of it."""
    seconds = iter([0.0, 1.0, 3.0, 10.0, 11.0, 15.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(seconds))
    stopwatch = Stopwatch()
    with stopwatch.timing("outer"):
        with stopwatch.timing("inner"):
            pass
    with stopwatch.timing("inner"):
        pass
    assert stopwatch.durations == {"outer": 8.0, "inner": 6.0}
