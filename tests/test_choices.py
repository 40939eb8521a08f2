"""Choices of final components, one function at a time, and what diagnoses of them add up to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lsst.afw.image import ImageF
from lsst.drp.tasks.update_visit_summary import Component, Diagnosis, Figure, GlobalInput, Outcome
from lsst.drp.tasks.update_visit_summary.choices import (
    choose_ap_corr_map,
    choose_background,
    choose_photo_calib,
    choose_psf,
    choose_wcs,
)
from lsst.drp.tasks.update_visit_summary.diagnosis import amend_diagnoses, count_losses, failed_detectors
from lsst.drp.tasks.update_visit_summary.exposure_inputs import subtract
from lsst.geom import Box2I, Extent2I, Point2I
from support.catalogs import without_detectors
from support.reference import Reference

KEPT = "input_summary_catalog"


def test_without_overrides_everything_is_kept(reference: Reference) -> None:
    """Values are those of the row, and no region gave them."""
    record = reference.summary[0]
    bbox = record.getBBox()
    choices: list[Any] = [
        choose_psf(record, None),
        choose_ap_corr_map(record, None),
        choose_photo_calib(record, bbox, None, None),
        choose_wcs(record, bbox, None, None),
    ]
    for choice in choices:
        assert choice.value is not None
        assert (choice.diagnosis.outcome, choice.diagnosis.source) == (Outcome.KEPT, KEPT)
        assert choice.region_id == -1
    # That of the input is in its statistics, not in its row.
    background = choose_background(90, None)
    assert background.value is None
    assert background.diagnosis == Diagnosis(90, Component.BACKGROUND, Outcome.KEPT, KEPT)


def test_overrides_without_the_detector_have_none(reference: Reference) -> None:
    """The component is to be replaced by nothing, and the cause names the argument."""
    record = reference.summary[0]
    detector, bbox = record.getId(), record.getBBox()

    def others(catalog: Any) -> GlobalInput:
        return GlobalInput(without_detectors(catalog, {detector}))

    choices: dict[str, Any] = {
        "psf_overrides": choose_psf(record, others(reference.psf_and_ap_corr)),
        "ap_corr_overrides": choose_ap_corr_map(record, others(reference.psf_and_ap_corr)),
        "photo_calib_overrides": choose_photo_calib(
            record, bbox, None, others(reference.photo_calib_global.catalog)
        ),
        "wcs_overrides": choose_wcs(record, bbox, others(reference.wcs_global.catalog), None),
        "background_overrides": choose_background(detector, {}),
    }
    for argument, choice in choices.items():
        assert choice.value is None
        assert choice.diagnosis.outcome is Outcome.MISSING
        assert choice.diagnosis.source == argument
        assert choice.diagnosis.cause == f"{argument} has none"


@pytest.mark.parametrize("factor, outcome", [(0.5, Outcome.REJECTED), (1.0, Outcome.REPLACED)])
def test_threshold_itself_is_allowed(reference: Reference, factor: float, outcome: Outcome) -> None:
    """A WCS is refused only if it moves a corner farther."""
    record = reference.summary[0]
    free = choose_wcs(record, record.getBBox(), reference.wcs_global, None)
    offset = free.corner_max_offset.asArcseconds()
    assert offset > 0.0
    choice = choose_wcs(record, record.getBBox(), reference.wcs_global, factor * offset)
    assert choice.diagnosis.outcome is outcome
    assert (choice.value is None) == (outcome is Outcome.REJECTED)
    # What decided is known in both cases.
    assert choice.diagnosis.figures[0] == Figure("offset", offset, "arcsec")
    assert choice.corner_max_offset == free.corner_max_offset


def image(value: float, x0: int = 0, width: int = 3) -> ImageF:
    """Return an image of one value."""
    result = ImageF(Box2I(Point2I(x0, 0), Extent2I(width, 2)))
    result.array[:] = value
    return result


def test_subtract() -> None:
    """The image stays as it is; the difference has its origin."""
    exposure = image(5.0, x0=7)
    difference = subtract(exposure, image(2.0))
    assert np.all(difference.array == 3.0)
    assert np.all(exposure.array == 5.0)
    assert difference.getXY0() == Point2I(7, 0)
    assert subtract(exposure, None) is exposure
    with pytest.raises(ValueError, match="The background has .* pixels, but the exposure has"):
        subtract(exposure, image(2.0, width=4))


def test_amended_diagnoses() -> None:
    """Later outcomes replace earlier ones; order, sources and notes stay, and nobody is added."""
    earlier = [
        Diagnosis(90, Component.WCS, Outcome.REPLACED, "wcs_overrides", notes=("a note",)),
        Diagnosis(91, Component.WCS, Outcome.KEPT, KEPT),
    ]
    later = [
        Diagnosis(90, Component.WCS, Outcome.NULLED_LATER, cause="far away", notes=("another",)),
        Diagnosis(91, Component.SIP_APPROXIMATION, Outcome.KEPT),
    ]
    first, second = amend_diagnoses(earlier, later)
    assert (first.outcome, first.source, first.cause) == (
        Outcome.NULLED_LATER,
        "wcs_overrides",
        "far away",
    )
    assert first.notes == ("a note", "another")
    assert second is earlier[1]


def test_counts() -> None:
    """Every component has one, be it zero; depth is not a component, but tells who failed."""
    diagnoses = [
        Diagnosis(90, Component.PSF, Outcome.UNUSABLE),
        Diagnosis(91, Component.PSF, Outcome.KEPT),
        Diagnosis(91, Component.WCS, Outcome.REJECTED),
        Diagnosis(92, Component.DEPTH, Outcome.FAILED),
        Diagnosis(93, Component.SIP_APPROXIMATION, Outcome.FAILED),
    ]
    assert count_losses(diagnoses) == {
        "lost_psf": 1,
        "lost_ap_corr": 0,
        "lost_photo_calib": 0,
        "lost_wcs": 1,
        "lost_background": 0,
        "lost_sip_approximation": 1,
    }
    assert failed_detectors(diagnoses) == [92]
