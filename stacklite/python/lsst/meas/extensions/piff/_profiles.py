"""Piff's models of one star: pixel grids and analytic profiles."""

from __future__ import annotations

__all__ = ["AnalyticModel", "PixelGridModel", "StarModel", "make_galsim_wcs", "star_model"]

import math
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import galsim
import numpy as np
import numpy.typing as npt

from lsst.afw.detection import InvalidPsfError
from lsst_stacklite._limits import PIFF_GRID, PIFF_LANCZOS, PIFF_TRANSFORM, PIFF_WEIGHTS

from ._records import Record
from ._wcs import AffineWcs

_Array = npt.NDArray[np.float64]

_METHODS = ("auto", "no_pixel")  # Piff has no others; some of GalSim's shoot photons.

_INTERPOLANTS: Mapping[str, Callable[[Record], galsim.Interpolant]] = {
    "galsim.interpolant.Lanczos": lambda r: _lanczos(int(r["_n"]), bool(r["_conserve_dc"])),
    "galsim.interpolant.Quintic": lambda r: galsim.Quintic(),
    "galsim.interpolant.Cubic": lambda r: galsim.Cubic(),
    "galsim.interpolant.Linear": lambda r: galsim.Linear(),
}

_PROFILES: Mapping[str, Callable[[Record], galsim.GSObject]] = {
    "galsim.gaussian.Gaussian": lambda r: galsim.Gaussian(sigma=r["_sigma"], flux=r["_flux"]),
    "galsim.kolmogorov.Kolmogorov": lambda r: galsim.Kolmogorov(lam_over_r0=r["_lor0"], flux=r["_flux"]),
    "galsim.moffat.Moffat": lambda r: galsim.Moffat(
        beta=r["_beta"], scale_radius=r["_r0"], trunc=r["_trunc"], flux=r["_flux"]
    ),
}

_ANALYTIC_MODELS = frozenset(
    f"piff.gsobject_model.{name}" for name in ("Gaussian", "Kolmogorov", "Moffat", "GSObjectModel")
)


def _lanczos(n: int, conserve_dc: bool) -> galsim.Interpolant:
    if not 1 <= n <= PIFF_LANCZOS:
        raise InvalidPsfError(f"This Piff PSF uses the interpolant Lanczos({n}).")
    return galsim.Lanczos(n, conserve_dc)


class StarModel(Protocol):
    """Draws stamps from parameters."""

    def draw(self, parameters: _Array, wcs: AffineWcs, dx: _Array, dy: _Array) -> _Array:
        """Draw stamps at a common grid of pixels.

        Parameters
        ----------
        parameters : `numpy.ndarray`
            Model parameters, ``(n, n_parameters)``.
        wcs : `AffineWcs`
            From pixels to the coordinates of the model.
        dx, dy : `numpy.ndarray`
            Pixel offsets from the star of the columns and the rows.

        Returns
        -------
        stamps : `numpy.ndarray`
            Stamps up to a common factor, ``(n, len(dy), len(dx))``.
        """
        ...


def star_model(record: Record) -> StarModel:
    """Build the model that a record describes.

    Raises
    ------
    lsst.afw.detection.InvalidPsfError
        Raised if the model, or something in it, is not supported.
    """
    if record.kind == "piff.pixelgrid.PixelGrid":
        return PixelGridModel(record)
    if record.kind in _ANALYTIC_MODELS:
        return AnalyticModel(record)
    raise InvalidPsfError(
        f"This Piff PSF uses the model {record.kind}, which stacklite cannot evaluate; it can evaluate "
        "PixelGrid, Gaussian, Kolmogorov, Moffat and GSObjectModel of Piff 1.5."
    )


