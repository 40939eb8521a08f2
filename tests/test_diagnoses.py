"""Outcomes as data: one record for each detector and component, and the table of them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest

from lsst.afw.detection import InvalidPsfError
from lsst.afw.table import ExposureCatalog
from lsst.daf.butler.formatters.parquet import arrow_to_astropy, astropy_to_arrow
from lsst.drp.tasks.update_visit_summary import (
    Component,
    Diagnosis,
    Figure,
    Outcome,
    UpdateVisitSummaryTask,
    visit_steps,
)
from lsst.drp.tasks.update_visit_summary.report import make_report
from lsst.drp.tasks.update_visit_summary.row_statistics import RowStatistics
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.meas.astrom.refit_pointing import NoVisitWcs
from lsst.pipe.base import Struct
from support.catalogs import copy_catalog, row_values
from support.reference import Reference, expected_values
from support.wcss import nowhere

CONFIGURATIONS = tuple(expected_values()["configs"])

GETTERS = {
    Component.PSF: "getPsf",
    Component.AP_CORR: "getApCorrMap",
    Component.PHOTO_CALIB: "getPhotoCalib",
    Component.WCS: "getWcs",
}


def run(reference: Reference, **options: Any) -> Struct:
    """Return all results of a task."""
    task = reference.task(**options)
    return task.run(reference.summary, reference.exposures, **reference.overrides(**options))


def by_key(result: Struct) -> dict[tuple[int, Component], Diagnosis]:
    """Return the diagnoses of a result, of which no two are about the same."""
    found = {(diagnosis.detector, diagnosis.component): diagnosis for diagnosis in result.diagnoses}
    assert len(found) == len(result.diagnoses)
    return found


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_one_record_for_each_detector_and_component(reference: Reference, configuration: str) -> None:
    """Outcomes agree with the rows of the catalog, in every configuration."""
    options = expected_values()["configs"][configuration]
    result = run(reference, **options)
    found = by_key(result)
    components = set(Component)
    if not options.get("do_fit_sip_approximations", False):
        components -= {Component.SIP_APPROXIMATION}
    assert set(found) == {(d, component) for d in reference.detectors for component in components}
    for before, after in zip(reference.summary, result.output_summary_catalog, strict=True):
        for component, getter in GETTERS.items():
            diagnosis = found[after.getId(), component]
            is_there = getattr(after, getter)() is not None
            match diagnosis.outcome:
                case Outcome.KEPT:
                    assert is_there == (getattr(before, getter)() is not None)
                    assert diagnosis.source == "input_summary_catalog"
                case Outcome.REPLACED:
                    assert is_there
                    assert diagnosis.source.startswith(f"{component.value}_overrides")
                    assert diagnosis.cause == ""
                case _:
                    assert not is_there
                    assert diagnosis.cause


def test_sources_name_regions(reference: Reference) -> None:
    """They are those of the columns."""
    options = {"wcs_provider": "healpix3", "photo_calib_provider": "tract"}
    result = run(reference, **options)
    found = by_key(result)
    for record in result.output_summary_catalog:
        wcs, calib = (found[record.getId(), c] for c in (Component.WCS, Component.PHOTO_CALIB))
        if wcs.outcome is Outcome.REPLACED:
            assert wcs.source == f"wcs_overrides, HEALPix pixel {record['wcsSkypixId']}"
        if calib.outcome is Outcome.REPLACED:
            assert calib.source == f"photo_calib_overrides, tract {record['photoCalibTractId']}"


def test_rejected(reference: Reference) -> None:
    """Offset and threshold are figures, the same as in the catalog."""
    options = {"wcs_provider": "global", "wcs_consistency_threshold": 1e-9}
    result = run(reference, **options)
    found = by_key(result)
    rejected = 0
    for record in result.output_summary_catalog:
        diagnosis = found[record.getId(), Component.WCS]
        if diagnosis.outcome is Outcome.REJECTED:
            offset, threshold = diagnosis.figures
            assert offset.value == record["wcs_corner_max_offset"].asArcseconds()
            assert threshold.value == 1e-9
            assert {offset.unit, threshold.unit} == {"arcsec"}
            rejected += 1
    assert rejected == 8


def test_nulled_later(reference: Reference) -> None:
    """What the pointing fit removes has its residual; the source is still known."""
    nowhere(reference.wcs_global.catalog, 93)
    by_id = {record.getId(): record for record in reference.wcs_global.catalog}
    by_id[95].setWcs(by_id[90].getWcs())
    found = by_key(run(reference, wcs_provider="global", do_refit_pointing=True))
    without_value, outlier = found[93, Component.WCS], found[95, Component.WCS]
    assert without_value.outcome is outlier.outcome is Outcome.NULLED_LATER
    assert without_value.source == outlier.source == "wcs_overrides"
    (residual,) = outlier.figures
    assert (residual.name, residual.unit) == ("residual", "arcsec")
    assert residual.value > 1.0
    assert without_value.figures == ()


def test_failed(reference: Reference) -> None:
    """All components of the detector are lost, with the text of the error."""
    small = reference.exposures[94].get()[Box2I(Point2I(0, 0), Extent2I(100, 100))]
    reference.exposures[94] = type(reference.exposures[94])(small, storageClass="ExposureF")
    options = {"background_provider": "replacement", "detector_failure": "null"}
    found = by_key(run(reference, **options))
    for component in Component:
        if component is not Component.SIP_APPROXIMATION:
            diagnosis = found[94, component]
            assert diagnosis.outcome is Outcome.FAILED
            assert "background_overrides" in diagnosis.error
            assert diagnosis.error in diagnosis.explanation
            assert found[93, component].outcome is not Outcome.FAILED


def test_notes_tell_why_statistics_have_no_value(reference: Reference) -> None:
    """They belong to a component that is there all the same."""
    mask = reference.exposures[93].get().mask
    mask.array[:] = mask.getPlaneBitMask("NO_DATA")
    diagnosis = by_key(run(reference))[93, Component.PSF]
    assert diagnosis.outcome is Outcome.REPLACED
    (note,) = diagnosis.notes
    assert "all points of the PSF grid are masked" in note
    assert note in diagnosis.explanation


def test_failure_after_rows_were_finished(reference: Reference) -> None:
    """A caller's own result has all diagnoses, those of the step that failed included."""
    options = {
        "wcs_provider": "global",
        "do_refit_pointing": True,
        "do_fit_sip_approximations": True,
        "do_write_report": True,
    }
    for record in reference.wcs_global.catalog:
        if record.getWcs() is not None:
            nowhere(reference.wcs_global.catalog, record.getId())
    result = Struct()
    with pytest.raises(NoVisitWcs):
        reference.task(**options).run(
            reference.summary, reference.exposures, **reference.overrides(**options), result=result
        )
    found = by_key(result)
    assert set(found) == {(d, component) for d in reference.detectors for component in Component}
    outcomes = [found[d, Component.WCS].outcome for d in reference.detectors]
    assert outcomes.count(Outcome.NULLED_LATER) == 8
    assert outcomes.count(Outcome.MISSING) == 1
    assert len(result.summary_report) == len(result.diagnoses)


