"""What is left, and what is said, when something fails during the work."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.table import ExposureCatalog, ExposureRecord
from lsst.drp.tasks.update_visit_summary import DetectorUpdateError, GlobalInput, PerTractInput
from lsst.meas.astrom.refit_pointing import NoVisitWcs
from lsst.pipe.base import AnnotatedPartialOutputsError, RepeatableQuantumError, Struct
from support.catalogs import by_detector, row_values
from support.columns import WCS_STATISTICS, all_nan
from support.comparison import component_names
from support.quanta import QuantumStub, Ref, make_input_refs
from support.reference import DATA, NOTHING_IS_CONSISTENT, Reference
from support.wcss import nowhere


class DamagedHandle:
    """A handle whose dataset cannot be read; it has only ``get`` and a data ID."""

    def __init__(self, data_id: dict[str, int] | None = None) -> None:
        self.dataId = data_id  # noqa: N803 (the name of handles)

    def get(self, **_: Any) -> Any:
        """Raise, as a damaged file does."""
        raise OSError("damaged file calexp.fits")


def test_rule_12_finished_rows_survive_an_algorithm_error(reference: Reference) -> None:
    """Without a WCS for the pointing, everything else is in the result."""
    result = Struct()
    overrides = reference.overrides(**NOTHING_IS_CONSISTENT)
    with pytest.raises(NoVisitWcs):
        reference.task(**NOTHING_IS_CONSISTENT).run(
            reference.summary, reference.exposures, **overrides, result=result
        )
    catalog = result.output_summary_catalog
    assert [record.getId() for record in catalog] == list(reference.detectors)
    for record in catalog:
        assert record.getWcs() is None
        assert all_nan(record, WCS_STATISTICS)
    assert by_detector(catalog)[90]["psfSigma"] > 0.0
    assert by_detector(catalog)[90].getPsf() is not None


def test_rule_12_partial_outputs_are_annotated(reference: Reference) -> None:
    """The note of the middleware goes to the output, not to the input."""
    result = Struct()
    task = reference.task(**NOTHING_IS_CONSISTENT)
    before = reference.summary.getMetadata().toOrderedDict()
    with pytest.raises(NoVisitWcs) as caught:
        task.run(
            reference.summary,
            reference.exposures,
            **reference.overrides(**NOTHING_IS_CONSISTENT),
            result=result,
        )
    AnnotatedPartialOutputsError.annotate(caught.value, task, result.output_summary_catalog, log=task.log)
    assert "NoVisitWcs" in str(result.output_summary_catalog.getMetadata().toOrderedDict())
    assert reference.summary.getMetadata().toOrderedDict() == before


@pytest.mark.parametrize("step", ["refit_pointing", "fit_sip_approximations"])
def test_rule_12_finished_rows_survive_any_error(
    reference: Reference, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Whatever a step of the visit raises, rows and report are there."""
    options = {"wcs_provider": "global", "do_refit_pointing": True, "do_fit_sip_approximations": True}
    task, result = reference.task(**options), Struct()
    error = KeyboardInterrupt if step == "fit_sip_approximations" else ArithmeticError
    monkeypatch.setattr(getattr(task, step), "run", raising(error("something unforeseen")))
    with pytest.raises(error, match="something unforeseen"):
        task.run(reference.summary, reference.exposures, **reference.overrides(**options), result=result)
    rows = by_detector(result.output_summary_catalog)
    assert sorted(rows) == list(reference.detectors)
    assert rows[90]["psfSigma"] > 0.0
    # 97 has no WCS in the overrides.
    assert task.metadata["lost_wcs"] == 1


def raising(error: BaseException) -> Callable[..., Any]:
    """Return a function that raises an error, whatever its arguments."""

    def raise_it(*_: Any, **__: Any) -> Any:
        raise error

    return raise_it


@pytest.mark.parametrize("error", [ArithmeticError("unforeseen"), RuntimeError("two\nlines, é")])
def test_rule_12_any_error_is_annotated(
    reference: Reference, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception
) -> None:
    """Finished rows are put with a note on the error, and can be written; then the quantum fails."""
    options = {"wcs_provider": "global", "do_refit_pointing": True}
    task, quantum = reference.task(**options), QuantumStub()
    monkeypatch.setattr(task.refit_pointing, "run", raising(error))
    refs = make_input_refs(
        reference, wcs_overrides_global=Ref(reference.wcs_global.catalog), camera=Ref(reference.camera)
    )
    with pytest.raises(AnnotatedPartialOutputsError) as caught:
        task.runQuantum(quantum, refs, None)
    assert caught.value.__cause__ is error
    (put,) = quantum.outputs
    assert [record.getId() for record in put.output_summary_catalog] == list(reference.detectors)
    put.output_summary_catalog.writeFits(str(tmp_path / "partial.fits"))
    written = ExposureCatalog.readFits(str(tmp_path / "partial.fits"))
    # Names of header cards are upper case.
    assert written.getMetadata().get_dict("FAILURE")["TYPE"] == type(error).__name__


