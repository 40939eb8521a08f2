"""Clipping in plain NumPy, selecting anew each time, with sums in extended precision; and pixels to clip."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

SIGMA_PER_IQRANGE = 0.741301109252802
SINGLE_MAX = float(np.finfo(np.float32).max)

KINDS = (
    "noise",
    "sky",
    "stars",
    "gradient",
    "sorted",
    "steps of one",
    "few steps",
    "equal",
    "two values",
    "ties at the quartiles",
    "heavy tails",
    "far from 0",
    "near the maximum",
    "denormal",
    "two levels",
    "skewed",
)


@dataclass(frozen=True)
class Expected:
    n: int
    mean: float
    variance: float
    n_good: int


def good_values(values: np.ndarray, mask: np.ndarray | None, and_mask: int) -> np.ndarray:
    used = np.abs(values.astype(np.float64)) <= SINGLE_MAX
    if mask is not None:
        used &= (mask & and_mask) == 0
    return values[used].astype(np.float64)


def quartiles(good: np.ndarray) -> list[float]:
    if good.size == 0:
        return [math.nan] * 3
    ordered, found = np.sort(good), []
    for fraction in (0.25, 0.5, 0.75):
        place = fraction * (good.size - 1)
        at, weight = int(place), place - int(place)
        above = ordered[min(at + 1, good.size - 1)]
        found.append(float(ordered[at] * (1.0 - weight) + above * weight))
    return found


def clip_plainly(
    values: np.ndarray, mask: np.ndarray | None, and_mask: int, n_sigma: float, n_iterations: int
) -> Expected:
    good = good_values(values, mask, and_mask)
    low, center, high = quartiles(good)
    half_width = n_sigma * SIGMA_PER_IQRANGE * (high - low)
    for _ in range(n_iterations):
        kept = good[np.abs(good - center) <= half_width].astype(np.longdouble)
        mean = float(kept.mean()) if kept.size else math.nan
        variance = float(kept.var(ddof=1)) if kept.size > 1 else math.nan
        center = mean
        if good.size > 1:
            half_width = n_sigma * math.sqrt(variance)
    return Expected(kept.size, mean, variance, good.size)


def pixels(kind: str, size: int, seed: int = 0) -> np.ndarray:
    """Return pixels in double precision."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0.0, 12.0, size)
    match kind:
        case "sky":
            return 300.0 + noise
        case "stars":
            return np.where(rng.random(size) < 0.05, 100.0 * np.abs(noise), noise)
        case "gradient":
            return 300.0 + noise + np.linspace(0.0, 200.0, size)
        case "sorted":
            return np.sort(noise)
        case "steps of one":
            return np.round(noise)
        case "few steps":
            return 7.0 * np.round(noise / 12.0)
        case "equal":
            return np.full(size, 0.1)
        case "two values":
            return np.where(rng.random(size) < 0.3, -2.5, 7.1)
        case "ties at the quartiles":
            return np.where(np.abs(np.abs(noise) - 8.1) < 1.0, np.copysign(8.1, noise), noise)
        case "heavy tails":
            return rng.standard_cauchy(size)
        case "far from 0":
            return 1e6 + noise / 12.0
        case "near the maximum":
            return rng.uniform(-3.4e38, 3.4e38, size)
        case "denormal":
            return 1e-43 * noise
        case "two levels":
            return np.where(np.arange(size) < size // 3, noise, noise + 500.0)
        case "skewed":
            return np.exp(noise / 10.0)
    return noise
