"""A fitted Piff model, evaluated from the state that its pickle holds."""

from __future__ import annotations

__all__ = ["PiffModel"]

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.detection import InvalidPsfError
from lsst_stacklite._limits import STAMP_SIDE

from ._interpolation import interpolate, interpolation_keys
from ._piff_objects import make_piff_psf
from ._profiles import StarModel, star_model
from ._records import Record, load_records
from ._wcs import AffineWcs, affine_wcs

_Array = npt.NDArray[np.float64]
_COLOR = "colorValue"


@contextmanager
def _state_at_fault() -> Iterator[None]:
    """Turn all errors that the state in a pickle causes into `InvalidPsfError`."""
    try:
        yield
    except (pex_exceptions.Exception, MemoryError):
        raise
    except Exception as err:
        raise InvalidPsfError(
            f"The state of a Piff PSF cannot be evaluated with its parameters: {type(err).__name__}: {err}"
        ) from err


def _properties(star: Record) -> dict[str, Any]:
    """Return the properties of a star; PSFs of the new image types have stars of their own."""
    if star.kind != "lsst.images.psfs._piff.MinimalStar":
        return dict(star["data"]["properties"])
    fields = star["__dict__"]
    x, y = fields["image_pos"].args
    return {"x": x, "y": y, "is_flagged": fields["is_flagged"], "is_reserve": fields["is_reserve"]}


class PiffModel:
    """A Piff PSF of one detector and the size of its stamps.

    Parts are built when they are needed: a model that cannot be evaluated can
    still tell its size or its stars.

    Parameters
    ----------
    width, height : `int`
        Size of the stamps in pixels.
    psf : `Record`
        Record of a ``piff.SimplePSF``.
    """

    def __init__(self, width: int, height: int, psf: Record) -> None:
        self.width = width
        self.height = height
        self._psf = psf
        # Nothing else of the stars is needed; their stamps would fill the memory.
        self._stars = [_properties(star) for star in psf.state.pop("stars", ())]
        self._used_stars = [s for s in self._stars if not s.get("is_flagged") and not s.get("is_reserve")]

    @classmethod
    def from_pickle(cls, data: bytes) -> PiffModel:
        """Read ``(width, height, psf)``.

        Raises
        ------
        lsst.afw.detection.InvalidPsfError
            Raised if the bytes are not the pickle of such a tuple.
        """
        try:
            width, height, psf = load_records(data)
            width, height = int(width), int(height)
        except (pickle.UnpicklingError, TypeError, ValueError, OverflowError) as err:
            raise InvalidPsfError(f"The state of a Piff PSF cannot be read: {err}") from err
        if not isinstance(psf, Record) or not isinstance(psf.state, dict):
            raise InvalidPsfError(
                f"The state of a Piff PSF holds a {type(psf).__name__} where the state of a Piff PSF object "
                "belongs."
            )
        if not 1 <= min(width, height) <= max(width, height) <= STAMP_SIDE:
            raise InvalidPsfError(f"The state of a Piff PSF asks for images of {width} x {height} pixels.")
        with _state_at_fault():
            return cls(width, height, psf)

    def make_piff_psf(self, piff: Any) -> Any:
        """Return the same PSF as a ``piff.PSF``.

        Parameters
        ----------
        piff : `module`
            The package.

        Raises
        ------
        lsst.afw.detection.InvalidPsfError
            Raised if the model cannot be evaluated.
        """
        with _state_at_fault():
            wcs, (chip,) = self._wcs, self._simple["wcs"]
            return make_piff_psf(piff, self._simple, int(chip), wcs, self._stars)

    @property
    def average_position(self) -> tuple[float, float]:
        """Mean position of the stars that were used, in pixels.

        Raises
        ------
        lsst.afw.detection.InvalidPsfError
            Raised if there is no such star.
        """
        if not self._used_stars:
            raise InvalidPsfError("A Piff PSF without stars that were used has no average position.")
        with _state_at_fault():
            positions = np.array([[star["x"], star["y"]] for star in self._used_stars], dtype=np.float64)
            x, y = positions.mean(axis=0)
            return float(x), float(y)

    @property
    def uses_color(self) -> bool:
        """Whether the model depends on the color of the star."""
        return _COLOR in interpolation_keys(self._simple["interp"])

    @cached_property
    def average_color(self) -> float:
        """Mean color of the stars that were used; NaN if they have none."""
        colors = [star[_COLOR] for star in self._used_stars if _COLOR in star]
        return float(np.mean(colors)) if colors else float("nan")

    def stamps(self, x: _Array, y: _Array, dx: _Array, dy: _Array, color: float | None) -> _Array:
        """Draw stamps for stars at positions, on one grid of pixels about each star.

        Parameters
        ----------
        x, y : `numpy.ndarray`
            Positions in pixels, shape ``(n,)``.
        dx, dy : `numpy.ndarray`
            Offsets of the columns and rows from the star in pixels.
        color : `float`, optional
            Color; the mean color of the stars that were used by default.

        Returns
        -------
        stamps : `numpy.ndarray`
            Stamps with pixel sum 1, float64, ``(n, len(dy), len(dx))``.

        Raises
        ------
        lsst.afw.detection.InvalidPsfError
            Raised if the model cannot be evaluated.
        """
        with _state_at_fault():
            stamps = self._stamps(x, y, dx, dy, color)
        sums = stamps.sum(axis=(1, 2))
        bad = ~np.isfinite(sums) | (sums == 0)
        if bad.any():
            first = int(np.argmax(bad))
            raise InvalidPsfError(f"A Piff PSF has the flux {sums[first]} at ({x[first]}, {y[first]}).")
        return stamps / sums[:, None, None]

    def _stamps(self, x: _Array, y: _Array, dx: _Array, dy: _Array, color: float | None) -> _Array:
        """Return stamps that are not normalized."""
        u, v = self._wcs.to_world(x, y)
        values = {"x": x, "y": y, "u": u, "v": v}
        if self.uses_color:
            values[_COLOR] = np.full(len(x), self.average_color if color is None else color)
        unknown = set(interpolation_keys(self._simple["interp"])) - values.keys()
        if unknown:
            raise InvalidPsfError(
                f"This Piff PSF depends on {', '.join(sorted(unknown))}, which stacklite cannot supply."
            )
        parameters = interpolate(self._simple["interp"], values, len(x))
        return self._model.draw(parameters, self._wcs, dx, dy)

    @property
    def _simple(self) -> Record:
        if self._psf.kind != "piff.simplepsf.SimplePSF":
            raise InvalidPsfError(
                f"This Piff PSF is a {self._psf.kind}, which stacklite cannot evaluate; "
                "it can evaluate SimplePSF of Piff 1.5."
            )
        return self._psf

    @cached_property
    def _model(self) -> StarModel:
        return star_model(self._simple["model"])

    @cached_property
    def _wcs(self) -> AffineWcs:
        wcs = self._simple["wcs"]
        if len(wcs) != 1:
            raise InvalidPsfError(f"This Piff PSF covers {len(wcs)} detectors; stacklite evaluates one.")
        return affine_wcs(next(iter(wcs.values())))
