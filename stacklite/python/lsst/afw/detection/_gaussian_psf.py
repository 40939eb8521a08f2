"""A circular Gaussian point-spread function, the same everywhere."""

from __future__ import annotations

__all__ = ["GaussianPsf"]

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from lsst.afw.fits._errors import stamp_size
from lsst.afw.geom.ellipses import Quadrupole
from lsst.afw.image import Color, ImageD
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.pex.exceptions import InvalidParameterError
from lsst_stacklite._overloads import bind
from lsst_stacklite.archives import make_table, persistable_reader

from ._psf import Psf

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable


class GaussianPsf(Psf):
    """A circular Gaussian, sampled at pixel centers and normalized.

    Shape and aperture fluxes are those of the infinite Gaussian.

    Parameters
    ----------
    width, height : `int`
        Size of the images in pixels.
    dimensions : `~lsst.geom.Extent2I`
        The same in one.
    sigma : `float`
        Standard deviation in pixels.

    Raises
    ------
    lsst.pex.exceptions.InvalidParameterError
        Raised if the width is even. An even height is accepted, as in the
        stack.
    """

    @overload
    def __init__(self, width: int, height: int, sigma: float) -> None: ...

    @overload
    def __init__(self, dimensions: Extent2I, sigma: float) -> None: ...

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(isFixed=True)
        given = bind(GaussianPsf.__init__, {"Extent2I": Extent2I}, (self, *args), kwargs)
        size = given["dimensions"] if "dimensions" in given else Extent2I(given["width"], given["height"])
        self._width, self._height, self._sigma = size.getX(), size.getY(), float(given["sigma"])
        if self._width % 2 == 0:
            raise InvalidParameterError(f"The width of a GaussianPsf must be odd, not {self._width}.")

    def getDimensions(self) -> Extent2I:
        """Return the size of the images in pixels."""
        return Extent2I(self._width, self._height)

    def getSigma(self) -> float:
        """Return the standard deviation in pixels."""
        return self._sigma

    def resized(self, width: int, height: int) -> GaussianPsf:
        """Return the same Gaussian with images of another size."""
        return GaussianPsf(width, height, self._sigma)

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        return Box2I(Point2I(-(self._width // 2), -(self._height // 2)), self.getDimensions())

    @np.errstate(all="ignore")  # C++ does not warn
    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        x, y = (np.arange(n) - n // 2 for n in (self._width, self._height))
        squares, places = np.unique(x[None, :] ** 2 + y[:, None] ** 2, return_inverse=True)
        # The stack takes exp of the C library, and adds one pixel after another; with NumPy's vectors and
        # pairs the last digits would differ. Few distances are different.
        exponents = -0.5 * squares / (self._sigma * self._sigma)
        values = np.fromiter(map(math.exp, exponents), float, exponents.size)
        pixels = values[places].reshape(len(y), len(x))
        return ImageD(pixels / np.cumsum(pixels)[-1], xy0=self._doComputeBBox(position, color).getMin())

    def _doComputeApertureFlux(self, radius: float, position: Point2D, color: Color) -> float:
        with np.errstate(divide="ignore", over="ignore"):
            scaled = np.square(np.float64(radius) / self._sigma)
        return 1 - math.exp(-0.5 * scaled)

    def _doComputeShape(self, position: Point2D, color: Color) -> Quadrupole:
        variance = self._sigma * self._sigma  # A product overflows to infinity, a power raises.
        return Quadrupole(variance, variance, 0.0)

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        return [make_table(_FIELDS, [(self._width, self._height, self._sigma)])]


_FIELDS = (
    ("dimensions_x", "I", "width of the images", "pixel"),
    ("dimensions_y", "I", "height of the images", "pixel"),
    ("sigma", "D", "standard deviation", "pixel"),
)


@persistable_reader("GaussianPsf", of=GaussianPsf, module="lsst.afw.detection", id_fields=())
def _read_gaussian_psf(archive: ArchiveReader, tables: Sequence[StoredTable]) -> GaussianPsf:
    row = tables[0][0]
    return GaussianPsf(*stamp_size(row), float(row["sigma"]))
