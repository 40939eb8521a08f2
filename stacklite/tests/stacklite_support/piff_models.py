"""Records of Piff's objects, as pickles give them, and PSFs made of them."""

from __future__ import annotations

import pickle
from typing import Any

import galsim
import numpy as np

from lsst.meas.extensions.piff._model import PiffModel
from lsst.meas.extensions.piff._records import Record, load_records
from lsst.meas.extensions.piff.piffPsf import PiffPsf


def record(kind: str, **state: Any) -> Any:
    """A record as the pickle of an object of that class would give it."""
    result = type(kind.rpartition(".")[2], (Record,), {"kind": kind})()
    result.__setstate__(state)
    return result


def stand_in(obj: Any) -> Any:
    """The record of a GalSim object, by way of its pickle."""
    return load_records(pickle.dumps(obj))


def lanczos(n: int = 5) -> Any:
    return stand_in(galsim.Lanczos(n))


def pixel_grid(scale: float = 0.2, size: int = 15, interp: Any = None) -> Any:
    interp = lanczos() if interp is None else interp
    return record("piff.pixelgrid.PixelGrid", scale=scale, size=size, interp=interp)


def grid_values(size: int = 15) -> np.ndarray:
    """A slightly elliptical profile, not centered, so that axes cannot be mixed up."""
    y, x = np.mgrid[:size, :size] - size // 2
    return np.exp(-0.5 * ((x - 0.3) ** 2 / 5 + (y + 0.2) ** 2 / 4 + 0.05 * x * y)).ravel()


def mean_interp(values: Any) -> Any:
    return record("piff.mean_interp.Mean", mean=np.asarray(values, dtype=float))


def simple_psf(
    model: Any = None, interp: Any = None, wcs: Any = None, stars: Any = (), size: int = 25
) -> PiffPsf:
    """A PSF around records, without a pickle."""
    state = {
        "model": pixel_grid() if model is None else model,
        "interp": mean_interp(grid_values()) if interp is None else interp,
        "wcs": {0: stand_in(galsim.PixelScale(0.2)) if wcs is None else wcs},
        "stars": list(stars),
    }
    psf = PiffPsf._from_pickle(b"")
    psf.__dict__["_model"] = PiffModel(size, size, record("piff.simplepsf.SimplePSF", **state))
    return psf
