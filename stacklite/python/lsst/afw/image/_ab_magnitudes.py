"""AB magnitudes and fluxes in Jansky."""

from __future__ import annotations

__all__ = ["MAG_PER_E_FOLD", "abMagErrFromFluxErr", "abMagFromFlux", "fluxErrFromABMagErr", "fluxFromABMag"]

import math
from collections.abc import Callable
from typing import Any, overload

import numpy as np

from lsst_stacklite._overloads import Check, bind

_JANSKY_PER_AB_FLUX = 3631.0
MAG_PER_E_FOLD = 2.5 / math.log(10.0)
"""Magnitudes of a flux that grows by a factor of e: of small changes, magnitudes per relative change."""

_KINDS: dict[str, Check] = {"np.ndarray": np.ndarray}


@overload
def abMagFromFlux(flux: float) -> float: ...
@overload
def abMagFromFlux(flux: np.ndarray) -> np.ndarray: ...
def abMagFromFlux(*args: Any, **kwargs: Any) -> Any:
    """Return the AB magnitude of a flux.

    Parameters
    ----------
    flux : `float` or `numpy.ndarray`, (n,)
        Flux (Jy).
    """
    return _apply(
        abMagFromFlux, lambda flux: -2.5 * np.log10(flux / flux.dtype.type(_JANSKY_PER_AB_FLUX)), args, kwargs
    )


@overload
def fluxFromABMag(mag: float) -> float: ...
@overload
def fluxFromABMag(mag: np.ndarray) -> np.ndarray: ...
def fluxFromABMag(*args: Any, **kwargs: Any) -> Any:
    """Return the flux (Jy) of an AB magnitude.

    Parameters
    ----------
    mag : `float` or `numpy.ndarray`, (n,)
        AB magnitude.
    """
    return _apply(fluxFromABMag, _flux, args, kwargs)


@overload
def abMagErrFromFluxErr(fluxErr: float, flux: float) -> float: ...
@overload
def abMagErrFromFluxErr(fluxErr: np.ndarray, flux: np.ndarray) -> np.ndarray: ...
def abMagErrFromFluxErr(*args: Any, **kwargs: Any) -> Any:
    """Return the error of an AB magnitude.

    Parameters
    ----------
    fluxErr, flux : `float` or `numpy.ndarray`, (n,)
        Error of the flux, and flux.
    """
    return _apply(
        abMagErrFromFluxErr, lambda error, flux: np.abs(error / flux) * MAG_PER_E_FOLD, args, kwargs
    )


@overload
def fluxErrFromABMagErr(magErr: float, mag: float) -> float: ...
@overload
def fluxErrFromABMagErr(magErr: np.ndarray, mag: np.ndarray) -> np.ndarray: ...
def fluxErrFromABMagErr(*args: Any, **kwargs: Any) -> Any:
    """Return the error of a flux (Jy).

    Parameters
    ----------
    magErr, mag : `float` or `numpy.ndarray`, (n,)
        Error of the AB magnitude, and AB magnitude.
    """
    return _apply(
        fluxErrFromABMagErr, lambda error, mag: np.abs(error * _flux(mag)) / MAG_PER_E_FOLD, args, kwargs
    )


def _flux(mag: np.ndarray) -> np.ndarray:
    return _JANSKY_PER_AB_FLUX * 10.0 ** (mag / -2.5)


def _apply(function: Any, formula: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply a formula to arrays (of float32 or float64, whose type the result has) or numbers."""
    values = [*bind(function, _KINDS, args, kwargs).values()]
    is_array = isinstance(values[0], np.ndarray)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        result = formula(*(np.asarray(value, None if is_array else np.float64) for value in values))
    return result.astype(values[0].dtype, copy=False) if is_array else float(result)
