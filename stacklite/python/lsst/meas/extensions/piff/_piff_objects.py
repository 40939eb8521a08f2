"""Objects of the package Piff, made from the records of a pickle."""

from __future__ import annotations

__all__ = ["make_piff_psf"]

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import galsim
import numpy as np

from lsst.afw.detection import InvalidPsfError
from lsst_stacklite._limits import PIFF_ORDER, PIFF_STARS, PIFF_TRANSFORM

from ._interpolation import interpolate, interpolation_keys
from ._profiles import AnalyticModel, PixelGridModel, make_galsim_wcs, star_model
from ._records import Record
from ._wcs import AffineWcs


def make_piff_psf(
    piff: Any, psf: Record, chip: int, wcs: AffineWcs, stars: Sequence[Mapping[str, Any]]
) -> Any:
    """Make the object of Piff that a record describes.

    The constructors of Piff are called, with numbers and names that are checked.
    No other text of the file reaches them, since Piff evaluates some as programs
    and opens files that properties of stars name, and no state, in which the
    versions of Piff differ.

    Parameters
    ----------
    piff : `module`
        The package.
    psf : `Record`
        Record of a ``piff.SimplePSF``.
    chip : `int`
        Number of the detector in Piff.
    wcs : `AffineWcs`
        Coordinate system of the detector.
    stars : `~collections.abc.Sequence` [`~collections.abc.Mapping`]
        Properties of the stars.

    Returns
    -------
    made : ``piff.SimplePSF``
        The fitted PSF. It has the positions and numbers of the stars, but not
        their images, and not the settings of the fit.

    Raises
    ------
    lsst.afw.detection.InvalidPsfError
        Raised if something in the record is not supported.
    """
    if len(stars) > PIFF_STARS:
        raise InvalidPsfError(f"A Piff PSF with {len(stars)} stars cannot become an object of Piff.")
    made = piff.SimplePSF(_make_model(piff, psf["model"]), _make_interpolation(piff, psf["interp"]))
    made.degenerate_points = made.interp.degenerate_points
    made.wcs, made.pointing = {chip: _make_wcs(wcs)}, None
    for name, kind in {"chisq": float, "last_delta_chisq": float, "dof": int, "nremoved": int}.items():
        setattr(made, name, kind(psf.get(name, 0)))
    make_star = partial(piff.Star.makeTarget, wcs=made.wcs[chip], stamp_size=1)
    made.stars = [make_star(properties=_plain(star)) for star in stars]
    return made


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    values = {k: v.item() if isinstance(v, np.generic) else v for k, v in properties.items()}
    # All other texts are left out: they may be names of files.
    return {
        k: v
        for k, v in values.items()
        if isinstance(v, bool | int | float) or (k == "colorType" and isinstance(v, str))
    }


def _make_wcs(wcs: AffineWcs) -> galsim.BaseWCS:
    if wcs.origin == wcs.world_origin == (0.0, 0.0):
        return make_galsim_wcs(wcs)
    points = (galsim.PositionD(*point) for point in (wcs.origin, wcs.world_origin))
    return galsim.AffineTransform(*wcs.matrix.ravel(), *points)


def _make_model(piff: Any, record: Record) -> Any:
    model = star_model(record)
    if isinstance(model, PixelGridModel):
        centered, fit_flux = bool(record.get("_centered", True)), bool(record.get("_fit_flux"))
        return piff.PixelGrid(model.scale, model.size, model.interpolant, centered, fit_flux=fit_flux)
    if isinstance(model, AnalyticModel):
        return _make_analytic(piff, record.kind, model)
    raise InvalidPsfError(f"The model {record.kind} of a Piff PSF cannot be made an object of Piff.")


def _make_analytic(piff: Any, kind: str, model: AnalyticModel) -> Any:
    options = {
        "centered": model.centered,
        "include_pixel": model.method == "auto",
        "fit_flux": model.fit_flux,
    }
    profile = getattr(model.profile, "original", model.profile)
    # Piff draws the profile, to know its size.
    _check_drawable(model.profile)
    match kind:
        case "piff.gsobject_model.Gaussian":
            made = piff.Gaussian(**options)
        case "piff.gsobject_model.Kolmogorov":
            made = piff.Kolmogorov(**options)
        case "piff.gsobject_model.Moffat" if isinstance(profile, galsim.Moffat):
            beta, trunc = profile.beta, profile.trunc
            _check_drawable(galsim.Moffat(half_light_radius=1.0, beta=beta, trunc=trunc))
            made = piff.Moffat(beta, trunc, **options)
        case _:
            made = piff.GSObjectModel(model.profile, **options)
    if made.gsobj != model.profile:
        # Another version of GalSim has another radius for it.
        made = piff.GSObjectModel(model.profile, **options)
        made.gsobj = model.profile
    return made


def _check_drawable(profile: galsim.GSObject) -> None:
    if not profile.getGoodImageSize(profile.nyquist_scale) <= PIFF_TRANSFORM:
        raise InvalidPsfError("The profile of a Piff PSF needs an absurdly large image to be drawn.")


def _make_interpolation(piff: Any, record: Record) -> Any:
    zero = np.zeros(1)
    # Its checks of orders, sizes and properties hold for what follows.
    interpolate(record, dict.fromkeys(("x", "y", "u", "v", "colorValue"), zero), 1)
    match record.kind:
        case "piff.basis_interp.BasisPolynomial":
            return _make_basis(piff, record)
        case "piff.polynomial_interp.Polynomial":
            return _make_polynomial(piff, record)
        case _:
            made = piff.Mean()
            made.mean = np.array(record["mean"], dtype=np.float64)
            return made


def _make_basis(piff: Any, record: Record) -> Any:
    keys = tuple(str(key) for key in interpolation_keys(record))
    orders = tuple(int(order) for order in record["_orders"])
    made = piff.BasisPolynomial(orders, keys, int(record.get("_max_order", max(orders))))
    if not np.array_equal(made._mask, record["_mask"]):
        raise InvalidPsfError("The polynomial of a Piff PSF has other terms than its order says.")
    made.q = np.array(record["q"], dtype=np.float64)
    return made


def _make_polynomial(piff: Any, record: Record) -> Any:
    coefficients = [np.array(c, dtype=np.float64) for c in record["coeffs"]]
    orders = [len(c) - 1 for c in coefficients]
    if any(c.shape != (n + 1, n + 1) or n > PIFF_ORDER for c, n in zip(coefficients, orders, strict=True)):
        raise InvalidPsfError(
            f"A polynomial of a Piff PSF is not square, or its order is above {PIFF_ORDER}."
        )
    made = piff.Polynomial(orders=orders, poly_type=str(record["poly_type"]))
    made._setup_indices(len(orders))
    made.coeffs = coefficients
    return made
