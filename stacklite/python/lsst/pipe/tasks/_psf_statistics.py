"""How a PSF and an aperture correction vary over an image, measured on a grid of good pixels."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from lsst.afw.image._mask import MaskX

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.math import BoundedField

__all__ = [
    "BAD_MASK_PLANES",
    "compute_ap_corr_sigma_scaled_delta",
    "compute_psf_image_deltas",
    "good_grid_points",
    "maximum_nearest_psf_distance",
    "psf_effective_area",
]

BAD_MASK_PLANES = ("BAD", "CR", "INTRP", "SAT", "SUSPECT", "NO_DATA", "EDGE")

FloatArray = NDArray[np.float64]

# Squares of larger numbers may overflow in a k-d tree, which cannot hold NaN or infinity either.
_LARGEST_CENTROID = 1e100


def good_grid_points(
    image_mask: MaskX, sampling: int, bad_mask_bits: Sequence[str]
) -> tuple[FloatArray, FloatArray]:
    """Return the positions of the good pixels on a grid.

    Parameters
    ----------
    image_mask : `lsst.afw.image.Mask`
        Mask of the image.
    sampling : `int`
        Step of the grid in pixels; its first point is the first pixel.
    bad_mask_bits : sequence of `str`
        Mask planes that make a pixel bad. Their bits are those of the
        process-wide plane dictionary, as in the stack, not the mask's own.

    Returns
    -------
    x, y : `numpy.ndarray` of float64, shape (n,)
        Parent coordinates in pixels, row by row. (The stack ignores the origin
        of the mask; here the grid lies where the pixels are.)

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if a plane is unknown.
    """
    x, y, good = _grid(image_mask, sampling, bad_mask_bits)
    return x[good], y[good]


def _grid(
    image_mask: MaskX, sampling: int, bad_mask_bits: Sequence[str]
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Return the positions of all pixels on a grid, row by row, and which of them are good."""
    bits = MaskX.getPlaneBitMask(list(bad_mask_bits))
    good = image_mask.array[::sampling, ::sampling] & bits == 0
    rows, columns = np.indices(good.shape).reshape(2, -1)
    x = image_mask.getX0() + sampling * columns
    y = image_mask.getY0() + sampling * rows
    return x.astype(float), y.astype(float), good.ravel()


def _refuse_empty_grid(positions: FloatArray, image_mask: MaskX, sampling: int) -> None:
    """Raise ValueError, as the stack does, if no point is good."""
    if positions.size == 0:
        raise ValueError(
            f"All pixels of the grid with a step of {sampling} in {image_mask.getBBox()} are masked; "
            "nothing can be measured there."
        )


def compute_psf_image_deltas(
    image_mask: MaskX,
    image_psf: Psf,
    sampling: int = 96,
    ap_radius_pix: float = 3.0,
    bad_mask_bits: Sequence[str] = BAD_MASK_PLANES,
) -> tuple[float, float]:
    """Compute the range of PSF size and of PSF aperture flux over an image.

    Parameters
    ----------
    image_mask : `lsst.afw.image.Mask`
        Mask of the image.
    image_psf : `lsst.afw.detection.Psf`
        PSF model.
    sampling : `int`, optional
        Step of the grid in pixels.
    ap_radius_pix : `float`, optional
        Radius of the aperture in pixels.
    bad_mask_bits : sequence of `str`, optional
        Mask planes that exclude a grid point.

    Returns
    -------
    psf_trace_radius_delta : `float`
        Largest minus smallest trace radius, in pixels.
    psf_ap_flux_delta : `float`
        Largest minus smallest aperture flux; NaN if one is negative.

    Raises
    ------
    ValueError
        Raised if no grid point is good.
    lsst.pex.exceptions.InvalidParameterError
        Raised if a mask plane is unknown.

    Notes
    -----
    Both are NaN if at any point neither quantity is finite.
    """
    positions = np.column_stack(good_grid_points(image_mask, sampling, bad_mask_bits))
    _refuse_empty_grid(positions, image_mask, sampling)
    # Traces of failed shapes can be negative.
    with np.errstate(invalid="ignore"):
        radii = np.sqrt(image_psf._compute_shapes(positions)[:, :2].sum(axis=1) / 2)
    fluxes = image_psf._compute_aperture_fluxes(ap_radius_pix, positions)
    if not np.all(np.isfinite(radii) | np.isfinite(fluxes)):
        return np.nan, np.nan
    # A range of nearly infinite values, or of some that are infinite.
    with np.errstate(invalid="ignore", over="ignore"):
        return float(np.ptp(radii)), np.nan if np.any(fluxes < 0) else float(np.ptp(fluxes))


