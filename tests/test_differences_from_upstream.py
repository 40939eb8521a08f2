"""What we decided about upstream's defects; each test carries their ids.

The page ``differences-from-upstream.rst`` lists all decisions. Those that are
shown by the tests of a rule, or of bad input, are not repeated here.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Any

import erfa
import numpy as np
import pytest

from lsst.afw.cameraGeom import Camera
from lsst.afw.geom import SkyWcs, makeCdMatrix, makeSkyWcs
from lsst.afw.image import ExposureF, FilterLabel
from lsst.afw.table import ExposureCatalog
from lsst.daf.base import DateTime
from lsst.drp.tasks.update_visit_summary import (
    InvalidInputsError,
    PerTractInput,
    UpdateVisitSummaryConnections,
)
from lsst.geom import Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint, arcminutes, arcseconds, degrees
from lsst.pipe.base import AnnotatedPartialOutputsError, InMemoryDatasetHandle
from lsst.sphgeom import HealpixPixelization
from support.catalogs import by_detector, copy_catalog, row_values
from support.columns import DEPTH, WCS_STATISTICS, all_nan
from support.handles import RecordingHandle
from support.quanta import QuantumStub, Ref, make_input_refs
from support.reference import NOTHING_IS_CONSISTENT, Reference
from support.regions import INPUTS, Tract, make_catalog
from support.wcss import nowhere


def row_of(catalog: ExposureCatalog, detector: int) -> Any:
    """Return the row of a detector."""
    return by_detector(catalog)[detector]


def count_in(text: str, part: str) -> int:
    """Return how many lines have a text."""
    return sum(part in line for line in text.splitlines())


@pytest.mark.parametrize("level", [0, 5, 11])
def test_A4_any_healpix_level(reference: Reference, level: int) -> None:
    """Dimension, dataset name and chosen pixels follow from the configured level."""
    dimension = f"healpix{level}"
    task = reference.task(wcs_provider=dimension)
    connection = UpdateVisitSummaryConnections(config=task.config).wcs_overrides_skypix
    assert set(connection.dimensions) == {"instrument", "visit", dimension}
    assert connection.name == f"gbdesHealpix{level}AstrometricFitSkyWcsCatalog"

    pixelization = HealpixPixelization(level)
    catalog = reference.wcs_global.catalog
    pixel_of = {
        record.getId(): pixelization.index(
            record.getWcs().pixelToSky(Point2D(record.getBBox().getCenter())).getVector()
        )
        for record in catalog
    }
    pixels = sorted(set(pixel_of.values()))
    quantum = QuantumStub()
    refs = make_input_refs(reference, wcs_overrides_skypix=[Ref(catalog, {dimension: p}) for p in pixels])
    task.runQuantum(quantum, refs, None)
    (output,) = quantum.outputs
    found = {record.getId(): record["wcsSkypixId"] for record in output.output_summary_catalog}
    assert found == dict.fromkeys(reference.detectors, -1) | pixel_of
    # The detectors are an arcminute wide, as pixels of level 11 are.
    assert (len(pixels) > 1) == (level == 11)


def moved(wcs: SkyWcs, box: Box2I) -> SkyWcs:
    """Return the local approximation of a WCS, three arcminutes farther north."""
    local = wcs.getTanWcs(Point2D(box.getCenter()))
    origin = local.getSkyOrigin().offset(90.0 * degrees, 3.0 * arcminutes)
    return makeSkyWcs(crpix=local.getPixelOrigin(), crval=origin, cdMatrix=local.getCdMatrix())


def test_A6_B1_wcs_nulled_by_the_pointing_fit_leaves_no_statistics(reference: Reference) -> None:
    """What the discarded WCS determined is reset; how far off it was is kept."""
    row = row_of(reference.wcs_global.catalog, 93)
    row.setWcs(moved(row.getWcs(), row.getBBox()))
    rows = by_detector(reference.run(wcs_provider="global", do_refit_pointing=True))
    assert rows[93].getWcs() is None
    assert all_nan(rows[93], WCS_STATISTICS)
    assert rows[93]["wcs_visit_pointing_residual"].asArcseconds() > 60.0
    assert rows[93]["wcs_corner_max_offset"].asArcseconds() > 60.0
    assert rows[94].getWcs() is not None
    assert not any(np.isnan(rows[94][name]).any() for name in WCS_STATISTICS)


def set_gains(exposure: ExposureF) -> None:
    """Set what the pixels were divided by."""
    for amplifier in exposure.getDetector():
        exposure.getMetadata().set(f"LSST ISR GAIN {amplifier.getName()}", 5.0)


def remove_gains(exposure: ExposureF) -> None:
    """Leave only the nominal gains, those of the detector."""
    for amplifier in exposure.getDetector():
        exposure.getMetadata().remove(f"LSST ISR GAIN {amplifier.getName()}")


def remove_detector(exposure: ExposureF) -> None:
    """Leave no gains at all."""
    exposure.setDetector(None)


def set_unit(exposure: ExposureF) -> None:
    """Declare pixels in ADU as electrons."""
    exposure.getMetadata().set("LSST ISR UNITS", "electron")


def set_band(exposure: ExposureF) -> None:
    """Set a band without fiducial values."""
    exposure.setFilter(FilterLabel(band="white", physical="empty"))


def set_time(exposure: ExposureF) -> None:
    """Double the exposure time."""
    info = exposure.info.getVisitInfo()
    exposure.info.setVisitInfo(info.copyWith(exposureTime=2.0 * info.getExposureTime()))


@pytest.mark.parametrize(
    ("change", "affected"),
    [
        (set_gains, {"magLim", "effTime"}),
        (remove_gains, {"magLim", "effTime"}),
        (remove_detector, {"magLim", "effTime"}),
        (set_unit, {"magLim", "effTime"}),
        (set_band, set(DEPTH) - {"magLim"}),
        (set_time, {"effTimeSkyBgScale", "effTimeZeroPointScale"}),
    ],
)
def test_A7_depth_follows_components_of_the_exposure(
    reference: Reference, change: Callable[[ExposureF], None], affected: set[str]
) -> None:
    """Gains, unit, filter and exposure time are those of the exposure."""
    before = by_detector(reference.run())
    # The pixels of even detectors are in ADU.
    change(reference.exposures[94].get())
    after = by_detector(reference.run())
    old, new = row_values(before[94]), row_values(after[94])
    assert {name for name in old if old[name] != new[name]} == affected
    assert row_values(after[93]) == row_values(before[93])


def test_A11_sky_level_of_zero_is_one_warning(reference: Reference, caplog: pytest.LogCaptureFixture) -> None:
    """The scale that divides by it is NaN, and the rest of the depth is not."""
    before = by_detector(reference.run())
    for record in reference.summary:
        record["skyBg"] = 0.0
    with caplog.at_level(logging.WARNING):
        output = reference.run()
    for record in output:
        assert record["skyBg"] == 0.0
        assert np.isnan(record["effTimeSkyBgScale"])
        np.testing.assert_array_equal(
            record["effTimeZeroPointScale"], before[record.getId()]["effTimeZeroPointScale"]
        )
    assert np.isfinite(row_of(output, 94)["magLim"])
    assert np.isfinite(row_of(output, 94)["effTime"])
    assert count_in(caplog.text, "skyBg is zero") == 1


def test_A12_nan_corners_never_pass_a_consistency_check(reference: Reference) -> None:
    """A WCS that agrees in one corner and is nowhere in the others is nulled by every threshold."""
    row = row_of(reference.wcs_global.catalog, 93)
    corner = Box2D(row.getBBox()).getMin()
    row.setWcs(
        makeSkyWcs(
            crpix=corner,
            crval=row_of(reference.summary, 93).getWcs().pixelToSky(corner),
            # A quarter of the sky per pixel: only its own pixel is on the sphere.
            cdMatrix=makeCdMatrix(scale=90.0 * degrees),
            projection="SIN",
        )
    )
    assert row.getWcs().pixelToSky(corner).isFinite()
    rows = by_detector(reference.run(wcs_provider="global", wcs_consistency_threshold=1e6))
    assert rows[93].getWcs() is None
    assert all_nan(rows[93], WCS_STATISTICS)
    assert np.isnan(rows[93]["wcs_corner_max_offset"].asRadians())
    assert rows[94].getWcs() is not None


def shrink(reference: Reference) -> None:
    """Make a box with less grid points than a SIP polynomial has coefficients."""
    row_of(reference.summary, 93).setBBox(Box2I(Point2I(0, 0), Extent2I(64, 64)))


def lose(reference: Reference) -> None:
    """Make a WCS that gives NaN."""
    nowhere(reference.wcs_global.catalog, 93)


@pytest.mark.parametrize("spoil", [shrink, lose])
def test_A13_failed_sip_fit_leaves_the_exact_wcs(
    reference: Reference, caplog: pytest.LogCaptureFixture, spoil: Callable[[Reference], None]
) -> None:
    """One detector has no approximation; the log names it, and the visit goes on."""
    spoil(reference)
    with caplog.at_level(logging.WARNING):
        output = reference.run(wcs_provider="global", do_fit_sip_approximations=True)
    rows = by_detector(output)
    assert rows[93].getWcs() == row_of(reference.wcs_global.catalog, 93).getWcs()
    assert not rows[93].getWcs().hasFitsApproximation()
    assert np.isnan(rows[93]["wcs_sip_delta_sky"].asRadians())
    assert np.isnan(rows[93]["wcs_sip_delta_pixel"])
    assert count_in(caplog.text, "No usable SIP approximation for 1 of 9 detectors: 93 (") == 1
    assert rows[94].getWcs().hasFitsApproximation()
    assert rows[94]["wcs_sip_delta_sky"].asArcseconds() < 1e-3
    assert rows[94]["wcs_sip_delta_pixel"] < 1e-2


def test_A13_a_sip_fit_may_raise_anything(
    reference: Reference, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not only errors of the stack: one detector has no approximation, all others have theirs."""
    options = {"wcs_provider": "global", "do_fit_sip_approximations": True}
    task = reference.task(**options)
    fit = task.fit_sip_approximations.run
    box = row_of(reference.summary, 93).getBBox()
    row_of(reference.summary, 93).setBBox(box.erodedBy(1))

    def run(wcs: Any, bbox: Box2I) -> Any:
        if bbox != box:
            raise TypeError("unforeseen")
        return fit(wcs=wcs, bbox=bbox)

    monkeypatch.setattr(task.fit_sip_approximations, "run", run)
    with caplog.at_level(logging.INFO):
        result = task.run(reference.summary, reference.exposures, **reference.overrides(**options))
    rows = by_detector(result.output_summary_catalog)
    # 97 has no WCS.
    assert [d for d, row in rows.items() if np.isnan(row["wcs_sip_delta_pixel"])] == [93, 97]
    assert rows[93].getWcs() == row_of(reference.wcs_global.catalog, 93).getWcs()
    assert "No usable SIP approximation for 1 of 9 detectors: 93 (TypeError: unforeseen)." in caplog.text
    assert task.metadata["lost_sip_approximation"] == 1


