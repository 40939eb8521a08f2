"""Diagnoses from catalogs alone, and from the dataset that has them."""

from __future__ import annotations

import math
from typing import Any

import pytest
from astropy.table import Table

from lsst.drp.tasks.update_visit_summary import Component, Diagnosis, Outcome, PossiblyMultipleInput
from lsst.drp.tasks.update_visit_summary.report import (
    infer_diagnoses,
    make_component_table,
    read_diagnoses,
)
from lsst.geom import Box2I
from support.catalogs import by_detector, copy_catalog, without_detectors
from support.expected import expected_catalog
from support.reference import Reference
from support.reports import make_catalog, reference_result


def test_nothing_changed() -> None:
    """Two files with the same objects: all are kept."""
    diagnoses = infer_diagnoses(Reference().summary, Reference().summary)
    assert {diagnosis.outcome for diagnosis in diagnoses} == {Outcome.KEPT}
    assert len(diagnoses) == 9 * 5


def test_objects_of_many_classes_are_recognized() -> None:
    """A final summary, read twice: only columns with tracts say that its WCSs are new."""
    diagnoses = infer_diagnoses(expected_catalog("full"), expected_catalog("full"))
    kept = [Component.PSF, Component.AP_CORR, Component.PHOTO_CALIB, Component.BACKGROUND]
    assert {d.outcome for d in diagnoses if d.component in kept} == {Outcome.KEPT}
    assert {d.source for d in diagnoses if d.component is Component.WCS} >= {"tract 9813", "tract 10055"}
    assert len(diagnoses) == 9 * 6


@pytest.mark.parametrize("configuration", ["defaults", "full", "healpix_global", "tract_global_replacement"])
def test_catalogs_of_the_real_stack(configuration: str) -> None:
    """Components are there or not there as their catalog has them."""
    final = expected_catalog(configuration)
    diagnoses = infer_diagnoses(Reference().summary, final)
    getters = {
        Component.PSF: "getPsf",
        Component.AP_CORR: "getApCorrMap",
        Component.PHOTO_CALIB: "getPhotoCalib",
        Component.WCS: "getWcs",
    }
    rows = by_detector(final)
    for diagnosis in diagnoses:
        if diagnosis.component in getters:
            is_there = getattr(rows[diagnosis.detector], getters[diagnosis.component])() is not None
            assert is_there == (not diagnosis.outcome.is_loss)


def test_inference_agrees_with_the_task() -> None:
    """Outcomes, and the tracts of WCSs, as far as catalogs show them."""
    inferred = {
        (d.detector, d.component): d
        for d in infer_diagnoses(Reference().summary, reference_result().output_summary_catalog)
    }
    for exact in reference_result().diagnoses:
        if exact.component is Component.DEPTH:
            continue
        found = inferred.pop((exact.detector, exact.component))
        assert found.outcome is exact.outcome, exact
        if exact.component is Component.WCS and not exact.outcome.is_loss:
            assert exact.source == f"wcs_overrides, {found.source}"
    assert inferred == {}


@pytest.mark.parametrize(
    ("component", "setter", "source", "getter"),
    [
        (Component.PSF, "setPsf", "psf_and_ap_corr", "getPsf"),
        (Component.AP_CORR, "setApCorrMap", "psf_and_ap_corr", "getApCorrMap"),
        (Component.PHOTO_CALIB, "setPhotoCalib", "photo_calib_global", "getPhotoCalib"),
        (Component.WCS, "setWcs", "wcs_global", "getWcs"),
    ],
)
def test_one_component_changed(
    reference: Reference, component: Component, setter: str, source: str, getter: str
) -> None:
    """Another object, none any more, and one where there was none."""
    overrides = getattr(reference, source)
    if isinstance(overrides, PossiblyMultipleInput):
        ((_, overrides),) = overrides.catalogs()
    after = copy_catalog(reference.summary)
    new = by_detector(overrides)
    getattr(by_detector(after)[90], setter)(getattr(new[90], getter)())
    getattr(by_detector(after)[91], setter)(None)
    for old in (reference.summary, after):
        getattr(by_detector(old)[93], setter)(None)
    getattr(by_detector(reference.summary)[94], setter)(None)
    found = {(d.detector, d.component): d for d in infer_diagnoses(reference.summary, after)}
    outcomes = {d: found[d, component].outcome for d in reference.detectors}
    assert outcomes == dict.fromkeys(reference.detectors, Outcome.KEPT) | {
        90: Outcome.REPLACED,
        91: Outcome.MISSING,
        94: Outcome.REPLACED,
    }
    assert found[91, component].cause == "only the summary before has one"
    others = {d.outcome for d in found.values() if d.component is not component}
    assert others == {Outcome.KEPT}
    cells = make_component_table(found.values(), after)[component.value]
    assert list(cells[:5]) == ["replaced", "none: missing", "kept", "none", "replaced"]