def without_usable_psfs(function: Callable[..., None]) -> Callable[..., None]:
    """Return a computation of PSF statistics that no model has a value for."""

    def call(summary: Any, psf: Any, *args: Any, **kwargs: Any) -> None:
        if psf is not None:
            raise InvalidPsfError("no value at this position")
        function(summary, psf, *args, **kwargs)

    return call


class WithoutMetadata:
    """A handle whose metadata cannot be read; all else is that of another one."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def get(self, *, component: str | None = None) -> Any:
        """Return a component."""
        if component == "metadata":
            raise OSError("damaged file")
        return self._handle.get(component=component)


def test_unusable(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PSF of the input that has no value is still there, and counts as lost."""
    task = reference.task()
    compute = task.compute_summary_stats
    monkeypatch.setattr(compute, "update_psf_stats", without_usable_psfs(compute.update_psf_stats))
    ap_corr = reference.psf_and_ap_corr
    result = task.run(reference.summary, reference.exposures, ap_corr_overrides=ap_corr)
    found = by_key(result)
    for record in result.output_summary_catalog:
        diagnosis = found[record.getId(), Component.PSF]
        assert diagnosis.outcome is Outcome.UNUSABLE
        assert diagnosis.source == "input_summary_catalog"
        assert diagnosis.explanation.count("the PSF cannot be evaluated") == 1
        assert diagnosis.explanation.endswith("so psfApCorrSigmaScaledDelta is NaN")
        assert record.getPsf() is not None
    assert task.metadata["lost_psf"] == 9