def test_A14_region_of_a_rejected_wcs_is_kept(reference: Reference) -> None:
    """The column says which region was best, used or not."""
    free = by_detector(reference.run(wcs_provider="tract"))
    rejected = by_detector(reference.run(wcs_provider="tract", wcs_consistency_threshold=1e-9))
    tracts = {detector: record["wcsTractId"] for detector, record in free.items()}
    assert {detector: record["wcsTractId"] for detector, record in rejected.items()} == tracts
    assert set(tracts.values()) == {-1, *reference.tracts}
    assert all(record.getWcs() is None for record in rejected.values())


def test_A15_tract_is_chosen_by_the_middle_of_the_detector() -> None:
    """Not by the average distance of its corners, which prefers its long axis."""
    # 2000 x 200 pixels of 0.2 arcsec: corners 200 arcsec away along the right ascension.
    catalog = make_catalog([(1, 150.0)], INPUTS | {"row_bbox": [0, 0, 2000, 200], "crpix": [1000, 100]})
    (record,) = catalog
    middle = record.getWcs().pixelToSky(Point2D(999.5, 99.5))
    along = Tract(1, middle.offset(0.0 * degrees, 300.0 * arcseconds))
    across = Tract(2, middle.offset(90.0 * degrees, 290.0 * arcseconds))
    corners = [record.getWcs().pixelToSky(Point2D(x, y)) for x in (0, 1999) for y in (0, 199)]

    def mean_corner_distance(tract: Tract) -> float:
        return float(np.mean([tract.ctr_coord.separation(corner).asArcseconds() for corner in corners]))

    assert mean_corner_distance(along) < mean_corner_distance(across)
    assert PerTractInput([(along, catalog), (across, catalog)]).best_for_detector(1)[0] == 2


