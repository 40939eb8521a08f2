"""Background images by brute force: one pixel after the other, in plain Python.

Written from a description of what the stack computes, for comparison with the
vectorized implementation. It does not know the periodic splines.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

Line = Callable[[float], float]

MINIMUM = {"CONSTANT": 1, "LINEAR": 2, "NATURAL_SPLINE": 3, "CUBIC_SPLINE": 3, "AKIMA_SPLINE": 5}
BEST = ("CONSTANT", "LINEAR", "CUBIC_SPLINE", "CUBIC_SPLINE", "AKIMA_SPLINE")


class TooFewPointsError(Exception):
    """A style needs more points."""


def background_image(size: tuple[int, int], grid: np.ndarray, style: str, *, reduce: bool) -> np.ndarray:
    """Return the image of (width, height) pixels of a grid of cells, shape (ny, nx).

    Raises
    ------
    TooFewPointsError
        Raised if the grid is too small, or has too few values in a row or
        column, and ``reduce`` is not set.
    """
    if min(grid.shape) < MINIMUM[style]:
        style = _reduced(min(grid.shape), reduce=reduce)
    x, y = (centers(n, cells) for n, cells in zip(size, grid.shape[::-1], strict=True))
    columns = [_line(y, column, size[1], style, reduce=reduce) for column in grid.T.tolist()]
    rows = [_line(x, row, size[0], style, reduce=reduce) for row in zip(*columns, strict=True)]
    with np.errstate(over="ignore"):
        return np.array(rows).astype(np.float32)


def centers(size: int, n: int) -> list[float]:
    """Return the centers of n cells on an axis."""
    edges = [0] + [min(((i + 1) * size + n // 2) // n, size) for i in range(n)]
    return [begin + (end - begin) / 2 - 0.5 for begin, end in zip(edges, edges[1:], strict=False)]


def _reduced(n: int, *, reduce: bool) -> str:
    if not reduce:
        raise TooFewPointsError
    return BEST[min(n, 5) - 1]


def _line(x: list[float], y: Sequence[float], length: int, style: str, *, reduce: bool) -> list[float]:
    """Interpolate one row or column of cells at every pixel, leaving out NaN."""
    points = [(a, b) for a, b in zip(x, y, strict=True) if not math.isnan(b)]
    if len(points) < MINIMUM[style]:
        if reduce and not points:
            return [math.nan] * length
        style = _reduced(len(points), reduce=reduce)
    interpolate = _make([a for a, _ in points], [b for _, b in points], style)
    return [interpolate(float(i)) for i in range(length)]


def _make(x: list[float], y: list[float], style: str) -> Line:
    if style == "CONSTANT":
        return _steps(x, y)
    if style == "LINEAR":
        zeros = [0.0] * len(x)
        return _cubic(x, y, _slopes(x, y), zeros, zeros)
    return _akima(x, y) if style == "AKIMA_SPLINE" else _natural(x, y)


def _slopes(x: list[float], y: list[float]) -> list[float]:
    return [(y[i + 1] - y[i]) / (x[i + 1] - x[i]) for i in range(len(x) - 1)]


def _steps(x: list[float], y: list[float]) -> Line:
    n = len(x)
    values = [y[0], *((y[i - 1] + y[i]) / 2 for i in range(1, n)), y[-1]]
    knots = [(x[i - 1] + x[i]) / 2 for i in range(1, n)]
    ends = [*knots, (3 * x[-1] - x[-2]) / 2] if n > 1 else []
    return lambda t: values[sum(end <= t for end in ends)]


def _cubic(x: list[float], y: list[float], b: list[float], c: list[float], d: list[float]) -> Line:
    """Return the piecewise cubic; a parabola continues it on both sides."""
    last = len(x) - 2

    def evaluate(t: float) -> float:
        i = min(sum(knot <= t for knot in x[1:]), last)
        if x[0] <= t <= x[-1]:
            u = t - x[i]
            return y[i] + u * (b[i] + u * (c[i] + u * d[i]))
        i, end = (0, 0) if t < x[0] else (last, len(x) - 1)
        u, step = x[end] - x[i], t - x[end]
        slope, curvature = b[i] + u * (2 * c[i] + 3 * d[i] * u), 2 * c[i] + 6 * d[i] * u
        return y[end] + step * slope + step * step / 2 * curvature

    return evaluate


def _natural(x: list[float], y: list[float]) -> Line:
    """Return the spline without curvature at the ends, by a dense system of equations."""
    n, m = len(x), _slopes(x, y)
    h = [b - a for a, b in zip(x, x[1:], strict=False)]
    matrix, right = np.eye(n), np.zeros(n)
    for i in range(1, n - 1):
        matrix[i, i - 1 : i + 2] = h[i - 1], 2 * (h[i - 1] + h[i]), h[i]
        right[i] = 3 * (m[i] - m[i - 1])
    c = np.linalg.solve(matrix, right).tolist()
    b = [m[i] - h[i] * (c[i + 1] + 2 * c[i]) / 3 for i in range(n - 1)]
    d = [(c[i + 1] - c[i]) / (3 * h[i]) for i in range(n - 1)]
    return _cubic(x, y, b, c, d)


def _akima(x: list[float], y: list[float]) -> Line:
    s = _slopes(x, y)
    before, after = [3 * s[0] - 2 * s[1], 2 * s[0] - s[1]], [2 * s[-1] - s[-2], 3 * s[-1] - 2 * s[-2]]
    m = [*before, *s, *after]  # m[i + 2] is the slope of interval i
    b, c, d = [], [], []
    for i, slope in enumerate(s, 2):
        here = abs(m[i + 1] - slope) + abs(m[i - 1] - m[i - 2])
        there = abs(m[i + 2] - m[i + 1]) + abs(slope - m[i - 1])
        first = last = slope
        if here:
            weight = abs(m[i - 1] - m[i - 2]) / here
            first = (1 - weight) * m[i - 1] + weight * slope
            if there:
                weight = abs(slope - m[i - 1]) / there
                last = (1 - weight) * slope + weight * m[i + 1]
        h = x[i - 1] - x[i - 2]
        b.append(first)
        c.append((3 * slope - 2 * first - last) / h)
        d.append((first + last - 2 * slope) / (h * h))
    return _cubic(x, y, b, c, d)
