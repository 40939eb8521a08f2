"""One-dimensional interpolation."""

from __future__ import annotations

__all__ = [
    "Interpolate",
    "InterpolateStyle",
    "lookupMaxInterpStyle",
    "lookupMinInterpPoints",
    "makeInterpolate",
    "stringToInterpStyle",
]

from collections.abc import Sequence
from typing import Any

import numpy as np

import lsst.pex.exceptions as pex_exceptions
from lsst.pex.exceptions import InvalidParameterError, OutOfRangeError
from lsst_stacklite._enumeration import NumberEnumeration
from lsst_stacklite._overloads import is_sequence

from ._spline import Piecewise, akima_spline, averaged_steps, cubic_spline, straight_lines


class InterpolateStyle(NumberEnumeration):
    """Styles of interpolation; the values are those of background files."""

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
    InterpolateStyle.CONSTANT: 1,
    InterpolateStyle.LINEAR: 2,
    InterpolateStyle.NATURAL_SPLINE: 3,
    InterpolateStyle.CUBIC_SPLINE: 3,
    InterpolateStyle.CUBIC_SPLINE_PERIODIC: 3,
    InterpolateStyle.AKIMA_SPLINE: 5,
    InterpolateStyle.AKIMA_SPLINE_PERIODIC: 5,
}


class Interpolate:
    """An interpolator through points; made by `makeInterpolate`."""

    Style = InterpolateStyle
    UNKNOWN = InterpolateStyle.UNKNOWN
    CONSTANT = InterpolateStyle.CONSTANT
    LINEAR = InterpolateStyle.LINEAR
    NATURAL_SPLINE = InterpolateStyle.NATURAL_SPLINE
    CUBIC_SPLINE = InterpolateStyle.CUBIC_SPLINE
    CUBIC_SPLINE_PERIODIC = InterpolateStyle.CUBIC_SPLINE_PERIODIC
    AKIMA_SPLINE = InterpolateStyle.AKIMA_SPLINE
    AKIMA_SPLINE_PERIODIC = InterpolateStyle.AKIMA_SPLINE_PERIODIC
    NUM_STYLES = InterpolateStyle.NUM_STYLES

    def __init__(self, pieces: Piecewise) -> None:
        self._pieces = pieces

    def interpolate(self, x: Any, /) -> Any:
        """Return the value at a position, or the values at many.

        Outside the points the end interval continues as a parabola.

        Parameters
        ----------
        x : `float` or `~collections.abc.Sequence` [`float`]
            Position(s), in any order.

        Returns
        -------
        value : `float` or `list` [`float`]
            Value(s).

        Raises
        ------
        TypeError
            Raised if it is neither.
        """
        is_many = is_sequence(x)
        positions = np.asarray(x if is_many else [x], dtype=np.float64)
        if positions.ndim != 1:
            raise TypeError(f"positions are a number or a sequence of numbers, not {positions.ndim}-D.")
        order = np.argsort(positions, kind="stable")
        values = np.empty((1, len(positions)))
        self._pieces.evaluate(positions[order], values)
        result = np.empty(len(positions))
        result[order] = values[0]
        return result.tolist() if is_many else float(result[0])


def makeInterpolate(
    x: Sequence[float] | np.ndarray,
    y: Sequence[float] | np.ndarray,
    style: InterpolateStyle = InterpolateStyle.AKIMA_SPLINE,
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
        Raised if the numbers of x and y differ.
    lsst.pex.exceptions.OutOfRangeError
        Raised if there are too few points for the style, or it is unknown.
    lsst.pex.exceptions.RuntimeError
        Raised if the positions do not ascend (CONSTANT does not look).
    TypeError
        Raised if ``style`` is no style.
    """
    if not isinstance(style, InterpolateStyle):
        raise TypeError(f"the style must be an Interpolate.Style, not {style!r}.")
    if len(x) != len(y):
        raise InvalidParameterError(f"{len(x)} positions for {len(y)} values.")
    values = np.asarray(y, dtype=np.float64)[:, np.newaxis]
    return Interpolate(make_pieces(np.asarray(x, dtype=np.float64), values, style))


def make_pieces(x: np.ndarray, y: np.ndarray, style: InterpolateStyle) -> Piecewise:
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
        Raised if there are too few points for the style, or it is unknown.
    lsst.pex.exceptions.RuntimeError
        Raised if the positions do not ascend (CONSTANT does not look).
    """
    minimum = lookupMinInterpPoints(style)
    if style == InterpolateStyle.CUBIC_SPLINE_PERIODIC and len(x) == 2:
        raise pex_exceptions.RuntimeError("a periodic spline cannot be determined by two points.")
    if len(x) < minimum:
        raise OutOfRangeError(f"{InterpolateStyle(style).name} needs {minimum} points, not {len(x)}.")
    if style != InterpolateStyle.CONSTANT and not np.all(np.diff(x) > 0):
        raise pex_exceptions.RuntimeError(f"{InterpolateStyle(style).name} needs ascending positions.")
    with np.errstate(invalid="ignore", over="ignore"):
        return _make(x, y, InterpolateStyle(style))


def _make(x: np.ndarray, y: np.ndarray, style: InterpolateStyle) -> Piecewise:
    match style:
        case InterpolateStyle.CONSTANT:
            return averaged_steps(x, y)
        case InterpolateStyle.LINEAR:
            return straight_lines(x, y)
        case InterpolateStyle.AKIMA_SPLINE | InterpolateStyle.AKIMA_SPLINE_PERIODIC:
            return akima_spline(x, y, periodic=style == InterpolateStyle.AKIMA_SPLINE_PERIODIC)
        case _:
            return cubic_spline(x, y, periodic=style == InterpolateStyle.CUBIC_SPLINE_PERIODIC)


def lookupMinInterpPoints(style: InterpolateStyle) -> int:
    """Return the number of points that a style needs.

    Raises
    ------
    lsst.pex.exceptions.OutOfRangeError
        Raised if the style is unknown.
    TypeError
        Raised if it is no style.
    """
    if not isinstance(style, InterpolateStyle):
        raise TypeError(f"the style must be an Interpolate.Style, not {style!r}.")
    if style not in _MIN_POINTS:
        raise OutOfRangeError(f"interpolation style {style!r} is out of range.")
    return _MIN_POINTS[style]


def lookupMaxInterpStyle(n: int) -> InterpolateStyle:
    """Return the best style for a number of points.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there are no points.
    """
    if n < 1:
        raise InvalidParameterError(f"nothing interpolates {n} points.")
    if n >= lookupMinInterpPoints(InterpolateStyle.AKIMA_SPLINE):
        return InterpolateStyle.AKIMA_SPLINE
    by_number = (InterpolateStyle.CONSTANT, InterpolateStyle.LINEAR, InterpolateStyle.CUBIC_SPLINE)
    return by_number[min(n, 3) - 1]


def stringToInterpStyle(style: str) -> InterpolateStyle:
    """Return the style of a name.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if there is no such style.
    """
    if style not in InterpolateStyle.__members__ or style in ("UNKNOWN", "NUM_STYLES"):
        raise InvalidParameterError(f"no interpolation style is called {style!r}.")
    return InterpolateStyle.__members__[style]