def test_A16_calibration_of_a_tract_is_lost_with_the_wcs(reference: Reference) -> None:
    """Without a final WCS only calibrations with a WCS of their own can be chosen."""
    options = {"wcs_provider": "tract", "photo_calib_provider": "tract"}
    rows = by_detector(reference.run(**options))
    assert rows[98].getWcs() is None
    assert rows[98].getPhotoCalib() is None
    assert rows[98]["photoCalibTractId"] == -1
    assert rows[97].getPhotoCalib() is not None

    wcs = row_of(reference.summary, 98).getWcs()
    middle = wcs.pixelToSky(Point2D(row_of(reference.summary, 98).getBBox().getCenter()))
    _, (far, catalog) = sorted(
        reference.photo_calib_tract.catalogs_by_tract,
        key=lambda pair: pair[0].ctr_coord.separation(middle).asRadians(),
    )
    for _, calibrations in reference.photo_calib_tract.catalogs_by_tract:
        row_of(calibrations, 98).setWcs(wcs)
    # The box that goes with it is that of the row, not that of the exposure: put it into the other tract.
    corner = Point2I(wcs.skyToPixel(far.ctr_coord))
    row_of(catalog, 98).setBBox(Box2I(corner, Extent2I(100, 100)))
    rows = by_detector(reference.run(**options))
    assert rows[98].getWcs() is None
    assert rows[98].getPhotoCalib() == row_of(catalog, 98).getPhotoCalib()
    assert rows[98]["photoCalibTractId"] == far.tract_id


