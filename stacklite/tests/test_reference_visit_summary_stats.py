"""The input summary of the reference visit, recomputed from the files of the visit.

What needs the stars of the first processing cannot be recomputed (they are in no file).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from lsst.afw.image import ExposureF, ExposureSummaryStats
from lsst.afw.math import BackgroundList
from lsst.afw.table import ExposureCatalog, ExposureRecord
from lsst.pipe.tasks.computeExposureSummaryStats import (
    ComputeExposureSummaryStatsConfig,
    ComputeExposureSummaryStatsTask,
)
from stacklite_support.paths import REFERENCE_VISIT

EXPECTED = json.loads((REFERENCE_VISIT / "expected.json").read_text())


def make_task() -> ComputeExposureSummaryStatsTask:
    config = ComputeExposureSummaryStatsConfig()
    for name, values in EXPECTED["fiducials"].items():
        setattr(config, name, values)
    return ComputeExposureSummaryStatsTask(config=config)


@pytest.fixture(scope="module")
def catalog() -> ExposureCatalog:
    return ExposureCatalog.readFits(str(REFERENCE_VISIT / "visitSummary.fits"))


def recompute(record: ExposureRecord, exposure: ExposureF) -> ExposureSummaryStats:
    summary, task, bbox = ExposureSummaryStats(), make_task(), record.getBBox()
    background = BackgroundList.readFits(str(REFERENCE_VISIT / f"calexpBackground_{record.getId()}.fits"))
    task.update_psf_stats(summary, record.getPsf(), bbox, None, exposure.mask, record.getApCorrMap())
    task.update_wcs_stats(summary, record.getWcs(), bbox, record.getVisitInfo())
    task.update_photo_calib_stats(summary, record.getPhotoCalib())
    task.update_background_stats(summary, background)
    task.update_masked_image_stats(summary, exposure.maskedImage)
    task.update_magnitude_limit_stats(summary, exposure)
    task.update_effective_time_stats(summary, exposure)
    return summary


POSITIONS = ("ra", "dec", "raCorners", "decCorners")
NOISE = ("skyNoise", "meanVar")
OTHERS = (
    *("psfSigma", "psfArea", "psfIxx", "psfIyy", "psfIxy"),
    *("psfTraceRadiusDelta", "psfApFluxDelta", "psfApCorrSigmaScaledDelta"),
    *("zenithDistance", "pixelScale", "zeroPoint", "skyBg", "magLim"),
    *("effTime", "effTimePsfSigmaScale", "effTimeSkyBgScale", "effTimeZeroPointScale"),
)
LOSSLESS = (90, 91)


@pytest.mark.parametrize("row", EXPECTED["input"], ids=lambda row: str(row["id"]))
def test_the_input_summary_follows_from_its_components(
    catalog: ExposureCatalog, row: dict[str, Any], record_parity: Callable[..., None]
) -> None:
    detector = row["id"]
    (record,) = [record for record in catalog if record.getId() == detector]
    exposure = ExposureF(str(REFERENCE_VISIT / f"calexp_{detector}.fits"))
    summary = recompute(record, exposure)
    for name in POSITIONS:
        assert getattr(summary, name) == pytest.approx(row[name], rel=0, abs=1e-9), name
    for name in OTHERS:
        # One unit in the last place of a float32 column.
        assert getattr(summary, name) == pytest.approx(row[name], rel=1.2e-7, abs=0), name
    for name in NOISE:
        # The statistics were made before lossy compression added its noise: 1/16 of the image's,
        # on 8e4 pixels.
        accuracy = 1.2e-7 if detector in LOSSLESS else 1e-3
        assert getattr(summary, name) == pytest.approx(row[name], rel=accuracy, abs=0), name
    compared = len(POSITIONS) + len(OTHERS) + (len(NOISE) if detector in LOSSLESS else 0)
    record_parity("ComputeExposureSummaryStatsTask", compared, "1 ulp of float32", source="reference visit")


def test_run_is_the_sum_of_its_parts(catalog: ExposureCatalog) -> None:
    record = catalog[0]
    exposure = ExposureF(str(REFERENCE_VISIT / f"calexp_{record.getId()}.fits"))
    exposure.setPsf(record.getPsf())
    exposure.setWcs(record.getWcs())
    exposure.setPhotoCalib(record.getPhotoCalib())
    exposure.info.setApCorrMap(record.getApCorrMap())
    exposure.info.setVisitInfo(record.getVisitInfo())
    exposure.getMetadata()["SFM_ASTROM_OFFSET_MEAN"] = 0.25
    exposure.getMetadata()["SFM_ASTROM_OFFSET_STD"] = 0.125
    exposure.getMetadata()["REF_CAT_SOURCE_DENSITY"] = 17.0
    background = BackgroundList.readFits(str(REFERENCE_VISIT / f"calexpBackground_{record.getId()}.fits"))
    summary = make_task().run(exposure=exposure, sources=None, background=background)
    parts = recompute(record, exposure)
    parts.expTime, parts.astromOffsetMean, parts.astromOffsetStd = 30.0, 0.25, 0.125
    for field in dataclasses.fields(summary):
        name = field.name
        assert getattr(summary, name) == pytest.approx(getattr(parts, name), rel=1e-15, nan_ok=True), name
    assert vars(summary)["refCatSourceDensity"] == 17.0