def test_error_before_rows_are_finished_puts_nothing(reference: Reference) -> None:
    """A visit that was refused has no catalog."""
    quantum = QuantumStub()
    reference.exposures[95] = DamagedHandle({"detector": 95})  # type: ignore[assignment]
    refs = make_input_refs(reference)
    with pytest.raises(DetectorUpdateError):
        reference.task().runQuantum(quantum, refs, None)
    assert not quantum.outputs


def test_rule_13_damaged_detector_raises_by_default(reference: Reference) -> None:
    """The message names detector, dataset and remedy; the cause is the error itself."""
    reference.exposures[95] = DamagedHandle()  # type: ignore[assignment]
    message = (
        r"Detector 95 cannot be updated with input_exposures \(OSError: damaged file calexp.fits\).*"
        "make that dataset again, or set detector_failure='null'"
    )
    with pytest.raises(DetectorUpdateError, match=message) as caught:
        reference.run()
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.detector == 95
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again)) == (DetectorUpdateError, str(caught.value))


def test_rule_13_errors_for_the_middleware_keep_their_class(
    reference: Reference, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What tells an executor not to try again still does, with the detector as a note."""
    task = reference.task()
    error = RepeatableQuantumError("no use to try again")
    monkeypatch.setattr(task.compute_summary_stats, "update_psf_stats", raising(error))
    with pytest.raises(RepeatableQuantumError, match="no use to try again") as caught:
        task.run(reference.summary, reference.exposures, **reference.overrides())
    assert any("Detector 90 cannot be updated with psf_overrides" in note for note in caught.value.__notes__)


class DamagedRow:
    """A row whose object cannot be read; its id and all other objects can."""

    def __init__(self, record: ExposureRecord, getter: str) -> None:
        self._record = record
        self._getter = getter

    def __getattr__(self, name: str) -> Any:
        if name == self._getter:
            return raising(OSError("damaged object"))
        return getattr(self._record, name)


class DamagedCatalog:
    """Rows of a catalog that take themselves for one, though they can only be iterated over.

    Parameters
    ----------
    catalog : `lsst.afw.table.ExposureCatalog`
        The other one.
    detectors : `~collections.abc.Collection` [`int`]
        Detectors whose rows have an object that cannot be read.
    getter : `str`
        Getter of the object.
    """

    def __init__(self, catalog: ExposureCatalog, detectors: Collection[int], getter: str) -> None:
        self._rows = [DamagedRow(r, getter) if r.getId() in detectors else r for r in catalog]

    @property
    def __class__(self) -> type[Any]:
        """Return the class that ``isinstance`` sees."""
        return ExposureCatalog

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)


OVERRIDES = {
    "psf": ("getPsf", "psf_overrides"),
    "ap_corr": ("getApCorrMap", "ap_corr_overrides"),
    "wcs": ("getWcs", "wcs_overrides"),
    "photo_calib": ("getPhotoCalib", "photo_calib_overrides"),
}


@pytest.mark.parametrize("failure", ["null", "raise"])
@pytest.mark.parametrize("component", OVERRIDES)
def test_rule_13_override_that_cannot_be_read(reference: Reference, component: str, failure: str) -> None:
    """It costs its detector, or the visit with a message that names it."""
    options = {"wcs_provider": "global", "photo_calib_provider": "global", "detector_failure": failure}
    getter, argument = OVERRIDES[component]
    overrides = reference.overrides(**options)
    source = overrides[argument]
    rows: Any = DamagedCatalog(source.catalog if isinstance(source, GlobalInput) else source, [94], getter)
    overrides[argument] = GlobalInput(rows) if isinstance(source, GlobalInput) else rows
    task = reference.task(**options)
    if failure == "raise":
        with pytest.raises(DetectorUpdateError, match=f"Detector 94 cannot be updated with {argument}"):
            task.run(reference.summary, reference.exposures, **overrides)
        return
    output = task.run(reference.summary, reference.exposures, **overrides).output_summary_catalog
    assert [record.getId() for record in output if record["update_failed"]] == [94]
    assert component_names(by_detector(output)[94]) == ["ValidPolygon", "VisitInfo"]
    assert task.metadata["failed_detectors"] == 1


def test_rule_13_tract_of_an_unreadable_wcs_is_named(reference: Reference) -> None:
    """Where there are several catalogs, the message says which one is damaged."""
    (tract, catalog), *others = reference.wcs_tract.catalogs_by_tract
    rows: Any = DamagedCatalog(catalog, [93], "getWcs")
    reference.wcs_tract = PerTractInput([(tract, rows), *others])
    with pytest.raises(DetectorUpdateError, match=f"with wcs_overrides .*tract {tract.tract_id}"):
        reference.run(wcs_provider="tract")


def test_objects_of_tracts_that_are_not_chosen_stay_unread(reference: Reference) -> None:
    """A damaged calibration of the tract that is farther away is nobody's problem."""
    options = {"wcs_provider": "tract", "photo_calib_provider": "tract"}
    whole = by_detector(reference.run(**options))
    chosen = {detector: row["photoCalibTractId"] for detector, row in whole.items()}
    damaged: list[Any] = []
    for tract, catalog in reference.photo_calib_tract.catalogs_by_tract:
        others = [row.getId() for row in catalog if chosen[row.getId()] != tract.tract_id]
        assert others
        damaged.append((tract, DamagedCatalog(catalog, others, "getPhotoCalib")))
    reference.photo_calib_tract = PerTractInput(damaged)
    for detector, row in by_detector(reference.run(**options)).items():
        assert row_values(row) == row_values(whole[detector])


def test_rule_13_object_of_the_summary_that_cannot_be_read(reference: Reference, tmp_path: Path) -> None:
    """A file whose archive is damaged costs one detector where objects are read one by one."""
    path = tmp_path / "visitSummary.fits"
    lose_rows_of_object(DATA / "visitSummary.fits", "photoCalib", 94, path)
    try:
        reference.summary = ExposureCatalog.readFits(str(path))
    except pex_exceptions.Exception:
        # The C++ stack reads all objects with the file: no task gets such a catalog.
        return
    with pytest.raises(
        DetectorUpdateError, match="Detector 94 cannot be updated with the PhotoCalib of its row"
    ):
        reference.run()
    output = reference.run(detector_failure="null")
    assert [record.getId() for record in output if record["update_failed"]] == [94]
    output.writeFits(str(tmp_path / "final.fits"))
    assert by_detector(ExposureCatalog.readFits(str(tmp_path / "final.fits")))[94].getPhotoCalib() is None


def lose_rows_of_object(source: Path, column: str, detector: int, target: Path) -> None:
    """Copy a catalog so that an object refers to rows that its table does not have."""
    with fits.open(source, memmap=False) as hdus:
        rows, index = hdus[1].data, hdus[2].data
        archive_id = rows[column][list(rows["id"]).index(detector)]
        index["row0"][index["id"] == archive_id] = 10**6
        hdus.writeto(target)


def test_damaged_detector_does_not_cost_the_visit(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """It has a flag and nothing else; the other detectors are as without it."""
    options = {"wcs_provider": "tract", "photo_calib_provider": "tract", "detector_failure": "null"}
    whole = by_detector(reference.run(**options))
    reference.exposures[95] = DamagedHandle()  # type: ignore[assignment]
    with caplog.at_level(logging.ERROR):
        rows = by_detector(reference.run(**options))
    assert component_names(rows[95]) == ["ValidPolygon", "VisitInfo"]
    assert all_nan(rows[95], [*WCS_STATISTICS, "psfSigma", "zeroPoint", "skyBg", "magLim", "effTime"])
    assert rows[95]["nPsfStar"] == 0
    assert (rows[95]["wcsTractId"], rows[95]["photoCalibTractId"]) == (-1, -1)
    assert [d for d, row in rows.items() if row["update_failed"]] == [95]
    assert not any(row["update_failed"] for row in whole.values())
    for detector in set(rows) - {95}:
        assert row_values(rows[detector]) == row_values(whole[detector])
    assert "Detector 95 failed" in caplog.text
    assert "damaged file calexp.fits" in caplog.text


def test_visit_of_damaged_detectors_fails(reference: Reference) -> None:
    """A summary without any detector is no summary."""
    for detector in reference.detectors:
        reference.exposures[detector] = DamagedHandle()  # type: ignore[assignment]
    with pytest.raises(RuntimeError, match="All 9 detectors of the visit failed"):
        reference.run(detector_failure="null")


def test_B3_wcs_without_sky_is_nulled_before_the_pointing_fit(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """A WCS that gives NaN takes no part, and leaves no statistics (B3)."""
    nowhere(reference.wcs_global.catalog, 93)
    with caplog.at_level(logging.WARNING):
        output = reference.run(wcs_provider="global", do_refit_pointing=True)
    # 97 has none to begin with.
    assert "No usable WCS for 2 of 9 detectors: 93 (it has no finite" in caplog.text
    assert "; 97 (wcs_overrides has none)." in caplog.text
    rows = by_detector(output)
    assert rows[93].getWcs() is None
    assert all_nan(rows[93], WCS_STATISTICS)
    assert rows[94].getWcs() is not None
    assert np.isfinite(rows[94]["wcs_visit_pointing_residual"].asRadians())
