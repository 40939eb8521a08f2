"""A final processed visit image from an exposure and a row of the final summary."""

from __future__ import annotations

import numpy as np
import pytest

from lsst.afw.image import ExposureF, ExposureSummaryStats
from lsst.afw.math import BackgroundList
from lsst.afw.table import ExposureCatalog, ExposureRecord
from lsst.drp.tasks.update_visit_summary import apply_visit_summary
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from support.comparison import component_names
from support.reference import DATA, Reference

DETECTOR = 94


@pytest.fixture(scope="module")
def summary() -> dict[int, ExposureRecord]:
    """Return the rows of a final summary that the real stack wrote, all backgrounds replaced."""
    catalog = ExposureCatalog.readFits(str(DATA / "expected_finalVisitSummary_tract_global_replacement.fits"))
    return {record.getId(): record for record in catalog}


def joined(*backgrounds: BackgroundList) -> BackgroundList:
    """Return the layers of several backgrounds as one."""
    total = BackgroundList()
    for layers in backgrounds:
        for layer in layers:
            total.append(layer)
    return total


def post_isr(reference: Reference, detector: int) -> ExposureF:
    """Return an exposure from before its background was subtracted, without any component."""
    calexp = reference.exposures[detector].get()
    exposure = ExposureF(calexp.maskedImage.clone())
    exposure.setDetector(calexp.getDetector())
    exposure.setFilter(calexp.getFilter())
    exposure.image.array += reference.background_originals[detector].get().getImage().array
    exposure.mask.array[:] = 0
    return exposure


@pytest.mark.parametrize("detector", [90, 93, 94])
def test_one_detector_both_ways(
    reference: Reference, summary: dict[int, ExposureRecord], detector: int
) -> None:
    """From a post-ISR image, all backgrounds and the final mask; and from the calibrated exposure."""
    calexp = reference.exposures[detector].get()
    original, override = (
        reference.background_originals[detector].get(),
        reference.background_overrides[detector].get(),
    )
    record = summary[detector]
    raw = post_isr(reference, detector)
    one = apply_visit_summary(raw, record, joined(original, override), mask=calexp.mask)
    other = apply_visit_summary(calexp, record, override)
    # What was added and subtracted is as large as 1e4, in float32.
    np.testing.assert_allclose(one.image.array, other.image.array, rtol=0.0, atol=4e-3)
    np.testing.assert_array_equal(one.mask.array, other.mask.array)
    np.testing.assert_array_equal(one.variance.array, other.variance.array)
    for exposure in (one, other):
        assert_has_components_of(exposure, record)


def assert_has_components_of(exposure: ExposureF, record: ExposureRecord) -> None:
    """Check components by what they evaluate to."""
    info, point = exposure.info, Point2D(100.0, 50.0)
    assert (exposure.getPsf() is None) == (record.getPsf() is None)
    if record.getPsf() is not None:
        np.testing.assert_array_equal(
            exposure.getPsf().computeKernelImage(point).array, record.getPsf().computeKernelImage(point).array
        )
    if record.getWcs() is not None:
        assert exposure.getWcs().pixelToSky(point) == record.getWcs().pixelToSky(point)
    if record.getPhotoCalib() is not None:
        assert exposure.getPhotoCalib() == record.getPhotoCalib()
    assert set(info.getApCorrMap().keys()) == set(record.getApCorrMap().keys())
    assert info.getVisitInfo() == record.getVisitInfo()
    assert (info.getValidPolygon() is None) == (record.getValidPolygon() is None)
    statistics = info.getSummaryStats()
    assert isinstance(statistics, ExposureSummaryStats)
    assert np.array_equal(
        [statistics.psfSigma, statistics.magLim], [record["psfSigma"], record["magLim"]], equal_nan=True
    )


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("exposure", r"^exposure has the type InMemoryDatasetHandle; give an ExposureF, "),
        ("record", r"^record has the type ExposureCatalog; give a row, such as summary.find\(detector\).$"),
        ("background", r"^background has the type InMemoryDatasetHandle; give a BackgroundList "),
        ("mask", r"^mask has the type ndarray; give a Mask, such as exposure.mask.$"),
    ],
)
def test_wrong_types(
    reference: Reference, summary: dict[int, ExposureRecord], wrong: str, sentence: str
) -> None:
    """Handles are close at hand where exposures are wanted, and catalogs where rows are."""
    handle = reference.exposures[DETECTOR]
    arguments = {"exposure": handle.get(), "record": summary[DETECTOR]}
    pixels = handle.get().mask.array
    others = {"exposure": handle, "record": reference.summary, "background": handle, "mask": pixels}
    with pytest.raises(TypeError, match=sentence):
        apply_visit_summary(**arguments | {wrong: others[wrong]})


def test_nothing_is_modified(reference: Reference, summary: dict[int, ExposureRecord]) -> None:
    """The exposure keeps its pixels and its components."""
    exposure = reference.exposures[DETECTOR].get()
    pixels, mean = exposure.image.array.copy(), exposure.getPhotoCalib().getCalibrationMean()
    names = component_names(summary[DETECTOR])
    override = reference.background_overrides[DETECTOR].get()
    apply_visit_summary(exposure, summary[DETECTOR], override, do_calibrate=True)
    np.testing.assert_array_equal(exposure.image.array, pixels)
    assert exposure.getPhotoCalib().getCalibrationMean() == mean
    assert component_names(summary[DETECTOR]) == names


def test_calibrated(reference: Reference, summary: dict[int, ExposureRecord]) -> None:
    """Pixels are in nJy, and the calibration says so."""
    exposure, record = reference.exposures[DETECTOR].get(), summary[DETECTOR]
    plain = apply_visit_summary(exposure, record)
    final = apply_visit_summary(exposure, record, do_calibrate=True)
    x, y = 200, 100
    factor = record.getPhotoCalib().getLocalCalibration(Point2D(x, y))
    assert final.image.array[y, x] == pytest.approx(factor * plain.image.array[y, x], rel=1e-6)  # float32
    assert final.variance.array[y, x] == pytest.approx(factor**2 * plain.variance.array[y, x], rel=1e-6)
    assert final.getPhotoCalib().instFluxToNanojansky(5.0) == 5.0


def test_lost_components_are_lost(reference: Reference, summary: dict[int, ExposureRecord]) -> None:
    """An exposure does not keep what its row has no more."""
    lost = [d for d, record in summary.items() if record.getPsf() is None]
    assert lost
    assert apply_visit_summary(reference.exposures[lost[0]].get(), summary[lost[0]]).getPsf() is None


def test_what_does_not_belong_together_is_told_at_once(
    reference: Reference, summary: dict[int, ExposureRecord]
) -> None:
    """Detector, box, background and mask have a sentence each."""
    exposure = reference.exposures[90].get()[Box2I(Point2I(0, 0), Extent2I(100, 80))]
    with pytest.raises(ValueError, match="is of detector 90, but the row of detector 94") as caught:
        apply_visit_summary(
            exposure,
            summary[DETECTOR],
            reference.background_overrides[DETECTOR].get(),
            mask=reference.exposures[DETECTOR].get().mask,
        )
    for text in ("box of the exposure", "The background has", "box of the mask"):
        assert text in str(caught.value)


def test_calibration_needs_one(reference: Reference, summary: dict[int, ExposureRecord]) -> None:
    """There is no unit otherwise."""
    (detector,) = [d for d, record in summary.items() if record.getPhotoCalib() is None]
    with pytest.raises(ValueError, match="no photometric calibration"):
        apply_visit_summary(reference.exposures[detector].get(), summary[detector], do_calibrate=True)
