"""Sizes and aperture fluxes of a PSF model at many positions.

Nothing is asked of a model but the public methods of its class. A few of its
kernel images determine all others where they are polynomials of the position,
which is checked with further images each time; otherwise images are computed
one by one. Where the kernels do not measure what the model itself does, it
measures itself.
"""

from __future__ import annotations

__all__ = ["PsfMeasurements", "measure_psf"]

from collections.abc import Callable
from dataclasses import dataclass
from logging import Logger, LoggerAdapter
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from lsst.geom import Point2D
from visit_kernels.adaptive_moments import measure_moments
from visit_kernels.many_moments import measure_many_moments
from visit_kernels.polynomial_images import PolynomialImages, Rectangle
from visit_kernels.psf_variation import trace_radii
from visit_kernels.sinc_aperture import aperture_fluxes

if TYPE_CHECKING:
    from lsst.afw.detection import Psf

_Array: TypeAlias = npt.NDArray[np.float64]
_Images: TypeAlias = Callable[[_Array], _Array]
"""Kernel images, ``(n, height, width)``, as a function of positions, ``(n, 2)``."""

_Measure: TypeAlias = Callable[[_Array, tuple[int, int]], tuple[_Array, npt.NDArray[np.bool_]]]
"""Kernel that measures moments."""

_Log: TypeAlias = "Logger | LoggerAdapter[Any]"

_ORDERS = (4, 6, 8)
"""Degrees that are tried; the first nearly always does for models that are interpolated with order 1 or 2."""

_GAIN = 0.1
"""A higher order that leaves more than this of the error shows that the model is no polynomial."""

_IMAGE_TOLERANCE = 1e-10
"""Largest error of a pixel in units of the peak; errors of flux and size are then far below differences."""

_SHAPE_TOLERANCE = 1e-5
"""Relative difference of moments, to which adaptive moments are converged."""

_FLUX_TOLERANCE = 1e-10
"""Relative difference of fluxes, which are sums of the same pixels with the same weights."""

_CHECKS = np.array(
    [[-1, -1], [1, -1], [-1, 1], [1, 1], [0.03, -0.11], [-0.57, 0.41], [0.62, 0.83], [0.29, -0.74]],
    dtype=float,
)
"""Positions between the nodes, from -1 to 1: the corners, where polynomials fail first, and others."""

_FEW = (_ORDERS[0] + 1) ** 2 + len(_CHECKS)
"""Up to so many positions it takes fewer images to let the model measure itself."""

_N_MEASURED = 2
"""Checks at which the model measures itself as well."""

_RADIUS_ERROR = 1e-6
"""Relative error of a trace radius, if the moments have errors of 1e-6 of the trace."""

_CHUNK = 512
"""Images at a time, which are not kept: as many as `measure_many_moments` has in its cache."""


@dataclass(frozen=True)
class PsfMeasurements:
    """Measurements of a PSF model at n positions.

    Attributes
    ----------
    trace_radii : `numpy.ndarray`
        Sizes in pixels, float64, shape ``(n,)``; NaN where there is none.
    fluxes : `numpy.ndarray`
        Fluxes in an aperture, in units of that of the star, float64, shape
        ``(n,)``.
    """

    trace_radii: _Array
    fluxes: _Array


def measure_psf(psf: Psf, positions: _Array, radius: float, log: _Log) -> PsfMeasurements:
    """Measure a PSF model at many positions.

    Parameters
    ----------
    psf : `lsst.afw.detection.Psf`
        PSF model; of any class.
    positions : `numpy.ndarray`
        x and y in pixels, float64, shape ``(n, 2)``.
    radius : `float`
        Radius of the aperture in pixels.
    log : `logging.Logger`
        Where it says at DEBUG why images were not derived from a few others.

    Returns
    -------
    measurements : `PsfMeasurements`
        What ``computeShape`` and ``computeApertureFlux`` of the model give:
        trace radii within 1e-6 and the ends of their range within 1e-9, fluxes
        within 1e-10.

    Raises
    ------
    lsst.pex.exceptions.Exception
        Raised if the model raises it at one of the positions.
    """
    if len(positions) > _FEW:
        try:
            return _measure_images(psf, positions, radius, log)
        except Exception as err:
            # A model may fail between the positions that are asked for; there it is not needed.
            log.debug("The PSF measures itself at each of %d positions: %s", len(positions), err)
    return _measure_itself(psf, positions, radius)


def _measure_itself(psf: Psf, positions: _Array, radius: float) -> PsfMeasurements:
    """Let the model measure itself, position by position."""
    points = [Point2D(x, y) for x, y in positions.tolist()]
    pairs = [(psf.computeShape(p).getTraceRadius(), psf.computeApertureFlux(radius, p)) for p in points]
    return PsfMeasurements(*np.array(pairs, dtype=float).reshape(-1, 2).T)