def test_unusable_before_a_failure(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    """The failure takes it all, and only that is told."""
    task = reference.task(detector_failure="null")
    compute = task.compute_summary_stats
    monkeypatch.setattr(compute, "update_psf_stats", without_usable_psfs(compute.update_psf_stats))
    reference.exposures[94] = WithoutMetadata(reference.exposures[94])  # type: ignore[assignment]
    result = task.run(reference.summary, reference.exposures, **reference.overrides())
    found = by_key(result)
    diagnosis = found[94, Component.PSF]
    assert diagnosis.outcome is Outcome.FAILED
    assert diagnosis.notes == ()
    assert "damaged file" in diagnosis.error
    assert found[93, Component.PSF].outcome is Outcome.UNUSABLE
    (row,) = [record for record in result.output_summary_catalog if record.getId() == 94]
    assert row.getPsf() is None


WITH_VISIT_STEPS = {"wcs_provider": "global", "do_refit_pointing": True, "do_fit_sip_approximations": True}
"""Options of a visit of which every step is done."""


def fail(reference: Reference, error: type[BaseException], task: UpdateVisitSummaryTask) -> Struct:
    """Return what is left of a visit with all steps, of which one raises an error."""
    result = Struct()
    with pytest.raises(error):
        task.run(
            reference.summary, reference.exposures, **reference.overrides(**WITH_VISIT_STEPS), result=result
        )
    return result


def raising(error: type[BaseException], after: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that raises an error from some call on."""
    calls = []

    def call(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        if len(calls) > after:
            raise error("something unforeseen")
        return function(*args, **kwargs)

    return call


def test_approximations_when_the_pointing_fit_fails(
    reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Detectors with a WCS end without approximation; those without have nothing to approximate."""
    nowhere(reference.wcs_global.catalog, 93)
    task = reference.task(**WITH_VISIT_STEPS)
    monkeypatch.setattr(task.refit_pointing, "run", raising(ArithmeticError, 0, task.refit_pointing.run))
    found = by_key(fail(reference, ArithmeticError, task))
    outcomes = {d: found[d, Component.SIP_APPROXIMATION].outcome for d in reference.detectors}
    # 97 has no WCS in the overrides.
    expected = {d: Outcome.KEPT if d in (93, 97) else Outcome.MISSING for d in reference.detectors}
    assert outcomes == expected
    assert task.metadata["lost_sip_approximation"] == 7
    assert {found[d, Component.SIP_APPROXIMATION].source for d in reference.detectors} == {
        "fit_sip_approximations"
    }


def test_approximations_when_no_wcs_is_left(reference: Reference) -> None:
    """The loss is that of the WCSs."""
    for record in reference.wcs_global.catalog:
        nowhere(reference.wcs_global.catalog, record.getId())
    task = reference.task(**WITH_VISIT_STEPS)
    fail(reference, NoVisitWcs, task)
    assert task.metadata["lost_wcs"] == 9
    assert task.metadata["lost_sip_approximation"] == 0


def test_wcss_nulled_before_an_error(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was removed has its cause, and no statistics, even if the loop over WCSs is not finished."""
    nowhere(reference.wcs_global.catalog, 91)
    check = raising(ArithmeticError, 3, visit_steps._is_finite)
    monkeypatch.setattr(visit_steps, "_is_finite", check)
    result = fail(reference, ArithmeticError, reference.task(**WITH_VISIT_STEPS))
    diagnosis = by_key(result)[91, Component.WCS]
    assert diagnosis.outcome is Outcome.NULLED_LATER
    assert diagnosis.cause == "it has no finite sky position for some pixels"
    (row,) = [record for record in result.output_summary_catalog if record.getId() == 91]
    assert row.getWcs() is None
    assert np.isnan(row["ra"])
    assert np.isnan(row["pixelScale"])


def test_approximations_before_an_interruption(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are in the catalog are known to be."""
    task = reference.task(**WITH_VISIT_STEPS)
    fit = task.fit_sip_approximations
    monkeypatch.setattr(fit, "run", raising(KeyboardInterrupt, 3, fit.run))
    result = fail(reference, KeyboardInterrupt, task)
    found = by_key(result)
    fitted = [np.isfinite(record["wcs_sip_delta_pixel"]) for record in result.output_summary_catalog]
    assert sum(fitted) == 3
    for record, is_fitted in zip(result.output_summary_catalog, fitted, strict=True):
        outcome = found[record.getId(), Component.SIP_APPROXIMATION].outcome
        assert (outcome is Outcome.REPLACED) == is_fitted


def test_approximation_that_cannot_be_fitted(
    reference: Reference, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The text of the error is in the record, and in the log."""
    options = {"wcs_provider": "global", "do_fit_sip_approximations": True}
    task = reference.task(**options)
    fit = task.fit_sip_approximations
    monkeypatch.setattr(fit, "run", raising(ArithmeticError, 6, fit.run))
    with caplog.at_level(logging.WARNING):
        result = task.run(reference.summary, reference.exposures, **reference.overrides(**options))
    diagnosis = by_key(result)[96, Component.SIP_APPROXIMATION]
    assert diagnosis.outcome is Outcome.FAILED
    assert diagnosis.error == diagnosis.explanation == "ArithmeticError: something unforeseen"
    line = "No usable SIP approximation for 2 of 9 detectors: 96, 98 (ArithmeticError: something unforeseen)."
    assert line in caplog.text


OFFSET, THRESHOLD = Figure("offset", 0.25, "arcsec"), Figure("threshold", 0.1, "arcsec")


@pytest.mark.parametrize(
    "parts, explanation",
    [
        ({}, ""),
        ({"figures": (OFFSET,)}, "offset 0.25 arcsec"),
        (
            {"cause": "it moves", "figures": (OFFSET, THRESHOLD)},
            "it moves (offset 0.25 arcsec, threshold 0.1 arcsec)",
        ),
        ({"cause": "the update failed", "error": "OSError: no"}, "the update failed: OSError: no"),
        ({"error": "OSError: no"}, "OSError: no"),
        ({"cause": "no PSF", "notes": ("no PSF", "masked")}, "no PSF; masked"),
        ({"notes": ("masked", "skyBg is zero")}, "masked; skyBg is zero"),
    ],
)
def test_explanations(parts: dict[str, Any], explanation: str) -> None:
    """They have all that is known, and nothing around it."""
    assert Diagnosis(90, Component.WCS, Outcome.KEPT, **parts).explanation == explanation


def test_report(reference: Reference) -> None:
    """Rows are the diagnoses; statistics are those of the two catalogs."""
    options = {"wcs_provider": "tract", "do_write_report": True}
    result = run(reference, **options)
    report = result.summary_report
    assert report.colnames[:5] == ["detector", "component", "outcome", "source", "cause"]
    rows = list(zip(report["detector"], report["component"], report["outcome"], strict=True))
    assert rows == [(d.detector, d.component.value, d.outcome.value) for d in result.diagnoses]
    pairs = {"before": reference.summary, "after": result.output_summary_catalog}
    for suffix, catalog in pairs.items():
        records = {record.getId(): record for record in catalog}
        for name in ("psfSigma", "zeroPoint", "nPsfStar", "raCorners", "magLim"):
            for row in report:
                expected = records[row["detector"]][name]
                assert np.array_equal(row[f"{name}_{suffix}"], expected, equal_nan=True)
    assert report["psfSigma_after"].unit == "pixel"
    assert report["magLim_before"].unit == "mag"


AWKWARD = ["", "x" * 5000, "two\nlines\r\n\ttab", "é ☃ \"quoted\", 'twice'", "NaN", "None", "caf\udce9.fits"]
"""Texts that a file might not give back."""


def assert_report_can_be_stored(reference: Reference, summary: ExposureCatalog, path: Path) -> None:
    """Check that a report of a catalog comes back from a file of the butler as it was."""
    columns = RowStatistics(summary.schema)
    statistics = {record.getId(): columns.read(record) for record in summary}
    diagnoses = [
        Diagnosis(record.getId(), Component.WCS, Outcome.FAILED, text, text, error=text)
        for record in summary
        for text in AWKWARD
    ]
    report = make_report(diagnoses, statistics, statistics, columns.units)
    pyarrow.parquet.write_table(astropy_to_arrow(report), path)
    again = arrow_to_astropy(pyarrow.parquet.read_table(path))
    assert again.colnames == report.colnames
    assert len(again) == len(AWKWARD) * len(summary)
    for name in report.colnames:
        is_number = report[name].dtype.kind == "f"
        assert np.array_equal(again[name], report[name], equal_nan=is_number)
        assert again[name].unit == report[name].unit


def test_report_can_be_stored(reference: Reference, tmp_path: Path) -> None:
    """Whatever its texts are."""
    assert_report_can_be_stored(reference, reference.summary, tmp_path / "report.parq")


def test_report_of_an_empty_summary_can_be_stored(reference: Reference, tmp_path: Path) -> None:
    """It has all columns, without rows."""
    assert_report_can_be_stored(reference, copy_catalog(reference.summary, []), tmp_path / "report.parq")


def test_report_of_an_old_summary_can_be_stored(reference: Reference, tmp_path: Path) -> None:
    """It lacks the statistics that the summary has no columns for."""
    schema = ExposureCatalog.Table.makeMinimalSchema()
    schema.addField("psfSigma", type="F", doc="Width of the PSF.", units="pixel")
    old = ExposureCatalog(schema)
    for record in reference.summary:
        old.addNew().setId(record.getId())
    assert_report_can_be_stored(reference, old, tmp_path / "report.parq")
    report = make_report([], {}, {}, RowStatistics(schema).units)
    assert report.colnames[5:] == ["psfSigma_before", "psfSigma_after"]


def test_report_is_off_by_default(reference: Reference) -> None:
    """Pipelines that exist already write what they wrote."""
    assert not hasattr(run(reference), "summary_report")
    assert row_values(run(reference).output_summary_catalog[0])
