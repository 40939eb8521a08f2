"""The documented rules of the task; each test carries the number of its rule."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from lsst.afw.image import ExposureSummaryStats
from lsst.afw.math import BackgroundList
from lsst.afw.table import ExposureCatalog, ExposureTable
from lsst.drp.tasks.update_visit_summary import GlobalInput, InvalidInputsError, PerTractInput
from lsst.pipe.base import InMemoryDatasetHandle, Struct
from support.catalogs import by_detector, reordered, row_values, without_detectors
from support.columns import (
    BACKGROUND_STATISTICS,
    DEPTH,
    MODEL_STATISTICS,
    STAR_STATISTICS,
    WCS_STATISTICS,
    all_nan,
)
from support.comparison import component_names
from support.handles import RecordingHandle
from support.reference import Reference

STEP_COLUMNS = [
    "wcs_detector_pointing_residual",
    "wcs_visit_pointing_residual",
    "wcs_detector_pointing_rejected",
    "wcs_sip_delta_sky",
    "wcs_sip_delta_pixel",
    "update_failed",
]


def test_rule_1_none_passes_components_and_statistics_through(reference: Reference) -> None:
    """Without overrides only depth is recomputed, the rest is the same bits."""
    output = reference.task().run(reference.summary, reference.exposures).output_summary_catalog
    kept = [name for name in reference.summary.schema.getOrderedNames() if name not in DEPTH]
    for before, after in zip(reference.summary, output, strict=True):
        assert row_values(after, kept) == row_values(before, kept)
        assert component_names(after) == component_names(before) != []
        assert after.getWcs() == before.getWcs()
        assert after.getPhotoCalib() == before.getPhotoCalib()


@pytest.mark.parametrize("only", ["psf", "ap_corr", "photo_calib", "wcs", "background"])
def test_rule_1_one_override_touches_only_what_follows_from_it(reference: Reference, only: str) -> None:
    """Statistics of the components that stay are the same bits."""
    depends = {
        "psf": [*MODEL_STATISTICS, *STAR_STATISTICS, "nPsfStar", "psfApCorrSigmaScaledDelta"],
        "ap_corr": ["psfApCorrSigmaScaledDelta"],
        "photo_calib": ["zeroPoint"],
        "wcs": [*WCS_STATISTICS, "wcs_corner_max_offset"],
        "background": BACKGROUND_STATISTICS,
    }
    options = {
        "photo_calib": {"photo_calib_provider": "global"},
        "wcs": {"wcs_provider": "global"},
        "background": {"background_provider": "replacement"},
    }.get(only, {})
    overrides = {
        name: value
        for name, value in reference.overrides(**options).items()
        if name.startswith(only) or (only == "psf" and name.startswith("psf"))
    }
    output = (
        reference.task(**options).run(reference.summary, reference.exposures, **overrides)
    ).output_summary_catalog
    changed: set[str] = set()
    for before, after in zip(reference.summary, output, strict=True):
        names = reference.summary.schema.getOrderedNames()
        old, new = row_values(before, names), row_values(after, names)
        changed |= {name for name in names if old[name] != new[name]}
    assert changed - set(DEPTH) <= set(depends[only])
    assert changed & set(depends[only])


def test_rule_2_no_value_gives_none_and_reset_statistics(reference: Reference) -> None:
    """What the overrides lack is None, and its statistics are reset."""
    options = {
        "wcs_provider": "global",
        "photo_calib_provider": "global",
        "background_provider": "replacement",
    }
    lacking = {93, 96}
    overrides = reference.overrides(**options)
    for name in ("psf_overrides", "ap_corr_overrides"):
        overrides[name] = without_detectors(overrides[name], lacking)
    for name in ("wcs_overrides", "photo_calib_overrides"):
        overrides[name] = GlobalInput(without_detectors(overrides[name].catalog, lacking))
    for name in ("background_overrides", "background_originals"):
        overrides[name] = {d: h for d, h in overrides[name].items() if d not in lacking}
    output = reference.task(**options).run(reference.summary, reference.exposures, **overrides)
    rows = by_detector(output.output_summary_catalog)
    for detector in lacking:
        row = rows[detector]
        assert component_names(row) == ["ValidPolygon", "VisitInfo"]
        reset = [*WCS_STATISTICS, *BACKGROUND_STATISTICS, *MODEL_STATISTICS, *STAR_STATISTICS, *DEPTH]
        assert all_nan(row, [*reset, "zeroPoint", "psfApCorrSigmaScaledDelta"])
        assert row["nPsfStar"] == 0
        assert np.isnan(row["wcs_corner_max_offset"].asRadians())
    assert len(component_names(rows[90])) == 6
    assert not any(np.isnan(rows[90][name]) for name in BACKGROUND_STATISTICS)


def test_rule_3_stars_are_required_with_psfs(reference: Reference) -> None:
    """PSF overrides without their stars are refused."""
    with pytest.raises(InvalidInputsError, match="psf_star_catalog is missing"):
        reference.task().run(reference.summary, reference.exposures, psf_overrides=reference.psf_and_ap_corr)


@pytest.mark.parametrize("how", ["no rows", "none selected"])
def test_rule_3_no_stars_leave_star_statistics_reset(reference: Reference, how: str) -> None:
    """A detector without stars keeps the statistics of its PSF model."""
    overrides = reference.overrides()
    stars = reference.stars
    here = np.asarray(stars["detector"]) == 94
    if how == "no rows":
        overrides["psf_star_catalog"] = stars[~here]
    else:
        stars["slot_Shape_flag"][here] = True
    output = reference.task().run(reference.summary, reference.exposures, **overrides)
    rows = by_detector(output.output_summary_catalog)
    assert all_nan(rows[94], STAR_STATISTICS)
    # Stars that are used for the PSF count before any selection.
    used = 0 if how == "no rows" else int(np.sum(stars["calib_psf_used"][here]))
    assert rows[94]["nPsfStar"] == used
    assert not any(np.isnan(rows[94][name]) for name in MODEL_STATISTICS)
    assert not any(np.isnan(rows[93][name]) for name in STAR_STATISTICS)


def background_of(value: BackgroundList) -> float:
    """Return the sky level of a background: the sum of its layers' medians."""
    return float(sum(np.nanmedian(layer[0].getStatsImage().image.array) for layer in value))


