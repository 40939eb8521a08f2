"""Smooth approximation of a grid of values by a polynomial."""

from __future__ import annotations

__all__ = ["Approximate", "ApproximateControl", "makeApproximate"]

import numpy as np

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import ImageF, MaskedImageF
from lsst.geom import Box2I
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._chebyshev import chebyshev_basis, scaled
from lsst_stacklite._enumeration import NumberEnumeration


class _Style(NumberEnumeration):
    """Styles of approximation; the values are those of background files."""

    UNKNOWN = -1
    CHEBYSHEV = 0
    NUM_STYLES = 1


class ApproximateControl:
    """Parameters of the approximation of a grid.

    Parameters
    ----------
    style : `ApproximateControl.Style`
        UNKNOWN stands for "do not approximate".
    orderX : `int`
        Order in x.
    orderY : `int`, optional
        Order in y, which must be that in x; -1 means the same.
    weighting : `bool`, optional
        Whether to weight by the inverse of the variance plane.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the orders differ.
    TypeError
        Raised if ``style`` is no such style.
    """

    Style = _Style
    UNKNOWN = _Style.UNKNOWN
    CHEBYSHEV = _Style.CHEBYSHEV
    NUM_STYLES = _Style.NUM_STYLES

    def __init__(self, style: _Style, orderX: int, orderY: int = -1, weighting: bool = True) -> None:
        if orderY >= 0 and orderX != orderY:
            raise InvalidParameterError(f"the orders in x and y must be equal, not {orderX} and {orderY}.")
        if not isinstance(style, _Style):
            raise TypeError(f"the style must be an ApproximateControl.Style, not {style!r}.")
        self._style = style
        self._order = int(orderX)
        self._weighting = bool(weighting)

    def getStyle(self) -> _Style:
        """Return the style."""
        return self._style

    def getOrderX(self) -> int:
        """Return the order in x."""
        return self._order

    def getOrderY(self) -> int:
        """Return the order in y."""
        return self._order

    def getWeighting(self) -> bool:
        """Return whether cells are weighted."""
        return self._weighting


class Approximate:
    """A Chebyshev approximation; made by `makeApproximate`."""

    def __init__(self, bbox: Box2I, order: int, coefficients: np.ndarray) -> None:
        self._bbox = Box2I(bbox)
        self._order = order
        self._coefficients = coefficients

    def getImage(self, orderX: int = -1, orderY: int = -1) -> ImageF:
        """Return the approximation at every pixel.

        Parameters
        ----------
        orderX : `int`, optional
            Order in both directions up to which terms count; all by default.
        orderY : `int`, optional
            Has no effect, as in the stack.

        Returns
        -------
        image : `lsst.afw.image.ImageF`
            Image of the box.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the approximation has no terms of this order.
        """
        order = self._order if orderX < 0 else orderX
        if order > self._order:
            raise InvalidParameterError(
                f"an approximation of order {self._order} has no terms of order {order}; ask for a lower one."
            )
        coefficients = np.zeros((order + 1, order + 1))
        j, i = _terms(order)
        coefficients[j, i] = self._coefficients[j, i]
        basis_x = _basis(np.arange(self._bbox.getWidth()), self._bbox.getWidth(), order)
        basis_y = _basis(np.arange(self._bbox.getHeight()), self._bbox.getHeight(), order)
        array = np.empty((len(basis_y), len(basis_x)), dtype=np.float32)
        # By rows, so that double precision values stay few.
        for start in range(0, len(basis_y), 256):
            rows = slice(start, start + 256)
            with np.errstate(over="ignore"):
                array[rows] = basis_y[rows] @ coefficients @ basis_x.T
        return ImageF(array, xy0=self._bbox.getMin())

    def getMaskedImage(self, orderX: int = -1, orderY: int = -1) -> MaskedImageF:
        """Return the approximation at every pixel, with mask and variance 0.

        The orders have no effect, as in the stack.
        """
        return MaskedImageF(self.getImage())


def makeApproximate(
    x: np.ndarray, y: np.ndarray, im: MaskedImageF, bbox: Box2I, ctrl: ApproximateControl
) -> Approximate:
    """Approximate the values of a grid.

    Parameters
    ----------
    x, y : `~collections.abc.Sequence` [`float`]
        Positions of the columns and rows of the grid, in pixels from the
        corner of the box.
    im : `lsst.afw.image.MaskedImageF`
        The grid. Its variance plane gives the weights.
    bbox : `lsst.geom.Box2I`
        Box of the full image.
    ctrl : `ApproximateControl`
        Order and weighting.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the style is unknown.
    lsst.pex.exceptions.RuntimeError
        Raised if no cell can be used.

    Notes
    -----
    Too few cells for the order, as in the stack, raise nothing: the solution of
    the singular system is rounding noise, or NaN.
    """
    if ctrl.getStyle() != _Style.CHEBYSHEV:
        raise InvalidParameterError(f"cannot approximate with style {ctrl.getStyle()!r}.")
    values = im.image.array.astype(np.float64)
    order = ctrl.getOrderX()
    basis_x = _basis(np.asarray(x, dtype=np.float64), bbox.getWidth(), order)
    basis_y = _basis(np.asarray(y, dtype=np.float64), bbox.getHeight(), order)
    with np.errstate(divide="ignore", over="ignore"):
        # The stack divides in single precision.
        inverse = np.float32(1.0) / im.variance.array.astype(np.float32, copy=False)
    weight = inverse.astype(np.float64) if ctrl.getWeighting() else np.ones_like(values)
    used = np.isfinite(values + weight)
    rows, columns = np.nonzero(used)
    j, i = _terms(order)
    terms = basis_y[rows][:, j] * basis_x[columns][:, i]
    normal = terms.T @ (terms * weight[used][:, np.newaxis])
    if not normal.any():
        raise pex_exceptions.RuntimeError("no cell of the grid can be used to approximate it.")
    coefficients = np.zeros((order + 1, order + 1))
    try:
        coefficients[j, i] = np.linalg.solve(normal, terms.T @ (weight[used] * values[used]))
    except np.linalg.LinAlgError:
        coefficients[j, i] = np.nan
    return Approximate(bbox, order, coefficients)


def _terms(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the orders in y and x of the terms, in order of total order."""
    pairs = [(j, total - j) for total in range(order + 1) for j in range(total + 1)]
    j, i = np.array(pairs).T
    return j, i


def _basis(x: np.ndarray, width: int, order: int) -> np.ndarray:
    """Return T_0 .. T_order on the box [-0.5, width - 0.5] as columns."""
    return chebyshev_basis(scaled(x, -0.5, width - 0.5), order + 1)
