"""What is wrong with the inputs is said at once, all of it, before any work."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lsst.afw.detection
import lsst.geom
from lsst.afw.table import ExposureCatalog
from lsst.drp.tasks.update_visit_summary import (
    DetectorUpdateError,
    GlobalInput,
    InvalidInputsError,
    PerTractInput,
    UpdateVisitSummaryTask,
)
from lsst.meas.algorithms import ImagePsf
from lsst.pex.config import FieldValidationError
from support.catalogs import row_values, with_duplicate, without_detectors
from support.handles import RecordingHandle
from support.reference import Reference


def refuse(reference: Reference, options: dict[str, Any], **changes: Any) -> InvalidInputsError:
    """Run with changed arguments; check that nothing was read before the refusal."""
    exposures = {d: RecordingHandle(h) for d, h in reference.exposures.items()}
    arguments: dict[str, Any] = {
        "input_summary_catalog": reference.summary,
        "input_exposures": exposures,
        **reference.overrides(**options),
    }
    arguments |= {
        name: change(arguments[name]) if callable(change) else change for name, change in changes.items()
    }
    with pytest.raises(InvalidInputsError) as caught:
        reference.task(**options).run(**arguments)
    assert not any(handle.requests for handle in exposures.values())
    return caught.value


def dropping(*detectors: int) -> Callable[[dict[int, Any]], dict[int, Any]]:
    """Return a function that drops the handles of some detectors."""
    return lambda handles: {d: h for d, h in handles.items() if d not in detectors}


def test_missing_exposures_are_all_listed(reference: Reference) -> None:
    """Every detector of the summary without exposure is named, and what to do."""
    error = refuse(reference, {}, input_exposures=dropping(91, 95, 98))
    assert len(error.problems) == 1
    assert "input_exposures has no handle for detectors 91, 95, 98" in str(error)
    assert "take the rows out of the summary" in str(error)


def test_missing_star_catalog(reference: Reference) -> None:
    """PSF overrides need the stars they were made from."""
    error = refuse(reference, {}, psf_star_catalog=None)
    assert error.problems == (
        "psf_star_catalog is missing although psf_overrides is given; "
        "give the table of stars that the PSF models were made from.",
    )


def test_star_catalog_without_columns(reference: Reference) -> None:
    """All missing columns are named."""
    stars = reference.stars.copy()
    stars.remove_columns(["slot_Shape_xy", "detector", "slot_PsfFlux_instFluxErr"])
    error = refuse(reference, {}, psf_star_catalog=lambda _: stars)
    assert len(error.problems) == 1
    assert "lacks the columns detector, slot_PsfFlux_instFluxErr, slot_Shape_xy;" in str(error)


def test_duplicate_detectors_in_any_catalog(reference: Reference) -> None:
    """Duplicates of all catalogs are reported together."""
    options = {"wcs_provider": "tract", "photo_calib_provider": "global"}
    error = refuse(
        reference,
        options,
        input_summary_catalog=lambda c: with_duplicate(c, 93),
        psf_overrides=lambda c: with_duplicate(c, 90),
        photo_calib_overrides=lambda s: GlobalInput(with_duplicate(s.catalog, 94)),
        wcs_overrides=lambda s: PerTractInput(
            [(tract, with_duplicate(catalog, 92)) for tract, catalog in s.catalogs_by_tract]
        ),
    )
    for text in (
        "input_summary_catalog has several rows for detectors 93 of the visit",
        "psf_overrides has several rows for detectors 90 of the visit",
        "photo_calib_overrides has several rows for detectors 94 of the visit",
        "wcs_overrides has several rows for detectors 92 of tract 9813",
        "wcs_overrides has several rows for detectors 92 of tract 10055",
    ):
        assert text in str(error)


def test_summary_without_needed_columns(reference: Reference) -> None:
    """A summary that is not of the schema of the init-input is refused."""
    error = refuse(reference, {}, input_summary_catalog=lambda _: reference.psf_and_ap_corr)
    assert "input_summary_catalog lacks the column" in str(error)
    assert "psfSigma" in str(error)


def test_all_problems_come_together(reference: Reference) -> None:
    """Problems of different kinds are in one error."""
    error = refuse(reference, {}, input_exposures=dropping(91), psf_star_catalog=None)
    assert len(error.problems) == 2


def test_plain_catalog_as_wcs_overrides(reference: Reference) -> None:
    """The message says how to wrap it."""
    error = refuse(reference, {"wcs_provider": "global"}, wcs_overrides=lambda source: source.catalog)
    assert "GlobalInput(catalog)" in str(error)


def test_overrides_of_another_provider(reference: Reference) -> None:
    """Output columns follow from the configuration, so it has to agree."""
    error = refuse(reference, {"wcs_provider": "tract"}, wcs_overrides=lambda _: reference.wcs_global)
    assert "wcs_provider='tract'" in str(error)
    error = refuse(reference, {}, wcs_overrides=reference.wcs_global)
    assert "wcs_provider='input_summary'" in str(error)


def test_background_of_another_size(reference: Reference) -> None:
    """A background that was not made from the exposure names the detector."""
    overrides = reference.overrides(background_provider="replacement")
    exposure = reference.exposures[94].get()
    box = lsst.geom.Box2I(exposure.getBBox().getMin(), lsst.geom.Extent2I(100, 100))
    reference.exposures[94] = type(reference.exposures[94])(exposure[box], storageClass="ExposureF")
    message = "Detector 94 cannot be updated with background_overrides .*but the exposure has"
    with pytest.raises(DetectorUpdateError, match=message):
        reference.task(background_provider="replacement").run(
            reference.summary, reference.exposures, **overrides
        )


def test_no_init_input(reference: Reference) -> None:
    """The task cannot know its output schema without that of its input."""
    with pytest.raises(RuntimeError, match="input_summary_schema"):
        UpdateVisitSummaryTask(config=reference.config())


def test_output_as_input(reference: Reference) -> None:
    """An output of the task is not accepted as its input."""
    output = reference.run(wcs_provider="tract")
    with pytest.raises(RuntimeError, match="wcsTractId, wcs_corner_max_offset"):
        UpdateVisitSummaryTask(
            config=reference.config(wcs_provider="tract"), initInputs={"input_summary_schema": output}
        )


@pytest.mark.parametrize(
    "provider", ["tracts", "", "healpix3xyz", "healpix", "healpix-1", "healpix03", "healpix99", "Global"]
)
def test_unknown_provider(reference: Reference, provider: str) -> None:
    """A malformed provider is refused where it is set."""
    with pytest.raises(FieldValidationError, match="'input_summary', 'tract', 'global', or 'healpixN'"):
        reference.config(wcs_provider=provider)
    with pytest.raises(FieldValidationError):
        reference.config(photo_calib_provider=provider)


class UnevaluablePsf(ImagePsf):
    """A PSF model that has no value anywhere; it cannot be persisted."""

    def computeImage(self, position: Any = None, color: Any = None) -> Any:  # noqa: N802
        """Raise, as models do outside their domain."""
        raise lsst.afw.detection.InvalidPsfError("no value at this position")

    computeKernelImage = _doComputeImage = _doComputeKernelImage = computeImage  # noqa: N815

    def clone(self) -> UnevaluablePsf:
        """Return another one."""
        return UnevaluablePsf()


def test_A22_psf_without_value_has_no_statistics(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """Statistics are NaN, the model is kept, and the log names the detector."""
    overrides = reference.overrides()
    for record in overrides["psf_overrides"]:
        if record.getId() == 94:
            record.setPsf(UnevaluablePsf())
    task = reference.task()
    with caplog.at_level(logging.WARNING):
        output = task.run(reference.summary, reference.exposures, **overrides)
    rows = {record.getId(): record for record in output.output_summary_catalog}
    assert all(np.isnan(rows[94][name]) for name in ("psfSigma", "psfArea", "magLim", "starEMedian"))
    assert rows[94]["nPsfStar"] == 0
    assert isinstance(rows[94].getPsf(), ImagePsf)
    assert rows[93]["psfSigma"] > 0.0
    assert "Detectors 94: the PSF cannot be evaluated" in caplog.text
    assert "so its statistics are NaN" in caplog.text
    assert task.metadata["lost_psf"] == 3


class BrokenPsf(UnevaluablePsf):
    """A PSF model with an error of its own."""

    def computeKernelImage(self, position: Any = None, color: Any = None) -> Any:  # noqa: N802
        """Raise what no model should."""
        raise ZeroDivisionError("division by zero")

    computeImage = _doComputeImage = _doComputeKernelImage = computeKernelImage  # noqa: N815


@pytest.mark.parametrize("failure", ["null", "raise"])
def test_A22_broken_psf_is_left_to_detector_failure(reference: Reference, failure: str) -> None:
    """It is no question of position: the detector fails, or the visit with a message that names it."""
    for record in reference.psf_and_ap_corr:
        if record.getId() == 94:
            record.setPsf(BrokenPsf())
    if failure == "raise":
        with pytest.raises(DetectorUpdateError, match="Detector 94 cannot be updated with psf_overrides"):
            reference.run()
        return
    output = reference.run(detector_failure="null")
    assert [record.getId() for record in output if record["update_failed"]] == [94]


def test_C3_every_pixel_masked(reference: Reference, caplog: pytest.LogCaptureFixture) -> None:
    """Statistics over the grid are NaN, those of the model are not."""
    mask = reference.exposures[92].get().mask
    reference.exposures[93].get().mask.array[:] = mask.getPlaneBitMask("NO_DATA")
    with caplog.at_level(logging.WARNING):
        output = reference.run()
    rows = {record.getId(): record for record in output}
    for name in ("psfTraceRadiusDelta", "psfApFluxDelta", "psfApCorrSigmaScaledDelta"):
        assert np.isnan(rows[93][name])
    assert rows[93]["psfSigma"] > 0.0
    assert rows[93]["nPsfStar"] > 0
    assert caplog.text.count("Detectors 93: all points of the PSF grid are masked") == 1


def test_C3_distance_to_stars_has_a_grid_of_its_own(reference: Reference) -> None:
    """Where only the points of the PSF grid are masked, it is what it was."""
    before = {record.getId(): record for record in reference.run()}
    mask = reference.exposures[93].get().mask
    step = reference.config().compute_summary_stats.psfGridSampling
    mask.array[::step, ::step] |= mask.getPlaneBitMask("NO_DATA")
    after = {record.getId(): record for record in reference.run()}
    old, new = row_values(before[93]), row_values(after[93])
    changed = {name for name in old if old[name] != new[name]}
    assert changed == {"psfTraceRadiusDelta", "psfApFluxDelta", "psfApCorrSigmaScaledDelta"}
    assert after[93]["maxDistToNearestPsf"] > 0.0


def test_empty_summary(reference: Reference) -> None:
    """A visit without detectors has an empty summary."""
    empty = without_detectors(reference.summary, set(reference.detectors))
    output = reference.task().run(empty, {}, **reference.overrides())
    assert len(output.output_summary_catalog) == 0
    assert isinstance(output.output_summary_catalog, ExposureCatalog)


@pytest.mark.parametrize(
    "options",
    [
        {"wcs_consistency_threshold": 0.5},
        {"wcs_provider": "tract", "wcs_consistency_threshold": -1.0},
        {"do_write_visit_geometry": True},
        {"camera_dimensions": ["visit"]},
    ],
    ids=lambda options: list(options)[-1],
)
def test_options_that_cannot_work_together(reference: Reference, options: dict[str, Any]) -> None:
    """They are refused when the configuration is validated."""
    with pytest.raises(FieldValidationError):
        reference.config(**options).validate()


def test_missing_camera(reference: Reference) -> None:
    """The pointing cannot be fitted without a camera."""
    error = refuse(reference, {"do_refit_pointing": True}, camera=None)
    assert "camera is missing although do_refit_pointing is set" in str(error)
