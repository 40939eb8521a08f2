"""Piecewise cubic polynomials through many rows of values at once.

The formulas are those of the GNU Scientific Library, which the stack calls; the order
of operations matters for bit identity, which images in single precision do not have in every pixel.
"""

from __future__ import annotations

__all__ = ["Piecewise", "akima_spline", "averaged_steps", "cubic_spline", "straight_lines"]

from dataclasses import dataclass

import numpy as np

_BLOCK = 1 << 15
"""Elements per block of an evaluation, so that intermediates stay in cache."""


@dataclass(frozen=True)
class Piecewise:
    """Polynomials ``a + u (b + u (c + u d))`` on adjacent intervals.

    ``u = (t - origin) / scale``. Piece p holds for ``t < ends[p]``, the last
    one beyond the last end. ``inclusive_end`` is the index of the end that
    belongs to the piece before it, or -1.
    """

    ends: np.ndarray
    origins: np.ndarray
    scales: np.ndarray
    coefficients: tuple[np.ndarray, ...]
    """Arrays of shape (pieces, rows) for a, b, c, d; trailing ones may be absent."""
    inclusive_end: int = -1

    def evaluate(self, t: np.ndarray, out: np.ndarray) -> None:
        """Evaluate at ascending positions.

        Parameters
        ----------
        t : `numpy.ndarray`, shape (positions,)
            Ascending positions.
        out : `numpy.ndarray`, shape (rows, positions)
            Filled with the values, rounded to its type.
        """
        ends = np.searchsorted(t, self.ends, side="left")
        if self.inclusive_end >= 0:
            ends[self.inclusive_end] = np.searchsorted(t, self.ends[self.inclusive_end], side="right")
        edges = [0, *(int(e) for e in ends), len(t)]
        spans = [
            (piece, slice(first, last))
            for piece, (first, last) in enumerate(zip(edges[:-1], edges[1:], strict=True))
            if last > first
        ]
        with np.errstate(invalid="ignore", over="ignore"):
            self._evaluate_spans(spans, t, out)

    def _evaluate_spans(self, spans: list[tuple[int, slice]], t: np.ndarray, out: np.ndarray) -> None:
        """Evaluate the pieces, each at a range of positions; rows by rows."""
        arguments = [(t[span] - self.origins[piece]) / self.scales[piece] for piece, span in spans]
        if out.dtype == np.float32:
            # Agrees to single precision, three times as fast.
            self._evaluate_products(spans, arguments, out)
            return
        for (piece, span), u in zip(spans, arguments, strict=True):
            out[:, span] = _sum_nested([c[piece][:, np.newaxis] for c in self.coefficients], u)

    def _evaluate_products(
        self, spans: list[tuple[int, slice]], arguments: list[np.ndarray], out: np.ndarray
    ) -> None:
        """Multiply matrices of coefficients and of powers."""
        coefficients = np.stack(self.coefficients, axis=-1)
        powers = [np.stack([u**n for n in range(len(self.coefficients))]) for u in arguments]
        # The blocks are too small for BLAS to start its threads.
        n_rows = max(1, _BLOCK // max((len(u) for u in arguments), default=1))
        for start in range(0, len(out), n_rows):
            rows = slice(start, start + n_rows)
            for (piece, span), matrix in zip(spans, powers, strict=True):
                out[rows, span] = coefficients[piece, rows] @ matrix


def _sum_nested(columns: list[np.ndarray], u: np.ndarray) -> np.ndarray:
    """Evaluate polynomials by Horner's rule, to the last bit as the library."""
    if len(columns) == 1:
        return columns[0]
    value = columns[-1] * u
    for column in columns[-2:0:-1]:
        value += column
        value *= u
    value += columns[0]
    return value


def averaged_steps(x: np.ndarray, y: np.ndarray) -> Piecewise:
    """Return the stack's CONSTANT interpolator: steps of averaged neighbors.

    Parameters
    ----------
    x : `numpy.ndarray`, shape (n,)
        Ascending positions.
    y : `numpy.ndarray`, shape (n, rows)
        Values.
    """
    values = np.concatenate([y[:1], 0.5 * (y[:-1] + y[1:]), y[-1:]])
    if len(x) == 1:
        return Piecewise(np.empty(0), np.zeros(1), np.ones(1), (y,))
    ends = np.concatenate([0.5 * (x[:-1] + x[1:]), [0.5 * (3.0 * x[-1] - x[-2])]])
    return Piecewise(ends, np.zeros(len(values)), np.ones(len(values)), (values,))


def straight_lines(x: np.ndarray, y: np.ndarray) -> Piecewise:
    """Return the linear interpolator (parameters as `averaged_steps`)."""
    h, dy = np.diff(x), np.diff(y, axis=0)
    slope = dy / h[:, np.newaxis]
    # Inside, the fraction of the interval multiplies the difference.
    return Piecewise(
        x,
        np.concatenate([x[:1], x[:-1], x[-1:]]),
        np.concatenate([[1.0], h, [1.0]]),
        (np.concatenate([y[:1], y[:-1], y[-1:]]), np.concatenate([slope[:1], dy, slope[-1:]])),
        len(x) - 1,
    )


def cubic_spline(x: np.ndarray, y: np.ndarray, *, periodic: bool = False) -> Piecewise:
    """Return the natural or periodic cubic spline (see `averaged_steps`)."""
    h = np.diff(x)[:, np.newaxis]
    slope = np.diff(y, axis=0) / h
    c = _periodic_curvature(h, y, slope) if periodic else _natural_curvature(h, slope)
    b = slope - h * (c[1:] + 2.0 * c[:-1]) / 3.0
    d = (c[1:] - c[:-1]) / (3.0 * h)
    return _with_ends(x, y, b, c[:-1], d)


def akima_spline(x: np.ndarray, y: np.ndarray, *, periodic: bool = False) -> Piecewise:
    """Return Akima's spline with zero-slope-difference ties drawn straight."""
    h = np.diff(x)[:, np.newaxis]
    inner = np.diff(y, axis=0) / h
    if periodic:
        m = np.concatenate([inner[-2:], inner, inner[:2]])
    else:
        before = [3.0 * inner[0] - 2.0 * inner[1], 2.0 * inner[0] - inner[1]]
        after = [2.0 * inner[-1] - inner[-2], 3.0 * inner[-1] - 2.0 * inner[-2]]
        m = np.concatenate([before, inner, after])
    # M[i + 2] is the slope of interval i; change[i + 2] = |m_i+1 - m_i|.
    change = np.abs(np.diff(m, axis=0))
    n = len(inner)
    total = change[2 : n + 2] + change[:n]
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha = change[:n] / total
        b = (1.0 - alpha) * m[1 : n + 1] + alpha * inner
        total_next = change[3 : n + 3] + change[1 : n + 1]
        alpha_next = change[1 : n + 1] / total_next
        t = np.where(total_next == 0.0, inner, (1.0 - alpha_next) * inner + alpha_next * m[3 : n + 3])
    straight = total == 0.0
    b = np.where(straight, inner, b)
    c = np.where(straight, 0.0, (3.0 * inner - 2.0 * b - t) / h)
    d = np.where(straight, 0.0, (b + t - 2.0 * inner) / (h * h))
    return _with_ends(x, y, b, c, d)


def _with_ends(x: np.ndarray, y: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> Piecewise:
    """Add the parabolas that continue the first and the last interval."""
    zero = np.zeros_like(y[:1])
    slopes, half_curvatures = [], []
    # Multiplying by 0 is not idle: infinite values make the parabola NaN.
    for i, u in ((0, 0.0), (-1, x[-1] - x[-2])):
        slopes.append(b[i] + u * (2.0 * c[i] + 3.0 * u * d[i]))
        half_curvatures.append(0.5 * (2.0 * c[i] + 6.0 * u * d[i]))
    return Piecewise(
        x,
        np.concatenate([x[:1], x[:-1], x[-1:]]),
        np.ones(len(x) + 1),
        (
            np.concatenate([y[:1], y[:-1], y[-1:]]),
            np.concatenate([slopes[:1], b, slopes[1:]]),
            np.concatenate([half_curvatures[:1], c, half_curvatures[1:]]),
            np.concatenate([zero, d, zero]),
        ),
        len(x) - 1,
    )


def _natural_curvature(h: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Return half the second derivatives at the knots, zero at both ends.

    The symmetric tridiagonal system is factorized as L D L^T.
    """
    right = 3.0 * np.diff(slope, axis=0)
    diagonal, off = 2.0 * (h[1:] + h[:-1]), h[1:]
    n = len(right)
    pivot, ratio = np.empty((n, 1)), np.empty((n, 1))
    z = np.empty_like(right)
    for i in range(n):
        pivot[i] = diagonal[i] - (off[i - 1] * ratio[i - 1] if i else 0.0)
        ratio[i] = off[i] / pivot[i]
        z[i] = right[i] - (ratio[i - 1] * z[i - 1] if i else 0.0)
    c = np.zeros((n + 2, right.shape[1]))
    c[n] = z[n - 1] / pivot[n - 1]
    for i in range(n - 2, -1, -1):
        c[i + 1] = z[i] / pivot[i] - ratio[i] * c[i + 2]
    return c


def _periodic_curvature(h: np.ndarray, y: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Return half the second derivatives at the knots, equal at both ends.

    The interval after the last knot is the first one. With three knots it
    starts from the last value, otherwise from the first (as in the library;
    the two differ only if the values are not periodic).
    """
    n = len(h)
    h_next = np.roll(h, -1, axis=0)
    wrapped = slope[:1] if n > 2 else (y[1:2] - y[-1:]) / h[0]
    slope_next = np.concatenate([slope[1:], wrapped])
    matrix = np.diag(2.0 * (h + h_next)[:, 0])
    index = np.arange(n)
    matrix[index, (index + 1) % n] += h_next[:, 0]
    matrix[(index + 1) % n, index] += h_next[:, 0]
    c = np.linalg.solve(matrix, 3.0 * (slope_next - slope))
    return np.concatenate([c[-1:], c])
