"""PSFs of all classes: images, moments, fluxes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.detection import GaussianPsf, Psf
from lsst.afw.math import AnalyticKernel, Kernel
from lsst.afw.table import ExposureCatalog
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.meas.algorithms import DoubleGaussianPsf, KernelPsf, SingleGaussianPsf
from stacklite_support.golden import cases, golden_file, is_error, number
from stacklite_support.golden_psf import check_evaluation, check_moments, check_value
from stacklite_support.parity import count
from stacklite_support.paths import REFERENCE_VISIT

# -- Values of the real stack ----------------------------------------------------------

CASES = cases("psf")
BUILT = [case for case in CASES if "Gaussian" in case["inputs"]["type"]]
READ = [case for case in CASES if case["inputs"].get("file")]


def params(found: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("case", found, ids=lambda case: case["inputs"]["name"])


def record_evaluation(record_parity: Callable[..., None], case: dict[str, Any]) -> None:
    """Record what of a case is compared how closely."""
    name, expected = case["inputs"]["type"], case["expected"]
    moments = count([e[key] for e in expected.get("evals", ()) for key in ("shape", "radii")])
    if name == "GaussianPsf" or not moments:
        # Its moments follow from its parameter, not from an image.
        record_parity(name, count(expected), 1e-10)
    else:
        record_parity(name, count(expected) - moments, 1e-10)
        record_parity(name, moments, 1e-7)


def build(inputs: dict[str, Any]) -> Psf:
    size = inputs["width"], inputs["height"]
    match inputs["type"]:
        case "GaussianPsf":
            return GaussianPsf(*size, inputs["sigma"])
        case "SingleGaussianPsf":
            return SingleGaussianPsf(*size, inputs["sigma"])
        case "DoubleGaussianPsf":
            return DoubleGaussianPsf(*size, inputs["sigma1"], inputs["sigma2"], inputs["b"])
    raise AssertionError(inputs["type"])


def check_psf(psf: Psf, expected: dict[str, Any]) -> None:
    assert type(psf).__name__ == expected["type"]
    check_value(list(psf.getAveragePosition()), expected["average_position"])
    assert all(check_evaluation(psf, e) >= 10 for e in expected["evals"])


@pytest.mark.golden
def test_every_case_is_replayed() -> None:
    assert all(case in BUILT or case in READ for case in CASES)


@params(BUILT)
def test_built(case: dict[str, Any], record_parity: Callable[..., None]) -> None:
    record_evaluation(record_parity, case)
    if is_error(case["expected"]):
        with pytest.raises(getattr(pex_exceptions, case["expected"]["error"])):
            build(case["inputs"])
    else:
        check_psf(build(case["inputs"]), case["expected"])


@params(READ)
def test_read(case: dict[str, Any], record_parity: Callable[..., None]) -> None:
    psf = Psf.readFits(golden_file(case["inputs"]["file"]))
    check_psf(psf, case["expected"])
    record_evaluation(record_parity, case)
    # The kernel image of a KernelPsf is the image of its kernel.
    points = sum(count(each["kernel_image"]) for each in case["expected"]["evals"])
    for name in classes_of(psf.getKernel()) if isinstance(psf, KernelPsf) else ():
        record_parity(name, points, 1e-10)


def classes_of(kernel: Kernel) -> set[str]:
    """Return the names of the classes that take part in the evaluation of a kernel."""
    functions = kernel.getSpatialFunctionList() if kernel.isSpatiallyVarying() else []
    if isinstance(kernel, AnalyticKernel):
        functions = [*functions, kernel.getKernelFunction()]
    return {type(part).__name__ for part in (kernel, *functions)}


@params(READ)
def test_round_trip(case: dict[str, Any], tmp_path: Any) -> None:
    """What is written evaluates to the same values when it is read again."""
    path = str(tmp_path / "psf.fits")
    Psf.readFits(golden_file(case["inputs"]["file"])).writeFits(path)
    again = Psf.readFits(path)
    assert type(again).__name__ == case["expected"]["type"]
    check_evaluation(again, case["expected"]["evals"][-1])


@params(READ)
def test_many_positions_at_once(case: dict[str, Any]) -> None:
    """The array forms give what the scalar methods gave on the real stack."""
    psf = Psf.readFits(golden_file(case["inputs"]["file"]))
    evals = case["expected"]["evals"]
    positions = np.array([number(e["position"]) for e in evals])
    errors = [e["shape"]["error"] for e in evals if is_error(e["shape"])]
    if errors:
        with pytest.raises(getattr(pex_exceptions, errors[0])):
            psf._compute_shapes(positions)
        return
    check_moments(psf._compute_shapes(positions), [e["shape"] for e in evals])
    for radius in evals[0]["aperture_flux"]:
        fluxes = [e["aperture_flux"][radius] for e in evals]
        check_value(psf._compute_aperture_fluxes(float(radius), positions), fluxes)


# -- The reference visit ---------------------------------------------------------------

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
