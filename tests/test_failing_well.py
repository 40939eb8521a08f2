"""What is left, and what is said, when something fails during the work."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pytest

from lsst.afw.geom import makeCdMatrix, makeSkyWcs
from lsst.afw.table import ExposureCatalog
from lsst.geom import Point2D, SpherePoint, degrees
from lsst.meas.astrom.refit_pointing import NoVisitWcs
from lsst.pipe.base import AnnotatedPartialOutputsError, Struct
from support.catalogs import row_values
from support.comparison import component_names
from support.reference import Reference
from test_rules import WCS_STATISTICS, all_nan, by_detector

NOTHING_IS_CONSISTENT = {
    "wcs_provider": "tract",
    "wcs_consistency_threshold": 1e-9,
    "do_refit_pointing": True,
}


class DamagedHandle:
    """A handle whose dataset cannot be read; it has only ``get``."""

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


def test_damaged_detector_raises_by_default(reference: Reference) -> None:
    """The error is that of the detector, with a note which one it was."""
    reference.exposures[95] = DamagedHandle()  # type: ignore[assignment]
    with pytest.raises(OSError, match="damaged file") as caught:
        reference.run()
    assert "While updating detector 95." in caught.value.__notes__


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


def nowhere(catalog: ExposureCatalog, detector: int) -> None:
    """Give a detector a WCS that has no value at its corners."""
    for record in catalog:
        if record.getId() == detector:
            # A quarter of the sky per pixel: corners lie beyond any sphere.
            record.setWcs(
                makeSkyWcs(
                    crpix=Point2D(0, 0),
                    crval=SpherePoint(150.0, 2.0, degrees),
                    cdMatrix=makeCdMatrix(scale=90.0 * degrees),
                    projection="SIN",
                )
            )


def test_wcs_without_sky_is_nulled_before_the_pointing_fit(
    reference: Reference, caplog: pytest.LogCaptureFixture
) -> None:
    """A WCS that gives NaN takes no part, and leaves no statistics (B3)."""
    nowhere(reference.wcs_global.catalog, 93)
    with caplog.at_level(logging.WARNING):
        output = reference.run(wcs_provider="global", do_refit_pointing=True)
    # 97 has none to begin with.
    assert "1 of 8 WCSs" in caplog.text
    assert "nulled: detectors 93." in caplog.text
    rows = by_detector(output)
    assert rows[93].getWcs() is None
    assert all_nan(rows[93], WCS_STATISTICS)
    assert rows[94].getWcs() is not None
    assert np.isfinite(rows[94]["wcs_visit_pointing_residual"].asRadians())