def compute_ap_corr_sigma_scaled_delta(
    image_mask: MaskX,
    image_ap_corr_field: BoundedField,
    psfSigma: float,
    sampling: int = 96,
    bad_mask_bits: Sequence[str] = BAD_MASK_PLANES,
) -> float:
    """Compute the range of an aperture correction over an image, in units of the PSF size.

    Parameters
    ----------
    image_mask : `lsst.afw.image.Mask`
        Mask of the image.
    image_ap_corr_field : `lsst.afw.math.BoundedField`
        Aperture correction.
    psfSigma : `float`
        Determinant radius of the PSF in pixels.
    sampling : `int`, optional
        Step of the grid in pixels.
    bad_mask_bits : sequence of `str`, optional
        Mask planes that exclude a grid point.

    Returns
    -------
    ap_corr_sigma_scaled_delta : `float`
        (Largest minus smallest value) / ``psfSigma``; NaN if a value is not
        finite.

    Raises
    ------
    ValueError
        Raised if no grid point is good.
    lsst.pex.exceptions.InvalidParameterError
        Raised if a mask plane is unknown.
    """
    x, y = good_grid_points(image_mask, sampling, bad_mask_bits)
    _refuse_empty_grid(x, image_mask, sampling)
    values = np.asarray(image_ap_corr_field.evaluate(x, y), dtype=float)
    if not np.all(np.isfinite(values)):
        return np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.ptp(values) / psfSigma)


def maximum_nearest_psf_distance(
    image_mask: MaskX,
    psf_cat: Any,
    sampling: int = 8,
    bad_mask_bits: Sequence[str] = BAD_MASK_PLANES,
) -> float:
    """Compute how far a good pixel can be from the nearest PSF star.

    Parameters
    ----------
    image_mask : `lsst.afw.image.Mask`
        Mask of the image.
    psf_cat : table
        PSF stars: columns ``slot_Centroid_x`` and ``slot_Centroid_y`` in
        parent pixels.
    sampling : `int`, optional
        Step of the grid in pixels.
    bad_mask_bits : sequence of `str`, optional
        Mask planes that exclude a grid point.

    Returns
    -------
    max_dist_to_nearest_psf : `float`
        Distance in pixels; 0 if no grid point is good, NaN if a centroid is NaN.

    Raises
    ------
    UnboundLocalError
        Raised if there are no stars: the class that callers of the stack see.
    lsst.pex.exceptions.InvalidParameterError
        Raised if a mask plane is unknown.
    """
    stars = np.column_stack([np.asarray(psf_cat[f"slot_Centroid_{axis}"], dtype=float) for axis in "xy"])
    x, y, good = _grid(image_mask, sampling, bad_mask_bits)
    if not len(stars):
        raise UnboundLocalError("The catalog has no PSF stars; there is no distance to the nearest one.")
    if np.all(np.abs(stars) < _LARGEST_CENTROID):
        distances, _ = cKDTree(stars).query(np.column_stack([x[good], y[good]]))
        return float(np.max(distances, initial=0.0))
    with np.errstate(invalid="ignore"):
        nearest = functools.reduce(np.minimum, (np.hypot(x - star_x, y - star_y) for star_x, star_y in stars))
        return float(np.max(nearest * good))


def psf_effective_area(kernel: FloatArray) -> float:
    """Compute the effective area of a PSF in square pixels.

    Parameters
    ----------
    kernel : `numpy.ndarray` of float64, shape (height, width)
        Kernel image of the PSF; its normalization cancels.

    Returns
    -------
    area : `float`
        (sum of pixels)^2 / (sum of squared pixels): the number of pixels that
        background noise counts for in an optimally weighted flux.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.sum(kernel) ** 2 / np.sum(kernel**2))
