"""The interface of point-spread functions."""

from __future__ import annotations

__all__ = ["Psf"]

import copy
import math
from collections.abc import Hashable
from typing import Self

import numpy as np
import numpy.typing as npt

from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import Color, ImageD
from lsst.afw.math import FixedKernel
from lsst.afw.typehandling import Storable
from lsst.geom import Box2I, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite.archives import FitsReadable

from ._image_cache import ImageCache
from ._lanczos_shift import lanczos_shift, split_position

_CACHE_CAPACITY = 100
_UNKNOWN_COLOR = Color()


class Psf(FitsReadable, Storable):
    """A point-spread function that may depend on the position and the color.

    Every ``compute...`` method takes a position; a point with two NaN
    coordinates means `getAveragePosition`. Kernel images have
    the star on pixel (0, 0), images have it at the position; both are float64
    and sum to about 1. Returned images are the caller's own.

    Subclasses implement the ``_doCompute...`` methods, which receive a real
    position and return objects that they do not keep.

    Parameters
    ----------
    isFixed : `bool`, optional
        Whether kernel images are the same everywhere.
    capacity : `int`, optional
        Number of kernel images, and of images, that are kept for reuse.
    """

    def __init__(self, isFixed: bool = False, capacity: int = _CACHE_CAPACITY) -> None:
        super().__init__()
        self._is_fixed = bool(isFixed)
        self._kernel_images = ImageCache(capacity)
        self._images = ImageCache(capacity)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'the same everywhere' if self._is_fixed else 'varying'})"

    # -- Methods that subclasses implement

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        """Return the image with the star on pixel (0, 0)."""
        raise self._missing("_doComputeKernelImage")

    def _doComputeApertureFlux(self, radius: float, position: Point2D, color: Color) -> float:
        """Return the flux in a circular aperture."""
        raise self._missing("_doComputeApertureFlux")

    def _doComputeShape(self, position: Point2D, color: Color) -> Quadrupole:
        """Return the second moments."""
        raise self._missing("_doComputeShape")

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        """Return the box of the kernel image."""
        raise self._missing("_doComputeBBox")

    def _missing(self, name: str) -> Exception:
        """Return the error of a method that a subclass does not implement."""
        return NotImplementedError(f"{type(self).__name__} has no method {name}, which is needed.")

    def _doComputeImage(self, position: Point2D, color: Color) -> ImageD:
        """Return the image with the star at the position."""
        return self.recenterKernelImage(self._kernel_image(position, color), position)

    # -- Public interface

    def computeImage(self, position: Point2D, color: Color = _UNKNOWN_COLOR) -> ImageD:
        """Return an image of a star at a position, in the coordinates of the position.

        Parameters
        ----------
        position : `~lsst.geom.Point2D`
            Position of the star in pixels.
        color : `~lsst.afw.image.Color`, optional
            Color of the star, for PSFs that depend on it.

        Returns
        -------
        image : `~lsst.afw.image.ImageD`
            Image of the star.

        Raises
        ------
        lsst.afw.detection.InvalidPsfError
            Raised if the PSF cannot be evaluated.
        """
        return self._image(self._position(position), color).clone()

    def computeKernelImage(self, position: Point2D, color: Color = _UNKNOWN_COLOR) -> ImageD:
        """Return an image of the PSF at a position, with the star on pixel (0, 0).

        Parameters and exceptions are those of `computeImage`.
        """
        return self._kernel_image(self._position(position), color).clone()

    def computePeak(self, position: Point2D, color: Color = _UNKNOWN_COLOR) -> float:
        """Return the pixel (0, 0) of the kernel image, which need not be the largest."""
        return float(self._kernel_image(self._position(position), color)[Point2I(0, 0)])

    def computeApertureFlux(self, radius: float, position: Point2D, color: Color = _UNKNOWN_COLOR) -> float:
        """Return the flux inside a circular aperture about the star.

        Parameters
        ----------
        radius : `float`
            Radius of the aperture in pixels.
        position : `~lsst.geom.Point2D`
            Position of the star in pixels.
        color : `~lsst.afw.image.Color`, optional
            Color of the star.

        Returns
        -------
        flux : `float`
            Flux as a fraction of that of the star.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if the radius is not positive and finite.
        """
        return float(self._doComputeApertureFlux(float(radius), self._position(position), color))

    def computeShape(self, position: Point2D, color: Color = _UNKNOWN_COLOR) -> Quadrupole:
        """Return the second moments, in square pixels; NaN if the measurement failed."""
        return self._doComputeShape(self._position(position), color)

    def computeBBox(self, position: Point2D, color: Color = _UNKNOWN_COLOR) -> Box2I:
        """Return the box of the kernel image."""
        return self._doComputeBBox(self._position(position), color)

    def computeKernelBBox(self, position: Point2D, color: Color = _UNKNOWN_COLOR) -> Box2I:
        """Return the box of the kernel image."""
        return self.computeBBox(position, color)

    def computeImageBBox(self, position: Point2D, color: Color = _UNKNOWN_COLOR) -> Box2I:
        """Return the box of `computeImage`."""
        return self._image(self._position(position), color).getBBox()

    def getLocalKernel(self, position: Point2D, color: Color = _UNKNOWN_COLOR) -> FixedKernel:
        """Return the kernel image as a convolution kernel."""
        return FixedKernel._from_array(self._kernel_image(self._position(position), color).array)

    def getAveragePosition(self) -> Point2D:
        """Return the mean position of the stars that define the PSF, or (0, 0)."""
        return Point2D(0.0, 0.0)

    def getAverageColor(self) -> Color:
        """Return the color of the stars that define the PSF, which is not known."""
        return Color()

    def resized(self, width: int, height: int) -> Psf:
        """Return the PSF with images of another size, in pixels.

        Raises
        ------
        NotImplementedError
            Raised if there is no such method for this kind of PSF.
        """
        raise self._missing("resized")

    def getCacheCapacity(self) -> int:
        """Return the number of images that are kept for reuse."""
        return self._kernel_images.capacity

    def setCacheCapacity(self, capacity: int, /) -> None:
        """Set the number of images that are kept for reuse."""
        self._kernel_images.set_capacity(capacity)
        self._images.set_capacity(capacity)

    def clone(self) -> Self:
        """Return an independent copy."""
        return copy.deepcopy(self)

    @staticmethod
    def recenterKernelImage(
        im: ImageD, position: Point2D, warpAlgorithm: str = "lanczos5", warpBuffer: int = 5
    ) -> ImageD:
        """Move a kernel image so that the star is at a position.

        Parameters
        ----------
        im : `~lsst.afw.image.ImageD`
            Image with the star on pixel (0, 0).
        position : `~lsst.geom.Point2D`
            Position of the star.
        warpAlgorithm : `str`, optional
            Only ``"lanczos5"`` is supported.
        warpBuffer : `int`, optional
            Only 5 is supported.

        Returns
        -------
        image : `~lsst.afw.image.ImageD`
            Moved image; it is not normalized again.

        Raises
        ------
        lsst.pex.exceptions.InvalidParameterError
            Raised if an option is not supported or the position not finite.
        """
        if (warpAlgorithm, warpBuffer) != ("lanczos5", 5):
            raise InvalidParameterError(
                f"PSF images are moved with lanczos5 and buffer 5, not {warpAlgorithm} and {warpBuffer}."
            )
        if not (math.isfinite(position.x) and math.isfinite(position.y)):
            raise InvalidParameterError(f"A PSF image cannot be put at ({position.x}, {position.y}).")
        nx, dx = split_position(position.x)
        ny, dy = split_position(position.y)
        corner = Point2I(im.getX0() + nx, im.getY0() + ny)
        return ImageD(lanczos_shift(im.array, dx, dy), xy0=corner)

    # -- Many positions at once

    def _compute_shapes(self, positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return Ixx, Iyy, Ixy at positions of shape ``(n, 2)``; shape ``(n, 3)``."""
        shapes = [self.computeShape(Point2D(*p)) for p in self._distinct(positions)]
        rows = [(q.getIxx(), q.getIyy(), q.getIxy()) for q in shapes]
        return self._for_all(np.array(rows, dtype=np.float64).reshape(-1, 3), positions)

    def _compute_aperture_fluxes(
        self, radius: float, positions: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Return aperture fluxes at positions of shape ``(n, 2)``; shape ``(n,)``."""
        fluxes = [self.computeApertureFlux(radius, Point2D(*p)) for p in self._distinct(positions)]
        return self._for_all(np.array(fluxes, dtype=np.float64), positions)

    def _distinct(self, positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the positions to compute: one is enough for a fixed PSF."""
        positions = np.asarray(positions, dtype=np.float64).reshape(-1, 2)
        return positions[:1] if self._is_fixed else positions

    def _for_all(
        self, values: npt.NDArray[np.float64], positions: npt.NDArray[np.float64]
    ) -> npt.NDArray[np.float64]:
        """Repeat the values of `_distinct` positions for all."""
        return np.repeat(values, len(positions), axis=0) if self._is_fixed else values

    # -- Caches

    def _position(self, position: Point2D) -> Point2D:
        if not isinstance(position, Point2D | Point2I):
            raise TypeError(f"a position is a Point2D, not a {type(position).__name__}.")
        if math.isnan(position.x) and math.isnan(position.y):
            return self.getAveragePosition()
        return Point2D(position)

    def _real_positions(self, positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Put the average position in place of undefined ones, shape ``(n, 2)``."""
        undefined: npt.NDArray[np.bool_] = np.all(np.isnan(positions), axis=1)
        if not undefined.any():
            return positions
        average = self.getAveragePosition()
        return np.where(undefined[:, None], [average.x, average.y], positions)

    def _kernel_image(self, position: Point2D, color: Color) -> ImageD:
        """Return the cached kernel image, which must not be changed."""
        key: Hashable = None if self._is_fixed else (position.x, position.y, color._key())
        return self._kernel_images.get(key, lambda: self._doComputeKernelImage(position, color))

    def _image(self, position: Point2D, color: Color) -> ImageD:
        """Return the cached image, which must not be changed."""
        key = (position.x, position.y, color._key())
        return self._images.get(key, lambda: self._doComputeImage(position, color))
