"""The PSFs of the reference visit, evaluated where the real stack evaluated them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lsst.afw.detection import Psf
from lsst.afw.table import ExposureCatalog
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from stacklite_support.parity import count
from stacklite_support.paths import REFERENCE_VISIT

CLASSES = {"DoubleGaussianPsf", "SingleGaussianPsf", "PiffPsf", "KernelPsf", "PcaPsf", "GaussianPsf"}


def expected_psfs(rows: list[dict[str, Any]]) -> dict[int, tuple[Any, Any]]:
    """Detector -> points and values, for the rows that have a PSF."""
    objects = {row["id"]: row["_objects"] for row in rows}
    return {i: (o["points"], o["psf"]) for i, o in objects.items() if o["psf"] is not None}


def check(psf: Psf, points: Any, expected: dict[str, Any]) -> int:
    assert type(psf).__name__ == expected["type"]
    np.testing.assert_allclose(list(psf.getAveragePosition()), expected["average_position"], rtol=1e-12)
    for point, e in zip(points, expected["evals"], strict=True):
        check_point(psf, Point2D(*point), e)
    return len(points)


def check_point(psf: Psf, p: Point2D, e: dict[str, Any]) -> None:
    shape = psf.computeShape(p)
    kernel, image = psf.computeKernelImage(p), psf.computeImage(p)
    values = {
        "shape": [shape.getIxx(), shape.getIyy(), shape.getIxy()],
        "det_radius": shape.getDeterminantRadius(),
        "trace_radius": shape.getTraceRadius(),
        "ap_flux_3": psf.computeApertureFlux(3.0, p),
        "ap_flux_6p5": psf.computeApertureFlux(6.5, p),
        "peak": psf.computePeak(p),
        "kernel_sum": kernel.array.sum(),
        "kernel_sum2": (kernel.array**2).sum(),
        "kernel_mid_row": kernel.array[kernel.getHeight() // 2],
        "image_mid_row": image.array[image.getHeight() // 2],
    }
    boxes = {"kernel_bbox": kernel.getBBox(), "image_bbox": image.getBBox()}
    assert values.keys() | boxes.keys() == e.keys()
    for name, value in values.items():
        np.testing.assert_allclose(value, e[name], rtol=1e-10, atol=1e-14, err_msg=name)
    for name, box in boxes.items():
        assert box == Box2I(Point2I(*e[name][:2]), Extent2I(*e[name][2:]))


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    return json.loads((REFERENCE_VISIT / "expected.json").read_text())


def read(name: str) -> dict[int, Psf]:
    rows = ExposureCatalog.readFits(str(REFERENCE_VISIT / name))
    return {row["id"]: row.getPsf() for row in rows}


def record_all(values: dict[int, tuple[Any, Any]], record_parity: Callable[..., None]) -> None:
    for _, each in values.values():
        record_parity(each["type"], count(each), 1e-10, source="reference visit")


def test_input_summary(expected: dict[str, Any], record_parity: Callable[..., None]) -> None:
    psfs, values = read("visitSummary.fits"), expected_psfs(expected["input"])
    assert sum(check(psfs[i], *v) for i, v in values.items()) == 3 * len(values) > 0
    record_all(values, record_parity)


def test_final_psfs(expected: dict[str, Any], record_parity: Callable[..., None]) -> None:
    """The PSFs that were put into the final summary come from this catalog."""
    psfs = read("finalized_psf_ap_corr_catalog.fits")
    values = expected_psfs(expected["outputs"]["full"])
    assert {v["type"] for _, v in values.values()} == CLASSES
    assert sum(check(psfs[i], *v) for i, v in values.items()) == 3 * len(values)
    record_all(values, record_parity)


def test_round_trip_in_a_catalog(expected: dict[str, Any], tmp_path: Any) -> None:
    """All classes share one archive, as they do in a visit summary."""
    path = str(tmp_path / "catalog.fits")
    name = REFERENCE_VISIT / "finalized_psf_ap_corr_catalog.fits"
    ExposureCatalog.readFits(str(name)).writeFits(path)
    psfs = {row["id"]: row.getPsf() for row in ExposureCatalog.readFits(path)}
    values = expected_psfs(expected["outputs"]["full"])
    assert sum(check(psfs[i], *v) for i, v in values.items()) == 3 * len(values)


@pytest.mark.parametrize("name", ["defaults", "full"])
def test_output_summaries(expected: dict[str, Any], name: str) -> None:
    psfs = read(f"expected_finalVisitSummary_{name}.fits")
    values = expected_psfs(expected["outputs"][name])
    assert {i for i, psf in psfs.items() if psf is not None} == values.keys()
    assert sum(check(psfs[i], *v) for i, v in values.items()) == 3 * len(values)
