"""Variation of a PSF and an aperture correction over an image, measured on a grid of good pixels."""

from __future__ import annotations

__all__ = [
    "BAD_MASK_PLANES",
    "compute_ap_corr_sigma_scaled_delta",
    "compute_psf_image_deltas",
    "maximum_nearest_psf_distance",
    "pixel_grid",
]

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lsst.afw.image import MaskX
from visit_kernels.pixel_grid import PixelGrid
from visit_kernels.psf_variation import ranges_of_radius_and_flux, scaled_range, trace_radii
from visit_kernels.star_distance import largest_nearest_distance

if TYPE_CHECKING:
    from lsst.afw.detection import Psf
    from lsst.afw.math import BoundedField

BAD_MASK_PLANES = ("BAD", "CR", "INTRP", "SAT", "SUSPECT", "NO_DATA", "EDGE")

FloatArray = NDArray[np.float64]


def pixel_grid(image_mask: MaskX, sampling: int, bad_mask_bits: Sequence[str]) -> PixelGrid:
    """Return the pixels on a grid, and which of them are good.

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
    grid : `visit_kernels.pixel_grid.PixelGrid`
        The grid in parent coordinates. (The stack ignores the origin of the mask;
        here the grid lies where the pixels are.)

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if a plane is unknown.
    """
    bits = MaskX.getPlaneBitMask(list(bad_mask_bits))
    return PixelGrid.of_mask(image_mask.array, bits, sampling, image_mask.getX0(), image_mask.getY0())


def _good_positions(
    image_mask: MaskX, sampling: int, bad_mask_bits: Sequence[str]
) -> tuple[FloatArray, FloatArray]:
    """Return x and y of the good pixels; ValueError, as in the stack, if none is good."""
    x, y = pixel_grid(image_mask, sampling, bad_mask_bits).good_positions()
    if not x.size:
        raise ValueError(
            f"All pixels of the grid with a step of {sampling} in {image_mask.getBBox()} are masked; "
            "nothing can be measured there."
        )
    return x, y


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
    positions = np.column_stack(_good_positions(image_mask, sampling, bad_mask_bits))
    shapes = image_psf._compute_shapes(positions)
    fluxes = image_psf._compute_aperture_fluxes(ap_radius_pix, positions)
    return ranges_of_radius_and_flux(trace_radii(shapes[:, 0], shapes[:, 1]), fluxes)


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
    x, y = _good_positions(image_mask, sampling, bad_mask_bits)
    return scaled_range(image_ap_corr_field.evaluate(x, y), psfSigma)


def maximum_nearest_psf_distance(
    image_mask: MaskX,
    psf_cat: Any,
    sampling: int = 8,
    bad_mask_bits: Sequence[str] = BAD_MASK_PLANES,
) -> float:
    """Compute the largest distance of a good pixel from the nearest PSF star.

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
    x, y = (np.asarray(psf_cat[f"slot_Centroid_{axis}"], dtype=float) for axis in "xy")
    grid = pixel_grid(image_mask, sampling, bad_mask_bits)
    if not x.size:
        raise UnboundLocalError("The catalog has no PSF stars; there is no distance to the nearest one.")
    return largest_nearest_distance(grid, x, y)
