"""Inputs at the edge of what the rules speak of; every one gives a summary or says why not."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from lsst.afw.image import ExposureF
from lsst.afw.math import BackgroundList
from lsst.afw.table import ExposureCatalog
from lsst.daf.base import DateTime
from lsst.drp.tasks.update_visit_summary import GlobalInput
from lsst.geom import Box2D, Extent2D, Extent2I, Point2I
from lsst.meas.astrom.refit_pointing import NoVisitWcs
from lsst.pipe.base import InMemoryDatasetHandle
from support.catalogs import by_detector, copy_catalog, row_values, without_detectors
from support.columns import (
    BACKGROUND_STATISTICS,
    DEPTH,
    MODEL_STATISTICS,
    STAR_STATISTICS,
    WCS_STATISTICS,
    all_nan,
)
from support.comparison import component_names
from support.reference import Reference

GLOBAL = {"wcs_provider": "global", "photo_calib_provider": "global", "background_provider": "replacement"}


def renumbered(catalog: ExposureCatalog) -> ExposureCatalog:
    """Return a copy whose rows are those of other detectors."""
    result = copy_catalog(catalog)
    for record in result:
        record.setId(record.getId() + 1000)
    return result


def emptied(catalog: ExposureCatalog) -> ExposureCatalog:
    """Return a copy without rows."""
    return copy_catalog(catalog, [])


def assert_nothing_is_left(output: ExposureCatalog) -> None:
    """Check that every component is gone, and every statistic reset."""
    assert len(output) == len(Reference.detectors)
    for record in output:
        assert component_names(record) == ["ValidPolygon", "VisitInfo"]
        assert all_nan(record, [*WCS_STATISTICS, *BACKGROUND_STATISTICS, *MODEL_STATISTICS, *STAR_STATISTICS])
        assert all_nan(record, [*DEPTH, "zeroPoint", "psfApCorrSigmaScaledDelta"])
        assert record["nPsfStar"] == 0


def test_empty_catalogs(reference: Reference) -> None:
    """Catalogs without rows are given, so they replace everything by nothing."""
    overrides = reference.overrides(**GLOBAL)
    overrides["psf_overrides"] = overrides["ap_corr_overrides"] = emptied(reference.psf_and_ap_corr)
    overrides["psf_star_catalog"] = reference.stars[:0]
    for name in ("wcs_overrides", "photo_calib_overrides"):
        overrides[name] = GlobalInput(emptied(overrides[name].catalog))
    overrides["background_originals"] = overrides["background_overrides"] = {}
    output = reference.task(**GLOBAL).run(reference.summary, reference.exposures, **overrides)
    assert_nothing_is_left(output.output_summary_catalog)


def test_overrides_that_cover_none_of_the_detectors(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """Those of other detectors count as nothing, and the log counts them."""
    overrides = reference.overrides(**GLOBAL)
    overrides["psf_overrides"] = overrides["ap_corr_overrides"] = renumbered(reference.psf_and_ap_corr)
    reference.stars["detector"] += 1000
    for name in ("wcs_overrides", "photo_calib_overrides"):
        overrides[name] = GlobalInput(renumbered(overrides[name].catalog))
    for name in ("background_originals", "background_overrides"):
        overrides[name] = {detector + 1000: handle for detector, handle in overrides[name].items()}
    with caplog.at_level(logging.INFO):
        output = reference.task(**GLOBAL).run(reference.summary, reference.exposures, **overrides)
    assert_nothing_is_left(output.output_summary_catalog)
    for name, value in overrides.items():
        if name == "psf_star_catalog":
            count = len(set(value["detector"]))
        else:
            count = len(value.catalog if isinstance(value, GlobalInput) else value)
        assert f"{name} has {count} detectors that the summary lacks" in caplog.text


def test_empty_wcs_catalog_leaves_no_pointing(reference: Reference) -> None:
    """There is nothing to fit the pointing to, which is said as such."""
    source = GlobalInput(emptied(reference.wcs_global.catalog))
    with pytest.raises(NoVisitWcs):
        reference.task(wcs_provider="global", do_refit_pointing=True).run(
            reference.summary, reference.exposures, wcs_overrides=source, camera=reference.camera
        )


@pytest.mark.parametrize("detector", [94, 95])
def test_visit_with_one_detector(reference: Reference, detector: int) -> None:
    """Its row is that of a larger visit, and its pointing is that of its WCS."""
    whole = by_detector(reference.run(**GLOBAL))
    single = without_detectors(reference.summary, set(reference.detectors) - {detector})
    arguments = (single, {detector: reference.exposures[detector]})
    output = reference.task(**GLOBAL).run(*arguments, **reference.overrides(**GLOBAL))
    (row,) = output.output_summary_catalog
    assert row_values(row) == row_values(whole[detector])

    steps = GLOBAL | {"do_refit_pointing": True, "do_fit_sip_approximations": True}
    output = reference.task(**steps).run(*arguments, **reference.overrides(**steps))
    (row,) = output.output_summary_catalog
    assert row_values(row, row_names(whole[detector])) == row_values(whole[detector])
    # The fit to one detector is the fit to the visit.
    residuals = [row[f"wcs_{name}_pointing_residual"].asArcseconds() for name in ("detector", "visit")]
    assert residuals[0] == pytest.approx(residuals[1], rel=1e-6)
    assert row.getWcs().hasFitsApproximation()
    assert detector in output.visit_geometry.detector_regions


def row_names(record: Any) -> list[str]:
    """Return the names of the columns of a row."""
    return record.schema.getOrderedNames()


def test_detector_without_wcs_before_and_after(reference: Reference) -> None:
    """What it has besides is updated; no step stumbles over it."""
    options = {
        "wcs_provider": "tract",
        "photo_calib_provider": "tract",
        "do_refit_pointing": True,
        "do_fit_sip_approximations": True,
    }
    whole = by_detector(reference.run(**options))
    # The overrides lack it in both tracts.
    by_detector(reference.summary)[98].setWcs(None)
    rows = by_detector(reference.run(**options))
    assert rows[98].getWcs() is None
    assert all_nan(rows[98], WCS_STATISTICS)
    for name in row_names(rows[98]):
        if name.startswith("wcs_") and name.endswith(("residual", "offset", "sky")):
            assert np.isnan(rows[98][name].asRadians()), name
    assert np.isnan(rows[98]["wcs_sip_delta_pixel"])
    assert (rows[98]["wcsTractId"], rows[98]["photoCalibTractId"]) == (-1, -1)
    assert rows[98]["psfSigma"] > 0.0
    for detector in reference.detectors:
        assert row_values(rows[detector]) == row_values(whole[detector])


def test_every_pixel_masked_under_a_new_background(reference: Reference) -> None:
    """There is no noise to measure; the sky level comes from the background alone."""
    whole = by_detector(reference.run(background_provider="replacement"))
    mask = reference.exposures[93].get().mask
    mask.array[:] = mask.getPlaneBitMask("NO_DATA")
    row = by_detector(reference.run(background_provider="replacement"))[93]
    assert all_nan(row, ["skyNoise", "meanVar"])
    assert row["skyBg"] == whole[93]["skyBg"]
    assert row["magLim"] == whole[93]["magLim"]


def leave_one_star(reference: Reference, detector: int) -> int:
    """Unset the selection of all stars of a detector but one; return its row."""
    stars = reference.stars
    here = np.flatnonzero((np.asarray(stars["detector"]) == detector) & np.asarray(stars["calib_psf_used"]))
    chosen = int(here[0])
    others = here[1:]
    stars["calib_psf_used"][others] = False
    stars["slot_Shape_flag"][np.asarray(stars["detector"]) == detector] = True
    stars["slot_Shape_flag"][chosen] = False
    return chosen


def test_one_star(reference: Reference) -> None:
    """Medians are its values, scatters are zero."""
    star = reference.stars[leave_one_star(reference, 94)]
    rows = by_detector(reference.run())
    assert rows[94]["nPsfStar"] == 1
    assert not any(np.isnan(rows[94][name]) for name in STAR_STATISTICS)
    size = {
        shape: np.sqrt(0.5 * (star[f"slot_{shape}_xx"] + star[f"slot_{shape}_yy"]))
        for shape in ("Shape", "PsfShape")
    }
    # Differences of sizes of about 2 pixels, in single precision.
    expected = size["Shape"] - size["PsfShape"]
    assert rows[94]["psfStarDeltaSizeMedian"] == pytest.approx(expected, rel=1e-5, abs=1e-7)
    for name in STAR_STATISTICS:
        if name.endswith("Scatter"):
            assert rows[94][name] == 0.0
    mask = reference.exposures[94].get().mask
    planes = reference.config().compute_summary_stats.psfBadMaskPlanes
    good = mask.array[::8, ::8] & mask.getPlaneBitMask(list(planes)) == 0
    y, x = 8 * np.argwhere(good).T
    distances = np.hypot(x - star["slot_Centroid_x"], y - star["slot_Centroid_y"])
    assert rows[94]["maxDistToNearestPsf"] == pytest.approx(float(distances.max()), rel=1e-6)


@pytest.mark.parametrize(
    ("columns", "lost"),
    [
        (("slot_Centroid_x", "slot_Centroid_y"), {"maxDistToNearestPsf"}),
        (("coord_ra", "coord_dec"), set()),
    ],
    ids=["pixels", "sky"],
)
def test_nan_coordinates_of_stars(reference: Reference, columns: tuple[str, str], lost: set[str]) -> None:
    """A star that is nowhere makes no distance; shapes do not ask where it is."""
    before = by_detector(reference.run())
    stars = reference.stars
    chosen = np.flatnonzero((np.asarray(stars["detector"]) == 94) & np.asarray(stars["calib_psf_used"]))[0]
    for column in columns:
        stars[column][chosen] = np.nan
    rows = by_detector(reference.run())
    old, new = row_values(before[94]), row_values(rows[94])
    assert {name for name in old if old[name] != new[name]} == lost
    assert all_nan(rows[94], sorted(lost))
    assert row_values(rows[93]) == row_values(before[93])


def shift(reference: Reference, detector: int, offset: Extent2I) -> None:
    """Move the origin of everything that a detector has."""
    exposure = reference.exposures[detector].get()
    exposure.setXY0(exposure.getXY0() + offset)
    records = {
        "summary": by_detector(reference.summary)[detector],
        "override": by_detector(reference.wcs_global.catalog)[detector],
    }
    for record in records.values():
        box = record.getBBox()
        record.setBBox(type(box)(box.getMin() + offset, box.getDimensions()))
        record.setWcs(record.getWcs().copyAtShiftedPixelOrigin(Extent2D(offset)))
    here = np.asarray(reference.stars["detector"]) == detector
    reference.stars["slot_Centroid_x"][here] += offset.getX()
    reference.stars["slot_Centroid_y"][here] += offset.getY()


def test_box_that_does_not_start_at_zero(reference: Reference) -> None:
    """Where pixels are counted from changes nothing if everything agrees.

    The PSF of the detector is the same everywhere. What is measured on a grid
    of pixels differs on the real stack, which counts the grid from zero (C5).
    """
    options = GLOBAL | {"wcs_consistency_threshold": 5.0}
    before = by_detector(reference.run(**options))
    assert before[98].getWcs() is not None
    offset = Extent2I(1000, 2000)
    shift(reference, 98, offset)
    rows = by_detector(reference.run(**options))
    names = {*WCS_STATISTICS, *BACKGROUND_STATISTICS, *MODEL_STATISTICS, *STAR_STATISTICS, *DEPTH}
    for name in sorted(names - {"maxDistToNearestPsf"} | {"nPsfStar", "zeroPoint"}):
        # Pixel coordinates are rounded at another magnitude.
        np.testing.assert_allclose(rows[98][name], before[98][name], rtol=1e-12, atol=1e-12, err_msg=name)
    offsets = [record[98]["wcs_corner_max_offset"].asArcseconds() for record in (before, rows)]
    assert offsets[0] == pytest.approx(offsets[1], abs=1e-6)
    box = Box2D(rows[98].getBBox())
    assert rows[98].getBBox().getMin() == Point2I(1000, 2000)
    center = rows[98].getWcs().pixelToSky(box.getCenter())
    assert center.getRa().asDegrees() == pytest.approx(rows[98]["ra"], abs=1e-12)
    for detector in (90, 97):
        assert row_values(rows[detector]) == row_values(before[detector])


@pytest.mark.parametrize("is_masked", [False, True], ids=["good", "masked"])
def test_distance_to_stars_in_a_box_that_does_not_start_at_zero(
    reference: Reference, is_masked: bool
) -> None:
    """The grid lies on the pixels of the box, also where the points of the PSF grid are masked."""
    if is_masked:
        mask = reference.exposures[98].get().mask
        step = reference.config().compute_summary_stats.psfGridSampling
        mask.array[::step, ::step] |= mask.getPlaneBitMask("NO_DATA")
    before = by_detector(reference.run())
    shift(reference, 98, Extent2I(1000, 2000))
    rows = by_detector(reference.run())
    assert np.isnan(rows[98]["psfTraceRadiusDelta"]) == is_masked
    # Columns of single precision.
    assert rows[98]["maxDistToNearestPsf"] == pytest.approx(before[98]["maxDistToNearestPsf"], rel=1e-6)


def set_of_amplifiers(exposure: ExposureF, key: str, values: list[float]) -> None:
    """Set a value for each amplifier in the metadata."""
    for amplifier, value in zip(exposure.getDetector(), values, strict=True):
        exposure.getMetadata().set(f"LSST ISR {key} {amplifier.getName()}", value)


def limits(reference: Reference) -> tuple[float, float]:
    """Return magnitude limit and effective time of a detector with pixels in ADU."""
    row = by_detector(reference.run())[94]
    return row["magLim"], row["effTime"]


NAN = float("nan")


def test_missing_gain_of_one_amplifier(reference: Reference) -> None:
    """The mean is that of the others."""
    exposure = reference.exposures[94].get()
    set_of_amplifiers(exposure, "GAIN", [1.6, NAN])
    one = limits(reference)
    set_of_amplifiers(exposure, "GAIN", [1.6, 1.6])
    assert one == limits(reference)
    set_of_amplifiers(exposure, "GAIN", [1.6, 1.7])
    assert one != limits(reference)


# Where statistics are those of the real stack, a mean of nothing warns.
@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
def test_missing_gain(reference: Reference) -> None:
    """Without any gain there is no depth."""
    set_of_amplifiers(reference.exposures[94].get(), "GAIN", [NAN, NAN])
    assert np.isnan(limits(reference)).all()


@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
def test_missing_read_noise(reference: Reference) -> None:
    """Without any read noise the depth is that of a detector without."""
    exposure = reference.exposures[94].get()
    set_of_amplifiers(exposure, "READNOISE", [NAN, NAN])
    none = limits(reference)
    set_of_amplifiers(exposure, "READNOISE", [0.0, 0.0])
    assert none == limits(reference)
    assert np.isfinite(none).all()
    set_of_amplifiers(exposure, "READNOISE", [9.0, NAN])
    assert none[0] > limits(reference)[0]


def test_visit_info_without_date(reference: Reference) -> None:
    """Only the zenith distance depends on it."""
    before = by_detector(reference.run(wcs_provider="global"))
    row = by_detector(reference.summary)[93]
    row.setVisitInfo(row.getVisitInfo().copyWith(date=DateTime()))
    rows = by_detector(reference.run(wcs_provider="global"))
    old, new = row_values(before[93]), row_values(rows[93])
    assert {name for name in old if old[name] != new[name]} == {"zenithDistance"}
    assert np.isnan(rows[93]["zenithDistance"])


def test_ap_corr_map_without_the_configured_field(reference: Reference) -> None:
    """The map is kept; what it does not say has no value."""
    field = reference.config().compute_summary_stats.psfApCorrFieldName
    rows = by_detector(reference.run())
    assert {
        d for d, row in rows.items() if row.getApCorrMap() is not None and field not in row.getApCorrMap()
    } == {96}
    assert np.isnan(rows[96]["psfApCorrSigmaScaledDelta"])
    assert not any(np.isnan(rows[96][name]) for name in MODEL_STATISTICS)
    assert np.isfinite(rows[94]["psfApCorrSigmaScaledDelta"])


def layers_of(handle: InMemoryDatasetHandle) -> list[Any]:
    """Return the layers of a background, one list for each."""
    result = []
    for layer in handle.get():
        single = BackgroundList()
        single.append(layer)
        result.append(single)
    return result


@pytest.mark.parametrize("length", [1, 3])
def test_background_list_of_any_length(reference: Reference, length: int) -> None:
    """Its layers add up, in the sky level and in what is subtracted."""
    layers = [*layers_of(reference.background_overrides[94]), *layers_of(reference.background_originals[94])]
    layers = layers[:length]
    assert len(layers) == length
    total = BackgroundList()
    for layer in layers:
        total.append(layer[0])
    overrides = {94: InMemoryDatasetHandle(total, storageClass="Background")}
    task = reference.task(background_provider="replacement")
    row = by_detector(
        task.run(
            reference.summary, reference.exposures, background_overrides=overrides
        ).output_summary_catalog
    )[94]
    levels = [float(np.nanmedian(layer[0][0].getStatsImage().image.array)) for layer in layers]
    # Sums of float32.
    assert row["skyBg"] == pytest.approx(sum(levels), rel=1e-6)

    # The same by hand: all layers but the first are subtracted beforehand.
    for layer in layers[1:]:
        reference.exposures[94].get().image.array -= layer.getImage().array
    overrides = {94: InMemoryDatasetHandle(layers[0], storageClass="Background")}
    other = by_detector(
        task.run(
            reference.summary, reference.exposures, background_overrides=overrides
        ).output_summary_catalog
    )[94]
    # Pixels are float32, and one at the border of the clipping may be in or out.
    assert row["skyNoise"] == pytest.approx(other["skyNoise"], rel=1e-5)
    assert row["meanVar"] == pytest.approx(other["meanVar"], rel=1e-5)
