"""Point-spread functions that are convolution kernels."""

from __future__ import annotations

__all__ = ["KernelPsf", "PcaPsf"]

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

import lsst.pex.exceptions as pex_exceptions
from lsst.afw.image import Color, ImageD
from lsst.afw.math import Kernel, LinearCombinationKernel
from lsst.geom import Box2I, Point2D
from lsst_stacklite.archives import make_table, persistable_reader

from ._image_psf import ImagePsf, Stack, batches

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable

_CHUNK = 256  # Images that are made at a time.
_CHUNK_PIXELS = 2**22  # Pixels of these images: what is in memory between the steps.
_ORIGIN = Point2D(0.0, 0.0)


class KernelPsf(ImagePsf):
    """A PSF given by a kernel, which may vary over the field.

    Parameters
    ----------
    kernel : `~lsst.afw.math.Kernel`
        The kernel (copied). The PSF is fixed unless it varies spatially.
    averagePosition : `~lsst.geom.Point2D`, optional
        Mean position of the stars; (0, 0) by default.
    """

    def __init__(self, kernel: Kernel, averagePosition: Point2D = _ORIGIN) -> None:
        super().__init__(isFixed=not kernel.isSpatiallyVarying())
        self._kernel = kernel.clone()
        self._average_position = Point2D(averagePosition)

    def getKernel(self) -> Kernel:
        """Return the kernel."""
        return self._kernel

    def getAveragePosition(self) -> Point2D:
        """Return the mean position of the stars."""
        return Point2D(self._average_position)

    def resized(self, width: int, height: int) -> KernelPsf:
        """Return the PSF with images of another size; see `lsst.afw.math.Kernel.resized`."""
        return type(self)(self._kernel.resized(width, height), self._average_position)

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        return self._kernel.getBBox()

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        pixels, _ = self._kernel._compute_array(True, position.x, position.y)
        return ImageD(pixels, xy0=self._kernel.getBBox().getMin())

    def _kernel_stacks(self, positions: npt.NDArray[np.float64]) -> Iterator[Stack]:
        if self._is_fixed or not isinstance(self._kernel, LinearCombinationKernel):
            yield from super()._kernel_stacks(positions)
            return
        center = self._kernel.getCtr()
        pixels = self._kernel.getWidth() * self._kernel.getHeight()
        for part in batches(len(positions), pixels, _CHUNK, _CHUNK_PIXELS):
            x, y = self._real_positions(positions[part]).T
            yield part, _varying_images(self._kernel, x, y), (center.getX(), center.getY())

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        position = self._average_position
        return [make_table(_FIELDS, [(archive.put(self._kernel), position.x, position.y)])]


class PcaPsf(KernelPsf):
    """A PSF that is a linear combination of images, with weights that vary over the field.

    Parameters
    ----------
    kernel : `~lsst.afw.math.LinearCombinationKernel`
        The kernel (copied).
    averagePosition : `~lsst.geom.Point2D`, optional
        Mean position of the stars; (0, 0) by default.

    Raises
    ------
    TypeError
        Raised if the kernel is of another type.
    """

    def __init__(self, kernel: LinearCombinationKernel, averagePosition: Point2D = _ORIGIN) -> None:
        if not isinstance(kernel, LinearCombinationKernel):
            raise TypeError(f"PcaPsf needs a LinearCombinationKernel, not {type(kernel).__name__}.")
        super().__init__(kernel, averagePosition)


def _varying_images(
    kernel: LinearCombinationKernel, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return normalized images of a varying kernel at positions, ``(n, height, width)``."""
    weights = np.stack([f(x, y) for f in kernel.getSpatialFunctionList()], axis=1)
    sums = weights @ kernel.getKernelSumList()
    if np.any(sums == 0):
        raise pex_exceptions.OverflowError("A kernel whose sum is zero cannot be normalized.")
    basis = np.array([k._compute_array(False)[0] for k in kernel.getKernelList()])
    return np.tensordot(weights / sums[:, None], basis, axes=1)


_FIELDS = (
    ("kernel", "I", "archive id of the kernel", ""),
    ("averagePosition_x", "D", "mean x of the stars", "pixel"),
    ("averagePosition_y", "D", "mean y of the stars", "pixel"),
)


def _read(psf_class: type[KernelPsf], archive: ArchiveReader, tables: Sequence[StoredTable]) -> KernelPsf:
    row = tables[0][0]
    position = Point2D(row["averagePosition_x"], row["averagePosition_y"])
    return psf_class(archive.need(row["kernel"], Kernel), position)


@persistable_reader("KernelPsf", of=KernelPsf, module="lsst.meas.algorithms", id_fields=("kernel",))
def _read_kernel_psf(archive: ArchiveReader, tables: Sequence[StoredTable]) -> KernelPsf:
    return _read(KernelPsf, archive, tables)


@persistable_reader("PcaPsf", of=PcaPsf, module="lsst.meas.algorithms", id_fields=("kernel",))
def _read_pca_psf(archive: ArchiveReader, tables: Sequence[StoredTable]) -> KernelPsf:
    return _read(PcaPsf, archive, tables)