def _measure_images(psf: Psf, positions: _Array, radius: float, log: _Log) -> PsfMeasurements:
    """Measure kernel images; ValueError if their measurements are not those of the model."""
    rectangle = Rectangle.around(positions)
    drawer = _Drawer(psf, rectangle.at(*_CHECKS.T))
    drawer.compare_measurements(radius)
    images = _images(drawer, rectangle, log)
    radii, fluxes = np.empty(len(positions)), np.empty(len(positions))
    for start in range(0, len(positions), _CHUNK):
        part = slice(start, start + _CHUNK)
        stamps = images(positions[part])
        radii[part] = _radii(stamps, drawer.star, measure_many_moments)
        fluxes[part] = aperture_fluxes(stamps, drawer.star, radius)
    extreme = _near_extremes(radii)
    radii[extreme] = _radii(images(positions[extreme]), drawer.star, measure_moments)
    return PsfMeasurements(radii, fluxes)


def _near_extremes(radii: _Array) -> npt.NDArray[np.intp]:
    """Return which radii are, within the error of a fast measurement, the largest or the smallest.

    The range of radii is a small difference; its ends are measured again, exactly.
    """
    if not np.isfinite(radii).all() or np.ptp(radii) == 0.0:
        return np.empty(0, dtype=np.intp)
    low, high = radii.min(), radii.max()
    return np.flatnonzero(
        (radii <= low * (1 + 2 * _RADIUS_ERROR)) | (radii >= high * (1 - 2 * _RADIUS_ERROR))
    )


def _radii(images: _Array, star: tuple[int, int], measure: _Measure) -> _Array:
    """Return the trace radii of images."""
    moments, _ = measure(images, star)
    return trace_radii(moments[:, 0], moments[:, 1])


class _Drawer:
    """Kernel images of a model, which must all have the same box.

    Parameters
    ----------
    psf : `lsst.afw.detection.Psf`
        PSF model.
    checks : `numpy.ndarray`
        Positions whose images are kept for comparison, ``(n, 2)``.
    """

    def __init__(self, psf: Psf, checks: _Array) -> None:
        self._psf, self.checks = psf, checks
        self._box = psf.computeKernelImage(Point2D(*checks[0])).getBBox()
        self.star = (-self._box.getMinX(), -self._box.getMinY())
        self.check_images = self(checks)

    def __call__(self, positions: _Array) -> _Array:
        """Return the images at positions; ValueError if a box is another one."""
        images = np.empty((len(positions), self._box.getHeight(), self._box.getWidth()))
        for pixels, (x, y) in zip(images, positions.tolist(), strict=True):
            image = self._psf.computeKernelImage(Point2D(x, y))
            if image.getBBox() != self._box:
                raise ValueError(f"the box of its image is {image.getBBox()} at ({x}, {y}), not {self._box}.")
            pixels[...] = image.array
        return images

    def compare_measurements(self, radius: float) -> None:
        """Check that the kernels and the model measure the same values; ValueError if not."""
        images, positions = self.check_images[:_N_MEASURED], self.checks[:_N_MEASURED]
        moments, _ = measure_moments(images, self.star)
        fluxes = aperture_fluxes(images, self.star, radius)
        for moment, flux, position in zip(moments, fluxes, positions, strict=True):
            shape = self._psf.computeShape(Point2D(*position))
            own = np.array([shape.getIxx(), shape.getIyy(), shape.getIxy()])
            own_flux = self._psf.computeApertureFlux(radius, Point2D(*position))
            # A comparison with NaN is false, too.
            if not np.abs(moment - own).max() <= _SHAPE_TOLERANCE * (own[0] + own[1]):
                raise ValueError("it has its own way to compute shapes.")
            if not abs(flux - own_flux) <= _FLUX_TOLERANCE * abs(own_flux):
                raise ValueError("it has its own way to compute aperture fluxes.")


def _images(drawer: _Drawer, rectangle: Rectangle, log: _Log) -> _Images:
    """Choose how to get the images at many positions."""
    error = np.inf
    for order in _ORDERS:
        nodes = drawer(rectangle.nodes(order))
        if _are_equal(nodes, drawer.check_images):
            return lambda positions: np.repeat(nodes[:1], len(positions), axis=0)
        model = PolynomialImages.fit(rectangle, order, nodes)
        last, error = error, _error(model.evaluate(drawer.checks), drawer.check_images)
        if error <= _IMAGE_TOLERANCE:
            return model.evaluate
        if error > _GAIN * last:
            break
    log.debug(
        "Each image of the PSF is computed: polynomials of order %d miss them by %.1e of the peak.",
        order,
        error,
    )
    return drawer


def _are_equal(nodes: _Array, checks: _Array) -> bool:
    return bool((nodes == nodes[0]).all() and (checks == nodes[0]).all())


def _error(found: _Array, expected: _Array) -> float:
    """Return the largest difference of pixels in units of the largest pixel."""
    return float(np.abs(found - expected).max() / np.abs(expected).max())