def test_A18_note_on_an_input_without_metadata(reference: Reference) -> None:
    """The output gets metadata of its own, and the note says what happened."""
    reference = reference.replace(summary=copy_catalog(reference.summary))
    assert not reference.summary.getMetadata()
    quantum = QuantumStub()
    refs = make_input_refs(
        reference,
        camera=Ref(reference.camera),
        sky_map=Ref({tract.tract_id: tract for tract, _ in reference.wcs_tract.catalogs_by_tract}),
        wcs_overrides_tract=[
            Ref(catalog, {"tract": tract.tract_id})
            for tract, catalog in reference.wcs_tract.catalogs_by_tract
        ],
    )
    with pytest.raises(AnnotatedPartialOutputsError):
        reference.task(**NOTHING_IS_CONSISTENT).runQuantum(quantum, refs, None)
    (output,) = quantum.outputs
    assert "NoVisitWcs" in str(output.output_summary_catalog.getMetadata().toOrderedDict())
    assert len(output.output_summary_catalog) == len(reference.detectors)
    assert not reference.summary.getMetadata()


@pytest.mark.parametrize("wcs_provider", ["input_summary", "global", "healpix3", "tract"])
@pytest.mark.parametrize("photo_calib_provider", ["input_summary", "global", "tract"])
@pytest.mark.parametrize("do_refit_pointing", [False, True])
def test_A19_sky_map_and_camera_are_inputs_only_when_needed(
    reference: Reference, wcs_provider: str, photo_calib_provider: str, do_refit_pointing: bool
) -> None:
    """Nothing is asked for that no provider uses."""
    config = reference.config(
        wcs_provider=wcs_provider,
        photo_calib_provider=photo_calib_provider,
        do_refit_pointing=do_refit_pointing,
    )
    connections = UpdateVisitSummaryConnections(config=config)
    assert ("sky_map" in connections.inputs) == ("tract" in (wcs_provider, photo_calib_provider))
    assert ("camera" in connections.prerequisiteInputs) == do_refit_pointing


