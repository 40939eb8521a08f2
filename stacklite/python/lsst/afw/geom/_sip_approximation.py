"""Approximations of a WCS by TAN-SIP, which FITS can represent."""

from __future__ import annotations

__all__ = ["SipApproximation", "separations"]

from functools import cached_property
from typing import Any, overload

import numpy as np

import lsst.pex.exceptions as pex_exceptions
from lsst.geom import Angle, Box2D, Extent2I, Point2D, SpherePoint
from lsst_stacklite._overloads import bind

from ._make_wcs import makeSkyWcs, makeTanSipWcs, makeWcsPairTransform
from ._sky_wcs import SkyWcs

_BLOCK = 256
"""Rows of a matrix that are factorized at a time; see `_triangle`."""


class SipApproximation:
    """A TAN-SIP WCS fitted to another WCS. Immutable.

    Parameters
    ----------
    target : `SkyWcs`
        WCS to approximate.
    bbox : `lsst.geom.Box2D`
        Box of pixels over which to fit.
    gridShape : `lsst.geom.Extent2I`
        Number of points of the fit grid in x and y, at least 2 each; it includes the borders of the box.
    order : `int`
        Order of the polynomials; less than 1 counts as 1.
    pixelOrigin : `lsst.geom.Point2D`, optional
        Pixel origin inside the box; by default its center.
    svdThreshold : `float`
        Singular values below this fraction of the largest one are ignored; negative for a default at the
        level of rounding.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the pixel origin is outside the box or the grid has fewer than 2 points in a direction.
    lsst.pex.exceptions.LogicError
        Raised if there are more coefficients than grid points.
    lsst.pex.exceptions.RuntimeError
        Raised if the target has no finite values on the grid, or the fitted CD matrix is singular.

    Notes
    -----
    The intermediate world coordinates of the target, in the plane that is tangent at the sky position of the
    pixel origin, are fitted by polynomials without constant term; their linear part is the CD matrix.
    The inverse is iterative with at most four steps, so that `computeDeltas` also shows where that fails.
    """

    def __init__(
        self,
        target: SkyWcs,
        bbox: Box2D,
        gridShape: Extent2I,
        order: int = 5,
        pixelOrigin: Point2D | None = None,
        svdThreshold: float = -1.0,
    ) -> None:
        self._target, self._bbox, self._grid_shape = target, Box2D(bbox), Extent2I(gridShape)
        self._order = max(int(order), 1)
        self._crpix = self._bbox.getCenter() if pixelOrigin is None else Point2D(pixelOrigin)
        if not self._bbox.contains(self._crpix):
            raise pex_exceptions.InvalidParameterError(f"pixel origin {self._crpix} is outside {bbox}.")
        self._crval = target.pixelToSky(self._crpix)
        self._cd, self._a, self._b = self._fit(svdThreshold)

    def _fit(self, svd_threshold: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        pixels = _grid(self._bbox, self._grid_shape)
        powers = _powers(self._order)
        if len(powers) > pixels.shape[1]:
            raise pex_exceptions.LogicError(
                f"{len(powers)} coefficients of order {self._order} from {pixels.shape[1]} grid points."
            )
        offsets = pixels - np.array([[self._crpix[0]], [self._crpix[1]]])
        coefficients = _fit_monomials(offsets, powers, self._tangent_plane(pixels), svd_threshold)
        matrices = np.zeros((2, self._order + 1, self._order + 1))
        matrices[:, powers[:, 0], powers[:, 1]] = coefficients
        cd = np.stack([matrices[:, 1, 0], matrices[:, 0, 1]], axis=1)
        if np.linalg.det(cd) == 0.0:
            raise pex_exceptions.RuntimeError(f"the fitted CD matrix is singular: {cd.tolist()}.")
        matrices[:, 1, 0] = matrices[:, 0, 1] = 0.0
        sip_a, sip_b = np.tensordot(np.linalg.inv(cd), matrices, axes=1)
        return cd, sip_a, sip_b

    def _tangent_plane(self, pixels: np.ndarray) -> np.ndarray:
        """Return the target's positions (degrees) in the plane tangent at the sky origin, shape (2, n)."""
        plane = makeSkyWcs(crpix=Point2D(0.0, 0.0), crval=self._crval, cdMatrix=np.eye(2))
        return makeWcsPairTransform(self._target, plane)._apply_array(pixels)

    def getOrder(self) -> int:
        """Return the order of the polynomials."""
        return self._order

    def getBBox(self) -> Box2D:
        """Return the box of the fit."""
        return Box2D(self._bbox)

    def getPixelOrigin(self) -> Point2D:
        """Return the pixel origin (CRPIX, 0-based)."""
        return Point2D(self._crpix)

    def getSkyOrigin(self) -> SpherePoint:
        """Return the sky origin (CRVAL)."""
        return self._crval

    def getCdMatrix(self) -> np.ndarray:
        """Return the CD matrix (degrees per pixel)."""
        return self._cd.copy()

    @overload
    def getA(self, p: int, q: int) -> float: ...
    @overload
    def getA(self) -> np.ndarray: ...
    def getA(self, *args: Any, **kwargs: Any) -> np.ndarray | float:
        """Return the matrix of the coefficients for x, or the coefficient of u**p v**q."""
        given = bind(SipApproximation.getA, {}, (self, *args), kwargs)
        return float(self._a[given["p"], given["q"]]) if given else self._a.copy()

    @overload
    def getB(self, p: int, q: int) -> float: ...
    @overload
    def getB(self) -> np.ndarray: ...
    def getB(self, *args: Any, **kwargs: Any) -> np.ndarray | float:
        """Return the matrix of the coefficients for y, or the coefficient of u**p v**q."""
        given = bind(SipApproximation.getB, {}, (self, *args), kwargs)
        return float(self._b[given["p"], given["q"]]) if given else self._b.copy()

    def getWcs(self) -> SkyWcs:
        """Return the approximation as a WCS."""
        return self._wcs

    @cached_property
    def _wcs(self) -> SkyWcs:
        return makeTanSipWcs(self._crpix, self._crval, self._cd, self._a, self._b)

    def computeDeltas(self) -> tuple[Angle, float]:
        """Compare with the target half-way between the points of the fit grid.

        Returns
        -------
        sky : `lsst.geom.Angle`
            Largest separation of the sky positions of a pixel.
        pixel : `float`
            Largest distance (pixels) of the approximation's pixel position of a target sky position.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the fit grid has fewer than 3 points in a direction.
        """
        step = [self._bbox.getWidth(), self._bbox.getHeight()] / (np.array([*self._grid_shape]) - 1.0)
        corners = np.array([[*self._bbox.getMin()], [*self._bbox.getMax()]])
        inner = corners + [0.5 * step, -0.5 * step]
        x, y = _grid(Box2D(Point2D(*inner[0]), Point2D(*inner[1])), self._grid_shape - Extent2I(1, 1))
        sky = self._target._pixel_to_sky_array(x, y)
        back = self._wcs._sky_to_pixel_array(*sky)
        separation = separations(sky, self._wcs._pixel_to_sky_array(x, y))
        return Angle(float(separation.max())), float(np.hypot(back[0] - x, back[1] - y).max())


def _grid(box: Box2D, shape: Extent2I) -> np.ndarray:
    """Return equally spaced points from border to border, x fastest, shape (2, n)."""
    if min(shape) < 2:
        raise pex_exceptions.InvalidParameterError(f"a grid of {list(shape)} points: at least 2 x 2.")
    x = np.linspace(box.getMinX(), box.getMaxX(), shape[0])
    y = np.linspace(box.getMinY(), box.getMaxY(), shape[1])
    return np.stack([v.ravel() for v in np.meshgrid(x, y)])


def _powers(order: int) -> np.ndarray:
    """Return the powers (p, q) with 1 <= p + q <= order, shape (n, 2)."""
    return np.array([(n - q, q) for n in range(1, order + 1) for q in range(n + 1)])


def _fit_monomials(
    offsets: np.ndarray, powers: np.ndarray, values: np.ndarray, svd_threshold: float
) -> np.ndarray:
    """Return the coefficients (2, n) of the monomials that fit the values (2, points) best."""
    if not (np.isfinite(offsets).all() and np.isfinite(values).all()):
        raise pex_exceptions.RuntimeError("the WCS has no finite positions on the whole grid.")
    if svd_threshold >= 0:
        return _solve(offsets, powers, values, svd_threshold)[0]
    # Monomials of order unity are better conditioned.
    scale = max(float(np.abs(offsets).max()), 1.0)
    epsilon = np.finfo(float).eps
    solution, rank = _solve(offsets / scale, powers, values, epsilon * values.shape[1])
    if rank < len(powers):
        # Of many solutions the stack takes the one with the smallest coefficients of plain monomials.
        return _solve(offsets, powers, values, epsilon * len(powers))[0]
    return solution / scale ** powers.sum(axis=1)


def _solve(
    offsets: np.ndarray, powers: np.ndarray, values: np.ndarray, rcond: float
) -> tuple[np.ndarray, int]:
    """Return the coefficients (2, n) that fit best, the smallest ones if there are many, and the rank."""
    u_powers, v_powers = (np.vander(x, powers.max() + 1, increasing=True) for x in offsets)
    matrix = u_powers[:, powers[:, 0]] * v_powers[:, powers[:, 1]]
    # An orthogonal factor changes neither solution nor singular values; without it the matrix is small.
    n = len(powers)
    reduced = _triangle(np.column_stack([matrix, values.T]))[:n]
    solution, _, rank, _ = np.linalg.lstsq(reduced[:, :n], reduced[:, n:], rcond=rcond)
    return solution.T, int(rank)


def _triangle(matrix: np.ndarray) -> np.ndarray:
    """Return the factor R of a QR factorization, block by block of rows.

    The blocks are too small for BLAS to start its threads, which cost more than they help here.
    """
    n = matrix.shape[1]
    size = max(_BLOCK, 2 * n)
    while len(matrix) > size:
        blocks = np.zeros((-(-len(matrix) // size), size, n))
        blocks.reshape(-1, n)[: len(matrix)] = matrix
        matrix = np.asarray(np.linalg.qr(blocks, mode="r")).reshape(-1, n)
    return np.asarray(np.linalg.qr(matrix, mode="r"))


def separations(first: tuple[np.ndarray, ...], second: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return the angles between sky positions (ra, dec), by the haversine formula."""
    (ra1, dec1), (ra2, dec2) = first, second
    across = np.cos(dec1) * np.cos(dec2) * np.sin(0.5 * (ra2 - ra1)) ** 2
    return 2.0 * np.arcsin(np.sqrt(np.sin(0.5 * (dec2 - dec1)) ** 2 + across))
