"""Every PSF of the golden topic, built from its parameters and read from its file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions
from lsst.afw.detection import GaussianPsf, Psf
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.math import AnalyticKernel, Kernel
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.meas.algorithms import DoubleGaussianPsf, KernelPsf, SingleGaussianPsf
from stacklite_support.golden import cases, golden_file, is_error, number
from stacklite_support.parity import count

CASES = cases("psf")
BUILT = [case for case in CASES if "Gaussian" in case["inputs"]["type"]]
READ = [case for case in CASES if case["inputs"].get("file")]


def params(found: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("case", found, ids=lambda case: case["inputs"]["name"])


# Sums over sinc apertures and sums of squares round differently: relative to
# the largest pixel that is far below what any statistic sees.
PIXEL = 1e-12


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


def box(numbers: list[int]) -> Box2I:
    return Box2I(Point2I(*numbers[:2]), Extent2I(*numbers[2:]))


def amplification(array: np.ndarray) -> float:
    """Return how much larger rounding is in a normalized image than in one without negative pixels."""
    with np.errstate(all="ignore"):
        ratio = np.abs(array).sum() / abs(array.sum())
    return float(ratio) if np.isfinite(ratio) else 1.0


def check_image(image: Any, expected: dict[str, Any]) -> None:
    assert image.getBBox() == box(expected["bbox"])
    assert image.array.dtype == np.float64
    height, width = image.array.shape
    scale = np.abs(image.array).max()
    noise = 1e-14 * amplification(image.array)
    for got, name in (
        (image.array[height // 2], "middle_row"),
        (image.array[:, width // 2], "middle_column"),
    ):
        np.testing.assert_allclose(got, number(expected[name]), rtol=0, atol=(PIXEL + noise) * scale)
    np.testing.assert_allclose(image.array.sum(), number(expected["sum"]), rtol=1e-10 + noise)
    np.testing.assert_allclose((image.array**2).sum(), number(expected["sum_of_squares"]), rtol=1e-10 + noise)


def check_value(got: Any, expected: Any, rtol: float = 1e-10) -> None:
    np.testing.assert_allclose(got, number(expected), rtol=rtol, atol=1e-12)


def check_moments(got: Any, expected: Any) -> None:
    # Of 1e9 exponentials that are rounded to float32 a few differ between C libraries: 1e-8 of a moment.
    check_value(got, expected, rtol=1e-7)


def check_box(got: Box2I, expected: list[int]) -> None:
    assert got == box(expected)


def radii(shape: Quadrupole) -> list[float]:
    return [shape.getDeterminantRadius(), shape.getTraceRadius(), shape.getArea()]


def moments(shape: Quadrupole) -> list[float]:
    return [shape.getIxx(), shape.getIyy(), shape.getIxy()]


def check_evaluation(psf: Psf, expected: dict[str, Any]) -> int:
    """Compare everything at one position; return the number of values."""
    position = Point2D(*number(expected["position"]))
    check_shape = check_value if isinstance(psf, GaussianPsf) else check_moments
    checks: list[tuple[Any, Any, str]] = [
        (psf.computeKernelImage, check_image, "kernel_image"),
        (psf.computeImage, check_image, "image"),
        (psf.computePeak, check_value, "peak"),
        (lambda p: moments(psf.computeShape(p)), check_shape, "shape"),
        (lambda p: radii(psf.computeShape(p)), check_shape, "radii"),
        (lambda p: psf.getLocalKernel(p).getSum(), check_value, "local_kernel_sum"),
        (psf.computeBBox, check_box, "bbox"),
        (psf.computeKernelBBox, check_box, "bbox"),
        (psf.computeImageBBox, check_box, "image_bbox"),
    ]
    compared = [(compute, check, expected[key]) for compute, check, key in checks if key in expected]
    for radius, flux in expected.get("aperture_flux", {}).items():
        compared.append((lambda p, r=float(radius): psf.computeApertureFlux(r, p), check_value, flux))
    for compute, check, value in compared:
        if is_error(value):
            with pytest.raises(getattr(lsst.pex.exceptions, value["error"])):
                compute(position)
        else:
            check(compute(position), value)
    return len(compared)


def check_psf(psf: Psf, expected: dict[str, Any]) -> None:
    assert type(psf).__name__ == expected["type"]
    check_value(list(psf.getAveragePosition()), expected["average_position"])
    assert all(check_evaluation(psf, e) >= 10 for e in expected["evals"])


def test_every_case_is_replayed() -> None:
    assert all(case in BUILT or case in READ for case in CASES)


@params(BUILT)
def test_built(case: dict[str, Any], record_parity: Callable[..., None]) -> None:
    record_evaluation(record_parity, case)
    if is_error(case["expected"]):
        with pytest.raises(getattr(lsst.pex.exceptions, case["expected"]["error"])):
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
        with pytest.raises(getattr(lsst.pex.exceptions, errors[0])):
            psf._compute_shapes(positions)
        return
    check_moments(psf._compute_shapes(positions), [e["shape"] for e in evals])
    for radius in evals[0]["aperture_flux"]:
        fluxes = [e["aperture_flux"][radius] for e in evals]
        check_value(psf._compute_aperture_fluxes(float(radius), positions), fluxes)
