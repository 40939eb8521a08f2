"""Plans and updates of one detector: what they hold, and that they can leave the process."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsst.afw.detection import Psf
from lsst.afw.image import ApCorrMap, ExposureSummaryStats, PhotoCalib, VisitInfo
from lsst.daf.butler import Butler
from lsst.drp.tasks.update_visit_summary import Component, GlobalInput, updates
from lsst.drp.tasks.update_visit_summary.detector_update import (
    DetectorUpdate,
    fail_detector,
    update_detector,
)
from lsst.drp.tasks.update_visit_summary.overrides import Overrides
from lsst.drp.tasks.update_visit_summary.plan import DetectorPlan, plan_detector
from lsst.drp.tasks.update_visit_summary.row_statistics import RowStatistics
from reference_repo import make_reference_repo
from support.catalogs import row_values
from support.comparison import assert_objects_agree, component_names
from support.handles import RecordingHandle
from support.reference import Reference, expected_values

CONFIGURATIONS = tuple(expected_values()["configs"])


def overrides_of(reference: Reference) -> Overrides:
    """Return new components of every kind."""
    return Overrides(
        psf=GlobalInput(reference.psf_and_ap_corr),
        stars=reference.stars,
        ap_corr=GlobalInput(reference.psf_and_ap_corr),
        photo_calib=reference.photo_calib_tract,
        wcs=reference.wcs_tract,
        background_originals=reference.background_originals,
        background_overrides=reference.background_overrides,
    )


def plans_of(reference: Reference, overrides: Overrides) -> Iterator[DetectorPlan]:
    """Iterate over the plans of all detectors."""
    columns = RowStatistics(reference.summary.schema)
    for record in reference.summary:
        exposure = reference.exposures[record.getId()]
        yield plan_detector(record, columns.read(record), exposure, overrides, None)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_update_from_a_pickled_plan_gives_the_same_bits(
    reference: Reference, configuration: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plans go to another process, and updates come back, without a trace in the catalog."""
    options = expected_values()["configs"][configuration]
    expected = reference.run(**options)
    travelers = []

    def update_elsewhere(plan: DetectorPlan, task: Any) -> DetectorUpdate:
        travelers.append(plan.detector)
        return pickle.loads(pickle.dumps(update_detector(pickle.loads(pickle.dumps(plan)), task)))

    monkeypatch.setattr(updates, "update_detector", update_elsewhere)
    actual = reference.run(**options)
    assert travelers == list(reference.detectors)
    for one, other in zip(actual, expected, strict=True):
        assert row_values(one) == row_values(other)
        assert component_names(one) == component_names(other)
    assert assert_objects_agree(actual, expected) > 9 * 500


