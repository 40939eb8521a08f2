"""Comparison of PSFs with the values of the real stack."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.detection import GaussianPsf, Psf
from lsst.afw.geom.ellipses import Quadrupole
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from stacklite_support.golden import is_error, number

# Sums over sinc apertures and sums of squares round differently: relative to
# the largest pixel that is far below what any statistic sees.
PIXEL = 1e-12


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
            with pytest.raises(getattr(pex_exceptions, value["error"])):
                compute(position)
        else:
            check(compute(position), value)
    return len(compared)
