"""Gains and read noises of the real stack (the kinds of topic camera that are about them)."""

from __future__ import annotations

from typing import Any

import pytest

from lsst.afw.cameraGeom import Camera
from lsst.afw.image import ExposureF
from lsst.ip.isr import getExposureGains, getExposureReadNoises
from stacklite_support.golden import cases, golden_file, number
from stacklite_support.parity import parity

_CASES = [
    *cases("camera", "gains without detector"),
    *cases("camera", "getExposureGains, getExposureReadNoises"),
]


@parity("getExposureGains, getExposureReadNoises", 1e-14)
@pytest.mark.parametrize("case", _CASES, ids=lambda case: str(case["id"]))
def test_gains_and_read_noises(case: dict[str, Any]) -> None:
    inputs = case["inputs"]
    exposure = ExposureF(4, 3)
    for key, value in number(inputs["metadata"]).items():
        exposure.getMetadata()[key] = value
    if case["kind"] != "gains without detector":
        exposure.setDetector(Camera.readFits(golden_file(inputs["file"]))[inputs["id"]])
    gains, read_noises = number(case["expected"])
    assert getExposureGains(exposure) == pytest.approx(gains, rel=1e-14, nan_ok=True)
    assert getExposureReadNoises(exposure) == pytest.approx(read_noises, rel=1e-14, nan_ok=True)
    assert list(getExposureGains(exposure)) == list(gains)