class Row:
    """A row of a catalog whose PSF models cannot be used, as far as functions look at it."""

    def __init__(self, psf_sigma: float, psf: Any) -> None:
        self._values = {"psfSigma": psf_sigma}
        self._psf = psf
        self.schema = make_catalog(psfSigma=[]).schema

    def __getitem__(self, name: str) -> Any:
        return self._values.get(name, math.nan)

    def getId(self) -> int:
        return 7

    def getBBox(self) -> Box2I:
        return Box2I()

    def getPsf(self) -> Any:
        if isinstance(self._psf, Exception):
            raise self._psf
        return self._psf

    def getApCorrMap(self) -> None:
        return None

    def getPhotoCalib(self) -> None:
        return None

    def getWcs(self) -> None:
        return None


class Rows(list[Row]):
    """A catalog of such rows."""

    schema = make_catalog(psfSigma=[]).schema


def psf_of(before: Row, after: Row) -> Diagnosis:
    """Return what became of a PSF model."""
    return infer_diagnoses(Rows([before]), Rows([after]))[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("psf", [object(), RuntimeError("It is damaged.")])
def test_statistics_decide_about_objects_that_cannot_be_evaluated(psf: Any) -> None:
    """Such as models of packages that are not installed."""
    assert psf_of(Row(1.5, psf), Row(1.5, object())).outcome is Outcome.KEPT
    assert psf_of(Row(1.5, psf), Row(1.6, object())).outcome is Outcome.REPLACED


def test_objects_that_cannot_be_read_are_unusable() -> None:
    """The text of the error is kept."""
    diagnosis = psf_of(Row(1.5, object()), Row(1.5, RuntimeError("It is damaged.")))
    assert diagnosis.outcome is Outcome.UNUSABLE
    assert diagnosis.explanation == "RuntimeError: It is damaged."


def test_failed_detectors_are_recognized(reference: Reference) -> None:
    """By their flag: catalogs have no other trace of it."""
    del reference.background_overrides[92]
    reference.exposures[90] = type(reference.exposures[90])(None, storageClass="ExposureF")
    options = {"background_provider": "replacement", "detector_failure": "null"}
    final = reference.run(**options)
    diagnoses = infer_diagnoses(reference.summary, final)
    failed = {d.outcome for d in diagnoses if d.detector == 90}
    assert failed == {Outcome.FAILED}
    (background,) = [d for d in diagnoses if d.detector == 92 and d.component is Component.BACKGROUND]
    assert background.outcome is Outcome.MISSING
    assert background.cause == "only the summary before has statistics of it"


def test_detectors_that_only_one_catalog_has_are_left_out(reference: Reference) -> None:
    """Functions that need both say so themselves."""
    few = without_detectors(reference.summary, {90, 91})
    assert {d.detector for d in infer_diagnoses(few, reference.summary)} == set(reference.detectors) - {
        90,
        91,
    }


# -- Diagnoses from the dataset


def test_report_gives_its_diagnoses_back() -> None:
    """Figures, errors and notes have become part of the cause."""
    again = read_diagnoses(reference_result().summary_report)
    assert [
        (d.detector, d.component, d.outcome, d.source, d.explanation) for d in reference_result().diagnoses
    ] == [(d.detector, d.component, d.outcome, d.source, d.cause) for d in again]


def test_tables_that_are_no_reports_are_refused() -> None:
    with pytest.raises(ValueError, match="no columns component, outcome, source, cause; give a table"):
        read_diagnoses(Table({"detector": [1]}))


def test_reports_of_other_versions_are_refused() -> None:
    report = reference_result().summary_report.copy()
    report["outcome"] = ["vanished", *report["outcome"][1:]]
    message = r"not known here \(vanished\); read it with the version of this package that wrote it"
    with pytest.raises(ValueError, match=message):
        read_diagnoses(report)
