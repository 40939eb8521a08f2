"""Piff's interpolations of model parameters over the field."""

from __future__ import annotations

__all__ = ["interpolate", "interpolation_keys"]

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev, hermite, laguerre, legendre, polynomial

from lsst.afw.detection import InvalidPsfError
from lsst_stacklite._limits import PIFF_ORDER, PIFF_TERMS

from ._records import Record

_Array = npt.NDArray[np.float64]


_POLYNOMIALS: Mapping[str, Callable[..., Any]] = {
    "poly": polynomial.polyval2d,
    "chebyshev": chebyshev.chebval2d,
    "legendre": legendre.legval2d,
    "laguerre": laguerre.lagval2d,
    "hermite": hermite.hermval2d,
}


def interpolation_keys(interp: Record) -> tuple[str, ...]:
    """Return the star properties that an interpolation depends on.

    Raises
    ------
    lsst.afw.detection.InvalidPsfError
        Raised if the class of the interpolation is not supported.
    """
    match interp.kind:
        case "piff.basis_interp.BasisPolynomial":
            return tuple(interp["_keys"])
        case "piff.polynomial_interp.Polynomial":
            return ("u", "v")
        case "piff.mean_interp.Mean":
            return ()
        case kind:
            raise InvalidPsfError(
                f"This Piff PSF uses the interpolation {kind}, which stacklite cannot evaluate; it can "
                "evaluate BasisPolynomial, Polynomial and Mean of Piff 1.5."
            )


def interpolate(interp: Record, values: Mapping[str, _Array], n: int) -> _Array:
    """Return model parameters at positions.

    Parameters
    ----------
    interp : `Record`
        The interpolation.
    values : `~collections.abc.Mapping`
        Property name (`interpolation_keys`) -> values, shape ``(n,)``.
    n : `int`
        Number of positions.

    Returns
    -------
    parameters : `numpy.ndarray`
        Parameters, float64, shape ``(n, n_parameters)``.

    Raises
    ------
    lsst.afw.detection.InvalidPsfError
        Raised if the interpolation is not supported or was never fitted.
    """
    coordinates = [values[key] for key in interpolation_keys(interp)]
    match interp.kind:
        case "piff.basis_interp.BasisPolynomial":
            return _basis(interp, coordinates, n) @ _fitted(interp, "q").T
        case "piff.polynomial_interp.Polynomial":
            function = _polynomial(interp)
            columns = [function(*coordinates, c) for c in _fitted(interp, "coeffs")]
            return np.stack(columns, axis=1)
        case _:
            return np.tile(_fitted(interp, "mean"), (n, 1))


def _basis(interp: Record, coordinates: list[_Array], n: int) -> _Array:
    """Products of powers of the properties, those that the mask keeps: ``(n, n_terms)``."""
    terms = np.ones((n, 1))
    for value, order in zip(coordinates, interp["_orders"], strict=True):
        if not 0 <= order <= PIFF_ORDER:
            raise InvalidPsfError(f"This Piff PSF has a polynomial of order {order}.")
        powers = value[:, None] ** np.arange(order + 1)
        terms = (terms[:, :, None] * powers[:, None, :]).reshape(n, -1)
        if terms.shape[1] > PIFF_TERMS:
            raise InvalidPsfError(f"This Piff PSF has a polynomial of more than {PIFF_TERMS} terms.")
    return terms[:, np.ravel(interp["_mask"])]


def _polynomial(interp: Record) -> Callable[..., Any]:
    kind = interp["poly_type"]
    if kind not in _POLYNOMIALS:
        raise InvalidPsfError(f"This Piff PSF uses the polynomials {kind!r}, which stacklite does not know.")
    return _POLYNOMIALS[kind]


def _fitted(interp: Record, name: str) -> _Array:
    value = interp.get(name)
    if value is None:
        raise InvalidPsfError(f"The interpolation {interp.kind} of this Piff PSF was never fitted.")
    return np.asarray(value, dtype=np.float64)