class PixelGridModel:
    """Values on a square grid, interpolated between the grid points."""

    def __init__(self, record: Record) -> None:
        self.scale = float(record["scale"])
        self.size = int(record["size"])
        if not 1 <= self.size <= PIFF_GRID:
            raise InvalidPsfError(f"This Piff PSF has a grid of {self.size} x {self.size} points.")
        self.interpolant = _from(_INTERPOLANTS, record["interp"], "interpolant")

    def draw(self, parameters: _Array, wcs: AffineWcs, dx: _Array, dy: _Array) -> _Array:
        if parameters.shape[1] != self.size**2:
            raise InvalidPsfError(
                f"This Piff PSF has {parameters.shape[1]} parameters for {self.size} x {self.size} points."
            )
        grids = parameters.reshape(-1, self.size, self.size)
        if wcs.is_scale:
            u, _ = wcs.offset_to_world(dx, np.zeros_like(dx))
            _, v = wcs.offset_to_world(np.zeros_like(dy), dy)
            return self._weights(v) @ grids @ self._weights(u).T
        u, v = wcs.offset_to_world(dx[None, :], dy[:, None])
        if u.size * self.size > PIFF_WEIGHTS:
            raise InvalidPsfError(
                f"This Piff PSF draws {len(dx)} x {len(dy)} pixels from {self.size} x {self.size} points."
            )
        along_v, along_u = self._weights(v), self._weights(u)
        stamps = np.empty((len(grids), len(dy), len(dx)))
        step = max(1, PIFF_WEIGHTS // along_u.size)
        for part in (slice(i, i + step) for i in range(0, len(grids), step)):
            columns = np.einsum("nij,yxj->nyxi", grids[part], along_u)
            stamps[part] = np.einsum("nyxi,yxi->nyx", columns, along_v)
        return stamps

    def _weights(self, world: _Array) -> _Array:
        """Return the weights of the grid points of one axis, ``(*world.shape, size)``."""
        points = np.arange(self.size) - self.size // 2
        t = world[..., None] / self.scale - points
        return self.interpolant.xval(t.ravel()).reshape(t.shape)


class AnalyticModel:
    """A dilated and sheared profile of GalSim."""

    def __init__(self, record: Record) -> None:
        self.profile = _profile(record["gsobj"])
        self.method = record["_method"]
        if self.method not in _METHODS:
            raise InvalidPsfError(f"This Piff PSF is drawn with the method {self.method!r}.")
        self.centered = bool(record["_centered"])
        self.fit_flux = bool(record.get("_fit_flux"))

    def draw(self, parameters: _Array, wcs: AffineWcs, dx: _Array, dy: _Array) -> _Array:
        stamps = np.empty((len(parameters), len(dy), len(dx)))
        galsim_wcs = make_galsim_wcs(wcs)
        # Pixel (1, 1) of a new GalSim image is its first.
        center = (1.0 - dx[0], 1.0 - dy[0])
        for row, stamp in zip(parameters, stamps, strict=True):
            image = galsim.Image(stamp, wcs=galsim_wcs, dtype=float)
            profile = self._shaped(row)
            _check_transform(galsim_wcs.profileToImage(profile), max(stamp.shape))
            profile.drawImage(image, method=self.method, center=center)
        return stamps

    def _shaped(self, parameters: _Array) -> galsim.GSObject:
        values = [float(p) for p in parameters]
        flux = values.pop(0) if self.fit_flux else 1.0
        shift = (0.0, 0.0) if self.centered else (values.pop(0), values.pop(0))
        size, g1, g2 = values
        profile = self.profile.dilate(size).shear(g1=g1, g2=g2).shift(*shift)
        return profile if flux == 1.0 else profile.withScaledFlux(flux)


def make_galsim_wcs(wcs: AffineWcs) -> galsim.BaseWCS:
    if wcs.is_scale:
        return galsim.PixelScale(wcs.matrix[0, 0])
    return galsim.JacobianWCS(*wcs.matrix.ravel())


def _check_transform(profile: galsim.GSObject, size: int) -> None:
    """Check the size of the Fourier transform that GalSim would allocate."""
    period = max(size, 2 * math.pi / abs(profile.stepk), profile.gsparams.minimum_fft_size)
    if not max(1.0, abs(profile.maxk) / math.pi) * period <= PIFF_TRANSFORM:
        raise InvalidPsfError("The parameters of a Piff PSF need an absurdly large image to be drawn.")


def _profile(record: Record) -> galsim.GSObject:
    if record.kind != "galsim.transform.Transformation":
        return _from(_PROFILES, record, "profile")
    return galsim.Transform(
        _profile(record["_original"]),
        jac=np.eye(2) if record["_jac"] is None else record["_jac"],
        offset=galsim.PositionD(record["_dx"], record["_dy"]),
        flux_ratio=record["_flux_ratio"],
    )


def _from(known: Mapping[str, Callable[[Record], Any]], record: Record, what: str) -> Any:
    if record.kind not in known:
        raise InvalidPsfError(
            f"This Piff PSF uses the {what} {record.kind}, which stacklite cannot evaluate; it can evaluate "
            f"{', '.join(sorted(name.rpartition('.')[2] for name in known))}."
        )
    return known[record.kind](record)
