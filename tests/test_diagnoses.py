"""Outcomes as data: one record for each detector and component, and the table of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lsst.drp.tasks.update_visit_summary import Component, Diagnosis, Outcome
from lsst.geom import Box2I, Extent2I, Point2I
from lsst.meas.astrom.refit_pointing import NoVisitWcs
from lsst.pipe.base import Struct
from support.catalogs import row_values
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


def test_report_is_off_by_default(reference: Reference) -> None:
    """Pipelines that exist already write what they wrote."""
    assert not hasattr(run(reference), "summary_report")
    assert row_values(run(reference).output_summary_catalog[0])