def test_rule_4_only_overrides_are_subtracted(reference: Reference) -> None:
    """Originals count for the sky level, but are not subtracted again."""
    task = reference.task(background_provider="replacement")
    overrides = {"background_overrides": reference.background_overrides}
    alone = task.run(reference.summary, reference.exposures, **overrides)
    both = task.run(
        reference.summary,
        reference.exposures,
        background_originals=reference.background_originals,
        **overrides,
    )
    for a, b in zip(alone.output_summary_catalog, both.output_summary_catalog, strict=True):
        original = background_of(reference.background_originals[a.getId()].get())
        override = background_of(reference.background_overrides[a.getId()].get())
        # Sky levels are float32.
        assert a["skyBg"] == pytest.approx(override, rel=1e-6)
        assert b["skyBg"] == pytest.approx(original + override, rel=1e-6)
        assert a["skyNoise"] == b["skyNoise"]
        assert a["meanVar"] == b["meanVar"]


def test_rule_4_empty_background_subtracts_nothing(reference: Reference) -> None:
    """A list without layers leaves the pixels; its sky level is zero."""
    empty = {
        d: InMemoryDatasetHandle(BackgroundList(), storageClass="Background") for d in reference.detectors
    }
    task = reference.task(background_provider="replacement")
    output = task.run(reference.summary, reference.exposures, background_overrides=empty)
    for before, after in zip(reference.summary, output.output_summary_catalog, strict=True):
        assert after["skyBg"] == 0.0
        assert after["skyNoise"] > 0.0
        assert np.isnan(after["effTimeSkyBgScale"])
        assert before["skyBg"] > 0.0


def test_rule_4_every_override_needs_its_original(reference: Reference) -> None:
    """Originals that lack a detector of the overrides are refused."""
    overrides = reference.overrides(background_provider="replacement")
    for detector in (91, 97):
        del overrides["background_originals"][detector]
    with pytest.raises(InvalidInputsError, match="background_originals has no handle for detectors 91, 97"):
        reference.task(background_provider="replacement").run(
            reference.summary, reference.exposures, **overrides
        )


def test_rule_5_photo_calib_tract_follows_the_final_wcs(reference: Reference) -> None:
    """The tract of a calibration is the one nearest under the new WCS."""
    options = {"wcs_provider": "tract", "photo_calib_provider": "tract"}
    output = reference.run(**options)
    chosen = {record.getId(): record["photoCalibTractId"] for record in output}
    centers = {tract.tract_id: tract.ctr_coord for tract, _ in reference.wcs_tract.catalogs_by_tract}
    for record in output:
        if record.getWcs() is None:
            continue
        middle = record.getWcs().pixelToSky(record.getBBox().getCenter())
        nearest = min(centers, key=lambda tract: centers[tract].separation(middle).asRadians())
        assert chosen[record.getId()] == nearest
    assert set(chosen.values()) == {-1, *centers}


