"""PSF images for tests: those with moments that are known, and those of every other kind."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

KINDS = st.sampled_from(["smooth", "under-sampled", "noise", "dark center", "points"])
SEEDS = st.integers(0, 10_000)


def gaussian(ixx: float, iyy: float, ixy: float, half: int = 20) -> np.ndarray:
    """Return an elliptical Gaussian sampled at pixel centers, with sum 1."""
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    det = ixx * iyy - ixy * ixy
    image = np.exp(-0.5 * (iyy * x * x - 2 * ixy * x * y + ixx * y * y) / det)
    return image / image.sum()


def image_of_kind(seed: int, kind: str, shape: tuple[int, int] | None = None) -> np.ndarray:
    """Return an image of a kind, with random parameters and, by default, of random size."""
    rng = np.random.default_rng(seed)
    height, width = rng.integers(3, 13, 2) if shape is None else shape
    middle = (np.array([height, width]) - 1) / 2 + rng.normal(0, 0.5, 2)
    y, x = np.mgrid[:height, :width] - middle[:, None, None]
    sigma = rng.uniform(0.1, 0.6) if kind == "under-sampled" else rng.uniform(0.6, 3.0)
    image = np.exp(-0.5 * (x**2 + (y / rng.uniform(0.4, 1.0)) ** 2) / sigma**2)
    if kind == "noise":
        image += rng.normal(0.0, rng.choice([0.02, 0.3, 2.0]), image.shape)
    if kind == "dark center":
        image -= rng.uniform(0.3, 0.9) * np.exp(-0.5 * (x**2 + y**2) / (2.0 * sigma) ** 2)
    if kind == "points":
        image = np.where(rng.random(image.shape) < 0.05, rng.normal(1.0, 1.0, image.shape), 0.0)
    return image
