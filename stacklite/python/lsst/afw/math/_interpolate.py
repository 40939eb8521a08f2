"""One-dimensional interpolation."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

import numpy as np

from lsst.pex.exceptions import InvalidParameterError, OutOfRangeError, RuntimeError

from ._spline import Piecewise, akima_spline, averaged_steps, cubic_spline, straight_lines

__all__ = [
    "Interpolate",
    "lookupMaxInterpStyle",
    "lookupMinInterpPoints",
    "makeInterpolate",
    "stringToInterpStyle",
]


class _Style(enum.IntEnum):
    """How to interpolate; the values are those of background files."""

    UNKNOWN = -1
    CONSTANT = 0
    LINEAR = 1
    NATURAL_SPLINE = 2
    CUBIC_SPLINE = 3
    CUBIC_SPLINE_PERIODIC = 4
    AKIMA_SPLINE = 5
    AKIMA_SPLINE_PERIODIC = 6
    NUM_STYLES = 7


_MIN_POINTS = {
    _Style.CONSTANT: 1,
    _Style.LINEAR: 2,
    _Style.NATURAL_SPLINE: 3,
    _Style.CUBIC_SPLINE: 3,
    _Style.CUBIC_SPLINE_PERIODIC: 3,
    _Style.AKIMA_SPLINE: 5,
    _Style.AKIMA_SPLINE_PERIODIC: 5,
}


class Interpolate:
    """An interpolator through points; made by `makeInterpolate`."""

    Style = _Style
    UNKNOWN = _Style.UNKNOWN
    CONSTANT = _Style.CONSTANT
    LINEAR = _Style.LINEAR
    NATURAL_SPLINE = _Style.NATURAL_SPLINE
    CUBIC_SPLINE = _Style.CUBIC_SPLINE
    CUBIC_SPLINE_PERIODIC = _Style.CUBIC_SPLINE_PERIODIC
    AKIMA_SPLINE = _Style.AKIMA_SPLINE
    AKIMA_SPLINE_PERIODIC = _Style.AKIMA_SPLINE_PERIODIC
    NUM_STYLES = _Style.NUM_STYLES

    def __init__(self, pieces: Piecewise) -> None:
        self._pieces = pieces

    def interpolate(self, x: Any) -> Any:
        """Return the value(s) at a position or at a sequence of positions.

        Outside the points the end interval continues as a parabola.
        """
        positions = np.atleast_1d(np.asarray(x, dtype=np.float64))
        order = np.argsort(positions, kind="stable")
        values = np.empty((1, len(positions)))
        self._pieces.evaluate(positions[order], values)
        result = np.empty(len(positions))
        result[order] = values[0]
        return float(result[0]) if np.ndim(x) == 0 else result


def makeInterpolate(
    x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray, style: _Style = _Style.AKIMA_SPLINE
) -> Interpolate:
    """Return an interpolator.

    Parameters
    ----------
    x, y : `~collections.abc.Sequence` [`float`]
        Points, ascending in x.
    style : `Interpolate.Style`, optional
        How to interpolate.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        If the numbers of x and y differ.
    lsst.pex.exceptions.OutOfRangeError
        If there are too few points for the style, or it is unknown.
    """
    if len(x) != len(y):
        raise InvalidParameterError(f"{len(x)} positions for {len(y)} values")
    values = np.asarray(y, dtype=np.float64)[:, np.newaxis]
    return Interpolate(make_pieces(np.asarray(x, dtype=np.float64), values, style))


def make_pieces(x: np.ndarray, y: np.ndarray, style: _Style) -> Piecewise:
    """Return the interpolator of many rows of values.

    Parameters
    ----------
    x : `numpy.ndarray`, shape (n,)
        Ascending positions.
    y : `numpy.ndarray`, shape (n, rows)
        Values.
    style : `Interpolate.Style`
        How to interpolate.

    Raises
    ------
    lsst.pex.exceptions.OutOfRangeError
        If there are too few points for the style, or it is unknown.
    """
    minimum = lookupMinInterpPoints(style)
    if style == _Style.CUBIC_SPLINE_PERIODIC and len(x) == 2:
        raise RuntimeError("a periodic spline cannot be determined by two points")
    if len(x) < minimum:
        raise OutOfRangeError(f"{_Style(style).name} needs {minimum} points, not {len(x)}")
    with np.errstate(invalid="ignore", over="ignore"):
        return _make(x, y, _Style(style))


def _make(x: np.ndarray, y: np.ndarray, style: _Style) -> Piecewise:
    match style:
        case _Style.CONSTANT:
            return averaged_steps(x, y)
        case _Style.LINEAR:
            return straight_lines(x, y)
        case _Style.AKIMA_SPLINE | _Style.AKIMA_SPLINE_PERIODIC:
            return akima_spline(x, y, periodic=style == _Style.AKIMA_SPLINE_PERIODIC)
        case _:
            return cubic_spline(x, y, periodic=style == _Style.CUBIC_SPLINE_PERIODIC)


def lookupMinInterpPoints(style: _Style) -> int:
    """Return the number of points that a style needs.

    Raises
    ------
    lsst.pex.exceptions.OutOfRangeError
        If the style is unknown.
    """
    if style not in _MIN_POINTS:
        raise OutOfRangeError(f"interpolation style {style!r} is out of range")
    return _MIN_POINTS[style]


def lookupMaxInterpStyle(n: int) -> _Style:
    """Return the best style for a number of points.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        If there are no points.
    """
    if n < 1:
        raise InvalidParameterError(f"nothing interpolates {n} points")
    styles = {1: _Style.CONSTANT, 2: _Style.LINEAR, 3: _Style.CUBIC_SPLINE, 4: _Style.CUBIC_SPLINE}
    return styles.get(n, _Style.AKIMA_SPLINE)


def stringToInterpStyle(style: str) -> _Style:
    """Return the style of a name.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        If there is no such style.
    """
    if style not in _Style.__members__ or style in ("UNKNOWN", "NUM_STYLES"):
        raise InvalidParameterError(f"no interpolation style is called {style!r}")
    return _Style[style]