@pytest.mark.parametrize("threshold", [0.05, 0.1, 0.2, 0.3])
def test_rule_6_inconsistent_wcss_are_nulled(reference: Reference, threshold: float) -> None:
    """A WCS that moves a corner by more than the threshold is not used."""
    free = by_detector(reference.run(wcs_provider="global"))
    output = reference.run(wcs_provider="global", wcs_consistency_threshold=threshold)
    nulled = set()
    for record in output:
        offset = record["wcs_corner_max_offset"].asArcseconds()
        before = free[record.getId()]
        np.testing.assert_equal(offset, before["wcs_corner_max_offset"].asArcseconds())
        if before.getWcs() is None:
            continue
        assert (record.getWcs() is None) == (offset > threshold)
        if record.getWcs() is None:
            nulled.add(record.getId())
            assert all_nan(record, WCS_STATISTICS)
    offsets = [r["wcs_corner_max_offset"].asArcseconds() for r in free.values() if r.getWcs() is not None]
    assert len(nulled) == sum(offset > threshold for offset in offsets)


@pytest.mark.parametrize("which", ["input", "new"])
def test_rule_6_wcss_that_cannot_be_compared_are_nulled(reference: Reference, which: str) -> None:
    """Without one of the two WCSs nothing can be said, so nothing is used."""
    catalog = reference.summary if which == "input" else reference.wcs_global.catalog
    for record in catalog:
        if record.getId() == 94:
            record.setWcs(None)
    output = reference.run(wcs_provider="global", wcs_consistency_threshold=3600.0)
    rows = by_detector(output)
    assert rows[94].getWcs() is None
    assert np.isnan(rows[94]["wcs_corner_max_offset"].asRadians())
    assert rows[93].getWcs() is not None


def test_rule_6_no_threshold_takes_what_cannot_be_compared(reference: Reference) -> None:
    """A detector without WCS gets the new one if nothing is to be checked."""
    for record in reference.summary:
        if record.getId() == 94:
            record.setWcs(None)
    rows = by_detector(reference.run(wcs_provider="global"))
    assert rows[94].getWcs() is not None
    assert np.isnan(rows[94]["wcs_corner_max_offset"].asRadians())