def test_A19_every_dataset_is_loaded_once(reference: Reference) -> None:
    """The catalog of PSFs is not read again for the aperture corrections."""
    quantum = QuantumStub()
    refs = make_input_refs(reference)
    reference.task().runQuantum(quantum, refs, None)
    wanted = [value for value in vars(refs).values() if isinstance(value, Ref)] + refs.input_exposures
    assert len(quantum.requests) == len(set(quantum.requests)) == len(set(wanted))
    assert set(quantum.requests) == set(wanted)


def test_A20_missing_visit_info_gives_nan(reference: Reference) -> None:
    """Without VisitInfo only what needs its date or its exposure time has no value."""
    before = by_detector(reference.run(wcs_provider="global"))
    row_of(reference.summary, 93).setVisitInfo(None)
    reference.exposures[94].get().info.setVisitInfo(None)
    after = by_detector(reference.run(wcs_provider="global"))
    for detector, lost in {
        93: {"zenithDistance"},
        94: {"effTimeSkyBgScale", "effTimeZeroPointScale"},
    }.items():
        old, new = row_values(before[detector]), row_values(after[detector])
        assert {name for name in old if old[name] != new[name]} == lost
        assert all_nan(after[detector], sorted(lost))


def flipped(camera: Camera) -> Camera:
    """Return a camera seen from behind."""
    builder = camera.rebuild()
    builder.setFocalPlaneParity(True)
    return builder.finish()


def test_B4_flipped_focal_plane_is_refused_before_work_starts(reference: Reference) -> None:
    """Nothing has been read when the camera is refused."""
    reference = reference.replace(camera=flipped(reference.camera))
    exposures = {detector: RecordingHandle(handle) for detector, handle in reference.exposures.items()}
    options = {"wcs_provider": "global", "do_refit_pointing": True}
    with pytest.raises(InvalidInputsError, match="flipped parity.*do_refit_pointing=False"):
        reference.task(**options).run(reference.summary, exposures, **reference.overrides(**options))
    assert not any(handle.requests for handle in exposures.values())
    options["do_refit_pointing"] = False
    assert len(reference.run(**options)) == len(reference.detectors)


def without_band(exposure: ExposureF) -> ExposureF:
    """Take the band away from a filter."""
    exposure.setFilter(FilterLabel(physical="i_39"))
    return exposure


def without_filter(exposure: ExposureF) -> ExposureF:
    """Copy all but the filter that depth follows from."""
    bare = ExposureF(exposure.maskedImage)
    bare.setDetector(exposure.getDetector())
    bare.setMetadata(exposure.getMetadata())
    bare.info.setVisitInfo(exposure.info.getVisitInfo())
    return bare


