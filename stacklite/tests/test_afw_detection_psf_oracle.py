"""Shifted images of PSFs against plain Python, on images of every kind."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lsst.afw.image import ImageD
from lsst.afw.math import FixedKernel
from lsst.geom import Point2D
from lsst.meas.algorithms import KernelPsf


def _image(seed: int, kind: str) -> np.ndarray:
    rng = np.random.default_rng(seed)
    height, width = rng.integers(3, 13, 2)
    y, x = (
        np.mgrid[:height, :width]
        - ((np.array([height, width]) - 1) / 2 + rng.normal(0, 0.5, 2))[:, None, None]
    )
    sigma = rng.uniform(0.1, 0.6) if kind == "under-sampled" else rng.uniform(0.6, 3.0)
    image = np.exp(-0.5 * (x**2 + (y / rng.uniform(0.4, 1.0)) ** 2) / sigma**2)
    if kind == "noise":
        image += rng.normal(0.0, rng.choice([0.02, 0.3, 2.0]), image.shape)
    if kind == "dark centre":
        image -= rng.uniform(0.3, 0.9) * np.exp(-0.5 * (x**2 + y**2) / (2.0 * sigma) ** 2)
    if kind == "points":
        image = np.where(rng.random(image.shape) < 0.05, rng.normal(1.0, 1.0, image.shape), 0.0)
    return image


KINDS = st.sampled_from(["smooth", "under-sampled", "noise", "dark centre", "points"])
SEEDS = st.integers(0, 10_000)


def lanczos_shifted(image: np.ndarray, shift: tuple[float, float]) -> np.ndarray:
    """Return an image shifted by fractions of a pixel in x and y."""
    padded = np.pad(image, 5)
    if shift == (0.0, 0.0):
        return image
    for axis, fraction in ((1, shift[0]), (0, shift[1])):
        d = float(np.float32(fraction))
        taps = np.arange(-4, 6) if d <= 0.0 else np.arange(-5, 5)
        weights = np.sinc(taps + d) * np.sinc((taps + d) / 5.0)
        wide = np.pad(padded, 10)
        moved = sum(w * np.roll(wide, -t, axis) for t, w in zip(taps, weights / weights.sum(), strict=True))
        padded = np.asarray(moved)[10:-10, 10:-10]
    return padded[5:-5, 5:-5]


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    seed=SEEDS, kind=KINDS, x=st.floats(-50, 4000), y=st.sampled_from([0.0, -0.5, 7.5, -3.0, 100.25, 1e-9])
)
def test_images_at_positions(seed: int, kind: str, x: float, y: float) -> None:
    image = _image(seed, kind)
    assume(abs(image.sum()) > 1e-6)
    psf = KernelPsf(FixedKernel(ImageD(image)))
    kernel, found = psf.computeKernelImage(Point2D(x, y)), psf.computeImage(Point2D(x, y))
    column, row = math.floor(x + 0.5), math.floor(y + 0.5)
    assert (found.getX0(), found.getY0()) == (kernel.getX0() + column, kernel.getY0() + row)
    expected = lanczos_shifted(kernel.array, (x - column, y - row))
    atol = 1e-13 * np.abs(kernel.array).max()
    np.testing.assert_allclose(found.array, expected, rtol=0.0, atol=atol)