def test_rule_7_depth_follows_from_the_final_values(reference: Reference) -> None:
    """Depth is what the statistics task computes from the finished row."""
    options = {"photo_calib_provider": "global", "background_provider": "replacement"}
    output = reference.run(**options)
    statistics_task = reference.task(**options).compute_summary_stats
    for record in output:
        final = ExposureSummaryStats.from_record(record)
        exposure = reference.exposures[record.getId()].get()
        statistics_task.update_magnitude_limit_stats(final, exposure)
        statistics_task.update_effective_time_stats(final, exposure)
        for name in DEPTH:
            # The row's values are rounded to float32, those of the task were not.
            np.testing.assert_allclose(record[name], getattr(final, name), rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("steps", [False, True])
@pytest.mark.parametrize("wcs_provider", ["input_summary", "tract", "global", "healpix3"])
@pytest.mark.parametrize("photo_calib_provider", ["input_summary", "tract", "global"])
def test_rule_8_schema_is_that_of_the_init_output(
    reference: Reference, wcs_provider: str, photo_calib_provider: str, steps: bool
) -> None:
    """The schema written before the run is the schema of the catalog."""
    options: dict[str, Any] = {"wcs_provider": wcs_provider, "photo_calib_provider": photo_calib_provider}
    if steps:
        options |= {"do_refit_pointing": True, "do_fit_sip_approximations": True, "detector_failure": "null"}
    task = reference.task(**options)
    output = task.run(reference.summary, reference.exposures, **reference.overrides(**options))
    declared = task.output_summary_schema.schema
    written = output.output_summary_catalog.schema
    assert [(i.field.getName(), i.field.getTypeString(), i.field.getDoc()) for i in declared] == [
        (i.field.getName(), i.field.getTypeString(), i.field.getDoc()) for i in written
    ]
    added = written.getOrderedNames()[len(reference.summary.schema.getOrderedNames()) :]
    assert added == [
        *(["wcsTractId"] if wcs_provider == "tract" else []),
        *(["wcsSkypixId"] if wcs_provider == "healpix3" else []),
        *(["wcs_corner_max_offset"] if wcs_provider != "input_summary" else []),
        *(["photoCalibTractId"] if photo_calib_provider == "tract" else []),
        *(STEP_COLUMNS if steps else []),
    ]


def test_rule_9_order_of_rows_changes_nothing(reference: Reference) -> None:
    """Reversed overrides give the same rows; reversed input the same, reversed."""
    options = {"wcs_provider": "tract", "photo_calib_provider": "global"}
    straight = by_detector(reference.run(**options))

    def reverse(catalog: ExposureCatalog) -> ExposureCatalog:
        return reordered(catalog, lambda rows: rows[::-1])

    overrides = reference.overrides(**options)
    overrides["psf_overrides"] = overrides["ap_corr_overrides"] = reverse(overrides["psf_overrides"])
    overrides["photo_calib_overrides"] = GlobalInput(reverse(overrides["photo_calib_overrides"].catalog))
    overrides["wcs_overrides"] = PerTractInput(
        [(tract, reverse(catalog)) for tract, catalog in overrides["wcs_overrides"].catalogs_by_tract[::-1]]
    )
    output = reference.task(**options).run(reverse(reference.summary), reference.exposures, **overrides)
    ids = [record.getId() for record in output.output_summary_catalog]
    assert ids == list(reference.detectors)[::-1]
    for record in output.output_summary_catalog:
        assert row_values(record) == row_values(straight[record.getId()])


def test_rule_9_detectors_of_overrides_only_are_counted(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """They are ignored, and the log says how many there were."""
    summary = without_detectors(reference.summary, {90, 98})
    with caplog.at_level(logging.INFO):
        output = reference.task().run(summary, reference.exposures, **reference.overrides())
    assert [record.getId() for record in output.output_summary_catalog] == list(reference.detectors)[1:-1]
    assert "psf_overrides has 2 detectors that the summary lacks" in caplog.text
    assert "psf_star_catalog has 2 detectors that the summary lacks" in caplog.text


def test_rule_10_metadata_is_kept_and_not_shared(reference: Reference) -> None:
    """The output has the metadata of the input, in an object of its own."""
    before = reference.summary.getMetadata().toOrderedDict()
    output = reference.run()
    assert output.getMetadata().toOrderedDict() == before
    assert before
    output.getMetadata().set("NOTE", "on the output")
    assert reference.summary.getMetadata().toOrderedDict() == before


@pytest.mark.parametrize("background_provider", ["input_summary", "replacement"])
def test_rule_11_only_what_is_needed_is_read(reference: Reference, background_provider: str) -> None:
    """Image and variance are read only when the background is replaced."""
    handles = {detector: RecordingHandle(handle) for detector, handle in reference.exposures.items()}
    reference.task(background_provider=background_provider).run(
        reference.summary, handles, **reference.overrides(background_provider=background_provider)
    )
    needed = ["bbox", "detector", "filter", "mask", "metadata", "visitInfo"]
    if background_provider == "replacement":
        needed = sorted([*needed, "image", "variance"])
    for handle in handles.values():
        assert sorted(handle.requests) == needed


def test_rule_11_exposures_and_backgrounds_stay_as_they_are(reference: Reference) -> None:
    """Nothing that the caller gives is modified, so running twice is the same."""
    options = {"background_provider": "replacement"}
    image = reference.exposures[93].get().image.array
    before = image.copy()
    first = by_detector(reference.run(**options))
    assert np.array_equal(image, before, equal_nan=True)
    for record in reference.run(**options):
        assert row_values(record) == row_values(first[record.getId()])


def test_result_is_filled(reference: Reference) -> None:
    """A struct that the caller gives is filled and returned."""
    result = Struct(other=1)
    returned = reference.task().run(reference.summary, reference.exposures, camera=None, result=result)
    assert returned is result
    assert len(result.output_summary_catalog) == len(reference.detectors)
    assert result.other == 1


def test_older_schema_is_accepted(reference: Reference, caplog: pytest.LogCaptureFixture) -> None:
    """Statistics without a column are computed, dropped, and named in the log."""
    schema = ExposureTable.makeMinimalSchema()
    for name in ("psfSigma", "zeroPoint", "skyBg"):
        schema.addField(name, type="F", doc=name)
    schema.addField("decl", type="D", doc="declination, as it was called")
    old = ExposureCatalog(schema)
    for record in reference.summary:
        row = old.addNew()
        row.setId(record.getId())
        row.setBBox(record.getBBox())
        row.setWcs(record.getWcs())
        row.setVisitInfo(record.getVisitInfo())
        for name in ("psfSigma", "zeroPoint", "skyBg"):
            row[name] = record[name]
    reference = reference.replace(summary=old)
    with caplog.at_level(logging.INFO):
        output = reference.run(wcs_provider="global")
    for row in output:
        wcs = row.getWcs()
        dec = wcs.pixelToSky(row.getBBox().getCenter()).getDec().asDegrees() if wcs is not None else np.nan
        np.testing.assert_array_equal(row["decl"], dec)
    assert caplog.text.count("no columns for") == 1
    assert "magLim" in caplog.text
