"""A point-spread function that PSFEx fitted."""

from __future__ import annotations

__all__ = ["PsfexPsf"]

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import numpy.typing as npt

from lsst.afw.fits._errors import check_range
from lsst.afw.image import Color, ImageD
from lsst.afw.math import FixedKernel, LinearCombinationKernel
from lsst.geom import Box2I, Extent2I, Point2D, Point2I
from lsst.meas.algorithms import ImagePsf
from lsst.meas.algorithms._image_psf import Stack, batches
from lsst.pex.exceptions import LogicError
from lsst_stacklite._limits import PSFEX_PLANES, STAMP_SIDE
from lsst_stacklite.archives import make_table, persistable_reader

from ._psfex_model import PsfexModel, resample_image

if TYPE_CHECKING:
    from lsst.afw.table.io import OutputArchive
    from lsst_stacklite.archives import ArchiveReader, StoredTable

_CHUNK = 64  # Images that are made at a time.
_CHUNK_PIXELS = 2**20  # Pixels of these images: what is in memory between the steps.
_ORIGIN = Point2D(0.0, 0.0)
_UNDEFINED = Point2D(math.nan, math.nan)


class PsfexPsf(ImagePsf):
    """A PSF of PSFEx; stacklite reads it from files.

    Images are computed in single precision, as by PSFEx, so they sum to 1
    only within about 2e-6. `computeImage` resamples the model at the position
    itself; like the stack it is off by one pixel along an axis whose
    coordinate is -1 or less.

    Parameters
    ----------
    psf : `PsfexModel`
        The fitted model.
    averagePosition : `~lsst.geom.Point2D`, optional
        Mean position of the stars; (0, 0) by default.
    """

    def __init__(self, psf: PsfexModel, averagePosition: Point2D = _ORIGIN) -> None:
        super().__init__()
        self._model = psf
        self._average_position = Point2D(averagePosition)

    def getAveragePosition(self) -> Point2D:
        """Return the mean position of the stars."""
        return Point2D(self._average_position)

    def getKernel(self, position: Point2D = _UNDEFINED) -> LinearCombinationKernel:
        """Return the PSF at a position as a combination of the model's planes."""
        p = self._position(position)
        weights = self._model.weights(np.array([p.x]), np.array([p.y]))[0]
        model = self._model
        planes = resample_image(model.planes, model.step, model.dimensions, (0.0, 0.0))
        kernels = [FixedKernel._from_array(plane) for plane in planes]
        return LinearCombinationKernel(kernels, weights.tolist())

    def resized(self, width: int, height: int) -> NoReturn:
        """Raise `~lsst.pex.exceptions.LogicError`: PSFEx fixes the size."""
        raise LogicError("A PsfexPsf cannot be resized.")

    def _doComputeBBox(self, position: Point2D, color: Color) -> Box2I:
        width, height = self._model.dimensions
        return Box2I(Point2I(-(width // 2), -(height // 2)), Extent2I(width, height))

    def _doComputeKernelImage(self, position: Point2D, color: Color) -> ImageD:
        pixels = self._model.kernel_images(np.array([position.x]), np.array([position.y]))[0]
        return ImageD(pixels, xy0=self._doComputeBBox(position, color).getMin())

    def _doComputeImage(self, position: Point2D, color: Color) -> ImageD:
        pixels, corner = self._model.position_image(position.x, position.y)
        return ImageD(pixels, xy0=Point2I(*corner))

    def _kernel_stacks(self, positions: npt.NDArray[np.float64]) -> Iterator[Stack]:
        width, height = self._model.dimensions
        for part in batches(len(positions), width * height, _CHUNK, _CHUNK_PIXELS):
            x, y = self._real_positions(positions[part]).T
            yield part, self._model.kernel_images(x, y), (width // 2, height // 2)

    def _write_archive(self, archive: OutputArchive) -> Sequence[StoredTable]:
        m = self._model
        sizes = [len(a) for a in (m.group, m.degree, m.basis, m.size, m.comp, m.context_first)]
        position = self._average_position
        head = make_table(_HEAD_FIELDS, [(*sizes, position.x, position.y, m.pixel_step)])
        arrays: tuple[npt.NDArray, ...] = (
            m.group,
            m.degree,
            m.basis,
            m.coeff,
            m.size,
            m.comp,
            m.context_first,
            m.context_second,
        )
        fields = [
            (name, kind, doc, "", len(array))
            for (name, kind, doc), array in zip(_ARRAY_FIELDS, arrays, strict=True)
        ]
        return [head, make_table(fields, [arrays])]


_HEAD_FIELDS = (
    ("ndim", "I", "number of context variables", ""),
    ("ngroup", "I", "number of groups of context variables", ""),
    ("ncoeff", "I", "number of polynomial coefficients", ""),
    ("_size_size", "I", "length of _size", ""),
    ("_comp_size", "I", "length of _comp", ""),
    ("_context_size", "I", "length of the context arrays", ""),
    ("averagePosition_x", "D", "mean x of the stars", "pixel"),
    ("averagePosition_y", "D", "mean y of the stars", "pixel"),
    ("_pixstep", "F", "size of a model sample in image pixels", "pixel"),
)

_ARRAY_FIELDS = (
    ("group", "ArrayI", "group of each context variable"),
    ("degree", "ArrayI", "degree of the polynomial of each group"),
    ("basis", "ArrayD", "terms of the last evaluation"),
    ("coeff", "ArrayD", "coefficients of the last fit"),
    ("_size", "ArrayI", "width, height and number of the planes"),
    ("_comp", "ArrayF", "planes, x fastest"),
    ("_context_first", "ArrayD", "offset of each context variable"),
    ("_context_second", "ArrayD", "scale of each context variable"),
)


@persistable_reader("PsfexPsf", of=PsfexPsf, module="lsst.meas.extensions.psfex", id_fields=())
def _read_psfex_psf(archive: ArchiveReader, tables: Sequence[StoredTable]) -> PsfexPsf:
    head, row = tables[0][0], tables[1][0]

    def array(name: str, dtype: type) -> npt.NDArray:
        return np.atleast_1d(np.array(row[name], dtype=dtype))

    model = PsfexModel(
        group=array("group", np.int64),
        degree=array("degree", np.int64),
        basis=array("basis", np.float64),
        coeff=array("coeff", np.float64),
        size=array("_size", np.int64),
        comp=array("_comp", np.float32),
        pixel_step=np.float32(head["_pixstep"]),
        context_first=array("_context_first", np.float64),
        context_second=array("_context_second", np.float64),
    )
    _check_model(model)
    return PsfexPsf(model, Point2D(head["averagePosition_x"], head["averagePosition_y"]))


def _check_model(model: PsfexModel) -> None:
    """Check sizes before anything of that size is made."""
    size = [int(s) for s in model.size]
    check_range("the number of sizes", len(size), 2, 3)
    for value, most in zip(size, (STAMP_SIDE, STAMP_SIDE, PSFEX_PLANES), strict=False):
        check_range("the size of the model", value, 1, most)
    check_range("the size of a sample", float(model.pixel_step), 1 / STAMP_SIDE, STAMP_SIDE)
    for value in model.dimensions:
        check_range("the size of the images", value, 1, STAMP_SIDE)
    for degree in model.degree.tolist():
        check_range("the degree of a polynomial", degree, 0, PSFEX_PLANES)
    for name in ("context_first", "context_second"):
        check_range(f"the length of {name}", len(getattr(model, name)), len(model.group), len(model.group))
    if len(model.degree) != 1:
        for group in model.group.tolist():
            check_range("a group", group, 0, len(model.degree) - 1)
    check_range("the number of samples", len(model.comp), math.prod(size), math.prod(size))