def test_objects_of_cpp_need_no_pickle(reference: Reference, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the real stack cannot be pickled, whatever the classes of this one can."""

    def refuse(self: object) -> None:
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    for cls in (ApCorrMap, ExposureSummaryStats, PhotoCalib, Psf, VisitInfo):
        monkeypatch.setattr(cls, "__reduce__", refuse)
    plan = next(plans_of(reference, overrides_of(reference)))
    for each in (plan.row.statistics, plan.row.psf, plan.row.photo_calib):
        with pytest.raises(TypeError, match="cannot pickle"):
            pickle.dumps(each)
    update = update_detector(plan, reference.task().compute_summary_stats)
    for row in (plan.row, update.row):
        copied = pickle.loads(pickle.dumps(row))
        np.testing.assert_equal(dataclasses.asdict(copied.statistics), dataclasses.asdict(row.statistics))
        assert copied.psf is not None


def test_update_needs_nothing_but_the_plan(reference: Reference) -> None:
    """The catalogs of the visit may be gone when a plan is carried out."""
    overrides = overrides_of(reference)
    packed = [pickle.dumps(plan) for plan in plans_of(reference, overrides)]
    statistics_task = reference.task().compute_summary_stats
    expected = [update_detector(plan, statistics_task) for plan in plans_of(reference, overrides)]
    del overrides
    for attribute in [name for name in vars(reference)]:
        delattr(reference, attribute)
    for content, update in zip(packed, expected, strict=True):
        again = update_detector(pickle.loads(content), statistics_task)
        assert again.diagnoses == update.diagnoses
        assert again.added == update.added or np.isnan(again.added.wcs_corner_max_offset.asRadians())
        assert numbers(again) == numbers(update)


def test_plan_with_handles_of_a_butler(reference: Reference, tmp_path: Path) -> None:
    """Another process reads the same files, with a butler of its own."""
    repo = make_reference_repo(tmp_path / "repo")
    task = reference.task().compute_summary_stats
    with Butler.from_config(repo.root, collections=repo.inputs) as butler:
        for name, dataset in (
            ("exposures", "calexp"),
            ("background_originals", "calexpBackground"),
            ("background_overrides", "skyCorr"),
        ):
            for detector in reference.detectors:
                data_id = {**repo.data_id, "detector": detector}
                getattr(reference, name)[detector] = butler.getDeferred(dataset, data_id)
        plan = next(plans_of(reference, overrides_of(reference)))
        again = pickle.loads(pickle.dumps(plan))
        # All handles of a plan have one butler, before and after.
        with again.exposure.butler as other:
            assert again.background_override.butler is other
            assert other is not butler
            assert numbers(update_detector(again, task)) == numbers(update_detector(plan, task))


def test_failed_detector_leaves_the_process_too(reference: Reference) -> None:
    """There is nothing left of it but its diagnoses."""
    update = fail_detector(reference.summary[0], OSError("damaged file"))
    again = pickle.loads(pickle.dumps(update))
    assert again.diagnoses == update.diagnoses
    assert numbers(again) == numbers(update)
    assert again.added.is_failed
    assert (again.row.psf, again.row.ap_corr_map, again.row.photo_calib, again.row.wcs) == (None,) * 4


def numbers(update: DetectorUpdate) -> dict[str, bytes]:
    """Return statistics to the last bit that a catalog has: most columns are float32."""
    values = dataclasses.asdict(update.row.statistics)
    return {name: np.asarray(value, dtype=np.float32).tobytes() for name, value in values.items()}


def test_update_does_not_modify_its_plan(reference: Reference) -> None:
    """Neither statistics nor stars nor pixels change, so that a plan can be carried out twice."""
    task = reference.task().compute_summary_stats
    for plan in plans_of(reference, overrides_of(reference)):
        before = dataclasses.asdict(plan.row.statistics)
        pixels = plan.exposure.get(component="image").array.copy()
        first = update_detector(plan, task)
        assert repr(dataclasses.asdict(plan.row.statistics)) == repr(before)
        assert np.array_equal(plan.exposure.get(component="image").array, pixels, equal_nan=True)
        assert numbers(update_detector(plan, task)) == numbers(first)


def test_plan_does_not_modify_the_row(reference: Reference) -> None:
    """What is chosen is in the plan only."""
    before = [row_values(record) for record in reference.summary]
    names = [component_names(record) for record in reference.summary]
    plans = list(plans_of(reference, overrides_of(reference)))
    assert [row_values(record) for record in reference.summary] == before
    assert [component_names(record) for record in reference.summary] == names
    assert all(plan.is_replaced(Component.WCS) for plan in plans)


@pytest.mark.parametrize("kind", [DetectorPlan, DetectorUpdate])
def test_values_are_frozen(kind: type[Any], reference: Reference) -> None:
    """Attributes cannot be set."""
    plan = next(plans_of(reference, Overrides()))
    value = plan if kind is DetectorPlan else update_detector(plan, reference.task().compute_summary_stats)
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.detector = 1


def test_plan_without_overrides_keeps_everything(reference: Reference) -> None:
    """Its components are those of the row."""
    for record, plan in zip(reference.summary, plans_of(reference, Overrides()), strict=True):
        assert not any(plan.is_replaced(c) for c in Component if c is not Component.DEPTH)
        assert (plan.row.psf is None) == (record.getPsf() is None)
        assert (plan.row.wcs is None) == (record.getWcs() is None)
        assert plan.stars is None
        assert plan.background_override is plan.background_original is None


def test_plan_reads_only_the_box(reference: Reference) -> None:
    """It is cheap: no plane is read, and no background."""
    recorded: list[RecordingHandle] = []
    for name in ("exposures", "background_originals", "background_overrides"):
        handles = getattr(reference, name)
        handles.update({detector: RecordingHandle(handle) for detector, handle in handles.items()})
        recorded += handles.values()
    list(plans_of(reference, overrides_of(reference)))
    requests = [request for handle in recorded for request in handle.requests]
    assert requests == ["bbox"] * len(reference.detectors)
