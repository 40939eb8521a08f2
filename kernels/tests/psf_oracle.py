"""What is measured on PSF images, pixel by pixel in plain Python.

Slow, and rounded to single precision where the definition says so; but not
in the same order as in the stack, which matters at 1e-7 of a moment (and more
for lines that are thinner than a pixel).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import j1

f32 = np.float32
SINGULAR = 1.1920929e-7
SUB_PIXELS = (-0.375, -0.125, 0.125, 0.375)
Symmetric = tuple[float, float, float]
"""Elements xx, xy and yy."""


def inverse(matrix: Symmetric) -> Symmetric | None:
    """Return the inverse of a symmetric matrix, `None` if it has none."""
    xx, xy, yy = matrix
    det = xx * yy - xy * xy
    return None if not det >= SINGULAR else (yy / det, -xy / det, xx / det)


@dataclass
class Pass:
    """Sums of an image with a Gaussian weight, whose inverse covariance is given."""

    image: np.ndarray
    center: tuple[int, int]
    box: tuple[int, int, int, int]
    is_split: bool

    def sums(self, weight: Symmetric, is_cut: bool = True) -> tuple[float, float, float, float]:
        """Return S, Sxx, Sxy, Syy."""
        x0, x1, y0, y1 = self.box
        total = [0.0] * 4
        for i in range(y0, y1 + 1):
            for j in range(x0, x1 + 1):
                for each in self._points(j - self.center[0], i - self.center[1], weight, is_cut):
                    self._add(total, f32(self.image[i, j]), *each)
        return total[0], total[1], total[2], total[3]

    def _points(self, x: float, y: float, weight: Symmetric, is_cut: bool) -> list[tuple[Any, Any, float]]:
        if not self.is_split:
            exponent = self._exponent(f32(x), f32(y), weight)
            return [(f32(x), f32(y), exponent)] if exponent <= 14.0 or not is_cut else []
        offsets = (SUB_PIXELS[0], SUB_PIXELS[-1])
        corners = [self._exponent(x + a, y + b, weight) for a in offsets for b in offsets]
        if is_cut and not max(corners) <= 9.0:
            return []
        points = [(x + a, y + b) for b in SUB_PIXELS for a in SUB_PIXELS]
        return [(f32(a), f32(b), self._exponent(a, b, weight)) for a, b in points]

    @staticmethod
    def _exponent(x: float, y: float, weight: Symmetric) -> float:
        x2, xy, y2 = float(f32(x) * f32(x)), float(f32(x) * f32(y)), float(f32(y) * f32(y))
        return float(f32(x2 * weight[0] + 2.0 * xy * weight[1] + y2 * weight[2]))

    @staticmethod
    def _add(total: list[float], pixel: Any, x: Any, y: Any, exponent: float) -> None:
        value = pixel * f32(math.exp(-0.5 * exponent))
        for index, factor in enumerate((f32(1.0), x * x, x * y, y * y)):
            total[index] += float(factor * value)


def adaptive_moments(image: np.ndarray, center: tuple[int, int]) -> tuple[Symmetric, str]:
    """Return moments (xx, xy, yy), and how they were found.

    Parameters
    ----------
    image : `numpy.ndarray`
        Pixels.
    center : `tuple` [`int`, `int`]
        Column and row of the center.

    Returns
    -------
    moments : `tuple`
        xx, xy and yy.
    how : `str`
        "adaptive", or "unweighted" if the iteration did not come to an end.
    """
    covariance: Symmetric = (1.5, 0.0, 1.5)
    previous = (f32(1e6), f32(1e6), f32(1e6))
    weight: Symmetric | None = None
    is_split, count = False, 0
    while count < 100:
        step = Pass(image, center, _box(image.shape, center, covariance), is_split)
        new = inverse(covariance)
        if new is None:
            return _unweighted(step)
        narrow = covariance[0] < 0.25 or covariance[2] < 0.25 or 1.0 / _det(new) < 0.0625
        if narrow and not is_split:
            step.is_split = is_split = True
            if count > 0:
                previous, new, count = (*previous[:2], f32(1e6)), weight, count - 1
        weight = new
        assert weight is not None
        total = step.sums(weight)
        if not (total[0] > 0 and total[1] > 0 and total[3] > 0):
            return _unweighted(step)
        found = _observed(total)
        if count > 0 and _is_converged(found[1], previous):
            return covariance, "adaptive"
        covariance_ = _update(found[0], weight)
        if covariance_ is None:
            return _unweighted(step)
        covariance, previous, count = covariance_, found[1], count + 1
    return _unweighted(step)


def _det(matrix: Symmetric) -> float:
    return matrix[0] * matrix[2] - matrix[1] ** 2


def _box(shape: tuple[int, ...], center: tuple[int, int], covariance: Symmetric) -> tuple[int, int, int, int]:
    radius = min(4.0 * math.sqrt(max(covariance[0], covariance[2])), 1000.0)
    low = [max(0, math.ceil(c - radius - 0.5)) for c in center]
    high = [min(n - 1, math.floor(c + radius + 0.5)) for c, n in zip(center, shape[::-1], strict=True)]
    return low[0], high[0], low[1], high[1]


def _observed(total: tuple[float, float, float, float]) -> tuple[Symmetric, tuple[Any, Any, Any]]:
    """Return the moments of a pass, and ellipticity and size by which convergence is judged."""
    xx, xy, yy = (f32(t / total[0]) for t in total[1:])
    size = xx + yy
    return (float(xx), float(xy), float(yy)), ((xx - yy) / size, f32(2.0) * xy / size, xx)


def _is_converged(found: tuple[Any, Any, Any], previous: tuple[Any, Any, Any]) -> bool:
    same = all(abs(found[k] - previous[k]) < f32(1e-5) for k in (0, 1))
    return same and bool(abs(found[2] / previous[2] - f32(1.0)) < f32(1e-4))


def _update(observed: Symmetric, weight: Symmetric) -> Symmetric | None:
    """Return the covariance of the image, if it is a Gaussian; `None` if there is none."""
    total = inverse(observed)
    if total is None:
        return None
    covariance = inverse(tuple(float(f32(float(f32(t)) - w)) for t, w in zip(total, weight, strict=True)))  # type: ignore[arg-type]
    return covariance if covariance and covariance[0] > 0 and covariance[2] > 0 else None


def _unweighted(step: Pass) -> tuple[Symmetric, str]:
    total = step.sums((0.0, 0.0, 0.0), is_cut=False)
    if total[0] > 0 and total[1] > 0 and total[3] > 0:
        return (total[1] / total[0], total[2] / total[0], total[3] / total[0]), "unweighted"
    failed = (1 / 12, 0.0, 1 / 12) if total[0] > 0 else (math.nan, math.nan, math.nan)
    return failed, "failed"


def aperture_flux(image: np.ndarray, center: tuple[int, int], radius: float) -> float:
    """Return the flux in an aperture of which the Fourier transform is cut at the Nyquist frequency."""
    half = 2 ** max(3, math.ceil(math.log2(2.0 * radius)))
    m = np.arange(1 - half, half)
    k = m / (2 * half - 1)
    frequency = np.hypot(k[:, None], k)
    safe = np.where(frequency == 0.0, 1.0, frequency)
    transform = np.where(
        frequency == 0.0, math.pi * radius**2, radius * j1(2.0 * math.pi * radius * safe) / safe
    )
    total = 0.0
    for (i, j), pixel in np.ndenumerate(image):
        x, y = j - center[0], i - center[1]
        if max(abs(x), abs(y)) < half:
            wave = np.cos(2.0 * np.pi * (k[:, None] * y + k * x))
            total += pixel * float((transform * wave).sum()) / (2 * half - 1) ** 2
    return total
