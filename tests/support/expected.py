"""What the real stack made of the reference visit, by configuration."""

from __future__ import annotations

__all__ = [
    "CONFIGURATIONS",
    "assert_geometry_is_expected",
    "assert_is_expected",
    "expected_catalog",
    "options_of",
]

from typing import Any

import numpy as np
import pytest

from lsst.afw.table import ExposureCatalog
from lsst.obs.base.visit_geometry import VisitGeometry
from lsst.sphgeom import ConvexPolygon

from .comparison import assert_catalogs_equal, assert_objects_agree
from .reference import DATA, expected_values

CONFIGURATIONS = tuple(expected_values()["configs"])


def options_of(configuration: str) -> dict[str, Any]:
    """Return the options of a configuration."""
    return dict(expected_values()["configs"][configuration])


def expected_catalog(configuration: str) -> ExposureCatalog:
    """Return what the real stack wrote."""
    return ExposureCatalog.readFits(str(DATA / f"expected_finalVisitSummary_{configuration}.fits"))


def assert_is_expected(actual: ExposureCatalog, configuration: str) -> None:
    """Compare an output with what the real stack wrote."""
    expected = expected_catalog(configuration)
    # 9 rows of 53 values and more, some of them arrays of four.
    assert assert_catalogs_equal(actual, expected) > 9 * 53
    # At least a WCS, six numbers of a PhotoCalib and so on for most rows.
    assert assert_objects_agree(actual, expected) > 9 * 500


def assert_geometry_is_expected(actual: VisitGeometry) -> None:
    """Compare a visit geometry with what the real stack wrote."""
    text = (DATA / "expected_visit_geometry_full.json").read_text()
    expected = VisitGeometry.model_validate_json(text)
    # Degrees: positions agree to 1e-9, and so do angles between them.
    assert actual.boresight_ra == pytest.approx(expected.boresight_ra, abs=1e-9)
    assert actual.boresight_dec == pytest.approx(expected.boresight_dec, abs=1e-9)
    # The +y axis is one degree long, so its direction is 57 times less certain.
    assert actual.orientation == pytest.approx(expected.orientation, abs=6e-8)
    assert actual.detector_regions.keys() == expected.detector_regions.keys()
    pairs = [(actual.visit_region, expected.visit_region)]
    pairs += [(actual.detector_regions[d], region) for d, region in expected.detector_regions.items()]
    for region, expected_region in pairs:
        np.testing.assert_allclose(_vertices(region), _vertices(expected_region), rtol=0.0, atol=2e-11)


def _vertices(region: ConvexPolygon) -> list[list[float]]:
    return [list(vertex) for vertex in region.getVertices()]
