"""Choice of the best row among the catalogs of several regions."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsst.drp.tasks.update_visit_summary import (
    GlobalInput,
    PerHealpixInput,
    PerTractInput,
    compute_center_for_detector_record,
)
from lsst.drp.tasks.update_visit_summary.override_inputs import compute_center
from lsst.geom import Point2D, SpherePoint, degrees, radians
from lsst.sphgeom import HealpixPixelization
from support.quanta import QuantumStub, Ref
from support.regions import INPUTS, Tract, make_box, make_catalog


def read_cases() -> list[dict[str, Any]]:
    """Return cases of the real stack; those of other golden values if ``STACKLITE_GOLDEN_DIR`` names some."""
    path = Path(__file__).parent / "data" / "best_for_detector.json"
    if directory := os.environ.get("STACKLITE_GOLDEN_DIR"):
        path = Path(directory) / "skymap.json"
        if not path.exists():
            return []
    cases = json.loads(path.read_text())["cases"]
    return [case for case in cases if case["kind"].endswith(".best_for_detector")]


CASES = read_cases()


def case_id(case: dict[str, Any]) -> str:
    """Return a name for a case of the real stack."""
    return f"{case['kind'].split('.')[0]}-{case['id']}"


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_best_for_detector(case: dict[str, Any]) -> None:
    """The choice is that of the real stack."""
    inputs = case["inputs"]
    catalogs = [make_catalog(rows, inputs) for rows in inputs["rows_id_ra"]]
    source: PerTractInput | PerHealpixInput
    if case["kind"].startswith("PerTract"):
        centers = [SpherePoint(*center, degrees) for center in inputs["tract_centers_deg"]]
        tracts = [Tract(index, center) for index, center in enumerate(centers)]
        source = PerTractInput(list(zip(tracts, catalogs, strict=True)))
    else:
        pixels = [(pixel, HealpixPixelization(3).pixel(pixel)) for pixel in inputs["healpix3"]]
        source = PerHealpixInput([(*p, catalog) for p, catalog in zip(pixels, catalogs, strict=True)])
    center = SpherePoint(*inputs["center"], radians) if inputs["center"] else None
    bbox = make_box(inputs["bbox"]) if inputs.get("bbox") else None
    region, record = source.best_for_detector(inputs["detector"], center=center, bbox=bbox)
    expected_region, expected_record = case["expected"]
    assert region == expected_region
    if expected_record is None:
        assert record is None
    elif isinstance(expected_record, int):
        assert record is not None
        assert record.getId() == expected_record
    else:
        assert record is not None
        assert record.getId() == expected_record[0]
        origin = record.getWcs().getSkyOrigin()
        np.testing.assert_allclose(
            [origin.getRa().asRadians(), origin.getDec().asRadians()], expected_record[1], rtol=1e-14
        )


def test_global_input() -> None:
    """A single catalog has no regions, and rows in any order."""
    source = GlobalInput(make_catalog([(4, 150.0), (1, None)], INPUTS))
    region, record = source.best_for_detector(1)
    assert (region, record.getId() if record else None) == (-1, 1)
    assert source.best_for_detector(7) == (-1, None)


def test_center_is_that_of_the_polygon() -> None:
    """The center of a small detector is the sky position of its box's center."""
    (record,) = make_catalog([(1, 150.0)], INPUTS)
    center = compute_center_for_detector_record(record)
    assert center is not None
    middle = record.getWcs().pixelToSky(record.getBBox().getCenter())
    # A tangent plane of 80 arcsec is flat to much better than this.
    assert center.separation(middle).asArcseconds() < 1e-3
    moved = compute_center_for_detector_record(record, bbox=make_box([4000, 0, 400, 300]))
    assert moved is not None
    # 4000 pixels of 0.2 arcsec.
    assert moved.separation(center).asArcseconds() == pytest.approx(800.0, abs=0.1)


def test_no_center_without_wcs() -> None:
    """A row without a WCS is nowhere."""
    (record,) = make_catalog([(1, None)], INPUTS)
    assert compute_center_for_detector_record(record) is None


class Nowhere:
    """A WCS without any sky position; it has only the method for points."""

    def pixelToSky(self, points: list[Point2D]) -> list[SpherePoint]:  # noqa: N802
        """Return NaN for each point."""
        return [SpherePoint(np.nan * radians, np.nan * radians) for _ in points]


def test_wcs_that_maps_corners_nowhere() -> None:
    """Such a box has no center, so its region cannot be the nearest."""
    assert compute_center(make_box(INPUTS["row_bbox"]), Nowhere()) is None


def test_catalogs_without_pixel() -> None:
    """Those of tracts are taken for those of pixels when a provider is changed in one place only."""
    butler: Any = QuantumStub()
    refs: Any = [Ref(make_catalog([], INPUTS), {"instrument": "RefCam", "visit": 1, "tract": 9813})]
    with pytest.raises(ValueError, match=r"'tract': 9813.* has no HEALPix pixel; give catalogs of one pixel"):
        PerHealpixInput.load(butler, refs)