@pytest.mark.parametrize("change", [without_band, without_filter])
def test_C1_filter_without_band_is_one_warning(
    reference: Reference, caplog: pytest.LogCaptureFixture, change: Callable[[ExposureF], ExposureF]
) -> None:
    """The effective time is NaN; the magnitude limit needs no band."""
    before = by_detector(reference.run())
    for detector, handle in reference.exposures.items():
        reference.exposures[detector] = InMemoryDatasetHandle(change(handle.get()), storageClass="ExposureF")
    with caplog.at_level(logging.WARNING):
        output = reference.run()
    for record in output:
        assert all_nan(record, [name for name in DEPTH if name != "magLim"])
        np.testing.assert_array_equal(record["magLim"], before[record.getId()]["magLim"])
    assert np.isfinite(row_of(output, 94)["magLim"])
    assert count_in(caplog.text, "has no band") == 1


def zenith_distance(position: SpherePoint, mjd: float, site: Any) -> float:
    """Return a zenith distance in degrees, but for UT1 - UTC and the polar motion."""
    place = (site.getLongitude().asRadians(), site.getLatitude().asRadians(), site.getElevation())
    no_motion, vacuum = (0.0,) * 4, (0.0, 0.0, 0.0, 0.5)
    observed = erfa.atco13(
        position.getRa().asRadians(),
        position.getDec().asRadians(),
        *no_motion,
        *(2400000.5, mjd, 0.0, *place, 0.0, 0.0),
        *vacuum,
    )
    return math.degrees(observed[1])


def test_C2_zenith_distance_takes_tai_for_utc(reference: Reference) -> None:
    """As upstream's, the column is that of 37 seconds later."""
    row = row_of(reference.run(wcs_provider="global"), 94)
    center = row.getWcs().pixelToSky(Point2D(159.5, 127.5))
    info = row.getVisitInfo()
    by_scale = {
        scale: zenith_distance(center, info.getDate().get(DateTime.MJD, scale), info.getObservatory())
        for scale in (DateTime.TAI, DateTime.UTC)
    }
    # UT1 - UTC is below 0.9 seconds.
    limit = 0.9 * 15.0 / 3600.0
    assert abs(row["zenithDistance"] - by_scale[DateTime.TAI]) < limit
    assert abs(row["zenithDistance"] - by_scale[DateTime.UTC]) > 10.0 * limit


def test_C4_zero_divisors_give_nan(reference: Reference, caplog: pytest.LogCaptureFixture) -> None:
    """A PSF size or an exposure time of zero costs what divides by it, and says so once."""
    before = by_detector(reference.summary)
    zero_points = {detector: before[detector]["zeroPoint"] for detector in (96, 97)}
    for detector in (93, 94):
        before[detector]["psfSigma"] = 0.0
    # Both at once.
    before[98]["psfSigma"] = 0.0
    for detector in (96, 97, 98):
        info = reference.exposures[detector].get().info
        info.setVisitInfo(info.getVisitInfo().copyWith(exposureTime=0.0))
    with caplog.at_level(logging.WARNING):
        output = reference.task().run(reference.summary, reference.exposures).output_summary_catalog
    rows = by_detector(output)
    for detector in (93, 94):
        assert np.isnan(rows[detector]["effTimePsfSigmaScale"])
        assert np.isfinite(rows[detector]["effTimeSkyBgScale"])
        assert np.isfinite(rows[detector]["magLim"])
    for detector in (96, 97):
        assert all_nan(rows[detector], ["effTimeSkyBgScale", "effTimeZeroPointScale"])
        assert np.isfinite(rows[detector]["effTimePsfSigmaScale"])
        assert rows[detector]["zeroPoint"] == zero_points[detector]
    assert all_nan(rows[98], ["effTimePsfSigmaScale", "effTimeSkyBgScale", "effTimeZeroPointScale"])
    assert count_in(caplog.text, "Detectors 93, 94, 98: psfSigma is zero") == 1
    assert count_in(caplog.text, "Detectors 96, 97, 98: the exposure time is zero") == 1
