"""`FitSipApproximationTask`: SIP approximations of WCSs, and their deltas."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.geom import SkyWcs
from lsst.afw.table import ExposureCatalog
from lsst.geom import Angle, Box2D, Box2I, Extent2I, Point2D, Point2I, SpherePoint
from lsst.meas.astrom.fit_sip_approximation import FitSipApproximationConfig, FitSipApproximationTask
from lsst.pipe.base import Struct
from stacklite_support.golden import cases, golden_file
from stacklite_support.golden_pointings import SKY_ATOL, TOPIC, Case, vector
from stacklite_support.parity import count
from stacklite_support.reference_pointing import column, expected_column, refitted
from support.realdata import REALDATA, needs_realdata

# -- Values of the real stack ----------------------------------------------------------

SIP_CASES = cases(TOPIC, "FitSipApproximationTask")
# Small deltas are rounding noise (up to 1e-13 rad was seen where the pixel origin is far from the target's).
DELTA_SKY = {"rtol": 1e-6, "atol": 1e-12}
# The same in pixels of 1e-6 rad.
DELTA_PIXEL = {"rtol": 1e-6, "atol": 1e-6}
PIXEL_ATOL = 1e-8


def fit_sip(case: dict[str, Any]) -> tuple[SkyWcs, Struct]:
    config = FitSipApproximationConfig()
    for name, value in case["inputs"]["config"].items():
        setattr(config, name, value)
    wcs = SkyWcs.readFits(golden_file(case["inputs"]["wcs"]))
    x, y, width, height = case["inputs"]["bbox"]
    box = Box2I(Point2I(x, y), Extent2I(width, height))
    return wcs, FitSipApproximationTask(config=config).run(wcs=wcs, bbox=box)


def assert_same_sky(sky: list[SpherePoint], expected: list[list[float]]) -> None:
    """Compare positions as vectors, for which longitudes near 0 and at the poles do not matter."""
    found = [list(point.getVector()) for point in sky]
    assert_allclose(found, [vector(lonlat) for lonlat in expected], atol=SKY_ATOL, rtol=0)


def sip_grid(inputs: dict[str, Any]) -> list[int]:
    spacing = FitSipApproximationConfig().grid_spacing
    return [int(np.ceil(n / inputs["config"].get("grid_spacing", spacing))) + 1 for n in inputs["bbox"][2:]]


def is_singular(inputs: dict[str, Any]) -> bool:
    """Return whether the points of the grid do not determine all terms."""
    order = inputs["config"].get("order", FitSipApproximationConfig().order)
    u, v = np.meshgrid(*(np.linspace(-1.0, 1.0, n) for n in sip_grid(inputs)))
    terms = [(u**p * v**q).ravel() for q in range(order + 1) for p in range(order + 1 - q) if p + q > 0]
    return np.linalg.matrix_rank(np.array(terms)) < len(terms)


@pytest.mark.parametrize("case", SIP_CASES, ids=lambda case: str(case["id"]))
def test_sip_approximation(case: Case, record_parity: Callable[..., None]) -> None:
    expected = case["expected"]
    if "error" in expected:
        with pytest.raises(getattr(pex_exceptions, expected["error"])):
            fit_sip(case)
        return
    wcs, result = fit_sip(case)
    assert isinstance(result.delta_sky, Angle) and isinstance(result.delta_pixel, float)
    assert not wcs.hasFitsApproximation() and result.wcs.hasFitsApproximation()
    points = [Point2D(*p) for p in expected["points"]]
    sky = result.wcs.pixelToSky(points)
    assert_same_sky(sky, expected["sky"])
    approximation = result.wcs.getFitsApproximation()
    assert_allclose(result.delta_sky.asRadians(), expected["delta_sky"], **DELTA_SKY)
    # Where the points of the grid do not determine all terms, the inverse need not converge.
    delta_pixel = {"rtol": 1e-3} if is_singular(case["inputs"]) else DELTA_PIXEL
    assert_allclose(result.delta_pixel, expected["delta_pixel"], **delta_pixel)
    approximate = approximation.pixelToSky(points)
    assert_same_sky(approximate, expected["approximate_sky"])
    pixels, wanted = np.array([[*p] for p in approximation.skyToPixel(sky)]), expected["approximate_pixels"]
    if is_singular(case["inputs"]):
        converged = np.linalg.norm(np.subtract(wanted, expected["points"]), axis=1) < 1.0
        pixels, wanted = pixels[converged], np.array(wanted)[converged]
    assert_allclose(pixels, wanted, atol=PIXEL_ATOL, rtol=0)
    record_parity("FitSipApproximationTask", count(expected), 1e-6)


@pytest.mark.parametrize("case", SIP_CASES, ids=lambda case: str(case["id"]))
def test_sip_grid_follows_the_spacing(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    import lsst.meas.astrom.fit_sip_approximation as module

    grids = []

    class Recorder(module.SipApproximation):
        def __init__(self, target: SkyWcs, bbox: Box2D, gridShape: Extent2I, *args: Any) -> None:
            grids.append((bbox, [*gridShape]))
            super().__init__(target, bbox, gridShape, *args)

    monkeypatch.setattr(module, "SipApproximation", Recorder)
    with contextlib.suppress(pex_exceptions.Exception):
        fit_sip(case)
    x, y, width, height = case["inputs"]["bbox"]
    box = Box2D(Box2I(Point2I(x, y), Extent2I(width, height)))
    assert grids == [(box, sip_grid(case["inputs"]))]


# -- The reference visit ---------------------------------------------------------------


def test_sip_deltas() -> None:
    """Both are at the level of rounding, where the stack's values agree only roughly."""
    catalog, _ = refitted()
    sky, pixel = expected_column("wcs_sip_delta_sky"), expected_column("wcs_sip_delta_pixel")
    assert np.isfinite(sky).sum() >= 5
    assert_allclose(column(catalog, "wcs_sip_delta_sky"), sky, atol=1e-15, rtol=1e-6)
    assert_allclose(column(catalog, "wcs_sip_delta_pixel"), pixel, atol=1e-10, rtol=1e-6)


# -- Real files ------------------------------------------------------------------------

HSC = REALDATA / "hsc"


@needs_realdata
def test_sip_approximations_of_real_wcss() -> None:
    summary = ExposureCatalog.readFits(str(HSC / "visitSummary_36434.fits"))
    task = FitSipApproximationTask()
    for record in list(summary)[::25]:
        result = task.run(wcs=record.getWcs(), bbox=record.getBBox())
        assert result.wcs.getFitsMetadata(precise=False)["CTYPE1"] == "RA---TAN-SIP"
        assert result.delta_sky.asArcseconds() < 1e-5 and result.delta_pixel < 1e-4
