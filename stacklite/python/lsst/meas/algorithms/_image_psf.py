"""Point-spread functions that are measured on their own images."""

from __future__ import annotations

__all__ = ["ImagePsf", "Stack", "batches"]

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from lsst.afw.detection import Psf
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import Color, ImageD
from lsst.geom import Box2I, Point2D
from lsst.pex.exceptions import InvalidParameterError, LogicError
from visit_kernels.adaptive_moments import measure_moments
from visit_kernels.sinc_aperture import aperture_fluxes

Stack: TypeAlias = tuple[slice, npt.NDArray[np.float64], tuple[int, int]]
"""Range of positions, their kernel images, array column and row of the star."""


class ImagePsf(Psf):
    """A PSF whose shape and fluxes are measured on its kernel images.

    Shapes are adaptive moments, fluxes sinc apertures. Subclasses implement
    ``_doComputeKernelImage``, and ``_kernel_stacks`` when they can compute
    many images at once.

    Parameters
    ----------
    isFixed : `bool`, optional
        Whether kernel images are the same everywhere.
    """

    def __init__(self, isFixed: bool = False) -> None:
        super().__init__(isFixed=isFixed)

    def _doComputeApertureFlux(self, radius: float, position: Point2D, color: Color) -> float:
        return float(_fluxes(*_single(self._kernel_image(position, color)), radius)[0])

    def _doComputeShape(self, position: Point2D, color: Color) -> Quadrupole:
        moments = _moments(*_single(self._kernel_image(position, color)))
        return Quadrupole(*moments[0].tolist())

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        return self._kernel_image(position, color).getBBox()

    def _compute_shapes(self, positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        distinct = self._distinct(positions)
        moments = np.empty((len(distinct), 3))
        for part, stack, star in self._kernel_stacks(distinct):
            moments[part] = _moments(stack, star)
        return self._for_all(moments, positions)

    def _compute_aperture_fluxes(
        self, radius: float, positions: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        distinct = self._distinct(positions)
        fluxes = np.empty(len(distinct))
        for part, stack, star in self._kernel_stacks(distinct):
            fluxes[part] = _fluxes(stack, star, radius)
        return self._for_all(fluxes, positions)

    def _kernel_stacks(self, positions: npt.NDArray[np.float64]) -> Iterator[Stack]:
        """Yield kernel images of consecutive positions, in stacks of equal boxes."""
        for i, position in enumerate(positions):
            image = self._kernel_image(self._position(Point2D(*position)), Color())
            yield slice(i, i + 1), *_single(image)


def batches(number: int, image_pixels: int, most_images: int, most_pixels: int) -> Iterator[slice]:
    """Yield consecutive ranges of positions whose images are in memory together.

    Parameters
    ----------
    number : `int`
        Number of positions.
    image_pixels : `int`
        Number of pixels of an image.
    most_images, most_pixels : `int`
        Limits of a range; one image is allowed in any case.
    """
    step = max(1, min(most_images, most_pixels // image_pixels))
    return (slice(start, start + step) for start in range(0, number, step))


def _moments(images: npt.NDArray[np.float64], star: tuple[int, int]) -> npt.NDArray[np.float64]:
    """Return the adaptive moments of images; LogicError, as in the stack, if good ones are singular."""
    try:
        moments, _ = measure_moments(images, star)
    except ValueError as err:
        raise LogicError(str(err)) from None
    return moments


def _fluxes(images: npt.NDArray[np.float64], star: tuple[int, int], radius: float) -> npt.NDArray[np.float64]:
    """Return aperture fluxes; InvalidParameterError, as in the stack, for a radius that is none."""
    try:
        return aperture_fluxes(images, star, radius)
    except ValueError as err:
        raise InvalidParameterError(str(err)) from None


def _single(image: ImageD) -> tuple[npt.NDArray[np.float64], tuple[int, int]]:
    return image.array[None], (-image.getX0(), -image.getY0())
