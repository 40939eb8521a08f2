"""Statistics where rounding decides: one weighted pixel, equal pixels, weights that cancel."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsst.afw.image import ImageF, MaskedImageF, MaskX
from lsst.afw.math import ERRORS, Property, StatisticsControl, makeStatistics

PROPERTIES = [p for p in Property.__members__.values() if p.name not in ("NOTHING", "ERRORS", "ORMASK")]
EVERYTHING = sum(map(int, PROPERTIES))
PIXELS = st.floats(-1e6, 1e6, width=32)
VARIANCES = st.floats(0.015625, 1e4, width=32)


def _weighted(values: list[float], variances: list[float]) -> dict[str, tuple[float, float]]:
    image = ImageF(np.array([values], dtype=np.float32))
    variance = ImageF(np.array([variances], dtype=np.float32))
    masked = MaskedImageF(image, MaskX(image.getBBox()), variance)
    control = StatisticsControl()
    control.setWeighted(True)
    statistics = makeStatistics(masked, EVERYTHING | ERRORS, control)
    return {p.name: statistics.getResult(p) for p in PROPERTIES}


@settings(max_examples=100, derandomize=True, deadline=None)
@given(value=PIXELS, variance=VARIANCES)
def test_one_weighted_pixel_has_no_variance(value: float, variance: float) -> None:
    found = _weighted([value], [variance])
    assert found["MEAN"][0] == pytest.approx(value, rel=1e-12)
    for name in ("VARIANCE", "STDEV", "VARIANCECLIP", "STDEVCLIP", "MEANSQUARE"):
        assert not math.isfinite(found[name][0]), name


@settings(max_examples=100, derandomize=True, deadline=None)
@given(value=PIXELS, variances=st.lists(VARIANCES, min_size=2, max_size=40))
def test_equal_pixels_with_weights(value: float, variances: list[float]) -> None:
    """Variances are rounding noise, of either sign; a negative one has no root, and nothing raises."""
    found = _weighted([value] * len(variances), variances)
    center = value * np.mean(1.0 / np.array(variances, dtype=np.float32).astype(float))
    weights = 1.0 / np.array(variances, dtype=np.float32).astype(float)
    debias = weights.sum() ** 2 / max(weights.sum() ** 2 - (weights**2).sum(), 1e-300)
    noise = 1e-13 * (abs(value) + abs(center)) ** 2 * debias
    assert abs(found["VARIANCE"][0]) <= noise
    assert math.isnan(found["STDEV"][0]) == (found["VARIANCE"][0] < 0.0)
    assert found["NPOINT"][0] == len(variances)
