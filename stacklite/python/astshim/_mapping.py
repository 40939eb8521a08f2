"""Mappings between coordinates."""

from __future__ import annotations

__all__ = ["Mapping"]

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import starlink.Ast as Ast

from lsst_stacklite._ast import inverted, make_parallel_map, make_series_map

from ._object import Object, ast_errors, wrapped

if TYPE_CHECKING:
    from ._mappings import ParallelMap, SeriesMap


class Mapping(Object):
    """A mapping from points with some coordinates to points with others; immutable, abstract."""

    @property
    def nIn(self) -> int:
        """Number of coordinates of an input point (`int`)."""
        return self._raw.Nin

    @property
    def nOut(self) -> int:
        """Number of coordinates of an output point (`int`)."""
        return self._raw.Nout

    @property
    def hasForward(self) -> bool:
        """Whether the mapping can be applied (`bool`)."""
        return bool(self._raw.TranForward)

    @property
    def hasInverse(self) -> bool:
        """Whether the mapping has an inverse (`bool`)."""
        return bool(self._raw.TranInverse)

    @property
    def isInverted(self) -> bool:
        """Whether this is the inverse of the mapping as it was made (`bool`)."""
        return bool(self._raw.Invert)

    @property
    def isLinear(self) -> bool:
        """Whether AST knows that the mapping is linear (`bool`)."""
        return bool(self._raw.IsLinear)

    @property
    def isSimple(self) -> bool:
        """Whether the mapping has been simplified (`bool`)."""
        return bool(self._raw.IsSimple)

    @overload
    def applyForward(self, from_: np.ndarray, /) -> np.ndarray: ...
    @overload
    def applyForward(self, from_: Sequence[float], /) -> list[float]: ...
    def applyForward(self, from_: Any, /) -> Any:
        """Transform points.

        Parameters
        ----------
        from_ : `numpy.ndarray`, (nIn, n), or sequence of `float`
            Points, float64; a sequence has all first coordinates, then all second ones, and so on.

        Returns
        -------
        to : `numpy.ndarray`, (nOut, n), or `list` [`float`]
            The same points, float64, in the same form; NaN where the mapping has no value.

        Raises
        ------
        RuntimeError
            Raised if the number of coordinates is not that of the mapping, or there is no such direction.
        """
        return self._apply(from_, forward=True)

    @overload
    def applyInverse(self, from_: np.ndarray, /) -> np.ndarray: ...
    @overload
    def applyInverse(self, from_: Sequence[float], /) -> list[float]: ...
    def applyInverse(self, from_: Any, /) -> Any:
        """Transform points back; see `applyForward`."""
        return self._apply(from_, forward=False)

    def _apply(self, points: Any, forward: bool) -> Any:
        n_in, n_out = (self.nIn, self.nOut) if forward else (self.nOut, self.nIn)
        values = np.asarray(points, dtype=float)
        if values.size % n_in or (values.ndim > 1 and len(values) != n_in):
            raise RuntimeError(f"points of shape {values.shape} have not {n_in} coordinates each.")
        values = np.ascontiguousarray(values.reshape(n_in, -1))
        with ast_errors():
            found = np.asarray(self._raw.tran(values, forward), dtype=float).reshape(n_out, -1)
        found[found == Ast.BAD] = np.nan
        return found if isinstance(points, np.ndarray) else found.ravel().tolist()

    def inverted(self) -> Mapping:
        """Return the inverse of the mapping."""
        return wrapped(inverted(self._raw))

    def simplified(self) -> Mapping:
        """Return the shortest equivalent mapping that AST finds."""
        with ast_errors():
            return wrapped(self._raw.simplify())

    def then(self, next: Mapping) -> SeriesMap:
        """Return the mapping that applies this one, then ``next``.

        Raises
        ------
        RuntimeError
            Raised if ``next`` has not as many inputs as this one has outputs.
        """
        with ast_errors():
            return wrapped(make_series_map(self._raw, next._raw))

    def under(self, next: Mapping) -> ParallelMap:
        """Return the mapping that applies this one to the first coordinates and ``next`` to the others."""
        with ast_errors():
            return wrapped(make_parallel_map(self._raw, next._raw))

    def rate(self, at: Sequence[float], ax1: int, ax2: int) -> float:
        """Return the derivative of output ``ax1`` by input ``ax2`` (both from 1) at a point."""
        with ast_errors():
            return self._raw.rate(list(at), ax1, ax2)

    def linearApprox(self, lbnd: Sequence[float], ubnd: Sequence[float], tol: float) -> np.ndarray:
        """Return the linear mapping that is nearest to this one in a box.

        Parameters
        ----------
        lbnd, ubnd : sequence of `float`
            Bounds of the box of input coordinates.
        tol : `float`
            Largest distance of output points that is allowed.

        Returns
        -------
        coefficients : `numpy.ndarray`, (1 + nIn, nOut)
            Constants, then the derivatives by each input (float64).

        Raises
        ------
        RuntimeError
            Raised if no linear mapping is that near.
        """
        with ast_errors():
            is_found, fit = self._raw.linearapprox(list(lbnd), list(ubnd), tol)
        if not is_found:
            raise RuntimeError(f"no linear mapping differs by less than {tol} from this one.")
        return np.asarray(fit, dtype=float).reshape(1 + self.nIn, self.nOut)
