"""Gaussian point-spread functions that are measured like any other kernel."""

from __future__ import annotations

__all__ = ["DoubleGaussianPsf", "SingleGaussianPsf"]

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lsst.afw.fits._errors import stamp_size
from lsst.afw.math import AnalyticKernel, DoubleGaussianFunction2D, FixedKernel
from lsst.pex.exceptions import DomainError
from lsst_stacklite.archives import make_table, persistable_reader

from ._kernel_psf import KernelPsf

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable


class SingleGaussianPsf(KernelPsf):
    """A circular Gaussian, sampled at pixel centers.

    Parameters
    ----------
    width, height : `int`
        Size of the images in pixels.
    sigma : `float`
        Standard deviation in pixels.

    Raises
    ------
    lsst.pex.exceptions.DomainError
        Raised if sigma is not positive.
    """

    def __init__(self, width: int, height: int, sigma: float) -> None:
        if not sigma > 0:
            raise DomainError(f"The sigma of a Gaussian must be positive, not {sigma}.")
        self._sigma = float(sigma)
        profiles = [_profile(int(size), self._sigma) for size in (width, height)]
        super().__init__(FixedKernel._from_array(profiles[1][:, None] * profiles[0][None, :]))

    def getSigma(self) -> float:
        """Return the standard deviation in pixels."""
        return self._sigma

    def resized(self, width: int, height: int) -> SingleGaussianPsf:
        """Return the same Gaussian with images of another size."""
        return SingleGaussianPsf(width, height, self._sigma)

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        size = self._kernel.getDimensions()
        return [make_table([*_SIZE_FIELDS, _sigma_field("sigma")], [(size.x, size.y, self._sigma)])]


class DoubleGaussianPsf(KernelPsf):
    """The sum of two circular Gaussians, sampled at pixel centers.

    Parameters
    ----------
    width, height : `int`
        Size of the images in pixels.
    sigma1 : `float`
        Standard deviation of the first Gaussian in pixels.
    sigma2 : `float`, optional
        Standard deviation of the second; 0 without a second Gaussian means 1.
    b : `float`, optional
        Peak of the second relative to that of the first.

    Raises
    ------
    lsst.pex.exceptions.DomainError
        Raised if a standard deviation is not positive.
    """

    def __init__(self, width: int, height: int, sigma1: float, sigma2: float = 0.0, b: float = 0.0) -> None:
        if b == 0 and sigma2 == 0:
            sigma2 = 1.0
        if not (sigma1 > 0 and sigma2 > 0):
            raise DomainError(f"The sigmas of a double Gaussian must be positive, not {sigma1} and {sigma2}.")
        self._parameters = float(sigma1), float(sigma2), float(b)
        super().__init__(AnalyticKernel(width, height, DoubleGaussianFunction2D(*self._parameters)))

    def getSigma1(self) -> float:
        """Return the standard deviation of the first Gaussian in pixels."""
        return self._parameters[0]

    def getSigma2(self) -> float:
        """Return the standard deviation of the second Gaussian in pixels."""
        return self._parameters[1]

    def getB(self) -> float:
        """Return the peak of the second Gaussian relative to the first."""
        return self._parameters[2]

    def resized(self, width: int, height: int) -> DoubleGaussianPsf:
        """Return the same function with images of another size."""
        return DoubleGaussianPsf(width, height, *self._parameters)

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        size = self._kernel.getDimensions()
        ratio = ("b", "D", "peak of the second Gaussian relative to the first", "")
        fields = [*_SIZE_FIELDS, _sigma_field("sigma1"), _sigma_field("sigma2"), ratio]
        return [make_table(fields, [(size.x, size.y, *self._parameters)])]


def _profile(size: int, sigma: float) -> npt.NDArray[np.float64]:
    values = np.exp(-0.5 * (np.arange(size) - (size - 1) // 2) ** 2 / sigma**2)
    return values / values.sum()


_SIZE_FIELDS = (
    ("dimensions_x", "I", "width of the images", "pixel"),
    ("dimensions_y", "I", "height of the images", "pixel"),
)


def _sigma_field(name: str) -> tuple[str, str, str, str]:
    return name, "D", "standard deviation", "pixel"


@persistable_reader("SingleGaussianPsf", of=SingleGaussianPsf, module="lsst.meas.algorithms", id_fields=())
def _read_single(archive: ArchiveReader, tables: Sequence[StoredTable]) -> SingleGaussianPsf:
    row = tables[0][0]
    return SingleGaussianPsf(*stamp_size(row), float(row["sigma"]))


@persistable_reader("DoubleGaussianPsf", of=DoubleGaussianPsf, module="lsst.meas.algorithms", id_fields=())
def _read_double(archive: ArchiveReader, tables: Sequence[StoredTable]) -> DoubleGaussianPsf:
    row = tables[0][0]
    return DoubleGaussianPsf(*stamp_size(row), *(float(row[name]) for name in ("sigma1", "sigma2", "b")))
